//! Keys that several features share: each is followed under a name of its own.

use crate::{intake::Records, plan::Plan};
use std::{
    fs::File,
    hash::{BuildHasher, RandomState},
    io,
    os::unix::fs::FileExt,
    path::Path,
};
use urbis_sorted::{Record, Sorted, Sorter};

/// Bytes of a group's count in its file.
const COUNT_BYTES: u64 = 4;

/// The rows whose key another row has too, in order, and how often each such key was used.
///
/// Keys are known by a 128-bit hash: two of ten million different keys meet with a chance of about 10^-25. The hash is
/// seeded anew each time, so no file can be made to collide. Finding them takes one more reading of the spill file and
/// sorting (hash, row), O(n log n), by parts on disk; so does putting those that repeat in the order of rows. Counts
/// stand on disk too, and are touched only for keys that repeat. So memory is that of two runs of a [`Sorter`],
/// whatever the file.
#[derive(Debug)]
pub(crate) struct Repeats {
    /// Row, group: rows with equal keys are one group.
    rows: Sorted<2>,
    next: Option<Record<2>>,
    /// How often the key of each group was used so far.
    uses: File,
    marker: Marker,
}

/// What stands between a key and the number that makes it another: as many `#` as no key of the source has before a
/// number at its end. So a key that is made up is no other feature's own. It stays the same from import to import unless
/// such a key comes or goes.
#[derive(Clone, Copy, Debug)]
struct Marker {
    /// A bit for each count of `#` that some key has there, from 1.
    used: u64,
}

impl Marker {
    fn look_at(&mut self, key: &str) {
        let rest = key.trim_end_matches(|digit: char| digit.is_ascii_digit());
        let marks = rest.len() - rest.trim_end_matches('#').len();
        if rest.len() < key.len() && (1..=64).contains(&marks) {
            self.used |= 1 << (marks - 1);
        }
    }

    fn marks(self) -> usize {
        self.used.trailing_ones() as usize + 1
    }
}

impl Repeats {
    /// Reads all keys, and leaves the records at their start again.
    pub(crate) fn find(records: &mut Records, plan: &Plan, scratch: &Path) -> io::Result<Self> {
        let mut groups = 0;
        let mut marker = Marker { used: 0 };
        let mut repeated = Sorter::new(scratch)?;
        if plan.is_keyed() {
            // 1. Equal keys side by side.
            let hashers = [RandomState::new(), RandomState::new()];
            let mut keys: Sorter<3> = Sorter::new(scratch)?;
            while let Some(row) = records.next()? {
                if let Some(key) = plan.key(row.values(), row.key) {
                    marker.look_at(&key);
                    keys.push([hashers[0].hash_one(&*key), hashers[1].hash_one(&*key), row.row])?;
                }
            }
            records.rewind()?;
            // 2. Those that repeat, by row.
            let mut keys = keys.sorted()?;
            let mut before: Option<Record<3>> = None;
            let mut repeats = false;
            while let Some(key) = keys.next()? {
                match before.filter(|before| before[..2] == key[..2]) {
                    None => repeats = false,
                    Some(first) => {
                        if !repeats {
                            repeated.push([first[2], groups])?;
                            groups += 1;
                        }
                        repeats = true;
                        repeated.push([key[2], groups - 1])?;
                    }
                }
                before = Some(key);
            }
        }
        let uses = tempfile::tempfile_in(scratch)?;
        uses.set_len(groups * COUNT_BYTES)?;
        let mut rows = repeated.sorted()?;
        Ok(Self { next: rows.next()?, rows, uses, marker })
    }

    /// The name under which a key is followed the second time and later.
    pub(crate) fn renamed(&self, key: &str, number: u32) -> String {
        format!("{key}{}{number}", "#".repeat(self.marker.marks()))
    }

    /// Uses the key of a row, and says how often it was used: 1 for the first. Rows come in order; of those left out
    /// the key was not used.
    pub(crate) fn number_of(&mut self, row: u64) -> io::Result<u32> {
        while let Some([repeated, group]) = self.next
            && repeated <= row
        {
            self.next = self.rows.next()?;
            if repeated == row {
                let mut count = [0; COUNT_BYTES as usize];
                self.uses.read_exact_at(&mut count, group * COUNT_BYTES)?;
                let number = u32::from_ne_bytes(count) + 1;
                self.uses.write_all_at(&number.to_ne_bytes(), group * COUNT_BYTES)?;
                return Ok(number);
            }
        }
        Ok(1)
    }
}

#[cfg(test)]
mod tests;
