//! One feature's shape while it is worked on: flat buffers, reused from feature to feature.

mod wkb;

pub(crate) use wkb::{collection_wkb, parse_wkb};

use urbis_model::geometry::GeometryWriter;
use urbis_model::{GeometryKind, GeometryRef};

/// What the third coordinate of a source's vertices is (`z` of a metadata file).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ThirdCoordinate {
    /// Metres above the layer's vertical datum.
    #[default]
    Height,
    /// Metres below ground, positive downwards, as surveys of pipes give them. Faces in space keep heights.
    Depth,
}

/// A shape in flat buffers; nothing of it is checked.
#[derive(Clone, Debug)]
pub(crate) struct Shape {
    pub(crate) kind: GeometryKind,
    /// End of each part in `ring_ends`.
    pub(crate) part_ends: Vec<usize>,
    /// End of each ring in `xy`.
    pub(crate) ring_ends: Vec<usize>,
    pub(crate) xy: Vec<[f64; 2]>,
    /// One height per vertex, NaN where absent; empty when there is none.
    pub(crate) z: Vec<f64>,
}

impl Default for Shape {
    fn default() -> Self {
        Self { kind: GeometryKind::Point, part_ends: Vec::new(), ring_ends: Vec::new(), xy: Vec::new(), z: Vec::new() }
    }
}

impl Shape {
    /// A shape of a layer, with its heights or without; faces in space are a multipolygon.
    pub(crate) fn flat(shape: GeometryRef<'_>, with_heights: bool) -> Self {
        let mut flat = Self::default();
        for part in shape.parts() {
            for ring in part.rings() {
                flat.xy.extend(ring.lonlat());
                flat.z.extend(ring.z_m().filter(|_| with_heights).into_iter().flatten());
                flat.end_ring();
            }
            flat.end_part();
        }
        flat.kind = match shape.kind() {
            kind if kind.is_spatial() => GeometryKind::MultiPolygon,
            kind => kind,
        };
        flat
    }

    /// Empties it, keeping the buffers.
    pub(crate) fn clear(&mut self) {
        self.part_ends.clear();
        self.ring_ends.clear();
        self.xy.clear();
        self.z.clear();
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.xy.is_empty()
    }

    /// Ends the current ring; an empty one is left out.
    pub(crate) fn end_ring(&mut self) {
        if self.ring_ends.last().copied().unwrap_or(0) < self.xy.len() {
            self.ring_ends.push(self.xy.len());
        }
    }

    /// Ends the current part; an empty one is left out.
    pub(crate) fn end_part(&mut self) {
        if self.part_ends.last().copied().unwrap_or(0) < self.ring_ends.len() {
            self.part_ends.push(self.ring_ends.len());
        }
    }

    /// The rings of each part, as ranges of `ring_ends`.
    pub(crate) fn parts(&self) -> impl Iterator<Item = std::ops::Range<usize>> + '_ {
        self.part_ends.iter().enumerate().map(|(index, end)| if index == 0 { 0 } else { self.part_ends[index - 1] }..*end)
    }

    /// The vertices of a ring, as a range of `xy`.
    pub(crate) fn ring(&self, ring: usize) -> std::ops::Range<usize> {
        (if ring == 0 { 0 } else { self.ring_ends[ring - 1] })..self.ring_ends[ring]
    }

    /// Adds the parts of another shape of the same dimension.
    pub(crate) fn extend(&mut self, other: &Self) {
        let (coords, rings) = (self.xy.len(), self.ring_ends.len());
        if !other.z.is_empty() && self.z.is_empty() {
            self.z.resize(coords, f64::NAN);
        }
        self.xy.extend(&other.xy);
        if !self.z.is_empty() {
            self.z.extend(&other.z);
            self.z.resize(self.xy.len(), f64::NAN);
        }
        self.ring_ends.extend(other.ring_ends.iter().map(|end| end + coords));
        self.part_ends.extend(other.part_ends.iter().map(|end| end + rings));
    }

    /// The kind that its parts need: single for one, multi for more; a surface in space only where there are heights.
    pub(crate) fn fit_kind(&mut self) {
        use GeometryKind::{LineString, MultiLineString, MultiPoint, MultiPolygon, MultiSurface, Point, Polygon};
        if self.kind == MultiSurface && self.z.is_empty() {
            self.kind = MultiPolygon;
        }
        let many = self.part_ends.len() > 1;
        self.kind = match self.kind {
            Point | MultiPoint if many => MultiPoint,
            LineString | MultiLineString if many => MultiLineString,
            Polygon | MultiPolygon if many => MultiPolygon,
            kind => kind,
        };
    }

    /// Writes it into a column.
    pub(crate) fn write(&self, third: ThirdCoordinate, writer: &mut GeometryWriter<'_>) {
        let is_depth = third == ThirdCoordinate::Depth && !self.kind.is_spatial();
        writer.kind(self.kind);
        for part in self.parts() {
            writer.part();
            for ring in part {
                writer.ring();
                for vertex in self.ring(ring) {
                    writer.vertex(self.xy[vertex]);
                    match self.z.get(vertex).filter(|z_m| !z_m.is_nan()) {
                        Some(depth_m) if is_depth => writer.depth_m(*depth_m as f32),
                        Some(z_m) => writer.z_m(*z_m),
                        None => {}
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
