//! Merged lines and polygons: length and area stay, members are in one feature each, ids are the lowest.

use super::*;
use crate::encode::tests::city::Random;
use geo::Area;
use std::sync::Arc;
use urbis_model::{ColumnType, FeatureId, Field, Schema};

/// A row: id, class, name, and a line or the rings of a polygon.
type Row<'a> = (u64, &'a str, &'a str, Vec<Vec<[f64; 2]>>);

fn batch(kind: GeometryKind, rows: &[Row<'_>]) -> FeatureBatch {
    let fields = ["class", "name"].map(|name| Field { name: name.into(), column_type: ColumnType::Text }).to_vec();
    let mut features = FeatureBatch::new(Arc::new(Schema::new(fields).unwrap()));
    for (id, class, name, rings) in rows {
        let write = |writer: &mut GeometryWriter<'_>| {
            writer.kind(kind);
            writer.part();
            for ring in rings {
                writer.ring();
                ring.iter().for_each(|vertex| writer.vertex(*vertex));
            }
        };
        features.push(FeatureId::new(*id).unwrap(), write, &[Value::Text(class), Value::Text(name)]).unwrap();
    }
    features
}

fn definition(features: &FeatureBatch) -> LayerDefinition {
    let text = "min_zoom = 5\nmax_zoom = 16\nmerge = { below_zoom = 13 }\n\
        attributes = [{ column = \"class\" }, { column = \"name\", from_zoom = 11 }]";
    LayerDefinition::from_toml(text, features.schema()).unwrap()
}

fn ids(features: &FeatureBatch) -> Vec<u64> {
    features.ids().iter().map(|id| id.number()).collect()
}

/// The merged features of zooms 5 to 10, which carry the class, and of 11 and 12, which carry the name too.
fn both(features: &FeatureBatch) -> [FeatureBatch; 2] {
    [5..=10, 11..=12].map(|zooms| merged(features, &definition(features), &zooms))
}

#[test]
fn roads_are_joined_at_their_ends_where_the_zoom_tells_them_apart_by_nothing() {
    let line = |from: [f64; 2], to: [f64; 2]| vec![vec![from, to]];
    let features = batch(
        GeometryKind::LineString,
        &[
            (7, "primary", "East", line([0.02, 0.0], [0.01, 0.0])),
            (3, "primary", "East", line([0.01, 0.0], [0.0, 0.0])),
            (9, "primary", "West", line([0.02, 0.0], [0.03, 0.001])),
            (4, "service", "East", line([0.03, 0.001], [0.04, 0.0])),
        ],
    );
    let [far, near] = both(&features);
    assert_eq!(ids(&far), [3, 4]);
    assert_eq!(far.geometry(0).lonlat(), [[0.03, 0.001], [0.02, 0.0], [0.01, 0.0], [0.0, 0.0]]);
    assert_eq!(ids(&near), [3, 4, 9]);
    assert_eq!(near.geometry(0).lonlat(), [[0.02, 0.0], [0.01, 0.0], [0.0, 0.0]]);
    assert_eq!(near.geometry(2).lonlat(), features.geometry(2).lonlat());
}

#[test]
fn at_a_crossing_lines_go_straight_on() {
    let line = |from: [f64; 2], to: [f64; 2]| vec![vec![from, to]];
    let middle = [0.01, 0.01];
    let features = batch(
        GeometryKind::LineString,
        &[
            (1, "a", "", line([0.0, 0.01], middle)),
            (2, "a", "", line([0.01, 0.0], middle)),
            (3, "a", "", line(middle, [0.02, 0.0101])),
            (4, "a", "", line(middle, [0.0101, 0.02])),
            (5, "a", "", line(middle, [0.0001, 0.0102])),
        ],
    );
    let [far, _] = both(&features);
    assert_eq!(ids(&far), [1, 2, 5], "a fifth has no partner, and turning back is none");
    assert_eq!(far.geometry(0).lonlat(), [[0.0, 0.01], middle, [0.02, 0.0101]]);
    assert_eq!(far.geometry(1).lonlat(), [[0.01, 0.0], middle, [0.0101, 0.02]]);
}

#[test]
fn closed_lines_and_stars_of_a_thousand_ends_do_no_harm() {
    let ring = vec![vec![[0.0, 0.0], [0.01, 0.0], [0.01, 0.01], [0.0, 0.0]]];
    let halves = [vec![vec![[1.0, 0.0], [1.01, 0.0], [1.01, 0.01]]], vec![vec![[1.0, 0.0], [1.0, 0.01], [1.01, 0.01]]]];
    let mut rows: Vec<Row<'_>> =
        vec![(1, "a", "", ring.clone()), (2, "a", "", halves[0].clone()), (3, "a", "", halves[1].clone()), (4, "b", "", ring)];
    rows.extend((0..1000).map(|spoke| {
        let (sin, cos) = (f64::from(spoke) / 1000.0 * std::f64::consts::TAU).sin_cos();
        (5 + spoke as u64, "c", "", vec![vec![[5.0, 5.0], [5.0 + 0.1 * cos, 5.0 + 0.1 * sin]]])
    }));
    let features = batch(GeometryKind::LineString, &rows);
    let [far, _] = both(&features);
    assert_eq!(far.len(), 3 + 1000);
    assert_eq!(far.geometry(1).lonlat(), [[1.0, 0.0], [1.01, 0.0], [1.01, 0.01], [1.0, 0.01], [1.0, 0.0]], "two halves close");
}

#[test]
fn a_torn_road_net_keeps_its_length_and_each_member_once() {
    let seed = 83;
    let mut random = Random(seed);
    // Streets of a grid, cut in pieces of random direction; two classes.
    let mut rows: Vec<Row<'_>> = Vec::new();
    for street in 0..40 {
        for piece in 0..40 {
            let at = |along: i32| [f64::from(along) * 0.001, f64::from(street) * 0.001];
            let at = |along: i32| if street % 2 == 0 { at(along) } else { [at(along)[1], at(along)[0]] };
            let (from, to) =
                if random.bits().is_multiple_of(2) { (at(piece), at(piece + 1)) } else { (at(piece + 1), at(piece)) };
            let class = if street % 3 == 0 { "a" } else { "b" };
            rows.push((random.bits() % (1 << 40) + 1, class, "", vec![vec![from, to]]));
        }
    }
    let features = batch(GeometryKind::LineString, &rows);
    let [far, _] = both(&features);
    let length = |features: &FeatureBatch| -> f64 {
        let parts = (0..features.len()).flat_map(|position| features.geometry(position).parts());
        let rings = parts.flat_map(|part| part.rings());
        rings.flat_map(|ring| ring.lonlat().windows(2)).map(|pair| (pair[1][0] - pair[0][0]).hypot(pair[1][1] - pair[0][1])).sum()
    };
    assert!((length(&far) - length(&features)).abs() < 1e-9, "seed {seed}");
    // Straight on at every crossing: one feature per street.
    assert_eq!(far.len(), 40, "seed {seed}");
    for (position, id) in far.ids().iter().enumerate() {
        let origin = features.ids().iter().position(|other| other == id).unwrap();
        let lowest = &features.ids()[origin / 40 * 40..origin / 40 * 40 + 40];
        assert_eq!(id, lowest.iter().min().unwrap(), "feature {position}");
    }
}

fn square([x, y]: [f64; 2], side: f64) -> Vec<Vec<[f64; 2]>> {
    vec![vec![[x, y], [x + side, y], [x + side, y + side], [x, y + side], [x, y]]]
}

fn area(features: &FeatureBatch) -> f64 {
    let polygon = |part: urbis_model::geometry::Part<'_>| {
        let mut rings = part.rings().map(|ring| geo::LineString::from(ring.lonlat().to_vec()));
        let exterior = rings.next().unwrap();
        geo::Polygon::new(exterior, rings.collect()).unsigned_area()
    };
    (0..features.len()).flat_map(|position| features.geometry(position).parts()).map(polygon).sum()
}

#[test]
fn fields_that_touch_are_dissolved_and_others_stay() {
    let mut rows: Vec<Row<'_>> = Vec::new();
    // A ring of eight fields around a missing one, and one apart whose box meets none.
    let mut id = 20;
    for column in 0..3 {
        for row in 0..3 {
            if (column, row) != (1, 1) {
                rows.push((id, "field", "", square([f64::from(column) * 0.01, f64::from(row) * 0.01], 0.01)));
                id -= 1;
            }
        }
    }
    rows.push((100, "field", "", square([0.5, 0.5], 0.01)));
    rows.push((5, "wood", "", square([0.01, 0.01], 0.01)));
    let features = batch(GeometryKind::Polygon, &rows);
    let [far, near] = both(&features);
    assert_eq!(ids(&far), [5, 13, 100]);
    assert_eq!(ids(&near), ids(&far), "all are called the same");
    let parts: Vec<usize> = far.geometry(1).parts().map(|part| part.rings().len()).collect();
    assert_eq!(parts, [2], "one part with one hole");
    assert!((area(&far) - area(&features)).abs() < 1e-6, "{} and {}", area(&far), area(&features));
}

#[test]
fn a_torn_carpet_of_polygons_keeps_its_area() {
    let mut random = Random(89);
    let mut rows: Vec<Row<'_>> = Vec::new();
    for column in 0..30 {
        for row in 0..30 {
            let class = ["a", "b", "c"][(random.bits() % 3) as usize];
            rows.push((rows.len() as u64 + 1, class, "", square([f64::from(column) * 0.001, f64::from(row) * 0.001], 0.001)));
        }
    }
    let features = batch(GeometryKind::Polygon, &rows);
    let [far, _] = both(&features);
    assert!(far.len() < 500, "{} of 900", far.len());
    assert!((area(&far) / area(&features) - 1.0).abs() < 1e-4);
    let unique: std::collections::HashSet<u64> = ids(&far).into_iter().collect();
    assert_eq!(unique.len(), far.len(), "ids are unique");
}

#[test]
fn the_order_of_the_input_does_not_matter() {
    let mut rows: Vec<Row<'_>> = Vec::new();
    for index in 0..60u64 {
        let x = (index % 10) as f64 * 0.01;
        rows.push((
            index * 7919 % 61 + 1,
            ["a", "b"][(index % 4 / 3) as usize],
            "",
            square([x, (index / 10) as f64 * 0.01], 0.01),
        ));
    }
    let forward = merged(&batch(GeometryKind::Polygon, &rows), &definition(&batch(GeometryKind::Polygon, &rows)), &(5..=10));
    rows.reverse();
    let features = batch(GeometryKind::Polygon, &rows);
    let backward = merged(&features, &definition(&features), &(5..=10));
    assert_eq!(ids(&forward), ids(&backward));
    for position in 0..forward.len() {
        assert_eq!(forward.geometry(position).lonlat(), backward.geometry(position).lonlat());
    }
}
