//! Every polygon of every tile is valid on the grid, by `geo`'s own check, and wound as MVT wants.

use super::{Shape, batch, city, geometries, tile_of};
use crate::Tile;
use crate::clip::doubled_area;
use crate::decode::{DecodedGeometry, decode};
use fast_mvt::MvtGeometry;
use geo::{MapCoords, Validation};
use urbis_model::mercator::mercator_from_lonlat;
use urbis_model::{TileCoord, Value};

/// Checks a tile wholly; the number of its features.
pub(super) fn check(tile: &Tile, what: &str) -> usize {
    let all = geometries(tile);
    for (id, geometry) in &all {
        let geometry = geometry.map_coords(|coord| geo::Coord { x: f64::from(coord.x), y: f64::from(coord.y) });
        if let geo::Geometry::Polygon(_) | geo::Geometry::MultiPolygon(_) = geometry {
            assert!(geometry.is_valid(), "{what}, feature {id}: {:?}\n{geometry:?}", geometry.validation_errors());
        }
    }
    for feature in decode(&tile.bytes).unwrap().layers.iter().flat_map(|layer| &layer.features) {
        if let DecodedGeometry::Polygons(polygons) = &feature.geometry {
            for polygon in polygons {
                assert!(doubled_area(&polygon[0]) > 0, "{what}, feature {:?}: exterior", feature.id);
                assert!(polygon[1..].iter().all(|hole| doubled_area(hole) < 0), "{what}, feature {:?}: hole", feature.id);
            }
        }
    }
    all.len()
}

/// A tile of a zoom that lies in the city.
fn some_tile(zoom: u8, random: &mut city::Random) -> TileCoord {
    let lonlat = city::lonlat_from_unit([random.in_range(-5000.0, 9000.0), random.in_range(-5000.0, 9000.0)]);
    TileCoord::at(mercator_from_lonlat(lonlat), zoom)
}

#[test]
fn random_tiles_of_random_cities_are_valid() {
    let mut features_seen = 0;
    for seed in 0..6 {
        for (name, features) in [("blocks", city::blocks(seed, 1500)), ("stars", city::stars(seed, 300))] {
            let mut random = city::Random(seed);
            for zoom in 6..=18 {
                let coord = some_tile(zoom, &mut random);
                features_seen += check(&tile_of(&features, coord), &format!("{name}, seed {seed}, {coord:?}"));
            }
        }
    }
    assert!(features_seen > 20_000, "{features_seen}");
}

#[test]
fn broken_rings_are_repaired_and_keep_their_area() {
    let ring = |units: &[[f64; 2]]| units.iter().map(|unit| city::lonlat_from_unit(*unit)).collect::<Vec<_>>();
    let square = |x: f64, y: f64, side: f64| ring(&[[x, y], [x + side, y], [x + side, y + side], [x, y + side], [x, y]]);
    // (rings of one polygon, area in square units that is drawn)
    let cases = [
        ("bow tie", vec![ring(&[[0.0, 0.0], [200.0, 200.0], [200.0, 0.0], [0.0, 200.0], [0.0, 0.0]])], 20_000.0),
        (
            "touching itself",
            vec![ring(&[[0.0, 0.0], [200.0, 0.0], [100.0, 100.0], [200.0, 200.0], [0.0, 200.0], [100.0, 100.0], [0.0, 0.0]])],
            20_000.0,
        ),
        ("hole outside", vec![square(0.0, 0.0, 100.0), square(300.0, 0.0, 50.0)], 10_000.0),
        ("hole across", vec![square(0.0, 0.0, 100.0), square(50.0, 0.0, 100.0)], 5_000.0),
        ("hole equal to the exterior", vec![square(0.0, 0.0, 100.0), square(0.0, 0.0, 100.0)], 0.0),
        ("holes in each other", vec![square(0.0, 0.0, 100.0), square(20.0, 20.0, 50.0), square(30.0, 30.0, 10.0)], 7_500.0),
        ("hole touching", vec![square(0.0, 0.0, 100.0), ring(&[[0.0, 50.0], [50.0, 20.0], [50.0, 80.0], [0.0, 50.0]])], 8_500.0),
        (
            "wound twice",
            vec![ring(&[
                [0.0, 0.0],
                [100.0, 0.0],
                [100.0, 100.0],
                [0.0, 100.0],
                [0.0, 0.0],
                [100.0, 0.0],
                [100.0, 100.0],
                [0.0, 100.0],
                [0.0, 0.0],
            ])],
            10_000.0,
        ),
        (
            "with a spike",
            vec![ring(&[[0.0, 0.0], [100.0, 0.0], [100.0, 100.0], [400.0, 100.0], [100.0, 100.0], [0.0, 100.0], [0.0, 0.0]])],
            10_000.0,
        ),
    ];
    for (name, rings, expected) in cases {
        let tile = tile_of(&batch(&[(Shape::Polygon(rings), Value::Null)]), city::tile(14));
        check(&tile, name);
        let drawn: f64 = geometries(&tile).iter().map(|(_, geometry)| area(geometry)).sum();
        // An empty remainder of a shape that is wider than a pixel is drawn as a sliver.
        assert!((drawn - expected).abs() <= 60.0, "{name}: {drawn} of {expected}");
    }
}

#[test]
fn parts_that_overlap_count_once_and_islands_in_holes_stay() {
    let square = |x: f64, y: f64, side: f64| {
        [[x, y], [x + side, y], [x + side, y + side], [x, y + side], [x, y]].map(city::lonlat_from_unit).to_vec()
    };
    let cases = [
        ("overlapping", vec![vec![square(0.0, 0.0, 100.0)], vec![square(50.0, 0.0, 100.0)]], 15_000.0),
        ("island", vec![vec![square(0.0, 0.0, 100.0), square(20.0, 20.0, 60.0)], vec![square(40.0, 40.0, 20.0)]], 6_800.0),
        ("edge to edge", vec![vec![square(0.0, 0.0, 100.0)], vec![square(100.0, 0.0, 100.0)]], 20_000.0),
    ];
    for (name, parts, expected) in cases {
        let tile = tile_of(&batch(&[(Shape::MultiPolygon(parts), Value::Null)]), city::tile(14));
        assert_eq!(check(&tile, name), 1);
        let drawn = area(&geometries(&tile)[0].1);
        assert!((drawn - expected).abs() <= 1.0, "{name}: {drawn} of {expected}");
    }
}

#[test]
fn dust_keeps_the_area_of_a_town() {
    let features = city::blocks(21, 20_000);
    let coord = city::tile(9);
    let tile = tile_of(&features, coord);
    check(&tile, "dust");
    let drawn: f64 = geometries(&tile).iter().map(|(_, geometry)| area(geometry)).sum();
    // Blocks: 1 + (notch) half-squares of `size`, summed from the source in the tile's units.
    let source: f64 = features
        .geometries()
        .iter()
        .map(|geometry| {
            let units = super::clipping::units_from_lonlat(coord, geometry.lonlat());
            geo::Area::unsigned_area(&geo::Polygon::new(units.into(), vec![]))
        })
        .sum();
    assert!(tile.layers[0].too_small > 10_000 && tile.layers[0].written > 500, "{:?}", tile.layers[0]);
    assert!((drawn / source - 1.0).abs() < 0.01, "{drawn} drawn of {source}");
}

/// Area in square units.
pub(super) fn area(geometry: &MvtGeometry) -> f64 {
    geo::Area::unsigned_area(&geometry.map_coords(|coord| geo::Coord { x: f64::from(coord.x), y: f64::from(coord.y) }))
}
