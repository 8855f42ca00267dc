//! `GET /catalog`: every layer with its metadata and links.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The city and its layers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Catalog {
    /// The city's title in Chinese.
    pub title: String,
    /// The city's title in English.
    pub title_en: String,
    /// Whether any layer is made up (模拟数据).
    pub simulated: bool,
    /// The city's revision; grows with every change.
    pub revision: u64,
    /// The layers, by name.
    pub layers: Vec<CatalogLayer>,
}

/// One layer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CatalogLayer {
    /// Its name in URLs and tiles.
    pub name: String,
    /// Title in Chinese; the name when none is stated.
    pub title: String,
    /// Title in English; the name when none is stated.
    pub title_en: String,
    /// What its features are.
    pub kind: String,
    /// `point`, `line`, `polygon`, `surface` or `mixed`.
    pub geometry: String,
    /// Number of features.
    pub count: u64,
    /// The city revision at which this version became current.
    pub revision: u64,
    /// The current version.
    pub version: u64,
    /// Every version that `version=` reaches.
    pub versions: Vec<u64>,
    /// West, south, east, north in degrees; none for an empty layer.
    pub bbox: Option<[f64; 4]>,
    /// Storage CRS, always EPSG:4490.
    pub crs: String,
    /// What heights are measured from.
    pub vertical_datum: String,
    /// Where the data comes from.
    pub source: String,
    /// The day it describes, ISO 8601.
    pub date: String,
    /// Licence and attribution.
    pub licence: String,
    /// A sentence on quality.
    pub quality: String,
    /// Whether it is made up.
    pub simulated: bool,
    /// Features in quarantine after the last import.
    pub quarantined: u64,
    /// Its columns.
    pub columns: Vec<CatalogColumn>,
    /// Least zoom with tiles.
    pub min_zoom: u8,
    /// Greatest zoom with tiles of their own; beyond it clients overzoom.
    pub max_zoom: u8,
    /// Link to its TileJSON.
    pub tiles: String,
    /// Link to its features.
    pub items: String,
    /// Link template to its H3 cells.
    pub cells: String,
}

/// One column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CatalogColumn {
    /// Its name.
    pub name: String,
    /// `bool`, `int`, `float`, `text`, `date` or `datetime`.
    pub r#type: String,
}
