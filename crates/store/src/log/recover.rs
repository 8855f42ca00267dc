//! What of a segment counts, once its writer is gone.
//!
//! Frames are read from the front. One that can't be read is either the end, a write that was never acknowledged, or damage. It is
//! damage when a later frame, or the segment after, shows that its numbers were synced; then the whole frames behind it are served, and
//! the numbers between are named. Otherwise the log ends before it, whatever bytes lie behind: none of them was acknowledged. What a
//! segment holds of the numbers of its follower is the rest of a write that failed.

use super::frame::{Frame, next_magic};
use std::ops::RangeInclusive;

/// A segment's whole frames and what is wrong between them.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Recovered {
    /// Offset of each whole frame, and its header.
    pub(super) frames: Vec<(u64, Frame)>,
    /// Acknowledged numbers that can't be read, and where they should begin.
    pub(super) damaged: Vec<(u64, RangeInclusive<u64>)>,
    /// Where the next frame goes.
    pub(super) end: u64,
    /// The number of its first event.
    pub(super) next_seq: u64,
    /// Bytes after that which are not zero: the rest of writes that were not acknowledged.
    pub(super) torn_bytes: u64,
}

/// Reads the frames of a segment from an offset on. `follower` is the first number of the segment after it, if there is one. O(bytes).
pub(super) fn recover(bytes: &[u8], start: u64, first_seq: u64, follower: Option<u64>) -> Recovered {
    let mut found = Recovered { end: start, next_seq: first_seq, ..Recovered::default() };
    // What follows a segment was written when all of it was synced.
    let mut synced_seq = follower.map_or(0, |follower| follower - 1);
    loop {
        let rest = bytes.get(found.end as usize..).unwrap_or_default();
        let is_before = |seq: u64| follower.is_none_or(|follower| seq < follower);
        if let Some(frame) = whole(rest).filter(|frame| frame.first_seq == found.next_seq && is_before(frame.first_seq)) {
            found.frames.push((found.end, frame));
            found.end += frame.bytes() as u64;
            found.next_seq = frame.next_seq();
            continue;
        }
        let Some((skipped, frame)) = past_damage(rest, found.next_seq, follower, &mut synced_seq) else { break };
        found.damaged.push((found.end, found.next_seq..=frame.first_seq - 1));
        found.end += skipped as u64;
        found.next_seq = frame.first_seq;
    }
    if let Some(follower) = follower.filter(|follower| *follower > found.next_seq) {
        found.damaged.push((found.end, found.next_seq..=follower - 1));
        found.next_seq = follower;
    }
    let behind = bytes.get(found.end as usize..).unwrap_or_default();
    found.torn_bytes = behind.iter().rposition(|byte| *byte != 0).map_or(0, |last| last as u64 + 1);
    found
}

fn whole(bytes: &[u8]) -> Option<Frame> {
    Frame::read(bytes).filter(|frame| frame.body(bytes).is_some_and(|body| frame.walk(body, |_, _, _, _| ())))
}

/// The next whole frame, where a later one or `synced_seq` shows that what is missing before it was synced. What is learned of that is
/// kept there, so that all of the damage of a segment is found in O(bytes).
fn past_damage(bytes: &[u8], missing_seq: u64, follower: Option<u64>, synced_seq: &mut u64) -> Option<(usize, Frame)> {
    let is_later = |frame: &Frame| frame.first_seq > missing_seq && follower.is_none_or(|follower| frame.first_seq < follower);
    let mut next = None;
    let mut from = 1;
    while let Some(skipped) = bytes.get(from..).and_then(next_magic) {
        let at = from + skipped;
        from = at + 1;
        let Some(frame) = whole(&bytes[at..]).filter(is_later) else { continue };
        next = next.or(Some((at, frame)));
        *synced_seq = frame.synced_seq.max(*synced_seq);
        if *synced_seq >= missing_seq {
            return next;
        }
        from = at + frame.bytes();
    }
    None
}
