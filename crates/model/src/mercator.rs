//! The Web Mercator square that tiles divide.

use crate::lonlat::LonLat;

/// WGS 84 semi-major axis, the sphere radius of EPSG:3857 (EPSG guidance note 7-2, method 1024).
pub const WGS84_SEMI_MAJOR_AXIS_M: f64 = 6_378_137.0;

/// The latitude at which EPSG:3857 becomes a square: atan(sinh(π)) in degrees.
pub const MAX_MERCATOR_LAT_DEG: f64 = 85.051_128_779_806_59;

/// A point of the Web Mercator square: x grows east, y grows **south**, both 0 ..= 1 over the whole square
/// (tile row order of XYZ). Latitudes past [`MAX_MERCATOR_LAT_DEG`] fall outside 0 ..= 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MercatorUnit {
    /// 0 at the antimeridian's western side, 1 at its eastern.
    pub x: f64,
    /// 0 at the northern edge, 1 at the southern.
    pub y: f64,
}

/// Projects longitude, latitude in degrees to the unit square (EPSG:3857 scaled to 1; Snyder 1987, eq. 7-2).
///
/// Latitudes are clamped to ±89.99999° first, so that the poles stay finite.
pub fn mercator_from_lonlat([lon_deg, lat_deg]: [f64; 2]) -> MercatorUnit {
    let sin = lat_deg.clamp(-89.999_99, 89.999_99).to_radians().sin();
    MercatorUnit { x: lon_deg / 360.0 + 0.5, y: 0.5 - sin.atanh() / (2.0 * std::f64::consts::PI) }
}

/// The inverse of [`mercator_from_lonlat`]: `[longitude, latitude]` in degrees.
pub fn lonlat_from_mercator(point: MercatorUnit) -> [f64; 2] {
    let lat_rad = ((1.0 - 2.0 * point.y) * std::f64::consts::PI).sinh().atan();
    [(point.x - 0.5) * 360.0, lat_rad.to_degrees()]
}

impl From<LonLat> for MercatorUnit {
    fn from(position: LonLat) -> Self {
        mercator_from_lonlat(position.to_degrees())
    }
}
