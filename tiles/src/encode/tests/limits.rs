//! What a tile leaves out, how it says so, and where it stops.

use super::{Shape, batch, city, geometries, tile_by};
use crate::decode::{DecodedGeometry, decode};
use crate::{Cancelled, LayerDefinition, Tile, TileInput, TileLayer, encode_unless};
use fast_mvt::MvtReaderRef;
use std::cell::Cell;
use urbis_model::{FeatureBatch, LayerKind, TileCoord, Value};

fn generic(features: &FeatureBatch) -> LayerDefinition {
    LayerDefinition::for_kind(LayerKind::Generic, features.schema())
}

fn gzip_bytes(tile: &Tile) -> usize {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::new(6));
    std::io::Write::write_all(&mut gzip, &tile.bytes).unwrap();
    gzip.finish().unwrap().len()
}

#[test]
fn the_tile_itself_says_how_many_it_left_out_and_others_still_read_it() {
    let features = city::blocks(3, 300);
    let mut definition = generic(&features);
    let whole = tile_by(&features, city::tile(14), definition.clone());
    assert_eq!((whole.dropped(), decode(&whole.bytes).unwrap().layers[0].dropped), (0, 0));
    definition.max_features = 50;
    let few = tile_by(&features, city::tile(14), definition);
    assert_eq!(few.dropped(), whole.layers[0].written - 50);
    assert_eq!(decode(&few.bytes).unwrap().layers[0].dropped, few.dropped() as u64);
    assert_eq!(MvtReaderRef::new(&few.bytes).unwrap().layers().next().unwrap().features().count(), 50);
}

#[test]
fn what_is_left_out_of_a_sorted_layer_is_missing_evenly() {
    // Sorted from west to east, as files are that were exported district by district.
    let mut random = city::Random(97);
    let mut places: Vec<[f64; 2]> = (0..40_000).map(|_| [random.in_range(0.0, 4096.0), random.in_range(0.0, 4096.0)]).collect();
    places.sort_unstable_by(|a, b| a[0].total_cmp(&b[0]));
    let rows: Vec<_> = places.iter().map(|place| (Shape::Point(city::lonlat_from_unit(*place)), Value::Null)).collect();
    let features = batch(&rows);
    let mut definition = generic(&features);
    definition.max_features = 4000;
    definition.thinning.clear();
    let tile = tile_by(&features, city::tile(14), definition);
    let mut columns = [0; 8];
    for (_, geometry) in geometries(&tile) {
        let fast_mvt::MvtGeometry::Point(point) = geometry else { panic!("a point") };
        columns[(point.x() / 513).clamp(0, 7) as usize] += 1;
    }
    assert_eq!(columns.iter().sum::<i32>(), 4000);
    assert!(columns.iter().all(|count| (400..=600).contains(count)), "{columns:?}");
}

#[test]
fn a_shape_that_passes_the_budget_alone_is_drawn_coarser_and_stays() {
    // A coast of 900,000 vertices in one tile, noise on every unit of the grid.
    let mut random = city::Random(101);
    let ring: Vec<[f64; 2]> = (0..900_000)
        .map(|index| {
            let angle = f64::from(index) / 900_000.0 * std::f64::consts::TAU;
            let reach = 1500.0 + random.in_range(0.0, 500.0);
            city::lonlat_from_unit([2048.0 + reach * angle.cos(), 2048.0 + reach * angle.sin()])
        })
        .collect();
    let line = Shape::Line(ring);
    let features = batch(&[(line, Value::Int(1)), (Shape::Line(vec![[121.0, 31.0], [121.1, 31.1]]), Value::Int(2))]);
    let tile = tile_by(&features, city::tile(14), generic(&features));
    assert!(gzip_bytes(&tile) <= 500_000, "{}", gzip_bytes(&tile));
    let decoded = decode(&tile.bytes).unwrap();
    let DecodedGeometry::Lines(lines) = &decoded.layers[0].features[0].geometry else { panic!("a line") };
    assert!(lines.iter().map(Vec::len).sum::<usize>() > 10_000, "the coast is still there");
}

#[test]
fn the_budget_holds_for_noise_and_for_several_layers() {
    let features = [city::blocks(11, 45_000), city::points(13, 60_000)];
    let layers: Vec<TileLayer> = features
        .iter()
        .zip(["blocks", "points"])
        .map(|(features, name)| {
            let definition = LayerDefinition { max_features: usize::MAX, thinning: Vec::new(), ..generic(features) };
            TileLayer::prepare(name.parse().unwrap(), features, definition)
        })
        .collect();
    let candidates: Vec<Vec<u32>> = features.iter().map(|features| (0..features.len() as u32).collect()).collect();
    let inputs: Vec<TileInput<'_>> = (0..2)
        .map(|index| TileInput { layer: &layers[index], features: &features[index], candidates: &candidates[index] })
        .collect();
    let tile = crate::encode(city::tile(14), &inputs);
    assert!((450_000..=500_000).contains(&gzip_bytes(&tile)), "{}", gzip_bytes(&tile));
    assert!(tile.layers.iter().all(|stats| stats.over_budget > 0 && stats.written > 1000), "{:?}", tile.layers);
    // The largest stay.
    let kept: Vec<u64> = decode(&tile.bytes).unwrap().layers[0].features.iter().map(|feature| feature.id.unwrap()).collect();
    let whole = tile_by(&features[0], city::tile(14), LayerDefinition { max_features: kept.len(), ..generic(&features[0]) });
    let largest: Vec<u64> = decode(&whole.bytes).unwrap().layers[0].features.iter().map(|feature| feature.id.unwrap()).collect();
    let common = largest.iter().filter(|id| kept.binary_search(id).is_ok()).count();
    assert!(common * 100 > kept.len() * 98, "{common} of {}", kept.len());
}

#[test]
fn a_million_features_in_a_tile_are_bounded_and_can_be_stopped() {
    let features = city::points(103, 1_000_000);
    let definition = LayerDefinition { thinning: Vec::new(), ..generic(&features) };
    let layer = TileLayer::prepare("points".parse().unwrap(), &features, definition);
    let candidates: Vec<u32> = (0..features.len() as u32).collect();
    let input = [TileInput { layer: &layer, features: &features, candidates: &candidates }];
    let tile = TileCoord::new(8, u64::from(city::tile(8).x()), u64::from(city::tile(8).y())).unwrap();
    let asked = Cell::new(0);
    let whole = encode_unless(tile, &input, &|| {
        asked.set(asked.get() + 1);
        false
    });
    let stats = whole.unwrap().layers[0];
    assert_eq!((stats.written + stats.over_budget, stats.over_limit), (50_000, 950_000));
    assert!(asked.get() >= 50_000 / 256, "{} questions", asked.get());
    let answers = Cell::new(3);
    let stopped = encode_unless(tile, &input, &|| {
        answers.set(answers.get() - 1);
        answers.get() == 0
    });
    assert_eq!(stopped.unwrap_err(), Cancelled);
    assert_eq!(answers.get(), 0, "nothing is asked after the stop");
}

#[test]
fn past_the_greatest_zoom_tiles_are_made_of_its_shapes() {
    let features = city::blocks(107, 300);
    let definition = generic(&features);
    assert_eq!(definition.max_zoom, 16);
    let layer = TileLayer::prepare("blocks".parse().unwrap(), &features, definition);
    let candidates: Vec<u32> = (0..features.len() as u32).collect();
    let input = [TileInput { layer: &layer, features: &features, candidates: &candidates }];
    let mut seen = 0;
    for zoom in 17..=24 {
        // The tile around the first corner of some buildings.
        for position in (0..300).step_by(7) {
            let corner = features.geometry(position).lonlat()[0];
            let world = urbis_model::mercator::mercator_from_lonlat(corner);
            let tile = TileCoord::at(world, zoom);
            let bytes = crate::encode(tile, &input).bytes;
            let decoded = decode(&bytes).unwrap();
            let own = decoded.layers[0].features.iter().find(|feature| feature.id == Some(position as u64 + 1)).unwrap();
            let DecodedGeometry::Polygons(polygons) = &own.geometry else { panic!("a polygon") };
            let across = f64::from(1u32 << zoom) * 4096.0;
            let unit = [world.x * across - f64::from(tile.x()) * 4096.0, world.y * across - f64::from(tile.y()) * 4096.0];
            // The world grid's cell is 16 units at zoom 24.
            let near = |point: &[i64; 2]| [0, 1].iter().all(|axis| (point[*axis] as f64 - unit[*axis]).abs() <= 8.5);
            assert!(polygons.iter().flatten().flatten().any(near), "zoom {zoom}, feature {position}: {unit:?} {polygons:?}");
            seen += 1;
        }
    }
    assert!(seen > 300);
}
