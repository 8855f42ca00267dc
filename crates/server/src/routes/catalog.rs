//! The catalogue, and whether the server is well.

use crate::state::AppState;
use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use urbis_query::LayerSnapshot;
use urbis_wire::analysis::Health;
use urbis_wire::catalog::{Catalog, CatalogColumn, CatalogLayer};

/// Every layer with metadata, revision, extent and links.
#[utoipa::path(get, path = "/catalog", tag = "catalog", responses((status = 200, description = "the layers", body = Catalog)))]
pub(crate) async fn catalog(State(state): State<AppState>) -> Json<Catalog> {
    let layers: Vec<CatalogLayer> = state.city.layers().iter().map(|layer| describe(&state, layer)).collect();
    Json(Catalog {
        title: state.title.to_string(),
        title_en: state.title_en.to_string(),
        simulated: layers.iter().any(|layer| layer.simulated),
        revision: state.city.revision(),
        layers,
    })
}

/// Whether the server answers, and from a readable city file.
#[utoipa::path(get, path = "/health", tag = "catalog", responses((status = 200, description = "it answers; stale while the city file can't be read", body = Health)))]
pub(crate) async fn health(State(state): State<AppState>) -> Json<Health> {
    let status = if state.stale.load(Ordering::Relaxed) { "stale" } else { "ok" };
    let unreadable = state.city.unreadable().into_keys().map(|layer| layer.to_string()).collect();
    Json(Health { unreadable, status: status.to_owned(), layers: state.city.layers().len(), revision: state.city.revision() })
}

/// Counters and histograms in Prometheus' text format.
#[utoipa::path(get, path = "/metrics", tag = "catalog", responses((status = 200, description = "Prometheus text format 0.0.4")))]
pub(crate) async fn metrics(State(state): State<AppState>) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], state.metrics.render())
}

fn describe(state: &AppState, layer: &Arc<LayerSnapshot>) -> CatalogLayer {
    let info = layer.info();
    let name = info.name.as_str();
    let or_name = |text: &str| if text.is_empty() { name.to_owned() } else { text.to_owned() };
    let entry = state.tiled(layer);
    let bounds = info.bounds;
    let columns = layer.features().schema().fields().iter();
    CatalogLayer {
        name: name.to_owned(),
        title: or_name(&info.metadata.title),
        title_en: or_name(&info.metadata.title_en),
        kind: info.kind.name().to_owned(),
        geometry: entry.family.to_owned(),
        count: info.count,
        revision: info.revision,
        version: info.version,
        versions: info.versions.iter().map(|version| version.version).collect(),
        bbox: (!bounds.is_empty()).then_some([bounds.min[0], bounds.min[1], bounds.max[0], bounds.max[1]]),
        crs: urbis_model::Crs::STORAGE.to_string(),
        vertical_datum: info.metadata.vertical_datum.name().to_owned(),
        source: info.metadata.source.clone(),
        date: info.metadata.date.clone(),
        licence: info.metadata.licence.clone(),
        quality: info.metadata.quality.clone(),
        simulated: info.metadata.simulated,
        quarantined: info.quarantined,
        columns: columns
            .map(|field| CatalogColumn { name: field.name.clone(), r#type: field.column_type.name().to_owned() })
            .collect(),
        min_zoom: entry.definition.min_zoom,
        max_zoom: entry.definition.max_zoom,
        tiles: format!("/tiles/{name}.json"),
        items: format!("/collections/{name}/items"),
        cells: format!("/cells/{name}/{{resolution}}"),
    }
}
