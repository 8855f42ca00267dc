//! The moving index against a plain map.

use super::MovingIndex;
use proptest::prelude::*;
use std::collections::BTreeMap;
use urbis_model::{Bounds, LonLat};

proptest! {
    #[test]
    fn answers_as_a_map_does(
        steps in prop::collection::vec((0u8..30, -5i32..5, -5i32..5, any::<bool>()), 0..300),
        west in -6i32..5, south in -6i32..5, width in 0i32..6, height in 0i32..6,
    ) {
        let (mut index, mut map) = (MovingIndex::default(), BTreeMap::new());
        for (key, x, y, removed) in steps {
            let position = LonLat::from_degrees(f64::from(x), f64::from(y)).unwrap();
            let (before, expected) = if removed {
                (index.remove(key), map.remove(&key))
            } else {
                (index.place(key, position), map.insert(key, position))
            };
            prop_assert_eq!(before, expected);
            prop_assert_eq!(index.position(key), map.get(&key).copied());
        }
        let window = Bounds {
            min: [f64::from(west), f64::from(south)],
            max: [f64::from(west + width), f64::from(south + height)],
        };
        let mut found = Vec::new();
        index.window(&window, &mut |key| found.push(*key));
        found.sort_unstable();
        let expected: Vec<u8> =
            map.iter().filter(|(_, position)| window.contains(position.to_degrees())).map(|(key, _)| *key).collect();
        prop_assert_eq!(found, expected);
        prop_assert_eq!(index.len(), map.len());
        index.window(&Bounds::EMPTY, &mut |_| panic!("an empty window meets nothing"));
    }
}

proptest! {
    #[test]
    fn metres_answer_as_a_scan_does(
        places in prop::collection::vec((prop_oneof![-180.0..=180.0f64, 121.0..121.1f64, 179.99..=180.0f64, -180.0..-179.99f64],
            prop_oneof![-90.0..=90.0f64, 31.0..31.1f64, 89.9..=90.0f64]), 0..200),
        from in (prop_oneof![-180.0..=180.0f64, 121.0..121.1f64, 179.99..=180.0f64], prop_oneof![-90.0..=90.0f64, 31.0..31.1f64, 89.9..=90.0f64]),
        k in 0usize..20, radius_m in prop_oneof![0.0..2_000.0f64, 0.0..3e7f64],
    ) {
        let from = LonLat::from_degrees(from.0, from.1).unwrap();
        let origin = crate::GeodesicOrigin::new(from);
        let mut index = MovingIndex::default();
        let mut expected: Vec<(f64, usize)> = Vec::new();
        for (key, (lon, lat)) in places.into_iter().enumerate() {
            let position = LonLat::from_degrees(lon, lat).unwrap();
            index.place(key, position);
            expected.push((origin.distance_m(position), key));
        }
        expected.sort_by(|a, b| a.0.total_cmp(&b.0));
        let nearest: Vec<f64> = index.nearest_m(from, k).into_iter().map(|(_, distance_m)| distance_m).collect();
        let sorted: Vec<f64> = expected.iter().take(k).map(|(distance_m, _)| *distance_m).collect();
        prop_assert_eq!(nearest, sorted);
        let mut within = Vec::new();
        index.within_m(from, radius_m, &mut |key, distance_m| within.push((distance_m, *key)));
        within.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let mut inside: Vec<(f64, usize)> = expected.into_iter().filter(|(distance_m, _)| *distance_m <= radius_m).collect();
        inside.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        prop_assert_eq!(within, inside);
    }
}

#[test]
fn the_antimeridian_is_one_place() {
    let mut index = MovingIndex::default();
    for (key, lon) in [(0, 180.0), (1, -180.0), (2, 179.9999), (3, -179.9999)] {
        index.place(key, LonLat::from_degrees(lon, 10.0).unwrap());
    }
    let found = |west: f64, east: f64| {
        let mut found = Vec::new();
        index.window(&Bounds { min: [west, 9.0], max: [east, 11.0] }, &mut |key| found.push(*key));
        found.sort_unstable();
        found
    };
    assert_eq!(found(179.0, 180.0), [0, 2]);
    assert_eq!(found(-180.0, -179.0), [1, 3]);
    assert_eq!(found(-180.0, 180.0), [0, 1, 2, 3]);
    assert_eq!(index.nearest_m(LonLat::from_degrees(180.0, 10.0).unwrap(), 9).len(), 4);
}
