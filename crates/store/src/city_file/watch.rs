//! The connection that looks whether a city changed, and whether its path still leads to the same file.

use super::{check_form, files::FileId, files::Stamp, header, header::Content, unsigned};
use crate::{StoreError, database::connect_to_watch, error::explain};
use rusqlite::Connection;
use std::path::Path;

/// Tries to open a file that others keep putting another in the place of.
const TRIES: usize = 5;

/// Bits of a change token for the revision; those above count the files.
const REVISION_BITS: u32 = 48;

/// A connection that looks whether the file changed.
#[derive(Debug)]
pub(super) struct Watch {
    pub(super) connection: Connection,
    /// The file that the connection holds open.
    file: FileId,
    /// How the file was when it was opened, where SQLite would not notice that it changed.
    frozen: Option<Stamp>,
    /// How many files the path led to before this one.
    files_before: u64,
    /// SQLite's count of changes by others, as of the last look.
    data_version: i64,
    /// The revision as of then.
    revision: u64,
}

impl Watch {
    /// Opens the city that a path leads to.
    pub(super) fn open(path: &Path) -> Result<Self, StoreError> {
        for _ in 0..TRIES {
            let file = FileId::at(path)?;
            let stamp = Stamp::at(path)?;
            let (connection, is_frozen) = connect_to_watch(path)?;
            check_form(&connection, path)?;
            let frozen = is_frozen.then_some(stamp);
            if FileId::at(path)? == file && (!is_frozen || Stamp::at(path)? == stamp) {
                return Ok(Self { connection, file, frozen, files_before: 0, data_version: -1, revision: 0 });
            }
        }
        Err(StoreError::Busy { path: path.to_owned(), doing: "opening" })
    }

    /// Opens the city anew where another file lies at its path by now.
    ///
    /// # Errors
    /// [`StoreError::Gone`] when none lies there, others when what does is no city; the connection then stays as it was.
    pub(super) fn follow(&mut self, path: &Path) -> Result<(), StoreError> {
        if self.is_current(path)? {
            return Ok(());
        }
        match header::check(path)? {
            Content::Database => {}
            Content::Absent => return Err(StoreError::Gone { path: path.to_owned() }),
            Content::Empty => return Err(StoreError::NotAGeoPackage { path: path.to_owned(), reason: "it is empty" }),
        }
        *self = Self { files_before: self.files_before + 1, ..Self::open(path)? };
        Ok(())
    }

    /// Whether the path leads to the file that the connection holds, as it can read it.
    pub(super) fn is_current(&self, path: &Path) -> Result<bool, StoreError> {
        let is_as_it_was = match self.frozen {
            Some(stamp) => Stamp::at(path)? == stamp,
            None => true,
        };
        Ok(is_as_it_was && FileId::at(path)? == self.file)
    }

    pub(super) fn revision(&mut self, path: &Path) -> Result<u64, StoreError> {
        let failed = explain(path, "reading the revision");
        let data_version = self
            .connection
            .prepare_cached("PRAGMA data_version")
            .and_then(|mut statement| statement.query_row([], |row| row.get(0)))
            .map_err(&failed)?;
        if self.data_version != data_version {
            self.revision = self
                .connection
                .prepare_cached("SELECT revision FROM urbis_city")
                .and_then(|mut statement| statement.query_row([], |row| unsigned(row, 0)))
                .map_err(&failed)?;
            self.data_version = data_version;
        }
        Ok(self.revision)
    }

    /// The revision, and which file has it: a city made anew may well have the revision of the one before.
    pub(super) fn change_token(&mut self, path: &Path) -> Result<u64, StoreError> {
        Ok(self.revision(path)? ^ self.files_before.wrapping_shl(REVISION_BITS))
    }
}
