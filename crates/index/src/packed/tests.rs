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

/// More than an edge may be off: a step of the root, which is at most twice a 255th of the extent; of deeper nodes it is less.
fn coarse(boxes: &[Bounds]) -> f64 {
    let mut extent = Bounds::EMPTY;
    boxes.iter().for_each(|one| extent.merge(one));
    [0, 1].map(|axis| (extent.max[axis] - extent.min[axis]) * 2.0 / 255.0 + 1e-9).into_iter().fold(0.0, f64::max)
}

/// Every box that meets the window is found, none twice, and nothing that is more than a step away.
fn check_window(boxes: &[Bounds], window: &Bounds) {
    let answer = found(&PackedRtree::build(boxes), window);
    assert!(answer.windows(2).all(|pair| pair[0] < pair[1]), "twice: {answer:?}");
    let step = coarse(boxes);
    let wider = Bounds { min: window.min.map(|edge| edge - step), max: window.max.map(|edge| edge + step) };
    for (position, one) in boxes.iter().enumerate() {
        let is_found = answer.binary_search(&(position as u32)).is_ok();
        assert!(is_found || !one.intersects(window), "missed {position}: {one:?} by {window:?}");
        assert!(!is_found || one.intersects(&wider), "far off {position}: {one:?} by {window:?}");
    }
}

/// A box that is kept encloses the one that was given, by less than a step of its node on each side.
fn check_edges(boxes: &[Bounds]) {
    let tree = PackedRtree::build(boxes);
    let view = tree.view();
    for node in 0..tree.layout.nodes(0) {
        let frame = view.frame(0, node);
        let (block, positions) = (view.block(0, node), view.positions(node));
        for (child, position) in positions.iter().enumerate() {
            let (given, kept) = (boxes[*position as usize], view.bounds(&frame, &block.child(child).expect("it holds points")));
            assert!(kept.encloses(&given), "{kept:?} for {given:?}");
            for axis in 0..2 {
                let (cell, cells) = (tree.raster.cell(axis, 0)[1], f64::from(frame.axis(axis).1));
                let most = cell * (cells + 2.1);
                assert!(
                    given.min[axis] - kept.min[axis] <= most && kept.max[axis] - given.max[axis] <= most,
                    "{kept:?} for {given:?}"
                );
            }
        }
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
    fn edges_are_off_by_less_than_a_step(boxes in prop::collection::vec(a_box(), 1..900), power in -320i32..300) {
        check_edges(&boxes);
        // Of any size, down to where an f64 can hardly tell two numbers apart.
        let scale = 10f64.powi(power);
        let scaled: Vec<Bounds> =
            boxes.iter().map(|one| Bounds { min: one.min.map(|edge| edge * scale), max: one.max.map(|edge| edge * scale) }).collect();
        for window in scaled.iter().take(20) {
            let answer = found(&PackedRtree::build(&scaled), window);
            for (position, one) in scaled.iter().enumerate() {
                prop_assert!(!one.intersects(window) || answer.binary_search(&(position as u32)).is_ok(), "missed {one:?} by {window:?}");
            }
        }
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
    let (mut asked, mut visited) = (0, 0);
    for _ in 0..200 {
        let (x, y) = (121.0 + next() * 0.6, 31.7 + next() * 0.4);
        let window = Bounds { min: [x, y], max: [x + next() * 0.02, y + next() * 0.02] };
        let answer = found(&tree, &window);
        asked += boxes.iter().filter(|one| one.intersects(&window)).count();
        visited += answer.len();
        for (position, one) in boxes.iter().enumerate() {
            assert!(!one.intersects(&window) || answer.binary_search(&(position as u32)).is_ok(), "missed {position}");
        }
    }
    assert!(visited * 100 <= asked * 103, "{visited} visited for {asked} that meet");
    assert!(tree.heap_bytes() <= 9 * boxes.len(), "{} bytes", tree.heap_bytes());
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

#[test]
fn what_holds_no_point_meets_nothing_and_is_refused_by_a_strict_build() {
    let infinite = Bounds { min: [f64::NEG_INFINITY; 2], max: [f64::INFINITY; 2] };
    let unit = Bounds { min: [0.0; 2], max: [1.0; 2] };
    let none = [
        Bounds { min: [f64::NAN, 0.0], max: [1.0, 1.0] },
        Bounds { min: [0.0, 0.0], max: [1.0, f64::NAN] },
        Bounds { min: [2.0, 0.0], max: [1.0, 1.0] },
        Bounds { min: [0.0, 2.0], max: [1.0, 1.0] },
        Bounds::EMPTY,
    ];
    for one in none {
        assert!(found(&PackedRtree::build(&[one]), &infinite).is_empty(), "{one:?}");
        assert_eq!(found(&PackedRtree::build(&[one, unit]), &infinite), [1], "{one:?}");
        assert!(found(&PackedRtree::build(&[unit]), &one).is_empty(), "{one:?}");
        assert_eq!(PackedRtree::build_strict(&[unit, one]).unwrap_err().position, 1);
    }
    // Boxes without end are boxes, and so are those beyond what f32 holds.
    let huge = Bounds { min: [-1e300, 5.0], max: [1e300, 5.0] };
    for one in [infinite, huge] {
        assert_eq!(found(&PackedRtree::build_strict(&[one]).unwrap(), &Bounds { min: [-7.0, 4.0], max: [-7.0, 6.0] }), [0]);
        assert_eq!(found(&PackedRtree::build(&[unit]), &one).len(), usize::from(one.intersects(&unit)));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn all_forms_of_a_window_agree(boxes in prop::collection::vec(a_box(), 0..600), windows in prop::collection::vec(a_box(), 1..20)) {
        let tree = PackedRtree::build(&boxes);
        let mut batched = vec![Vec::new(); windows.len()];
        for run in tree.windows(&windows, Vec::new, |found, window, position| found.push((window, position))) {
            run.into_iter().for_each(|(window, position)| batched[window].push(position));
        }
        for (window, mut batched) in windows.iter().zip(batched) {
            let visited = found(&tree, window);
            let mut iterated: Vec<u32> = tree.in_window(window).collect();
            iterated.sort_unstable();
            batched.sort_unstable();
            prop_assert_eq!(&iterated, &visited);
            prop_assert_eq!(&batched, &visited);
        }
    }

    #[test]
    fn the_k_nearest_are_the_first_of_a_sort(
        boxes in prop::collection::vec(a_box(), 0..400), x in -180.0..180.0f64, y in -90.0..90.0f64, k in 0usize..40, radius in 0.0..60.0f64,
    ) {
        let away = |one: &Bounds| {
            let over = |axis: usize, at: f64| (one.min[axis] - at).max(at - one.max[axis]).max(0.0);
            over(0, x).powi(2) + over(1, y).powi(2)
        };
        let mut expected: Vec<(f64, u32)> = boxes.iter().map(away).zip(0..).collect();
        expected.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let tree = PackedRtree::build(&boxes);
        let mut near = Vec::new();
        tree.nearest_k_planar(k, [x, y], |position| boxes[position as usize], &mut near);
        let answer: Vec<(f64, u32)> = near.iter().map(|near| (near.distance, near.position)).collect();
        prop_assert_eq!(&answer[..], &expected[..k.min(boxes.len())]);
        let mut within = Vec::new();
        tree.within([x, y], radius, &mut |position| within.push(position));
        prop_assert!(expected.iter().all(|(distance2, position)| *distance2 > radius * radius || within.contains(position)));
    }

    #[test]
    fn a_join_finds_the_pairs_of_two_loops(
        ones in prop::collection::vec(a_box(), 0..300), others in prop::collection::vec(a_box(), 0..40), reach in prop_oneof![Just(0.0), 0.0..5.0f64],
    ) {
        let pairs = |ones: &[Bounds], others: &[Bounds]| {
            let (tree, other) = (PackedRtree::build(ones), PackedRtree::build(others));
            let runs = tree.join(&other, [reach; 2], Vec::new, |pairs: &mut Vec<(u32, u32)>, a, b| {
                pairs.push((a, b));
                ControlFlow::Continue(())
            });
            let mut pairs = runs.concat();
            pairs.sort_unstable();
            pairs
        };
        // Trees of unequal height, whichever comes first.
        for (ones, others) in [(&ones, &others), (&others, &ones)] {
            let answer = pairs(ones, others);
            let step = coarse(ones) + coarse(others);
            prop_assert!(answer.windows(2).all(|pair| pair[0] < pair[1]), "twice");
            for (a, one) in ones.iter().enumerate() {
                let near = Bounds { min: one.min.map(|edge| edge - reach), max: one.max.map(|edge| edge + reach) };
                let far = Bounds { min: near.min.map(|edge| edge - step), max: near.max.map(|edge| edge + step) };
                for (b, other) in others.iter().enumerate() {
                    let found = answer.binary_search(&(a as u32, b as u32)).is_ok();
                    prop_assert!(found || !near.intersects(other), "missed {a}, {b}");
                    prop_assert!(!found || far.intersects(other), "far off {a}, {b}");
                }
            }
        }
    }
}

#[test]
fn a_join_ends_when_told() {
    let boxes = vec![Bounds { min: [0.0; 2], max: [1.0; 2] }; 2_000];
    let tree = PackedRtree::build(&boxes);
    let runs = tree.join(
        &tree,
        [0.0; 2],
        || 0u64,
        |seen, _, _| {
            *seen += 1;
            if *seen == 10 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        },
    );
    let seen: u64 = runs.iter().sum();
    assert!((10..1_000_000).contains(&seen), "{seen} of 4,000,000 pairs");
}
