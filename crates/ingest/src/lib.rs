//! How data comes in: formats, datums, repair, privacy, report.
//!
//! **Invariant.** No other crate sees GDAL, PROJ or a foreign CRS; what leaves here is longitude, latitude on the
//! city's frame (design, decision 1). No feature is lost without being named in the report: read = imported + repaired
//! + quarantined + refused. Memory does not depend on a file's size. Nothing is guessed: an unknown CRS is an error.
//!
//! The file list is the way of a feature:
//!
//! | step | rooms |
//! |---|---|
//! | which format | `format`, by content |
//! | first pass, into a spill file | `geojson` (with `json`), `csv_table` and `vector` (with `headers`), `osm` → `intake` |
//! | tags become columns | `tags`, in `osm` and in `intake` |
//! | decided over the whole file | `plan` (columns, ids), `privacy`, `heights` |
//! | second pass, spill to batches | `convert`: `shape` → `repair` → `frame` (with `proj`, `china`) → `antimeridian` |
//! | what was done | `report` |
//! | the other way, for other programs | [`export`] |
//!
//! Foreign libraries live in four rooms only: `ogr` (GDAL in), [`export`] (GDAL and Parquet out), `geoparquet` (Parquet in)
//! and `proj` (PROJ).

mod antimeridian;
mod china;
mod convert;
mod csv_table;
mod encoding;
mod error;
pub mod export;
mod format;
mod frame;
#[cfg(fuzzing)]
#[doc(hidden)]
pub mod fuzzing;
mod geojson;
mod geoparquet;
mod headers;
mod heights;
mod intake;
mod json;
mod metadata;
mod ogr;
mod options;
mod osm;
mod plan;
mod privacy;
mod proj;
mod repair;
mod repeats;
mod report;
mod shape;
mod source;
mod tags;
mod time;
mod vector;

pub use convert::Batch;
pub use encoding::check_encoding;
pub use error::{IngestError, ReadError};
pub use frame::FrameReport;
pub use heights::HeightUnit;
pub use metadata::{MetadataFile, metadata_from_toml};
pub use options::ImportOptions;
pub use report::{ImportReport, ReportRow, RowOutcome};
pub use shape::ThirdCoordinate;
pub use source::Source;
