//! CSV with coordinate columns or a WKT column. GDAL's reader is left out here: it knows no GBK and takes no BOM off
//! UTF-16.

mod quotes;

use crate::{
    encoding::{self, Decoded},
    error::IngestError,
    headers,
    intake::{Intake, RawValue, TextReading},
    ogr, privacy,
    shape::Shape,
};
use encoding_rs::Encoding;
use quotes::{Fault, Quotes};
use std::{fs::File, io::BufRead, path::Path};
use urbis_model::geometry::MAX_VERTICES;

/// The most bytes of one row; a WKT of a million vertices and its attributes.
const MAX_WKT_WKB_BYTES: usize = MAX_VERTICES * 24 + 1024;

/// Column headers that hold the easting or longitude, in the order of preference.
const X_HEADERS: [&str; 17] = [
    "lon",
    "lng",
    "long",
    "longitude",
    "经度",
    "x",
    "lon_deg",
    "longitude_deg",
    "point_x",
    "xcoord",
    "x_coord",
    "east",
    "easting",
    "e",
    "东坐标",
    "横坐标",
    "x坐标",
];
/// And the northing or latitude, in the same order.
const Y_HEADERS: [&str; 17] = [
    "lat",
    "lat",
    "lat",
    "latitude",
    "纬度",
    "y",
    "lat_deg",
    "latitude_deg",
    "point_y",
    "ycoord",
    "y_coord",
    "north",
    "northing",
    "n",
    "北坐标",
    "纵坐标",
    "y坐标",
];
/// And a whole shape.
const WKT_HEADERS: [&str; 6] = ["wkt", "geometry", "geom", "the_geom", "_wkt", "wkt_geom"];
/// And a height.
const Z_HEADERS: [&str; 3] = ["z", "z_m", "elevation_m"];

/// Where a table's shapes are.
enum Position {
    Columns { x: usize, y: usize, z: Option<usize> },
    Wkt(usize),
}

/// What a table says beside its rows.
pub(crate) struct Said {
    /// Whether its coordinate headers speak of degrees.
    pub(crate) in_degrees: bool,
    pub(crate) notes: Vec<String>,
}

/// Reads a table's rows into the intake.
pub(crate) fn read(
    path: &Path,
    encoding: Option<&'static Encoding>,
    intake: &mut Intake,
    scratch: &Path,
) -> Result<Said, IngestError> {
    let file = File::open(path).map_err(|source| IngestError::Read { path: path.to_owned(), source })?;
    let mut decoded = Decoded::new(file, encoding);
    let head = decoded.fill_buf().map_err(|source| IngestError::Read { path: path.to_owned(), source })?;
    let delimiter = delimiter(head);
    let quotes = Quotes::new(decoded, delimiter);
    let mut table = csv::ReaderBuilder::new().delimiter(delimiter).flexible(true).has_headers(true).from_reader(quotes);
    let broken = |after: u64, error: csv::Error| match error.into_kind() {
        csv::ErrorKind::Io(source) => IngestError::Read { path: path.to_owned(), source },
        _ => IngestError::Cut { path: path.to_owned(), after, detail: "the row is not CSV".into() },
    };
    let checked = |quotes: &Quotes<_>| match quotes.fault() {
        Some(Fault { line, closed_line }) => Err(IngestError::Quote { path: path.to_owned(), line, closed_line }),
        None => Ok(()),
    };
    let headers = table.headers().cloned();
    // Said before anything about columns, whose headers may be what can't be read.
    if table.get_ref().source().had_errors {
        encoding::wrong_bytes(path, encoding.is_some())?;
    }
    checked(table.get_ref())?;
    let headers = headers.map_err(|error| broken(0, error))?;
    let (headers, renamed) = headers::distinct(headers.iter().map(|header| header.trim().to_owned()).collect());
    let position = position(&headers).ok_or_else(|| {
        let columns = privacy::listed(headers.iter().map(String::as_str));
        IngestError::NoPosition { path: path.to_owned(), columns }
    })?;
    intake.read_texts_as(TextReading::NumbersAndTimes);
    let taken = match position {
        Position::Columns { x, y, z } => vec![Some(x), Some(y), z],
        Position::Wkt(wkt) => vec![Some(wkt)],
    };
    let columns: Vec<Option<u16>> = headers
        .iter()
        .enumerate()
        .map(|(index, header)| if taken.contains(&Some(index)) { None } else { intake.column(header) })
        .collect();
    let in_degrees = match position {
        Position::Columns { x, .. } => {
            X_HEADERS[..5].contains(&headers[x].to_lowercase().as_str()) || headers[x].to_lowercase().ends_with("_deg")
        }
        Position::Wkt(_) => false,
    };
    let mut record = csv::StringRecord::new();
    let (mut long_rows, mut arcs) = (0u64, 0u64);
    let before = intake.rows();
    loop {
        let more = table.read_record(&mut record);
        checked(table.get_ref())?;
        if !more.map_err(|error| broken(intake.rows() - before, error))? {
            break;
        }
        intake.begin();
        match position {
            Position::Columns { x, y, z } => point(&record, x, y, z, intake),
            Position::Wkt(column) => match record.get(column).map(str::trim) {
                None | Some("") => {}
                Some(wkt) => intake.geometry(|wkb| {
                    arcs += u64::from(append_wkt(strip_srid(wkt), wkb)?);
                    Ok(())
                }),
            },
        }
        for (column, text) in columns.iter().zip(&record) {
            if let (Some(column), false) = (column, text.trim().is_empty()) {
                intake.value(*column, RawValue::Text(text.trim()));
            }
        }
        long_rows += u64::from(record.len() > headers.len());
        intake.end().map_err(|source| IngestError::Scratch { folder: scratch.to_owned(), source })?;
    }
    let mut notes = Vec::from_iter(renamed);
    notes.extend(ogr::note_of_arcs(arcs));
    if let (cells @ 1.., line) = table.get_ref().trailing {
        notes.push(format!(
            "{cells} cells have text after their closing quote, the first on line {line}; it was taken without the quotes, which are to be doubled (\"\") where they belong to the text"
        ));
    }
    if long_rows > 0 {
        notes.push(format!("{long_rows} rows have more cells than the header; the cells beyond were left out"));
    }
    if table.get_ref().source().had_errors {
        notes.push(encoding::wrong_bytes(path, encoding.is_some())?);
    }
    Ok(Said { in_degrees, notes })
}

fn point(record: &csv::StringRecord, x: usize, y: usize, z: Option<usize>, intake: &mut Intake) {
    let cell = |index: usize| record.get(index).map_or("", str::trim);
    if cell(x).is_empty() && cell(y).is_empty() {
        return;
    }
    let number = |index: usize| {
        let text = cell(index);
        text.parse::<f64>().map_err(|_| format!("{} is no coordinate{}", privacy::quoted(text), word_on_comma(text)))
    };
    intake.geometry(|wkb| {
        let (easting, northing) = (number(x)?, number(y)?);
        let mut shape = Shape::default();
        shape.xy.push([easting, northing]);
        if let Some(height) = z.and_then(|z| cell(z).parse::<f64>().ok()) {
            shape.z.push(height);
        }
        shape.end_ring();
        shape.end_part();
        shape.append_wkb(wkb);
        Ok(())
    });
}

/// What to do about a coordinate that is a number but for its decimal comma.
fn word_on_comma(text: &str) -> &'static str {
    let has_comma = text.contains(',') && text.replacen(',', ".", 1).parse::<f64>().is_ok();
    if has_comma { ": it has a decimal comma; write it with a decimal point" } else { "" }
}

/// Vertices are counted by their commas first, since GDAL builds a shape of any size before it can be asked for it.
fn append_wkt(wkt: &str, wkb: &mut Vec<u8>) -> Result<bool, String> {
    if wkt.bytes().filter(|byte| *byte == b',').count() >= MAX_VERTICES {
        return Err(format!("its shape has over {MAX_VERTICES} vertices"));
    }
    ogr::linear_wkb_from_wkt(wkt, MAX_WKT_WKB_BYTES, wkb)
}

/// PostGIS writes `SRID=4326;POINT(…)`.
fn strip_srid(wkt: &str) -> &str {
    match wkt.split_once(';') {
        Some((prefix, wkt)) if prefix.to_ascii_uppercase().starts_with("SRID=") => wkt,
        _ => wkt,
    }
}

/// The delimiter that stands most often in the header line.
fn delimiter(head: &[u8]) -> u8 {
    let line = head.split(|byte| *byte == b'\n').next().unwrap_or(head);
    let count = |delimiter: &u8| line.iter().filter(|byte| *byte == delimiter).count();
    [b',', b'\t', b';', b'|'].into_iter().rev().max_by_key(count).unwrap_or(b',')
}

fn position(headers: &[String]) -> Option<Position> {
    let lower: Vec<String> = headers.iter().map(|header| header.to_lowercase().replace(' ', "_")).collect();
    let find = |name: &str| lower.iter().position(|header| header == name);
    for (x, y) in X_HEADERS.iter().zip(Y_HEADERS) {
        if let (Some(x), Some(y)) = (find(x), find(y)) {
            return Some(Position::Columns { x, y, z: Z_HEADERS.iter().find_map(|name| find(name)) });
        }
    }
    if let Some(wkt) = WKT_HEADERS.iter().find_map(|name| find(name)) {
        return Some(Position::Wkt(wkt));
    }
    // Headers such as `stop_lon` and `stop_lat`: one of each, with the same beginning.
    let ends = |word: &str| lower.iter().enumerate().filter(|(_, header)| header.ends_with(word)).collect::<Vec<_>>();
    for (x_word, y_word) in [("longitude", "latitude"), ("lon", "lat"), ("lng", "lat"), ("经度", "纬度")] {
        if let ([(x, x_header)], [(y, y_header)]) = (ends(x_word).as_slice(), ends(y_word).as_slice())
            && x_header.strip_suffix(x_word) == y_header.strip_suffix(y_word)
        {
            return Some(Position::Columns { x: *x, y: *y, z: None });
        }
    }
    None
}
