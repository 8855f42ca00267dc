//! One column of a row group: decoded some rows at a time, and given to the intake row by row.

use super::{
    guarded,
    leaves::{Leaf, Reading, Role},
    pages::{Chunk, Page},
};
use crate::{
    intake::{Intake, RawValue},
    time,
};
use encoding_rs::{Encoding, UTF_8};
use parquet::{
    column::reader::{ColumnReader, ColumnReaderImpl},
    data_type::{ByteArray, DataType},
    errors::ParquetError,
};
use std::fmt::Write;
use urbis_model::geometry::MAX_VERTICES;

/// The most rows that are decoded at once.
const BATCH_ROWS: u64 = 256;
/// Pages up to here are small: a batch may touch several.
const SMALL_PAGE_BYTES: u64 = 1 << 20;
/// What a batch of values may take that are each made of the one before, and each as long as their page.
const MAX_SHARED_BYTES: u64 = 64 << 20;
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
    shares_prefixes: bool,
    cells: Vec<Cell>,
}

/// What there is to tell of all values.
pub(super) struct Told {
    encoding: &'static Encoding,
    /// Texts that are not of the encoding.
    pub(super) wrong_texts: u64,
    /// Days and instants outside the years that are kept.
    pub(super) far_times: u64,
    /// Bytes given so far, and the most.
    pub(super) bytes: u64,
    pub(super) most_bytes: u64,
}

impl Told {
    /// Texts are UTF-8, unless a person says that a writer broke that rule.
    pub(super) fn new(encoding: Option<&'static Encoding>, most_bytes: u64) -> Self {
        Self { encoding: encoding.unwrap_or(UTF_8), wrong_texts: 0, far_times: 0, bytes: 0, most_bytes }
    }
}

impl<'a> Column<'a> {
    pub(super) fn new(leaf: &'a Leaf, decoder: ColumnReader, chunk: Chunk) -> Self {
        let Chunk { mut pages, shares_prefixes, .. } = chunk;
        pages.reverse();
        Self { leaf, decoder, pages, shares_prefixes, cells: Vec::new() }
    }

    /// How many rows may be decoded at once. Where the page at hand is large, only to its end: so that at most two large
    /// pages are held. Where values are made of those before, as many as stay bounded when each is as long as the page.
    pub(super) fn most_rows(&self) -> u64 {
        let Some(page) = self.pages.iter().rev().find(|page| page.rows > 0) else { return BATCH_ROWS };
        let to_page_end = if page.bytes > SMALL_PAGE_BYTES || self.shares_prefixes { page.rows } else { BATCH_ROWS };
        let bounded = if self.shares_prefixes { (MAX_SHARED_BYTES / page.bytes.max(1)).max(1) } else { BATCH_ROWS };
        to_page_end.min(bounded).min(BATCH_ROWS)
    }

    /// Decodes the next rows.
    pub(super) fn decode(&mut self, rows: usize) -> Result<(), String> {
        self.cells.clear();
        let (level, cells) = (self.leaf.defined_level, &mut self.cells);
        guarded(|| match &mut self.decoder {
            ColumnReader::BoolColumnReader(decoder) => decode(decoder, rows, level, cells, Cell::Bool),
            ColumnReader::Int32ColumnReader(decoder) => decode(decoder, rows, level, cells, |number| Cell::Int(number.into())),
            ColumnReader::Int64ColumnReader(decoder) => decode(decoder, rows, level, cells, Cell::Int),
            ColumnReader::Int96ColumnReader(decoder) => decode(decoder, rows, level, cells, |time| Cell::Int(time.to_millis())),
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
    pub(super) fn give(&mut self, row: usize, told: &mut Told, intake: &mut Intake) {
        let cell = std::mem::replace(&mut self.cells[row], Cell::Null);
        told.bytes += if let Cell::Bytes(bytes) = &cell { bytes.len() as u64 } else { 8 };
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
            (Role::Value(column, reading), cell) => give_value(column, reading, cell, told, intake),
        }
    }
}

fn give_value(column: u16, reading: Reading, cell: Cell, told: &mut Told, intake: &mut Intake) {
    let float = |number: f64, intake: &mut Intake| {
        if number.is_finite() {
            intake.value(column, RawValue::Float(number));
        }
    };
    match (reading, cell) {
        (_, Cell::Null) => {}
        (_, Cell::Float(number)) => float(number, intake),
        (_, Cell::Bool(value)) => intake.value(column, RawValue::Bool(value)),
        (Reading::Decimal { places: 1.. }, Cell::Int(number)) => float(number as f64 / scale(reading), intake),
        (Reading::Decimal { places: 1.. }, Cell::Bytes(bytes)) => float(big_endian(bytes.data()).0 / scale(reading), intake),
        // Whole numbers are ids as often as amounts: to the last digit, or as text.
        (Reading::Decimal { .. }, Cell::Bytes(bytes)) => match big_endian(bytes.data()) {
            (_, Some(number)) => match i64::try_from(number) {
                Ok(number) => intake.value(column, RawValue::Int(number)),
                Err(_) => intake.value(column, RawValue::Text(&number.to_string())),
            },
            (number, None) => float(number, intake),
        },
        (Reading::Half, Cell::Bytes(bytes)) => {
            if let Ok(bytes) = bytes.data().try_into() {
                float(half(u16::from_le_bytes(bytes)), intake);
            }
        }
        (Reading::Unsigned32, Cell::Int(number)) => intake.value(column, RawValue::Int(i64::from(number as u32))),
        (Reading::Unsigned64, Cell::Int(number)) if number < 0 => {
            intake.value(column, RawValue::Text(&(number as u64).to_string()));
        }
        (Reading::Day, Cell::Int(days)) => match time::day_since_epoch(days) {
            Some(day) => intake.value(column, RawValue::Date(&day)),
            None => told.far_times += 1,
        },
        (Reading::Instant { per_second, utc }, Cell::Int(count)) => {
            match time::clock_since_epoch(count.div_euclid(per_second / 1000)) {
                Some(clock) if utc => intake.value(column, RawValue::DateTime(&(clock + "Z"))),
                Some(clock) => intake.value(column, RawValue::Text(clock.trim_end_matches(".000"))),
                None => told.far_times += 1,
            }
        }
        (Reading::Clock { per_second }, Cell::Int(count)) => {
            let millis = count.div_euclid(per_second / 1000);
            if (0..86_400_000).contains(&millis) {
                intake.value(column, RawValue::Text(time::clock(millis).trim_end_matches(".000")));
            } else {
                told.far_times += 1;
            }
        }
        (_, Cell::Int(number)) => intake.value(column, RawValue::Int(number)),
        (Reading::Uuid, Cell::Bytes(bytes)) if bytes.len() == 16 => intake.value(column, RawValue::Text(&uuid(bytes.data()))),
        (_, Cell::Bytes(bytes)) => {
            let (text, is_wrong) = told.encoding.decode_without_bom_handling(bytes.data());
            told.wrong_texts += u64::from(is_wrong);
            if !text.is_empty() {
                intake.value(column, RawValue::Text(&text));
            }
        }
    }
}

/// What a decimal number's integer is divided by.
fn scale(reading: Reading) -> f64 {
    if let Reading::Decimal { places } = reading { 10f64.powi(places.min(400) as i32) } else { 1.0 }
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

/// An integer in two's complement: as near as 64 bits of a decimal number come, and whole where 128 bits hold it.
fn big_endian(bytes: &[u8]) -> (f64, Option<i128>) {
    let is_negative = bytes.first().is_some_and(|byte| byte & 0x80 != 0);
    let magnitude = bytes.iter().fold(0.0, |sum, byte| sum * 256.0 + f64::from(if is_negative { !byte } else { *byte }));
    let whole = (bytes.len() <= 16)
        .then(|| bytes.iter().fold(if is_negative { -1 } else { 0 }, |sum: i128, byte| sum << 8 | i128::from(*byte)));
    match whole {
        Some(whole) => (whole as f64, Some(whole)),
        None => (if is_negative { -(magnitude + 1.0) } else { magnitude }, None),
    }
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
