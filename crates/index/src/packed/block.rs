//! The boxes of a node's children, edge by edge, so that all are compared at once.

use bytemuck::{Pod, Zeroable};
use urbis_model::Bounds;
use wide::f32x4;

/// Children of a node.
pub(crate) const NODE_SIZE: usize = 16;

/// A box in `f32`, each edge rounded outward, so that it encloses the `f64` box it stands for.
///
/// At Haimen's longitude an `f32` degree is 0.7 m fine; half the memory of `f64` is worth the few more candidates.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct OuterBox {
    pub(crate) min: [f32; 2],
    pub(crate) max: [f32; 2],
}

impl OuterBox {
    /// Not a number: meets nothing, not even a window without end.
    pub(crate) const EMPTY: Self = Self { min: [f32::NAN; 2], max: [f32::NAN; 2] };

    /// The box around a box; [`Self::EMPTY`] around what holds no point: NaN, or a least edge beyond the greatest.
    #[inline]
    pub(crate) fn around(bounds: &Bounds) -> Self {
        let holds = (bounds.min[0] <= bounds.max[0]) & (bounds.min[1] <= bounds.max[1]);
        if !holds {
            return Self::EMPTY;
        }
        Self { min: bounds.min.map(rounded_down), max: bounds.max.map(rounded_up) }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.min[0].is_nan() || self.min[0] > self.max[0]
    }

    /// Grown on every side; rounded outward again.
    pub(crate) fn grown(&self, by: [f64; 2]) -> Self {
        if self.is_empty() {
            return *self;
        }
        let edge = |value: f32, by: f64| f64::from(value) + by;
        Self {
            min: [rounded_down(edge(self.min[0], -by[0])), rounded_down(edge(self.min[1], -by[1]))],
            max: [rounded_up(edge(self.max[0], by[0])), rounded_up(edge(self.max[1], by[1]))],
        }
    }

    pub(crate) fn to_bounds(self) -> Bounds {
        Bounds { min: self.min.map(f64::from), max: self.max.map(f64::from) }
    }
}

/// The bits of an `f32` as integers in the order of the numbers, −0 just before 0; its own inverse.
#[inline]
fn ordered(bits: i32) -> i32 {
    bits ^ ((bits >> 31) & i32::MAX)
}

/// The greatest `f32` that is not above. Without a branch, which would be mispredicted for every second number.
#[inline]
fn rounded_down(value: f64) -> f32 {
    let near = value as f32;
    let over = i32::from(f64::from(near) > value);
    f32::from_bits(ordered(ordered(near.to_bits() as i32) - over) as u32)
}

/// The least `f32` that is not below.
#[inline]
fn rounded_up(value: f64) -> f32 {
    let near = value as f32;
    let under = i32::from(f64::from(near) < value);
    f32::from_bits(ordered(ordered(near.to_bits() as i32) + under) as u32)
}

/// The boxes of up to 16 children; the places behind the last child hold empty boxes.
///
/// Stored as four rows of one edge each: 4 × 64 bytes, four cache lines.
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct Block {
    min_x: [f32; NODE_SIZE],
    min_y: [f32; NODE_SIZE],
    max_x: [f32; NODE_SIZE],
    max_y: [f32; NODE_SIZE],
}

impl Block {
    pub(crate) const EMPTY: Self = Self {
        min_x: [f32::NAN; NODE_SIZE],
        min_y: [f32::NAN; NODE_SIZE],
        max_x: [f32::NAN; NODE_SIZE],
        max_y: [f32::NAN; NODE_SIZE],
    };

    pub(crate) fn put(&mut self, child: usize, one: OuterBox) {
        (self.min_x[child], self.min_y[child]) = (one.min[0], one.min[1]);
        (self.max_x[child], self.max_y[child]) = (one.max[0], one.max[1]);
    }

    pub(crate) fn child(&self, child: usize) -> OuterBox {
        OuterBox { min: [self.min_x[child], self.min_y[child]], max: [self.max_x[child], self.max_y[child]] }
    }

    /// The box around all children that hold a point.
    pub(crate) fn outer(&self) -> OuterBox {
        // A comparison with an empty box's NaN is false, so it is passed over.
        let least = |row: &[f32; NODE_SIZE]| row.iter().fold(f32::INFINITY, |a, &b| if b < a { b } else { a });
        let most = |row: &[f32; NODE_SIZE]| row.iter().fold(f32::NEG_INFINITY, |a, &b| if b > a { b } else { a });
        OuterBox { min: [least(&self.min_x), least(&self.min_y)], max: [most(&self.max_x), most(&self.max_y)] }
    }

    /// A bit for each child whose box meets the window, edges included: 16 comparisons of four lanes, no branch.
    #[inline]
    pub(crate) fn meeting(&self, window: &OuterBox) -> u32 {
        let [west, south] = window.min.map(f32x4::splat);
        let [east, north] = window.max.map(f32x4::splat);
        let mut bits = 0;
        for quarter in 0..NODE_SIZE / 4 {
            let lanes = |row: &[f32; NODE_SIZE]| {
                f32x4::from([row[4 * quarter], row[4 * quarter + 1], row[4 * quarter + 2], row[4 * quarter + 3]])
            };
            let meets = lanes(&self.min_x).simd_le(east)
                & lanes(&self.max_x).simd_ge(west)
                & lanes(&self.min_y).simd_le(north)
                & lanes(&self.max_y).simd_ge(south);
            bits |= meets.to_bitmask() << (4 * quarter);
        }
        bits
    }

    /// The squared planar distance of each child from a box, and a bit for each whose is at most `limit`; of an empty box the
    /// distance means nothing and the bit is 0. A child is never nearer than the box around it, rounding included.
    #[inline]
    pub(crate) fn within(&self, from: &OuterBox, limit: f32) -> ([f32; NODE_SIZE], u32) {
        let [west, south] = from.min.map(f32x4::splat);
        let [east, north] = from.max.map(f32x4::splat);
        let limit = f32x4::splat(limit);
        let mut distances2 = [0.0; NODE_SIZE];
        let mut bits = 0;
        for quarter in 0..NODE_SIZE / 4 {
            let lanes = |row: &[f32; NODE_SIZE]| {
                f32x4::from([row[4 * quarter], row[4 * quarter + 1], row[4 * quarter + 2], row[4 * quarter + 3]])
            };
            let (min_x, min_y) = (lanes(&self.min_x), lanes(&self.min_y));
            let dx = (min_x - east).fast_max(west - lanes(&self.max_x)).fast_max(f32x4::ZERO);
            let dy = (min_y - north).fast_max(south - lanes(&self.max_y)).fast_max(f32x4::ZERO);
            let distance2 = dx * dx + dy * dy;
            distances2[4 * quarter..4 * quarter + 4].copy_from_slice(&distance2.to_array());
            bits |= (distance2.simd_le(limit) & min_x.simd_eq(min_x)).to_bitmask() << (4 * quarter);
        }
        (distances2, bits)
    }

    /// A bit for each child that `accepts` takes. Empty boxes are never offered.
    #[inline]
    pub(crate) fn accepted(&self, accepts: impl Fn(&Bounds) -> bool) -> u32 {
        let mut bits = 0;
        for child in 0..NODE_SIZE {
            let one = self.child(child);
            if !one.is_empty() && accepts(&one.to_bounds()) {
                bits |= 1 << child;
            }
        }
        bits
    }
}

#[cfg(test)]
mod tests {
    use super::{rounded_down, rounded_up};

    #[test]
    fn rounding_outward_is_the_nearest_f32_on_that_side() {
        let tiny = [0.0, -0.0, 1e-300, 5e-324, 1e-46, 1.0, 121.17, 31.9, 0.1, 180.0, 3.4e38, 3.5e38, 1e300, f64::INFINITY];
        for value in tiny.into_iter().flat_map(|value| [value, -value]) {
            let (down, up) = (rounded_down(value), rounded_up(value));
            assert!(f64::from(down) <= value && value <= f64::from(up), "{value}: {down} .. {up}");
            assert!(f64::from(down.next_up()) > value || down.is_infinite() || value == 0.0, "{value}: {down} is too low");
            assert!(f64::from(up.next_down()) < value || up.is_infinite() || value == 0.0, "{value}: {up} is too high");
        }
    }
}
