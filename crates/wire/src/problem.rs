//! Errors as bodies.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// An error body, `application/problem+json` (RFC 9457), that names the parameter and what would be accepted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Problem {
    /// What kind of problem: `about:blank`, for which the status says all (RFC 9457 section 4.2.1).
    pub r#type: String,
    /// The status in words.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What is wrong with this request and what to do.
    pub detail: String,
    /// The parameter at fault.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parameter: Option<String>,
    /// What the parameter accepts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accepted: Option<String>,
}
