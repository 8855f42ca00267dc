//! Changes of shapes made by hand, and of seeded random ones against every pair.

use super::{Changes, cursor, shapes::overlap};
use crate::{Cancel, Filter, LayerSnapshot, Selection, Shape, Spatial, testing};
use urbis_model::{Bbox, ChangeClass, ColumnType, FeatureBatch, FeatureId, Value, change::MatchedBy};

/// A square of `side` millionths of a degree (some 0.1 m) with its corner `east` and `north` millionths off 9.5, 47.
fn square(east: i32, north: i32, side: i32) -> Shape {
    let at = |x: i32, y: i32| format!("{} {}", 9.5 + f64::from(x) * 1e-6, 47.0 + f64::from(y) * 1e-6);
    let (e, n) = (east + side, north + side);
    testing::wkt(&format!("POLYGON(({},{},{},{},{}))", at(east, north), at(e, north), at(e, n), at(east, n), at(east, north)))
}

type Row = (Shape, Option<&'static str>, Option<f64>, Option<&'static str>);

/// Buildings of a shape, a key, a height and a use.
fn buildings(rows: Vec<Row>) -> LayerSnapshot {
    let columns = [("source_id", ColumnType::Text), ("height_m", ColumnType::Float), ("use", ColumnType::Text)];
    let text = |text: Option<&'static str>| text.map_or(Value::Null, Value::Text);
    let rows = rows
        .into_iter()
        .map(|(shape, key, height_m, usage)| (shape, vec![text(key), height_m.map_or(Value::Null, Value::Float), text(usage)]));
    testing::layer(&testing::schema(&columns), rows)
}

fn changes(earlier: &LayerSnapshot, later: &LayerSnapshot) -> Changes {
    let all = Selection::default();
    later.changes_since(earlier, [&all, &all], &Cancel::default()).unwrap()
}

/// A layer of shapes whose ids begin past those of another, so that no id is in both.
fn numbered_from(first: u64, shapes: impl IntoIterator<Item = Shape>) -> LayerSnapshot {
    let mut features = FeatureBatch::new(testing::schema(&[]));
    for (id, shape) in (first..).zip(shapes) {
        features.push(FeatureId::new(id).unwrap(), |writer| writer.copy(shape.geometry()), &[]).unwrap();
    }
    LayerSnapshot::new(testing::info("things", &features), features).unwrap()
}

/// The classes of the one change there is between two buildings of one key; none when nothing changed.
fn classes(before: Row, now: Row) -> Vec<ChangeClass> {
    let answer = changes(&buildings(vec![before]), &buildings(vec![now]));
    assert_eq!(answer.changed.len() as u64 + answer.unchanged, 1);
    answer.changed.first().map_or(Vec::new(), |change| change.classes.iter().collect())
}

#[test]
fn each_class_is_told_from_the_others() {
    use ChangeClass::{Attributes, Lower, Moved, Reshaped, Taller};
    let before = || (square(0, 0, 100), Some("a"), Some(9.0), Some("yes"));
    let with_shape = |shape| (shape, Some("a"), Some(9.0), Some("yes"));
    let with_height = |height_m| (square(0, 0, 100), Some("a"), height_m, Some("yes"));
    let turned = testing::wkt("POLYGON((9.5001 47.0001, 9.5 47.0001, 9.5 47, 9.5001 47, 9.5001 47.0001))");
    let cases: [(&str, Row, &[ChangeClass]); 11] = [
        ("nothing", before(), &[]),
        ("another first vertex", with_shape(turned), &[]),
        ("redrawn 0.2 m off", with_shape(square(2, 0, 100)), &[]),
        ("moved 5 m", with_shape(square(0, 50, 100)), &[Moved]),
        ("moved away", with_shape(square(0, 5000, 100)), &[Moved]),
        ("grown by half", with_shape(square(0, 0, 150)), &[Reshaped]),
        ("0.5 m taller", with_height(Some(9.5)), &[]),
        ("a storey taller", with_height(Some(12.0)), &[Taller]),
        ("a storey lower", with_height(Some(6.0)), &[Lower]),
        ("height unknown", with_height(None), &[Attributes]),
        ("all at once", (square(0, 0, 150), Some("a"), Some(30.0), Some("retail")), &[Taller, Reshaped, Attributes]),
    ];
    for (what, now, expected) in cases {
        assert_eq!(classes(before(), now), expected, "{what}");
    }
}

#[test]
fn solids_are_compared_by_the_ground_that_they_cover() {
    // A floor that turns clockwise, as seen from outside, and a roof that does not.
    let block = |east_deg: f64, side_deg: f64| {
        let corners = [[0.0, 0.0], [side_deg, 0.0], [side_deg, 1e-4], [0.0, 1e-4], [0.0, 0.0]];
        let block = Shape::from_writer(|writer| {
            writer.kind(urbis_model::GeometryKind::Solid);
            for (face, z_m) in [(corners.iter().rev().collect::<Vec<_>>(), 0.0), (corners.iter().collect(), 9.0)] {
                writer.part();
                writer.ring();
                for [x, y] in face {
                    writer.vertex([9.5 + east_deg + x, 47.0 + y]);
                    writer.z_m(z_m);
                }
            }
        });
        block.unwrap()
    };
    let of = |shape| (shape, Some("a"), Some(9.0), None);
    assert!((overlap(block(0.0, 1e-4).geometry(), block(0.0, 2e-4).geometry()) - 0.5).abs() < 1e-6);
    assert_eq!(classes(of(block(0.0, 1e-4)), of(block(2e-6, 1e-4))), [], "redrawn 0.15 m off");
    assert_eq!(classes(of(block(0.0, 1e-4)), of(block(5e-5, 1e-4))), [ChangeClass::Moved]);
    assert_eq!(classes(of(block(0.0, 1e-4)), of(block(0.0, 2e-4))), [ChangeClass::Reshaped]);
}

#[test]
fn long_integers_that_differ_in_the_last_digit_differ() {
    let of = |parcel: Value<'static>| {
        let column_type = if matches!(parcel, Value::Int(_)) { ColumnType::Int } else { ColumnType::Float };
        let columns = [("source_id", ColumnType::Text), ("parcel", column_type)];
        testing::layer(&testing::schema(&columns), [(square(0, 0, 100), vec![Value::Text("a"), parcel])])
    };
    let one = of(Value::Int(310_114_001_001_001_234));
    assert_eq!(changes(&one, &of(Value::Int(310_114_001_001_001_235))).counts[6], 1);
    assert_eq!(changes(&one, &of(Value::Int(310_114_001_001_001_234))).unchanged, 1);
    assert_eq!(changes(&of(Value::Int(3)), &of(Value::Float(3.0))).unchanged, 1);
}

#[test]
fn points_and_lines_move_and_change_shape() {
    use ChangeClass::{Moved, Reshaped};
    let of = |text: &str| (testing::wkt(text), Some("a"), None, None);
    let check = |before: &str, now: &str, expected: &[ChangeClass]| assert_eq!(classes(of(before), of(now)), expected, "{now}");
    check("POINT(9.5 47)", "POINT(9.500001 47)", &[]);
    check("POINT(9.5 47)", "POINT(9.5001 47)", &[Moved]);
    check("LINESTRING(9.5 47, 9.6 47)", "LINESTRING(9.5 47.1, 9.6 47.1)", &[Moved]);
    check("LINESTRING(9.5 47, 9.6 47)", "LINESTRING(9.5 47, 9.6 47.1)", &[Reshaped]);
    check("LINESTRING(9.5 47, 9.6 47)", "POINT(9.55 47)", &[Reshaped]);
}

#[test]
fn a_key_goes_before_an_id_and_an_id_before_overlap() {
    let there = || square(0, 0, 100);
    let away = || square(0, 9000, 100);
    let by = |answer: &Changes| answer.changed.iter().map(|change| change.matched_by).collect::<Vec<_>>();
    // Ids are 1 and 2 in both versions: the keys say that the features have changed places.
    let earlier = buildings(vec![(there(), Some("a"), None, None), (away(), Some("b"), None, None)]);
    let later = buildings(vec![(there(), Some("b"), None, None), (away(), Some("a"), None, None)]);
    assert_eq!(by(&changes(&earlier, &later)), [Some(MatchedBy::Key); 2]);
    let later = buildings(vec![(away(), None, None, None), (there(), None, None, None)]);
    assert_eq!(by(&changes(&earlier, &later)), [Some(MatchedBy::Id); 2]);
    // Of one key twice, the first goes with the first.
    let twice = buildings(vec![(there(), Some("a"), None, None), (away(), Some("a"), None, None)]);
    assert_eq!(changes(&twice, &twice), Changes { unchanged: 2, ..Changes::default() });
}

#[test]
fn bbox_and_filter_take_what_was_or_is_there() {
    let earlier =
        buildings(vec![(square(0, 0, 100), Some("a"), Some(9.0), None), (square(0, 9000, 100), Some("b"), Some(9.0), None)]);
    let later =
        buildings(vec![(square(0, 9500, 100), Some("a"), Some(20.0), None), (square(0, 9000, 100), Some("b"), Some(9.0), None)]);
    let count = |asked: &dyn Fn(&LayerSnapshot) -> Selection| {
        let answer = later.changes_since(&earlier, [&asked(&earlier), &asked(&later)], &Cancel::default()).unwrap();
        (answer.changed.len(), answer.unchanged)
    };
    let bbox = |south: f64, north: f64| {
        let bbox = Bbox::from_degrees(9.0, south, 10.0, north).unwrap();
        move |_: &LayerSnapshot| Selection { spatial: Some(Spatial::Bbox(bbox)), ..Selection::default() }
    };
    let filter = |text: &'static str| {
        move |layer: &LayerSnapshot| {
            let filter = Filter::parse_text(text, layer.features().schema()).unwrap();
            Selection { filter: Some(filter), ..Selection::default() }
        }
    };
    assert_eq!(count(&bbox(47.0, 47.001)), (1, 0), "it was there");
    assert_eq!(count(&bbox(47.0095, 47.0096)), (1, 0), "it is there");
    assert_eq!(count(&bbox(47.009, 47.0091)), (0, 1));
    assert_eq!(count(&filter("height_m > 15")), (1, 0));
    assert_eq!(count(&filter("source_id = 'b'")), (0, 1));
    assert_eq!(count(&filter("source_id = 'c'")), (0, 0));
}

#[test]
fn a_divided_house_is_gone_and_two_are_new() {
    let halves = [
        "9.5 47,9.50005 47,9.50005 47.0001,9.5 47.0001,9.5 47",
        "9.50005 47,9.5001 47,9.5001 47.0001,9.50005 47.0001,9.50005 47",
    ];
    let later = numbered_from(2, halves.map(|ring| testing::wkt(&format!("POLYGON(({ring}))"))));
    assert_eq!(changes(&testing::shapes_layer([square(0, 0, 100)]), &later).counts, [2, 1, 0, 0, 0, 0, 0]);
}

#[test]
fn overlap_gives_each_feature_its_best_partner_whatever_the_cores() {
    let seed = 20_261_127;
    let mut walk = testing::Walk(seed);
    let mut squares = |count: usize| -> Vec<Shape> {
        let mut number = |most: f64| (walk.next() * most) as i32;
        (0..count).map(|_| square(number(1500.0), number(1500.0), 60 + number(100.0))).collect()
    };
    let (ones, others) = (squares(600), squares(500));
    let (earlier, later) = (testing::shapes_layer(ones.clone()), numbered_from(1000, others.clone()));

    let mut all: Vec<(f64, usize, usize)> = Vec::new();
    for (i, one) in ones.iter().enumerate() {
        all.extend(others.iter().enumerate().map(|(j, other)| (overlap(one.geometry(), other.geometry()), i, j)));
    }
    all.retain(|(overlap, ..)| *overlap >= super::SAME_FEATURE_OVERLAP);
    all.sort_by(|one, other| other.0.total_cmp(&one.0).then((one.1, one.2).cmp(&(other.1, other.2))));
    let mut expected: Vec<(u32, u32)> = Vec::new();
    for (_, i, j) in &all {
        if expected.iter().all(|(one, other)| *one != *i as u32 && *other != *j as u32) {
            expected.push((*i as u32, *j as u32));
        }
    }
    assert!(expected.len() > 50 && all.len() > expected.len(), "{} of {}", expected.len(), all.len());
    expected.sort_unstable_by_key(|pair| pair.1);

    let answers: Vec<Changes> = [1, 2, 7]
        .into_iter()
        .map(|threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| changes(&earlier, &later))
        })
        .collect();
    assert_eq!(answers[0], answers[1]);
    assert_eq!(answers[0], answers[2]);
    let found: Vec<(u32, u32)> = answers[0]
        .changed
        .iter()
        .filter_map(|change| change.earlier.zip(change.later))
        .map(|(one, other)| (one.position, other.position))
        .collect();
    assert_eq!(found.len() as u64 + answers[0].counts[0], 500, "no two squares are alike");
    assert_eq!(found, expected, "seed {seed}");
    let cursors: Vec<u64> = answers[0].changed.iter().map(|change| cursor(change, &earlier, &later)).collect();
    assert!(cursors.is_sorted_by(|one, other| one < other), "each change has its own place");
}

#[test]
fn a_comparison_can_be_given_up() {
    let layer = buildings(vec![(square(0, 0, 100), Some("a"), None, None)]);
    let cancel = Cancel { deadline: Some(std::time::Instant::now()), ..Cancel::default() };
    let all = Selection::default();
    assert!(matches!(layer.changes_since(&layer, [&all, &all], &cancel), Err(crate::QueryError::Cancelled)));
}
