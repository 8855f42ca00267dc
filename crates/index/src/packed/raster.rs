//! The extent of a tree as a raster of whole numbers, in which all boxes are compared.
//!
//! Putting an edge on the raster never changes the order of two edges, so boxes that meet still do. The way back to the caller's
//! numbers is rounded outward by more than its sums can be off.

use super::hilbert;
use bytemuck::Zeroable;
use urbis_model::Bounds;

/// The greatest cell of an axis: 255 steps of the root's, each of 2²⁴ cells.
const LAST: f64 = (255u32 << 24) as f64;

/// A cell is no finer than this part of the greatest edge, 256 times what `f64` can tell there.
const FINEST: f64 = 1.0 / (1u64 << 44) as f64;

/// How far from a cell its own edges may lie, in cells: more than all sums here can be off.
const MARGIN: f64 = 0.01;

/// Widths of cells below the inverse of this are no longer told exactly by an `f64`.
const MOST_CELLS_PER_UNIT: f64 = 1e290;

/// Edges beyond this are put where it is: differences of all others are numbers.
const FAR: f64 = 1e300;

/// The raster over an extent.
#[derive(Clone, Copy, Debug)]
pub(super) struct Raster {
    extent: Bounds,
    origin: [f64; 2],
    cells_per_unit: [f64; 2],
    cell: [f64; 2],
    /// The cell of the extent's greatest edge.
    last: [u32; 2],
}

/// A box of cells, edges included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Zeroable)]
pub(super) struct RasterBox {
    pub(super) min: [u32; 2],
    pub(super) max: [u32; 2],
}

impl RasterBox {
    /// Around nothing.
    pub(super) const EMPTY: Self = Self { min: [u32::MAX; 2], max: [0; 2] };

    pub(super) fn is_empty(&self) -> bool {
        self.min[0] > self.max[0]
    }

    /// The box around both.
    #[inline]
    pub(super) fn merged(self, other: Self) -> Self {
        Self {
            min: [self.min[0].min(other.min[0]), self.min[1].min(other.min[1])],
            max: [self.max[0].max(other.max[0]), self.max[1].max(other.max[1])],
        }
    }
}

impl Raster {
    pub(super) fn over(extent: &Bounds) -> Self {
        let [low, high] = [extent.min, extent.max].map(|corner| corner.map(|edge| edge.clamp(-FAR, FAR)));
        let most = low.iter().chain(&high).fold(0.0, |most: f64, edge| edge.abs().max(most));
        let cells_per_unit = [0, 1].map(|axis| {
            let width = high[axis] - low[axis];
            let cells = (LAST / width).min(1.0 / (most * FINEST));
            // An extent of no width is one cell, as are that of nothing and one that is too small for its cells to be told apart.
            if width > 0.0 && cells < MOST_CELLS_PER_UNIT { cells } else { 0.0 }
        });
        let cell = cells_per_unit.map(|cells| if cells > 0.0 { 1.0 / cells } else { 0.0 });
        let mut raster = Self { extent: *extent, origin: low, cells_per_unit, cell, last: [LAST as u32; 2] };
        raster.last = [0, 1].map(|axis| raster.place(axis, high[axis]));
        raster
    }

    #[inline]
    fn place(&self, axis: usize, edge: f64) -> u32 {
        // A float cast clamps, and turns what is no number into 0.
        (((edge - self.origin[axis]) * self.cells_per_unit[axis]) as u32).min(self.last[axis])
    }

    /// The cells of a box; [`RasterBox::EMPTY`] for what holds no point: NaN, or a least edge beyond the greatest.
    #[inline]
    pub(super) fn around(&self, bounds: &Bounds) -> RasterBox {
        let holds = bounds.min[0] <= bounds.max[0] && bounds.min[1] <= bounds.max[1];
        if !holds {
            return RasterBox::EMPTY;
        }
        RasterBox {
            min: [self.place(0, bounds.min[0]), self.place(1, bounds.min[1])],
            max: [self.place(0, bounds.max[0]), self.place(1, bounds.max[1])],
        }
    }

    /// The cells of a window, if it meets the extent.
    #[inline]
    pub(super) fn window(&self, window: &Bounds) -> Option<RasterBox> {
        window.intersects(&self.extent).then(|| self.around(window)).filter(|window| !window.is_empty())
    }

    /// The box around cells, in the caller's numbers: whatever is put on these cells lies within.
    #[inline]
    pub(super) fn bounds(&self, one: &RasterBox) -> Bounds {
        let min = |axis: usize| match one.min[axis] {
            0 => self.extent.min[axis],
            cell => self.origin[axis] + (f64::from(cell) - MARGIN) * self.cell[axis],
        };
        let max = |axis: usize| match one.max[axis] {
            cell if cell >= self.last[axis] => self.extent.max[axis],
            cell => self.origin[axis] + (f64::from(cell) + 1.0 + MARGIN) * self.cell[axis],
        };
        Bounds { min: [min(0), min(1)], max: [max(0), max(1)] }
    }

    /// All cells.
    pub(super) fn whole(&self) -> RasterBox {
        RasterBox { min: [0; 2], max: self.last }
    }

    /// A cell's edge, and its width, without margin.
    #[inline]
    pub(super) fn cell(&self, axis: usize, cell: u32) -> [f64; 2] {
        [self.origin[axis] + f64::from(cell) * self.cell[axis], self.cell[axis]]
    }

    /// The greatest distance of an edge from 0.
    pub(super) fn most(&self) -> f64 {
        self.extent.min.iter().chain(&self.extent.max).fold(0.0, |most, edge| edge.abs().max(most))
    }

    /// The place of a box's middle on the Hilbert curve. A box of nothing goes to an end.
    #[inline]
    pub(super) fn along(&self, one: &RasterBox) -> u32 {
        let middle = |axis: usize| {
            let middle = (u64::from(one.min[axis]) + u64::from(one.max[axis])) / 2;
            let unused = (u32::BITS - self.last[axis].leading_zeros()).saturating_sub(hilbert::SIDE_BITS);
            (middle as u32).min(self.last[axis]) >> unused
        };
        hilbert::distance(middle(0), middle(1))
    }
}
