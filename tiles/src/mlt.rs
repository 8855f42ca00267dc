//! MapLibre Tiles (MLT, version 1) made of finished Mapbox Vector Tiles: the same layers, features, ids, attributes and shapes, in columns.
//!
//! Specification: <https://maplibre.org/maplibre-tile-spec/specification/>; the encoder is the MapLibre project's own, `mlt-core`.
//! Features keep their order, since that is the order in which they are drawn. What MLT 1 has no place for is left out: how many
//! features a tile dropped (extension field 1001 of its layers).

use mlt_core::encoder::EncoderConfig;
use mlt_core::mvt::mvt_to_tile_layers;
use thiserror::Error;

/// Why a tile has no MLT form: it is no MVT, or a value of it does not fit.
#[derive(Debug, Error)]
#[error("the tile can't be written as a MapLibre Tile")]
pub struct MltError(#[source] mlt_core::MltError);

/// The MLT of a tile that [`crate::encode()`] made; empty for an empty one. Takes a few times the tile's bytes of memory.
///
/// Tiles of others may mix the types of an attribute's values, which MLT's columns can't: the encoder makes text of them.
///
/// # Errors
/// [`MltError`] for what is no MVT.
pub fn mlt_from_mvt(mvt: &[u8]) -> Result<Vec<u8>, MltError> {
    let config = EncoderConfig::default().with_spatial_morton_sort(false).with_spatial_hilbert_sort(false).with_id_sort(false);
    let mut mlt = Vec::new();
    for layer in mvt_to_tile_layers(mvt).map_err(MltError)? {
        mlt.extend(layer.encode(config).map_err(MltError)?);
    }
    Ok(mlt)
}

#[cfg(test)]
mod tests;
