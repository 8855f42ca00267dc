//! Where the client reached the server: links are absolute, since QGIS (issue 58089) and GDAL do not follow relative ones.

use axum::extract::FromRequestParts;
use axum::http::header::HOST;
use axum::http::request::Parts;
use std::convert::Infallible;

/// Scheme and authority that the request was made to, as in `https://map.example:8443`; empty when it names no host, so
/// that links are relative then.
#[derive(Clone, Debug)]
pub(crate) struct Origin(String);

impl<S: Send + Sync> FromRequestParts<S> for Origin {
    type Rejection = Infallible;

    /// A proxy that ends TLS says so by `X-Forwarded-Proto`, and passes `Host` on.
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let text = |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok());
        let scheme = text("x-forwarded-proto").filter(|scheme| *scheme == "https").unwrap_or("http");
        let is_authority = |host: &&str| host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-:[]_".contains(&byte));
        let host = text(HOST.as_str()).filter(|host| !host.is_empty()).filter(is_authority);
        Ok(Self(host.map_or(String::new(), |host| format!("{scheme}://{host}"))))
    }
}

impl Origin {
    /// The address of a path that begins with a slash.
    pub(crate) fn url(&self, path: impl AsRef<str>) -> String {
        format!("{}{}", self.0, path.as_ref())
    }
}
