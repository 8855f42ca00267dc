//! `GET /collections/{id}/overlay/{other}`: features of one layer cut by the areas of another.

use super::items::{limit, question};
use super::pieces::{Form, Page, text_list};
use crate::error::ApiError;
use crate::origin::Origin;
use crate::params::Params;
use crate::state::{AppState, layer_name, query_error};
use axum::extract::{Path, State};
use axum::response::Response;
use serde_json::{Map, Value, json};
use std::sync::Arc;
use urbis_query::{Operation, Overlaid, Selection, Uncut};

const KNOWN: &[&str] = &[
    "operation",
    "columns",
    "bbox",
    "filter",
    "filter-lang",
    "near",
    "radius_m",
    "intersects",
    "within",
    "version",
    "other_version",
    "limit",
    "cursor",
    "f",
];

/// The most pairs of features that are laid over each other: each takes some 0.1 ms and its pieces are held.
const MAX_PAIRS: usize = 1 << 18;
/// Features that could not be cut are named up to so many.
const NAMED: usize = 100;

/// Features of a layer cut by the areas of another: what of each lies in each area, what of it lies in none, or all pieces.
/// With geodesic `area_m2` or `length_m`.
#[utoipa::path(get, path = "/collections/{id}/overlay/{other}", tag = "analysis",
    params(
        ("id" = String, Path, description = "Layer name"),
        ("other" = String, Path, description = "name of the layer of areas"),
        ("operation" = Option<String>, Query, description = "intersection (default: a piece for each pair), difference (what is left of each feature) or union (the intersection and what is left of both layers, areas only; its pieces are numbered, and the features are the properties id and other_id)"),
        ("columns" = Option<String>, Query, description = "columns of the other layer to return, joined by commas; all unless told"),
        ("bbox" = Option<String>, Query, description = "only features that meet west,south,east,north in degrees"),
        ("filter" = Option<String>, Query, description = "only features of which this CQL2 holds"),
        ("filter-lang" = Option<String>, Query, description = "cql2-text (default) or cql2-json"),
        ("near" = Option<String>, Query, description = "lon,lat; with radius_m: only features no farther"),
        ("radius_m" = Option<f64>, Query, minimum = 0, maximum = 20037509, description = "metres, with near"),
        ("intersects" = Option<String>, Query, description = "WKT: only features that meet it, edges included"),
        ("within" = Option<String>, Query, description = "WKT: only features wholly inside"),
        ("version" = Option<u64>, Query, description = "an earlier version of the layer"),
        ("other_version" = Option<u64>, Query, description = "an earlier version of the other layer"),
        ("limit" = Option<String>, Query, description = "1 to 10000 pieces (100 unless told), or all to stream every piece"),
        ("cursor" = Option<String>, Query, description = "from the next link of the page before"),
        ("f" = Option<String>, Query, description = "geojson (default) or csv"),
    ),
    responses((status = 200, description = "GeoJSON FeatureCollection of pieces with numberMatched and next link; uncut lists features whose pieces are missing because they could not be cut, and thin counts pieces too thin to be shown; or CSV")))]
pub(crate) async fn overlay(
    State(state): State<AppState>,
    Path((id, other)): Path<(String, String)>,
    origin: Origin,
    params: Params,
) -> Result<Response, ApiError> {
    params.only(KNOWN)?;
    let names = [layer_name(&id)?, layer_name(&other)?];
    let operation = match params.text("operation").unwrap_or("intersection") {
        "intersection" => Operation::Intersection,
        "difference" => Operation::Difference,
        "union" => Operation::Union,
        other => {
            let accepted = "intersection, difference, union";
            return Err(ApiError::parameter("operation", format!("{other:?} is no operation"), accepted));
        }
    };
    let form = Form::read(&params)?;
    let limit = limit(&params, form == Form::Csv)?;
    let own = origin.url(format!("/collections/{id}/overlay/{other}"));
    state
        .clone()
        .workers
        .run(move |cancel| {
            let layers = super::pieces::layers(&state, &names, &params)?;
            let [layer, other] = &layers;
            let (spatial, filter) = question(&params, layer.features().schema())?;
            let selection = Selection { spatial, filter, cancel: cancel.clone(), ..Selection::default() };
            let columns = text_list(&params, "columns", other)?;
            let overlaid = layer.overlay(other, operation, columns.as_deref(), MAX_PAIRS, &selection);
            let overlaid = overlaid.map_err(|error| query_error(&error))?;
            let page = Page::of(overlaid.features.len(), limit, &layers, &own, &params)?;
            let members = missing(&overlaid);
            let (features, range) = (Arc::new(overlaid.features), page.range());
            let schema = features.schema().clone();
            let rows = super::pieces::chunks(range).map(move |chunk| (features.clone(), chunk));
            Ok(page.respond(form, &schema, rows, members))
        })
        .await
}

/// What is missing from the pieces.
fn missing(overlaid: &Overlaid) -> Map<String, Value> {
    let Overlaid { uncut, thin, others_without_area, .. } = overlaid;
    let named = uncut.iter().take(NAMED).map(|Uncut { id, is_other, by, reason }| {
        let by = by.map(|by| by.number());
        json!({ "id": id.number(), "isOther": is_other, "by": by, "reason": reason.to_string() })
    });
    let members = json!({
        "uncut": named.collect::<Vec<_>>(), "numberUncut": uncut.len(), "thin": thin, "othersWithoutArea": others_without_area,
    });
    if let Value::Object(members) = members { members } else { Map::new() }
}
