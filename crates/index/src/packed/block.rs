//! The boxes of a node's children, edge by edge, so that all are compared at once.

use super::frame::Steps;
use bytemuck::{Pod, Zeroable};
use wide::u8x16;

/// Children of a node.
pub(crate) const NODE_SIZE: usize = 1 << NODE_BITS;
pub(super) const NODE_BITS: usize = 4;

/// The boxes of up to 16 children, each edge a step of the node's own box (see `frame`): one cache line.
///
/// Four rows of one edge each. A place behind the last child, and a child that holds no point, has [`NO_CHILD`] for its least step,
/// which no window reaches.
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct Block {
    min_x: [u8; NODE_SIZE],
    min_y: [u8; NODE_SIZE],
    max_x: [u8; NODE_SIZE],
    max_y: [u8; NODE_SIZE],
}

/// One more than the greatest step that a least edge may be at.
pub(super) const NO_CHILD: u8 = u8::MAX;

impl Block {
    pub(crate) const EMPTY: Self =
        Self { min_x: [NO_CHILD; NODE_SIZE], min_y: [NO_CHILD; NODE_SIZE], max_x: [0; NODE_SIZE], max_y: [0; NODE_SIZE] };

    pub(crate) fn put(&mut self, child: usize, steps: &Steps) {
        ([self.min_x[child], self.min_y[child]], [self.max_x[child], self.max_y[child]]) = (steps.min, steps.max);
    }

    /// The steps of a child, if there is one.
    #[inline]
    pub(crate) fn child(&self, child: usize) -> Option<Steps> {
        let steps = Steps { min: [self.min_x[child], self.min_y[child]], max: [self.max_x[child], self.max_y[child]] };
        (steps.min[0] != NO_CHILD).then_some(steps)
    }

    /// A bit for each child that there is.
    #[inline]
    pub(crate) fn children(&self) -> u32 {
        u8x16::from(self.min_x).simd_ne(u8x16::splat(NO_CHILD)).to_bitmask()
    }

    /// A bit for each child whose box meets the window, edges included: all 16 at once, no branch.
    #[inline]
    pub(crate) fn meeting(&self, window: &Steps) -> u32 {
        let [west, south] = window.min.map(u8x16::splat);
        let [east, north] = window.max.map(u8x16::splat);
        let meets = u8x16::from(self.min_x).simd_le(east)
            & u8x16::from(self.max_x).simd_ge(west)
            & u8x16::from(self.min_y).simd_le(north)
            & u8x16::from(self.max_y).simd_ge(south);
        meets.to_bitmask()
    }

    /// The rows along an axis: least and greatest steps.
    #[inline]
    pub(super) fn rows(&self, axis: usize) -> [&[u8; NODE_SIZE]; 2] {
        if axis == 0 { [&self.min_x, &self.max_x] } else { [&self.min_y, &self.max_y] }
    }
}

/// What level 0 is made of: 16 items' boxes and, in the cache line beside it, their positions.
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct Leaf {
    pub(crate) boxes: Block,
    pub(crate) positions: [u32; NODE_SIZE],
}
