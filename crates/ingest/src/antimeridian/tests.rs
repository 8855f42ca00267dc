//! Cuts.

use super::*;
use urbis_model::GeometryKind;

fn polygon(rings: &[&[[f64; 2]]]) -> Shape {
    let mut shape = Shape { kind: GeometryKind::Polygon, ..Shape::default() };
    for ring in rings {
        shape.xy.extend(*ring);
        shape.end_ring();
    }
    shape.end_part();
    shape
}

#[test]
fn an_area_over_the_meridian_becomes_two_with_its_hole() {
    let mut shape = polygon(&[
        &[[175.0, 0.0], [-175.0, 0.0], [-175.0, 10.0], [175.0, 10.0], [175.0, 0.0]],
        &[[-178.0, 2.0], [-178.0, 4.0], [-176.0, 4.0], [-178.0, 2.0]],
    ]);
    assert_eq!(cut(&mut shape), Cut::Done);
    assert_eq!((shape.part_ends.len(), shape.ring_ends.len()), (2, 3));
    assert_eq!(shape.kind, GeometryKind::MultiPolygon);
    assert!(shape.xy.iter().all(|[lon, _]| lon.abs() >= 175.0 && lon.abs() <= 180.0), "{:?}", shape.xy);
}

#[test]
fn a_line_keeps_its_ends_and_meets_the_meridian_between() {
    let mut shape = Shape { kind: GeometryKind::LineString, xy: vec![[179.0, 0.0], [-179.0, 2.0]], ..Shape::default() };
    shape.end_ring();
    shape.end_part();
    assert_eq!(cut(&mut shape), Cut::Done);
    assert_eq!(shape.xy, [[179.0, 0.0], [180.0, 1.0], [-180.0, 1.0], [-179.0, 2.0]]);
}
