//! Tiles against a brute-force cut of every source feature with `geo`'s overlay in floating point.

use super::{city, geometries, tile_by};
use crate::LayerDefinition;
use geo::{Area, BooleanOps, BoundingRect, Distance, Euclidean, HausdorffDistance, MapCoords};
use std::collections::HashMap;
use urbis_model::mercator::mercator_from_lonlat;
use urbis_model::{FeatureBatch, LayerKind, TileCoord};

/// How far a drawn vertex may lie from the source at the maximum zoom, units: half a unit's diagonal by rounding, and
/// as much again where the window cuts a rounded edge. A pixel has 8 units.
const NEAR_UNITS: f64 = 1.5;

/// Degrees in the tile's own units, not rounded.
pub(super) fn units_from_lonlat(tile: TileCoord, lonlat: &[[f64; 2]]) -> Vec<geo::Coord<f64>> {
    let (corner, side) = tile.mercator_square();
    let unit = |point: urbis_model::MercatorUnit| geo::Coord {
        x: (point.x - corner.x) / side * 4096.0,
        y: (point.y - corner.y) / side * 4096.0,
    };
    lonlat.iter().map(|vertex| unit(mercator_from_lonlat(*vertex))).collect()
}

fn source(tile: TileCoord, features: &FeatureBatch, index: usize) -> geo::MultiPolygon<f64> {
    let parts = features.geometry(index).parts();
    let polygon = |part: urbis_model::geometry::Part<'_>| {
        let mut rings = part.rings().map(|ring| geo::LineString::from(units_from_lonlat(tile, ring.lonlat())));
        geo::Polygon::new(rings.next().unwrap(), rings.collect())
    };
    parts.map(polygon).collect::<Vec<_>>().into()
}

fn window() -> geo::Polygon<f64> {
    geo::Rect::new((-64.0, -64.0), (4160.0, 4160.0)).to_polygon()
}

/// Tiles at a layer's maximum zoom, in which nothing is simplified.
fn full_detail(features: &FeatureBatch, zoom: u8) -> LayerDefinition {
    let mut definition = LayerDefinition::for_kind(LayerKind::Generic, features.schema());
    definition.max_zoom = zoom;
    definition
}

#[test]
fn polygons_equal_a_brute_force_cut_at_the_maximum_zoom() {
    let mut compared = 0;
    for seed in 30..36 {
        for (features, zoom) in [(city::stars(seed, 120), 14), (city::stars(seed, 120), 12), (city::blocks(seed, 400), 14)] {
            let coord = city::tile(zoom);
            let tile = tile_by(&features, coord, full_detail(&features, zoom));
            let drawn: HashMap<u64, geo::Geometry<f64>> = geometries(&tile)
                .into_iter()
                .map(|(id, geometry)| {
                    (id, geometry.map_coords(|coord| geo::Coord { x: f64::from(coord.x), y: f64::from(coord.y) }))
                })
                .collect();
            for index in 0..features.len() {
                let expected = source(coord, &features, index).intersection(&window());
                let id = index as u64 + 1;
                let Some(drawn) = drawn.get(&id) else {
                    let area = expected.unsigned_area();
                    assert!(area < 64.0, "seed {seed}, zoom {zoom}: feature {id} of {area} square units is absent");
                    continue;
                };
                compared += 1;
                let boundary = expected.bounding_rect().map_or(0.0, |rect| 2.0 * (rect.width() + rect.height()) * 8.0);
                let areas = (expected.unsigned_area(), drawn.unsigned_area());
                assert!((areas.0 - areas.1).abs() <= boundary + 16.0, "seed {seed}, zoom {zoom}, feature {id}: {areas:?}");
                if areas.0 > 64.0 {
                    let source = source(coord, &features, index);
                    assert_near(&source, &expected, drawn, &format!("seed {seed}, zoom {zoom}, feature {id}"));
                }
            }
        }
    }
    assert!(compared > 2_000, "{compared}");
}

/// Each drawn vertex lies near the source, and each vertex of the cut source near the drawn, but for those on the
/// window's edge: there an edge that grazes the window may be cut units away, outside the tile.
fn assert_near(source: &geo::MultiPolygon<f64>, cut: &geo::MultiPolygon<f64>, drawn: &geo::Geometry<f64>, what: &str) {
    use geo::CoordsIter;
    let far = |from: geo::Coord<f64>, to: &geo::Geometry<f64>| Euclidean.distance(&geo::Geometry::Point(from.into()), to);
    let source = geo::Geometry::MultiPolygon(source.clone());
    for vertex in drawn.coords_iter() {
        let distance = far(vertex, &source);
        assert!(distance <= NEAR_UNITS, "{what}: drawn {vertex:?} is {distance} units off");
    }
    let inner = |part: f64| (-62.0..=4158.0).contains(&part);
    for vertex in cut.coords_iter().filter(|vertex| inner(vertex.x) && inner(vertex.y)) {
        let distance = far(vertex, drawn);
        assert!(distance <= NEAR_UNITS, "{what}: source {vertex:?} is {distance} units off");
    }
}

#[test]
fn lines_equal_their_source_inside_the_tile_at_the_maximum_zoom() {
    let mut compared = 0;
    for seed in 40..60 {
        let features = city::walks(seed, 200);
        let coord = city::tile(14);
        let tile = tile_by(&features, coord, full_detail(&features, 14));
        for (id, geometry) in geometries(&tile) {
            let source = geo::LineString::from(units_from_lonlat(coord, features.geometry(id as usize - 1).lonlat()));
            let drawn = geometry.map_coords(|coord| geo::Coord { x: f64::from(coord.x), y: f64::from(coord.y) });
            let clipped = geo::MultiLineString::new(vec![source.clone()]);
            let expected = window().clip(&clipped, false);
            let length = |lines: &geo::MultiLineString<f64>| geo::Length::length(&Euclidean, lines);
            let drawn_lines = match &drawn {
                geo::Geometry::LineString(line) => geo::MultiLineString::new(vec![line.clone()]),
                geo::Geometry::MultiLineString(lines) => lines.clone(),
                other => panic!("{other:?}"),
            };
            let vertices = source.0.len() as f64;
            assert!((length(&expected) - length(&drawn_lines)).abs() <= 3.0 * vertices, "seed {seed}, feature {id}");
            if !expected.0.is_empty() {
                let distance = expected.hausdorff_distance(&drawn_lines);
                let steps = source.lines().map(|line| geo::Length::length(&Euclidean, &line)).fold(0.0, f64::max);
                assert!(distance <= NEAR_UNITS + steps, "seed {seed}, feature {id}: {distance}");
            }
            compared += 1;
        }
        let drawn: Vec<u64> = geometries(&tile).iter().map(|(id, _)| *id).collect();
        for index in (0..features.len()).filter(|index| !drawn.contains(&(*index as u64 + 1))) {
            let line = geo::LineString::from(units_from_lonlat(coord, features.geometry(index).lonlat()));
            let inside = window().clip(&geo::MultiLineString::new(vec![line]), false);
            let length = geo::Length::length(&Euclidean, &inside);
            assert!(length < 8.0, "seed {seed}: {length} units of feature {} are absent", index + 1);
        }
    }
    assert!(compared > 300, "{compared}");
}

#[test]
fn simplified_shapes_stay_within_a_pixel() {
    let features = city::stars(50, 200);
    let definition = LayerDefinition::for_kind(LayerKind::Generic, features.schema());
    for zoom in [8, 10, 12, 13] {
        let coord = city::tile(zoom);
        let tile = tile_by(&features, coord, definition.clone());
        for (id, geometry) in geometries(&tile) {
            let drawn = geometry.map_coords(|coord| geo::Coord { x: f64::from(coord.x), y: f64::from(coord.y) });
            let expected = source(coord, &features, id as usize - 1).intersection(&window());
            if expected.unsigned_area() < 64.0 {
                continue;
            }
            let shape = geo::Geometry::MultiPolygon(source(coord, &features, id as usize - 1));
            for vertex in geo::CoordsIter::coords_iter(&drawn) {
                let distance = Euclidean.distance(&geo::Geometry::Point(vertex.into()), &shape);
                assert!(distance <= 8.0, "zoom {zoom}, feature {id}: {vertex:?} is {distance} units off");
            }
        }
    }
}
