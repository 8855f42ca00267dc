//! How a selection is answered, and at which step features fall out.

use super::{
    Selection, Spatial,
    candidates::{Candidates, candidates},
    spatial_test::PreparedSpatial,
};
use crate::{LayerSnapshot, QueryError};
use std::time::{Duration, Instant};
use urbis_model::Bounds;

/// How a selection is answered.
#[derive(Clone, Debug, PartialEq)]
pub struct Explanation {
    /// Features of the layer.
    pub features: usize,
    /// How the place is looked for.
    pub place: &'static str,
    /// The box that a filter's spatial conditions leave: what does not meet it is not looked at.
    pub filter_window: Option<Bounds>,
    /// Features that the tree leaves to be looked at; none for the nearest, which it gives one by one.
    pub candidates: Option<usize>,
    /// Those of them whose box alone says that they match the place: their shapes are not read.
    pub sure: usize,
    /// Features that match place and filter.
    pub matched: u64,
    /// What the tree took.
    pub tree: Duration,
    /// What everything took, the tree asked again.
    pub whole: Duration,
}

impl LayerSnapshot {
    /// Answers a selection whole, and says how.
    ///
    /// # Errors
    /// Those of [`LayerSnapshot::select`].
    pub fn explain(&self, selection: &Selection) -> Result<Explanation, QueryError> {
        let whole = Selection { after: None, limit: None, ..selection.clone() };
        let begun = Instant::now();
        let (found, sure) = match whole.spatial {
            Some(Spatial::Nearest { .. }) => (None, 0),
            _ => match candidates(self, &whole, &PreparedSpatial::new(whole.spatial.as_ref())) {
                Candidates::From(first) => {
                    let left = self.features().len() - first as usize;
                    (Some(left), left)
                }
                Candidates::Listed(listed) => (Some(listed.len()), listed.iter().filter(|candidate| candidate.is_sure()).count()),
            },
        };
        let tree = begun.elapsed();
        let begun = Instant::now();
        let answer = self.select(&whole)?;
        Ok(Explanation {
            features: self.features().len(),
            place: match whole.spatial {
                None if found != Some(self.features().len()) => "the tree, by the filter's window",
                None => "everywhere: all features are looked at",
                Some(Spatial::Bbox(_)) => "the tree, by the box",
                Some(Spatial::Intersects(_)) => "the tree, by the shape's sides: intersects",
                Some(Spatial::Within(_)) => "the tree, by the shape's sides: within",
                Some(Spatial::Near { .. }) => "the tree, by a lower bound of the distance to the position",
                Some(Spatial::WithinDistance { .. }) => "the tree, by a lower bound of the distance to the shape",
                Some(Spatial::Nearest { .. }) => "the tree, nearest first",
            },
            filter_window: whole.filter.as_ref().and_then(|filter| filter.bounds()),
            candidates: found,
            sure,
            matched: answer.matched.unwrap_or(answer.positions.len() as u64),
            tree,
            whole: begun.elapsed(),
        })
    }
}
