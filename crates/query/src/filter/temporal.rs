//! Dates and instants in the one spelling that columns hold, in which text order is time order.

use super::FilterError;

/// `YYYY-MM-DD`.
pub(super) fn canonical_date(text: &str) -> Result<String, FilterError> {
    let refused = || FilterError::Time { text: text.to_owned(), expected: "date YYYY-MM-DD" };
    let date: jiff::civil::Date = text.parse().map_err(|_| refused())?;
    // jiff also reads other forms of ISO 8601; a column holds this one.
    if text.len() == 10 { Ok(date.to_string()) } else { Err(refused()) }
}

/// `YYYY-MM-DDThh:mm:ss.sssZ`, cut to milliseconds.
pub(super) fn canonical_instant(text: &str) -> Result<String, FilterError> {
    let refused = || FilterError::Time { text: text.to_owned(), expected: "timestamp with its offset, as 2026-11-23T08:00:00Z" };
    let instant: jiff::Timestamp = text.parse().map_err(|_| refused())?;
    Ok(instant.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string())
}
