//! A layer's shapes on the world grid, with the zoom each vertex matters from: made once, read by every tile.
//!
//! ```text
//! per feature   bounds 16 B, importance 4, soundness 4, dimension 1, first zoom 1, part end 4
//! per part      ring end 4
//! per ring      vertex end 4
//! per vertex    world x, y 8, keep-from zoom 1
//! ```
//! A building of 8 corners takes 110 bytes, and 4 for each attribute that is no text. Rings do not repeat their first vertex.

mod footprint;

use crate::definition::LayerDefinition;
use crate::dictionary::Values;
use crate::frame::{WorldBounds, world_from_lonlat};
use crate::label::Labels;
use crate::overview::Overview;
use crate::simplify::{self, Tolerance};
use crate::sound::{Judge, Sound};
use urbis_model::mercator::MAX_MERCATOR_LAT_DEG;
use urbis_model::{FeatureBatch, GeometryKind, GeometryRef, LayerName};

/// A layer ready for tiles. Belongs to exactly one [`FeatureBatch`], which holds the ids and attributes and is handed
/// in again at [`crate::encode()`].
#[derive(Clone, Debug)]
pub struct TileLayer {
    name: LayerName,
    definition: LayerDefinition,
    bounds: Vec<WorldBounds>,
    importance: Vec<f32>,
    dimensions: Vec<u8>,
    first_zooms: Vec<u8>,
    part_ends: Vec<u32>,
    ring_ends: Vec<u32>,
    vertex_ends: Vec<u32>,
    world: Vec<[u32; 2]>,
    keep_from: Vec<u8>,
    sound: Vec<Sound>,
    values: Values,
    labels: Labels,
    overviews: Vec<Overview>,
}

impl TileLayer {
    /// Prepares a layer. Linear in its vertices, but for lines of more than a thousand vertices that hug their chord.
    ///
    /// Points past the Mercator square have no place on it and are left out; lines and polygons are drawn along its
    /// edge there. Multi-surfaces and solids become their footprint: the union of their ground faces or, with none,
    /// of all faces projected.
    pub fn prepare(name: LayerName, features: &FeatureBatch, definition: LayerDefinition) -> Self {
        let count = features.len();
        let mut layer = Self {
            name,
            definition,
            bounds: Vec::with_capacity(count),
            importance: Vec::with_capacity(count),
            dimensions: Vec::with_capacity(count),
            first_zooms: Vec::with_capacity(count),
            part_ends: Vec::with_capacity(count),
            ring_ends: Vec::with_capacity(count),
            vertex_ends: Vec::with_capacity(count),
            world: Vec::with_capacity(features.geometries().vertex_count()),
            keep_from: Vec::with_capacity(features.geometries().vertex_count()),
            sound: Vec::new(),
            values: Values::default(),
            labels: Labels::default(),
            overviews: Vec::new(),
        };
        for position in 0..count {
            layer.add(features, position);
        }
        layer.shrink();
        let mut judge = Judge::default();
        layer.sound = (0..count as u32).map(|position| judge.sound(&layer, position)).collect();
        layer.values = Values::new(features, &layer.definition.attributes, layer.definition.max_text_bytes);
        layer.labels = Labels::new(&layer);
        layer.overviews = Overview::all(&layer.name, features, &layer.definition);
        layer
    }

    /// The layer's name, also in tiles.
    pub fn name(&self) -> &LayerName {
        &self.name
    }

    /// What it shows.
    pub fn definition(&self) -> &LayerDefinition {
        &self.definition
    }

    /// Number of features.
    pub fn len(&self) -> usize {
        self.bounds.len()
    }

    /// Whether it has no feature.
    pub fn is_empty(&self) -> bool {
        self.bounds.is_empty()
    }

    /// How far past a tile's edges candidates are to be looked for, in tile widths; for
    /// [`urbis_model::TileCoord::bounds`]. One unit more than the buffer, for rounding; where points are gathered, as far
    /// as a cluster may lie from its points, so that a tile with a cluster has a candidate.
    pub fn margin(&self) -> f64 {
        f64::from(self.definition.buffer_units + 1) / f64::from(crate::EXTENT) + self.cluster_margin()
    }

    fn cluster_margin(&self) -> f64 {
        let spread_px = self.definition.cluster.as_ref().map_or(0.0, crate::cluster::Cluster::spread_px);
        spread_px * crate::frame::UNITS_PER_PIXEL as f64 / f64::from(crate::EXTENT)
    }

    /// Bytes held on the heap.
    pub fn heap_bytes(&self) -> usize {
        self.bounds.capacity() * size_of::<WorldBounds>()
            + (self.importance.capacity() + self.part_ends.capacity()) * 4
            + self.dimensions.capacity()
            + self.first_zooms.capacity()
            + (self.ring_ends.capacity() + self.vertex_ends.capacity()) * 4
            + self.world.capacity() * 8
            + self.keep_from.capacity()
            + self.sound.capacity() * size_of::<Sound>()
            + self.values.heap_bytes()
            + self.labels.heap_bytes()
            + self.overviews.iter().map(Overview::heap_bytes).sum::<usize>()
    }

    /// Whether tiles of a zoom show clusters or merged shapes, which the layer finds itself, instead of candidates.
    pub fn has_overview(&self, zoom: u8) -> bool {
        self.overview(zoom).is_some()
    }

    pub(crate) fn overview(&self, zoom: u8) -> Option<&Overview> {
        self.overviews.iter().find(|overview| overview.zooms().contains(&zoom))
    }

    /// What rounding can't break of a feature.
    pub(crate) fn sound(&self, position: u32) -> Sound {
        self.sound[position as usize]
    }

    /// Numbers of the attributes' values.
    pub(crate) fn values(&self) -> &Values {
        &self.values
    }

    /// Label points, where the zoom has them.
    pub(crate) fn labels(&self, zoom: u8) -> Option<&Labels> {
        Some(&self.labels).filter(|labels| labels.at(zoom))
    }

    pub(crate) fn bounds(&self, position: u32) -> &WorldBounds {
        &self.bounds[position as usize]
    }

    pub(crate) fn importance(&self, position: u32) -> f32 {
        self.importance[position as usize]
    }

    pub(crate) fn first_zoom(&self, position: u32) -> u8 {
        self.first_zooms[position as usize]
    }

    /// 0 for points, 1 for lines, 2 for areas.
    pub(crate) fn dimension(&self, position: u32) -> u8 {
        self.dimensions[position as usize]
    }

    /// Range of a feature's parts.
    pub(crate) fn parts(&self, position: u32) -> std::ops::Range<usize> {
        range(&self.part_ends, position as usize)
    }

    /// Range of a part's rings.
    pub(crate) fn rings(&self, part: usize) -> std::ops::Range<usize> {
        range(&self.ring_ends, part)
    }

    /// A ring's vertices on the world grid and the zoom each matters from.
    pub(crate) fn ring(&self, ring: usize) -> (&[[u32; 2]], &[u8]) {
        let range = range(&self.vertex_ends, ring);
        (&self.world[range.clone()], &self.keep_from[range])
    }

    /// A ring's vertices that are drawn at a zoom.
    pub(crate) fn drawn(&self, ring: usize, zoom: u8) -> impl DoubleEndedIterator<Item = [u32; 2]> + Clone {
        let (world, keep_from) = self.ring(ring);
        world.iter().zip(keep_from).filter(move |(_, from)| **from <= zoom).map(|(point, _)| *point)
    }

    /// How many vertices a ring has over all zooms.
    pub(crate) fn ring_len(&self, ring: usize) -> usize {
        range(&self.vertex_ends, ring).len()
    }

    fn add(&mut self, features: &FeatureBatch, position: usize) {
        let geometry = features.geometry(position);
        let first_vertex = self.world.len();
        if geometry.kind().is_spatial() {
            for part in footprint::of(geometry) {
                self.add_part(part.iter().map(Vec::as_slice), 2);
            }
        } else {
            self.add_flat(geometry);
        }
        self.part_ends.push(self.ring_ends.len() as u32);
        self.dimensions.push(geometry.kind().dimension());
        let mut bounds = WorldBounds::EMPTY;
        for point in &self.world[first_vertex..] {
            bounds.add(*point);
        }
        self.bounds.push(bounds);
        let (importance, first_zoom) =
            self.definition.importance(features, position, || self.world_size(position as u32, geometry.kind()));
        self.importance.push(importance);
        self.first_zooms.push(first_zoom);
    }

    fn add_flat(&mut self, geometry: GeometryRef<'_>) {
        let dimension = geometry.kind().dimension();
        let closed = usize::from(dimension == 2);
        let mut projected: Vec<Vec<[u32; 2]>> = Vec::new();
        for part in geometry.parts() {
            projected.clear();
            for ring in part.rings() {
                let lonlat = ring.lonlat();
                if dimension == 0 && lonlat[0][1].abs() > MAX_MERCATOR_LAT_DEG {
                    continue;
                }
                projected.push(lonlat[..lonlat.len() - closed].iter().map(|vertex| world_from_lonlat(*vertex)).collect());
            }
            self.add_part(projected.iter().map(Vec::as_slice), dimension);
        }
    }

    fn add_part<'a>(&mut self, rings: impl Iterator<Item = &'a [[u32; 2]]>, dimension: u8) {
        let tolerance = Tolerance { pixels: self.definition.simplify_px, max_zoom: self.definition.max_zoom };
        let rings_before = self.vertex_ends.len();
        for ring in rings {
            self.world.extend_from_slice(ring);
            if dimension == 2 {
                simplify::ring(ring, tolerance, &mut self.keep_from);
            } else {
                simplify::line(ring, tolerance, &mut self.keep_from);
            }
            self.vertex_ends.push(self.world.len() as u32);
        }
        if self.vertex_ends.len() > rings_before {
            self.ring_ends.push(self.vertex_ends.len() as u32);
        }
    }

    /// Area or length on the world grid; points are equal.
    fn world_size(&self, position: u32, kind: GeometryKind) -> f64 {
        let rings = || self.parts(position).flat_map(|part| self.rings(part).enumerate());
        match kind.dimension() {
            0 => 0.0,
            1 => rings().map(|(_, ring)| length(self.ring(ring).0)).sum(),
            _ => self.world_area(position),
        }
    }

    /// Area on the world grid: exteriors less holes.
    pub(crate) fn world_area(&self, position: u32) -> f64 {
        let rings = self.parts(position).flat_map(|part| self.rings(part).enumerate());
        rings
            .map(|(index, ring)| {
                let area = ring_area(self.ring(ring).0).abs();
                if index == 0 { area } else { -area }
            })
            .sum()
    }

    fn shrink(&mut self) {
        self.part_ends.shrink_to_fit();
        self.ring_ends.shrink_to_fit();
        self.vertex_ends.shrink_to_fit();
        self.world.shrink_to_fit();
        self.keep_from.shrink_to_fit();
    }
}

fn range(ends: &[u32], index: usize) -> std::ops::Range<usize> {
    let start = if index == 0 { 0 } else { ends[index - 1] as usize };
    start..ends[index] as usize
}

fn length(line: &[[u32; 2]]) -> f64 {
    let span = |pair: &[[u32; 2]], axis: usize| f64::from(pair[1][axis]) - f64::from(pair[0][axis]);
    line.windows(2).map(|pair| span(pair, 0).hypot(span(pair, 1))).sum()
}

/// Signed area of a ring whose first vertex is not repeated.
fn ring_area(ring: &[[u32; 2]]) -> f64 {
    let Some(&origin) = ring.first() else { return 0.0 };
    let relative = |point: [u32; 2]| [0, 1].map(|axis| f64::from(point[axis]) - f64::from(origin[axis]));
    let cross = |pair: &[[u32; 2]]| {
        let (a, b) = (relative(pair[0]), relative(pair[1]));
        a[0] * b[1] - a[1] * b[0]
    };
    ring.windows(2).map(cross).sum::<f64>() / 2.0
}

#[cfg(test)]
mod tests;
