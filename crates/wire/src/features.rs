//! OGC API - Features documents (OGC 17-069r4) that are not features themselves.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A link (RFC 8288 as JSON).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Link {
    /// Where to.
    pub href: String,
    /// The relation, such as `self`, `next`, `items`.
    pub rel: String,
    /// Media type behind it.
    pub r#type: String,
}

impl Link {
    /// A link.
    pub fn new(href: impl Into<String>, rel: &str, media_type: &str) -> Self {
        Self { href: href.into(), rel: rel.to_owned(), r#type: media_type.to_owned() }
    }
}

/// `GET /` for programs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Landing {
    /// The city's title.
    pub title: String,
    /// Its title in English.
    pub description: String,
    /// Where the API's parts are.
    pub links: Vec<Link>,
}

/// `GET /conformance`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Conformance {
    /// URIs of the conformance classes kept.
    #[serde(rename = "conformsTo")]
    pub conforms_to: Vec<String>,
}

/// `GET /collections`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Collections {
    /// Links of the document.
    pub links: Vec<Link>,
    /// One collection per layer.
    pub collections: Vec<Collection>,
}

/// One collection: a layer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Collection {
    /// The layer's name.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Source, quality and licence in a sentence each.
    pub description: String,
    /// Where its features are; none for an empty layer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extent: Option<Extent>,
    /// Always `feature`.
    #[serde(rename = "itemType")]
    pub item_type: String,
    /// CRS that `crs=` accepts.
    pub crs: Vec<String>,
    /// The CRS features are stored in.
    #[serde(rename = "storageCrs")]
    pub storage_crs: String,
    /// Links to items, queryables and tiles.
    pub links: Vec<Link>,
}

/// Where the features of a collection are.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Extent {
    /// Its spatial part.
    pub spatial: SpatialExtent,
}

/// The boxes of an extent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SpatialExtent {
    /// West, south, east, north in degrees.
    pub bbox: Vec<[f64; 4]>,
    /// Axis order of the box: CRS84, longitude before latitude.
    pub crs: String,
}
