//! Two trees against one another (Brinkhoff, Kriegel & Seeger 1993): pairs of nodes whose boxes meet are walked down together.

use super::{
    PackedRtree, View,
    block::{Block, NODE_SIZE},
    frame::Frame,
    layout::MAX_LEVELS,
    raster::RasterBox,
};
use rayon::prelude::*;
use std::{
    ops::ControlFlow,
    sync::atomic::{AtomicBool, Ordering::Relaxed},
};
use urbis_model::Bounds;

/// Pairs of nodes that are walked on one core each, at least, for each core.
const PAIRS_PER_CORE: usize = 32;

/// A node of each tree, or rather the children of it.
#[derive(Clone, Copy)]
struct Pair {
    one: Node,
    other: Node,
}

#[derive(Clone, Copy)]
struct Node {
    level: u8,
    node: u32,
    frame: Frame,
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
        let mut pairs = walk.start();
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
        self.one.level == 0 && self.other.level == 0
    }
}

struct JoinWalk<'a> {
    one: View<'a>,
    other: View<'a>,
    reach: [f64; 2],
}

impl JoinWalk<'_> {
    /// The roots, if they come near each other.
    fn start(&self) -> Vec<Pair> {
        let root = |view: &View<'_>| Node { level: view.top() as u8, node: 0, frame: view.root() };
        let pair = Pair { one: root(&self.one), other: root(&self.other) };
        let near = self.within_reach(&self.one.raster.bounds(&self.one.raster.whole()));
        if self.other.raster.window(&near).is_some() { vec![pair] } else { Vec::new() }
    }

    fn within_reach(&self, one: &Bounds) -> Bounds {
        Bounds {
            min: [0, 1].map(|axis| one.min[axis] - self.reach[axis]),
            max: [0, 1].map(|axis| one.max[axis] + self.reach[axis]),
        }
    }

    /// What of the other tree comes within reach of a node of the first.
    fn near_one(&self, node: &Node) -> Option<RasterBox> {
        self.other.raster.window(&self.within_reach(&self.one.raster.bounds(&node.frame.whole())))
    }

    /// What of the first tree comes within reach of a node of the other.
    fn near_other(&self, node: &Node) -> Option<RasterBox> {
        self.one.raster.window(&self.within_reach(&self.other.raster.bounds(&node.frame.whole())))
    }

    /// What of the other tree comes within reach of a child of a node of the first.
    fn near_child(&self, node: &Node, block: &Block, child: u32) -> Option<RasterBox> {
        let bounds = self.one.bounds(&node.frame, &block.child(child as usize)?);
        self.other.raster.window(&self.within_reach(&bounds))
    }

    /// The pairs of nodes one level down, of the higher tree or of both, whose boxes meet.
    fn split(&self, pair: Pair, on: &mut impl FnMut(Pair)) {
        let Pair { one, other } = pair;
        let block = self.one.block(usize::from(one.level), one.node);
        let other_block = self.other.block(usize::from(other.level), other.node);
        if one.level > other.level {
            // Which of the higher tree's children meet all of the other node.
            let Some(near) = self.near_other(&other) else { return };
            bits(one.frame.meeting(block, &near)).filter_map(|c| one.below(block, c)).for_each(|one| on(Pair { one, other }));
        } else if other.level > one.level {
            let Some(near) = self.near_one(&one) else { return };
            bits(other.frame.meeting(other_block, &near))
                .filter_map(|c| other.below(other_block, c))
                .for_each(|other| on(Pair { one, other }));
        } else {
            let Some(near) = self.near_other(&other) else { return };
            for c in bits(one.frame.meeting(block, &near)) {
                let (Some(below), Some(near)) = (one.below(block, c), self.near_child(&one, block, c)) else { continue };
                bits(other.frame.meeting(other_block, &near))
                    .filter_map(|d| other.below(other_block, d))
                    .for_each(|other| on(Pair { one: below, other }));
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
        debug_assert!(usize::from(pair.one.level.max(pair.other.level)) < MAX_LEVELS);
        let mut below = ControlFlow::Continue(());
        self.split(pair, &mut |pair| {
            if below.is_continue() {
                below = self.descend(pair, stopped, on);
            }
        });
        below
    }

    fn leaves(&self, pair: Pair, on: &mut impl FnMut(u32, u32) -> ControlFlow<()>) -> ControlFlow<()> {
        let Pair { one, other } = pair;
        let (block, other_block) = (self.one.block(0, one.node), self.other.block(0, other.node));
        let (positions, other_positions) = (self.one.positions(one.node), self.other.positions(other.node));
        let Some(near) = self.near_other(&other) else { return ControlFlow::Continue(()) };
        for c in bits(one.frame.meeting(block, &near)) {
            let Some(near) = self.near_child(&one, block, c) else { continue };
            for d in bits(other.frame.meeting(other_block, &near)) {
                if let (Some(&a), Some(&b)) = (positions.get(c as usize), other_positions.get(d as usize))
                    && (a as usize) < self.one.layout.count
                    && (b as usize) < self.other.layout.count
                {
                    on(a, b)?;
                }
            }
        }
        ControlFlow::Continue(())
    }
}

impl Node {
    /// A child of it, which is a node itself.
    fn below(&self, block: &Block, child: u32) -> Option<Self> {
        let steps = block.child(child as usize)?;
        Some(Self { level: self.level - 1, node: self.node * NODE_SIZE as u32 + child, frame: self.frame.below(&steps) })
    }
}

/// The numbers of the bits that are set.
pub(super) fn bits(mut set: u32) -> impl Iterator<Item = u32> {
    std::iter::from_fn(move || {
        let bit = (set != 0).then(|| set.trailing_zeros())?;
        set &= set - 1;
        Some(bit)
    })
}
