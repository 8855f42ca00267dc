//! What the index is asked, beside geo-index, rstar and the plainest thing that could answer.

mod city;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use geo_index::rtree::{RTreeBuilder, RTreeIndex, sort::HilbertSort};
use rstar::{
    AABB, RTree,
    primitives::{GeomWithData, Rectangle},
};
use std::{hint::black_box, ops::ControlFlow, time::Duration};
use urbis_index::{Change, DynamicRtree, GeodesicOrigin, MovingIndex, NearestQueue, PackedRtree};
use urbis_model::{Bounds, LonLat};

const BOXES: usize = 1_000_000;

fn geo_index(boxes: &[Bounds]) -> geo_index::rtree::RTree<f64> {
    let mut builder = RTreeBuilder::<f64>::new(boxes.len() as u32);
    for one in boxes {
        builder.add(one.min[0], one.min[1], one.max[0], one.max[1]);
    }
    builder.finish::<HilbertSort>()
}

fn rstar(boxes: &[Bounds]) -> RTree<GeomWithData<Rectangle<[f64; 2]>, u32>> {
    let item = |(one, position): (&Bounds, u32)| GeomWithData::new(Rectangle::from_corners(one.min, one.max), position);
    RTree::bulk_load(boxes.iter().zip(0..).map(item).collect())
}

fn build(criterion: &mut Criterion) {
    let boxes = city::boxes(BOXES, 1);
    let mut group = criterion.benchmark_group("build a tree over 1,000,000 boxes");
    group.sample_size(10);
    group.bench_function("urbis", |bench| bench.iter(|| PackedRtree::build(&boxes)));
    group.bench_function("geo-index", |bench| bench.iter(|| geo_index(&boxes)));
    group.bench_function("rstar", |bench| bench.iter(|| rstar(&boxes)));
    group.bench_function("ceiling: copy the boxes", |bench| bench.iter(|| boxes.clone()));
}

fn window(criterion: &mut Criterion) {
    let boxes = city::boxes(BOXES, 1);
    let (ours, theirs, rival) = (PackedRtree::build(&boxes), geo_index(&boxes), rstar(&boxes));
    for hits in [10, 100, 1000] {
        let windows = city::windows(1_024, BOXES, hits, 2);
        let mut group = criterion.benchmark_group(format!("which of 1,000,000 boxes meet a window, about {hits}"));
        let mut turn = windows.iter().cycle();
        let mut next = || turn.next().expect("a cycle has no end");
        group.bench_function("urbis", |bench| {
            bench.iter(|| {
                ours.window(next(), &mut |position| {
                    black_box(position);
                })
            })
        });
        group.bench_function("geo-index", |bench| {
            bench.iter(|| {
                let w = next();
                theirs.search(w.min[0], w.min[1], w.max[0], w.max[1])
            })
        });
        group.bench_function("rstar", |bench| {
            bench.iter(|| {
                let w = next();
                rival.locate_in_envelope_intersecting(AABB::from_corners(w.min, w.max)).for_each(|item| {
                    black_box(item.data);
                });
            })
        });
        if hits == 100 {
            group.bench_function("naive: a scan", |bench| {
                bench.iter(|| {
                    let w = next();
                    boxes.iter().filter(|one| one.intersects(w)).count()
                })
            });
        }
    }
}

fn nearest(criterion: &mut Criterion) {
    let boxes = city::boxes(BOXES, 1);
    let points: Vec<LonLat> = boxes.iter().map(|one| LonLat::from_degrees(one.min[0], one.min[1]).expect("a position")).collect();
    let point_boxes: Vec<Bounds> = boxes.iter().map(|one| Bounds { min: one.min, max: one.min }).collect();
    let (ours, theirs, rival) = (PackedRtree::build(&boxes), geo_index(&boxes), rstar(&boxes));
    let from = city::windows(1_024, BOXES, 100, 3);
    let mut turn = from.iter().map(|window| window.min).cycle();
    let mut next = || turn.next().expect("a cycle has no end");
    let mut group = criterion.benchmark_group("which 10 of 1,000,000 are nearest");
    let mut found = Vec::new();
    group.bench_function("planar, urbis", |bench| {
        bench.iter(|| ours.nearest_k_planar(10, next(), |position| boxes[position as usize], &mut found))
    });
    group.bench_function("planar, geo-index", |bench| {
        bench.iter(|| {
            let [x, y] = next();
            theirs.neighbors(x, y, Some(10), None)
        })
    });
    group.bench_function("planar, rstar", |bench| {
        bench.iter(|| {
            rival.nearest_neighbor_iter(next()).take(10).for_each(|item| {
                black_box(item.data);
            })
        })
    });
    let tree = PackedRtree::build(&point_boxes);
    let mut queue = NearestQueue::default();
    group.bench_function("metres on the ellipsoid, urbis", |bench| {
        bench.iter(|| {
            let [lon, lat] = next();
            let origin = GeodesicOrigin::new(LonLat::from_degrees(lon, lat).expect("a position"));
            let mut left = 10;
            let distance = |position: u32| Some(origin.distance_m(points[position as usize]));
            tree.nearest_in(
                &mut queue,
                |one| origin.lower_bound_m(one),
                distance,
                |position, distance_m| {
                    black_box((position, distance_m));
                    left -= 1;
                    if left == 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
                },
            )
        })
    });
    let origin = GeodesicOrigin::new(points[0]);
    group.bench_function("ceiling: 10 geodesics", |bench| {
        bench.iter(|| points[1..11].iter().map(|to| origin.distance_m(*to)).sum::<f64>())
    });
}

fn join(criterion: &mut Criterion) {
    let (boxes, others) = (city::boxes(200_000, 1), city::boxes(200_000, 2));
    let mut group = criterion.benchmark_group("which of 200,000 boxes meet which of 200,000 others");
    group.sample_size(10);
    let (one, other) = (PackedRtree::build(&boxes), PackedRtree::build(&others));
    let count = |count: &mut u64, _, _| {
        *count += 1;
        ControlFlow::Continue(())
    };
    group.bench_function("urbis", |bench| bench.iter(|| one.join(&other, [0.0; 2], || 0, count)));
    let (one, other) = (geo_index(&boxes), geo_index(&others));
    group.bench_function("geo-index", |bench| bench.iter(|| one.intersection_candidates_with_other_tree(&other).count()));
    let (one, other) = (rstar(&boxes), rstar(&others));
    group.bench_function("rstar", |bench| bench.iter(|| one.intersection_candidates_with_other_tree(&other).count()));
}

fn open(criterion: &mut Criterion) {
    let boxes = city::boxes(10_000_000, 1);
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("boxes.rtree");
    PackedRtree::build(&boxes).write_to(&path).expect("it is written");
    let window = city::windows(1, boxes.len(), 100, 4)[0];
    let mut group = criterion.benchmark_group("open 10,000,000 boxes and answer one window");
    group.sample_size(20);
    group.bench_function("urbis, mapped", |bench| {
        bench.iter(|| {
            let tree = PackedRtree::open(&path, 0).expect("it was written");
            let found = tree.in_window(&window).count();
            assert!(tree.damage().is_ok());
            found
        })
    });
    group.bench_function("ceiling: read the file", |bench| bench.iter(|| std::fs::read(&path).expect("it was written").len()));
}

fn moves(criterion: &mut Criterion) {
    let boxes = city::boxes(100_000, 1);
    let places: Vec<LonLat> = boxes.iter().map(|one| LonLat::from_degrees(one.min[0], one.min[1]).expect("a position")).collect();
    let mut group = criterion.benchmark_group("move one of 100,000 things by 20 m");
    let mut grid = MovingIndex::default();
    (0u32..).zip(&places).for_each(|(key, place)| {
        grid.place(key, *place);
    });
    let mut turn = (0u32..).zip(&places).cycle().zip((0..).map(|step: u64| (step / 100_000) as f64 * 2e-4 % 1e-2));
    let mut next = || {
        let ((key, place), step) = turn.next().expect("a cycle has no end");
        (key, LonLat::from_degrees(place.lon_deg() + step, place.lat_deg()).expect("a position"))
    };
    group.bench_function("urbis, grid", |bench| {
        bench.iter(|| {
            let (key, to) = next();
            grid.place(key, to)
        })
    });
    let mut at = places.clone();
    let mut tree =
        RTree::bulk_load((0u32..).zip(&places).map(|(key, place)| GeomWithData::new(place.to_degrees(), key)).collect());
    group.bench_function("rstar, remove and insert", |bench| {
        bench.iter(|| {
            let (key, to) = next();
            tree.remove(&GeomWithData::new(at[key as usize].to_degrees(), key));
            tree.insert(GeomWithData::new(to.to_degrees(), key));
            at[key as usize] = to;
        })
    });
    group.finish();
    let mut group = criterion.benchmark_group("show readers 1,000 changes");
    let tree = DynamicRtree::new(&boxes);
    let mut first = 0u32;
    group.bench_function("urbis, snapshot", |bench| {
        bench.iter_batched(
            || {
                first = (first + 1_000) % 99_000;
                (first..first + 1_000).map(|id| Change::Put(id, boxes[id as usize])).collect::<Vec<_>>()
            },
            |changes| {
                tree.apply(&changes);
                tree.merge()
            },
            BatchSize::SmallInput,
        )
    });
}

criterion_group! {
    name = questions;
    config = Criterion::default().warm_up_time(Duration::from_millis(500)).measurement_time(Duration::from_secs(2));
    targets = build, window, nearest, join, open, moves
}
criterion_main!(questions);
