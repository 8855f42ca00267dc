//! A million seeded questions, each answered by brute force, by rstar and by the index; with `URBIS_PYTHON` (an interpreter that has
//! shapely) some of them by GEOS too. A twentieth of them in an ordinary run, all with `URBIS_SOAK=1`.

use rstar::{
    AABB, RTree,
    primitives::{GeomWithData, Rectangle},
};
use std::{
    io::Write,
    ops::ControlFlow,
    process::{Command, Stdio},
};
use urbis_index::{Change, DynamicRtree, Near, PackedRtree, Snapshot};
use urbis_model::Bounds;

#[path = "../benches/city/mod.rs"]
#[expect(dead_code, reason = "only the seeded numbers are wanted")]
mod city;

use city::Seeded;

const CASES: usize = 1_000_000;
const QUESTIONS_PER_CITY: usize = 500;
const SEED: u64 = 20_261_125;

/// Numbers with ties: on a raster, at the antimeridian and the poles, or anywhere.
fn edge(seeded: &mut Seeded, limit: f64) -> f64 {
    match (seeded.unit() * 8.0) as u32 {
        0 => limit,
        1 => -limit,
        2..5 => (seeded.unit() * 20.0).floor() - 10.0,
        _ => (seeded.unit() * 2.0 - 1.0) * limit,
    }
}

fn a_box(seeded: &mut Seeded) -> Bounds {
    let min = [edge(seeded, 180.0), edge(seeded, 90.0)];
    let mut width = |limit: f64| match (seeded.unit() * 4.0) as u32 {
        0 => 0.0,
        1 => (seeded.unit() * 4.0).floor(),
        2 => seeded.unit() * 1e-3,
        _ => seeded.unit() * limit,
    };
    let max = [(min[0] + width(40.0)).min(180.0), (min[1] + width(20.0)).min(90.0)];
    Bounds { min, max }
}

/// Of every size from none on; one in eight has equal boxes only, one in ten boxes is of nothing.
fn a_city(seeded: &mut Seeded) -> Vec<Bounds> {
    let count = (seeded.unit().powi(3) * 3_000.0) as usize;
    let equal = seeded.unit() < 0.125;
    let first = a_box(seeded);
    let nothing =
        [Bounds::EMPTY, Bounds { min: [f64::NAN; 2], max: [f64::NAN; 2] }, Bounds { min: [1.0, 2.0], max: [1.0, f64::NAN] }];
    (0..count)
        .map(|at| match seeded.unit() {
            unit if unit < 0.1 => nothing[at % 3],
            _ if equal => first,
            _ => a_box(seeded),
        })
        .collect()
}

fn holds_a_point(one: &Bounds) -> bool {
    one.min[0] <= one.max[0] && one.min[1] <= one.max[1]
}

fn distance2([x, y]: [f64; 2], one: &Bounds) -> f64 {
    let gap = |axis: usize, at: f64| (one.min[axis] - at).max(at - one.max[axis]).max(0.0);
    gap(0, x).powi(2) + gap(1, y).powi(2)
}

/// What a tree visits for a window, less what only its rounded boxes meet.
fn exact(visit: impl FnOnce(&mut dyn FnMut(u32)), boxes: &[Bounds], window: &Bounds) -> Vec<u32> {
    let mut found = Vec::new();
    visit(&mut |position| found.push(position));
    let visited = found.len();
    found.sort_unstable();
    found.dedup();
    assert_eq!(found.len(), visited, "a position came twice");
    found.retain(|position| boxes[*position as usize].intersects(window));
    found
}

fn in_snapshot(snapshot: &Snapshot, window: &Bounds, on: &mut dyn FnMut(u32)) {
    let _ = snapshot.window(window, &mut |id| {
        on(id);
        ControlFlow::<()>::Continue(())
    });
}

#[test]
fn a_million_questions_are_answered_as_others_do() {
    let cases = if std::env::var_os("URBIS_SOAK").is_some() { CASES } else { CASES / 20 };
    eprintln_seed();
    let mut seeded = Seeded::new(SEED);
    for city in 0..cases.div_ceil(QUESTIONS_PER_CITY) {
        let boxes = a_city(&mut seeded);
        let tree = PackedRtree::build(&boxes);
        // The same boxes again, arrived in three batches over other boxes that are gone.
        let dynamic = DynamicRtree::new(&boxes[..boxes.len() / 3]);
        let put = |from: usize, to: usize| (from..to).map(|id| Change::Put(id as u32, boxes[id])).collect::<Vec<_>>();
        dynamic.apply(
            &(0..boxes.len() as u32 / 2).map(|id| Change::Put(id, Bounds { min: [0.0; 2], max: [9.0; 2] })).collect::<Vec<_>>(),
        );
        dynamic.apply(&put(0, boxes.len() / 2));
        dynamic.apply(&put(boxes.len() / 2, boxes.len()));
        let snapshot = dynamic.snapshot();
        let items = boxes.iter().zip(0u32..).filter(|(one, _)| holds_a_point(one));
        let rival =
            RTree::bulk_load(items.map(|(one, at)| GeomWithData::new(Rectangle::from_corners(one.min, one.max), at)).collect());
        let mut near = Vec::new();
        for question in 0..QUESTIONS_PER_CITY {
            let context = || format!("seed {SEED}, city {city} of {} boxes, question {question}", boxes.len());
            if question % 4 == 3 {
                let (from, k) = ([edge(&mut seeded, 180.0), edge(&mut seeded, 90.0)], (seeded.unit() * 20.0) as usize);
                let mut expected: Vec<Near> = boxes
                    .iter()
                    .zip(0u32..)
                    .filter(|(one, _)| holds_a_point(one))
                    .map(|(one, position)| Near { distance: distance2(from, one), position })
                    .collect();
                expected.sort_unstable();
                expected.truncate(k);
                tree.nearest_k_planar(k, from, |position| boxes[position as usize], &mut near);
                assert_eq!(near, expected, "{} nearest to {from:?}; {}", k, context());
                let there: Vec<f64> =
                    rival.nearest_neighbor_iter_with_distance_2(from).take(k).map(|(_, distance2)| distance2).collect();
                let here: Vec<f64> = expected.iter().map(|near| near.distance).collect();
                assert_eq!(here, there, "rstar: {} nearest to {from:?}; {}", k, context());
                let changing = snapshot.nearest_k(k, |one| distance2(from, one), |id| Some(distance2(from, &boxes[id as usize])));
                assert_eq!(changing, expected, "{} nearest in a snapshot to {from:?}; {}", k, context());
            } else {
                let window = a_box(&mut seeded);
                let expected: Vec<u32> = (0u32..)
                    .zip(&boxes)
                    .filter(|(_, one)| holds_a_point(one) && one.intersects(&window))
                    .map(|(at, _)| at)
                    .collect();
                let here = exact(|on| tree.window(&window, &mut |position| on(position)), &boxes, &window);
                assert_eq!(here, expected, "{window:?}; {}", context());
                assert_eq!(
                    exact(|on| in_snapshot(&snapshot, &window, on), &boxes, &window),
                    expected,
                    "snapshot: {window:?}; {}",
                    context()
                );
                let found = rival.locate_in_envelope_intersecting(AABB::from_corners(window.min, window.max));
                let mut there: Vec<u32> = found.map(|item| item.data).collect();
                there.sort_unstable();
                assert_eq!(here, there, "rstar: {window:?}; {}", context());
            }
        }
    }
}

#[expect(clippy::print_stderr, reason = "the seed is worth knowing where a run fails without saying it")]
fn eprintln_seed() {
    eprintln!("seed {SEED}");
}

/// shapely's STRtree over the same boxes and windows; both as JSON.
const ORACLE: &str = "
import json, sys, shapely
said = json.load(sys.stdin)
boxes = shapely.box(*zip(*said['boxes']))
windows = shapely.box(*zip(*said['windows']))
asked, found = shapely.STRtree(boxes).query(windows)
answers = [[] for _ in windows]
for window, position in zip(asked.tolist(), found.tolist()):
    answers[window].append(position)
print(json.dumps([sorted(answer) for answer in answers]))
";

#[test]
#[expect(clippy::print_stderr, reason = "a test that could not run says so")]
fn geos_answers_the_same() {
    let Some(python) = std::env::var_os("URBIS_PYTHON") else {
        eprintln!("SKIPPED geos_answers_the_same: set URBIS_PYTHON to an interpreter that has shapely");
        return;
    };
    let mut seeded = Seeded::new(SEED + 1);
    for _ in 0..if std::env::var_os("URBIS_SOAK").is_some() { 50 } else { 5 } {
        let mut boxes = a_city(&mut seeded);
        boxes.retain(holds_a_point);
        boxes.push(a_box(&mut seeded));
        let windows: Vec<Bounds> = (0..1_000).map(|_| a_box(&mut seeded)).collect();
        let corners =
            |boxes: &[Bounds]| boxes.iter().map(|one| [one.min[0], one.min[1], one.max[0], one.max[1]]).collect::<Vec<_>>();
        let question = serde_json::json!({"boxes": corners(&boxes), "windows": corners(&windows)}).to_string();
        let mut child =
            Command::new(&python).args(["-c", ORACLE]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("it runs");
        child.stdin.take().expect("it was piped").write_all(question.as_bytes()).expect("it reads");
        let said = child.wait_with_output().expect("it ends");
        assert!(said.status.success(), "the oracle failed");
        let answers: Vec<Vec<u32>> = serde_json::from_slice(&said.stdout).expect("JSON");
        let tree = PackedRtree::build(&boxes);
        for (window, there) in windows.iter().zip(answers) {
            assert_eq!(
                exact(|on| tree.window(window, &mut |position| on(position)), &boxes, window),
                there,
                "{window:?}, seed {}",
                SEED + 1
            );
        }
    }
}
