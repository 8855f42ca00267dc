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
        write(&path, format, encoding, "a", &features, &[2, 0]).unwrap();
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
