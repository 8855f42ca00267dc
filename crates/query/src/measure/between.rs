//! How far apart two shapes are on the ellipsoid.
//!
//! Shapes that share a point are 0 apart. Of others the least distance is taken from the vertices of each to the sides of
//! the other: two sides that do not meet are nearest at an end of one of them, but for the little by which they bend apart
//! on the ellipsoid, as sides that are straight in longitude and latitude do together.

use super::{bound::lower_bound_m, distance::Origin};
use crate::relation::{PreparedShape, segments};
use std::{cell::Cell, ops::ControlFlow};
use urbis_model::GeometryRef;

/// Whether a geometry comes so near to a shape: the same answer as `least_distance_m(..).is_some()`, which ends with the
/// first side that does.
pub(crate) fn is_within_distance(shape: &PreparedShape, geometry: GeometryRef<'_>, distance_m: f64) -> bool {
    may_be_within(shape, geometry, distance_m)
        && (shape.intersects(geometry)
            || from_vertices(shape, geometry, || distance_m, &mut |_| ControlFlow::Break(())).is_break())
}

/// How far a geometry is from a shape, metres, where that is at most `most_m`; 0 where they share a point. O(n log m) for n
/// vertices of the geometry and m of the shape, so the larger one is best the shape.
pub(crate) fn least_distance_m(shape: &PreparedShape, geometry: GeometryRef<'_>, most_m: f64) -> Option<f64> {
    if !may_be_within(shape, geometry, most_m) {
        return None;
    }
    if shape.intersects(geometry) {
        return Some(0.0);
    }
    let (least_m, mut found) = (Cell::new(most_m), false);
    let _ = from_vertices(shape, geometry, || least_m.get(), &mut |away_m| {
        found = true;
        least_m.set(away_m);
        ControlFlow::<()>::Continue(())
    });
    found.then(|| least_m.get())
}

fn may_be_within(shape: &PreparedShape, geometry: GeometryRef<'_>, most_m: f64) -> bool {
    lower_bound_m(shape.bounds(), &geometry.bounds()) <= most_m
}

/// Each distance from a vertex of one to a side of the other that is at most what `most_m` says by then.
fn from_vertices<B>(
    shape: &PreparedShape,
    geometry: GeometryRef<'_>,
    most_m: impl Fn() -> f64,
    on: &mut impl FnMut(f64) -> ControlFlow<B>,
) -> ControlFlow<B> {
    let (sides, tree) = shape.sides();
    let bounds = geometry.bounds();
    for vertex in geometry.lonlat() {
        let origin = Origin::at(*vertex);
        tree.visit(|one| origin.lower_bound_m(one) <= most_m(), &mut |side| {
            origin.side_within_m(sides[side as usize], most_m()).map_or(ControlFlow::Continue(()), &mut *on)
        })?;
    }
    tree.visit(|one| lower_bound_m(one, &bounds) <= most_m(), &mut |side| {
        for vertex in sides[side as usize] {
            let origin = Origin::at(vertex);
            if origin.lower_bound_m(&bounds) > most_m() {
                continue;
            }
            for other in segments(geometry) {
                if let Some(away_m) = origin.side_within_m(other, most_m()) {
                    on(away_m)?;
                }
            }
        }
        ControlFlow::Continue(())
    })
}
