//! The Hilbert curve over a 2¹⁶ × 2¹⁶ raster (Hilbert 1891): near places get near numbers.

/// Bits of each coordinate.
pub(super) const SIDE_BITS: u32 = 16;

/// How the curve runs in a square: which corner it starts at and along which side it goes.
const ORIENTATIONS: usize = 4;
const STEP_BITS: u32 = 4;
const STEP_CELLS: usize = 1 << STEP_BITS;

/// For each orientation and each 4 + 4 bits of x and y: 8 bits of distance, and the orientation inside that cell, below them.
static STEPS: [[u16; STEP_CELLS * STEP_CELLS]; ORIENTATIONS] = steps();

/// Distance along the curve of a cell, each coordinate below 2¹⁶: four steps through the table, 8 bits each.
#[inline]
pub(super) fn distance(x: u32, y: u32) -> u32 {
    let mut along = 0;
    let mut orientation = 0;
    for shift in [12, 8, 4, 0] {
        let cell = (x >> shift & 0xF) << STEP_BITS | y >> shift & 0xF;
        let step = STEPS[orientation][cell as usize];
        along = along << 8 | u32::from(step >> 2);
        orientation = usize::from(step & 3);
    }
    along
}

/// The table, by walking down the quadrants; each turns the square so that the curve enters and leaves at the proper corners.
/// Bit 0 of an orientation swaps the axes, bit 1 runs both backwards.
const fn steps() -> [[u16; STEP_CELLS * STEP_CELLS]; ORIENTATIONS] {
    let mut table = [[0; STEP_CELLS * STEP_CELLS]; ORIENTATIONS];
    let mut start = 0;
    while start < ORIENTATIONS {
        let mut cell = 0;
        while cell < STEP_CELLS * STEP_CELLS {
            let mut along = 0;
            let mut orientation = start;
            let mut bit = STEP_BITS;
            while bit > 0 {
                bit -= 1;
                let (mut right, mut upper) = (cell >> (STEP_BITS + bit) & 1, cell >> bit & 1);
                if orientation & 2 != 0 {
                    (right, upper) = (1 - right, 1 - upper);
                }
                if orientation & 1 != 0 {
                    (right, upper) = (upper, right);
                }
                along = along << 2 | (3 * right) ^ upper;
                if upper == 0 {
                    orientation ^= if right == 1 { 3 } else { 1 };
                }
            }
            table[start][cell] = (along as u16) << 2 | orientation as u16;
            cell += 1;
        }
        start += 1;
    }
    table
}

#[cfg(test)]
mod tests {
    use super::distance;

    #[test]
    fn the_curve_steps_to_neighbours_only() {
        // Over the low 1024 × 1024 corner every number from 0 on is met once, and each is beside the one before it.
        let mut at = vec![None; 1 << 20];
        for x in 0..1024u32 {
            for y in 0..1024u32 {
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
