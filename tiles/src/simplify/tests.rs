//! The zooms of vertices against the plain algorithm, run for one zoom at a time.

use super::*;
use crate::generalise::Style;

const TOLERANCE: Tolerance = Tolerance { style: Style::Natural, pixels: 0.5, min_zoom: 0, max_zoom: 16 };

fn wave(count: u32, height: f64) -> Vec<[u32; 2]> {
    (0..count).map(|x| [x * 1000 + 1_000_000, (f64::from(x) * 0.7).sin().mul_add(height, 1e6) as u32]).collect()
}

#[test]
fn what_is_left_out_lies_within_the_tolerance_at_every_zoom() {
    for height in [3.0, 300.0, 30_000.0] {
        let line = wave(900, height);
        let mut zooms = Vec::new();
        super::line(&line, None, &TOLERANCE, &mut zooms);
        for zoom in 0..=16u8 {
            let allowed = 0.5 * 8.0 * 2f64.powi(20 - i32::from(zoom));
            let kept: Vec<usize> = (0..line.len()).filter(|index| zooms[*index] <= zoom).collect();
            assert_eq!((kept[0], *kept.last().unwrap()), (0, line.len() - 1));
            for pair in kept.windows(2) {
                for left_out in &line[pair[0]..pair[1]] {
                    let off = squared_deviation(*left_out, line[pair[0]], line[pair[1]]).0.sqrt();
                    assert!(off <= allowed * 1.000_001, "height {height}, zoom {zoom}: {off} of {allowed}");
                }
            }
            if zoom == 16 {
                assert_eq!(kept.len(), line.len(), "nothing is left out at the maximum zoom");
            }
        }
        // Zoom 8 allows 16,384 cells, which only the high wave passes.
        let at_8 = zooms.iter().filter(|zoom| **zoom <= 8).count();
        assert_eq!(at_8 == 2, height < 10_000.0, "height {height}: {at_8} vertices at zoom 8");
    }
}

#[test]
fn a_long_run_that_splits_at_its_ends_is_not_quadratic() {
    // Each split takes one vertex off: the textbook algorithm needs n² / 2 steps here, and would not end in a test's time.
    let line: Vec<[u32; 2]> = (0..400_000u32).map(|x| [x * 1000, ((x as f64).powi(2) / 40.0) as u32]).collect();
    let mut zooms = Vec::new();
    super::line(&line, None, &TOLERANCE, &mut zooms);
    assert_eq!(zooms.len(), line.len());
}
