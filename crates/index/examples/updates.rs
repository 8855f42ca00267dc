//! How long questions take while changes arrive, as a Markdown table: one reader asks 100-hit windows of 1,000,000 boxes while a
//! writer moves 100,000 of them a second, 1,000 at a time, and a third thread merges.
//!
//! `cargo run --release -p urbis-index --example updates [-- SECONDS]`
#![expect(clippy::print_stdout, reason = "a table is what this program is for")]

use std::{
    hint::black_box,
    ops::ControlFlow,
    sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    thread,
    time::{Duration, Instant},
};
use urbis_index::{Change, DynamicRtree};
use urbis_model::Bounds;

#[path = "../benches/city/mod.rs"]
mod city;

const BOXES: usize = 1_000_000;
const BATCH: u32 = 1_000;
const BATCHES_PER_SECOND: u32 = 100;

fn main() {
    let seconds: u64 = std::env::args().nth(1).map_or(5, |said| said.parse().expect("a number of seconds"));
    let boxes = city::boxes(BOXES, 1);
    let windows = city::windows(4_096, BOXES, 100, 2);
    let tree = DynamicRtree::new(&boxes);
    let quiet = asked(&tree, &windows, &AtomicBool::new(true), Duration::from_secs(1));
    let (running, made) = (AtomicBool::new(true), AtomicU64::new(0));
    let busy = thread::scope(|threads| {
        threads.spawn(|| {
            let start = Instant::now();
            for batch in 0u32.. {
                let due = start + Duration::from_secs(1) / BATCHES_PER_SECOND * batch;
                thread::sleep(due.saturating_duration_since(Instant::now()));
                if !running.load(Relaxed) {
                    return;
                }
                let moved = |at: u32| {
                    let id = batch.wrapping_mul(7_919_003).wrapping_add(at * 977) % BOXES as u32;
                    let Bounds { min, max } = boxes[id as usize];
                    let by = f64::from(batch % 10) * 1e-4;
                    Change::Put(id, Bounds { min: min.map(|edge| edge + by), max: max.map(|edge| edge + by) })
                };
                tree.apply(&(0..BATCH).map(moved).collect::<Vec<_>>());
                made.fetch_add(u64::from(BATCH), Relaxed);
            }
        });
        threads.spawn(|| {
            while running.load(Relaxed) {
                if !tree.merge() {
                    thread::sleep(Duration::from_millis(20));
                }
            }
        });
        let busy = asked(&tree, &windows, &running, Duration::from_secs(seconds));
        running.store(false, Relaxed);
        busy
    });
    println!("| | questions | median, µs | p99, µs | p99.9, µs |\n|---|--:|--:|--:|--:|");
    row("no changes", quiet);
    row(&format!("{} changes a second, {} runs", made.load(Relaxed) / seconds, tree.snapshot().runs()), busy);
}

/// What each question took, microseconds.
fn asked(tree: &DynamicRtree, windows: &[Bounds], running: &AtomicBool, time: Duration) -> Vec<f64> {
    let start = Instant::now();
    let mut took = Vec::new();
    for window in windows.iter().cycle() {
        if start.elapsed() >= time || !running.load(Relaxed) {
            break;
        }
        let asked = Instant::now();
        let _ = tree.snapshot().window(window, &mut |id| {
            black_box(id);
            ControlFlow::<()>::Continue(())
        });
        took.push(asked.elapsed().as_secs_f64() * 1e6);
    }
    took
}

fn row(name: &str, mut took: Vec<f64>) {
    took.sort_by(f64::total_cmp);
    let at = |part: f64| took[((took.len() - 1) as f64 * part) as usize];
    println!("| {name} | {} | {:.1} | {:.1} | {:.1} |", took.len(), at(0.5), at(0.99), at(0.999));
}
