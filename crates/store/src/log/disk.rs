//! What the log asks of a file system: files of a fixed size in one folder, written by offset, and syncs.

use rustix::fs::{FallocateFlags, fallocate};
use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io,
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
};

/// A folder of files. What was not synced may be lost, torn or reordered by a crash.
pub(super) trait Disk {
    type File: DiskFile;

    fn path(&self) -> &Path;
    /// The names of its files.
    fn names(&self) -> io::Result<Vec<String>>;
    fn open(&self, name: &str) -> io::Result<Self::File>;
    /// A file of so many zero bytes, all of them on the disk's account.
    fn create(&self, name: &str, bytes: u64) -> io::Result<Self::File>;
    fn rename(&self, from: &str, to: &str) -> io::Result<()>;
    fn remove(&self, name: &str) -> io::Result<()>;
    /// After it, files that were made, renamed or removed are so after a crash too.
    fn sync(&self) -> io::Result<()>;
}

/// A file, shared by its readers and its writer.
pub(super) trait DiskFile {
    fn len(&self) -> io::Result<u64>;
    fn read_exact_at(&self, bytes: &mut [u8], offset: u64) -> io::Result<()>;
    fn write_all_at(&self, bytes: &[u8], offset: u64) -> io::Result<()>;
    /// After it, what was written is there after a crash too.
    fn sync(&self) -> io::Result<()>;
}

/// A real folder; it is this process's until dropped.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    _lock: File,
}

const LOCK: &str = "lock";

impl Folder {
    /// Opens or makes the folder; none when another process has it.
    pub(super) fn open(path: &Path) -> io::Result<Option<Self>> {
        fs::create_dir_all(path)?;
        let lock = OpenOptions::new().create(true).write(true).truncate(false).open(path.join(LOCK))?;
        match lock.try_lock() {
            Ok(()) => Ok(Some(Self { path: path.to_owned(), _lock: lock })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }
}

impl Disk for Folder {
    type File = File;

    fn path(&self) -> &Path {
        &self.path
    }

    fn names(&self) -> io::Result<Vec<String>> {
        let names = fs::read_dir(&self.path)?.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()));
        names.collect()
    }

    fn open(&self, name: &str) -> io::Result<File> {
        OpenOptions::new().read(true).write(true).open(self.path.join(name))
    }

    fn create(&self, name: &str, bytes: u64) -> io::Result<File> {
        let file = OpenOptions::new().read(true).write(true).create_new(true).open(self.path.join(name))?;
        fallocate(&file, FallocateFlags::empty(), 0, bytes)?;
        Ok(file)
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        fs::rename(self.path.join(from), self.path.join(to))
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        fs::remove_file(self.path.join(name))
    }

    fn sync(&self) -> io::Result<()> {
        File::open(&self.path)?.sync_all()
    }
}

impl DiskFile for File {
    fn len(&self) -> io::Result<u64> {
        Ok(self.metadata()?.len())
    }

    fn read_exact_at(&self, bytes: &mut [u8], offset: u64) -> io::Result<()> {
        FileExt::read_exact_at(self, bytes, offset)
    }

    fn write_all_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        FileExt::write_all_at(self, bytes, offset)
    }

    fn sync(&self) -> io::Result<()> {
        self.sync_data()
    }
}
