//! The quick validity answer against `geo`'s.

use super::*;
use geo::Validation;

/// Small coordinates, so that touches and collinear runs are common.
fn random_ring(state: &mut u64, corners: usize) -> Vec<Unit> {
    let mut next = || {
        *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (*state >> 33) as i64 % 12
    };
    let mut ring: Vec<Unit> = (0..corners).map(|_| [next(), next()]).collect();
    crate::clip::clean_ring(&mut ring);
    ring
}

fn polygon(ring: &[Unit], holes: Vec<geo::LineString<f64>>) -> geo::Polygon<f64> {
    geo::Polygon::new(line_string(ring), holes)
}

fn line_string(ring: &[Unit]) -> geo::LineString<f64> {
    ring.iter().chain(&ring[..1]).map(|point| (point[0] as f64, point[1] as f64)).collect()
}

#[test]
fn what_is_called_valid_is_valid() {
    let (mut state, mut valid, mut refused_though_valid) = (1, 0, 0);
    for case in 0..200_000 {
        let ring = random_ring(&mut state, 3 + case % 8);
        if ring.is_empty() {
            continue;
        }
        let mut rings = Rings::default();
        rings.push(&ring, true);
        let expected = polygon(&ring, vec![]).is_valid();
        let answer = is_valid(&rings, &mut Vec::new());
        assert!(!answer || expected, "{ring:?} is not valid");
        valid += usize::from(answer);
        refused_though_valid += usize::from(expected && !answer);
    }
    assert!(valid > 20_000, "{valid}");
    // A ring that meets itself in one point is never valid, so the answers only part where `geo` is lenient.
    assert!(refused_though_valid * 50 < valid, "{refused_though_valid} of {valid}");
}

#[test]
fn holes_are_valid_only_inside_and_apart() {
    let (mut state, mut valid) = (2, 0);
    for _ in 0..200_000 {
        let (exterior, hole) = (random_ring(&mut state, 5), random_ring(&mut state, 3));
        if exterior.is_empty() || hole.is_empty() {
            continue;
        }
        let mut rings = Rings::default();
        rings.push(&exterior, true);
        rings.push(&hole, false);
        if is_valid(&rings, &mut Vec::new()) {
            assert!(polygon(&exterior, vec![line_string(&hole)]).is_valid(), "{exterior:?} with {hole:?}");
            valid += 1;
        }
    }
    assert!(valid > 300, "{valid}");
}

#[test]
fn many_edges_are_swept_to_the_same_answer() {
    let circle = |corners: usize| -> Vec<Unit> {
        (0..corners)
            .map(|index| {
                let angle = index as f64 / corners as f64 * std::f64::consts::TAU;
                let reach = if index % 2 == 0 { 9000.0 } else { 8900.0 };
                [(reach * angle.cos()) as i64, (reach * angle.sin()) as i64]
            })
            .collect()
    };
    for corners in [20, 40, 500] {
        let mut ring = circle(corners);
        let answer = |ring: &[Unit]| {
            let mut rings = Rings::default();
            rings.push(ring, true);
            is_valid(&rings, &mut Vec::new())
        };
        assert!(answer(&ring), "{corners} corners");
        ring.swap(3, corners - 5);
        assert!(!answer(&ring), "{corners} corners, two swapped");
    }
}
