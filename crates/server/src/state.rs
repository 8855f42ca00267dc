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

/// Which state of the data an answer is of: how often the city's layers and the archives were exchanged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Generation(u64, u64);

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
            tiles: Arc::new(TileLayers::new()),
            tile_cache: Arc::new(TileCache::new(
                config.tile_cache_bytes - config.tile_cache_bytes / crate::listen::ANSWERS_SHARE,
            )),
            archives: Arc::new(archives),
            workers: Workers::new(),
            stale: Arc::default(),
            title: config.title.as_str().into(),
            title_en: config.title_en.as_str().into(),
            metrics: metrics.clone(),
        }
    }

    /// The state of the data now. An answer made after this was read holds until it is another one.
    pub(crate) fn generation(&self) -> Generation {
        Generation(self.city.generation(), self.archives.generation())
    }

    /// How a layer is tiled.
    pub(crate) fn tiled(&self, layer: &Arc<LayerSnapshot>) -> Arc<Entry> {
        self.tiles.entry(&self.city.identity(), layer)
    }

    /// A layer by name, and by version when one is asked for.
    pub(crate) fn layer(&self, name: &LayerName, version: Option<u64>) -> Result<Arc<LayerSnapshot>, ApiError> {
        let current = self.city.layer(name).ok_or_else(|| {
            if let Some(reason) = self.city.unreadable().remove(name) {
                let detail = format!("layer {name} can't be served at the moment: {reason}");
                return ApiError::status(StatusCode::SERVICE_UNAVAILABLE, detail);
            }
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
        QueryError::Memory { .. } => told(StatusCode::SERVICE_UNAVAILABLE),
        QueryError::TooManyCells => {
            ApiError::parameter("resolution", crate::error::chain(error), "a lower resolution, or a bbox with fewer cells")
        }
        QueryError::TooManyPairs { .. } | QueryError::TooLarge { .. } => {
            let accepted = "a smaller bbox, a filter, a shorter distance_m or a smaller k";
            ApiError::parameter("bbox", crate::error::chain(error), accepted)
        }
        QueryError::Tangled { .. } => {
            ApiError::parameter("bbox", crate::error::chain(error), "a bbox or a filter without one of the two features")
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

/// What handlers have where the city has no layer, and the folder of its file.
#[cfg(test)]
pub(crate) fn of_an_empty_city() -> (tempfile::TempDir, AppState) {
    let folder = tempfile::tempdir().unwrap();
    let store = urbis_store::Store::open(&folder.path().join("city.gpkg"), urbis_store::Access::Create).unwrap();
    let listen = ([127, 0, 0, 1], 0).into();
    let config =
        Config { listen, title: String::new(), title_en: String::new(), tile_cache_bytes: 1 << 20, archives: Vec::new() };
    (folder, AppState::new(Arc::new(City::open(store, u64::MAX).unwrap()), &config, Archives::default()))
}
