//! Counts by cell against a count of every point.

use crate::{Cancel, QueryError, testing};
use std::collections::BTreeMap;
use urbis_model::{Bbox, ColumnType, LonLat, Value};

#[test]
fn counts_and_sums_are_those_of_the_points() {
    let mut walk = testing::Walk(7);
    let points: Vec<(f64, f64, Option<i64>)> = (0..5000)
        .map(|index| (121.0 + walk.next() * 0.3, 31.8 + walk.next() * 0.2, (index % 7 != 0).then_some(index % 10)))
        .collect();
    let schema = testing::schema(&[("households", ColumnType::Int), ("name", ColumnType::Text)]);
    let rows = points.iter().map(|(lon, lat, value)| {
        (testing::wkt(&format!("POINT({lon} {lat})")), vec![value.map_or(Value::Null, Value::Int), Value::Null])
    });
    let layer = testing::layer(&schema, rows);
    let bbox = Bbox::from_degrees(121.05, 31.85, 121.2, 31.95).unwrap();
    for (resolution, bbox) in [(5u8, None), (8, None), (9, Some(bbox)), (10, None)] {
        let mut expected: BTreeMap<String, (u64, i64, u64)> = BTreeMap::new();
        for (lon, lat, value) in &points {
            let position = LonLat::from_degrees(*lon, *lat).unwrap();
            if bbox.is_none_or(|bbox| bbox.contains(position)) {
                let cell = urbis_index::cells::cell_at(position, resolution.try_into().unwrap());
                let tally = expected.entry(cell.to_string()).or_default();
                *tally = (tally.0 + 1, tally.1 + value.unwrap_or(0), tally.2 + u64::from(value.is_some()));
            }
        }
        let cells = layer.cells(resolution, Some("households"), bbox, &Cancel::default()).unwrap();
        assert_eq!(cells.len(), expected.len());
        for cell in cells {
            let (count, sum, valued) = expected[&cell.cell()];
            assert_eq!(cell.count, count);
            assert_eq!(cell.sum, (valued > 0).then_some(sum as f64));
            assert_eq!(cell.mean, (valued > 0).then(|| sum as f64 / valued as f64));
            assert!(cell.outline().geometry().lonlat().len() >= 6);
        }
    }
    assert!(layer.cells(9, None, None, &Cancel::default()).unwrap().iter().all(|cell| cell.sum.is_none() && cell.mean.is_none()));
    assert!(matches!(layer.cells(16, None, None, &Cancel::default()), Err(QueryError::Resolution { resolution: 16 })));
    assert!(matches!(layer.cells(9, Some("name"), None, &Cancel::default()), Err(QueryError::NotANumber { .. })));
    let unknown = layer.cells(9, Some("houses"), None, &Cancel::default()).unwrap_err();
    assert_eq!(unknown.to_string(), "layer things has no column \"houses\"; it has households, name");
}
