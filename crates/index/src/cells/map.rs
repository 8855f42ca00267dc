//! Features by cell and cells by feature, at one resolution.

use super::cell_at;
use h3o::{CellIndex, Resolution};
use rayon::prelude::*;
use urbis_model::LonLat;

/// Bits of each resolution's digit in an id, and the resolution of the lowest (h3geo.org, "H3 Index bit layout").
const DIGIT_BITS: u32 = 3;
const FINEST: u32 = 15;

/// Which cell each position lies in, and which positions lie in each cell. 12 bytes a position and 16 a cell that has any.
///
/// ```
/// use urbis_index::{CellMap, Resolution, cells};
/// use urbis_model::LonLat;
/// let vans = [[121.100, 31.9], [121.101, 31.9], [121.2, 31.9]].map(|[lon, lat]| LonLat::from_degrees(lon, lat).unwrap());
/// let map = CellMap::new(&vans, Resolution::Seven);
/// assert_eq!(map.features_in(cells::cell_at(vans[0], Resolution::Seven)), [0, 1]);
/// assert_eq!(map.iter().len(), 2);
/// ```
#[derive(Clone, Debug)]
pub struct CellMap {
    resolution: Resolution,
    /// Of each feature, in the order they were given.
    cells: Vec<CellIndex>,
    /// Features by cell, ascending in each.
    features: Vec<u32>,
    /// Each cell that has features, ascending, and where its features end.
    ends: Vec<(CellIndex, u32)>,
}

impl CellMap {
    /// The cells of some positions; all cores. O(n log n).
    ///
    /// # Panics
    /// When there are more than 2³² − 1 positions.
    pub fn new(positions: &[LonLat], resolution: Resolution) -> Self {
        Self::of_cells(positions.par_iter().map(|position| cell_at(*position, resolution)).collect(), resolution)
    }

    fn of_cells(cells: Vec<CellIndex>, resolution: Resolution) -> Self {
        let count = u32::try_from(cells.len()).unwrap_or_else(|_| panic!("{} positions are more than 2³² − 1", cells.len()));
        let mut features: Vec<u32> = (0..count).collect();
        features.par_sort_unstable_by_key(|feature| (cells[*feature as usize], *feature));
        let mut ends: Vec<(CellIndex, u32)> = Vec::new();
        for (end, feature) in (1..).zip(&features) {
            let cell = cells[*feature as usize];
            match ends.last_mut() {
                Some(last) if last.0 == cell => last.1 = end,
                _ => ends.push((cell, end)),
            }
        }
        ends.shrink_to_fit();
        Self { resolution, cells, features, ends }
    }

    /// The same features by their cells' parents. What lies near a coarse cell's edge may stand in the cell beside it: for
    /// aggregates on the map, not for questions of where something is.
    ///
    /// `None` when the resolution is finer than this.
    pub fn coarser(&self, resolution: Resolution) -> Option<Self> {
        let parents: Option<Vec<CellIndex>> = self.cells.par_iter().map(|cell| cell.parent(resolution)).collect();
        Some(Self::of_cells(parents?, resolution))
    }

    /// The resolution of all cells.
    pub fn resolution(&self) -> Resolution {
        self.resolution
    }

    /// The cell of a feature.
    pub fn cell_of(&self, feature: u32) -> Option<CellIndex> {
        self.cells.get(feature as usize).copied()
    }

    /// The features in a cell, ascending; none for a cell of another resolution. O(log cells).
    pub fn features_in(&self, cell: CellIndex) -> &[u32] {
        self.ends.binary_search_by_key(&cell, |(cell, _)| *cell).map_or(&[], |at| self.slice(at))
    }

    /// Each cell that has features, ascending, with them.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (CellIndex, &[u32])> {
        (0..self.ends.len()).map(|at| (self.ends[at].0, self.slice(at)))
    }

    /// The features in the cells up to `k` steps from a cell, cell by cell: a k-ring. At most 3k(k + 1) + 1 cells.
    pub fn features_around(&self, cell: CellIndex, k: u32) -> impl Iterator<Item = u32> + '_ {
        let ring: Vec<CellIndex> = cell.grid_disk(k);
        ring.into_iter().flat_map(|cell| self.features_in(cell).iter().copied())
    }

    /// The candidates of a compacted cover: the features in descendants of its cells. Candidates only, whatever the cover:
    /// children stick out of their parents.
    pub fn candidates<'a>(&'a self, cover: &'a [CellIndex]) -> impl Iterator<Item = u32> + 'a {
        cover.iter().flat_map(|cell| {
            // Descendants of a cell have ids next to one another, from all digits 0 to all digits 6.
            let Some(first) = cell.children(self.resolution).next().map(u64::from) else { return [].iter().copied() };
            let digits = u8::from(cell.resolution()) + 1..=u8::from(self.resolution);
            let last = digits.fold(first, |id, digit| id | 6 << (DIGIT_BITS * (FINEST - u32::from(digit))));
            let start = self.ends.partition_point(|(cell, _)| u64::from(*cell) < first);
            let end = self.ends.partition_point(|(cell, _)| u64::from(*cell) <= last);
            let from = if start == 0 { 0 } else { self.ends[start - 1].1 };
            let to = if end == 0 { 0 } else { self.ends[end - 1].1 };
            self.features[from as usize..to as usize].iter().copied()
        })
    }

    fn slice(&self, at: usize) -> &[u32] {
        let start = at.checked_sub(1).map_or(0, |before| self.ends[before].1);
        &self.features[start as usize..self.ends[at].1 as usize]
    }

    /// Bytes held on the heap.
    pub fn heap_bytes(&self) -> usize {
        self.cells.capacity() * size_of::<CellIndex>()
            + self.features.capacity() * 4
            + self.ends.capacity() * size_of::<(CellIndex, u32)>()
    }
}
