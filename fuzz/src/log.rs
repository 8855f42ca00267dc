//! Segments of the event log after a crash: every number is read once, or named as damaged, or past the end.

use std::ops::Range;
use urbis_store::fuzzing;

/// The room lets a fuzzer past its checksums; lengths, counts and numbers are then all that is left to be checked.
pub fn segment(bytes: &[u8]) {
    for follower in [None, Some(9)] {
        let (whole, damaged, next_seq) = fuzzing::segment(bytes, follower);
        let mut runs: Vec<Range<u64>> = whole.into_iter().chain(damaged).filter(|run| !run.is_empty()).collect();
        runs.sort_by_key(|run| run.start);
        let end = runs.into_iter().fold(1, |next, run| {
            assert_eq!(run.start, next, "a number is missing, or there twice");
            run.end
        });
        assert_eq!(end, next_seq);
    }
}
