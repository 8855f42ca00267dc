//! The browser page and the fixed pages.

use crate::conditional::unchanged;
use crate::error::ApiError;
use crate::origin::Origin;
use crate::routes::collections;
use crate::state::AppState;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};

/// The page as `viewer/web` builds it; empty in a build without Node.
#[derive(rust_embed::RustEmbed)]
#[folder = "../../viewer/web/dist"]
#[allow_missing = true]
struct Page;

/// `GET /`: the planner's page for whoever reads HTML, the landing page of the API for a program that asks for JSON.
pub(crate) async fn index(state: State<AppState>, origin: Origin, headers: HeaderMap) -> Response {
    let accepted = headers.get(header::ACCEPT).and_then(|accepted| accepted.to_str().ok()).unwrap_or("text/html");
    if accepted.contains("json") && !accepted.contains("text/html") {
        return collections::landing(state, origin).await.into_response();
    }
    match Page::get("index.html") {
        Some(_) => {
            // Its tiles are asked for as soon as it has loaded; the largest layer takes longest.
            let mut layers = state.city.layers();
            layers.sort_by_key(|layer| std::cmp::Reverse(layer.info().count));
            state.tiles.prepare_ahead(layers.iter().map(|layer| state.tiled(layer)));
            file("index.html", &headers)
        }
        None => Html(include_str!("pages/unbuilt.html")).into_response(),
    }
}

/// `GET /assets/…`: what the page loads.
pub(crate) async fn asset(Path(path): Path<String>, headers: HeaderMap) -> Response {
    file(&format!("assets/{path}"), &headers)
}

/// `GET /privacy`: what this platform does not hold.
pub(crate) async fn privacy() -> Html<&'static str> {
    Html(include_str!("pages/privacy.html"))
}

fn file(path: &str, headers: &HeaderMap) -> Response {
    let Some(file) = Page::get(path) else {
        return ApiError::status(StatusCode::NOT_FOUND, format!("the page has no file {path:?}")).into_response();
    };
    let digest: String = file.metadata.sha256_hash()[..12].iter().map(|byte| format!("{byte:02x}")).collect();
    // Weak: the bytes may be packed on their way.
    let etag = HeaderValue::from_str(&format!("W/\"{digest}\"")).unwrap_or_else(|_| HeaderValue::from_static("\"\""));
    // Files of the build have their content's hash in their name; the page itself has not.
    let cache = if path == "index.html" { "no-cache" } else { "public, max-age=31536000, immutable" };
    let validators = [
        (header::ETAG, etag.clone()),
        (header::CACHE_CONTROL, HeaderValue::from_static(cache)),
        (header::VARY, HeaderValue::from_static("accept, accept-encoding")),
    ];
    if unchanged(headers, &etag) {
        return (StatusCode::NOT_MODIFIED, validators).into_response();
    }
    let mut response = (validators, file.data.into_owned()).into_response();
    if let Ok(media_type) = HeaderValue::from_str(file.metadata.mimetype()) {
        response.headers_mut().insert(header::CONTENT_TYPE, media_type);
    }
    response
}
