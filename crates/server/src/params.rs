//! Query parameters: every one is known, given once and well formed, or the answer names it.

use crate::error::ApiError;
use axum::extract::{FromRequestParts, Query};
use axum::http::request::Parts;
use std::str::FromStr;
use urbis_model::{Bbox, LonLat};

/// The parameters of a request, in order.
#[derive(Debug)]
pub(crate) struct Params(Vec<(String, String)>);

impl<S: Send + Sync> FromRequestParts<S> for Params {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let query = Query::<Vec<(String, String)>>::from_request_parts(parts, state).await;
        let Query(pairs) =
            query.map_err(|error| ApiError::parameter("query", error.to_string(), "name=value&…, percent-encoded UTF-8"))?;
        Ok(Self(pairs))
    }
}

impl Params {
    /// Refuses parameters that the route does not know (OGC 17-069r4, requirement 8) or that are given twice.
    pub(crate) fn only(&self, known: &[&str]) -> Result<(), ApiError> {
        for (index, (name, _)) in self.0.iter().enumerate() {
            if !known.contains(&name.as_str()) {
                return Err(ApiError::parameter("query", format!("there is no parameter {name:?} here"), known.join(", ")));
            }
            if self.0[..index].iter().any(|(earlier, _)| earlier == name) {
                return Err(ApiError::parameter("query", format!("parameter {name:?} is given twice"), "each parameter once"));
            }
        }
        Ok(())
    }

    /// A parameter's text, if given.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(given, _)| given == name).map(|(_, value)| value.as_str())
    }

    /// A parameter parsed, if given.
    pub(crate) fn parsed<T: FromStr>(&self, name: &'static str, accepted: &str) -> Result<Option<T>, ApiError> {
        self.text(name)
            .map(|text| text.parse().map_err(|_| ApiError::parameter(name, format!("{text:?} can't be read"), accepted)))
            .transpose()
    }

    /// A finite length in metres, 0 ..= `most`.
    pub(crate) fn metres(&self, name: &'static str, most: f64) -> Result<Option<f64>, ApiError> {
        let accepted = format!("metres, 0 to {most}");
        let Some(value) = self.parsed::<f64>(name, &accepted)? else { return Ok(None) };
        if (0.0..=most).contains(&value) {
            Ok(Some(value))
        } else {
            Err(ApiError::parameter(name, format!("{value} is out of range"), accepted))
        }
    }

    /// `bbox=west,south,east,north`.
    pub(crate) fn bbox(&self) -> Result<Option<Bbox>, ApiError> {
        const ACCEPTED: &str = "west,south,east,north in degrees, or with heights west,south,low,east,north,high; west > east crosses the antimeridian";
        let Some(text) = self.text("bbox") else { return Ok(None) };
        // OGC 17-069r4, 7.15.3: six numbers have heights, by which nothing is selected here.
        let flat = numbers::<6>(text).map(|[west, south, _, east, north, _]| [west, south, east, north]);
        let corners = numbers::<4>(text).or(flat);
        let [west, south, east, north] =
            corners.ok_or_else(|| ApiError::parameter("bbox", format!("{text:?} is not four or six numbers"), ACCEPTED))?;
        Bbox::from_degrees(west, south, east, north)
            .map(Some)
            .map_err(|error| ApiError::parameter("bbox", crate::error::chain(&error), ACCEPTED))
    }

    /// `name=lon,lat`.
    pub(crate) fn position(&self, name: &'static str) -> Result<Option<LonLat>, ApiError> {
        const ACCEPTED: &str = "lon,lat in degrees, longitude first";
        let Some(text) = self.text(name) else { return Ok(None) };
        let [lon, lat] =
            numbers::<2>(text).ok_or_else(|| ApiError::parameter(name, format!("{text:?} is not two numbers"), ACCEPTED))?;
        LonLat::from_degrees(lon, lat).map(Some).map_err(|error| ApiError::parameter(name, error.to_string(), ACCEPTED))
    }
}

fn numbers<const N: usize>(text: &str) -> Option<[f64; N]> {
    let parsed: Option<Vec<f64>> = text.split(',').map(|part| part.trim().parse().ok()).collect();
    parsed?.try_into().ok()
}

impl Params {
    /// The same with one parameter set anew.
    pub(crate) fn and(&self, name: &str, value: &str) -> Self {
        let kept = self.0.iter().filter(|(given, _)| given != name).cloned();
        Self(kept.chain([(name.to_owned(), value.to_owned())]).collect())
    }

    /// The query string again, with one parameter set anew; an empty name sets none.
    pub(crate) fn with(&self, name: &str, value: &str) -> String {
        let kept = self.0.iter().filter(|(given, _)| given != name).map(|(given, value)| (given.as_str(), value.as_str()));
        let added = (!name.is_empty()).then_some((name, value));
        kept.chain(added).map(|(name, value)| format!("{}={}", escape(name), escape(value))).collect::<Vec<_>>().join("&")
    }
}

fn escape(text: &str) -> String {
    // Unreserved characters (RFC 3986 section 2.3) and the comma, which is read as itself in a query.
    text.bytes().fold(String::new(), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~,".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
        out
    })
}
