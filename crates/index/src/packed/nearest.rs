//! Nearest first, by the caller's metric.
//!
//! Two searches: best first (Hjaltason & Samet 1999) looks at the fewest nodes and asks for the fewest distances, and can go on
//! for as long as the caller likes; depth first with the k best so far as bound (Roussopoulos, Kelley & Vincent 1995) needs no
//! queue and wins where a distance costs little.

use super::{PackedRtree, block::NODE_SIZE, frame::Frame, layout::MAX_LEVELS};
use std::{cmp::Reverse, collections::BinaryHeap, ops::ControlFlow};
use urbis_model::Bounds;

/// Squared planar distance from a point to a box; 0 inside.
#[inline]
pub(crate) fn planar_distance2([x, y]: [f64; 2], one: &Bounds) -> f64 {
    let beside = |low: f64, at: f64, high: f64| (low - at).max(at - high).max(0.0);
    let (dx, dy) = (beside(one.min[0], x, one.max[0]), beside(one.min[1], y, one.max[1]));
    dx * dx + dy * dy
}

/// What waits in a best-first search, in one number: distance, then kind, then place.
///
/// At equal distances nodes come before items and bounds before exact distances (they may hide an equally near item of a lower
/// position), then the lower position.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Entry(u128);

enum Waiting {
    Node { level: usize, node: u32 },
    Bounded { position: u32 },
    Exact { position: u32 },
}

impl Entry {
    const BOUNDED: u128 = 0xFF << 32;
    const EXACT: u128 = 0x100 << 32;

    fn new(distance: f64, place: u128) -> Self {
        // The order of numbers as that of bits (IEEE 754, section 5.10): of negative ones all bits are turned, else the sign.
        let bits = distance.to_bits();
        let ordered = if bits >> 63 == 1 { !bits } else { bits | 1 << 63 };
        Self(u128::from(ordered) << 64 | place)
    }

    fn distance(self) -> f64 {
        let ordered = (self.0 >> 64) as u64;
        f64::from_bits(if ordered >> 63 == 1 { ordered & !(1 << 63) } else { !ordered })
    }

    fn waiting(self) -> Waiting {
        let (kind, place) = ((self.0 >> 32) as u32, self.0 as u32);
        match kind {
            0xFF => Waiting::Bounded { position: place },
            0x100 => Waiting::Exact { position: place },
            level => Waiting::Node { level: level as usize, node: place },
        }
    }
}

/// The queue of a best-first search, to be used again and again: after the first searches they allocate nothing.
#[derive(Default)]
pub struct NearestQueue(BinaryHeap<Reverse<Entry>>);

impl std::fmt::Debug for NearestQueue {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("NearestQueue").field("capacity", &self.0.capacity()).finish()
    }
}

impl PackedRtree {
    /// Visits items by distance, nearest first and ties by position, until `on` breaks. Best first: of all searches that know
    /// no more than these bounds it asks for the fewest distances.
    ///
    /// `lower_bound` must never exceed the distance of anything in the box (and not grow for an enclosing box);
    /// `distance` is asked once for each item whose lower bound comes up, and leaves the item out with `None`.
    /// Allocates a queue; [`nearest_in`](Self::nearest_in) takes one.
    pub fn nearest<B>(
        &self,
        lower_bound: impl Fn(&Bounds) -> f64,
        distance: impl FnMut(u32) -> Option<f64>,
        on: impl FnMut(u32, f64) -> ControlFlow<B>,
    ) -> ControlFlow<B> {
        self.nearest_in(&mut NearestQueue::default(), lower_bound, distance, on)
    }

    /// As [`nearest`](Self::nearest), with a queue that can be used again.
    pub fn nearest_in<B>(
        &self,
        queue: &mut NearestQueue,
        lower_bound: impl Fn(&Bounds) -> f64,
        mut distance: impl FnMut(u32) -> Option<f64>,
        mut on: impl FnMut(u32, f64) -> ControlFlow<B>,
    ) -> ControlFlow<B> {
        let heap = &mut queue.0;
        heap.clear();
        if self.is_empty() {
            return ControlFlow::Continue(());
        }
        let view = self.view();
        let top = self.layout.levels - 1;
        heap.push(Reverse(Entry::new(f64::NEG_INFINITY, (top as u128) << 32)));
        while let Some(Reverse(entry)) = heap.pop() {
            match entry.waiting() {
                Waiting::Node { level, node } => {
                    let (block, frame) = (view.block(level, node), view.frame(level, node));
                    let positions = if level == 0 { view.positions(node) } else { &[] };
                    for child in 0..NODE_SIZE {
                        let Some(steps) = block.child(child) else { continue };
                        let bound = lower_bound(&view.bounds(&frame, &steps));
                        let place = match level {
                            0 => match positions.get(child) {
                                Some(&position) if (position as usize) < self.len() => Entry::BOUNDED | u128::from(position),
                                _ => continue,
                            },
                            _ => ((level - 1) as u128) << 32 | u128::from(node * NODE_SIZE as u32 + child as u32),
                        };
                        heap.push(Reverse(Entry::new(bound, place)));
                    }
                }
                Waiting::Bounded { position } => {
                    if let Some(distance) = distance(position) {
                        heap.push(Reverse(Entry::new(distance, Entry::EXACT | u128::from(position))));
                    }
                }
                Waiting::Exact { position } => on(position, entry.distance())?,
            }
        }
        ControlFlow::Continue(())
    }

    /// The `k` nearest items, nearest first and ties by position, into `found`, which is cleared first; allocates nothing where
    /// `found` has room for them. Depth first: for metrics that cost little. Distances and bounds as with
    /// [`nearest`](Self::nearest); both may as well be squares.
    pub fn nearest_k(
        &self,
        k: usize,
        lower_bound: impl Fn(&Bounds) -> f64,
        mut distance: impl FnMut(u32) -> Option<f64>,
        found: &mut Vec<Near>,
    ) {
        found.clear();
        if self.is_empty() || k == 0 {
            return;
        }
        // A heap with the farthest on top, in the caller's memory.
        let mut best = BinaryHeap::from(std::mem::take(found));
        let mut limit = f64::INFINITY;
        let view = self.view();
        let top = self.layout.levels - 1;
        // Nearest on top; at most 15 siblings wait on each level under the root.
        let mut waiting = [(f64::NEG_INFINITY, top as u8, 0u32, Frame::default()); (NODE_SIZE - 1) * MAX_LEVELS + 1];
        waiting[0].3 = view.root();
        let mut depth = 1;
        while depth > 0 {
            depth -= 1;
            let (bound, level, node, frame) = waiting[depth];
            // An equally near item of a lower position may be in there.
            if bound > limit {
                continue;
            }
            let block = view.block(usize::from(level), node);
            // The children that may hold something nearer, nearest last.
            let mut children = [(0.0f64, 0u32); NODE_SIZE];
            let mut len = 0;
            for child in 0..NODE_SIZE {
                let Some(steps) = block.child(child) else { continue };
                let bound = lower_bound(&view.bounds(&frame, &steps));
                if bound <= limit {
                    let mut at = len;
                    while at > 0 && children[at - 1].0 < bound {
                        children[at] = children[at - 1];
                        at -= 1;
                    }
                    children[at] = (bound, child as u32);
                    len += 1;
                }
            }
            if level > 0 {
                for &(bound, child) in &children[..len] {
                    let Some(steps) = block.child(child as usize) else { continue };
                    waiting[depth] = (bound, level - 1, node * NODE_SIZE as u32 + child, frame.below(&steps));
                    depth += 1;
                }
                continue;
            }
            let positions = view.positions(node);
            for &(bound, child) in children[..len].iter().rev() {
                if bound > limit {
                    break;
                }
                let Some(&position) = positions.get(child as usize).filter(|position| (**position as usize) < self.len()) else {
                    continue;
                };
                let Some(distance) = distance(position) else { continue };
                let near = Near { distance, position };
                if best.len() < k {
                    best.push(near);
                } else if best.peek().is_some_and(|farthest| near < *farthest) {
                    *best.peek_mut().expect("k is not 0") = near;
                }
                if best.len() == k {
                    limit = best.peek().map_or(limit, |farthest| farthest.distance);
                }
            }
        }
        *found = best.into_sorted_vec();
    }
}

/// An item and how far it is, in the caller's metric. Ordered by distance, then position.
#[derive(Clone, Copy, Debug)]
pub struct Near {
    /// How far.
    pub distance: f64,
    /// Which item.
    pub position: u32,
}

impl Ord for Near {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.distance.total_cmp(&other.distance).then(self.position.cmp(&other.position))
    }
}

impl PartialOrd for Near {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Near {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Near {}
