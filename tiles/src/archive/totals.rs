//! What an archive drew and what it left out.

use crate::encode::Tile;

/// What became of a layer's features, summed over the tiles: a feature counts once in each tile that it is in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LayerTotals {
    /// Drawn.
    pub written: u64,
    /// Left out by the layer's `max_features`.
    pub over_limit: u64,
    /// Left out by the byte budget.
    pub over_budget: u64,
    /// Points left out by thinning.
    pub thinned: u64,
    /// Too small to draw.
    pub too_small: u64,
    /// Polygons repaired on the grid.
    pub repaired: u64,
}

impl LayerTotals {
    const COUNTS: usize = 6;

    fn counts(&self) -> [u64; Self::COUNTS] {
        [self.written, self.over_limit, self.over_budget, self.thinned, self.too_small, self.repaired]
    }

    fn from_counts([written, over_limit, over_budget, thinned, too_small, repaired]: [u64; Self::COUNTS]) -> Self {
        Self { written, over_limit, over_budget, thinned, too_small, repaired }
    }
}

/// The layers' totals, in the order of the input.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// One for each layer.
    pub layers: Vec<LayerTotals>,
}

impl Totals {
    pub(super) fn new(layers: usize) -> Self {
        Self { layers: vec![LayerTotals::default(); layers] }
    }

    pub(super) fn of_tile(tile: &Tile) -> Self {
        let counted = tile.layers.iter().map(|stats| {
            let counts = [stats.written, stats.over_limit, stats.over_budget, stats.thinned, stats.too_small, stats.repaired];
            LayerTotals::from_counts(counts.map(|count| count as u64))
        });
        Self { layers: counted.collect() }
    }

    pub(super) fn add(&mut self, other: &Self) {
        for (layer, other) in self.layers.iter_mut().zip(&other.layers) {
            let (mine, theirs) = (layer.counts(), other.counts());
            *layer = LayerTotals::from_counts(std::array::from_fn(|index| mine[index] + theirs[index]));
        }
    }

    pub(super) fn numbers(&self) -> impl Iterator<Item = u64> + '_ {
        self.layers.iter().flat_map(LayerTotals::counts)
    }

    pub(super) fn from_numbers(numbers: &[u64]) -> Self {
        let layers = numbers.chunks_exact(LayerTotals::COUNTS);
        Self { layers: layers.map(|counts| LayerTotals::from_counts(std::array::from_fn(|index| counts[index]))).collect() }
    }
}
