//! One tile out of an archive, wherever it lies.

use super::directory::{self, Entry, find};
use super::header::{HEADER_BYTES, Header, INITIAL_BYTES, Packing, Section};
use super::packing::gunzip;
use super::tile_id::tile_id;
use super::{ArchiveError, gzip};
use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use urbis_model::TileCoord;

/// Bytes that can be read from anywhere: a file, or one behind HTTP.
pub trait RangeRead {
    /// Up to `length` bytes from `offset` on; fewer only at the end.
    ///
    /// # Errors
    /// Whatever stops it.
    fn read(&self, offset: u64, length: usize) -> io::Result<Vec<u8>>;

    /// How many bytes there are, when known.
    fn bytes(&self) -> Option<u64>;
}

impl RangeRead for Vec<u8> {
    fn read(&self, offset: u64, length: usize) -> io::Result<Vec<u8>> {
        let start = usize::try_from(offset).unwrap_or(usize::MAX).min(self.len());
        Ok(self[start..start.saturating_add(length).min(self.len())].to_vec())
    }

    fn bytes(&self) -> Option<u64> {
        Some(self.len() as u64)
    }
}

/// The longest packed directory; writers aim at leaves of some thousand entries.
const MAX_DIRECTORY_BYTES: u64 = 4 << 20;
/// The longest directory once unpacked: its count, and for each entry two numbers of at most ten bytes and two of five.
const MAX_UNPACKED_DIRECTORY_BYTES: usize = 10 + 30 * directory::MAX_ENTRIES;
/// The longest metadata, packed and unpacked.
const MAX_METADATA_BYTES: usize = 16 << 20;
/// The largest tile that is handed out: as the reader of tiles takes.
const MAX_TILE_BYTES: u32 = crate::decode::MAX_TILE_BYTES as u32;
/// Directories behind one another; the specification has two, others write three. Stops a directory that points at itself.
const MAX_DEPTH: usize = 4;
/// Leaf directories kept.
const KEPT_LEAVES: usize = 64;
/// Their entries, 24 bytes each: 6 MB, as for 64 of 4,096 entries.
const KEPT_ENTRIES: usize = 64 * 4096;
/// Leaf directories that are read to list an archive's tiles: 537 million entries where a writer makes leaves of 4,096.
const MAX_LEAVES: usize = 1 << 17;

/// An archive that is open.
#[derive(Debug)]
pub struct Archive<S> {
    source: S,
    header: Header,
    root: Arc<Vec<Entry>>,
    leaves: Mutex<VecDeque<(u64, Arc<Vec<Entry>>)>>,
}

impl<S: RangeRead> Archive<S> {
    /// Opens an archive: reads its first 16 KB.
    ///
    /// # Errors
    /// [`ArchiveError`] that says what is wrong and where; nothing is allocated from a number that is not held against
    /// the archive's own length or a limit.
    pub fn open(source: S) -> Result<Self, ArchiveError> {
        let initial = source.read(0, INITIAL_BYTES).map_err(ArchiveError::io("reading the archive's header"))?;
        let header = Header::read(&initial)?;
        for (section, Section { offset, length }) in [
            ("root directory", header.root),
            ("metadata", header.metadata),
            ("leaf directories", header.leaves),
            ("tile data", header.tiles),
        ] {
            let end = offset + length;
            if let Some(bytes) = source.bytes().filter(|bytes| end > *bytes) {
                return Err(ArchiveError::Truncated { section, end, bytes });
            }
        }
        let (from, to) = (header.root.offset, header.root.offset + header.root.length);
        if from < HEADER_BYTES as u64 || to > INITIAL_BYTES as u64 {
            let reason = format!("it lies at bytes {from} to {to}, not within the first {INITIAL_BYTES}");
            return Err(ArchiveError::damaged("root directory", reason));
        }
        let Some(packed) = initial.get(from as usize..to as usize) else {
            return Err(ArchiveError::Truncated { section: "root directory", end: to, bytes: initial.len() as u64 });
        };
        let root = directory::read(&unpack(&header, packed, MAX_UNPACKED_DIRECTORY_BYTES, "root directory")?, "root directory")?;
        Ok(Self { source, header, root: Arc::new(root), leaves: Mutex::default() })
    }

    /// What it says of itself.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// Its metadata, a JSON object as text; empty when it has none.
    ///
    /// # Errors
    /// As [`Archive::open`].
    pub fn metadata(&self) -> Result<Vec<u8>, ArchiveError> {
        const WHAT: &str = "metadata";
        let Section { offset, length } = self.header.metadata;
        if length == 0 {
            return Ok(Vec::new());
        }
        if length > MAX_METADATA_BYTES as u64 {
            return Err(ArchiveError::damaged(WHAT, format!("{length} bytes are more than {MAX_METADATA_BYTES}")));
        }
        unpack(&self.header, &self.exactly(offset, length, WHAT)?, MAX_METADATA_BYTES, WHAT)
    }

    /// A tile as it is kept, packed as [`Header::tile_packing`] says; none when the archive has none there.
    ///
    /// # Errors
    /// As [`Archive::open`].
    pub fn tile(&self, tile: TileCoord) -> Result<Option<Vec<u8>>, ArchiveError> {
        self.tile_by_id(tile_id(tile))
    }

    pub(super) fn tile_by_id(&self, id: u64) -> Result<Option<Vec<u8>>, ArchiveError> {
        let mut found = find(&self.root, id);
        for _ in 0..MAX_DEPTH {
            match found {
                None => return Ok(None),
                Some(entry) if entry.run > 0 => return self.blob(&entry).map(Some),
                Some(pointer) => found = find(&self.leaf(&pointer)?, id),
            }
        }
        Err(ArchiveError::damaged("leaf directories", format!("they are more than {MAX_DEPTH} deep, or point at themselves")))
    }

    /// All entries in order, runs as they are kept; at most `most`.
    ///
    /// # Errors
    /// As [`Archive::open`], and [`ArchiveError::TooManyTiles`] before more than `most` are held.
    pub fn entries(&self, most: usize) -> Result<Vec<Entry>, ArchiveError> {
        const WHAT: &str = "leaf directories";
        let mut entries: Vec<Entry> = Vec::new();
        let mut leaves = 0;
        // Depth first, the earliest leaf next: a stack of directories that are being read, and how far.
        let mut pending = vec![(Arc::clone(&self.root), 0)];
        while let Some((list, next)) = pending.last_mut() {
            let Some(entry) = list.get(*next).copied() else {
                pending.pop();
                continue;
            };
            *next += 1;
            // In order and apart, so a leaf that is pointed at twice ends here.
            if entries.last().is_some_and(|last| entry.id < last.id.saturating_add(u64::from(last.run))) {
                return Err(ArchiveError::damaged(WHAT, "their tiles are not in order"));
            }
            if entry.run > 0 {
                if entries.len() == most {
                    return Err(ArchiveError::TooManyTiles { entries: most });
                }
                entries.push(entry);
                continue;
            }
            leaves += 1;
            if pending.len() > MAX_DEPTH || leaves > MAX_LEAVES {
                let reason = format!("they are more than {MAX_LEAVES}, or more than {MAX_DEPTH} deep");
                return Err(ArchiveError::damaged(WHAT, reason));
            }
            pending.push((self.leaf(&entry)?, 0));
        }
        Ok(entries)
    }

    /// A tile's bytes, checked against the tile section and the size limit.
    pub(super) fn blob(&self, entry: &Entry) -> Result<Vec<u8>, ArchiveError> {
        const WHAT: &str = "tile data";
        let end = entry.offset + u64::from(entry.length);
        if end > self.header.tiles.length || entry.length > MAX_TILE_BYTES {
            let reason = format!("tile {} has bytes {} to {end} of {}", entry.id, entry.offset, self.header.tiles.length);
            return Err(ArchiveError::damaged(WHAT, reason));
        }
        self.exactly(self.header.tiles.offset + entry.offset, u64::from(entry.length), WHAT)
    }

    fn leaf(&self, pointer: &Entry) -> Result<Arc<Vec<Entry>>, ArchiveError> {
        const WHAT: &str = "leaf directories";
        let kept = |leaves: &mut VecDeque<(u64, Arc<Vec<Entry>>)>| {
            let mine = |leaf: &(u64, Arc<Vec<Entry>>)| leaf.0 == pointer.offset && leaf.1[0].id == pointer.id;
            let index = leaves.iter().position(mine)?;
            let leaf = leaves.remove(index)?;
            leaves.push_back(leaf.clone());
            Some(leaf.1)
        };
        if let Some(leaf) = kept(&mut self.leaves.lock().unwrap_or_else(PoisonError::into_inner)) {
            return Ok(leaf);
        }
        let length = u64::from(pointer.length);
        if pointer.offset + length > self.header.leaves.length || length > MAX_DIRECTORY_BYTES {
            let reason =
                format!("one has bytes {} to {} of {}", pointer.offset, pointer.offset + length, self.header.leaves.length);
            return Err(ArchiveError::damaged(WHAT, reason));
        }
        let packed = self.exactly(self.header.leaves.offset + pointer.offset, length, WHAT)?;
        let leaf = Arc::new(directory::read(&unpack(&self.header, &packed, MAX_UNPACKED_DIRECTORY_BYTES, WHAT)?, WHAT)?);
        // Every leaf brings the tile that it is found by (PMTiles 3, section 4.1), so none can be read in vain without end.
        if leaf.first().is_none_or(|first| first.id != pointer.id) {
            return Err(ArchiveError::damaged(
                WHAT,
                format!("the one for tile {} begins with another tile, or is empty", pointer.id),
            ));
        }
        let mut leaves = self.leaves.lock().unwrap_or_else(PoisonError::into_inner);
        leaves.push_back((pointer.offset, Arc::clone(&leaf)));
        let entries = |leaves: &VecDeque<(u64, Arc<Vec<Entry>>)>| leaves.iter().map(|leaf| leaf.1.len()).sum::<usize>();
        while leaves.len() > KEPT_LEAVES || entries(&leaves) > KEPT_ENTRIES {
            leaves.pop_front();
        }
        Ok(leaf)
    }

    fn exactly(&self, offset: u64, length: u64, section: &'static str) -> Result<Vec<u8>, ArchiveError> {
        let bytes = self.source.read(offset, length as usize).map_err(ArchiveError::io("reading the archive"))?;
        if bytes.len() as u64 != length {
            return Err(ArchiveError::Truncated { section, end: offset + length, bytes: offset + bytes.len() as u64 });
        }
        Ok(bytes)
    }
}

fn unpack(header: &Header, packed: &[u8], most: usize, section: &'static str) -> Result<Vec<u8>, ArchiveError> {
    match header.internal_packing {
        Packing::None => Ok(packed.to_vec()),
        Packing::Gzip => gunzip(packed, most, section),
        other => Err(ArchiveError::Coding { coding: other.coding() }),
    }
}

/// A base and the patches on it, the newest last.
#[derive(Debug)]
pub struct Stack<S> {
    archives: Vec<Archive<S>>,
}

impl<S: RangeRead> Stack<S> {
    /// A base with its patches.
    ///
    /// # Errors
    /// [`ArchiveError::Damaged`] when a patch is packed otherwise than its base.
    ///
    /// # Panics
    /// Without a base.
    pub fn new(archives: Vec<Archive<S>>) -> Result<Self, ArchiveError> {
        let base = archives.first().expect("a stack has a base").header();
        let alike = |other: &Header| other.tile_packing == base.tile_packing && other.tile_type == base.tile_type;
        if !archives.iter().all(|archive| alike(archive.header())) {
            return Err(ArchiveError::damaged("header", "the patch holds tiles of another type or packing than its base"));
        }
        Ok(Self { archives })
    }

    /// The newest archive, which says how things are now.
    pub fn newest(&self) -> &Archive<S> {
        &self.archives[self.archives.len() - 1]
    }

    /// A tile as it is kept, the newest archive that has it; none where that says that nothing is there.
    ///
    /// # Errors
    /// As [`Archive::tile`].
    pub fn tile(&self, tile: TileCoord) -> Result<Option<Vec<u8>>, ArchiveError> {
        self.tile_by_id(tile_id(tile))
    }

    pub(super) fn tile_by_id(&self, id: u64) -> Result<Option<Vec<u8>>, ArchiveError> {
        let tombstone = tombstone();
        for archive in self.archives.iter().rev() {
            if let Some(bytes) = archive.tile_by_id(id)? {
                return Ok((bytes != tombstone).then_some(bytes));
            }
        }
        Ok(None)
    }

    /// Least and greatest zoom of all.
    pub fn zooms(&self) -> std::ops::RangeInclusive<u8> {
        let headers = || self.archives.iter().map(Archive::header);
        headers().map(|header| header.min_zoom).min().unwrap_or(0)..=headers().map(|header| header.max_zoom).max().unwrap_or(0)
    }

    /// The numbers of all tiles in order, with the archive and entry that each is in; tombstones too.
    pub(super) fn tiles(&self) -> Result<Vec<(u64, usize, Entry)>, ArchiveError> {
        let mut tiles = Vec::new();
        for (index, archive) in self.archives.iter().enumerate() {
            for entry in archive.entries(MAX_LISTED_TILES - tiles.len())? {
                if tiles.len() + entry.run as usize > MAX_LISTED_TILES {
                    return Err(ArchiveError::TooManyTiles { entries: tiles.len() });
                }
                tiles.extend((entry.id..entry.id + u64::from(entry.run)).map(|id| (id, index, entry)));
            }
        }
        // Of equal numbers the newest archive's stays.
        tiles.sort_unstable_by_key(|(id, index, _)| (*id, std::cmp::Reverse(*index)));
        tiles.dedup_by_key(|tile| tile.0);
        Ok(tiles)
    }

    pub(super) fn archive(&self, index: usize) -> &Archive<S> {
        &self.archives[index]
    }
}

/// The most tiles that are listed at once, 4 GB: a country to zoom 14. A hostile run of 2^32 tiles ends here.
const MAX_LISTED_TILES: usize = 100_000_000;

/// What a patch holds for a tile that is gone: an empty tile, packed. A reader that knows no patches shows nothing there,
/// which is right. An entry without bytes is not allowed (PMTiles 3, section 4).
pub(super) fn tombstone() -> Vec<u8> {
    gzip(&[])
}
