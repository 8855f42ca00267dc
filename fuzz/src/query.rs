//! CQL2 in both its forms: read, and then asked of a layer that has every type of column and geometry.

use std::sync::{Arc, LazyLock};
use urbis_model::{ColumnType, FeatureBatch, FeatureId, Field, LayerKind, LayerMetadata, Schema, Value};
use urbis_query::{Filter, LayerSnapshot, Selection, Shape};
use urbis_store::{LayerInfo, VersionInfo};

/// CQL2 text.
pub fn text(bytes: &[u8]) {
    if let Some(filter) = str::from_utf8(bytes).ok().and_then(|text| Filter::parse_text(text, LAYER.features().schema()).ok()) {
        ask(filter);
    }
}

/// CQL2 JSON.
pub fn json(bytes: &[u8]) {
    if let Some(filter) = str::from_utf8(bytes).ok().and_then(|text| Filter::parse_json(text, LAYER.features().schema()).ok()) {
        ask(filter);
    }
}

fn ask(filter: Filter) {
    let selection = Selection { filter: Some(filter), counted: true, ..Selection::default() };
    let Ok(answer) = LAYER.select(&selection) else { return };
    assert_eq!(answer.matched, Some(answer.positions.len() as u64));
    assert!(answer.positions.windows(2).all(|pair| pair[0] < pair[1]), "the order is by id");
    // A page of one has the first of all.
    let first = LAYER.select(&Selection { limit: Some(1), ..selection }).expect("it was answered before");
    assert_eq!(first.positions.first(), answer.positions.first());
    assert_eq!(first.matched, answer.matched);
}

static LAYER: LazyLock<LayerSnapshot> = LazyLock::new(|| {
    let columns = [
        ("bool", ColumnType::Bool),
        ("int", ColumnType::Int),
        ("float", ColumnType::Float),
        ("text", ColumnType::Text),
        ("date", ColumnType::Date),
        ("datetime", ColumnType::DateTime),
    ];
    let fields = columns.map(|(name, column_type)| Field { name: name.to_owned(), column_type });
    let mut features = FeatureBatch::new(Arc::new(Schema::new(fields.to_vec()).expect("names are valid")));
    let values = |truth, int, float, text, date, datetime| {
        [Value::Bool(truth), Value::Int(int), Value::Float(float), Value::Text(text), Value::Text(date), Value::Text(datetime)]
    };
    let rows = [
        ("POINT(121.5 31.9)", values(true, 0, 0.0, "", "2020-02-29", "2020-02-29T12:00:00.000Z")),
        ("LINESTRING(121 31, 122 32)", values(false, i64::MAX, f64::MAX, "海门区_%'a", "0001-01-01", "0001-01-01T00:00:00Z")),
        (
            "POLYGON((121 31, 122 31, 122 32, 121 31))",
            values(true, i64::MIN, -0.5, "aaaaaaaaaaaaaaab", "9999-12-31", "9999-12-31T23:59:59Z"),
        ),
        ("MULTIPOINT((121 31), (180 90))", [Value::Null; 6]),
    ];
    for (number, (wkt, values)) in (1..).zip(&rows) {
        let shape = Shape::from_wkt(wkt).expect("it is WKT");
        let id = FeatureId::new(number).expect("it is over 0");
        features.push(id, |writer| writer.copy(shape.geometry()), values).expect("values are of their columns");
    }
    let count = features.len() as u64;
    let info = LayerInfo {
        name: "things".parse().expect("it is a name"),
        kind: LayerKind::Generic,
        schema: features.schema().clone(),
        metadata: LayerMetadata::default(),
        revision: 1,
        version: 1,
        versions: vec![VersionInfo { version: 1, revision: 1, count, imported_at: String::new() }],
        count,
        bounds: features.bounds(),
        quarantined: 0,
    };
    LayerSnapshot::new(info, features).expect("ids differ")
});
