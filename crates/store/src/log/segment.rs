//! One file of the log.
//!
//! ```text
//! header  magic "urbislog" 8, form 4, zero 4, identity 40, first number 8, CRC-32 of these 64 bytes 4
//! frames  from byte 68 on; zeros behind the last
//! ```

use super::{
    Event, LogError, Numbered,
    disk::{Disk, DiskFile},
    frame::{Frame, HEADER_BYTES as FRAME_HEADER_BYTES},
    recover::{Recovered, recover},
};
use std::{
    io,
    path::PathBuf,
    sync::{Arc, PoisonError, RwLock},
};

const MAGIC: [u8; 8] = *b"urbislog";

const FORM: u32 = 1;

pub(super) const HEADER_BYTES: usize = 68;

/// The longest identity of a city.
const IDENTITY_BYTES: usize = 40;

/// Bytes between two places that are remembered: what a reader passes over at most.
const INDEX_EVERY_BYTES: u64 = 64 << 10;

/// The end of a segment's name.
pub(super) const SUFFIX: &str = ".urbislog";

/// A segment that is not yet one: its header may be missing.
pub(super) const UNFINISHED: &str = ".new";

#[derive(Debug)]
pub(super) struct Segment<F> {
    pub(super) path: PathBuf,
    file: F,
    /// Of some frames, the first number and where it lies; in order.
    places: RwLock<Vec<(u64, u64)>>,
}

/// The name of the segment that begins with a number.
pub(super) fn name(first_seq: u64) -> String {
    format!("{first_seq:020}{SUFFIX}")
}

impl<F: DiskFile> Segment<F> {
    /// Makes an empty segment that is there for good.
    pub(super) fn create<D: Disk<File = F>>(disk: &D, identity: &str, first_seq: u64, bytes: u64) -> io::Result<Arc<Self>> {
        let name = name(first_seq);
        let unfinished = format!("{name}{UNFINISHED}");
        if disk.names()?.contains(&unfinished) {
            disk.remove(&unfinished)?;
        }
        let made = disk.create(&unfinished, bytes).and_then(|file| {
            file.write_all_at(&header(identity, first_seq), 0)?;
            file.sync()?;
            disk.rename(&unfinished, &name)?;
            disk.sync()?;
            Ok(file)
        });
        if made.is_err() {
            // What a full disk left of it takes space that others need.
            let _ = disk.remove(&unfinished);
        }
        let (path, places) = (disk.path().join(&name), RwLock::new(Vec::new()));
        Ok(Arc::new(Self { path, file: made?, places }))
    }

    /// Opens a segment of at most so many bytes and finds what of it counts.
    pub(super) fn open<D: Disk<File = F>>(
        disk: &D,
        identity: &str,
        first_seq: u64,
        follower: Option<u64>,
        most_bytes: u64,
    ) -> Result<(Arc<Self>, Recovered), LogError> {
        let name = name(first_seq);
        let path = disk.path().join(&name);
        let failed = |source: io::Error| LogError::io(&path, "reading a segment", source);
        let file = disk.open(&name).map_err(failed)?;
        let length = file.len().map_err(failed)?;
        if length > most_bytes {
            return Err(LogError::Foreign { path, reason: "it is longer than a segment" });
        }
        let mut bytes = vec![0; length as usize];
        file.read_exact_at(&mut bytes, 0).map_err(failed)?;
        if let Some(reason) = foreign(&bytes, identity, first_seq) {
            return Err(LogError::Foreign { path, reason });
        }
        let recovered = recover(&bytes, HEADER_BYTES as u64, first_seq, follower);
        let segment = Self { path, file, places: RwLock::new(Vec::new()) };
        for (offset, frame) in &recovered.frames {
            let is_past_damage = recovered.damaged.iter().any(|(_, seqs)| seqs.end() + 1 == frame.first_seq);
            segment.remember(frame.first_seq, *offset, is_past_damage);
        }
        Ok((Arc::new(segment), recovered))
    }

    /// Writes frames at an offset; they are on the disk after the next [`Segment::sync`].
    pub(super) fn write(&self, frames: &[u8], offset: u64) -> io::Result<()> {
        self.file.write_all_at(frames, offset)
    }

    pub(super) fn sync(&self) -> io::Result<()> {
        self.file.sync()
    }

    /// That a frame lies there, now that it is on the disk; `always` where none leads to it.
    pub(super) fn remember(&self, first_seq: u64, offset: u64, always: bool) {
        let mut places = self.places.write().unwrap_or_else(PoisonError::into_inner);
        if always || places.last().is_none_or(|(_, last)| offset - last >= INDEX_EVERY_BYTES) {
            places.push((first_seq, offset));
        }
    }

    /// Events from a number on, none past `last_seq`, which the segment has whole, until `most` are there.
    pub(super) fn read(&self, from_seq: u64, last_seq: u64, most: usize, into: &mut Vec<Numbered>) -> io::Result<()> {
        let mut offset = {
            let places = self.places.read().unwrap_or_else(PoisonError::into_inner);
            let behind = places.partition_point(|(first_seq, _)| *first_seq <= from_seq);
            behind.checked_sub(1).map_or(HEADER_BYTES as u64, |place| places[place].1)
        };
        let mut bytes = Vec::new();
        loop {
            let mut head = [0; FRAME_HEADER_BYTES];
            self.file.read_exact_at(&mut head, offset)?;
            let Some(frame) = Frame::read(&head) else { return Err(unreadable()) };
            if frame.next_seq() > from_seq {
                bytes.resize(frame.bytes(), 0);
                self.file.read_exact_at(&mut bytes, offset)?;
                let body = frame.body(&bytes).ok_or_else(unreadable)?;
                frame.walk(body, |seq, time_us, class, payload| {
                    if (from_seq..=last_seq).contains(&seq) && into.len() < most {
                        into.push(Numbered { seq, event: Event { time_us, class, payload: payload.to_vec() } });
                    }
                });
            }
            if frame.next_seq() > last_seq || into.len() >= most {
                return Ok(());
            }
            offset += frame.bytes() as u64;
        }
    }
}

fn unreadable() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "a frame that was whole when the log was opened can't be read")
}

fn header(identity: &str, first_seq: u64) -> [u8; HEADER_BYTES] {
    let mut bytes = [0; HEADER_BYTES];
    bytes[..8].copy_from_slice(&MAGIC);
    bytes[8..12].copy_from_slice(&FORM.to_le_bytes());
    let identity = &identity.as_bytes()[..identity.len().min(IDENTITY_BYTES)];
    bytes[16..16 + identity.len()].copy_from_slice(identity);
    bytes[56..64].copy_from_slice(&first_seq.to_le_bytes());
    let crc = crc32fast::hash(&bytes[..64]);
    bytes[64..].copy_from_slice(&crc.to_le_bytes());
    bytes
}

/// Why these bytes are no segment of the log; none where they are.
fn foreign(bytes: &[u8], identity: &str, first_seq: u64) -> Option<&'static str> {
    let Some(found) = bytes.first_chunk::<HEADER_BYTES>() else { return Some("it is too short") };
    if found[..8] != MAGIC {
        return Some("it does not begin as one");
    }
    if crc32fast::hash(&found[..64]).to_le_bytes() != found[64..] {
        return Some("its header is damaged");
    }
    if found[8..12] != FORM.to_le_bytes() {
        return Some("it was written by a newer urbis");
    }
    let expected = header(identity, first_seq);
    if found[16..56] != expected[16..56] {
        return Some("it is another city's");
    }
    (found != &expected).then_some("its name is not its first number")
}
