//! From features to shapes on the world grid, each vertex with its zooms; in parallel.

use super::footprint;
use crate::borders::{self, Ring};
use crate::depth::{Depths, Scale, VertexDepth};
use crate::frame::{WorldBounds, world_from_lonlat};
use crate::generalise::{Graded, Outlines, Tolerance};
use crate::simplify;
use rayon::prelude::*;
use std::collections::HashMap;
use urbis_model::mercator::MAX_MERCATOR_LAT_DEG;
use urbis_model::{Bounds, FeatureBatch};

/// Shapes in flat buffers: features → parts → rings → vertices.
#[derive(Clone, Debug, Default)]
pub(super) struct Shapes {
    pub(super) part_ends: Vec<u32>,
    pub(super) ring_ends: Vec<u32>,
    pub(super) vertex_ends: Vec<u32>,
    pub(super) world: Vec<[u32; 2]>,
    /// From and until which zoom each vertex is drawn, both inclusive.
    pub(super) zooms: Vec<[u8; 2]>,
    /// Depth below ground, metres, NaN where not known; empty where the layer tells no depths.
    pub(super) depths_m: Vec<f32>,
}

/// Features that one worker takes at a time.
const FEATURES_PER_CHUNK: usize = 2048;
/// Chunks that wait for their place at a time: what is held twice stays below 16 MB of 8-corner buildings, however many
/// there are.
const CHUNKS_PER_WAVE: usize = 64;

impl Shapes {
    /// All shapes of a batch. Takes little memory beside them, but for areas that share borders.
    pub(super) fn prepare(
        features: &FeatureBatch,
        tolerance: &Tolerance,
        dust: bool,
        vertex_depth: Option<&VertexDepth>,
    ) -> Self {
        let count = features.len();
        let has_depths = count > 0 && features.geometry(0).depth_m().is_some();
        let scale = vertex_depth.filter(|_| has_depths).map(|depth| depth.scale(tolerance));
        let shared = share(features, tolerance);
        let chunks: Vec<usize> = (0..count).step_by(FEATURES_PER_CHUNK).collect();
        let mut all = Self::default();
        for wave in chunks.chunks(CHUNKS_PER_WAVE) {
            let grade = |start: &usize| {
                let chunk = *start..(start + FEATURES_PER_CHUNK).min(count);
                Self::project(features, chunk.clone(), scale.is_some()).grade(features, chunk, &shared, (tolerance, scale), dust)
            };
            let graded: Vec<Self> = wave.par_iter().map(grade).collect();
            graded.into_iter().for_each(|chunk| all.append(&chunk));
        }
        all.shrink();
        all
    }

    fn project(features: &FeatureBatch, positions: std::ops::Range<usize>, with_depths: bool) -> Self {
        let mut shapes = Self::default();
        for position in positions {
            let geometry = features.geometry(position);
            if geometry.kind().is_spatial() {
                for part in footprint::of(geometry) {
                    part.iter().for_each(|ring| shapes.push_ring(ring.iter().copied(), true));
                    shapes.end_part();
                }
            } else {
                let dimension = geometry.kind().dimension();
                for part in geometry.parts() {
                    for ring in part.rings() {
                        let lonlat = ring.lonlat();
                        // A point past the square has no place on it.
                        if dimension > 0 || lonlat[0][1].abs() <= MAX_MERCATOR_LAT_DEG {
                            let open = &lonlat[..lonlat.len() - usize::from(dimension == 2)];
                            shapes.push_ring(open.iter().map(|vertex| world_from_lonlat(*vertex)), dimension == 2);
                            if with_depths && dimension == 1 {
                                shapes.depths_m.extend(ring.depth_m().into_iter().flatten());
                            }
                        }
                    }
                    shapes.end_part();
                }
            }
            shapes.part_ends.push(shapes.ring_ends.len() as u32);
            shapes.fill_depths(with_depths);
        }
        shapes
    }

    /// What is no line has no depth.
    fn fill_depths(&mut self, with_depths: bool) {
        if with_depths {
            self.depths_m.resize(self.world.len(), f32::NAN);
        }
    }

    /// Adds a ring or line; repeated vertices of a ring go.
    fn push_ring(&mut self, vertices: impl Iterator<Item = [u32; 2]>, closed: bool) {
        let start = self.world.len();
        self.world.extend(vertices);
        if closed {
            let mut kept = start + 1;
            for index in start + 1..self.world.len() {
                if self.world[index] != self.world[kept - 1] {
                    self.world[kept] = self.world[index];
                    kept += 1;
                }
            }
            while kept > start + 1 && self.world[kept - 1] == self.world[start] {
                kept -= 1;
            }
            self.world.truncate(kept);
        }
        self.vertex_ends.push(self.world.len() as u32);
    }

    fn end_part(&mut self) {
        if self.vertex_ends.len() as u32 > self.ring_ends.last().copied().unwrap_or(0) {
            self.ring_ends.push(self.vertex_ends.len() as u32);
        }
    }

    /// Gives every vertex its zooms: from `shared` where the feature shares borders, else by itself.
    fn grade(
        &self,
        features: &FeatureBatch,
        positions: std::ops::Range<usize>,
        shared: &HashMap<u32, Vec<Vec<Graded>>>,
        (tolerance, scale): (&Tolerance, Option<Scale>),
        dust: bool,
    ) -> Self {
        let mut shapes = Self::default();
        shapes.world.reserve(self.world.len());
        shapes.zooms.reserve(self.world.len());
        let mut outlines = Outlines::default();
        for (index, position) in positions.enumerate() {
            let dimension = features.geometry(position).kind().dimension();
            let of_shared = shared.get(&(position as u32));
            let rings = self.rings_of(index);
            if dimension == 2 && of_shared.is_none() {
                outlines.clear();
                for ring in rings.clone() {
                    outlines.add(self.ring(ring).iter().map(|vertex| vertex.map(i64::from)), true, tolerance.style);
                }
                let least = if dust { self.first_undusted_zoom(rings.clone()) } else { 0 };
                outlines.generalise(&Tolerance { min_zoom: tolerance.min_zoom.max(least), ..*tolerance });
            }
            for part in range(&self.part_ends, index) {
                for ring in range(&self.ring_ends, part) {
                    let in_feature = ring - rings.start;
                    match (dimension, of_shared) {
                        (2, Some(graded)) => shapes.push_graded(graded[in_feature].iter().copied()),
                        (2, None) => shapes.push_graded(outlines.graded(in_feature)),
                        (1, _) => {
                            let depths = scale.map(|scale| Depths { depths_m: self.depths_of(ring), scale });
                            shapes.push_line(self.ring(ring), depths, tolerance);
                        }
                        _ => shapes.push_graded(self.ring(ring).iter().map(|&world| Graded {
                            world,
                            from: 0,
                            until: Graded::DEEPEST,
                        })),
                    }
                }
                shapes.ring_ends.push(shapes.vertex_ends.len() as u32);
            }
            shapes.part_ends.push(shapes.ring_ends.len() as u32);
            shapes.fill_depths(scale.is_some());
        }
        shapes
    }

    fn push_graded(&mut self, vertices: impl Iterator<Item = Graded>) {
        for Graded { world, from, until } in vertices {
            self.world.push(world);
            self.zooms.push([from, until]);
        }
        self.vertex_ends.push(self.world.len() as u32);
    }

    fn push_line(&mut self, line: &[[u32; 2]], depths: Option<Depths<'_>>, tolerance: &Tolerance) {
        let mut from = Vec::with_capacity(line.len());
        simplify::line(line, depths, tolerance, &mut from);
        self.world.extend_from_slice(line);
        self.depths_m.extend(depths.into_iter().flat_map(|depths| depths.depths_m));
        self.zooms.extend(from.iter().map(|zoom| [*zoom, Graded::DEEPEST]));
        self.vertex_ends.push(self.world.len() as u32);
    }

    /// The lowest zoom at which these rings are surely more than dust.
    fn first_undusted_zoom(&self, rings: std::ops::Range<usize>) -> u8 {
        let mut bounds = WorldBounds::EMPTY;
        rings.flat_map(|ring| self.ring(ring)).for_each(|vertex| bounds.add(*vertex));
        if bounds.is_empty() {
            return 0;
        }
        let area = f64::from(bounds.max[0] - bounds.min[0]) * f64::from(bounds.max[1] - bounds.min[1]);
        // Boxes of less than a pixel's area are dust, and so is what they hold.
        let pixel_side = area.sqrt().max(1.0) / crate::frame::UNITS_PER_PIXEL as f64;
        (f64::from(crate::frame::WORLD_ZOOM) - pixel_side.log2()).floor().clamp(0.0, 255.0) as u8
    }

    /// Range of a feature's rings, parts joined.
    pub(super) fn rings_of(&self, feature: usize) -> std::ops::Range<usize> {
        let parts = range(&self.part_ends, feature);
        let end = |parts: usize| if parts == 0 { 0 } else { self.ring_ends[parts - 1] as usize };
        end(parts.start)..end(parts.end)
    }

    fn ring(&self, ring: usize) -> &[[u32; 2]] {
        &self.world[range(&self.vertex_ends, ring)]
    }

    /// Depths of a ring's vertices; empty where the layer tells none.
    pub(super) fn depths_of(&self, ring: usize) -> &[f32] {
        self.depths_m.get(range(&self.vertex_ends, ring)).unwrap_or_default()
    }

    fn append(&mut self, more: &Self) {
        let before = [self.ring_ends.len(), self.vertex_ends.len(), self.world.len()].map(|count| count as u32);
        self.part_ends.extend(more.part_ends.iter().map(|end| end + before[0]));
        self.ring_ends.extend(more.ring_ends.iter().map(|end| end + before[1]));
        self.vertex_ends.extend(more.vertex_ends.iter().map(|end| end + before[2]));
        self.world.extend_from_slice(&more.world);
        self.zooms.extend_from_slice(&more.zooms);
        self.depths_m.extend_from_slice(&more.depths_m);
    }

    fn shrink(&mut self) {
        self.part_ends.shrink_to_fit();
        self.ring_ends.shrink_to_fit();
        self.vertex_ends.shrink_to_fit();
        self.world.shrink_to_fit();
        self.zooms.shrink_to_fit();
        self.depths_m.shrink_to_fit();
    }
}

/// The rings of all areas that share borders, by position.
fn share(features: &FeatureBatch, tolerance: &Tolerance) -> HashMap<u32, Vec<Vec<Graded>>> {
    let boxes: Vec<WorldBounds> = (0..features.len()).into_par_iter().map(|position| area_box(features, position)).collect();
    let shared = borders::groups(&boxes).into_par_iter().flat_map_iter(|group| {
        let mut rings = Vec::new();
        for (area, position) in (0u32..).zip(&group) {
            let flat = Shapes::project(features, *position as usize..*position as usize + 1, false);
            let points = |ring: usize| flat.ring(ring).iter().map(|vertex| vertex.map(i64::from)).collect();
            rings.extend(flat.rings_of(0).map(|ring| Ring { area, points: points(ring) }));
        }
        let graded = borders::share(&mut rings, group.len(), tolerance);
        let mut of_area: Vec<(u32, Vec<Vec<Graded>>)> = Vec::new();
        let mut last = None;
        for (ring, graded) in rings.iter().zip(graded) {
            let Some(graded) = graded else { continue };
            if last != Some(ring.area) {
                of_area.push((group[ring.area as usize], Vec::new()));
                last = Some(ring.area);
            }
            if let Some((_, rings)) = of_area.last_mut() {
                rings.push(graded);
            }
        }
        of_area
    });
    shared.collect()
}

/// The box that holds an area's rings, a cell wider than they, since a box's corners may be rounded otherwise than its
/// vertices; empty for lines and points.
fn area_box(features: &FeatureBatch, position: usize) -> WorldBounds {
    let mut bounds = WorldBounds::EMPTY;
    let geometry = features.geometry(position);
    if geometry.kind().dimension() == 2 {
        let Bounds { min: [west, south], max: [east, north] } = geometry.bounds();
        for [x, y] in [world_from_lonlat([west, north]), world_from_lonlat([east, south])] {
            bounds.add([x.saturating_sub(1), y.saturating_sub(1)]);
            bounds.add([x.saturating_add(1), y.saturating_add(1)]);
        }
    }
    bounds
}

/// What lies between two ends.
pub(super) fn range(ends: &[u32], index: usize) -> std::ops::Range<usize> {
    let start = if index == 0 { 0 } else { ends[index - 1] as usize };
    start..ends[index] as usize
}
