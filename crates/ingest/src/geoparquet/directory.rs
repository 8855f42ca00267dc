//! The directory at a file's end, bounded before the decoder builds it: it reserves and recurses by the word of its counts,
//! and takes many times the directory's bytes (parquet-format, `FileMetaData` in parquet.thrift).

use super::thrift::{Kind, Source, unreadable};
use parquet::file::reader::ChunkReader;
use std::io::Read;

/// The most bytes of a directory: 40 columns in 800 row groups, 100 GB of them, take some 5 MB.
const MAX_BYTES: u64 = 16 << 20;
/// The most columns and groups of columns; a layer has under 2,000.
const MAX_SCHEMA: u64 = 10_000;
/// Groups in groups; lists of structs of lists take three a level.
const MAX_DEPTH: usize = 32;
/// The most column chunks of all row groups; each takes about half a kilobyte.
const MAX_CHUNKS: u64 = 200_000;
/// The most entries of metadata.
const MAX_ENTRIES: u64 = 10_000;
/// What stands behind the directory: its length and the mark.
const TAIL_BYTES: u64 = 8;

/// Looks the directory through.
///
/// # Errors
/// Words for the report, when it can't be read or asks for more than the limits.
pub(super) fn check(pieces: &impl ChunkReader) -> Result<(), String> {
    let cut = || "its directory, which stands at its end, is not there".to_owned();
    let tail_start = pieces.len().checked_sub(TAIL_BYTES).ok_or_else(cut)?;
    let tail = pieces.get_bytes(tail_start, TAIL_BYTES as usize).map_err(|error| error.to_string())?;
    let (length, mark) = tail.split_first_chunk::<4>().ok_or_else(cut)?;
    let length = u64::from(u32::from_le_bytes(*length));
    if mark != b"PAR1" {
        return Err(cut());
    }
    let start = tail_start.checked_sub(length).ok_or_else(cut)?;
    if length > MAX_BYTES {
        return Err(format!("its directory takes {length} bytes, and {} MiB are the most", MAX_BYTES >> 20));
    }
    let mut source = Source::new(pieces.get_read(start).map_err(|error| error.to_string())?, length);
    let mut id = 0;
    while let Some(kind) = source.field(&mut id)? {
        match (id, kind) {
            (2, Kind::List) => check_schema(&mut source)?,
            (4, Kind::List) => check_row_groups(&mut source)?,
            (5, Kind::List) => {
                let (count, code) = source.list()?;
                at_most(count, MAX_ENTRIES, "entries of metadata")?;
                source.skip_elements(count, &[code], 0)?;
            }
            (_, kind) => source.skip(kind, 0)?,
        }
    }
    Ok(())
}

fn at_most(count: u64, most: u64, what: &str) -> Result<(), String> {
    if count > most { Err(format!("it has {count} {what}, and {most} are the most")) } else { Ok(()) }
}

/// The elements of the schema, each before its children.
fn check_schema<R: Read>(source: &mut Source<R>) -> Result<(), String> {
    let count = structs(source)?;
    at_most(count, MAX_SCHEMA, "columns and groups of columns")?;
    // How many children of each group on the way down are still to come.
    let mut waiting: Vec<u64> = Vec::new();
    for element in 0..count {
        // SchemaElement: 5 num_children.
        let [children] = source.counts_in([5])?;
        while waiting.last() == Some(&0) {
            waiting.pop();
        }
        match waiting.last_mut() {
            Some(left) => *left -= 1,
            None if element == 0 => {}
            None => return Err(unreadable()),
        }
        if let Some(children @ 1..) = children {
            at_most(children, count - element - 1, "columns in a group, more than there are")?;
            waiting.push(children);
            at_most(waiting.len() as u64, MAX_DEPTH as u64, "groups in one another")?;
        }
    }
    if waiting.into_iter().any(|left| left > 0) { Err(unreadable()) } else { Ok(()) }
}

fn check_row_groups<R: Read>(source: &mut Source<R>) -> Result<(), String> {
    let count = structs(source)?;
    let mut chunks = count;
    at_most(chunks, MAX_CHUNKS, "row groups")?;
    for _ in 0..count {
        let mut id = 0;
        while let Some(kind) = source.field(&mut id)? {
            // RowGroup: 1 columns.
            if (id, kind) != (1, Kind::List) {
                source.skip(kind, 1)?;
                continue;
            }
            let (columns, code) = source.list()?;
            chunks = chunks.saturating_add(columns);
            at_most(chunks, MAX_CHUNKS, "column chunks in its row groups")?;
            source.skip_elements(columns, &[code], 2)?;
        }
    }
    Ok(())
}

/// The number of a list's structs.
fn structs<R: Read>(source: &mut Source<R>) -> Result<u64, String> {
    let (count, code) = source.list()?;
    if count > 0 && Kind::of(code)? != Kind::Struct { Err(unreadable()) } else { Ok(count) }
}
