//! Measures against pyproj (GeographicLib), bounds against what they bound.

use super::{Origin, area_m2, distance_m, is_within_distance, least_distance_m, length_m, lower_bound_m, reach};
use crate::{Cancel, Shape, relation::PreparedShape, testing};
use proptest::prelude::*;
use serde_json::Value;
use urbis_model::{Bounds, LonLat};

fn fixture() -> Value {
    serde_json::from_str(include_str!("../../fixtures/measures.json")).unwrap()
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap()
}

fn position(lon: f64, lat: f64) -> LonLat {
    LonLat::from_degrees(lon, lat).unwrap()
}

#[test]
fn lengths_areas_and_distances_are_as_pyproj_has_them() {
    let fixture = fixture();
    for row in fixture["shapes"].as_array().unwrap() {
        let shape = testing::wkt(row["wkt"].as_str().unwrap());
        let (area, length) = (number(&row["area_m2"]), number(&row["length_m"]));
        assert!((area_m2(shape.geometry()) - area).abs() < 1e-3 + area * 1e-12, "{row}");
        assert!((length_m(shape.geometry()) - length).abs() < 1e-6, "{row}");
    }
    for row in fixture["pairs"].as_array().unwrap() {
        let at = |key: &str| position(number(&row[key][0]), number(&row[key][1]));
        assert!((distance_m(at("from"), at("to")) - number(&row["distance_m"])).abs() < 1e-6, "{row}");
    }
}

#[test]
fn distances_to_areas_are_the_least_along_their_sides() {
    for row in fixture()["distances"].as_array().unwrap() {
        let shape = testing::wkt(row["wkt"].as_str().unwrap());
        let origin = Origin::new(position(number(&row["lon"]), number(&row["lat"])));
        let (expected_m, found_m) = (number(&row["distance_m"]), origin.distance_m(shape.geometry()));
        assert!((found_m - expected_m).abs() < 1e-5, "{found_m} for {row}");
        let prepared = PreparedShape::new(testing::wkt(&format!("POINT({} {})", row["lon"], row["lat"])));
        for (radius_m, within) in [(expected_m + 1e-4, true), (expected_m - 1e-4, false)] {
            if radius_m >= 0.0 {
                assert_eq!(origin.is_within(shape.geometry(), radius_m), within, "{radius_m} for {row}");
                assert_eq!(is_within_distance(&prepared, shape.geometry(), radius_m), within, "{radius_m} for {row}");
            }
        }
    }
}

#[test]
fn distances_over_the_antimeridian_go_the_short_way() {
    let line = testing::wkt("LINESTRING(-179.9 -1,-179.9 1)");
    let origin = Origin::new(position(179.9, 0.0));
    let expected_m = distance_m(position(179.9, 0.0), position(-179.9, 0.0));
    assert!((origin.distance_m(line.geometry()) - expected_m).abs() < 1e-6 && expected_m < 23_000.0);
    assert!(origin.is_within(line.geometry(), expected_m + 1e-4) && !origin.is_within(line.geometry(), expected_m - 1e-4));
    assert!(origin.lower_bound_m(&line.geometry().bounds()) <= expected_m);
}

fn anywhere() -> impl Strategy<Value = [f64; 2]> {
    prop_oneof![[-180.0..=180.0f64, -90.0..=90.0f64], [120.0..122.0f64, 31.0..33.0f64], [178.0..=180.0f64, 60.0..=90.0f64]]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20_000))]

    #[test]
    fn no_point_of_a_box_is_nearer_than_its_bound(
        from in anywhere(), corner in anywhere(), size in [0.0..20.0f64, 0.0..20.0f64], across in 0.0..=1.0f64, up in 0.0..=1.0f64,
    ) {
        let bounds = Bounds { min: corner, max: [(corner[0] + size[0]).min(180.0), (corner[1] + size[1]).min(90.0)] };
        let inside = [
            bounds.min[0] + across * (bounds.max[0] - bounds.min[0]),
            bounds.min[1] + up * (bounds.max[1] - bounds.min[1]),
        ];
        let away_m = distance_m(position(from[0], from[1]), position(inside[0].min(180.0), inside[1].min(90.0)));
        let bound_m = Origin::new(position(from[0], from[1])).lower_bound_m(&bounds);
        prop_assert!(bound_m <= away_m, "{bound_m} > {away_m}");
        let around = Bounds { min: from, max: [(from[0] + 1.0).min(180.0), (from[1] + 1.0).min(90.0)] };
        prop_assert!(lower_bound_m(&around, &bounds) <= bound_m);
        prop_assert_eq!(lower_bound_m(&around, &bounds), lower_bound_m(&bounds, &around));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20_000))]

    #[test]
    fn the_reach_of_a_box_holds_what_is_within_the_distance_of_any_point_of_it(
        corner in anywhere(), size in [0.0..5.0f64, 0.0..5.0f64], across in 0.0..=1.0f64, up in 0.0..=1.0f64,
        azimuth_deg in 0.0..360.0f64, away_m in 0.0..2e6f64,
    ) {
        use geographiclib_rs::DirectGeodesic;
        let bounds = Bounds { min: corner, max: [(corner[0] + size[0]).min(180.0), (corner[1] + size[1]).min(90.0)] };
        let lon = (bounds.min[0] + across * (bounds.max[0] - bounds.min[0])).min(180.0);
        let lat = (bounds.min[1] + up * (bounds.max[1] - bounds.min[1])).min(90.0);
        let (there_lat, there_lon): (f64, f64) = super::wgs84().direct(lat, lon, azimuth_deg, away_m);
        let there = [there_lon.clamp(-180.0, 180.0), there_lat.clamp(-90.0, 90.0)];
        prop_assert!(reach(&bounds, away_m).planar_parts().any(|part| part.contains(there)), "{there:?}");
    }
}

#[test]
fn the_least_distance_is_that_of_the_fixture() {
    let never = Cancel::default();
    let least_m = |shape: &PreparedShape, other: &Shape, most_m| {
        least_distance_m(shape, other.geometry(), most_m, &mut never.pace()).unwrap()
    };
    for row in fixture()["distances"].as_array().unwrap() {
        let shape = testing::wkt(row["wkt"].as_str().unwrap());
        let point = testing::wkt(&format!("POINT({} {})", row["lon"], row["lat"]));
        let expected_m = number(&row["distance_m"]);
        for (one, other) in [(&shape, &point), (&point, &shape)] {
            let prepared = PreparedShape::new(one.clone());
            let found_m = least_m(&prepared, other, f64::INFINITY).unwrap();
            assert!((found_m - expected_m).abs() < 1e-5, "{found_m} for {row}");
            let nearer_m = expected_m - 1e-4;
            assert!(nearer_m < 0.0 || least_m(&prepared, other, nearer_m).is_none(), "{row}");
        }
    }
}

#[test]
fn shapes_within_a_distance_of_a_shape() {
    // 0.001° of latitude is 110.9 m here.
    let road = PreparedShape::new(testing::wkt("LINESTRING(121 31,121.02 31)"));
    for (feature, nearer_m, farther_m) in [
        ("LINESTRING(121.005 31.001,121.015 31.001)", 110.0, 111.5),
        ("POINT(121.01 31.001)", 110.0, 111.5),
        ("POLYGON((121.005 31.001,121.015 31.001,121.01 31.01,121.005 31.001))", 110.0, 111.5),
        // The nearest point is in the middle of the feature's long side, at the road's end.
        ("LINESTRING(121.021 30.9,121.021 31.1)", 95.0, 96.0),
    ] {
        let feature = testing::wkt(feature);
        assert!(!is_within_distance(&road, feature.geometry(), nearer_m), "{feature:?}");
        assert!(is_within_distance(&road, feature.geometry(), farther_m), "{feature:?}");
    }
    assert!(is_within_distance(&road, testing::wkt("LINESTRING(121.01 30,121.01 32)").geometry(), 0.0), "they cross");
}
