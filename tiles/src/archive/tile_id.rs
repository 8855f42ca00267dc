//! The number of a tile in an archive: all tiles of lower zooms, then its place on its zoom's Hilbert curve (PMTiles 3,
//! section 4.1; Hilbert 1891).

use urbis_model::TileCoord;

/// The number of the first tile of a zoom: 1 + 4 + 16 + … of the zooms before.
pub fn first_of_zoom(zoom: u8) -> u64 {
    ((1u64 << (2 * u32::from(zoom))) - 1) / 3
}

/// A tile's number. The four children of tiles in order are in order, parent by parent.
pub fn tile_id(tile: TileCoord) -> u64 {
    let (mut x, mut y) = (tile.x(), tile.y());
    let mut along = 0u64;
    for bit in (0..tile.z()).rev() {
        let side = 1u32 << bit;
        let (east, south) = (u32::from(x & side != 0), u32::from(y & side != 0));
        along = along << 2 | u64::from((3 * east) ^ south);
        // Turns the quadrant so that its curve runs like the whole; bits above `side` are not looked at again.
        if south == 0 {
            if east == 1 {
                (x, y) = ((side - 1).wrapping_sub(x), (side - 1).wrapping_sub(y));
            }
            std::mem::swap(&mut x, &mut y);
        }
    }
    first_of_zoom(tile.z()) + along
}

/// The tile of a number; none past zoom 24.
pub fn tile_of(id: u64) -> Option<TileCoord> {
    let zoom = (0..=urbis_model::tile_coord::MAX_ZOOM).find(|zoom| id < first_of_zoom(zoom + 1))?;
    let along = id - first_of_zoom(zoom);
    let (mut x, mut y) = (0u32, 0u32);
    for bit in 0..u32::from(zoom) {
        let side = 1u32 << bit;
        let quadrant = (along >> (2 * bit)) as u32 & 3;
        let (east, south) = (quadrant >> 1, (quadrant ^ quadrant >> 1) & 1);
        if south == 0 {
            if east == 1 {
                (x, y) = (side - 1 - x, side - 1 - y);
            }
            std::mem::swap(&mut x, &mut y);
        }
        (x, y) = (x + east * side, y + south * side);
    }
    TileCoord::new(u32::from(zoom), u64::from(x), u64::from(y)).ok()
}
