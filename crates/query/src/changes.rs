//! What changed in a layer between two of its versions.
//!
//! Features of the two versions are found to be one by their key, else by their id, else by the area they share
//! (`matching`); partners are then compared in height, place, shape and the columns that both versions have (`compare`).

mod compare;
mod matching;
mod shapes;

use crate::{Cancel, LayerSnapshot, QueryError, Selection};
use compare::Comparison;
use matching::Partners;
use rayon::prelude::*;
use urbis_model::{ChangeClass, FeatureChange, FeatureId};

/// Heights that differ by no more are the same: survey and rounding, not a storey. Metres.
pub const HEIGHT_TOLERANCE_M: f64 = 0.5;
/// Shapes whose centroids are no farther apart have not moved: redrawing from another aerial image. Metres.
pub const MOVED_TOLERANCE_M: f64 = 0.5;
/// Areas that share this much of what they cover together, once their centroids are laid on one another, have the same
/// shape. An annexe of 2 % of a building's area changes it.
pub const SAME_SHAPE_OVERLAP: f64 = 0.98;
/// Areas without a common key that share this much of what they cover together are one feature. Above the half that each
/// part of a house divided in two has: then the house is gone and two are new, whatever rounding says.
pub const SAME_FEATURE_OVERLAP: f64 = 0.6;

/// Pairs that are compared by one task.
const CHUNK: usize = 256;

/// The differences of two versions of a layer.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Changes {
    /// What changed, by [`cursor`].
    pub changed: Vec<FeatureChange>,
    /// How many features changed in each class of [`ChangeClass::ALL`]; a feature counts in each that it has.
    pub counts: [u64; ChangeClass::ALL.len()],
    /// Features in which nothing changed.
    pub unchanged: u64,
}

/// Where a change stands in the order of changes: by the id in the later version, of what was removed by that in the
/// earlier one. The same for the same two versions whatever else is asked, so that it can be a page's cursor.
pub fn cursor(change: &FeatureChange, earlier: &LayerSnapshot, later: &LayerSnapshot) -> u64 {
    let id = |layer: &LayerSnapshot, position: u32| layer.features().ids()[position as usize];
    match (&change.earlier, &change.later) {
        (_, Some(there)) => order(id(later, there.position), false),
        (Some(there), None) => order(id(earlier, there.position), true),
        (None, None) => 0,
    }
}

fn order(id: FeatureId, is_removed: bool) -> u64 {
    id.number() << 1 | u64::from(is_removed)
}

impl LayerSnapshot {
    /// What changed since an earlier version of this layer, in the features that `asked` selects: in the earlier version
    /// by the first selection, in this one by the second. A feature counts when either selects it; which feature is which
    /// is settled among all. Columns that only one version has are not compared.
    ///
    /// # Errors
    /// [`QueryError::TooManyPairs`] when too many features without a key lie on one another; those of
    /// [`LayerSnapshot::select`].
    pub fn changes_since(&self, earlier: &Self, asked: [&Selection; 2], cancel: &Cancel) -> Result<Changes, QueryError> {
        let chosen = [earlier.select(asked[0])?.positions, self.select(asked[1])?.positions];
        let is_chosen = |version: usize, position: u32| chosen[version].binary_search(&position).is_ok();
        let partners = Partners::find(earlier, self, cancel)?;
        let comparison = Comparison::new(earlier.features(), self.features());

        let pairs: Vec<_> =
            partners.pairs.into_iter().filter(|pair| is_chosen(0, pair.earlier) || is_chosen(1, pair.later)).collect();
        let compared = pairs
            .par_chunks(CHUNK)
            .map(|chunk| {
                cancel.check()?;
                let mut pace = cancel.pace();
                let mut changed = Vec::new();
                for pair in chunk {
                    pace.steps(self.features().geometry(pair.later as usize).lonlat().len())?;
                    changed.extend(comparison.of_pair(pair));
                }
                Ok(changed)
            })
            .collect::<Result<Vec<_>, QueryError>>()?
            .concat();
        let unchanged = (pairs.len() - compared.len()) as u64;

        let mut changed = compared;
        let removed: Vec<u32> = partners.removed.into_iter().filter(|position| is_chosen(0, *position)).collect();
        let added: Vec<u32> = partners.added.into_iter().filter(|position| is_chosen(1, *position)).collect();
        let alone = |positions: &[u32], describe: &(dyn Fn(u32) -> FeatureChange + Sync)| {
            let of_chunk = |chunk: &[u32]| {
                cancel.check()?;
                Ok::<Vec<_>, QueryError>(chunk.iter().map(|position| describe(*position)).collect())
            };
            Ok::<_, QueryError>(positions.par_chunks(CHUNK).map(of_chunk).collect::<Result<Vec<_>, _>>()?.concat())
        };
        changed.extend(alone(&removed, &|position| comparison.removed(position))?);
        changed.extend(alone(&added, &|position| comparison.added(position))?);
        cancel.check()?;
        changed.par_sort_unstable_by_key(|change| cursor(change, earlier, self));
        let counts = ChangeClass::ALL.map(|class| changed.iter().filter(|change| change.classes.contains(class)).count() as u64);
        Ok(Changes { changed, counts, unchanged })
    }
}

#[cfg(test)]
mod tests;
