//! A shape that somebody asks with: read from WKT or GeoJSON, or made from a box.

mod geojson;
mod wkt;

use std::sync::Arc;
use thiserror::Error;
use urbis_model::{Bbox, GeometryColumn, GeometryKind, GeometryRef, geometry::GeometryError, geometry::GeometryWriter};

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

    /// A copy of a feature's shape.
    pub fn from_geometry(geometry: GeometryRef<'_>) -> Self {
        Self::from_writer(|writer| writer.copy(geometry)).expect("a shape that a column holds is valid in another")
    }

    /// Well-known text (OGC 06-103r4 clause 7): any case; z and m values are read and left out.
    ///
    /// # Errors
    /// [`ShapeError`] says what is wrong and where. Nothing is mended: an open ring is an error.
    pub fn from_wkt(text: &str) -> Result<Self, ShapeError> {
        wkt::parse(text)
    }

    /// A GeoJSON geometry (RFC 7946 section 3.1), or a Feature or a FeatureCollection of one feature with one.
    ///
    /// # Errors
    /// [`ShapeError`] says what is wrong. Nothing is mended: an open ring is an error.
    pub fn from_geojson(text: &str) -> Result<Self, ShapeError> {
        geojson::parse(text)
    }

    /// A GeoJSON geometry that is already JSON.
    ///
    /// # Errors
    /// As [`Shape::from_geojson`].
    pub fn from_geojson_value(value: &serde_json::Value) -> Result<Self, ShapeError> {
        geojson::shape_of(value)
    }

    /// The box as a polygon: two when it crosses the antimeridian.
    pub fn from_bbox(bbox: Bbox) -> Self {
        let parts: Vec<_> = bbox.planar_parts().collect();
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
