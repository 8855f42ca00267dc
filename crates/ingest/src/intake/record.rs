//! One feature in the spill file.
//!
//! ```text
//! u32 length of the rest | u64 row | u32 key length or NONE, key | u8 0: no shape, 1: WKB, 2: why there is none
//! | u32 length, bytes | values until the end: u16 column, u8 type, payload (i64, f64, or u32 length and text)
//! ```
//! Only this process reads it, from an unnamed file that the system deletes, so it has no version and no checksum.

use std::{
    fs::File,
    io::{self, BufReader, BufWriter, Read, Seek, Write},
};

const NO_KEY: u32 = u32::MAX;

/// One value as the source has it; null values are left out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum RawValue<'a> {
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(&'a str),
    /// `YYYY-MM-DD`.
    Date(&'a str),
    /// `YYYY-MM-DDThh:mm:ss.sssZ`.
    DateTime(&'a str),
}

impl RawValue<'_> {
    /// Bytes it takes, roughly.
    pub(super) fn bytes(self) -> usize {
        match self {
            RawValue::Text(text) | RawValue::Date(text) | RawValue::DateTime(text) => text.len(),
            _ => 8,
        }
    }
}

#[derive(Debug)]
pub(super) struct RecordWriter {
    file: BufWriter<File>,
    head: Vec<u8>,
    geometry: Vec<u8>,
    values: Vec<u8>,
    refusal: Option<String>,
}

impl RecordWriter {
    pub(super) fn new(file: File) -> Self {
        Self {
            file: BufWriter::with_capacity(1 << 18, file),
            head: Vec::new(),
            geometry: Vec::new(),
            values: Vec::new(),
            refusal: None,
        }
    }

    pub(super) fn begin(&mut self, row: u64) {
        self.head.clear();
        self.head.extend(row.to_le_bytes());
        self.head.extend(NO_KEY.to_le_bytes());
        self.geometry.clear();
        self.geometry.push(0);
        self.values.clear();
        self.refusal = None;
    }

    pub(super) fn key(&mut self, key: &str) {
        self.head.truncate(8);
        put_text(&mut self.head, key);
    }

    pub(super) fn value(&mut self, column: u16, value: RawValue<'_>) {
        let out = &mut self.values;
        out.extend(column.to_le_bytes());
        match value {
            RawValue::Bool(value) => out.push(u8::from(value)),
            RawValue::Int(number) => {
                out.push(2);
                out.extend(number.to_le_bytes());
            }
            RawValue::Float(number) => {
                out.push(3);
                out.extend(number.to_le_bytes());
            }
            RawValue::Text(text) => {
                out.push(4);
                put_text(out, text);
            }
            RawValue::Date(text) => {
                out.push(5);
                put_text(out, text);
            }
            RawValue::DateTime(text) => {
                out.push(6);
                put_text(out, text);
            }
        }
    }

    pub(super) fn geometry(&mut self, write: impl FnOnce(&mut Vec<u8>) -> Result<(), String>) {
        self.geometry.clear();
        self.geometry.extend([1, 0, 0, 0, 0]);
        let outcome = write(&mut self.geometry);
        let length = self.geometry.len() - 5;
        if let Err(reason) = outcome {
            self.refuse_geometry(&reason);
        } else if length == 0 {
            self.geometry.clear();
            self.geometry.push(0);
        } else {
            self.geometry[1..5].copy_from_slice(&(length as u32).to_le_bytes());
        }
    }

    fn refuse_geometry(&mut self, reason: &str) {
        self.geometry.clear();
        self.geometry.push(2);
        put_text(&mut self.geometry, reason);
    }

    /// Whether the feature at hand was refused.
    pub(super) fn is_refused(&self) -> bool {
        self.refusal.is_some()
    }

    /// Whether the feature at hand has a key.
    pub(super) fn has_key(&self) -> bool {
        self.head.get(8..12) != Some(&NO_KEY.to_le_bytes())
    }

    /// The values of the feature at hand.
    pub(super) fn values(&self) -> &[u8] {
        &self.values
    }

    /// Takes the values of some columns away from the feature at hand, and says of which it had one.
    pub(super) fn remove(&mut self, columns: &[u16]) -> Vec<u16> {
        let before = std::mem::take(&mut self.values);
        let mut removed = Vec::new();
        for (column, value) in values_in(Cursor(&before)) {
            if columns.contains(&column) {
                removed.push(column);
            } else {
                self.value(column, value);
            }
        }
        removed
    }

    /// The WKB code of its shape (1 point, 2 line, 3 area, …), without z and m.
    pub(super) fn geometry_code(&self) -> Option<u32> {
        let head = self.geometry.get(5..10)?;
        let code: [u8; 4] = head[1..].try_into().ok()?;
        let code = if head[0] == 1 { u32::from_le_bytes(code) } else { u32::from_be_bytes(code) };
        Some(code % 1000)
    }

    /// Keeps only the key and the reason.
    pub(super) fn drop_values(&mut self, reason: String) {
        self.values.clear();
        self.refusal.get_or_insert(reason);
    }

    pub(super) fn end(&mut self) -> io::Result<()> {
        if let Some(reason) = self.refusal.take() {
            self.values.clear();
            self.refuse_geometry(&reason);
        }
        let length = self.head.len() + self.geometry.len() + self.values.len();
        let length = u32::try_from(length).map_err(|_| io::Error::other("a feature of over 4 GiB"))?;
        self.file.write_all(&length.to_le_bytes())?;
        self.file.write_all(&self.head)?;
        self.file.write_all(&self.geometry)?;
        self.file.write_all(&self.values)
    }

    pub(super) fn finish(self) -> io::Result<File> {
        let mut file = self.file.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.rewind()?;
        Ok(file)
    }
}

fn put_text(out: &mut Vec<u8>, text: &str) {
    out.extend((text.len() as u32).to_le_bytes());
    out.extend(text.as_bytes());
}

/// The shape of a spilled feature.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum RawGeometry<'a> {
    /// The source gives none.
    Absent,
    /// ISO WKB in the source's frame, traditional axis order.
    Wkb(&'a [u8]),
    /// The feature could not be read, and why.
    Unreadable(&'a str),
}

/// A spilled feature.
#[derive(Debug)]
pub(crate) struct RawRow<'a> {
    pub(crate) row: u64,
    pub(crate) key: Option<&'a str>,
    pub(crate) geometry: RawGeometry<'a>,
    values: Cursor<'a>,
}

/// Reads the spill file from its start.
#[derive(Debug)]
pub(crate) struct Records {
    file: BufReader<File>,
    record: Vec<u8>,
}

impl Records {
    pub(crate) fn new(file: File) -> Self {
        Self { file: BufReader::with_capacity(1 << 18, file), record: Vec::new() }
    }

    /// Goes back to the first feature.
    pub(crate) fn rewind(&mut self) -> io::Result<()> {
        self.file.rewind()
    }

    /// The next feature.
    pub(crate) fn next(&mut self) -> io::Result<Option<RawRow<'_>>> {
        let mut length = [0; 4];
        match self.file.read_exact(&mut length) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
            other => other?,
        }
        self.record.resize(u32::from_le_bytes(length) as usize, 0);
        self.file.read_exact(&mut self.record)?;
        let mut cursor = Cursor(&self.record);
        let parsed = (|| {
            let row = u64::from_le_bytes(cursor.array()?);
            let key = match u32::from_le_bytes(cursor.array()?) {
                NO_KEY => None,
                length => Some(cursor.text_of(length)?),
            };
            let geometry = match cursor.array::<1>()? {
                [0] => RawGeometry::Absent,
                [1] => {
                    let length = u32::from_le_bytes(cursor.array()?);
                    RawGeometry::Wkb(cursor.take(length as usize)?)
                }
                _ => RawGeometry::Unreadable(cursor.text()?),
            };
            Some((row, key, geometry))
        })();
        let (row, key, geometry) = parsed.ok_or_else(|| io::Error::other("the spill file was changed by another"))?;
        Ok(Some(RawRow { row, key, geometry, values: cursor }))
    }
}

impl<'a> RawRow<'a> {
    /// The values that are not null, with their columns.
    pub(crate) fn values(&self) -> impl Iterator<Item = (u16, RawValue<'a>)> {
        values_in(self.values)
    }
}

/// The values that stand in so many bytes.
pub(super) fn values_in<'a>(mut cursor: Cursor<'a>) -> impl Iterator<Item = (u16, RawValue<'a>)> {
    std::iter::from_fn(move || {
        let column = u16::from_le_bytes(cursor.array()?);
        let value = match cursor.array::<1>()? {
            [0] => RawValue::Bool(false),
            [1] => RawValue::Bool(true),
            [2] => RawValue::Int(i64::from_le_bytes(cursor.array()?)),
            [3] => RawValue::Float(f64::from_le_bytes(cursor.array()?)),
            [4] => RawValue::Text(cursor.text()?),
            [5] => RawValue::Date(cursor.text()?),
            _ => RawValue::DateTime(cursor.text()?),
        };
        Some((column, value))
    })
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Cursor<'a>(pub(super) &'a [u8]);

impl<'a> Cursor<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }

    fn text_of(&mut self, length: u32) -> Option<&'a str> {
        std::str::from_utf8(self.take(length as usize)?).ok()
    }

    fn text(&mut self) -> Option<&'a str> {
        let length = u32::from_le_bytes(self.array()?);
        self.text_of(length)
    }
}
