//! How far a position is from a shape on the ellipsoid.
//!
//! The distance to a side is the least geodesic distance to any of its points, a side being straight in longitude and
//! latitude. The nearest point is found by projecting in the tangent plane at the last guess until it moves by less than
//! 0.1 mm; from 5 mm on, the distance is then less than 1 µm over the least one. Where several sides are about equally
//! near by a first estimate, each is worked out.

use super::{
    bound::{axis_distance_m, eccentricity2, lower_bound_m},
    wgs84,
};
use crate::relation::{Side, segments, side_of};
use geographiclib_rs::InverseGeodesic;
use urbis_model::{Bounds, GeometryRef, LonLat};

type Segment = [[f64; 2]; 2];

/// Moves of the nearest point below this end its search.
const STILL_M: f64 = 1e-4;

/// More rounds than any side takes that is shorter than a quarter of the earth.
const MOST_ROUNDS: usize = 32;

/// Metres per degree of longitude and latitude at a latitude: the tangent plane.
fn metres_per_degree(lat_deg: f64) -> [f64; 2] {
    let sin = lat_deg.to_radians().sin();
    let w2 = 1.0 - eccentricity2() * sin * sin;
    let meridian_radius_m = wgs84().a * (1.0 - eccentricity2()) / (w2 * w2.sqrt());
    [axis_distance_m(lat_deg).to_radians(), meridian_radius_m.to_radians()]
}

/// The same longitude within half a turn of another.
fn near_longitude(lon_deg: f64, of_deg: f64) -> f64 {
    lon_deg - 360.0 * ((lon_deg - of_deg) / 360.0).round()
}

/// A position that distances are asked from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Origin {
    lonlat: [f64; 2],
    metres_per_degree: [f64; 2],
    /// Tangent of the latitude's size, which the estimate's error grows with.
    steepness: f64,
}

impl Origin {
    pub(crate) fn new(position: LonLat) -> Self {
        Self::at(position.to_degrees())
    }

    pub(super) fn at(lonlat: [f64; 2]) -> Self {
        let steepness = lonlat[1].abs().min(89.9).to_radians().tan();
        Self { lonlat, metres_per_degree: metres_per_degree(lonlat[1]), steepness }
    }

    /// Nothing in the box is nearer than this, metres.
    pub(crate) fn lower_bound_m(&self, bounds: &Bounds) -> f64 {
        lower_bound_m(&Bounds { min: self.lonlat, max: self.lonlat }, bounds)
    }

    /// The distance to a shape, metres; 0 inside an area or on its edge.
    pub(crate) fn distance_m(&self, geometry: GeometryRef<'_>) -> f64 {
        if geometry.kind().dimension() == 0 {
            return geometry.lonlat().iter().map(|at| self.point_away_m(*at)).fold(f64::INFINITY, f64::min);
        }
        if geometry.kind().dimension() == 2 && side_of(geometry, self.lonlat) != Side::Outside {
            return 0.0;
        }
        let estimate_m = segments(geometry).map(|side| self.estimate(side).0).fold(f64::INFINITY, f64::min);
        let reach_m = estimate_m * self.slack(estimate_m).powi(2) + STILL_M;
        segments(geometry)
            .map(|side| (side, self.estimate(side)))
            .filter(|(_, (side_m, _))| *side_m <= reach_m)
            .map(|(side, (_, part))| self.side_away_m(side, part))
            .fold(f64::INFINITY, f64::min)
    }

    /// Whether the shape is at most so far away. The same answer as `distance_m(..) <= radius_m`; most shapes are
    /// decided by the estimate alone.
    pub(crate) fn is_within(&self, geometry: GeometryRef<'_>, radius_m: f64) -> bool {
        let estimate_m = segments(geometry).map(|side| self.estimate(side).0).fold(f64::INFINITY, f64::min);
        let slack = self.slack(estimate_m.max(radius_m));
        estimate_m * slack < radius_m || (self.distance_m(geometry) <= radius_m)
    }

    /// The distance to a side, metres, where it is at most `most_m`. Most sides are left out by the estimate alone.
    pub(super) fn side_within_m(&self, side: Segment, most_m: f64) -> Option<f64> {
        let (estimate_m, part) = self.estimate(side);
        let may_reach = estimate_m <= most_m * self.slack(estimate_m) + STILL_M;
        may_reach.then(|| self.side_away_m(side, part)).filter(|away_m| *away_m <= most_m)
    }

    /// Times this, an estimate is surely too far, and divided by it, surely too near: the tangent plane's scale
    /// changes with (d/R)·tan φ along a path; four times that, and a hundredth for the curve itself.
    fn slack(&self, distance_m: f64) -> f64 {
        1.01 + 4.0 * distance_m / wgs84().a * (1.0 + self.steepness)
    }

    fn point_away_m(&self, [lon, lat]: [f64; 2]) -> f64 {
        wgs84().inverse(self.lonlat[1], self.lonlat[0], lat, lon)
    }

    /// The distance to a side in this position's tangent plane, and how far along the side its nearest point lies,
    /// from 0 to 1.
    fn estimate(&self, [a, b]: Segment) -> (f64, f64) {
        let [along_x, along_y] = self.metres_per_degree;
        let start_lon = near_longitude(a[0], self.lonlat[0]);
        let start = [(start_lon - self.lonlat[0]) * along_x, (a[1] - self.lonlat[1]) * along_y];
        let run = [(b[0] - a[0]) * along_x, (b[1] - a[1]) * along_y];
        let length2 = run[0] * run[0] + run[1] * run[1];
        let part = if length2 > 0.0 { (-(start[0] * run[0] + start[1] * run[1]) / length2).clamp(0.0, 1.0) } else { 0.0 };
        ((start[0] + part * run[0]).hypot(start[1] + part * run[1]), part)
    }

    fn side_away_m(&self, [a, b]: Segment, mut part: f64) -> f64 {
        let mut least_m = f64::INFINITY;
        for _ in 0..MOST_ROUNDS {
            let at = [a[0] + part * (b[0] - a[0]), a[1] + part * (b[1] - a[1])];
            let (away_m, _, azimuth_deg, _): (f64, f64, f64, f64) = wgs84().inverse(self.lonlat[1], self.lonlat[0], at[1], at[0]);
            least_m = least_m.min(away_m);
            // In the tangent plane at that point: where this position lies, and the side's direction.
            let scale = metres_per_degree(at[1]);
            let (sin, cos) = azimuth_deg.to_radians().sin_cos();
            let run = [(b[0] - a[0]) * scale[0], (b[1] - a[1]) * scale[1]];
            let length2 = run[0] * run[0] + run[1] * run[1];
            if length2 == 0.0 {
                break;
            }
            let next = (part - away_m * (sin * run[0] + cos * run[1]) / length2).clamp(0.0, 1.0);
            let moved_m = (next - part).abs() * length2.sqrt();
            part = next;
            if moved_m < STILL_M {
                break;
            }
        }
        least_m
    }
}
