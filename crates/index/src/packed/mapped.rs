//! A tree in a file.

use super::{IndexDamage, PackedRtree};
use std::{
    fs::File,
    io::{self, Write},
    path::{Path, PathBuf},
    sync::Arc,
};
use thiserror::Error;

/// Why a file can't be opened or written.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum FileError {
    /// The system refuses.
    #[error("the index file {path} can't be {action}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What was tried.
        action: &'static str,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// The file is no such tree.
    #[error("the index file {path} is of no use")]
    Damage {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: IndexDamage,
    },
}

impl PackedRtree {
    /// Maps a file that [`write_to`](Self::write_to) made, and checks that it is the tree of `tag`. Reads the header and the
    /// table of checksums, a thousandth of the file; each page comes in and is checked when a question first touches it.
    ///
    /// # Errors
    /// [`FileError`]; the tree must then be built again.
    pub fn open(path: &Path, tag: u64) -> Result<Self, FileError> {
        let failed = |action| move |source| FileError::Io { path: path.to_owned(), action, source };
        let damaged = |source| FileError::Damage { path: path.to_owned(), source };
        let file = File::open(path).map_err(failed("opened"))?;
        if file.metadata().map_err(failed("opened"))?.len() == 0 {
            return Err(damaged(IndexDamage::Foreign));
        }
        // SAFETY: what is mapped must not change while it is mapped. `write_to`, the only writer, makes a file of another name
        // and renames it, so the file that is mapped here keeps its bytes for as long as it is mapped, whatever comes to stand
        // in its place; nothing else is given a handle to it. The bytes are read as integers and floats, of which every pattern
        // of bits is one, and all that they say is checked against bounds.
        #[expect(unsafe_code, reason = "a mapping has no safe interface; the one place that maps")]
        let map = unsafe { memmap2::Mmap::map(&file) }.map_err(failed("mapped"))?;
        let tree = Self::from_bytes(Arc::new(map)).map_err(damaged)?;
        if tree.tag() != tag {
            return Err(damaged(IndexDamage::Tag { found: tree.tag(), expected: tag }));
        }
        Ok(tree)
    }

    /// Writes the tree into a file: first under another name, made durable and then renamed, so that there is never half a file
    /// and whoever has the former one mapped keeps it.
    ///
    /// # Errors
    /// [`FileError::Io`]; the file is then as it was.
    pub fn write_to(&self, path: &Path) -> Result<(), FileError> {
        let mut beside = path.as_os_str().to_owned();
        beside.push(format!(".{}.new", std::process::id()));
        let beside = PathBuf::from(beside);
        let written = File::create(&beside)
            .and_then(|mut file| file.write_all(self.as_ref()).and_then(|()| file.sync_all()))
            .and_then(|()| std::fs::rename(&beside, path))
            .and_then(|()| {
                // The new name is durable only with its folder.
                let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
                File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
            });
        written.map_err(|source| {
            // Best left as little behind as possible; the error worth telling is the first.
            let _ = std::fs::remove_file(&beside);
            FileError::Io { path: path.to_owned(), action: "written", source }
        })
    }
}
