//! Sorting more records than memory should hold.
//!
//! Records of a fixed width are collected; each time [`RUN_BYTES`] of them are there, they are sorted and written to an
//! unnamed file beside the city. Reading merges these runs (Knuth, The Art of Computer Programming, volume 3, 5.4). So
//! memory is that of one run, and of a buffer for each when they are merged: 16 MB for the 250 of 10^8 boxes. Fewer
//! records than a run never touch the disk.

use crate::StoreError;
use std::{
    cmp::Reverse,
    collections::BinaryHeap,
    fs::File,
    io::{self, Write},
    os::unix::fs::FileExt,
    path::Path,
};

/// The most bytes of records that are sorted at once: a million boxes.
const RUN_BYTES: usize = 32 << 20;
/// What is read of a run at once while runs are merged.
const BUFFER_BYTES: usize = 64 << 10;

/// A record: words that are compared from the first to the last.
pub(crate) type Record<const WORDS: usize> = [u64; WORDS];

/// Collects records.
#[derive(Debug)]
pub(crate) struct Sorter<const WORDS: usize> {
    held: Vec<Record<WORDS>>,
    run_records: usize,
    count: u64,
    file: File,
    /// Records of each run in the file, in their order there.
    runs: Vec<u64>,
}

impl<const WORDS: usize> Sorter<WORDS> {
    /// No records yet; their file has no name and lies in the folder of `beside`.
    pub(crate) fn beside(beside: &Path) -> io::Result<Self> {
        Self::with_runs_of(beside, RUN_BYTES / (8 * WORDS))
    }

    pub(crate) fn with_runs_of(beside: &Path, run_records: usize) -> io::Result<Self> {
        let folder = beside.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        Ok(Self { held: Vec::new(), run_records, count: 0, file: tempfile::tempfile_in(folder)?, runs: Vec::new() })
    }

    /// How many records there are.
    pub(crate) fn len(&self) -> u64 {
        self.count
    }

    pub(crate) fn push(&mut self, record: Record<WORDS>) -> io::Result<()> {
        if self.held.len() == self.run_records {
            self.held.sort_unstable();
            write_records(&mut self.file, &self.held)?;
            self.runs.push(self.held.len() as u64);
            self.held.clear();
        }
        self.held.push(record);
        self.count += 1;
        Ok(())
    }

    /// All records, the least first.
    pub(crate) fn sorted(mut self) -> io::Result<Sorted<WORDS>> {
        self.held.sort_unstable();
        let mut next = 0;
        let mut runs = Vec::with_capacity(self.runs.len() + 1);
        for count in self.runs {
            runs.push(Run { buffer: Vec::new().into_iter(), next, end: next + count });
            next += count;
        }
        // What is still held is a run that needs no reading.
        runs.push(Run { buffer: self.held.into_iter(), next, end: next });
        let mut sorted = Sorted { file: self.file, runs, least: BinaryHeap::new() };
        for run in 0..sorted.runs.len() {
            sorted.offer(run)?;
        }
        Ok(sorted)
    }
}

/// Records from the least to the greatest.
#[derive(Debug)]
pub(crate) struct Sorted<const WORDS: usize> {
    file: File,
    runs: Vec<Run<WORDS>>,
    /// The next record of each run that has one.
    least: BinaryHeap<Reverse<(Record<WORDS>, usize)>>,
}

#[derive(Debug)]
struct Run<const WORDS: usize> {
    buffer: std::vec::IntoIter<Record<WORDS>>,
    /// What is not read yet: positions in the file, in records.
    next: u64,
    end: u64,
}

impl<const WORDS: usize> Sorted<WORDS> {
    fn offer(&mut self, run: usize) -> io::Result<()> {
        let Run { buffer, next, end } = &mut self.runs[run];
        if buffer.len() == 0 && next < end {
            let count = (*end - *next).min((BUFFER_BYTES / (8 * WORDS)) as u64);
            *buffer = read_records(&self.file, *next, count)?.into_iter();
            *next += count;
        }
        if let Some(record) = buffer.next() {
            self.least.push(Reverse((record, run)));
        }
        Ok(())
    }

    /// The next record.
    pub(crate) fn next(&mut self) -> io::Result<Option<Record<WORDS>>> {
        let Some(Reverse((record, run))) = self.least.pop() else { return Ok(None) };
        self.offer(run)?;
        Ok(Some(record))
    }
}

/// Appends records to a file.
pub(crate) fn write_records<const WORDS: usize>(file: &mut File, records: &[Record<WORDS>]) -> io::Result<()> {
    for chunk in records.chunks(BUFFER_BYTES / (8 * WORDS)) {
        let bytes: Vec<u8> = chunk.iter().flatten().flat_map(|word| word.to_ne_bytes()).collect();
        file.write_all(&bytes)?;
    }
    Ok(())
}

/// `count` records from position `first` on.
pub(crate) fn read_records<const WORDS: usize>(file: &File, first: u64, count: u64) -> io::Result<Vec<Record<WORDS>>> {
    let mut bytes = vec![0; count as usize * 8 * WORDS];
    file.read_exact_at(&mut bytes, first * 8 * WORDS as u64)?;
    let (words, _) = bytes.as_chunks::<8>();
    let (records, _) = words.as_chunks::<WORDS>();
    Ok(records.iter().map(|record| record.map(u64::from_ne_bytes)).collect())
}

/// Turns an error of a sorter's file into one that names the city beside which it lies.
pub(crate) fn unsorted(city: &Path) -> impl Fn(io::Error) -> StoreError {
    const DOING: &str = "sorting in a file beside";
    let path = city.to_owned();
    move |source| match source.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => StoreError::Full { path: path.clone(), doing: DOING },
        _ => StoreError::Io { path: path.clone(), doing: DOING, source },
    }
}

#[cfg(test)]
mod tests;
