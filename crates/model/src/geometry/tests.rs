use super::*;
use GeometryKind::{LineString, MultiPoint, MultiPolygon, Point, Polygon, Solid};

const SQUARE: &[[f64; 2]] = &[[0.0, 0.0], [4.0, 0.0], [4.0, 4.0], [0.0, 4.0], [0.0, 0.0]];
const HOLE: &[[f64; 2]] = &[[1.0, 1.0], [1.0, 2.0], [2.0, 2.0], [1.0, 1.0]];

/// Parts of rings of vertices.
type Parts<'a> = &'a [&'a [&'a [[f64; 2]]]];

fn write(column: &mut GeometryColumn, kind: GeometryKind, parts: &[&[&[[f64; 2]]]]) -> Result<(), GeometryError> {
    let mut writer = column.writer();
    writer.kind(kind);
    for rings in parts {
        writer.part();
        for ring in *rings {
            writer.ring();
            ring.iter().for_each(|vertex| writer.vertex(*vertex));
        }
    }
    writer.finish()
}

#[test]
fn shapes_come_back_as_they_went_in() {
    let shapes: [(GeometryKind, Parts<'_>); 5] = [
        (Point, &[&[&[[121.0, 31.0]]]]),
        (Polygon, &[&[SQUARE, HOLE]]),
        (LineString, &[&[&[[0.0, 0.0], [1.0, 1.0]]]]),
        (MultiPolygon, &[&[SQUARE], &[HOLE]]),
        (MultiPoint, &[&[&[[1.0, 1.0]]], &[&[[2.0, 2.0]]]]),
    ];
    let mut column = GeometryColumn::default();
    for (kind, parts) in shapes {
        write(&mut column, kind, parts).unwrap();
        // A refused one in between leaves no trace.
        write(&mut column, Polygon, &[&[&[[0.0, 0.0], [1.0, 1.0]]]]).unwrap_err();
    }
    assert_eq!(column.len(), shapes.len());
    for (geometry, (kind, parts)) in column.iter().zip(shapes) {
        assert_eq!(geometry.kind(), kind);
        let read: Vec<Vec<&[[f64; 2]]>> = geometry.parts().map(|part| part.rings().map(Ring::lonlat).collect()).collect();
        assert_eq!(read, parts);
    }
}

#[test]
fn invalid_shapes_are_refused_with_the_reason() {
    let refused = |kind, parts: &[&[&[[f64; 2]]]]| write(&mut GeometryColumn::default(), kind, parts).unwrap_err();
    assert_eq!(refused(Polygon, &[]), GeometryError::Empty);
    assert_eq!(refused(Polygon, &[&[]]), GeometryError::Empty);
    assert_eq!(refused(Point, &[&[&[]]]), GeometryError::Empty);
    assert_eq!(refused(Polygon, &[&[&SQUARE[..4]]]), GeometryError::Open { ring: 0 });
    assert!(matches!(refused(Polygon, &[&[SQUARE], &[SQUARE]]), GeometryError::TooManyParts { .. }));
    assert!(matches!(refused(LineString, &[&[&[[0.0, 0.0]]]]), GeometryError::TooFew { needed: 2, .. }));
    assert!(matches!(refused(Point, &[&[&[[f64::NAN, 0.0]]]]), GeometryError::Coordinate { vertex: 0, .. }));
    assert!(matches!(refused(Point, &[&[&[[31.0, 121.0]]]]), GeometryError::Coordinate { .. }));
    assert!(matches!(refused(Solid, &[&[SQUARE]]), GeometryError::Height { vertex: 0 }));
}

#[test]
fn heights_and_depths_stay_with_their_vertices() {
    let mut column = GeometryColumn::default();
    write(&mut column, Point, &[&[&[[1.0, 1.0]]]]).unwrap();
    let mut writer = column.writer();
    writer.kind(LineString);
    writer.part();
    writer.ring();
    writer.vertex([0.0, 0.0]);
    writer.depth_m(1.5);
    writer.vertex([1.0, 0.0]);
    writer.z_m(-2.0);
    writer.finish().unwrap();
    write(&mut column, Point, &[&[&[[2.0, 2.0]]]]).unwrap();

    let line = column.geometry(1);
    assert_eq!(line.depth_m().unwrap()[0], 1.5);
    assert!(line.depth_m().unwrap()[1].is_nan());
    assert_eq!(line.z_m().unwrap()[1], -2.0);
    assert!(column.geometry(2).z_m().unwrap()[0].is_nan());
}

#[test]
fn faces_keep_their_meaning_through_a_copy() {
    let mut column = GeometryColumn::default();
    write(&mut column, Point, &[&[&[[1.0, 1.0]]]]).unwrap();
    let mut writer = column.writer();
    writer.kind(Solid);
    for face in [SurfaceKind::Ground, SurfaceKind::Roof] {
        writer.face(face);
        writer.ring();
        for vertex in SQUARE {
            writer.vertex(*vertex);
            writer.z_m(3.0);
        }
    }
    writer.finish().unwrap();

    let mut copy = GeometryColumn::default();
    let mut writer = copy.writer();
    writer.copy(column.geometry(1));
    writer.finish().unwrap();
    let faces: Vec<_> = copy.geometry(0).parts().map(Part::face).collect();
    assert_eq!(faces, [SurfaceKind::Ground, SurfaceKind::Roof]);
    assert_eq!(copy.geometry(0).z_m(), column.geometry(1).z_m());
}

#[test]
fn a_feature_of_too_many_vertices_is_refused_without_holding_them() {
    let mut column = GeometryColumn::default();
    let mut writer = column.writer();
    writer.kind(LineString);
    writer.part();
    writer.ring();
    for _ in 0..MAX_VERTICES + 10 {
        writer.vertex([1.0, 1.0]);
    }
    assert!(matches!(writer.finish(), Err(GeometryError::TooManyVertices { .. })));
    assert_eq!(column.vertex_count(), 0);
}
