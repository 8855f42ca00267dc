//! Distances on the ellipsoid that can't be undercut, from boxes alone.
//!
//! Between two latitudes no path is shorter than the meridian arc, whose radius of curvature is least at the equator:
//! d ≥ a(1 − e²)·Δφ. To another meridian no path is shorter than the straight line through the earth to the half-plane
//! of that meridian: d ≥ ρ·sin Δλ, and ρ from 90° on, with ρ the distance of the origin from the earth's axis.

use super::wgs84;
use urbis_index::GeodesicOrigin;
use urbis_model::{Bbox, Bounds, LonLat};

/// Taken off each bound for the rounding of its own arithmetic.
const ROUNDING: f64 = 1.0 - 1e-9;

/// First eccentricity squared: f(2 − f).
pub(super) fn eccentricity2() -> f64 {
    let flattening = wgs84().f;
    flattening * (2.0 - flattening)
}

/// Distance from the earth's axis at a latitude, metres.
pub(super) fn axis_distance_m(lat_deg: f64) -> f64 {
    let (sin, cos) = lat_deg.to_radians().sin_cos();
    wgs84().a * cos / (1.0 - eccentricity2() * sin * sin).sqrt()
}

/// Degrees between two intervals of longitude, the shorter way round.
fn longitude_gap_deg(one: [f64; 2], other: [f64; 2]) -> f64 {
    let eastward = (other[0] - one[1]).max(0.0);
    let westward = (one[0] - other[1]).max(0.0);
    if eastward == 0.0 && westward == 0.0 {
        return 0.0;
    }
    // The other way round crosses the antimeridian.
    let around = if eastward > 0.0 { 360.0 - (other[1] - one[0]) } else { 360.0 - (one[1] - other[0]) };
    eastward.max(westward).min(around.max(0.0))
}

/// No point of one box is nearer to a point of the other than this, metres. 0 when they meet.
pub(crate) fn lower_bound_m(one: &Bounds, other: &Bounds) -> f64 {
    if one.is_empty() || other.is_empty() {
        return f64::INFINITY;
    }
    let latitude_gap_deg = (other.min[1] - one.max[1]).max(one.min[1] - other.max[1]).max(0.0);
    let along_meridian_m = latitude_gap_deg.to_radians() * wgs84().a * (1.0 - eccentricity2());
    let longitude_gap_deg = longitude_gap_deg([one.min[0], one.max[0]], [other.min[0], other.max[0]]);
    let across_m = if longitude_gap_deg == 0.0 {
        0.0
    } else {
        // Either box may be the origin; in each the point nearest to the axis is the one farthest from the equator.
        let least = |bounds: &Bounds| axis_distance_m(bounds.min[1].abs().max(bounds.max[1].abs()).min(90.0));
        least(one).max(least(other)).max(0.0) * longitude_gap_deg.min(90.0).to_radians().sin()
    };
    along_meridian_m.max(across_m) * ROUNDING
}

/// The box of everything within a distance of a box, over the antimeridian or round a pole where it must be. Little more than
/// that, short of the poles.
pub(crate) fn reach(bounds: &Bounds, distance_m: f64) -> Bbox {
    let from = |lat_deg: f64| {
        let origin = LonLat::from_degrees(0.0, lat_deg.clamp(-90.0, 90.0)).expect("a latitude that was clamped");
        GeodesicOrigin::new(origin).reach(distance_m).to_degrees()
    };
    // Meridians lie closest at the edge that is farther from the equator.
    let ([_, south, south_east, _], [_, _, north_east, north]) = (from(bounds.min[1]), from(bounds.max[1]));
    let sideways_deg = south_east.max(north_east);
    let (west, east) = (bounds.min[0] - sideways_deg, bounds.max[0] + sideways_deg);
    let (west, east) = match (east - west >= 360.0, west < -180.0, east > 180.0) {
        (true, ..) => (-180.0, 180.0),
        (_, true, _) => (west + 360.0, east),
        (.., true) => (west, east - 360.0),
        _ => (west, east),
    };
    Bbox::from_degrees(west, south, east, north).expect("edges were brought back onto the map")
}
