//! `GET /cells/{layer}/{resolution}`: H3 aggregates as hexagons.

use crate::error::ApiError;
use crate::params::Params;
use crate::state::{AppState, layer_name, query_error};
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde_json::json;
use urbis_model::ColumnType;

/// Features per H3 cell: count, and sum and mean of a column.
#[utoipa::path(get, path = "/cells/{layer}/{resolution}", tag = "analysis",
    params(("layer" = String, Path, description = "Layer name"), ("resolution" = u8, Path, description = "H3 resolution, 0 to 15"),
        ("column" = Option<String>, Query, description = "a numeric column to sum"),
        ("bbox" = Option<String>, Query, description = "west,south,east,north in degrees"),
        ("version" = Option<u64>, Query, description = "an earlier version of the layer")),
    responses((status = 200, description = "GeoJSON FeatureCollection; properties cell, count, sum, mean"), (status = 400, body = urbis_wire::Problem)))]
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
            let schema = layer.features().schema();
            if let Some(column) = params.text("column") {
                let numeric = |kind| matches!(kind, ColumnType::Int | ColumnType::Float);
                let fields = schema.fields().iter().filter(|field| numeric(field.column_type)).map(|field| field.name.as_str());
                let accepted: Vec<&str> = fields.collect();
                if !accepted.contains(&column) {
                    return Err(ApiError::parameter("column", format!("{column:?} is no numeric column"), accepted.join(", ")));
                }
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
