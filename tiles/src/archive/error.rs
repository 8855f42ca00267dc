//! What is wrong with an archive, or with writing one.

use std::io;
use thiserror::Error;

/// Why an archive can't be read or written.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ArchiveError {
    /// Not a PMTiles archive of version 3.
    #[error("this is no PMTiles archive of version 3: {reason}")]
    NotAnArchive {
        /// What it begins with instead.
        reason: String,
    },
    /// It ends before a section that its header names.
    #[error(
        "the archive is cut short: its {section} should end at byte {end}, but it has {bytes} bytes; fetch or build it again"
    )]
    Truncated {
        /// Which section.
        section: &'static str,
        /// Where the section should end.
        end: u64,
        /// How long the archive is.
        bytes: u64,
    },
    /// A value that cannot be.
    #[error("the archive's {section} is damaged: {reason}")]
    Damaged {
        /// Which section.
        section: &'static str,
        /// What is wrong.
        reason: String,
    },
    /// Directories or metadata in a coding that is not read here.
    #[error(
        "the archive's directories are in {coding}; only gzip and none are read: convert it with `pmtiles` or build it again"
    )]
    Coding {
        /// Its name.
        coding: &'static str,
    },
    /// Reading or writing failed.
    #[error("{doing} failed")]
    Io {
        /// What was done.
        doing: &'static str,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Tiles that would be written out of order, which no reader could find.
    #[error("tile {id} would be written behind tiles up to {end}; nothing was put in place. Please report this")]
    Unordered {
        /// Number of the tile.
        id: u64,
        /// The number that may come next.
        end: u64,
    },
    /// More tiles than an archive's directory can hold.
    #[error("{entries} tile entries do not fit a directory of two levels")]
    TooManyTiles {
        /// How many.
        entries: usize,
    },
}

impl ArchiveError {
    pub(crate) fn io(doing: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { doing, source }
    }

    pub(crate) fn damaged(section: &'static str, reason: impl Into<String>) -> Self {
        Self::Damaged { section, reason: reason.into() }
    }
}
