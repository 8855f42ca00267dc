//! From which zoom each vertex of a line matters (Douglas and Peucker 1973, run once for all zooms).
//!
//! Each vertex gets the zoom at which leaving it out would first move the shape by more than the tolerance. A tile
//! then only compares one byte per vertex, and every tile of a zoom sees the same simplified shape.
//!
//! Where vertices have depths, a deviation is the greater of that in place and that in depth, see [`crate::depth`].

use crate::depth::Depths;
use crate::frame::{UNITS_PER_PIXEL, WORLD_ZOOM};
use crate::generalise::Tolerance;

/// Runs longer than this are cut in the middle first, so that a hostile spiral of a million vertices costs at most
/// `n * LONGEST_RUN` steps where the textbook algorithm takes n². The extra anchors cost a handful of vertices.
const LONGEST_RUN: usize = 1024;

/// The lowest zoom at which a deviation passes the tolerance.
fn zoom_from_deviation(tolerance: &Tolerance, world: f64) -> u8 {
    let at_world_zoom = world / (tolerance.pixels * UNITS_PER_PIXEL as f64);
    // At zoom z the same deviation is 2^(WORLD_ZOOM - z) times smaller.
    let zoom = f64::from(WORLD_ZOOM) - at_world_zoom.log2();
    (zoom.floor() + 1.0).clamp(0.0, f64::from(tolerance.max_zoom)) as u8
}

/// Appends the zooms of a line's vertices; both ends are kept at every zoom.
pub(crate) fn line(points: &[[u32; 2]], depths: Option<Depths<'_>>, tolerance: &Tolerance, keep_from: &mut Vec<u8>) {
    let base = keep_from.len();
    keep_from.resize(base + points.len(), tolerance.max_zoom);
    let zooms = &mut keep_from[base..];
    if let [first, .., last] = zooms {
        *first = 0;
        *last = 0;
        match depths {
            None => run(zooms, tolerance, |first, last| {
                let between = points[first + 1..last].iter();
                farthest(between.map(|point| squared_deviation(*point, points[first], points[last]).0))
            }),
            Some(depths) => run(zooms, tolerance, |first, last| {
                farthest((first + 1..last).map(|vertex| {
                    let (squared, along) = squared_deviation(points[vertex], points[first], points[last]);
                    squared.max(depths.deviation_world(vertex, [first, last], along).powi(2))
                }))
            }),
        }
    } else {
        zooms.fill(0);
    }
}

/// Sets the zooms of all vertices between the first and last, which are kept. `farthest_between` two vertices gives the
/// one that deviates most, counted from the one after the first, and its squared deviation.
fn run(zooms: &mut [u8], tolerance: &Tolerance, farthest_between: impl Fn(usize, usize) -> (usize, f64)) {
    // (first, last, zoom from which both ends are kept)
    let mut stack = Vec::new();
    let mut cut = 0;
    while cut + LONGEST_RUN < zooms.len() - 1 {
        zooms[cut + LONGEST_RUN] = 0;
        stack.push((cut, cut + LONGEST_RUN, 0));
        cut += LONGEST_RUN;
    }
    stack.push((cut, zooms.len() - 1, 0));
    while let Some((first, last, ends_from)) = stack.pop() {
        if last - first < 2 {
            continue;
        }
        let (offset, deviation) = farthest_between(first, last);
        let middle = first + 1 + offset;
        let zoom = zoom_from_deviation(tolerance, deviation.sqrt()).max(ends_from);
        zooms[middle] = zoom;
        stack.push((first, middle, zoom));
        stack.push((middle, last, zoom));
    }
}

/// Index and value of the first greatest.
fn farthest(squared: impl Iterator<Item = f64>) -> (usize, f64) {
    squared.enumerate().fold((0, -1.0), |best, (index, value)| if value > best.1 { (index, value) } else { best })
}

/// Squared distance of a point from a segment, and how far along it the nearest place is, 0 to 1.
fn squared_deviation(point: [u32; 2], from: [u32; 2], to: [u32; 2]) -> (f64, f64) {
    let [px, py] = [0, 1].map(|axis| f64::from(point[axis]) - f64::from(from[axis]));
    let [sx, sy] = [0, 1].map(|axis| f64::from(to[axis]) - f64::from(from[axis]));
    let length = sx * sx + sy * sy;
    let along = if length > 0.0 { ((px * sx + py * sy) / length).clamp(0.0, 1.0) } else { 0.0 };
    let [dx, dy] = [px - along * sx, py - along * sy];
    (dx * dx + dy * dy, along)
}

#[cfg(test)]
mod tests;
