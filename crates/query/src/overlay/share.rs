//! What two areas share, decided exactly before anything is cut.

use super::{
    cut::{Failure, check},
    near::{multi_polygon, near, shared_box},
};
use crate::{
    Cancel,
    relation::{PreparedShape, Side, geo_from},
};
use geo::{MultiPolygon, Relate, coordinate_position::CoordPos, dimensions::Dimensions};

/// What two areas share.
pub(super) enum Share {
    /// No inside: they are apart, or touch.
    Nothing,
    /// All of the first, which lies in the other.
    First,
    /// All of the other, which lies in the first.
    Other,
    /// A part; the two near it, to be cut.
    Part(MultiPolygon, MultiPolygon),
}

/// What two areas that meet share. `one` and `other` are flat: no solids.
pub(super) fn share(one: &PreparedShape, other: &PreparedShape, cancel: &Cancel) -> Result<Share, Failure> {
    // Where no side of one comes near the box of the other, that box lies inside or outside.
    if !other.has_side_near(one.bounds()) {
        let is_inside = other.side_of(one.geometry().lonlat()[0]) == Side::Inside;
        return Ok(if is_inside { Share::First } else { Share::Nothing });
    }
    if !one.has_side_near(other.bounds()) {
        let is_inside = one.side_of(other.geometry().lonlat()[0]) == Side::Inside;
        return Ok(if is_inside { Share::Other } else { Share::Nothing });
    }
    let around = shared_box(one.bounds(), other.bounds());
    let [first, second] = [one, other].map(|area| near(&multi_polygon(geo_from(area.geometry())), &around));
    let (first, second) = (first?, second?);
    // The matrix can't be interrupted either.
    check(&first, &second, cancel)?;
    let matrix = first.relate(&second);
    if matrix.get(CoordPos::Inside, CoordPos::Inside) == Dimensions::Empty {
        return Ok(Share::Nothing);
    }
    // What was clipped lies in nothing.
    if around.encloses(one.bounds()) && matrix.is_coveredby() {
        return Ok(Share::First);
    }
    if around.encloses(other.bounds()) && matrix.is_covers() {
        return Ok(Share::Other);
    }
    Ok(Share::Part(first, second))
}
