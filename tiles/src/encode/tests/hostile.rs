//! What no honest city has, and must not hurt.

use super::validity::{area, check};
use super::{Shape, batch, city, geometries, tile_by, tile_of};
use crate::LayerDefinition;
use fast_mvt::MvtGeometry;
use geo::Area;
use urbis_model::mercator::mercator_from_lonlat;
use urbis_model::{LayerKind, TileCoord, Value};

/// A ring of so many vertices around the middle of the tile, as jagged as told.
fn jagged(corners: usize, radius: f64, depth: f64) -> Vec<[f64; 2]> {
    let corner = |index: usize| {
        let angle = (index % corners) as f64 / corners as f64 * std::f64::consts::TAU;
        let reach = radius * if (index % corners).is_multiple_of(2) { 1.0 } else { 1.0 - depth };
        city::lonlat_from_unit([2048.0 + reach * angle.cos(), 2048.0 + reach * angle.sin()])
    };
    (0..=corners).map(corner).collect()
}

#[test]
fn a_polygon_of_almost_a_million_vertices_is_drawn() {
    // The quadratic way takes hours.
    for depth in [0.0, 1e-3, 0.9] {
        let features = batch(&[(Shape::Polygon(vec![jagged(999_998, 3000.0, depth)]), Value::Null)]);
        for zoom in [0, 8, 14, 16] {
            let tile = tile_of(&features, city::tile(zoom));
            if zoom == 14 {
                assert!(!tile.bytes.is_empty());
            }
            if depth < 0.5 {
                check(&tile, &format!("depth {depth}, zoom {zoom}"));
            }
        }
    }
}

#[test]
fn a_tile_wholly_inside_a_polygon_is_its_window() {
    let features = batch(&[(Shape::Polygon(vec![jagged(100_000, 40_000.0, 1e-3)]), Value::Null)]);
    let tile = tile_of(&features, city::tile(14));
    let all = geometries(&tile);
    let [(1, MvtGeometry::Polygon(polygon))] = &all[..] else { panic!("{all:?}") };
    assert_eq!(area(&all[0].1), 4224.0 * 4224.0);
    assert_eq!(polygon.exterior().0.len(), 5);
}

#[test]
fn a_thousand_tiny_holes_stay_at_full_detail_and_go_from_afar() {
    let hole = |index: usize| {
        let [x, y] = [(index % 32) as f64 * 100.0 + 450.0, (index / 32) as f64 * 100.0 + 450.0];
        [[x, y], [x + 3.0, y], [x + 3.0, y + 3.0], [x, y + 3.0], [x, y]].map(city::lonlat_from_unit).to_vec()
    };
    let rings = std::iter::once(jagged(64, 3000.0, 0.0)).chain((0..1000).map(hole)).collect();
    let features = batch(&[(Shape::Polygon(rings), Value::Null)]);
    let holes = |zoom: u8, max_zoom: u8| {
        let mut definition = LayerDefinition::for_kind(LayerKind::Generic, features.schema());
        definition.max_zoom = max_zoom;
        let tile = tile_by(&features, city::tile(zoom), definition);
        check(&tile, "tiny holes");
        match &geometries(&tile)[..] {
            [(_, MvtGeometry::Polygon(polygon))] => polygon.interiors().len(),
            other => panic!("{other:?}"),
        }
    };
    // Only those inside the round exterior count; at full detail all of them are kept.
    assert!(holes(14, 14) > 700);
    assert_eq!(holes(12, 14), 0);
}

#[test]
fn everything_in_one_pixel_is_dust_and_points() {
    let speck = |size: f64| {
        [[0.0, 0.0], [size, 0.0], [size, size], [0.0, size], [0.0, 0.0]]
            .map(|[x, y]| city::lonlat_from_unit([100.0 + x, 100.0 + y]))
            .to_vec()
    };
    let rows: Vec<(Shape, Value<'_>)> = (0..3000)
        .map(|index| match index % 3 {
            0 => (Shape::Point(city::lonlat_from_unit([100.2, 100.1])), Value::Int(index)),
            1 => (
                Shape::Line(vec![city::lonlat_from_unit([100.0, 100.0]), city::lonlat_from_unit([100.1, 100.2])]),
                Value::Int(index),
            ),
            _ => (Shape::Polygon(vec![speck(0.3)]), Value::Int(index)),
        })
        .collect();
    let features = batch(&rows);
    for zoom in [0, 5, 13] {
        let tile = tile_of(&features, city::tile(zoom));
        check(&tile, "one pixel");
        let points = geometries(&tile).iter().filter(|(_, geometry)| matches!(geometry, MvtGeometry::Point(_))).count();
        assert_eq!(points, 1, "zoom {zoom}");
        assert_eq!(tile.layers[0].thinned, 999);
    }
}

#[test]
fn a_wall_thinner_than_the_grid_does_not_vanish() {
    let ring = [[100.0, 100.0], [400.0, 220.0], [400.0, 220.05], [100.0, 100.05], [100.0, 100.0]].map(city::lonlat_from_unit);
    let features = batch(&[(Shape::Polygon(vec![ring.to_vec()]), Value::Null)]);
    for zoom in [11, 12, 13, 14] {
        let tile = tile_of(&features, city::tile(zoom));
        assert_eq!(check(&tile, "wall"), 1, "zoom {zoom}");
    }
}

#[test]
fn a_feature_over_a_tile_corner_is_in_all_four_tiles_and_meets_itself() {
    let ring = [[-50.0, -30.0], [40.0, -45.0], [60.0, 50.0], [-20.0, 35.0], [-50.0, -30.0]].map(city::lonlat_from_unit);
    let features = batch(&[(Shape::Polygon(vec![ring.to_vec()]), Value::Null)]);
    let corner = city::tile(14);
    let mut drawn = 0.0;
    for (dx, dy) in [(0, 0), (1, 0), (0, 1), (1, 1)] {
        let coord = TileCoord::new(14, u64::from(corner.x()) - dx, u64::from(corner.y()) - dy).unwrap();
        let mut definition = LayerDefinition::for_kind(LayerKind::Generic, features.schema());
        // Without a buffer the four pieces make up the whole.
        definition.buffer_units = 0;
        definition.thinning.clear();
        definition.max_zoom = 14;
        let tile = tile_by(&features, coord, definition);
        assert_eq!(check(&tile, "corner"), 1);
        drawn += area(&geometries(&tile)[0].1);
    }
    let whole = geo::Polygon::new(super::clipping::units_from_lonlat(corner, &ring).into(), vec![]).unsigned_area();
    assert!((drawn - whole).abs() < 60.0, "{drawn} of {whole}");
}

#[test]
fn the_whole_world_and_the_deepest_zoom_are_drawn() {
    let world = vec![[-180.0, -90.0], [180.0, -90.0], [180.0, 90.0], [-180.0, 90.0], [-180.0, -90.0]];
    let rows = [
        (Shape::Polygon(vec![world]), Value::Null),
        (Shape::Line(vec![[-180.0, 89.0], [180.0, -89.0]]), Value::Null),
        (Shape::Point([121.0, 31.0]), Value::Null),
        (Shape::Point([0.0, 90.0]), Value::Null),
        (Shape::Point([180.0, -85.0]), Value::Null),
    ];
    let features = batch(&rows);
    let zoom_0 = tile_of(&features, TileCoord::new(0, 0, 0).unwrap());
    check(&zoom_0, "zoom 0");
    let ids: Vec<u64> = geometries(&zoom_0).iter().map(|(id, _)| *id).collect();
    assert_eq!(ids, [1, 2, 3, 5], "the pole has no place on the square");
    for zoom in 0..=24 {
        let coord = TileCoord::at(mercator_from_lonlat([121.0, 31.0]), zoom);
        let tile = tile_of(&features, coord);
        check(&tile, &format!("zoom {zoom}"));
        let ids: Vec<u64> = geometries(&tile).iter().map(|(id, _)| *id).collect();
        assert!(ids.contains(&1) && ids.contains(&3), "zoom {zoom}: {ids:?}");
        let last = (1u64 << zoom) - 1;
        for (x, y) in [(0, 0), (last, 0), (0, last), (last, last)] {
            let coord = TileCoord::new(u32::from(zoom), x, y).unwrap();
            check(&tile_of(&features, coord), &format!("zoom {zoom}, corner"));
        }
    }
}
