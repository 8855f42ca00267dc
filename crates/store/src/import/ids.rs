//! Which id a feature gets: the one its source key had before, else the next.

use crate::table::{Table, position_as_sql, quote};
use rusqlite::Connection;
use std::hash::{BuildHasher, RandomState};

/// The column of the source's own key.
pub(super) const SOURCE_KEY_COLUMN: &str = "source_id";

/// Ids by source key, of the version that is replaced.
///
/// Keys are known by a 128-bit hash, 28 bytes a feature: two of ten million different keys meet with a chance of
/// about 10^-25. The hash is seeded anew each time, so no file can be made to collide.
#[derive(Debug, Default)]
pub(super) struct KeptIds {
    hashers: [RandomState; 2],
    /// Sorted; of equal keys the least id first.
    entries: Vec<([u64; 2], u64)>,
    /// At the first entry of each run of equal keys: how many of the run are taken.
    taken: Vec<u32>,
}

impl KeptIds {
    /// The keys of a table; none when it has no key column.
    pub(super) fn of(connection: &Connection, table: &Table) -> rusqlite::Result<Self> {
        let mut kept = Self::default();
        if position_as_sql(&table.schema, SOURCE_KEY_COLUMN).is_none() {
            return Ok(kept);
        }
        let (id, key, name) = (quote(&table.id_column), quote(SOURCE_KEY_COLUMN), quote(&table.name));
        let mut statement = connection.prepare(&format!("SELECT {id}, {key} FROM {name} WHERE typeof({key}) = 'text'"))?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let id = row.get::<_, i64>(0)?.max(0) as u64;
            let key = row.get_ref(1)?;
            if let Ok(key) = key.as_str() {
                let hash = kept.hash(key);
                kept.entries.push((hash, id));
            }
        }
        kept.entries.sort_unstable();
        kept.taken = vec![0; kept.entries.len()];
        Ok(kept)
    }

    /// The id that a key had and that no earlier feature of this import took.
    pub(super) fn claim(&mut self, key: &str) -> Option<u64> {
        let hash = self.hash(key);
        let first = self.entries.partition_point(|(other, _)| *other < hash);
        let next = first + *self.taken.get(first)? as usize;
        let (_, id) = self.entries.get(next).filter(|(other, _)| *other == hash)?;
        self.taken[first] += 1;
        Some(*id)
    }

    fn hash(&self, key: &str) -> [u64; 2] {
        [self.hashers[0].hash_one(key), self.hashers[1].hash_one(key)]
    }
}
