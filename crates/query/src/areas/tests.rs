//! Counts by grid code: by place and by the features' own codes.

use crate::{Cancel, LayerSnapshot, QueryError, testing};
use urbis_model::{AreaLevel, ColumnType, LayerKind, Value};

/// Four grids of one degree in a row, two in each of two villages.
fn grids() -> LayerSnapshot {
    let codes = ["320614101001001", "320614101001002", "320614101002001", "320614102001001"];
    let schema = testing::schema(&[("code", ColumnType::Text)]);
    let mut features = urbis_model::FeatureBatch::new(schema);
    for (x, code) in codes.into_iter().enumerate() {
        let shape = testing::wkt(&format!("POLYGON(({x} 0,{e} 0,{e} 1,{x} 1,{x} 0))", e = x + 1));
        let id = urbis_model::FeatureId::new(x as u64 + 1).unwrap();
        features.push(id, |writer| writer.copy(shape.geometry()), &[Value::Text(code)]).unwrap();
    }
    let info = urbis_store::LayerInfo { kind: LayerKind::Grid, ..testing::info("grids", &features) };
    LayerSnapshot::new(info, features).unwrap()
}

fn counts(layer: &LayerSnapshot, level: AreaLevel) -> (Vec<(String, u64)>, u64) {
    let answer = layer.counts_by_grid(level, Some(&grids()), &Cancel::default()).unwrap();
    (answer.counts.into_iter().map(|(code, count)| (code.to_string(), count)).collect(), answer.outside)
}

#[test]
fn places_count_in_the_grid_that_holds_them() {
    let points = ["POINT(0.5 0.5)", "POINT(0.6 0.5)", "POINT(1 0.5)", "POINT(2.5 0.5)", "POINT(3.5 1)", "POINT(9 9)"];
    let layer = testing::shapes_layer(points.map(testing::wkt));
    let named = |pairs: &[(&str, u64)]| pairs.iter().map(|(code, count)| ((*code).to_owned(), *count)).collect::<Vec<_>>();
    let by_grid = named(&[("320614101001001", 3), ("320614101002001", 1), ("320614102001001", 1)]);
    assert_eq!(counts(&layer, AreaLevel::Grid), (by_grid, 1));
    assert_eq!(counts(&layer, AreaLevel::Village), (named(&[("320614101001", 3), ("320614101002", 1), ("320614102001", 1)]), 1));
    assert_eq!(counts(&layer, AreaLevel::Town), (named(&[("320614101", 4), ("320614102", 1)]), 1));
    assert_eq!(counts(&layer, AreaLevel::District), (named(&[("320614", 5)]), 1));
    assert!(matches!(layer.counts_by_grid(AreaLevel::Grid, None, &Cancel::default()), Err(QueryError::NoGrids { .. })));
}

#[test]
fn own_codes_go_before_places() {
    let schema = testing::schema(&[("grid_code", ColumnType::Text)]);
    // Two in one grid, one of them under the district's old code; one town only; one that is no code; one null.
    let codes = [Some("320614101001001"), Some("320684101001001"), Some("320614101"), Some("A7"), None];
    let rows = codes.into_iter().map(|code| (testing::wkt("POINT(3.5 0.5)"), vec![code.map_or(Value::Null, Value::Text)]));
    let layer = testing::layer(&schema, rows);
    assert_eq!(counts(&layer, AreaLevel::Grid), (vec![("320614101001001".to_owned(), 2)], 3));
    assert_eq!(counts(&layer, AreaLevel::Town), (vec![("320614101".to_owned(), 3)], 2));
    assert_eq!(counts(&grids(), AreaLevel::Town).0.len(), 2);
}
