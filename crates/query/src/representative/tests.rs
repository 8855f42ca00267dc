//! The position stands inside.

use super::representative_point;
use crate::{relation::Side, relation::side_of, testing};
use proptest::prelude::*;

#[test]
fn areas_hold_their_point() {
    for text in [
        "POLYGON((0 0,4 0,4 4,0 4,0 0))",
        "POLYGON((0 0,4 0,4 4,0 4,0 0),(1 1,3 1,3 3,1 3,1 1))",
        "POLYGON((0 0,4 0,4 1,1 1,1 3,4 3,4 4,0 4,0 0))", // a C around its middle
        "POLYGON((0 0,2 2,4 0,4 4,2 2.5,0 4,0 0))",
        "MULTIPOLYGON(((0 0,1 0,1 1,0 0)),((5 5,9 5,9 9,5 5)))",
        "POLYGON((0 0,1e-9 0,1e-9 1e-9,0 0))",
    ] {
        let shape = testing::wkt(text);
        assert_eq!(side_of(shape.geometry(), representative_point(shape.geometry()).to_degrees()), Side::Inside, "{text}");
    }
}

#[test]
fn lines_and_points_and_areas_without_area() {
    for (text, expected) in [
        ("POINT(1 2)", [1.0, 2.0]),
        ("MULTIPOINT(3 4,1 2)", [3.0, 4.0]),
        ("LINESTRING(0 0,2 2)", [1.0, 1.0]),
        ("LINESTRING(0 0,5 5,6 6)", [5.0, 5.0]),
        ("POLYGON((0 0,1 0,2 0,0 0))", [0.0, 0.0]),
    ] {
        assert_eq!(representative_point(testing::unchecked_wkt(text).geometry()).to_degrees(), expected, "{text}");
    }
}

proptest! {
    #[test]
    fn stars_hold_their_point(radii in prop::collection::vec(0.1..1.0f64, 3..40)) {
        let count = radii.len();
        let corner = |index: usize| {
            let angle = index as f64 / count as f64 * std::f64::consts::TAU;
            format!("{} {}", 121.0 + radii[index % count] * (angle.cos() * 0.01), 31.0 + radii[index % count] * (angle.sin() * 0.01))
        };
        let mut ring: Vec<String> = (0..count).map(corner).collect();
        ring.push(ring[0].clone());
        let shape = testing::wkt(&format!("POLYGON(({}))", ring.join(",")));
        prop_assert_eq!(side_of(shape.geometry(), representative_point(shape.geometry()).to_degrees()), Side::Inside);
    }
}
