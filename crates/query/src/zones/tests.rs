//! Sums by area, against a scan of all features and all areas.

use crate::{
    Cancel, Filter, LayerSnapshot, QueryError, Selection, Shape,
    relation::{Side, side_of},
    representative_point, testing,
};
use urbis_model::{ColumnType, Value};

fn squares(corners: &[(f64, f64, f64)]) -> Vec<Shape> {
    let square = |&(x, y, side): &(f64, f64, f64)| {
        testing::wkt(&format!("POLYGON(({x} {y},{e} {y},{e} {n},{x} {n},{x} {y}))", e = x + side, n = y + side))
    };
    corners.iter().map(square).collect()
}

/// What an area says in a column.
fn told(zones: &crate::Zones, area: usize, column: &str) -> Option<f64> {
    zones.areas.column(column).unwrap().value(area).as_number()
}

#[test]
fn a_feature_counts_in_every_area_that_holds_it_edges_included() {
    let schema = testing::schema(&[("count", ColumnType::Text)]);
    let shapes = squares(&[(0.0, 0.0, 1.0), (1.0, 0.0, 1.0), (0.5, 0.0, 1.0), (8.0, 8.0, 1.0)]);
    let rows = shapes
        .into_iter()
        .map(|shape| (shape, vec![Value::Text("own")]))
        .chain([(testing::wkt("POINT(0 0)"), vec![Value::Null])]);
    let zones = testing::layer(&schema, rows);
    let heights = testing::schema(&[("height_m", ColumnType::Float), ("use", ColumnType::Text)]);
    let things =
        [("POINT(0.25 0.5)", Some(3.0)), ("POINT(1 0.5)", Some(5.0)), ("POINT(1.75 0.5)", None), ("POINT(5 5)", Some(7.0))];
    let rows =
        things.map(|(wkt, height_m)| (testing::wkt(wkt), vec![height_m.map_or(Value::Null, Value::Float), Value::Text("a")]));
    let things = testing::layer(&heights, rows);
    let summed = things.by_zone(&zones, Some("height_m"), &Selection::default()).unwrap();
    assert_eq!(summed.outside, 1);
    let names: Vec<&str> = summed.areas.schema().fields().iter().map(|field| field.name.as_str()).collect();
    assert_eq!(names, ["count", "count_2", "sum", "mean", "min", "q10", "q25", "median", "q75", "q90", "max"]);
    assert_eq!(summed.areas.column("count").unwrap().value(0), Value::Text("own"));
    let of = |column: &str| [0, 1, 2, 3].map(|area| told(&summed, area, column));
    assert_eq!(of("count_2"), [Some(2.0), Some(2.0), Some(1.0), Some(0.0)], "on a shared edge in both");
    assert_eq!(of("sum"), [Some(8.0), Some(5.0), Some(5.0), None]);
    assert_eq!((of("mean")[0], of("median")[0], of("q25")[0]), (Some(4.0), Some(4.0), Some(3.5)));
    let filter = Filter::parse_text("height_m > 4", things.features().schema()).unwrap();
    let tall = things.by_zone(&zones, None, &Selection { filter: Some(filter), ..Selection::default() }).unwrap();
    assert_eq!(
        ([0, 1, 2, 3].map(|area| told(&tall, area, "count_2")), tall.outside),
        ([1, 1, 1, 0].map(|n| Some(f64::from(n))), 1)
    );
    assert!(matches!(things.by_zone(&things, None, &Selection::default()), Err(QueryError::NoAreas { .. })));
    assert!(matches!(things.by_zone(&zones, Some("use"), &Selection::default()), Err(QueryError::NotANumber { .. })));
    let cancel = Cancel { deadline: Some(std::time::Instant::now()), flag: None };
    let given_up = things.by_zone(&zones, None, &Selection { cancel, ..Selection::default() });
    assert!(matches!(given_up, Err(QueryError::Cancelled)));
}

#[test]
fn sums_equal_a_scan_on_seeded_layers() {
    let mut walk = testing::Walk(7);
    for round in 0..20 {
        let corners: Vec<_> = (0..40).map(|_| (walk.next() * 8.0, walk.next() * 8.0, 0.1 + walk.next() * 2.0)).collect();
        // One of many sides, which is asked through its tree.
        let circle = (0..200).map(|nth| (f64::from(nth) * std::f64::consts::TAU / 200.0).sin_cos());
        let ring: Vec<String> = circle.map(|(sin, cos)| format!("{} {}", 5.0 + 3.0 * cos, 5.0 + 3.0 * sin)).collect();
        let circle = testing::wkt(&format!("POLYGON(({},{}))", ring.join(","), ring[0]));
        let zones = testing::shapes_layer(squares(&corners).into_iter().chain([circle]));
        let schema = testing::schema(&[("n", ColumnType::Int)]);
        let things: LayerSnapshot = testing::layer(
            &schema,
            (0..500).map(|nth| {
                let (x, y) = (walk.next() * 10.0, walk.next() * 10.0);
                let shape = match nth % 3 {
                    0 => testing::wkt(&format!("POINT({x} {y})")),
                    1 => testing::wkt(&format!("LINESTRING({x} {y},{} {})", x + 0.1, y + 0.2)),
                    _ => squares(&[(x, y, 0.2)]).remove(0),
                };
                (shape, vec![Value::Int(nth - 250)])
            }),
        );
        let summed = things.by_zone(&zones, Some("n"), &Selection::default()).unwrap();
        let (mut outside, mut placed) = (things.features().len() as u64, vec![false; things.features().len()]);
        for zone in 0..zones.features().len() {
            let inside: Vec<usize> = (0..things.features().len())
                .filter(|thing| {
                    let point = representative_point(things.features().geometry(*thing)).to_degrees();
                    side_of(zones.features().geometry(zone), point) != Side::Outside
                })
                .collect();
            inside.iter().for_each(|thing| placed[*thing] = true);
            let sum: i64 = inside.iter().map(|thing| *thing as i64 - 250).sum();
            assert_eq!(told(&summed, zone, "count"), Some(inside.len() as f64), "round {round}, zone {zone}");
            assert_eq!(told(&summed, zone, "sum"), (!inside.is_empty()).then_some(sum as f64), "round {round}, zone {zone}");
        }
        outside -= placed.iter().filter(|placed| **placed).count() as u64;
        assert_eq!(summed.outside, outside, "round {round}");
    }
}
