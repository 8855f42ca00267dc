//! Answers that are worked out whole and given page by page: pairs and pieces of two layers.
//!
//! The next link names the versions of both layers, so that all pages are of one answer, and the cursor counts what was given
//! before. Each page works the answer out anew.

use super::items::CHUNK;
use crate::error::ApiError;
use crate::params::Params;
use crate::state::AppState;
use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};
use std::convert::Infallible;
use std::ops::Range;
use std::sync::Arc;
use urbis_model::{FeatureBatch, LayerName, Schema};
use urbis_query::LayerSnapshot;
use urbis_wire::{csv, features::Link, geojson};

/// In what form an answer is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    GeoJson,
    Csv,
}

impl Form {
    pub(super) fn read(params: &Params) -> Result<Self, ApiError> {
        match params.text("f").unwrap_or("geojson") {
            "geojson" | "json" => Ok(Self::GeoJson),
            "csv" => Ok(Self::Csv),
            other => Err(ApiError::parameter("f", format!("{other:?} is not served"), "geojson, csv")),
        }
    }

    fn media_type(self) -> &'static str {
        match self {
            Self::GeoJson => "application/geo+json",
            Self::Csv => "text/csv; charset=utf-8; header=present",
        }
    }
}

/// Both layers, at the versions asked for.
pub(super) fn layers(
    state: &AppState,
    [layer, other]: &[LayerName; 2],
    params: &Params,
) -> Result<[Arc<LayerSnapshot>; 2], ApiError> {
    let version = |parameter| params.parsed::<u64>(parameter, "a version number of /catalog");
    Ok([state.layer(layer, version("version")?)?, state.layer(other, version("other_version")?)?])
}

/// A list of column names of a layer, if given.
pub(super) fn text_list(params: &Params, name: &'static str, layer: &LayerSnapshot) -> Result<Option<Vec<String>>, ApiError> {
    let Some(text) = params.text(name) else { return Ok(None) };
    let names: Vec<String> = text.split(',').filter(|name| !name.is_empty()).map(str::to_owned).collect();
    let schema = layer.features().schema();
    if let Some(unknown) = names.iter().find(|name| schema.position(name).is_none()) {
        let known = schema.fields().iter().map(|field| field.name.as_str()).collect::<Vec<_>>().join(", ");
        return Err(ApiError::parameter(name, format!("there is no column {unknown:?}"), known));
    }
    Ok(Some(names))
}

/// A range in runs that are written at a time.
pub(super) fn chunks(range: Range<usize>) -> impl Iterator<Item = Range<usize>> {
    range.clone().step_by(CHUNK).map(move |start| start..range.end.min(start + CHUNK))
}

/// A part of an answer, and where the next one is.
pub(super) struct Page {
    matched: usize,
    range: Range<usize>,
    own: String,
    next: Option<String>,
}

impl Page {
    pub(super) fn of(
        matched: usize,
        limit: Option<usize>,
        [layer, other]: &[Arc<LayerSnapshot>; 2],
        own: &str,
        params: &Params,
    ) -> Result<Self, ApiError> {
        let start = params.parsed::<usize>("cursor", "the cursor of a next link")?.unwrap_or(0).min(matched);
        let end = limit.map_or(matched, |limit| matched.min(start + limit));
        let version = |layer: &LayerSnapshot| layer.info().version.to_string();
        let pinned = params.and("version", &version(layer)).and("other_version", &version(other));
        let next = (end < matched).then(|| format!("{own}?{}", pinned.with("cursor", &end.to_string())));
        Ok(Self { matched, range: start..end, own: format!("{own}?{}", pinned.with("", "")), next })
    }

    pub(super) fn range(&self) -> Range<usize> {
        self.range.clone()
    }

    /// The rows of the page, batch by batch, and other members of the collection.
    pub(super) fn respond(
        self,
        form: Form,
        schema: &Schema,
        rows: impl Iterator<Item = (Arc<FeatureBatch>, Range<usize>)> + Send + 'static,
        members: Map<String, Value>,
    ) -> Response {
        let columns: Vec<usize> = (0..schema.fields().len()).collect();
        let (mut head, mut tail) = (Vec::new(), Vec::new());
        if form == Form::Csv {
            csv::write_header(&mut head, schema, &columns);
        } else {
            head.extend_from_slice(br#"{"type":"FeatureCollection","features":["#);
            let mut links = vec![Link::new(self.own, "self", form.media_type())];
            links.extend(self.next.as_ref().map(|href| Link::new(href, "next", form.media_type())));
            let mut rest = json!({ "numberMatched": self.matched, "numberReturned": self.range.len(), "links": links });
            if let Value::Object(rest) = &mut rest {
                rest.extend(members);
            }
            tail = format!("],{}", &rest.to_string()[1..]).into_bytes();
        }
        let mut is_first = true;
        let body = rows.map(move |(features, range)| {
            let mut out = Vec::new();
            for position in range {
                if form == Form::Csv {
                    csv::write_row(&mut out, &features, position, &columns);
                } else {
                    if !std::mem::take(&mut is_first) {
                        out.push(b',');
                    }
                    geojson::write_feature(&mut out, &features, position, &columns);
                }
            }
            out
        });
        // Made as the client takes it: neither memory nor a worker waits for a slow reader.
        let parts = std::iter::once(head).chain(body).chain(std::iter::once(tail));
        let stream = tokio_stream::iter(parts.map(|part| Ok::<_, Infallible>(Bytes::from(part))));
        let mut response = ([(header::CONTENT_TYPE, form.media_type())], Body::from_stream(stream)).into_response();
        if let Some(link) = self.next.and_then(|href| HeaderValue::from_str(&format!("<{href}>; rel=\"next\"")).ok()) {
            response.headers_mut().insert(header::LINK, link);
        }
        response
    }
}
