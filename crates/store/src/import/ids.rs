//! Which id a feature gets: the one its source key had before, else the next.

use crate::{
    StoreError,
    beside::{folder_of, sorter, unsorted},
    error::explain,
    table::{Table, position_as_sql, quote},
};
use rusqlite::Connection;
use std::{
    fs::File,
    hash::{BuildHasher, RandomState},
    io,
    path::Path,
};
use urbis_sorted::{Record, Sorter, read_records, write_records};

/// The column of the source's own key.
pub(super) const SOURCE_KEY_COLUMN: &str = "source_id";

/// Records that are written and looked up together: 4 KiB.
const BLOCK_RECORDS: u64 = 170;

/// Ids by source key, of the version that is replaced.
///
/// Keys are known by a 128-bit hash: two of ten million different keys meet with a chance of about 10^-25. The hash is
/// seeded anew each time, so no file can be made to collide. Hashes and ids lie sorted in an unnamed file beside the
/// city; in memory is a twentieth of a byte a feature to find the block of a hash, and one bit that says it is taken.
#[derive(Debug)]
pub(super) struct KeptIds {
    hashers: [RandomState; 2],
    /// Hash, hash, id; of equal keys the least id first. None when there are no keys.
    file: Option<File>,
    count: u64,
    /// The first word of each block.
    fences: Vec<u64>,
    /// The block that was read last, and its position.
    block: (u64, Vec<Record<3>>),
    /// A bit for each record. Of a run of equal keys the first ones are taken first.
    taken: Vec<u64>,
}

impl KeptIds {
    /// No keys.
    pub(super) fn none() -> Self {
        let hashers = [RandomState::new(), RandomState::new()];
        Self { hashers, file: None, count: 0, fences: Vec::new(), block: (u64::MAX, Vec::new()), taken: Vec::new() }
    }

    /// The keys of a table of the city at `path`; none when it has no key column.
    pub(super) fn of(connection: &Connection, path: &Path, table: &Table) -> Result<Self, StoreError> {
        let mut kept = Self::none();
        if position_as_sql(&table.schema, SOURCE_KEY_COLUMN).is_none() {
            return Ok(kept);
        }
        let unsorted = unsorted(path);
        let failed = explain(path, "reading the ids of the version before");
        let mut sorter = sorter(path)?;
        let (id, key, name) = (quote(&table.id_column), quote(SOURCE_KEY_COLUMN), quote(&table.name));
        let select = format!("SELECT {id}, {key} FROM {name} WHERE typeof({key}) = 'text'");
        let mut statement = connection.prepare(&select).map_err(&failed)?;
        let mut rows = statement.query([]).map_err(&failed)?;
        while let Some(row) = rows.next().map_err(&failed)? {
            let id = row.get::<_, i64>(0).map_err(&failed)?.max(0) as u64;
            if let Ok(key) = row.get_ref(1).map_err(&failed)?.as_str() {
                let [first, second] = kept.hash(key);
                sorter.push([first, second, id]).map_err(&unsorted)?;
            }
        }
        kept.fill(sorter, path).map_err(&unsorted)?;
        Ok(kept)
    }

    fn fill(&mut self, sorter: Sorter<3>, path: &Path) -> io::Result<()> {
        let mut file = tempfile::tempfile_in(folder_of(path))?;
        self.count = sorter.len();
        self.taken = vec![0; self.count.div_ceil(64) as usize];
        let mut sorted = sorter.sorted()?;
        let mut block = Vec::with_capacity(BLOCK_RECORDS as usize);
        while let Some(record) = sorted.next()? {
            if block.is_empty() {
                self.fences.push(record[0]);
            }
            block.push(record);
            if block.len() as u64 == BLOCK_RECORDS {
                write_records(&mut file, &block)?;
                block.clear();
            }
        }
        write_records(&mut file, &block)?;
        self.file = Some(file);
        Ok(())
    }

    /// The id that a key had and that no earlier feature of this import took.
    pub(super) fn claim(&mut self, key: &str) -> io::Result<Option<u64>> {
        if self.count == 0 {
            return Ok(None);
        }
        let hash = self.hash(key);
        // Equal hashes may begin in the block before the first whose first word is not less.
        let block = (self.fences.partition_point(|fence| *fence < hash[0]) as u64).saturating_sub(1);
        let first = block * BLOCK_RECORDS;
        let end = if self.fences.len() as u64 > block + 1 && self.fences[block as usize + 1] > hash[0] {
            first + BLOCK_RECORDS
        } else {
            self.count
        };
        let least = self.first_not(first, end, |record, _| [record[0], record[1]] < hash)?;
        let next = self.first_not(least, end, |record, taken| [record[0], record[1]] == hash && taken)?;
        match self.record(next)? {
            Some([first, second, id]) if [first, second] == hash => {
                self.taken[(next / 64) as usize] |= 1 << (next % 64);
                Ok(Some(id))
            }
            _ => Ok(None),
        }
    }

    /// The first record from `first` on of which `holds` is not true; it is true up to one and of none from there.
    fn first_not(&mut self, first: u64, end: u64, holds: impl Fn(Record<3>, bool) -> bool) -> io::Result<u64> {
        let (mut low, mut high) = (first, end);
        while low < high {
            let middle = low + (high - low) / 2;
            let taken = self.taken[(middle / 64) as usize] >> (middle % 64) & 1 == 1;
            match self.record(middle)? {
                Some(record) if holds(record, taken) => low = middle + 1,
                _ => high = middle,
            }
        }
        Ok(low)
    }

    /// The record at a position, by its block.
    fn record(&mut self, position: u64) -> io::Result<Option<Record<3>>> {
        let (Some(file), true) = (&self.file, position < self.count) else { return Ok(None) };
        let wanted = position / BLOCK_RECORDS;
        if self.block.0 != wanted {
            let first = wanted * BLOCK_RECORDS;
            self.block = (wanted, read_records(file, first, BLOCK_RECORDS.min(self.count - first))?);
        }
        Ok(self.block.1.get((position % BLOCK_RECORDS) as usize).copied())
    }

    fn hash(&self, key: &str) -> [u64; 2] {
        [self.hashers[0].hash_one(key), self.hashers[1].hash_one(key)]
    }
}

#[cfg(test)]
mod tests;
