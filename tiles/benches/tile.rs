//! How long does a tile take?

use criterion::{Criterion, criterion_group, criterion_main};
use std::hint::black_box;
use std::sync::Arc;
use urbis_model::mercator::{MercatorUnit, lonlat_from_mercator};
use urbis_model::{ColumnType, FeatureBatch, FeatureId, Field, GeometryKind, LayerKind, Schema, TileCoord, Value};
use urbis_tiles::{LayerDefinition, TileInput, TileLayer, encode};

/// Buildings of 8 corners on a lattice over tile 14/13700/6650, turned a little each, all inside it.
fn buildings(count: usize) -> FeatureBatch {
    let fields = [
        ("name", ColumnType::Text),
        ("use", ColumnType::Text),
        ("levels", ColumnType::Int),
        ("height_m", ColumnType::Float),
        ("height_source", ColumnType::Text),
    ];
    let fields = fields.map(|(name, column_type)| Field { name: name.into(), column_type }).to_vec();
    let mut features = FeatureBatch::new(Arc::new(Schema::new(fields).unwrap()));
    let across = (count as f64).sqrt().ceil();
    let unit = 1.0 / (16_384.0 * 4096.0);
    let plan = [[-1.0, -1.0], [1.0, -1.0], [1.0, 0.0], [0.3, 0.0], [0.3, 1.0], [-0.4, 1.0], [-0.4, 0.0], [-1.0, 0.0]];
    for index in 0..count {
        let step = 4096.0 / across;
        let center = [(index as f64 % across + 0.5) * step, ((index as f64 / across).floor() + 0.5) * step];
        let angle = index as f64 * 0.37;
        let corner = |[x, y]: [f64; 2]| {
            let [x, y] = [x * angle.cos() - y * angle.sin(), x * angle.sin() + y * angle.cos()];
            lonlat_from_mercator(MercatorUnit {
                x: 13_700.0 / 16_384.0 + (center[0] + x * step * 0.35) * unit,
                y: 6_650.0 / 16_384.0 + (center[1] + y * step * 0.35) * unit,
            })
        };
        let levels = (index * 7919 % 30) as i64 + 1;
        let values = [
            Value::Null,
            Value::Text(["residential", "commercial", "office", "school"][index % 4]),
            Value::Int(levels),
            Value::Float(levels as f64 * 3.0 + (index % 10) as f64 / 10.0),
            Value::Text("measured"),
        ];
        let write = |writer: &mut urbis_model::geometry::GeometryWriter<'_>| {
            writer.kind(GeometryKind::Polygon);
            writer.part();
            writer.ring();
            (0..9).for_each(|vertex| writer.vertex(corner(plan[vertex % 8])));
        };
        features.push(FeatureId::new(index as u64 + 1).unwrap(), write, &values).unwrap();
    }
    features.shrink();
    features
}

fn tile_of_5000_buildings(criterion: &mut Criterion) {
    let features = buildings(5_000);
    let definition = LayerDefinition::for_kind(LayerKind::Building, features.schema());
    let layer = TileLayer::prepare("buildings".parse().unwrap(), &features, definition.clone());
    let candidates: Vec<u32> = (0..5_000).collect();
    let input = [TileInput { layer: &layer, features: &features, candidates: &candidates }];
    let mut group = criterion.benchmark_group("5,000 buildings");
    for (name, tile) in [
        ("z14 tile, all inside", TileCoord::new(14, 13_700, 6_650).unwrap()),
        ("z15 tile, a quarter inside", TileCoord::new(15, 27_400, 13_300).unwrap()),
        ("z12 tile", TileCoord::new(12, 3_425, 1_662).unwrap()),
    ] {
        let written = encode(tile, &input);
        let stats = written.layers[0];
        group.bench_function(
            format!("{name} ({} bytes, {} written, {} repaired)", written.bytes.len(), stats.written, stats.repaired),
            |bencher| {
                bencher.iter(|| encode(black_box(tile), black_box(&input)));
            },
        );
    }
    group.bench_function(format!("prepare ({} bytes a building)", layer.heap_bytes() / 5_000), |bencher| {
        bencher.iter(|| TileLayer::prepare("buildings".parse().unwrap(), black_box(&features), definition.clone()));
    });
    group.finish();
}

criterion_group!(benches, tile_of_5000_buildings);
criterion_main!(benches);
