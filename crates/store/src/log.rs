//! What happened, in order: an append-only log of events, the only truth for live state (design, decision 8).
//!
//! **Invariant.** An event is acknowledged only once it is on the disk; its number, the one after that of the event before, never changes;
//! what was acknowledged is read as it was written, or is named as damaged.
//!
//! Events are written in *groups*: whoever appends while another's group is being synced joins the next one, so a sync serves all that
//! wait for it (group commit: DeWitt et al., Implementation techniques for main memory database systems, SIGMOD 1984). The log is a
//! folder of *segments*, files of a fixed size that are named by their first number and dropped whole when they are too old.
//!
//! | room | does |
//! |---|---|
//! | `frame` | a group's bytes, and how a whole one is told from a torn or a damaged one |
//! | `segment` | one file: header, frames, where which number lies |
//! | `recover` | what of a segment counts after a crash |
//! | `disk` | the few things asked of a file system, so that a test can crash it |

mod disk;
mod frame;
#[cfg(fuzzing)]
pub(crate) mod fuzzing;
mod recover;
mod segment;
#[cfg(test)]
mod simulated;
#[cfg(test)]
mod tests;

use disk::{Disk, Folder};
use frame::Frame;
use recover::Recovered;
use segment::{SUFFIX, Segment, UNFINISHED};
use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    io,
    ops::{Range, RangeInclusive},
    path::{Path, PathBuf},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
};
use thiserror::Error;

/// How large what is written becomes.
#[derive(Clone, Copy, Debug)]
struct Sizes {
    /// The bytes that a segment takes on the disk, all of them from its beginning: so writing within it can't run out of space, and a
    /// sync has no length to write.
    segment_bytes: u64,
    /// Past this a group is written as several frames.
    split_bytes: usize,
}

const SIZES: Sizes = Sizes { segment_bytes: 64 << 20, split_bytes: frame::SPLIT_BYTES };

/// The longest payload of an event.
pub const MAX_PAYLOAD_BYTES: usize = 256 << 10;

/// The most bytes that one append, or one group of them, takes.
pub const MAX_APPEND_BYTES: usize = 8 << 20;

/// What is to be kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// When it came in, microseconds since 1970-01-01T00:00:00Z. The log gives it back and does not look at it.
    pub time_us: i64,
    /// What kind of event it is; the log gives it back and does not look at it.
    pub class: u16,
    /// The event itself, at most [`MAX_PAYLOAD_BYTES`].
    pub payload: Vec<u8>,
}

/// An event and its number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Numbered {
    /// 1 for the first event of all, and so on without a gap.
    pub seq: u64,
    /// The event as it was appended.
    pub event: Event,
}

/// Events that were acknowledged and can't be read any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damage {
    /// The file.
    pub path: PathBuf,
    /// Where in it the damage begins.
    pub offset: u64,
    /// Their numbers.
    pub seqs: RangeInclusive<u64>,
}

/// Why the log could not do what was asked. What was acknowledged before is as it was.
#[derive(Clone, Debug, Error)]
#[non_exhaustive]
pub enum LogError {
    /// Another process writes it.
    #[error("the event log {path:?} is open in another process; a log has one writer")]
    Locked {
        /// The folder.
        path: PathBuf,
    },
    /// A file that is no segment of this log, or of a newer form.
    #[error("{path:?} is no segment of this event log: {reason}; it was not touched")]
    Foreign {
        /// The file.
        path: PathBuf,
        /// What shows it.
        reason: &'static str,
    },
    /// An event is too long.
    #[error("an event of {bytes} bytes is longer than the {MAX_PAYLOAD_BYTES} that the log takes")]
    TooLong {
        /// Its length.
        bytes: usize,
    },
    /// An append is too large.
    #[error("an append of {bytes} bytes is more than the {MAX_APPEND_BYTES} that the log takes at once; append it in parts")]
    TooMuch {
        /// Its length.
        bytes: usize,
    },
    /// The disk is full. The log goes on once there is space.
    #[error("no space left for the event log {path:?}; nothing was acknowledged, what is stored can still be read")]
    Full {
        /// The folder.
        path: PathBuf,
    },
    /// A sync failed: what of the group is on the disk can't be known, so the log takes nothing more until it is opened again.
    #[error("the event log {path:?} could not be synced ({reason}); it takes no more events until it is opened again")]
    Unsynced {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        reason: String,
    },
    /// The numbers asked for were dropped.
    #[error("events before number {oldest} are no longer kept")]
    Gone {
        /// The oldest number that is kept.
        oldest: u64,
    },
    /// The numbers asked for are damaged.
    #[error("events {} to {} of the log can't be read: {:?} is damaged at byte {}", .0.seqs.start(), .0.seqs.end(), .0.path, .0.offset)]
    Damaged(Damage),
    /// The file system refused.
    #[error("the event log {path:?} failed while {doing}")]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What was being done.
        doing: &'static str,
        /// Why.
        #[source]
        source: Arc<io::Error>,
    },
}

impl LogError {
    fn io(path: &Path, doing: &'static str, source: io::Error) -> Self {
        Self::Io { path: path.to_owned(), doing, source: Arc::new(source) }
    }
}

/// The log, open for appending. Clones are the same log.
#[derive(Clone, Debug)]
pub struct EventLog(Arc<Inner<Folder>>);

impl EventLog {
    /// Opens the log of a city in a folder, made where there is none, and reads all of it once: O(bytes). The damage that was found
    /// comes with it; what lies around is served.
    ///
    /// # Errors
    /// [`LogError::Locked`], [`LogError::Foreign`] for segments of another city, [`LogError::Full`] and [`LogError::Io`].
    pub fn open(folder: &Path, city_identity: &str) -> Result<(Self, Vec<Damage>), LogError> {
        let locked = Folder::open(folder).map_err(|source| LogError::io(folder, "opening the folder", source))?;
        let disk = locked.ok_or_else(|| LogError::Locked { path: folder.to_owned() })?;
        let (inner, damaged) = Inner::open(disk, city_identity, SIZES)?;
        Ok((Self(Arc::new(inner)), damaged))
    }

    /// Keeps events, in this order and without another between them, and returns their numbers once they are on the disk. Blocks that
    /// long. After an error none was acknowledged; a crash right then may still keep them.
    ///
    /// # Errors
    /// [`LogError::TooLong`], [`LogError::TooMuch`], [`LogError::Full`], [`LogError::Unsynced`] and [`LogError::Io`].
    pub fn append(&self, events: Vec<Event>) -> Result<Range<u64>, LogError> {
        self.0.append(events)
    }

    /// At most so many events from a number on; fewer only where the log ends or damage begins. Does not wait for who appends.
    ///
    /// # Errors
    /// [`LogError::Gone`] below the oldest number, [`LogError::Damaged`] where damage begins right there, [`LogError::Io`].
    pub fn read(&self, from_seq: u64, most: usize) -> Result<Vec<Numbered>, LogError> {
        self.0.read(from_seq, most)
    }

    /// The numbers that are kept; empty where nothing was appended yet.
    pub fn seqs(&self) -> Range<u64> {
        self.0.seqs()
    }

    /// Drops segments that hold only numbers below this one. The newest segment stays.
    ///
    /// # Errors
    /// [`LogError::Io`]; what could not be removed is dropped the next time.
    pub fn drop_below(&self, seq: u64) -> Result<(), LogError> {
        self.0.drop_below(seq)
    }
}

#[derive(Debug)]
struct Inner<D: Disk> {
    disk: D,
    identity: String,
    sizes: Sizes,
    queue: Mutex<Queue>,
    /// Told when a group is done.
    done: Condvar,
    /// Where the next group goes; held by who writes it.
    writer: Mutex<Writer<D::File>>,
    kept: Mutex<Kept<D::File>>,
}

/// Who waits to be written.
#[derive(Debug, Default)]
struct Queue {
    next_ticket: u64,
    waiting: VecDeque<(u64, Vec<Event>)>,
    outcomes: HashMap<u64, Result<Range<u64>, LogError>>,
    is_writing: bool,
}

#[derive(Debug)]
struct Writer<F> {
    segment: Arc<Segment<F>>,
    end: u64,
    next_seq: u64,
    /// Why a sync failed.
    broken: Option<String>,
}

/// Events that can be read one after the other.
struct Stretch<F> {
    segment: Arc<Segment<F>>,
    last_seq: u64,
}

/// What readers find.
#[derive(Debug)]
struct Kept<F> {
    segments: BTreeMap<u64, Arc<Segment<F>>>,
    damaged: Vec<Damage>,
    /// The number after the last that is on the disk.
    next_seq: u64,
}

impl<D: Disk> Inner<D> {
    fn open(disk: D, identity: &str, sizes: Sizes) -> Result<(Self, Vec<Damage>), LogError> {
        let path = disk.path().to_owned();
        let failed = |doing| {
            let path = &path;
            move |source| LogError::io(path, doing, source)
        };
        let mut firsts = Vec::new();
        for name in disk.names().map_err(failed("listing its segments"))? {
            if name.ends_with(UNFINISHED) {
                disk.remove(&name).map_err(failed("removing an unfinished segment"))?;
            }
            let number = name.strip_suffix(SUFFIX).and_then(|number| number.parse::<u64>().ok());
            firsts.extend(number.filter(|first_seq| *first_seq > 0 && segment::name(*first_seq) == name));
        }
        firsts.sort_unstable();
        if firsts.is_empty() {
            Segment::create(&disk, identity, 1, sizes.segment_bytes).map_err(|source| refused(&disk, source))?;
            firsts.push(1);
        }
        let (mut segments, mut damaged, mut last) = (BTreeMap::new(), Vec::new(), None);
        for (nth, first_seq) in firsts.iter().enumerate() {
            let (segment, found) = Segment::open(&disk, identity, *first_seq, firsts.get(nth + 1).copied(), sizes.segment_bytes)?;
            let named =
                |(offset, seqs): &(u64, _)| Damage { path: segment.path.clone(), offset: *offset, seqs: Clone::clone(seqs) };
            damaged.extend(found.damaged.iter().map(named));
            segments.insert(*first_seq, Arc::clone(&segment));
            last = Some((segment, found));
        }
        let (segment, Recovered { end, next_seq, torn_bytes, .. }) = last.expect("there is a segment");
        // What was read may have been in the system's memory only. And the rest of a torn write must not be taken for an event later.
        let zeros = vec![0; torn_bytes as usize];
        segment.write(&zeros, end).and_then(|()| segment.sync()).map_err(failed("cutting off a torn write"))?;
        let kept = Kept { segments, damaged: damaged.clone(), next_seq };
        let inner = Self {
            identity: identity.to_owned(),
            sizes,
            queue: Mutex::default(),
            done: Condvar::new(),
            writer: Mutex::new(Writer { segment, end, next_seq, broken: None }),
            kept: Mutex::new(kept),
            disk,
        };
        Ok((inner, damaged))
    }

    fn append(&self, events: Vec<Event>) -> Result<Range<u64>, LogError> {
        if let Some(long) = events.iter().find(|event| event.payload.len() > MAX_PAYLOAD_BYTES) {
            return Err(LogError::TooLong { bytes: long.payload.len() });
        }
        let bytes: usize = events.iter().map(frame::event_bytes).sum();
        if bytes > MAX_APPEND_BYTES {
            return Err(LogError::TooMuch { bytes });
        }
        let mut queue = locked(&self.queue);
        let ticket = queue.next_ticket;
        queue.next_ticket += 1;
        queue.waiting.push_back((ticket, events));
        loop {
            if let Some(outcome) = queue.outcomes.remove(&ticket) {
                return outcome;
            }
            if queue.is_writing {
                queue = self.done.wait(queue).unwrap_or_else(PoisonError::into_inner);
                continue;
            }
            queue.is_writing = true;
            let group = queue.next_group();
            drop(queue);
            let outcomes = self.write(group);
            queue = locked(&self.queue);
            queue.is_writing = false;
            queue.outcomes.extend(outcomes);
            self.done.notify_all();
        }
    }

    /// Writes the events of those who wait, syncs once, and says what became of each.
    fn write(&self, group: Vec<(u64, Vec<Event>)>) -> Vec<(u64, Result<Range<u64>, LogError>)> {
        let mut tickets = Vec::with_capacity(group.len());
        let mut events = Vec::new();
        for (ticket, more) in group {
            tickets.push((ticket, events.len()..events.len() + more.len()));
            events.extend(more);
        }
        let outcome = self.write_events(&events);
        let numbered = |places: &Range<usize>, first_seq: u64| first_seq + places.start as u64..first_seq + places.end as u64;
        tickets
            .into_iter()
            .map(|(ticket, places)| (ticket, outcome.clone().map(|first_seq| numbered(&places, first_seq))))
            .collect()
    }

    /// Returns the number of the first.
    fn write_events(&self, events: &[Event]) -> Result<u64, LogError> {
        let mut writer = locked(&self.writer);
        if let Some(reason) = &writer.broken {
            return Err(LogError::Unsynced { path: self.disk.path().to_owned(), reason: reason.clone() });
        }
        let first_seq = writer.next_seq;
        if events.is_empty() {
            return Ok(first_seq);
        }
        let mut frames = Vec::new();
        frame::write(events, first_seq, first_seq - 1, self.sizes.split_bytes, &mut frames);
        if writer.end + frames.len() as u64 > self.sizes.segment_bytes {
            let segment = Segment::create(&self.disk, &self.identity, first_seq, self.sizes.segment_bytes);
            writer.segment = segment.map_err(|source| refused(&self.disk, source))?;
            writer.end = segment::HEADER_BYTES as u64;
            locked(&self.kept).segments.insert(first_seq, Arc::clone(&writer.segment));
        }
        if let Err(source) = writer.segment.write(&frames, writer.end) {
            // Whatever of it was written stays behind the end of its segment.
            writer.end = self.sizes.segment_bytes;
            return Err(refused(&self.disk, source));
        }
        if let Err(source) = writer.segment.sync() {
            // The system may have dropped the pages and forgotten that it did; a second sync would say that all is well
            // (Rebello et al., Can applications recover from fsync failures?, USENIX ATC 2020).
            let reason = source.to_string();
            writer.broken = Some(reason.clone());
            return Err(LogError::Unsynced { path: self.disk.path().to_owned(), reason });
        }
        let mut offset = 0;
        while let Some(frame) = Frame::read(&frames[offset..]) {
            writer.segment.remember(frame.first_seq, writer.end + offset as u64, false);
            offset += frame.bytes();
        }
        writer.end += frames.len() as u64;
        writer.next_seq += events.len() as u64;
        locked(&self.kept).next_seq = writer.next_seq;
        Ok(first_seq)
    }

    fn read(&self, from_seq: u64, most: usize) -> Result<Vec<Numbered>, LogError> {
        let mut events = Vec::new();
        let mut seq = from_seq;
        while events.len() < most {
            let Some(Stretch { segment, last_seq }) = self.place(seq)? else { break };
            let read = segment.read(seq, last_seq, most, &mut events);
            read.map_err(|source| LogError::io(&segment.path, "reading events", source))?;
            seq = events.last().map_or(seq, |event: &Numbered| event.seq + 1);
            if locked(&self.kept).damaged.iter().any(|damage| damage.seqs.contains(&seq)) {
                break;
            }
        }
        Ok(events)
    }

    /// The segment of a number, and the last that can be read with it; none past the end.
    fn place(&self, seq: u64) -> Result<Option<Stretch<D::File>>, LogError> {
        let kept = locked(&self.kept);
        let oldest = kept.oldest();
        if seq < oldest {
            return Err(LogError::Gone { oldest });
        }
        if let Some(damage) = kept.damaged.iter().find(|damage| damage.seqs.contains(&seq)) {
            return Err(LogError::Damaged(damage.clone()));
        }
        if seq >= kept.next_seq {
            return Ok(None);
        }
        let Some((_, segment)) = kept.segments.range(..=seq).next_back() else { return Ok(None) };
        let follower = kept.segments.range(seq + 1..).next().map(|(first_seq, _)| *first_seq);
        let damage = kept.damaged.iter().map(|damage| *damage.seqs.start()).filter(|start| *start > seq).min();
        let end = [follower, damage].into_iter().flatten().chain([kept.next_seq]).min().unwrap_or(kept.next_seq);
        Ok(Some(Stretch { segment: Arc::clone(segment), last_seq: end - 1 }))
    }

    fn seqs(&self) -> Range<u64> {
        let kept = locked(&self.kept);
        kept.oldest()..kept.next_seq
    }

    fn drop_below(&self, seq: u64) -> Result<(), LogError> {
        let dropped = locked(&self.kept).drop_below(seq);
        for first_seq in &dropped {
            let removed = self.disk.remove(&segment::name(*first_seq));
            removed.map_err(|source| LogError::io(self.disk.path(), "removing an old segment", source))?;
        }
        Ok(())
    }
}

impl Queue {
    /// Those at the front, as many as one group takes.
    fn next_group(&mut self) -> Vec<(u64, Vec<Event>)> {
        let (mut group, mut bytes) = (Vec::new(), 0);
        while let Some((_, events)) = self.waiting.front() {
            bytes += events.iter().map(frame::event_bytes).sum::<usize>();
            if !group.is_empty() && bytes > MAX_APPEND_BYTES {
                break;
            }
            group.extend(self.waiting.pop_front());
        }
        group
    }
}

impl<F> Kept<F> {
    fn oldest(&self) -> u64 {
        self.segments.keys().next().copied().unwrap_or(self.next_seq)
    }

    /// Lets go of segments below a number and names them.
    fn drop_below(&mut self, seq: u64) -> Vec<u64> {
        let followers: Vec<u64> = self.segments.keys().skip(1).copied().collect();
        let old = followers.iter().take_while(|follower| **follower <= seq).count();
        let dropped: Vec<u64> = self.segments.keys().take(old).copied().collect();
        dropped.iter().for_each(|first_seq| drop(self.segments.remove(first_seq)));
        let oldest = self.oldest();
        self.damaged.retain(|damage| *damage.seqs.end() >= oldest);
        dropped
    }
}

impl<D: Disk> Drop for Inner<D> {
    /// A frame without events says that those before it are synced: if one of them is damaged, it shows.
    fn drop(&mut self) {
        let writer = self.writer.get_mut().unwrap_or_else(PoisonError::into_inner);
        let mut mark = Vec::new();
        frame::write(&[], writer.next_seq, writer.next_seq - 1, self.sizes.split_bytes, &mut mark);
        if writer.broken.is_none() && writer.end + mark.len() as u64 <= self.sizes.segment_bytes {
            // Without it all the same is kept.
            let _ = writer.segment.write(&mark, writer.end).and_then(|()| writer.segment.sync());
        }
    }
}

fn refused<D: Disk>(disk: &D, source: io::Error) -> LogError {
    let path = disk.path().to_owned();
    let is_full =
        matches!(source.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge);
    if is_full { LogError::Full { path } } else { LogError::io(&path, "writing events", source) }
}

/// What a panic elsewhere left is whole: every change under these locks is one assignment.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
