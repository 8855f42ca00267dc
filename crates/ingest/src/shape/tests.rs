//! WKB in and out, and buffers that lie.

use super::wkb::NotWkb;
use super::*;
use crate::ogr;

fn wkb(wkt: &str) -> Vec<u8> {
    let mut out = Vec::new();
    ogr::linear_wkb_from_wkt(wkt, 1 << 20, &mut out).unwrap();
    out
}

#[test]
fn shapes_come_back_as_they_went_in() {
    for (wkt, kind, vertices) in [
        ("POINT(1 2)", GeometryKind::Point, 1),
        ("POINT Z(1 2 3)", GeometryKind::Point, 1),
        ("LINESTRING M(1 2 9,3 4 9)", GeometryKind::LineString, 2),
        ("POLYGON((0 0,1 0,1 1,0 0),(0.1 0.1,0.2 0.1,0.2 0.2,0.1 0.1))", GeometryKind::Polygon, 8),
        ("MULTIPOINT(1 2,3 4)", GeometryKind::MultiPoint, 2),
        ("MULTILINESTRING((1 2,3 4),(5 6,7 8))", GeometryKind::MultiLineString, 4),
        ("MULTIPOLYGON Z(((0 0 1,1 0 1,1 1 1,0 0 1)),((5 5 1,6 5 1,6 6 1,5 5 1)))", GeometryKind::MultiPolygon, 8),
        ("GEOMETRYCOLLECTION(POINT(1 2),MULTIPOINT(3 4,5 6))", GeometryKind::MultiPoint, 3),
        ("POLYHEDRALSURFACE Z(((0 0 0,1 0 0,1 1 1,0 0 0)))", GeometryKind::MultiSurface, 4),
        ("TIN Z(((0 0 0,1 0 0,1 1 1,0 0 0)),((0 0 0,1 0 0,1 1 2,0 0 0)))", GeometryKind::MultiSurface, 8),
        ("MULTIPOLYGON EMPTY", GeometryKind::MultiPolygon, 0),
        ("POINT EMPTY", GeometryKind::Point, 0),
    ] {
        let mut shape = Shape::default();
        parse_wkb(&wkb(wkt), &mut shape).unwrap();
        assert_eq!((shape.kind, shape.xy.len()), (kind, vertices), "{wkt}");
        let mut written = Vec::new();
        shape.append_wkb(&mut written);
        let mut again = Shape::default();
        parse_wkb(&written, &mut again).unwrap();
        assert_eq!(
            (again.kind, &again.xy, &again.ring_ends, &again.part_ends),
            (shape.kind, &shape.xy, &shape.ring_ends, &shape.part_ends),
            "{wkt}"
        );
    }
}

#[test]
fn of_a_mixed_collection_the_highest_dimension_is_kept_and_the_rest_counted() {
    for (wkt, kind, vertices, left_out) in [
        ("GEOMETRYCOLLECTION(POINT(1 2),LINESTRING(3 4,5 6))", GeometryKind::LineString, 2, [1, 0, 0]),
        ("GEOMETRYCOLLECTION(LINESTRING(3 4,5 6),POINT(1 2),POINT(1 3))", GeometryKind::LineString, 2, [2, 0, 0]),
        (
            "GEOMETRYCOLLECTION(MULTIPOINT(1 2,3 4),POLYGON((0 0,1 0,1 1,0 0)),LINESTRING(3 4,5 6),POLYGON((5 5,6 5,6 6,5 5)))",
            GeometryKind::MultiPolygon,
            8,
            [2, 1, 0],
        ),
        (
            "GEOMETRYCOLLECTION(GEOMETRYCOLLECTION(POINT(1 2),LINESTRING(3 4,5 6)),POINT(7 8))",
            GeometryKind::LineString,
            2,
            [2, 0, 0],
        ),
        ("GEOMETRYCOLLECTION(POINT EMPTY,POINT(7 8))", GeometryKind::Point, 1, [0, 0, 0]),
        (
            "GEOMETRYCOLLECTION Z(POLYGON Z((0 0 0,1 0 0,1 1 0,0 0 0)),TIN Z(((0 0 0,1 0 0,1 0 1,0 0 0))))",
            GeometryKind::MultiSurface,
            4,
            [0, 0, 1],
        ),
    ] {
        let mut shape = Shape::default();
        let left = parse_wkb(&wkb(wkt), &mut shape).unwrap();
        assert_eq!((shape.kind, shape.xy.len(), left.left_out.0), (kind, vertices, left_out), "{wkt}");
        assert_eq!(left.words().is_some(), left_out != [0; 3], "{wkt}");
    }
}

/// Found by fuzzing: a surface made of a point, and one that only says that it has heights.
#[test]
fn a_whole_has_parts_of_its_own_kind() {
    let mut shape = Shape::default();
    let point_in_surface = b"\x01\xf7\x03\0\0\x01\0\0\0\x01\x01\0\0\0\0\0\0\0\0\0\xf0\x3f\0\0\0\0\0\0\xf0\x3f";
    assert_eq!(parse_wkb(point_in_surface, &mut shape).unwrap_err(), NotWkb::Part { whole: 15, code: 1 });
    let mut flat = b"\x01\xf7\x03\0\0\x01\0\0\0".to_vec();
    flat.extend(wkb("POLYGON((0 0,1 0,1 1,0 0))"));
    parse_wkb(&flat, &mut shape).unwrap();
    assert_eq!((shape.kind, shape.xy.len()), (GeometryKind::MultiPolygon, 4));
}

#[test]
fn every_cut_and_every_changed_byte_is_answered_without_panic() {
    let mut shape = Shape::default();
    for wkt in [
        "MULTIPOLYGON Z(((0 0 1,1 0 1,1 1 1,0 0 1)))",
        "GEOMETRYCOLLECTION(POINT(1 2),MULTIPOINT(3 4,5 6))",
        "LINESTRING(1 2,3 4)",
    ] {
        let whole = wkb(wkt);
        for cut in 0..whole.len() {
            assert!(parse_wkb(&whole[..cut], &mut shape).is_err(), "{wkt} cut at {cut}");
        }
        for at in 0..whole.len() {
            for byte in [0u8, 1, 2, 3, 6, 7, 15, 0x7F, 0x80, 0xFF] {
                let mut changed = whole.clone();
                changed[at] = byte;
                let _ = parse_wkb(&changed, &mut shape);
            }
        }
    }
}

#[test]
fn counts_that_lie_are_refused_before_anything_is_reserved() {
    let mut shape = Shape::default();
    let lying = [1, 2, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF];
    assert_eq!(parse_wkb(&lying, &mut shape), Err(NotWkb::Short));
    let mut deep = Vec::new();
    for _ in 0..100_000 {
        deep.extend([1, 7, 0, 0, 0, 1, 0, 0, 0]);
    }
    assert_eq!(parse_wkb(&deep, &mut shape), Err(NotWkb::Nested));
}

#[test]
fn a_third_coordinate_is_a_height_or_where_said_so_a_depth() {
    let mut shape = Shape::default();
    parse_wkb(&wkb("LINESTRING Z (121 31 1.5, 121 31.1 0, 121 31.2 -0.25)"), &mut shape).unwrap();
    shape.z[1] = f64::NAN;
    for (third, heights) in [(ThirdCoordinate::Height, true), (ThirdCoordinate::Depth, false)] {
        let mut column = urbis_model::GeometryColumn::default();
        let mut writer = column.writer();
        shape.write(third, &mut writer);
        writer.finish().unwrap();
        let read = column.geometry(0);
        let found: Vec<f64> = match (heights, read.z_m(), read.depth_m()) {
            (true, Some(z_m), None) => z_m.to_vec(),
            (false, None, Some(depth_m)) => depth_m.iter().map(|depth_m| f64::from(*depth_m)).collect(),
            other => panic!("{third:?}: {other:?}"),
        };
        assert!(found[0] == 1.5 && found[1].is_nan() && found[2] == -0.25, "{third:?}: {found:?}");
    }
}

#[test]
fn a_metadata_file_says_what_the_third_coordinate_is() {
    let third = |text: &str| crate::MetadataFile::parse(text).map(|file| file.third);
    assert_eq!(third("title = 'a'").unwrap(), ThirdCoordinate::Height);
    assert_eq!(third("z = 'height'").unwrap(), ThirdCoordinate::Height);
    assert_eq!(third("z = 'depth'").unwrap(), ThirdCoordinate::Depth);
    assert!(third("z = 'up'").unwrap_err().to_string().contains("below ground"));
}
