//! Pairs against every pair.

use super::Neighbour;
use crate::{Cancel, QueryError, Selection, measure::Origin, relation::PreparedShape, representative_point, testing};
use urbis_model::Value;

#[test]
fn pairs_are_those_of_a_double_loop() {
    let mut walk = testing::Walk(3);
    let mut boxes = |count: usize, side: f64| {
        let shapes: Vec<_> = (0..count)
            .map(|_| {
                let (x, y) = (walk.next() * 5.0, walk.next() * 5.0);
                testing::wkt(&format!("POLYGON(({x} {y},{e} {y},{e} {n},{x} {y}))", e = x + side, n = y + side))
            })
            .collect();
        shapes
    };
    let (ones, others) = (boxes(300, 0.3), boxes(200, 0.2));
    let mut expected = Vec::new();
    for (i, one) in ones.iter().enumerate() {
        let prepared = PreparedShape::new(one.clone());
        expected.extend((0..others.len()).filter(|j| prepared.intersects(others[*j].geometry())).map(|j| (i as u32, j as u32)));
    }
    assert!(expected.len() > 100);
    let (one, other) = (testing::shapes_layer(ones), testing::shapes_layer(others));
    assert_eq!(one.pairs_that_meet(&other, 100_000, &Cancel::default()).unwrap(), expected);
    let mut turned: Vec<(u32, u32)> = expected.into_iter().map(|(i, j)| (j, i)).collect();
    turned.sort_unstable();
    assert_eq!(other.pairs_that_meet(&one, 100_000, &Cancel::default()).unwrap(), turned);
    assert!(matches!(one.pairs_that_meet(&other, 10, &Cancel::default()), Err(QueryError::TooManyPairs { most: 10 })));
}

#[test]
fn neighbours_are_those_of_a_scan() {
    let mut walk = testing::Walk(5);
    let mut places =
        |count: usize| -> Vec<(f64, f64)> { (0..count).map(|_| (121.0 + walk.next(), 31.0 + walk.next())).collect() };
    let ones = testing::shapes_layer(places(400).into_iter().map(|(x, y)| testing::wkt(&format!("POINT({x} {y})"))));
    let shapes = places(300).into_iter().enumerate().map(|(nth, (x, y))| match nth % 3 {
        // Every other one lies where another does: the one of the lower id comes first.
        0 => testing::wkt(&format!("POINT({} {})", (x * 50.0).round() / 50.0, (y * 50.0).round() / 50.0)),
        1 => testing::wkt(&format!("LINESTRING({x} {y},{} {})", x + 0.03, y - 0.02)),
        _ => testing::wkt(&format!("POLYGON(({x} {y},{e} {y},{e} {n},{x} {y}))", e = x + 0.05, n = y + 0.05)),
    });
    let others = testing::shapes_layer(shapes);
    let positions: Vec<u32> = (0..400).filter(|position| position % 7 != 0).collect();
    let found = ones.neighbours(&positions, &others, 4, &Cancel::default()).unwrap();
    assert_eq!(found.len(), positions.len());
    let mut inside = 0;
    for (position, found) in positions.iter().zip(&found) {
        let origin = Origin::new(representative_point(ones.features().geometry(*position as usize)));
        let mut all: Vec<(f64, u32)> =
            (0..300).map(|other| (origin.distance_m(others.features().geometry(other as usize)), other)).collect();
        all.sort_by(|one, other| one.partial_cmp(other).unwrap());
        let expected: Vec<Neighbour> =
            all[..4].iter().map(|(distance_m, position)| Neighbour { position: *position, distance_m: *distance_m }).collect();
        assert_eq!(found, &expected);
        inside += usize::from(found[0].distance_m == 0.0);
    }
    assert!(inside > 5, "{inside} lie in an area");
    let empty = testing::shapes_layer([]);
    assert_eq!(ones.neighbours(&[0], &empty, 2, &Cancel::default()).unwrap(), [Vec::new()]);
    assert_eq!(ones.neighbours(&[0], &others, 1000, &Cancel::default()).unwrap()[0].len(), 300);
    let late = Cancel { deadline: Some(std::time::Instant::now()), flag: None };
    assert!(matches!(ones.neighbours(&positions, &others, 1, &late), Err(QueryError::Cancelled)));
    let batch = ones.with_nearest(&others, &Selection { limit: Some(3), ..Selection::default() }).unwrap();
    let told: Vec<_> = (0..3).map(|row| batch.columns().iter().map(|column| column.value(row)).collect::<Vec<_>>()).collect();
    let expected = ones.neighbours(&[0, 1, 2], &others, 1, &Cancel::default()).unwrap();
    let expected: Vec<_> = expected
        .iter()
        .map(|found| vec![Value::Int(i64::from(found[0].position) + 1), Value::Float(found[0].distance_m)])
        .collect();
    assert_eq!(told, expected);
}
