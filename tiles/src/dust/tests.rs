//! The squares of every tile against the area of its specks, counted one by one.

use super::*;
use crate::encode::tests::city::{self, Random, Shape, batch, lonlat_from_unit};
use crate::{LayerDefinition, TileInput, encode};
use std::collections::HashMap;
use std::sync::Arc;
use urbis_model::{ColumnType, FeatureBatch, Field, LayerKind, Schema, TileCoord, Value};

fn prepared(features: &FeatureBatch) -> TileLayer {
    let definition = LayerDefinition::for_kind(LayerKind::Generic, features.schema());
    TileLayer::prepare("specks".parse().unwrap(), features, definition)
}

/// The layer's specks at a zoom by the tile that holds their middle: how many pixels they cover, how many squares stand.
fn by_tile(layer: &TileLayer, zoom: u8) -> HashMap<[u32; 2], (f64, u32)> {
    let mut tiles: HashMap<[u32; 2], (f64, u32)> = HashMap::new();
    for position in 0..layer.len() as u32 {
        let grain = layer.dust().grain(position, zoom);
        if grain != Grain::Shape {
            let of = layer.bounds(position).center().map(|part| part.checked_shr(32 - u32::from(zoom)).unwrap_or(0));
            let (pixels, squares) = tiles.entry(of).or_default();
            *pixels += layer.world_area(position) / world_per_pixel(zoom).powi(2);
            *squares += u32::from(grain == Grain::Square);
        }
    }
    tiles
}

#[test]
fn the_squares_of_each_tile_have_the_area_of_its_specks() {
    let (mut most, mut stood) = (0.0f64, 0);
    for seed in 70..73 {
        for features in [city::blocks(seed, 5000), city::stars(seed, 400)] {
            let layer = prepared(&features);
            for zoom in 0..16 {
                for (tile, (pixels, squares)) in by_tile(&layer, zoom) {
                    let off = (f64::from(squares) - pixels).abs();
                    assert!(off < 1.0 + 1e-3, "seed {seed}, {zoom}/{tile:?}: {squares} squares for {pixels} pixels");
                    (most, stood) = (most.max(off), stood + squares);
                }
            }
        }
    }
    assert!(stood > 1000 && most > 0.5, "{stood} squares, {most} off at most: there was nothing to see");
}

#[test]
fn specks_that_a_zoom_does_not_show_do_not_count() {
    let blocks = city::blocks(77, 4000);
    let schema = Schema::new(vec![Field { name: "class".into(), column_type: ColumnType::Text }]).unwrap();
    let mut features = FeatureBatch::new(Arc::new(schema));
    for index in 0..blocks.len() {
        // One canal among nine streams.
        let class = if index % 10 == 0 { "canal" } else { "stream" };
        features.push(blocks.ids()[index], |writer| writer.copy(blocks.geometry(index)), &[Value::Text(class)]).unwrap();
    }
    let definition = LayerDefinition::for_kind(LayerKind::Water, features.schema());
    let layer = TileLayer::prepare("water".parse().unwrap(), &features, definition);
    for (zoom, shown) in [(8, 300..=400), (9, 300..=400), (10, 300..=400), (11, 3_000..=4_000)] {
        let is_shown = |position: &u32| layer.first_zoom(*position) <= zoom;
        let specks = (0..layer.len() as u32).filter(is_shown).filter(|at| layer.dust().grain(*at, zoom) != Grain::Shape);
        assert!(shown.contains(&specks.clone().count()), "{} at {zoom}", specks.count());
        let pixels: f64 = specks.clone().map(|at| layer.world_area(at) / world_per_pixel(zoom).powi(2)).sum();
        let squares = specks.clone().filter(|at| layer.dust().grain(*at, zoom) == Grain::Square).count() as f64;
        let tiles: std::collections::HashSet<[u32; 2]> =
            specks.map(|at| layer.bounds(at).center().map(|part| part >> (32 - u32::from(zoom)))).collect();
        assert!((squares - pixels).abs() <= tiles.len() as f64 + 1e-3, "{squares} squares for {pixels} pixels at {zoom}");
    }
}

#[test]
fn the_order_of_the_file_is_nothing_to_it() {
    let features = city::blocks(74, 2000);
    let mut backwards = FeatureBatch::new(std::sync::Arc::clone(features.schema()));
    for index in (0..features.len()).rev() {
        backwards.push_from(&features, index, features.ids()[index]).unwrap();
    }
    let (layer, other) = (prepared(&features), prepared(&backwards));
    let last = features.len() as u32 - 1;
    for zoom in 0..16 {
        for position in 0..=last {
            assert_eq!(layer.dust().grain(position, zoom), other.dust().grain(last - position, zoom), "{position} at {zoom}");
        }
    }
}

#[test]
fn both_sides_of_a_seam_see_the_same_squares() {
    // Specks strewn along the seam between two tiles, closer than the buffer reaches.
    let mut random = Random(75);
    let square = |x: f64, y: f64| [[x, y], [x + 2.0, y], [x + 2.0, y + 2.0], [x, y + 2.0], [x, y]].map(lonlat_from_unit).to_vec();
    let mut speck = || Shape::Polygon(vec![square(random.in_range(-20.0, 20.0), random.in_range(500.0, 3500.0))]);
    let features = batch(&(0..3000).map(|_| (speck(), Value::Null)).collect::<Vec<_>>());
    let layer = prepared(&features);
    let candidates: Vec<u32> = (0..features.len() as u32).collect();
    let home = city::tile(14);
    let seen = |x: u32| {
        let coord = TileCoord::new(14, u64::from(x), u64::from(home.y())).unwrap();
        let tile = encode(coord, &[TileInput { layer: &layer, features: &features, candidates: &candidates }]);
        let decoded = crate::decode::decode(&tile.bytes).unwrap();
        decoded.layers[0].features.iter().map(|feature| feature.id.unwrap()).collect::<Vec<_>>()
    };
    let (west, east) = (seen(home.x() - 1), seen(home.x()));
    assert!(west.len() > 100, "{}", west.len());
    assert_eq!(west, east);
}

#[test]
fn layers_without_specks_pay_nothing() {
    for features in [city::points(76, 100), city::walks(76, 100)] {
        assert_eq!(prepared(&features).dust().heap_bytes(), 0);
    }
}
