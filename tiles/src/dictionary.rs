//! Keys and values of attributes: numbered once for a layer, written once for a tile.
//!
//! A layer's distinct values have numbers ([`Values`]), found by position without looking at the value. A tile only
//! translates such a number to its own ([`Dictionary`]), by an array that is used again from tile to tile and never
//! emptied: an entry counts when it bears the tile's stamp.

use crate::definition::Attribute;
use crate::protobuf::{field, key, varint, zigzag};
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use urbis_model::{Column, FeatureBatch, Value};

/// The number of no value.
const NULL: u32 = u32::MAX;

/// Numbers of the distinct values of a layer's attributes: 4 bytes for each number, or each distinct text.
#[derive(Clone, Debug, Default)]
pub(crate) struct Values {
    /// One for each attribute of the definition.
    attributes: Vec<Numbers>,
    /// How many distinct values there are.
    count: u32,
}

/// How an attribute's values are numbered.
#[derive(Clone, Debug)]
enum Numbers {
    /// By position.
    Position(Vec<u32>),
    /// By the text column's code.
    Code(Vec<u32>),
}

/// What makes values that are not text equal: whether bool, int or float, and the bits.
type Bits = (u8, u64);

impl Values {
    /// Numbers the values. Linear in values that are not text, and in distinct texts.
    pub(crate) fn new(features: &FeatureBatch, attributes: &[Attribute], max_text_bytes: usize) -> Self {
        let mut numbers: HashMap<Bits, u32, BuildHasherDefault<Mix>> = HashMap::default();
        let mut texts: HashMap<(&str, bool), u32> = HashMap::new();
        let mut count = 0;
        let mut fresh = || {
            count += 1;
            count - 1
        };
        let mut number = |attribute: &Attribute| {
            let column = &features.columns()[attribute.column];
            if let Some(text) = column.as_text() {
                let codes =
                    text.dictionary().map(|text| *texts.entry(shortened(text, max_text_bytes)).or_insert_with(&mut fresh));
                return Numbers::Code(codes.collect());
            }
            let positions = (0..column.len()).map(|position| {
                let bits = match column.value(position) {
                    Value::Null | Value::Text(_) => return NULL,
                    Value::Bool(truth) => (0, u64::from(truth)),
                    Value::Int(number) => (1, number as u64),
                    Value::Float(number) => (2, number.to_bits()),
                };
                *numbers.entry(bits).or_insert_with(&mut fresh)
            });
            Numbers::Position(positions.collect())
        };
        Self { attributes: attributes.iter().map(&mut number).collect(), count }
    }

    /// Bytes held on the heap.
    pub(crate) fn heap_bytes(&self) -> usize {
        let held = |numbers: &Numbers| match numbers {
            Numbers::Position(numbers) | Numbers::Code(numbers) => numbers.capacity() * 4,
        };
        self.attributes.iter().map(held).sum()
    }
}

/// The part of a text that is written, and whether an ellipsis follows.
fn shortened(text: &str, max_text_bytes: usize) -> (&str, bool) {
    if text.len() <= max_text_bytes {
        (text, false)
    } else {
        (&text[..text.floor_char_boundary(max_text_bytes - '…'.len_utf8())], true)
    }
}

/// From a layer's numbers to a tile's.
#[derive(Default)]
pub(crate) struct Translation {
    stamp: u32,
    /// Stamp and number.
    entries: Vec<(u32, u32)>,
}

/// Past this many entries, 16 MB, they are not kept for the next tile.
const MOST_ENTRIES_KEPT: usize = 1 << 21;

impl Translation {
    /// Forgets all, and makes room for so many.
    fn begin(&mut self, count: usize) {
        self.stamp = self.stamp.wrapping_add(1);
        if self.stamp == 0 {
            self.entries.fill((0, 0));
            self.stamp = 1;
        }
        if self.entries.len() < count {
            self.entries.resize(count, (0, 0));
        }
    }

    /// Gives back what a rare, rich layer took.
    pub(crate) fn shrink(&mut self) {
        if self.entries.len() > MOST_ENTRIES_KEPT {
            *self = Self::default();
        }
    }
}

/// Keys and values of one layer in one tile, as they come into use.
pub(crate) struct Dictionary<'a> {
    translation: &'a mut Translation,
    attributes: Vec<Used<'a>>,
    /// The key's number in the tile of what [`Self::write_text`] writes, once used; and the numbers of its texts.
    text_key: Option<u32>,
    texts: HashMap<String, u32>,
    max_text_bytes: usize,
    key_count: u32,
    value_count: u32,
    keys: Vec<u8>,
    values: Vec<u8>,
    value: Vec<u8>,
}

/// An attribute that the tile's zoom carries.
struct Used<'a> {
    name: &'a str,
    column: &'a Column,
    numbers: &'a Numbers,
    /// The key's number in the tile, once used.
    key: Option<u32>,
}

impl<'a> Dictionary<'a> {
    /// An empty dictionary of the attributes at a zoom.
    pub(crate) fn new(
        features: &'a FeatureBatch,
        (attributes, values): (&'a [Attribute], &'a Values),
        zoom: u8,
        max_text_bytes: usize,
        translation: &'a mut Translation,
    ) -> Self {
        translation.begin(values.count as usize);
        let carried = attributes.iter().zip(&values.attributes).filter(|(attribute, _)| attribute.from_zoom <= zoom);
        let used = |(attribute, numbers): (&'a Attribute, &'a Numbers)| {
            let column = &features.columns()[attribute.column];
            Used { name: &attribute.name, column, numbers, key: None }
        };
        Self {
            translation,
            attributes: carried.map(used).collect(),
            text_key: None,
            texts: HashMap::new(),
            max_text_bytes,
            key_count: 0,
            value_count: 0,
            keys: Vec::new(),
            values: Vec::new(),
            value: Vec::new(),
        }
    }

    /// Appends the tags of a feature: key and value numbers as varints. Nulls have no tag.
    pub(crate) fn write_tags(&mut self, position: u32, tags: &mut Vec<u8>) {
        let position = position as usize;
        for index in 0..self.attributes.len() {
            let attribute = &self.attributes[index];
            let number = match attribute.numbers {
                Numbers::Position(numbers) => numbers[position],
                Numbers::Code(numbers) => {
                    attribute.column.as_text().and_then(|text| text.code(position)).map_or(NULL, |code| numbers[code as usize])
                }
            };
            if number == NULL {
                continue;
            }
            let entry = self.translation.entries[number as usize];
            let value = if entry.0 == self.translation.stamp { entry.1 } else { self.add_value(index, position, number) };
            let key = self.attributes[index].key.unwrap_or_else(|| self.add_key(index));
            varint(tags, u64::from(key));
            varint(tags, u64::from(value));
        }
    }

    /// Appends the tag of a text that is made for this tile, whole however long. All have the same name.
    pub(crate) fn write_text(&mut self, name: &str, text: &str, tags: &mut Vec<u8>) {
        let key = match self.text_key {
            Some(key) => key,
            None => {
                let fresh = self.push_key(name);
                self.text_key = Some(fresh);
                fresh
            }
        };
        let value = match self.texts.get(text) {
            Some(value) => *value,
            None => {
                self.value.clear();
                field(&mut self.value, key::VALUE_STRING, text.as_bytes());
                let fresh = self.push_value();
                self.texts.insert(text.to_owned(), fresh);
                fresh
            }
        };
        varint(tags, u64::from(key));
        varint(tags, u64::from(value));
    }

    /// Appends the layer's `keys` and `values` fields.
    pub(crate) fn write_layer_fields(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.keys);
        out.extend_from_slice(&self.values);
    }

    #[cold]
    fn add_key(&mut self, index: usize) -> u32 {
        let fresh = self.push_key(self.attributes[index].name);
        self.attributes[index].key = Some(fresh);
        fresh
    }

    fn push_key(&mut self, name: &str) -> u32 {
        let fresh = self.key_count;
        self.key_count += 1;
        field(&mut self.keys, key::LAYER_KEY, name.as_bytes());
        fresh
    }

    fn add_value(&mut self, index: usize, position: usize, number: u32) -> u32 {
        let value = &mut self.value;
        value.clear();
        match self.attributes[index].column.value(position) {
            Value::Null => {}
            Value::Bool(truth) => value.extend([key::VALUE_BOOL, u8::from(truth)]),
            Value::Int(number) => int(value, number),
            Value::Float(number) => float(value, number),
            Value::Text(text) => {
                let (kept, cut) = shortened(text, self.max_text_bytes);
                let ellipsis = if cut { "…" } else { "" };
                value.push(key::VALUE_STRING);
                varint(value, (kept.len() + ellipsis.len()) as u64);
                value.extend_from_slice(kept.as_bytes());
                value.extend_from_slice(ellipsis.as_bytes());
            }
        }
        let fresh = self.push_value();
        self.translation.entries[number as usize] = (self.translation.stamp, fresh);
        fresh
    }

    /// Writes the value made last.
    fn push_value(&mut self) -> u32 {
        let fresh = self.value_count;
        self.value_count += 1;
        field(&mut self.values, key::LAYER_VALUE, &self.value);
        fresh
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

/// Multiply and fold: the keys are numbers of ours and dense, so `std`'s defence against chosen keys would cost more
/// than it guards. Chosen numbers in a file can at worst slow the preparation of their own layer.
#[derive(Default)]
pub(crate) struct Mix(u64);

impl Hasher for Mix {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.write_u64(u64::from(*byte)));
    }

    fn write_u8(&mut self, number: u8) {
        self.write_u64(u64::from(number));
    }

    fn write_u32(&mut self, number: u32) {
        self.write_u64(u64::from(number));
    }

    fn write_u64(&mut self, number: u64) {
        let product = u128::from(self.0 ^ number ^ 0x9e37_79b9_7f4a_7c15) * 0xa076_1d64_78bd_642f;
        self.0 = (product >> 64) as u64 ^ product as u64;
    }
}
