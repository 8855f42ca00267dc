//! Layers: their names, kinds and metadata.

use crate::crs::VerticalDatum;
use std::{fmt, str::FromStr};
use thiserror::Error;

/// The longest layer name in bytes; PostgreSQL's identifier limit.
pub const MAX_LAYER_NAME_BYTES: usize = 63;

/// A layer's name: letters (of any script, no ASCII capitals), digits, `_`; begins with a letter.
///
/// The same in tables, URLs and tiles, so it has no comma, quote, slash or space, and not the prefixes that
/// SQLite, GeoPackage and urbis keep for themselves.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LayerName(Box<str>);

/// Why a text is no layer name.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error(
    "{text:?} is no layer name: 1 to {MAX_LAYER_NAME_BYTES} bytes of lower-case letters, digits and _, beginning with a letter, not with gpkg_, rtree_, sqlite_ or urbis_"
)]
pub struct NotALayerName {
    /// The text as given.
    pub text: String,
}

impl LayerName {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for LayerName {
    type Err = NotALayerName;

    fn from_str(text: &str) -> Result<Self, NotALayerName> {
        let letters = text.chars().all(|c| c == '_' || (c.is_alphanumeric() && !c.is_ascii_uppercase()));
        let reserved = ["gpkg_", "rtree_", "sqlite_", "urbis_"].iter().any(|prefix| text.starts_with(prefix));
        let begins = text.chars().next().is_some_and(char::is_alphabetic);
        if letters && begins && !reserved && text.len() <= MAX_LAYER_NAME_BYTES {
            Ok(Self(text.into()))
        } else {
            Err(NotALayerName { text: text.to_owned() })
        }
    }
}

impl fmt::Display for LayerName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

macro_rules! layer_kinds {
    ($($(#[$doc:meta])* $variant:ident = $name:literal),+ $(,)?) => {
        /// What a layer's features are; decides what is read from a source and how it is styled.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum LayerKind { $($(#[$doc])* $variant),+ }

        impl LayerKind {
            /// Every kind.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The name used on the command line, in files and in bodies.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }
        }
    };
}

layer_kinds! {
    /// Buildings with heights.
    Building = "building",
    /// Governance grid cells 网格 with 15-digit codes.
    Grid = "grid",
    /// Towns and streets 镇街.
    Town = "town",
    /// Gas pipes.
    GasPipe = "gas_pipe",
    /// Gas valves.
    Valve = "valve",
    /// Gas regulators 调压站.
    Regulator = "regulator",
    /// Gas customers, counted per building, never per person.
    GasCustomer = "gas_customer",
    /// Sensors.
    Sensor = "sensor",
    /// Cameras (place and view only).
    Camera = "camera",
    /// City components 部件.
    Component = "component",
    /// Grid service stations 网格服务驿站.
    Station = "station",
    /// Roads.
    Road = "road",
    /// Rivers, canals, lakes.
    Water = "water",
    /// Parks, fields, woods.
    Green = "green",
    /// Power lines and plants.
    Power = "power",
    /// Named places.
    Place = "place",
    /// Anything else.
    #[default]
    Generic = "generic",
}

/// Why a text names no kind.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{text:?} is no layer kind; one of {}", LayerKind::ALL.iter().map(|kind| kind.name()).collect::<Vec<_>>().join(", "))]
pub struct NotALayerKind {
    /// The text as given.
    pub text: String,
}

impl FromStr for LayerKind {
    type Err = NotALayerKind;

    fn from_str(text: &str) -> Result<Self, NotALayerKind> {
        Self::ALL.iter().copied().find(|kind| kind.name() == text).ok_or_else(|| NotALayerKind { text: text.to_owned() })
    }
}

impl fmt::Display for LayerKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What is known of a layer beside its features. Empty text means "not stated"; nothing is guessed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LayerMetadata {
    /// Title in Chinese (or the source's language).
    pub title: String,
    /// Title in English.
    pub title_en: String,
    /// Where the data comes from.
    pub source: String,
    /// The day the data describes, ISO 8601.
    pub date: String,
    /// Licence and attribution.
    pub licence: String,
    /// What heights are measured from.
    pub vertical_datum: VerticalDatum,
    /// A sentence on quality.
    pub quality: String,
    /// Whether the data is made up (模拟数据); shown wherever the layer is.
    pub simulated: bool,
}

impl LayerMetadata {
    /// What this states, and where it states nothing, what another does; simulated if either is.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        let text = |mine: String, theirs| if mine.is_empty() { theirs } else { mine };
        let is_unknown = self.vertical_datum == VerticalDatum::Unknown;
        Self {
            title: text(self.title, other.title),
            title_en: text(self.title_en, other.title_en),
            source: text(self.source, other.source),
            date: text(self.date, other.date),
            licence: text(self.licence, other.licence),
            vertical_datum: if is_unknown { other.vertical_datum } else { self.vertical_datum },
            quality: text(self.quality, other.quality),
            simulated: self.simulated || other.simulated,
        }
    }
}
