//! A quick proof that a small ring is valid, so that GEOS is asked only about the others. Buildings have a handful of
//! corners and are nearly all valid.
//!
//! The proof is exact: every orientation is trusted only beyond the rounding error of its own computation (Shewchuk
//! 1997, error bound A of `orient2d`); what is closer is left to GEOS.

use crate::shape::Shape;

/// Above this the pairwise test costs more than GEOS's sweep (measured on OSM multipolygons: break-even near 150).
const MAX_CORNERS: usize = 128;
/// (3 + 16ε)ε with ε = 2⁻⁵³ (Shewchuk 1997, `ccwerrboundA`).
const ORIENTATION_ERROR: f64 = 3.330_669_073_875_471_6e-16;

/// Whether the shape is one ring that certainly does not touch or cross itself. False says nothing.
pub(super) fn is_certainly_valid(shape: &Shape) -> bool {
    shape.ring_ends.len() == 1 && shape.xy.len() <= MAX_CORNERS + 1 && is_simple(&shape.xy)
}

fn is_simple(closed: &[[f64; 2]]) -> bool {
    // 1. Corners without repeats.
    let mut corners = [[0.0; 2]; MAX_CORNERS + 1];
    let mut count = 0;
    for vertex in &closed[..closed.len() - 1] {
        if count == 0 || corners[count - 1] != *vertex {
            corners[count] = *vertex;
            count += 1;
        }
    }
    while count > 1 && corners[count - 1] == corners[0] {
        count -= 1;
    }
    if count < 3 {
        return false;
    }
    let corner = |index: usize| corners[if index >= count { index - count } else { index }];
    // 2. No edge folds back over the one before.
    for index in 0..count {
        let (a, b, c) = (corner(index), corner(index + 1), corner(index + 2));
        if side(a, b, c) == 0 && (b[0] - a[0]) * (c[0] - b[0]) + (b[1] - a[1]) * (c[1] - b[1]) <= 0.0 {
            return false;
        }
    }
    // 3. No two edges that are not neighbours meet.
    for first in 0..count {
        let (a, b) = (corner(first), corner(first + 1));
        let (west, east) = (a[0].min(b[0]), a[0].max(b[0]));
        let (south, north) = (a[1].min(b[1]), a[1].max(b[1]));
        let last = if first == 0 { count - 1 } else { count };
        for second in first + 2..last {
            let (c, d) = (corner(second), corner(second + 1));
            let apart = c[0].max(d[0]) < west || c[0].min(d[0]) > east || c[1].max(d[1]) < south || c[1].min(d[1]) > north;
            let parted = || side(a, b, c) * side(a, b, d) > 0 || side(c, d, a) * side(c, d, b) > 0;
            if !apart && !parted() {
                return false;
            }
        }
    }
    true
}

/// 1 when `c` lies certainly left of `a`→`b`, −1 right, 0 when rounding could hide it.
fn side(a: [f64; 2], b: [f64; 2], c: [f64; 2]) -> i8 {
    let left = (a[0] - c[0]) * (b[1] - c[1]);
    let right = (a[1] - c[1]) * (b[0] - c[0]);
    let doubled_area = left - right;
    let error = ORIENTATION_ERROR * (left.abs() + right.abs());
    if doubled_area > error {
        1
    } else if doubled_area < -error {
        -1
    } else {
        0
    }
}
