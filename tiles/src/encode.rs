//! One tile from prepared layers.
//!
//! 0. Where the layer has an overview for the zoom (clusters, merged shapes), its features take the place of the layer's.
//! 1. Candidates outside the window, or not yet in at this zoom, go, and so do specks that others stand for.
//! 2. If more than the layer's limit remain, the least important go.
//! 3. Points are thinned; each remaining shape is brought to tile units, simplified, cut and, where need be, repaired.
//! 4. Features are written with their tags; what left no geometry is not written.
//!    Label points follow as a layer of their own.
//! 5. If the tile passes the byte budget, the least important features of each layer go, and 4 is done again. Each layer
//!    says how many it left out, see [`Tile::dropped`].

mod budget;
mod deep;
mod geometry;

use crate::depth::DEPTHS_CM;
use crate::dictionary::{Dictionary, Translation};
use crate::dust::Grain;
use crate::frame::{EXTENT, Frame, Place};
use crate::label::label_layer;
use crate::prepare::TileLayer;
use crate::protobuf::{field, key, varint, varint_len};
pub(crate) use geometry::chance;
use geometry::{Shaper, View, Written};
use std::borrow::Cow;
use std::cell::Cell;
use std::cmp::Ordering;
use std::collections::HashMap;
use thiserror::Error;
use urbis_model::{FeatureBatch, TileCoord};

/// A layer's share in a tile.
#[derive(Clone, Copy, Debug)]
pub struct TileInput<'a> {
    /// The prepared shapes.
    pub layer: &'a TileLayer,
    /// The features that they were prepared from.
    pub features: &'a FeatureBatch,
    /// Positions of features that may meet the tile's bounds grown by [`TileLayer::margin`]; ascending. More than
    /// needed is allowed, fewer loses features. Not looked at where [`TileLayer::has_overview`].
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

impl Tile {
    /// Features in the window that limits left out, over all layers. Clients that read the tile find the same number for
    /// each layer in extension field 1001 (varint) of the layer message, absent when 0. MVT 2.1 leaves fields from 16 up
    /// to extensions, and decoders that don't know one skip it.
    pub fn dropped(&self) -> usize {
        self.layers.iter().map(LayerStats::dropped).sum()
    }
}

impl LayerStats {
    /// Features in the window that `max_features` or the byte budget left out.
    pub fn dropped(&self) -> usize {
        self.over_limit + self.over_budget
    }
}

/// The caller asked to stop.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("the tile was cancelled")]
pub struct Cancelled;

/// Encodes the layers into one tile. The layer names are urbis layer names, feature ids urbis ids, version 2,
/// extent 4096. A layer that was named by an earlier input is left out, since names in a tile are unique.
///
/// Memory: what the candidates and the largest of the layers' `max_features` features take, and a scratch per thread.
///
/// # Panics
/// When `features` is not the batch that `layer` was prepared from (by length), or a position is out of range.
pub fn encode(tile: TileCoord, inputs: &[TileInput<'_>]) -> Tile {
    encode_unless(tile, inputs, &|| false).unwrap_or_default()
}

/// How many features are encoded between two questions whether to stop.
const FEATURES_BETWEEN_CHECKS: usize = 256;

/// As [`encode`], but asks `cancelled` every 256 features, and stops when it says so.
///
/// # Errors
/// [`Cancelled`], then nothing was made.
///
/// # Panics
/// As [`encode`].
pub fn encode_unless(tile: TileCoord, inputs: &[TileInput<'_>], cancelled: &dyn Fn() -> bool) -> Result<Tile, Cancelled> {
    thread_local! {
        static SCRATCH: Cell<Scratch> = Cell::default();
    }
    let mut scratch = SCRATCH.take();
    let encoded = encode_with(&mut scratch, tile, inputs, cancelled);
    scratch.translation.shrink();
    SCRATCH.set(scratch);
    encoded
}

/// Buffers used again from tile to tile.
#[derive(Default)]
struct Scratch {
    shaper: Shaper,
    translation: Translation,
    tags: Vec<u8>,
    commands: Vec<u8>,
}

fn encode_with(
    scratch: &mut Scratch,
    tile: TileCoord,
    inputs: &[TileInput<'_>],
    cancelled: &dyn Fn() -> bool,
) -> Result<Tile, Cancelled> {
    // The zoom whose vertices are drawn; lowered only where single shapes pass the budget.
    let mut detail = tile.z();
    let mut layers = vec![LayerStats::default(); inputs.len()];
    let mut drafts = Vec::with_capacity(inputs.len());
    for (index, input) in inputs.iter().enumerate() {
        assert_eq!(input.layer.len(), input.features.len(), "layer {} was prepared from another batch", input.layer.name());
        if inputs[..index].iter().any(|earlier| earlier.layer.name() == input.layer.name()) {
            continue;
        }
        let (source, candidates) = source(tile, input);
        let mut stats = LayerStats::default();
        let chosen = choose(tile, source, &candidates, &mut stats);
        let shapes = Draft::new(source, Content::Shapes, source.layer.name().to_string(), index);
        drafts.push(shapes.encode(tile, detail, &chosen, stats, scratch, cancelled)?);
        let label_name = label_layer(source.layer.name().as_str());
        if source.layer.labels(tile.z()).is_some() && inputs.iter().all(|other| other.layer.name().as_str() != label_name) {
            let labels = Draft::new(source, Content::Labels, label_name, index);
            drafts.push(labels.encode(tile, detail, &chosen, LayerStats::default(), scratch, cancelled)?);
        }
    }
    let mut bytes = assemble(&drafts);
    // Each round aims at the budget; a dictionary shrinks less than its features, hence more rounds.
    while let Some(share) = budget::share_to_keep(&bytes, cancelled)? {
        let mut shrunk = false;
        for draft in &mut drafts {
            let kept = budget::most_important(draft, draft.source.importance(), share);
            if kept.len() < draft.spans.len() {
                shrunk = true;
                let mut stats = LayerStats { written: 0, repaired: 0, ..draft.stats };
                stats.over_budget += draft.spans.len() - kept.len();
                *draft = draft.emptied().encode(tile, detail, &kept, stats, scratch, cancelled)?;
            }
        }
        if !shrunk {
            // Single features that are too large.
            let Some(coarser) = detail.checked_sub(1) else { break };
            detail = coarser;
            for draft in &mut drafts {
                let all: Vec<u32> = draft.spans.iter().map(|span| span.0).collect();
                let stats = LayerStats { written: 0, repaired: 0, ..draft.stats };
                *draft = draft.emptied().encode(tile, detail, &all, stats, scratch, cancelled)?;
            }
        }
        bytes = assemble(&drafts);
    }
    for draft in drafts.iter().filter(|draft| draft.content == Content::Shapes) {
        layers[draft.input] = draft.stats;
    }
    Ok(Tile { bytes, layers })
}

/// A layer, or what stands for it at the tile's zoom.
#[derive(Clone, Copy)]
struct Source<'a> {
    layer: &'a TileLayer,
    features: &'a FeatureBatch,
}

impl<'a> Source<'a> {
    fn importance(self) -> Importance<'a> {
        Importance(self)
    }
}

fn source<'a>(tile: TileCoord, input: &TileInput<'a>) -> (Source<'a>, Cow<'a, [u32]>) {
    match input.layer.overview(tile.z()) {
        Some(overview) => {
            let source = Source { layer: overview.layer(), features: overview.features() };
            (source, Cow::Owned(overview.candidates(tile)))
        }
        None => (Source { layer: input.layer, features: input.features }, Cow::Borrowed(input.candidates)),
    }
}

/// Which of a layer's features matter more.
#[derive(Clone, Copy)]
struct Importance<'a>(Source<'a>);

impl Importance<'_> {
    /// Most important first. Equals in an order that belongs to their ids and knows no place: what is left out of a layer
    /// that was sorted by district would else be a district.
    fn compare(self, a: u32, b: u32) -> Ordering {
        let Source { layer, features } = self.0;
        let by_id = |position: u32| {
            let id = features.ids()[position as usize].number();
            (chance(id), id)
        };
        layer.importance(b).total_cmp(&layer.importance(a)).then_with(|| {
            let ((chance_a, id_a), (chance_b, id_b)) = (by_id(a), by_id(b));
            chance_b.total_cmp(&chance_a).then(id_a.cmp(&id_b)).then(a.cmp(&b))
        })
    }
}

/// What of a layer's features is drawn.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Content {
    Shapes,
    Labels,
}

/// A layer of the tile under way: its bytes, and which feature wrote how many.
struct Draft<'a> {
    source: Source<'a>,
    content: Content,
    name: String,
    /// Which input it is of.
    input: usize,
    /// The layer message, empty without features.
    body: Vec<u8>,
    /// Position and byte count of each feature written.
    spans: Vec<(u32, u32)>,
    stats: LayerStats,
}

fn assemble(drafts: &[Draft<'_>]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(drafts.iter().map(|draft| draft.body.len() + 6).sum());
    for draft in drafts.iter().filter(|draft| !draft.body.is_empty()) {
        field(&mut bytes, key::TILE_LAYER, &draft.body);
    }
    bytes
}

/// Steps 1 to 3 as far as they choose whole features: positions, ascending.
fn choose(tile: TileCoord, source: Source<'_>, candidates: &[u32], stats: &mut LayerStats) -> Vec<u32> {
    let layer = source.layer;
    let definition = layer.definition();
    if tile.z() < definition.min_zoom {
        return Vec::new();
    }
    let frame = Frame::new(tile, i64::from(definition.buffer_units));
    let in_window =
        |position: &u32| layer.first_zoom(*position) <= tile.z() && frame.place(layer.bounds(*position)) != Place::Outside;
    let mut chosen: Vec<u32> = candidates.iter().copied().filter(in_window).collect();
    // A speck that is not drawn may still have a label.
    if !layer.dust().is_empty() && layer.labels(tile.z()).is_none() {
        let before = chosen.len();
        chosen.retain(|position| layer.dust().grain(*position, tile.z()) != Grain::Nothing);
        stats.too_small = before - chosen.len();
    }
    if let Some(cell) = definition.thinning_cell_units(tile.z()) {
        let before = chosen.len();
        thin(&mut chosen, source, &frame, cell);
        stats.thinned = before - chosen.len();
    }
    if chosen.len() > definition.max_features {
        // The box of a line may meet the window where the line does not; such a line must not take another's place.
        chosen.retain(|position| {
            let mut meets = false;
            layer.boxes(*position, tile.z(), |bounds| meets |= frame.place(bounds) != Place::Outside);
            meets
        });
    }
    if chosen.len() > definition.max_features {
        stats.over_limit = chosen.len() - definition.max_features;
        chosen.select_nth_unstable_by(definition.max_features, |a, b| source.importance().compare(*a, *b));
        chosen.truncate(definition.max_features);
        chosen.sort_unstable();
    }
    chosen
}

/// Keeps the most important single point of each cell. Cells divide tile and buffer, so that a cell has the same
/// winner in every tile that sees it.
fn thin(chosen: &mut Vec<u32>, source: Source<'_>, frame: &Frame, cell: i64) {
    let layer = source.layer;
    let mut winners: HashMap<[i64; 2], u32> = HashMap::new();
    let cell_of = |position: u32| {
        let bounds = layer.bounds(position);
        let is_point = layer.dimension(position) == 0 && bounds.min == bounds.max;
        is_point.then(|| frame.unit_from_world(bounds.min).map(|part| part.div_euclid(cell)))
    };
    for &position in chosen.iter() {
        if let Some(cell) = cell_of(position) {
            let winner = winners.entry(cell).or_insert(position);
            if source.importance().compare(position, *winner) == Ordering::Less {
                *winner = position;
            }
        }
    }
    chosen.retain(|&position| cell_of(position).is_none_or(|cell| winners[&cell] == position));
}

impl<'a> Draft<'a> {
    fn new(source: Source<'a>, content: Content, name: String, input: usize) -> Self {
        Self { source, content, name, input, body: Vec::new(), spans: Vec::new(), stats: LayerStats::default() }
    }

    /// The same layer, nothing written.
    fn emptied(&mut self) -> Self {
        Self::new(self.source, self.content, std::mem::take(&mut self.name), self.input)
    }

    /// Steps 3 and 4 for the chosen positions.
    fn encode(
        mut self,
        tile: TileCoord,
        detail: u8,
        chosen: &[u32],
        stats: LayerStats,
        scratch: &mut Scratch,
        cancelled: &dyn Fn() -> bool,
    ) -> Result<Self, Cancelled> {
        let Source { layer, features } = self.source;
        let Scratch { shaper, translation, tags, commands } = scratch;
        let definition = layer.definition();
        // A label is in exactly one tile of a zoom.
        let buffer = if self.content == Content::Labels { 0 } else { i64::from(definition.buffer_units) };
        let view = View { layer, frame: Frame::new(tile, buffer), detail };
        let mut dictionary =
            Dictionary::new(features, (&definition.attributes, layer.values()), tile.z(), definition.max_text_bytes, translation);
        self.stats = stats;
        self.body = Vec::with_capacity(64 + chosen.len() * 48);
        self.body.extend([key::LAYER_VERSION, 2]);
        field(&mut self.body, key::LAYER_NAME, self.name.as_bytes());
        self.spans = Vec::with_capacity(chosen.len());
        for (index, &position) in chosen.iter().enumerate() {
            if index.is_multiple_of(FEATURES_BETWEEN_CHECKS) && cancelled() {
                return Err(Cancelled);
            }
            commands.clear();
            let id = features.ids()[position as usize].number();
            let (written, geom_type) = match self.content {
                Content::Shapes => (shaper.write(&view, position, commands), layer.dimension(position) + 1),
                Content::Labels => (geometry::write_label(&view, position, commands), 1),
            };
            match written {
                Written::Nothing => continue,
                Written::TooSmall => {
                    self.stats.too_small += 1;
                    continue;
                }
                Written::Shape { repaired } => self.stats.repaired += usize::from(repaired),
            }
            tags.clear();
            dictionary.write_tags(position, tags);
            if let (Content::Shapes, Some(depths_cm)) = (self.content, shaper.depths_cm()) {
                dictionary.write_text(DEPTHS_CM, depths_cm, tags);
            }
            let before = self.body.len();
            write_feature(&mut self.body, id, geom_type, tags, commands);
            self.spans.push((position, (self.body.len() - before) as u32));
        }
        self.stats.written = self.spans.len();
        if self.spans.is_empty() {
            self.body.clear();
            return Ok(self);
        }
        dictionary.write_layer_fields(&mut self.body);
        self.body.push(key::LAYER_EXTENT);
        varint(&mut self.body, u64::from(EXTENT));
        if self.stats.dropped() > 0 {
            self.body.extend(key::LAYER_DROPPED);
            varint(&mut self.body, self.stats.dropped() as u64);
        }
        Ok(self)
    }
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
