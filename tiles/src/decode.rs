//! A strict reader of tiles from anywhere (MVT 2.1, and version 1 layers).
//!
//! Nothing is allocated from a count that a tile states: every vertex, tag and text is bought with the bytes it takes,
//! and [`MAX_TILE_BYTES`] bounds those. What the specification forbids is refused, with the reason.

mod geometry;
mod wire;

use crate::protobuf::key;
pub use geometry::DecodedGeometry;
use thiserror::Error;
use wire::{Field, Reader};

/// The largest tile that is read: 32 times the size that tiles should keep to. Stops a hostile tile of tiny features,
/// each of which takes some 16 times its bytes once decoded, from filling memory.
pub const MAX_TILE_BYTES: usize = 16 << 20;

/// A tile, borrowed from its bytes.
#[derive(Clone, Debug, Default)]
pub struct DecodedTile<'a> {
    /// Its layers, in order; names are unique.
    pub layers: Vec<DecodedLayer<'a>>,
}

/// A layer.
#[derive(Clone, Debug)]
pub struct DecodedLayer<'a> {
    /// Its name.
    pub name: &'a str,
    /// 1 or 2.
    pub version: u32,
    /// Units along the tile's side.
    pub extent: u32,
    /// Attribute names.
    pub keys: Vec<&'a str>,
    /// Attribute values.
    pub values: Vec<DecodedValue<'a>>,
    /// Its features, in order.
    pub features: Vec<DecodedFeature>,
    /// How many features the tile's limits left out, where urbis made it ([`crate::Tile::dropped`]); else 0.
    pub dropped: u64,
}

/// A feature. Its tags are known to lie inside the layer's keys and values.
#[derive(Clone, Debug)]
pub struct DecodedFeature {
    /// Its id, if it has one.
    pub id: Option<u64>,
    /// (key index, value index) of each attribute.
    pub tags: Vec<(u32, u32)>,
    /// Its shape in tile units.
    pub geometry: DecodedGeometry,
}

/// An attribute value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum DecodedValue<'a> {
    /// `string_value`
    Text(&'a str),
    /// `float_value`
    Float(f32),
    /// `double_value`
    Double(f64),
    /// `int_value` and `sint_value`
    Int(i64),
    /// `uint_value`
    Uint(u64),
    /// `bool_value`
    Bool(bool),
}

impl<'a> DecodedLayer<'a> {
    /// Names and values of a feature of this layer.
    pub fn attributes<'b>(&'b self, feature: &'b DecodedFeature) -> impl Iterator<Item = (&'a str, DecodedValue<'a>)> + 'b {
        feature.tags.iter().map(|&(key, value)| (self.keys[key as usize], self.values[value as usize]))
    }
}

/// Why bytes are no tile.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum DecodeError {
    /// Past [`MAX_TILE_BYTES`].
    #[error("a tile of {bytes} bytes is larger than {MAX_TILE_BYTES}")]
    TooLarge {
        /// How many.
        bytes: usize,
    },
    /// A protobuf message that ends early, or has a number or length that can't be.
    #[error("the {message} message is cut short or has a number past its bounds")]
    Truncated {
        /// Which message.
        message: &'static str,
    },
    /// A field of another protobuf wire type than its own.
    #[error("field {field} of the {message} message has wire type {wire_type}")]
    WireType {
        /// Which message.
        message: &'static str,
        /// Which field number.
        field: u32,
        /// The wire type it came with.
        wire_type: u8,
    },
    /// A field that must be there exactly once and is not, or appears twice.
    #[error("the {message} message needs one {field}")]
    Missing {
        /// Which message.
        message: &'static str,
        /// Which field.
        field: &'static str,
    },
    /// Text that is not UTF-8.
    #[error("a text of the tile is not UTF-8")]
    Text,
    /// A version other than 1 and 2.
    #[error("layer {layer:?} has version {version}; 1 and 2 are known")]
    Version {
        /// The layer's name.
        layer: String,
        /// Its version.
        version: u64,
    },
    /// Two layers of one name.
    #[error("two layers are named {layer:?}")]
    RepeatedLayer {
        /// The name.
        layer: String,
    },
    /// A value message with none of the known values, or several.
    #[error("a value has {given} of the known types, it must have one")]
    Value {
        /// How many.
        given: usize,
    },
    /// Tags that point to nothing, or an odd number of them.
    #[error("feature {feature} of layer {layer:?} has tags that point to no key or value")]
    Tags {
        /// The layer's name.
        layer: String,
        /// Which feature, from 0.
        feature: usize,
    },
    /// Geometry commands that make no shape of the feature's type.
    #[error("feature {feature} of layer {layer:?}: {rule}")]
    Geometry {
        /// The layer's name.
        layer: String,
        /// Which feature, from 0.
        feature: usize,
        /// The rule that is broken.
        rule: &'static str,
    },
}

/// Reads an uncompressed tile. Linear in its bytes. No bytes are an empty tile.
///
/// # Errors
/// [`DecodeError`] with the first thing that MVT forbids.
pub fn decode(bytes: &[u8]) -> Result<DecodedTile<'_>, DecodeError> {
    if bytes.len() > MAX_TILE_BYTES {
        return Err(DecodeError::TooLarge { bytes: bytes.len() });
    }
    let mut tile = DecodedTile::default();
    let mut reader = Reader::new(bytes, "Tile");
    let mut names = std::collections::HashSet::new();
    while let Some(field) = reader.field()? {
        if field.number() == number(key::TILE_LAYER) {
            let layer = layer(field.bytes()?)?;
            if !names.insert(layer.name) {
                return Err(DecodeError::RepeatedLayer { layer: layer.name.to_owned() });
            }
            tile.layers.push(layer);
        }
    }
    Ok(tile)
}

/// The field number in a key byte.
fn number(key: u8) -> u32 {
    u32::from(key >> 3)
}

fn layer(bytes: &[u8]) -> Result<DecodedLayer<'_>, DecodeError> {
    let (mut name, mut version, mut extent, mut dropped) = (None, None, 4096, 0);
    let (mut keys, mut values, mut features) = (Vec::new(), Vec::new(), Vec::new());
    let mut reader = Reader::new(bytes, "Layer");
    while let Some(field) = reader.field()? {
        match field.number() {
            n if n == number(key::LAYER_NAME) => name = Some(field.text()?),
            n if n == number(key::LAYER_FEATURE) => features.push(field.bytes()?),
            n if n == number(key::LAYER_KEY) => keys.push(field.text()?),
            n if n == number(key::LAYER_VALUE) => values.push(value(field.bytes()?)?),
            n if n == number(key::LAYER_EXTENT) => extent = field.uint32()?,
            n if n == number(key::LAYER_VERSION) => version = Some(field.varint()?),
            // Another's extension of this number is none of ours.
            key::DROPPED_FIELD => dropped = field.varint().unwrap_or(0),
            _ => {}
        }
    }
    let missing = |field| DecodeError::Missing { message: "Layer", field };
    let name = name.filter(|name| !name.is_empty()).ok_or_else(|| missing("name"))?;
    let version = match version.ok_or_else(|| missing("version"))? {
        version @ (1 | 2) => version as u32,
        version => return Err(DecodeError::Version { layer: name.to_owned(), version }),
    };
    if extent == 0 {
        return Err(missing("extent above zero"));
    }
    // Keys and values may follow the features, so those are read last.
    let mut decoded = DecodedLayer { name, version, extent, keys, values, features: Vec::new(), dropped };
    for (index, bytes) in features.into_iter().enumerate() {
        decoded.features.push(feature(bytes, &decoded, index)?);
    }
    Ok(decoded)
}

fn value(bytes: &[u8]) -> Result<DecodedValue<'_>, DecodeError> {
    let mut found = Vec::new();
    let mut reader = Reader::new(bytes, "Value");
    while let Some(field) = reader.field()? {
        found.push(match field.number() {
            1 => DecodedValue::Text(field.text()?),
            2 => DecodedValue::Float(f32::from_le_bytes(field.fixed32()?)),
            3 => DecodedValue::Double(f64::from_le_bytes(field.fixed64()?)),
            4 => DecodedValue::Int(field.varint()? as i64),
            5 => DecodedValue::Uint(field.varint()?),
            6 => DecodedValue::Int(wire::from_zigzag(field.varint()?)),
            7 => DecodedValue::Bool(field.varint()? != 0),
            _ => continue,
        });
        if found.len() > 1 {
            break;
        }
    }
    match found[..] {
        [value] => Ok(value),
        _ => Err(DecodeError::Value { given: found.len() }),
    }
}

fn feature(bytes: &[u8], layer: &DecodedLayer<'_>, index: usize) -> Result<DecodedFeature, DecodeError> {
    let (mut id, mut geom_type, mut tags, mut commands) = (None, None, None, None);
    let mut reader = Reader::new(bytes, "Feature");
    while let Some(field) = reader.field()? {
        match field.number() {
            1 => id = Some(field.varint()?),
            2 => once(&mut tags, "tags", &field)?,
            3 => geom_type = Some(field.varint()?),
            4 => once(&mut commands, "geometry", &field)?,
            _ => {}
        }
    }
    let missing = |field| DecodeError::Missing { message: "Feature", field };
    let commands = commands.ok_or_else(|| missing("geometry"))?;
    let geometry = geometry::read(geom_type.ok_or_else(|| missing("type"))?, commands, layer.version);
    let geometry = geometry.map_err(|fault| fault.of(layer.name, index))?;
    let bad_tags = || DecodeError::Tags { layer: layer.name.to_owned(), feature: index };
    let mut pairs = Vec::new();
    let mut reader = Reader::new(tags.unwrap_or_default(), "Feature");
    while let Some(key) = reader.packed_uint32()? {
        let value = reader.packed_uint32()?.ok_or_else(bad_tags)?;
        if key as usize >= layer.keys.len() || value as usize >= layer.values.len() {
            return Err(bad_tags());
        }
        pairs.push((key, value));
    }
    Ok(DecodedFeature { id, tags: pairs, geometry })
}

fn once<'a>(slot: &mut Option<&'a [u8]>, name: &'static str, field: &Field<'a>) -> Result<(), DecodeError> {
    if slot.replace(field.bytes()?).is_some() {
        return Err(DecodeError::Missing { message: "Feature", field: name });
    }
    Ok(())
}

#[cfg(test)]
mod tests;
