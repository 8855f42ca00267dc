//! The log on a disk that loses power at every step, on one that is full, on one that decays; and by many at once on a real one.

use super::{Damage, Event, EventLog, Inner, LogError, Numbered, Sizes, frame, segment, simulated::Faults, simulated::Simulated};
use std::thread;

/// Small enough that a few appends need a new segment, and most are several frames.
const SMALL: Sizes = Sizes { segment_bytes: 4096, split_bytes: 200 };

const CITY: &str = "c0ffee";

/// Numbers below its argument, the same from the same seed (xorshift; Marsaglia, 2003).
fn chance(seed: u64) -> impl FnMut(usize) -> usize {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    move |below| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % below as u64) as usize
    }
}

fn open(disk: &Simulated) -> (Inner<Simulated>, Vec<Damage>) {
    Inner::open(disk.clone(), CITY, SMALL).unwrap()
}

fn event(number: usize, bytes: usize) -> Event {
    Event { time_us: number as i64 - 7, class: number as u16, payload: vec![number as u8; bytes] }
}

fn events(log: &Inner<Simulated>) -> Vec<Event> {
    let all = log.read(log.seqs().start, usize::MAX).unwrap();
    assert!(all.iter().map(|numbered| numbered.seq).eq(log.seqs()), "without a gap");
    all.into_iter().map(|numbered| numbered.event).collect()
}

/// Appends until the power fails after so many changes; all that was tried, and how many of it were acknowledged.
fn append_until_power_fails(
    disk: &Simulated,
    written: &mut Vec<Event>,
    faults: Faults,
    chance: &mut impl FnMut(usize) -> usize,
) -> usize {
    disk.fail(faults);
    let Ok((log, damaged)) = Inner::open(disk.clone(), CITY, SMALL) else { return written.len() };
    assert_eq!(damaged, []);
    let mut acknowledged = written.len();
    loop {
        let group: Vec<Event> = (0..1 + chance(5)).map(|nth| event(written.len() + nth, chance(4) * 90)).collect();
        written.extend(group.iter().cloned());
        match log.append(group) {
            Ok(seqs) => {
                assert_eq!(seqs, acknowledged as u64 + 1..written.len() as u64 + 1);
                acknowledged = written.len();
            }
            Err(_) => return acknowledged,
        }
    }
}

/// Whether everything acknowledged outlives a loss of power at this change, and two more soon after.
fn survives(seed: u64, changes: usize, ignores_sync: bool) -> bool {
    let mut chance = chance(seed * 1000 + changes as u64);
    let mut disk = Simulated::new();
    let mut written = Vec::new();
    for changes in [changes, chance(12), chance(12)] {
        let faults = Faults { changes_left: Some(changes), ignores_sync, ..Faults::default() };
        let acknowledged = append_until_power_fails(&disk, &mut written, faults, &mut chance);
        disk = disk.crashed(&mut chance);
        let Ok((log, damaged)) = Inner::open(disk.clone(), CITY, SMALL) else { return false };
        let Ok(kept) = log.read(1, usize::MAX) else { return false };
        let is_in_order = kept.iter().map(|numbered| numbered.seq).eq(1..kept.len() as u64 + 1);
        let is_as_written =
            kept.len() <= written.len() && kept.iter().zip(&written).all(|(kept, written)| kept.event == *written);
        if !damaged.is_empty() || kept.len() < acknowledged || !is_in_order || !is_as_written {
            return false;
        }
        written.truncate(kept.len());
        // Going on from here is like having stopped before the crash.
        disk = disk.crashed(&mut chance);
    }
    true
}

#[test]
fn what_was_acknowledged_outlives_a_loss_of_power_at_every_change() {
    let seeds = if std::env::var_os("URBIS_SOAK").is_some() { 2000 } else { 100 };
    for seed in 0..seeds {
        for changes in 0..60 {
            assert!(survives(seed, changes, false), "seed {seed}, power off after {changes} changes");
        }
    }
}

#[test]
fn a_build_without_its_sync_is_found_out() {
    let lost =
        (0..10).flat_map(|seed| (0..60).map(move |changes| survives(seed, changes, true))).filter(|survives| !survives).count();
    assert!(lost > 100, "{lost} of 600");
}

/// A log of 40 events in several segments, as its writer leaves it.
fn closed() -> (Simulated, Vec<Event>) {
    let disk = Simulated::new();
    let written: Vec<Event> = (0..40).map(|number| event(number, 300)).collect();
    let (log, _) = open(&disk);
    written
        .chunks(4)
        .for_each(|group| assert_eq!(log.append(group.to_vec()).unwrap().end - log.append(Vec::new()).unwrap().start, 0));
    drop(log);
    (disk, written)
}

#[test]
fn a_decayed_byte_costs_its_frame_and_is_named() {
    let (disk, written) = closed();
    let names: Vec<String> = super::disk::Disk::names(&disk).unwrap();
    assert!(names.len() > 2, "{names:?}");
    for name in names {
        let content = disk.content(&name);
        let used = content.iter().rposition(|byte| *byte != 0).unwrap();
        for offset in (segment::HEADER_BYTES..=used).step_by(97) {
            // What nobody wrote says nothing: the frame without events at the end.
            let (spoiled, _) = closed();
            spoiled.spoil(&name, offset);
            let (log, damaged) = open(&spoiled);
            let is_mark = offset + frame::HEADER_BYTES > used && damaged.is_empty();
            assert!(is_mark || damaged.len() == 1, "{name} {offset}: {damaged:?}");
            assert_eq!(log.seqs(), 1..41);
            for seq in 1..41 {
                match log.read(seq, 1) {
                    Ok(read) => assert_eq!(read, [Numbered { seq, event: written[seq as usize - 1].clone() }]),
                    Err(LogError::Damaged(damage)) => {
                        assert!(damage.seqs.contains(&seq) && damaged.contains(&damage) && damage.seqs.clone().count() == 1);
                    }
                    Err(other) => panic!("{other}"),
                }
            }
            // Readers go up to it, and on behind it.
            if let [damage] = &damaged[..] {
                let before = *damage.seqs.start() as usize - 1;
                if before > 0 {
                    assert_eq!(log.read(1, usize::MAX).unwrap().len(), before);
                }
                assert_eq!(log.read(damage.seqs.end() + 1, usize::MAX).unwrap().len(), 40 - before - 1);
            }
            assert_eq!(log.append(vec![event(40, 1)]).unwrap(), 41..42);
        }
    }
}

#[test]
fn a_full_disk_refuses_and_the_log_goes_on_once_there_is_space() {
    let disk = Simulated::new();
    let (log, _) = open(&disk);
    let mut written = Vec::new();
    disk.fail(Faults { is_full: true, ..Faults::default() });
    let refused = loop {
        let group = vec![event(written.len(), 300); 3];
        match log.append(group.clone()) {
            Ok(_) => written.extend(group),
            Err(error) => break error,
        }
    };
    assert!(matches!(refused, LogError::Full { .. }), "{refused}");
    assert_eq!(events(&log), written, "what is stored can be read");
    disk.fail(Faults::default());
    let next = written.len() as u64 + 1;
    assert_eq!(log.append(vec![event(99, 10)]).unwrap(), next..next + 1);
    written.push(event(99, 10));
    assert_eq!(events(&log), written);
    drop(log);
    assert_eq!(events(&open(&disk).0), written);
}

#[test]
fn after_a_failed_write_the_numbers_go_to_the_next_events() {
    let disk = Simulated::new();
    let (log, _) = open(&disk);
    log.append(vec![event(0, 100)]).unwrap();
    disk.fail(Faults { no_write: true, ..Faults::default() });
    assert!(matches!(log.append(vec![event(1, 100)]), Err(LogError::Io { .. })));
    disk.fail(Faults::default());
    assert_eq!(log.append(vec![event(2, 100)]).unwrap(), 2..3);
    drop(log);
    let (log, damaged) = open(&disk);
    assert_eq!((events(&log), damaged), (vec![event(0, 100), event(2, 100)], Vec::new()));
}

#[test]
fn after_a_failed_sync_nothing_is_taken_until_the_log_is_opened_again() {
    let disk = Simulated::new();
    let (log, _) = open(&disk);
    log.append(vec![event(0, 100)]).unwrap();
    disk.fail(Faults { no_sync: true, ..Faults::default() });
    assert!(matches!(log.append(vec![event(1, 100)]), Err(LogError::Unsynced { .. })));
    disk.fail(Faults::default());
    assert!(matches!(log.append(vec![event(1, 100)]), Err(LogError::Unsynced { .. })), "a second sync proves nothing");
    assert_eq!(events(&log), [event(0, 100)]);
    drop(log);
    assert!(open(&disk).0.append(vec![event(2, 100)]).is_ok());
}

#[test]
fn old_segments_are_dropped_whole() {
    let (disk, written) = closed();
    let (log, _) = open(&disk);
    log.drop_below(25).unwrap();
    let oldest = log.seqs().start;
    assert!(oldest > 1 && oldest <= 25, "{oldest}");
    assert_eq!(events(&log), written[oldest as usize - 1..]);
    assert!(matches!(log.read(oldest - 1, 1), Err(LogError::Gone { oldest: found }) if found == oldest));
    log.drop_below(u64::MAX).unwrap();
    assert!(log.seqs().start < 41, "the newest stays");
    let kept = log.seqs();
    drop(log);
    assert_eq!(open(&disk).0.seqs(), kept);
}

#[test]
fn files_that_are_no_segments_are_passed_by_or_refused() {
    let (disk, written) = closed();
    for name in ["00000000000000000000.urbislog", "1.urbislog", "notes.txt", "-1.urbislog"] {
        super::disk::Disk::create(&disk, name, 100).unwrap();
    }
    assert_eq!(events(&open(&disk).0), written);
    super::disk::Disk::create(&disk, &segment::name(41), SMALL.segment_bytes + 1).unwrap();
    let refused = Inner::open(disk.clone(), CITY, SMALL).unwrap_err();
    assert!(matches!(refused, LogError::Foreign { .. }), "{refused}");
}

#[test]
fn what_is_too_long_is_refused() {
    let (log, _) = open(&Simulated::new());
    assert!(matches!(log.append(vec![event(0, super::MAX_PAYLOAD_BYTES + 1)]), Err(LogError::TooLong { .. })));
    let many = vec![event(0, super::MAX_PAYLOAD_BYTES); super::MAX_APPEND_BYTES / super::MAX_PAYLOAD_BYTES];
    assert!(matches!(log.append(many), Err(LogError::TooMuch { .. })));
    assert_eq!(log.read(1, 10).unwrap(), []);
}

#[test]
fn many_append_at_once_and_each_finds_its_own_in_order() {
    const THREADS: usize = 8;
    const APPENDS: usize = 200;
    let folder = tempfile::tempdir().unwrap();
    let (log, _) = EventLog::open(folder.path(), CITY).unwrap();
    assert!(matches!(EventLog::open(folder.path(), CITY), Err(LogError::Locked { .. })));
    thread::scope(|scope| {
        for thread in 0..THREADS {
            let log = log.clone();
            scope.spawn(move || {
                for nth in 0..APPENDS {
                    let group: Vec<Event> = (0..3).map(|part| event(thread, nth * 3 + part)).collect();
                    let seqs = log.append(group.clone()).unwrap();
                    let read = log.read(seqs.start, 3).unwrap();
                    assert!(read.iter().map(|numbered| numbered.seq).eq(seqs));
                    assert!(read.into_iter().map(|numbered| numbered.event).eq(group), "an append is not torn by another");
                }
            });
        }
    });
    assert_eq!(log.seqs(), 1..(THREADS * APPENDS * 3) as u64 + 1);
    drop(log);
    let (log, damaged) = EventLog::open(folder.path(), CITY).unwrap();
    assert_eq!(damaged, []);
    let mut next = [0; THREADS];
    for numbered in log.read(1, usize::MAX).unwrap() {
        let thread = usize::from(numbered.event.class);
        assert_eq!(numbered.event.payload.len(), next[thread]);
        next[thread] += 1;
    }
    assert_eq!(next, [APPENDS * 3; THREADS]);
    drop(log);
    assert!(matches!(EventLog::open(folder.path(), "another"), Err(LogError::Foreign { .. })));
}
