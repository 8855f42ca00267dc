//! Text, each distinct one stored once.

use super::ColumnError;
use hashbrown::HashTable;
use std::hash::{BuildHasher, RandomState};

/// The code of a null.
const NULL: u32 = u32::MAX;

/// Dictionary-coded text: one `u32` code per value, each distinct text once.
///
/// A filter looks at each distinct text once ([`TextColumn::dictionary`]) and then only compares codes.
/// Distinct texts together stay below 4 GiB.
#[derive(Clone, Debug, Default)]
pub struct TextColumn {
    codes: Vec<u32>,
    texts: String,
    /// End of each distinct text in `texts`.
    ends: Vec<u32>,
    /// Text to code; emptied by `shrink`, rebuilt when a value is pushed after it.
    lookup: HashTable<u32>,
    hasher: RandomState,
}

impl TextColumn {
    /// Number of values, nulls included.
    pub fn len(&self) -> usize {
        self.codes.len()
    }

    /// Whether there is no value.
    pub fn is_empty(&self) -> bool {
        self.codes.is_empty()
    }

    /// The text at a position, none for null.
    ///
    /// # Panics
    /// When `index` is out of range.
    pub fn text(&self, index: usize) -> Option<&str> {
        self.code(index).map(|code| self.distinct(code))
    }

    /// The code of the value at a position, an index into [`TextColumn::dictionary`]; none for null.
    ///
    /// # Panics
    /// When `index` is out of range.
    pub fn code(&self, index: usize) -> Option<u32> {
        Some(self.codes[index]).filter(|code| *code != NULL)
    }

    /// The distinct texts, by code.
    pub fn dictionary(&self) -> impl ExactSizeIterator<Item = &str> {
        (0..self.ends.len()).map(|code| self.distinct(code as u32))
    }

    fn distinct(&self, code: u32) -> &str {
        let code = code as usize;
        let start = if code == 0 { 0 } else { self.ends[code - 1] as usize };
        &self.texts[start..self.ends[code] as usize]
    }

    pub(super) fn push(&mut self, text: Option<&str>) -> Result<(), ColumnError> {
        let code = match text {
            None => NULL,
            Some(text) => self.intern(text)?,
        };
        self.codes.push(code);
        Ok(())
    }

    fn intern(&mut self, text: &str) -> Result<u32, ColumnError> {
        if self.lookup.len() != self.ends.len() {
            self.rebuild_lookup();
        }
        let hash = self.hasher.hash_one(text);
        if let Some(code) = self.lookup.find(hash, |code| self.distinct(*code) == text) {
            return Ok(*code);
        }
        let code = self.ends.len() as u32;
        let end = u32::try_from(self.texts.len() + text.len()).map_err(|_| ColumnError::TooMuchText)?;
        if code == NULL {
            return Err(ColumnError::TooMuchText);
        }
        self.texts.push_str(text);
        self.ends.push(end);
        self.insert_code(hash, code);
        Ok(code)
    }

    /// Adds all values of another column. Each text that is new to this one is copied once, values only change codes.
    pub(super) fn append(&mut self, other: &Self) -> Result<(), ColumnError> {
        let codes = other.dictionary().map(|text| self.intern(text)).collect::<Result<Vec<u32>, _>>()?;
        self.codes.extend(other.codes.iter().map(|code| if *code == NULL { NULL } else { codes[*code as usize] }));
        Ok(())
    }

    /// Makes room for values; what texts come is not known.
    pub(super) fn reserve_exact(&mut self, more: usize) {
        self.codes.reserve_exact(more);
    }

    fn rebuild_lookup(&mut self) {
        self.lookup.clear();
        for code in 0..self.ends.len() as u32 {
            let hash = self.hasher.hash_one(self.distinct(code));
            self.insert_code(hash, code);
        }
    }

    fn insert_code(&mut self, hash: u64, code: u32) {
        let Self { lookup, texts, ends, hasher, .. } = self;
        lookup.insert_unique(hash, code, |code| {
            let code = *code as usize;
            let start = if code == 0 { 0 } else { ends[code - 1] as usize };
            hasher.hash_one(&texts[start..ends[code] as usize])
        });
    }

    /// Keeps the first `len` values; texts that no value has any more stay in the dictionary.
    pub(super) fn truncate(&mut self, len: usize) {
        self.codes.truncate(len);
    }

    pub(super) fn shrink(&mut self) {
        self.codes.shrink_to_fit();
        self.texts.shrink_to_fit();
        self.ends.shrink_to_fit();
        self.lookup = HashTable::new();
    }

    pub(super) fn heap_bytes(&self) -> usize {
        self.codes.capacity() * 4 + self.texts.capacity() + self.ends.capacity() * 4 + self.lookup.allocation_size()
    }
}
