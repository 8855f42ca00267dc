//! Shapes in flat coordinate buffers.
//!
//! One layout serves every kind, GeoArrow's multipolygon nesting (features → parts → rings → coordinates):
//!
//! ```text
//! kinds      [ Polygon, Point, ... ]            one byte per feature
//! part_ends  [ 1,       2,     ... ]            feature -> parts  (points, lines, polygons, faces)
//! ring_ends  [ 2,       3,     ... ]            part    -> rings  (exterior first, then holes)
//! coord_ends [ 5, 9,    10,    ... ]            ring    -> coordinates
//! lonlat     [ [x,y] x 5, [x,y] x 4, [x,y] ]    degrees, rings closed
//! ```
//!
//! Points and lines take one ring a part. GeoArrow's own crates were left out: they bring Arrow's whole array and
//! schema machinery for what is here four vectors, and have no place for per-face semantics or per-vertex depth.

mod append;
mod writer;

use crate::bbox::Bounds;
use thiserror::Error;
pub use writer::GeometryWriter;

/// The most vertices of one feature.
///
/// Stops a file that declares one polygon of 10 million vertices from holding up every reader of its layer; the
/// largest honest coastline polygons of OSM regional extracts stay below it.
pub const MAX_VERTICES: usize = 1_000_000;

/// What a feature's shape is (OGC Simple Features, and CityGML's multi-surface and solid).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[repr(u8)]
pub enum GeometryKind {
    /// One position.
    Point,
    /// Positions.
    MultiPoint,
    /// One line of at least two vertices.
    LineString,
    /// Lines.
    MultiLineString,
    /// One polygon: an exterior ring and holes.
    Polygon,
    /// Polygons.
    MultiPolygon,
    /// Faces in space, each with its meaning (CityGML MultiSurface); every vertex has a z.
    MultiSurface,
    /// Faces that enclose a volume (CityGML Solid, exterior shell); every vertex has a z.
    Solid,
}

impl GeometryKind {
    /// The name of GeoJSON and OGC.
    pub fn name(self) -> &'static str {
        match self {
            Self::Point => "Point",
            Self::MultiPoint => "MultiPoint",
            Self::LineString => "LineString",
            Self::MultiLineString => "MultiLineString",
            Self::Polygon => "Polygon",
            Self::MultiPolygon => "MultiPolygon",
            Self::MultiSurface => "MultiSurface",
            Self::Solid => "Solid",
        }
    }

    /// 0 for points, 1 for lines, 2 for areas and faces.
    pub fn dimension(self) -> u8 {
        match self {
            Self::Point | Self::MultiPoint => 0,
            Self::LineString | Self::MultiLineString => 1,
            Self::Polygon | Self::MultiPolygon | Self::MultiSurface | Self::Solid => 2,
        }
    }

    /// Whether it may have exactly one part only.
    fn is_single(self) -> bool {
        matches!(self, Self::Point | Self::LineString | Self::Polygon)
    }

    /// Whether its faces live in space rather than on the map.
    pub fn is_spatial(self) -> bool {
        matches!(self, Self::MultiSurface | Self::Solid)
    }
}

/// What a face of a multi-surface or solid is (CityGML 2.0 `_BoundarySurface`, `_Opening`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[repr(u8)]
pub enum SurfaceKind {
    /// Not stated.
    #[default]
    Unknown,
    /// A roof.
    Roof,
    /// An outer wall.
    Wall,
    /// The footprint.
    Ground,
    /// A surface that only closes the volume.
    Closure,
    /// An outer floor, such as above a passage.
    OuterFloor,
    /// An outer ceiling.
    OuterCeiling,
    /// A window.
    Window,
    /// A door.
    Door,
}

impl SurfaceKind {
    /// Every kind; its position is its `u8`.
    pub const ALL: [Self; 9] = [
        Self::Unknown,
        Self::Roof,
        Self::Wall,
        Self::Ground,
        Self::Closure,
        Self::OuterFloor,
        Self::OuterCeiling,
        Self::Window,
        Self::Door,
    ];
}

/// Why a shape is not valid to hold.
#[derive(Clone, Copy, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum GeometryError {
    /// No part, ring or vertex.
    #[error("the geometry is empty")]
    Empty,
    /// A coordinate that is no position.
    #[error("vertex {vertex} at {lon_deg}, {lat_deg} is no position in degrees")]
    Coordinate {
        /// Which vertex, from 0.
        vertex: usize,
        /// Its longitude as given.
        lon_deg: f64,
        /// Its latitude as given.
        lat_deg: f64,
    },
    /// A height or depth that is infinite, or missing where faces need it.
    #[error("vertex {vertex} has no finite height, or one given twice")]
    Height {
        /// Which vertex, from 0.
        vertex: usize,
    },
    /// A ring whose last vertex is not its first.
    #[error("ring {ring} is not closed")]
    Open {
        /// Which ring, from 0.
        ring: usize,
    },
    /// Fewer vertices than the kind needs.
    #[error("ring {ring} has {vertices} vertices, a {kind} needs {needed}")]
    TooFew {
        /// Which ring, from 0.
        ring: usize,
        /// How many it has.
        vertices: usize,
        /// How many it needs.
        needed: usize,
        /// The kind's name.
        kind: &'static str,
    },
    /// Several parts in a single kind, or several rings in a point or line.
    #[error("a {kind} has one part, this one has more")]
    TooManyParts {
        /// The kind's name.
        kind: &'static str,
    },
    /// Past [`MAX_VERTICES`].
    #[error("{vertices} vertices are more than {MAX_VERTICES}")]
    TooManyVertices {
        /// How many.
        vertices: usize,
    },
}

/// The shapes of a layer, by position. See the module for the layout.
#[derive(Clone, Debug, Default)]
pub struct GeometryColumn {
    kinds: Vec<GeometryKind>,
    part_ends: Vec<u32>,
    ring_ends: Vec<u32>,
    coord_ends: Vec<u32>,
    lonlat: Vec<[f64; 2]>,
    /// Absolute height per vertex in the layer's vertical datum, NaN where absent; empty while no vertex has one.
    z_m: Vec<f64>,
    /// Depth below ground per vertex, NaN where absent; empty while no vertex has one.
    depth_m: Vec<f32>,
    /// Meaning per part; empty while no part has one.
    faces: Vec<SurfaceKind>,
}

impl GeometryColumn {
    /// Number of shapes.
    pub fn len(&self) -> usize {
        self.kinds.len()
    }

    /// Whether there is no shape.
    pub fn is_empty(&self) -> bool {
        self.kinds.is_empty()
    }

    /// Starts the next shape.
    pub fn writer(&mut self) -> GeometryWriter<'_> {
        GeometryWriter::new(self)
    }

    /// The shape at a position.
    ///
    /// # Panics
    /// When `index` is out of range.
    pub fn geometry(&self, index: usize) -> GeometryRef<'_> {
        assert!(index < self.len(), "geometry {index} of {}", self.len());
        GeometryRef { column: self, index }
    }

    /// All shapes, in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = GeometryRef<'_>> {
        (0..self.len()).map(|index| GeometryRef { column: self, index })
    }

    /// The extent of all shapes.
    pub fn bounds(&self) -> Bounds {
        Bounds::of(&self.lonlat)
    }

    /// Number of vertices of all shapes.
    pub fn vertex_count(&self) -> usize {
        self.lonlat.len()
    }

    /// Keeps the first `len` shapes.
    pub fn truncate(&mut self, len: usize) {
        if len >= self.len() {
            return;
        }
        let parts = start(&self.part_ends, len);
        let rings = start(&self.ring_ends, parts);
        let coords = start(&self.coord_ends, rings);
        self.kinds.truncate(len);
        self.part_ends.truncate(len);
        self.ring_ends.truncate(parts);
        self.coord_ends.truncate(rings);
        self.lonlat.truncate(coords);
        self.z_m.truncate(coords);
        self.depth_m.truncate(coords);
        self.faces.truncate(parts);
    }

    /// Gives back spare capacity.
    pub fn shrink(&mut self) {
        self.kinds.shrink_to_fit();
        self.part_ends.shrink_to_fit();
        self.ring_ends.shrink_to_fit();
        self.coord_ends.shrink_to_fit();
        self.lonlat.shrink_to_fit();
        self.z_m.shrink_to_fit();
        self.depth_m.shrink_to_fit();
        self.faces.shrink_to_fit();
    }

    /// Bytes held on the heap.
    pub fn heap_bytes(&self) -> usize {
        self.kinds.capacity()
            + (self.part_ends.capacity() + self.ring_ends.capacity() + self.coord_ends.capacity()) * 4
            + self.lonlat.capacity() * 16
            + self.z_m.capacity() * 8
            + self.depth_m.capacity() * 4
            + self.faces.capacity()
    }
}

fn start(ends: &[u32], index: usize) -> usize {
    if index == 0 { 0 } else { ends[index - 1] as usize }
}

/// A borrowed shape.
#[derive(Clone, Copy, Debug)]
pub struct GeometryRef<'a> {
    column: &'a GeometryColumn,
    index: usize,
}

impl<'a> GeometryRef<'a> {
    /// What it is.
    pub fn kind(self) -> GeometryKind {
        self.column.kinds[self.index]
    }

    /// Its points, lines, polygons or faces.
    pub fn parts(self) -> impl ExactSizeIterator<Item = Part<'a>> {
        let column = self.column;
        (start(&column.part_ends, self.index)..column.part_ends[self.index] as usize).map(move |index| Part { column, index })
    }

    /// All its vertices in one run, rings after each other.
    pub fn lonlat(self) -> &'a [[f64; 2]] {
        &self.column.lonlat[self.coordinate_range()]
    }

    /// Absolute heights of all its vertices, NaN where one is absent; none when no vertex of the column has one.
    pub fn z_m(self) -> Option<&'a [f64]> {
        (!self.column.z_m.is_empty()).then(|| &self.column.z_m[self.coordinate_range()])
    }

    /// Depths below ground of all its vertices, NaN where one is absent; none when no vertex of the column has one.
    pub fn depth_m(self) -> Option<&'a [f32]> {
        (!self.column.depth_m.is_empty()).then(|| &self.column.depth_m[self.coordinate_range()])
    }

    fn coordinate_range(self) -> std::ops::Range<usize> {
        let column = self.column;
        let first_ring = start(&column.ring_ends, start(&column.part_ends, self.index));
        let end_ring = column.ring_ends[column.part_ends[self.index] as usize - 1] as usize;
        start(&column.coord_ends, first_ring)..column.coord_ends[end_ring - 1] as usize
    }

    /// The planar extent of its vertices.
    pub fn bounds(self) -> Bounds {
        Bounds::of(self.lonlat())
    }
}

/// A point, line, polygon or face of a shape.
#[derive(Clone, Copy, Debug)]
pub struct Part<'a> {
    column: &'a GeometryColumn,
    index: usize,
}

impl<'a> Part<'a> {
    /// Its rings: exterior first, then holes. Points and lines have one.
    pub fn rings(self) -> impl ExactSizeIterator<Item = Ring<'a>> {
        let column = self.column;
        (start(&column.ring_ends, self.index)..column.ring_ends[self.index] as usize).map(move |index| Ring { column, index })
    }

    /// What a face is; [`SurfaceKind::Unknown`] for anything but faces.
    pub fn face(self) -> SurfaceKind {
        self.column.faces.get(self.index).copied().unwrap_or_default()
    }
}

/// A run of vertices.
#[derive(Clone, Copy, Debug)]
pub struct Ring<'a> {
    column: &'a GeometryColumn,
    index: usize,
}

impl<'a> Ring<'a> {
    /// Longitude, latitude in degrees; polygon rings repeat their first vertex at the end.
    pub fn lonlat(self) -> &'a [[f64; 2]] {
        &self.column.lonlat[self.range()]
    }

    /// Absolute heights, as [`GeometryRef::z_m`].
    pub fn z_m(self) -> Option<&'a [f64]> {
        (!self.column.z_m.is_empty()).then(|| &self.column.z_m[self.range()])
    }

    /// Depths below ground, as [`GeometryRef::depth_m`].
    pub fn depth_m(self) -> Option<&'a [f32]> {
        (!self.column.depth_m.is_empty()).then(|| &self.column.depth_m[self.range()])
    }

    fn range(self) -> std::ops::Range<usize> {
        start(&self.column.coord_ends, self.index)..self.column.coord_ends[self.index] as usize
    }
}

#[cfg(test)]
mod tests;
