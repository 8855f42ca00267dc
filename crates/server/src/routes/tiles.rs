//! Vector tiles and their TileJSON.

use crate::coding::Coding;
use crate::conditional::unchanged;
use crate::error::ApiError;
use crate::params::Params;
use crate::state::{AppState, layer_name};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use urbis_model::{Bounds, TileCoord};
use urbis_query::LayerSnapshot;
use urbis_wire::tilejson::{TileJson, VectorLayer};

/// The most layers of one tile.
const MAX_LAYERS: usize = 64;

/// Media type of a Mapbox Vector Tile, registered with IANA.
pub(crate) const MEDIA_TYPE: &str = "application/vnd.mapbox-vector-tile";

/// TileJSON 3.0 of one layer or several joined by commas.
#[utoipa::path(get, path = "/tiles/{layers}.json", tag = "tiles", params(("layers" = String, Path, description = "names joined by commas"),
        ("version" = Option<u64>, Query, description = "an earlier version of a single layer")),
    responses((status = 200, body = TileJson), (status = 404, body = urbis_wire::Problem)))]
pub(crate) async fn tilejson(
    State(state): State<AppState>,
    Path(file): Path<String>,
    headers: HeaderMap,
    params: Params,
) -> Result<Json<TileJson>, ApiError> {
    params.only(&["version"])?;
    let Some(names) = file.strip_suffix(".json") else {
        return Err(ApiError::not_found(
            "layers",
            format!("{file:?} is neither TileJSON nor a tile"),
            "{layers}.json or {layers}/{z}/{x}/{y}",
        ));
    };
    let version = params.parsed::<u64>("version", "a version number of /catalog")?;
    let layers = layers(&state, names, version)?;
    let mut bounds = Bounds::EMPTY;
    layers.iter().for_each(|layer| bounds.merge(&layer.info().bounds));
    if bounds.is_empty() {
        bounds = Bounds { min: [-180.0, -85.0], max: [180.0, 85.0] };
    }
    let vector_layers: Vec<VectorLayer> = layers.iter().map(|layer| state.tiles.entry(layer).describe(layer)).collect();
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or("localhost");
    let scheme = headers
        .get("x-forwarded-proto")
        .and_then(|scheme| scheme.to_str().ok())
        .filter(|scheme| *scheme == "https")
        .unwrap_or("http");
    let names: Vec<&str> = layers.iter().map(|layer| layer.info().name.as_str()).collect();
    let titles: Vec<&str> =
        layers.iter().map(|layer| layer.info().metadata.title.as_str()).filter(|title| !title.is_empty()).collect();
    let mut attributions: Vec<&str> =
        layers.iter().map(|layer| layer.info().metadata.licence.as_str()).filter(|text| !text.is_empty()).collect();
    attributions.dedup();
    let [west, south, east, north] = [bounds.min[0], bounds.min[1], bounds.max[0], bounds.max[1]];
    let version = version.map_or(String::new(), |version| format!("?version={version}"));
    let minzoom = vector_layers.iter().map(|layer| layer.minzoom).min().unwrap_or(0);
    let maxzoom = vector_layers.iter().map(|layer| layer.maxzoom).max().unwrap_or(0);
    Ok(Json(TileJson {
        tilejson: "3.0.0".to_owned(),
        tiles: vec![format!("{scheme}://{host}/tiles/{}/{{z}}/{{x}}/{{y}}.mvt{version}", names.join(","))],
        name: if titles.is_empty() { names.join(", ") } else { titles.join("、") },
        attribution: attributions.join(" · "),
        bounds: [west, south, east, north],
        center: [(west + east) / 2.0, (south + north) / 2.0, f64::from(minzoom.max(12).min(maxzoom))],
        minzoom,
        maxzoom,
        scheme: "xyz".to_owned(),
        vector_layers,
    }))
}

/// A Mapbox Vector Tile 2.1 of one layer or several joined by commas.
#[utoipa::path(get, path = "/tiles/{layers}/{z}/{x}/{y}", tag = "tiles",
    params(("layers" = String, Path, description = "names joined by commas"), ("z" = u32, Path, description = "zoom"), ("x" = u32, Path, description = "column"),
        ("y" = String, Path, description = "row, .mvt may follow"), ("version" = Option<u64>, Query, description = "an earlier version of a single layer")),
    responses((status = 200, description = "the tile", content_type = "application/vnd.mapbox-vector-tile"), (status = 204, description = "nothing there"),
        (status = 304, description = "as the client has it"), (status = 400, body = urbis_wire::Problem), (status = 404, body = urbis_wire::Problem)))]
pub(crate) async fn tile(
    State(state): State<AppState>,
    Path((names, z, x, y)): Path<(String, String, String, String)>,
    headers: HeaderMap,
    params: Params,
) -> Result<Response, ApiError> {
    params.only(&["version", "revision"])?;
    let tile = tile_coord(&z, &x, y.strip_suffix(".mvt").unwrap_or(&y))?;
    let version = params.parsed::<u64>("version", "a version number of /catalog")?;
    let layers = layers(&state, &names, version)?;
    let coding = Coding::negotiate(&headers);
    let etag = etag(&state, &layers, tile, coding);
    let validators = [
        (header::ETAG, etag.clone()),
        (header::VARY, HeaderValue::from_static("accept-encoding")),
        // Always asked again: an import must show, and a 304 costs no geometry.
        (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
    ];
    if unchanged(&headers, &etag) {
        return Ok((StatusCode::NOT_MODIFIED, validators).into_response());
    }
    let tiles = Arc::clone(&state.tiles);
    let bytes = state.workers.run(move |_| {
        let bytes = tiles.encode(&layers, tile);
        if bytes.is_empty() {
            return Ok(None);
        }
        coding.encode(bytes).map(Some).map_err(|error| ApiError::internal(&error))
    });
    let Some(bytes) = bytes.await? else {
        return Ok((StatusCode::NO_CONTENT, validators).into_response());
    };
    let mut response = (validators, [(header::CONTENT_TYPE, MEDIA_TYPE)], bytes).into_response();
    if coding != Coding::Identity {
        response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static(coding.name()));
    }
    Ok(response)
}

fn tile_coord(z: &str, x: &str, y: &str) -> Result<TileCoord, ApiError> {
    let accepted = "z 0 to 24, x and y from 0 to 2^z-1";
    let refused = |parameter: &'static str| ApiError::parameter(parameter, "this is no tile address", accepted);
    let z = z.parse().map_err(|_| refused("z"))?;
    let x = x.parse().map_err(|_| refused("x"))?;
    let y = y.parse().map_err(|_| refused("y"))?;
    TileCoord::new(z, x, y).map_err(|error| ApiError::parameter("z", error.to_string(), accepted))
}

/// The layers of a comma-joined list, each once.
fn layers(state: &AppState, names: &str, version: Option<u64>) -> Result<Vec<Arc<LayerSnapshot>>, ApiError> {
    let count = names.split(',').count();
    if count > MAX_LAYERS {
        let detail = format!("{count} layers are more than {MAX_LAYERS}");
        return Err(ApiError::parameter("layers", detail, format!("1 to {MAX_LAYERS} names joined by commas")));
    }
    if count > 1 && version.is_some() {
        return Err(ApiError::parameter("version", "versions are counted by layer", "version with a single layer"));
    }
    let mut layers: Vec<Arc<LayerSnapshot>> = Vec::with_capacity(count);
    for name in names.split(',') {
        let layer = state.layer(&layer_name(name)?, version)?;
        if !layers.iter().any(|other| other.info().name == layer.info().name) {
            layers.push(layer);
        }
    }
    Ok(layers)
}

/// What the bytes depend on: city, definitions, layer versions, coding (design, decision 7).
fn etag(state: &AppState, layers: &[Arc<LayerSnapshot>], tile: TileCoord, coding: Coding) -> HeaderValue {
    let mut hasher = DefaultHasher::new();
    state.city.identity().hash(&mut hasher);
    for layer in layers {
        layer.info().name.hash(&mut hasher);
        layer.info().revision.hash(&mut hasher);
        state.tiles.entry(layer).digest.hash(&mut hasher);
    }
    tile.hash(&mut hasher);
    let text = format!("\"{:016x}-{}\"", hasher.finish(), coding.name());
    HeaderValue::from_str(&text).unwrap_or_else(|_| HeaderValue::from_static("\"\""))
}
