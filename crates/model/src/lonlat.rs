//! A position on the ellipsoid.

use thiserror::Error;

/// Longitude and latitude in degrees on the CGCS2000 / WGS 84 frame (EPSG:4490 datum, lon before lat).
///
/// Longitude is in −180 ..= 180, latitude in −90 ..= 90, both finite.
///
/// ```
/// use urbis_model::LonLat;
/// let haimen = LonLat::from_degrees(121.17, 31.90).unwrap();
/// assert_eq!(haimen.lat_deg(), 31.90);
/// assert!(LonLat::from_degrees(31.90, 121.17).is_err()); // axes swapped
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LonLat {
    lon_deg: f64,
    lat_deg: f64,
}

/// Why a pair of numbers is not a position.
#[derive(Clone, Copy, Debug, Error, PartialEq)]
#[error(
    "longitude {lon_deg}, latitude {lat_deg} is not a position: longitude must lie in -180..180 and latitude in -90..90 degrees"
)]
pub struct NotAPosition {
    /// The longitude as given, degrees.
    pub lon_deg: f64,
    /// The latitude as given, degrees.
    pub lat_deg: f64,
}

impl LonLat {
    /// A position from longitude and latitude in degrees.
    ///
    /// # Errors
    /// [`NotAPosition`] when either is not finite or out of range.
    pub fn from_degrees(lon_deg: f64, lat_deg: f64) -> Result<Self, NotAPosition> {
        // A NaN fails both comparisons.
        if (-180.0..=180.0).contains(&lon_deg) && (-90.0..=90.0).contains(&lat_deg) {
            Ok(Self { lon_deg, lat_deg })
        } else {
            Err(NotAPosition { lon_deg, lat_deg })
        }
    }

    /// Longitude in degrees, −180 ..= 180.
    pub fn lon_deg(self) -> f64 {
        self.lon_deg
    }

    /// Latitude in degrees, −90 ..= 90.
    pub fn lat_deg(self) -> f64 {
        self.lat_deg
    }

    /// `[longitude, latitude]` in degrees, the order of every coordinate buffer.
    pub fn to_degrees(self) -> [f64; 2] {
        [self.lon_deg, self.lat_deg]
    }
}
