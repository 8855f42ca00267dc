//! How far apart two shapes are on the ellipsoid.
//!
//! Shapes that share a point are 0 apart. Of others the least distance is taken from the vertices of each to the sides of
//! the other: two sides that do not meet are nearest at an end of one of them, but for the little by which they bend apart
//! on the ellipsoid, as sides that are straight in longitude and latitude do together.

use super::{bound::lower_bound_m, distance::Origin};
use crate::{
    Cancel, QueryError,
    cancel::Pace,
    relation::{PreparedShape, segments},
};
use std::{cell::Cell, ops::ControlFlow};
use urbis_model::GeometryRef;

/// Whether a geometry comes so near to a shape: the same answer as `least_distance_m(..)` being one, which ends with the
/// first side that does.
pub(crate) fn is_within_distance(shape: &PreparedShape, geometry: GeometryRef<'_>, distance_m: f64) -> bool {
    let never = Cancel::default();
    may_be_within(shape, geometry, distance_m)
        && (shape.intersects(geometry)
            || from_vertices(shape, geometry, || distance_m, &mut never.pace(), &mut |_| ControlFlow::Break(Ok(()))).is_break())
}

/// How far a geometry is from a shape, metres, where that is at most `most_m`; 0 where they share a point. O(n log m) for n
/// vertices of the geometry and m of the shape, so the larger one is best the shape; O(n m) where all sides are about equally
/// far apart.
///
/// # Errors
/// [`QueryError::Cancelled`].
pub(crate) fn least_distance_m(
    shape: &PreparedShape,
    geometry: GeometryRef<'_>,
    most_m: f64,
    pace: &mut Pace<'_>,
) -> Result<Option<f64>, QueryError> {
    if !may_be_within(shape, geometry, most_m) {
        return Ok(None);
    }
    if shape.meets(geometry, pace)? {
        return Ok(Some(0.0));
    }
    let (least_m, mut found) = (Cell::new(most_m), false);
    let ended = from_vertices(shape, geometry, || least_m.get(), pace, &mut |away_m| {
        found = true;
        least_m.set(away_m);
        ControlFlow::Continue(())
    });
    if let ControlFlow::Break(outcome) = ended {
        outcome?;
    }
    Ok(found.then(|| least_m.get()))
}

fn may_be_within(shape: &PreparedShape, geometry: GeometryRef<'_>, most_m: f64) -> bool {
    lower_bound_m(shape.bounds(), &geometry.bounds()) <= most_m
}

/// An end before all was looked at: by the caller, or because the question is given up.
type Ended = Result<(), QueryError>;

/// Steps of a distance to a side, which takes some microseconds where the estimate does not settle it.
const SIDE_STEPS: usize = 8;

/// Each distance from a vertex of one to a side of the other that is at most what `most_m` says by then.
fn from_vertices(
    shape: &PreparedShape,
    geometry: GeometryRef<'_>,
    most_m: impl Fn() -> f64,
    pace: &mut Pace<'_>,
    on: &mut impl FnMut(f64) -> ControlFlow<Ended>,
) -> ControlFlow<Ended> {
    let mut side_away = |origin: &Origin, side: [[f64; 2]; 2]| {
        if let Err(given_up) = pace.steps(SIDE_STEPS) {
            return ControlFlow::Break(Err(given_up));
        }
        origin.side_within_m(side, most_m()).map_or(ControlFlow::Continue(()), &mut *on)
    };
    let (sides, tree) = shape.sides();
    let bounds = geometry.bounds();
    for vertex in geometry.lonlat() {
        let origin = Origin::at(*vertex);
        tree.visit(|one| origin.lower_bound_m(one) <= most_m(), &mut |side| side_away(&origin, sides[side as usize]))?;
    }
    tree.visit(|one| lower_bound_m(one, &bounds) <= most_m(), &mut |side| {
        for vertex in sides[side as usize] {
            let origin = Origin::at(vertex);
            if origin.lower_bound_m(&bounds) > most_m() {
                continue;
            }
            for other in segments(geometry) {
                side_away(&origin, other)?;
            }
        }
        ControlFlow::Continue(())
    })
}
