//! What the tree leaves to be tested.

use super::spatial_test::PreparedSpatial;
use crate::{LayerSnapshot, Selection, measure};
use urbis_index::Grade;
use urbis_model::Bounds;

/// A position, and whether its box alone already says that it matches the place: then its shape is not read. Ordered by
/// position.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Candidate(u64);

impl Candidate {
    pub(super) fn new(position: u32, is_sure: bool) -> Self {
        Self(u64::from(position) << 1 | u64::from(is_sure))
    }

    pub(super) fn position(self) -> u32 {
        (self.0 >> 1) as u32
    }

    pub(super) fn is_sure(self) -> bool {
        self.0 & 1 == 1
    }
}

/// Candidates, ascending.
pub(super) enum Candidates {
    /// From this position on, to the end.
    From(u32),
    /// These.
    Listed(Vec<Candidate>),
}

/// The first position behind the cursor.
pub(super) fn page_start(layer: &LayerSnapshot, selection: &Selection) -> u32 {
    selection.after.map_or(0, |after| layer.features().ids().partition_point(|id| *id <= after)) as u32
}

/// The candidates: all when all are to be counted, else those behind the cursor.
pub(super) fn candidates(layer: &LayerSnapshot, selection: &Selection, spatial: &PreparedSpatial) -> Candidates {
    let first = if selection.counted { 0 } else { page_start(layer, selection) };
    let filter_bounds = selection.filter.as_ref().and_then(|filter| filter.bounds());
    if matches!(spatial, PreparedSpatial::Everywhere) && filter_bounds.is_none() {
        return Candidates::From(first);
    }
    let mut found = Vec::new();
    let mut list = |grade: &dyn Fn(&Bounds) -> Grade| {
        let grade = |bounds: &Bounds| match filter_bounds {
            Some(window) if !window.intersects(bounds) => Grade::Outside,
            _ => grade(bounds),
        };
        layer.tree().visit_graded(grade, &mut |position, is_sure| {
            if position >= first {
                found.push(Candidate::new(position, is_sure));
            }
        });
    };
    let partly = |meets: bool| if meets { Grade::Partly } else { Grade::Outside };
    match spatial {
        // Of a filter's window only what is outside is left out: what is inside it must still be looked for.
        PreparedSpatial::Everywhere => list(&|_| Grade::Partly),
        // Parts of one box over the antimeridian: a feature that meets both comes twice, until sorted.
        PreparedSpatial::Boxes(windows) => windows.iter().for_each(|window| list(&|bounds| grade_of_window(window, bounds))),
        PreparedSpatial::Related(_, shape) => list(&|bounds| shape.grade(bounds)),
        PreparedSpatial::Near(origin, radius_m) => list(&|bounds| partly(origin.lower_bound_m(bounds) <= *radius_m)),
        PreparedSpatial::WithinDistance(shape, distance_m) => {
            list(&|bounds| partly(measure::lower_bound_m(shape.bounds(), bounds) <= *distance_m));
        }
    }
    sort(&mut found, layer.tree().len());
    Candidates::Listed(found)
}

fn grade_of_window(window: &Bounds, bounds: &Bounds) -> Grade {
    if !window.intersects(bounds) {
        Grade::Outside
    } else if window.encloses(bounds) {
        Grade::Inside
    } else {
        Grade::Partly
    }
}

/// Sorts and drops repeats, of which a sure one stays; by bits for each feature when many were found, which beats a
/// sort from about 1 in 64 on.
fn sort(found: &mut Vec<Candidate>, everything: usize) {
    if found.len() < 4096 || found.len() < everything / 64 {
        found.sort_unstable_by(|one, other| other.cmp(one));
        found.dedup_by_key(|one| one.position());
        found.reverse();
        return;
    }
    let mut any = vec![0u64; everything.div_ceil(64)];
    let mut sure = any.clone();
    for candidate in found.drain(..) {
        let (word, bit) = (candidate.position() as usize / 64, candidate.position() % 64);
        any[word] |= 1 << bit;
        sure[word] |= u64::from(candidate.is_sure()) << bit;
    }
    for (word, (any, sure)) in any.into_iter().zip(sure).enumerate() {
        let mut left = any;
        while left != 0 {
            let bit = left.trailing_zeros();
            found.push(Candidate::new(word as u32 * 64 + bit, sure >> bit & 1 == 1));
            left &= left - 1;
        }
    }
}
