//! Out and in again.

use super::*;
use crate::{ImportOptions, Source};
use std::sync::Arc;
use urbis_model::{FeatureId, Field, GeometryKind, Schema};

#[test]
fn what_is_written_is_read_again() {
    let fields =
        [("名称", ColumnType::Text), ("number", ColumnType::Int), ("open", ColumnType::Bool), ("rate", ColumnType::Float)];
    let schema = Schema::new(fields.map(|(name, column_type)| Field { name: name.into(), column_type }).to_vec()).unwrap();
    let mut features = FeatureBatch::new(Arc::new(schema));
    for number in 1..=3u32 {
        let values = [Value::Text("海门塔"), Value::Int(i64::from(number)), Value::Bool(number == 2), Value::Null];
        let write = |writer: &mut urbis_model::geometry::GeometryWriter<'_>| {
            writer.kind(GeometryKind::Polygon);
            writer.part();
            writer.ring();
            for [x, y] in [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 0.0]] {
                writer.vertex([121.0 + x / 100.0 * f64::from(number), 31.9 + y / 100.0]);
            }
        };
        features.push(FeatureId::new(u64::from(number) * 10).unwrap(), write, &values).unwrap();
    }
    let folder = tempfile::tempdir().unwrap();
    for (format, name, encoding) in
        [(Format::GeoPackage, "a.gpkg", "UTF-8"), (Format::Shapefile, "a.shp", "GBK"), (Format::Shapefile, "b.shp", "UTF-8")]
    {
        let path = folder.path().join(name);
        assert_eq!(write(&path, format, encoding, "a", &features, &[2, 0]).unwrap(), Changes::default(), "{name}");
        assert!(matches!(write(&path, format, encoding, "a", &features, &[0]), Err(ExportError::Exists { .. })));
        let source = Source::open(&ImportOptions { files: vec![path], ..ImportOptions::default() }).unwrap();
        let mut seen = Vec::new();
        let report = source
            .read(&mut |batch| {
                for at in 0..batch.features.len() {
                    let values: Vec<String> =
                        batch.features.columns()[..2].iter().map(|column| format!("{:?}", column.value(at))).collect();
                    seen.push((values.join(" "), batch.features.geometry(at).lonlat()[1]));
                }
                Ok::<(), std::io::Error>(())
            })
            .unwrap();
        assert_eq!((report.read, report.imported), (2, 2), "{name}");
        assert!(report.frame.crs.contains("EPSG:4490"), "{name}: {}", report.frame.crs);
        // GeoPackage gives features by id, a Shapefile as they were written.
        seen.sort_by(|a, b| a.0.cmp(&b.0));
        assert!(seen[0].0.contains("海门塔") && seen[0].0.contains("Int(1)"), "{name}: {seen:?}");
        assert_eq!(seen[1].1, [121.03, 31.9], "{name}");
    }
}

#[test]
fn columns_that_a_shapefile_cannot_name_are_told_once_with_both_names() {
    let fields = ["building_height_m", "building_hall", "用途说明长名", "BUILDING_H"];
    let fields = fields.map(|name| Field { name: name.into(), column_type: ColumnType::Text }).to_vec();
    let mut features = FeatureBatch::new(Arc::new(Schema::new(fields).unwrap()));
    let long = "长".repeat(200);
    for id in 1..=2 {
        let write = |writer: &mut urbis_model::geometry::GeometryWriter<'_>| {
            writer.kind(GeometryKind::Point);
            writer.part();
            writer.ring();
            writer.vertex([121.0, 31.9]);
        };
        features
            .push(FeatureId::new(id).unwrap(), write, &[Value::Text("a"), Value::Text("b"), Value::Text("c"), Value::Text(&long)])
            .unwrap();
    }
    let folder = tempfile::tempdir().unwrap();
    let outer = Messages::listen();
    let changes = write(&folder.path().join("a.shp"), Format::Shapefile, "UTF-8", "a", &features, &[0, 1]).unwrap();
    let renamed: Vec<(&str, &str)> = changes.renamed.iter().map(|(name, written)| (name.as_str(), written.as_str())).collect();
    assert_eq!(renamed, [("building_height_m", "building_1"), ("building_hall", "building_2"), ("用途说明长名", "用途说")]);
    // A text of 600 bytes is cut to 254, which is told once however many there are.
    assert_eq!(changes.warnings.len(), 1, "{changes:?}");
    assert!(changes.warnings[0].contains("254"), "{changes:?}");
    let changes = write(&folder.path().join("b.shp"), Format::Shapefile, "GBK", "b", &features, &[0]).unwrap();
    assert_eq!(changes.renamed[2], ("用途说明长名".to_owned(), "用途说明长".to_owned()), "two bytes a character");
    assert_eq!((outer.take_warnings(), outer.take_failures()), (vec![], vec![]), "nothing else was heard");
}

#[test]
fn what_a_shapefile_cannot_hold_is_told_by_column_and_marked() {
    let fields = [("名称", ColumnType::Text), ("number", ColumnType::Int)];
    let schema = Schema::new(fields.map(|(name, column_type)| Field { name: name.into(), column_type }).to_vec()).unwrap();
    let mut features = FeatureBatch::new(Arc::new(schema));
    for (row, (name, number)) in [("\u{3400}\u{20000}龘", i64::MAX), ("塔", 999_999_999_999_999_999)].into_iter().enumerate() {
        let write = |writer: &mut urbis_model::geometry::GeometryWriter<'_>| {
            writer.kind(GeometryKind::Point);
            writer.part();
            writer.ring();
            writer.vertex([121.0, 31.9]);
        };
        features.push(FeatureId::new(row as u64 + 1).unwrap(), write, &[Value::Text(name), Value::Int(number)]).unwrap();
    }
    let folder = tempfile::tempdir().unwrap();
    for (encoding, first, texts) in [("GBK", "??龘", 1), ("cp936", "??龘", 1), ("GB18030", "㐀𠀀龘", 0), ("utf8", "㐀𠀀龘", 0)]
    {
        let path = folder.path().join(format!("{encoding}.shp"));
        let told = write(&path, Format::Shapefile, encoding, "a", &features, &[0, 1]).unwrap();
        let said = |word: &str| told.warnings.iter().filter(|warning| warning.contains(word)).count();
        assert_eq!((said("\"名称\": 1 texts"), said("\"number\": 1 integers")), (texts, 1), "{encoding}: {told:?}");
        let source = Source::open(&ImportOptions { files: vec![path], ..ImportOptions::default() }).unwrap();
        source
            .read(&mut |batch| {
                assert_eq!(batch.features.columns()[0].value(0), Value::Text(first), "{encoding}");
                Ok::<(), std::io::Error>(())
            })
            .unwrap();
    }
    let nowhere = folder.path().join("none/a.shp");
    let error = write(&nowhere, Format::Shapefile, "GBK", "a", &features, &[0, 1]).unwrap_err().to_string();
    assert!(!error.contains("error: '") && error.contains("none/a.shp"), "{error}");
    for unknown in ["nope", "utf-16le"] {
        let error = write(&folder.path().join("x.shp"), Format::Shapefile, unknown, "a", &features, &[0]).unwrap_err();
        assert!(error.to_string().contains("GB18030"), "{error}");
    }
}
