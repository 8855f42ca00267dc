use super::Repeats;
use crate::{
    intake::{Intake, Records},
    options::ImportOptions,
    plan::Plan,
};
use std::collections::HashMap;

/// A fixed sequence without order in it (splitmix64).
fn scattered(position: u64) -> u64 {
    let mut word = position.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    word ^ (word >> 27)
}

#[test]
fn a_key_is_numbered_by_the_rows_that_were_kept_before() {
    let folder = tempfile::tempdir().unwrap();
    for (rows, keys) in [(0, 1), (1, 1), (2, 1), (500, 1), (2_000, 700), (2_000, u64::MAX)] {
        // Every seventh row has no key.
        let key = |row: u64| (row % 7 != 3).then(|| format!("key {}", scattered(row) % keys));
        let mut intake = Intake::new(folder.path()).unwrap();
        for row in 1..=rows {
            intake.begin();
            if let Some(key) = key(row) {
                intake.key(&key);
            }
            intake.end().unwrap();
        }
        let taken = intake.finish().unwrap();
        let plan = Plan::new(&taken, &ImportOptions::default()).unwrap();
        let mut records = Records::new(taken.spill);
        let mut repeats = Repeats::find(&mut records, &plan, folder.path()).unwrap();
        let mut uses = HashMap::new();
        // A fifth of the rows is not kept, so their keys are not used.
        for row in (1..=rows).filter(|row| !scattered(row + 9).is_multiple_of(5)) {
            if let Some(key) = key(row) {
                let expected = uses.entry(key).or_insert(0);
                *expected += 1;
                assert_eq!(repeats.number_of(row).unwrap(), *expected, "row {row} of {rows}, {keys} keys");
            }
        }
        assert_eq!(records.next().unwrap().map(|row| row.row), (rows > 0).then_some(1), "the records are at their start");
    }
}
