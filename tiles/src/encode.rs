//! One tile from prepared layers.
//!
//! 1. Candidates outside the window, or not yet in at this zoom, go.
//! 2. If more than the layer's limit remain, the least important go.
//! 3. Points are thinned; each remaining shape is brought to tile units, simplified, cut and, where need be, repaired.
//! 4. Features are written with their tags; what left no geometry is not written.
//! 5. If the tile passes the byte budget, the least important features of each layer go, and 4 is done again.

mod budget;
mod geometry;

use crate::dictionary::Dictionary;
use crate::frame::{EXTENT, Frame, Place};
use crate::prepare::TileLayer;
use crate::protobuf::{field, key, varint, varint_len};
use geometry::{Scratch, Written};
use std::cmp::Ordering;
use std::collections::HashMap;
use urbis_model::{FeatureBatch, TileCoord};

/// A layer's share in a tile.
#[derive(Clone, Copy, Debug)]
pub struct TileInput<'a> {
    /// The prepared shapes.
    pub layer: &'a TileLayer,
    /// The features that they were prepared from.
    pub features: &'a FeatureBatch,
    /// Positions of features that may meet the tile's bounds grown by [`TileLayer::margin`]; ascending. More than
    /// needed is allowed, fewer loses features.
    pub candidates: &'a [u32],
}

/// An encoded tile.
#[derive(Clone, Debug, Default)]
pub struct Tile {
    /// MVT 2.1, not compressed. Empty when no layer has a feature here.
    pub bytes: Vec<u8>,
    /// What became of each input, in order.
    pub layers: Vec<LayerStats>,
}

/// What became of a layer's candidates.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LayerStats {
    /// Features written.
    pub written: usize,
    /// Features in the window that the layer's `max_features` left out.
    pub over_limit: usize,
    /// Features in the window that the byte budget left out.
    pub over_budget: usize,
    /// Points in the window left out by thinning.
    pub thinned: usize,
    /// Shapes too small to draw: polygons gone to dust, lines within one unit.
    pub too_small: usize,
    /// Polygons that were not valid on the grid and were repaired.
    pub repaired: usize,
}

/// Encodes the layers into one tile. The layer names are urbis layer names, feature ids urbis ids, version 2,
/// extent 4096. A layer that was named by an earlier input is left out, since names in a tile are unique.
///
/// # Panics
/// When `features` is not the batch that `layer` was prepared from (by length), or a position is out of range.
pub fn encode(tile: TileCoord, inputs: &[TileInput<'_>]) -> Tile {
    let mut scratch = Scratch::default();
    let mut encoded: Vec<EncodedLayer> = inputs
        .iter()
        .enumerate()
        .map(|(index, input)| {
            assert_eq!(input.layer.len(), input.features.len(), "layer {} was prepared from another batch", input.layer.name());
            if inputs[..index].iter().any(|earlier| earlier.layer.name() == input.layer.name()) {
                return EncodedLayer::default();
            }
            let mut stats = LayerStats::default();
            let chosen = choose(tile, input, &mut stats);
            encode_layer(tile, input, &chosen, stats, &mut scratch)
        })
        .collect();
    let mut bytes = assemble(&encoded);
    // Each round aims at the budget; a dictionary shrinks less than its features, hence more rounds.
    while let Some(share) = budget::share_to_keep(&bytes) {
        let mut shrunk = false;
        for (layer, input) in encoded.iter_mut().zip(inputs) {
            let kept = budget::most_important(layer, input.layer, share);
            shrunk |= kept.len() < layer.spans.len();
            let mut stats = LayerStats { written: 0, repaired: 0, ..layer.stats };
            stats.over_budget += layer.spans.len() - kept.len();
            *layer = encode_layer(tile, input, &kept, stats, &mut scratch);
        }
        bytes = assemble(&encoded);
        if !shrunk {
            break;
        }
    }
    Tile { bytes, layers: encoded.iter().map(|layer| layer.stats).collect() }
}

/// A layer's bytes, and which feature wrote how many.
#[derive(Default)]
struct EncodedLayer {
    /// The layer message, empty without features.
    body: Vec<u8>,
    /// Position and byte count of each feature written.
    spans: Vec<(u32, u32)>,
    stats: LayerStats,
}

fn assemble(layers: &[EncodedLayer]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(layers.iter().map(|layer| layer.body.len() + 6).sum());
    for layer in layers.iter().filter(|layer| !layer.body.is_empty()) {
        field(&mut bytes, key::TILE_LAYER, &layer.body);
    }
    bytes
}

/// Steps 1 to 3 as far as they choose whole features: positions, ascending.
fn choose(tile: TileCoord, input: &TileInput<'_>, stats: &mut LayerStats) -> Vec<u32> {
    let TileInput { layer, candidates, .. } = *input;
    let definition = layer.definition();
    if tile.z() < definition.min_zoom {
        return Vec::new();
    }
    let frame = Frame::new(tile, i64::from(definition.buffer_units));
    let in_window =
        |position: &u32| layer.first_zoom(*position) <= tile.z() && frame.place(layer.bounds(*position)) != Place::Outside;
    let mut chosen: Vec<u32> = candidates.iter().copied().filter(in_window).collect();
    if let Some(cell) = definition.thinning_cell_units(tile.z()) {
        let before = chosen.len();
        thin(&mut chosen, layer, &frame, cell);
        stats.thinned = before - chosen.len();
    }
    if chosen.len() > definition.max_features {
        stats.over_limit = chosen.len() - definition.max_features;
        chosen.select_nth_unstable_by(definition.max_features, |a, b| by_importance(layer, *a, *b));
        chosen.truncate(definition.max_features);
        chosen.sort_unstable();
    }
    chosen
}

/// Most important first, then by position.
fn by_importance(layer: &TileLayer, a: u32, b: u32) -> Ordering {
    layer.importance(b).total_cmp(&layer.importance(a)).then(a.cmp(&b))
}

/// Keeps the most important single point of each cell. Cells divide tile and buffer, so that a cell has the same
/// winner in every tile that sees it.
fn thin(chosen: &mut Vec<u32>, layer: &TileLayer, frame: &Frame, cell: i64) {
    let mut winners: HashMap<[i64; 2], u32> = HashMap::new();
    let cell_of = |position: u32| {
        let bounds = layer.bounds(position);
        let is_point = layer.dimension(position) == 0 && bounds.min == bounds.max;
        is_point.then(|| frame.unit_from_world(bounds.min).map(|part| part.div_euclid(cell)))
    };
    for &position in chosen.iter() {
        if let Some(cell) = cell_of(position) {
            let winner = winners.entry(cell).or_insert(position);
            if by_importance(layer, position, *winner) == Ordering::Less {
                *winner = position;
            }
        }
    }
    chosen.retain(|&position| cell_of(position).is_none_or(|cell| winners[&cell] == position));
}

/// Steps 3 and 4 for the chosen positions.
fn encode_layer(
    tile: TileCoord,
    input: &TileInput<'_>,
    chosen: &[u32],
    mut stats: LayerStats,
    scratch: &mut Scratch,
) -> EncodedLayer {
    let TileInput { layer, features, .. } = *input;
    let definition = layer.definition();
    let frame = Frame::new(tile, i64::from(definition.buffer_units));
    let attributes = definition.attributes.iter().filter(|attribute| attribute.from_zoom <= tile.z()).collect();
    let mut dictionary = Dictionary::new(features, attributes, definition.max_text_bytes);
    let mut body = Vec::with_capacity(64 + chosen.len() * 48);
    body.extend([key::LAYER_VERSION, 2]);
    field(&mut body, key::LAYER_NAME, layer.name().as_str().as_bytes());
    let mut spans = Vec::with_capacity(chosen.len());
    let mut tags = Vec::new();
    let mut commands = Vec::new();
    for &position in chosen {
        commands.clear();
        match geometry::write(layer, features, position, &frame, scratch, &mut commands) {
            Written::Nothing => continue,
            Written::TooSmall => {
                stats.too_small += 1;
                continue;
            }
            Written::Shape { repaired } => stats.repaired += usize::from(repaired),
        }
        tags.clear();
        dictionary.write_tags(position, &mut tags);
        let before = body.len();
        let id = features.ids()[position as usize].number();
        write_feature(&mut body, id, layer.dimension(position) + 1, &tags, &commands);
        spans.push((position, (body.len() - before) as u32));
    }
    stats.written = spans.len();
    if spans.is_empty() {
        return EncodedLayer { stats, ..EncodedLayer::default() };
    }
    dictionary.write_layer_fields(&mut body);
    body.push(key::LAYER_EXTENT);
    varint(&mut body, u64::from(EXTENT));
    EncodedLayer { body, spans, stats }
}

/// Appends a feature. `geom_type`: 1 points, 2 lines, 3 polygons (MVT 2.1 section 4.3.4).
fn write_feature(body: &mut Vec<u8>, id: u64, geom_type: u8, tags: &[u8], commands: &[u8]) {
    let field_len = |bytes: &[u8]| 1 + varint_len(bytes.len() as u64) + bytes.len();
    let tags_len = if tags.is_empty() { 0 } else { field_len(tags) };
    let len = 1 + varint_len(id) + tags_len + 2 + field_len(commands);
    body.push(key::LAYER_FEATURE);
    varint(body, len as u64);
    body.push(key::FEATURE_ID);
    varint(body, id);
    if !tags.is_empty() {
        field(body, key::FEATURE_TAGS, tags);
    }
    body.extend([key::FEATURE_TYPE, geom_type]);
    field(body, key::FEATURE_GEOMETRY, commands);
}

#[cfg(test)]
pub(crate) mod tests;
