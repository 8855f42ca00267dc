//! CQL2: answers on a small table, refusals, and agreement of text with JSON.

use super::{Filter, FilterError};
use crate::{Selection, testing};
use std::sync::Arc;
use urbis_model::{ColumnType, Schema, Value};

fn schema() -> Arc<Schema> {
    testing::schema(&[
        ("name", ColumnType::Text),
        ("levels", ColumnType::Int),
        ("height_m", ColumnType::Float),
        ("bridge", ColumnType::Bool),
        ("built", ColumnType::Date),
        ("seen", ColumnType::DateTime),
        ("not_here", ColumnType::Text),
    ])
}

/// Five features at (0,0), (1,0) .. (4,0); the last has no attributes.
fn layer() -> crate::LayerSnapshot {
    let row = |name: &'static str, levels: i64, height_m: f64, bridge: bool, built: &'static str, seen: &'static str| {
        let null = Value::Null;
        vec![
            Value::Text(name),
            Value::Int(levels),
            Value::Float(height_m),
            Value::Bool(bridge),
            Value::Text(built),
            Value::Text(seen),
            null,
        ]
    };
    let rows = vec![
        row("Tower", 30, 99.5, false, "1999-12-31", "2026-01-01T00:00:00.000Z"),
        row("tower 2", 3, 10.0, true, "2000-01-01", "2026-01-01T00:00:00.001Z"),
        row("海门中学", 5, 24.0, false, "2010-06-15", "2026-06-01T12:00:00.000Z"),
        row("100%_\\", 9_007_199_254_740_993, 0.0, true, "2020-02-29", "2026-12-31T23:59:59.999Z"),
        vec![Value::Null; 7],
    ];
    let point = |x: usize| testing::wkt(&format!("POINT({x} 0)"));
    testing::layer(&schema(), rows.into_iter().enumerate().map(|(x, row)| (point(x), row)))
}

fn answer(filter: Filter) -> Vec<u32> {
    layer().select(&Selection { filter: Some(filter), ..Selection::default() }).unwrap().positions
}

#[test]
fn text_filters_answer() {
    for (text, expected) in [
        ("height_m > 24", &[0][..]),
        ("height_m >= 24.0", &[0, 2]),
        ("24 < height_m", &[0]),
        ("levels = 9007199254740993", &[3]),
        ("levels = 9007199254740992", &[]),
        ("levels > 9007199254740992.0", &[3]),
        ("name = 'Tower'", &[0]),
        ("name <> 'Tower'", &[1, 2, 3]),
        ("name != 'Tower'", &[1, 2, 3]),
        ("NOT name = 'Tower'", &[1, 2, 3]),
        ("name > 'Z'", &[1, 2]),
        ("name LIKE 'T%'", &[0]),
        ("CASEI(name) LIKE CASEI('TOWER%')", &[0, 1]),
        ("CASEI(name) = CASEI('TOWER')", &[0]),
        ("name LIKE '%中学'", &[2]),
        ("name LIKE '__中_'", &[2]),
        ("name LIKE '%\\%\\_%'", &[3]),
        ("name NOT LIKE '%o%'", &[2, 3]),
        ("name IN ('Tower', 'x', '海门中学')", &[0, 2]),
        ("name NOT IN ('Tower')", &[1, 2, 3]),
        ("levels IN (3, 5.0, 7)", &[1, 2]),
        ("levels IN ()", &[]),
        ("levels BETWEEN 3 AND 5 AND height_m < 20", &[1]),
        ("levels NOT BETWEEN 3 AND 5", &[0, 3]),
        ("name IS NULL", &[4]),
        ("name IS NOT NULL", &[0, 1, 2, 3]),
        ("not_here IS NULL", &[0, 1, 2, 3, 4]),
        ("bridge", &[1, 3]),
        ("NOT bridge", &[0, 2]),
        ("bridge = true", &[1, 3]),
        ("bridge <> true", &[0, 2]),
        ("levels = NULL", &[]),
        // Unknown OR true is true; unknown AND false is false, so its negation is true.
        ("not_here = 'a' OR height_m = 10", &[1]),
        ("NOT (not_here = 'a' AND height_m = 10)", &[0, 2, 3]),
        ("NOT (not_here = 'a')", &[]),
        ("(not_here = 'a') IS NULL", &[0, 1, 2, 3, 4]),
        ("height_m / levels > 3.2 AND levels > 3", &[0, 2]),
        ("height_m = 2 * (3 + 4) - 4 * 1", &[1]),
        ("levels % 2 = 1 AND levels DIV 2 < 3", &[1, 2]),
        ("levels = 2 ^ 2 + 1", &[2]),
        ("height_m = -(-10)", &[1]),
        ("height_m - 10 = 0", &[1]),
        ("height_m / 0 > 1", &[]),
        ("(height_m / 0) IS NULL AND name IS NOT NULL", &[0, 1, 2, 3]),
        ("built < DATE('2000-01-01')", &[0]),
        ("built <= '2000-01-01'", &[0, 1]),
        ("T_AFTER(built, DATE('2010-01-01'))", &[2, 3]),
        ("built BETWEEN '2000-01-01' AND '2010-06-15'", &[1, 2]),
        ("seen > TIMESTAMP('2026-01-01T00:00:00Z')", &[1, 2, 3]),
        ("seen = '2026-06-01T20:00:00+08:00'", &[2]),
        ("\"name\" = 'Tower' or \"levels\" = 3", &[0, 1]),
        ("s_intersects(geometry, POLYGON((0.5 -1, 2 -1, 2 1, 0.5 1, 0.5 -1)))", &[1, 2]),
        ("S_WITHIN(geom, POLYGON((0.5 -1, 2 -1, 2 1, 0.5 1, 0.5 -1)))", &[1]),
        ("S_CONTAINS(POLYGON((0.5 -1, 2 -1, 2 1, 0.5 1, 0.5 -1)), geometry)", &[1]),
        ("S_TOUCHES(geometry, POLYGON((0.5 -1, 2 -1, 2 1, 0.5 1, 0.5 -1)))", &[2]),
        ("S_EQUALS(geometry, POINT(3 0))", &[3]),
        ("S_DISJOINT(geometry, BBOX(0.5,-1,2,1))", &[0, 3, 4]),
        ("S_INTERSECTS(geometry, BBOX(0.5,-1,2,1)) AND levels = 5", &[2]),
        ("S_INTERSECTS(geometry, POINT(1 0)) OR S_INTERSECTS(geometry, POINT(4 0))", &[1, 4]),
        ("levels = 3 OR S_INTERSECTS(geometry, POINT(4 0))", &[1, 4]),
        // A degree of longitude is 111,319.5 m at the equator.
        ("S_DWITHIN(geometry, POINT(1 0), 111320)", &[0, 1, 2]),
        ("s_dwithin(POINT(1 0), geom, 111319.4)", &[1]),
        ("S_DWITHIN(geometry, BBOX(1.5,-1,1.6,1), 60000) AND levels = 3", &[1]),
        ("NOT S_DWITHIN(geometry, LINESTRING(0 -1, 0 1), 2.3e5)", &[3, 4]),
        ("S_DWITHIN(geometry, POINT(4 0), 0)", &[4]),
        ("TRUE", &[0, 1, 2, 3, 4]),
        ("1 = 1 AND 'a' LIKE '_'", &[0, 1, 2, 3, 4]),
    ] {
        let filter = Filter::parse_text(text, &schema()).unwrap_or_else(|refusal| panic!("{text}: {refusal}"));
        assert_eq!(answer(filter), expected, "{text}");
    }
}

#[test]
fn json_filters_answer() {
    for (json, expected) in [
        (r#"{"op":">","args":[{"property":"height_m"},24]}"#, &[0][..]),
        (
            r#"{"op":"and","args":[{"op":"like","args":[{"property":"name"},"%o%"]},{"op":"not","args":[{"property":"bridge"}]}]}"#,
            &[0],
        ),
        (r#"{"op":"in","args":[{"property":"levels"},[3,5]]}"#, &[1, 2]),
        (r#"{"op":"between","args":[{"property":"height_m"},10,24]}"#, &[1, 2]),
        (r#"{"op":"isNull","args":[{"property":"name"}]}"#, &[4]),
        (r#"{"op":"=","args":[{"op":"casei","args":[{"property":"name"}]},{"op":"casei","args":["TOWER"]}]}"#, &[0]),
        (r#"{"op":"<","args":[{"property":"built"},{"date":"2000-01-01"}]}"#, &[0]),
        (r#"{"op":">","args":[{"property":"seen"},{"timestamp":"2026-06-01T12:00:00Z"}]}"#, &[3]),
        (r#"{"op":"s_intersects","args":[{"property":"geometry"},{"type":"Point","coordinates":[1,0]}]}"#, &[1]),
        (r#"{"op":"s_intersects","args":[{"property":"geometry"},{"bbox":[0.5,-1,2,1]}]}"#, &[1, 2]),
        (r#"{"op":"s_dwithin","args":[{"property":"geometry"},{"type":"Point","coordinates":[1,0]},111320]}"#, &[0, 1, 2]),
    ] {
        let filter = Filter::parse_json(json, &schema()).unwrap_or_else(|refusal| panic!("{json}: {refusal}"));
        assert_eq!(answer(filter), expected, "{json}");
    }
}

#[test]
fn what_is_wrong_is_said() {
    for (text, message) in [
        ("", "expected a property, literal, function or \"(\" at character 1, found the end"),
        ("heigth_m > 3", "there is no property \"heigth_m\"; there are name, levels, height_m"),
        ("height_m >", "at character 11, found the end"),
        ("height_m > 3 levels", "expected an operator or the end at character 14"),
        ("海 = ", "at character 5"),
        ("name = 'open", "expected a closing quote at character 8"),
        ("name > 3", "> can't compare property \"name\" (a text) with the number 3 (a number)"),
        ("height_m = 'tall'", "can't compare"),
        ("bridge > false", "can't compare"),
        ("name + 1 = 2", "+ needs numbers, found property \"name\""),
        ("name", "a condition needs something true or false, found property \"name\""),
        ("levels AND bridge", "a condition needs something true or false"),
        ("name LIKE name", "LIKE needs a text property and a literal pattern"),
        ("height_m LIKE '1%'", "LIKE needs"),
        ("built = '2026-02-30'", "\"2026-02-30\" is no date YYYY-MM-DD"),
        ("seen > '2026-02-03'", "is no timestamp with its offset"),
        ("built = TIMESTAMP('2026-02-03T00:00:00Z')", "can't compare"),
        ("T_AFTER(name, 'x')", "T_AFTER needs dates or timestamps"),
        ("levels IN (3", "expected \",\" or \")\""),
        ("ACCENTI(name) = 'a'", "\"accenti\" is not supported; supported are ="),
        ("S_INTERSECTS(name, POINT(1 2))", "S_INTERSECTS needs the property geometry"),
        ("S_INTERSECTS(geometry, 'POINT(1 2)')", "S_INTERSECTS needs"),
        ("S_INTERSECTS(geometry, POLYGON((0 0,1 1,2 2)))", "a geometry of the filter is not valid"),
        ("S_INTERSECTS(geometry, POINT(1 2)", "expected \",\" or \")\""),
        ("S_INTERSECTS(geometry, BBOX(1,2,3))", "S_INTERSECTS needs"),
        ("S_DWITHIN(geometry, POINT(1 2))", "S_DWITHIN needs the property geometry, a literal geometry"),
        ("S_DWITHIN(geometry, POINT(1 2), -1)", "and metres from 0 on, found the number -1"),
        ("S_DWITHIN(geometry, POINT(1 2), height_m)", "found property \"height_m\""),
        ("S_DWITHIN(geometry, geometry, 5)", "found property \"geometry\""),
        ("S_DWITHIN(POINT(1 2), POINT(1 2), 5)", "S_DWITHIN needs"),
        ("levels = 1e999", "expected a number"),
        ("levels = 7x", "expected a number at character 10"),
        ("a; DROP TABLE b", "expected a name, literal or operator at character 2"),
        ("and = 3", "expected a property"),
    ] {
        let refusal = Filter::parse_text(text, &schema()).unwrap_err().to_string();
        assert!(refusal.contains(message), "{text}: {refusal}");
    }
    for (json, message) in [
        ("", "not JSON"),
        ("[", "not JSON"),
        (r#"{"op":"="}"#, "has no array \"args\""),
        (r#"{"op":"=","args":[1]}"#, "= needs two operands, found 1 of them"),
        (r#"{"operator":"="}"#, "it has \"operator\""),
        (r#"{"op":"frob","args":[]}"#, "\"frob\" is not supported"),
        (r#"{"op":"like","args":["a"]}"#, "like needs other operands, found 1 of them"),
    ] {
        let refusal = Filter::parse_json(json, &schema()).unwrap_err().to_string();
        assert!(refusal.contains(message), "{json}: {refusal}");
    }
}

#[test]
fn hostile_filters_end_with_a_message() {
    for text in [
        "(".repeat(100_000),
        "(".repeat(100_000) + "a" + &")".repeat(100_000),
        "NOT ".repeat(100_000) + "bridge",
        "-".repeat(100_000) + "1 = 1",
        "levels = ".to_owned() + &"1 + ".repeat(10_000) + "1",
        "levels = ".to_owned() + &"2 ^ ".repeat(10_000) + "1",
        "levels = ".to_owned() + &"f(".repeat(10_000),
        "bridge".to_owned() + &" AND bridge".repeat(30_000),
    ] {
        let refusal = Filter::parse_text(&text, &schema()).unwrap_err();
        assert!(matches!(refusal, FilterError::TooDeep | FilterError::TooLarge), "{refusal}");
    }
    let nested = |depth: usize| r#"{"op":"not","args":["#.repeat(depth) + "true" + &"]}".repeat(depth);
    Filter::parse_json(&nested(40), &schema()).unwrap();
    let lists = "[".repeat(100) + &"]".repeat(100);
    assert_eq!(Filter::parse_json(&lists, &schema()).unwrap_err(), FilterError::TooDeep);
    Filter::parse_json(&nested(100_000), &schema()).unwrap_err();
    let long = "a".repeat(super::MAX_FILTER_BYTES + 1);
    assert!(matches!(Filter::parse_text(&long, &schema()), Err(FilterError::TooLong { .. })));
    // A pattern of many wildcards against a long text takes |text| · |pattern| steps, not exponentially many.
    let pattern = super::like::Pattern::new(&("%a".repeat(50) + "b"));
    assert!(!pattern.matches(&"a".repeat(10_000)));
}

#[test]
fn long_lists_and_chains_work() {
    let codes: Vec<String> = (0..9_000).map(|code| code.to_string()).collect();
    let filter = Filter::parse_text(&format!("levels IN ({})", codes.join(",")), &schema()).unwrap();
    assert_eq!(answer(filter), [0, 1, 2]);
    let filter = Filter::parse_text(&("levels = 3".to_owned() + &" OR levels = 5".repeat(4_000)), &schema()).unwrap();
    assert_eq!(answer(filter), [1, 2]);
}

#[test]
fn a_distance_reaches_over_the_antimeridian_and_through_the_tree() {
    let shapes = ["POINT(179.999 10)", "POINT(-179.999 10)", "POINT(170 10)", "POINT(0 89.9999)", "POINT(90 89.9999)"];
    let layer = testing::shapes_layer(shapes.map(testing::wkt));
    for (text, expected) in [
        ("S_DWITHIN(geometry, POINT(180 10), 110)", &[0, 1][..]),
        ("S_DWITHIN(geometry, POINT(180 10), 109)", &[]),
        ("S_DWITHIN(geometry, POINT(180 90), 12)", &[3, 4]),
        ("S_DWITHIN(geometry, POINT(169.999 10), 110)", &[2]),
    ] {
        let filter = Filter::parse_text(text, layer.features().schema()).unwrap();
        let selection = Selection { filter: Some(filter), ..Selection::default() };
        assert_eq!(layer.select(&selection).unwrap().positions, expected, "{text}");
        let explained = layer.explain(&selection).unwrap();
        assert!(explained.filter_window.is_some() && explained.candidates < Some(5), "{text}: {explained:?}");
    }
}
