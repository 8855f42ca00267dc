//! Where the stretches of long rings lie, so that one tile need not look at all of a coast.

use crate::frame::WorldBounds;

/// Rings beyond this many vertices have blocks; not measured either.
const LEAST_VERTICES: usize = 1024;
/// Vertices of a block: a guess, not measured; a ring of a million then has 4,000 boxes to pass over.
const VERTICES_PER_BLOCK: usize = 256;

/// A stretch of a ring.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Block {
    /// The box of its vertices.
    pub(crate) bounds: WorldBounds,
    /// The lowest zoom at which any of them is drawn.
    pub(crate) from: u8,
}

/// The blocks of a layer's long rings.
#[derive(Clone, Debug, Default)]
pub(super) struct Blocks {
    /// (ring, its first block), by ring.
    firsts: Vec<(u32, u32)>,
    blocks: Vec<Block>,
}

impl Blocks {
    /// Adds the blocks of a ring, if it is long; rings come in order.
    pub(super) fn add(&mut self, ring: usize, world: &[[u32; 2]], zooms: &[[u8; 2]]) {
        if world.len() < LEAST_VERTICES {
            return;
        }
        self.firsts.push((ring as u32, self.blocks.len() as u32));
        for (world, zooms) in world.chunks(VERTICES_PER_BLOCK).zip(zooms.chunks(VERTICES_PER_BLOCK)) {
            let mut bounds = WorldBounds::EMPTY;
            world.iter().for_each(|vertex| bounds.add(*vertex));
            self.blocks.push(Block { bounds, from: zooms.iter().map(|zooms| zooms[0]).min().unwrap_or(0) });
        }
    }

    /// A ring's blocks with their vertices' range in the ring; one block-less range for a ring that is not long.
    pub(super) fn of(&self, ring: usize, len: usize) -> impl Iterator<Item = (Option<&Block>, std::ops::Range<usize>)> {
        let found = if len < LEAST_VERTICES { Err(0) } else { self.firsts.binary_search_by_key(&(ring as u32), |first| first.0) };
        let first = found.ok().map(|index| self.firsts[index].1 as usize);
        let step = if first.is_some() { VERTICES_PER_BLOCK } else { len.max(1) };
        (0..len)
            .step_by(step)
            .enumerate()
            .map(move |(index, start)| (first.map(|first| &self.blocks[first + index]), start..(start + step).min(len)))
    }

    /// Bytes held on the heap.
    pub(super) fn heap_bytes(&self) -> usize {
        self.firsts.capacity() * 8 + self.blocks.capacity() * size_of::<Block>()
    }
}
