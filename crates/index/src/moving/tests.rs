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
