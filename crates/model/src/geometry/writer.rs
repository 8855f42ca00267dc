//! Writing one shape, checked as a whole at the end.

use super::{GeometryColumn, GeometryError, GeometryKind, GeometryRef, MAX_VERTICES, SurfaceKind, start};
use crate::lonlat::LonLat;

/// Writes one shape into a column. Dropped before [`GeometryWriter::finish`] succeeds, it leaves nothing behind.
///
/// ```
/// use urbis_model::{GeometryColumn, GeometryKind};
/// let mut column = GeometryColumn::default();
/// let mut writer = column.writer();
/// writer.kind(GeometryKind::Polygon);
/// writer.part();
/// writer.ring();
/// for lonlat in [[121.0, 31.0], [122.0, 31.0], [122.0, 32.0], [121.0, 31.0]] {
///     writer.vertex(lonlat);
/// }
/// writer.finish().unwrap();
/// assert_eq!(column.len(), 1);
/// ```
#[derive(Debug)]
pub struct GeometryWriter<'a> {
    column: &'a mut GeometryColumn,
    kind: GeometryKind,
    finished: bool,
    /// First refusal met while writing.
    refusal: Option<GeometryError>,
}

impl<'a> GeometryWriter<'a> {
    pub(super) fn new(column: &'a mut GeometryColumn) -> Self {
        Self { column, kind: GeometryKind::Point, finished: false, refusal: None }
    }

    /// Says what the shape is; a point until said.
    pub fn kind(&mut self, kind: GeometryKind) {
        self.kind = kind;
    }

    /// Begins a part: a point, line, polygon or face.
    pub fn part(&mut self) {
        self.column.ring_ends.push(self.column.coord_ends.len() as u32);
        if !self.column.faces.is_empty() {
            self.column.faces.push(SurfaceKind::Unknown);
        }
    }

    /// Begins a face and says what it is.
    pub fn face(&mut self, face: SurfaceKind) {
        self.part();
        if self.column.faces.is_empty() && face != SurfaceKind::Unknown {
            self.column.faces.resize(self.column.ring_ends.len(), SurfaceKind::Unknown);
        }
        if let Some(last) = self.column.faces.last_mut() {
            *last = face;
        }
    }

    /// Begins a ring of the current part. Points and lines need one too.
    pub fn ring(&mut self) {
        self.column.coord_ends.push(self.column.lonlat.len() as u32);
        if let Some(end) = self.column.ring_ends.last_mut() {
            *end = self.column.coord_ends.len() as u32;
        }
    }

    /// Adds a vertex: longitude, latitude in degrees.
    pub fn vertex(&mut self, lonlat: [f64; 2]) {
        if self.vertices() >= MAX_VERTICES {
            self.refuse(GeometryError::TooManyVertices { vertices: self.vertices() + 1 });
            return;
        }
        if LonLat::from_degrees(lonlat[0], lonlat[1]).is_err() {
            let [lon_deg, lat_deg] = lonlat;
            self.refuse(GeometryError::Coordinate { vertex: self.vertices(), lon_deg, lat_deg });
        }
        self.column.lonlat.push(lonlat);
        if !self.column.z_m.is_empty() {
            self.column.z_m.push(f64::NAN);
        }
        if !self.column.depth_m.is_empty() {
            self.column.depth_m.push(f32::NAN);
        }
        if let Some(end) = self.column.coord_ends.last_mut() {
            *end = self.column.lonlat.len() as u32;
        }
    }

    /// Gives the last vertex its absolute height, metres in the layer's vertical datum.
    pub fn z_m(&mut self, z_m: f64) {
        if !z_m.is_finite() {
            self.refuse(GeometryError::Height { vertex: self.vertices().saturating_sub(1) });
        }
        self.column.z_m.resize(self.column.lonlat.len(), f64::NAN);
        if let Some(last) = self.column.z_m.last_mut() {
            *last = z_m;
        }
    }

    /// Gives the last vertex its depth below ground, metres.
    pub fn depth_m(&mut self, depth_m: f32) {
        if !depth_m.is_finite() {
            self.refuse(GeometryError::Height { vertex: self.vertices().saturating_sub(1) });
        }
        self.column.depth_m.resize(self.column.lonlat.len(), f32::NAN);
        if let Some(last) = self.column.depth_m.last_mut() {
            *last = depth_m;
        }
    }

    /// Writes another shape, wholly.
    pub fn copy(&mut self, other: GeometryRef<'_>) {
        self.kind(other.kind());
        for part in other.parts() {
            self.face(part.face());
            for ring in part.rings() {
                self.ring();
                for (index, lonlat) in ring.lonlat().iter().enumerate() {
                    self.vertex(*lonlat);
                    if let Some(z_m) = ring.z_m().map(|z| z[index]).filter(|z| !z.is_nan()) {
                        self.z_m(z_m);
                    }
                    if let Some(depth_m) = ring.depth_m().map(|depth| depth[index]).filter(|depth| !depth.is_nan()) {
                        self.depth_m(depth_m);
                    }
                }
            }
        }
    }

    /// Ends the shape. Linear in its vertices.
    ///
    /// # Errors
    /// [`GeometryError`] when it is not valid to hold; then the column is as it was. Whether polygon rings cross
    /// themselves is not asked here: `ingest` repairs or quarantines those.
    pub fn finish(mut self) -> Result<(), GeometryError> {
        if let Some(refusal) = self.refusal {
            return Err(refusal);
        }
        self.check()?;
        self.column.kinds.push(self.kind);
        self.column.part_ends.push(self.column.ring_ends.len() as u32);
        self.finished = true;
        Ok(())
    }

    fn vertices(&self) -> usize {
        let column = &self.column;
        column.lonlat.len() - start(&column.coord_ends, start(&column.ring_ends, start(&column.part_ends, column.kinds.len())))
    }

    fn refuse(&mut self, refusal: GeometryError) {
        self.refusal.get_or_insert(refusal);
    }

    fn check(&self) -> Result<(), GeometryError> {
        let (column, kind) = (&*self.column, self.kind.name());
        let first_part = start(&column.part_ends, column.kinds.len());
        let parts = first_part..column.ring_ends.len();
        if parts.is_empty() {
            return Err(GeometryError::Empty);
        }
        if self.kind.is_single() && parts.len() > 1 {
            return Err(GeometryError::TooManyParts { kind });
        }
        let (needed, closed) = match self.kind.dimension() {
            0 => (1, false),
            1 => (2, false),
            _ => (4, true),
        };
        let first_ring = start(&column.ring_ends, first_part);
        let first_vertex = start(&column.coord_ends, first_ring);
        for part in parts {
            let rings = start(&column.ring_ends, part)..column.ring_ends[part] as usize;
            if rings.is_empty() {
                return Err(GeometryError::Empty);
            }
            if !closed && rings.len() > 1 {
                return Err(GeometryError::TooManyParts { kind });
            }
            for ring in rings {
                let range = start(&column.coord_ends, ring)..column.coord_ends[ring] as usize;
                let (vertices, ring) = (&column.lonlat[range], ring - first_ring);
                if vertices.is_empty() {
                    return Err(GeometryError::Empty);
                }
                if vertices.len() < needed {
                    return Err(GeometryError::TooFew { ring, vertices: vertices.len(), needed, kind });
                }
                if self.kind.dimension() == 0 && vertices.len() > 1 {
                    return Err(GeometryError::TooManyParts { kind });
                }
                if closed && vertices.first() != vertices.last() {
                    return Err(GeometryError::Open { ring });
                }
            }
        }
        if self.kind.is_spatial() {
            let missing = match column.z_m.get(first_vertex..) {
                Some(heights) if !column.z_m.is_empty() => heights.iter().position(|z_m| z_m.is_nan()),
                _ => Some(0),
            };
            if let Some(vertex) = missing {
                return Err(GeometryError::Height { vertex });
            }
        }
        Ok(())
    }

    /// Takes back everything since the last finished shape.
    fn roll_back(&mut self) {
        let column = &mut *self.column;
        let parts = start(&column.part_ends, column.kinds.len());
        let rings = start(&column.ring_ends, parts);
        let coords = start(&column.coord_ends, rings);
        column.ring_ends.truncate(parts);
        column.coord_ends.truncate(rings);
        column.lonlat.truncate(coords);
        column.z_m.truncate(coords);
        column.depth_m.truncate(coords);
        column.faces.truncate(parts);
    }
}

impl Drop for GeometryWriter<'_> {
    fn drop(&mut self) {
        if !self.finished {
            self.roll_back();
        }
    }
}
