//! One column of a row group: decoded some rows at a time, and given to the intake row by row.

use super::{
    guarded,
    leaves::{Leaf, Reading, Role},
    pages::Page,
};
use crate::{
    intake::{Intake, RawValue},
    time,
};
use parquet::{
    column::reader::{ColumnReader, ColumnReaderImpl},
    data_type::{ByteArray, DataType},
    errors::ParquetError,
};
use std::fmt::Write;
use urbis_model::geometry::MAX_VERTICES;

/// Pages up to here are small: a batch may touch several.
const SMALL_PAGE_BYTES: u64 = 1 << 20;
/// The most bytes of one shape: a million vertices with heights and their rings.
const MAX_WKB_BYTES: usize = MAX_VERTICES * 32 + 1024;

/// A decoded value, by its physical type.
enum Cell {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Bytes(ByteArray),
}

pub(super) struct Column<'a> {
    pub(super) leaf: &'a Leaf,
    decoder: ColumnReader,
    /// Pages that are not behind yet, the next one last.
    pages: Vec<Page>,
    cells: Vec<Cell>,
    /// Texts that are not UTF-8.
    pub(super) wrong_texts: u64,
}

impl<'a> Column<'a> {
    pub(super) fn new(leaf: &'a Leaf, decoder: ColumnReader, mut pages: Vec<Page>) -> Self {
        pages.reverse();
        Self { leaf, decoder, pages, cells: Vec::new(), wrong_texts: 0 }
    }

    /// Rows until the page at hand ends, where that is a large one.
    pub(super) fn rows_to_large_page_end(&self) -> Option<u64> {
        let page = self.pages.iter().rev().find(|page| page.rows > 0)?;
        (page.bytes > SMALL_PAGE_BYTES).then_some(page.rows)
    }

    /// Decodes the next rows.
    pub(super) fn decode(&mut self, rows: usize) -> Result<(), String> {
        self.cells.clear();
        let (level, cells) = (self.leaf.defined_level, &mut self.cells);
        guarded(|| match &mut self.decoder {
            ColumnReader::BoolColumnReader(decoder) => decode(decoder, rows, level, cells, Cell::Bool),
            ColumnReader::Int32ColumnReader(decoder) => decode(decoder, rows, level, cells, |number| Cell::Int(number.into())),
            ColumnReader::Int64ColumnReader(decoder) => decode(decoder, rows, level, cells, Cell::Int),
            ColumnReader::Int96ColumnReader(decoder) => decode(decoder, rows, level, cells, |time| Cell::Int(time.to_nanos())),
            ColumnReader::FloatColumnReader(decoder) => decode(decoder, rows, level, cells, |number| Cell::Float(number.into())),
            ColumnReader::DoubleColumnReader(decoder) => decode(decoder, rows, level, cells, Cell::Float),
            ColumnReader::ByteArrayColumnReader(decoder) => decode(decoder, rows, level, cells, Cell::Bytes),
            ColumnReader::FixedLenByteArrayColumnReader(decoder) => {
                decode(decoder, rows, level, cells, |bytes| Cell::Bytes(bytes.into()))
            }
        })?;
        if self.cells.len() < rows {
            return Err("it has fewer values than its row group has rows".to_owned());
        }
        let mut behind = rows as u64;
        while let Some(page) = self.pages.last_mut() {
            if page.rows > behind {
                page.rows -= behind;
                break;
            }
            behind -= page.rows;
            self.pages.pop();
        }
        Ok(())
    }

    /// Gives the intake what a decoded row has here.
    pub(super) fn give(&mut self, row: usize, intake: &mut Intake) {
        let cell = std::mem::replace(&mut self.cells[row], Cell::Null);
        match (self.leaf.role, cell) {
            (_, Cell::Null) => {}
            (Role::Shape, Cell::Bytes(wkb)) => intake.geometry(|out| {
                if wkb.len() > MAX_WKB_BYTES {
                    return Err(format!("its shape has over {MAX_VERTICES} vertices"));
                }
                out.extend_from_slice(wkb.data());
                Ok(())
            }),
            (Role::Shape, _) => {}
            (Role::Value(column, reading), cell) => self.give_value(column, reading, cell, intake),
        }
    }

    fn give_value(&mut self, column: u16, reading: Reading, cell: Cell, intake: &mut Intake) {
        let mut float = |number: f64| {
            if number.is_finite() {
                intake.value(column, RawValue::Float(number));
            }
        };
        match (reading, cell) {
            (_, Cell::Float(number)) => float(number),
            (Reading::Decimal { places }, Cell::Int(number)) => float(number as f64 / 10f64.powi(places as i32)),
            (Reading::Decimal { places }, Cell::Bytes(bytes)) => float(big_endian(bytes.data()) / 10f64.powi(places as i32)),
            (Reading::Half, Cell::Bytes(bytes)) => {
                if let Ok(bytes) = bytes.data().try_into() {
                    float(half(u16::from_le_bytes(bytes)));
                }
            }
            (_, Cell::Bool(value)) => intake.value(column, RawValue::Bool(value)),
            (Reading::Unsigned32, Cell::Int(number)) => intake.value(column, RawValue::Int(i64::from(number as u32))),
            (Reading::Unsigned64, Cell::Int(number)) if number < 0 => float(number as u64 as f64),
            (Reading::Day, Cell::Int(days)) => {
                if let Some(day) = time::day_since_epoch(days) {
                    intake.value(column, RawValue::Date(&day));
                }
            }
            (Reading::Instant { per_second, utc }, Cell::Int(count)) => {
                if let Some(mut clock) = time::clock_since_epoch(count.div_euclid(per_second / 1000)) {
                    if utc {
                        clock.push('Z');
                        intake.value(column, RawValue::DateTime(&clock));
                    } else {
                        intake.value(column, RawValue::Text(clock.trim_end_matches(".000")));
                    }
                }
            }
            (Reading::Clock { per_second }, Cell::Int(count)) => {
                let millis = count.div_euclid(per_second / 1000);
                if (0..86_400_000).contains(&millis) {
                    intake.value(column, RawValue::Text(time::clock(millis).trim_end_matches(".000")));
                }
            }
            (_, Cell::Int(number)) => intake.value(column, RawValue::Int(number)),
            (Reading::Uuid, Cell::Bytes(bytes)) if bytes.len() == 16 => intake.value(column, RawValue::Text(&uuid(bytes.data()))),
            (_, Cell::Bytes(bytes)) => {
                let text = String::from_utf8_lossy(bytes.data());
                self.wrong_texts += u64::from(matches!(text, std::borrow::Cow::Owned(_)));
                if !text.is_empty() {
                    intake.value(column, RawValue::Text(&text));
                }
            }
            (_, Cell::Null) => {}
        }
    }
}

/// Decodes rows into cells; fewer where the column ends before.
fn decode<T: DataType>(
    decoder: &mut ColumnReaderImpl<T>,
    rows: usize,
    defined_level: i16,
    cells: &mut Vec<Cell>,
    cell: impl Fn(T::T) -> Cell,
) -> Result<(), ParquetError> {
    let (mut values, mut levels) = (Vec::new(), Vec::new());
    let (read, _, _) = decoder.read_records(rows, Some(&mut levels), None, &mut values)?;
    let mut values = values.into_iter().map(cell);
    let mut next = || values.next().ok_or_else(|| ParquetError::General("it has fewer values than its levels say".to_owned()));
    for row in 0..read {
        let is_defined = defined_level == 0 || levels.get(row).is_some_and(|level| *level == defined_level);
        cells.push(if is_defined { next()? } else { Cell::Null });
    }
    Ok(())
}

/// An integer in two's complement, as near as 64 bits of a decimal number come.
fn big_endian(bytes: &[u8]) -> f64 {
    let is_negative = bytes.first().is_some_and(|byte| byte & 0x80 != 0);
    let magnitude = bytes.iter().fold(0.0, |sum, byte| sum * 256.0 + f64::from(if is_negative { !byte } else { *byte }));
    if is_negative { -(magnitude + 1.0) } else { magnitude }
}

/// A number of 16 bits (IEEE 754-2019, binary16).
fn half(bits: u16) -> f64 {
    let (exponent, fraction) = (i32::from(bits >> 10 & 0x1F), f64::from(bits & 0x3FF));
    let magnitude = match exponent {
        0 => fraction * 2f64.powi(-24),
        31 if fraction == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        _ => (1024.0 + fraction) * 2f64.powi(exponent - 25),
    };
    if bits & 0x8000 == 0 { magnitude } else { -magnitude }
}

/// A UUID as RFC 9562, section 4, writes it.
fn uuid(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(36);
    for (nth, byte) in bytes.iter().enumerate() {
        if matches!(nth, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        let _ = write!(text, "{byte:02x}");
    }
    text
}
