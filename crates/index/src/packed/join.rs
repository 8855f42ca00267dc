//! Two trees against one another (Brinkhoff, Kriegel & Seeger 1993): pairs of nodes whose boxes meet are walked down together.

use super::{
    PackedRtree, View,
    block::{NODE_SIZE, OuterBox},
    layout::MAX_LEVELS,
};
use rayon::prelude::*;
use std::{
    ops::ControlFlow,
    sync::atomic::{AtomicBool, Ordering::Relaxed},
};

/// Pairs of nodes that are walked on one core each, at least, for each core.
const PAIRS_PER_CORE: usize = 32;

/// A node of each tree, or rather the children of it.
#[derive(Clone, Copy)]
struct Pair {
    one: (u8, u32),
    other: (u8, u32),
}

impl PackedRtree {
    /// Visits each pair of positions, one of this tree and one of the other, whose boxes come within `reach` of one another on
    /// both axes, in the units of the boxes; `[0.0; 2]` asks for boxes that meet. A superset for exact distances; no pair comes
    /// twice. A tree may be joined with itself: each pair then comes both ways, and each item with itself.
    ///
    /// On all cores, over pairs of nodes: `start` makes what each run gathers into, `on` takes a pair and may break, which ends
    /// all runs soon. The gatherings come back in the same order from call to call, unless it broke.
    pub fn join<T: Send>(
        &self,
        other: &Self,
        reach: [f64; 2],
        start: impl Fn() -> T + Sync,
        on: impl Fn(&mut T, u32, u32) -> ControlFlow<()> + Sync,
    ) -> Vec<T> {
        if self.is_empty() || other.is_empty() {
            return Vec::new();
        }
        let walk = JoinWalk { one: self.view(), other: other.view(), reach };
        let mut pairs = vec![Pair { one: ((self.layout.levels - 1) as u8, 0), other: ((other.layout.levels - 1) as u8, 0) }];
        // Breadth first until there is work for all cores; pairs of items' nodes stay as they are.
        while pairs.len() < PAIRS_PER_CORE * rayon::current_num_threads() && pairs.iter().any(|pair| !pair.is_leaf()) {
            let mut next = Vec::with_capacity(pairs.len() * 4);
            for pair in pairs {
                if pair.is_leaf() { next.push(pair) } else { walk.split(pair, &mut |below| next.push(below)) }
            }
            pairs = next;
        }
        let stopped = AtomicBool::new(false);
        pairs
            .into_par_iter()
            .map(|pair| {
                let mut gathered = start();
                if !stopped.load(Relaxed) && walk.descend(pair, &stopped, &mut |a, b| on(&mut gathered, a, b)).is_break() {
                    stopped.store(true, Relaxed);
                }
                gathered
            })
            .collect()
    }
}

impl Pair {
    fn is_leaf(&self) -> bool {
        self.one.0 == 0 && self.other.0 == 0
    }
}

struct JoinWalk<'a> {
    one: View<'a>,
    other: View<'a>,
    reach: [f64; 2],
}

impl JoinWalk<'_> {
    /// The pairs of nodes one level down, of the higher tree or of both, whose boxes meet.
    fn split(&self, pair: Pair, on: &mut impl FnMut(Pair)) {
        let ((level, node), (other_level, other_node)) = (pair.one, pair.other);
        let block = self.one.block(usize::from(level), node);
        let other_block = self.other.block(usize::from(other_level), other_node);
        let child = |node: u32, child: u32| node * NODE_SIZE as u32 + child;
        if level > other_level {
            // Which of the higher tree's children meet all of the other node.
            let near = other_block.outer().grown(self.reach);
            bits(block.meeting(&near)).for_each(|c| on(Pair { one: (level - 1, child(node, c)), other: pair.other }));
        } else if other_level > level {
            let near = block.outer().grown(self.reach);
            bits(other_block.meeting(&near))
                .for_each(|c| on(Pair { one: pair.one, other: (other_level - 1, child(other_node, c)) }));
        } else {
            let outer = other_block.outer().grown(self.reach);
            for c in bits(block.meeting(&outer)) {
                let near = block.child(c as usize).grown(self.reach);
                for d in bits(other_block.meeting(&near)) {
                    on(Pair { one: (level - 1, child(node, c)), other: (other_level - 1, child(other_node, d)) });
                }
            }
        }
    }

    fn descend(&self, pair: Pair, stopped: &AtomicBool, on: &mut impl FnMut(u32, u32) -> ControlFlow<()>) -> ControlFlow<()> {
        if pair.is_leaf() {
            return self.leaves(pair, on);
        }
        if stopped.load(Relaxed) {
            return ControlFlow::Break(());
        }
        // As deep as both trees are high.
        debug_assert!(usize::from(pair.one.0.max(pair.other.0)) < MAX_LEVELS);
        let mut below = ControlFlow::Continue(());
        self.split(pair, &mut |pair| {
            if below.is_continue() {
                below = self.descend(pair, stopped, on);
            }
        });
        below
    }

    fn leaves(&self, pair: Pair, on: &mut impl FnMut(u32, u32) -> ControlFlow<()>) -> ControlFlow<()> {
        let (block, other_block) = (self.one.block(0, pair.one.1), self.other.block(0, pair.other.1));
        let (positions, other_positions) = (self.one.positions(pair.one.1), self.other.positions(pair.other.1));
        let outer = other_block.outer().grown(self.reach);
        for c in bits(block.meeting(&outer)) {
            let near: OuterBox = block.child(c as usize).grown(self.reach);
            for d in bits(other_block.meeting(&near)) {
                if let (Some(&a), Some(&b)) = (positions.get(c as usize), other_positions.get(d as usize))
                    && (a as usize) < self.one.positions.len()
                    && (b as usize) < self.other.positions.len()
                {
                    on(a, b)?;
                }
            }
        }
        ControlFlow::Continue(())
    }
}

fn bits(mut set: u32) -> impl Iterator<Item = u32> {
    std::iter::from_fn(move || {
        let bit = (set != 0).then(|| set.trailing_zeros())?;
        set &= set - 1;
        Some(bit)
    })
}
