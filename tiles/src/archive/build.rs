//! A whole city as one archive.
//!
//! ```text
//! plan ── tiles in order, some at a time ──► encode, gzip ── in order ──► write
//! one thread                                 every core                  one thread: equal tiles once, journal
//! ```
//!
//! Of the city nothing but the prepared layers is held; of the archive, 24 bytes an entry and 32 a different tile.

use super::directory::{self, Entry};
use super::header::{HEADER_BYTES, Header, INITIAL_BYTES, Packing, Section};
use super::journal::{Journal, JournalFile, Record};
use super::packing::gzip;
use super::plan::{self, Node};
use super::tile_id::tile_id;
use super::totals::Totals;
use super::{ArchiveError, digest};
use crate::encode::{TileInput, encode};
use crate::prepare::TileLayer;
use rayon::prelude::*;
use std::collections::HashMap;
use std::io::{Read, Seek, SeekFrom, Write};
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::sync::mpsc::sync_channel;
use urbis_model::{Bounds, FeatureBatch};

/// A layer of the city to be.
#[derive(Clone, Copy, Debug)]
pub struct BuildInput<'a> {
    /// The prepared shapes.
    pub layer: &'a TileLayer,
    /// The features that they were prepared from.
    pub features: &'a FeatureBatch,
}

/// What an archive says of itself.
#[derive(Clone)]
pub struct About<'a> {
    /// Zooms to build.
    pub zooms: RangeInclusive<u8>,
    /// Extent in degrees.
    pub bounds: Bounds,
    /// The metadata's JSON object (PMTiles 3, section 5), once the totals are known.
    pub metadata: &'a (dyn Fn(&Totals) -> Vec<u8> + Sync),
}

impl std::fmt::Debug for About<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("About").field("zooms", &self.zooms).field("bounds", &self.bounds).finish_non_exhaustive()
    }
}

/// What was built.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Built {
    /// Tiles with an address.
    pub tiles: u64,
    /// Different tiles.
    pub contents: u64,
    /// Bytes of the archive.
    pub bytes: u64,
    /// Tiles taken over from a build that was broken off.
    pub resumed_tiles: u64,
    /// What was drawn and what was left out.
    pub totals: Totals,
}

/// Tiles per chunk: small enough to show progress and to lose little, large enough to keep every core busy.
/// Tests have small towns, and many borders of chunks all the same.
const CHUNK_TILES: usize = if cfg!(test) { 16 } else { 256 };
/// A chunk ends at this many candidates too, once each core has some tiles: the first zooms have few tiles of much work.
const CHUNK_WEIGHT: usize = 1 << 17;
/// Tiles that a chunk has for each core before its weight ends it.
const TILES_PER_CORE: usize = 8;

/// Where tiles begin: the header and a root directory of any size fit before them, so that they can be written before
/// their directory is known.
const TILES_OFFSET: u64 = INITIAL_BYTES as u64;

/// Builds the archive of these layers.
///
/// `journal` keeps what is done; with the same `journal` and `out` of a build that was broken off, and the same
/// `fingerprint` of what goes in, work goes on where it ended, and the archive is the same to the byte.
/// `progress` is told how many of how many units of work are done.
///
/// # Errors
/// [`ArchiveError::Io`] when one of the two can't be read or written, [`ArchiveError::TooManyTiles`].
pub fn build<F: Read + Write + Seek, J: JournalFile>(
    inputs: &[BuildInput<'_>],
    about: &About<'_>,
    out: &mut F,
    journal: J,
    fingerprint: &str,
    progress: &mut (dyn FnMut(u64, u64) + Send),
) -> Result<Built, ArchiveError> {
    let (mut journal, records) = Journal::open(journal, fingerprint)?;
    let mut writer = Writer::new(out, inputs.len())?;
    let mut done_through = None;
    for record in records {
        if !writer.take_over(&record)? {
            break;
        }
        journal.keep(&record);
        done_through = Some(record.done_through);
    }
    journal.begin()?;
    writer.resumed()?;
    let wanted = |id: u64| done_through.is_none_or(|done| id > done);
    encode_tiles(inputs, about, &wanted, progress, &mut |tiles| match writer.chunk(tiles)? {
        Some(record) => journal.append(&record),
        None => Ok(()),
    })?;
    writer.finish(about)
}

/// Encodes the wanted tiles on every core and hands them over in order, some at a time.
pub(super) fn encode_tiles(
    inputs: &[BuildInput<'_>],
    about: &About<'_>,
    wanted: &(dyn Fn(u64) -> bool + Sync),
    progress: &mut (dyn FnMut(u64, u64) + Send),
    take: &mut dyn FnMut(&[EncodedTile]) -> Result<(), ArchiveError>,
) -> Result<(), ArchiveError> {
    let features: usize = inputs.iter().map(|input| input.layer.len()).sum();
    let work = features as u64 * about.zooms.clone().count() as u64;
    std::thread::scope(|scope| {
        let (to_encode, chunks) = sync_channel::<(Vec<Arc<Node>>, u64)>(1);
        let (to_write, encoded) = sync_channel::<(Vec<EncodedTile>, u64)>(1);
        let zooms = about.zooms.clone();
        scope.spawn(move || plan_chunks(inputs, zooms, wanted, &mut |chunk, seen| to_encode.send((chunk, seen)).is_ok()));
        scope.spawn(move || {
            for (chunk, seen) in chunks {
                let tiles = chunk.par_iter().map(|node| encode_node(inputs, node)).collect();
                if to_write.send((tiles, seen)).is_err() {
                    return;
                }
            }
        });
        for (tiles, seen) in encoded {
            take(&tiles)?;
            progress(seen.min(work), work);
        }
        Ok(())
    })
}

/// Gathers tiles into chunks; `seen` counts candidates, those of tiles not wanted included.
fn plan_chunks(
    inputs: &[BuildInput<'_>],
    zooms: RangeInclusive<u8>,
    wanted: &(dyn Fn(u64) -> bool + Sync),
    send: &mut dyn FnMut(Vec<Arc<Node>>, u64) -> bool,
) {
    let busy = TILES_PER_CORE * rayon::current_num_threads();
    let (mut chunk, mut weight, mut seen) = (Vec::new(), 0, 0);
    let mut going = true;
    plan::walk(inputs, zooms, |node| {
        seen += node.weight() as u64;
        if wanted(tile_id(node.tile)) {
            weight += node.weight();
            chunk.push(node);
        }
        if chunk.len() >= CHUNK_TILES || (weight >= CHUNK_WEIGHT && chunk.len() >= busy) {
            weight = 0;
            going = send(std::mem::take(&mut chunk), seen);
        }
        going
    });
    if going && !chunk.is_empty() {
        send(chunk, seen);
    }
}

pub(super) struct EncodedTile {
    pub(super) id: u64,
    /// Packed; empty when nothing is there.
    pub(super) bytes: Vec<u8>,
    totals: Totals,
}

fn encode_node(inputs: &[BuildInput<'_>], node: &Node) -> EncodedTile {
    let inputs: Vec<TileInput<'_>> = inputs
        .iter()
        .zip(&node.candidates)
        .map(|(input, candidates)| TileInput { layer: input.layer, features: input.features, candidates })
        .collect();
    let tile = encode(node.tile, &inputs);
    let bytes = if tile.bytes.is_empty() { Vec::new() } else { gzip(&tile.bytes) };
    EncodedTile { id: tile_id(node.tile), bytes, totals: Totals::of_tile(&tile) }
}

/// Writes tiles in order, equal ones once.
pub(super) struct Writer<'a, F> {
    out: &'a mut F,
    entries: Vec<Entry>,
    /// Where each different tile lies, by a digest of 128 bits.
    known: HashMap<u128, (u64, u32)>,
    bytes: u64,
    resumed_tiles: u64,
    totals: Totals,
}

impl<F: Read + Write + Seek> Writer<'_, F> {
    /// Takes over a chunk, if its bytes are there as they were written; [`Writer::resumed`] when there is no other.
    fn take_over(&mut self, record: &Record) -> Result<bool, ArchiveError> {
        let mut bytes = Vec::new();
        self.out.seek(SeekFrom::Start(TILES_OFFSET + self.bytes)).map_err(ArchiveError::io("seeking in the archive"))?;
        let mut chunk = Read::by_ref(self.out).take(record.bytes);
        chunk.read_to_end(&mut bytes).map_err(ArchiveError::io("reading the archive of a build that was broken off"))?;
        if bytes.len() as u64 != record.bytes || libdeflater::crc32(&bytes) != record.bytes_crc {
            return Ok(false);
        }
        for entry in &record.entries {
            if let Some(start) = entry.offset.checked_sub(self.bytes) {
                let blob = &bytes[start as usize..][..entry.length as usize];
                self.known.insert(digest(blob), (entry.offset, entry.length));
            }
            push(&mut self.entries, *entry);
        }
        self.bytes += record.bytes;
        self.totals = record.totals.clone();
        Ok(true)
    }
}

impl<'a, F: Write + Seek> Writer<'a, F> {
    /// A writer that begins anew, whatever `out` has.
    pub(super) fn new(out: &'a mut F, layers: usize) -> Result<Self, ArchiveError> {
        let totals = Totals::new(layers);
        let mut writer = Self { out, entries: Vec::new(), known: HashMap::new(), bytes: 0, resumed_tiles: 0, totals };
        writer.resumed()?;
        Ok(writer)
    }

    /// Goes on behind what was taken over.
    fn resumed(&mut self) -> Result<(), ArchiveError> {
        self.resumed_tiles = self.entries.iter().map(|entry| u64::from(entry.run)).sum();
        let sought = self.out.seek(SeekFrom::Start(TILES_OFFSET + self.bytes));
        sought.map(drop).map_err(ArchiveError::io("seeking in the archive"))
    }

    /// Writes some tiles, and says what the journal has to know of them. Empty ones get no entry.
    fn chunk(&mut self, tiles: &[EncodedTile]) -> Result<Option<Record>, ArchiveError> {
        let Some(last) = tiles.last() else { return Ok(None) };
        tiles.iter().for_each(|tile| self.totals.add(&tile.totals));
        let written = self.blobs(tiles.iter().map(|tile| (tile.id, tile.bytes.as_slice())))?;
        Ok(Some(Record { done_through: last.id, totals: self.totals.clone(), ..written }))
    }

    /// Writes some packed tiles in the order of their numbers.
    pub(super) fn blobs<'b>(&mut self, tiles: impl Iterator<Item = (u64, &'b [u8])>) -> Result<Record, ArchiveError> {
        let start = self.bytes;
        let mut fresh = Vec::new();
        let mut entries = Vec::new();
        for (id, bytes) in tiles.filter(|tile| !tile.1.is_empty()) {
            let (offset, length) = *self.known.entry(digest(bytes)).or_insert_with(|| {
                fresh.extend_from_slice(bytes);
                (start + (fresh.len() - bytes.len()) as u64, bytes.len() as u32)
            });
            entries.push(Entry { id, offset, length, run: 1 });
        }
        self.out.write_all(&fresh).map_err(ArchiveError::io("writing the archive"))?;
        self.bytes += fresh.len() as u64;
        entries.iter().for_each(|entry| push(&mut self.entries, *entry));
        let done_through = entries.last().map_or(0, |entry| entry.id);
        let (bytes, bytes_crc) = (fresh.len() as u64, libdeflater::crc32(&fresh));
        Ok(Record { done_through, bytes, bytes_crc, totals: Totals::default(), entries })
    }

    /// Writes directories, metadata and header.
    pub(super) fn finish(self, about: &About<'_>) -> Result<Built, ArchiveError> {
        let directory::Packed { root, leaves } = directory::pack(&self.entries)?;
        let metadata = gzip(&(about.metadata)(&self.totals));
        let leaves_at = TILES_OFFSET + self.bytes;
        let metadata_at = leaves_at + leaves.len() as u64;
        let end = metadata_at + metadata.len() as u64;
        let tiles: u64 = self.entries.iter().map(|entry| u64::from(entry.run)).sum();
        let zoom_of = |entry: Option<&Entry>| entry.and_then(|entry| super::tile_of(entry.id)).map(|tile| tile.z());
        let min_zoom = zoom_of(self.entries.first()).unwrap_or(*about.zooms.start());
        let max_zoom = zoom_of(self.entries.last()).unwrap_or(min_zoom);
        let bounds = if about.bounds.is_empty() { Bounds { min: [-180.0, -85.0], max: [180.0, 85.0] } } else { about.bounds };
        let header = Header {
            root: Section { offset: HEADER_BYTES as u64, length: root.len() as u64 },
            metadata: Section { offset: metadata_at, length: metadata.len() as u64 },
            leaves: Section { offset: leaves_at, length: leaves.len() as u64 },
            tiles: Section { offset: TILES_OFFSET, length: self.bytes },
            addressed_tiles: tiles,
            tile_entries: self.entries.len() as u64,
            tile_contents: self.known.len() as u64,
            clustered: true,
            internal_packing: Packing::Gzip,
            tile_packing: Packing::Gzip,
            tile_type: 1,
            min_zoom,
            max_zoom,
            bounds,
            center_zoom: 12.clamp(min_zoom, max_zoom),
            center_deg: [0, 1].map(|axis| (bounds.min[axis] + bounds.max[axis]) / 2.0),
        };
        let out = self.out;
        let mut write = |at: u64, bytes: &[u8]| out.seek(SeekFrom::Start(at)).and_then(|_| out.write_all(bytes));
        write(leaves_at, &leaves)
            .and_then(|()| write(metadata_at, &metadata))
            .and_then(|()| write(0, &header.to_bytes()))
            .and_then(|()| write(HEADER_BYTES as u64, &root))
            .and_then(|()| out.flush())
            .map_err(ArchiveError::io("writing the archive's directories"))?;
        Ok(Built { tiles, contents: self.known.len() as u64, bytes: end, resumed_tiles: self.resumed_tiles, totals: self.totals })
    }
}

/// Appends an entry, or lengthens the last run.
fn push(entries: &mut Vec<Entry>, entry: Entry) {
    if let Some(last) = entries.last_mut()
        && last.offset == entry.offset
        && last.id + u64::from(last.run) == entry.id
    {
        last.run += 1;
    } else {
        entries.push(entry);
    }
}
