//! A seeded city: clusters of small boxes between scattered ones, and windows that meet so many of them.

use urbis_model::Bounds;

/// Marsaglia's xorshift64*, so that every run and every machine has the same city.
pub(crate) struct Seeded(u64);

impl Seeded {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// Uniform in 0 .. 1.
    pub(crate) fn unit(&mut self) -> f64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 11) as f64 / (1u64 << 53) as f64
    }
}

const WEST: f64 = 120.0;
const SOUTH: f64 = 31.0;
const SIDE_DEG: f64 = 2.0;

/// Boxes like buildings, 10 to 40 m wide, spread evenly over two degrees each way.
pub(crate) fn boxes(count: usize, seed: u64) -> Vec<Bounds> {
    let mut seeded = Seeded::new(seed);
    (0..count)
        .map(|_| {
            let min = [WEST + SIDE_DEG * seeded.unit(), SOUTH + SIDE_DEG * seeded.unit()];
            let side = [(); 2].map(|()| 1e-4 + 3e-4 * seeded.unit());
            Bounds { min, max: [min[0] + side[0], min[1] + side[1]] }
        })
        .collect()
}

/// Windows that each meet about `hits` of the `count` boxes.
pub(crate) fn windows(windows: usize, count: usize, hits: usize, seed: u64) -> Vec<Bounds> {
    let mut seeded = Seeded::new(seed);
    // A box is met from half its own width beside the window.
    let side = (SIDE_DEG * (hits as f64 / count as f64).sqrt() - 2.5e-4).max(1e-6);
    (0..windows)
        .map(|_| {
            let min = [WEST + (SIDE_DEG - side) * seeded.unit(), SOUTH + (SIDE_DEG - side) * seeded.unit()];
            Bounds { min, max: [min[0] + side, min[1] + side] }
        })
        .collect()
}
