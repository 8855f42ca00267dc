//! What meets a window: depth first along one path, whose nodes keep the children that are still to be visited as bits.

use super::{
    PackedRtree, View,
    block::{Block, NODE_SIZE},
    frame::Frame,
    layout::MAX_LEVELS,
    raster::RasterBox,
};
use std::ops::ControlFlow;
use urbis_model::Bounds;

/// A node on the path from the root, and its children that are accepted and not yet visited.
#[derive(Clone, Copy, Default)]
struct Step {
    node: u32,
    waiting: u32,
    frame: Frame,
}

/// Which children of a node are to be visited.
trait Wanted {
    fn among(&self, view: &View<'_>, frame: &Frame, block: &Block) -> u32;
}

/// All that meet a window.
impl Wanted for RasterBox {
    #[inline]
    fn among(&self, _: &View<'_>, frame: &Frame, block: &Block) -> u32 {
        frame.meeting(block, self)
    }
}

/// All that the caller accepts.
struct Accepted<F>(F);

impl<F: Fn(&Bounds) -> bool> Wanted for Accepted<F> {
    #[inline]
    fn among(&self, view: &View<'_>, frame: &Frame, block: &Block) -> u32 {
        (0..NODE_SIZE).fold(0, |bits, child| {
            let accepted = block.child(child).is_some_and(|steps| self.0(&view.bounds(frame, &steps)));
            bits | u32::from(accepted) << child
        })
    }
}

/// The items whose boxes are wanted, node by node, in no order; a fixed stack, no allocation.
#[derive(Clone)]
struct Walk<'a, W> {
    view: View<'a>,
    wanted: W,
    /// From level 0 up; the node at hand is at `level`.
    path: [Step; MAX_LEVELS],
    level: usize,
}

impl<'a, W: Wanted> Walk<'a, W> {
    /// A walk from the root on; of an empty tree there is none.
    fn new(view: View<'a>, wanted: W) -> Option<Self> {
        if view.layout.count == 0 {
            return None;
        }
        let mut path = [Step::default(); MAX_LEVELS];
        let (top, frame) = (view.top(), view.root());
        path[top] = Step { node: 0, waiting: wanted.among(&view, &frame, view.block(top, 0)), frame };
        Some(Self { view, wanted, path, level: top })
    }

    /// Goes on to the next node of level 0 with accepted children.
    #[inline]
    fn next_leaf(&mut self) -> Option<Step> {
        loop {
            let step = &mut self.path[self.level];
            if self.level == 0 && step.waiting != 0 {
                return Some(std::mem::take(step));
            }
            if step.waiting == 0 {
                self.level += 1;
                if self.level >= self.view.layout.levels {
                    // Stay at the end.
                    self.level -= 1;
                    return None;
                }
                continue;
            }
            let child = step.waiting.trailing_zeros();
            step.waiting &= step.waiting - 1;
            let (node, frame) = (step.node, step.frame);
            let Some(steps) = self.view.block(self.level, node).child(child as usize) else { continue };
            self.level -= 1;
            let (node, frame) = (node * NODE_SIZE as u32 + child, frame.below(&steps));
            let waiting = self.wanted.among(&self.view, &frame, self.view.block(self.level, node));
            self.path[self.level] = Step { node, waiting, frame };
        }
    }

    #[inline]
    fn visit<B>(mut self, on: &mut impl FnMut(u32) -> ControlFlow<B>) -> ControlFlow<B> {
        let count = self.view.layout.count;
        while let Some(Step { node, mut waiting, .. }) = self.next_leaf() {
            let positions = self.view.positions(node);
            while waiting != 0 {
                // A foreign file may hold anything: what is no child and no position is left out.
                if let Some(&position) = positions.get(waiting.trailing_zeros() as usize)
                    && (position as usize) < count
                {
                    on(position)?;
                }
                waiting &= waiting - 1;
            }
        }
        ControlFlow::Continue(())
    }
}

impl PackedRtree {
    /// Visits the position of every box that meets the window, edges included, in no order, without allocation.
    /// O(log n + found) on boxes that overlap little.
    #[inline]
    pub fn window(&self, window: &Bounds, on: &mut impl FnMut(u32)) {
        let _ = self.window_until(window, &mut |position| {
            on(position);
            ControlFlow::<()>::Continue(())
        });
    }

    /// As [`window`](Self::window), until `on` breaks.
    #[inline]
    pub fn window_until<B>(&self, window: &Bounds, on: &mut impl FnMut(u32) -> ControlFlow<B>) -> ControlFlow<B> {
        let view = self.view();
        let walk = view.raster.window(window).and_then(|window| Walk::new(view, window));
        walk.map_or(ControlFlow::Continue(()), |walk| walk.visit(on))
    }

    /// The positions of all boxes that meet the window, edges included, in no order. The iterator holds its fixed stack and
    /// does not allocate.
    pub fn in_window(&self, window: &Bounds) -> WindowIter<'_> {
        let view = self.view();
        let walk = view.raster.window(window).and_then(|window| Walk::new(view, window));
        WindowIter { walk, leaf: Step::default() }
    }

    /// Visits the position of every box that holds the point, edges included.
    pub fn point(&self, lonlat_deg: [f64; 2], on: &mut impl FnMut(u32)) {
        self.window(&Bounds { min: lonlat_deg, max: lonlat_deg }, on);
    }

    /// Visits the position of every box that comes within a planar distance, in the units of the boxes, edges included.
    pub fn within(&self, center: [f64; 2], radius: f64, on: &mut impl FnMut(u32)) {
        let limit = radius * radius;
        let _ = self.visit(|one| super::nearest::planar_distance2(center, one) <= limit, &mut |position| {
            on(position);
            ControlFlow::<()>::Continue(())
        });
    }

    /// Visits the position of every box that `meets` accepts, in no order, until `on` breaks; without allocation.
    ///
    /// `meets` must accept each box that encloses an accepted one.
    pub fn visit<B>(&self, meets: impl Fn(&Bounds) -> bool, on: &mut impl FnMut(u32) -> ControlFlow<B>) -> ControlFlow<B> {
        Walk::new(self.view(), Accepted(meets)).map_or(ControlFlow::Continue(()), |walk| walk.visit(on))
    }
}

/// The positions of all boxes that meet a window; see [`PackedRtree::in_window`].
#[derive(Clone)]
pub struct WindowIter<'a> {
    walk: Option<Walk<'a, RasterBox>>,
    leaf: Step,
}

impl Iterator for WindowIter<'_> {
    type Item = u32;

    #[inline]
    fn next(&mut self) -> Option<u32> {
        let walk = self.walk.as_mut()?;
        loop {
            while self.leaf.waiting == 0 {
                self.leaf = walk.next_leaf()?;
            }
            let child = self.leaf.waiting.trailing_zeros() as usize;
            self.leaf.waiting &= self.leaf.waiting - 1;
            match walk.view.positions(self.leaf.node).get(child) {
                Some(&position) if (position as usize) < walk.view.layout.count => return Some(position),
                _ => {}
            }
        }
    }
}
