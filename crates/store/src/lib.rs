//! How data stays: the city file, one GeoPackage; and what happened, an event log beside it.
//!
//! **Invariant.** No SQL and no on-disk byte is seen outside; what a call says is stored survives a crash; an import
//! that does not end leaves the city as it was.
//!
//! | room | holds |
//! |---|---|
//! | [`Store`], [`StoreOptions`] | the door: open, list, read, import |
//! | `city_file` | opening a file and telling what it is; layers and revisions |
//! | `table` | names and columns of the tables that hold features |
//! | `blob` | geometry as GeoPackage binary |
//! | `read` | rows into batches, in parallel or by window |
//! | `import` | one import: lock, ids, fill, switch |
//! | `rtree` | R-trees packed straight into SQLite's tables |
//! | `beside` | unnamed files beside the city, for sorting |
//! | [`EventLog`] | what happened: appended, synced, numbered without a gap |
//! | [`MbtilesFile`] | tiles that others packed into SQLite |
//! | `steps` | long writing in short transactions |
//! | `sweep` | dropping what no version needs, in small steps |

mod beside;
mod blob;
mod city_file;
mod database;
mod error;
#[cfg(fuzzing)]
#[doc(hidden)]
pub mod fuzzing;
mod import;
mod info;
mod log;
mod mbtiles;
mod read;
mod rtree;
mod steps;
mod store;
mod sweep;
mod table;

pub use city_file::CityFile;
pub use error::{RowError, StoreError};
pub use import::{ImportMode, ImportSession, RepeatedKeys};
pub use info::{LayerInfo, VersionInfo};
pub use log::{Damage, Event, EventLog, LogError, MAX_APPEND_BYTES, MAX_PAYLOAD_BYTES, Numbered};
pub use mbtiles::MbtilesFile;
pub use store::{Access, Store, StoreOptions};
