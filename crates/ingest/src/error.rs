//! Why a source can't be read at all. Bad *features* are no error: they are in the report.

use std::{io, path::PathBuf};
use thiserror::Error;

/// Why a source can't be read. Nothing was stored.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum IngestError {
    /// No file was named.
    #[error("no file was named; give at least one")]
    NoFile,
    /// No such file.
    #[error("{path:?} does not exist; check the name and the folder")]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// A folder.
    #[error("{path:?} is a folder; name the files in it")]
    Folder {
        /// The folder.
        path: PathBuf,
    },
    /// A pipe or a device, which can be read only once or has no end.
    #[error("{path:?} is {what}, not a file; save its content to a file first and name that")]
    NotAFile {
        /// The path.
        path: PathBuf,
        /// What it is.
        what: &'static str,
    },
    /// No byte in it.
    #[error("{path:?} is empty (0 bytes); it was probably not copied or downloaded to the end")]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// The system refused to read it.
    #[error("{path:?} can't be read")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A spill file could not be written or read, such as on a full disk.
    #[error("the spill file in {folder:?} failed; free space there or name another scratch folder")]
    Scratch {
        /// The scratch folder.
        folder: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Its content is of no format that urbis reads.
    #[error(
        "{path:?} {found}; urbis reads GeoPackage, FlatGeobuf, GeoJSON, newline-delimited GeoJSON, GeoParquet, Shapefile (.shp or .zip), OSM PBF and XML, CSV with coordinates, and GML"
    )]
    Format {
        /// The file.
        path: PathBuf,
        /// What was seen in it.
        found: String,
    },
    /// The format is right, the file is not.
    #[error("{path:?} can't be opened as {format}: {detail}")]
    Open {
        /// The file.
        path: PathBuf,
        /// The format.
        format: &'static str,
        /// The reader's own words and what to do.
        detail: String,
    },
    /// It ends or breaks in the middle.
    #[error(
        "{path:?} breaks after feature {after}: {detail}. The file is damaged or cut off; get it again, nothing was imported"
    )]
    Cut {
        /// The file.
        path: PathBuf,
        /// How many features were read before.
        after: u64,
        /// The reader's own words.
        detail: String,
    },
    /// A table has a quote that is not closed where its cell ends, so that rows are lost in one cell.
    #[error(
        "{path:?}: the quote that opens a cell on line {line} {}; close it there, or double it (\"\") where it belongs to the text; if the file was cut off, get it again",
        match closed_line {
            Some(closed) => format!("is closed only on line {closed}, in the middle of a text, so that the rows between were one cell"),
            None => "is never closed, so that all rows after it were one cell".to_owned(),
        }
    )]
    Quote {
        /// The file.
        path: PathBuf,
        /// The line on which it opens, from 1.
        line: u64,
        /// The line on which it is closed in the middle of a text; none where it never is.
        closed_line: Option<u64>,
    },
    /// It has several layers, or not the named one.
    #[error("{path:?} has the layers {layers:?}; name one with --source-layer")]
    Layer {
        /// The file.
        path: PathBuf,
        /// Its layers.
        layers: Vec<String>,
    },
    /// It has no layer with shapes.
    #[error("{path:?} has no layer of features with shapes")]
    NoLayer {
        /// The file.
        path: PathBuf,
    },
    /// An OSM file has nothing of this kind.
    #[error("an OSM file gives no layer of kind {kind}; say --kind building, road, water, green, place, power or gas_pipe")]
    OsmKind {
        /// The kind that was asked for.
        kind: &'static str,
    },
    /// The source states no CRS.
    #[error(
        "{path:?} states no reference system{why}; name it with --crs, such as --crs EPSG:4490 (CGCS2000 longitude, latitude), EPSG:4549 (CGCS2000 3-degree, 120°E), EPSG:4326 (WGS 84), GCJ-02 or BD-09"
    )]
    NoCrs {
        /// The file.
        path: PathBuf,
        /// What is missing, such as the .prj.
        why: &'static str,
    },
    /// PROJ knows no such CRS.
    #[error("the reference system {crs} is not known or not horizontal: {detail}; name another with --crs")]
    UnknownCrs {
        /// As given.
        crs: String,
        /// PROJ's words.
        detail: String,
    },
    /// No way from the CRS to longitude, latitude without a guess.
    #[error(
        "no known transformation leads from {crs} to WGS 84 (ballpark ones are not used, they can be 100 m off); convert the file with the authority's parameters first, or name the right system with --crs"
    )]
    NoOperation {
        /// The CRS.
        crs: String,
    },
    /// Files that should be one source differ.
    #[error("{path:?} differs from the first file: {difference}; import it on its own")]
    Differs {
        /// The file.
        path: PathBuf,
        /// In what.
        difference: String,
    },
    /// No coordinate column.
    #[error("{path:?} has no coordinate columns; name them lon and lat (or 经度 and 纬度), or wkt; its columns are {columns:?}")]
    NoPosition {
        /// The file.
        path: PathBuf,
        /// Its columns.
        columns: Vec<String>,
    },
    /// The id column does not exist.
    #[error("there is no column {column:?} to take ids from; the columns are {columns:?}")]
    IdColumn {
        /// As asked.
        column: String,
        /// What there is.
        columns: Vec<String>,
    },
    /// No such encoding.
    #[error("{label:?} is no known encoding; write GBK, GB18030, UTF-8, Big5 or windows-1252")]
    Encoding {
        /// As given.
        label: String,
    },
    /// It names no encoding and is not UTF-8.
    #[error(
        "{path:?} does not say its encoding, and it is not UTF-8; name it with --encoding, such as --encoding GBK (--encoding UTF-8 takes it with wrong bytes replaced by U+FFFD)"
    )]
    UnstatedEncoding {
        /// The file.
        path: PathBuf,
    },
    /// The metadata file is not right.
    #[error("the metadata file is not right: {detail}")]
    Metadata {
        /// What.
        detail: String,
    },
    /// More columns than a layer can have beside its own.
    #[error(
        "the source would give a layer {count} columns, and it can have {most}; leave some out, such as with ogr2ogr -select"
    )]
    TooManyColumns {
        /// How many there would be.
        count: usize,
        /// How many there can be.
        most: usize,
    },
    /// A column that no layer can have.
    #[error("the columns make no layer")]
    Columns(#[source] urbis_model::column::SchemaError),
}

/// Why a read ended early: the source failed, or whoever takes the batches did.
#[derive(Debug, Error)]
pub enum ReadError<E> {
    /// The source failed.
    #[error(transparent)]
    Source(IngestError),
    /// The receiver of the batches failed.
    #[error("the imported features could not be stored")]
    Receiver(#[source] E),
}
