//! Which files a demo city is made of: the list that `urbis demo` walks, the same for every city.

use serde::Deserialize;
use std::path::PathBuf;
use thiserror::Error;
use urbis_model::{LayerKind, LayerMetadata, LayerName};

/// A demo city: each `demo.toml` beside its files is one.
#[derive(Clone, Debug, PartialEq)]
pub struct DemoPlan {
    /// The city's title, in Chinese or its own language.
    pub title: String,
    /// The city's title in English.
    pub title_en: String,
    /// Whether the files are made by [`crate::write_city`] first; otherwise they are in the repository.
    pub recipe: bool,
    /// The layers, in the order of import.
    pub layers: Vec<DemoLayer>,
}

/// One layer to import.
#[derive(Clone, Debug, PartialEq)]
pub struct DemoLayer {
    /// The layer's name in the city.
    pub name: LayerName,
    /// What its features are.
    pub kind: LayerKind,
    /// The source file, relative to the folder that holds the plan (or that the recipe wrote to).
    pub file: PathBuf,
    /// The layer within the source, where the source has several.
    pub source_layer: Option<String>,
    /// The source's CRS where the file does not say it, as `--crs` takes it.
    pub crs: Option<String>,
    /// The column that identifies a feature.
    pub id_column: Option<String>,
    /// A metadata file beside the source; wins over `metadata`.
    pub metadata_file: Option<PathBuf>,
    /// What is known of the layer.
    pub metadata: Option<LayerMetadata>,
}

/// Why a text is no demo plan.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum NotADemoPlan {
    /// It is not TOML of the right shape.
    #[error("the demo plan cannot be read")]
    Toml(#[source] toml::de::Error),
    /// A layer's name is none.
    #[error("layer {layer} of the demo plan has no usable name")]
    Name {
        /// Its place in the list, from 1.
        layer: usize,
        /// Why.
        #[source]
        source: urbis_model::layer::NotALayerName,
    },
    /// A layer's kind is none.
    #[error("layer {layer} of the demo plan has no usable kind")]
    Kind {
        /// Its place in the list, from 1.
        layer: usize,
        /// Why.
        #[source]
        source: urbis_model::layer::NotALayerKind,
    },
    /// A layer's vertical datum is none.
    #[error("layer {layer} of the demo plan names no vertical datum")]
    VerticalDatum {
        /// Its place in the list, from 1.
        layer: usize,
        /// Why.
        #[source]
        source: urbis_model::crs::NotAVerticalDatum,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PlanRow {
    title: String,
    title_en: String,
    #[serde(default)]
    recipe: bool,
    layers: Vec<LayerRow>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LayerRow {
    name: String,
    kind: String,
    file: PathBuf,
    source_layer: Option<String>,
    crs: Option<String>,
    id_column: Option<String>,
    metadata_file: Option<PathBuf>,
    metadata: Option<MetadataRow>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct MetadataRow {
    title: String,
    title_en: String,
    source: String,
    date: String,
    licence: String,
    vertical_datum: Option<String>,
    quality: String,
    simulated: bool,
}

impl DemoPlan {
    /// The synthetic Haimen, made by [`crate::write_city`].
    ///
    /// # Errors
    /// [`NotADemoPlan`] when `haimen/demo.toml` was edited wrongly.
    pub fn haimen() -> Result<Self, NotADemoPlan> {
        Self::parse(include_str!("../haimen/demo.toml"))
    }

    /// The centre of Helsinki from OpenStreetMap; its files lie in the repository's `data/helsinki`.
    ///
    /// # Errors
    /// [`NotADemoPlan`] when `helsinki/demo.toml` was edited wrongly.
    pub fn helsinki() -> Result<Self, NotADemoPlan> {
        Self::parse(include_str!("../helsinki/demo.toml"))
    }

    /// Schutterwald's gas net as shipped with pandapipes; its files lie in the repository's `data/schutterwald`.
    ///
    /// # Errors
    /// [`NotADemoPlan`] when `schutterwald/demo.toml` was edited wrongly.
    pub fn schutterwald() -> Result<Self, NotADemoPlan> {
        Self::parse(include_str!("../schutterwald/demo.toml"))
    }

    /// Reads a plan from TOML text.
    ///
    /// # Errors
    /// [`NotADemoPlan`] naming the layer at fault.
    pub fn parse(text: &str) -> Result<Self, NotADemoPlan> {
        let plan: PlanRow = toml::from_str(text).map_err(NotADemoPlan::Toml)?;
        let layers = plan.layers.into_iter().enumerate().map(|(at, row)| layer(at + 1, row));
        Ok(Self { title: plan.title, title_en: plan.title_en, recipe: plan.recipe, layers: layers.collect::<Result<_, _>>()? })
    }
}

fn layer(layer: usize, row: LayerRow) -> Result<DemoLayer, NotADemoPlan> {
    Ok(DemoLayer {
        name: row.name.parse().map_err(|source| NotADemoPlan::Name { layer, source })?,
        kind: row.kind.parse().map_err(|source| NotADemoPlan::Kind { layer, source })?,
        file: row.file,
        source_layer: row.source_layer,
        crs: row.crs,
        id_column: row.id_column,
        metadata_file: row.metadata_file,
        metadata: row.metadata.map(|metadata| self::metadata(layer, metadata)).transpose()?,
    })
}

fn metadata(layer: usize, row: MetadataRow) -> Result<LayerMetadata, NotADemoPlan> {
    let datum = row.vertical_datum.as_deref().map(str::parse).transpose();
    Ok(LayerMetadata {
        title: row.title,
        title_en: row.title_en,
        source: row.source,
        date: row.date,
        licence: row.licence,
        vertical_datum: datum.map_err(|source| NotADemoPlan::VerticalDatum { layer, source })?.unwrap_or_default(),
        quality: row.quality,
        simulated: row.simulated,
    })
}
