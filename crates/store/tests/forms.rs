//! Every form a layer may have goes in and comes out: shapes, columns, nulls, names that collide, metadata, quarantine.
#![expect(clippy::print_stderr, reason = "a skipped check must be seen")]
#![allow(dead_code, reason = "each test file uses part of what is shared")]

mod support;

use proptest::prelude::*;
use std::sync::Arc;
use support::*;
use urbis_model::{
    ColumnType, FeatureBatch, FeatureId, Field, GeometryKind, LayerKind, LayerMetadata, Schema, SurfaceKind, Value,
    VerticalDatum, geometry::GeometryWriter,
};
use urbis_store::{ImportMode, Store, StoreError};

fn schema(fields: &[(&str, ColumnType)]) -> Arc<Schema> {
    let field = |(name, column_type): &(&str, ColumnType)| Field { name: (*name).to_owned(), column_type: *column_type };
    Arc::new(Schema::new(fields.iter().map(field).collect()).unwrap())
}

fn import_as(store: &Store, name: &str, batch: &FeatureBatch, metadata: LayerMetadata) -> urbis_store::LayerInfo {
    let name = name.parse().unwrap();
    let mut session =
        store.begin_import(&name, LayerKind::Generic, batch.schema().clone(), metadata, ImportMode::Replace).unwrap();
    session.write(batch).unwrap();
    session.commit("{\"read\":1}").unwrap()
}

/// One shape of each kind; those of faces with heights, a pipe with depths, a hole in a polygon.
fn write(writer: &mut GeometryWriter<'_>, kind: GeometryKind) {
    writer.kind(kind);
    let single = matches!(kind, GeometryKind::Point | GeometryKind::LineString | GeometryKind::Polygon);
    for part in 0..if single { 1 } else { 3 } {
        writer.face(if kind.is_spatial() { SurfaceKind::ALL[part] } else { SurfaceKind::Unknown });
        for ring in 0..if kind.dimension() == 2 { 2 } else { 1 } {
            writer.ring();
            let corners: &[[f64; 2]] = match kind.dimension() {
                0 => &[[0.0, 0.0]],
                1 => &[[0.0, 0.0], [1.0, 0.5], [2.0, 0.0]],
                _ => &[[0.0, 0.0], [4.0, 0.0], [4.0, 4.0], [0.0, 0.0]],
            };
            let scale = if ring == 0 { 1e-3 } else { 1e-4 };
            for (index, [x, y]) in corners.iter().enumerate() {
                writer
                    .vertex([121.0 + part as f64 * 0.01 + ring as f64 * 2e-3 + x * scale, 31.5 + ring as f64 * 1e-3 + y * scale]);
                if kind.is_spatial() || (kind == GeometryKind::LineString && index == 1) {
                    writer.z_m(4.25 + index as f64);
                }
                if kind == GeometryKind::LineString && index != 1 {
                    writer.depth_m(1.2 + index as f32);
                }
            }
        }
    }
}

const KINDS: [(GeometryKind, &str); 8] = [
    (GeometryKind::Point, "Point"),
    (GeometryKind::MultiPoint, "Multi Point"),
    (GeometryKind::LineString, "3D Line String"),
    (GeometryKind::MultiLineString, "Multi Line String"),
    (GeometryKind::Polygon, "Polygon"),
    (GeometryKind::MultiPolygon, "Multi Polygon"),
    (GeometryKind::MultiSurface, "3D Multi Polygon"),
    (GeometryKind::Solid, "3D Multi Polygon"),
];

#[test]
fn every_kind_of_shape_comes_back_and_gdal_names_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("city.gpkg");
    let store = create(&path);
    let mut mixed = FeatureBatch::new(schema(&[]));
    for (index, (kind, _)) in KINDS.iter().enumerate() {
        let mut batch = FeatureBatch::new(schema(&[]));
        batch.push(FeatureId::new(1).unwrap(), |writer| write(writer, *kind), &[]).unwrap();
        mixed.push(FeatureId::new(index as u64 + 1).unwrap(), |writer| write(writer, *kind), &[]).unwrap();
        let name = format!("shape{index}");
        import_as(&store, &name, &batch, LayerMetadata::default());
        assert_eq!(read(&store, &name.parse().unwrap(), None), lines(&batch));
    }
    import_as(&store, "mixed", &mixed, LayerMetadata::default());
    import_as(&store, "nothing", &FeatureBatch::new(schema(&[])), LayerMetadata::default());
    assert_eq!(read(&store, &"mixed".parse().unwrap(), None), lines(&mixed));
    assert!(store.layer(&"nothing".parse().unwrap()).unwrap().bounds.is_empty());
    drop(store);
    assert_sound(&path);
    for (index, (kind, expected)) in KINDS.iter().enumerate() {
        let name = format!("shape{index}");
        let Some(summary) = ogrinfo(&[path.to_str().unwrap(), &name]) else { return };
        assert!(summary.contains(&format!("Geometry: {expected}\n")), "{kind:?}: {summary}");
        assert!(summary.contains("Feature Count: 1"), "{summary}");
    }
}

#[test]
fn names_that_collide_metadata_and_the_report_come_back() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("city.gpkg");
    let store = create(&path);
    let columns = [
        ("id", ColumnType::Int),
        ("geometry", ColumnType::Text),
        ("urbis", ColumnType::Text),
        ("a \"b\" c", ColumnType::Float),
        ("rowid", ColumnType::Int),
        ("select", ColumnType::Bool),
        ("高度", ColumnType::Float),
        ("day", ColumnType::Date),
        ("at", ColumnType::DateTime),
    ];
    let mut batch = FeatureBatch::new(schema(&columns));
    let values = [
        Value::Int(i64::MIN),
        Value::Text("POINT"),
        Value::Text("it's \"quoted\""),
        Value::Float(0.1),
        Value::Int(-1),
        Value::Bool(true),
        Value::Float(2.0),
        Value::Text("2026-11-23"),
        Value::Text("2026-11-23T08:00:00.000Z"),
    ];
    let id = |number| FeatureId::new(number).unwrap();
    batch.push(id(1), |writer| write(writer, GeometryKind::Point), &values).unwrap();
    batch.push(id(2), |writer| write(writer, GeometryKind::Point), &[Value::Null; 9]).unwrap();
    let metadata = LayerMetadata {
        title: "管网".to_owned(),
        title_en: "Pipes".to_owned(),
        source: "survey".to_owned(),
        date: "2026-11-23".to_owned(),
        licence: "ODbL 1.0".to_owned(),
        vertical_datum: VerticalDatum::Wusong,
        quality: "±0.1 m".to_owned(),
        simulated: true,
    };
    // The same title twice: GeoPackage wants its identifiers to differ.
    import_as(&store, "first", &batch, metadata.clone());
    let info = import_as(&store, "second", &batch, metadata.clone());
    assert_eq!((info.metadata, info.schema), (metadata, batch.schema().clone()));
    assert_eq!(read(&store, &"second".parse().unwrap(), None), lines(&batch));
    assert_eq!(store.report(&"second".parse().unwrap(), None).unwrap(), "{\"read\":1}");
    assert_sound(&path);
}

#[test]
fn names_of_the_stores_own_columns_are_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let store = create(&folder.path().join("city.gpkg"));
    for column in ["urbis_faces", "URBIS_depth_m", "urbis_", "FID", "Geom"] {
        let columns = schema(&[("name", ColumnType::Text), (column, ColumnType::Text)]);
        let begun =
            store.begin_import(&name(), LayerKind::Generic, columns.clone(), LayerMetadata::default(), ImportMode::Replace);
        let refusal = begun.unwrap_err();
        assert!(matches!(&refusal, StoreError::ReservedColumn { column: named, .. } if named == column), "{refusal}");
        let mut aside = FeatureBatch::new(columns);
        aside.push(FeatureId::new(1).unwrap(), |writer| write(writer, GeometryKind::Point), &[Value::Null; 2]).unwrap();
        let refusal = begin(&store, ImportMode::Replace).unwrap().quarantine(&aside).unwrap_err();
        assert!(refusal.to_string().contains(column), "{refusal}");
    }
    assert!(store.layers().unwrap().is_empty());
}

#[test]
fn a_column_that_only_has_the_name_of_the_stores_own_is_a_column() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("city.gpkg");
    let store = create(&path);
    import(&store, ImportMode::Replace, &buildings(0..3));
    let connection = rusqlite::Connection::open(&path).unwrap();
    let add = "ALTER TABLE buildings ADD COLUMN urbis_faces TEXT DEFAULT 'three'; ALTER TABLE buildings ADD COLUMN urbis_depth_m DOUBLE DEFAULT 1.5";
    connection.execute_batch(add).unwrap();
    let check = |count| {
        let all = read(&store, &name(), None);
        assert_eq!(all.len(), count);
        assert!(all[0].contains("Text(\"three\"), Float(1.5)"), "{}", all[0]);
    };
    check(3);
    import(&store, ImportMode::Append, &buildings(3..5));
    check(5);
    // What would stand beside the geometry has no place there: refused by name, and nothing is lost.
    let mut pipe = FeatureBatch::new(schema(&[]));
    pipe.push(FeatureId::new(1).unwrap(), |writer| write(writer, GeometryKind::LineString), &[]).unwrap();
    let refusal = begin(&store, ImportMode::Append).unwrap().write(&pipe).unwrap_err();
    assert!(matches!(&refusal, StoreError::ReservedColumn { column, .. } if column == "urbis_depth_m"), "{refusal}");
    check(5);
}

#[test]
fn an_append_keeps_what_it_does_not_say() {
    let folder = tempfile::tempdir().unwrap();
    let store = create(&folder.path().join("city.gpkg"));
    let stored = LayerMetadata {
        title: "管网（模拟数据）".to_owned(),
        title_en: "Pipes".to_owned(),
        source: "survey".to_owned(),
        date: "2026-11-23".to_owned(),
        licence: "ODbL 1.0".to_owned(),
        vertical_datum: VerticalDatum::Wusong,
        quality: "±0.1 m".to_owned(),
        simulated: true,
    };
    let commit = |mode, metadata| {
        let session = store.begin_import(&name(), LayerKind::Building, building_schema(), metadata, mode).unwrap();
        session.commit("{}").unwrap().metadata
    };
    assert_eq!(commit(ImportMode::Replace, stored.clone()), stored);
    assert_eq!(commit(ImportMode::Append, LayerMetadata::default()), stored);
    let given =
        LayerMetadata { date: "2026-12-01".to_owned(), vertical_datum: VerticalDatum::Yellow1985, ..LayerMetadata::default() };
    let expected = LayerMetadata { date: given.date.clone(), vertical_datum: given.vertical_datum, ..stored };
    assert_eq!(commit(ImportMode::Append, given.clone()), expected);
    assert_eq!(store.layer(&name()).unwrap().metadata, expected);
    // A replacement says all anew.
    assert_eq!(commit(ImportMode::Replace, given.clone()), given);
}

#[test]
fn an_append_whose_columns_differ_in_case_fills_the_same_columns() {
    let folder = tempfile::tempdir().unwrap();
    let store = create(&folder.path().join("city.gpkg"));
    import(&store, ImportMode::Replace, &buildings(0..2));
    let append = |columns: &[(&str, ColumnType)]| {
        let schema = schema(columns);
        store.begin_import(&name(), LayerKind::Building, schema, LayerMetadata::default(), ImportMode::Append)
    };
    let columns = [("NAME", ColumnType::Text), ("Levels", ColumnType::Int), ("extra", ColumnType::Text)];
    let mut session = append(&columns).unwrap();
    let mut batch = FeatureBatch::new(schema(&columns));
    let values = [Value::Text("新楼"), Value::Int(77), Value::Text("more")];
    batch.push(FeatureId::new(1).unwrap(), |writer| write(writer, GeometryKind::Polygon), &values).unwrap();
    session.write(&batch).unwrap();
    let info = session.commit("{}").unwrap();
    let names: Vec<&str> = info.schema.fields().iter().map(|field| field.name.as_str()).collect();
    assert_eq!(names, ["source_id", "name", "use", "levels", "height_m", "measured", "extra"]);
    let all = read(&store, &name(), None);
    assert_eq!(all.len(), 3);
    assert!(all[2].ends_with(r#"[Null, Text("新楼"), Null, Int(77), Null, Null, Text("more")]"#), "{}", all[2]);
    let refusal = append(&[("LEVELS", ColumnType::Text)]).unwrap_err();
    let words = "column \"LEVELS\" of layer buildings is of type int, the import's is of type text; ";
    assert!(refusal.to_string().starts_with(words), "{refusal}");
    let many: Vec<(String, ColumnType)> =
        (0..urbis_model::column::MAX_COLUMNS).map(|n| (format!("c{n}"), ColumnType::Int)).collect();
    let many: Vec<(&str, ColumnType)> = many.iter().map(|(name, column_type)| (name.as_str(), *column_type)).collect();
    let refusal = append(&many).unwrap_err();
    let cause = std::error::Error::source(&refusal).unwrap().to_string();
    assert!(matches!(refusal, StoreError::Columns { .. }) && cause.contains("columns are more than"), "{refusal}: {cause}");
}

#[test]
fn an_append_says_which_keys_the_layer_has_already() {
    let folder = tempfile::tempdir().unwrap();
    let store = create(&folder.path().join("city.gpkg"));
    import(&store, ImportMode::Replace, &buildings(0..5));
    let mut session = begin(&store, ImportMode::Append).unwrap();
    session.write(&buildings(3..7)).unwrap();
    let repeated = session.repeated_keys();
    assert_eq!((repeated.count, &repeated.examples[..]), (2, &["way/3".to_owned(), "way/4".to_owned()][..]));
    assert_eq!(session.commit("{}").unwrap().count, 9);
    let mut session = begin(&store, ImportMode::Replace).unwrap();
    session.write(&buildings(3..7)).unwrap();
    assert_eq!(session.repeated_keys().count, 0, "a replacement follows them");
}

#[test]
fn what_was_set_aside_is_a_layer_that_gdal_opens() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("city.gpkg");
    let store = create(&path);
    let mut aside = FeatureBatch::new(schema(&[("source_id", ColumnType::Text), ("reason", ColumnType::Text)]));
    let values = [Value::Text("way/7"), Value::Text("ring 0 crosses itself")];
    aside.push(FeatureId::new(1).unwrap(), |writer| write(writer, GeometryKind::Polygon), &values).unwrap();
    for (mode, expected) in [(ImportMode::Replace, 2), (ImportMode::Replace, 2), (ImportMode::Append, 4)] {
        let mut session = begin(&store, mode).unwrap();
        session.write(&buildings(0..3)).unwrap();
        session.quarantine(&aside).unwrap();
        session.quarantine(&aside).unwrap();
        assert_eq!(session.commit("{}").unwrap().quarantined, expected);
    }
    assert_eq!(store.layers().unwrap().len(), 1);
    assert_sound(&path);
    if let Some(listed) = ogrinfo(&[path.to_str().unwrap(), "buildings_quarantine"]) {
        assert!(listed.contains("Feature Count: 4") && listed.contains("ring 0 crosses itself"), "{listed}");
    }
    // An import that sets nothing aside leaves no such table.
    import(&store, ImportMode::Replace, &buildings(0..3));
    let listed = ogrinfo(&[path.to_str().unwrap()]);
    assert!(listed.is_none_or(|listed| !listed.contains("quarantine")));
    assert_sound(&path);
}

#[test]
fn making_a_version_current_does_not_grow_with_the_city() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("city.gpkg");
    let store = create(&path);
    for layer in 0..20 {
        for _ in 0..5 {
            import_as(&store, &format!("layer{layer}"), &buildings(0..1), LayerMetadata::default());
        }
    }
    // Another writer that looks each half millisecond feels how long the file is held in one go.
    let ended = std::sync::atomic::AtomicBool::new(false);
    let longest = std::thread::scope(|scope| {
        let writer = scope.spawn(|| {
            let connection = rusqlite::Connection::open(&path).unwrap();
            let look = |_| {
                std::thread::sleep(std::time::Duration::from_micros(500));
                true
            };
            connection.busy_handler(Some(look)).unwrap();
            let mut longest = std::time::Duration::ZERO;
            while !ended.load(std::sync::atomic::Ordering::Relaxed) {
                let began = std::time::Instant::now();
                connection.execute_batch("BEGIN IMMEDIATE; ROLLBACK").unwrap();
                longest = longest.max(began.elapsed());
                std::thread::sleep(std::time::Duration::from_micros(500));
            }
            longest
        });
        import_as(&store, "layer0", &buildings(0..1), LayerMetadata::default());
        ended.store(true, std::sync::atomic::Ordering::Relaxed);
        writer.join().unwrap()
    });
    eprintln!("the file was held for at most {longest:?} beside 100 kept versions");
    assert!(longest < std::time::Duration::from_secs(1), "{longest:?}");
}

/// A column of any type and its values.
fn column() -> impl Strategy<Value = (ColumnType, Vec<Option<String>>, Vec<i64>, Vec<f64>)> {
    let length = 5;
    (
        prop::sample::select(ColumnType::ALL.to_vec()),
        prop::collection::vec(prop::option::of(any::<String>()), length),
        prop::collection::vec(any::<i64>(), length),
        prop::collection::vec(prop::num::f64::NORMAL | prop::num::f64::SUBNORMAL, length),
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn every_value_comes_back(columns in prop::collection::vec(column(), 1..6)) {
        let names: Vec<String> = (0..columns.len()).map(|index| format!("column{index}")).collect();
        let fields: Vec<_> = names.iter().zip(&columns).map(|(name, column)| (name.as_str(), column.0)).collect();
        let mut batch = FeatureBatch::new(schema(&fields));
        for row in 0..5 {
            let values: Vec<Value<'_>> = columns.iter().map(|(column_type, texts, integers, floats)| {
                match (column_type, &texts[row]) {
                    (_, None) => Value::Null,
                    (ColumnType::Bool, _) => Value::Bool(integers[row] % 2 == 0),
                    (ColumnType::Int, _) => Value::Int(integers[row]),
                    (ColumnType::Float, _) => Value::Float(floats[row]),
                    (ColumnType::Date, _) => Value::Text("1999-12-31"),
                    (ColumnType::DateTime, _) => Value::Text("1999-12-31T23:59:59.999Z"),
                    (_, Some(text)) => Value::Text(text),
                }
            }).collect();
            batch.push(FeatureId::new(row as u64 + 1).unwrap(), |writer| write(writer, GeometryKind::Polygon), &values).unwrap();
        }
        let folder = tempfile::tempdir().unwrap();
        let store = create(&folder.path().join("city.gpkg"));
        import_as(&store, "layer", &batch, LayerMetadata::default());
        prop_assert_eq!(read(&store, &"layer".parse().unwrap(), None), lines(&batch));
    }
}
