//! Layer files: one newline-delimited GeoJSON (RFC 8142 without record separators) and its metadata beside it.

use crate::plane::Point;
use crate::recipe::Error;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

/// An attribute's value as written.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Attribute<'a> {
    Text(&'a str),
    Int(i64),
    /// Written with two decimals.
    Float(f64),
    Bool(bool),
    Null,
}

/// A geometry as written.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Shape<'a> {
    Point(Point),
    Line(&'a [Point]),
    /// A closed ring.
    Polygon(&'a [Point]),
}

/// Writes one layer's file.
#[derive(Debug)]
pub(crate) struct LayerWriter {
    path: PathBuf,
    file: BufWriter<File>,
    row: Vec<u8>,
    pub(crate) features: u64,
}

impl LayerWriter {
    pub(crate) fn create(folder: &Path, layer: &str) -> Result<Self, Error> {
        let path = folder.join(format!("{layer}.geojsonl"));
        let file = File::create(&path).map_err(|source| Error::Write { path: path.clone(), source })?;
        Ok(Self { path, file: BufWriter::with_capacity(1 << 18, file), row: Vec::with_capacity(1024), features: 0 })
    }

    /// Writes a feature; its `source_id` is the layer's letters and its number from 1.
    pub(crate) fn feature(&mut self, shape: Shape<'_>, attributes: &[(&str, Attribute<'_>)]) -> Result<(), Error> {
        self.features += 1;
        let mut row = std::mem::take(&mut self.row);
        row.clear();
        let written = feature(&mut row, self.features, shape, attributes).and_then(|()| self.file.write_all(&row));
        self.row = row;
        written.map_err(|source| Error::Write { path: self.path.clone(), source })
    }

    /// Flushes the file.
    pub(crate) fn finish(mut self) -> Result<(PathBuf, u64), Error> {
        self.file.flush().map_err(|source| Error::Write { path: self.path.clone(), source })?;
        Ok((self.path, self.features))
    }
}

fn feature(row: &mut Vec<u8>, number: u64, shape: Shape<'_>, attributes: &[(&str, Attribute<'_>)]) -> std::io::Result<()> {
    write!(row, "{{\"type\":\"Feature\",\"properties\":{{\"source_id\":\"{number}\"")?;
    for (name, value) in attributes {
        write!(row, ",\"{name}\":")?;
        match *value {
            Attribute::Text(text) => serde_json::to_writer(&mut *row, text)?,
            Attribute::Int(number) => write!(row, "{number}")?,
            Attribute::Float(number) => write!(row, "{number:.2}")?,
            Attribute::Bool(flag) => write!(row, "{flag}")?,
            Attribute::Null => row.extend_from_slice(b"null"),
        }
    }
    row.extend_from_slice(b"},\"geometry\":{\"type\":");
    match shape {
        Shape::Point(point) => {
            row.extend_from_slice(b"\"Point\",\"coordinates\":");
            position(row, point)?;
        }
        Shape::Line(line) => {
            row.extend_from_slice(b"\"LineString\",\"coordinates\":");
            positions(row, line)?;
        }
        Shape::Polygon(ring) => {
            row.extend_from_slice(b"\"Polygon\",\"coordinates\":[");
            positions(row, ring)?;
            row.push(b']');
        }
    }
    row.extend_from_slice(b"}}\n");
    Ok(())
}

fn positions(row: &mut Vec<u8>, line: &[Point]) -> std::io::Result<()> {
    for (at, &point) in line.iter().enumerate() {
        row.push(if at == 0 { b'[' } else { b',' });
        position(row, point)?;
    }
    row.push(b']');
    Ok(())
}

/// Whole numbers are printed, so no platform's float printing has a say. The district lies east and north of 0°, 0°.
fn position(row: &mut Vec<u8>, point: Point) -> std::io::Result<()> {
    let [lon, lat] = point.to_e7();
    write!(row, "[{}.{:07},{}.{:07}]", lon / 10_000_000, lon % 10_000_000, lat / 10_000_000, lat % 10_000_000)
}
