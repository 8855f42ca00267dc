//! Gap and overlap, measured exactly: twice the areas of what is drawn in a tile, as integers.

use crate::clip::doubled_area;
use crate::decode::{DecodedGeometry, decode};
use crate::encode::tests::city::{self, Random, Shape, batch, lonlat_from_unit};
use crate::frame::{EXTENT, Unit};
use crate::{LayerDefinition, TileInput, TileLayer, encode};
use i_overlay::core::fill_rule::FillRule;
use i_overlay::core::overlay::{Overlay, ShapeType};
use i_overlay::core::overlay_rule::OverlayRule;
use i_overlay::i_float::int::point::IntPoint;
use urbis_model::{FeatureBatch, LayerKind, TileCoord, Value};

/// A lattice of `across` by `across` cells over the square from -200 to 4300 units of the city's tile, corners moved at
/// random, borders wandering in `steps` steps; half of the rings lack every other vertex of straight borders, so that
/// their neighbours' vertices lie on their edges.
pub(crate) fn cells(seed: u64, across: usize, steps: usize, wander: f64) -> FeatureBatch {
    let mut random = Random(seed);
    let side = 4500.0 / across as f64;
    let mut corners = Vec::new();
    for row in 0..=across {
        for column in 0..=across {
            let inner = |index: usize| if (1..across).contains(&index) { 1.0 } else { 0.0 };
            let move_by = random.in_range(-0.3, 0.3) * side * inner(row) * inner(column);
            corners.push([column as f64 * side - 200.0 + move_by, row as f64 * side - 200.0 - move_by]);
        }
    }
    let mut border = |from: usize, to: usize| -> Vec<[f64; 2]> {
        let (a, b) = (corners[from], corners[to]);
        let on_edge = |point: [f64; 2]| point.iter().any(|part| *part <= -200.0 || *part >= 4299.9);
        (0..steps)
            .map(|step| {
                let share = step as f64 / steps as f64;
                // Least near the ends, so that borders that start at one corner do not cross.
                let swing = (share * std::f64::consts::PI).sin().powi(2) * wander * side;
                let sway = if on_edge(a) && on_edge(b) { 0.0 } else { random.in_range(-swing, swing) };
                [0, 1].map(|axis| a[axis] + (b[axis] - a[axis]) * share + sway * if axis == 0 { 1.0 } else { -0.7 })
            })
            .collect()
    };
    let stride = across + 1;
    let mut borders = std::collections::HashMap::new();
    for row in 0..=across {
        for column in 0..=across {
            let here = row * stride + column;
            for (there, exists) in [(here + 1, column < across), (here + stride, row < across)] {
                if exists {
                    borders.insert((here, there), border(here, there));
                }
            }
        }
    }
    let run = |from: usize, to: usize| -> Vec<[f64; 2]> {
        if from < to {
            borders[&(from, to)].clone()
        } else {
            let mut points = borders[&(to, from)].clone();
            points.push(corners[from]);
            points.reverse();
            points.pop();
            points
        }
    };
    let mut rows = Vec::new();
    for row in 0..across {
        for column in 0..across {
            let [a, b, c, d] =
                [row * stride + column, row * stride + column + 1, (row + 1) * stride + column + 1, (row + 1) * stride + column];
            let mut ring: Vec<[f64; 2]> =
                [(a, b), (b, c), (c, d), (d, a)].into_iter().flat_map(|(from, to)| run(from, to)).collect();
            ring.push(ring[0]);
            rows.push((Shape::Polygon(vec![ring.into_iter().map(lonlat_from_unit).collect()]), Value::Null));
        }
    }
    batch(&rows)
}

/// What a tile's own square holds of each feature's polygons, window and buffer cut off, in units.
fn drawn(layer: &TileLayer, features: &FeatureBatch, tile: TileCoord) -> Vec<Vec<Vec<Vec<Unit>>>> {
    let candidates: Vec<u32> = (0..features.len() as u32).collect();
    let tile = encode(tile, &[TileInput { layer, features, candidates: &candidates }]);
    let decoded = decode(&tile.bytes).unwrap();
    let features = decoded.layers.iter().flat_map(|layer| &layer.features);
    features
        .map(|feature| match &feature.geometry {
            DecodedGeometry::Polygons(polygons) => polygons.clone(),
            other => panic!("{other:?}"),
        })
        .collect()
}

/// (sum of the features' doubled areas, doubled area of their union), both within the tile's own square.
pub(crate) fn sum_and_union(features: &[Vec<Vec<Vec<Unit>>>]) -> (i64, i64) {
    let extent = i32::try_from(EXTENT).unwrap();
    let square = [[0, 0], [extent, 0], [extent, extent], [0, extent]].map(|[x, y]| IntPoint::new(x, y));
    let cut = |polygons: &[&Vec<Vec<Unit>>]| -> i64 {
        let mut overlay: Overlay<i32> = Overlay::new(1024);
        for ring in polygons.iter().flat_map(|polygon| polygon.iter()) {
            let ring: Vec<_> = ring.iter().map(|unit| IntPoint::new(unit[0] as i32, unit[1] as i32)).collect();
            overlay.add_contour(&ring, ShapeType::Subject);
        }
        overlay.add_contour(&square, ShapeType::Clip);
        let shapes = overlay.overlay(OverlayRule::Intersect, FillRule::NonZero);
        let area = |ring: &Vec<IntPoint<i32>>| {
            doubled_area(&ring.iter().map(|point| [i64::from(point.x), i64::from(point.y)]).collect::<Vec<_>>())
        };
        // Exteriors and holes are wound against each other.
        shapes.iter().map(|shape| shape.iter().map(area).sum::<i64>().abs()).sum()
    };
    let sum = features.iter().map(|polygons| cut(&polygons.iter().collect::<Vec<_>>())).sum();
    (sum, cut(&features.iter().flatten().collect::<Vec<_>>()))
}

fn definition(features: &FeatureBatch) -> LayerDefinition {
    let mut definition = LayerDefinition::for_kind(LayerKind::Generic, features.schema());
    definition.coverage = true;
    definition
}

#[test]
fn neighbours_have_no_gap_and_no_overlap_at_any_zoom() {
    let whole = 2 * i64::from(EXTENT).pow(2);
    let mut inner_tiles = 0;
    for (seed, across, steps, wander) in [(1, 12, 1, 0.0), (2, 12, 9, 0.05), (3, 40, 14, 0.02), (4, 90, 3, 0.1)] {
        let features = cells(seed, across, steps, wander);
        let layer = TileLayer::prepare("grid".parse().unwrap(), &features, definition(&features));
        for zoom in 9..=16u8 {
            let first = city::tile(zoom);
            for (dx, dy) in [(0, 0), (1, 0), (0, 1), (2, 3)] {
                let coord = TileCoord::new(u32::from(zoom), u64::from(first.x()) + dx, u64::from(first.y()) + dy).unwrap();
                let shapes = drawn(&layer, &features, coord);
                let (sum, union) = sum_and_union(&shapes);
                assert_eq!(sum, union, "seed {seed}, {coord:?}: overlap");
                if zoom >= 14 && dx.max(dy) < 1 << (zoom - 14) {
                    assert_eq!(union, whole, "seed {seed}, {coord:?}: gap");
                    inner_tiles += 1;
                }
            }
        }
    }
    assert!(inner_tiles > 20, "{inner_tiles}");
}
