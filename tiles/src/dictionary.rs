//! Keys and values of one layer in one tile, each written once.

use crate::definition::Attribute;
use crate::protobuf::{field, key, varint, zigzag};
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use urbis_model::{FeatureBatch, Value};

/// Writes tags and remembers what they refer to. Text is found by its column's dictionary code, so that only the
/// first use of a text in a tile looks at the text itself.
pub struct Dictionary<'a> {
    features: &'a FeatureBatch,
    attributes: Vec<&'a Attribute>,
    max_text_bytes: usize,
    /// Local index of each attribute's key, once used.
    key_indices: Vec<Option<u32>>,
    key_count: u32,
    value_count: u32,
    /// (what the bits are, bits) to local index.
    numbers: HashMap<(u32, u64), u32, BuildHasherDefault<Mix>>,
    texts: HashMap<&'a str, u32>,
    keys: Vec<u8>,
    values: Vec<u8>,
    value: Vec<u8>,
}

/// What the bits of a remembered value are; text codes of attribute `i` are `TEXT + i`.
const BOOL: u32 = 0;
const INT: u32 = 1;
const FLOAT: u32 = 2;
const TEXT: u32 = 3;

impl<'a> Dictionary<'a> {
    /// An empty dictionary for these attributes of these features.
    pub fn new(features: &'a FeatureBatch, attributes: Vec<&'a Attribute>, max_text_bytes: usize) -> Self {
        Self {
            features,
            key_indices: vec![None; attributes.len()],
            attributes,
            max_text_bytes,
            key_count: 0,
            value_count: 0,
            numbers: HashMap::default(),
            texts: HashMap::new(),
            keys: Vec::new(),
            values: Vec::new(),
            value: Vec::new(),
        }
    }

    /// Appends the tags of a feature: key and value indices as varints. Nulls have no tag.
    pub fn write_tags(&mut self, position: u32, tags: &mut Vec<u8>) {
        for index in 0..self.attributes.len() {
            if let Some(value) = self.value_index(index, position as usize) {
                let key = self.key_index(index);
                varint(tags, u64::from(key));
                varint(tags, u64::from(value));
            }
        }
    }

    /// Appends the layer's `keys` and `values` fields.
    pub fn write_layer_fields(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.keys);
        out.extend_from_slice(&self.values);
    }

    fn key_index(&mut self, index: usize) -> u32 {
        if let Some(known) = self.key_indices[index] {
            return known;
        }
        let fresh = self.key_count;
        self.key_count += 1;
        self.key_indices[index] = Some(fresh);
        field(&mut self.keys, key::LAYER_KEY, self.attributes[index].name.as_bytes());
        fresh
    }

    fn value_index(&mut self, index: usize, position: usize) -> Option<u32> {
        let features = self.features;
        let column = &features.columns()[self.attributes[index].column];
        if let Some(text) = column.as_text() {
            let code = text.code(position)?;
            let slot = (TEXT + index as u32, u64::from(code));
            if let Some(known) = self.numbers.get(&slot) {
                return Some(*known);
            }
            let local = self.text_index(text.text(position)?);
            self.numbers.insert(slot, local);
            return Some(local);
        }
        let slot = match column.value(position) {
            Value::Null | Value::Text(_) => return None,
            Value::Bool(truth) => (BOOL, u64::from(truth)),
            Value::Int(number) => (INT, number as u64),
            Value::Float(number) => (FLOAT, number.to_bits()),
        };
        if let Some(known) = self.numbers.get(&slot) {
            return Some(*known);
        }
        self.value.clear();
        match slot.0 {
            BOOL => self.value.extend([key::VALUE_BOOL, slot.1 as u8]),
            INT => int(&mut self.value, slot.1 as i64),
            _ => float(&mut self.value, f64::from_bits(slot.1)),
        }
        let local = self.push_value();
        self.numbers.insert(slot, local);
        Some(local)
    }

    fn text_index(&mut self, text: &'a str) -> u32 {
        if let Some(known) = self.texts.get(text) {
            return *known;
        }
        self.value.clear();
        if text.len() <= self.max_text_bytes {
            field(&mut self.value, key::VALUE_STRING, text.as_bytes());
        } else {
            let kept = text.floor_char_boundary(self.max_text_bytes - '…'.len_utf8());
            field(&mut self.value, key::VALUE_STRING, format!("{}…", &text[..kept]).as_bytes());
        }
        let local = self.push_value();
        self.texts.insert(text, local);
        local
    }

    fn push_value(&mut self) -> u32 {
        field(&mut self.values, key::LAYER_VALUE, &self.value);
        self.value_count += 1;
        self.value_count - 1
    }
}

fn int(out: &mut Vec<u8>, number: i64) {
    if let Ok(number) = u64::try_from(number) {
        out.push(key::VALUE_UINT);
        varint(out, number);
    } else {
        out.push(key::VALUE_SINT);
        varint(out, zigzag(number));
    }
}

/// Four bytes where they hold the number exactly, else eight: a rounded 12.3 would show as 12.300000190734863.
fn float(out: &mut Vec<u8>, number: f64) {
    let short = number as f32;
    if f64::from(short) == number {
        out.push(key::VALUE_FLOAT);
        out.extend(short.to_le_bytes());
    } else {
        out.push(key::VALUE_DOUBLE);
        out.extend(number.to_le_bytes());
    }
}

/// Multiply and fold: the keys are ours and dense, so `std`'s defence against chosen keys is not needed here, and it
/// was half of the encoding time of attributes. Chosen numbers in a file can at worst slow their own tile.
#[derive(Default)]
pub struct Mix(u64);

impl Hasher for Mix {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.write_u64(u64::from(*byte)));
    }

    fn write_u32(&mut self, number: u32) {
        self.write_u64(u64::from(number));
    }

    fn write_u64(&mut self, number: u64) {
        let product = u128::from(self.0 ^ number ^ 0x9e37_79b9_7f4a_7c15) * 0xa076_1d64_78bd_642f;
        self.0 = (product >> 64) as u64 ^ product as u64;
    }
}
