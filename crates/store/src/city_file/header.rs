//! What a file's first bytes and length tell, before SQLite touches it.

use crate::{StoreError, database::has_log};
use std::{
    fs::File,
    io::{ErrorKind, Read},
    path::Path,
};

/// How an SQLite file begins (SQLite file format, 1.3).
const MAGIC: &[u8; 16] = b"SQLite format 3\0";

/// What lies at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Content {
    /// Nothing.
    Absent,
    /// A file of no bytes.
    Empty,
    /// What begins like an SQLite file and is as long as it says.
    Database,
}

/// Looks at a path.
///
/// # Errors
/// [`StoreError::NotAGeoPackage`] or [`StoreError::Truncated`]; the file is only read.
pub(super) fn check(path: &Path) -> Result<Content, StoreError> {
    let io = |source| StoreError::Io { path: path.to_owned(), doing: "reading", source };
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Content::Absent),
        Err(error) => return Err(io(error)),
    };
    let metadata = file.metadata().map_err(io)?;
    if metadata.is_dir() {
        return Err(StoreError::NotAGeoPackage { path: path.to_owned(), reason: "it is a folder" });
    }
    let found_bytes = metadata.len();
    if found_bytes == 0 {
        return Ok(Content::Empty);
    }
    let mut header = [0; 100];
    if found_bytes < 100 {
        return Err(StoreError::NotAGeoPackage { path: path.to_owned(), reason: "it is too short for an SQLite file" });
    }
    file.read_exact(&mut header).map_err(io)?;
    if !header.starts_with(MAGIC) {
        return Err(StoreError::NotAGeoPackage { path: path.to_owned(), reason: "it does not begin like an SQLite file" });
    }
    // While a write-ahead log lies beside, the newest header may be in there.
    let word = |at: usize| u32::from_be_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]]);
    let page_bytes = match u16::from_be_bytes([header[16], header[17]]) {
        1 => 65_536,
        bytes => u64::from(bytes),
    };
    let (change_counter, pages, valid_for) = (word(24), u64::from(word(28)), word(92));
    let expected_bytes = pages * page_bytes;
    if !has_log(path) && change_counter == valid_for && found_bytes < expected_bytes {
        return Err(StoreError::Truncated { path: path.to_owned(), expected_bytes, found_bytes });
    }
    Ok(Content::Database)
}
