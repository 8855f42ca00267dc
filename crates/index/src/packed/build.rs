//! A tree from boxes, on all cores.

use super::{
    Bytes, PackedRtree,
    block::{Block, NODE_SIZE, OuterBox},
    layout::{Layout, Line},
    order,
};
use rayon::prelude::*;
use std::sync::Arc;
use thiserror::Error;
use urbis_model::Bounds;

/// From how many items on a build uses all cores.
pub(super) const PARALLEL_ITEMS: usize = 20_000;

/// A box that a strict build refuses.
#[derive(Clone, Copy, Debug, Error, PartialEq)]
#[error("box {position} is none: {bounds:?}; edges must be numbers, the least not beyond the greatest")]
pub struct NotABox {
    /// Where it was given.
    pub position: usize,
    /// The box.
    pub bounds: Bounds,
}

impl PackedRtree {
    /// A tree over boxes. O(n) for the order and the packing; all cores from 20,000 boxes on; the same input gives the same
    /// bytes. What holds no point meets nothing.
    ///
    /// # Panics
    /// When there are more than 2³² − 1 boxes.
    pub fn build(bounds: &[Bounds]) -> Self {
        Self::build_tagged(bounds, 0)
    }

    /// As [`build`](Self::build), with a number in the header by which the caller knows what the tree is of, such as a digest
    /// of a layer's version: a file over other data is then told from the right one.
    ///
    /// # Panics
    /// When there are more than 2³² − 1 boxes.
    pub fn build_tagged(bounds: &[Bounds], tag: u64) -> Self {
        assert!(u32::try_from(bounds.len()).is_ok(), "{} boxes are more than a tree holds, 2³² − 1", bounds.len());
        let layout = Layout::of(bounds.len());
        let mut lines: Vec<Line> = bytemuck::zeroed_vec(layout.bytes / size_of::<Line>());
        let bytes: &mut [u8] = bytemuck::cast_slice_mut(&mut lines);
        let extent = extent_of(bounds);
        let (blocks, rest) = bytes.split_at_mut(layout.block_bytes().end);
        let blocks: &mut [Block] = bytemuck::cast_slice_mut(blocks);
        let positions: &mut [u32] = bytemuck::cast_slice_mut(&mut rest[..4 * bounds.len()]);
        // 1. The order of the items.
        let mut outers = vec![OuterBox::EMPTY; bounds.len()];
        order::fill(positions, &mut outers, bounds, &extent);
        // 2. Their boxes, 16 to a block.
        let pack = |(block, outers): (&mut Block, &[OuterBox])| {
            *block = Block::EMPTY;
            outers.iter().enumerate().for_each(|(child, outer)| block.put(child, *outer));
        };
        let items = &mut blocks[layout.blocks(0)];
        if bounds.len() >= PARALLEL_ITEMS {
            items.par_iter_mut().zip(outers.par_chunks(NODE_SIZE)).with_min_len(256).for_each(pack);
        } else {
            items.iter_mut().zip(outers.chunks(NODE_SIZE)).for_each(pack);
        }
        // 3. The levels above, each from the one below it, which lies behind it.
        for level in 1..layout.levels {
            let (above, below) = blocks.split_at_mut(layout.blocks(level - 1).start);
            let above = &mut above[layout.blocks(level)];
            let below = &below[..layout.blocks(level - 1).len()];
            let pack = |(block, nodes): (&mut Block, &[Block])| {
                *block = Block::EMPTY;
                nodes.iter().enumerate().for_each(|(child, node)| block.put(child, node.outer()));
            };
            if below.len() >= PARALLEL_ITEMS {
                above.par_iter_mut().zip(below.par_chunks(NODE_SIZE)).with_min_len(256).for_each(pack);
            } else {
                above.iter_mut().zip(below.chunks(NODE_SIZE)).for_each(pack);
            }
        }
        // 4. Header and checksums.
        layout.seal(bytes, &extent, tag);
        Self { bytes: Bytes::Built(Arc::new(lines)), layout, extent, tag }
    }

    /// As [`build`](Self::build), but a box that holds no point is refused by name.
    ///
    /// # Errors
    /// [`NotABox`], the first one.
    ///
    /// # Panics
    /// When there are more than 2³² − 1 boxes.
    pub fn build_strict(bounds: &[Bounds]) -> Result<Self, NotABox> {
        let refused = |one: &Bounds| !(one.min[0] <= one.max[0] && one.min[1] <= one.max[1]);
        match bounds.iter().position(refused) {
            Some(position) => Err(NotABox { position, bounds: bounds[position] }),
            None => Ok(Self::build(bounds)),
        }
    }
}

fn extent_of(bounds: &[Bounds]) -> Bounds {
    let merge = |mut extent: Bounds, one: &Bounds| {
        if one.min[0] <= one.max[0] && one.min[1] <= one.max[1] {
            extent.merge(one);
        }
        extent
    };
    if bounds.len() < PARALLEL_ITEMS {
        return bounds.iter().fold(Bounds::EMPTY, merge);
    }
    bounds
        .par_chunks(PARALLEL_ITEMS)
        .map(|some| some.iter().fold(Bounds::EMPTY, merge))
        .reduce(|| Bounds::EMPTY, |a, b| merge(a, &b))
}
