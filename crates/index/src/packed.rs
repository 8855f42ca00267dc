//! A static packed R-tree in two arrays, after the layout idea of flatbush: items sorted along a Hilbert curve, then
//! packed 16 to a node, level upon level; a node's children are found by arithmetic, so only boxes are stored.
//!
//! ```text
//! boxes      [ items, sorted ............ | nodes over 16 items .. | nodes over those | root ]
//! level_ends                              ^                        ^                  ^      ^
//! positions  [ of the items, as sorted .. ]
//! ```

mod hilbert;
mod nearest;

use rayon::prelude::*;
use std::ops::ControlFlow;
use urbis_model::Bounds;

/// Children of a node. 16 was flatbush's measured best; 8 and 32 were within a tenth of it here.
const NODE_SIZE: usize = 16;

/// Levels of a tree over 2³² items: 16⁸ = 2³², and the items' own level.
const MAX_LEVELS: usize = 9;

/// From how many items on a build uses all cores.
const PARALLEL_ITEMS: usize = 50_000;

/// A box in `f32`, each edge rounded outward, so that it encloses the `f64` box it stands for.
///
/// At Haimen's longitude an `f32` degree is 0.7 m fine; half the memory of `f64` is worth the few more candidates.
#[derive(Clone, Copy, Debug)]
struct OuterBox {
    min: [f32; 2],
    max: [f32; 2],
}

impl OuterBox {
    const EMPTY: Self = Self { min: [f32::INFINITY; 2], max: [f32::NEG_INFINITY; 2] };

    fn around(bounds: &Bounds) -> Self {
        Self { min: bounds.min.map(rounded_down), max: bounds.max.map(rounded_up) }
    }

    fn merge(self, other: &Self) -> Self {
        Self {
            min: [self.min[0].min(other.min[0]), self.min[1].min(other.min[1])],
            max: [self.max[0].max(other.max[0]), self.max[1].max(other.max[1])],
        }
    }

    fn intersects(&self, other: &Self) -> bool {
        // Without short circuit: four comparisons cost less than one mispredicted branch.
        (self.min[0] <= other.max[0])
            & (other.min[0] <= self.max[0])
            & (self.min[1] <= other.max[1])
            & (other.min[1] <= self.max[1])
    }

    fn to_bounds(self) -> Bounds {
        Bounds { min: self.min.map(f64::from), max: self.max.map(f64::from) }
    }
}

fn rounded_down(value: f64) -> f32 {
    let near = value as f32;
    if f64::from(near) > value { near.next_down() } else { near }
}

fn rounded_up(value: f64) -> f32 {
    let near = value as f32;
    if f64::from(near) < value { near.next_up() } else { near }
}

/// How a box lies to what is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grade {
    /// Nothing in the box can meet it.
    Outside,
    /// Must be looked at more closely.
    Partly,
    /// Everything in the box meets it.
    Inside,
}

/// Boxes, found by window or by nearness; answers are the positions the boxes were given at. 21 bytes a box.
///
/// Empty boxes ([`Bounds::EMPTY`]) and boxes with NaN meet nothing, as with [`Bounds::intersects`].
///
/// ```
/// use urbis_index::PackedRtree;
/// use urbis_model::Bounds;
/// let tree = PackedRtree::build(&[
///     Bounds { min: [121.0, 31.0], max: [121.1, 31.1] },
///     Bounds { min: [121.5, 31.5], max: [121.6, 31.6] },
/// ]);
/// let mut found = Vec::new();
/// tree.window(&Bounds { min: [121.4, 31.4], max: [122.0, 32.0] }, &mut |position| found.push(position));
/// assert_eq!(found, [1]);
/// ```
#[derive(Clone, Debug, Default)]
pub struct PackedRtree {
    boxes: Vec<OuterBox>,
    positions: Vec<u32>,
    level_ends: Vec<usize>,
}

impl PackedRtree {
    /// A tree over boxes. O(n log n); all cores from 50,000 boxes on; the same input gives the same tree.
    ///
    /// # Panics
    /// When there are more than 2³² − 1 boxes.
    pub fn build(bounds: &[Bounds]) -> Self {
        let count = bounds.len();
        assert!(u32::try_from(count).is_ok(), "{count} boxes are more than a tree holds");
        if count == 0 {
            return Self::default();
        }
        // 1. Sort positions by the Hilbert value of the box centres within the extent of all.
        let mut extent = Bounds::EMPTY;
        bounds.iter().for_each(|one| extent.merge(one));
        let key = |(position, one): (usize, &Bounds)| (u64::from(hilbert::key(one, &extent)) << 32) | position as u64;
        let mut keys: Vec<u64>;
        if count >= PARALLEL_ITEMS {
            keys = bounds.par_iter().enumerate().map(key).collect();
            keys.par_sort_unstable();
        } else {
            keys = bounds.iter().enumerate().map(key).collect();
            keys.sort_unstable();
        }
        // 2. Lay the items down, then the levels above them.
        let positions: Vec<u32> = keys.into_iter().map(|key| key as u32).collect();
        let mut boxes: Vec<OuterBox> = Vec::with_capacity(count + count / (NODE_SIZE - 1) + MAX_LEVELS);
        boxes.extend(positions.iter().map(|position| OuterBox::around(&bounds[*position as usize])));
        let mut level_ends = vec![count];
        let mut level = 0..count;
        while level.len() > 1 {
            for first in level.clone().step_by(NODE_SIZE) {
                let children = &boxes[first..(first + NODE_SIZE).min(level.end)];
                let node = children.iter().fold(OuterBox::EMPTY, OuterBox::merge);
                boxes.push(node);
            }
            level = level.end..boxes.len();
            level_ends.push(boxes.len());
        }
        boxes.shrink_to_fit();
        Self { boxes, positions, level_ends }
    }

    /// Number of boxes.
    pub fn len(&self) -> usize {
        self.positions.len()
    }

    /// Whether there is no box.
    pub fn is_empty(&self) -> bool {
        self.positions.is_empty()
    }

    /// Visits the position of every box that meets the window, edges included, in no order, without allocation.
    pub fn window(&self, window: &Bounds, on: &mut impl FnMut(u32)) {
        let window = OuterBox::around(window);
        let _ = self.descend(|one| one.intersects(&window), &mut |position| {
            on(position);
            ControlFlow::<()>::Continue(())
        });
    }

    /// Visits the position of every box that `meets` accepts, in no order, until `on` breaks; without allocation.
    ///
    /// `meets` must accept each box that encloses an accepted one.
    pub fn visit<B>(&self, meets: impl Fn(&Bounds) -> bool, on: &mut impl FnMut(u32) -> ControlFlow<B>) -> ControlFlow<B> {
        self.descend(|one| meets(&one.to_bounds()), on)
    }

    /// Visits the position of every box that `grade` does not put outside, in no order, without allocation, and says
    /// whether it is sure to be inside. What a node encloses takes over the node's grade when that is outside or
    /// inside, so a large window costs about its edge and a copy of its positions.
    pub fn visit_graded(&self, grade: impl Fn(&Bounds) -> Grade, on: &mut impl FnMut(u32, bool)) {
        let Some(top) = self.level_ends.len().checked_sub(1) else {
            return;
        };
        let mut waiting = [(0u8, 0u32); (NODE_SIZE - 1) * MAX_LEVELS + 1];
        let mut depth = 0;
        let mut meet = |level: usize, start: usize, node: usize| match grade(&self.boxes[start + node].to_bounds()) {
            Grade::Outside => false,
            Grade::Inside => {
                let width = NODE_SIZE.pow(level as u32);
                for item in node * width..((node + 1) * width).min(self.positions.len()) {
                    // An empty box is no part of what its node encloses.
                    if self.boxes[item].min[0] <= self.boxes[item].max[0] {
                        on(self.positions[item], true);
                    }
                }
                false
            }
            Grade::Partly if level == 0 => {
                on(self.positions[node], false);
                false
            }
            Grade::Partly => true,
        };
        if meet(top, self.boxes.len() - 1, 0) {
            waiting[0] = (top as u8, 0);
            depth = 1;
        }
        while depth > 0 {
            depth -= 1;
            let (level, node) = waiting[depth];
            let below = usize::from(level) - 1;
            let (start, children) = self.children(usize::from(level), node as usize);
            for child in children {
                if meet(below, start, child) {
                    waiting[depth] = (below as u8, child as u32);
                    depth += 1;
                }
            }
        }
    }

    fn descend<B>(&self, meets: impl Fn(&OuterBox) -> bool, on: &mut impl FnMut(u32) -> ControlFlow<B>) -> ControlFlow<B> {
        let Some(top) = self.level_ends.len().checked_sub(1) else {
            return ControlFlow::Continue(());
        };
        if !meets(&self.boxes[self.boxes.len() - 1]) {
            return ControlFlow::Continue(());
        }
        if top == 0 {
            return on(self.positions[0]);
        }
        // Depth first: at most 15 siblings wait on each level below the root, so a fixed stack is enough.
        let mut waiting = [(0u8, 0u32); (NODE_SIZE - 1) * MAX_LEVELS + 1];
        waiting[0] = (top as u8, 0);
        let mut depth = 1;
        while depth > 0 {
            depth -= 1;
            let (level, node) = waiting[depth];
            let below = usize::from(level) - 1;
            let (start, children) = self.children(usize::from(level), node as usize);
            for child in children {
                if meets(&self.boxes[start + child]) {
                    if below == 0 {
                        on(self.positions[child])?;
                    } else {
                        waiting[depth] = (below as u8, child as u32);
                        depth += 1;
                    }
                }
            }
        }
        ControlFlow::Continue(())
    }

    /// Where the level below `level` starts in `boxes`, and which of its nodes belong to `node`.
    fn children(&self, level: usize, node: usize) -> (usize, std::ops::Range<usize>) {
        let below = level - 1;
        let start = if below == 0 { 0 } else { self.level_ends[below - 1] };
        let len = self.level_ends[below] - start;
        (start, node * NODE_SIZE..((node + 1) * NODE_SIZE).min(len))
    }

    /// Bytes held on the heap.
    pub fn heap_bytes(&self) -> usize {
        self.boxes.capacity() * size_of::<OuterBox>()
            + self.positions.capacity() * 4
            + self.level_ends.capacity() * size_of::<usize>()
    }
}

#[cfg(test)]
mod tests;
