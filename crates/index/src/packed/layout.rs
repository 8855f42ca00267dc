//! The buffer: the same bytes in memory and in a file.
//!
//! ```text
//! 0        256                                                        pages × 4096 (the last one cut short)
//! | header | root | level under it ... | items' boxes and positions ... | CRC-32 of each page, u32 ... |
//! ```
//!
//! A node is a block of 16 boxes (64 bytes), its children found by arithmetic: child `c` of node `i` is node `16 i + c` of the
//! level below; on level 0 the items' positions, u32, stand behind the boxes (128 bytes). So the bytes hold no offset that could
//! lead astray. Level 0 is aligned to 128 bytes, a pair of cache lines that is fetched as one. Numbers are of the machine's byte order,
//! which the header tells.

use super::block::{Block, Leaf, NODE_SIZE};
use bytemuck::{Pod, Zeroable};
use rayon::prelude::*;
use thiserror::Error;
use urbis_model::Bounds;

/// Levels of a tree over 2³² items: 16⁸ = 2³².
pub(super) const MAX_LEVELS: usize = 8;

/// What is checked at once.
pub(super) const PAGE_BYTES: usize = 4096;

/// From how many pages on all cores take checksums.
const PARALLEL_PAGES: usize = 256;

/// The unit of alignment: a pair of cache lines.
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[repr(C, align(128))]
pub(super) struct Line([u32; 32]);

const LINE_BYTES: usize = size_of::<Line>();

/// How a file of this kind starts.
const MAGIC: [u8; 8] = *b"urbisRT\0";
const VERSION: u32 = 2;
/// Reads as another number where bytes are the other way round.
const BYTE_ORDER: u32 = 0x0102_0304;

#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[repr(C)]
pub(super) struct Header {
    magic: [u8; 8],
    byte_order: u32,
    version: u32,
    node_size: u32,
    /// CRC-32 of the page checksums.
    table_crc: u32,
    count: u64,
    extent: [f64; 4],
    tag: u64,
    unused: [u64; 22],
    unused_word: u32,
    /// CRC-32 of the header up to here.
    crc: u32,
}

const HEADER_BYTES: usize = size_of::<Header>();
const _: () = assert!(HEADER_BYTES.is_multiple_of(LINE_BYTES) && PAGE_BYTES.is_multiple_of(size_of::<Leaf>()));

/// Why bytes can't be opened as a tree, or a page of it is not what was written. The tree must be built again.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum IndexDamage {
    /// Not an index at all.
    #[error("this is no urbis index: it starts otherwise")]
    Foreign,
    /// Written on a machine of the other byte order.
    #[error("the index was written on a machine of another byte order; build it again")]
    ByteOrder,
    /// Of another version of the format.
    #[error("the index has format version {found}, this program reads {VERSION}; build it again")]
    Version {
        /// The version that the header states.
        found: u32,
    },
    /// The header's checksum or a number in it is wrong.
    #[error("the header of the index is damaged; build it again")]
    Header,
    /// Too short or too long for the number of items that it states.
    #[error("the index has {found} bytes where its header calls for {expected}; build it again")]
    Length {
        /// Bytes given.
        found: u64,
        /// Bytes that the header calls for.
        expected: u64,
    },
    /// The table of checksums is not what was written.
    #[error("the checksums of the index are damaged; build it again")]
    Table,
    /// A page is not what was written.
    #[error("page {page} of the index (4096 bytes each) is damaged; build it again")]
    Page {
        /// Which page, from 0.
        page: u32,
    },
    /// The owner's bytes start at an address that no `u32` may have.
    #[error("the bytes of the index start at an odd address; map the file, or hold it in aligned memory")]
    Misaligned,
    /// An index over other data than was asked for.
    #[error("the index was built for {found:#018x}, not for {expected:#018x}; build it again")]
    Tag {
        /// The tag in the header.
        found: u64,
        /// The tag asked for.
        expected: u64,
    },
}

/// Where everything lies in a tree of so many items.
#[derive(Clone, Copy, Debug)]
pub(super) struct Layout {
    pub(super) count: usize,
    /// The first block of each level above 0, counted in blocks behind the header.
    starts: [u32; MAX_LEVELS],
    /// Nodes of each level; level 0 is the items'.
    lens: [u32; MAX_LEVELS],
    pub(super) levels: usize,
    leaves: usize,
    table: usize,
    pub(super) bytes: usize,
}

impl Layout {
    pub(super) fn of(count: usize) -> Self {
        let mut lens = [0; MAX_LEVELS];
        let mut levels = 0;
        let mut width = count;
        while width > 1 || (levels == 0 && width == 1) {
            width = width.div_ceil(NODE_SIZE);
            lens[levels] = width as u32;
            levels += 1;
        }
        let mut starts = [0; MAX_LEVELS];
        let mut next = 0;
        for level in (1..levels).rev() {
            starts[level] = next;
            next += lens[level];
        }
        let lines = |bytes: usize| bytes.next_multiple_of(LINE_BYTES);
        let leaves = lines(HEADER_BYTES + next as usize * size_of::<Block>());
        let table = leaves + lens[0] as usize * size_of::<Leaf>();
        let bytes = table + lines(4 * table.div_ceil(PAGE_BYTES));
        Self { count, starts, lens, levels, leaves, table, bytes }
    }

    /// The blocks of a level above 0, counted behind the header.
    pub(super) fn blocks(&self, level: usize) -> std::ops::Range<usize> {
        let start = self.starts[level] as usize;
        start..start + self.lens[level] as usize
    }

    /// How many nodes a level has.
    #[inline]
    pub(super) fn nodes(&self, level: usize) -> u32 {
        self.lens[level]
    }

    /// The block of a node of a level above 0, counted behind the header.
    #[inline]
    pub(super) fn block(&self, level: usize, node: u32) -> usize {
        (self.starts[level] + node) as usize
    }

    /// Blocks of all levels above 0, as bytes.
    pub(super) fn block_bytes(&self) -> std::ops::Range<usize> {
        HEADER_BYTES..HEADER_BYTES + (self.leaves - HEADER_BYTES) / size_of::<Block>() * size_of::<Block>()
    }

    /// Level 0, as bytes.
    pub(super) fn leaf_bytes(&self) -> std::ops::Range<usize> {
        self.leaves..self.table
    }

    /// The page that holds a node.
    #[inline]
    pub(super) fn page_of(&self, level: usize, node: u32) -> usize {
        let at = match level {
            0 => self.leaves + node as usize * size_of::<Leaf>(),
            _ => HEADER_BYTES + self.block(level, node) * size_of::<Block>(),
        };
        at / PAGE_BYTES
    }

    pub(super) fn pages(&self) -> usize {
        self.table.div_ceil(PAGE_BYTES)
    }

    /// The bytes of a page that its checksum is of: not the header, which has its own.
    fn page(&self, page: usize) -> std::ops::Range<usize> {
        let start = page * PAGE_BYTES;
        start.max(HEADER_BYTES)..(start + PAGE_BYTES).min(self.table)
    }

    /// Whether a page is what was written.
    pub(super) fn is_sound(&self, bytes: &[u8], page: usize) -> bool {
        let start = self.table + 4 * page;
        agrees(&bytes[self.page(page)], u32::from_ne_bytes(std::array::from_fn(|byte| bytes[start + byte])))
    }

    /// Writes the page checksums and the header, the last step of a build.
    pub(super) fn seal(&self, bytes: &mut [u8], extent: &Bounds, tag: u64) {
        let (body, table) = bytes.split_at_mut(self.table);
        let sum = |page: usize| crc32fast::hash(&body[self.page(page)]);
        let write = |(page, crc): (usize, &mut [u8])| crc.copy_from_slice(&sum(page).to_ne_bytes());
        if self.pages() >= PARALLEL_PAGES {
            table.par_chunks_exact_mut(4).take(self.pages()).enumerate().with_min_len(64).for_each(write);
        } else {
            table.chunks_exact_mut(4).take(self.pages()).enumerate().for_each(write);
        }
        let mut header = Header {
            magic: MAGIC,
            byte_order: BYTE_ORDER,
            version: VERSION,
            node_size: NODE_SIZE as u32,
            table_crc: crc32fast::hash(&bytes[self.table..]),
            count: self.count as u64,
            extent: [extent.min[0], extent.min[1], extent.max[0], extent.max[1]],
            tag,
            unused: [0; 22],
            unused_word: 0,
            crc: 0,
        };
        header.crc = crc32fast::hash(header.summed());
        bytes[..HEADER_BYTES].copy_from_slice(bytemuck::bytes_of(&header));
    }

    /// The layout that a header calls for, if the bytes are so many, with the extent and tag in it. Reads the header and the
    /// table of checksums, no page.
    pub(super) fn opened(bytes: &[u8]) -> Result<(Self, Bounds, u64), IndexDamage> {
        let Some(start) = bytes.get(..HEADER_BYTES) else {
            return Err(match bytes.starts_with(&MAGIC) {
                true => IndexDamage::Length { found: bytes.len() as u64, expected: HEADER_BYTES as u64 },
                false => IndexDamage::Foreign,
            });
        };
        let header: Header = bytemuck::pod_read_unaligned(start);
        if header.magic != MAGIC {
            return Err(IndexDamage::Foreign);
        }
        if header.byte_order == BYTE_ORDER.swap_bytes() {
            return Err(IndexDamage::ByteOrder);
        }
        if header.version != VERSION {
            return Err(IndexDamage::Version { found: header.version });
        }
        if !agrees(header.summed(), header.crc) || header.byte_order != BYTE_ORDER || header.node_size != NODE_SIZE as u32 {
            return Err(IndexDamage::Header);
        }
        let count = u32::try_from(header.count).map_err(|_| IndexDamage::Header)?;
        let layout = Self::of(count as usize);
        if bytes.len() != layout.bytes {
            return Err(IndexDamage::Length { found: bytes.len() as u64, expected: layout.bytes as u64 });
        }
        if !agrees(&bytes[layout.table..], header.table_crc) {
            return Err(IndexDamage::Table);
        }
        let [west, south, east, north] = header.extent;
        Ok((layout, Bounds { min: [west, south], max: [east, north] }, header.tag))
    }

    /// The checksums of all pages against the pages.
    pub(super) fn verify(&self, bytes: &[u8]) -> Result<(), IndexDamage> {
        match (0..self.pages()).find(|&page| !self.is_sound(bytes, page)) {
            Some(page) => Err(IndexDamage::Page { page: page as u32 }),
            None => Ok(()),
        }
    }
}

impl Header {
    /// The bytes that its checksum is of.
    fn summed(&self) -> &[u8] {
        &bytemuck::bytes_of(self)[..HEADER_BYTES - 4]
    }
}

/// Whether bytes have a checksum. A fuzzer, which could not guess any, is let through to what lies behind them.
fn agrees(bytes: &[u8], stated_crc: u32) -> bool {
    cfg!(fuzzing) || crc32fast::hash(bytes) == stated_crc
}

#[cfg(test)]
#[path = "layout_tests.rs"]
mod tests;
