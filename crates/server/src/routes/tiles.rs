//! Vector tiles and their TileJSON.

use crate::archives::ArchiveLayer;
use crate::coding::Coding;
use crate::conditional::unchanged;
use crate::error::ApiError;
use crate::front::Repeatable;
use crate::origin::Origin;
use crate::params::Params;
use crate::state::{AppState, layer_name};
use crate::tile_cache::TileKey;
use crate::tile_format::TileFormat;
use crate::tile_layers::{Entry, encode};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use urbis_model::{Bounds, TileCoord};
use urbis_query::{Cancel, LayerSnapshot};
use urbis_wire::tilejson::{TileJson, VectorLayer};

/// The most layers of one tile.
const MAX_LAYERS: usize = 64;

/// The path of tiles.
pub(crate) const ROUTE: &str = "/tiles/{layers}/{z}/{x}/{y}";

/// Media type of a Mapbox Vector Tile, registered with IANA.
pub(crate) const MEDIA_TYPE: &str = "application/vnd.mapbox-vector-tile";

/// TileJSON 3.0 of one layer or several joined by commas.
#[utoipa::path(get, path = "/tiles/{layers}.json", tag = "tiles", params(("layers" = String, Path, description = "names joined by commas"),
        ("version" = Option<u64>, Query, description = "an earlier version of a single layer")),
    responses((status = 200, description = "TileJSON 3.0", body = TileJson)))]
pub(crate) async fn tilejson(
    State(state): State<AppState>,
    Path(file): Path<String>,
    origin: Origin,
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
    if let Some(archive) = state.archives.layer(names) {
        return Ok(Json(describe_archive(names, &archive, &origin)));
    }
    let layers = layers(&state, names, version)?;
    if version.is_none() {
        // Who asks for this asks for tiles next.
        state.tiles.prepare_ahead(layers.iter().map(|layer| state.tiled(layer)));
    }
    let mut bounds = Bounds::EMPTY;
    layers.iter().for_each(|layer| bounds.merge(&layer.info().bounds));
    if bounds.is_empty() {
        bounds = Bounds { min: [-180.0, -85.0], max: [180.0, 85.0] };
    }
    let vector_layers: Vec<VectorLayer> =
        layers.iter().flat_map(|layer| state.tiled(layer).describe().collect::<Vec<_>>()).collect();
    let names: Vec<&str> = layers.iter().map(|layer| layer.info().name.as_str()).collect();
    let titles: Vec<&str> =
        layers.iter().map(|layer| layer.info().metadata.title.as_str()).filter(|title| !title.is_empty()).collect();
    let mut attributions: Vec<&str> = Vec::new();
    for text in layers.iter().map(|layer| layer.info().metadata.licence.as_str()) {
        if !text.is_empty() && !attributions.contains(&text) {
            attributions.push(text);
        }
    }
    let [west, south, east, north] = [bounds.min[0], bounds.min[1], bounds.max[0], bounds.max[1]];
    let version = version.map_or(String::new(), |version| format!("?version={version}"));
    let minzoom = vector_layers.iter().map(|layer| layer.minzoom).min().unwrap_or(0);
    let maxzoom = vector_layers.iter().map(|layer| layer.maxzoom).max().unwrap_or(0);
    Ok(Json(TileJson {
        tilejson: "3.0.0".to_owned(),
        tiles: vec![origin.url(format!("/tiles/{}/{{z}}/{{x}}/{{y}}.mvt{version}", names.join(",")))],
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

/// What an archive says of itself.
fn describe_archive(path: &str, archive: &ArchiveLayer, origin: &Origin) -> TileJson {
    let ArchiveLayer { name, attribution, bounds, zooms, vector_layers, .. } = archive;
    let [west, south, east, north] = [bounds.min[0], bounds.min[1], bounds.max[0], bounds.max[1]];
    let (minzoom, maxzoom) = (*zooms.start(), *zooms.end());
    TileJson {
        tilejson: "3.0.0".to_owned(),
        tiles: vec![origin.url(format!("/tiles/{path}/{{z}}/{{x}}/{{y}}"))],
        name: if name.is_empty() { path.to_owned() } else { name.clone() },
        attribution: attribution.clone(),
        bounds: [west, south, east, north],
        center: [(west + east) / 2.0, (south + north) / 2.0, f64::from(minzoom.max(12).min(maxzoom))],
        minzoom,
        maxzoom,
        scheme: "xyz".to_owned(),
        vector_layers: vector_layers.clone(),
    }
}

/// A Mapbox Vector Tile 2.1 of one layer or several joined by commas; a MapLibre Tile 1 of the same content where `Accept` names
/// `application/vnd.maplibre-tile` or `application/vnd.maplibre-vector-tile`. What an archive holds comes as it is.
#[utoipa::path(get, path = "/tiles/{layers}/{z}/{x}/{y}", tag = "tiles",
    params(("layers" = String, Path, description = "names joined by commas"), ("z" = u32, Path, minimum = 0, maximum = 24, description = "zoom"), ("x" = u32, Path, description = "column"),
        ("y" = String, Path, description = "row, .mvt may follow"), ("version" = Option<u64>, Query, description = "an earlier version of a single layer"),
        ("revision" = Option<u64>, Query, description = "any number: an address that changes with the data, for caches")),
    responses((status = 200, description = "the tile", content_type = "application/vnd.mapbox-vector-tile"), (status = 204, description = "nothing there"),
        (status = 304, description = "as the client has it")))]
pub(crate) async fn tile(
    State(state): State<AppState>,
    Path((names, z, x, y)): Path<(String, String, String, String)>,
    headers: HeaderMap,
    params: Params,
) -> Result<Response, ApiError> {
    params.only(&["version", "revision"])?;
    let tile = tile_coord(&z, &x, y.strip_suffix(".mvt").unwrap_or(&y))?;
    let version = params.parsed::<u64>("version", "a version number of /catalog")?;
    if let Some(archive) = state.archives.layer(&names) {
        // Pictures are packed already.
        let coding = if archive.media_type.starts_with("image/") { Coding::Identity } else { Coding::negotiate(&headers) };
        let key = TileKey { source: archive.stamp, tile, stamp: archive.stamp };
        let media_type = archive.media_type;
        return answer(&state, &headers, key, coding, media_type, move |_: &Cancel| archive.tile(tile)).await;
    }
    let layers = layers(&state, &names, version)?;
    let entries: Vec<Arc<Entry>> = layers.iter().map(|layer| state.tiled(layer)).collect();
    if !entries.iter().all(|entry| entry.is_settled()) {
        let entries = entries.clone();
        let settle = move |_: &Cancel| {
            entries.iter().for_each(|entry| {
                entry.prepare();
            });
            Ok(())
        };
        state.workers.run(settle).await?;
    }
    let format = TileFormat::negotiate(&headers);
    let key = tile_key(&state, &layers, &entries, tile, version, format);
    let make = move |cancel: &Cancel| format.of_mvt(encode(&entries, tile, cancel)?);
    answer(&state, &headers, key, Coding::negotiate(&headers), format.media_type(), make).await
}

/// The tile, from the cache or made now, or that it is as the client has it.
pub(crate) async fn answer(
    state: &AppState,
    headers: &HeaderMap,
    key: TileKey,
    coding: Coding,
    media_type: &'static str,
    make: impl FnOnce(&Cancel) -> Result<Vec<u8>, ApiError> + Send + 'static,
) -> Result<Response, ApiError> {
    let validators = |version: u64| {
        [
            (header::ETAG, etag(key.source, version, coding)),
            (header::VARY, HeaderValue::from_static("accept, accept-encoding")),
            // Always asked again: an import must show, and a 304 costs no geometry.
            (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
        ]
    };
    let not_modified = |version: u64| {
        let validators = validators(version);
        unchanged(headers, &validators[0].1).then(|| (StatusCode::NOT_MODIFIED, validators).into_response())
    };
    if let Some(response) = state.tile_cache.version(&key).and_then(not_modified) {
        return Ok(response);
    }
    let kept = state.tile_cache.tile(state, key, coding, make).await?;
    if let Some(response) = not_modified(kept.version) {
        return Ok(response);
    }
    if kept.body.is_empty() {
        return Ok((StatusCode::NO_CONTENT, validators(kept.version)).into_response());
    }
    let mut response = (validators(kept.version), kept.body.clone()).into_response();
    response.extensions_mut().insert(Repeatable(kept.body.clone()));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    if coding != Coding::Identity {
        response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static(coding.name()));
    }
    Ok(response)
}

pub(crate) fn tile_coord(z: &str, x: &str, y: &str) -> Result<TileCoord, ApiError> {
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

/// What the bytes depend on: city, definitions, version and form asked for; and what last changed this tile (design, decision 7).
fn tile_key(
    state: &AppState,
    layers: &[Arc<LayerSnapshot>],
    entries: &[Arc<Entry>],
    tile: TileCoord,
    version: Option<u64>,
    format: TileFormat,
) -> TileKey {
    let (mut source, mut stamp) = (DefaultHasher::new(), DefaultHasher::new());
    state.city.identity().hash(&mut source);
    version.hash(&mut source);
    format.is_mlt().hash(&mut source);
    for (layer, entry) in layers.iter().zip(entries) {
        layer.info().name.hash(&mut source);
        entry.digest.hash(&mut source);
        entry.tile_version(tile).hash(&mut stamp);
    }
    TileKey { source: source.finish(), tile, stamp: stamp.finish() }
}

fn etag(source: u64, version: u64, coding: Coding) -> HeaderValue {
    let mut hasher = DefaultHasher::new();
    (source, version).hash(&mut hasher);
    let text = format!("\"{:016x}-{}\"", hasher.finish(), coding.name());
    HeaderValue::from_str(&text).unwrap_or_else(|_| HeaderValue::from_static("\"\""))
}
