//! Keeping a tile below its byte budget by leaving out whole, least important features.

use super::{EncodedLayer, by_importance};
use crate::prepare::TileLayer;

/// The most bytes of a tile after gzip (the planetiler and tippecanoe convention of 500 KB).
const MAX_GZIP_BYTES: usize = 500_000;

/// The share of the features' bytes that may stay, none when the tile fits. Below 1.
///
/// Gzip's size is bounded from above by the bytes' order-0 entropy, near enough: its Huffman stage reaches that, and
/// repeats only make it smaller. So no compressor runs here, and the answer does not hang on a zlib version.
pub(super) fn share_to_keep(bytes: &[u8]) -> Option<f64> {
    if bytes.len() <= MAX_GZIP_BYTES {
        return None;
    }
    let gzip_bytes = entropy_bytes(bytes);
    (gzip_bytes > MAX_GZIP_BYTES as f64).then(|| 0.98 * MAX_GZIP_BYTES as f64 / gzip_bytes)
}

/// The positions of a layer's most important features that make up this share of its feature bytes, ascending.
pub(super) fn most_important(encoded: &EncodedLayer, layer: &TileLayer, share: f64) -> Vec<u32> {
    let total: u64 = encoded.spans.iter().map(|span| u64::from(span.1)).sum();
    let allowed = (total as f64 * share) as u64;
    let mut spans = encoded.spans.clone();
    spans.sort_unstable_by(|a, b| by_importance(layer, a.0, b.0));
    let mut used = 0;
    let kept = spans.iter().take_while(|span| {
        used += u64::from(span.1);
        used <= allowed
    });
    let mut kept: Vec<u32> = kept.map(|span| span.0).collect();
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
