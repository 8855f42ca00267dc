//! Random edits, every tile encoded before and after: none outside the dirty ones may change.

use super::*;
use crate::cluster::{Aggregate, Cluster, How};
use crate::encode::tests::city::{Random, Shape, batch, lonlat_from_unit, tile};
use crate::label::Label;
use crate::merge::Merge;
use crate::versions::TileVersions;
use crate::{LayerDefinition, TileInput, encode};
use urbis_model::{LayerKind, Value};

/// What a city is made of here: a kind of shape, where it lies, its number.
#[derive(Clone, Copy)]
struct Thing {
    id: u64,
    kind: u64,
    at: [f64; 2],
    size: f64,
    number: i64,
}

fn thing(random: &mut Random, id: u64) -> Thing {
    Thing {
        id,
        kind: random.bits() % 4,
        at: [random.in_range(-3000.0, 9000.0), random.in_range(-3000.0, 9000.0)],
        size: 2f64.powf(random.in_range(1.0, 9.0)),
        number: (random.bits() % 5) as i64,
    }
}

fn features(things: &[Thing]) -> FeatureBatch {
    let rows: Vec<(Shape, Value<'_>)> = things
        .iter()
        .map(|thing| {
            let at = |x: f64, y: f64| lonlat_from_unit([thing.at[0] + x * thing.size, thing.at[1] + y * thing.size]);
            let shape = match thing.kind {
                0 => Shape::Point(at(0.0, 0.0)),
                1 => Shape::Line((0..12).map(|step| at(f64::from(step), f64::from(step * 7 % 5))).collect()),
                2 => Shape::Polygon(vec![vec![at(0.0, 0.0), at(2.0, 0.3), at(2.1, 2.0), at(1.0, 1.1), at(0.0, 0.0)]]),
                // On a lattice, so that many share borders.
                _ => {
                    let corner = thing.at.map(|part| (part / 400.0).floor() * 400.0);
                    let at = |x: f64, y: f64| lonlat_from_unit([corner[0] + x * 400.0, corner[1] + y * 400.0]);
                    Shape::Polygon(vec![vec![at(0.0, 0.0), at(1.0, 0.0), at(1.0, 0.5), at(1.0, 1.0), at(0.0, 1.0), at(0.0, 0.0)]])
                }
            };
            (shape, Value::Int(thing.number))
        })
        .collect();
    let plain = batch(&rows);
    // Ids of their own, kept through edits.
    let mut named = FeatureBatch::new(std::sync::Arc::clone(plain.schema()));
    for (index, thing) in things.iter().enumerate() {
        named.push_from(&plain, index, urbis_model::FeatureId::new(thing.id).unwrap()).unwrap();
    }
    named
}

fn sum_of_numbers() -> Aggregate {
    Aggregate { column: 0, how: How::Sum, name: "number_sum".to_owned(), column_type: urbis_model::ColumnType::Int }
}

fn encode_one(state: State<'_>, coord: TileCoord) -> Vec<u8> {
    let candidates: Vec<u32> = (0..state.features.len() as u32).collect();
    encode(coord, &[TileInput { layer: state.layer, features: state.features, candidates: &candidates }]).bytes
}

/// Tiles of a zoom that hold the whole city, and one more around.
fn tiles_around(zoom: u8) -> Vec<TileCoord> {
    let side = 2f64.powi(i32::from(zoom) - 14);
    let first = tile(14);
    let at = |corner: u32, unit: f64| ((f64::from(corner) + unit / 4096.0) * side).floor() as u64;
    let mut tiles = Vec::new();
    for x in at(first.x(), -4000.0).saturating_sub(1)..=at(first.x(), 16_000.0) + 1 {
        for y in at(first.y(), -4000.0).saturating_sub(1)..=at(first.y(), 16_000.0) + 1 {
            tiles.extend(TileCoord::new(u32::from(zoom), x, y));
        }
    }
    tiles
}

#[test]
fn no_tile_outside_the_dirty_ones_changes() {
    let soak = std::env::var_os("URBIS_SOAK").is_some_and(|value| value == "1");
    let seed = std::env::var("URBIS_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(41);
    println_seed(seed);
    let (mut changed, mut named) = (0usize, 0usize);
    for round in 0..if soak { 60 } else { 4 } {
        let mut random = Random(seed + round);
        let mut things: Vec<Thing> = (1..=120).map(|id| thing(&mut random, id)).collect();
        let before = features(&things);
        for edit in 0..1 + round % 4 {
            let index = random.bits() as usize % things.len();
            match random.bits() % 5 {
                0 => things.push(thing(&mut random, 1000 + edit)),
                1 => drop(things.remove(index)),
                2 => things[index].at[0] += random.in_range(-900.0, 900.0),
                3 => things[index].number += 1,
                _ => {
                    // Deleted and added again: last in order.
                    let moved = things.remove(index);
                    things.push(moved);
                }
            }
        }
        let after = features(&things);
        let mut definition = LayerDefinition::for_kind(LayerKind::Generic, before.schema());
        definition.max_features = 40 + 60 * (round as usize % 2);
        definition.coverage = round % 2 == 0;
        match round % 4 {
            1 => definition.cluster = Some(Cluster { below_zoom: 15, radius_px: 40.0, aggregates: vec![sum_of_numbers()] }),
            2 => definition.merge = Some(Merge { below_zoom: 14 }),
            3 => definition.label = Some(Label { from_zoom: 12, radius_px: 2.0 }),
            _ => {}
        }
        let prepare = |features: &FeatureBatch| TileLayer::prepare("things".parse().unwrap(), features, definition.clone());
        let layers = [prepare(&before), prepare(&after)];
        let old = State { layer: &layers[0], features: &before };
        let new = State { layer: &layers[1], features: &after };
        let dirty = dirty_tiles(old, new, 0..=16);
        assert!(dirty.whole_zooms.is_empty());
        let mut versions = TileVersions::new(definition.max_zoom, 1);
        versions.change(&dirty, 2);
        for zoom in [0, 9, 12, 13, 14, 15, 16, 17] {
            for coord in tiles_around(zoom) {
                let is_dirty = versions.of(coord) == 2;
                let differs = encode_one(old, coord) != encode_one(new, coord);
                assert!(is_dirty || !differs, "seed {seed}, round {round}: {coord:?} changed");
                changed += usize::from(differs);
                named += usize::from(is_dirty);
            }
        }
        assert_eq!(dirty_tiles(old, old, 0..=16), DirtyTiles::default());
    }
    // A limit of features hides many changes, a polygon's box holds tiles that it does not touch.
    assert!(changed > 20 && changed * 100 > named * 15, "{changed} tiles changed of {named} named");
}

#[expect(clippy::print_stderr, reason = "a seed is needed to run a failure again")]
fn println_seed(seed: u64) {
    eprintln!("URBIS_SEED={seed}");
}

#[test]
fn another_definition_makes_all_dirty() {
    let things = features(&[thing(&mut Random(1), 1)]);
    let mut definition = LayerDefinition::for_kind(LayerKind::Generic, things.schema());
    let first = TileLayer::prepare("things".parse().unwrap(), &things, definition.clone());
    definition.max_text_bytes += 1;
    let second = TileLayer::prepare("things".parse().unwrap(), &things, definition);
    let dirty = dirty_tiles(State { layer: &first, features: &things }, State { layer: &second, features: &things }, 3..=5);
    assert_eq!(dirty.whole_zooms.into_iter().collect::<Vec<_>>(), [3, 4, 5]);
}

#[test]
fn a_longest_run_is_found() {
    for (numbers, length) in [(vec![], 0), (vec![3, 1, 2], 2), (vec![0, 8, 4, 12, 2, 10, 6, 14, 1, 9, 5, 13, 3, 11, 7, 15], 6)] {
        assert_eq!(longest_run(numbers.iter().copied()).len(), length, "{numbers:?}");
    }
}
