//! The Hilbert curve over a 2¹⁶ × 2¹⁶ raster: near places get near numbers.

use urbis_model::Bounds;

const SIDE: f64 = 65_535.0;

/// The place of a box's centre on the curve through `extent`. An empty box or extent goes to the start.
pub(super) fn key(bounds: &Bounds, extent: &Bounds) -> u32 {
    let center = bounds.center();
    let raster = |axis: usize| {
        let part = (center[axis] - extent.min[axis]) / (extent.max[axis] - extent.min[axis]);
        // A float cast clamps, and turns NaN (an extent of no width) into 0.
        (part * SIDE) as u32 & 0xFFFF
    };
    distance(raster(0), raster(1))
}

/// Distance along the curve by walking down the quadrants, each step turning the square so that the curve enters and
/// leaves at the proper corners (Hilbert 1891).
fn distance(mut x: u32, mut y: u32) -> u32 {
    let mut along = 0;
    let mut side = 1 << 15;
    while side > 0 {
        let (right, upper) = (u32::from(x & side > 0), u32::from(y & side > 0));
        along += side * side * ((3 * right) ^ upper);
        if upper == 0 {
            if right == 1 {
                (x, y) = (0xFFFF - x, 0xFFFF - y);
            }
            (x, y) = (y, x);
        }
        side >>= 1;
    }
    along
}

#[cfg(test)]
mod tests {
    use super::distance;

    #[test]
    fn the_curve_steps_to_neighbours_only() {
        // Over the low 64 × 64 corner every number from 0 on is met once, and each is beside the one before it.
        let mut at = vec![None; 4096];
        for x in 0..64u32 {
            for y in 0..64u32 {
                let along = distance(x, y) as usize;
                assert!(at[along].replace((x, y)).is_none(), "{along} twice");
            }
        }
        for pair in at.windows(2) {
            let ((x0, y0), (x1, y1)) = (pair[0].unwrap(), pair[1].unwrap());
            assert_eq!(x0.abs_diff(x1) + y0.abs_diff(y1), 1);
        }
    }
}
