//! Every pair of shapes of the fixture against GEOS: touching, inscribed, along borders, with holes.

use super::{PreparedShape, Relation, RelationTest, meets_box, side_of};
use crate::{Shape, testing};
use proptest::prelude::*;
use serde_json::Value;
use urbis_model::Bounds;

fn fixture() -> Value {
    serde_json::from_str(include_str!("../../fixtures/relations.json")).unwrap()
}

fn shapes(fixture: &Value, key: &str) -> Vec<Shape> {
    fixture[key].as_array().unwrap().iter().map(|text| testing::wkt(text.as_str().unwrap())).collect()
}

fn indices(value: &Value) -> Vec<usize> {
    value.as_array().unwrap().iter().map(|index| index.as_u64().unwrap() as usize).collect()
}

#[test]
fn all_relations_are_as_geos_has_them() {
    let fixture = fixture();
    let (features, questions) = (shapes(&fixture, "features"), shapes(&fixture, "questions"));
    let mut differences = Vec::new();
    for (question, answer) in questions.iter().zip(fixture["answers"].as_array().unwrap()) {
        let prepared = PreparedShape::new(question.clone());
        for (relation, name) in [
            (Relation::Intersects, "intersects"),
            (Relation::Disjoint, "disjoint"),
            (Relation::Within, "within"),
            (Relation::Contains, "contains"),
            (Relation::Equals, "equals"),
            (Relation::Touches, "touches"),
            (Relation::Crosses, "crosses"),
            (Relation::Overlaps, "overlaps"),
        ] {
            let test = RelationTest::new(relation, &prepared);
            let expected = indices(&answer[name]);
            for (index, feature) in features.iter().enumerate() {
                if test.holds(feature.geometry()) != expected.contains(&index) {
                    differences.push(format!("{name}: feature {index} {feature:?} of {question:?}"));
                }
            }
        }
    }
    assert!(
        differences.is_empty(),
        "{} differ, first: {}",
        differences.len(),
        differences[..differences.len().min(5)].join("\n")
    );
}

#[test]
fn windows_are_as_geos_has_them() {
    let fixture = fixture();
    let features = shapes(&fixture, "features");
    for window in fixture["windows"].as_array().unwrap() {
        let edges: Vec<f64> = window["bbox"].as_array().unwrap().iter().map(|edge| edge.as_f64().unwrap()).collect();
        let bounds = Bounds { min: [edges[0], edges[1]], max: [edges[2], edges[3]] };
        let found: Vec<usize> = (0..features.len()).filter(|index| meets_box(features[*index].geometry(), &bounds)).collect();
        assert_eq!(found, indices(&window["intersects"]), "{bounds:?}");
    }
}

/// A ring of many corners around 3, 3, to be asked through the tree.
fn gear(corners: u32) -> Shape {
    let corner = |index: u32| {
        let (angle, radius) = (
            f64::from(index % corners) / f64::from(corners) * std::f64::consts::TAU,
            if index.is_multiple_of(2) { 3.0 } else { 2.0 },
        );
        format!("{} {}", 3.0 + radius * angle.cos(), 3.0 + radius * angle.sin())
    };
    let ring: Vec<String> = (0..=corners).map(corner).collect();
    testing::wkt(&format!("POLYGON(({}),(2.5 2.5,3.5 2.5,3.5 3.5,2.5 3.5,2.5 2.5))", ring.join(",")))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn the_tree_and_the_scan_see_the_same_side(x in 0.0..6.0f64, y in 0.0..6.0f64, at in 0usize..200, which in 0u8..3) {
        let shape = gear(200);
        let prepared = PreparedShape::new(shape.clone());
        // A free point, a corner, or a point at a corner's latitude, where rays are most easily counted twice.
        let corner = shape.geometry().lonlat()[at];
        let point = match which { 0 => [x, y], 1 => corner, _ => [x, corner[1]] };
        prop_assert_eq!(prepared.side_of(point), side_of(shape.geometry(), point));
    }

    #[test]
    fn a_box_as_a_shape_answers_as_the_box_does(
        w in 0.0..6.0f64, s in 0.0..6.0f64, width in 0.0..3.0f64, height in 0.0..3.0f64, on_raster: bool,
    ) {
        let round = |value: f64| if on_raster { value.round() } else { value };
        let bounds = Bounds { min: [round(w), round(s)], max: [round(w) + round(width), round(s) + round(height)] };
        let bbox = urbis_model::Bbox::from_degrees(bounds.min[0], bounds.min[1], bounds.max[0], bounds.max[1]).unwrap();
        let prepared = PreparedShape::new(Shape::from_bbox(bbox));
        for shape in [gear(10), gear(100), testing::wkt("LINESTRING(0 0,6 6,6 0)"), testing::wkt("POINT(3 3)")] {
            prop_assert_eq!(prepared.intersects(shape.geometry()), meets_box(shape.geometry(), &bounds));
        }
    }
}

#[test]
fn a_solid_lies_where_its_faces_do() {
    // A unit cube's floor, a wall and the roof; walls are lines on the map.
    let cube = Shape::from_writer(|writer| {
        writer.kind(urbis_model::GeometryKind::Solid);
        for (face, z) in [
            ([[0.0, 0.0], [0.0, 1.0], [1.0, 1.0], [1.0, 0.0], [0.0, 0.0]], [0.0; 5]),
            ([[0.0, 0.0], [1.0, 0.0], [1.0, 0.0], [0.0, 0.0], [0.0, 0.0]], [0.0, 0.0, 1.0, 1.0, 0.0]),
            ([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0], [0.0, 0.0]], [1.0; 5]),
        ] {
            writer.part();
            writer.ring();
            for (vertex, z_m) in face.into_iter().zip(z) {
                writer.vertex(vertex);
                writer.z_m(z_m);
            }
        }
    })
    .unwrap();
    for (question, intersects, within) in [
        ("POLYGON((0 0,1 0,1 1,0 1,0 0))", true, true),
        ("POLYGON((-1 -1,2 -1,2 2,-1 2,-1 -1))", true, true),
        ("POLYGON((0 0,0.9 0,0.9 1,0 1,0 0))", true, false),
        ("POLYGON((0.2 0.2,0.4 0.2,0.4 0.4,0.2 0.2))", true, false),
        ("POLYGON((1 0,2 0,2 1,1 0))", true, false),
        ("POLYGON((3 3,4 3,4 4,3 3))", false, false),
        ("POINT(0.5 0.5)", true, false),
    ] {
        let prepared = PreparedShape::new(testing::wkt(question));
        assert_eq!(RelationTest::new(Relation::Intersects, &prepared).holds(cube.geometry()), intersects, "{question}");
        assert_eq!(RelationTest::new(Relation::Within, &prepared).holds(cube.geometry()), within, "{question}");
    }
}
