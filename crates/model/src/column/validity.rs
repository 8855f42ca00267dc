//! Which values are present.

/// A bit per value, kept only once a first null came.
#[derive(Clone, Debug, Default)]
pub(super) struct Validity {
    /// Bit `i` set: value `i` is present. Empty while nothing is null.
    words: Vec<u64>,
}

impl Validity {
    /// Notes the presence of the value at `index`, which is the next one.
    pub(super) fn push(&mut self, index: usize, valid: bool) {
        if self.words.is_empty() {
            if valid {
                return;
            }
            self.words = vec![u64::MAX; index / 64 + 1];
        } else if index / 64 == self.words.len() {
            self.words.push(u64::MAX);
        }
        let bit = 1 << (index % 64);
        if valid {
            self.words[index / 64] |= bit;
        } else {
            self.words[index / 64] &= !bit;
        }
    }

    /// Notes the presence of `count` more values behind `len` ones, as `other` has them from its start on.
    pub(super) fn append(&mut self, len: usize, other: &Self, count: usize) {
        if other.words.is_empty() && self.words.is_empty() {
            return;
        }
        (0..count).for_each(|index| self.push(len + index, other.is_valid(index)));
    }

    pub(super) fn reserve_exact(&mut self, len: usize) {
        if !self.words.is_empty() {
            self.words.reserve_exact(len.div_ceil(64).saturating_sub(self.words.len()));
        }
    }

    pub(super) fn shrink(&mut self) {
        self.words.shrink_to_fit();
    }

    pub(super) fn is_valid(&self, index: usize) -> bool {
        self.words.is_empty() || self.words[index / 64] >> (index % 64) & 1 == 1
    }

    pub(super) fn truncate(&mut self, len: usize) {
        self.words.truncate(len.div_ceil(64));
    }

    pub(super) fn heap_bytes(&self) -> usize {
        self.words.capacity() * 8
    }
}
