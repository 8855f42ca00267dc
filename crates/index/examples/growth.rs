//! How cost grows with the number of boxes, beside geo-index and rstar, as a Markdown table.
//!
//! `cargo run --release -p urbis-index --example growth [-- LARGEST]`: sizes from 10,000 to LARGEST (1,000,000 unless said) in tens.
//! Each figure is the median of turns in which all are measured one after another; the boxes are seeded.
#![expect(clippy::print_stdout, reason = "a table is what this program is for")]

use geo_index::rtree::{RTreeBuilder, RTreeIndex, sort::HilbertSort, sort::STRSort};
use rstar::{AABB, primitives::GeomWithData, primitives::Rectangle};
use std::{hint::black_box, time::Instant};
use urbis_index::PackedRtree;
use urbis_model::Bounds;

#[path = "../benches/city/mod.rs"]
mod city;

const TURNS: usize = 5;
const QUESTIONS: usize = 2_000;

type Rival = rstar::RTree<GeomWithData<Rectangle<[f64; 2]>, u32>>;

fn main() {
    let largest: usize = std::env::args().nth(1).map_or(1_000_000, |said| said.parse().expect("a number of boxes"));
    let names = [
        "build urbis, ms",
        "build geo-index Hilbert, ms",
        "build geo-index STR, ms",
        "build rstar, ms",
        "100-hit window urbis, µs",
        "geo-index Hilbert, µs",
        "geo-index STR, µs",
        "rstar, µs",
        "10-NN planar urbis, µs",
        "geo-index Hilbert, µs",
        "geo-index STR, µs",
        "rstar, µs",
    ];
    let mut rows: Vec<(usize, Vec<f64>)> = Vec::new();
    let mut count = 10_000;
    while count <= largest {
        rows.push((count, measured(count)));
        count *= 10;
    }
    println!("| boxes | {} |", names.join(" | "));
    println!("|{}", "--:|".repeat(names.len() + 1));
    for (count, figures) in &rows {
        println!("| {count} | {} |", figures.iter().map(|figure| format!("{figure:.2}")).collect::<Vec<_>>().join(" | "));
    }
    if let (Some((few, first)), Some((many, last))) = (rows.first(), rows.last())
        && few < many
    {
        let decades = (*many as f64 / *few as f64).log10();
        let exponents = first.iter().zip(last).map(|(a, b)| format!("{:.2}", (b / a).log10() / decades));
        println!("| exponent | {} |", exponents.collect::<Vec<_>>().join(" | "));
    }
}

/// Seconds: of the wall, or with `URBIS_CPU_TIME` set those that this program's threads ran (Linux), which a busy machine disturbs less.
fn clock() -> f64 {
    static START: std::sync::LazyLock<Instant> = std::sync::LazyLock::new(Instant::now);
    if std::env::var_os("URBIS_CPU_TIME").is_none() {
        return START.elapsed().as_secs_f64();
    }
    let tasks = std::fs::read_dir("/proc/self/task").expect("Linux lists a program's threads");
    let nanos = tasks.map(|task| {
        let file = task.expect("a thread").path().join("schedstat");
        let said = std::fs::read_to_string(file).expect("Linux counts what a thread ran");
        said.split(' ').next().and_then(|nanos| nanos.parse::<f64>().ok()).expect("nanoseconds come first")
    });
    nanos.sum::<f64>() / 1e9
}

/// Medians of each figure at one size.
fn measured(count: usize) -> Vec<f64> {
    let boxes = city::boxes(count, 1);
    let windows = city::windows(QUESTIONS, count, 100, 2);
    let mut turns: Vec<Vec<f64>> = Vec::new();
    for _ in 0..TURNS {
        let mut figures = Vec::new();
        let mut timed = |times: usize, unit: f64, work: &mut dyn FnMut()| {
            let start = clock();
            work();
            figures.push((clock() - start) / times as f64 * unit);
        };
        let (mut ours, mut hilbert, mut strs, mut rival) = (None, None, None, None);
        timed(1, 1e3, &mut || ours = Some(PackedRtree::build(&boxes)));
        timed(1, 1e3, &mut || hilbert = Some(builder(&boxes).finish::<HilbertSort>()));
        timed(1, 1e3, &mut || strs = Some(builder(&boxes).finish::<STRSort>()));
        timed(1, 1e3, &mut || rival = Some(rstar_tree(&boxes)));
        let (ours, hilbert, strs, rival) = (ours.unwrap(), hilbert.unwrap(), strs.unwrap(), rival.unwrap());
        timed(QUESTIONS, 1e6, &mut || {
            windows.iter().for_each(|w| {
                ours.window(w, &mut |position| {
                    black_box(position);
                })
            })
        });
        for tree in [&hilbert, &strs] {
            timed(QUESTIONS, 1e6, &mut || {
                windows.iter().for_each(|w| {
                    black_box(tree.search(w.min[0], w.min[1], w.max[0], w.max[1]));
                })
            });
        }
        timed(QUESTIONS, 1e6, &mut || {
            windows.iter().for_each(|w| {
                rival.locate_in_envelope_intersecting(AABB::from_corners(w.min, w.max)).for_each(|item| {
                    black_box(item.data);
                });
            })
        });
        let mut near = Vec::new();
        timed(QUESTIONS, 1e6, &mut || {
            windows.iter().for_each(|w| {
                ours.nearest_k_planar(10, w.min, |position| boxes[position as usize], &mut near);
                black_box(&near);
            })
        });
        for tree in [&hilbert, &strs] {
            timed(QUESTIONS, 1e6, &mut || {
                windows.iter().for_each(|w| {
                    black_box(tree.neighbors(w.min[0], w.min[1], Some(10), None));
                })
            });
        }
        timed(QUESTIONS, 1e6, &mut || {
            windows.iter().for_each(|w| {
                rival.nearest_neighbor_iter(w.min).take(10).for_each(|item| {
                    black_box(item.data);
                });
            })
        });
        turns.push(figures);
    }
    (0..turns[0].len())
        .map(|figure| {
            let mut values: Vec<f64> = turns.iter().map(|turn| turn[figure]).collect();
            values.sort_by(f64::total_cmp);
            values[TURNS / 2]
        })
        .collect()
}

fn builder(boxes: &[Bounds]) -> RTreeBuilder<f64> {
    let mut builder = RTreeBuilder::new(boxes.len() as u32);
    for one in boxes {
        builder.add(one.min[0], one.min[1], one.max[0], one.max[1]);
    }
    builder
}

fn rstar_tree(boxes: &[Bounds]) -> Rival {
    let item = |(position, one): (usize, &Bounds)| GeomWithData::new(Rectangle::from_corners(one.min, one.max), position as u32);
    Rival::bulk_load(boxes.iter().enumerate().map(item).collect())
}
