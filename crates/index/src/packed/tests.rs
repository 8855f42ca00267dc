//! The tree against a scan of every box.

use super::{Grade, PackedRtree};
use proptest::prelude::*;
use std::ops::ControlFlow;
use urbis_model::Bounds;

fn found(tree: &PackedRtree, window: &Bounds) -> Vec<u32> {
    let mut found = Vec::new();
    tree.window(window, &mut |position| found.push(position));
    found.sort_unstable();
    found
}

/// Every box that meets the window is found, none twice, and nothing that is more than an `f32` step away.
fn check_window(boxes: &[Bounds], window: &Bounds) {
    let answer = found(&PackedRtree::build(boxes), window);
    assert!(answer.windows(2).all(|pair| pair[0] < pair[1]), "twice: {answer:?}");
    let step = 2.0 * f64::from(180f32.next_up() - 180f32);
    let wider = Bounds { min: window.min.map(|edge| edge - 2.0 * step), max: window.max.map(|edge| edge + 2.0 * step) };
    for (position, one) in boxes.iter().enumerate() {
        let is_found = answer.binary_search(&(position as u32)).is_ok();
        assert!(is_found || !one.intersects(window), "missed {position}: {one:?} by {window:?}");
        assert!(!is_found || one.intersects(&wider), "far off {position}: {one:?} by {window:?}");
    }
}

fn a_box() -> impl Strategy<Value = Bounds> {
    // A coarse raster among the values, so that equal boxes and touching edges come up often.
    let value = || prop_oneof![(-179i32..=179).prop_map(f64::from), -180.0..180.0f64];
    let width = || prop_oneof![Just(0.0), (0i32..5).prop_map(f64::from), 0.0..3.0f64];
    (value(), value(), width(), width()).prop_map(|(x, y, w, h)| Bounds { min: [x, y], max: [x + w, y + h] })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn windows_answer_as_a_scan_does(boxes in prop::collection::vec(a_box(), 0..600), window in a_box()) {
        check_window(&boxes, &window);
        check_window(&boxes, boxes.first().unwrap_or(&window));
    }

    #[test]
    fn grades_are_true_of_every_box(boxes in prop::collection::vec(a_box(), 0..600), window in a_box(), grown in 0.0..120.0f64) {
        let window = Bounds { min: window.min, max: window.max.map(|edge| edge + grown) };
        let grade = |one: &Bounds| match (window.encloses(one), window.intersects(one)) {
            (true, _) => Grade::Inside,
            (_, true) => Grade::Partly,
            _ => Grade::Outside,
        };
        let mut answer = Vec::new();
        PackedRtree::build(&boxes).visit_graded(grade, &mut |position, inside| answer.push((position, inside)));
        answer.sort_unstable();
        prop_assert!(answer.windows(2).all(|pair| pair[0].0 < pair[1].0), "twice: {answer:?}");
        for (position, one) in boxes.iter().enumerate() {
            let found = answer.iter().find(|found| found.0 == position as u32);
            prop_assert!(found.is_some() || !one.intersects(&window), "missed {position}");
            prop_assert!(found.is_none_or(|found| !found.1) || window.encloses(one), "{position} is not inside");
        }
    }

    #[test]
    fn nearest_answers_as_a_sort_does(boxes in prop::collection::vec(a_box(), 0..400), x in -180.0..180.0f64, y in -90.0..90.0f64) {
        let away = |one: &Bounds| {
            let over = |axis: usize, at: f64| (one.min[axis] - at).max(at - one.max[axis]).max(0.0);
            over(0, x).hypot(over(1, y))
        };
        let mut expected: Vec<(f64, u32)> = boxes.iter().enumerate().map(|(position, one)| (away(one), position as u32)).collect();
        expected.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let mut answer = Vec::new();
        let tree = PackedRtree::build(&boxes);
        let _ = tree.nearest(away, |position| Some(away(&boxes[position as usize])), |position, distance| {
            answer.push((distance, position));
            ControlFlow::<()>::Continue(())
        });
        prop_assert_eq!(answer, expected);
    }
}

#[test]
fn small_and_degenerate_trees() {
    let everything = Bounds { min: [-180.0, -90.0], max: [180.0, 90.0] };
    let unit = Bounds { min: [0.1, 0.1], max: [0.1, 0.1] };
    assert!(found(&PackedRtree::build(&[]), &everything).is_empty());
    for count in [1, 2, 15, 16, 17, 255, 256, 257, 4097] {
        let tree = PackedRtree::build(&vec![unit; count]);
        assert_eq!(found(&tree, &everything).len(), count);
        assert_eq!(found(&tree, &unit).len(), count, "equal boxes, met exactly at 0.1, which f32 does not hold");
        assert!(found(&tree, &Bounds { min: [0.2, 0.2], max: [1.0, 1.0] }).is_empty());
    }
    let tree = PackedRtree::build(&[Bounds::EMPTY, unit, Bounds { min: [f64::NAN; 2], max: [f64::NAN; 2] }]);
    assert_eq!(found(&tree, &everything), [1]);
    assert!(found(&tree, &Bounds::EMPTY).is_empty());
    let mut inside = Vec::new();
    tree.visit_graded(|_| Grade::Inside, &mut |position, sure| inside.push((position, sure)));
    assert_eq!(inside, [(1, true)]);
}

#[test]
fn a_parallel_build_misses_nothing() {
    // A seeded linear congruential walk (Knuth MMIX constants): 120,000 boxes, past the parallel threshold.
    let mut state = 20_261_123u64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1u64 << 53) as f64
    };
    let boxes: Vec<Bounds> = (0..120_000)
        .map(|_| {
            let (x, y) = (121.0 + next() * 0.6, 31.7 + next() * 0.4);
            Bounds { min: [x, y], max: [x + next() * 1e-3, y + next() * 1e-3] }
        })
        .collect();
    let tree = PackedRtree::build(&boxes);
    for _ in 0..200 {
        let (x, y) = (121.0 + next() * 0.6, 31.7 + next() * 0.4);
        let window = Bounds { min: [x, y], max: [x + next() * 0.02, y + next() * 0.02] };
        let answer = found(&tree, &window);
        for (position, one) in boxes.iter().enumerate() {
            assert!(!one.intersects(&window) || answer.binary_search(&(position as u32)).is_ok(), "missed {position}");
        }
    }
    assert!(tree.heap_bytes() <= 22 * boxes.len(), "{} bytes", tree.heap_bytes());
}

#[test]
fn a_visit_stops_when_told() {
    let tree = PackedRtree::build(&vec![Bounds { min: [0.0; 2], max: [1.0; 2] }; 1000]);
    let mut seen = 0;
    let stopped = tree.visit(|_| true, &mut |position| {
        seen += 1;
        if seen == 3 { ControlFlow::Break(position) } else { ControlFlow::Continue(()) }
    });
    assert!(stopped.is_break());
    assert_eq!(seen, 3);
}
