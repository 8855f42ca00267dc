//! Counts by grid code, name search, buffers.

use crate::error::ApiError;
use crate::params::Params;
use crate::state::{AppState, layer_name, query_error};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use urbis_model::AreaLevel;
use urbis_query::{BufferError, Found, Hit, Shape};
use urbis_wire::analysis::{AreaCount, AreaCounts, SearchResult, SearchResults};

/// The farthest a buffer reaches: beyond it the local plane's error passes the stated one.
const MAX_BUFFER_M: f64 = 50_000.0;
/// The longest search text in characters.
const MAX_SEARCH_CHARS: usize = 100;
/// The most search results.
const MAX_RESULTS: usize = 100;

/// Features of a layer counted by division or grid code.
#[utoipa::path(get, path = "/grids/{layer}/{level}", tag = "analysis",
    params(("layer" = String, Path, description = "Layer name"), ("level" = u8, Path, description = "digits of the code: 6 district, 9 town, 12 village, 15 grid")),
    responses((status = 200, description = "counts by code, and how many lie in no area", body = AreaCounts)))]
pub(crate) async fn grids(
    State(state): State<AppState>,
    Path((layer, level)): Path<(String, String)>,
    params: Params,
) -> Result<Json<AreaCounts>, ApiError> {
    params.only(&[])?;
    let name = layer_name(&layer)?;
    let level = level.parse().ok().and_then(AreaLevel::from_digits);
    let level =
        level.ok_or_else(|| ApiError::parameter("level", "this is no level", "6 district, 9 town, 12 village, 15 grid"))?;
    state
        .clone()
        .workers
        .run(move |cancel| {
            state.layer(&name, None)?;
            let counted = state.city.counts_by_grid(&name, level, cancel).map_err(|error| query_error(&error))?;
            let body = |(code, count): (urbis_model::AreaCode, u64)| AreaCount { code: code.to_string(), count };
            Ok(Json(AreaCounts { counts: counted.counts.into_iter().map(body).collect(), outside: counted.outside }))
        })
        .await
}

/// Layers and features whose name, title or code holds the text.
#[utoipa::path(get, path = "/search", tag = "analysis",
    params(("q" = String, Query, min_length = 1, max_length = 100, description = "text, Chinese or Latin"), ("limit" = Option<usize>, Query, minimum = 1, maximum = 100, description = "1 to 100, 20 unless told")),
    responses((status = 200, description = "layers and features, the best first", body = SearchResults)))]
pub(crate) async fn search(State(state): State<AppState>, params: Params) -> Result<Json<SearchResults>, ApiError> {
    params.only(&["q", "limit"])?;
    let limit = params.parsed::<usize>("limit", "1 to 100")?.unwrap_or(20);
    if !(1..=MAX_RESULTS).contains(&limit) {
        return Err(ApiError::parameter("limit", format!("{limit} is out of range"), "1 to 100"));
    }
    let text = params.text("q").map(str::trim).filter(|text| !text.is_empty() && text.chars().count() <= MAX_SEARCH_CHARS);
    let text = text.ok_or_else(|| ApiError::parameter("q", "there is no text to look for", "1 to 100 characters"))?.to_owned();
    state
        .clone()
        .workers
        .run(move |cancel| {
            let found = state.city.search(&text, limit, cancel).map_err(|error| query_error(&error))?;
            Ok(Json(SearchResults { results: found.into_iter().map(result).collect() }))
        })
        .await
}

fn result(hit: Hit) -> SearchResult {
    let info = hit.layer.info();
    let (kind, feature) = match hit.found {
        Found::Layer => ("layer", None),
        Found::Feature { id, position } => ("feature", Some((id, position))),
    };
    SearchResult {
        kind: kind.to_owned(),
        layer: info.name.to_string(),
        id: feature.map(|(id, _)| id.number()),
        name: hit.text,
        title: info.metadata.title.clone(),
        lon: feature.map(|(_, position)| position.lon_deg()),
        lat: feature.map(|(_, position)| position.lat_deg()),
    }
}

/// The area within a geodesic distance of a shape.
#[utoipa::path(get, path = "/buffer", tag = "analysis",
    params(("geometry" = String, Query, description = "WKT, longitude before latitude"), ("distance_m" = f64, Query, minimum = 0, maximum = 50000, description = "metres, 0 to 50000")),
    responses((status = 200, description = "GeoJSON Feature")))]
pub(crate) async fn buffer(State(state): State<AppState>, params: Params) -> Result<Response, ApiError> {
    params.only(&["geometry", "distance_m"])?;
    let accepted = "WKT, longitude before latitude";
    let text = params.text("geometry").ok_or_else(|| ApiError::parameter("geometry", "there is no geometry", accepted))?;
    let text = text.to_owned();
    let distance_m = params.metres("distance_m", MAX_BUFFER_M)?;
    let distance_m = distance_m.ok_or_else(|| ApiError::parameter("distance_m", "there is no distance", "metres, 0 to 50000"))?;
    state
        .workers
        .run(move |cancel| {
            // Here, since an area that is not valid takes work to make so.
            let shape = Shape::from_wkt(&text);
            let shape = shape.map_err(|error| ApiError::parameter("geometry", crate::error::chain(&error), accepted))?;
            let area = urbis_query::buffer(&shape, distance_m, cancel).map_err(|error| {
                let refused = |parameter, accepted| ApiError::parameter(parameter, crate::error::chain(&error), accepted);
                match error {
                    BufferError::Cancelled => ApiError::busy(),
                    BufferError::TooLarge { .. } | BufferError::Tangled => refused("geometry", "a simpler shape"),
                    _ => refused("distance_m", "metres, over 0 to 50000"),
                }
            })?;
            let mut body = br#"{"type":"Feature","geometry":"#.to_vec();
            urbis_wire::geojson::write_geometry(&mut body, area.geometry());
            body.extend_from_slice(format!(r#","properties":{{"distance_m":{distance_m}}}}}"#).as_bytes());
            Ok(([(header::CONTENT_TYPE, "application/geo+json")], body).into_response())
        })
        .await
}
