//! Directories: which tile lies where (PMTiles 3, section 4).

use super::ArchiveError;
use super::header::{HEADER_BYTES, INITIAL_BYTES};
use super::packing::gzip;
use crate::protobuf::varint;

/// Where one tile, a run of equal tiles, or a leaf directory lies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    /// The (first) tile's number.
    pub id: u64,
    /// First byte within the section.
    pub offset: u64,
    /// Number of bytes, never 0.
    pub length: u32,
    /// How many tiles in a row; 0 for a leaf directory.
    pub run: u32,
}

/// The most entries of one directory, 3 MB: 32 times what writers aim at. Half a billion tiles fit behind a root even so.
pub const MAX_ENTRIES: usize = 1 << 17;

/// The bytes of a directory, not packed.
///
/// # Errors
/// [`ArchiveError::Unordered`] when tiles are not in order or listed twice.
pub fn write(entries: &[Entry]) -> Result<Vec<u8>, ArchiveError> {
    // A leaf directory has at least the tile that its number names.
    let end = |entry: &Entry| entry.id.saturating_add(u64::from(entry.run.max(1)));
    if let Some([before, after]) = entries.array_windows().find(|[before, after]| after.id < end(before)) {
        return Err(ArchiveError::Unordered { id: after.id, end: end(before) });
    }
    let mut out = Vec::with_capacity(entries.len() * 6 + 4);
    varint(&mut out, entries.len() as u64);
    let mut last = 0;
    for entry in entries {
        varint(&mut out, entry.id - last);
        last = entry.id;
    }
    entries.iter().for_each(|entry| varint(&mut out, u64::from(entry.run)));
    entries.iter().for_each(|entry| varint(&mut out, u64::from(entry.length)));
    let mut next = None;
    for entry in entries {
        // 0 says: right behind the one before.
        varint(&mut out, if next == Some(entry.offset) { 0 } else { entry.offset + 1 });
        next = Some(entry.offset + u64::from(entry.length));
    }
    Ok(out)
}

/// Reads a directory. What is allocated is bought with bytes: an entry takes at least four.
///
/// # Errors
/// [`ArchiveError::Damaged`] when it ends early, its tiles are not in order, or a number is past its bounds.
pub fn read(bytes: &[u8], section: &'static str) -> Result<Vec<Entry>, ArchiveError> {
    let damaged = |reason: &str| ArchiveError::damaged(section, reason);
    let mut rest = bytes;
    let mut next = || number(&mut rest).ok_or_else(|| damaged("a number is cut short or past 64 bits"));
    let count = next()?;
    if count > bytes.len() as u64 / 4 {
        return Err(damaged(&format!("{count} entries can't fit {} bytes", bytes.len())));
    }
    if count > MAX_ENTRIES as u64 {
        return Err(damaged(&format!("{count} entries are more than {MAX_ENTRIES}")));
    }
    let mut entries = vec![Entry::default(); count as usize];
    let mut id = 0u64;
    for (index, entry) in entries.iter_mut().enumerate() {
        let step = next()?;
        if index > 0 && step == 0 {
            return Err(damaged("a tile is listed twice"));
        }
        id = id.checked_add(step).ok_or_else(|| damaged("a tile number is past 64 bits"))?;
        entry.id = id;
    }
    let small = |number: u64| u32::try_from(number).map_err(|_| damaged("a run or length is past 32 bits"));
    for entry in &mut entries {
        entry.run = small(next()?)?;
    }
    for entry in &mut entries {
        entry.length = small(next()?)?;
        if entry.length == 0 {
            return Err(damaged("an entry has no bytes"));
        }
    }
    let mut behind = None;
    for entry in &mut entries {
        entry.offset = match (next()?, behind) {
            (0, Some(behind)) => behind,
            (0, None) => return Err(damaged("the first entry lies behind nothing")),
            (offset, _) => offset - 1,
        };
        let end = entry.offset.checked_add(u64::from(entry.length));
        behind = Some(end.ok_or_else(|| damaged("an entry ends past 2^64"))?);
    }
    if entries.windows(2).any(|pair| pair[0].id.saturating_add(u64::from(pair[0].run)) > pair[1].id) {
        return Err(damaged("runs of tiles overlap"));
    }
    Ok(entries)
}

/// The entry that a tile's look-up leads to, a leaf directory included. O(log n).
pub fn find(entries: &[Entry], id: u64) -> Option<Entry> {
    let after = entries.partition_point(|entry| entry.id <= id);
    let entry = *entries.get(after.checked_sub(1)?)?;
    (entry.run == 0 || id - entry.id < u64::from(entry.run)).then_some(entry)
}

/// Root and leaf directories, packed, for entries in order.
pub(super) struct Packed {
    pub(super) root: Vec<u8>,
    pub(super) leaves: Vec<u8>,
}

/// Packs entries into one root directory, or into leaves that a root points at, as few as its room allows.
///
/// # Errors
/// [`ArchiveError::Unordered`]; [`ArchiveError::TooManyTiles`] when leaves of any size leave the root too large.
pub(super) fn pack(entries: &[Entry]) -> Result<Packed, ArchiveError> {
    let room = INITIAL_BYTES - HEADER_BYTES;
    // A directory within the room always has fewer entries than it has bits.
    if entries.len() <= room * 8 {
        let root = gzip(&write(entries)?);
        if root.len() <= room {
            return Ok(Packed { root, leaves: Vec::new() });
        }
    }
    // The reference writer's choice: leaves of 4096 entries, larger ones only where the root would not fit.
    let mut leaf_entries = 4096;
    while leaf_entries <= entries.len().next_power_of_two().clamp(4096, MAX_ENTRIES) {
        let mut leaves = Vec::new();
        let mut pointers = Vec::new();
        for chunk in entries.chunks(leaf_entries) {
            let leaf = gzip(&write(chunk)?);
            pointers.push(Entry { id: chunk[0].id, offset: leaves.len() as u64, length: leaf.len() as u32, run: 0 });
            leaves.extend(leaf);
        }
        let root = gzip(&write(&pointers)?);
        if root.len() <= room {
            return Ok(Packed { root, leaves });
        }
        leaf_entries *= 2;
    }
    Err(ArchiveError::TooManyTiles { entries: entries.len() })
}

/// A varint of at most ten bytes.
fn number(rest: &mut &[u8]) -> Option<u64> {
    let mut number = 0u64;
    for index in 0..10 {
        let (&byte, tail) = rest.split_first()?;
        *rest = tail;
        let part = u64::from(byte & 0x7f);
        if index == 9 && part > 1 {
            return None;
        }
        number |= part << (7 * index);
        if byte < 0x80 {
            return Some(number);
        }
    }
    None
}
