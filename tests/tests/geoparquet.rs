//! GeoParquet in and out, against Apache Arrow and shapely.

use serde_json::{Map, Value, json};
use urbis_tests::{City, fixture, oracle};

/// Numbers as decimal ones, for JSON has but one kind of them.
fn decimal(value: Value) -> Value {
    match value {
        Value::Number(number) => json!(number.as_f64()),
        Value::Array(list) => list.into_iter().map(decimal).collect(),
        Value::Object(members) => members.into_iter().map(|(name, value)| (name, decimal(value))).collect(),
        other => other,
    }
}

fn rows_of(value: &Value) -> Vec<Map<String, Value>> {
    serde_json::from_value(decimal(value.clone())).expect("rows")
}

/// The features of a layer as rows: properties without nulls, and the shape.
fn rows(city: &City, layer: &str) -> Vec<Map<String, Value>> {
    let answer = city.urbis(&["query", layer]).expect_done().stdout;
    let mut answer: Value = serde_json::from_str(&answer).expect("GeoJSON");
    let features = answer["features"].as_array_mut().expect("a list");
    let row = |feature: &mut Value| {
        let mut row = feature["properties"].as_object().expect("properties").clone();
        row.retain(|_, value| !value.is_null());
        row.insert("geometry".to_owned(), feature["geometry"].take());
        Value::Object(row)
    };
    rows_of(&features.iter_mut().map(row).collect())
}

#[test]
fn every_way_to_pack_a_file_gives_the_same_layer() {
    let city = City::empty();
    let Some(written) = oracle::python("geoparquet", &[], &json!({ "write": city.folder() })) else { return };
    let all = rows_of(&written["rows"]);
    let shaped: Vec<_> = all.iter().filter(|row| !row["geometry"].is_null()).cloned().collect();
    let names: Vec<&str> = written["files"].as_array().expect("names").iter().filter_map(Value::as_str).collect();
    assert_eq!(names.len(), 9);
    for name in names {
        let file = city.folder().join(format!("{name}.parquet"));
        let outcome = city.import(&file, name, &[]);
        if name == "gzip" {
            assert_eq!(outcome.code, Some(1));
            assert!(outcome.stderr.contains("packed with GZIP") && outcome.stderr.contains("zstd"), "{}", outcome.stderr);
            continue;
        }
        assert_eq!(outcome.code, Some(3), "{name}: {}", outcome.stderr);
        let report = city.report();
        assert_eq!(
            (&report["read"], &report["refused"]),
            (&json!(all.len()), &json!(all.len() - shaped.len())),
            "{name}: {report}"
        );
        let notes = report["notes"].to_string();
        assert!(notes.contains("lists and maps were left out: sources"), "{name}: {notes}");
        assert!(notes.contains("neither text nor numbers were left out: raw"), "{name}: {notes}");
        let mut expected = shaped.clone();
        if name == "impala" {
            // INT96 has no word for a time that is local.
            let local = expected.iter_mut().filter_map(|row| row.get_mut("local"));
            local.for_each(|value| *value = json!("2024-01-01T08:00:00.000Z"));
        }
        let found = rows(&city, name);
        assert_eq!(found.len(), expected.len(), "{name}");
        for (found, expected) in found.iter().zip(&expected) {
            assert_eq!(found, expected, "{name}");
        }
    }
}

#[test]
fn what_leaves_is_what_apache_arrow_reads_and_what_comes_back() {
    let city = City::empty();
    city.import(&fixture("bubenec.gpkg"), "buildings", &["--source-layer", "buildings", "--kind", "building"]).expect_done();
    let typed = json!({"type": "FeatureCollection", "features": [
        {"type": "Feature", "properties": {"geometry": "a text", "bbox": 1, "ok": true, "day": "2024-02-29", "at": "2024-02-29T16:30:00Z", "名": "海门", "n": 7, "x": 0.1},
            "geometry": {"type": "Point", "coordinates": [121.17, 31.9, 4.5]}},
        {"type": "Feature", "properties": {"ok": false, "day": "1969-12-31", "at": "1969-12-31T23:59:59.999Z", "n": -7, "x": -0.1},
            "geometry": {"type": "LineString", "coordinates": [[121.17, 31.9], [121.18, 31.91]]}},
    ]});
    city.import(&city.write("typed.geojson", typed.to_string()), "typed", &[]).expect_done();
    let many: String = (0..70_000).map(|nth| format!("{},{}\n", 120.0 + f64::from(nth) * 1e-5, 31.9)).collect();
    city.import(&city.write("many.csv", format!("lon,lat\n{many}")), "many", &["--crs", "EPSG:4490"]).expect_done();
    city.urbis(&["query", "many", "--filter", "FALSE", "--format", "parquet", "--out", "none.parquet"]).expect_done();
    for (layer, groups) in [("buildings", vec![144]), ("typed", vec![2]), ("many", vec![65_536, 4_464])] {
        let name = format!("{layer}.parquet");
        city.urbis(&["query", layer, "--format", "parquet", "--out", &name]).expect_done();
        let Some(read) = oracle::python("geoparquet", &[], &json!({ "read": city.folder().join(&name) })) else { return };
        assert_eq!((&read["groups"], &read["boxes"], &read["valid"]), (&json!(groups), &json!(true), &json!(true)), "{layer}");
        let primary = read["geo"]["primary_column"].as_str().expect("a name");
        let column = &read["geo"]["columns"][primary];
        assert_eq!(
            (&read["geo"]["version"], &column["crs"]["id"]),
            (&json!("1.1.0"), &json!({"authority": "EPSG", "code": 4490}))
        );
        let mut expected = rows(&city, layer);
        if layer == "typed" {
            assert_eq!((primary, &column["geometry_types"]), ("geometry_2", &json!(["LineString", "Point Z"])));
            let types = &read["columns"];
            let named = ["ok", "day", "at", "名", "n", "x"].map(|name| types[name].as_str().expect("a type"));
            assert_eq!(named, ["bool", "date32[day]", "timestamp[ms, tz=UTC]", "string", "int64", "double"]);
            // Arrow's own way to write an instant.
            expected[0]["at"] = json!("2024-02-29T16:30:00+00:00");
            expected[1]["at"] = json!("1969-12-31T23:59:59.999000+00:00");
        }
        let found = rows_of(&read["rows"]);
        assert_eq!(found.len(), expected.len());
        for (found, expected) in found.iter().zip(&expected) {
            assert_eq!(found, expected, "{layer}");
        }
        let kind = if layer == "buildings" { "building" } else { "generic" };
        let again = format!("{layer}_again");
        city.import(&city.folder().join(&name), &again, &["--kind", kind]).expect_done();
        assert_eq!(rows(&city, &again), rows(&city, layer), "{layer} comes back as it was");
    }
    let Some(none) = oracle::python("geoparquet", &[], &json!({ "read": city.folder().join("none.parquet") })) else { return };
    assert_eq!((&none["rows"], &none["groups"]), (&json!([]), &json!([])));
}
