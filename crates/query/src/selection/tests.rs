//! Selections: pages, counts, order, cancelling.

use super::{Selection, Spatial};
use crate::{
    Cancel, Filter, QueryError, Shape,
    relation::{PreparedShape, Relation, RelationTest, meets_box},
    testing,
};
use std::{
    sync::{Arc, atomic::AtomicBool},
    time::Instant,
};
use urbis_model::{Bbox, ColumnType, FeatureId, LonLat, Value};

/// 100 × 100 points, one each hundredth of a degree, `odd` telling their number.
fn raster() -> crate::LayerSnapshot {
    let schema = testing::schema(&[("odd", ColumnType::Bool)]);
    let rows = (0..10_000u32).map(|index| {
        let (x, y) = (121.0 + f64::from(index % 100) / 100.0, 31.0 + f64::from(index / 100) / 100.0);
        let point = testing::wkt(&format!("POINT({x} {y})"));
        (point, vec![Value::Bool(index % 2 == 1)])
    });
    testing::layer(&schema, rows)
}

fn bbox(w: f64, s: f64, e: f64, n: f64) -> Option<Spatial> {
    Some(Spatial::Bbox(Bbox::from_degrees(w, s, e, n).unwrap()))
}

#[test]
fn pages_join_to_the_whole_and_count_it() {
    let layer = raster();
    let filter = Filter::parse_text("odd", layer.features().schema()).unwrap();
    for spatial in [None, bbox(121.1, 31.1, 121.6, 31.9)] {
        let whole =
            layer.select(&Selection { spatial: spatial.clone(), filter: Some(filter.clone()), ..Selection::default() }).unwrap();
        assert!(!whole.more && whole.positions.is_sorted() && whole.positions.len() > 1000);
        assert_eq!(whole.matched, Some(whole.positions.len() as u64));
        for counted in [false, true] {
            let (mut joined, mut after) = (Vec::<u32>::new(), None);
            loop {
                let selection = Selection {
                    spatial: spatial.clone(),
                    filter: Some(filter.clone()),
                    after,
                    limit: Some(333),
                    counted,
                    cancel: Cancel::default(),
                };
                let page = layer.select(&selection).unwrap();
                assert!(!counted || page.matched == whole.matched);
                assert!(page.positions.len() <= 333);
                after = page.positions.last().map(|last| layer.features().ids()[*last as usize]);
                joined.extend(&page.positions);
                assert_eq!(page.more, joined.len() < whole.positions.len());
                if !page.more {
                    break;
                }
            }
            assert_eq!(joined, whole.positions);
        }
    }
    let none = layer.select(&Selection { limit: Some(0), counted: true, ..Selection::default() }).unwrap();
    assert_eq!((none.positions.len(), none.matched, none.more), (0, Some(10_000), true));
}

#[test]
fn a_box_has_its_edges_and_may_cross_the_antimeridian() {
    let layer = testing::shapes_layer(
        ["POINT(179 1)", "POINT(-179 1)", "POINT(180 0)", "POINT(0 0)", "LINESTRING(-180 2,-170 2)"].map(testing::wkt),
    );
    let found = layer.select(&Selection { spatial: bbox(179.0, 0.0, -179.0, 2.0), ..Selection::default() }).unwrap();
    assert_eq!(found.positions, [0, 1, 2, 4]);
    // A box that ends at the meridian has it whole, as 180 and as -180 degrees.
    for (west, east, expected) in [(179.5, 180.0, [2, 4]), (-180.0, -179.5, [2, 4])] {
        let found = layer.select(&Selection { spatial: bbox(west, 0.0, east, 2.0), ..Selection::default() }).unwrap();
        assert_eq!(found.positions, expected, "{west} to {east}");
    }
    let point = layer.select(&Selection { spatial: bbox(0.0, 0.0, 0.0, 0.0), ..Selection::default() }).unwrap();
    assert_eq!(point.positions, [3]);
}

#[test]
fn nearest_orders_by_distance_then_id_and_obeys_the_filter() {
    let layer = raster();
    let position = LonLat::from_degrees(121.5, 31.5).unwrap();
    let filter = Filter::parse_text("odd", layer.features().schema()).unwrap();
    let selection = Selection { spatial: Some(Spatial::Nearest { position, k: 3 }), ..Selection::default() };
    let answer = layer.select(&selection).unwrap();
    let distances_m = answer.distances_m.unwrap();
    // East and west are equally far (the same latitude): the lower id comes first. A degree of longitude is shorter here.
    assert_eq!(answer.positions, [5050, 5049, 5051]);
    assert!(distances_m[0] < 1e-6 && (distances_m[1] - distances_m[2]).abs() < 1e-3, "{distances_m:?}");
    let answer = layer.select(&Selection { filter: Some(filter), limit: Some(2), ..selection }).unwrap();
    assert_eq!(answer.positions, [5049, 5051]);
}

#[test]
fn a_question_can_be_given_up() {
    let layer = raster();
    let position = LonLat::from_degrees(121.5, 31.5).unwrap();
    for cancel in [
        Cancel { deadline: Some(Instant::now()), flag: None },
        Cancel { deadline: None, flag: Some(Arc::new(AtomicBool::new(true))) },
    ] {
        for spatial in [None, Some(Spatial::Nearest { position, k: 10_000 })] {
            let selection = Selection { spatial, cancel: cancel.clone(), ..Selection::default() };
            assert!(matches!(layer.select(&selection), Err(QueryError::Cancelled)));
        }
    }
}

#[test]
fn a_filter_of_another_layer_and_a_distance_that_is_none_are_refused() {
    let layer = raster();
    let other = testing::schema(&[("odd", ColumnType::Int)]);
    let filter = Filter::parse_text("odd = 1", &other).unwrap();
    let refused = layer.select(&Selection { filter: Some(filter), ..Selection::default() });
    assert!(matches!(refused, Err(QueryError::OtherSchema { .. })));
    let position = LonLat::from_degrees(121.5, 31.5).unwrap();
    for radius_m in [f64::NAN, -1.0, f64::INFINITY] {
        let near = Some(Spatial::Near { position, radius_m });
        assert!(matches!(layer.select(&Selection { spatial: near, ..Selection::default() }), Err(QueryError::Distance { .. })));
    }
}

#[test]
fn features_are_found_by_id_whatever_order_they_came_in() {
    let mut features = urbis_model::FeatureBatch::new(testing::schema(&[]));
    for id in [7u64, 3, 9] {
        let shape = testing::wkt(&format!("POINT({id} 0)"));
        features.push(FeatureId::new(id).unwrap(), |writer| writer.copy(shape.geometry()), &[]).unwrap();
    }
    let layer = crate::LayerSnapshot::new(testing::info("things", &features), features).unwrap();
    assert_eq!(layer.position_of(FeatureId::new(9).unwrap()), Some(2));
    assert_eq!(layer.position_of(FeatureId::new(8).unwrap()), None);
    assert_eq!(layer.features().geometry(0).lonlat(), [[3.0, 0.0]]);
    let mut twice = urbis_model::FeatureBatch::new(testing::schema(&[]));
    twice.push_from(layer.features(), 0, FeatureId::new(1).unwrap()).unwrap();
    twice.push_from(layer.features(), 1, FeatureId::new(1).unwrap()).unwrap();
    let info = testing::info("things", &twice);
    assert!(matches!(crate::LayerSnapshot::new(info, twice), Err(QueryError::DuplicateId { .. })));
}

#[test]
fn what_a_box_decides_is_what_the_shape_would_say() {
    // Small triangles, lines and points on a raster and off it, so that boxes touch edges and corners of the questions.
    let mut walk = testing::Walk(7);
    let shapes: Vec<Shape> = (0..6000)
        .map(|index| {
            let (x, y) = (walk.next() * 8.0, walk.next() * 8.0);
            let (x, y) = if index % 2 == 0 { ((x * 4.0).round() / 4.0, (y * 4.0).round() / 4.0) } else { (x, y) };
            let side = if index % 50 == 0 { 3.0 } else { 0.25 };
            testing::wkt(&match index % 3 {
                0 => format!("POLYGON(({x} {y},{} {y},{} {},{x} {y}))", x + side, x + side, y + side),
                1 => format!("LINESTRING({x} {y},{} {})", x + side, y + side),
                _ => format!("POINT({x} {y})"),
            })
        })
        .collect();
    let layer = testing::shapes_layer(shapes.iter().cloned());
    let star: Vec<String> = (0..=40)
        .map(|index| {
            let (sin, cos) = (f64::from(index % 40) / 40.0 * std::f64::consts::TAU).sin_cos();
            let radius = if index % 2 == 0 { 3.5 } else { 2.0 };
            format!("{} {}", 4.0 + radius * cos, 4.0 + radius * sin)
        })
        .collect();
    let questions = [
        format!("POLYGON(({}),(3.5 3.5,4.5 3.5,4.5 4.5,3.5 4.5,3.5 3.5))", star.join(",")),
        "POLYGON((1 1,7 1,7 7,1 7,1 1),(2 2,2 3,3 3,3 2,2 2))".to_owned(),
        "MULTIPOLYGON(((0 0,4 0,4 4,0 4,0 0)),((4 4,8 4,8 8,4 8,4 4)))".to_owned(),
        "LINESTRING(0 0,8 8,8 0)".to_owned(),
        "POINT(4 4)".to_owned(),
    ];
    let mut some = 0;
    for text in &questions {
        let question = testing::wkt(text);
        let prepared = PreparedShape::new(question.clone());
        for (relation, spatial) in
            [(Relation::Intersects, Spatial::Intersects(question.clone())), (Relation::Within, Spatial::Within(question.clone()))]
        {
            // The matrix, or side against side: never the tree over the features, nor the question's own boxes.
            let geo_question = crate::relation::geo_from(question.geometry());
            let expected: Vec<u32> = (0..shapes.len() as u32)
                .filter(|index| {
                    use geo::Relate;
                    let matrix = crate::relation::geo_from(shapes[*index as usize].geometry()).relate(&geo_question);
                    if relation == Relation::Within { matrix.is_within() } else { matrix.is_intersects() }
                })
                .collect();
            let test = RelationTest::new(relation, &prepared);
            let one_by_one: Vec<u32> =
                (0..shapes.len() as u32).filter(|index| test.holds(shapes[*index as usize].geometry())).collect();
            let found = layer.select(&Selection { spatial: Some(spatial), ..Selection::default() }).unwrap().positions;
            assert_eq!(found, one_by_one, "{relation:?} {text}");
            assert_eq!(found, expected, "{relation:?} {text}");
            some += usize::from(!found.is_empty());
        }
    }
    assert_eq!(some, 10);
    for [w, s, e, n] in [[1.0, 1.0, 7.0, 7.0], [0.3, 0.3, 1.7, 5.0], [4.0, 4.0, 4.0, 4.0], [-1.0, -1.0, 12.0, 12.0]] {
        let window = urbis_model::Bounds { min: [w, s], max: [e, n] };
        let expected: Vec<u32> =
            (0..shapes.len() as u32).filter(|index| meets_box(shapes[*index as usize].geometry(), &window)).collect();
        let found = layer.select(&Selection { spatial: bbox(w, s, e, n), ..Selection::default() }).unwrap().positions;
        assert_eq!(found, expected, "{window:?}");
    }
}

#[test]
fn an_explanation_tells_where_features_fall_out() {
    let layer = raster();
    let explained = |spatial, filter: Option<&str>| {
        let filter = filter.map(|text| Filter::parse_text(text, layer.features().schema()).unwrap());
        let selection = Selection { spatial, filter, limit: Some(1), ..Selection::default() };
        let explained = layer.explain(&selection).unwrap();
        let whole = layer.select(&Selection { limit: None, ..selection }).unwrap();
        assert_eq!((explained.features, Some(explained.matched)), (10_000, whole.matched));
        explained
    };
    let all = explained(None, Some("odd"));
    assert_eq!((all.candidates, all.sure, all.matched), (Some(10_000), 10_000, 5_000));
    let boxed = explained(bbox(121.195, 31.195, 121.405, 31.405), None);
    assert!(boxed.candidates.is_some_and(|count| (441..500).contains(&count)) && boxed.sure > 400, "{boxed:?}");
    assert_eq!(boxed.matched, 441);
    let windowed = explained(
        None,
        Some("odd AND S_INTERSECTS(geometry, POLYGON((121.195 31.195,121.405 31.195,121.405 31.405,121.195 31.195)))"),
    );
    assert!(windowed.filter_window.is_some() && windowed.candidates.is_some_and(|count| count < 600), "{windowed:?}");
    let near = explained(Some(Spatial::Nearest { position: LonLat::from_degrees(121.5, 31.5).unwrap(), k: 7 }), None);
    assert_eq!((near.candidates, near.matched), (None, 7));
}
