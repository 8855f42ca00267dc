//! Which tiles can differ after a change: from the difference of old and new *prepared* features.
//!
//! How far each step of generalisation reaches:
//!
//! | step | a change of a feature reaches |
//! |---|---|
//! | snapping, simplification, dust, attributes | the feature itself |
//! | shared borders | the features of its group; they differ in their prepared shapes, so they are found like any other |
//! | thinning, limits, the byte budget, the dictionary | the tiles whose window holds the feature, old or new: no step looks beyond the window |
//! | clustering, merging | the whole zoom, where a zoom is drawn from an overview |
//! | order | features that overtook others: what is written first comes first |
//!
//! So a tile can differ only if its window meets the box of a feature that differs at its zoom; of lines and points, the
//! boxes of their segments and points. For a polygon that differs its whole box counts: where cutting begins a ring hangs
//! on all of it. A tile of several layers can differ where any of them can.

use crate::TileLayer;
use crate::frame::{EXTENT, WORLD_ZOOM, WorldBounds};
use std::collections::{BTreeSet, HashMap};
use std::ops::RangeInclusive;
use urbis_model::{FeatureBatch, TileCoord};

/// Tiles of one zoom beyond which the zoom counts as dirty as a whole: a list of 8 MB.
const MOST_TILES: u64 = 1 << 20;

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
}

impl DirtyTiles {
    fn has_any(&self, zoom: u8) -> bool {
        self.tiles.range((zoom, 0, 0)..=(zoom, u32::MAX, u32::MAX)).next().is_some()
    }

    fn whole(&mut self, zoom: u8) {
        self.tiles.retain(|tile| tile.0 != zoom);
        self.whole_zooms.insert(zoom);
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

/// The tiles of these zooms that can differ between two states of a layer. n log n in the features.
pub fn dirty_tiles(old: State<'_>, new: State<'_>, zooms: RangeInclusive<u8>) -> DirtyTiles {
    let mut dirty = DirtyTiles::default();
    let definition = new.layer.definition();
    if old.layer.name() != new.layer.name() || old.layer.definition() != definition {
        dirty.whole_zooms.extend(zooms);
        return dirty;
    }
    let buffer = i64::from(definition.buffer_units);
    let mut position_of: HashMap<u64, u32> = (0u32..).zip(old.features.ids()).map(|(at, id)| (id.number(), at)).collect();
    let pairs: Vec<(u32, Option<u32>)> =
        (0u32..).zip(new.features.ids()).map(|(at, id)| (at, position_of.remove(&id.number()))).collect();
    let removed: Vec<u32> = position_of.into_values().collect();
    let in_order = longest_run(pairs.iter().filter_map(|pair| pair.1));
    for zoom in zooms.filter(|zoom| *zoom >= definition.min_zoom) {
        let mut add = |state: State<'_>, position: u32| {
            if state.layer.first_zoom(position) <= zoom {
                reach(state.layer, position, zoom, |bounds| dirty.add(zoom, bounds, buffer));
            }
        };
        removed.iter().for_each(|position| add(old, *position));
        for &(position, before) in &pairs {
            if let Some(before) = before {
                if in_order.contains(&before) && same(old, before, new, position, zoom) {
                    continue;
                }
                add(old, before);
            }
            add(new, position);
        }
        if dirty.has_any(zoom) && [old, new].iter().any(|state| state.layer.has_overview(zoom)) {
            dirty.whole(zoom);
        }
    }
    dirty
}

/// The boxes that a feature is drawn in: one for each point and segment, but one for a polygon, see the module.
fn reach(layer: &TileLayer, position: u32, zoom: u8, mut emit: impl FnMut(&WorldBounds)) {
    if layer.dimension(position) == 2 {
        return emit(layer.bounds(position));
    }
    for ring in layer.parts(position).flat_map(|part| layer.rings(part)) {
        let mut from = None;
        for vertex in layer.drawn(ring, zoom) {
            let mut bounds = WorldBounds::EMPTY;
            bounds.add(vertex);
            bounds.add(from.unwrap_or(vertex));
            emit(&bounds);
            from = Some(vertex).filter(|_| layer.dimension(position) == 1);
        }
    }
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
    // Whether a polygon is dust hangs on the area that it has at the maximum zoom.
    let dusty = a.dimension(before) == 2 && a.world_area(before) != b.world_area(position);
    let (parts, others) = (a.parts(before), b.parts(position));
    !dusty
        && parts.len() == others.len()
        && parts.zip(others).all(|(part, other)| {
            let (rings, others) = (a.rings(part), b.rings(other));
            rings.len() == others.len() && rings.zip(others).all(|(ring, other)| a.drawn(ring, zoom).eq(b.drawn(other, zoom)))
        })
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
