//! How deep lines lie at each vertex: MVT has no third coordinate, so a text goes with the line.
//!
//! Attribute `depths_cm` of a line: centimetres below ground, whole numbers joined by commas, one for each vertex in the
//! order in which the geometry's commands write them, through all its lines. Nothing stands between the commas where a depth
//! is not known; a line of which none is known has no such attribute.
//!
//! ```text
//! (10,20) (30,20) (55,24)     "150,,162"       150 cm, unknown, 162 cm
//! ```
//!
//! - A vertex made by cutting has the depth between its neighbours, by the way along; none where one of them has none.
//! - A vertex stays at a zoom if its depth is off the line between those that stay by more than a tolerance, which doubles
//!   with each zoom away from the highest as a pixel does; and where known depths begin and end.
//! - Vertices that fall on one unit of the tile's grid are one there (MVT 2.1 section 4.3.3.2 forbids steps of nothing), and tell the
//!   least of their depths: that is met first by whoever digs.

use crate::generalise::Tolerance;

/// The attribute's name.
pub const DEPTHS_CM: &str = "depths_cm";

/// From which zoom lines tell their depths.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct VertexDepth {
    /// The lowest zoom with depths.
    pub from_zoom: u8,
    /// How far a depth may be off at the layer's highest zoom, centimetres; twice as far at each zoom below.
    pub tolerance_cm: f64,
}

impl VertexDepth {
    /// What weighs depths against places when a line is simplified.
    pub(crate) fn scale(&self, tolerance: &Tolerance) -> Scale {
        Scale {
            world_per_m: tolerance.world(tolerance.max_zoom) * 100.0 / self.tolerance_cm,
            most_world: self.from_zoom.checked_sub(1).map_or(f64::INFINITY, |zoom| tolerance.world(zoom)),
        }
    }
}

/// Deviations in depth as deviations in place, so that one question decides on both.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scale {
    /// World cells that pass the tolerance in place at the zoom at which a metre passes that in depth.
    world_per_m: f64,
    /// The deviation that matters just from the first zoom with depths; where those are not told, depths do not weigh.
    most_world: f64,
}

/// The depths of a line's vertices, metres, NaN where not known.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Depths<'a> {
    /// As many as the line has vertices.
    pub(crate) depths_m: &'a [f32],
    /// How they weigh.
    pub(crate) scale: Scale,
}

impl Depths<'_> {
    /// How far a vertex is off in depth where it is left out between two others, `along` from 0 to 1 between them; world
    /// cells.
    pub(crate) fn deviation_world(&self, vertex: usize, [first, last]: [usize; 2], along: f64) -> f64 {
        if self.begins_or_ends(vertex) {
            return self.scale.most_world;
        }
        let [from, at, to] = [first, vertex, last].map(|index| f64::from(self.depths_m[index]));
        let off = (at - (from + (to - from) * along)).abs() * self.scale.world_per_m;
        if off.is_nan() { 0.0 } else { off.min(self.scale.most_world) }
    }

    /// Whether a neighbour's depth is known and the vertex's is not, or the reverse.
    fn begins_or_ends(&self, vertex: usize) -> bool {
        let known = |index: usize| self.depths_m.get(index).map(|depth_m| !depth_m.is_nan());
        let own = known(vertex);
        [vertex.checked_sub(1), Some(vertex + 1)].into_iter().flatten().filter_map(known).any(|other| Some(other) != own)
    }
}

#[cfg(test)]
mod tests;
