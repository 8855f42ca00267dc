//! Clusters against brute force: nothing lost, nothing counted twice, the same whatever the order, whole on the way down.

use super::*;
use crate::decode::{DecodedValue, decode};
use crate::encode::tests::city::{self, Random};
use crate::{LayerDefinition, TileInput, TileLayer, encode};
use std::collections::HashMap;
use std::sync::Arc;
use urbis_model::{FeatureId, LayerKind, Schema, TileCoord};

/// Points with `meters` (int, sometimes null) and `pressure` (float), heaps among them; ids and places shuffled alike.
fn customers(seed: u64, count: usize, reversed: bool) -> FeatureBatch {
    let fields = [("meters", ColumnType::Int), ("pressure", ColumnType::Float)];
    let fields = fields.map(|(name, column_type)| Field { name: name.into(), column_type }).to_vec();
    let mut features = FeatureBatch::new(Arc::new(Schema::new(fields).unwrap()));
    let mut random = Random(seed);
    let mut rows: Vec<(u64, [f64; 2], Option<i64>, f64)> = (0..count)
        .map(|index| {
            let spread = [4000.0, 300.0, 5.0][index % 3];
            let unit = [2000.0 + random.in_range(-spread, spread), 1000.0 + random.in_range(-spread, spread)];
            let meters = (index % 7 != 0).then(|| (random.bits() % 50) as i64);
            (index as u64 + 1, city::lonlat_from_unit(unit), meters, random.in_range(0.0, 1.0))
        })
        .collect();
    if reversed {
        rows.reverse();
    }
    for (id, lonlat, meters, pressure) in rows {
        let write = |writer: &mut urbis_model::geometry::GeometryWriter<'_>| {
            writer.kind(GeometryKind::Point);
            writer.part();
            writer.ring();
            writer.vertex(lonlat);
        };
        let values = [meters.map_or(Value::Null, Value::Int), Value::Float(pressure)];
        features.push(FeatureId::new(id).unwrap(), write, &values).unwrap();
    }
    features
}

fn definition(features: &FeatureBatch) -> LayerDefinition {
    let text = "min_zoom = 8\nmax_zoom = 16\nother_columns_from_zoom = 8\n\
        cluster = { below_zoom = 15, radius_px = 40, sum = [\"meters\", \"absent\"], mean = [\"meters\"], max = [\"pressure\"] }";
    LayerDefinition::from_toml(text, features.schema()).unwrap()
}

/// Id, count, sum, mean and greatest of each point of a level.
type Row = (u64, i64, Option<i64>, Option<f64>, Option<f64>, [f64; 2]);

fn rows(batch: &FeatureBatch) -> Vec<Row> {
    let int = |name: &str, position: usize| match batch.column(name).unwrap().value(position) {
        Value::Int(number) => Some(number),
        _ => None,
    };
    let float = |name: &str, position: usize| match batch.column(name).unwrap().value(position) {
        Value::Float(number) => Some(number),
        _ => None,
    };
    (0..batch.len())
        .map(|position| {
            let count = int(POINT_COUNT, position);
            let alone = count.is_none();
            let sum = int(if alone { "meters" } else { "meters_sum" }, position);
            let mean = if alone { sum.map(|sum| sum as f64) } else { float("meters_mean", position) };
            let greatest = float(if alone { "pressure" } else { "pressure_max" }, position);
            (batch.ids()[position].number(), count.unwrap_or(1), sum, mean, greatest, batch.geometry(position).lonlat()[0])
        })
        .collect()
}

#[test]
fn each_level_accounts_for_every_point_and_its_numbers() {
    let features = customers(5, 3000, false);
    let definition = definition(&features);
    let levels = levels(&features, &definition, definition.cluster.as_ref().unwrap());
    assert_eq!(levels.iter().map(|(zoom, _)| *zoom).collect::<Vec<_>>(), (8..15).rev().collect::<Vec<_>>());
    let total: i64 = (0..features.len())
        .filter_map(|row| if let Value::Int(n) = features.columns()[0].value(row) { Some(n) } else { None })
        .sum();
    let greatest = (0..features.len())
        .filter_map(|row| if let Value::Float(n) = features.columns()[1].value(row) { Some(n) } else { None })
        .fold(0.0, f64::max);
    let mut before = features.len();
    for (zoom, batch) in &levels {
        let rows = rows(batch);
        assert_eq!(rows.iter().map(|row| row.1).sum::<i64>(), 3000, "zoom {zoom}");
        assert_eq!(rows.iter().filter_map(|row| row.2).sum::<i64>(), total, "zoom {zoom}");
        assert_eq!(rows.iter().filter_map(|row| row.4).fold(0.0, f64::max), greatest, "zoom {zoom}");
        assert!(rows.windows(2).all(|pair| pair[0].0 < pair[1].0), "ids rise");
        assert!(rows.len() <= before);
        before = rows.len();
    }
    let last = rows(&levels.last().unwrap().1);
    assert!(last.len() < 10, "{} clusters at zoom 8", last.len());
    let whole: Vec<&Row> = last.iter().filter(|row| row.1 > 1000).collect();
    assert!(whole.iter().all(|row| row.3.is_some_and(|mean| (20.0..30.0).contains(&mean))), "{whole:?}");
}

#[test]
fn the_order_of_the_input_does_not_matter() {
    let (forward, backward) = (customers(9, 2000, false), customers(9, 2000, true));
    let definition = definition(&forward);
    let cluster = definition.cluster.as_ref().unwrap();
    for ((zoom, one), (_, other)) in levels(&forward, &definition, cluster).iter().zip(&levels(&backward, &definition, cluster)) {
        assert_eq!(rows(one), rows(other), "zoom {zoom}");
    }
}

#[test]
fn clusters_come_apart_into_whole_ones_and_bear_their_lowest_id() {
    let features = customers(13, 2000, false);
    let definition = definition(&features);
    let levels = levels(&features, &definition, definition.cluster.as_ref().unwrap());
    for pair in levels.windows(2) {
        let (finer, coarser) = (rows(&pair[0].1), rows(&pair[1].1));
        let counts: HashMap<u64, i64> = finer.iter().map(|row| (row.0, row.1)).collect();
        for row in &coarser {
            assert!(
                counts.get(&row.0).is_some_and(|count| *count <= row.1),
                "cluster {} of zoom {} was none before",
                row.0,
                pair[1].0
            );
        }
    }
}

#[test]
fn leaders_keep_their_distance_and_members_are_near() {
    let features = customers(17, 3000, false);
    let definition = definition(&features);
    let cluster = definition.cluster.as_ref().unwrap();
    let (zoom, batch) = &levels(&features, &definition, cluster)[2];
    let unit = |lonlat: [f64; 2]| world_from_lonlat(lonlat).map(|part| f64::from(part) * 2f64.powi(i32::from(*zoom) - 20) / 8.0);
    let places: Vec<[f64; 2]> = rows(batch).iter().map(|row| unit(row.5)).collect();
    // Means move towards each other; half of the radius is left nearly always, a circle's width of 20 pixels.
    let crowded = places.iter().enumerate().flat_map(|(index, a)| places[index + 1..].iter().map(move |b| (a, b)));
    let crowded = crowded.filter(|(a, b)| (a[0] - b[0]).hypot(a[1] - b[1]) < cluster.radius_px / 2.0).count();
    assert!(crowded * 20 <= places.len(), "{crowded} pairs of {} are within half a radius", places.len());
}

#[test]
fn a_change_is_not_felt_past_its_reach() {
    let features = customers(19, 3000, false);
    let definition = definition(&features);
    let cluster = definition.cluster.as_ref().unwrap();
    // The same without the point of id 1500.
    let mut fewer = FeatureBatch::new(Arc::clone(features.schema()));
    for position in (0..features.len()).filter(|position| features.ids()[*position].number() != 1500) {
        fewer.push_from(&features, position, features.ids()[position]).unwrap();
    }
    let gone = world_from_lonlat(features.geometry(1499).lonlat()[0]).map(f64::from);
    let mut changed = 0;
    for ((zoom, with), (_, without)) in levels(&features, &definition, cluster).iter().zip(&levels(&fewer, &definition, cluster))
    {
        let px = 8.0 * 2f64.powi(20 - i32::from(*zoom));
        let (with, without) = (rows(with), rows(without));
        let differing = with.iter().filter(|row| !without.contains(row)).chain(without.iter().filter(|row| !with.contains(row)));
        for row in differing {
            let place = world_from_lonlat(row.5).map(f64::from);
            let distance_px = (place[0] - gone[0]).hypot(place[1] - gone[1]) / px;
            assert!(distance_px <= cluster.reach_px(), "zoom {zoom}: {distance_px} pixels away");
            changed += 1;
        }
    }
    assert!(changed > 0);
}

#[test]
fn tiles_show_clusters_once_and_the_same_on_both_sides_of_a_seam() {
    let features = customers(23, 4000, false);
    let definition = definition(&features);
    let layer = TileLayer::prepare("customers".parse().unwrap(), &features, definition.clone());
    assert!(layer.has_overview(14) && !layer.has_overview(15));
    let seen = |tile: TileCoord| {
        // An overview finds its features itself.
        let tile = encode(tile, &[TileInput { layer: &layer, features: &features, candidates: &[] }]);
        let mut counts = HashMap::new();
        for layer in &decode(&tile.bytes).unwrap().layers {
            for feature in &layer.features {
                let count = layer.attributes(feature).find(|(key, _)| *key == POINT_COUNT);
                let count = if let Some((_, DecodedValue::Uint(count))) = count { count } else { 1 };
                assert!(counts.insert(feature.id.unwrap(), count).is_none(), "an id twice in a tile");
            }
        }
        counts
    };
    let mut everywhere: HashMap<u64, u64> = HashMap::new();
    let middle = city::tile(14);
    for dx in -2..=2i64 {
        for dy in -2..=2i64 {
            let x = (i64::from(middle.x()) + dx) as u64;
            let y = (i64::from(middle.y()) + dy) as u64;
            let tile = TileCoord::new(14, x, y).unwrap();
            let near = tile.bounds(layer.margin());
            let has_candidates = features.geometries().iter().any(|point| point.bounds().intersects(&near));
            assert!(has_candidates || seen(tile).is_empty(), "a cluster where no candidate is");
            for (id, count) in seen(tile) {
                assert_eq!(*everywhere.entry(id).or_insert(count), count, "cluster {id} differs between tiles");
            }
        }
    }
    assert_eq!(everywhere.values().sum::<u64>(), 4000);
    let fields = definition.vector_layer_fields();
    assert!(fields.contains(&("point_count", "Number")) && fields.contains(&("meters_sum", "Number")), "{fields:?}");
}

#[test]
fn a_heap_of_points_in_one_place_is_one_cluster() {
    let mut features = FeatureBatch::new(Arc::new(Schema::default()));
    for id in 1..=200_000u64 {
        let write = |writer: &mut urbis_model::geometry::GeometryWriter<'_>| {
            writer.kind(GeometryKind::Point);
            writer.part();
            writer.ring();
            writer.vertex([121.0, 31.0]);
        };
        features.push(FeatureId::new(id).unwrap(), write, &[]).unwrap();
    }
    let definition = LayerDefinition {
        cluster: Some(Cluster { below_zoom: 15, radius_px: 40.0, aggregates: vec![] }),
        ..LayerDefinition::for_kind(LayerKind::Generic, features.schema())
    };
    // All pairs would be 2 · 10^10.
    let levels = levels(&features, &definition, definition.cluster.as_ref().unwrap());
    assert!(levels.iter().all(|(_, batch)| batch.len() == 1 && batch.ids()[0].number() == 1));
}
