//! Pairs against every pair.

use super::{JoinRelation, MAX_PAIRS, Neighbour, Pair, with_ids};
use crate::{
    Cancel, Filter, LayerSnapshot, QueryError, Selection, Shape, Spatial,
    measure::{Origin, is_within_distance, least_distance_m},
    relation::{PreparedShape, Relation, RelationTest},
    representative_point, testing,
};
use urbis_model::{Bbox, ColumnType, GeometryKind, Value};

fn join(layer: &LayerSnapshot, other: &LayerSnapshot, relation: JoinRelation) -> Vec<Pair> {
    layer.join(other, relation, None, MAX_PAIRS, &Selection::default()).unwrap().pairs().to_vec()
}

fn pairs(layer: &LayerSnapshot, other: &LayerSnapshot, relation: JoinRelation) -> Vec<(u32, u32)> {
    join(layer, other, relation).into_iter().map(|pair| (pair.position, pair.other)).collect()
}

#[test]
fn pairs_are_those_of_a_double_loop() {
    let mut walk = testing::Walk(3);
    let mut boxes = |count: usize, side: f64| {
        let shapes: Vec<_> = (0..count)
            .map(|_| {
                let (x, y) = (walk.next() * 5.0, walk.next() * 5.0);
                testing::wkt(&format!("POLYGON(({x} {y},{e} {y},{e} {n},{x} {y}))", e = x + side, n = y + side))
            })
            .collect();
        shapes
    };
    let (ones, others) = (boxes(300, 0.3), boxes(200, 0.2));
    let mut expected = Vec::new();
    for (i, one) in ones.iter().enumerate() {
        let prepared = PreparedShape::new(one.clone());
        expected.extend((0..others.len()).filter(|j| prepared.intersects(others[*j].geometry())).map(|j| (i as u32, j as u32)));
    }
    assert!(expected.len() > 100);
    let (one, other) = (testing::shapes_layer(ones), testing::shapes_layer(others));
    assert_eq!(pairs(&one, &other, JoinRelation::Intersects), expected);
    let mut turned: Vec<(u32, u32)> = expected.into_iter().map(|(i, j)| (j, i)).collect();
    turned.sort_unstable();
    assert_eq!(pairs(&other, &one, JoinRelation::Intersects), turned);
    let few = |relation| one.join(&other, relation, None, 10, &Selection::default());
    assert!(matches!(few(JoinRelation::Intersects), Err(QueryError::TooManyPairs { most: 10 })));
    assert!(matches!(few(JoinRelation::Nearest { k: 1 }), Err(QueryError::TooManyPairs { most: 10 })));
}

#[test]
fn neighbours_are_those_of_a_scan() {
    let mut walk = testing::Walk(5);
    let mut places =
        |count: usize| -> Vec<(f64, f64)> { (0..count).map(|_| (121.0 + walk.next(), 31.0 + walk.next())).collect() };
    let ones = testing::shapes_layer(places(400).into_iter().map(|(x, y)| testing::wkt(&format!("POINT({x} {y})"))));
    let shapes = places(300).into_iter().enumerate().map(|(nth, (x, y))| match nth % 3 {
        // Every other one lies where another does: the one of the lower id comes first.
        0 => testing::wkt(&format!("POINT({} {})", (x * 50.0).round() / 50.0, (y * 50.0).round() / 50.0)),
        1 => testing::wkt(&format!("LINESTRING({x} {y},{} {})", x + 0.03, y - 0.02)),
        _ => testing::wkt(&format!("POLYGON(({x} {y},{e} {y},{e} {n},{x} {y}))", e = x + 0.05, n = y + 0.05)),
    });
    let others = testing::shapes_layer(shapes);
    let positions: Vec<u32> = (0..400).filter(|position| position % 7 != 0).collect();
    let found = ones.neighbours(&positions, &others, 4, &Cancel::default()).unwrap();
    assert_eq!(found.len(), positions.len());
    let mut inside = 0;
    for (position, found) in positions.iter().zip(&found) {
        let origin = Origin::new(representative_point(ones.features().geometry(*position as usize)));
        let mut all: Vec<(f64, u32)> =
            (0..300).map(|other| (origin.distance_m(others.features().geometry(other as usize)), other)).collect();
        all.sort_by(|one, other| one.partial_cmp(other).unwrap());
        let expected: Vec<Neighbour> =
            all[..4].iter().map(|(distance_m, position)| Neighbour { position: *position, distance_m: *distance_m }).collect();
        assert_eq!(found, &expected);
        inside += usize::from(found[0].distance_m == 0.0);
    }
    assert!(inside > 5, "{inside} lie in an area");
    let empty = testing::shapes_layer([]);
    assert_eq!(ones.neighbours(&[0], &empty, 2, &Cancel::default()).unwrap(), [Vec::new()]);
    assert_eq!(ones.neighbours(&[0], &others, 1000, &Cancel::default()).unwrap()[0].len(), 300);
    let late = Cancel { deadline: Some(std::time::Instant::now()), flag: None };
    assert!(matches!(ones.neighbours(&positions, &others, 1, &late), Err(QueryError::Cancelled)));
    let batch = ones.with_nearest(&others, &Selection { limit: Some(3), ..Selection::default() }).unwrap();
    let told: Vec<_> = (0..3).map(|row| batch.columns().iter().map(|column| column.value(row)).collect::<Vec<_>>()).collect();
    let expected = ones.neighbours(&[0, 1, 2], &others, 1, &Cancel::default()).unwrap();
    let expected: Vec<_> = expected
        .iter()
        .map(|found| vec![Value::Int(i64::from(found[0].position) + 1), Value::Float(found[0].distance_m)])
        .collect();
    assert_eq!(told, expected);
}

/// Whether a pair of positions is one.
type Holds<'a> = &'a dyn Fn(&(usize, usize)) -> bool;

/// Points, lines, and areas small and of many corners, over the box of one degree at a place.
fn mixed(count: usize, seed: u64, west: f64) -> Vec<Shape> {
    let mut walk = testing::Walk(seed);
    let shape = |nth: usize| {
        let (x, y) = (west + walk.next(), 31.0 + walk.next());
        testing::wkt(&match nth % 4 {
            0 => format!("POINT({x} {y})"),
            1 => format!("LINESTRING({x} {y},{} {})", x + 0.1, y - 0.05),
            2 => format!("POLYGON(({x} {y},{e} {y},{e} {n},{x} {y}))", e = x + 0.04, n = y + 0.04),
            _ => {
                let corner = |nth: u32| {
                    let (sin, cos) = (f64::from(nth % 90) / 90.0 * std::f64::consts::TAU).sin_cos();
                    let radius = if nth.is_multiple_of(2) { 0.08 } else { 0.06 };
                    format!("{} {}", x + radius * cos, y + radius * sin)
                };
                format!("POLYGON(({}))", (0..=90).map(corner).collect::<Vec<_>>().join(","))
            }
        })
    };
    (0..count).map(shape).collect()
}

#[test]
fn every_relation_gives_the_pairs_of_a_double_loop_on_any_number_of_cores() {
    let (ones, others) = (mixed(240, 11, 121.0), mixed(200, 12, 121.0));
    let prepared: Vec<PreparedShape> = others.iter().map(|other| PreparedShape::new(other.clone())).collect();
    let all = || (0..ones.len()).flat_map(|i| (0..others.len()).map(move |j| (i, j)));
    let distance_m = 3_000.0;
    let within = |(i, j): &(usize, usize)| RelationTest::new(Relation::Within, &prepared[*j]).holds(ones[*i].geometry());
    let near = |(i, j): &(usize, usize)| is_within_distance(&prepared[*j], ones[*i].geometry(), distance_m);
    let meet = |(i, j): &(usize, usize)| prepared[*j].intersects(ones[*i].geometry());
    let (layer, other) = (testing::shapes_layer(ones.clone()), testing::shapes_layer(others.clone()));
    let relations: [(JoinRelation, Holds<'_>); 3] = [
        (JoinRelation::Intersects, &meet),
        (JoinRelation::Within, &within),
        (JoinRelation::WithinDistance { distance_m }, &near),
    ];
    for (relation, holds) in relations {
        let expected: Vec<(u32, u32)> = all().filter(holds).map(|(i, j)| (i as u32, j as u32)).collect();
        assert!(expected.len() > 40, "{relation:?}: {}", expected.len());
        for threads in [1, 2, 7] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            assert_eq!(pool.install(|| pairs(&layer, &other, relation)), expected, "{relation:?} on {threads}");
        }
    }
    // The distance is the same from either side, 0 where they meet, and no other one is a pair.
    let (mut apart, mut met) = (0, 0);
    for pair in join(&layer, &other, JoinRelation::WithinDistance { distance_m }) {
        let (i, j) = (pair.position as usize, pair.other as usize);
        let away_m = pair.distance_m.unwrap();
        let never = Cancel::default();
        let turned = PreparedShape::new(ones[i].clone());
        let turned = least_distance_m(&turned, others[j].geometry(), 1e7, &mut never.pace()).unwrap().unwrap();
        assert!((away_m - turned).abs() < 1e-4, "{away_m} and {turned} m");
        assert_eq!(away_m == 0.0, meet(&(i, j)));
        (apart, met) = (apart + usize::from(away_m > 0.0), met + usize::from(away_m == 0.0));
        assert!(is_within_distance(&prepared[j], ones[i].geometry(), away_m + 1e-6));
        assert!(away_m < 1e-3 || !is_within_distance(&prepared[j], ones[i].geometry(), away_m - 1e-3));
    }
    assert!(apart > 50 && met > 50, "{apart} apart, {met} meet");
}

#[test]
fn a_layer_joined_with_itself_has_each_feature_with_itself_too() {
    let layer = testing::shapes_layer(
        ["POLYGON((0 0,2 0,2 2,0 2,0 0))", "POLYGON((2 0,3 0,3 1,2 1,2 0))", "POINT(1 1)", "POINT(2 0.5)"].map(testing::wkt),
    );
    let expected = [(0, 0), (0, 1), (0, 2), (0, 3), (1, 0), (1, 1), (1, 3), (2, 0), (2, 2), (3, 0), (3, 1), (3, 3)];
    assert_eq!(pairs(&layer, &layer, JoinRelation::Intersects), expected);
    assert_eq!(pairs(&layer, &layer, JoinRelation::WithinDistance { distance_m: 0.0 }), expected);
    // A point on an edge is not within.
    assert_eq!(pairs(&layer, &layer, JoinRelation::Within), [(0, 0), (1, 1), (2, 0), (2, 2), (3, 3)]);
    assert_eq!(pairs(&layer, &layer, JoinRelation::Nearest { k: 1 }), [(0, 0), (1, 1), (2, 0), (3, 0)]);
}

#[test]
fn distances_reach_over_the_antimeridian_and_round_a_pole() {
    let east = testing::shapes_layer(["POINT(179.999 10)", "POINT(180 10)", "POINT(0 89.9999)"].map(testing::wkt));
    let west = testing::shapes_layer(
        ["POLYGON((-180 9,-179 9,-179 11,-180 11,-180 9))", "POINT(-179.999 10)", "POINT(180 89.9999)"].map(testing::wkt),
    );
    let within = |distance_m| pairs(&east, &west, JoinRelation::WithinDistance { distance_m });
    assert_eq!(within(0.0), [(1, 0)]);
    // 0.001° of longitude is 109.6 m there, 0.0001° of latitude 11.2 m at the pole.
    assert_eq!(within(110.0), [(0, 0), (1, 0), (1, 1), (2, 2)]);
    assert_eq!(within(220.0), [(0, 0), (0, 1), (1, 0), (1, 1), (2, 2)]);
    assert_eq!(within(20.0), [(1, 0)]);
    assert_eq!(within(20_037_509.0).len(), 9);
}

#[test]
fn rows_have_both_features_under_free_names() {
    let columns = [("name", ColumnType::Text), ("other_id", ColumnType::Int)];
    let row = |x: f64, name: &'static str| (testing::wkt(&format!("POINT({x} 0)")), vec![Value::Text(name), Value::Null]);
    let layer = testing::layer(&testing::schema(&columns), [row(0.0, "a"), row(1.0, "b"), row(5.0, "c")]);
    let other = testing::layer(&testing::schema(&columns), [row(1.0, "x"), row(0.0, "y"), row(1.0, "z")]);
    let asked = |selection: &Selection, columns: Option<&[String]>| {
        layer.join(&other, JoinRelation::WithinDistance { distance_m: 1.0 }, columns, MAX_PAIRS, selection)
    };
    let mut joined = asked(&Selection::default(), None).unwrap();
    let names: Vec<String> = joined.schema().fields().iter().map(|field| field.name.clone()).collect();
    assert_eq!(names, ["name", "other_id", "other_id_2", "name_2", "other_id_3", "distance_m"]);
    let told = |joined: &super::Joined| {
        let batches: Vec<_> = joined.clone().into_batches(0..joined.pairs().len()).collect();
        let rows = batches.iter().flat_map(|batch| (0..batch.len()).map(move |row| (batch, row)));
        let text = |value: Value<'_>| if let Value::Text(text) = value { text.to_owned() } else { String::new() };
        let row = |(batch, row): (&urbis_model::FeatureBatch, usize)| {
            let value = |column: usize| batch.columns()[column].value(row);
            (batch.ids()[row].number(), value(2).as_number().unwrap(), text(value(3)), value(5).as_number().unwrap())
        };
        rows.map(row).collect::<Vec<_>>()
    };
    let expected = [(1, 2.0, "y".to_owned(), 0.0), (2, 1.0, "x".to_owned(), 0.0), (2, 3.0, "z".to_owned(), 0.0)];
    assert_eq!(told(&joined), expected);
    let numbered = with_ids(&joined.clone().into_rows().unwrap()).unwrap();
    assert_eq!((numbered.len(), numbered.column("id").map(|ids| ids.value(2))), (3, Some(Value::Int(2))));
    let filter = Filter::parse_text("name_2 > 'x' AND distance_m < 1", joined.schema()).unwrap();
    joined.retain(&filter, &Cancel::default()).unwrap();
    assert_eq!(told(&joined), [expected[0].clone(), expected[2].clone()]);

    let some = asked(&Selection::default(), Some(&["name".to_owned()])).unwrap();
    assert_eq!(some.schema().fields().len(), 5);
    let unknown = asked(&Selection::default(), Some(&["colour".to_owned()]));
    assert!(matches!(unknown, Err(QueryError::UnknownColumn { column, .. }) if column == "colour"));
    let bbox = Spatial::Bbox(Bbox::from_degrees(0.5, -1.0, 2.0, 1.0).unwrap());
    let selected = asked(&Selection { spatial: Some(bbox), ..Selection::default() }, None).unwrap();
    assert_eq!((selected.pairs().len(), selected.effort().selected), (2, 1));
}

#[test]
fn what_is_no_question_is_refused_and_nothing_gives_no_pairs() {
    let (layer, empty) = (testing::shapes_layer(mixed(8, 3, 121.0)), testing::shapes_layer([]));
    let refused = |relation| layer.join(&layer, relation, None, MAX_PAIRS, &Selection::default()).unwrap_err();
    for distance_m in [-1.0, f64::NAN, f64::INFINITY] {
        assert!(matches!(refused(JoinRelation::WithinDistance { distance_m }), QueryError::Distance { .. }));
    }
    for k in [0, super::MAX_NEIGHBOURS + 1] {
        assert!(matches!(refused(JoinRelation::Nearest { k }), QueryError::Neighbours { .. }));
    }
    for relation in [
        JoinRelation::Intersects,
        JoinRelation::Within,
        JoinRelation::WithinDistance { distance_m: 1e6 },
        JoinRelation::Nearest { k: 3 },
    ] {
        assert_eq!((pairs(&layer, &empty, relation), pairs(&empty, &layer, relation)), (vec![], vec![]), "{relation:?}");
    }
}

#[test]
fn a_question_is_given_up_in_the_middle_of_one_pair() {
    let comb = |back, inset| {
        let comb = testing::slanting_comb(50_000, back, inset);
        testing::shapes_layer([testing::unchecked(GeometryKind::Polygon, &comb)])
    };
    let (around, inside) = (comb(0.1, 0.0), comb(0.05, 0.05));
    let circle = |radius_deg: f64| {
        let corner = |nth: u32| {
            let (sin, cos) = (f64::from(nth) / 30_000.0 * std::f64::consts::TAU).sin_cos();
            [121.0 + radius_deg * cos, 31.0 + radius_deg * sin]
        };
        let corners: Vec<[f64; 2]> = (0..30_000).map(corner).collect();
        testing::shapes_layer([testing::unchecked(GeometryKind::LineString, &corners)])
    };
    // Every side of the one circle is about as far from every side of the other.
    let (wide, narrow) = (circle(0.01), circle(0.000_01));
    let near = JoinRelation::WithinDistance { distance_m: 5_000.0 };
    for (layer, other, relation) in [
        (&inside, &around, JoinRelation::Intersects),
        (&inside, &around, JoinRelation::Within),
        (&inside, &around, near),
        (&narrow, &wide, near),
        (&wide, &narrow, near),
    ] {
        let selection = Selection { cancel: testing::given_up_soon(), ..Selection::default() };
        let answer = layer.join(other, relation, None, MAX_PAIRS, &selection);
        assert!(matches!(answer, Err(QueryError::Cancelled)), "{relation:?}");
    }
}

#[test]
fn two_lines_need_no_matrix_and_what_it_would_take_too_long_for_is_refused_by_name() {
    let mut walk = testing::Walk(8);
    let tangle: Vec<[f64; 2]> = (0..3_000).map(|_| [121.0 + walk.next(), 31.0 + walk.next()]).collect();
    let line = |vertices: &[[f64; 2]]| testing::unchecked(GeometryKind::LineString, vertices);
    let lines = testing::shapes_layer([line(&tangle), line(&tangle[1_000..2_000])]);
    assert_eq!(pairs(&lines, &lines, JoinRelation::Within), [(0, 0), (1, 0), (1, 1)]);
    let points = testing::shapes_layer(tangle[..2].iter().map(|[x, y]| testing::wkt(&format!("POINT({x} {y})"))));
    // An end of a line is no inner point of it.
    assert_eq!(pairs(&points, &lines, JoinRelation::Within), [(1, 0)]);
    // Its corner at 121.5, 30.5 lies in the box of the tangle, all of which lies above it.
    let area = testing::shapes_layer([testing::wkt("POLYGON((120 30,121.5 30.999,123 30,123 33,120 33,120 30))")]);
    let low: Vec<[f64; 2]> = tangle.iter().map(|[x, y]| [*x, if *x < 121.3 { y - 0.1 } else { *y }]).collect();
    let low = testing::shapes_layer([line(&[[120.5, 32.0], [121.5, 31.0]]), line(&low)]);
    let refused = low.join(&area, JoinRelation::Within, None, MAX_PAIRS, &Selection::default()).unwrap_err();
    let QueryError::Tangled { id, other } = refused else { panic!("{refused}") };
    assert_eq!((id.number(), other.number()), (2, 1));
    assert_eq!(pairs(&low, &area, JoinRelation::Intersects), [(0, 0), (1, 0)]);
}
