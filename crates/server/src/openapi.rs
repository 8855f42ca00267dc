//! The API described: OpenAPI 3.1 at `/api`, a page to try it at `/docs`.

use crate::routes::{analysis, catalog, cells, changes, collections, items, tiles};
use crate::state::AppState;
use axum::http::header::CONTENT_TYPE;
use axum::routing::get;
use axum::{Json, Router};
use utoipa::OpenApi;
use utoipa_swagger_ui::SwaggerUi;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "urbis",
        description = "A city's layers as vector tiles, features and answers. 城市空间数据接口。",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    paths(
        catalog::catalog,
        catalog::health,
        catalog::metrics,
        tiles::tilejson,
        tiles::tile,
        cells::cells,
        cells::tile,
        analysis::grids,
        analysis::search,
        analysis::buffer,
        collections::landing,
        collections::conformance,
        collections::collections,
        collections::collection,
        collections::queryables,
        changes::changes,
        items::items,
        items::item,
    ),
    components(schemas(urbis_wire::changes::ChangeProperties))
)]
struct Api;

/// Media type of an OpenAPI 3.1 document as JSON.
pub(crate) const MEDIA_TYPE: &str = "application/vnd.oai.openapi+json;version=3.1";

pub(crate) fn routes() -> Router<AppState> {
    Router::new()
        .route("/api", get(async || ([(CONTENT_TYPE, MEDIA_TYPE)], Json(Api::openapi()))))
        .merge(Router::from(SwaggerUi::new("/docs").url("/api/openapi.json", Api::openapi())))
}
