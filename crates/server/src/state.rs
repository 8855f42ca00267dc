//! What every handler has: the city, its tiles, the workers.

use crate::archives::Archives;
use crate::error::ApiError;
use crate::listen::Config;
use crate::tile_cache::TileCache;
use crate::tile_layers::{Entry, TileLayers};
use crate::workers::Workers;
use axum::http::StatusCode;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, OnceLock};
use urbis_model::LayerName;
use urbis_query::{City, LayerSnapshot, QueryError};

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

    /// How a layer is tiled.
    pub(crate) fn tiled(&self, layer: &Arc<LayerSnapshot>) -> Arc<Entry> {
        self.tiles.entry(&self.city.identity(), layer)
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
        QueryError::TooManyCells => {
            ApiError::parameter("resolution", crate::error::chain(error), "a lower resolution, or a bbox with fewer cells")
        }
        QueryError::TooManyPairs { .. } | QueryError::TooLarge { .. } => {
            let accepted = "a smaller bbox, a filter, a shorter distance_m or a smaller k";
            ApiError::parameter("bbox", crate::error::chain(error), accepted)
        }
        QueryError::UnknownColumn { .. }
        | QueryError::NotANumber { .. }
        | QueryError::Distance { .. }
        | QueryError::Resolution { .. }
        | QueryError::Neighbours { .. }
        | QueryError::NoAreas { .. }
        | QueryError::NotAreal { .. }
        | QueryError::UnionOfAreas { .. }
        | QueryError::TooManyZones { .. }
        | QueryError::Columns(_)
        | QueryError::NoGrids { .. } => told(StatusCode::BAD_REQUEST),
        _ => ApiError::internal(error),
    }
}
