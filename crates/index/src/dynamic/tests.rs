//! The dynamic tree against a map, and under threads; its swaps under loom are in `under_loom.rs`.

use crate::{Change, DynamicRtree, Near, Snapshot, dynamic::SEALED_ITEMS};
use proptest::prelude::*;
use std::{
    collections::{BTreeMap, BTreeSet},
    ops::ControlFlow,
    sync::atomic::{AtomicBool, Ordering::Relaxed},
};
use urbis_model::Bounds;

fn found(snapshot: &Snapshot, window: &Bounds) -> Vec<u32> {
    let mut found = Vec::new();
    let _ = snapshot.window(window, &mut |id| {
        found.push(id);
        ControlFlow::<()>::Continue(())
    });
    found.sort_unstable();
    found
}

fn square(x: i32, y: i32, side: i32) -> Bounds {
    Bounds { min: [f64::from(x), f64::from(y)], max: [f64::from(x + side), f64::from(y + side)] }
}

/// Every item of the map is found by its id once, and no other.
fn check(snapshot: &Snapshot, map: &BTreeMap<u32, Bounds>, window: &Bounds) {
    assert_eq!(snapshot.len(), map.len());
    let expected: Vec<u32> = map.iter().filter(|(_, one)| one.intersects(window)).map(|(id, _)| *id).collect();
    assert_eq!(found(snapshot, window), expected);
    let away = |one: &Bounds| crate::packed::planar_distance2(window.min, one);
    let mut sorted: Vec<Near> = map.iter().map(|(id, one)| Near { distance: away(one), position: *id }).collect();
    sorted.sort_unstable();
    sorted.truncate(7);
    assert_eq!(snapshot.nearest_k(7, away, |id| Some(away(&map[&id]))), sorted);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn answers_as_a_map_does(
        batches in prop::collection::vec(prop::collection::vec((0u32..60, -9i32..9, -9i32..9, 0i32..4, any::<bool>()), 0..20), 0..25),
        merges in any::<u32>(), window in (-9i32..9, -9i32..9, 0i32..12),
    ) {
        let (tree, mut map) = (DynamicRtree::default(), BTreeMap::new());
        let window = square(window.0, window.1, window.2);
        let empty = tree.snapshot();
        for (turn, batch) in batches.iter().enumerate() {
            let before = (tree.snapshot(), map.clone());
            let changes: Vec<Change> = batch.iter().map(|&(id, x, y, side, put)| {
                if put { Change::Put(id, square(x, y, side)) } else { Change::Remove(id) }
            }).collect();
            for change in &changes {
                match *change {
                    Change::Put(id, bounds) => map.insert(id, bounds),
                    Change::Remove(id) => map.remove(&id),
                };
            }
            tree.apply(&changes);
            if merges >> (turn % 32) & 1 == 1 {
                tree.merge();
            }
            check(&tree.snapshot(), &map, &window);
            check(&before.0, &before.1, &window);
        }
        check(&empty, &BTreeMap::new(), &window);
    }
}

#[test]
fn large_runs_are_merged_and_the_removed_leave() {
    let count = 3 * SEALED_ITEMS as i32;
    let boxes: Vec<Bounds> = (0..count).map(|at| square(at, at, 1)).collect();
    let tree = DynamicRtree::new(&boxes);
    let mut map: BTreeMap<u32, Bounds> = (0..).zip(boxes).collect();
    for turn in 0..12 {
        let changes: Vec<Change> = (0..3_000)
            .map(|at| {
                let id = (turn * 2_500 + at) as u32 % (count as u32 + 5_000);
                if at % 7 == 0 { Change::Remove(id) } else { Change::Put(id, square(at + turn, -at, 2)) }
            })
            .collect();
        for change in &changes {
            match *change {
                Change::Put(id, bounds) => map.insert(id, bounds),
                Change::Remove(id) => map.remove(&id),
            };
        }
        tree.apply(&changes);
    }
    let window = square(100, -3_000, 2_000);
    let runs = tree.snapshot().runs();
    check(&tree.snapshot(), &map, &window);
    assert!(tree.merge(), "{runs} runs");
    while tree.merge() {}
    check(&tree.snapshot(), &map, &window);
    assert!(tree.snapshot().runs() < runs);
    assert!(tree.snapshot().heap_bytes() < 40 * map.len() + 200_000, "{} bytes", tree.snapshot().heap_bytes());
    tree.apply(&(0..count as u32 + 5_000).map(Change::Remove).collect::<Vec<_>>());
    assert!(tree.snapshot().is_empty() && tree.snapshot().runs() == 0 && !tree.merge());
}

/// Pairs of items always move together: whoever sees one without the other saw half a batch.
#[test]
fn readers_see_whole_batches_while_others_write_and_merge() {
    let boxes: Vec<Bounds> = (0..2 * SEALED_ITEMS as i32).map(|at| square(at / 2, 0, 0)).collect();
    let tree = DynamicRtree::new(&boxes);
    let done = AtomicBool::new(false);
    std::thread::scope(|threads| {
        threads.spawn(|| {
            for turn in 0..60u32 {
                let moved = (0..1_000).flat_map(|at| {
                    let pair = (turn * 733 + at * 5) % SEALED_ITEMS as u32;
                    [2 * pair, 2 * pair + 1].map(|id| Change::Put(id, square(pair as i32, turn as i32, 0)))
                });
                tree.apply(&moved.collect::<Vec<_>>());
            }
            done.store(true, Relaxed);
        });
        threads.spawn(|| {
            while !done.load(Relaxed) {
                tree.merge();
                std::thread::yield_now();
            }
        });
        for reader in 0..2 {
            let (tree, done) = (&tree, &done);
            threads.spawn(move || {
                let mut at = reader;
                while !done.load(Relaxed) {
                    at = (at + 911) % SEALED_ITEMS as i32;
                    let mut ids = found(&tree.snapshot(), &Bounds { min: [f64::from(at), -1.0], max: [f64::from(at + 3), 1e3] });
                    // Where they lie exactly is for the caller to ask.
                    ids.retain(|id| (at..=at + 3).contains(&(*id as i32 / 2)));
                    let pairs: BTreeSet<u32> = ids.iter().map(|id| id / 2).collect();
                    assert_eq!(ids.len(), 2 * pairs.len(), "{ids:?}");
                    assert!(at + 3 >= SEALED_ITEMS as i32 || pairs.len() == 4, "{ids:?}");
                }
            });
        }
    });
}
