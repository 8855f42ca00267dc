//! `GET /collections/{id}/items`: features by place, shape, distance and filter.

use crate::error::ApiError;
use crate::origin::Origin;
use crate::params::Params;
use crate::state::{AppState, layer_name};
use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use std::convert::Infallible;
use std::sync::Arc;
use urbis_model::{FeatureId, Schema};
use urbis_query::{Answer, Filter, LayerSnapshot, Selection, Shape, Spatial};
use urbis_wire::{csv, features::Link, geojson};

/// Features of a page when `limit` is not given (OGC 17-069r4 leaves the number to the server).
const DEFAULT_LIMIT: usize = 100;
/// The most features of a page; `limit=all` streams.
const MAX_LIMIT: usize = 10_000;
/// Features written at a time when streaming: about a millisecond of work between two looks at the socket.
pub(super) const CHUNK: usize = 1_000;
/// The farthest a distance may reach: half the equator, past which every place is reached.
const MAX_DISTANCE_M: f64 = 20_037_509.0;
/// The most neighbours asked for.
const MAX_NEIGHBOURS: usize = 10_000;

const KNOWN: &[&str] = &[
    "bbox",
    "bbox-crs",
    "filter",
    "filter-lang",
    "filter-crs",
    "limit",
    "cursor",
    "crs",
    "f",
    "properties",
    "version",
    "near",
    "radius_m",
    "nearest",
    "k",
    "intersects",
    "within",
    "geometry",
    "distance_m",
    "datetime",
];

const CRS84: &str = "http://www.opengis.net/def/crs/OGC/1.3/CRS84";

/// Features of a layer.
#[utoipa::path(get, path = "/collections/{id}/items", tag = "features",
    params(
        ("id" = String, Path, description = "Layer name"),
        ("bbox" = Option<String>, Query, description = "west,south,east,north in degrees: the geometry meets it, edges included"),
        ("filter" = Option<String>, Query, description = "CQL2, such as height_m > 24 AND use = 'residential'; beyond the standard S_DWITHIN(geometry, POINT(121.17 31.9), 300): at most so many metres away, geodesic"),
        ("filter-lang" = Option<String>, Query, description = "cql2-text (default) or cql2-json"),
        ("near" = Option<String>, Query, description = "lon,lat; with radius_m: geodesic distance at most that"),
        ("radius_m" = Option<f64>, Query, minimum = 0, maximum = 20037509, description = "metres, with near"),
        ("nearest" = Option<String>, Query, description = "lon,lat; with k: the k nearest, nearest first"),
        ("k" = Option<usize>, Query, minimum = 1, maximum = 10000, description = "how many, with nearest"),
        ("intersects" = Option<String>, Query, description = "WKT: the geometry meets it, edges included"),
        ("within" = Option<String>, Query, description = "WKT: the geometry lies wholly inside"),
        ("geometry" = Option<String>, Query, description = "WKT; with distance_m: geodesic distance at most that"),
        ("distance_m" = Option<f64>, Query, minimum = 0, maximum = 20037509, description = "metres, with geometry"),
        ("properties" = Option<String>, Query, description = "columns to return, joined by commas"),
        ("limit" = Option<String>, Query, description = "1 to 10000 (100 unless told), or all to stream every match"),
        ("cursor" = Option<String>, Query, description = "from the next link of the page before"),
        ("crs" = Option<String>, Query, description = "CRS84"),
        ("bbox-crs" = Option<String>, Query, description = "CRS84"),
        ("filter-crs" = Option<String>, Query, description = "CRS84"),
        ("version" = Option<u64>, Query, description = "an earlier version of the layer"),
        ("f" = Option<String>, Query, description = "geojson (default) or csv"),
        ("datetime" = Option<String>, Query, description = "accepted as OGC asks; layers here have no temporal geometry, so every feature matches"),
    ),
    responses((status = 200, description = "GeoJSON FeatureCollection with numberMatched and next link, or CSV")))]
pub(crate) async fn items(
    State(state): State<AppState>,
    Path(id): Path<String>,
    origin: Origin,
    params: Params,
) -> Result<Response, ApiError> {
    params.only(KNOWN)?;
    let name = layer_name(&id)?;
    let version = params.parsed::<u64>("version", "a version number of /catalog")?;
    let page = PageRequest::read(&params)?;
    let own = origin.url(format!("/collections/{id}/items"));
    state
        .clone()
        .workers
        .run(move |cancel| {
            let layer = state.layer(&name, version)?;
            let (spatial, filter) = question(&params, layer.features().schema())?;
            let columns = columns(&params, layer.features().schema())?;
            let cancel = cancel.clone();
            let selection = Selection { spatial, filter, after: page.after, limit: page.limit, counted: true, cancel };
            let answer = layer.select(&selection).map_err(|error| crate::state::query_error(&error))?;
            Ok(page.respond(layer, answer, columns, own, &params))
        })
        .await
}

/// One feature.
#[utoipa::path(get, path = "/collections/{id}/items/{fid}", tag = "features",
    params(("id" = String, Path, description = "Layer name"), ("fid" = u64, Path, description = "Feature id"),
        ("version" = Option<u64>, Query, description = "an earlier version of the layer"),
        ("crs" = Option<String>, Query, description = "CRS84"), ("f" = Option<String>, Query, description = "geojson")),
    responses((status = 200, description = "GeoJSON Feature")))]
pub(crate) async fn item(
    State(state): State<AppState>,
    Path((id, fid)): Path<(String, String)>,
    params: Params,
) -> Result<Response, ApiError> {
    params.only(&["version", "f", "crs"])?;
    served_crs(&params)?;
    if let Some(other) = params.text("f").filter(|form| !["geojson", "json"].contains(form)) {
        return Err(ApiError::parameter("f", format!("a single feature is not served as {other:?}"), "geojson"));
    }
    let name = layer_name(&id)?;
    let version = params.parsed::<u64>("version", "a version number of /catalog")?;
    let fid = fid.parse().ok().and_then(FeatureId::new);
    let fid = fid.ok_or_else(|| ApiError::parameter("fid", "this is no feature id", "an integer from 1 to 2^53-1"))?;
    state
        .clone()
        .workers
        .run(move |_| {
            let layer = state.layer(&name, version)?;
            let index = layer.position_of(fid).ok_or_else(|| {
                ApiError::not_found("fid", format!("layer {name} has no feature {fid}"), "an id that a query or a tile gave")
            })?;
            let all: Vec<usize> = (0..layer.features().columns().len()).collect();
            let mut out = Vec::new();
            geojson::write_feature(&mut out, layer.features(), index, &all);
            Ok(([(header::CONTENT_TYPE, "application/geo+json")], out).into_response())
        })
        .await
}

/// What part of the answer is asked for, in what form.
struct PageRequest {
    limit: Option<usize>,
    after: Option<FeatureId>,
    csv: bool,
}

impl PageRequest {
    fn read(params: &Params) -> Result<Self, ApiError> {
        served_crs(params)?;
        datetime(params)?;
        let csv = match params.text("f").unwrap_or("geojson") {
            "geojson" | "json" => false,
            "csv" => true,
            other => return Err(ApiError::parameter("f", format!("{other:?} is not served"), "geojson, csv")),
        };
        let limit = limit(params, csv)?;
        let after = match params.text("cursor") {
            None => None,
            Some(text) => {
                let id = text.parse().ok().and_then(FeatureId::new);
                Some(id.ok_or_else(|| {
                    ApiError::parameter("cursor", format!("{text:?} is no cursor"), "the cursor of a next link")
                })?)
            }
        };
        if after.is_some() && params.text("nearest").is_some() {
            return Err(ApiError::parameter("cursor", "the k nearest come in one page", "no cursor with nearest"));
        }
        Ok(Self { limit, after, csv })
    }

    fn respond(self, layer: Arc<LayerSnapshot>, answer: Answer, columns: Vec<usize>, own: String, params: &Params) -> Response {
        let page = answer.positions;
        let last = page.last().filter(|_| answer.more).map(|position| layer.features().ids()[*position as usize]);
        let next = last.map(|cursor| format!("{own}?{}", params.with("cursor", &cursor.to_string())));
        let matched = answer.matched.unwrap_or(page.len() as u64);
        let mut head = Vec::new();
        let mut tail = Vec::new();
        let media_type = if self.csv { "text/csv; charset=utf-8; header=present" } else { "application/geo+json" };
        if self.csv {
            csv::write_header(&mut head, layer.features().schema(), &columns);
        } else {
            head.extend_from_slice(br#"{"type":"FeatureCollection","features":["#);
            let mut links = vec![Link::new(format!("{own}?{}", params.with("", "")), "self", media_type)];
            links.extend(next.as_ref().map(|href| Link::new(href, "next", media_type)));
            let links = serde_json::to_string(&links).unwrap_or_else(|_| "[]".to_owned());
            tail = format!(r#"],"numberMatched":{matched},"numberReturned":{},"links":{links}}}"#, page.len()).into_bytes();
        }
        let csv = self.csv;
        let chunks = page.len().div_ceil(CHUNK);
        let body = (0..chunks).map(move |chunk| {
            let rows = &page[chunk * CHUNK..page.len().min((chunk + 1) * CHUNK)];
            let mut out = Vec::new();
            for (nth, &position) in rows.iter().enumerate() {
                if csv {
                    csv::write_row(&mut out, layer.features(), position as usize, &columns);
                } else {
                    if chunk + nth > 0 {
                        out.push(b',');
                    }
                    geojson::write_feature(&mut out, layer.features(), position as usize, &columns);
                }
            }
            out
        });
        let parts = std::iter::once(head).chain(body).chain(std::iter::once(tail));
        // Made as the client takes it: neither memory nor a worker waits for a slow reader.
        let stream = tokio_stream::iter(parts.map(|part| Ok::<_, Infallible>(Bytes::from(part))));
        let mut response = Body::from_stream(stream).into_response();
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
        if let Some(link) = next.and_then(|href| HeaderValue::from_str(&format!("<{href}>; rel=\"next\"")).ok()) {
            response.headers_mut().insert(header::LINK, link);
        }
        response
    }
}

/// How many features of the answer are asked for; none for all.
pub(super) fn limit(params: &Params, csv: bool) -> Result<Option<usize>, ApiError> {
    match params.text("limit") {
        Some("all") => Ok(None),
        None if csv => Ok(None),
        _ => {
            let accepted = format!("1 to {MAX_LIMIT}, or all");
            let limit = params.parsed::<usize>("limit", &accepted)?.unwrap_or(DEFAULT_LIMIT);
            if limit == 0 {
                return Err(ApiError::parameter("limit", "a page has at least one feature", accepted));
            }
            // OGC 17-069r4, 7.15.2: more than the maximum is answered with the maximum.
            Ok(Some(limit.min(MAX_LIMIT)))
        }
    }
}

/// Refuses any CRS but the one that is served.
fn served_crs(params: &Params) -> Result<(), ApiError> {
    for name in ["crs", "bbox-crs", "filter-crs"] {
        if let Some(crs) = params.text(name).filter(|crs| ![CRS84, "CRS84"].contains(crs)) {
            return Err(ApiError::parameter(name, format!("{crs:?} is not served"), CRS84));
        }
    }
    Ok(())
}

/// Checks `datetime` (OGC 17-069r4, 7.15.4): an instant, or two ends of an interval of which one may be open.
fn datetime(params: &Params) -> Result<(), ApiError> {
    let Some(text) = params.text("datetime") else { return Ok(()) };
    let is_time = |text: &str| text.parse::<jiff::Timestamp>().is_ok() || text.parse::<jiff::civil::Date>().is_ok();
    let is_end = |text: &str| text.is_empty() || text == ".." || is_time(text);
    let valid = match text.split_once('/') {
        None => is_time(text),
        Some((from, to)) => is_end(from) && is_end(to) && (is_time(from) || is_time(to)),
    };
    let accepted = "an RFC 3339 instant or day, or an interval such as 2024-01-01/..";
    if valid { Ok(()) } else { Err(ApiError::parameter("datetime", format!("{text:?} is no time"), accepted)) }
}

/// Reads what features are asked for.
pub(super) fn question(params: &Params, schema: &Arc<Schema>) -> Result<(Option<Spatial>, Option<Filter>), ApiError> {
    let mut spatial = Vec::new();
    if let Some(bbox) = params.bbox()? {
        spatial.push(Spatial::Bbox(bbox));
    }
    if let Some(shape) = shape(params, "intersects")? {
        spatial.push(Spatial::Intersects(shape));
    }
    if let Some(shape) = shape(params, "within")? {
        spatial.push(Spatial::Within(shape));
    }
    if let Some(position) = params.position("near")? {
        let radius_m = params.metres("radius_m", MAX_DISTANCE_M)?;
        let radius_m = radius_m.ok_or_else(|| ApiError::parameter("radius_m", "near needs radius_m", "metres"))?;
        spatial.push(Spatial::Near { position, radius_m });
    }
    if let Some(shape) = shape(params, "geometry")? {
        let distance_m = params.metres("distance_m", MAX_DISTANCE_M)?;
        let distance_m = distance_m.ok_or_else(|| ApiError::parameter("distance_m", "geometry needs distance_m", "metres"))?;
        spatial.push(Spatial::WithinDistance { shape, distance_m });
    }
    if let Some(position) = params.position("nearest")? {
        let k = params.parsed::<usize>("k", "a number of features")?.unwrap_or(1);
        if !(1..=MAX_NEIGHBOURS).contains(&k) {
            return Err(ApiError::parameter("k", format!("{k} is out of range"), format!("1 to {MAX_NEIGHBOURS}")));
        }
        spatial.push(Spatial::Nearest { position, k });
    }
    if spatial.len() > 1 {
        let accepted = "one of bbox, intersects, within, near, geometry, nearest; more by filter=S_INTERSECTS(geometry, …)";
        return Err(ApiError::parameter("query", "more than one place is asked for", accepted));
    }
    let accepted = "CQL2 (OGC 21-065r2) over the columns of /collections/{id}/queryables";
    let filter = match (params.text("filter"), params.text("filter-lang").unwrap_or("cql2-text")) {
        (None, _) => None,
        (Some(text), "cql2-text") => Some(Filter::parse_text(text, schema)),
        (Some(text), "cql2-json") => Some(Filter::parse_json(text, schema)),
        (_, other) => return Err(ApiError::parameter("filter-lang", format!("{other:?} is not read"), "cql2-text, cql2-json")),
    };
    let filter = filter.transpose().map_err(|error| ApiError::parameter("filter", crate::error::chain(&error), accepted))?;
    Ok((spatial.pop(), filter))
}

fn shape(params: &Params, name: &'static str) -> Result<Option<Shape>, ApiError> {
    let read = |text| {
        Shape::from_wkt(text)
            .map_err(|error| ApiError::parameter(name, crate::error::chain(&error), "WKT, longitude before latitude"))
    };
    params.text(name).map(read).transpose()
}

/// The columns asked for, by position; all unless told.
fn columns(params: &Params, schema: &Schema) -> Result<Vec<usize>, ApiError> {
    let Some(listed) = params.text("properties") else { return Ok((0..schema.fields().len()).collect()) };
    let known = || schema.fields().iter().map(|field| field.name.as_str()).collect::<Vec<_>>().join(", ");
    let position = |name| {
        schema.position(name).ok_or_else(|| ApiError::parameter("properties", format!("there is no column {name:?}"), known()))
    };
    listed.split(',').filter(|name| !name.is_empty()).map(position).collect()
}
