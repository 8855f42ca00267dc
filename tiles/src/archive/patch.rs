//! Only the tiles that changed: a small archive that lies over its base, and joining the two again.

use super::build::{About, BuildInput, Built, Writer, encode_tiles};
use super::read::{RangeRead, Stack, tombstone};
use super::{ArchiveError, first_of_zoom, gunzip};
use crate::decode::MAX_TILE_BYTES;
use std::io::{Seek, Write};

/// What a patch brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Patched {
    /// The archive.
    pub built: Built,
    /// Tiles that are new or other than in the base.
    pub changed: u64,
    /// Tiles that the base has and that are gone.
    pub removed: u64,
    /// Tiles that were looked at.
    pub looked_at: u64,
}

/// Writes the tiles of these layers that are not as in `base`, and a tombstone for each that is gone. The base's tiles of other
/// zooms stay; the layers must be those of the base. Nothing is taken over of
/// what `out` had; it must be cut to [`Built::bytes`] afterwards.
///
/// All tiles are encoded and compared, which costs as much as building, but writes as little as changed.
///
/// # Errors
/// [`ArchiveError`] when the base can't be read or the patch can't be written.
pub fn patch<S: RangeRead, F: Write + Seek>(
    base: &Stack<S>,
    inputs: &[BuildInput<'_>],
    about: &About<'_>,
    out: &mut F,
    progress: &mut (dyn FnMut(u64, u64) + Send),
) -> Result<Patched, ArchiveError> {
    let mut writer = Writer::new(out, inputs.len())?;
    // What the base has in these zooms and nobody has met yet; what is left of it is gone.
    let asked = first_of_zoom(*about.zooms.start())..first_of_zoom(about.zooms.end() + 1);
    let mut base_ids: Vec<u64> = base.tiles()?.into_iter().map(|tile| tile.0).filter(|id| asked.contains(id)).collect();
    base_ids.reverse();
    let (mut changed, mut removed, mut looked_at) = (0, 0, 0);
    let tombstone = tombstone();
    let mut gone = |id: u64, found: &mut Vec<(u64, Vec<u8>)>| -> Result<(), ArchiveError> {
        if base.tile_by_id(id)?.is_some() {
            removed += 1;
            found.push((id, tombstone.clone()));
        }
        Ok(())
    };
    encode_tiles(inputs, about, &|_| true, progress, &mut |tiles| {
        let mut found = Vec::new();
        for tile in tiles {
            looked_at += 1;
            while let Some(id) = base_ids.pop_if(|id| *id < tile.id) {
                gone(id, &mut found)?;
            }
            base_ids.pop_if(|id| *id == tile.id);
            if tile.bytes.is_empty() {
                gone(tile.id, &mut found)?;
            } else if !same(base.tile_by_id(tile.id)?.as_deref(), &tile.bytes)? {
                changed += 1;
                found.push((tile.id, tile.bytes.clone()));
            }
        }
        writer.blobs(found.iter().map(|(id, bytes)| (*id, bytes.as_slice()))).map(drop)
    })?;
    let mut found = Vec::new();
    while let Some(id) = base_ids.pop() {
        gone(id, &mut found)?;
    }
    writer.blobs(found.iter().map(|(id, bytes)| (*id, bytes.as_slice())))?;
    Ok(Patched { built: writer.finish(about)?, changed, removed, looked_at })
}

/// Whether a tile is as it was: to the packed byte, or, where another packer made the base, unpacked.
fn same(before: Option<&[u8]>, now: &[u8]) -> Result<bool, ArchiveError> {
    let Some(before) = before else { return Ok(false) };
    if before == now {
        return Ok(true);
    }
    let unpacked = |packed: &[u8]| gunzip(packed, MAX_TILE_BYTES, "tile data");
    Ok(unpacked(before)? == unpacked(now)?)
}

/// Tiles copied at once.
const JOINED_TILES: usize = 2048;

/// Writes base and patches as one archive: what a build of today would give, but for the metadata. `out` as in [`patch`].
///
/// # Errors
/// [`ArchiveError`] when one can't be read or written.
pub fn join<S: RangeRead, F: Write + Seek>(
    stack: &Stack<S>,
    about: &About<'_>,
    out: &mut F,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Built, ArchiveError> {
    let mut writer = Writer::new(out, 0)?;
    let tombstone = tombstone();
    let tiles = stack.tiles()?;
    let mut done = 0;
    for chunk in tiles.chunks(JOINED_TILES) {
        let mut copied: Vec<(u64, Vec<u8>)> = Vec::with_capacity(chunk.len());
        for (id, archive, entry) in chunk {
            let bytes = stack.archive(*archive).blob(entry)?;
            if bytes != tombstone {
                copied.push((*id, bytes));
            }
        }
        writer.blobs(copied.iter().map(|(id, bytes)| (*id, bytes.as_slice())))?;
        done += chunk.len() as u64;
        progress(done, tiles.len() as u64);
    }
    writer.finish(about)
}
