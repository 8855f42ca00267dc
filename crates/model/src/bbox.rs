//! Boxes of longitude and latitude: [`Bbox`] is what a person asks for, [`Bounds`] is what a geometry has.

use crate::lonlat::{LonLat, NotAPosition};
use thiserror::Error;

/// A box as asked for (OGC `bbox`): west, south, east, north in degrees, edges included.
///
/// `west > east` means that it crosses the antimeridian, as in RFC 7946 section 5.2.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bbox {
    west_deg: f64,
    south_deg: f64,
    east_deg: f64,
    north_deg: f64,
}

/// Why four numbers are not a box.
#[derive(Clone, Copy, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum NotABbox {
    /// A corner is no position.
    #[error("a corner of the bbox is no position")]
    Corner(#[source] NotAPosition),
    /// South lies north of north.
    #[error("the bbox has its south edge {south_deg} north of its north edge {north_deg}; the order is west,south,east,north")]
    Inverted {
        /// South edge as given, degrees.
        south_deg: f64,
        /// North edge as given, degrees.
        north_deg: f64,
    },
}

impl Bbox {
    /// A box from its edges in degrees, in the order of OGC API and GeoJSON.
    ///
    /// # Errors
    /// [`NotABbox`] when a corner is no position or south > north.
    pub fn from_degrees(west_deg: f64, south_deg: f64, east_deg: f64, north_deg: f64) -> Result<Self, NotABbox> {
        LonLat::from_degrees(west_deg, south_deg).map_err(NotABbox::Corner)?;
        LonLat::from_degrees(east_deg, north_deg).map_err(NotABbox::Corner)?;
        if south_deg > north_deg {
            return Err(NotABbox::Inverted { south_deg, north_deg });
        }
        Ok(Self { west_deg, south_deg, east_deg, north_deg })
    }

    /// `[west, south, east, north]` in degrees.
    pub fn to_degrees(self) -> [f64; 4] {
        [self.west_deg, self.south_deg, self.east_deg, self.north_deg]
    }

    /// Whether the box runs over the 180th meridian.
    pub fn crosses_antimeridian(self) -> bool {
        self.west_deg > self.east_deg
    }

    /// The one or two planar boxes that make it up; two when it crosses the antimeridian, or ends at it: then the second has
    /// no width, for a place there may be at 180 or -180 degrees.
    pub fn planar_parts(self) -> impl Iterator<Item = Bounds> {
        let Self { west_deg, south_deg, east_deg, north_deg } = self;
        let part = |west, east| Bounds { min: [west, south_deg], max: [east, north_deg] };
        let (first, second) = if self.crosses_antimeridian() {
            (part(west_deg, 180.0), Some(part(-180.0, east_deg)))
        } else if east_deg == 180.0 && west_deg > -180.0 {
            (part(west_deg, east_deg), Some(part(-180.0, -180.0)))
        } else if west_deg == -180.0 && east_deg < 180.0 {
            (part(west_deg, east_deg), Some(part(180.0, 180.0)))
        } else {
            (part(west_deg, east_deg), None)
        };
        std::iter::once(first).chain(second)
    }

    /// Whether the position lies in the box or on its edge.
    pub fn contains(self, position: LonLat) -> bool {
        self.planar_parts().any(|part| part.contains(position.to_degrees()))
    }
}

/// The planar extent of coordinates, degrees, min ≤ max on both axes; [`Bounds::EMPTY`] before any coordinate.
///
/// Geometries that cross the antimeridian are stored cut at it (RFC 7946 section 3.1.9), so theirs need no wrap.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bounds {
    /// Least longitude and latitude.
    pub min: [f64; 2],
    /// Greatest longitude and latitude.
    pub max: [f64; 2],
}

impl Bounds {
    /// The bounds of nothing: grows to whatever is added, meets nothing.
    pub const EMPTY: Self = Self { min: [f64::INFINITY; 2], max: [f64::NEG_INFINITY; 2] };

    /// Whether nothing was added.
    pub fn is_empty(&self) -> bool {
        self.min[0] > self.max[0]
    }

    /// The bounds of some coordinates.
    pub fn of(coordinates: &[[f64; 2]]) -> Self {
        let mut bounds = Self::EMPTY;
        for &coordinate in coordinates {
            bounds.add(coordinate);
        }
        bounds
    }

    /// Grows to hold one coordinate.
    pub fn add(&mut self, [x, y]: [f64; 2]) {
        self.min = [self.min[0].min(x), self.min[1].min(y)];
        self.max = [self.max[0].max(x), self.max[1].max(y)];
    }

    /// Grows to hold another box.
    pub fn merge(&mut self, other: &Self) {
        self.min = [self.min[0].min(other.min[0]), self.min[1].min(other.min[1])];
        self.max = [self.max[0].max(other.max[0]), self.max[1].max(other.max[1])];
    }

    /// Whether the two share a point, edges included.
    pub fn intersects(&self, other: &Self) -> bool {
        self.min[0] <= other.max[0] && other.min[0] <= self.max[0] && self.min[1] <= other.max[1] && other.min[1] <= self.max[1]
    }

    /// Whether the coordinate lies inside or on the edge.
    pub fn contains(&self, [x, y]: [f64; 2]) -> bool {
        self.min[0] <= x && x <= self.max[0] && self.min[1] <= y && y <= self.max[1]
    }

    /// Whether the other box lies wholly inside, edges included.
    pub fn encloses(&self, other: &Self) -> bool {
        !other.is_empty() && self.contains(other.min) && self.contains(other.max)
    }

    /// The middle, degrees.
    pub fn center(&self) -> [f64; 2] {
        [(self.min[0] + self.max[0]) / 2.0, (self.min[1] + self.max[1]) / 2.0]
    }
}
