//! One error for the edge: a short message out, the chain to the log.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use std::error::Error as StdError;
use urbis_wire::Problem;

/// What a request is refused or failed with.
#[derive(Clone, Debug)]
pub(crate) struct ApiError {
    status: StatusCode,
    detail: String,
    parameter: Option<&'static str>,
    accepted: Option<String>,
}

impl ApiError {
    /// The request is wrong in one parameter.
    pub(crate) fn parameter(parameter: &'static str, detail: impl Into<String>, accepted: impl Into<String>) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            detail: detail.into(),
            parameter: Some(parameter),
            accepted: Some(accepted.into()),
        }
    }

    /// A status with a reason.
    pub(crate) fn status(status: StatusCode, detail: impl Into<String>) -> Self {
        Self { status, detail: detail.into(), parameter: None, accepted: None }
    }

    /// Nothing of this name is here.
    pub(crate) fn not_found(parameter: &'static str, detail: impl Into<String>, accepted: impl Into<String>) -> Self {
        Self { status: StatusCode::NOT_FOUND, ..Self::parameter(parameter, detail, accepted) }
    }

    /// More work is waiting than the machine should take on.
    pub(crate) fn busy() -> Self {
        Self::status(StatusCode::SERVICE_UNAVAILABLE, "too many requests are being worked on; try again in a second")
    }

    /// An archive that is served is damaged: logged, and told.
    pub(crate) fn archive(error: &(dyn StdError + 'static)) -> Self {
        let detail = chain(error);
        tracing::error!(error = %detail, "a served archive is damaged");
        Self::status(StatusCode::BAD_GATEWAY, detail)
    }

    /// Our own failure: the chain is logged here, once, and not told.
    pub(crate) fn internal(error: &(dyn StdError + 'static)) -> Self {
        tracing::error!(error = %chain(error), "request failed");
        Self::status(StatusCode::INTERNAL_SERVER_ERROR, "the server failed on this request; its log says why")
    }
}

/// An error and its causes in one line.
pub(crate) fn chain(error: &(dyn StdError + 'static)) -> String {
    let mut line = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        line.push_str(": ");
        line.push_str(&error.to_string());
        cause = error.source();
    }
    line
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let Self { status, detail, parameter, accepted } = self;
        let body = Problem {
            r#type: "about:blank".to_owned(),
            title: status.canonical_reason().unwrap_or("error").to_owned(),
            status: status.as_u16(),
            detail,
            parameter: parameter.map(str::to_owned),
            accepted,
        };
        let mut response = (status, axum::Json(body)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}
