//! OGC API - Features documents that describe the layers.

use crate::error::ApiError;
use crate::origin::Origin;
use crate::state::{AppState, layer_name};
use axum::Json;
use axum::extract::{Path, State};
use serde_json::{Value, json};
use urbis_model::ColumnType;
use urbis_query::LayerSnapshot;
use urbis_wire::features::{Collection, Collections, Conformance, Extent, Landing, Link, SpatialExtent};

const CRS84: &str = "http://www.opengis.net/def/crs/OGC/1.3/CRS84";

/// `GET /` for programs (OGC 17-069r4, section 7.2): where everything else is. Browsers get the page.
#[utoipa::path(get, path = "/", tag = "features", responses((status = 200, description = "where to go on, for programs that accept JSON; else the page", body = Landing)))]
pub(crate) async fn landing(State(state): State<AppState>, origin: Origin) -> Json<Landing> {
    Json(Landing {
        title: state.title.to_string(),
        description: state.title_en.to_string(),
        links: vec![
            Link::new(origin.url("/"), "self", "application/json"),
            Link::new(origin.url("/"), "alternate", "text/html"),
            Link::new(origin.url("/api"), "service-desc", crate::openapi::MEDIA_TYPE),
            Link::new(origin.url("/docs/"), "service-doc", "text/html"),
            Link::new(origin.url("/conformance"), "conformance", "application/json"),
            Link::new(origin.url("/collections"), "data", "application/json"),
        ],
    })
}

/// What of OGC API is kept.
#[utoipa::path(get, path = "/conformance", tag = "features", responses((status = 200, description = "conformance classes", body = Conformance)))]
pub(crate) async fn conformance() -> Json<Conformance> {
    let classes = [
        "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core",
        "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/geojson",
        "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/filter",
        "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/features-filter",
        "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/queryables",
        "http://www.opengis.net/spec/cql2/1.0/conf/cql2-text",
        "http://www.opengis.net/spec/cql2/1.0/conf/cql2-json",
        "http://www.opengis.net/spec/cql2/1.0/conf/basic-cql2",
        "http://www.opengis.net/spec/cql2/1.0/conf/basic-spatial-functions",
    ];
    Json(Conformance { conforms_to: classes.map(str::to_owned).to_vec() })
}

/// All layers as collections.
#[utoipa::path(get, path = "/collections", tag = "features", responses((status = 200, description = "the layers as collections", body = Collections)))]
pub(crate) async fn collections(State(state): State<AppState>, origin: Origin) -> Json<Collections> {
    let links = vec![Link::new(origin.url("/collections"), "self", "application/json")];
    Json(Collections { links, collections: state.city.layers().iter().map(|layer| describe(layer, &origin)).collect() })
}

/// One layer as a collection.
#[utoipa::path(get, path = "/collections/{id}", tag = "features", params(("id" = String, Path, description = "Layer name")),
    responses((status = 200, description = "a layer as a collection", body = Collection)))]
pub(crate) async fn collection(
    State(state): State<AppState>,
    Path(id): Path<String>,
    origin: Origin,
) -> Result<Json<Collection>, ApiError> {
    Ok(Json(describe(&*state.layer(&layer_name(&id)?, None)?, &origin)))
}

/// What a filter may name, as JSON Schema.
#[utoipa::path(get, path = "/collections/{id}/queryables", tag = "features", params(("id" = String, Path, description = "Layer name")),
    responses((status = 200, description = "JSON Schema of the columns")))]
pub(crate) async fn queryables(
    State(state): State<AppState>,
    Path(id): Path<String>,
    origin: Origin,
) -> Result<([(axum::http::HeaderName, &'static str); 1], Json<Value>), ApiError> {
    let layer = state.layer(&layer_name(&id)?, None)?;
    let mut properties = serde_json::Map::new();
    properties.insert("geometry".into(), json!({ "format": "geometry-any" }));
    for field in layer.features().schema().fields() {
        let schema = match field.column_type {
            ColumnType::Bool => json!({ "type": "boolean" }),
            ColumnType::Int => json!({ "type": "integer" }),
            ColumnType::Float => json!({ "type": "number" }),
            ColumnType::Date => json!({ "type": "string", "format": "date" }),
            ColumnType::DateTime => json!({ "type": "string", "format": "date-time" }),
            _ => json!({ "type": "string" }),
        };
        properties.insert(field.name.clone(), schema);
    }
    let document = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": origin.url(format!("/collections/{id}/queryables")),
        "type": "object",
        "title": layer.info().metadata.title,
        "properties": properties,
        "additionalProperties": false,
    });
    Ok(([(axum::http::header::CONTENT_TYPE, "application/schema+json")], Json(document)))
}

fn describe(layer: &LayerSnapshot, origin: &Origin) -> Collection {
    let info = layer.info();
    let id = info.name.as_str();
    let metadata = &info.metadata;
    let sentences = [&metadata.source, &metadata.quality, &metadata.licence];
    let description = sentences.into_iter().filter(|text| !text.is_empty()).cloned().collect::<Vec<_>>().join(" · ");
    let bounds = info.bounds;
    let extent = (!bounds.is_empty()).then(|| Extent {
        spatial: SpatialExtent {
            bbox: vec![[bounds.min[0], bounds.min[1], bounds.max[0], bounds.max[1]]],
            crs: CRS84.to_owned(),
        },
    });
    Collection {
        id: id.to_owned(),
        title: if metadata.title.is_empty() { id.to_owned() } else { metadata.title.clone() },
        description,
        extent,
        item_type: "feature".to_owned(),
        crs: vec![CRS84.to_owned()],
        storage_crs: CRS84.to_owned(),
        links: vec![
            Link::new(origin.url(format!("/collections/{id}")), "self", "application/json"),
            Link::new(origin.url(format!("/collections/{id}/items")), "items", "application/geo+json"),
            Link::new(
                origin.url(format!("/collections/{id}/queryables")),
                "http://www.opengis.net/def/rel/ogc/1.0/queryables",
                "application/schema+json",
            ),
            Link::new(
                origin.url(format!("/tiles/{id}.json")),
                "http://www.opengis.net/def/rel/ogc/1.0/tilesets-vector",
                "application/json",
            ),
        ],
    }
}
