//! A tree from boxes, on all cores.

use super::{
    Bytes, PackedRtree,
    block::{Block, Leaf, NODE_SIZE},
    frame::Frame,
    layout::{Layout, Line},
    order,
    raster::{Raster, RasterBox},
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
        // 1. The order of the items.
        let raster = Raster::over(&extent);
        let mut positions = vec![0; bounds.len()];
        let mut items: Vec<RasterBox> = bytemuck::zeroed_vec(bounds.len());
        order::fill(&mut positions, &mut items, bounds, &raster);
        // 2. The boxes of all nodes, from the items up.
        let mut boxes = vec![items];
        for level in 0..layout.levels {
            boxes.push(around_each(&boxes[level]));
        }
        // 3. Their children in steps of them, from the root down, and the frames that the steps make for the level below.
        let (inner, rest) = bytes.split_at_mut(layout.leaf_bytes().start);
        let blocks: &mut [Block] = bytemuck::cast_slice_mut(&mut inner[layout.block_bytes()]);
        let leaves: &mut [Leaf] = bytemuck::cast_slice_mut(&mut rest[..layout.leaf_bytes().len()]);
        let mut frames = vec![Frame::of(&raster.whole())];
        for level in (1..layout.levels).rev() {
            let mut below = vec![Frame::default(); boxes[level].len()];
            let blocks = &mut blocks[layout.blocks(level)];
            if boxes[level].len() >= PARALLEL_ITEMS / NODE_SIZE {
                let children = boxes[level].par_chunks(NODE_SIZE).zip(below.par_chunks_mut(NODE_SIZE));
                blocks
                    .par_iter_mut()
                    .zip(&frames)
                    .zip(children)
                    .with_min_len(16)
                    .for_each(|((block, frame), (children, below))| pack_node(block, frame, children, below));
            } else {
                let children = boxes[level].chunks(NODE_SIZE).zip(below.chunks_mut(NODE_SIZE));
                blocks
                    .iter_mut()
                    .zip(&frames)
                    .zip(children)
                    .for_each(|((block, frame), (children, below))| pack_node(block, frame, children, below));
            }
            frames = below;
        }
        if bounds.len() >= PARALLEL_ITEMS {
            let children = boxes[0].par_chunks(NODE_SIZE).zip(positions.par_chunks(NODE_SIZE));
            leaves
                .par_iter_mut()
                .zip(&frames)
                .zip(children)
                .with_min_len(256)
                .for_each(|((leaf, frame), (children, positions))| pack_leaf(leaf, frame, children, positions));
        } else {
            let children = boxes[0].chunks(NODE_SIZE).zip(positions.chunks(NODE_SIZE));
            leaves
                .iter_mut()
                .zip(&frames)
                .zip(children)
                .for_each(|((leaf, frame), (children, positions))| pack_leaf(leaf, frame, children, positions));
        }
        // 4. Header and checksums.
        layout.seal(bytes, &extent, tag);
        Self { bytes: Bytes::Built(Arc::new(lines)), layout, raster, extent, tag }
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

/// The boxes around each node's children.
fn around_each(children: &[RasterBox]) -> Vec<RasterBox> {
    let around = |children: &[RasterBox]| children.iter().copied().fold(RasterBox::EMPTY, RasterBox::merged);
    if children.len() < PARALLEL_ITEMS {
        return children.chunks(NODE_SIZE).map(around).collect();
    }
    children.par_chunks(NODE_SIZE).with_min_len(256).map(around).collect()
}

/// Writes the children of a node above level 0 in steps of its frame, and the frames that these steps make for them.
fn pack_node(block: &mut Block, frame: &Frame, children: &[RasterBox], below: &mut [Frame]) {
    *block = Block::EMPTY;
    for (child, (one, below)) in children.iter().zip(below).enumerate().filter(|(_, (one, _))| !one.is_empty()) {
        let steps = frame.around(one);
        block.put(child, &steps);
        *below = frame.below(&steps);
    }
}

/// Writes the items of a node of level 0 in steps of its frame, and their positions.
fn pack_leaf(leaf: &mut Leaf, frame: &Frame, children: &[RasterBox], positions: &[u32]) {
    *leaf = Leaf { boxes: Block::EMPTY, positions: [u32::MAX; NODE_SIZE] };
    leaf.positions[..positions.len()].copy_from_slice(positions);
    for (child, one) in children.iter().enumerate().filter(|(_, one)| !one.is_empty()) {
        leaf.boxes.put(child, &frame.around(one));
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
