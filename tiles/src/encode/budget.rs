//! Keeping a tile below its byte budget by leaving out whole, least important features.

use super::{Cancelled, Draft, Importance};
use crate::archive::gzip;

/// The most bytes of a tile after gzip (the planetiler and tippecanoe convention of 500 KB).
const MAX_GZIP_BYTES: usize = 500_000;
/// What deflate may take beyond the entropy: code lengths are whole bits, and blocks have headers.
const DEFLATE_OVERHEAD: f64 = 1.02;

/// The share of the features' bytes that may stay, none when the tile fits. Below 1.
///
/// Gzip's size is bounded from above by the bytes' order-0 entropy, near enough: its Huffman stage reaches that, and
/// repeats only make it smaller. What passes by that bound is not compressed here; what does not may still fit, so that
/// then the compressor itself is asked, the one that packs archives.
///
/// # Errors
/// [`Cancelled`], asked before the compressor is.
pub(super) fn share_to_keep(bytes: &[u8], cancelled: &dyn Fn() -> bool) -> Result<Option<f64>, Cancelled> {
    if bytes.len() <= MAX_GZIP_BYTES || entropy_bytes(bytes) * DEFLATE_OVERHEAD <= MAX_GZIP_BYTES as f64 {
        return Ok(None);
    }
    if cancelled() {
        return Err(Cancelled);
    }
    let gzip_bytes = gzip(bytes).len();
    Ok((gzip_bytes > MAX_GZIP_BYTES).then(|| 0.98 * MAX_GZIP_BYTES as f64 / gzip_bytes as f64))
}

/// A feature that takes more than this part of what is allowed is left out alone; those after it may stay.
const GIANT_PART: u64 = 8;

/// The positions of a layer's most important features that make up this share of its feature bytes, ascending. The
/// first always stays, so that a layer never vanishes: where it is too large alone, [`super`] draws it with fewer
/// vertices.
pub(super) fn most_important(draft: &Draft<'_>, importance: Importance<'_>, share: f64) -> Vec<u32> {
    let total: u64 = draft.spans.iter().map(|span| u64::from(span.1)).sum();
    let allowed = (total as f64 * share) as u64;
    let mut spans = draft.spans.clone();
    spans.sort_unstable_by(|a, b| importance.compare(a.0, b.0));
    let mut used = 0;
    let mut kept: Vec<u32> = Vec::with_capacity(spans.len());
    for (position, len) in spans {
        let len = u64::from(len);
        if kept.is_empty() || used + len <= allowed {
            used += len;
            kept.push(position);
        } else if len * GIANT_PART < allowed {
            break;
        }
    }
    kept.sort_unstable();
    kept
}

fn entropy_bytes(bytes: &[u8]) -> f64 {
    let mut counts = [0u32; 256];
    for byte in bytes {
        counts[usize::from(*byte)] += 1;
    }
    let total = bytes.len() as f64;
    let bits = |count: u32| f64::from(count) * (total / f64::from(count)).log2();
    counts.iter().filter(|count| **count > 0).map(|count| bits(*count)).sum::<f64>() / 8.0
}
