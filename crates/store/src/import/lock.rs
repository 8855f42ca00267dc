//! One import at a time, by a lock that the system takes back when its holder dies.

use crate::StoreError;
use std::{
    fs::{File, OpenOptions, TryLockError},
    io::{Read, Seek, Write},
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

/// The most that is read of who holds the lock; stops a file that grew, whoever made it.
const MAX_HOLDER_BYTES: u64 = 400;

/// The held lock of a city file: the file `<city>-import` beside it, locked, with who holds it as text.
///
/// A lock of the operating system rather than a row with a process id: it ends with its process however that dies,
/// and a process id may be another program's by then.
#[derive(Debug)]
pub(super) struct ImportLock {
    file: File,
}

impl ImportLock {
    /// Takes the lock, waiting at most `wait`.
    ///
    /// # Errors
    /// [`StoreError::ImportRunning`] with what its holder wrote.
    pub(super) fn take(city: &Path, holder: &str, wait: Duration) -> Result<Self, StoreError> {
        let mut path = city.as_os_str().to_owned();
        path.push("-import");
        let path = PathBuf::from(path);
        let io = |doing| {
            let path = path.clone();
            move |source| StoreError::Io { path, doing, source }
        };
        let mut file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .open(&path)
            .map_err(io("opening the import lock"))?;
        let began = Instant::now();
        loop {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::WouldBlock) if began.elapsed() < wait => thread::sleep(Duration::from_millis(20)),
                Err(TryLockError::WouldBlock) => {
                    let mut holder = Vec::new();
                    (&file).take(MAX_HOLDER_BYTES).read_to_end(&mut holder).map_err(io("reading the import lock"))?;
                    let holder = String::from_utf8_lossy(&holder).trim().to_owned();
                    // Another program may hold a lock without a word.
                    let holder = if holder.is_empty() { "another process".to_owned() } else { holder };
                    return Err(StoreError::ImportRunning { path: city.to_owned(), holder });
                }
                Err(TryLockError::Error(source)) => return Err(io("locking")(source)),
            }
        }
        file.set_len(0).and_then(|()| file.rewind()).and_then(|()| file.write_all(holder.as_bytes())).map_err(io("writing"))?;
        Ok(Self { file })
    }
}

impl Drop for ImportLock {
    fn drop(&mut self) {
        // The lock goes with the file; the text is cleared so that a person who looks is not misled.
        let _ = self.file.set_len(0);
    }
}
