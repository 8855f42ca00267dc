//! TileJSON 3.0.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// A TileJSON 3.0 document (github.com/mapbox/tilejson-spec, 3.0.0).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TileJson {
    /// Always `3.0.0`.
    pub tilejson: String,
    /// Tile address templates.
    pub tiles: Vec<String>,
    /// What each layer in the tiles holds.
    pub vector_layers: Vec<VectorLayer>,
    /// A name to show.
    pub name: String,
    /// Licences and attributions.
    pub attribution: String,
    /// West, south, east, north in degrees.
    pub bounds: [f64; 4],
    /// Longitude, latitude, zoom to begin with.
    pub center: [f64; 3],
    /// Least zoom.
    pub minzoom: u8,
    /// Greatest zoom; clients overzoom beyond it.
    pub maxzoom: u8,
    /// Always `xyz`.
    pub scheme: String,
}

/// A layer inside the tiles.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct VectorLayer {
    /// The layer's name.
    pub id: String,
    /// Its title.
    pub description: String,
    /// Attributes and their types, `Boolean`, `Number` or `String`.
    pub fields: BTreeMap<String, String>,
    /// Least zoom with features of it.
    pub minzoom: u8,
    /// Greatest zoom with tiles of its own.
    pub maxzoom: u8,
}
