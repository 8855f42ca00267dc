//! The door to what is read after a crash, there only in the build of `fuzz/`.

use super::recover::recover;
use std::ops::Range;

/// Reads a segment without its header, as after a crash: the numbers that can be read, frame by frame, those that are damaged, and the
/// number after the last.
pub fn segment(bytes: &[u8], follower: Option<u64>) -> (Vec<Range<u64>>, Vec<Range<u64>>, u64) {
    let found = recover(bytes, 0, 1, follower);
    let whole = found.frames.iter().map(|(_, frame)| frame.first_seq..frame.next_seq()).collect();
    let damaged = found.damaged.iter().map(|(_, seqs)| *seqs.start()..seqs.end() + 1).collect();
    (whole, damaged, found.next_seq)
}
