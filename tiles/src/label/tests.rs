//! Poles against brute force; labels against the tiles around them.

use super::*;
use crate::decode::{DecodedGeometry, decode};
use crate::encode::tests::city::{self, Random, Shape};
use crate::{LayerDefinition, TileInput, encode};
use urbis_model::{LayerKind, TileCoord, Value};

#[test]
fn no_grid_point_is_farther_inside_than_the_pole() {
    let seed = 71;
    let mut random = Random(seed);
    for case in 0..200 {
        let corners = 3 + random.bits() as usize % 30;
        let star = |random: &mut Random, scale: f64| -> Vec<[f64; 2]> {
            let reach = |random: &mut Random| scale * random.in_range(100.0, 1000.0);
            let angle = |corner: usize| corner as f64 / corners as f64 * std::f64::consts::TAU;
            (0..corners)
                .map(|corner| (reach(random), angle(corner)))
                .map(|(r, a)| [2000.0 + r * a.cos(), 1500.0 + r * a.sin()])
                .collect()
        };
        let mut rings = vec![star(&mut random, 1.0)];
        if case % 3 == 0 {
            rings.push(star(&mut random, 0.09));
        }
        let (point, distance) = pole(&rings).unwrap();
        assert!((distance_inside(point, &rings) - distance).abs() < 1e-9, "seed {seed}, case {case}");
        let mut best = 0f64;
        for column in 0..150 {
            for row in 0..150 {
                best = best.max(distance_inside([900.0 + f64::from(column) * 15.0, 400.0 + f64::from(row) * 15.0], &rings));
            }
        }
        assert!(distance * (1.0 + 2.0 * PRECISION) >= best, "seed {seed}, case {case}: {distance} < {best}");
    }
}

#[test]
fn shapes_whose_pole_is_known() {
    let square = vec![[0.0, 0.0], [100.0, 0.0], [100.0, 100.0], [0.0, 100.0]];
    let (point, distance) = pole(std::slice::from_ref(&square)).unwrap();
    assert!((point[0] - 50.0).hypot(point[1] - 50.0) < 1.0 && (distance - 50.0).abs() < 1.0, "{point:?} {distance}");
    // The centroid of a ring-shaped park lies in its lake.
    let lake = square.iter().map(|point| point.map(|part| 20.0 + 0.6 * part)).collect::<Vec<_>>();
    let (point, distance) = pole(&[square.clone(), lake]).unwrap();
    assert!(distance > 9.9 && !(20.0..=80.0).contains(&point[0].max(point[1]).min(80.1)), "{point:?} {distance}");
    assert!(pole(&[]).is_none());
    assert!(pole(&[vec![[0.0, 0.0], [5.0, 5.0], [9.0, 9.0]]]).is_none(), "no area, no pole");
    assert!(pole(&[vec![[0.0, 0.0], [5.0, 0.0]]]).is_none());
    // A box of a billion to one ends.
    assert!(pole(&[vec![[0.0, 0.0], [4e9, 0.0], [4e9, 4.0], [0.0, 4.0]]]).is_some());
}

/// Labels of every polygon, in all tiles of a zoom around: id, and place in units of the zoom.
fn labels_at(zoom: u8, label: Label) -> Vec<(u64, [i64; 2])> {
    let features = city::stars(73, 200);
    let mut definition = LayerDefinition::for_kind(LayerKind::Generic, features.schema());
    definition.label = Some(label);
    let layer = TileLayer::prepare("parks".parse().unwrap(), &features, definition);
    let candidates: Vec<u32> = (0..features.len() as u32).collect();
    let input = [TileInput { layer: &layer, features: &features, candidates: &candidates }];
    let middle = city::tile(zoom);
    let mut found = Vec::new();
    for dx in -5..=5i64 {
        for dy in -5..=5i64 {
            let (x, y) = (i64::from(middle.x()) + dx, i64::from(middle.y()) + dy);
            let tile = encode(TileCoord::new(u32::from(zoom), x as u64, y as u64).unwrap(), &input);
            let decoded = decode(&tile.bytes).unwrap();
            for layer in decoded.layers.iter().filter(|layer| layer.name == "parks_label") {
                for feature in &layer.features {
                    let DecodedGeometry::Points(points) = &feature.geometry else { panic!("a label is a point") };
                    let [px, py] = points[0];
                    assert!((0..4096).contains(&px) && (0..4096).contains(&py));
                    found.push((feature.id.unwrap(), [x * 4096 + px, y * 4096 + py]));
                }
            }
        }
    }
    found
}

#[test]
fn a_label_is_in_exactly_one_tile_and_at_one_place() {
    let everywhere = Label { from_zoom: 0, radius_px: 0.0 };
    let near = labels_at(14, everywhere);
    let mut ids: Vec<u64> = near.iter().map(|(id, _)| *id).collect();
    ids.sort_unstable();
    assert_eq!(ids, (1..=200).collect::<Vec<u64>>(), "each polygon once");
    for (id, place) in labels_at(13, everywhere) {
        let (_, deeper) = near.iter().find(|(other, _)| *other == id).unwrap();
        for axis in 0..2 {
            assert!((deeper[axis] - 2 * place[axis]).abs() <= 1, "label {id} wanders from zoom to zoom");
        }
    }
    assert!(labels_at(13, Label { from_zoom: 14, radius_px: 0.0 }).is_empty());
    let roomy = labels_at(14, Label { from_zoom: 0, radius_px: 20.0 }).len();
    assert!(roomy > 10 && roomy < 150, "{roomy} labels have 20 pixels of room");
}

#[test]
fn a_layer_that_has_the_companions_name_keeps_it() {
    let square = vec![[-40.0, -40.0], [40.0, -40.0], [40.0, 40.0], [-40.0, 40.0], [-40.0, -40.0]];
    let features = city::batch(&[(Shape::Polygon(vec![square]), Value::Null)]);
    let mut definition = LayerDefinition::for_kind(LayerKind::Generic, features.schema());
    definition.label = Some(Label { from_zoom: 0, radius_px: 0.0 });
    let prepared = |name: &str| TileLayer::prepare(name.parse().unwrap(), &features, definition.clone());
    let (parks, own) = (prepared("parks"), prepared("parks_label"));
    let input = |layer| TileInput { layer, features: &features, candidates: &[0] };
    let tile = encode(TileCoord::new(0, 0, 0).unwrap(), &[input(&parks), input(&own)]);
    let names: Vec<_> = decode(&tile.bytes).unwrap().layers.iter().map(|layer| layer.name.to_owned()).collect();
    assert_eq!(names, ["parks", "parks_label", "parks_label_label"]);
}
