//! Point in polygon.

use super::segment::turn;
use urbis_model::{GeometryRef, geometry::Part};

/// Where a point lies to an area.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    /// Outside, or in a hole.
    Outside,
    /// On an edge or corner, of a hole too.
    Edge,
    /// Strictly inside.
    Inside,
}

/// Where a point lies to a closed ring, whichever way it turns. Exact; linear in its vertices.
fn side_of_ring(ring: &[[f64; 2]], point: [f64; 2]) -> Side {
    let [x, y] = point;
    let mut odd = false;
    for pair in ring.windows(2) {
        let (a, b) = (pair[0], pair[1]);
        if a == point {
            return Side::Edge;
        }
        if a[1] == y && b[1] == y {
            if a[0].min(b[0]) <= x && x <= a[0].max(b[0]) {
                return Side::Edge;
            }
            continue;
        }
        // A ray runs east from the point. A side counts when it spans the ray's latitude, its lower end included,
        // and passes east of the point.
        if (a[1] <= y) == (b[1] <= y) || a[0].max(b[0]) < x {
            continue;
        }
        if a[0].min(b[0]) > x {
            odd = !odd;
            continue;
        }
        let turn = turn([a, b], point);
        if turn == 0 {
            return Side::Edge;
        }
        odd ^= (turn > 0) == (b[1] > a[1]);
    }
    if odd { Side::Inside } else { Side::Outside }
}

/// Where a point lies to a polygon: an exterior ring and holes.
pub(super) fn side_of_part(part: Part<'_>, point: [f64; 2]) -> Side {
    let mut rings = part.rings();
    let exterior = rings.next().map_or(Side::Outside, |ring| side_of_ring(ring.lonlat(), point));
    if exterior != Side::Inside {
        return exterior;
    }
    for hole in rings {
        match side_of_ring(hole.lonlat(), point) {
            Side::Inside => return Side::Outside,
            Side::Edge => return Side::Edge,
            Side::Outside => {}
        }
    }
    Side::Inside
}

/// Where a point lies to an area of any number of parts. Exact; linear in its vertices.
pub(crate) fn side_of(geometry: GeometryRef<'_>, point: [f64; 2]) -> Side {
    geometry.parts().map(|part| side_of_part(part, point)).fold(Side::Outside, |so_far, side| match (so_far, side) {
        (Side::Inside, _) | (_, Side::Inside) => Side::Inside,
        (Side::Edge, _) | (_, Side::Edge) => Side::Edge,
        _ => Side::Outside,
    })
}
