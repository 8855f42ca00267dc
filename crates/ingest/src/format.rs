//! Which format a file is of: by its first bytes; its name only decides for CSV, which has no mark.

use crate::error::IngestError;
use encoding_rs::{Encoding, UTF_16BE, UTF_16LE};
use std::{
    fs::{File, FileType},
    io::Read,
    os::unix::fs::FileTypeExt,
    path::Path,
};

/// How much of a file is looked at.
const HEAD_BYTES: u64 = 4096;

/// A format that is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    GeoPackage,
    FlatGeobuf,
    GeoJson,
    Shapefile,
    Zip,
    OsmPbf,
    OsmXml,
    Gml,
    Csv,
    GeoParquet,
}

impl Format {
    /// Its name in messages.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::GeoPackage => "GeoPackage",
            Self::FlatGeobuf => "FlatGeobuf",
            Self::GeoJson => "GeoJSON",
            Self::Shapefile => "Shapefile",
            Self::Zip => "zipped Shapefile",
            Self::OsmPbf => "OSM PBF",
            Self::OsmXml => "OSM XML",
            Self::Gml => "GML",
            Self::Csv => "CSV",
            Self::GeoParquet => "GeoParquet",
        }
    }

    /// Whether it is a file of OpenStreetMap's own, out of which a kind is chosen.
    pub(crate) fn is_osm(self) -> bool {
        matches!(self, Self::OsmPbf | Self::OsmXml)
    }

    fn of_extension(extension: &str) -> Option<Self> {
        Some(match extension {
            "gpkg" => Self::GeoPackage,
            "fgb" => Self::FlatGeobuf,
            "geojson" | "json" | "geojsonl" | "geojsonseq" | "ndjson" | "jsonl" => Self::GeoJson,
            "shp" => Self::Shapefile,
            "zip" => Self::Zip,
            "pbf" => Self::OsmPbf,
            "osm" => Self::OsmXml,
            "gml" | "xml" => Self::Gml,
            "csv" | "tsv" | "txt" => Self::Csv,
            "parquet" | "geoparquet" => Self::GeoParquet,
            _ => return None,
        })
    }
}

/// The format of a file, and a word when its name says another. `encoding` is what a person says of its texts.
pub(crate) fn sniff(path: &Path, encoding: Option<&'static Encoding>) -> Result<(Format, Option<String>), IngestError> {
    let unreadable = |source: std::io::Error| match source.kind() {
        std::io::ErrorKind::NotFound => IngestError::Missing { path: path.to_owned() },
        _ => IngestError::Read { path: path.to_owned(), source },
    };
    // Told without opening it: the end of a pipe may never come, and what was read of it is gone.
    let metadata = path.metadata().map_err(unreadable)?;
    if metadata.is_dir() {
        return Err(IngestError::Folder { path: path.to_owned() });
    }
    if !metadata.is_file() {
        return Err(IngestError::NotAFile { path: path.to_owned(), what: kind_of(metadata.file_type()) });
    }
    let mut head = Vec::new();
    File::open(path).and_then(|file| file.take(HEAD_BYTES).read_to_end(&mut head)).map_err(unreadable)?;
    if head.is_empty() {
        return Err(IngestError::Empty { path: path.to_owned() });
    }
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or("").to_ascii_lowercase();
    let by_name = Format::of_extension(&extension);
    if matches!(extension.as_str(), "shx" | "dbf" | "sbn" | "sbx" | "prj" | "cpg") {
        let found = format!("is the .{extension} of a Shapefile; name its .shp, the others are found beside it");
        return Err(IngestError::Format { path: path.to_owned(), found });
    }
    let wide = wide_order(&head);
    let is_wide = wide.is_some_and(|(_, is_marked)| is_marked) || encoding.is_some_and(|it| it == UTF_16LE || it == UTF_16BE);
    let is_text = matches!(by_name, Some(Format::Csv | Format::GeoJson));
    if let Some((order, _)) = wide.filter(|_| is_text && !is_wide) {
        let order = order.name();
        let found = format!("is text in {order} without a mark that says so; add --encoding {order}, or save it as UTF-8");
        return Err(IngestError::Format { path: path.to_owned(), found });
    }
    match by_content(&head, is_wide) {
        Ok(Some(format)) => {
            let xml = |format| matches!(format, Format::Gml | Format::OsmXml);
            let differs = by_name.filter(|named| *named != format && !(xml(*named) && xml(format)));
            let note = differs.map(|named| {
                format!("the file is named .{extension} ({}) but is {}; it was read as that", named.name(), format.name())
            });
            Ok((format, note))
        }
        Ok(None) if by_name == Some(Format::Csv) && (is_wide || !head.contains(&0)) => Ok((Format::Csv, None)),
        Ok(None) => {
            let found = match by_name {
                Some(named) => format!("is named .{extension} but its content is no {}", named.name()),
                None => "has a content that is not recognised".into(),
            };
            Err(IngestError::Format { path: path.to_owned(), found })
        }
        Err(found) => Err(IngestError::Format { path: path.to_owned(), found: found.into() }),
    }
}

fn kind_of(file: FileType) -> &'static str {
    if file.is_fifo() {
        "a pipe"
    } else if file.is_socket() {
        "a socket"
    } else {
        "a device"
    }
}

/// Which UTF-16 the first characters are in, and whether a mark says so; else ASCII characters tell it by their zeros.
fn wide_order(head: &[u8]) -> Option<(&'static Encoding, bool)> {
    match head {
        [0xFF, 0xFE, ..] => Some((UTF_16LE, true)),
        [0xFE, 0xFF, ..] => Some((UTF_16BE, true)),
        [low @ 1..=0x7F, 0, 1..=0x7F, 0, ..] if !low.is_ascii_control() => Some((UTF_16LE, false)),
        [0, low @ 1..=0x7F, 0, 1..=0x7F, ..] if !low.is_ascii_control() => Some((UTF_16BE, false)),
        _ => None,
    }
}

/// The format of a file's first bytes, which may be of UTF-16; the error names formats that are known and not read.
fn by_content(head: &[u8], is_wide: bool) -> Result<Option<Format>, &'static str> {
    let starts = |mark: &[u8]| head.starts_with(mark);
    if starts(b"SQLite format 3\0") {
        // Bytes 68..72 are the application id (GeoPackage 1.3, requirement 2).
        let known = head.get(68..72).is_some_and(|id| matches!(id, b"GPKG" | b"GP10" | b"GP11"));
        return if known { Ok(Some(Format::GeoPackage)) } else { Err("is an SQLite database, not a GeoPackage") };
    }
    if starts(b"fgb\x03fgb") {
        return Ok(Some(Format::FlatGeobuf));
    }
    if starts(&[0, 0, 0x27, 0x0A]) {
        return Ok(Some(Format::Shapefile));
    }
    if starts(b"PK\x03\x04") {
        return Ok(Some(Format::Zip));
    }
    if starts(&[0, 0]) && head.get(4..15) == Some(b"\x0A\x09OSMHeader".as_slice()) {
        return Ok(Some(Format::OsmPbf));
    }
    if starts(&[0x1F, 0x8B]) {
        return Err("is gzip-compressed; uncompress it with gunzip first");
    }
    if starts(b"PAR1") {
        return Ok(Some(Format::GeoParquet));
    }
    if starts(b"PARE") {
        return Err("is Parquet with an encrypted directory, which is not read");
    }
    let text = head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(head);
    let narrow: Vec<u8>;
    let text = if is_wide {
        narrow = text.iter().copied().filter(|byte| !matches!(byte, 0 | 0xFE | 0xFF)).collect();
        &narrow
    } else {
        text
    };
    let text = text.trim_ascii_start();
    match text.first() {
        Some(b'{' | b'[' | 0x1E) => Ok(Some(Format::GeoJson)),
        Some(b'<') => {
            let text = String::from_utf8_lossy(text);
            if text.contains("<osm") {
                Ok(Some(Format::OsmXml))
            } else if text.contains("<html") || text.contains("<!DOCTYPE html") {
                Err("is an HTML page, probably an error page saved under this name")
            } else if text.contains("gml") || text.contains("FeatureCollection") || text.contains("CityModel") {
                Ok(Some(Format::Gml))
            } else {
                Err("is XML, but neither GML nor OSM")
            }
        }
        _ => Ok(None),
    }
}
