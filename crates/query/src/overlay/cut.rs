//! The overlay of two areas, guarded.
//!
//! The library's overlay can't be interrupted, panics on some outlines that run over themselves, loses area on others, and
//! rounds to a raster. So its work is bounded before, panics are caught, corners are put back where they were ([`Corners`]), and
//! both areas must come out as the sum of their pieces.

use super::UncutReason;
use crate::{
    BufferError, Cancel, QueryError,
    buffer::check_overlay,
    shape::{Corners, find_same},
};
use geo::{Area, BooleanOps, Euclidean, Length, MultiPolygon, OpType, Orient, orient::Direction, unary_union};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Why there is no cut.
pub(super) enum Failure {
    /// The areas are named.
    Uncut(UncutReason),
    /// The question is given up.
    GivenUp(QueryError),
}

impl From<UncutReason> for Failure {
    fn from(reason: UncutReason) -> Self {
        Self::Uncut(reason)
    }
}

impl From<QueryError> for Failure {
    fn from(error: QueryError) -> Self {
        Self::GivenUp(error)
    }
}

/// An area in two: what it shares with another, and what it does not.
pub(super) struct Cut {
    pub(super) shared: MultiPolygon,
    pub(super) left: MultiPolygon,
}

/// Cuts an area by another.
pub(super) fn cut(area: &MultiPolygon, by: &MultiPolygon, cancel: &Cancel) -> Result<Cut, Failure> {
    check(area, by, cancel)?;
    let corners = Corners::of(vertices(area).chain(vertices(by)));
    let [shared, left, beyond] = guarded(|| {
        let overlay = |one: &MultiPolygon, other: &MultiPolygon, operation| one.boolean_op(other, operation);
        corners.settle([
            overlay(area, by, OpType::Intersection),
            overlay(area, by, OpType::Difference),
            overlay(by, area, OpType::Difference),
        ])
    })?;
    // Rounding moves an outline by a step at most.
    let rounding = (length(area) + length(by) + length(&shared)) * corners.step_deg();
    let adds_up = |whole: &MultiPolygon, rest: &MultiPolygon| {
        (whole.unsigned_area() - shared.unsigned_area() - rest.unsigned_area()).abs() <= rounding
    };
    if adds_up(area, &left) && adds_up(by, &beyond) { Ok(Cut { shared, left }) } else { Err(UncutReason::Lost.into()) }
}

/// Areas as one.
pub(super) fn united(areas: Vec<MultiPolygon>, cancel: &Cancel) -> Result<MultiPolygon, Failure> {
    let parts: Vec<geo::Polygon> = areas.into_iter().flatten().map(|part| part.orient(Direction::Default)).collect();
    let parts = MultiPolygon::new(parts);
    if parts.0.len() < 2 {
        return Ok(parts);
    }
    check(&parts, &parts, cancel)?;
    let corners = Corners::of(vertices(&parts));
    let [united] = guarded(|| corners.settle([unary_union(&parts.0)]))?;
    if find_same(&parts, &united) { Ok(united) } else { Err(UncutReason::Lost.into()) }
}

/// Refuses two areas whose overlay would take too long.
pub(super) fn check(one: &MultiPolygon, other: &MultiPolygon, cancel: &Cancel) -> Result<(), Failure> {
    check_overlay(one, other, cancel).map_err(|refusal| match refusal {
        BufferError::Cancelled => QueryError::Cancelled.into(),
        _ => UncutReason::Tangled.into(),
    })
}

fn guarded<T>(overlay: impl FnOnce() -> T) -> Result<T, UncutReason> {
    catch_unwind(AssertUnwindSafe(overlay)).map_err(|_| UncutReason::Lost)
}

fn vertices(area: &MultiPolygon) -> impl Iterator<Item = [f64; 2]> + Clone + '_ {
    let rings = area.0.iter().flat_map(|part| std::iter::once(part.exterior()).chain(part.interiors()));
    rings.flat_map(|ring| ring.0.iter().map(|vertex| [vertex.x, vertex.y]))
}

/// The length of all rings, degrees.
fn length(area: &MultiPolygon) -> f64 {
    let rings = area.iter().flat_map(|part| std::iter::once(part.exterior()).chain(part.interiors()));
    rings.map(|ring| Euclidean.length(ring)).sum()
}
