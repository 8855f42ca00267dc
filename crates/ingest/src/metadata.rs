//! The metadata file (`--metadata layer.toml`): what a person knows of the data and the source does not say.

use crate::{error::IngestError, heights::HeightUnit, privacy, shape::ThirdCoordinate};
use serde::Deserialize;
use std::path::Path;
use urbis_model::{LayerKind, LayerMetadata, VerticalDatum};

/// A metadata file has a handful of lines; a larger one is another file given by mistake.
const MAX_FILE_BYTES: u64 = 1 << 20;

/// What a metadata file says.
///
/// ```
/// let file = urbis_ingest::MetadataFile::parse("title = '建筑'\nvertical_datum = '废黄河'\nheight_unit = 'ft'").unwrap();
/// assert_eq!(file.layer.title, "建筑");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MetadataFile {
    /// The layer's metadata; empty where the file says nothing.
    pub layer: LayerMetadata,
    /// Whether the data is simulated, where the file says it.
    pub simulated: Option<bool>,
    /// The unit of height values that name none.
    pub height_unit: Option<HeightUnit>,
    /// What the third coordinate is.
    pub third: ThirdCoordinate,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
#[derive(Default)]
struct Keys {
    title: String,
    title_en: String,
    source: String,
    date: String,
    licence: String,
    vertical_datum: String,
    quality: String,
    simulated: Option<bool>,
    height_unit: String,
    z: String,
}

impl MetadataFile {
    /// Reads a TOML file with any of `title`, `title_en`, `source`, `date`, `licence`, `vertical_datum`, `quality`,
    /// `simulated`, `height_unit` (`m` or `ft`) and `z` (`height` or `depth`).
    ///
    /// # Errors
    /// [`IngestError`] when it can't be read or says something else.
    pub fn read(path: &Path) -> Result<Self, IngestError> {
        let unreadable = |source| IngestError::Read { path: path.to_owned(), source };
        if std::fs::metadata(path).map_err(unreadable)?.len() > MAX_FILE_BYTES {
            return Err(IngestError::Metadata { detail: format!("{path:?} is larger than 1 MiB") });
        }
        Self::parse(&std::fs::read_to_string(path).map_err(unreadable)?)
    }

    /// Reads the text of such a file.
    ///
    /// # Errors
    /// [`IngestError::Metadata`] when it says something else.
    pub fn parse(text: &str) -> Result<Self, IngestError> {
        let keys: Keys = toml::from_str(text).map_err(|error| IngestError::Metadata { detail: error.to_string() })?;
        let vertical_datum = match keys.vertical_datum.as_str() {
            "" => VerticalDatum::Unknown,
            text => text
                .parse()
                .map_err(|error: urbis_model::crs::NotAVerticalDatum| IngestError::Metadata { detail: error.to_string() })?,
        };
        let height_unit = match keys.height_unit.as_str() {
            "" => None,
            "m" => Some(HeightUnit::Metre),
            "ft" => Some(HeightUnit::Foot),
            other => return Err(IngestError::Metadata { detail: format!("height_unit is {other:?}; write \"m\" or \"ft\"") }),
        };
        let third = match keys.z.as_str() {
            "" | "height" => ThirdCoordinate::Height,
            "depth" => ThirdCoordinate::Depth,
            other => {
                let detail = format!("z is {other:?}; write \"height\", or \"depth\" for metres below ground");
                return Err(IngestError::Metadata { detail });
            }
        };
        let Keys { title, title_en, source, date, licence, quality, simulated, .. } = keys;
        let is_simulated = simulated.unwrap_or_default();
        let layer = LayerMetadata { title, title_en, source, date, licence, vertical_datum, quality, simulated: is_simulated };
        Ok(Self { layer, simulated, height_unit, third })
    }
}

/// Reads the text of a metadata file where only the layer's metadata is wanted.
///
/// # Errors
/// As [`MetadataFile::parse`].
pub fn metadata_from_toml(text: &str) -> Result<LayerMetadata, IngestError> {
    MetadataFile::parse(text).map(|file| file.layer)
}

/// What every layer read of an OSM file says of itself. Several come out of one file, so its name alone does not tell
/// them apart.
pub(crate) fn of_osm(kind: LayerKind, stem: &str) -> LayerMetadata {
    let place = stem.strip_suffix(".osm").unwrap_or(stem);
    let (zh, en) = match kind {
        LayerKind::Building => ("建筑", "Buildings"),
        LayerKind::Road => ("道路", "Roads"),
        LayerKind::Water => ("水系", "Water"),
        LayerKind::Green => ("绿地", "Green areas"),
        LayerKind::Place => ("地名", "Places"),
        LayerKind::Power => ("电力设施", "Power network"),
        LayerKind::GasPipe => ("燃气管道", "Gas pipes"),
        // No other kind is read of OSM files.
        other => (other.name(), other.name()),
    };
    LayerMetadata {
        title: format!("{zh} · {place}"),
        title_en: format!("{en} · {place}"),
        source: "OpenStreetMap".to_owned(),
        // As the licence asks wherever the data is shown: https://www.openstreetmap.org/copyright
        licence: "ODbL 1.0, © OpenStreetMap contributors".to_owned(),
        ..LayerMetadata::default()
    }
}

/// Metadata without personal numbers: layers are served to everyone with theirs.
pub(crate) fn scrubbed(metadata: LayerMetadata) -> LayerMetadata {
    let LayerMetadata { title, title_en, source, date, licence, vertical_datum, quality, simulated } = metadata;
    LayerMetadata {
        title: privacy::scrubbed(title),
        title_en: privacy::scrubbed(title_en),
        source: privacy::scrubbed(source),
        date: privacy::scrubbed(date),
        licence: privacy::scrubbed(licence),
        vertical_datum,
        quality: privacy::scrubbed(quality),
        simulated,
    }
}
