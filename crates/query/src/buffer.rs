//! Everything within a distance of a shape, as a polygon.
//!
//! 1. The shape is laid into the azimuthal equidistant plane about its middle (Karney 2013, section 14): distances from
//!    the middle are true there, others too long by d²/6R² at most, 0.07 % at the 400 km allowed.
//! 2. Long sides are cut first, because a side straight in longitude and latitude bends in the plane.
//! 3. A shape of few vertices is buffered at once. A larger one is taken apart into runs of sides, whose buffers are
//!    united two by two ([`pieces`]), since the overlay can't be interrupted and its time grows with the crossings.
//! 4. The plane's buffer is taken back, and cut where it runs over the antimeridian.

mod pieces;

pub(crate) use pieces::check_overlay;

use crate::{Cancel, Shape, measure::wgs84, relation::geo_from};
use geo::{
    BooleanOps, BoundingRect, Coord, LineString, MapCoords, MultiPolygon, Polygon, algorithm::buffer::BufferStyle,
    algorithm::buffer::LineCap, algorithm::buffer::LineJoin,
};
use geographiclib_rs::{DirectGeodesic, InverseGeodesic};
use thiserror::Error;
use urbis_model::geometry::GeometryError;

/// How far a buffer may reach from the middle of its shape: there the plane's scale error is 0.07 %.
pub(crate) const MAX_REACH_M: f64 = 400_000.0;

/// The most vertices that long sides are cut to.
const MAX_CUT_VERTICES: f64 = 100_000.0;

/// The most vertices of a shape to buffer.
pub(crate) const MAX_VERTICES: usize = 100_000;

/// The most crossings that one union is left to find: a second or so of work that can't be interrupted.
pub(crate) const MAX_CROSSINGS: usize = 100_000;

/// The most corners that go into one union.
pub(crate) const MAX_CORNERS: usize = 500_000;

/// The angle between the vertices of a round corner: their chord passes 0.03 % inside the circle.
const CORNER_STEP_RAD: f64 = 0.05;

/// Why there is no buffer.
#[derive(Clone, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum BufferError {
    /// A distance that is none.
    #[error("{distance_m} m is no buffer distance; it must be over 0 and finite")]
    Distance {
        /// As given, metres.
        distance_m: f64,
    },
    /// Too large for the error bound.
    #[error(
        "the buffer would reach {reach_m:.0} m from the middle of its shape; at most {MAX_REACH_M} m keep its error below 0.1 %"
    )]
    TooFar {
        /// How far, metres.
        reach_m: f64,
    },
    /// Over a pole.
    #[error("the buffer would hold a pole, which has no place on a map of longitude and latitude")]
    Pole,
    /// Of too many vertices.
    #[error("the shape has {vertices} vertices; at most {MAX_VERTICES} are buffered: simplify it")]
    TooLarge {
        /// As given.
        vertices: usize,
    },
    /// Too many sides cross, or too many corners would come out.
    #[error(
        "the sides of the shape or of its buffer cross more than {MAX_CROSSINGS} times, or make more than {MAX_CORNERS} corners: simplify it or buffer it in parts"
    )]
    Tangled,
    /// The deadline passed or the caller gave up.
    #[error("the buffer was given up before it was complete")]
    Cancelled,
    /// The result is not a valid shape.
    #[error("the buffer is not a valid polygon")]
    Geometry(#[source] GeometryError),
}

/// The polygon of everything within a distance of the shape, metres. Its vertices lie at that geodesic distance to
/// within 0.1 %; round corners are chords of 0.05 rad. O(n log² n) for n vertices and crossings.
///
/// # Errors
/// [`BufferError`].
pub fn buffer(shape: &Shape, distance_m: f64, cancel: &Cancel) -> Result<Shape, BufferError> {
    if !(distance_m.is_finite() && distance_m > 0.0) {
        return Err(BufferError::Distance { distance_m });
    }
    let vertices = shape.geometry().lonlat().len();
    if vertices > MAX_VERTICES {
        return Err(BufferError::TooLarge { vertices });
    }
    let plane = Plane::about(shape);
    let reach_m = distance_m + shape.geometry().lonlat().iter().map(|vertex| plane.away_m(*vertex)).fold(0.0, f64::max);
    if reach_m > MAX_REACH_M {
        return Err(BufferError::TooFar { reach_m });
    }
    if plane.away_m([0.0, 90f64.copysign(plane.middle[1])]) <= reach_m {
        return Err(BufferError::Pole);
    }
    let flat = cut(shape, distance_m).map_coords(|Coord { x, y }| plane.point_from_lonlat([x, y]));
    let style =
        BufferStyle::new(distance_m).line_join(LineJoin::Round(CORNER_STEP_RAD)).line_cap(LineCap::Round(CORNER_STEP_RAD));
    let buffered = pieces::buffer(&flat, style, cancel)?.map_coords(|point| plane.lonlat_from_point(point));
    Shape::of_polygons(&on_the_map(buffered)).map_err(BufferError::Geometry)
}

/// The azimuthal equidistant plane, metres.
struct Plane {
    middle: [f64; 2],
}

impl Plane {
    fn about(shape: &Shape) -> Self {
        // Longitudes are taken near the first one, for a shape that is cut at the antimeridian.
        let vertices = shape.geometry().lonlat();
        let first = vertices[0][0];
        let mut bounds = urbis_model::Bounds::EMPTY;
        vertices.iter().for_each(|[lon, lat]| bounds.add([lon - 360.0 * ((lon - first) / 360.0).round(), *lat]));
        Self { middle: bounds.center() }
    }

    fn away_m(&self, [lon, lat]: [f64; 2]) -> f64 {
        wgs84().inverse(self.middle[1], self.middle[0], lat, lon)
    }

    fn point_from_lonlat(&self, [lon, lat]: [f64; 2]) -> Coord {
        let (away_m, azimuth_deg, _, _): (f64, f64, f64, f64) = wgs84().inverse(self.middle[1], self.middle[0], lat, lon);
        let (sin, cos) = azimuth_deg.to_radians().sin_cos();
        Coord { x: away_m * sin, y: away_m * cos }
    }

    /// Longitude within half a turn of the middle's, so it may pass ±180.
    fn lonlat_from_point(&self, Coord { x, y }: Coord) -> Coord {
        let (lat, lon): (f64, f64) = wgs84().direct(self.middle[1], self.middle[0], x.atan2(y).to_degrees(), x.hypot(y));
        Coord { x: lon - 360.0 * ((lon - self.middle[0]) / 360.0).round(), y: lat }
    }
}

/// The shape with sides so short that each strays from the plane's straight line by no more than 0.05 % of the buffer
/// distance: a parallel of latitude φ strays by L²·tan φ / 8R over a length L.
fn cut(shape: &Shape, distance_m: f64) -> geo::Geometry {
    let geometry = shape.geometry();
    let bounds = geometry.bounds();
    let steepness = bounds.max[1].abs().max(bounds.min[1].abs()).min(89.0).to_radians().tan().max(0.01);
    let total_m = crate::measure::length_m(geometry);
    let longest_m = (0.004 * wgs84().a * distance_m / steepness).sqrt().max(total_m / MAX_CUT_VERTICES);
    let line = |line: &LineString| {
        let mut cut = Vec::with_capacity(line.0.len());
        for side in line.0.windows(2) {
            let length_m: f64 = wgs84().inverse(side[0].y, side[0].x, side[1].y, side[1].x);
            let steps = (length_m / longest_m).ceil().max(1.0) as usize;
            cut.extend((0..steps).map(|step| side[0] + (side[1] - side[0]) * (step as f64 / steps as f64)));
        }
        cut.extend(line.0.last());
        LineString::new(cut)
    };
    let polygon = |polygon: &Polygon| Polygon::new(line(polygon.exterior()), polygon.interiors().iter().map(line).collect());
    match geo_from(geometry) {
        geo::Geometry::LineString(one) => line(&one).into(),
        geo::Geometry::MultiLineString(lines) => geo::MultiLineString::new(lines.iter().map(line).collect()).into(),
        geo::Geometry::Polygon(one) => polygon(&one).into(),
        geo::Geometry::MultiPolygon(polygons) => MultiPolygon::new(polygons.iter().map(polygon).collect()).into(),
        points => points,
    }
}

/// What passes ±180 cut off and laid where it belongs.
fn on_the_map(buffered: MultiPolygon) -> MultiPolygon {
    if buffered.iter().flat_map(|polygon| &polygon.exterior().0).all(|vertex| vertex.x.abs() <= 180.0) {
        return buffered;
    }
    let own = buffered.bounding_rect().unwrap_or_else(|| geo::Rect::new(Coord { x: 0.0, y: 0.0 }, Coord { x: 0.0, y: 0.0 }));
    // The overlay rounds to a raster of its operands' extent over 2^30: the cutting box is no larger than the buffer
    // needs, and the cut edge is put on the meridian again.
    let rounding_deg = (own.width() + own.height()) / f64::from(1 << 27);
    let pieces = [-360.0, 0.0, 360.0].into_iter().filter_map(|shift| {
        let (west, east) = ((shift - 180.0_f64).max(own.min().x - 1e-6), (shift + 180.0_f64).min(own.max().x + 1e-6));
        let map = (west < east).then(|| {
            let (south, north) = (own.min().y - 1e-6, own.max().y + 1e-6);
            geo::Rect::new(Coord { x: west, y: south }, Coord { x: east, y: north }).to_polygon()
        })?;
        Some(buffered.intersection(&map).map_coords(|Coord { x, y }| {
            let x = x - shift;
            Coord { x: if 180.0 - x.abs() < rounding_deg { 180f64.copysign(x) } else { x }, y }
        }))
    });
    MultiPolygon::new(pieces.flatten().collect())
}

#[cfg(test)]
mod tests;
