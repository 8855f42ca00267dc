//! `GET /cells/{layer}/{resolution}`: H3 aggregates as hexagons.

use crate::coding::Coding;
use crate::error::ApiError;
use crate::params::Params;
use crate::routes::tiles;
use crate::state::{AppState, layer_name, query_error};
use crate::tile_cache::TileKey;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;
use std::hash::{DefaultHasher, Hash, Hasher};
use urbis_model::{ColumnType, layer::NotALayerName};
use urbis_query::{Cancel, LayerSnapshot};
use urbis_tiles::{LayerDefinition, TileInput, TileLayer};

/// Features per H3 cell: count, and sum and mean of a column.
#[utoipa::path(get, path = "/cells/{layer}/{resolution}", tag = "analysis",
    params(("layer" = String, Path, description = "Layer name"), ("resolution" = u8, Path, minimum = 0, maximum = 15, description = "H3 resolution, 0 to 15"),
        ("column" = Option<String>, Query, description = "a numeric column to sum"),
        ("bbox" = Option<String>, Query, description = "west,south,east,north in degrees"),
        ("version" = Option<u64>, Query, description = "an earlier version of the layer")),
    responses((status = 200, description = "GeoJSON FeatureCollection; properties cell, count, sum, mean")))]
pub(crate) async fn cells(
    State(state): State<AppState>,
    Path((layer, resolution)): Path<(String, String)>,
    params: Params,
) -> Result<Response, ApiError> {
    params.only(&["column", "bbox", "version"])?;
    let name = layer_name(&layer)?;
    let resolution = resolution.parse::<u8>().ok().filter(|resolution| *resolution <= 15);
    let resolution = resolution.ok_or_else(|| ApiError::parameter("resolution", "this is no H3 resolution", "0 to 15"))?;
    let bbox = params.bbox()?;
    let version = params.parsed::<u64>("version", "a version number of /catalog")?;
    state
        .clone()
        .workers
        .run(move |cancel| {
            let layer = state.layer(&name, version)?;
            if let Some(column) = params.text("column") {
                numeric_column(&layer, column)?;
            }
            let cells = layer.cells(resolution, params.text("column"), bbox, cancel).map_err(|error| query_error(&error))?;
            let mut body = br#"{"type":"FeatureCollection","features":["#.to_vec();
            for (nth, cell) in cells.iter().enumerate() {
                let mut properties = json!({ "cell": cell.cell(), "count": cell.count });
                if let Some(sum) = cell.sum {
                    properties["sum"] = json!(sum);
                    properties["mean"] = json!(cell.mean);
                }
                body.extend_from_slice(if nth > 0 { b"," } else { b"" });
                body.extend_from_slice(br#"{"type":"Feature","geometry":"#);
                urbis_wire::geojson::write_geometry(&mut body, cell.outline().geometry());
                body.extend_from_slice(format!(r#","properties":{properties}}}"#).as_bytes());
            }
            body.extend_from_slice(b"]}");
            Ok(([(header::CONTENT_TYPE, "application/geo+json")], body).into_response())
        })
        .await
}

/// How cells are drawn: whole at any zoom, the fullest first where there are too many.
const CELL_TILES: &str =
    "min_zoom = 0\nmax_zoom = 20\ndust = false\nother_columns_from_zoom = 0\norder = { by = \"column\", column = \"count\" }\n";

/// H3 aggregates of a layer as a Mapbox Vector Tile with one layer, `cells`.
#[utoipa::path(get, path = "/cells/{layer}/{resolution}/{z}/{x}/{y}", tag = "analysis",
    params(("layer" = String, Path, description = "layer name"), ("resolution" = String, Path, description = "H3 resolution 0 to 15, or auto: matched to the zoom"),
        ("z" = u32, Path, minimum = 0, maximum = 24, description = "zoom"), ("x" = u32, Path, description = "column"), ("y" = String, Path, description = "row, .mvt may follow"),
        ("column" = Option<String>, Query, description = "a numeric column: sum, mean, min, q10, q25, median, q75, q90, max of it")),
    responses((status = 200, description = "the tile", content_type = "application/vnd.mapbox-vector-tile"), (status = 204, description = "nothing there"),
        (status = 304, description = "as the client has it")))]
pub(crate) async fn tile(
    State(state): State<AppState>,
    Path((layer, resolution, z, x, y)): Path<(String, String, String, String, String)>,
    headers: HeaderMap,
    params: Params,
) -> Result<Response, ApiError> {
    params.only(&["column"])?;
    let tile = tiles::tile_coord(&z, &x, y.strip_suffix(".mvt").unwrap_or(&y))?;
    let resolution = match resolution.as_str() {
        "auto" => urbis_query::cells::resolution_of_zoom(tile.z()),
        number => {
            let number = number.parse::<u8>().ok().filter(|resolution| *resolution <= 15);
            number.ok_or_else(|| ApiError::parameter("resolution", "this is no H3 resolution", "0 to 15, or auto"))?
        }
    };
    let layer = state.layer(&layer_name(&layer)?, None)?;
    let column = params.text("column").map(str::to_owned);
    if let Some(column) = &column {
        numeric_column(&layer, column)?;
    }
    let (mut source, mut stamp) = (DefaultHasher::new(), DefaultHasher::new());
    (state.city.identity(), "cells", &layer.info().name, resolution, &column).hash(&mut source);
    layer.info().revision.hash(&mut stamp);
    let key = TileKey { source: source.finish(), tile, stamp: stamp.finish() };
    let make = move |cancel: &Cancel| {
        let name = "cells".parse().map_err(|error: NotALayerName| ApiError::internal(&error))?;
        // As far as any tile reaches past its edges: the definition's own buffer is less.
        let cells =
            layer.cells_of_tile((resolution, column.as_deref()), tile, 0.1, cancel).map_err(|error| query_error(&error))?;
        let definition = LayerDefinition::from_toml(CELL_TILES, cells.schema()).map_err(|error| ApiError::internal(&error))?;
        let prepared = TileLayer::prepare(name, &cells, definition);
        let candidates: Vec<u32> = (0..cells.len() as u32).collect();
        let input = TileInput { layer: &prepared, features: &cells, candidates: &candidates };
        Ok(urbis_tiles::encode(tile, &[input]).bytes)
    };
    tiles::answer(&state, &headers, key, Coding::negotiate(&headers), tiles::MEDIA_TYPE, make).await
}

/// Refuses a column that has no numbers.
pub(super) fn numeric_column(layer: &LayerSnapshot, column: &str) -> Result<(), ApiError> {
    let fields = layer.features().schema().fields().iter();
    let numeric = fields.filter(|field| matches!(field.column_type, ColumnType::Int | ColumnType::Float));
    let accepted: Vec<&str> = numeric.map(|field| field.name.as_str()).collect();
    if accepted.contains(&column) {
        return Ok(());
    }
    Err(ApiError::parameter("column", format!("{column:?} is no numeric column"), accepted.join(", ")))
}
