//! Conditional requests: what the client holds already is not sent again.

use axum::http::{HeaderMap, HeaderValue, header};

/// Whether the client holds it already (RFC 9110 section 13.1.2, weak comparison).
pub(crate) fn unchanged(headers: &HeaderMap, etag: &HeaderValue) -> bool {
    let given = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    let mut entries = given.flat_map(|value| value.split(','));
    entries.any(|entry| {
        let entry = entry.trim();
        entry == "*" || opaque(entry.as_bytes()) == opaque(etag.as_bytes())
    })
}

/// The tag without its mark of weakness.
fn opaque(tag: &[u8]) -> &[u8] {
    tag.strip_prefix(b"W/").unwrap_or(tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_found_in_every_form_that_clients_send_it() {
        let etag = HeaderValue::from_static("\"a-gzip\"");
        for (given, expected) in [
            ("\"a-gzip\"", true),
            ("W/\"a-gzip\"", true),
            ("\"b\", \"a-gzip\"", true),
            ("*", true),
            ("\"b\"", false),
            ("a-gzip", false),
            ("", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::IF_NONE_MATCH, given.parse().unwrap());
            assert_eq!(unchanged(&headers, &etag), expected, "{given}");
        }
    }
}
