//! From which zoom each vertex matters (Douglas and Peucker 1973, run once for all zooms).
//!
//! Each vertex gets the zoom at which leaving it out would first move the shape by more than the tolerance. A tile
//! then only compares one byte per vertex, and every tile of a zoom sees the same simplified shape.

use crate::frame::{UNITS_PER_PIXEL, WORLD_ZOOM};

/// Runs longer than this are cut in the middle first, so that a hostile spiral of a million vertices costs at most
/// `n * LONGEST_RUN` steps where the textbook algorithm takes n². The extra anchors cost a handful of vertices.
const LONGEST_RUN: usize = 1024;

/// Turns distances on the world grid into zooms.
#[derive(Clone, Copy, Debug)]
pub struct Tolerance {
    /// Tolerance in pixels; 0 keeps every vertex.
    pub pixels: f64,
    /// From this zoom on every vertex is kept.
    pub max_zoom: u8,
}

impl Tolerance {
    /// The lowest zoom at which a deviation passes the tolerance.
    fn zoom_from_deviation(self, world: f64) -> u8 {
        let at_world_zoom = world / (self.pixels * UNITS_PER_PIXEL as f64);
        // At zoom z the same deviation is 2^(WORLD_ZOOM - z) times smaller.
        let zoom = f64::from(WORLD_ZOOM) - at_world_zoom.log2();
        (zoom.floor() + 1.0).clamp(0.0, f64::from(self.max_zoom)) as u8
    }
}

/// Appends the zooms of a line's vertices; both ends are kept at every zoom.
pub fn line(points: &[[u32; 2]], tolerance: Tolerance, keep_from: &mut Vec<u8>) {
    let base = keep_from.len();
    keep_from.resize(base + points.len(), tolerance.max_zoom);
    let zooms = &mut keep_from[base..];
    if let [first, .., last] = zooms {
        *first = 0;
        *last = 0;
        run(points, zooms, tolerance);
    } else {
        zooms.fill(0);
    }
}

/// Appends the zooms of a ring's vertices (first not repeated); at least three are kept at every zoom.
pub fn ring(points: &[[u32; 2]], tolerance: Tolerance, keep_from: &mut Vec<u8>) {
    let base = keep_from.len();
    keep_from.resize(base + points.len(), tolerance.max_zoom);
    let zooms = &mut keep_from[base..];
    if points.len() < 4 {
        zooms.fill(0);
        return;
    }
    // Anchors: the first vertex, the one farthest from it, and the one farthest from the line between them.
    let squared = |point: &[u32; 2]| {
        let [dx, dy] = [0, 1].map(|axis| f64::from(point[axis]) - f64::from(points[0][axis]));
        dx * dx + dy * dy
    };
    let far = farthest(points.iter().map(squared)).0;
    let third = farthest(points.iter().map(|point| squared_deviation(*point, points[0], points[far]))).0;
    for anchor in [0, far, third] {
        zooms[anchor] = 0;
    }
    let mut anchors = [0, far, third];
    anchors.sort_unstable();
    for pair in anchors.windows(2) {
        run(&points[pair[0]..=pair[1]], &mut zooms[pair[0]..=pair[1]], tolerance);
    }
    // The last run closes the ring.
    let last = anchors[2];
    let closing: Vec<[u32; 2]> = points[last..].iter().chain(&points[..1]).copied().collect();
    let mut closing_zooms = vec![tolerance.max_zoom; closing.len()];
    run(&closing, &mut closing_zooms, tolerance);
    let inner = closing.len() - 1;
    zooms[last + 1..].copy_from_slice(&closing_zooms[1..inner]);
}

/// Sets the zooms of all vertices between the first and last, which are kept.
fn run(points: &[[u32; 2]], zooms: &mut [u8], tolerance: Tolerance) {
    // (first, last, zoom from which both ends are kept)
    let mut stack = Vec::new();
    let mut cut = 0;
    while cut + LONGEST_RUN < points.len() - 1 {
        zooms[cut + LONGEST_RUN] = 0;
        stack.push((cut, cut + LONGEST_RUN, 0));
        cut += LONGEST_RUN;
    }
    stack.push((cut, points.len() - 1, 0));
    while let Some((first, last, ends_from)) = stack.pop() {
        if last - first < 2 {
            continue;
        }
        let (offset, deviation) =
            farthest(points[first + 1..last].iter().map(|point| squared_deviation(*point, points[first], points[last])));
        let middle = first + 1 + offset;
        let zoom = tolerance.zoom_from_deviation(deviation.sqrt()).max(ends_from);
        zooms[middle] = zoom;
        stack.push((first, middle, zoom));
        stack.push((middle, last, zoom));
    }
}

/// Index and value of the first greatest.
fn farthest(squared: impl Iterator<Item = f64>) -> (usize, f64) {
    squared.enumerate().fold((0, -1.0), |best, (index, value)| if value > best.1 { (index, value) } else { best })
}

/// Squared distance of a point from a segment.
fn squared_deviation(point: [u32; 2], from: [u32; 2], to: [u32; 2]) -> f64 {
    let [px, py] = [0, 1].map(|axis| f64::from(point[axis]) - f64::from(from[axis]));
    let [sx, sy] = [0, 1].map(|axis| f64::from(to[axis]) - f64::from(from[axis]));
    let length = sx * sx + sy * sy;
    let along = if length > 0.0 { ((px * sx + py * sy) / length).clamp(0.0, 1.0) } else { 0.0 };
    let [dx, dy] = [px - along * sx, py - along * sy];
    dx * dx + dy * dy
}

#[cfg(test)]
mod tests;
