//! Areas that share borders stay neighbours at every zoom, without gap or overlap.
//!
//! 1. Areas whose boxes meet form groups; all else stands alone (`neighbours`).
//! 2. In a group, a vertex on another ring's edge becomes a vertex of that ring too (`hot_pixel`).
//! 3. Rings of areas that share edges are cut into stretches of border, each held once (`arcs`).
//! 4. The stretches are generalised together ([`crate::generalise`]), so both sides of a border have the same vertices.
//! 5. For each zoom they are snap-rounded, so that rounding to tile units changes no neighbourhood either (`snap`).
//!
//! What the source does not share stays unshared: areas that overlap there overlap here, a gap of more than a world cell
//! (9 mm) stays a gap, and areas that only meet in points are rounded each by itself.
//!
//! Reach: what stands on a border of a group depends on that group only.

mod arcs;
pub(crate) mod cells;
pub(crate) mod hot_pixel;
mod neighbours;
mod snap;

use crate::dictionary::Mix;
use crate::frame::WorldBounds;
use crate::generalise::{Graded, Outlines, Tolerance};
use cells::Place;
use neighbours::Union;
use std::collections::HashMap;
use std::hash::BuildHasherDefault;

/// A ring of a group, first vertex not repeated.
pub(crate) struct Ring {
    /// Which area of the group it is of.
    pub(crate) area: u32,
    /// Its vertices; no two in a row are equal.
    pub(crate) points: Vec<Place>,
}

/// The rings of a group with each vertex's zooms, in the same order; none for those that share nothing with another
/// area, which may be generalised alone.
pub(crate) fn share(rings: &mut [Ring], area_count: usize, tolerance: &Tolerance) -> Vec<Option<Vec<Graded>>> {
    node(rings);
    let mut graded: Vec<Option<Vec<Graded>>> = (0..rings.len()).map(|_| None).collect();
    let mut members: Vec<(u32, usize)> =
        touching(rings, area_count).into_iter().zip(0..).filter_map(|(set, ring)| set.map(|set| (set, ring))).collect();
    members.sort_unstable();
    for set in members.chunk_by(|a, b| a.0 == b.0) {
        let shapes: Vec<&[Place]> = set.iter().map(|(_, ring)| rings[*ring].points.as_slice()).collect();
        for ((_, ring), vertices) in set.iter().zip(draw(&shapes, tolerance)) {
            graded[*ring] = Some(vertices);
        }
    }
    graded
}

/// Step 2: vertices on edges of other rings become theirs.
fn node(rings: &mut [Ring]) {
    let mut hot: Vec<Place> = rings.iter().flat_map(|ring| ring.points.iter().copied()).collect();
    hot.sort_unstable();
    hot.dedup();
    let mut segments = Vec::with_capacity(hot.len());
    for ring in rings.iter() {
        let ends = ring.points.iter().skip(1).chain(ring.points.first());
        segments.extend(ring.points.iter().zip(ends).map(|(from, to)| [*from, *to]));
    }
    let passes = hot_pixel::passes(&segments, &hot, 0);
    if passes.is_empty() {
        return;
    }
    let mut waiting = passes.into_iter().peekable();
    let mut segment = 0;
    for ring in rings {
        let mut points = Vec::with_capacity(ring.points.len());
        for point in &ring.points {
            points.push(*point);
            while let Some((_, pixel)) = waiting.next_if(|pass| pass.0 == segment) {
                points.push(hot[pixel as usize]);
            }
            segment += 1;
        }
        ring.points = points;
    }
}

/// The set of areas joined by shared edges that each ring belongs to; none for areas that share nothing.
fn touching(rings: &[Ring], area_count: usize) -> Vec<Option<u32>> {
    let mut owners: HashMap<(u64, u64), u32, BuildHasherDefault<Mix>> = HashMap::default();
    let mut union = Union::new(area_count);
    for ring in rings {
        let ends = ring.points.iter().skip(1).chain(ring.points.first());
        for (from, to) in ring.points.iter().zip(ends) {
            let (from, to) = (arcs::key(*from), arcs::key(*to));
            let owner = *owners.entry((from.min(to), from.max(to))).or_insert(ring.area);
            if owner != ring.area {
                union.join(owner, ring.area);
            }
        }
    }
    let mut sizes = vec![0u32; area_count];
    for area in 0..area_count as u32 {
        sizes[union.find(area) as usize] += 1;
    }
    rings.iter().map(|ring| Some(union.find(ring.area)).filter(|set| sizes[*set as usize] > 1)).collect()
}

/// Steps 3 to 5 for rings that belong together.
fn draw(rings: &[&[Place]], tolerance: &Tolerance) -> Vec<Vec<Graded>> {
    let (arcs, runs) = arcs::cut(rings);
    let mut outlines = Outlines::default();
    for arc in &arcs {
        outlines.add(arc.points.iter().copied(), arc.closed, tolerance.style);
    }
    outlines.generalise(tolerance);
    let closed: Vec<bool> = arcs.iter().map(|arc| arc.closed).collect();
    let mut drawn: Vec<Vec<Graded>> = (0..arcs.len()).map(|arc| outlines.graded(arc).collect()).collect();
    snap::bend(&mut drawn, &closed, tolerance.min_zoom..=tolerance.max_zoom);
    let ring_from_run = |run: &Vec<arcs::Side>| {
        let mut ring = Vec::new();
        for side in run {
            let arc = &drawn[side.arc as usize];
            // The last node of a stretch is the first of the next.
            let without_end = arc.len() - usize::from(!closed[side.arc as usize]);
            if side.reversed {
                ring.extend(arc.iter().rev().take(without_end));
            } else {
                ring.extend(&arc[..without_end]);
            }
        }
        ring
    };
    runs.iter().map(ring_from_run).collect()
}

/// Step 1, see [`neighbours`].
pub(crate) fn groups(boxes: &[WorldBounds]) -> Vec<Vec<u32>> {
    neighbours::groups(boxes)
}

#[cfg(test)]
mod tests;
