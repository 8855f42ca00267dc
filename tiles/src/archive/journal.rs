//! What of an archive is written already, so that a build which was broken off goes on.
//!
//! ```text
//! magic and fingerprint of what goes in      length u32, crc u32, text
//! for each chunk of tiles                    length u32, crc u32, numbers u64: done through, bytes, their crc,
//!                                            count of totals, totals, then id, offset, length of each entry
//! ```
//! All numbers little-endian. A record counts only with its checksum, and the checksum of the bytes it vouches for, so a torn
//! end is noticed and done again.

use super::ArchiveError;
use super::directory::Entry;
use super::totals::Totals;
use std::fs::File;
use std::io::{self, Cursor, Read, Seek, SeekFrom, Write};

/// Where a journal lies: what can be cut as well as written.
pub trait JournalFile: Read + Write + Seek {
    /// Cuts it to so many bytes.
    ///
    /// # Errors
    /// Whatever stops it.
    fn cut(&mut self, bytes: u64) -> io::Result<()>;
}

impl JournalFile for File {
    fn cut(&mut self, bytes: u64) -> io::Result<()> {
        self.set_len(bytes)
    }
}

impl JournalFile for Cursor<Vec<u8>> {
    fn cut(&mut self, bytes: u64) -> io::Result<()> {
        self.get_mut().truncate(usize::try_from(bytes).unwrap_or(usize::MAX));
        Ok(())
    }
}

impl<F: JournalFile> JournalFile for &mut F {
    fn cut(&mut self, bytes: u64) -> io::Result<()> {
        F::cut(self, bytes)
    }
}

/// Grows with every change of this layout.
const MAGIC: &str = "urbis tiles journal 1\n";
/// The longest record that is read; a chunk of tiles has 24 bytes for each.
const MAX_RECORD_BYTES: u32 = 16 << 20;

/// A chunk of tiles that is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Record {
    /// All tiles up to this number are done.
    pub(super) done_through: u64,
    /// Bytes that the chunk added.
    pub(super) bytes: u64,
    /// Their CRC-32.
    pub(super) bytes_crc: u32,
    /// Totals so far.
    pub(super) totals: Totals,
    /// Its tiles.
    pub(super) entries: Vec<Entry>,
}

/// The journal, open.
pub(super) struct Journal<F> {
    file: F,
    head: Vec<u8>,
    /// Bytes that stay, 0 when the journal is for something else.
    kept: u64,
}

impl<F: JournalFile> Journal<F> {
    /// Opens a journal and reads its records up to the first that is not whole; none when it is for something else.
    pub(super) fn open(mut file: F, fingerprint: &str) -> Result<(Self, Vec<Record>), ArchiveError> {
        let mut bytes = Vec::new();
        file.seek(SeekFrom::Start(0))
            .and_then(|_| file.read_to_end(&mut bytes))
            .map_err(ArchiveError::io("reading the journal of a build that was broken off"))?;
        let head = framed(format!("{MAGIC}{fingerprint}").as_bytes());
        let mut records = Vec::new();
        let mut kept = 0;
        if let Some(mut rest) = bytes.strip_prefix(head.as_slice()) {
            kept = head.len() as u64;
            while let Some(record) = unframed(&mut rest).and_then(parse) {
                records.push(record);
            }
        }
        Ok((Self { file, head, kept }, records))
    }

    /// Keeps a record that was read.
    pub(super) fn keep(&mut self, record: &Record) {
        self.kept += framed(&record.payload()).len() as u64;
    }

    /// Goes on behind the records that are kept. All others are cut off before anything is written: they are sound, and behind
    /// a head of equal length would count as records of this build.
    pub(super) fn begin(&mut self) -> Result<(), ArchiveError> {
        let Self { file, head, kept } = self;
        let begun = file.cut(*kept).and_then(|()| file.seek(SeekFrom::Start(*kept)));
        let begun = begun.and_then(|_| if *kept == 0 { file.write_all(head) } else { Ok(()) });
        begun.map_err(ArchiveError::io("writing the journal"))
    }

    pub(super) fn append(&mut self, record: &Record) -> Result<(), ArchiveError> {
        let written = self.file.write_all(&framed(&record.payload())).and_then(|()| self.file.flush());
        written.map_err(ArchiveError::io("writing the journal"))
    }
}

impl Record {
    fn payload(&self) -> Vec<u8> {
        let totals: Vec<u64> = self.totals.numbers().collect();
        let head = [self.done_through, self.bytes, u64::from(self.bytes_crc), totals.len() as u64];
        let entries = self.entries.iter().flat_map(|entry| [entry.id, entry.offset, u64::from(entry.length)]);
        head.into_iter().chain(totals).chain(entries).flat_map(u64::to_le_bytes).collect()
    }
}

fn parse(payload: &[u8]) -> Option<Record> {
    let (numbers, odd) = payload.as_chunks::<8>();
    let numbers: Vec<u64> = numbers.iter().map(|bytes| u64::from_le_bytes(*bytes)).collect();
    let [done_through, bytes, bytes_crc, totals, rest @ ..] = numbers.as_slice() else { return None };
    let (totals, entries) = rest.split_at_checked(usize::try_from(*totals).ok()?)?;
    let (entries, left) = entries.as_chunks::<3>();
    if !odd.is_empty() || !left.is_empty() {
        return None;
    }
    let entry = |[id, offset, length]: &[u64; 3]| Entry { id: *id, offset: *offset, length: *length as u32, run: 1 };
    Some(Record {
        done_through: *done_through,
        bytes: *bytes,
        bytes_crc: *bytes_crc as u32,
        totals: Totals::from_numbers(totals),
        entries: entries.iter().map(entry).collect(),
    })
}

fn framed(payload: &[u8]) -> Vec<u8> {
    let mut bytes = (payload.len() as u32).to_le_bytes().to_vec();
    bytes.extend(libdeflater::crc32(payload).to_le_bytes());
    bytes.extend_from_slice(payload);
    bytes
}

fn unframed<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (length, tail) = rest.split_first_chunk::<4>()?;
    let (crc, tail) = tail.split_first_chunk::<4>()?;
    let length = u32::from_le_bytes(*length);
    if length == 0 || length > MAX_RECORD_BYTES {
        return None;
    }
    let (payload, tail) = tail.split_at_checked(length as usize)?;
    *rest = tail;
    (libdeflater::crc32(payload) == u32::from_le_bytes(*crc)).then_some(payload)
}
