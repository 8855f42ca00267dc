//! The API described: OpenAPI 3.1 at `/api`, a page to try it at `/docs`.

use crate::routes::{analysis, catalog, cells, changes, collections, items, joins, overlays, tiles, zones};
use crate::state::AppState;
use axum::http::HeaderMap;
use axum::http::header::{ACCEPT, CONTENT_TYPE};
use axum::response::IntoResponse;
use axum::routing::get;
use axum::{Json, Router};
use utoipa::openapi::{ContentBuilder, Ref, ResponseBuilder};
use utoipa::{Modify, OpenApi};
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
        zones::zones,
        collections::landing,
        collections::conformance,
        collections::collections,
        collections::collection,
        collections::queryables,
        changes::changes,
        joins::join,
        overlays::overlay,
        items::items,
        items::item,
    ),
    components(schemas(urbis_wire::changes::ChangeProperties, urbis_wire::Problem)),
    modifiers(&Problems)
)]
struct Api;

/// Every route answers what it can't do with a problem, whatever the status.
struct Problems;

impl Modify for Problems {
    fn modify(&self, api: &mut utoipa::openapi::OpenApi) {
        let content = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
        let problem = ResponseBuilder::new()
            .description("what is wrong, in which parameter, and what is accepted (RFC 9457)")
            .content("application/problem+json", content)
            .build();
        for operation in api.paths.paths.values_mut().filter_map(|path| path.get.as_mut()) {
            operation.responses.responses.insert("default".to_owned(), problem.clone().into());
        }
    }
}

/// Media type of an OpenAPI 3.1 document as JSON.
pub(crate) const MEDIA_TYPE: &str = "application/vnd.oai.openapi+json;version=3.1";

pub(crate) fn routes() -> Router<AppState> {
    Router::new()
        .route("/api", get(document))
        .merge(Router::from(SwaggerUi::new("/docs").url("/api/openapi.json", Api::openapi())))
}

async fn document(headers: HeaderMap) -> impl IntoResponse {
    let names = |wanted: &str| {
        let mut accepted = headers.get_all(ACCEPT).iter().filter_map(|accepted| accepted.to_str().ok());
        accepted.any(|accepted| accepted.contains(wanted))
    };
    // GDAL asks for JSON and takes nothing else; who asks for this version of OpenAPI gets it by name.
    let plain = names("application/json") && !names("openapi+json;version=3.1");
    ([(CONTENT_TYPE, if plain { "application/json" } else { MEDIA_TYPE })], Json(Api::openapi()))
}
