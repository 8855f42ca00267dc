//! The files on the disk that a city is: which one an open connection holds, and which paths lead to it.

use crate::StoreError;
use std::{
    ffi::OsString,
    fs::{self, Metadata},
    io::ErrorKind,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

/// What is put after the city file's name for the files beside it: SQLite's three, and the import lock.
const COMPANIONS: [&str; 4] = ["-wal", "-shm", "-journal", "-import"];

/// How many symbolic links are followed one after the other, as Linux does; a ring of links ends there.
const MAX_LINKS: usize = 40;

/// One file on this machine, whatever its path. While it is held open, no other file gets the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FileId {
    device: u64,
    inode: u64,
}

impl FileId {
    fn of(metadata: &Metadata) -> Self {
        Self { device: metadata.dev(), inode: metadata.ino() }
    }

    /// The file that an opened city's path leads to now.
    ///
    /// # Errors
    /// [`StoreError::Gone`] when there is none; [`StoreError::Io`].
    pub(super) fn at(path: &Path) -> Result<Self, StoreError> {
        metadata(path).map(|metadata| Self::of(&metadata))
    }
}

/// A file's length and when it was last written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stamp {
    bytes: u64,
    written: (i64, i64),
}

impl Stamp {
    /// Of the file that an opened city's path leads to now.
    ///
    /// # Errors
    /// As [`FileId::at`].
    pub(super) fn at(path: &Path) -> Result<Self, StoreError> {
        metadata(path).map(|metadata| Self { bytes: metadata.len(), written: (metadata.mtime(), metadata.mtime_nsec()) })
    }
}

fn metadata(path: &Path) -> Result<Metadata, StoreError> {
    match fs::metadata(path) {
        Ok(metadata) => Ok(metadata),
        Err(error) if error.kind() == ErrorKind::NotFound => Err(StoreError::Gone { path: path.to_owned() }),
        Err(source) => Err(StoreError::Io { path: path.to_owned(), doing: "looking at", source }),
    }
}

/// Whether a path leads, or would lead once written to, to the city file or one beside it.
pub(super) fn owns(city: &Path, path: &Path) -> bool {
    let (place, id) = (resolve(path), fs::metadata(path).ok().map(|metadata| FileId::of(&metadata)));
    family(&resolve(city)).into_iter().any(|own| {
        let same_file = || fs::metadata(&own).is_ok_and(|metadata| Some(FileId::of(&metadata)) == id);
        resolve(&own) == place || same_file()
    })
}

fn family(city: &Path) -> Vec<PathBuf> {
    let beside = |suffix: &&str| {
        let mut path: OsString = city.as_os_str().to_owned();
        path.push(suffix);
        PathBuf::from(path)
    };
    let mut family = vec![city.to_owned()];
    family.extend(COMPANIONS.iter().map(beside));
    family
}

/// The path without links, whether or not there is a file; as given where its folder can't be found.
pub(crate) fn resolve(path: &Path) -> PathBuf {
    let mut path = path.to_owned();
    for _ in 0..MAX_LINKS {
        if let Ok(canonical) = fs::canonicalize(&path) {
            return canonical;
        }
        // No file there: only its folder can be resolved, and where a link that leads nowhere would lead.
        let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else { return path };
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        let Ok(folder) = fs::canonicalize(folder) else { return path };
        let place = folder.join(name);
        match fs::read_link(&place) {
            Ok(target) => path = folder.join(target),
            Err(_) => return place,
        }
    }
    path
}
