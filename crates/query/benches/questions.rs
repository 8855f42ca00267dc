//! What a question costs, each beside a scan of every feature.
#![expect(clippy::print_stdout, reason = "a bench speaks to a person")]

use criterion::{Criterion, criterion_group, criterion_main};
use std::{hint::black_box, sync::Arc};
use urbis_model::{
    Bbox, Bounds, ColumnType, FeatureBatch, FeatureId, Field, GeometryKind, LayerKind, LayerMetadata, LonLat, Schema, Value,
};
use urbis_query::{Filter, JoinRelation, LayerSnapshot, MAX_PAIRS, Operation, Selection, Shape, Spatial};
use urbis_store::{LayerInfo, VersionInfo};

/// A seeded walk (Knuth's MMIX constants) over 0 .. 1.
struct Walk(u64);

impl Walk {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1u64 << 53) as f64
    }
}

/// Buildings of eight corners with six attributes over a square of half a degree.
fn buildings(count: u64) -> LayerSnapshot {
    let columns = [
        ("source_id", ColumnType::Text),
        ("use", ColumnType::Text),
        ("levels", ColumnType::Int),
        ("height_m", ColumnType::Float),
        ("height_source", ColumnType::Text),
        ("town_code", ColumnType::Text),
    ];
    let fields = columns.map(|(name, column_type)| Field { name: name.to_owned(), column_type });
    let mut features = FeatureBatch::new(Arc::new(Schema::new(fields.to_vec()).unwrap()));
    let mut walk = Walk(20_261_123);
    let uses = ["residential", "commercial", "industrial", "office", "school"];
    for number in 1..=count {
        let (x, y, size) = (121.0 + walk.next() * 0.5, 31.7 + walk.next() * 0.5, 1e-4 + walk.next() * 1e-4);
        let key = format!("b{number:07}");
        let levels = 1 + (walk.next() * 30.0) as i64;
        let values = [
            Value::Text(&key),
            Value::Text(uses[(walk.next() * 5.0) as usize]),
            Value::Int(levels),
            Value::Float(levels as f64 * 3.1),
            Value::Text("estimated"),
            Value::Text(["320614101", "320614102", "320614103"][(walk.next() * 3.0) as usize]),
        ];
        let outline =
            [[0.0, 0.0], [0.6, 0.0], [0.6, 0.2], [1.0, 0.2], [1.0, 1.0], [0.4, 1.0], [0.4, 0.8], [0.0, 0.8], [0.0, 0.0]];
        let write = |writer: &mut urbis_model::geometry::GeometryWriter<'_>| {
            writer.kind(GeometryKind::Polygon);
            writer.part();
            writer.ring();
            outline.into_iter().for_each(|[dx, dy]| writer.vertex([x + dx * size, y + dy * size]));
        };
        features.push(FeatureId::new(number).unwrap(), write, &values).unwrap();
    }
    LayerSnapshot::new(info("buildings", LayerKind::Building, &features), features).unwrap()
}

fn info(name: &str, kind: LayerKind, features: &FeatureBatch) -> LayerInfo {
    let count = features.len() as u64;
    LayerInfo {
        name: name.parse().unwrap(),
        kind,
        schema: features.schema().clone(),
        metadata: LayerMetadata::default(),
        revision: 1,
        version: 1,
        versions: vec![VersionInfo { version: 1, revision: 1, count, imported_at: String::new() }],
        count,
        bounds: features.bounds(),
        quarantined: 0,
    }
}

fn million(criterion: &mut Criterion) {
    let layer = buildings(1_000_000);
    println!("{:.1} bytes a building with attributes and tree", layer.heap_bytes() as f64 / 1e6);
    // 0.0048° square among a million over 0.25 square degrees: about 100 buildings.
    let mut walk = Walk(7);
    let windows: Vec<Selection> = (0..1000)
        .map(|_| {
            let (x, y) = (121.0 + walk.next() * 0.49, 31.7 + walk.next() * 0.49);
            let bbox = Bbox::from_degrees(x, y, x + 0.0048, y + 0.0048).unwrap();
            Selection { spatial: Some(Spatial::Bbox(bbox)), ..Selection::default() }
        })
        .collect();
    let hits: usize = windows.iter().map(|window| layer.select(window).unwrap().positions.len()).sum();
    println!("{} hits a window", hits as f64 / windows.len() as f64);
    let mut next = windows.iter().cycle();
    criterion.bench_function("window of 100 hits among 1 M", |bencher| {
        bencher.iter(|| layer.select(black_box(next.next().unwrap())).unwrap());
    });
    let boxes: Vec<Bounds> = layer.features().geometries().iter().map(|geometry| geometry.bounds()).collect();
    criterion.bench_function("window of 100 hits among 1 M: scan of ready boxes", |bencher| {
        let window = Bounds { min: [121.2, 31.9], max: [121.2048, 31.9048] };
        bencher.iter(|| boxes.iter().filter(|bounds| bounds.intersects(black_box(&window))).count());
    });
    let position = LonLat::from_degrees(121.23, 31.93).unwrap();
    let nearest = Selection { spatial: Some(Spatial::Nearest { position, k: 10 }), ..Selection::default() };
    criterion.bench_function("10 nearest among 1 M", |bencher| bencher.iter(|| layer.select(black_box(&nearest)).unwrap()));
    let near = Selection { spatial: Some(Spatial::Near { position, radius_m: 300.0 }), ..Selection::default() };
    criterion.bench_function("within 300 m among 1 M", |bencher| bencher.iter(|| layer.select(black_box(&near)).unwrap()));
}

fn polygon(criterion: &mut Criterion) {
    let layer = buildings(300_000);
    let filter = Filter::parse_text("height_m > 24 AND use = 'residential'", layer.features().schema()).unwrap();
    let corner = |index: u32| {
        let (sin, cos) = (f64::from(index % 60) / 60.0 * std::f64::consts::TAU).sin_cos();
        let radius = if index.is_multiple_of(2) { 0.2 } else { 0.15 };
        format!("{} {}", 121.25 + radius * cos, 31.95 + radius * sin)
    };
    let ring: Vec<String> = (0..=60).map(corner).collect();
    let shape = Shape::from_wkt(&format!("POLYGON(({}))", ring.join(","))).unwrap();
    let within = Selection { spatial: Some(Spatial::Within(shape)), filter: Some(filter.clone()), ..Selection::default() };
    println!("{} within the polygon by the filter", layer.select(&within).unwrap().positions.len());
    criterion.bench_function("polygon within + filter over 300 k", |bencher| {
        bencher.iter(|| layer.select(black_box(&within)).unwrap())
    });
    let no_filter = Selection { filter: None, ..within.clone() };
    criterion
        .bench_function("polygon within over 300 k", |bencher| bencher.iter(|| layer.select(black_box(&no_filter)).unwrap()));
    let everywhere = Selection { spatial: None, filter: Some(filter), ..Selection::default() };
    criterion.bench_function("filter over 300 k", |bencher| bencher.iter(|| layer.select(black_box(&everywhere)).unwrap()));
}

/// Stars of 48 corners, `size` degrees across, over the same half degree.
fn zones(count: u64, size: f64) -> LayerSnapshot {
    let mut features = FeatureBatch::new(Arc::new(Schema::new(Vec::new()).unwrap()));
    let mut walk = Walk(20_261_129);
    for number in 1..=count {
        let (x, y) = (121.0 + walk.next() * 0.5, 31.7 + walk.next() * 0.5);
        let write = |writer: &mut urbis_model::geometry::GeometryWriter<'_>| {
            writer.kind(GeometryKind::Polygon);
            writer.part();
            writer.ring();
            for corner in 0..=48u32 {
                let (sin, cos) = (f64::from(corner % 48) / 48.0 * std::f64::consts::TAU).sin_cos();
                let reach = if corner.is_multiple_of(2) { size } else { 0.7 * size };
                writer.vertex([x + reach * cos, y + reach * sin]);
            }
        };
        features.push(FeatureId::new(number).unwrap(), write, &[]).unwrap();
    }
    LayerSnapshot::new(info("zones", LayerKind::Generic, &features), features).unwrap()
}

fn joins(criterion: &mut Criterion) {
    let (layer, zones) = (buildings(100_000), zones(2_000, 0.005));
    let all = Selection::default();
    let join = |relation| layer.join(&zones, relation, None, MAX_PAIRS, &all).unwrap();
    let near = JoinRelation::WithinDistance { distance_m: 100.0 };
    for relation in [JoinRelation::Intersects, near] {
        println!("{} pairs of {relation:?}", join(relation).pairs().len());
    }
    for (name, relation) in [
        ("join 100 k with 2 k areas that they meet", JoinRelation::Intersects),
        ("join 100 k with 2 k areas that they lie in", JoinRelation::Within),
        ("join 100 k with 2 k areas within 100 m", near),
        ("join 100 k with the nearest of 2 k areas", JoinRelation::Nearest { k: 1 }),
    ] {
        criterion.bench_function(name, |bencher| bencher.iter(|| join(black_box(relation))));
    }
    // The rival: each area asks for itself.
    let shapes: Vec<Shape> = zones.features().geometries().iter().map(Shape::from_geometry).collect();
    let asked: Vec<Selection> =
        shapes.into_iter().map(|shape| Selection { spatial: Some(Spatial::Intersects(shape)), ..Selection::default() }).collect();
    criterion.bench_function("2 k areas ask one by one for what they meet of 100 k", |bencher| {
        bencher.iter(|| asked.iter().map(|one| layer.select(black_box(one)).unwrap().positions.len()).sum::<usize>());
    });
    criterion.bench_function("overlay of 100 k with 2 k areas, intersection", |bencher| {
        bencher.iter(|| layer.overlay(&zones, Operation::Intersection, None, MAX_PAIRS, black_box(&all)).unwrap());
    });
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(20).measurement_time(std::time::Duration::from_secs(3)).warm_up_time(std::time::Duration::from_secs(1));
    targets = million, polygon, joins
}
criterion_main!(benches);
