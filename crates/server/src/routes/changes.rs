//! `GET /collections/{id}/changes`: what changed between two versions of a layer.

use super::items::{CHUNK, limit, question};
use crate::error::ApiError;
use crate::origin::Origin;
use crate::params::Params;
use crate::state::{AppState, layer_name, query_error};
use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use std::convert::Infallible;
use std::sync::Arc;
use urbis_model::{ChangeClass, ChangeClasses};
use urbis_query::changes::{Changes, cursor};
use urbis_query::{LayerSnapshot, QueryError, Selection};
use urbis_wire::changes::{Change, write_feature, write_header, write_row};
use urbis_wire::features::Link;

const KNOWN: &[&str] = &["from", "to", "class", "bbox", "filter", "filter-lang", "limit", "cursor", "f"];
const VERSIONS: &str = "a version number of /catalog";

/// What changed in a layer between two versions: features that were added, removed, moved, reshaped, made taller or lower,
/// or given other attributes. Matched by source_id, else by id, else by overlap.
#[utoipa::path(get, path = "/collections/{id}/changes", tag = "analysis",
    params(
        ("id" = String, Path, description = "Layer name"),
        ("from" = u64, Query, description = "the earlier version"),
        ("to" = Option<u64>, Query, description = "the later version; the current one unless told"),
        ("class" = Option<String>, Query, description = "comma-separated: added, removed, taller, lower, moved, reshaped, attributes; features with any of them. Counts are of every class"),
        ("bbox" = Option<String>, Query, description = "west,south,east,north in degrees: the geometry meets it in either version"),
        ("filter" = Option<String>, Query, description = "CQL2: holds in either version, over columns that both have"),
        ("filter-lang" = Option<String>, Query, description = "cql2-text (default) or cql2-json"),
        ("limit" = Option<String>, Query, description = "1 to 10000 (100 unless told), or all to stream every change"),
        ("cursor" = Option<String>, Query, description = "from the next link of the page before"),
        ("f" = Option<String>, Query, description = "geojson (default) or csv"),
    ),
    responses((status = 200, description = "GeoJSON FeatureCollection of changes, their properties as ChangeProperties, with counts by class, numberMatched and next link; or CSV")))]
pub(crate) async fn changes(
    State(state): State<AppState>,
    Path(id): Path<String>,
    origin: Origin,
    params: Params,
) -> Result<Response, ApiError> {
    params.only(KNOWN)?;
    let name = layer_name(&id)?;
    let from = params.parsed::<u64>("from", VERSIONS)?;
    let from = from.ok_or_else(|| ApiError::parameter("from", "there is no version to compare with", VERSIONS))?;
    let to = params.parsed::<u64>("to", VERSIONS)?;
    let csv = match params.text("f").unwrap_or("geojson") {
        "geojson" | "json" => false,
        "csv" => true,
        other => return Err(ApiError::parameter("f", format!("{other:?} is not served"), "geojson, csv")),
    };
    let classes = classes(&params)?;
    let limit = limit(&params, csv)?;
    let after = params.parsed::<u64>("cursor", "the cursor of a next link")?;
    let own = origin.url(format!("/collections/{id}/changes"));
    state
        .clone()
        .workers
        .run(move |cancel| {
            let (earlier, later) = (state.layer(&name, Some(from))?, state.layer(&name, to)?);
            if from >= later.info().version {
                let detail = format!("version {from} is not before version {}", later.info().version);
                return Err(ApiError::parameter("from", detail, "a version before to"));
            }
            let asked = |layer: &LayerSnapshot| {
                let (spatial, filter) = question(&params, layer.features().schema())?;
                Ok::<_, ApiError>(Selection { spatial, filter, cancel: cancel.clone(), ..Selection::default() })
            };
            let asked = [&asked(&earlier)?, &asked(&later)?];
            let mut answer = later.changes_since(&earlier, asked, cancel).map_err(|error| match error {
                QueryError::TooManyPairs { .. } => ApiError::parameter("from", error.to_string(), "versions with a source_id"),
                error => query_error(&error),
            })?;
            if let Some(classes) = classes {
                answer.changed.retain(|change| change.classes.meets(classes));
            }
            Ok(Page { earlier, later, answer, after, limit, csv }.respond(&own, &params))
        })
        .await
}

/// `class=added,taller`; none asks for every class.
fn classes(params: &Params) -> Result<Option<ChangeClasses>, ApiError> {
    let Some(text) = params.text("class") else { return Ok(None) };
    let named = |name: &str| ChangeClass::ALL.into_iter().find(|class| class.name() == name);
    let classes = text.split(',').map(|name| named(name.trim())).collect::<Option<ChangeClasses>>();
    let accepted = || ChangeClass::ALL.map(ChangeClass::name).join(", ");
    classes.map(Some).ok_or_else(|| ApiError::parameter("class", format!("{text:?} is no list of classes"), accepted()))
}

/// A part of the answer, and how it is written.
struct Page {
    earlier: Arc<LayerSnapshot>,
    later: Arc<LayerSnapshot>,
    answer: Changes,
    after: Option<u64>,
    limit: Option<usize>,
    csv: bool,
}

impl Page {
    fn respond(self, own: &str, params: &Params) -> Response {
        let Self { earlier, later, answer: Changes { changed, counts, unchanged }, after, limit, csv } = self;
        let cursor_of = |nth: usize| cursor(&changed[nth], &earlier, &later);
        let positions: Vec<u64> = (0..changed.len()).map(cursor_of).collect();
        let start = after.map_or(0, |after| positions.partition_point(|position| *position <= after));
        let end = limit.map_or(changed.len(), |limit| (start + limit).min(changed.len()));
        let next = (end < changed.len()).then(|| positions[end - 1].to_string());
        // Pages are of one comparison, whatever is imported between them.
        let pinned = params.and("to", &later.info().version.to_string());
        let next = next.map(|cursor| format!("{own}?{}", pinned.with("cursor", &cursor)));
        let media_type = if csv { "text/csv; charset=utf-8; header=present" } else { "application/geo+json" };

        let mut head = Vec::new();
        let mut tail = Vec::new();
        if csv {
            write_header(&mut head);
        } else {
            head.extend_from_slice(br#"{"type":"FeatureCollection","features":["#);
            let mut links = vec![Link::new(format!("{own}?{}", pinned.with("", "")), "self", media_type)];
            links.extend(next.as_ref().map(|href| Link::new(href, "next", media_type)));
            let by_class = ChangeClass::ALL.iter().map(|class| class.name()).zip(counts);
            let counts: serde_json::Map<_, _> =
                by_class.chain([("unchanged", unchanged)]).map(|(name, count)| (name.to_owned(), count.into())).collect();
            let rest = serde_json::json!({
                "from": earlier.info().version, "to": later.info().version, "counts": counts,
                "numberMatched": changed.len(), "numberReturned": end - start, "links": links,
            });
            tail = format!("],{}", &rest.to_string()[1..]).into_bytes();
        }
        let chunks = (end - start).div_ceil(CHUNK);
        let body = (0..chunks).map(move |chunk| {
            let mut out = Vec::new();
            let first = start + chunk * CHUNK;
            for (nth, change) in changed[first..end.min(first + CHUNK)].iter().enumerate() {
                let change = Change { change, earlier: earlier.features(), later: later.features() };
                if csv {
                    write_row(&mut out, change);
                } else {
                    if chunk + nth > 0 {
                        out.push(b',');
                    }
                    write_feature(&mut out, change);
                }
            }
            out
        });
        // Made as the client takes it: neither memory nor a worker waits for a slow reader.
        let parts = std::iter::once(head).chain(body).chain(std::iter::once(tail));
        let stream = tokio_stream::iter(parts.map(|part| Ok::<_, Infallible>(Bytes::from(part))));
        let mut response = ([(header::CONTENT_TYPE, media_type)], Body::from_stream(stream)).into_response();
        if let Some(link) = next.and_then(|href| HeaderValue::from_str(&format!("<{href}>; rel=\"next\"")).ok()) {
            response.headers_mut().insert(header::LINK, link);
        }
        response
    }
}
