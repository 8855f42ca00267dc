//! A layer's shapes on the world grid, with the zooms each vertex is drawn at: made once, read by every tile.
//!
//! ```text
//! per feature   bounds 16 B, importance 4, soundness 4, dimension 1, first zoom 1, part end 4; dust 4 where polygons are
//! per part      ring end 4
//! per ring      vertex end 4
//! per vertex    world x, y 8, from and until which zoom 2; depth 4 where lines tell it
//! per 256 vertices of a ring of more than a thousand: their box and lowest zoom 20
//! ```
//! A building of 8 corners takes 122 bytes, 10 more for each vertex that generalisation adds, and 4 for each attribute that
//! is no text. Rings do not repeat their first vertex.
//!
//! One array for all zooms, not one for each: by count, those would take up to 64 bytes more per such building and zoom.
//! Which is faster to read has not been measured.

mod blocks;
mod footprint;
mod shapes;

use crate::definition::LayerDefinition;
use crate::dictionary::Values;
use crate::dust::Dust;
use crate::frame::{UNITS_PER_PIXEL, WorldBounds};
use crate::generalise::{Graded, Tolerance};
use crate::label::Labels;
use crate::overview::Overview;
use crate::sound::{Judge, Sound};
use blocks::Blocks;
use rayon::prelude::*;
use shapes::{Shapes, range};
use urbis_model::{FeatureBatch, GeometryKind, LayerName};

pub(crate) use blocks::Block;

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
    shapes: Shapes,
    blocks: Blocks,
    sound: Vec<Sound>,
    dust: Dust,
    values: Values,
    labels: Labels,
    overviews: Vec<Overview>,
}

impl TileLayer {
    /// Prepares a layer, on all cores. Linear in its vertices but for sorting, except lines of more than a thousand
    /// vertices that hug their chord.
    ///
    /// Points past the Mercator square have no place on it and are left out; lines and polygons are drawn along its
    /// edge there. Multi-surfaces and solids become their footprint: the union of their ground faces or, with none,
    /// of all faces projected.
    pub fn prepare(name: LayerName, features: &FeatureBatch, definition: LayerDefinition) -> Self {
        let tolerance = Tolerance {
            style: definition.style,
            pixels: definition.simplify_px,
            min_zoom: definition.min_zoom,
            max_zoom: definition.max_zoom,
        };
        let dust = definition.dust && !definition.coverage;
        let shapes = Shapes::prepare(features, &tolerance, dust, definition.vertex_depth.as_ref());
        let count = features.len();
        let mut layer = Self {
            name,
            definition,
            bounds: Vec::with_capacity(count),
            importance: Vec::with_capacity(count),
            dimensions: Vec::with_capacity(count),
            first_zooms: Vec::with_capacity(count),
            shapes,
            blocks: Blocks::default(),
            sound: Vec::new(),
            dust: Dust::default(),
            values: Values::default(),
            labels: Labels::default(),
            overviews: Vec::new(),
        };
        let (attributes, max_text_bytes) = (layer.definition.attributes.clone(), layer.definition.max_text_bytes);
        let describe = || {
            (0..count).for_each(|position| layer.describe(features, position));
            let positions = (0..count as u32).into_par_iter();
            layer.sound = positions.map_init(Judge::default, |judge, position| judge.sound(&layer, position)).collect();
            layer.dust = Dust::new(&layer, features.ids());
        };
        layer.values = rayon::join(describe, || Values::new(features, &attributes, max_text_bytes)).1;
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
    /// [`urbis_model::TileCoord::bounds`]: the buffer, as far as generalisation may move a shape, and one unit for
    /// rounding; where points are gathered, as far as a cluster may lie from its points, so that a tile with a cluster has
    /// a candidate.
    pub fn margin(&self) -> f64 {
        let spread_px = self.definition.cluster.as_ref().map_or(0.0, crate::cluster::Cluster::spread_px);
        let moved_units = ((self.definition.simplify_px + spread_px) * UNITS_PER_PIXEL as f64).ceil();
        (f64::from(self.definition.buffer_units) + moved_units + 1.0) / f64::from(crate::EXTENT)
    }

    /// Bytes held on the heap.
    pub fn heap_bytes(&self) -> usize {
        self.bounds.capacity() * size_of::<WorldBounds>()
            + (self.importance.capacity() + self.shapes.part_ends.capacity()) * 4
            + self.dimensions.capacity()
            + self.first_zooms.capacity()
            + (self.shapes.ring_ends.capacity() + self.shapes.vertex_ends.capacity()) * 4
            + self.shapes.world.capacity() * 8
            + self.shapes.zooms.capacity() * 2
            + self.shapes.depths_m.capacity() * 4
            + self.blocks.heap_bytes()
            + self.sound.capacity() * size_of::<Sound>()
            + self.dust.heap_bytes()
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

    /// What is drawn of polygons too small to see.
    pub(crate) fn dust(&self) -> &Dust {
        &self.dust
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
        range(&self.shapes.part_ends, position as usize)
    }

    /// Range of a part's rings.
    pub(crate) fn rings(&self, part: usize) -> std::ops::Range<usize> {
        range(&self.shapes.ring_ends, part)
    }

    /// A ring's vertices on the world grid, and from and until which zoom each is drawn.
    pub(crate) fn ring(&self, ring: usize) -> (&[[u32; 2]], &[[u8; 2]]) {
        let range = range(&self.shapes.vertex_ends, ring);
        (&self.shapes.world[range.clone()], &self.shapes.zooms[range])
    }

    /// Whether lines tell their depths at a zoom.
    pub(crate) fn tells_depths(&self, zoom: u8) -> bool {
        !self.shapes.depths_m.is_empty() && self.definition.vertex_depth.is_some_and(|depth| depth.from_zoom <= zoom)
    }

    /// Depths of a ring's vertices, metres below ground, NaN where not known; empty where the layer tells none.
    pub(crate) fn depths_m(&self, ring: usize) -> &[f32] {
        self.shapes.depths_of(ring)
    }

    /// The same in stretches, with where each lies if the ring is long.
    pub(crate) fn stretches(&self, ring: usize) -> impl Iterator<Item = (Option<&Block>, &[[u32; 2]], &[[u8; 2]])> {
        let (world, zooms) = self.ring(ring);
        self.blocks.of(ring, world.len()).map(move |(block, range)| (block, &world[range.clone()], &zooms[range]))
    }

    /// A ring's vertices drawn at a zoom; at 255, those of the source.
    pub(crate) fn drawn(&self, ring: usize, zoom: u8) -> impl DoubleEndedIterator<Item = [u32; 2]> + Clone {
        let (world, zooms) = self.ring(ring);
        world.iter().zip(zooms).filter(move |(_, zooms)| (zooms[0]..=zooms[1]).contains(&zoom)).map(|(vertex, _)| *vertex)
    }

    /// The boxes that a feature is drawn in at a zoom: one for each point and segment, but one for a polygon, since where
    /// cutting begins a ring hangs on all of it.
    pub(crate) fn boxes(&self, position: u32, zoom: u8, mut emit: impl FnMut(&WorldBounds)) {
        let dimension = self.dimension(position);
        if dimension == 2 {
            return emit(self.bounds(position));
        }
        for ring in self.parts(position).flat_map(|part| self.rings(part)) {
            let mut from = None;
            for vertex in self.drawn(ring, zoom) {
                let mut bounds = WorldBounds::EMPTY;
                bounds.add(vertex);
                bounds.add(from.unwrap_or(vertex));
                emit(&bounds);
                from = Some(vertex).filter(|_| dimension == 1);
            }
        }
    }

    /// Where a polygon's label goes and the radius of the circle that fits there; none where the layer has no labels.
    pub(crate) fn label_place(&self, position: u32) -> Option<([u32; 2], f32)> {
        self.labels.place(position)
    }

    /// How many vertices a ring has over all zooms.
    pub(crate) fn ring_len(&self, ring: usize) -> usize {
        range(&self.shapes.vertex_ends, ring).len()
    }

    fn describe(&mut self, features: &FeatureBatch, position: usize) {
        let kind = features.geometry(position).kind();
        self.dimensions.push(kind.dimension());
        let mut bounds = WorldBounds::EMPTY;
        for ring in self.shapes.rings_of(position) {
            let (world, zooms) = (&self.shapes.world, &self.shapes.zooms);
            let vertices = range(&self.shapes.vertex_ends, ring);
            world[vertices.clone()].iter().for_each(|vertex| bounds.add(*vertex));
            self.blocks.add(ring, &world[vertices.clone()], &zooms[vertices]);
        }
        self.bounds.push(bounds);
        let (importance, first_zoom) = self.definition.importance(features, position, || self.world_size(position as u32, kind));
        self.importance.push(importance);
        self.first_zooms.push(first_zoom);
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
                let area = ring_area(self.drawn(ring, Graded::DEEPEST)).abs();
                if index == 0 { area } else { -area }
            })
            .sum()
    }
}

fn length(line: &[[u32; 2]]) -> f64 {
    let span = |pair: &[[u32; 2]], axis: usize| f64::from(pair[1][axis]) - f64::from(pair[0][axis]);
    line.windows(2).map(|pair| span(pair, 0).hypot(span(pair, 1))).sum()
}

/// Signed area of a ring whose first vertex is not repeated.
fn ring_area(mut ring: impl Iterator<Item = [u32; 2]>) -> f64 {
    let Some(origin) = ring.next() else { return 0.0 };
    let mut from = [0.0; 2];
    let mut doubled = 0.0;
    for vertex in ring {
        let to = [0, 1].map(|axis| f64::from(vertex[axis]) - f64::from(origin[axis]));
        doubled += from[0] * to[1] - from[1] * to[0];
        from = to;
    }
    doubled / 2.0
}

#[cfg(test)]
mod tests;
