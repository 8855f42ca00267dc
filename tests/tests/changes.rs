//! What changed between two versions of a layer, as the command line and the server say it, against shapely.

use std::{
    collections::{BTreeMap, BTreeSet},
    ffi::OsStr,
};

use serde_json::{Value, json};
use urbis_tests::{City, oracle, shared_data};

/// Five plots: what each is in the earlier and in the later version.
fn five_plots() -> City {
    let building = |key: &str, x: f64, side: f64, height_m: f64| {
        let (e, n) = (x + side, 47.0 + side);
        json!({"type": "Feature", "properties": {"key": key, "height_m": height_m, "name": key.to_uppercase()},
            "geometry": {"type": "Polygon", "coordinates": [[[x, 47.0], [e, 47.0], [e, n], [x, n], [x, 47.0]]]}})
    };
    let file = |features: &[Value]| json!({"type": "FeatureCollection", "features": features}).to_string();
    let city = City::empty();
    let import = |name: &str, features: &[Value]| {
        let path = city.write(name, file(features));
        city.import(&path, "plots", &["--kind", "building", "--id-column", "key"]).expect_done();
    };
    let [kept, gone, tall, wide, redrawn] = [9.50, 9.51, 9.52, 9.53, 9.54];
    import(
        "before.geojson",
        &[
            building("kept", kept, 1e-4, 9.0),
            building("gone", gone, 1e-4, 9.0),
            building("tall", tall, 1e-4, 9.0),
            building("wide", wide, 1e-4, 9.0),
            building("old key", redrawn, 1e-4, 9.0),
        ],
    );
    import(
        "after.geojson",
        &[
            building("kept", kept, 1e-4, 9.3),
            building("tall", tall, 1e-4, 21.0),
            building("wide", wide, 2e-4, 9.0),
            building("new key", redrawn, 1.1e-4, 9.0),
            building("new", 9.55, 1e-4, 9.0),
        ],
    );
    city
}

#[test]
fn the_server_names_each_change_and_counts_them() {
    let city = five_plots();
    let server = city.serve();
    let answer = server.get("/collections/plots/changes?from=1").json();
    let named: BTreeMap<&str, (&str, &Value)> = answer["features"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|feature| &feature["properties"])
        .map(|facts| (facts["source_id"].as_str().expect("a key"), (facts["change"].as_str().expect("a class"), facts)))
        .collect();
    let classes: Vec<(&str, &str)> = named.iter().map(|(key, (class, _))| (*key, *class)).collect();
    assert_eq!(
        classes,
        [("gone", "removed"), ("new", "added"), ("new key", "reshaped"), ("tall", "taller"), ("wide", "reshaped")]
    );
    assert_eq!(
        answer["counts"],
        json!({"added": 1, "removed": 1, "taller": 1, "lower": 0, "moved": 0, "reshaped": 2, "attributes": 1, "unchanged": 1})
    );
    assert_eq!((&answer["from"], &answer["to"], &answer["numberMatched"]), (&json!(1), &json!(2), &json!(5)));
    let redrawn = named["new key"].1;
    assert_eq!(redrawn["matched_by"], "overlap");
    assert_eq!(redrawn["attributes"], json!({"key": ["old key", "new key"], "name": ["OLD KEY", "NEW KEY"]}));
    // 1 over 1.21 of the area.
    assert!((redrawn["overlap"].as_f64().expect("a share") - 1.0 / 1.21).abs() < 1e-6, "{redrawn}");
    assert_eq!((&named["tall"].1["earlier_height_m"], &named["tall"].1["height_m"]), (&json!(9.0), &json!(21.0)));
    let beside = server.get("/collections/plots/changes?from=1&bbox=9.519,46.9,9.521,47.1").json();
    assert_eq!((&beside["numberMatched"], &beside["counts"]["unchanged"]), (&json!(1), &json!(0)));
}

#[test]
fn pages_of_changes_join_to_the_whole() {
    let city = five_plots();
    let server = city.serve();
    let whole = server.get("/collections/plots/changes?from=1").json();
    let mut joined = Vec::new();
    let mut next = Some("/collections/plots/changes?from=1&limit=2".to_owned());
    while let Some(path) = next {
        let page = server.get(&path).json();
        let features = page["features"].as_array().expect("a list").clone();
        assert!((1..=2).contains(&features.len()) && page["counts"] == whole["counts"], "{page}");
        joined.extend(features);
        let links = page["links"].as_array().expect("a list").iter();
        let href = links.filter(|link| link["rel"] == "next").find_map(|link| link["href"].as_str());
        assert!(href.is_none_or(|href| href.contains("to=2")), "pages are of one comparison: {href:?}");
        next = href.map(|href| href[href.find("/collections").expect("its own path")..].to_owned());
    }
    assert_eq!(&Value::Array(joined), &whole["features"]);
    let csv = server.get("/collections/plots/changes?from=1&f=csv").text();
    assert_eq!(csv.lines().count(), 6, "{csv}");
    let cut = server.get("/collections/plots/changes?from=1&f=csv&limit=2");
    assert_eq!(cut.text().lines().count(), 3);
    assert!(cut.header("link").ends_with("rel=\"next\""), "{}", cut.header("link"));
}

#[test]
fn a_class_asks_for_the_features_that_have_it_and_counts_stay_whole() {
    let city = five_plots();
    let server = city.serve();
    let whole = server.get("/collections/plots/changes?from=1").json();
    let keys = |query: &str| -> BTreeSet<String> {
        let answer = server.get(&format!("/collections/plots/changes?from=1&{query}")).json();
        assert_eq!(answer["counts"], whole["counts"], "{query}");
        let features = answer["features"].as_array().expect("a list");
        let keys: BTreeSet<_> =
            features.iter().map(|feature| feature["properties"]["source_id"].as_str().expect("a key").to_owned()).collect();
        assert_eq!(answer["numberMatched"], json!(keys.len()), "{query}");
        keys
    };
    let named = |keys: &[&str]| keys.iter().map(|key| (*key).to_owned()).collect::<BTreeSet<_>>();
    assert_eq!(keys("class=taller"), named(&["tall"]));
    // Its weightiest class is another.
    assert_eq!(keys("class=attributes"), named(&["new key"]));
    assert_eq!(keys("class=added,%20removed"), named(&["new", "gone"]));
    assert_eq!(keys("class=lower"), named(&[]));
    let csv = server.get("/collections/plots/changes?from=1&class=reshaped&f=csv").text();
    assert_eq!(csv.lines().count(), 3, "{csv}");
    let first = server.get("/collections/plots/changes?from=1&class=reshaped&limit=1");
    assert!(first.header("link").contains("class=reshaped"), "{}", first.header("link"));
}

#[test]
fn what_is_no_pair_of_versions_is_refused_by_name() {
    let city = five_plots();
    let server = city.serve();
    for (query, status, parameter) in [
        ("", 400, "from"),
        ("from=2", 400, "from"),
        ("from=x", 400, "from"),
        ("from=7", 404, "version"),
        ("from=1&to=9", 404, "version"),
        ("from=1&filter=colour%3D1", 400, "filter"),
        ("from=1&limit=0", 400, "limit"),
        ("from=1&cursor=x", 400, "cursor"),
        ("from=1&class=higher", 400, "class"),
        ("from=1&class=", 400, "class"),
        ("from=1&nearest=9.5,47", 400, "query"),
    ] {
        let answer = server.get(&format!("/collections/plots/changes?{query}"));
        assert_eq!((answer.status, answer.header("content-type")), (status, "application/problem+json"), "{query}");
        assert_eq!(answer.json()["parameter"], parameter, "{query}: {}", answer.text());
    }
    assert_eq!(server.get("/collections/sewers/changes?from=1").status, 404);
    let refused = city.urbis(&["query", "plots", "--changes-since", "2"]);
    assert!(refused.code == Some(1) && refused.stderr.contains("not before"), "{refused:?}");
}

/// Liechtenstein's buildings in the extracts of 2021 and 2024.
#[test]
fn two_extracts_of_a_country_differ_as_shapely_says() {
    let (Some(before), Some(after)) = (shared_data("osm/liechtenstein.osm.pbf"), shared_data("osm/liechtenstein-2024.osm.pbf"))
    else {
        return;
    };
    let city = City::empty();
    for file in [&before, &after] {
        city.import(file, "buildings", &["--source-layer", "multipolygons", "--kind", "building"]).expect_done();
    }
    for (version, name) in [("1", "earlier.geojson"), ("2", "later.geojson")] {
        city.urbis(&["query", "buildings", "--version", version, "--out", name]).expect_done();
    }
    let path = |name: &str| city.folder().join(name).to_str().expect("test paths are UTF-8").to_owned();
    let job = json!({"earlier": path("earlier.geojson"), "later": path("later.geojson"),
        "height_m": 0.5, "moved_m": 0.5, "same_shape": 0.98, "same_feature": 0.6});
    let none: &[&OsStr] = &[];
    let Some(expected) = oracle::python("changes", none, &job) else { return };

    let printed = city.urbis(&["query", "buildings", "--changes-since", "1"]).expect_done();
    let answer: Value = serde_json::from_str(&printed.stdout).expect("GeoJSON");
    let mut found: BTreeMap<String, &Value> = BTreeMap::new();
    for feature in answer["features"].as_array().expect("a list") {
        let facts = &feature["properties"];
        let id = if facts["change"] == "removed" { String::new() } else { feature["id"].to_string() };
        let earlier = facts["earlier_id"].as_u64().map_or(String::new(), |id| id.to_string());
        found.insert(format!("{earlier}>{id}"), facts);
    }
    let expected_changes = expected["changed"].as_object().expect("an object");
    // Pairs that rounding may decide are few, and nothing else may differ.
    let close: BTreeSet<&str> = expected["close"].as_array().expect("a list").iter().filter_map(Value::as_str).collect();
    assert!(close.len() < 20, "{close:?}");
    assert!(found.len() > 5_000, "{}", found.len());
    for key in found.keys().map(String::as_str).chain(expected_changes.keys().map(String::as_str)) {
        if close.contains(key) {
            continue;
        }
        let facts = found.get(key).unwrap_or_else(|| panic!("{key} is missing: {}", expected_changes[key]));
        let expected = expected_changes.get(key).unwrap_or_else(|| panic!("{key} did not change: {facts}"));
        assert_eq!(facts["changes"], expected["classes"], "{key}: {facts}");
        let agree = |name: &str, tolerance: f64| {
            let (one, other) = (facts[name].as_f64(), expected[name].as_f64());
            one == other || one.zip(other).is_some_and(|(one, other)| (one - other).abs() <= tolerance)
        };
        assert!(agree("overlap", 1e-4) && agree("area_m2", 1e-3), "{key}: {facts} {expected}");
    }
}
