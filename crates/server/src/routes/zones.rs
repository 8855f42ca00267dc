//! `GET /zones/{layer}/{zones}`: features of one layer summed up by the areas of another.

use super::items::{CHUNK, question};
use crate::error::ApiError;
use crate::params::Params;
use crate::routes::cells::numeric_column;
use crate::state::{AppState, layer_name, query_error};
use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use std::convert::Infallible;
use urbis_query::Selection;
use urbis_wire::{csv, geojson};

const KNOWN: &[&str] =
    &["column", "bbox", "filter", "filter-lang", "near", "radius_m", "intersects", "within", "geometry", "distance_m", "f"];

/// Features of a layer by the areas of another: how many lie in each, and sum, mean and quantiles of a column. A feature
/// counts in every area that holds its representative point, edges included.
#[utoipa::path(get, path = "/zones/{layer}/{zones}", tag = "analysis",
    params(
        ("layer" = String, Path, description = "name of the layer that is counted"),
        ("zones" = String, Path, description = "name of the layer of areas"),
        ("column" = Option<String>, Query, description = "a numeric column of the counted layer: sum, mean, min, q10, q25, median, q75, q90, max of it"),
        ("bbox" = Option<String>, Query, description = "only features that meet west,south,east,north in degrees"),
        ("filter" = Option<String>, Query, description = "only features of which this CQL2 holds"),
        ("filter-lang" = Option<String>, Query, description = "cql2-text (default) or cql2-json"),
        ("near" = Option<String>, Query, description = "lon,lat; with radius_m: only features no farther"),
        ("radius_m" = Option<f64>, Query, minimum = 0, maximum = 20037509, description = "metres, with near"),
        ("intersects" = Option<String>, Query, description = "WKT: only features that meet it, edges included"),
        ("within" = Option<String>, Query, description = "WKT: only features wholly inside"),
        ("geometry" = Option<String>, Query, description = "WKT; with distance_m: only features no farther"),
        ("distance_m" = Option<f64>, Query, minimum = 0, maximum = 20037509, description = "metres, with geometry"),
        ("f" = Option<String>, Query, description = "geojson (default) or csv"),
    ),
    responses((status = 200, description = "GeoJSON FeatureCollection of the areas with their own columns and count, sum, mean, min, q10, q25, median, q75, q90, max (a name that they have already gets _2), and outside, how many features lie in none; or CSV")))]
pub(crate) async fn zones(
    State(state): State<AppState>,
    Path((layer, zones)): Path<(String, String)>,
    params: Params,
) -> Result<Response, ApiError> {
    params.only(KNOWN)?;
    let (layer, zones) = (layer_name(&layer)?, layer_name(&zones)?);
    let is_csv = match params.text("f").unwrap_or("geojson") {
        "geojson" | "json" => false,
        "csv" => true,
        other => return Err(ApiError::parameter("f", format!("{other:?} is not served"), "geojson, csv")),
    };
    state
        .clone()
        .workers
        .run(move |cancel| {
            let (layer, zones) = (state.layer(&layer, None)?, state.layer(&zones, None)?);
            if let Some(column) = params.text("column") {
                numeric_column(&layer, column)?;
            }
            let (spatial, filter) = question(&params, layer.features().schema())?;
            let selection = Selection { spatial, filter, cancel: cancel.clone(), ..Selection::default() };
            let summed = layer.by_zone(&zones, params.text("column"), &selection).map_err(|error| query_error(&error))?;
            let columns: Vec<usize> = (0..summed.areas.columns().len()).collect();
            let media_type = if is_csv { "text/csv; charset=utf-8; header=present" } else { "application/geo+json" };
            let (mut head, mut tail) = (Vec::new(), Vec::new());
            if is_csv {
                csv::write_header(&mut head, summed.areas.schema(), &columns);
            } else {
                head.extend_from_slice(br#"{"type":"FeatureCollection","features":["#);
                tail = format!(r#"],"outside":{}}}"#, summed.outside).into_bytes();
            }
            let areas = summed.areas;
            let body = (0..areas.len().div_ceil(CHUNK)).map(move |chunk| {
                let mut out = Vec::new();
                for area in chunk * CHUNK..areas.len().min((chunk + 1) * CHUNK) {
                    if is_csv {
                        csv::write_row(&mut out, &areas, area, &columns);
                    } else {
                        out.extend_from_slice(if area > 0 { b"," } else { b"" });
                        geojson::write_feature(&mut out, &areas, area, &columns);
                    }
                }
                out
            });
            // Written as the client takes it: no worker waits for a slow reader.
            let parts = std::iter::once(head).chain(body).chain(std::iter::once(tail));
            let stream = tokio_stream::iter(parts.map(|part| Ok::<_, Infallible>(Bytes::from(part))));
            Ok(([(header::CONTENT_TYPE, media_type)], Body::from_stream(stream)).into_response())
        })
        .await
}
