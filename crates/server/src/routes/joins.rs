//! `GET /collections/{id}/join/{other}`: features of one layer with those of another that they meet, lie in or are near.

use super::items::{limit, question};
use super::pieces::{Form, Page, text_list};
use crate::error::ApiError;
use crate::origin::Origin;
use crate::params::Params;
use crate::state::{AppState, layer_name, query_error};
use axum::extract::{Path, State};
use axum::response::Response;
use urbis_query::{JoinRelation, MAX_NEIGHBOURS, Selection};

const KNOWN: &[&str] = &[
    "relation",
    "distance_m",
    "k",
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

/// The farthest a pair may be apart: what is asked for by mistake in other units should not hold all pairs of a city.
const MAX_DISTANCE_M: f64 = 100_000.0;
/// The most pairs of an answer on all its pages, 24 bytes each while it is worked out.
const MAX_PAIRS: usize = 1 << 20;

/// Features of a layer, each with the features of another that it has a relation to: a feature of the answer for each pair,
/// with the first one's geometry, id and properties, `other_id` and the other's properties (under other names where both have
/// them), and for distances `distance_m`.
#[utoipa::path(get, path = "/collections/{id}/join/{other}", tag = "analysis",
    params(
        ("id" = String, Path, description = "Layer name"),
        ("other" = String, Path, description = "name of the other layer"),
        ("relation" = Option<String>, Query, description = "intersects (default: they share a point), within (the feature lies wholly in the other), dwithin (at most distance_m apart, geodesic, from shape to shape) or nearest (the k nearest to a point on the feature)"),
        ("distance_m" = Option<f64>, Query, minimum = 0, maximum = 100000, description = "metres, with relation=dwithin"),
        ("k" = Option<usize>, Query, minimum = 1, maximum = 10000, description = "how many, with relation=nearest; 1 unless told"),
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
        ("limit" = Option<String>, Query, description = "1 to 10000 pairs (100 unless told), or all to stream every pair"),
        ("cursor" = Option<String>, Query, description = "from the next link of the page before"),
        ("f" = Option<String>, Query, description = "geojson (default) or csv"),
    ),
    responses((status = 200, description = "GeoJSON FeatureCollection of pairs, by id and other id (nearest: by id and distance), with numberMatched and next link; or CSV")))]
pub(crate) async fn join(
    State(state): State<AppState>,
    Path((id, other)): Path<(String, String)>,
    origin: Origin,
    params: Params,
) -> Result<Response, ApiError> {
    params.only(KNOWN)?;
    let names = [layer_name(&id)?, layer_name(&other)?];
    let relation = relation(&params)?;
    let form = Form::read(&params)?;
    let limit = limit(&params, form == Form::Csv)?;
    let own = origin.url(format!("/collections/{id}/join/{other}"));
    state
        .clone()
        .workers
        .run(move |cancel| {
            let layers = super::pieces::layers(&state, &names, &params)?;
            let [layer, other] = &layers;
            let (spatial, filter) = question(&params, layer.features().schema())?;
            let selection = Selection { spatial, filter, cancel: cancel.clone(), ..Selection::default() };
            let columns = text_list(&params, "columns", other)?;
            let joined = layer.join(other, relation, columns.as_deref(), MAX_PAIRS, &selection);
            let joined = joined.map_err(|error| query_error(&error))?;
            let page = Page::of(joined.pairs().len(), limit, &layers, &own, &params)?;
            let (schema, range) = (joined.schema().clone(), page.range());
            let rows = joined.into_batches(range).map(|batch| {
                let positions = 0..batch.len();
                (std::sync::Arc::new(batch), positions)
            });
            Ok(page.respond(form, &schema, rows, serde_json::Map::new()))
        })
        .await
}

fn relation(params: &Params) -> Result<JoinRelation, ApiError> {
    let distance_m = params.metres("distance_m", MAX_DISTANCE_M)?;
    let accepted = format!("1 to {MAX_NEIGHBOURS}");
    let k = params.parsed::<usize>("k", &accepted)?;
    let name = params.text("relation").unwrap_or("intersects");
    if distance_m.is_some() && name != "dwithin" {
        return Err(ApiError::parameter("distance_m", format!("{name} asks for no distance"), "relation=dwithin with it"));
    }
    if k.is_some() && name != "nearest" {
        return Err(ApiError::parameter("k", format!("{name} asks for no number of neighbours"), "relation=nearest with it"));
    }
    match (name, k.unwrap_or(1)) {
        ("intersects", _) => Ok(JoinRelation::Intersects),
        ("within", _) => Ok(JoinRelation::Within),
        ("dwithin", _) => {
            let missing = || ApiError::parameter("distance_m", "dwithin needs a distance", "metres, 0 to 100000");
            Ok(JoinRelation::WithinDistance { distance_m: distance_m.ok_or_else(missing)? })
        }
        ("nearest", k) if (1..=MAX_NEIGHBOURS).contains(&k) => Ok(JoinRelation::Nearest { k }),
        ("nearest", k) => Err(ApiError::parameter("k", format!("{k} is out of range"), accepted)),
        (other, _) => {
            Err(ApiError::parameter("relation", format!("{other:?} is no relation"), "intersects, within, dwithin, nearest"))
        }
    }
}
