//! Pairs of features of two layers: those that meet, that lie in one another, that are near, and the nearest.
//!
//! 1. The tree of the other layer leaves candidates: pairs whose boxes meet, grown by the distance where one is asked for.
//! 2. The larger shape of each candidate is made ready ([`PreparedShapes`]), the smaller one is tested against it, exactly.
//! 3. Pairs come in the order of ids; their rows are made when they are wanted ([`Joined`]), for a town that is joined with
//!    its buildings has its outline as often as it has buildings.

mod candidates;
mod nearest;
mod rows;
mod tested;

pub use nearest::Neighbour;
pub use rows::{Joined, with_ids};
pub(crate) use rows::{MAX_VERTICES, columns_of};

use crate::{LayerSnapshot, QueryError, Selection, relation::PreparedShapes};
use std::{sync::atomic::AtomicUsize, time::Instant};

/// The most pairs of an answer, 24 bytes each: 400 MB.
pub const MAX_PAIRS: usize = 1 << 24;

/// The most neighbours that are asked for of each feature.
pub const MAX_NEIGHBOURS: usize = 10_000;

/// How a feature must lie to another to be a pair with it.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum JoinRelation {
    /// They share a point, edges included.
    Intersects,
    /// It lies wholly in the other (OGC within, as [`crate::Spatial::Within`]).
    Within,
    /// They are at most so far apart on the ellipsoid, shape from shape, as [`crate::Spatial::WithinDistance`].
    WithinDistance {
        /// Metres.
        distance_m: f64,
    },
    /// The other is among the `k` nearest to its representative point, as [`LayerSnapshot::neighbours`] measures.
    Nearest {
        /// How many, at most [`MAX_NEIGHBOURS`].
        k: usize,
    },
}

/// A feature and one of the other layer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pair {
    /// Its position in the layer's features.
    pub position: u32,
    /// The other's position in the other layer's.
    pub other: u32,
    /// How far apart they are, metres, where distances are asked for.
    pub distance_m: Option<f64>,
}

/// What finding the pairs took.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct JoinEffort {
    /// Features that were selected.
    pub selected: usize,
    /// Features of the other layer.
    pub others: usize,
    /// Pairs that the tree left to be tested; none for the nearest, which it gives one by one.
    pub candidates: Option<u64>,
    /// What all of it took.
    pub took: std::time::Duration,
}

impl LayerSnapshot {
    /// The features that are selected, each with every feature of another layer that it has the relation to: by id, then by
    /// the other's id, for the nearest by distance. With itself a layer gives each feature as a pair with itself too. `columns`
    /// names those of the other layer that come along, all unless told. Exact; all cores.
    ///
    /// # Errors
    /// [`QueryError::TooManyPairs`] beyond `most`, [`QueryError::Distance`], [`QueryError::Neighbours`],
    /// [`QueryError::Tangled`] for two features that cross too often to tell whether one lies in the other,
    /// [`QueryError::UnknownColumn`], [`QueryError::Columns`] and those of [`LayerSnapshot::select`].
    pub fn join(
        &self,
        other: &Self,
        relation: JoinRelation,
        columns: Option<&[String]>,
        most: usize,
        selection: &Selection,
    ) -> Result<Joined, QueryError> {
        let began = Instant::now();
        match relation {
            JoinRelation::WithinDistance { distance_m: metres } if !(metres.is_finite() && metres >= 0.0) => {
                return Err(QueryError::Distance { metres });
            }
            JoinRelation::Nearest { k } if !(1..=MAX_NEIGHBOURS).contains(&k) => return Err(QueryError::Neighbours { k }),
            _ => {}
        }
        let columns = columns_of(other, columns)?;
        let mut positions = self.select(selection)?.positions;
        positions.sort_unstable();
        let (pairs, candidates) = match relation {
            JoinRelation::Nearest { k } => (self.nearest_pairs(&positions, other, k, most, selection)?, None),
            _ => self.tested_pairs(&positions, other, relation, most, selection).map(|(pairs, left)| (pairs, Some(left)))?,
        };
        let effort = JoinEffort { selected: positions.len(), others: other.features().len(), candidates, took: began.elapsed() };
        let has_distance = matches!(relation, JoinRelation::WithinDistance { .. } | JoinRelation::Nearest { .. });
        Joined::new([self, other], columns, has_distance, pairs, effort)
    }

    fn nearest_pairs(
        &self,
        positions: &[u32],
        other: &Self,
        k: usize,
        most: usize,
        selection: &Selection,
    ) -> Result<Vec<Pair>, QueryError> {
        if positions.len().saturating_mul(k.min(other.features().len())) > most {
            return Err(QueryError::TooManyPairs { most });
        }
        let neighbours = self.neighbours(positions, other, k, &selection.cancel)?;
        let of_one = |(position, near): (&u32, Vec<Neighbour>)| {
            let position = *position;
            let pair = move |one: Neighbour| Pair { position, other: one.position, distance_m: Some(one.distance_m) };
            near.into_iter().map(pair)
        };
        Ok(positions.iter().zip(neighbours).flat_map(of_one).collect())
    }

    /// The pairs that pass the test, and how many the tree left to be tested.
    pub(crate) fn tested_pairs(
        &self,
        positions: &[u32],
        other: &Self,
        relation: JoinRelation,
        most: usize,
        selection: &Selection,
    ) -> Result<(Vec<Pair>, u64), QueryError> {
        let shapes = [PreparedShapes::of(self.features()), PreparedShapes::of(other.features())];
        let held = AtomicUsize::new(0);
        let (mut pairs, mut left) = (Vec::new(), 0);
        candidates::for_each_block([self, other], positions, relation, &selection.cancel, &mut |block| {
            left += block.len() as u64;
            pairs.extend(tested::pairs(&shapes, block, relation, (&held, most), &selection.cancel)?);
            Ok(())
        })?;
        Ok((pairs, left))
    }
}

#[cfg(test)]
mod tests;
