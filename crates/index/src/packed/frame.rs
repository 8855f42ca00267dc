//! Boxes told by steps of the box around them.
//!
//! A node's box is cut into 255 steps on each axis, of 2ⁿ cells of the raster each, and its children's edges are rounded outward to them; the
//! children's boxes are cut again for their own children. So an edge is a byte, 16 boxes are a cache line, and a window is compared
//! with all of them at once after its own edges were turned into steps. (The CR-tree's quantised relative boxes: Kim, Cha & Kwon,
//! *Optimizing multidimensional index trees for main memory access*, SIGMOD 2001; here with shifts for divisions.)

use super::{
    block::{Block, NO_CHILD},
    raster::RasterBox,
};

/// A node's box, cut into steps.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Frame {
    min: [u32; 2],
    /// The binary logarithm of a step's cells.
    step_bits: [u8; 2],
}

/// A box, or a window, in steps of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Steps {
    pub(super) min: [u8; 2],
    pub(super) max: [u8; 2],
}

impl Frame {
    /// The frame of a box that is not empty.
    pub(super) fn of(one: &RasterBox) -> Self {
        let step_bits = |axis: usize| {
            let width = u64::from(one.max[axis] - one.min[axis]);
            (0..u8::BITS * 3).find(|bits| 255 << bits >= width).unwrap_or(u8::BITS * 3) as u8
        };
        Self { min: one.min, step_bits: [step_bits(0), step_bits(1)] }
    }

    /// The frame of a child, for its own children: as [`Frame::of`] its box, from the steps alone. Of a damaged node's child it is some
    /// frame or other.
    #[inline]
    pub(super) fn below(&self, steps: &Steps) -> Self {
        let min = |axis: usize| self.min[axis].wrapping_add(u32::from(steps.min[axis]) << self.step_bits[axis]);
        // 255 steps half as wide, as often as they are still enough.
        let step_bits = |axis: usize| {
            self.step_bits[axis].saturating_sub(steps.max[axis].wrapping_sub(steps.min[axis]).leading_zeros() as u8)
        };
        Self { min: [min(0), min(1)], step_bits: [step_bits(0), step_bits(1)] }
    }

    /// The cells of these steps.
    #[inline]
    pub(super) fn cells(&self, steps: &Steps) -> RasterBox {
        let edge = |axis: usize, step: u8| self.min[axis].saturating_add(u32::from(step) << self.step_bits[axis]);
        RasterBox { min: [edge(0, steps.min[0]), edge(1, steps.min[1])], max: [edge(0, steps.max[0]), edge(1, steps.max[1])] }
    }

    /// The cells of all steps.
    pub(super) fn whole(&self) -> RasterBox {
        self.cells(&Steps { min: [0; 2], max: [u8::MAX; 2] })
    }

    /// The steps around a box that the frame encloses.
    #[inline]
    pub(super) fn around(&self, one: &RasterBox) -> Steps {
        let lower = |axis: usize| ((one.min[axis] - self.min[axis]) >> self.step_bits[axis]).min(u32::from(NO_CHILD) - 1) as u8;
        let upper = |axis: usize| {
            let (cells, bits) = (u64::from(one.max[axis] - self.min[axis]), self.step_bits[axis]);
            ((cells + (1 << bits) - 1) >> bits).min(u64::from(u8::MAX)) as u8
        };
        Steps { min: [lower(0), lower(1)], max: [upper(0), upper(1)] }
    }

    /// The children of a node whose boxes a window meets; of a window beside the node, perhaps some at the edge.
    #[inline]
    pub(super) fn meeting(&self, block: &Block, window: &RasterBox) -> u32 {
        let steps = |axis: usize, edge: u32| edge.saturating_sub(self.min[axis]) >> self.step_bits[axis];
        // The least step that is not before the window's edge.
        let lower = |axis: usize| {
            let (cells, bits) = (u64::from(window.min[axis].saturating_sub(self.min[axis])), self.step_bits[axis]);
            ((cells + (1 << bits) - 1) >> bits).min(u64::from(u8::MAX)) as u8
        };
        let upper = |axis: usize| steps(axis, window.max[axis]).min(u32::from(NO_CHILD) - 1) as u8;
        block.meeting(&Steps { min: [lower(0), lower(1)], max: [upper(0), upper(1)] })
    }

    /// The first cell, and how many cells a step has.
    #[inline]
    pub(super) fn axis(&self, axis: usize) -> (u32, u32) {
        (self.min[axis], 1 << self.step_bits[axis])
    }
}
