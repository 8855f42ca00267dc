//! H3 cells of positions and areas, and their outlines on the map.

mod map;
mod outline;

pub use h3o::{CellIndex, Resolution};
use h3o::{
    LatLng,
    geom::{ContainmentMode, TilerBuilder},
};
pub use map::CellMap;
pub use outline::outline;
use thiserror::Error;
use urbis_model::LonLat;

/// The most cells that one area is covered with: some 100 MB; a district at resolution 11 needs 600,000.
pub const MAX_COVER_CELLS: usize = 4_000_000;

/// Why an area can't be covered with cells.
#[derive(Clone, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum CoverError {
    /// The rings are no polygon to H3.
    #[error("the polygon can't be covered with cells: {reason}")]
    Polygon {
        /// What H3 says.
        reason: String,
    },
    /// The cells are no set of one resolution.
    #[error("the cells can't be compacted: {reason}")]
    Mixed {
        /// What H3 says.
        reason: String,
    },
    /// Too many cells.
    #[error("at resolution {resolution} the area needs about {cells} cells, more than {MAX_COVER_CELLS}; ask for a coarser one")]
    TooMany {
        /// The resolution asked for.
        resolution: Resolution,
        /// An upper estimate.
        cells: usize,
    },
}

/// The cell that holds a position.
pub fn cell_at(position: LonLat, resolution: Resolution) -> CellIndex {
    // LonLat is finite and in range, so H3's only refusal (a value that is not finite) can't come.
    LatLng::new(position.lat_deg(), position.lon_deg()).expect("a LonLat is finite").to_cell(resolution)
}

/// Every cell that shares a point with a polygon, sorted. Rings as in the model: degrees, closed, exterior first.
///
/// # Errors
/// [`CoverError`] when H3 takes the rings for no polygon, or the cells would be too many.
pub fn cover<'a>(mut rings: impl Iterator<Item = &'a [[f64; 2]]>, resolution: Resolution) -> Result<Vec<CellIndex>, CoverError> {
    let ring = |ring: &[[f64; 2]]| geo::LineString::from(ring.to_vec());
    let exterior = rings.next().map_or_else(|| geo::LineString::new(Vec::new()), ring);
    let polygon = geo::Polygon::new(exterior, rings.map(ring).collect());
    let mut tiler = TilerBuilder::new(resolution)
        .containment_mode(ContainmentMode::Covers)
        // Stored shapes are cut at the antimeridian, so a wide one is truly wide.
        .disable_transmeridian_heuristic()
        .build();
    tiler.add(polygon).map_err(|refusal| CoverError::Polygon { reason: refusal.to_string() })?;
    let cells = tiler.coverage_size_hint();
    if cells > MAX_COVER_CELLS {
        return Err(CoverError::TooMany { resolution, cells });
    }
    let mut cells: Vec<CellIndex> = tiler.into_coverage().collect();
    cells.sort_unstable();
    cells.dedup();
    Ok(cells)
}

/// The same cells with each full set of siblings replaced by their parent, as often as it goes: far fewer to store or send.
///
/// The outlines don't add up to the same area, for children stick out of their parents: a compacted cover finds candidates
/// (see [`CellMap::candidates`]), it covers no more.
///
/// # Errors
/// [`CoverError::Mixed`] when a cell comes twice or the cells are of several resolutions.
pub fn compact(mut cells: Vec<CellIndex>) -> Result<Vec<CellIndex>, CoverError> {
    CellIndex::compact(&mut cells).map_err(|refusal| CoverError::Mixed { reason: refusal.to_string() })?;
    Ok(cells)
}

#[cfg(test)]
mod tests;
