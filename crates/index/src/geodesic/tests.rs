//! Bounds against the exact distances of points in boxes.

use super::*;
use proptest::prelude::*;

fn position(lon: f64, lat: f64) -> LonLat {
    LonLat::from_degrees(lon, lat).unwrap()
}

fn anywhere() -> impl Strategy<Value = (f64, f64)> {
    let lon = prop_oneof![-180.0..=180.0f64, Just(180.0), Just(-180.0), 179.9..=180.0f64];
    let lat = prop_oneof![-90.0..=90.0f64, Just(90.0), Just(-90.0), 89.9..=90.0f64, 31.0..32.0f64];
    (lon, lat)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn no_point_of_a_box_is_nearer_than_its_bound(
        from in anywhere(), corner in anywhere(), size in (0.0..60.0f64, 0.0..60.0f64), shrink in 0u32..6, inside in (0.0..=1.0f64, 0.0..=1.0f64),
    ) {
        let scale = 0.1f64.powi(shrink as i32);
        let max = [(corner.0 + size.0 * scale).min(180.0), (corner.1 + size.1 * scale).min(90.0)];
        let bounds = Bounds { min: [corner.0, corner.1], max };
        let point = position(
            (corner.0 + inside.0 * (max[0] - corner.0)).min(max[0]),
            (corner.1 + inside.1 * (max[1] - corner.1)).min(max[1]),
        );
        let origin = GeodesicOrigin::new(position(from.0, from.1));
        let (bound_m, distance_m) = (origin.lower_bound_m(&bounds), origin.distance_m(point));
        prop_assert!(bound_m <= distance_m, "{bound_m} > {distance_m}");
        // The reach of a distance holds the point at that distance.
        prop_assert!(origin.reach(distance_m).contains(point), "{:?} does not hold {point:?}", origin.reach(distance_m));
    }

    #[test]
    fn a_near_points_bound_is_tight(lon in -180.0..180.0f64, lat in -70.0..70.0f64, east in -0.5..0.5f64, up in -0.5..0.5f64) {
        let origin = GeodesicOrigin::new(position(lon, lat));
        let to = position((lon + east + 540.0).rem_euclid(360.0) - 180.0, lat + up);
        let (bound_m, distance_m) = (origin.lower_bound_m(&Bounds::of(&[to.to_degrees()])), origin.distance_m(to));
        prop_assert!(bound_m >= distance_m * 0.97 - 1e-5, "{bound_m} of {distance_m}");
        prop_assert!(bound_m >= distance_m * (1.0 - 4e-7 * distance_m) - 1e-5, "{bound_m} of {distance_m}");
    }
}

#[test]
fn a_box_of_nothing_is_at_no_distance() {
    let origin = GeodesicOrigin::new(position(121.0, 31.0));
    let bound_m = origin.lower_bound_m(&Bounds { min: [f64::NAN; 2], max: [f64::NAN; 2] });
    assert!(bound_m.is_nan() || bound_m == 0.0, "{bound_m}");
    assert!(origin.lower_bound_m(&Bounds::EMPTY) > 5e6);
}
