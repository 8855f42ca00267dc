//! WKT and GeoJSON, good and bad.

use super::{Shape, ShapeError, valid::made_valid};
use crate::{
    relation::{PreparedShape, Relation, RelationTest, geo_from},
    testing,
};
use geo::{Area, Validation};
use urbis_model::Bbox;

#[test]
fn both_formats_read_the_same_shape() {
    for (wkt, geojson) in [
        ("POINT(121.5 31)", r#"{"type":"Point","coordinates":[121.5,31]}"#),
        ("point z (121.5 31 7)", r#"{"type":"Point","coordinates":[121.5,31,7]}"#),
        ("MULTIPOINT(1 2, 3 4)", r#"{"type":"MultiPoint","coordinates":[[1,2],[3,4]]}"#),
        ("MULTIPOINT((1 2),(3 4))", r#"{"type":"MultiPoint","coordinates":[[1,2],[3,4]]}"#),
        ("LINESTRING ( 1e1 -2 , +3 .5 )", r#"{"type":"LineString","coordinates":[[10,-2],[3,0.5]]}"#),
        ("MULTILINESTRING((1 2,3 4),(5 6,7 8))", r#"{"type":"MultiLineString","coordinates":[[[1,2],[3,4]],[[5,6],[7,8]]]}"#),
        (
            "POLYGON((0 0,9 0,9 9,0 0),(2 1,3 1,3 2,2 1))",
            r#"{"type":"Feature","properties":{},"geometry":{"type":"Polygon","coordinates":[[[0,0],[9,0],[9,9],[0,0]],[[2,1],[3,1],[3,2],[2,1]]]}}"#,
        ),
        (
            "MULTIPOLYGON ZM (((0 0 1 1,9 0 1 1,9 9 1 1,0 0 1 1)))",
            r#"{"type":"FeatureCollection","features":[{"type":"Feature","geometry":{"type":"MultiPolygon","coordinates":[[[[0,0],[9,0],[9,9],[0,0]]]]}}]}"#,
        ),
    ] {
        assert_eq!(Shape::from_wkt(wkt).unwrap(), Shape::from_geojson(geojson).unwrap(), "{wkt}");
    }
}

#[test]
fn what_is_wrong_is_said() {
    for (text, message) in [
        ("", "geometry type \"\" is not one of"),
        ("CIRCLE(0 0, 1)", "geometry type \"CIRCLE\""),
        ("GEOMETRYCOLLECTION(POINT(1 2))", "geometry type \"GEOMETRYCOLLECTION\""),
        ("POINT(1)", "expected a number at byte 7, found \")\""),
        ("POINT(1 2", "expected \")\" after one position at byte 9"),
        ("POINT(1 2) x", "expected nothing more at byte 11, found \"x\""),
        ("POINT EMPTY", "the geometry is not valid"),
        ("POINT(1 2 3 4 5)", "expected \")\""),
        ("POINT(nan 2)", "expected a number"),
        ("POINT(31 121)", "the geometry is not valid"),
        ("LINESTRING(1 2)", "the geometry is not valid"),
        ("POLYGON((0 0,1 0,1 1))", "the geometry is not valid"),
        ("POLYGON((0 0,1 0,1 1,2 2))", "the geometry is not valid"),
        ("POLYGON 点", "expected \"(\""),
        ("点(1 2)", "geometry type \"点(1 2)\""),
    ] {
        let error = Shape::from_wkt(text).unwrap_err().to_string();
        assert!(error.contains(message), "{text}: {error}");
    }
    for (text, message) in [
        ("[1,2]", "there is no \"type\""),
        ("{", "not JSON"),
        (r#"{"type":"Point"}"#, "there is no \"coordinates\""),
        (r#"{"type":"Point","coordinates":[1]}"#, "[1] is no position"),
        (r#"{"type":"Point","coordinates":["1","2"]}"#, "is no position"),
        (r#"{"type":"Polygon","coordinates":[[[0,0],[1,0],[1,1]]]}"#, "the geometry is not valid"),
        (r#"{"type":"Polygon","coordinates":[0]}"#, "expected an array, found 0"),
        (r#"{"type":"FeatureCollection"}"#, "has no array"),
        (r#"{"type":"Feature","geometry":null}"#, "there is no \"type\""),
        (r#"{"type":"GeometryCollection","geometries":[]}"#, "geometry type \"GeometryCollection\""),
    ] {
        let error = Shape::from_geojson(text).unwrap_err().to_string();
        assert!(error.contains(message), "{text}: {error}");
    }
    assert!(matches!(Shape::from_geojson(&"[".repeat(100_000)), Err(ShapeError::GeoJson { .. })));
    assert!(matches!(Shape::from_wkt(&" ".repeat(super::MAX_SHAPE_BYTES + 1)), Err(ShapeError::TooLong { .. })));
}

#[test]
fn a_box_is_a_polygon() {
    let shape = Shape::from_bbox(Bbox::from_degrees(177.0, -20.0, -178.0, -16.0).unwrap());
    assert_eq!(shape.geometry().parts().len(), 2);
    assert_eq!(Shape::from_geometry(shape.geometry()), shape);
    // A strip of no width on the meridian is no area.
    let shape = Shape::from_bbox(Bbox::from_degrees(177.0, -20.0, 180.0, -16.0).unwrap());
    assert_eq!(shape.geometry().parts().len(), 1);
}

fn fixture() -> serde_json::Value {
    serde_json::from_str(include_str!("../../fixtures/areas.json")).unwrap()
}

#[test]
fn an_area_that_is_not_valid_is_what_its_rings_cover_as_geos_has_it() {
    let fixture = fixture();
    let features: Vec<Shape> =
        fixture["features"].as_array().unwrap().iter().map(|text| testing::wkt(text.as_str().unwrap())).collect();
    let mut differences = Vec::new();
    for row in fixture["areas"].as_array().unwrap() {
        let text = row["wkt"].as_str().unwrap();
        let area = row["area"].as_f64().unwrap();
        let numbers = |key: &str| row[key].as_array().unwrap().iter().map(|number| number.as_u64().unwrap() as usize);
        if area == 0.0 {
            assert_eq!(Shape::from_wkt(text), Err(ShapeError::NoArea), "{text}");
            continue;
        }
        let shape = testing::wkt(text);
        let covered = geo_from(shape.geometry()).unsigned_area();
        assert!((covered - area).abs() < 1e-6, "{text}: {covered}, GEOS {area}");
        assert!(geo_from(shape.geometry()).is_valid(), "{text}: {shape:?}");
        // Valid by now, so it stays as it is.
        assert_eq!(made_valid(shape.clone()).unwrap(), shape, "{text}");
        let prepared = PreparedShape::new(shape);
        for (relation, key) in [(Relation::Within, "within"), (Relation::Intersects, "intersects")] {
            let test = RelationTest::new(relation, &prepared);
            let expected: Vec<usize> = numbers(key).collect();
            for clear in numbers("clear") {
                if test.holds(features[clear].geometry()) != expected.contains(&clear) {
                    differences.push(format!("{key}: {:?} of {text}", features[clear]));
                }
            }
        }
    }
    assert!(
        differences.is_empty(),
        "{} differ, first: {}",
        differences.len(),
        differences[..differences.len().min(5)].join("\n")
    );
}

#[test]
fn corners_and_crossings_of_straight_streets_stay_where_they_were() {
    // Numbers that a raster of 2^30 steps does not hold.
    let [w, e, s, n] = [121.123_456_789_012_3, 121.987_654_321_098_7, 31.111_111_111_111_1, 31.777_777_777_777_7];
    let [x, y] = [121.5 + 1e-13, 31.5 + 1e-13];
    let shape = testing::wkt(&format!(
        "MULTIPOLYGON((({w} {s},{x} {s},{x} {n},{w} {n},{w} {s})),(({w} {s},{e} {s},{e} {y},{w} {y},{w} {s})))"
    ));
    let vertices: Vec<[f64; 2]> = shape.geometry().lonlat().to_vec();
    for corner in [[w, s], [e, s], [e, y], [x, y], [x, n], [w, n]] {
        assert!(vertices.contains(&corner), "{corner:?} of {vertices:?}");
    }
    assert_eq!(shape.geometry().parts().len(), 1);
}

#[test]
fn a_hole_that_touches_a_side_moves_no_corner() {
    let [w, e, s, n] = [121.123_456_789_012_3, 121.987_654_321_098_7, 31.111_111_111_111_1, 31.777_777_777_777_7];
    let hole = format!("121.3 31.4,121.45 {s},121.6 31.4,121.3 31.4");
    let shape = testing::wkt(&format!("POLYGON(({w} {s},{e} {s},{e} {n},{w} {n},{w} {s}),({hole}))"));
    let vertices = shape.geometry().lonlat();
    for corner in [[w, s], [e, s], [e, n], [w, n], [121.3, 31.4], [121.45, s], [121.6, 31.4]] {
        assert!(vertices.contains(&corner), "{corner:?} of {vertices:?}");
    }
}

#[test]
fn features_of_a_collection_are_one_shape() {
    let feature = |geometry: &str| format!(r#"{{"type":"Feature","properties":{{}},"geometry":{geometry}}}"#);
    let collection = |features: &[String]| {
        let features = features.join(",");
        Shape::from_geojson(&format!(r#"{{"type":"FeatureCollection","features":[{features}]}}"#))
    };
    let west = feature(r#"{"type":"Polygon","coordinates":[[[0,0],[1,0],[1,1],[0,1],[0,0]]]}"#);
    let east = feature(r#"{"type":"Polygon","coordinates":[[[1,0],[2,0],[2,1],[1,1],[1,0]]]}"#);
    let away = feature(r#"{"type":"MultiPolygon","coordinates":[[[[5,0],[6,0],[6,1],[5,0]]],[[[7,0],[8,0],[8,1],[7,0]]]]}"#);
    let nowhere = feature("null");
    let point = feature(r#"{"type":"Point","coordinates":[1,2]}"#);
    let points = feature(r#"{"type":"MultiPoint","coordinates":[[3,4],[5,6]]}"#);
    let line = feature(r#"{"type":"LineString","coordinates":[[1,2],[3,4]]}"#);
    let both = collection(&[west.clone(), nowhere.clone(), east.clone()]).unwrap();
    assert_eq!((both.geometry().parts().len(), both.geometry().bounds().max), (1, [2.0, 1.0]));
    assert_eq!(collection(&[west.clone(), away]).unwrap().geometry().parts().len(), 3);
    assert_eq!(collection(&[point.clone(), points]).unwrap(), testing::wkt("MULTIPOINT(1 2,3 4,5 6)"));
    assert_eq!(collection(&[line.clone(), line.clone()]).unwrap(), testing::wkt("MULTILINESTRING((1 2,3 4),(1 2,3 4))"));
    assert_eq!(collection(&[point.clone(), nowhere.clone()]).unwrap(), testing::wkt("POINT(1 2)"));
    for (features, message) in [
        (vec![], "has no feature with a geometry"),
        (vec![nowhere], "has no feature with a geometry"),
        (vec![point, west], "points, lines and areas side by side"),
    ] {
        let error = collection(&features).unwrap_err().to_string();
        assert!(error.contains(message), "{error}");
    }
}

#[test]
fn a_side_over_half_the_globe_is_refused_and_the_whole_map_is_not() {
    for (text, is_taken) in [
        ("POLYGON((170 -20,-170 -20,-170 20,170 20,170 -20))", false),
        ("LINESTRING(170 0,-170 0)", false),
        ("POLYGON((-100 0,81 0,0 20,-100 0))", false),
        ("POLYGON((-170 -20,0 -20,170 -20,170 20,0 20,-170 20,-170 -20))", true),
        ("POLYGON((-180 -90,180 -90,180 90,-180 90,-180 -90))", true),
        ("MULTIPOLYGON(((170 -20,180 -20,180 20,170 20,170 -20)),((-180 -20,-170 -20,-170 20,-180 20,-180 -20)))", true),
        ("MULTIPOINT(170 0,-170 0)", true),
    ] {
        match Shape::from_wkt(text) {
            Ok(_) => assert!(is_taken, "{text}"),
            Err(error) => {
                assert!(!is_taken, "{text}: {error}");
                assert!(error.to_string().contains("RFC 7946 section 3.1.9"), "{text}: {error}");
            }
        }
    }
}

/// Found by fuzzing: of the first the overlay lost a sixth, without a word.
#[test]
fn what_the_overlay_makes_something_else_of_is_refused() {
    for text in [
        "POLYGON((121 31,121 8,121 81,123 32,120 32,113 35,112 32,123 32,113 35,123 31,22 3,113 35,122 32,120 33,121 31))",
        "POLYGON((0 1,1 2,5 -1,1 1,0 9,5 -5,10 2,0 0,10 1,0 2,0 0,5 -5,11 2,0 0,10 1,1 2,2 0,1 0,6 2,0 0,0 9,-6 3,1 1,7 2,0 0,0 9,10 1,1 11,0 1))",
    ] {
        match Shape::from_wkt(text) {
            Err(error) => assert_eq!(error, ShapeError::Tangled),
            Ok(shape) => assert!(geo_from(shape.geometry()).is_valid(), "{text}"),
        }
    }
    assert_eq!(
        Shape::from_wkt(
            "POLYGON((121 31,121 8,121 81,123 32,120 32,113 35,112 32,123 32,113 35,123 31,22 3,113 35,122 32,120 33,121 31))"
        ),
        Err(ShapeError::Tangled)
    );
}

fn ring(corners: impl Iterator<Item = [f64; 2]>) -> String {
    let corners: Vec<String> = corners.map(|[x, y]| format!("{x} {y}")).collect();
    format!("({},{})", corners.join(","), corners[0])
}

/// A star of `points` points that steps over all but two: each side crosses nearly all others.
fn star(points: u32) -> String {
    let step = points / 2;
    let corner = |nth: u32| {
        let angle = f64::from(nth * step % points) / f64::from(points) * std::f64::consts::TAU;
        [10.0 * angle.cos(), 10.0 * angle.sin()]
    };
    format!("POLYGON({})", ring((0..points).map(corner)))
}

#[test]
fn tangles_are_refused_and_large_valid_areas_taken() {
    assert_eq!(Shape::from_wkt(&star(1_001)), Err(ShapeError::Tangled));
    let star = testing::wkt(&star(101));
    assert!(geo_from(star.geometry()).is_valid());
    // A comb of long thin teeth aslant: boxes of all sides overlap.
    let teeth = (0..20_000).flat_map(|tooth| {
        let x = f64::from(tooth) * 1e-4;
        [[x, x], [x + 40.0, x + 80.0 - 1e-5], [x + 5e-5, x]]
    });
    let comb = format!("POLYGON({})", ring(teeth.chain([[0.0, -1.0]])));
    assert!(matches!(Shape::from_wkt(&comb), Err(ShapeError::Tangled)));

    let round = (0..200_000).map(|nth| {
        let angle = f64::from(nth) / 200_000.0 * std::f64::consts::TAU;
        let away = 10.0 + 0.5 * (angle * 300.0).sin();
        [away * angle.cos(), away * angle.sin()]
    });
    let holes = (0..100).map(|nth| {
        let [x, y] = [f64::from(nth % 10) - 5.0, f64::from(nth / 10) - 5.0];
        ring([[x, y], [x + 0.5, y], [x, y + 0.5]].into_iter())
    });
    let text = format!("POLYGON({},{})", ring(round), holes.collect::<Vec<_>>().join(","));
    let asked = testing::wkt(&text);
    assert_eq!(asked.geometry().lonlat().len(), 200_001 + 400);
}
