//! The city, and what is prepared of it for tiles.

use crate::archives::Archives;
use crate::error::ApiError;
use crate::listen::Config;
use crate::tile_cache::TileCache;
use crate::workers::Workers;
use axum::http::StatusCode;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Instant;
use urbis_model::{LayerName, TileCoord};
use urbis_query::{Cancel, City, LayerSnapshot, QueryError};
use urbis_tiles::{LayerDefinition, TileInput, TileLayer};
use urbis_wire::tilejson::VectorLayer;

/// What every handler has.
#[derive(Clone)]
pub(crate) struct AppState {
    pub(crate) city: Arc<City>,
    pub(crate) tiles: Arc<TileLayers>,
    pub(crate) tile_cache: Arc<TileCache>,
    pub(crate) archives: Arc<Archives>,
    pub(crate) workers: Workers,
    /// Set while the city file can't be read; what is in memory is still served, and said to be stale.
    pub(crate) stale: Arc<AtomicBool>,
    pub(crate) title: Arc<str>,
    pub(crate) title_en: Arc<str>,
    pub(crate) metrics: PrometheusHandle,
}

impl AppState {
    pub(crate) fn new(city: Arc<City>, config: &Config, archives: Archives) -> Self {
        static RECORDER: OnceLock<PrometheusHandle> = OnceLock::new();
        let metrics = RECORDER.get_or_init(|| {
            // Fails only when another recorder was set before; then this one's numbers stay empty and are rendered so.
            let recorder = PrometheusBuilder::new().build_recorder();
            let handle = recorder.handle();
            if let Err(error) = metrics::set_global_recorder(recorder) {
                tracing::warn!(%error, "metrics go to another recorder");
            }
            handle
        });
        Self {
            city,
            tiles: Arc::default(),
            tile_cache: Arc::new(TileCache::new(config.tile_cache_bytes)),
            archives: Arc::new(archives),
            workers: Workers::new(),
            stale: Arc::default(),
            title: config.title.as_str().into(),
            title_en: config.title_en.as_str().into(),
            metrics: metrics.clone(),
        }
    }

    /// A layer by name, and by version when one is asked for.
    pub(crate) fn layer(&self, name: &LayerName, version: Option<u64>) -> Result<Arc<LayerSnapshot>, ApiError> {
        let current = self.city.layer(name).ok_or_else(|| {
            let names: Vec<String> = self.city.layers().iter().map(|layer| layer.info().name.to_string()).collect();
            ApiError::not_found("layer", format!("there is no layer {name}"), names.join(", "))
        })?;
        match version {
            None => Ok(current),
            Some(version) if version == current.info().version => Ok(current),
            Some(version) => {
                let kept: Vec<u64> = current.info().versions.iter().map(|kept| kept.version).collect();
                if !kept.contains(&version) {
                    let accepted = kept.iter().map(u64::to_string).collect::<Vec<_>>().join(", ");
                    return Err(ApiError::not_found("version", format!("layer {name} has no version {version}"), accepted));
                }
                self.city.layer_version(name, version).map_err(|error| query_error(&error))
            }
        }
    }
}

/// A layer name of a path.
pub(crate) fn layer_name(text: &str) -> Result<LayerName, ApiError> {
    text.parse()
        .map_err(|error: urbis_model::layer::NotALayerName| ApiError::not_found("layer", error.to_string(), "a name of /catalog"))
}

/// Turns an error of `query` into an answer.
pub(crate) fn query_error(error: &QueryError) -> ApiError {
    let told = |status| ApiError::status(status, crate::error::chain(error));
    match error {
        QueryError::Cancelled => ApiError::busy(),
        QueryError::UnknownLayer { .. } => told(StatusCode::NOT_FOUND),
        QueryError::UnknownColumn { .. }
        | QueryError::NotANumber { .. }
        | QueryError::Distance { .. }
        | QueryError::Resolution { .. }
        | QueryError::TooManyCells
        | QueryError::NoGrids { .. } => told(StatusCode::BAD_REQUEST),
        _ => ApiError::internal(error),
    }
}

/// Whether nobody waits for the answer any more, or for too long.
fn is_over(cancel: &Cancel) -> bool {
    let left = cancel.flag.as_ref().is_some_and(|flag| flag.load(Ordering::Relaxed));
    left || cancel.deadline.is_some_and(|deadline| Instant::now() >= deadline)
}

/// How layers are tiled, and their tile geometry, prepared on first use.
#[derive(Default)]
pub(crate) struct TileLayers {
    entries: Mutex<HashMap<LayerName, Vec<Arc<Entry>>>>,
}

/// One version of a layer.
pub(crate) struct Entry {
    version: u64,
    /// How it is tiled.
    pub(crate) definition: LayerDefinition,
    /// The definition's digest.
    pub(crate) digest: u64,
    /// `point`, `line`, `polygon`, `surface` or `mixed`.
    pub(crate) family: &'static str,
    prepared: OnceLock<TileLayer>,
}

/// Versions kept per layer: the current one, the one before for clients under way, one asked for by `version=`.
const KEPT_VERSIONS: usize = 3;

impl TileLayers {
    /// How the layer is tiled.
    pub(crate) fn entry(&self, layer: &LayerSnapshot) -> Arc<Entry> {
        let info = layer.info();
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let versions = entries.entry(info.name.clone()).or_default();
        if let Some(entry) = versions.iter().find(|entry| entry.version == info.version) {
            return Arc::clone(entry);
        }
        let definition = LayerDefinition::for_kind(info.kind, layer.features().schema());
        let family = urbis_wire::geometry_family(layer.features().geometries().iter().map(|geometry| geometry.kind()));
        let digest = definition.digest();
        let entry = Arc::new(Entry { version: info.version, definition, digest, family, prepared: OnceLock::new() });
        versions.insert(0, Arc::clone(&entry));
        versions.truncate(KEPT_VERSIONS);
        entry
    }

    /// The tile's bytes, not yet coded; empty where nothing is. Given up between its steps once the client has gone.
    pub(crate) fn encode(&self, layers: &[Arc<LayerSnapshot>], tile: TileCoord, cancel: &Cancel) -> Result<Vec<u8>, ApiError> {
        let go_on = || if is_over(cancel) { Err(ApiError::busy()) } else { Ok(()) };
        let entries: Vec<Arc<Entry>> = layers.iter().map(|layer| self.entry(layer)).collect();
        // Outside the lock: other layers go on while this one is prepared; whoever wants this one waits for it.
        let prepared: Vec<&TileLayer> = layers
            .iter()
            .zip(&entries)
            .map(|(layer, entry)| {
                let prepare = || TileLayer::prepare(layer.info().name.clone(), layer.features(), entry.definition.clone());
                entry.prepared.get_or_init(prepare)
            })
            .collect();
        go_on()?;
        let candidates: Vec<Vec<u32>> = layers
            .iter()
            .zip(&prepared)
            .map(|(layer, prepared)| layer.candidates(&tile.bounds(prepared.margin())).collect())
            .collect();
        let inputs: Vec<TileInput<'_>> = layers
            .iter()
            .zip(&prepared)
            .zip(&candidates)
            .map(|((layer, prepared), candidates)| TileInput { layer: prepared, features: layer.features(), candidates })
            .collect();
        go_on()?;
        Ok(urbis_tiles::encode(tile, &inputs).bytes)
    }
}

impl Entry {
    /// The layer's entry in TileJSON.
    pub(crate) fn describe(&self, layer: &LayerSnapshot) -> VectorLayer {
        let info = layer.info();
        let fields = self.definition.vector_layer_fields();
        VectorLayer {
            id: info.name.to_string(),
            description: info.metadata.title.clone(),
            fields: fields.into_iter().map(|(name, kind)| (name.to_owned(), kind.to_owned())).collect(),
            minzoom: self.definition.min_zoom,
            maxzoom: self.definition.max_zoom,
        }
    }
}
