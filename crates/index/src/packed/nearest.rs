//! Nearest first, by the caller's metric.

use super::PackedRtree;
use std::{cmp::Ordering, collections::BinaryHeap, ops::ControlFlow};
use urbis_model::Bounds;

/// What waits: a node or an item under its lower bound, or an item with its exact distance.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Waiting {
    Node { level: u8, node: u32 },
    Bounded { position: u32 },
    Exact { position: u32 },
}

struct Entry {
    distance: f64,
    waiting: Waiting,
}

impl Ord for Entry {
    /// The greatest is what comes next: least distance; at equal ones nodes before items and bounds before exact
    /// distances (they may hide an equally near item of a lower position), then the lower position.
    fn cmp(&self, other: &Self) -> Ordering {
        other.distance.total_cmp(&self.distance).then_with(|| other.waiting.cmp(&self.waiting))
    }
}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Entry {}

impl PackedRtree {
    /// Visits items by distance, nearest first and ties by position, until `on` breaks.
    ///
    /// `lower_bound` must never exceed the distance of anything in the box (and not grow for an enclosing box);
    /// `distance` is asked once for each item whose lower bound comes up, and leaves the item out with `None`.
    /// Allocates a heap of what waits.
    pub fn nearest<B>(
        &self,
        lower_bound: impl Fn(&Bounds) -> f64,
        mut distance: impl FnMut(u32) -> Option<f64>,
        mut on: impl FnMut(u32, f64) -> ControlFlow<B>,
    ) -> ControlFlow<B> {
        let Some(top) = self.level_ends.len().checked_sub(1) else {
            return ControlFlow::Continue(());
        };
        let entry = |level: usize, node: usize| {
            let start = if level == 0 { 0 } else { self.level_ends[level - 1] };
            let distance = lower_bound(&self.boxes[start + node].to_bounds());
            let waiting = match level {
                0 => Waiting::Bounded { position: self.positions[node] },
                _ => Waiting::Node { level: level as u8, node: node as u32 },
            };
            Entry { distance, waiting }
        };
        let mut heap = BinaryHeap::from([entry(top, 0)]);
        while let Some(Entry { distance: reached, waiting }) = heap.pop() {
            match waiting {
                Waiting::Node { level, node } => {
                    let (_, children) = self.children(usize::from(level), node as usize);
                    heap.extend(children.map(|child| entry(usize::from(level) - 1, child)));
                }
                Waiting::Bounded { position } => {
                    heap.extend(distance(position).map(|distance| Entry { distance, waiting: Waiting::Exact { position } }));
                }
                Waiting::Exact { position } => on(position, reached)?,
            }
        }
        ControlFlow::Continue(())
    }
}
