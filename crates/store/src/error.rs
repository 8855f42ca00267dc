//! What can go wrong with a city file.

use std::{
    error::Error as Cause,
    io,
    path::{Path, PathBuf},
};
use thiserror::Error;
use urbis_model::{FeatureId, LayerKind, LayerName};

/// Why the store could not do what was asked. What it held before is as it was.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StoreError {
    /// No file.
    #[error("there is no city file {path:?}; an import makes one")]
    Missing {
        /// The path as given.
        path: PathBuf,
    },
    /// The file was there when it was opened.
    #[error("the city file {path:?} is gone: it was deleted or moved away after it was opened")]
    Gone {
        /// The path as given.
        path: PathBuf,
    },
    /// Another kind of file.
    #[error("{path:?} is not a GeoPackage: {reason}")]
    NotAGeoPackage {
        /// The file.
        path: PathBuf,
        /// What shows it.
        reason: &'static str,
    },
    /// A GeoPackage that urbis did not make.
    #[error("{path:?} is a GeoPackage but not a city of urbis; import its layers into a city file of its own")]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// Cut off.
    #[error("{path:?} is cut off: it says it has {expected_bytes} bytes and has {found_bytes}; restore it from a copy")]
    Truncated {
        /// The file.
        path: PathBuf,
        /// Length by its own header.
        expected_bytes: u64,
        /// Length on disk.
        found_bytes: u64,
    },
    /// Written by a newer urbis.
    #[error("{path:?} was written by a newer urbis (form {found}, this one knows {known}); it was not touched")]
    Newer {
        /// The file.
        path: PathBuf,
        /// The form of its tables.
        found: u32,
        /// The newest form known here.
        known: u32,
    },
    /// Opened for reading only.
    #[error("{path:?} was opened for reading only")]
    ReadOnly {
        /// The file.
        path: PathBuf,
    },
    /// The disk, or the size limit, is full.
    #[error("no space left for {path:?} while {doing}; nothing stored before is changed")]
    Full {
        /// The file.
        path: PathBuf,
        /// What was being done.
        doing: &'static str,
    },
    /// SQLite may not write the file, or make its own beside it.
    #[error(
        "{path:?}, or its folder, can't be written by this user (gave up {doing}); a city there is only read, and only while no log {log:?} lies beside: copy both to where you can write"
    )]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// Its write-ahead log.
        log: PathBuf,
        /// What was being done.
        doing: &'static str,
    },
    /// No folder to make a city in.
    #[error("there is no folder {folder:?} to make the city in; make it, or name another")]
    NoFolder {
        /// The folder.
        folder: PathBuf,
    },
    /// Another program held the file for too long.
    #[error("another program holds {path:?} locked; gave up {doing}")]
    Busy {
        /// The file.
        path: PathBuf,
        /// What was being done.
        doing: &'static str,
    },
    /// The database refuses, for another reason.
    #[error("the database {path:?} failed while {doing}")]
    Database {
        /// The file.
        path: PathBuf,
        /// What was being done.
        doing: &'static str,
        /// What the database says.
        #[source]
        source: Box<dyn Cause + Send + Sync>,
    },
    /// The file system refuses.
    #[error("{doing} {path:?} failed")]
    Io {
        /// The file.
        path: PathBuf,
        /// What was being done.
        doing: &'static str,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// One import at a time.
    #[error("another import holds {path:?}: {holder}; wait for it or end it")]
    ImportRunning {
        /// The city file.
        path: PathBuf,
        /// Who: process, layer and since when.
        holder: String,
    },
    /// No layer of this name.
    #[error("the city has no layer {layer:?}; it has {}", list(known))]
    UnknownLayer {
        /// The name asked for.
        layer: String,
        /// The names there are.
        known: Vec<String>,
    },
    /// No such version, or no longer.
    #[error("layer {layer} has no version {version}; it keeps {kept:?}")]
    UnknownVersion {
        /// The layer.
        layer: LayerName,
        /// The version asked for.
        version: u64,
        /// The versions there are.
        kept: Vec<u64>,
    },
    /// An import into a layer of another kind.
    #[error("layer {layer} holds features of kind {stored}, the import is of kind {given}; give it another layer name")]
    OtherKind {
        /// The layer.
        layer: LayerName,
        /// Its kind.
        stored: LayerKind,
        /// The import's kind.
        given: LayerKind,
    },
    /// A layer name that the store uses for itself.
    #[error("a layer can't be named {layer}: names that end in _quarantine hold what imports set aside")]
    ReservedName {
        /// The name.
        layer: LayerName,
    },
    /// Appended columns that don't fit.
    #[error(
        "column {column:?} of layer {layer} is of type {stored}, the import's is of type {given}; bring the source's values into that type or give its column another name, or import the layer anew with a source of all features"
    )]
    OtherColumnType {
        /// The layer.
        layer: LayerName,
        /// The column.
        column: String,
        /// Its type in the layer.
        stored: &'static str,
        /// Its type in the import.
        given: &'static str,
    },
    /// A column of an import with a name that a layer's table keeps for itself.
    #[error(
        "a column of table {table:?} can't be named {column:?}: fid, geom and what begins with urbis_ are the store's own; rename it"
    )]
    ReservedColumn {
        /// The table.
        table: String,
        /// The column.
        column: String,
    },
    /// The layer's columns and the import's make no table.
    #[error("the columns of layer {layer} and of the import can't be in one table")]
    Columns {
        /// The layer.
        layer: LayerName,
        /// Why the schema is refused.
        #[source]
        source: urbis_model::column::SchemaError,
    },
    /// A date or instant whose text is none.
    #[error("column {column:?} has {value:?}, which is no ISO 8601 date or instant")]
    NotADate {
        /// The column.
        column: String,
        /// The text.
        value: String,
    },
    /// Every id up to [`FeatureId::MAX`] was given out.
    #[error("layer {layer} has no feature id left below {}", FeatureId::MAX)]
    NoIdLeft {
        /// The layer.
        layer: LayerName,
    },
    /// An earlier write of this session failed.
    #[error("this import of {layer} failed before and is abandoned")]
    Abandoned {
        /// The layer.
        layer: LayerName,
    },
    /// Whoever reads wants no more.
    #[error("reading was stopped")]
    Stopped,
    /// A row in the file that is no feature.
    #[error("row {fid} of table {table:?} can't be read as a feature")]
    Feature {
        /// The table.
        table: String,
        /// The row's number.
        fid: i64,
        /// What is wrong.
        #[source]
        source: RowError,
    },
    /// A table that does not have the form of a layer.
    #[error("table {table:?} is not a layer's table: {reason}")]
    Table {
        /// The table.
        table: String,
        /// What shows it.
        reason: String,
    },
}

/// Why a row of a city file is no feature.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RowError {
    /// The row's number is no feature id.
    #[error("its number is outside 1..{}", FeatureId::MAX)]
    Id,
    /// The geometry is not in the GeoPackage form.
    #[error("its geometry is not GeoPackage binary: {0}")]
    Blob(&'static str),
    /// A geometry type that no layer holds.
    #[error("geometry type {0} is none that a layer holds")]
    GeometryType(u32),
    /// The geometry is in form but not valid.
    #[error("its geometry or a value is not valid")]
    Feature(#[source] urbis_model::feature::FeatureError),
    /// A value of another storage type than its column's.
    #[error("column {column:?} holds {found} where {expected} is declared")]
    Value {
        /// The column.
        column: String,
        /// What is stored.
        found: &'static str,
        /// What the column declares.
        expected: &'static str,
    },
    /// Text that is not UTF-8.
    #[error("column {column:?} holds text that is not UTF-8")]
    NotUtf8 {
        /// The column.
        column: String,
    },
}

fn list(names: &[String]) -> String {
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

/// Turns a database error into one that names the file and what was being done.
pub(crate) fn explain(path: &Path, doing: &'static str) -> impl Fn(rusqlite::Error) -> StoreError {
    let path = path.to_owned();
    move |source| {
        let path = path.clone();
        match source.sqlite_error_code() {
            Some(rusqlite::ErrorCode::DiskFull) => StoreError::Full { path, doing },
            Some(rusqlite::ErrorCode::DatabaseBusy | rusqlite::ErrorCode::DatabaseLocked) => StoreError::Busy { path, doing },
            Some(rusqlite::ErrorCode::CannotOpen | rusqlite::ErrorCode::ReadOnly) => {
                let mut log = path.as_os_str().to_owned();
                log.push("-wal");
                StoreError::Unwritable { path, log: log.into(), doing }
            }
            Some(rusqlite::ErrorCode::NotADatabase) => StoreError::NotAGeoPackage { path, reason: "SQLite can't read it" },
            _ => StoreError::Database { path, doing, source: Box::new(source) },
        }
    }
}
