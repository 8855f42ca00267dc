//! The door of the store.

use crate::{CityFile, ImportMode, ImportSession, LayerInfo, StoreError};
use std::{path::Path, sync::Arc, time::Duration};
use urbis_model::{Bounds, FeatureBatch, LayerKind, LayerMetadata, LayerName, Schema};

/// What a caller means to do with a city.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Read; an import by another process may go on beside.
    Read,
    /// Read and import.
    Write,
    /// As [`Access::Write`], and make the city where there is none.
    Create,
}

/// How a city is opened and kept.
#[derive(Clone, Debug)]
pub struct StoreOptions {
    /// How many versions of a layer are kept, the current one included; at least 1.
    pub kept_versions: usize,
    /// How long an import waits for another one to end.
    pub import_wait: Duration,
    /// The file never grows beyond this many bytes; an import that would is refused like one on a full disk.
    pub size_limit_bytes: Option<u64>,
}

impl Default for StoreOptions {
    fn default() -> Self {
        Self { kept_versions: 5, import_wait: Duration::from_secs(10), size_limit_bytes: None }
    }
}

/// A city, wherever it is kept.
#[derive(Debug)]
#[non_exhaustive]
pub enum Store {
    /// One GeoPackage on this machine.
    GeoPackage(CityFile),
}

impl Store {
    /// Opens the city file at a path.
    ///
    /// ```
    /// use urbis_store::{Access, Store};
    /// let folder = tempfile::tempdir().unwrap();
    /// let city = Store::open(&folder.path().join("city.gpkg"), Access::Create).unwrap();
    /// assert!(city.layers().unwrap().is_empty());
    /// ```
    ///
    /// # Errors
    /// [`StoreError`] when it is missing, cut off, newer, or not a city; a file that is refused is not changed.
    pub fn open(path: &Path, access: Access) -> Result<Self, StoreError> {
        Self::open_with(path, access, StoreOptions::default())
    }

    /// As [`Store::open`], with other than the default options.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub fn open_with(path: &Path, access: Access, options: StoreOptions) -> Result<Self, StoreError> {
        CityFile::open(path, access, options).map(Self::GeoPackage)
    }

    /// All layers, by name.
    ///
    /// # Errors
    /// [`StoreError::Gone`] when the file was deleted; others when it, or what was put in its place, can't be read.
    pub fn layers(&self) -> Result<Vec<LayerInfo>, StoreError> {
        let Self::GeoPackage(city) = self;
        city.layers()
    }

    /// One layer.
    ///
    /// # Errors
    /// [`StoreError::UnknownLayer`], or as [`Store::layers`].
    pub fn layer(&self, name: &LayerName) -> Result<LayerInfo, StoreError> {
        let Self::GeoPackage(city) = self;
        city.layer(name)
    }

    /// A number that differs whenever the current version of any layer changed, whoever changed it, and whenever
    /// another file was put in the city's place. Takes microseconds: while nobody writes, no page of the file is read.
    /// Compares with tokens of the same `Store` only.
    ///
    /// # Errors
    /// As [`Store::layers`].
    pub fn change_token(&self) -> Result<u64, StoreError> {
        let Self::GeoPackage(city) = self;
        city.change_token()
    }

    /// What tells this city from any other, one made anew at the same path included: letters, digits and hyphens, the
    /// same for as long as the city is kept. A copy of the file has the same.
    ///
    /// # Errors
    /// As [`Store::layers`].
    pub fn identity(&self) -> Result<String, StoreError> {
        let Self::GeoPackage(city) = self;
        city.identity()
    }

    /// Whether writing to a path would write to the city: to its file or one that is kept beside it (the log and shared
    /// memory of SQLite, the import lock), by whatever name or link.
    pub fn owns(&self, path: &Path) -> bool {
        let Self::GeoPackage(city) = self;
        city.owns(path)
    }

    /// The city's revision: 0 when new, one more with each change of a layer's current version.
    ///
    /// # Errors
    /// As [`Store::layers`].
    pub fn revision(&self) -> Result<u64, StoreError> {
        let Self::GeoPackage(city) = self;
        city.revision()
    }

    /// The report of a version's import, as given to [`ImportSession::commit`]; of the current version when none is
    /// named.
    ///
    /// # Errors
    /// [`StoreError::UnknownLayer`], [`StoreError::UnknownVersion`], or as [`Store::layers`].
    pub fn report(&self, name: &LayerName, version: Option<u64>) -> Result<String, StoreError> {
        let Self::GeoPackage(city) = self;
        city.report(name, version)
    }

    /// Begins an import: a new version of a layer, which nobody sees before [`ImportSession::commit`].
    ///
    /// Waits for an import that runs, at most [`StoreOptions::import_wait`]. With [`ImportMode::Replace`], a feature
    /// whose `source_id` the current version has keeps its id; holds 28 bytes for each such feature meanwhile.
    ///
    /// # Errors
    /// [`StoreError::ImportRunning`] with who runs it; [`StoreError::OtherKind`]; [`StoreError::ReadOnly`]; others
    /// when the file can't be written.
    pub fn begin_import(
        &self,
        name: &LayerName,
        kind: LayerKind,
        schema: Arc<Schema>,
        metadata: LayerMetadata,
        mode: ImportMode,
    ) -> Result<ImportSession, StoreError> {
        let Self::GeoPackage(city) = self;
        city.begin_import(name, kind, schema, metadata, mode)
    }

    /// Reads a version, the current one when none is named, as batches in the order of ids. Uses up to
    /// [`std::thread::available_parallelism`] threads and holds a few batches at a time.
    ///
    /// # Errors
    /// What `on` returns; [`StoreError::Feature`] names the row that can't be read; else as [`Store::report`].
    pub fn read(
        &self,
        name: &LayerName,
        version: Option<u64>,
        on: &mut dyn FnMut(FeatureBatch) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let Self::GeoPackage(city) = self;
        city.read(name, version, on)
    }

    /// Reads the features of a version whose bounds meet a box, edges included, in the order of ids.
    ///
    /// # Errors
    /// As [`Store::read`].
    pub fn read_window(
        &self,
        name: &LayerName,
        version: Option<u64>,
        window: &Bounds,
        on: &mut dyn FnMut(FeatureBatch) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let Self::GeoPackage(city) = self;
        city.read_window(name, version, window, on)
    }
}
