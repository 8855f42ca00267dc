//! Bodies of counts and searches.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// `GET /health`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Health {
    /// `ok`, or `stale` when the city file could not be read lately.
    pub status: String,
    /// Layers whose newest version could not be read; an older one, or none, is served in their place.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unreadable: Vec<String>,
    /// Number of layers.
    pub layers: usize,
    /// The city's revision.
    pub revision: u64,
}

/// `GET /grids/{layer}/{level}`: features by division or grid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AreaCounts {
    /// Areas with features, by code.
    pub counts: Vec<AreaCount>,
    /// Features in no area of the level.
    pub outside: u64,
}

/// One area's count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AreaCount {
    /// The area's code.
    pub code: String,
    /// Features in it.
    pub count: u64,
}

/// `GET /search`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SearchResults {
    /// Best first.
    pub results: Vec<SearchResult>,
}

/// A layer or feature that was found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SearchResult {
    /// `layer` or `feature`.
    pub kind: String,
    /// The layer's name.
    pub layer: String,
    /// The feature's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<u64>,
    /// The text that matched.
    pub name: String,
    /// The layer's title.
    pub title: String,
    /// Longitude of the place, degrees.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lon: Option<f64>,
    /// Latitude of the place, degrees.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lat: Option<f64>,
}
