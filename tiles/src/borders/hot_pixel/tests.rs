//! Passes through pixels against a walk along the segment in exact steps, and the search against all pairs.

use super::*;
use crate::encode::tests::city::Random;

/// Whether any of many points on the segment rounds into the pixel; exact for the points looked at.
fn meets_by_walk(from: Place, to: Place, centre: Place, shift: u32) -> bool {
    const STEPS: i64 = 10_007;
    (0..=STEPS).any(|step| {
        let part = |axis: usize| {
            let scaled = from[axis] * STEPS + (to[axis] - from[axis]) * step;
            // floor(scaled / STEPS / 2^shift + 1/2)
            (2 * scaled + (STEPS << shift)).div_euclid(2 * (STEPS << shift))
        };
        [part(0), part(1)] == centre
    })
}

#[test]
fn a_pass_is_what_a_walk_finds() {
    let mut random = Random(5);
    let mut met = 0;
    for case in 0..4000 {
        let shift = case % 4;
        let mut place = || [0, 1].map(|_| random.in_range(0.0, 40.0 * f64::from(1 << shift)) as i64);
        let (from, to) = (place(), place());
        let centre = pixel(place(), shift as u32);
        let exact = meets(from, to, centre, shift as u32);
        // The walk may step over a corner that is cut by less than a step, but never finds what is not there.
        let walked = meets_by_walk(from, to, centre, shift as u32);
        assert!(exact || !walked, "{from:?} {to:?} {centre:?} shift {shift}");
        met += usize::from(walked);
        if exact && !walked {
            let toward = [from, to].map(|end| [2 * end[0] - (centre[0] << (shift + 1)), 2 * end[1] - (centre[1] << (shift + 1))]);
            let apart = (toward[0][0] * toward[1][1] - toward[0][1] * toward[1][0]).abs() as f64;
            let length = ((to[0] - from[0]) as f64).hypot((to[1] - from[1]) as f64);
            // Only corners: about half a pixel's diagonal from the centre.
            assert!(
                apart / length / 4.0 > 0.4 * f64::from(1 << shift) || length < 1.0,
                "{from:?} {to:?} {centre:?} shift {shift}"
            );
        }
    }
    assert!(met > 50, "{met}");
}

#[test]
fn ends_round_into_their_pixels_and_greater_edges_are_outside() {
    for shift in 0..5 {
        for x in 0..40 {
            let point = [x, 17];
            assert!(meets(point, point, pixel(point, shift), shift), "{point:?} at {shift}");
            let beside = [pixel(point, shift)[0] + 1, pixel(point, shift)[1]];
            assert!(!meets(point, point, beside, shift));
        }
    }
    // Along the greater edge of a pixel of 4 around 0: outside; along the lesser: inside.
    assert!(!meets([2, -9], [2, 9], [0, 0], 2));
    assert!(meets([-2, -9], [-2, 9], [0, 0], 2));
}

#[test]
fn the_search_finds_what_all_pairs_find() {
    let mut random = Random(9);
    for shift in [0, 3] {
        let mut place = || [0, 1].map(|_| random.in_range(0.0, 3000.0) as i64);
        let segments: Vec<[Place; 2]> = (0..300).map(|_| [place(), place()]).collect();
        let mut pixels: Vec<Place> = (0..3000).map(|_| pixel(place(), shift)).collect();
        pixels.sort_unstable();
        pixels.dedup();
        let mut expected = Vec::new();
        for (number, [from, to]) in (0u32..).zip(&segments) {
            for (hot, centre) in (0u32..).zip(&pixels) {
                let is_end = [pixel(*from, shift), pixel(*to, shift)].contains(centre);
                if !is_end && meets(*from, *to, *centre, shift) {
                    expected.push((number, hot));
                }
            }
        }
        let mut found = passes(&segments, &pixels, shift);
        found.sort_unstable();
        expected.sort_unstable();
        assert!(expected.len() > 100, "{}", expected.len());
        assert_eq!(found, expected, "shift {shift}");
    }
}
