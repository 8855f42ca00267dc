//! Segments: the sides of lines and polygons.

use super::{Side, side_of};
use geo::kernels::{Kernel, Orientation, RobustKernel};
use urbis_model::{Bounds, GeometryRef};

/// A side of a line or ring, or a point as a side of no length; degrees.
pub(crate) type Segment = [[f64; 2]; 2];

/// On which side of the line from `a` to `b` the point `c` lies: +1 left, −1 right, 0 on it. Exact.
pub(crate) fn turn([a, b]: Segment, c: [f64; 2]) -> i8 {
    match RobustKernel::orient2d(a.into(), b.into(), c.into()) {
        Orientation::CounterClockwise => 1,
        Orientation::Clockwise => -1,
        Orientation::Collinear => 0,
    }
}

/// All sides of a shape; of points, sides of no length.
pub(crate) fn segments(geometry: GeometryRef<'_>) -> impl Iterator<Item = Segment> + '_ {
    geometry.parts().flat_map(|part| part.rings()).flat_map(|ring| {
        let vertices = ring.lonlat();
        let lone = (vertices.len() == 1).then(|| [vertices[0], vertices[0]]);
        lone.into_iter().chain(vertices.windows(2).map(|pair| [pair[0], pair[1]]))
    })
}

pub(super) fn bounds_of([a, b]: Segment) -> Bounds {
    Bounds { min: [a[0].min(b[0]), a[1].min(b[1])], max: [a[0].max(b[0]), a[1].max(b[1])] }
}

/// Whether two segments share a point, ends included. Exact.
pub(crate) fn segments_meet(one: Segment, other: Segment) -> bool {
    // With overlapping boxes, segments on one line meet; others meet when each has its ends on both sides of the other.
    bounds_of(one).intersects(&bounds_of(other))
        && turn(one, other[0]) * turn(one, other[1]) <= 0
        && turn(other, one[0]) * turn(other, one[1]) <= 0
}

/// The corners of a box, counter-clockwise from the south-west.
fn corners(bounds: &Bounds) -> [[f64; 2]; 4] {
    let ([west, south], [east, north]) = (bounds.min, bounds.max);
    [[west, south], [east, south], [east, north], [west, north]]
}

/// Whether a segment shares a point with a box, edges included. Exact.
pub(super) fn segment_meets_box(segment: Segment, bounds: &Bounds) -> bool {
    if bounds.contains(segment[0]) || bounds.contains(segment[1]) {
        return true;
    }
    if !bounds_of(segment).intersects(bounds) {
        return false;
    }
    let turns = corners(bounds).map(|corner| turn(segment, corner));
    !(turns.iter().all(|turn| *turn > 0) || turns.iter().all(|turn| *turn < 0))
}

/// Whether a shape shares a point with a box, edges included. Exact; a box of no width or height is a line or point.
pub(crate) fn meets_box(geometry: GeometryRef<'_>, bounds: &Bounds) -> bool {
    let own = geometry.bounds();
    if !own.intersects(bounds) {
        return false;
    }
    if bounds.encloses(&own) || segments(geometry).any(|segment| segment_meets_box(segment, bounds)) {
        return true;
    }
    // No side meets the box: it lies wholly inside or wholly outside.
    geometry.kind().dimension() == 2 && side_of(geometry, bounds.min) != Side::Outside
}
