//! WKT and GeoJSON, good and bad.

use super::{Shape, ShapeError};
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
        (r#"{"type":"FeatureCollection","features":[]}"#, "has 0 features"),
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
}
