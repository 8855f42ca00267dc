//! Which vertices outlines have at each zoom: one run from near to far, for all outlines that must keep clear of one another.
//!
//! Shapes are simplified by *segment collapse*: a short run of vertices gives way to one new vertex, or to none.
//!
//! - [`Style::Natural`] puts the new vertex where the area on both sides stays what it was (Kronenfeld, Stanislawski,
//!   Buttenfield and Brockmeyer 2020, "Simplification of polylines by segment collapse: minimizing areal displacement
//!   while preserving area", International Journal of Cartography 6). Leaving vertices out, as Douglas and Peucker or
//!   Visvalingam and Whyatt do, makes everything round smaller: a pond of ten pixels by several percent.
//! - [`Style::Rectangular`] takes out short edges and prolongs their neighbours until they meet (Staufenbiel 1973; Sester
//!   2005, "Optimization approaches for generalization and data abstraction", IJGIS 19): each edge that stays lies on a
//!   line of the original, so right angles stay right.
//!
//! 1. For each zoom from the finest, every collapse that stays within the zoom's tolerance goes into a queue, least
//!    deviation first, to a thirty-second of the tolerance.
//! 2. A collapse is done if it crosses and swallows nothing (what is tested: segments and vertices near the new ones);
//!    then its neighbours are weighed anew.
//! 3. Deviations add up along the way, so that no zoom's outline is farther than the tolerance from the original. The
//!    sum bounds the true distance from above: a zoom spends at least half its tolerance, the finer ones the rest.
//!
//! Since every step leaves an arrangement without crossings, so does each zoom. Cost: linear for vertices that lie
//! apart; where thousands crowd on one spot, the test gives up and the vertices stay.

mod collapse;
mod obstacle;
mod queue;

use crate::borders::cells::{Cells, Place};
use crate::frame::{UNITS_PER_PIXEL, WORLD_ZOOM};
use collapse::Collapse;
use queue::Queue;

/// How outlines are simplified.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Style {
    /// Shapes of nature and of law: the area stays.
    #[default]
    Natural,
    /// Buildings: right angles stay.
    Rectangular,
}

/// How far outlines may move at each zoom.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tolerance {
    /// How they are simplified.
    pub(crate) style: Style,
    /// Tolerance in pixels; 0 keeps every vertex.
    pub(crate) pixels: f64,
    /// The lowest zoom that is drawn.
    pub(crate) min_zoom: u8,
    /// From this zoom on every vertex is kept.
    pub(crate) max_zoom: u8,
}

impl Tolerance {
    /// The tolerance at a zoom in world cells.
    pub(crate) fn world(&self, zoom: u8) -> f64 {
        self.pixels * UNITS_PER_PIXEL as f64 * 2f64.powi(WORLD_ZOOM as i32 - i32::from(zoom))
    }
}

/// A vertex and the zooms it is drawn at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Graded {
    /// Where, on the world grid.
    pub(crate) world: [u32; 2],
    /// The lowest zoom with it.
    pub(crate) from: u8,
    /// The highest zoom with it; [`Graded::DEEPEST`] for those of the source.
    pub(crate) until: u8,
}

impl Graded {
    /// Past every zoom.
    pub(crate) const DEEPEST: u8 = u8::MAX;
}

/// No vertex.
const NONE: u32 = u32::MAX;
/// Up to this many vertices all are looked at; a grid only pays beyond.
const ALL_PAIRS_VERTICES: usize = 48;
/// Obstacles looked at before a collapse is given up.
const MOST_NEAR: usize = 256;
/// Obstacles looked at in all, per vertex and at least: a guess, not measured on honest outlines. A million spikes side by side must
/// not cost their square; what is not reached by then stays as it is.
const LOOKS_PER_VERTEX: usize = 64;
const LEAST_LOOKS: usize = 1 << 20;

/// Outlines under generalisation: vertices in linked lists, those drawn and those once drawn.
#[derive(Default)]
pub(crate) struct Outlines {
    points: Vec<Place>,
    /// Neighbours among those that stand at the zoom under way; [`NONE`] past the ends of open outlines.
    next: Vec<u32>,
    prev: Vec<u32>,
    /// The order of all vertices of an outline, gone and new ones too.
    after: Vec<u32>,
    from: Vec<u8>,
    until: Vec<u8>,
    standing: Vec<bool>,
    /// How far the segment that starts here is from the original at most, world cells.
    off: Vec<f64>,
    /// Which outline a vertex is of.
    outline: Vec<u32>,
    /// First vertex, standing vertices, least to stay: per outline.
    heads: Vec<u32>,
    counts: Vec<u32>,
    least_counts: Vec<u32>,
    /// Counts up when the collapse queued for a vertex is out of date.
    stamps: Vec<u32>,
    queue: Queue,
    /// How many stand.
    standing_count: usize,
    /// Style of each outline.
    styles: Vec<Style>,
}

impl Outlines {
    /// Takes everything out.
    pub(crate) fn clear(&mut self) {
        self.points.clear();
        self.next.clear();
        self.prev.clear();
        self.after.clear();
        self.from.clear();
        self.until.clear();
        self.standing.clear();
        self.off.clear();
        self.outline.clear();
        self.heads.clear();
        self.counts.clear();
        self.least_counts.clear();
        self.stamps.clear();
        self.standing_count = 0;
        self.styles.clear();
    }

    /// Adds an outline: a ring whose first vertex is not repeated, or an arc whose ends stay where they are.
    pub(crate) fn add(&mut self, points: impl ExactSizeIterator<Item = Place>, closed: bool, style: Style) {
        let count = points.len() as u32;
        let (outline, first) = (self.heads.len() as u32, self.points.len() as u32);
        self.heads.push(if count == 0 { NONE } else { first });
        self.counts.push(count);
        for (offset, point) in (0..count).zip(points) {
            let is_last = offset + 1 == count;
            let (before, behind) = (first.wrapping_add(offset).wrapping_sub(1), first + offset + 1);
            self.prev.push(if offset > 0 { before } else { if closed { first + count - 1 } else { NONE } });
            self.next.push(if !is_last { behind } else { if closed { first } else { NONE } });
            self.after.push(if is_last { NONE } else { behind });
            self.push_vertex(point, outline, Graded::DEEPEST, 0.0);
        }
        let loops = !closed && count > 1 && self.points[first as usize] == self.points[(first + count - 1) as usize];
        let corners = if style == Style::Rectangular { 4 } else { 3 };
        let rectangular = style == Style::Rectangular && self.is_rectangular(first, count);
        self.styles.push(if rectangular { style } else { Style::Natural });
        self.least_counts.push(if closed {
            corners
        } else if loops {
            corners + 1
        } else {
            2
        });
    }

    fn push_vertex(&mut self, point: Place, outline: u32, until: u8, off: f64) {
        self.points.push(point);
        self.from.push(0);
        self.until.push(until);
        self.standing.push(true);
        self.off.push(off);
        self.outline.push(outline);
        self.stamps.push(0);
        self.standing_count += 1;
    }

    /// Decides from and until which zoom each vertex stands.
    pub(crate) fn generalise(&mut self, tolerance: &Tolerance) {
        if tolerance.pixels <= 0.0 {
            return;
        }
        let mut looks = (self.standing_count * LOOKS_PER_VERTEX).max(LEAST_LOOKS);
        let mut least = self.squared_least_tolerance();
        for zoom in (tolerance.min_zoom..tolerance.max_zoom).rev() {
            if tolerance.world(zoom).powi(2) < least {
                continue;
            }
            self.pass(zoom, tolerance, &mut looks);
            least = self.squared_least_tolerance();
            if looks == 0 {
                self.queue = Queue::default();
                break;
            }
        }
    }

    /// The vertices of an outline in order, each with its zooms.
    pub(crate) fn graded(&self, outline: usize) -> impl Iterator<Item = Graded> {
        let mut at = self.heads[outline];
        std::iter::from_fn(move || {
            while at != NONE {
                let index = at as usize;
                at = self.after[index];
                if self.from[index] <= self.until[index] {
                    let world = self.points[index].map(|part| part as u32);
                    return Some(Graded { world, from: self.from[index], until: self.until[index] });
                }
            }
            None
        })
    }

    /// Steps 1 and 2 for one zoom.
    fn pass(&mut self, zoom: u8, tolerance: &Tolerance, looks: &mut usize) {
        let world = tolerance.world(zoom);
        let mut cells = (self.standing_count > ALL_PAIRS_VERTICES).then(|| self.file_segments());
        let mut filed = self.standing_count;
        for vertex in 0..self.points.len() as u32 {
            if self.standing[vertex as usize] {
                self.weigh(vertex, world);
            }
        }
        while let Some((vertex, stamp)) = self.queue.pop().filter(|_| *looks > 0) {
            if self.stamps[vertex as usize] != stamp || !self.standing[vertex as usize] {
                continue;
            }
            let Some(collapse) = self.best_collapse(vertex, world) else { continue };
            if self.is_clear(&collapse, cells.as_ref(), looks) {
                self.apply(&collapse, zoom, cells.as_mut());
                self.weigh_around(&collapse, world);
            }
            // Fewer and longer segments want larger cells; this also drops what is filed of those gone.
            if cells.is_some() && self.standing_count < filed / 2 {
                cells = Some(self.file_segments());
                filed = self.standing_count;
            }
        }
    }

    fn file_segments(&self) -> Cells {
        let segments = || (0..self.points.len() as u32).filter_map(|vertex| self.segment(vertex).map(|ends| (vertex, ends)));
        let length = |[a, b]: [Place; 2]| ((b[0] - a[0]) as f64).hypot((b[1] - a[1]) as f64);
        let mut cells = Cells::new(self.standing_count, 2.0 * segments().map(|(_, ends)| length(ends)).sum::<f64>(), 0.0);
        for (vertex, [from, to]) in segments() {
            cells.add(vertex, from, to, 0);
        }
        cells
    }

    /// The standing segment that starts at a vertex.
    fn segment(&self, vertex: u32) -> Option<[Place; 2]> {
        let next = self.next[vertex as usize];
        (self.standing[vertex as usize] && next != NONE).then(|| [self.points[vertex as usize], self.points[next as usize]])
    }

    /// Queues the best collapse of a vertex, if any.
    fn weigh(&mut self, vertex: u32, tolerance_world: f64) {
        let stamp = self.stamps[vertex as usize].wrapping_add(1);
        self.stamps[vertex as usize] = stamp;
        if let Some(collapse) = self.best_collapse(vertex, tolerance_world) {
            self.queue.push(collapse.off / tolerance_world, (vertex, stamp));
        }
    }

    /// Weighs all vertices whose collapses look at what changed.
    fn weigh_around(&mut self, collapse: &Collapse, tolerance_world: f64) {
        let rectangular = self.styles[self.outline[collapse.before as usize] as usize] == Style::Rectangular;
        let reach = if rectangular { 3 } else { 2 };
        let mut vertex = collapse.before;
        let mut steps = usize::from(collapse.point.is_some()) + 1;
        for _ in 0..reach {
            let prev = self.prev[vertex as usize];
            if prev == NONE {
                break;
            }
            vertex = prev;
            steps += 1;
        }
        for _ in 0..steps + reach {
            self.weigh(vertex, tolerance_world);
            vertex = self.next[vertex as usize];
            if vertex == NONE {
                break;
            }
        }
    }

    fn apply(&mut self, collapse: &Collapse, zoom: u8, cells: Option<&mut Cells>) {
        let &Collapse { before, behind, point, off, .. } = collapse;
        let outline = self.outline[before as usize];
        let first_gone = self.next[before as usize];
        let mut gone = first_gone;
        while gone != behind {
            self.standing[gone as usize] = false;
            // Drawn from the next zoom on; what came and went within this zoom is never drawn.
            self.from[gone as usize] = zoom + 1;
            self.counts[outline as usize] -= 1;
            self.standing_count -= 1;
            gone = self.next[gone as usize];
        }
        let mut last = before;
        if let Some(point) = point {
            let fresh = self.points.len() as u32;
            self.push_vertex(point, outline, zoom, off);
            self.prev.push(before);
            self.next.push(behind);
            self.after.push(self.after[first_gone as usize]);
            self.after[first_gone as usize] = fresh;
            self.next[before as usize] = fresh;
            self.counts[outline as usize] += 1;
            last = fresh;
        }
        self.next[last as usize] = behind;
        self.prev[behind as usize] = last;
        self.off[before as usize] = off;
        if let Some(cells) = cells {
            for start in [Some(before), point.map(|_| last)].into_iter().flatten() {
                let end = self.next[start as usize];
                cells.add(start, self.points[start as usize], self.points[end as usize], 0);
            }
        }
    }
}

#[cfg(test)]
mod tests;
