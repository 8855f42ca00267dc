//! Pairs against every pair.

use crate::{Cancel, QueryError, relation::PreparedShape, testing};

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
