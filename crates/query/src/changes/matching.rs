//! Which feature of one version is which of the other.

use super::{SAME_FEATURE_OVERLAP, shapes::overlap};
use crate::{Cancel, LayerSnapshot, QueryError};
use rayon::prelude::*;
use std::{
    collections::HashMap,
    sync::atomic::{AtomicUsize, Ordering},
};
use urbis_model::{FeatureBatch, change::MatchedBy};

/// The column of the source's own key.
pub(super) const KEY_COLUMN: &str = "source_id";

/// The most pairs without a key that overlap enough, 16 bytes each; honest layers have at most one a feature. Stops
/// thousands of equal shapes on one spot from filling memory.
const MAX_OVERLAPPING: usize = 1 << 22;

/// Features that look for a partner in one task.
const CHUNK: usize = 64;

/// A feature in both versions, by position.
pub(super) struct Pair {
    pub(super) earlier: u32,
    pub(super) later: u32,
    pub(super) by: MatchedBy,
}

/// Every feature of both versions, once.
#[derive(Default)]
pub(super) struct Partners {
    /// By position in the later version, those of one kind of match after those of another.
    pub(super) pairs: Vec<Pair>,
    /// Left over in the earlier version, ascending.
    pub(super) removed: Vec<u32>,
    /// Left over in the later version, ascending.
    pub(super) added: Vec<u32>,
}

impl Partners {
    pub(super) fn find(earlier: &LayerSnapshot, later: &LayerSnapshot, cancel: &Cancel) -> Result<Self, QueryError> {
        let mut partners = Self {
            pairs: Vec::with_capacity(later.features().len()),
            removed: (0..earlier.features().len() as u32).collect(),
            added: (0..later.features().len() as u32).collect(),
        };
        let by_key = partners.by_key(earlier.features(), later.features());
        partners.join(by_key, MatchedBy::Key);
        cancel.check()?;
        let by_id = partners.by_id(earlier, later.features());
        partners.join(by_id, MatchedBy::Id);
        let by_overlap = partners.by_overlap(earlier, later, cancel)?;
        partners.join(by_overlap, MatchedBy::Overlap);
        Ok(partners)
    }

    /// Takes pairs, earlier and later, out of what is left over.
    fn join(&mut self, found: Vec<(u32, u32)>, by: MatchedBy) {
        let take = |left: &mut Vec<u32>, mut taken: Vec<u32>| {
            taken.sort_unstable();
            left.retain(|position| taken.binary_search(position).is_err());
        };
        take(&mut self.removed, found.iter().map(|(earlier, _)| *earlier).collect());
        take(&mut self.added, found.iter().map(|(_, later)| *later).collect());
        self.pairs.extend(found.into_iter().map(|(earlier, later)| Pair { earlier, later, by }));
    }

    /// Of a key that several features have, the first goes with the first, as the store keeps their ids.
    fn by_key(&self, earlier: &FeatureBatch, later: &FeatureBatch) -> Vec<(u32, u32)> {
        let keys = |features: &'_ FeatureBatch| features.schema().position(KEY_COLUMN);
        let (Some(earlier_keys), Some(later_keys)) = (keys(earlier), keys(later)) else { return Vec::new() };
        let (earlier_keys, later_keys) = (&earlier.columns()[earlier_keys], &later.columns()[later_keys]);
        let (Some(earlier_keys), Some(later_keys)) = (earlier_keys.as_text(), later_keys.as_text()) else { return Vec::new() };
        let mut open: HashMap<&str, Vec<u32>> = HashMap::with_capacity(self.removed.len());
        for position in self.removed.iter().rev() {
            if let Some(key) = earlier_keys.text(*position as usize) {
                open.entry(key).or_default().push(*position);
            }
        }
        let partner = |later: &u32| Some((open.get_mut(later_keys.text(*later as usize)?)?.pop()?, *later));
        self.added.iter().filter_map(partner).collect()
    }

    fn by_id(&self, earlier: &LayerSnapshot, later: &FeatureBatch) -> Vec<(u32, u32)> {
        let partner = |position: &u32| {
            let same = earlier.position_of(later.ids()[*position as usize])? as u32;
            self.removed.binary_search(&same).is_ok().then_some((same, *position))
        };
        self.added.iter().filter_map(partner).collect()
    }

    /// The best match first; each feature has one partner at most.
    fn by_overlap(&self, earlier: &LayerSnapshot, later: &LayerSnapshot, cancel: &Cancel) -> Result<Vec<(u32, u32)>, QueryError> {
        // Counted over all threads: the cap holds for what they hold together.
        let held = AtomicUsize::new(0);
        let partners_of = |chunk: &[u32]| -> Result<Vec<(f64, u32, u32)>, QueryError> {
            cancel.check()?;
            let mut pace = cancel.pace();
            let mut found = Vec::new();
            for position in chunk {
                let geometry = later.features().geometry(*position as usize);
                for candidate in earlier.candidates(&geometry.bounds()) {
                    if self.removed.binary_search(&candidate).is_err() {
                        continue;
                    }
                    let other = earlier.features().geometry(candidate as usize);
                    pace.steps(geometry.lonlat().len() + other.lonlat().len())?;
                    let overlap = overlap(other, geometry);
                    if overlap >= SAME_FEATURE_OVERLAP {
                        found.push((overlap, candidate, *position));
                        if held.fetch_add(1, Ordering::Relaxed) >= MAX_OVERLAPPING {
                            return Err(QueryError::TooManyPairs { most: MAX_OVERLAPPING });
                        }
                    }
                }
            }
            Ok(found)
        };
        let mut found = self.added.par_chunks(CHUNK).map(partners_of).collect::<Result<Vec<_>, _>>()?.concat();
        found.par_sort_unstable_by(|one, other| other.0.total_cmp(&one.0).then((one.1, one.2).cmp(&(other.1, other.2))));
        let mut taken = [std::collections::HashSet::new(), std::collections::HashSet::new()];
        found.retain(|(_, earlier, later)| {
            let are_free = !taken[0].contains(earlier) && !taken[1].contains(later);
            are_free && taken[0].insert(*earlier) && taken[1].insert(*later)
        });
        Ok(found.into_iter().map(|(_, earlier, later)| (earlier, later)).collect())
    }
}
