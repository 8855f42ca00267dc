//! Tiles against an independent decoder (fast-mvt), an independent validity check (geo) and brute force.

pub(crate) mod city;
mod clipping;
mod hostile;
mod limits;
mod validity;

use crate::{LayerDefinition, Tile, TileInput, TileLayer, encode};
use city::{Shape, batch};
use fast_mvt::{MvtGeometry, MvtReaderRef, MvtValueRef};
use urbis_model::{FeatureBatch, LayerKind, TileCoord, Value};

/// Everything of a batch as one layer `things` of the generic kind in one tile.
pub(crate) fn tile_of(features: &FeatureBatch, tile: TileCoord) -> Tile {
    tile_by(features, tile, LayerDefinition::for_kind(LayerKind::Generic, features.schema()))
}

fn tile_by(features: &FeatureBatch, tile: TileCoord, definition: LayerDefinition) -> Tile {
    let layer = TileLayer::prepare("things".parse().unwrap(), features, definition);
    let candidates: Vec<u32> = (0..features.len() as u32).collect();
    encode(tile, &[TileInput { layer: &layer, features, candidates: &candidates }])
}

/// Ids and geometries by the independent decoder.
fn geometries(tile: &Tile) -> Vec<(u64, MvtGeometry)> {
    let reader = MvtReaderRef::new(&tile.bytes).unwrap();
    reader
        .layers()
        .flat_map(|layer| {
            layer.features().map(|feature| (feature.id().unwrap(), feature.geometry().unwrap())).collect::<Vec<_>>()
        })
        .collect()
}

#[test]
fn every_geometry_kind_and_value_comes_back() {
    let features = batch(&[
        (Shape::Point([0.0, 0.0]), Value::Int(-7)),
        (Shape::Line(vec![[0.0, 0.0], [90.0, 0.0]]), Value::Int(i64::MAX)),
        (Shape::Polygon(vec![vec![[-90.0, -45.0], [90.0, -45.0], [90.0, 45.0], [-90.0, 45.0], [-90.0, -45.0]]]), Value::Null),
    ]);
    let tile = tile_of(&features, TileCoord::new(0, 0, 0).unwrap());
    let reader = MvtReaderRef::new(&tile.bytes).unwrap();
    let layer = reader.layers().next().unwrap();
    assert_eq!((layer.name(), layer.version(), layer.extent(), reader.layer_count()), ("things", 2, 4096, 1));
    let all: Vec<_> = layer.features().collect();
    assert_eq!(all.iter().map(|feature| feature.id().unwrap()).collect::<Vec<_>>(), [1, 2, 3]);
    assert_eq!(all[0].geometry().unwrap(), MvtGeometry::Point((2048, 2048).into()));
    assert_eq!(all[1].geometry().unwrap(), MvtGeometry::LineString(vec![(2048, 2048), (3072, 2048)].into()));
    assert_eq!(all[0].properties_vec().unwrap(), [("number", MvtValueRef::SInt(-7))]);
    assert_eq!(all[1].properties_vec().unwrap(), [("number", MvtValueRef::UInt(i64::MAX as u64))]);
    assert_eq!(all[2].properties_vec().unwrap(), []);
}

#[test]
fn nothing_here_is_no_bytes() {
    let features = batch(&[(Shape::Point([100.0, 10.0]), Value::Null)]);
    let tile = tile_of(&features, TileCoord::new(4, 0, 0).unwrap());
    assert!(tile.bytes.is_empty());
    assert_eq!(tile.layers[0], Default::default());
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let features = city::blocks(7, 400);
    let tile = city::tile(14);
    let first = tile_of(&features, tile);
    for _ in 0..3 {
        assert_eq!(tile_of(&features.clone(), tile).bytes, first.bytes);
    }
}

#[test]
fn a_name_is_in_a_tile_once() {
    let features = city::blocks(1, 10);
    let definition = LayerDefinition::for_kind(LayerKind::Generic, features.schema());
    let layer = TileLayer::prepare("things".parse().unwrap(), &features, definition);
    let candidates: Vec<u32> = (0..features.len() as u32).collect();
    let input = TileInput { layer: &layer, features: &features, candidates: &candidates };
    let twice = encode(city::tile(14), &[input, input]);
    assert_eq!(twice.bytes, encode(city::tile(14), &[input]).bytes);
}

#[test]
fn importance_decides_who_stays_and_the_tile_counts_the_rest() {
    let features = city::blocks(3, 300);
    let mut definition = LayerDefinition::for_kind(LayerKind::Generic, features.schema());
    let all = tile_by(&features, city::tile(14), definition.clone());
    definition.max_features = 50;
    // Simplified outlines may reach into the window by less than a pixel, and count, without being drawn there.
    definition.simplify_px = 0.0;
    let few = tile_by(&features, city::tile(14), definition);
    let stats = few.layers[0];
    assert_eq!(stats.written, 50);
    assert_eq!(stats.over_limit + 50, all.layers[0].written);
    let area = |id: &u64| {
        let ring = features.geometry(*id as usize - 1).lonlat().to_vec();
        geo::Area::unsigned_area(&geo::Polygon::new(ring.into(), vec![]))
    };
    let kept: Vec<u64> = geometries(&few).iter().map(|(id, _)| *id).collect();
    let least_kept = kept.iter().map(area).fold(f64::INFINITY, f64::min);
    let dropped = geometries(&all).into_iter().map(|(id, _)| id).filter(|id| !kept.contains(id));
    assert!(dropped.map(|id| area(&id)).all(|area| area <= least_kept * 1.001));
}

#[test]
fn a_heavy_tile_is_cut_to_the_budget_by_importance() {
    let features = city::blocks(11, 40_000);
    let tile = tile_of(&features, city::tile(14));
    let stats = tile.layers[0];
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::new(6));
    std::io::Write::write_all(&mut gzip, &tile.bytes).unwrap();
    let gzip_bytes = gzip.finish().unwrap().len();
    assert!(stats.over_budget > 0, "{stats:?}");
    assert!((450_000..=500_000).contains(&gzip_bytes), "{gzip_bytes} bytes, {stats:?}");
    assert_eq!(geometries(&tile).len(), stats.written);
}

#[test]
fn points_are_thinned_alike_on_both_sides_of_a_seam() {
    let features = city::points(5, 20_000);
    let mut definition = LayerDefinition::for_kind(LayerKind::Generic, features.schema());
    definition.thinning = vec![crate::definition::Thinning { below_zoom: 16, cell_px: 8 }];
    let left = city::tile(14);
    let right = TileCoord::new(14, u64::from(left.x()) + 1, u64::from(left.y())).unwrap();
    let in_strip = |tile: TileCoord, shift: i32| {
        let tile = tile_by(&features, tile, definition.clone());
        assert!(tile.layers[0].thinned > 0);
        let mut seen: Vec<(u64, i32)> = geometries(&tile)
            .into_iter()
            .filter_map(|(id, geometry)| match geometry {
                MvtGeometry::Point(point) => Some((id, point.x() + shift)),
                _ => None,
            })
            .filter(|(_, x)| (4096 - 64..4096 + 64).contains(x))
            .collect();
        seen.sort_unstable();
        seen
    };
    let strip = in_strip(left, 0);
    assert!(strip.len() > 4, "{strip:?}");
    assert_eq!(strip, in_strip(right, 4096));
}
