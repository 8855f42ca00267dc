//! Distances on the ellipsoid from one position, and what they can't undercut, from boxes alone and without trigonometry.
//!
//! **Proof of the bound.** A geodesic is no shorter than the straight chord through the earth between its ends. With ρ the
//! distance from the earth's axis and m the chord between the two latitudes in one meridian plane, the chord c of two positions
//! obeys c² = m² + 4 ρ₀ ρ sin²(Δλ/2).
//!
//! - m: a meridian's radius of curvature is M(φ) = a(1 − e²)/(1 − e² sin²φ)^(3/2), and |dM/dφ| < 65 km. So along the arc it is at
//!   least M(φ₀) − 65 km·Δφ, and at least M(0). Of two plane convex arcs of one length the less curved has the longer chord
//!   (Schur 1921), so m ≥ 2 M sin(Δφ/2) ≥ M (Δφ − Δφ³/24).
//! - ρ: |dρ/dφ| = M sin|φ| ≤ M(90°)·(sin|φ₀| + Δφ), so ρ ≥ ρ₀ − M(90°)·Δφ·(sin|φ₀| + Δφ), with Δφ to the box's farther edge.
//! - sin x ≥ x − x³/6.
//!
//! Each term grows with its gap over the range that it is clamped to, so a box's least gaps give a bound for all of it. Within
//! 100 km it is less than a thousandth below a point's distance, except near the poles.

use geographiclib_rs::{Geodesic, InverseGeodesic};
use std::sync::LazyLock;
use urbis_model::{Bbox, Bounds, LonLat};

/// Semi-major axis of WGS 84, metres (EPSG:7030).
const WGS84_SEMI_MAJOR_AXIS_M: f64 = 6_378_137.0;

/// First eccentricity squared of WGS 84: f(2 − f), f = 1/298.257223563 (EPSG:7030).
const WGS84_ECCENTRICITY_SQUARED: f64 = (2.0 - 1.0 / 298.257_223_563) / 298.257_223_563;

/// A meridian's radius of curvature at the equator, its least, metres: a(1 − e²).
const EQUATOR_MERIDIAN_RADIUS_M: f64 = WGS84_SEMI_MAJOR_AXIS_M * (1.0 - WGS84_ECCENTRICITY_SQUARED);

/// More than a meridian's radius of curvature at the poles, its greatest: a/√(1 − e²) = 6,399,593.6 m.
const GREATEST_MERIDIAN_RADIUS_M: f64 = 6_399_594.0;

/// More than its greatest change, metres per radian of latitude: 3/2·a(1 − e²)e²·(1 − e²/2)^(−5/2) = 64,160.
const MERIDIAN_RADIUS_CHANGE_M: f64 = 65_000.0;

/// Up to here the bound's terms grow with their gaps, radians.
const LATITUDE_GAP: f64 = 1.0;
const LONGITUDE_GAP: f64 = 2.8;

/// Taken off a bound for the rounding of its own arithmetic and of exact distances.
const ROUNDING: f64 = 1.0 - 1e-9;
const ROUNDING_M: f64 = 1e-6;

static WGS84: LazyLock<Geodesic> = LazyLock::new(Geodesic::wgs84);

/// A position that distances on the ellipsoid are asked from.
///
/// ```
/// use std::ops::ControlFlow;
/// use urbis_index::{GeodesicOrigin, PackedRtree};
/// use urbis_model::{Bounds, LonLat};
/// let stops = [[121.10, 31.90], [121.20, 31.95], [121.17, 31.89]].map(|[lon, lat]| LonLat::from_degrees(lon, lat).unwrap());
/// let boxes = stops.map(|stop| Bounds { min: stop.to_degrees(), max: stop.to_degrees() });
/// let tree = PackedRtree::build(&boxes);
/// let here = GeodesicOrigin::new(LonLat::from_degrees(121.18, 31.90).unwrap());
/// let nearest = tree.nearest(
///     |one| here.lower_bound_m(one),
///     |stop| Some(here.distance_m(stops[stop as usize])),
///     |stop, distance_m| ControlFlow::Break((stop, distance_m.round())),
/// );
/// assert_eq!(nearest, ControlFlow::Break((2, 1458.0)));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct GeodesicOrigin {
    position: LonLat,
    /// Distance from the earth's axis, metres.
    axis_m: f64,
    /// Sine of the latitude's size.
    steepness: f64,
    meridian_radius_m: f64,
}

impl GeodesicOrigin {
    /// Distances from a position.
    pub fn new(position: LonLat) -> Self {
        let (sin, cos) = position.lat_deg().to_radians().sin_cos();
        let w2 = 1.0 - WGS84_ECCENTRICITY_SQUARED * sin * sin;
        Self {
            position,
            axis_m: (WGS84_SEMI_MAJOR_AXIS_M * cos / w2.sqrt()).max(0.0),
            steepness: sin.abs(),
            meridian_radius_m: EQUATOR_MERIDIAN_RADIUS_M / (w2 * w2.sqrt()),
        }
    }

    /// The position.
    pub fn position(&self) -> LonLat {
        self.position
    }

    /// The distance on the ellipsoid, metres (Karney 2013: exact to 15 nm). Half a microsecond or so.
    pub fn distance_m(&self, to: LonLat) -> f64 {
        let ([lon, lat], [to_lon, to_lat]) = (self.position.to_degrees(), to.to_degrees());
        WGS84.inverse(lat, lon, to_lat, to_lon)
    }

    /// No point of the box is nearer than this, metres; over the antimeridian too. A few nanoseconds. Of no meaning for
    /// a box of nothing, which the trees never ask about.
    #[inline]
    pub fn lower_bound_m(&self, bounds: &Bounds) -> f64 {
        let [lon, lat] = self.position.to_degrees();
        let (south, north) = (bounds.min[1] - lat, bounds.max[1] - lat);
        let latitude_gap = south.max(-north).max(0.0).to_radians().min(LATITUDE_GAP);
        let farthest = north.abs().max(south.abs()).to_radians();
        // Eastward, westward, and both on the other side of the antimeridian.
        let (east, west) = (bounds.min[0] - lon, lon - bounds.max[0]);
        let gap_deg = east.max(west).max(0.0).min((east + 360.0).max(0.0)).min((west + 360.0).max(0.0));
        let longitude_gap = gap_deg.to_radians().min(LONGITUDE_GAP);
        let radius_m = (self.meridian_radius_m - MERIDIAN_RADIUS_CHANGE_M * latitude_gap).max(EQUATOR_MERIDIAN_RADIUS_M);
        let along_m = radius_m * latitude_gap * (1.0 - latitude_gap * latitude_gap / 24.0);
        let axis_m = (self.axis_m - GREATEST_MERIDIAN_RADIUS_M * farthest * (self.steepness + farthest).min(1.0)).max(0.0);
        let turn = longitude_gap * (1.0 - longitude_gap * longitude_gap / 24.0);
        let across_m2 = self.axis_m * axis_m * turn * turn;
        ((along_m * along_m + across_m2).sqrt() * ROUNDING - ROUNDING_M).max(0.0)
    }

    /// A box that holds everything within a distance; over the antimeridian or round the pole where it must be. Not much more
    /// than that, short of the poles.
    pub fn reach(&self, radius_m: f64) -> Bbox {
        let [lon, lat] = self.position.to_degrees();
        let radius_m = radius_m.max(0.0) / ROUNDING + ROUNDING_M;
        let half_chord = radius_m / (2.0 * EQUATOR_MERIDIAN_RADIUS_M);
        let up = if half_chord < 1.0 { 2.0 * half_chord.asin().to_degrees() } else { 180.0 };
        let (south, north) = ((lat - up).max(-90.0), (lat + up).min(90.0));
        // Where the distance from the axis is least, on the way round to the farthest meridian.
        let farthest = Self::new(LonLat::from_degrees(lon, if north > -south { north } else { south }).expect("a latitude"));
        let across_m = 2.0 * (self.axis_m * farthest.axis_m).max(0.0).sqrt();
        let sideways = if across_m > radius_m { 2.0 * (radius_m / across_m).asin().to_degrees() / ROUNDING } else { 180.0 };
        let (west, east) = (lon - sideways, lon + sideways);
        let (west, east) = match (east - west >= 360.0, west < -180.0, east > 180.0) {
            (true, ..) => (-180.0, 180.0),
            (_, true, _) => (west + 360.0, east),
            (.., true) => (west, east - 360.0),
            _ => (west, east),
        };
        Bbox::from_degrees(west, south, east, north).expect("edges were clamped")
    }
}

#[cfg(test)]
mod tests;
