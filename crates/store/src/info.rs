//! What the store says of a layer.

use std::sync::Arc;
use urbis_model::{Bounds, LayerKind, LayerMetadata, LayerName, Schema};

/// A layer as it stands.
#[derive(Clone, Debug)]
pub struct LayerInfo {
    /// Its name.
    pub name: LayerName,
    /// What its features are.
    pub kind: LayerKind,
    /// The columns of the current version.
    pub schema: Arc<Schema>,
    /// What is known of it.
    pub metadata: LayerMetadata,
    /// The city's revision at which the current version came; only grows.
    pub revision: u64,
    /// The current version, from 1.
    pub version: u64,
    /// The kept versions, oldest first; the current one is the last.
    pub versions: Vec<VersionInfo>,
    /// Number of features of the current version.
    pub count: u64,
    /// The extent of the current version; [`Bounds::EMPTY`] when it has no feature.
    pub bounds: Bounds,
    /// Features that the current version's import set aside, in the table `<name>_quarantine`.
    pub quarantined: u64,
}

/// One kept version of a layer.
#[derive(Clone, Debug, PartialEq)]
pub struct VersionInfo {
    /// Its number, from 1.
    pub version: u64,
    /// The city's revision that it made.
    pub revision: u64,
    /// Number of features.
    pub count: u64,
    /// When it was imported: ISO 8601, UTC.
    pub imported_at: String,
}
