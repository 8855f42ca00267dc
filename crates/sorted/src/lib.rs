//! Sorting more records than memory should hold.
//!
//! Records of a fixed width are collected; each time 32 MiB of them are there, they are sorted and written to an unnamed
//! file. Reading merges these runs (Knuth, The Art of Computer Programming, volume 3, 5.4). So n records take
//! O(n log n) time and memory for one run, and for a buffer of 64 KiB for each run when they are merged: 16 MB for the
//! 250 runs of 10^8 boxes. Fewer records than a run never touch the disk.
//!
//! **Invariant.** What a record means is not known here, and no file is left behind, even by a process that is killed.

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
pub type Record<const WORDS: usize> = [u64; WORDS];

/// Collects records.
#[derive(Debug)]
pub struct Sorter<const WORDS: usize> {
    held: Vec<Record<WORDS>>,
    run_records: usize,
    count: u64,
    file: File,
    /// Records of each run in the file, in their order there.
    runs: Vec<u64>,
}

impl<const WORDS: usize> Sorter<WORDS> {
    /// No records yet. Their file has no name and lies in this folder.
    ///
    /// # Errors
    /// When no file can be made there.
    pub fn new(folder: &Path) -> io::Result<Self> {
        Self::with_runs_of(folder, RUN_BYTES / (8 * WORDS))
    }

    /// The same, with so many records a run, at least 1: for tests, which want many runs of few records.
    ///
    /// # Errors
    /// As [`Sorter::new`].
    pub fn with_runs_of(folder: &Path, run_records: usize) -> io::Result<Self> {
        Ok(Self { held: Vec::new(), run_records, count: 0, file: tempfile::tempfile_in(folder)?, runs: Vec::new() })
    }

    /// How many records there are.
    pub fn len(&self) -> u64 {
        self.count
    }

    /// Whether there is no record.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Takes a record.
    ///
    /// # Errors
    /// When the file can't be written, such as on a full disk; the sorter is then of no use.
    pub fn push(&mut self, record: Record<WORDS>) -> io::Result<()> {
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

    /// All records, the least first; equal ones are all kept.
    ///
    /// # Errors
    /// When the file can't be read.
    pub fn sorted(mut self) -> io::Result<Sorted<WORDS>> {
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
pub struct Sorted<const WORDS: usize> {
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

    /// The next record; none at the end.
    ///
    /// # Errors
    /// When the file can't be read.
    #[expect(
        clippy::should_implement_trait,
        reason = "callers pass errors on with `?` and `while let`, which an iterator of results forbids"
    )]
    pub fn next(&mut self) -> io::Result<Option<Record<WORDS>>> {
        let Some(Reverse((record, run))) = self.least.pop() else { return Ok(None) };
        self.offer(run)?;
        Ok(Some(record))
    }
}

/// Appends records to a file, in the byte order of this machine.
///
/// # Errors
/// When it can't be written.
pub fn write_records<const WORDS: usize>(file: &mut File, records: &[Record<WORDS>]) -> io::Result<()> {
    for chunk in records.chunks(BUFFER_BYTES / (8 * WORDS)) {
        let bytes: Vec<u8> = chunk.iter().flatten().flat_map(|word| word.to_ne_bytes()).collect();
        file.write_all(&bytes)?;
    }
    Ok(())
}

/// `count` records from position `first` on, both in records, of a file that [`write_records`] wrote.
///
/// # Errors
/// When it can't be read, or ends before.
pub fn read_records<const WORDS: usize>(file: &File, first: u64, count: u64) -> io::Result<Vec<Record<WORDS>>> {
    let mut bytes = vec![0; count as usize * 8 * WORDS];
    file.read_exact_at(&mut bytes, first * 8 * WORDS as u64)?;
    let (words, _) = bytes.as_chunks::<8>();
    let (records, _) = words.as_chunks::<WORDS>();
    Ok(records.iter().map(|record| record.map(u64::from_ne_bytes)).collect())
}

#[cfg(test)]
mod tests;
