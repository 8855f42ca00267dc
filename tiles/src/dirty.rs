//! Which tiles can differ after a change: from the difference of old and new *prepared* features.
//!
//! How far each step of generalisation reaches:
//!
//! | step | a change of a feature reaches |
//! |---|---|
//! | snapping, simplification, attributes, depths | the feature itself |
//! | dust | the specks of the same tile; they differ in what stands, so they are found like any other, see `dust` |
//! | shared borders | the features of its group; they differ in their prepared shapes, so they are found like any other |
//! | thinning, limits, the byte budget, the dictionary | the tiles whose window holds the feature, old or new: no step looks beyond the window |
//! | clustering, merging | clusters and merged shapes that differ: they are compared like features, see `overview` |
//! | labels | the polygon's box, in which its label lies |
//! | order | features that overtook others: what is written first comes first |
//!
//! So a tile can differ only if its window meets the box of a feature that differs at its zoom; of lines and points, the
//! boxes of their segments and points. For a polygon that differs its whole box counts: where cutting begins a ring hangs
//! on all of it. A tile of several layers can differ where any of them can.

use crate::TileLayer;
use crate::frame::{EXTENT, WORLD_ZOOM, WorldBounds};
use std::collections::{BTreeSet, HashMap};
use std::ops::RangeInclusive;
use urbis_model::tile_coord::MAX_ZOOM;
use urbis_model::{FeatureBatch, TileCoord};

/// Tiles of one zoom beyond which the zoom counts as dirty as a whole: a list of 8 MB.
const MOST_TILES: u64 = 1 << 20;

/// Features of more vertices, which alone could pass a tile's byte budget and then be drawn as at a lower zoom, are
/// compared as they are drawn at all zooms.
const MOST_VERTICES_OF_ONE_ZOOM: usize = 1 << 16;

/// Tiles that can differ between two states of a layer; all others are equal to the byte.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DirtyTiles {
    /// Single tiles, in order.
    pub tiles: BTreeSet<(u8, u32, u32)>,
    /// Zooms of which any tile can differ.
    pub whole_zooms: BTreeSet<u8>,
}

impl DirtyTiles {
    /// Whether a tile can differ.
    pub fn contains(&self, tile: TileCoord) -> bool {
        self.whole_zooms.contains(&tile.z()) || self.tiles.contains(&(tile.z(), tile.x(), tile.y()))
    }

    fn add(&mut self, zoom: u8, bounds: &WorldBounds, buffer: i64) {
        if bounds.is_empty() || self.whole_zooms.contains(&zoom) {
            return;
        }
        let last = (1i64 << zoom) - 1;
        let shift = WORLD_ZOOM - u32::from(zoom.min(WORLD_ZOOM as u8));
        let deeper = u32::from(zoom).saturating_sub(WORLD_ZOOM);
        let half = (1i64 << shift) >> 1;
        let extent = i64::from(EXTENT);
        let range = |axis: usize| {
            let unit = |world: u32| ((i64::from(world) + half) >> shift) << deeper;
            let (least, greatest) = (unit(bounds.min[axis]) - buffer - extent, unit(bounds.max[axis]) + buffer);
            ((least + extent - 1).div_euclid(extent).max(0), greatest.div_euclid(extent).min(last))
        };
        let (x, y) = (range(0), range(1));
        let count = (x.1 - x.0 + 1) as u64 * (y.1 - y.0 + 1) as u64;
        if count + self.tiles.len() as u64 > MOST_TILES {
            return self.whole(zoom);
        }
        for x in x.0..=x.1 {
            self.tiles.extend((y.0..=y.1).map(|y| (zoom, x as u32, y as u32)));
        }
    }

    fn whole(&mut self, zoom: u8) {
        self.tiles.retain(|tile| tile.0 != zoom);
        self.whole_zooms.insert(zoom);
    }

    /// Adds what differs at these zooms.
    fn compare(&mut self, old: State<'_>, new: State<'_>, zooms: impl IntoIterator<Item = u8>) {
        let definition = new.layer.definition();
        let buffer = i64::from(definition.buffer_units);
        let mut position_of: HashMap<u64, u32> = (0u32..).zip(old.features.ids()).map(|(at, id)| (id.number(), at)).collect();
        let pairs: Vec<(u32, Option<u32>)> =
            (0u32..).zip(new.features.ids()).map(|(at, id)| (at, position_of.remove(&id.number()))).collect();
        let removed: Vec<u32> = position_of.into_values().collect();
        let in_order = longest_run(pairs.iter().filter_map(|pair| pair.1));
        for zoom in zooms {
            // Tiles past the maximum zoom are told by their ancestor there.
            let seen_at = if zoom == definition.max_zoom { MAX_ZOOM } else { zoom };
            let mut add = |state: State<'_>, position: u32| {
                if state.layer.first_zoom(position) <= seen_at {
                    state.layer.boxes(position, zoom, |bounds| self.add(zoom, bounds, buffer));
                }
            };
            removed.iter().for_each(|position| add(old, *position));
            for &(position, before) in &pairs {
                if let Some(before) = before {
                    if in_order.contains(&before) && same(old, before, new, position, seen_at) {
                        continue;
                    }
                    add(old, before);
                }
                add(new, position);
            }
        }
    }
}

/// A layer's prepared shapes and the features that they belong to.
#[derive(Clone, Copy, Debug)]
pub struct State<'a> {
    /// The prepared shapes.
    pub layer: &'a TileLayer,
    /// The features that they were prepared from.
    pub features: &'a FeatureBatch,
}

impl<'a> State<'a> {
    /// What stands for it at a zoom.
    fn overview(self, zoom: u8) -> Option<Self> {
        self.layer.overview(zoom).map(|overview| Self { layer: overview.layer(), features: overview.features() })
    }
}

/// The tiles of these zooms that can differ between two states of a layer; of the maximum zoom, also those that hold a
/// deeper tile that can differ. n log n in the features.
pub fn dirty_tiles(old: State<'_>, new: State<'_>, zooms: RangeInclusive<u8>) -> DirtyTiles {
    let mut dirty = DirtyTiles::default();
    let definition = new.layer.definition();
    if old.layer.name() != new.layer.name() || old.layer.definition() != definition {
        dirty.whole_zooms.extend(zooms);
        return dirty;
    }
    let mut plain = Vec::new();
    for zoom in zooms.filter(|zoom| *zoom >= definition.min_zoom) {
        match (old.overview(zoom), new.overview(zoom)) {
            (None, None) => plain.push(zoom),
            (Some(old), Some(new)) if old.layer.definition() == new.layer.definition() => dirty.compare(old, new, [zoom]),
            _ => dirty.whole(zoom),
        }
    }
    dirty.compare(old, new, plain);
    dirty
}

/// Whether a feature is the same in every tile of a zoom.
fn same(old: State<'_>, before: u32, new: State<'_>, position: u32, zoom: u8) -> bool {
    let (a, b) = (old.layer, new.layer);
    let drawn = [a.first_zoom(before) <= zoom, b.first_zoom(position) <= zoom];
    if drawn == [false, false] {
        return true;
    }
    drawn[0] == drawn[1]
        && a.bounds(before) == b.bounds(position)
        && a.importance(before).to_bits() == b.importance(position).to_bits()
        && same_attributes(old, before, new, position, zoom)
        && a.label_place(before) == b.label_place(position)
        && same_shape(a, before, b, position, zoom)
}

fn same_attributes(old: State<'_>, before: u32, new: State<'_>, position: u32, zoom: u8) -> bool {
    let carried = new.layer.definition().attributes.iter().filter(|attribute| attribute.from_zoom <= zoom);
    carried.map(|attribute| attribute.column).all(|column| {
        old.features.columns()[column].value(before as usize) == new.features.columns()[column].value(position as usize)
    })
}

fn same_shape(a: &TileLayer, before: u32, b: &TileLayer, position: u32, zoom: u8) -> bool {
    if a.dimension(before) != b.dimension(position) {
        return false;
    }
    let same_grain = a.dust().grain(before, zoom) == b.dust().grain(position, zoom);
    let (parts, others) = (a.parts(before), b.parts(position));
    let vertices: usize = parts.clone().flat_map(|part| a.rings(part)).map(|ring| a.ring_len(ring)).sum();
    let same_ring = |ring: usize, other: usize| {
        let at_all_zooms = vertices > MOST_VERTICES_OF_ONE_ZOOM;
        let same_places = if at_all_zooms { a.ring(ring) == b.ring(other) } else { a.drawn(ring, zoom).eq(b.drawn(other, zoom)) };
        same_places && same_depths(a, ring, b, other, zoom, at_all_zooms)
    };
    same_grain
        && parts.len() == others.len()
        && parts.zip(others).all(|(part, other)| {
            let (rings, others) = (a.rings(part), b.rings(other));
            rings.len() == others.len() && rings.zip(others).all(|(ring, other)| same_ring(ring, other))
        })
}

/// Whether the drawn vertices of two lines, which are in the same places, are told to be as deep.
fn same_depths(a: &TileLayer, ring: usize, b: &TileLayer, other: usize, zoom: u8, at_all_zooms: bool) -> bool {
    if !a.tells_depths(zoom) && !b.tells_depths(zoom) {
        return true;
    }
    let told = |layer: &TileLayer, ring: usize| -> Vec<Option<u32>> {
        let (world, zooms) = layer.ring(ring);
        let depths_m = layer.depths_m(ring);
        let depth = |vertex: usize| depths_m.get(vertex).filter(|depth_m| !depth_m.is_nan()).map(|depth_m| depth_m.to_bits());
        let drawn = |vertex: &usize| at_all_zooms || (zooms[*vertex][0]..=zooms[*vertex][1]).contains(&zoom);
        (0..world.len()).filter(drawn).map(depth).collect()
    };
    told(a, ring) == told(b, other)
}

/// The members of a longest ascending subsequence (Fredman 1975).
fn longest_run(numbers: impl Iterator<Item = u32>) -> std::collections::HashSet<u32> {
    // Last members of the best run of each length, and each member's predecessor.
    let mut lasts: Vec<u32> = Vec::new();
    let mut before: HashMap<u32, u32> = HashMap::new();
    for number in numbers {
        let length = lasts.partition_point(|last| *last < number);
        if length > 0 {
            before.insert(number, lasts[length - 1]);
        }
        if length == lasts.len() {
            lasts.push(number);
        } else {
            lasts[length] = number;
        }
    }
    let mut run = std::collections::HashSet::new();
    let mut at = lasts.last().copied();
    while let Some(number) = at {
        run.insert(number);
        at = before.get(&number).copied();
    }
    run
}

#[cfg(test)]
mod tests;
