//! A disk that can lose power: what was not synced is then lost, torn by sectors, or kept in any order.

use super::disk::{Disk, DiskFile};
use std::{
    collections::BTreeMap,
    io,
    path::Path,
    sync::{Arc, Mutex, MutexGuard},
};

const SECTOR_BYTES: usize = 512;

/// Clones are the same disk.
#[derive(Clone, Debug)]
pub(super) struct Simulated(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    /// By name, the number of its file: as it is seen, and as it would be after a crash.
    names: BTreeMap<String, usize>,
    synced_names: BTreeMap<String, usize>,
    files: Vec<Content>,
    faults: Faults,
}

#[derive(Debug, Default)]
struct Content {
    bytes: Vec<u8>,
    synced: Vec<u8>,
    /// Sectors that were written and not synced, in order.
    unsynced: Vec<(usize, Vec<u8>)>,
}

/// What goes wrong.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Faults {
    /// Changes until the power fails.
    pub(super) changes_left: Option<usize>,
    /// There is no space for a new file.
    pub(super) is_full: bool,
    /// Writing a file fails.
    pub(super) no_write: bool,
    /// Syncing a file fails.
    pub(super) no_sync: bool,
    /// Syncing does nothing, and says that it did: a build without its fsync.
    pub(super) ignores_sync: bool,
}

impl Simulated {
    pub(super) fn new() -> Self {
        Self(Arc::default())
    }

    pub(super) fn fail(&self, faults: Faults) {
        self.state().faults = faults;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    /// The disk after a crash right now; `chance` gives numbers below its argument.
    pub(super) fn crashed(&self, chance: &mut impl FnMut(usize) -> usize) -> Self {
        let state = self.state();
        // A folder's changes reach the disk in order, so many of them.
        let names = if chance(2) == 0 { &state.names } else { &state.synced_names };
        let files = state.files.iter().map(|file| {
            let mut bytes = file.synced.clone();
            for (sector, content) in &file.unsynced {
                if chance(2) == 0 {
                    bytes[*sector..*sector + content.len()].copy_from_slice(content);
                }
            }
            Content { synced: bytes.clone(), bytes, unsynced: Vec::new() }
        });
        let files = files.collect();
        Self(Arc::new(Mutex::new(State { names: names.clone(), synced_names: names.clone(), files, faults: Faults::default() })))
    }

    /// Changes one byte, as a failing disk does.
    pub(super) fn spoil(&self, name: &str, offset: usize) {
        let mut state = self.state();
        let file = state.names[name];
        let content = &mut state.files[file];
        content.bytes[offset] ^= 0x40;
        content.synced[offset] ^= 0x40;
    }

    pub(super) fn content(&self, name: &str) -> Vec<u8> {
        let state = self.state();
        state.files[state.names[name]].bytes.clone()
    }
}

impl State {
    /// One more change, unless the power is off.
    fn change(&mut self) -> io::Result<()> {
        match &mut self.faults.changes_left {
            Some(0) => Err(io::Error::other("the power is off")),
            Some(left) => {
                *left -= 1;
                Ok(())
            }
            None => Ok(()),
        }
    }
}

#[derive(Debug)]
pub(super) struct SimulatedFile {
    disk: Simulated,
    file: usize,
}

impl Disk for Simulated {
    type File = SimulatedFile;

    fn path(&self) -> &Path {
        Path::new("simulated")
    }

    fn names(&self) -> io::Result<Vec<String>> {
        Ok(self.state().names.keys().cloned().collect())
    }

    fn open(&self, name: &str) -> io::Result<SimulatedFile> {
        let file = *self.state().names.get(name).ok_or(io::ErrorKind::NotFound)?;
        Ok(SimulatedFile { disk: self.clone(), file })
    }

    fn create(&self, name: &str, bytes: u64) -> io::Result<SimulatedFile> {
        let mut state = self.state();
        state.change()?;
        if state.faults.is_full {
            return Err(io::ErrorKind::StorageFull.into());
        }
        let file = state.files.len();
        let zeros = vec![0; bytes as usize];
        state.files.push(Content { bytes: zeros.clone(), synced: zeros, unsynced: Vec::new() });
        state.names.insert(name.to_owned(), file);
        Ok(SimulatedFile { disk: self.clone(), file })
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let mut state = self.state();
        state.change()?;
        let file = state.names.remove(from).ok_or(io::ErrorKind::NotFound)?;
        state.names.insert(to.to_owned(), file);
        Ok(())
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        let mut state = self.state();
        state.change()?;
        state.names.remove(name).map(|_| ()).ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn sync(&self) -> io::Result<()> {
        let mut state = self.state();
        state.change()?;
        if !state.faults.ignores_sync {
            state.synced_names = state.names.clone();
        }
        Ok(())
    }
}

impl DiskFile for SimulatedFile {
    fn len(&self) -> io::Result<u64> {
        Ok(self.disk.state().files[self.file].bytes.len() as u64)
    }

    fn read_exact_at(&self, bytes: &mut [u8], offset: u64) -> io::Result<()> {
        let state = self.disk.state();
        let from = state.files[self.file].bytes.get(offset as usize..offset as usize + bytes.len());
        bytes.copy_from_slice(from.ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }

    fn write_all_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        let mut state = self.disk.state();
        let cut = state.change();
        if state.faults.no_write {
            return Err(io::Error::other("the disk does not write"));
        }
        let file = &mut state.files[self.file];
        let (start, end) = (offset as usize, offset as usize + bytes.len());
        file.bytes[start..end].copy_from_slice(bytes);
        for sector in (start / SECTOR_BYTES * SECTOR_BYTES..end).step_by(SECTOR_BYTES) {
            let content = file.bytes[sector..(sector + SECTOR_BYTES).min(file.bytes.len())].to_vec();
            file.unsynced.push((sector, content));
        }
        // The power may fail in the middle of a write: then some of its sectors are on the disk.
        cut
    }

    fn sync(&self) -> io::Result<()> {
        let mut state = self.disk.state();
        state.change()?;
        if state.faults.no_sync {
            return Err(io::Error::other("the disk does not sync"));
        }
        if !state.faults.ignores_sync {
            let file = &mut state.files[self.file];
            file.synced = file.bytes.clone();
            file.unsynced.clear();
        }
        Ok(())
    }
}
