//! Borders bent at each zoom so that rounding to tile units keeps every polygon on its side, inside tiles and across seams.
//!
//! 1. At a zoom, the pixels (tile units) of all drawn vertices are hot.
//! 2. So are those where a border crosses from tile to tile: both tiles then cut it at the same place.
//! 3. Each border gets a vertex, of this zoom only, in every hot pixel that it passes through.

use super::cells::Place;
use super::hot_pixel::{passes, pixel};
use crate::frame::WORLD_ZOOM;
use crate::generalise::Graded;
use std::collections::HashSet;

/// log2 of the units along a tile's side.
const TILE_SHIFT: u32 = 12;
/// Seams noded at one zoom, per segment on average and at least: ordinary layers have fewer seams than segments. Beyond,
/// a border may lie up to a unit off at a seam.
const SEAMS_PER_SEGMENT: usize = 16;
const LEAST_SEAMS: usize = 1 << 16;

/// A border that passes a hot pixel.
struct Bend {
    arc: u32,
    /// Position of the vertex before.
    position: u32,
    zoom: u8,
    /// Order among the bends of one segment.
    order: u32,
    world: [u32; 2],
}

/// Adds to each arc the vertices that each zoom of the range needs. `closed[i]`: whether arc `i` is a ring.
pub(super) fn bend(arcs: &mut [Vec<Graded>], closed: &[bool], zooms: std::ops::RangeInclusive<u8>) {
    let mut bends = Vec::new();
    for zoom in zooms {
        bend_at(arcs, closed, zoom, &mut bends);
    }
    bends.sort_unstable_by_key(|bend| (bend.arc, bend.position, bend.zoom, bend.order));
    for of_arc in bends.chunk_by(|a, b| a.arc == b.arc) {
        let arc = &mut arcs[of_arc[0].arc as usize];
        let mut merged = Vec::with_capacity(arc.len() + of_arc.len());
        let mut waiting = of_arc.iter().peekable();
        for (position, vertex) in (0u32..).zip(arc.iter()) {
            merged.push(*vertex);
            while let Some(bend) = waiting.next_if(|bend| bend.position == position) {
                merged.push(Graded { world: bend.world, from: bend.zoom, until: bend.zoom });
            }
        }
        *arc = merged;
    }
}

fn bend_at(arcs: &[Vec<Graded>], closed: &[bool], zoom: u8, bends: &mut Vec<Bend>) {
    let shift = WORLD_ZOOM - u32::from(zoom);
    let mut segments: Vec<[Place; 2]> = Vec::new();
    let mut places: Vec<(u32, u32)> = Vec::new();
    let mut hot: HashSet<Place> = HashSet::new();
    for (index, arc) in (0u32..).zip(arcs) {
        let drawn = (0u32..).zip(arc).filter(|(_, vertex)| (vertex.from..=vertex.until).contains(&zoom));
        let mut drawn = drawn.map(|(position, vertex)| (position, vertex.world.map(i64::from)));
        let Some(first) = drawn.next() else { continue };
        let mut from = first;
        hot.insert(pixel(from.1, shift));
        let end = closed[index as usize].then_some(first);
        for to in drawn.chain(end) {
            hot.insert(pixel(to.1, shift));
            if pixel(from.1, shift) != pixel(to.1, shift) {
                segments.push([from.1, to.1]);
                places.push((index, from.0));
            }
            from = to;
        }
    }
    let mut seams = (segments.len() * SEAMS_PER_SEGMENT).max(LEAST_SEAMS);
    for segment in &segments {
        for axis in 0..2 {
            cross_seams(*segment, axis, shift, &mut seams, |crossing| {
                hot.insert(crossing);
            });
        }
    }
    let mut hot: Vec<Place> = hot.into_iter().collect();
    // A set's order is not the same from run to run.
    hot.sort_unstable();
    for (order, (segment, pixel)) in (0u32..).zip(passes(&segments, &hot, shift)) {
        let (arc, position) = places[segment as usize];
        let world = hot[pixel as usize].map(|part| (part << shift).min(i64::from(u32::MAX)) as u32);
        bends.push(Bend { arc, position, zoom, order, world });
    }
}

/// The pixels in which a segment crosses the tile edges of one axis.
fn cross_seams(segment: [Place; 2], axis: usize, shift: u32, left: &mut usize, mut emit: impl FnMut(Place)) {
    let [a, b] = if segment[0][axis] <= segment[1][axis] { segment } else { [segment[1], segment[0]] };
    let tile = TILE_SHIFT + shift;
    let other = 1 - axis;
    let [run, rise] = [b[axis] - a[axis], b[other] - a[other]].map(i128::from);
    for seam in (a[axis] >> tile) + 1..=(b[axis] - 1) >> tile {
        if *left == 0 {
            return;
        }
        *left -= 1;
        // Rounded as vertices are: the floor of the exact crossing plus half a pixel.
        let scaled = i128::from(a[other]) * run + i128::from((seam << tile) - a[axis]) * rise;
        let half = (1i128 << shift) >> 1;
        let met = (scaled + half * run).div_euclid(run << shift) as i64;
        emit(if axis == 0 { [seam << TILE_SHIFT, met] } else { [met, seam << TILE_SHIFT] });
    }
}
