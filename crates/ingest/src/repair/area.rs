//! Areas and the direction of rings.

use crate::shape::Shape;
use geographiclib_rs::{Geodesic, PolygonArea, Winding};
use std::ops::Range;

/// Twice the signed area of a ring in its own plane, taken about its first vertex so that small rings far from the
/// origin keep their digits; positive counter-clockwise.
pub(super) fn twice_planar_area(ring: &[[f64; 2]]) -> f64 {
    let [x, y] = ring[0];
    ring.windows(2).map(|pair| (pair[0][0] - x) * (pair[1][1] - y) - (pair[1][0] - x) * (pair[0][1] - y)).sum()
}

/// Whether a ring in space spans a face: its normal by Newell's sum is not zero.
pub(super) fn is_face(xy: &[[f64; 2]], z: &[f64]) -> bool {
    let mut normal = [0.0f64; 2];
    for at in 1..xy.len() {
        normal[0] += (xy[at - 1][1] - xy[at][1]) * (z[at - 1] + z[at] - 2.0 * z[0]);
        normal[1] += (z[at - 1] - z[at]) * (xy[at - 1][0] + xy[at][0] - 2.0 * xy[0][0]);
    }
    normal[0] != 0.0 || normal[1] != 0.0
}

/// The geodesic area on the WGS 84 ellipsoid, holes taken off (Karney 2013).
pub(crate) fn area_m2(shape: &Shape) -> f64 {
    let holes_m2 = |part: Range<usize>| part.skip(1).map(|ring| ring_m2(shape, ring)).sum::<f64>();
    shape.parts().map(|part| ring_m2(shape, part.start) - holes_m2(part)).sum()
}

/// The geodesic area of its exterior rings alone.
pub(super) fn shells_m2(shape: &Shape) -> f64 {
    shape.parts().map(|part| ring_m2(shape, part.start)).sum()
}

fn ring_m2(shape: &Shape, ring: usize) -> f64 {
    let geodesic = Geodesic::wgs84();
    let mut polygon = PolygonArea::new(&geodesic, Winding::CounterClockwise);
    let vertices = &shape.xy[shape.ring(ring)];
    for [lon, lat] in &vertices[..vertices.len() - 1] {
        polygon.add_point(*lat, *lon);
    }
    polygon.compute(true).1.abs()
}

/// Exterior rings counter-clockwise, holes clockwise (RFC 7946, section 3.1.6).
pub(super) fn orient(shape: &mut Shape) {
    let turned: Vec<Range<usize>> = shape
        .parts()
        .flat_map(|part| {
            let first = part.start;
            part.map(move |ring| (ring, ring == first))
        })
        .map(|(ring, exterior)| (shape.ring(ring), exterior))
        .filter(|(range, exterior)| (twice_planar_area(&shape.xy[range.clone()]) > 0.0) != *exterior)
        .map(|(range, _)| range)
        .collect();
    for range in turned {
        shape.xy[range.clone()].reverse();
        if let Some(z) = shape.z.get_mut(range) {
            z.reverse();
        }
    }
}
