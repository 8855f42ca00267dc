//! A shape that somebody asks with: read from WKT or GeoJSON, or made from a box.

mod corners;
mod geojson;
mod probes;
mod valid;
mod wkt;

pub(crate) use corners::Corners;
pub(crate) use probes::find_same;
use std::sync::Arc;
use thiserror::Error;
use urbis_model::{Bbox, Bounds, GeometryColumn, GeometryKind, GeometryRef, geometry::GeometryError, geometry::GeometryWriter};
use valid::{MAX_CROSSINGS, MAX_REPAIRED_VERTICES};

/// The longest WKT or GeoJSON text of a shape, bytes; stops a request from filling memory before it is read. A polygon
/// of 250,000 vertices at full precision stays below it.
pub(crate) const MAX_SHAPE_BYTES: usize = 16 << 20;

/// One shape in longitude and latitude. Cheap to clone.
///
/// ```
/// use urbis_query::Shape;
/// let shape = Shape::from_wkt("POLYGON((121 31, 122 31, 122 32, 121 31))").unwrap();
/// assert_eq!(shape.geometry().lonlat().len(), 4);
/// assert!(Shape::from_wkt("POLYGON((121 31, 122 31, 122 32))").is_err()); // not closed
/// ```
#[derive(Clone, Debug)]
pub struct Shape {
    column: Arc<GeometryColumn>,
}

/// Why a text is no shape.
#[derive(Clone, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum ShapeError {
    /// Too long.
    #[error("the geometry text has {bytes} bytes, more than {MAX_SHAPE_BYTES}")]
    TooLong {
        /// Its length.
        bytes: usize,
    },
    /// Not as the format has it.
    #[error("{format} expected {expected} at byte {byte}, found {found:?}")]
    Syntax {
        /// `WKT` or `GeoJSON`.
        format: &'static str,
        /// What should stand there.
        expected: &'static str,
        /// Where, counted from 0.
        byte: usize,
        /// What stands there, shortened.
        found: String,
    },
    /// Not as GeoJSON has it.
    #[error("GeoJSON: {reason}")]
    GeoJson {
        /// What is wrong.
        reason: String,
    },
    /// A kind that a selection does not take.
    #[error("geometry type {kind:?} is not one of Point, MultiPoint, LineString, MultiLineString, Polygon, MultiPolygon")]
    Kind {
        /// The kind as given, shortened.
        kind: String,
    },
    /// The geometry is not valid.
    #[error("the geometry is not valid")]
    Geometry(#[source] GeometryError),
    /// A side that may go round the globe either way.
    #[error(
        "a side runs from longitude {from_deg} to {to_deg}, over more than half the globe: cut the shape in two at the 180th meridian (RFC 7946 section 3.1.9), or put a vertex in between if the long way is meant"
    )]
    LongSide {
        /// Where it begins, degrees.
        from_deg: f64,
        /// Where it ends, degrees.
        to_deg: f64,
    },
    /// Too many sides cross, or too many vertices are to be laid over.
    #[error(
        "the area can't be made valid: its rings cross more than {MAX_CROSSINGS} times, have over {MAX_REPAIRED_VERTICES} vertices, or run over themselves again and again; draw it more simply"
    )]
    Tangled,
    /// Rings that enclose nothing.
    #[error("the area is empty: its rings enclose nothing")]
    NoArea,
}

impl Shape {
    /// A shape written by the caller, vertex by vertex.
    ///
    /// # Errors
    /// [`GeometryError`] when it is not valid to hold.
    pub fn from_writer(write: impl FnOnce(&mut GeometryWriter<'_>)) -> Result<Self, GeometryError> {
        let mut column = GeometryColumn::default();
        let mut writer = column.writer();
        write(&mut writer);
        writer.finish()?;
        column.shrink();
        Ok(Self { column: Arc::new(column) })
    }

    /// The area of one polygon or several.
    pub(crate) fn of_polygons(polygons: &geo::MultiPolygon) -> Result<Self, GeometryError> {
        Self::from_writer(|writer| {
            writer.kind(if polygons.0.len() == 1 { GeometryKind::Polygon } else { GeometryKind::MultiPolygon });
            for polygon in polygons {
                writer.part();
                for ring in std::iter::once(polygon.exterior()).chain(polygon.interiors()) {
                    writer.ring();
                    ring.coords().for_each(|vertex| writer.vertex([vertex.x, vertex.y]));
                }
            }
        })
    }

    /// A copy of a feature's shape.
    pub fn from_geometry(geometry: GeometryRef<'_>) -> Self {
        Self::from_writer(|writer| writer.copy(geometry)).expect("a shape that a column holds is valid in another")
    }

    /// Well-known text (OGC 06-103r4 clause 7): any case; z and m values are read and left out.
    ///
    /// An area that is not valid becomes the one that its rings cover: parts side by side or over each other become one,
    /// a ring that crosses itself covers what lies within by the even-odd rule.
    ///
    /// # Errors
    /// [`ShapeError`] says what is wrong and where. An open ring is not closed, and a side over more than half the globe is
    /// not cut: both are errors.
    pub fn from_wkt(text: &str) -> Result<Self, ShapeError> {
        wkt::parse(text)?.checked()
    }

    /// A GeoJSON geometry (RFC 7946 section 3.1), a Feature with one, or a FeatureCollection: all its shapes as one.
    /// Made valid as by [`Shape::from_wkt`].
    ///
    /// # Errors
    /// As [`Shape::from_wkt`]; and when a collection has points, lines and areas side by side.
    pub fn from_geojson(text: &str) -> Result<Self, ShapeError> {
        geojson::parse(text)?.checked()
    }

    /// A GeoJSON geometry that is already JSON.
    ///
    /// # Errors
    /// As [`Shape::from_geojson`].
    pub fn from_geojson_value(value: &serde_json::Value) -> Result<Self, ShapeError> {
        geojson::shape_of(value)?.checked()
    }

    /// As it is written, valid or not.
    #[cfg(test)]
    pub(crate) fn from_unchecked_wkt(text: &str) -> Result<Self, ShapeError> {
        wkt::parse(text)
    }

    /// Made valid, or refused.
    fn checked(self) -> Result<Self, ShapeError> {
        valid::check_sides(&self)?;
        self.made_valid()
    }

    /// The same area, valid. Other shapes, and valid ones, as they are.
    pub(crate) fn made_valid(self) -> Result<Self, ShapeError> {
        valid::made_valid(self)
    }

    /// The box as a polygon: two when it crosses the antimeridian.
    pub fn from_bbox(bbox: Bbox) -> Self {
        let is_area = |part: &Bounds| part.min[0] < part.max[0];
        let wide = bbox.planar_parts().any(|part| is_area(&part));
        let parts: Vec<_> = bbox.planar_parts().filter(|part| !wide || is_area(part)).collect();
        Self::from_writer(|writer| {
            writer.kind(if parts.len() == 1 { GeometryKind::Polygon } else { GeometryKind::MultiPolygon });
            for part in &parts {
                writer.part();
                writer.ring();
                let ([w, s], [e, n]) = (part.min, part.max);
                [[w, s], [e, s], [e, n], [w, n], [w, s]].into_iter().for_each(|corner| writer.vertex(corner));
            }
        })
        .expect("the corners of a bbox are positions")
    }

    /// The shape.
    pub fn geometry(&self) -> GeometryRef<'_> {
        self.column.geometry(0)
    }
}

impl PartialEq for Shape {
    /// Same kind and the same vertices in the same rings.
    fn eq(&self, other: &Self) -> bool {
        let rings = |shape: &Self| -> Vec<Vec<usize>> {
            shape.geometry().parts().map(|part| part.rings().map(|ring| ring.lonlat().len()).collect()).collect()
        };
        self.geometry().kind() == other.geometry().kind()
            && self.geometry().lonlat() == other.geometry().lonlat()
            && rings(self) == rings(other)
    }
}

/// At most 40 characters of what was found, for a message.
fn shortened(text: &str) -> String {
    match text.char_indices().nth(40) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests;
