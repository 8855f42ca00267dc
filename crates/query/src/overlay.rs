//! One layer laid over another: what both share, what is left of one, and all pieces.
//!
//! 1. Pairs of features that meet are found as a join finds them.
//! 2. Whether two areas share an inside is decided exactly, before anything is cut: areas that only touch are left as they
//!    are, and one that lies in the other needs no cutting ([`share`]).
//! 3. The rest is cut by the overlay of a library, guarded ([`cut`]): what came out must add up to what went in. What could not
//!    be cut is named ([`Uncut`]), and so is how often areas share less than the overlay can show ([`Overlaid::thin`]).
//! 4. Lines and points are cut here ([`lines`]), side by side, with exact turns.
//!
//! Pieces are cut in the plane of longitude and latitude, as relations are; their areas and lengths are geodesic. What is cut
//! loses its heights; what is not keeps them.

mod cut;
mod lines;
mod near;
mod rows;
mod share;
mod work;

use crate::{JoinRelation, LayerSnapshot, Pair, QueryError, Selection, join::columns_of};
use urbis_model::{FeatureBatch, FeatureId};
use work::Work;

/// What is asked of two layers laid over each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Operation {
    /// A row for each pair: what of a feature lies in an area of the other layer.
    Intersection,
    /// A row for each feature: what of it lies in no area of the other layer; none where nothing is left.
    Difference,
    /// Areas with areas: the intersection, what is left of the features, and what is left of the other layer's areas.
    Union,
}

/// The pieces of a layer under another.
#[derive(Clone, Debug)]
pub struct Overlaid {
    /// The pieces. Columns of the layer; for intersection and union `other_id` and the other layer's; `area_m2` where the
    /// layer has areas and `length_m` where it has lines, geodesic. Ids are those of the layer, so one may come several times;
    /// a union's pieces are numbered from 1, and the layer's id is the column `id`. By id, then by the other's id; what is left
    /// comes after what is shared. A name that a column has already gets a number behind it.
    pub features: FeatureBatch,
    /// Pairs that could not be cut: pieces of theirs are missing.
    pub uncut: Vec<Uncut>,
    /// Pieces that are missing because they are thinner than the overlay can show, a 2^28th of their extent: areas that pairs
    /// share, and what one area leaves of another. Where several leave nothing that can be shown, they cover it.
    pub thin: u64,
    /// Features of the other layer that are no areas, and cut nothing.
    pub others_without_area: u64,
}

/// Two features that could not be cut.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Uncut {
    /// The feature whose pieces are missing; in a union it may be one of the other layer.
    pub id: FeatureId,
    /// Whether that is one of the other layer.
    pub is_other: bool,
    /// The feature it could not be cut by; none where they were several at once.
    pub by: Option<FeatureId>,
    /// Why.
    pub reason: UncutReason,
}

/// Why an area could not be cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UncutReason {
    /// Too many corners or crossings for work that can't be interrupted.
    #[error("their outlines have too many corners or cross too often; simplify them")]
    Tangled,
    /// The overlay failed, its pieces do not add up to the whole, or they can't be made valid: it loses area on outlines that run
    /// over themselves, and rounds those that are very wide.
    #[error(
        "the pieces that the overlay gave do not add up to the whole; an outline that runs over itself or is very wide does that: mend it, or cut it into smaller parts"
    )]
    Lost,
}

impl LayerSnapshot {
    /// The features that are selected, cut by the areas of another layer. `columns` names those of the other layer that come
    /// along, all unless told. All cores.
    ///
    /// Where areas of one layer lie over each other, so do the pieces. An area's shared part is an area and a line's is a line:
    /// where they only touch there is no piece.
    ///
    /// # Errors
    /// [`QueryError::NotAreal`] when the other layer has features and none is an area, [`QueryError::UnionOfAreas`],
    /// [`QueryError::TooManyPairs`] when more than `most` meet, [`QueryError::TooLarge`], [`QueryError::UnknownColumn`],
    /// [`QueryError::Columns`] and those of [`LayerSnapshot::select`].
    pub fn overlay(
        &self,
        other: &Self,
        operation: Operation,
        columns: Option<&[String]>,
        most: usize,
        selection: &Selection,
    ) -> Result<Overlaid, QueryError> {
        let columns = if operation == Operation::Difference { Vec::new() } else { columns_of(other, columns)? };
        let others = other.features();
        let is_area = |near: u32| others.geometry(near as usize).kind().dimension() == 2;
        let areas: Vec<u32> = (0..others.len() as u32).filter(|near| is_area(*near)).collect();
        if areas.is_empty() && !others.is_empty() {
            return Err(QueryError::NotAreal { layer: other.info().name.clone() });
        }
        let mut positions = self.select(selection)?.positions;
        positions.sort_unstable();
        if operation == Operation::Union {
            let no_area = positions.iter().find(|at| self.features().geometry(**at as usize).kind().dimension() != 2);
            if let Some(at) = no_area {
                let id = self.features().ids()[*at as usize];
                return Err(QueryError::UnionOfAreas { layer: self.info().name.clone(), id });
            }
        }
        let (mut pairs, _) = self.tested_pairs(&positions, other, JoinRelation::Intersects, most, selection)?;
        pairs.retain(|pair| is_area(pair.other));
        let pairs: Vec<(u32, u32)> = pairs.iter().map(|Pair { position, other, .. }| (*position, *other)).collect();
        let work = Work::new([self, other], &selection.cancel);
        let found = match operation {
            Operation::Intersection => work.shared(&pairs)?,
            Operation::Difference => work.left_of_layer(&positions, &pairs)?,
            Operation::Union => {
                let mut found = work.shared(&pairs)?;
                found.extend(work.left_of_layer(&positions, &pairs)?);
                found.extend(work.left_of_other(&areas, &pairs)?);
                found
            }
        };
        let others_without_area = (others.len() - areas.len()) as u64;
        rows::overlaid([self, other], operation, &columns, found, others_without_area, &selection.cancel)
    }
}

#[cfg(test)]
mod tests;
