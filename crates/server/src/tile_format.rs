//! What a vector tile is written as: chosen by `Accept`, part of the ETag.

use crate::error::ApiError;
use crate::routes::tiles::MEDIA_TYPE as MVT;
use axum::http::{HeaderMap, header};

/// Media types of a MapLibre Tile. None is registered: clients and servers began with the longer one, the MapLibre project means to
/// register the shorter one (<https://github.com/maplibre/maplibre-tile-spec/issues/536>).
const MLT: [&str; 2] = ["application/vnd.maplibre-tile", "application/vnd.maplibre-vector-tile"];

/// A form of vector tiles.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum TileFormat {
    /// Mapbox Vector Tile 2.1.
    Mvt,
    /// MapLibre Tile 1, under the name that it was asked for by.
    Mlt(&'static str),
}

impl TileFormat {
    /// MLT where the client names it and does not name MVT with a greater weight (RFC 9110 section 12.5.1); else MVT, also for a
    /// client that takes neither, as the RFC allows.
    pub(crate) fn negotiate(headers: &HeaderMap) -> Self {
        let mut mvt_weight = 0.0;
        let mut best = (Self::Mvt, 0.0);
        let listed = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
        for entry in listed.flat_map(|value| value.split(',')) {
            let mut parts = entry.split(';').map(str::trim);
            let name = parts.next().unwrap_or_default();
            let weight = parts.find_map(|part| part.strip_prefix("q=").or(part.strip_prefix("Q=")));
            let weight = weight.map_or(1.0, |q| q.parse::<f32>().unwrap_or(0.0));
            if name.eq_ignore_ascii_case(MVT) {
                mvt_weight = weight;
            }
            if let Some(media_type) = MLT.into_iter().find(|media_type| name.eq_ignore_ascii_case(media_type))
                && weight > best.1
            {
                best = (Self::Mlt(media_type), weight);
            }
        }
        if best.1 >= mvt_weight { best.0 } else { Self::Mvt }
    }

    /// Whether it is MLT, under whichever name: the bytes are the same.
    pub(crate) fn is_mlt(self) -> bool {
        self != Self::Mvt
    }

    /// A tile in this form.
    ///
    /// # Errors
    /// 500 for what is no MVT.
    pub(crate) fn of_mvt(self, mvt: Vec<u8>) -> Result<Vec<u8>, ApiError> {
        match self {
            Self::Mvt => Ok(mvt),
            Self::Mlt(_) => urbis_tiles::mlt::mlt_from_mvt(&mvt).map_err(|error| ApiError::internal(&error)),
        }
    }

    /// Its name in `Content-Type`.
    pub(crate) fn media_type(self) -> &'static str {
        match self {
            Self::Mvt => MVT,
            Self::Mlt(media_type) => media_type,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn maplibre_tiles_go_to_whoever_names_them() {
        let [short, long] = MLT.map(TileFormat::Mlt);
        for (accepted, expected) in [
            ("", TileFormat::Mvt),
            ("*/*", TileFormat::Mvt),
            ("application/*", TileFormat::Mvt),
            ("application/vnd.mapbox-vector-tile", TileFormat::Mvt),
            ("image/png", TileFormat::Mvt),
            ("application/vnd.maplibre-tile", short),
            ("application/vnd.maplibre-vector-tile", long),
            ("Application/Vnd.MapLibre-Vector-Tile, */*;q=0.1", long),
            ("application/vnd.maplibre-tile;q=0.5, application/vnd.maplibre-vector-tile", long),
            ("application/vnd.mapbox-vector-tile, application/vnd.maplibre-tile", short),
            ("application/vnd.mapbox-vector-tile, application/vnd.maplibre-tile; q=0.9", TileFormat::Mvt),
            ("application/vnd.maplibre-tile;q=0", TileFormat::Mvt),
            ("application/vnd.maplibre-tile;q=much", TileFormat::Mvt),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT, accepted.parse().unwrap());
            assert_eq!(TileFormat::negotiate(&headers), expected, "{accepted:?}");
        }
    }
}
