//! What a layer shows in tiles: its zooms, attributes, order and limits, from `layers/*.toml`.

mod file;

use crate::cluster::{Cluster, How, POINT_COUNT};
use crate::depth::{DEPTHS_CM, VertexDepth};
use crate::frame::UNITS_PER_PIXEL;
use crate::generalise::Style;
use crate::label::{Label, label_layer};
use crate::merge::Merge;
use file::DefinitionFile;
use std::ops::RangeInclusive;
use thiserror::Error;
use urbis_model::{ColumnType, FeatureBatch, LayerKind, Schema, Value};

/// Grows with every change of the encoder that changes bytes; part of [`LayerDefinition::digest`].
pub const ENCODING_VERSION: u32 = 4;

/// How a layer becomes tiles.
///
/// ```
/// use urbis_model::{ColumnType, Field, LayerKind, Schema};
/// use urbis_tiles::LayerDefinition;
/// let schema = Schema::new(vec![Field { name: "height_m".into(), column_type: ColumnType::Float }]).unwrap();
/// let definition = LayerDefinition::for_kind(LayerKind::Building, &schema);
/// assert_eq!(definition.vector_layer_fields(), [("height_m", "Number")]);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct LayerDefinition {
    /// The lowest zoom with tiles.
    pub min_zoom: u8,
    /// The highest zoom with tiles of their own; shapes there are not simplified. Clients enlarge it for deeper ones.
    pub max_zoom: u8,
    /// How far past its edges a tile reaches, units of 1/4096 tile.
    pub buffer_units: u16,
    /// The most that simplification may move a shape below `max_zoom`, pixels of 1/512 tile.
    pub simplify_px: f64,
    /// How the outlines of polygons are simplified.
    pub style: Style,
    /// Whether the polygons divide the land among them: then each stays at every zoom, however small, since dust or a
    /// polygon left out would be a gap or an overlap.
    pub coverage: bool,
    /// Whether polygons smaller than a pixel stay as squares of a pixel, as many as keep their total area;
    /// else they vanish.
    pub dust: bool,
    /// The most features of one tile; the most important ones stay.
    pub max_features: usize,
    /// The longest text of a tile in bytes; longer ones end in `…`.
    pub max_text_bytes: usize,
    /// What makes a feature important.
    pub order: Order,
    /// Where points are thinned.
    pub thinning: Vec<Thinning>,
    /// Where points are gathered; there they are not thinned.
    pub cluster: Option<Cluster>,
    /// Where equal lines and polygons are merged; not together with `cluster`.
    pub merge: Option<Merge>,
    /// Which polygons have a label point.
    pub label: Option<Label>,
    /// From which zoom lines tell the depth of each vertex; none where they do not.
    pub vertex_depth: Option<VertexDepth>,
    /// The attributes, in the schema's order.
    pub attributes: Vec<Attribute>,
}

/// What decides which features stay when there are too many; greater is more important. Equals stay by a number that
/// belongs to their id and looks like chance, so that what is missing is missing evenly.
#[derive(Clone, Debug, PartialEq)]
pub enum Order {
    /// Area of polygons, length of lines. Points are equal.
    Size,
    /// A numeric column, least first when `ascending`; null is least important.
    Column {
        /// Position in the schema; none when the layer lacks it.
        column: Option<usize>,
        /// Whether small numbers are the important ones.
        ascending: bool,
    },
    /// The place of a text column's value in a list; each class also has a zoom it begins at.
    Class {
        /// Position in the schema; none when the layer lacks it.
        column: Option<usize>,
        /// The classes, most important first, and the lowest zoom each is in.
        classes: Vec<(String, u8)>,
        /// The lowest zoom of values not listed.
        other_from_zoom: u8,
    },
}

impl Order {
    /// The column that it reads.
    pub(crate) fn column(&self) -> Option<usize> {
        match self {
            Self::Size => None,
            Self::Column { column, .. } | Self::Class { column, .. } => *column,
        }
    }

    /// The same order for another schema that has the column by the same name.
    pub(crate) fn renamed(&self, from: &Schema, to: &Schema) -> Self {
        let mut order = self.clone();
        if let Self::Column { column, .. } | Self::Class { column, .. } = &mut order {
            *column = column.and_then(|column| to.position(&from.fields()[column].name));
        }
        order
    }
}

/// Below a zoom, at most one point per square cell stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Thinning {
    /// The first zoom not thinned by this.
    pub below_zoom: u8,
    /// Side of a cell in pixels: 1, 2, 4 or 8, so that cells fit tiles and buffers and neighbours agree.
    pub cell_px: u8,
}

/// One attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribute {
    /// Position in the schema.
    pub column: usize,
    /// Its name.
    pub name: String,
    /// Its type.
    pub column_type: ColumnType,
    /// The lowest zoom that carries it.
    pub from_zoom: u8,
}

/// Why a text is no layer definition.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum DefinitionError {
    /// No TOML, a key that is not known, or a value of another type.
    #[error("the layer definition can't be read")]
    Syntax(#[source] toml::de::Error),
    /// A value outside its bounds.
    #[error("{key} = {value} in the layer definition: {rule}")]
    Value {
        /// The key.
        key: &'static str,
        /// What it was given.
        value: String,
        /// What is accepted.
        rule: &'static str,
    },
}

impl LayerDefinition {
    /// The built-in definition of a kind, for a layer with these columns. Columns it names that the layer lacks are
    /// left out.
    ///
    /// # Panics
    /// Never: the built-in files are part of the crate, and a test reads each.
    pub fn for_kind(kind: LayerKind, schema: &Schema) -> Self {
        match Self::from_toml(built_in(kind), schema) {
            Ok(definition) => definition,
            Err(error) => panic!("tiles/layers/{kind}.toml: {error}: {:?}", std::error::Error::source(&error)),
        }
    }

    /// A definition from TOML of the form of `tiles/layers/*.toml`.
    ///
    /// # Errors
    /// [`DefinitionError`] for anything but TOML, for keys not known and values out of bounds.
    pub fn from_toml(text: &str, schema: &Schema) -> Result<Self, DefinitionError> {
        toml::from_str::<DefinitionFile>(text).map_err(DefinitionError::Syntax)?.resolve(schema)
    }

    /// A number that changes whenever the definition or the encoder changes in a way that changes bytes: FNV-1a, 64
    /// bit, the same on every machine.
    pub fn digest(&self) -> u64 {
        let mut digest = Fnv::new();
        digest.number(u64::from(ENCODING_VERSION));
        for number in [self.min_zoom, self.max_zoom, u8::from(self.dust)] {
            digest.number(u64::from(number));
        }
        digest.number(u64::from(self.buffer_units));
        digest.number(self.simplify_px.to_bits());
        digest.number(u64::from(self.coverage) << 1 | u64::from(self.style == Style::Rectangular));
        digest.number(self.max_features as u64);
        digest.number(self.max_text_bytes as u64);
        match &self.order {
            Order::Size => digest.number(0),
            Order::Column { column, ascending } => {
                digest.number(1 + u64::from(*ascending));
                digest.number(column.map_or(u64::MAX, |column| column as u64));
            }
            Order::Class { column, classes, other_from_zoom } => {
                digest.number(3);
                digest.number(column.map_or(u64::MAX, |column| column as u64));
                for (class, zoom) in classes {
                    digest.text(class);
                    digest.number(u64::from(*zoom));
                }
                digest.number(u64::from(*other_from_zoom));
            }
        }
        for Thinning { below_zoom, cell_px } in &self.thinning {
            digest.number(u64::from(*below_zoom) << 8 | u64::from(*cell_px));
        }
        if let Some(Cluster { below_zoom, radius_px, aggregates }) = &self.cluster {
            digest.text("cluster");
            digest.number(u64::from(*below_zoom));
            digest.number(radius_px.to_bits());
            for aggregate in aggregates {
                digest.number(aggregate.column as u64);
                digest.text(&aggregate.name);
            }
        }
        if let Some(Merge { below_zoom }) = self.merge {
            digest.text("merge");
            digest.number(u64::from(below_zoom));
        }
        if let Some(Label { from_zoom, radius_px }) = self.label {
            digest.text("label");
            digest.number(u64::from(from_zoom));
            digest.number(radius_px.to_bits());
        }
        if let Some(VertexDepth { from_zoom, tolerance_cm }) = self.vertex_depth {
            digest.text(DEPTHS_CM);
            digest.number(u64::from(from_zoom));
            digest.number(tolerance_cm.to_bits());
        }
        for attribute in &self.attributes {
            digest.text(&attribute.name);
            digest.text(attribute.column_type.name());
            digest.number((attribute.column as u64) << 8 | u64::from(attribute.from_zoom));
        }
        digest.0
    }

    /// Names and TileJSON 3.0 types ("Number", "String", "Boolean") of all attributes, for `vector_layers[].fields`.
    pub fn vector_layer_fields(&self) -> Vec<(&str, &'static str)> {
        let type_name = |column_type| match column_type {
            ColumnType::Bool => "Boolean",
            ColumnType::Int | ColumnType::Float => "Number",
            _ => "String",
        };
        let own = self.attributes.iter().map(|attribute| (attribute.name.as_str(), type_name(attribute.column_type)));
        let own = own.filter(|(name, _)| !self.cluster.as_ref().is_some_and(|cluster| cluster.computes(name)));
        let aggregates = self.cluster.iter().flat_map(|cluster| &cluster.aggregates);
        let counts = self.cluster.iter().map(|_| POINT_COUNT);
        let computed = counts.chain(aggregates.map(|aggregate| aggregate.name.as_str())).map(|name| (name, "Number"));
        own.chain(computed).chain(self.vertex_depth.map(|_| (DEPTHS_CM, "String"))).collect()
    }

    /// Names and zooms of what a layer of this name is in tiles: itself and, if it has one, its companion of label points
    /// with the same fields.
    pub fn names_in_tiles(&self, name: &str) -> impl Iterator<Item = (String, RangeInclusive<u8>)> + use<> {
        let own = (name.to_owned(), self.min_zoom..=self.max_zoom);
        let zooms = self.label.map(|label| label.from_zoom.max(self.min_zoom)..=self.max_zoom);
        let companion = label_layer(name);
        std::iter::once(own).chain(zooms.map(|zooms| (companion, zooms)))
    }

    /// Side of a thinning cell at a zoom in units; none where points are not thinned.
    pub fn thinning_cell_units(&self, zoom: u8) -> Option<i64> {
        let active = self.thinning.iter().filter(|step| zoom < step.below_zoom);
        active.map(|step| i64::from(step.cell_px) * UNITS_PER_PIXEL).max()
    }

    /// How important a feature is, greater for more, and the lowest zoom it is in. `size` is asked where that counts.
    pub fn importance(&self, features: &FeatureBatch, position: usize, size: impl FnOnce() -> f64) -> (f32, u8) {
        match &self.order {
            Order::Size => (size() as f32, 0),
            Order::Column { column, ascending } => {
                let number = match column.map(|column| features.columns()[column].value(position)) {
                    Some(Value::Int(number)) => number as f32,
                    Some(Value::Float(number)) => number as f32,
                    _ => return (f32::NEG_INFINITY, 0),
                };
                (if *ascending { -number } else { number }, 0)
            }
            Order::Class { column, classes, other_from_zoom } => {
                // A layer without the column has no classes to begin late.
                let Some(column) = column else { return (0.0, 0) };
                let value = features.columns()[*column].value(position);
                let found = classes.iter().position(|(class, _)| value == Value::Text(class));
                match found {
                    Some(index) => ((classes.len() - index) as f32, classes[index].1),
                    None => (0.0, *other_from_zoom),
                }
            }
        }
    }
}

/// The TOML of a kind.
fn built_in(kind: LayerKind) -> &'static str {
    macro_rules! file {
        ($name:literal) => {
            include_str!(concat!("../layers/", $name, ".toml"))
        };
    }
    match kind {
        LayerKind::Building => file!("building"),
        LayerKind::Grid => file!("grid"),
        LayerKind::Town => file!("town"),
        LayerKind::GasPipe => file!("gas_pipe"),
        LayerKind::Valve => file!("valve"),
        LayerKind::Regulator => file!("regulator"),
        LayerKind::GasCustomer => file!("gas_customer"),
        LayerKind::Sensor => file!("sensor"),
        LayerKind::Camera => file!("camera"),
        LayerKind::Component => file!("component"),
        LayerKind::Station => file!("station"),
        LayerKind::Road => file!("road"),
        LayerKind::Water => file!("water"),
        LayerKind::Green => file!("green"),
        LayerKind::Power => file!("power"),
        LayerKind::Place => file!("place"),
        // A kind newer than this crate is drawn like any layer.
        _ => file!("generic"),
    }
}

/// FNV-1a, 64 bit (draft-eastlake-fnv): tiny, stable over machines and compiler versions, which `std`'s is not.
struct Fnv(u64);

impl Fnv {
    fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    fn bytes(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    fn number(&mut self, number: u64) {
        self.bytes(&number.to_le_bytes());
    }

    fn text(&mut self, text: &str) {
        self.number(text.len() as u64);
        self.bytes(text.as_bytes());
    }
}

#[cfg(test)]
mod tests;
