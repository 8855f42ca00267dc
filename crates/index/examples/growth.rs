//! How cost grows with the number of boxes, beside geo-index and rstar, as a Markdown table.
//!
//! `cargo run --release -p urbis-index --example growth [-- LARGEST]`: sizes from 10,000 to LARGEST (1,000,000 unless said) in tens.
//! All are measured in turns, one after another; boxes and windows are seeded. A build's figure is the median turn, by the wall
//! and (Linux) by what all threads ran; a question's is the median batch of 40, short enough to fall between two turns of a busy
//! machine's scheduler.
#![expect(clippy::print_stdout, reason = "a table is what this program is for")]

use geo_index::rtree::{
    RTreeBuilder, RTreeIndex,
    sort::{HilbertSort, STRSort},
};
use rstar::{
    AABB, RTree,
    primitives::{GeomWithData, Rectangle},
};
use std::{hint::black_box, ops::ControlFlow, time::Instant};
use urbis_index::{GeodesicOrigin, NearestQueue, PackedRtree};
use urbis_model::{Bounds, LonLat};

#[path = "../benches/city/mod.rs"]
mod city;

const TURNS: usize = 5;
const QUESTIONS: usize = 2_000;
const BATCH: usize = 40;

/// One thing that is measured: its name, and a figure of each turn or batch.
type Column = (&'static str, Vec<f64>);

fn main() {
    let largest: usize = std::env::args().nth(1).map_or(1_000_000, |said| said.parse().expect("a number of boxes"));
    let sizes: Vec<usize> =
        std::iter::successors(Some(10_000), |size| Some(size * 10)).take_while(|size| *size <= largest).collect();
    let tables: Vec<Vec<(&str, f64)>> = sizes.iter().map(|size| measured(*size)).collect();
    let head: Vec<String> = sizes.iter().map(usize::to_string).collect();
    println!("| boxes | {} | exponent |", head.join(" | "));
    println!("|---|{}", "--:|".repeat(sizes.len() + 1));
    for row in 0..tables[0].len() {
        let values: Vec<f64> = tables.iter().map(|table| table[row].1).collect();
        let exponent = match values.len() {
            1 => String::from("–"),
            many => format!("{:.2}", (values[many - 1] / values[0]).log10() / (many - 1) as f64),
        };
        let said: Vec<String> = values.iter().map(|value| format!("{value:.2}")).collect();
        println!("| {} | {} | {exponent} |", tables[0][row].0, said.join(" | "));
    }
}

/// Milliseconds that all threads of this program ran; 0 where the system does not say.
fn cpu_ms() -> f64 {
    let ran = |task: std::fs::DirEntry| {
        std::fs::read_to_string(task.path().join("schedstat")).ok()?.split(' ').next()?.parse::<f64>().ok()
    };
    std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten().filter_map(ran).sum::<f64>() / 1e6
}

fn built<T>([wall, cpu]: [&mut Column; 2], build: impl FnOnce() -> T) -> T {
    let (start, ran) = (Instant::now(), cpu_ms());
    let built = build();
    wall.1.push(start.elapsed().as_secs_f64() * 1e3);
    cpu.1.push(cpu_ms() - ran);
    built
}

fn asked(column: &mut Column, windows: &[Bounds], mut ask: impl FnMut(&Bounds)) {
    for batch in windows.chunks(BATCH) {
        let start = Instant::now();
        batch.iter().for_each(&mut ask);
        column.1.push(start.elapsed().as_secs_f64() * 1e6 / batch.len() as f64);
    }
}

/// Medians of each column at one size.
fn measured(count: usize) -> Vec<(&'static str, f64)> {
    let boxes = city::boxes(count, 1);
    let places: Vec<LonLat> = boxes.iter().map(|one| LonLat::from_degrees(one.min[0], one.min[1]).expect("a position")).collect();
    let points: Vec<Bounds> = boxes.iter().map(|one| Bounds { min: one.min, max: one.min }).collect();
    let windows = city::windows(QUESTIONS, count, 100, 2);
    let mut columns: Vec<Column> = [
        "build, ms: urbis",
        "geo-index Hilbert",
        "geo-index STR",
        "rstar",
        "build, CPU ms: urbis",
        "geo-index Hilbert",
        "geo-index STR",
        "rstar",
        "100-hit window, µs: urbis",
        "geo-index Hilbert",
        "geo-index STR",
        "rstar",
        "10-NN planar, µs: urbis",
        "geo-index Hilbert",
        "geo-index STR",
        "rstar",
        "10-NN in metres, µs: urbis",
        "ceiling: 10 geodesics",
    ]
    .map(|name| (name, Vec::new()))
    .into();
    let point_tree = PackedRtree::build(&points);
    let (mut near, mut queue) = (Vec::new(), NearestQueue::default());
    for _ in 0..TURNS {
        let (walls, rest) = columns.split_at_mut(4);
        let (cpus, rest) = rest.split_at_mut(4);
        let ours = built([&mut walls[0], &mut cpus[0]], || PackedRtree::build(&boxes));
        let hilbert = built([&mut walls[1], &mut cpus[1]], || builder(&boxes).finish::<HilbertSort>());
        let strs = built([&mut walls[2], &mut cpus[2]], || builder(&boxes).finish::<STRSort>());
        let rival = built([&mut walls[3], &mut cpus[3]], || rstar_tree(&boxes));
        asked(&mut rest[0], &windows, |w| {
            ours.window(w, &mut |position| {
                black_box(position);
            })
        });
        for (column, tree) in [(1, &hilbert), (2, &strs)] {
            asked(&mut rest[column], &windows, |w| {
                black_box(tree.search(w.min[0], w.min[1], w.max[0], w.max[1]));
            });
            asked(&mut rest[column + 4], &windows, |w| {
                black_box(tree.neighbors(w.min[0], w.min[1], Some(10), None));
            });
        }
        asked(&mut rest[3], &windows, |w| {
            rival.locate_in_envelope_intersecting(AABB::from_corners(w.min, w.max)).for_each(|item| {
                black_box(item.data);
            });
        });
        asked(&mut rest[4], &windows, |w| {
            ours.nearest_k_planar(10, w.min, |position| boxes[position as usize], &mut near);
            black_box(&near);
        });
        asked(&mut rest[7], &windows, |w| {
            rival.nearest_neighbor_iter(w.min).take(10).for_each(|item| {
                black_box(item.data);
            });
        });
        let origin = |w: &Bounds| GeodesicOrigin::new(LonLat::from_degrees(w.min[0], w.min[1]).expect("a position"));
        asked(&mut rest[8], &windows, |w| {
            let (origin, mut left) = (origin(w), 10);
            let distance = |place: u32| Some(origin.distance_m(places[place as usize]));
            let _ = point_tree.nearest_in(
                &mut queue,
                |one| origin.lower_bound_m(one),
                distance,
                |place, distance_m| {
                    black_box((place, distance_m));
                    left -= 1;
                    if left == 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
                },
            );
        });
        asked(&mut rest[9], &windows, |w| {
            let origin = origin(w);
            black_box(places[..10].iter().map(|to| origin.distance_m(*to)).sum::<f64>());
        });
    }
    columns
        .into_iter()
        .map(|(name, mut values)| {
            values.sort_by(f64::total_cmp);
            (name, values[values.len() / 2])
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

fn rstar_tree(boxes: &[Bounds]) -> RTree<GeomWithData<Rectangle<[f64; 2]>, u32>> {
    let item = |(one, position): (&Bounds, u32)| GeomWithData::new(Rectangle::from_corners(one.min, one.max), position);
    RTree::bulk_load(boxes.iter().zip(0..).map(item).collect())
}
