//! Which features of a layer: by place, by attribute, by page.

mod candidates;
mod explain;
mod scan;
mod spatial_test;

pub use explain::Explanation;

use crate::{Cancel, Filter, LayerSnapshot, QueryError, Shape, measure};
use std::{cell::OnceCell, ops::ControlFlow};
use urbis_model::{Bbox, FeatureId, LonLat};

/// A question to a layer. The default one selects everything.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// Where.
    pub spatial: Option<Spatial>,
    /// What attributes; both must hold.
    pub filter: Option<Filter>,
    /// Only features with greater ids: the cursor of the page before. Not for [`Spatial::Nearest`], which is one page.
    pub after: Option<FeatureId>,
    /// At most this many.
    pub limit: Option<usize>,
    /// Whether all matches are counted when `limit` cuts them off.
    pub counted: bool,
    /// When to give up.
    pub cancel: Cancel,
}

/// A place to select by.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Spatial {
    /// Shares a point with the box, edges included.
    Bbox(Bbox),
    /// Shares a point with the shape, edges included.
    Intersects(Shape),
    /// Lies wholly in the shape (OGC within: nothing outside, and not on its boundary alone).
    Within(Shape),
    /// Is at most so far away on the ellipsoid.
    Near {
        /// From here.
        position: LonLat,
        /// Metres.
        radius_m: f64,
    },
    /// Is at most so far from a shape on the ellipsoid.
    WithinDistance {
        /// From here.
        shape: Shape,
        /// Metres.
        distance_m: f64,
    },
    /// Is among the `k` nearest on the ellipsoid; equally near ones by id.
    Nearest {
        /// From here.
        position: LonLat,
        /// How many.
        k: usize,
    },
}

/// The features that were asked for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Answer {
    /// Their positions in [`LayerSnapshot::features`], by id; for [`Spatial::Nearest`] by distance, then id.
    pub positions: Vec<u32>,
    /// For [`Spatial::Nearest`], how far each is, metres.
    pub distances_m: Option<Vec<f64>>,
    /// How many match in all, on every page; none when `limit` cut the search short.
    pub matched: Option<u64>,
    /// Whether more match behind the last one.
    pub more: bool,
}

impl LayerSnapshot {
    /// Answers a selection. Exact; uses all cores when much is to be tested.
    ///
    /// # Errors
    /// [`QueryError::Cancelled`], [`QueryError::OtherSchema`], [`QueryError::Distance`].
    pub fn select(&self, selection: &Selection) -> Result<Answer, QueryError> {
        if let Some(filter) = &selection.filter
            && filter.schema() != self.features().schema()
        {
            return Err(QueryError::OtherSchema { layer: self.info().name.clone() });
        }
        if let Some(Spatial::Near { radius_m: metres, .. } | Spatial::WithinDistance { distance_m: metres, .. }) =
            selection.spatial
            && !(metres.is_finite() && metres >= 0.0)
        {
            return Err(QueryError::Distance { metres });
        }
        match selection.spatial {
            Some(Spatial::Nearest { position, k }) => self.nearest(selection, position, k),
            _ => scan::answer(self, selection),
        }
    }

    fn nearest(&self, selection: &Selection, position: LonLat, k: usize) -> Result<Answer, QueryError> {
        let wanted = selection.limit.map_or(k, |limit| k.min(limit));
        let mut answer = Answer { distances_m: Some(Vec::new()), ..Answer::default() };
        let filter = selection.filter.as_ref().map(|filter| filter.bind(self.features(), 0));
        let filter = filter.as_ref().map(|filter| filter.test());
        let mut pace = selection.cancel.pace();
        let cancelled: OnceCell<QueryError> = OnceCell::new();
        let origin = measure::Origin::new(position);
        let _ = self.tree().nearest(
            |bounds| origin.lower_bound_m(bounds),
            |candidate| {
                let geometry = self.features().geometry(candidate as usize);
                // In front of all that waits, so that the search ends with it.
                if let Err(error) = pace.steps(16 + geometry.lonlat().len()) {
                    let _ = cancelled.set(error);
                    return Some(f64::NEG_INFINITY);
                }
                let matches = filter.as_ref().is_none_or(|filter| filter.matches(candidate as usize));
                matches.then(|| origin.distance_m(geometry))
            },
            |candidate, distance_m| {
                if cancelled.get().is_some() {
                    return ControlFlow::Break(());
                }
                if answer.positions.len() == wanted {
                    answer.more = wanted < k;
                    return ControlFlow::Break(());
                }
                answer.positions.push(candidate);
                answer.distances_m.get_or_insert_default().push(distance_m);
                ControlFlow::Continue(())
            },
        );
        if let Some(error) = cancelled.into_inner() {
            return Err(error);
        }
        selection.cancel.check()?;
        answer.matched = (!answer.more).then_some(answer.positions.len() as u64);
        Ok(answer)
    }
}

#[cfg(test)]
mod tests;
