//! Which outlines rounding can't break, known before any tile is asked for.
//!
//! Rounding to tile units moves a vertex by at most half a unit on each axis, so by at most `1/√2` of a unit. Where each
//! vertex of a simple ring is farther than `√2` units from each edge it is not an end of, no vertex can reach an edge on
//! the way: the rounded ring is simple too, turns the same way and repeats no vertex. A tile then writes it as it comes,
//! asking nothing.

use crate::frame::{Unit, WORLD_ZOOM, WorldBounds};
use crate::prepare::TileLayer;
use crate::simple::{Edge, Rings, is_valid};

/// Rings of more vertices are not looked at: the test takes their square, and they are few.
const MOST_VERTICES: usize = 24;
/// Products of differences below this stay far inside 64 bits.
const GREATEST_SIDE: u32 = 1 << 30;
/// The bit that says that the outline is wound against MVT's rule.
const REVERSED: u32 = 1 << 31;

/// What is known of one shape: bit `z` for each zoom at which its outline is sound, and how it is wound.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Sound(u32);

impl Sound {
    /// Whether the shape is one ring that rounding can't break at this zoom.
    pub(crate) fn at(self, zoom: u8) -> bool {
        self.0 >> zoom.min(WORLD_ZOOM as u8) & 1 == 1
    }

    /// Whether the ring is to be written backwards.
    pub(crate) fn reversed(self) -> bool {
        self.0 & REVERSED != 0
    }
}

/// Buffers used again from shape to shape.
#[derive(Default)]
pub(crate) struct Judge {
    rings: Rings,
    points: Vec<Unit>,
    edges: Vec<Edge>,
}

impl Judge {
    /// What is known of a feature.
    pub(crate) fn sound(&mut self, layer: &TileLayer, position: u32) -> Sound {
        let mut parts = layer.parts(position);
        let (1, Some(part), 2) = (parts.len(), parts.next(), layer.dimension(position)) else { return Sound::default() };
        let mut rings = layer.rings(part);
        let (1, Some(ring)) = (rings.len(), rings.next()) else { return Sound::default() };
        let bounds = layer.bounds(position);
        if bounds.is_empty() || bounds.side() >= GREATEST_SIDE || layer.ring_len(ring) > MOST_VERTICES {
            return Sound::default();
        }
        self.judge(layer, ring, bounds)
    }

    fn judge(&mut self, layer: &TileLayer, ring: usize, bounds: &WorldBounds) -> Sound {
        let mut bits = 0;
        let mut clearance = 0.0;
        let mut changes = changes(layer.ring(ring).1) | 1 << WORLD_ZOOM;
        // Below the lowest zoom nothing is drawn.
        for zoom in (layer.definition().min_zoom.min(WORLD_ZOOM as u8)..=WORLD_ZOOM as u8).rev() {
            if changes >> zoom & 1 == 1 {
                changes ^= 1 << zoom;
                self.points.clear();
                let drawn = layer.drawn(ring, zoom);
                self.points.extend(drawn.map(|point| [0, 1].map(|axis| i64::from(point[axis] - bounds.min[axis]))));
                clearance = self.squared_clearance();
            }
            let squared_unit = (1u64 << (2 * (WORLD_ZOOM - u32::from(zoom)))) as f64;
            // A hair more than √2 units, for the rounding of the distances themselves.
            if clearance > 2.000_001 * squared_unit {
                bits |= 1 << zoom;
                if crate::clip::doubled_area(&self.points) < 0 {
                    bits |= REVERSED;
                }
            }
        }
        Sound(bits)
    }

    /// Squared distance between the vertex and the edge that are nearest to each other; 0 for what is no simple ring.
    fn squared_clearance(&mut self) -> f64 {
        let points = &self.points;
        if points.len() < 3 {
            return 0.0;
        }
        self.rings.clear();
        self.rings.push(points, true);
        if !is_valid(&self.rings, &mut self.edges) {
            return 0.0;
        }
        let mut least = f64::INFINITY;
        for (first, &from) in points.iter().enumerate() {
            let last = (first + 1) % points.len();
            for (index, &point) in points.iter().enumerate() {
                if index != first && index != last {
                    least = least.min(squared_distance(point, from, points[last]));
                }
            }
        }
        least
    }
}

/// Bit `z` for each zoom at which other vertices may be drawn than one zoom nearer.
fn changes(zooms: &[[u8; 2]]) -> u32 {
    let edge = |zoom: u8| if zoom < WORLD_ZOOM as u8 { 1 << zoom } else { 0 };
    zooms.iter().map(|&[from, until]| edge(until) | from.checked_sub(1).map_or(0, edge)).fold(0, |all, one| all | one)
}

/// Squared distance of a point from a segment.
fn squared_distance(point: Unit, from: Unit, to: Unit) -> f64 {
    let [px, py] = [0, 1].map(|axis| (point[axis] - from[axis]) as f64);
    let [sx, sy] = [0, 1].map(|axis| (to[axis] - from[axis]) as f64);
    let length = sx * sx + sy * sy;
    let along = if length > 0.0 { ((px * sx + py * sy) / length).clamp(0.0, 1.0) } else { 0.0 };
    let [dx, dy] = [px - along * sx, py - along * sy];
    dx * dx + dy * dy
}

#[cfg(test)]
mod tests;
