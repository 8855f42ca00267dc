//! Which revision last changed each tile of a layer: an entity tag that a client holds stays true until its own tile
//! changes, however often the layer does.
//!
//! Kept sparsely: one revision for all tiles, one for each zoom that changed as a whole, one for each tile that changed.

use crate::dirty::DirtyTiles;
use std::collections::HashMap;
use urbis_model::TileCoord;
use urbis_model::tile_coord::MAX_ZOOM;

/// Tiles kept one by one, about 10 MB. Past that the zoom with the most of them counts as changed as a whole.
const MOST_TILES: usize = 1 << 18;
/// Zooms that there are.
const ZOOMS: usize = MAX_ZOOM as usize + 1;

/// The revision that last changed each tile of a layer.
///
/// ```
/// use urbis_model::TileCoord;
/// use urbis_tiles::{dirty::DirtyTiles, versions::TileVersions};
/// let mut versions = TileVersions::new(16, 7);
/// let dirty = DirtyTiles { tiles: [(14, 3, 5)].into(), whole_zooms: [12].into() };
/// versions.change(&dirty, 8);
/// let of = |z, x, y| versions.of(TileCoord::new(z, x, y).unwrap());
/// assert_eq!([of(14, 3, 5), of(14, 3, 6), of(12, 0, 0)], [8, 7, 8]);
/// ```
#[derive(Clone, Debug)]
pub struct TileVersions {
    max_zoom: u8,
    zooms: [u64; ZOOMS],
    tiles: HashMap<(u8, u32, u32), u64>,
}

impl TileVersions {
    /// All tiles of one revision. Tiles past `max_zoom`, the definition's, share the version of the tile there that
    /// holds them.
    pub fn new(max_zoom: u8, revision: u64) -> Self {
        Self { max_zoom, zooms: [revision; ZOOMS], tiles: HashMap::new() }
    }

    /// The revision that last changed a tile; never an earlier one, but a later one where tiles are too many to be kept
    /// one by one.
    pub fn of(&self, tile: TileCoord) -> u64 {
        let deeper = tile.z().saturating_sub(self.max_zoom);
        let zoom = tile.z() - deeper;
        let changed = self.tiles.get(&(zoom, tile.x() >> deeper, tile.y() >> deeper)).copied();
        changed.unwrap_or(0).max(self.zooms[usize::from(zoom)])
    }

    /// Takes a change over, made by a revision that is greater than all before.
    pub fn change(&mut self, dirty: &DirtyTiles, revision: u64) {
        self.tiles.retain(|tile, _| !dirty.whole_zooms.contains(&tile.0));
        for zoom in &dirty.whole_zooms {
            self.zooms[usize::from(*zoom)] = revision;
        }
        self.tiles.extend(dirty.tiles.iter().map(|tile| (*tile, revision)));
        while self.tiles.len() > MOST_TILES {
            self.forget_fullest_zoom();
        }
    }

    /// Bytes held on the heap, about.
    pub fn heap_bytes(&self) -> usize {
        self.tiles.capacity() * (size_of::<((u8, u32, u32), u64)>() + 1)
    }

    fn forget_fullest_zoom(&mut self) {
        let mut counts = [0usize; ZOOMS];
        self.tiles.keys().for_each(|tile| counts[usize::from(tile.0)] += 1);
        let Some(fullest) = (0..=MAX_ZOOM).max_by_key(|zoom| counts[usize::from(*zoom)]) else { return };
        let latest = &mut self.zooms[usize::from(fullest)];
        self.tiles.retain(|tile, revision| {
            let stays = tile.0 != fullest;
            if !stays {
                *latest = (*latest).max(*revision);
            }
            stays
        });
        self.tiles.shrink_to_fit();
    }
}

#[cfg(test)]
mod tests;
