//! Which path leads to which room, and what every request passes.

use crate::error::ApiError;
use crate::front::Repeatable;
use crate::routes::{analysis, catalog, cells, changes, collections, items, joins, overlays, tiles, zones};
use crate::state::AppState;
use crate::{openapi, page};
use axum::Router;
use axum::body::Body;
use axum::extract::{MatchedPath, Request};
use axum::http::{Extensions, HeaderMap, HeaderValue, Method, StatusCode, Version, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use std::time::Instant;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{DefaultPredicate, Predicate};
use tower_http::cors::{Any, CorsLayer};
use tower_http::limit::RequestBodyLimitLayer;

/// The longest address of a request. A drawn polygon of a thousand vertices fits; what is longer is refused (414).
const MAX_URI_BYTES: usize = 48 * 1024;
/// The longest body of a request; no route here takes one, so this only stops who sends one all the same.
const MAX_BODY_BYTES: usize = 64 * 1024;

pub(crate) fn router(state: AppState) -> Router {
    // Tiles are packed by their own route: their coding is part of their ETag.
    let is_left_to_us =
        |_: StatusCode, _: Version, _: &HeaderMap, extensions: &Extensions| extensions.get::<Repeatable>().is_none();
    let coded_here = DefaultPredicate::new().and(is_left_to_us);
    let cors = CorsLayer::new()
        .allow_origin(Any)
        .allow_methods([Method::GET, Method::HEAD, Method::OPTIONS])
        .allow_headers(Any)
        .expose_headers([header::ETAG, header::LINK, header::RETRY_AFTER]);
    Router::new()
        .route("/", get(page::index))
        .route("/assets/{*path}", get(page::asset))
        .route("/privacy", get(page::privacy))
        .route("/health", get(catalog::health))
        .route("/metrics", get(catalog::metrics))
        .route("/catalog", get(catalog::catalog))
        .route("/tiles/{layers}", get(tiles::tilejson))
        .route(tiles::ROUTE, get(tiles::tile))
        .route("/cells/{layer}/{resolution}", get(cells::cells))
        .route("/cells/{layer}/{resolution}/{z}/{x}/{y}", get(cells::tile))
        .route("/grids/{layer}/{level}", get(analysis::grids))
        .route("/zones/{layer}/{zones}", get(zones::zones))
        .route("/search", get(analysis::search))
        .route("/buffer", get(analysis::buffer))
        .route("/conformance", get(collections::conformance))
        .route("/collections", get(collections::collections))
        .route("/collections/{id}", get(collections::collection))
        .route("/collections/{id}/queryables", get(collections::queryables))
        .route("/collections/{id}/changes", get(changes::changes))
        .route("/collections/{id}/join/{other}", get(joins::join))
        .route("/collections/{id}/overlay/{other}", get(overlays::overlay))
        .route("/collections/{id}/items", get(items::items))
        .route("/collections/{id}/items/{fid}", get(items::item))
        .merge(openapi::routes())
        .fallback(async || ApiError::status(StatusCode::NOT_FOUND, "there is nothing here; /docs lists what there is"))
        .method_not_allowed_fallback(async || ApiError::status(StatusCode::METHOD_NOT_ALLOWED, "this path answers GET and HEAD"))
        .with_state(state)
        .layer(CompressionLayer::new().compress_when(coded_here))
        .layer(RequestBodyLimitLayer::new(MAX_BODY_BYTES))
        .layer(middleware::from_fn(observe))
        .layer(cors)
        .layer(CatchPanicLayer::custom(|_| {
            ApiError::status(StatusCode::INTERNAL_SERVER_ERROR, "the server failed on this request; its log says why")
                .into_response()
        }))
}

/// Refuses over-long addresses, counts, times and logs.
async fn observe(request: Request, next: Next) -> Response {
    let length = request.uri().path_and_query().map_or(0, |address| address.as_str().len());
    if length > MAX_URI_BYTES {
        let detail = format!("the address has {length} bytes, more than {MAX_URI_BYTES}; simplify the shape or the filter");
        return ApiError::status(StatusCode::URI_TOO_LONG, detail).into_response();
    }
    let started = Instant::now();
    let method = request.method().clone();
    let path = request.uri().path().to_owned();
    // The template, not the path: a label per tile would fill the memory of whoever scrapes this.
    let route = request.extensions().get::<MatchedPath>().map_or("unmatched".to_owned(), |path| path.as_str().to_owned());
    let mut response: Response<Body> = next.run(request).await;
    // Of these two the layers above the routes know only the status.
    response = match response.status() {
        StatusCode::NOT_ACCEPTABLE => {
            ApiError::status(StatusCode::NOT_ACCEPTABLE, "Accept-Encoding refuses gzip, br, zstd and identity").into_response()
        }
        StatusCode::PAYLOAD_TOO_LARGE => {
            ApiError::status(StatusCode::PAYLOAD_TOO_LARGE, format!("a body has at most {MAX_BODY_BYTES} bytes")).into_response()
        }
        _ => response,
    };
    let elapsed = started.elapsed();
    let status = response.status();
    metrics::counter!("urbis_http_requests_total", "route" => route.clone(), "status" => status.as_u16().to_string())
        .increment(1);
    metrics::histogram!("urbis_http_request_seconds", "route" => route).record(elapsed.as_secs_f64());
    if status.is_server_error() {
        tracing::warn!(%method, path, status = status.as_u16(), ms = elapsed.as_millis(), "request");
    } else {
        tracing::debug!(%method, path, status = status.as_u16(), ms = elapsed.as_millis(), "request");
    }
    response.headers_mut().insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}
