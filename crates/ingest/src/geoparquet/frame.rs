//! Which column has the shapes, and their reference system: the `geo` metadata of GeoParquet, else Parquet's own types.

use crate::privacy;
use parquet::{
    basic::LogicalType,
    file::metadata::{FileMetaData, KeyValue},
};
use serde_json::{Map, Value};

/// The reference system of the shapes, whose coordinates stand easting or longitude first whatever it says (OGC 23-056,
/// "Coordinate axis order").
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Frame {
    /// OGC:CRS84, which is also what no word means.
    Wgs84,
    /// A code, WKT or PROJJSON, and its name for people.
    Definition { definition: String, name: String },
    /// Stated to be unknown.
    Unknown,
}

/// Where the shapes are.
#[derive(Debug)]
pub(super) struct Shapes {
    /// The column, by its path.
    pub(super) column: String,
    pub(super) frame: Frame,
    /// Columns that are named as the shapes' bounding boxes, by the paths of their leaves.
    pub(super) covering: Vec<String>,
    /// Other columns of shapes.
    pub(super) others: Vec<String>,
    pub(super) notes: Vec<String>,
}

impl Shapes {
    /// # Errors
    /// Words for the report, when no column of shapes is named or it is of a kind that is not read.
    pub(super) fn of(file: &FileMetaData) -> Result<Self, String> {
        let entries = file.key_value_metadata().map_or(&[][..], Vec::as_slice);
        match entry(entries, "geo") {
            Some(text) => Self::of_geoparquet(text),
            None => Self::of_parquet(file, entries),
        }
    }

    fn of_geoparquet(text: &str) -> Result<Self, String> {
        let geo: Value = serde_json::from_str(text).map_err(|error| format!("its geo metadata is no JSON: {error}"))?;
        let primary = geo.get("primary_column").and_then(Value::as_str).ok_or("its geo metadata names no primary_column")?;
        let columns = geo.get("columns").and_then(Value::as_object).ok_or("its geo metadata lists no columns")?;
        let named = privacy::quoted(primary);
        let column = columns.get(primary).and_then(Value::as_object);
        let column = column.ok_or_else(|| format!("its geo metadata says nothing of its primary column {named}"))?;
        let text_of = |name: &str| column.get(name).and_then(Value::as_str);
        match text_of("encoding") {
            Some(encoding) if encoding.eq_ignore_ascii_case("WKB") => {}
            encoding => {
                let encoding = privacy::quoted(encoding.unwrap_or("nothing"));
                return Err(format!("its shapes are encoded as {encoding}; write it again with them as WKB"));
            }
        }
        let mut notes = Vec::new();
        if text_of("edges").is_some_and(|edges| edges != "planar") {
            notes.push(
                "the file says that edges are geodesics; they were taken as straight lines in longitude and latitude".to_owned(),
            );
        }
        if let Some(epoch) = column.get("epoch").and_then(Value::as_f64) {
            notes.push(format!("the file says that coordinates are of epoch {epoch}; plates were not moved to another"));
        }
        let others: Vec<&str> = columns.keys().map(String::as_str).filter(|name| *name != primary).collect();
        if !others.is_empty() {
            let listed = privacy::listed(others.iter().copied()).join(", ");
            notes.push(format!("shapes are those of column {named}; the other columns of shapes were left out: {listed}"));
        }
        let frame = match column.get("crs") {
            None => Frame::Wgs84,
            Some(Value::Null) => Frame::Unknown,
            Some(Value::String(text)) => of_json_or_text(text),
            Some(projjson) => of_projjson(projjson),
        };
        let others = others.into_iter().map(str::to_owned).collect();
        Ok(Self { column: primary.to_owned(), frame, covering: covering(column), others, notes })
    }

    /// The first column of type GEOMETRY or GEOGRAPHY (parquet-format 2.11, Geospatial.md).
    fn of_parquet(file: &FileMetaData, entries: &[KeyValue]) -> Result<Self, String> {
        let found = file.schema_descr().columns().iter().find_map(|column| match column.logical_type_ref() {
            Some(LogicalType::Geometry(of)) => Some((column, of.crs.as_deref(), false)),
            Some(LogicalType::Geography(of)) => Some((column, of.crs.as_deref(), true)),
            _ => None,
        });
        let (column, crs, is_geodesic) = found.ok_or(
            "it has no column of shapes (neither geo metadata nor one of type GEOMETRY); where it has coordinates in columns, save it as CSV",
        )?;
        let frame = match crs {
            None | Some("") => Frame::Wgs84,
            Some(crs) => {
                let referred = crs.strip_prefix("projjson:").and_then(|name| entry(entries, name)).unwrap_or(crs);
                of_json_or_text(referred)
            }
        };
        let notes = is_geodesic
            .then(|| "edges are geodesics in the file; they were taken as straight lines in longitude and latitude".to_owned());
        Ok(Self { column: column.path().string(), frame, covering: Vec::new(), others: Vec::new(), notes: Vec::from_iter(notes) })
    }
}

fn entry<'a>(entries: &'a [KeyValue], key: &str) -> Option<&'a str> {
    entries.iter().find(|entry| entry.key == key).and_then(|entry| entry.value.as_deref())
}

/// The leaves that are named as the bounding box of each row.
fn covering(column: &Map<String, Value>) -> Vec<String> {
    let corners = column.get("covering").and_then(|covering| covering.get("bbox")).and_then(Value::as_object);
    let path = |parts: &Value| parts.as_array()?.iter().map(Value::as_str).collect::<Option<Vec<_>>>().map(|path| path.join("."));
    corners.map_or_else(Vec::new, |corners| corners.values().filter_map(path).collect())
}

/// By its code where it has one: a registry's definition can't be incomplete.
fn of_projjson(projjson: &Value) -> Frame {
    let id = projjson.get("id");
    let authority = id.and_then(|id| id.get("authority")).and_then(Value::as_str).unwrap_or_default();
    let code = id.and_then(|id| id.get("code")).map(|code| code.as_str().map_or_else(|| code.to_string(), str::to_owned));
    if let (false, Some(code)) = (authority.is_empty(), code) {
        return of_text(&format!("{authority}:{code}"));
    }
    let name = projjson.get("name").and_then(Value::as_str).unwrap_or("the file's own reference system");
    Frame::Definition { definition: projjson.to_string(), name: name.to_owned() }
}

/// PROJJSON that was put into a text, as some writers do, or what [`of_text`] reads.
fn of_json_or_text(text: &str) -> Frame {
    match serde_json::from_str(text) {
        Ok(projjson @ Value::Object(_)) => of_projjson(&projjson),
        _ => of_text(text.trim()),
    }
}

/// A code such as `EPSG:4549`, `OGC:CRS84` or `srid:4549`, or a definition as the first drafts had it.
fn of_text(text: &str) -> Frame {
    let code = text
        .split_once(':')
        .filter(|parts| [parts.0, parts.1].iter().all(|part| part.bytes().all(|c| c.is_ascii_alphanumeric())));
    let Some((authority, code)) = code else {
        if text.is_empty() {
            return Frame::Unknown;
        }
        let name = text.split('"').nth(1).unwrap_or(text).to_owned();
        return Frame::Definition { definition: text.to_owned(), name };
    };
    let (authority, code) = (authority.to_ascii_uppercase(), code.to_ascii_uppercase());
    match (authority.as_str(), code.as_str()) {
        ("OGC", "CRS84" | "CRS84H") | ("EPSG" | "SRID", "4326") => Frame::Wgs84,
        ("SRID", "0") => Frame::Unknown,
        _ => {
            let authority = if authority == "SRID" { "EPSG" } else { &authority };
            let name = format!("{authority}:{code}");
            Frame::Definition { definition: name.clone(), name }
        }
    }
}
