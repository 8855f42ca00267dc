//! There and back, and against an independent implementation.

use super::*;

/// Positions on WGS 84, GCJ-02 and BD-09, by PyPI's coord-convert (`tests/oracle/gcj02.py`).
#[derive(serde::Deserialize)]
struct Oracle {
    cases: Vec<[[f64; 2]; 3]>,
}

/// A millimetre of latitude, degrees.
const MILLIMETRE_DEG: f64 = 9e-9;

fn apart(a: [f64; 2], b: [f64; 2]) -> f64 {
    (a[0] - b[0]).abs().max((a[1] - b[1]).abs())
}

#[test]
fn images_equal_an_independent_implementation_and_are_taken_back_within_a_millimetre() {
    let oracle: Oracle = serde_json::from_str(include_str!("../../tests/oracle/gcj02.json")).unwrap();
    assert_eq!(oracle.cases.len(), 200);
    for [wgs84, gcj02, bd09] in oracle.cases {
        assert!(apart(gcj02_from_wgs84(wgs84), gcj02) < 1e-10, "{wgs84:?}");
        assert!(apart(bd09_from_gcj02(gcj02), bd09) < 1e-10, "{wgs84:?}");
        let (back, residual_deg) = wgs84_from_gcj02(gcj02);
        assert!(apart(back, wgs84) < MILLIMETRE_DEG && residual_deg < MILLIMETRE_DEG, "{wgs84:?}: {back:?}");
        let (back, residual_deg) = wgs84_from_bd09(bd09);
        assert!(apart(back, wgs84) < MILLIMETRE_DEG && residual_deg < MILLIMETRE_DEG, "{wgs84:?}: {back:?}");
    }
}

#[test]
fn haimen_moves_by_hundreds_of_metres() {
    let shifted = gcj02_from_wgs84([121.17, 31.90]);
    let metres = [(shifted[0] - 121.17) * 94_400.0, (shifted[1] - 31.90) * 110_900.0];
    assert!((100.0..800.0).contains(&metres[0].hypot(metres[1])), "{metres:?}");
}

#[test]
fn nothing_moves_outside_china_and_nothing_breaks() {
    for position in [[-73.9, 40.7], [0.0, 0.0], [180.0, 90.0], [138.0, 36.0]] {
        assert_eq!(wgs84_from_gcj02(position).0, position);
    }
    for position in [[f64::NAN, 1.0], [f64::INFINITY, 1.0], [1e300, 1e300]] {
        let _ = (wgs84_from_gcj02(position), wgs84_from_bd09(position));
    }
}
