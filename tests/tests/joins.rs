//! Pairs of two layers and pieces of one under another, as the command line and the server say them, against shapely and pyproj.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use urbis_tests::{City, Dice, fixture, helsinki, http::encode, oracle, run, seed, soak, tool};

/// Pairs of ids with the distance, where the answer has one.
type Pairs = BTreeMap<(u64, u64), Option<f64>>;

fn features(answer: &Value) -> &[Value] {
    answer["features"].as_array().expect("a list")
}

fn query(city: &City, arguments: &[&str]) -> Value {
    let outcome = city.urbis(&[&["query"], arguments].concat()).expect_done();
    serde_json::from_str(&outcome.stdout).expect("GeoJSON")
}

fn pair(feature: &Value) -> ((u64, u64), Option<f64>) {
    let id = |id: &Value| id.as_u64().expect("an id");
    ((id(&feature["id"]), id(&feature["properties"]["other_id"])), feature["properties"]["distance_m"].as_f64())
}

/// The pairs of an answer; each comes once.
fn pairs(answer: &Value) -> Pairs {
    let pairs: Pairs = features(answer).iter().map(pair).collect();
    assert_eq!(pairs.len(), features(answer).len(), "a pair comes twice");
    pairs
}

/// Writes a layer out as the city has it, for the oracle to read.
fn written(city: &City, layer: &str) -> Value {
    let file = format!("{layer}.geojson");
    city.urbis(&["query", layer, "--out", &file]).expect_done();
    json!(city.folder().join(file))
}

/// A star with corners anywhere between a fifth of its extent and all of it; now and then with a hole or a second part.
fn area(dice: &mut Dice, (lon, lat): (f64, f64), extent: f64) -> String {
    let corners = 3 + dice.below(12);
    let mut ring = |lon: f64, low: f64, high: f64| {
        let mut ring: Vec<String> = (0..corners)
            .map(|corner| {
                #[expect(clippy::cast_precision_loss, reason = "a handful of corners")]
                let (sin, cos) = (std::f64::consts::TAU * corner as f64 / corners as f64).sin_cos();
                let reach = extent * dice.between(low, high);
                format!("{} {}", lon + reach * cos, lat + reach * sin)
            })
            .collect();
        ring.push(ring[0].clone());
        format!("({})", ring.join(","))
    };
    let exterior = ring(lon, 0.5, 1.0);
    // The circle inscribed in a triangle whose corners are half of the extent away has a quarter of it as its radius.
    let hole = if corners.is_multiple_of(3) { format!(",{}", ring(lon, 0.05, 0.1)) } else { String::new() };
    if corners.is_multiple_of(4) {
        let second = ring(lon + 3.0 * extent, 0.3, 0.9);
        return format!("MULTIPOLYGON(({exterior}{hole}),({second}))");
    }
    format!("POLYGON({exterior}{hole})")
}

/// A city with seeded layers around a place: `areas` and `zones`, `lines`, `points` and `shapes` of all kinds.
fn seeded(dice: &mut Dice, place: (f64, f64), extent: f64) -> City {
    let city = City::empty();
    let somewhere = |dice: &mut Dice| (place.0 + dice.between(0.0, extent), place.1 + dice.between(0.0, extent));
    let mut rows: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for nth in 0..if soak() { 400 } else { 90 } {
        let size = extent * dice.between(0.01, 0.12);
        for layer in ["areas", "zones"] {
            let at = somewhere(dice);
            let area = area(dice, at, size);
            rows.entry(layer).or_default().push(area.clone());
            if nth % 3 == 0 {
                rows.entry("shapes").or_default().push(area);
            }
        }
        let vertices: Vec<_> = (0..2 + dice.below(5)).map(|_| somewhere(dice)).map(|(x, y)| format!("{x} {y}")).collect();
        let line = format!("LINESTRING({})", vertices.join(","));
        let at = somewhere(dice);
        let point = format!("POINT({} {})", at.0, at.1);
        rows.entry("lines").or_default().push(line.clone());
        rows.entry("points").or_default().push(point.clone());
        if nth % 3 == 1 {
            rows.entry("shapes").or_default().push(line);
        } else {
            rows.entry("shapes").or_default().push(point);
        }
    }
    for (layer, shapes) in rows {
        let rows: String = shapes.iter().enumerate().map(|(nth, shape)| format!("\"{shape}\",{nth},{layer} {nth}\n")).collect();
        let file = city.write(&format!("{layer}.csv"), format!("wkt,nth,name\n{rows}"));
        city.import(&file, layer, &["--crs", "EPSG:4490"]).expect_done();
    }
    city
}

#[test]
fn pairs_are_those_that_shapely_and_pyproj_find() {
    let seed = seed();
    let mut dice = Dice::new(seed);
    for (place, layers) in
        [((121.1, 31.8), [("shapes", "areas"), ("lines", "zones")]), ((24.9, 60.1), [("areas", "shapes"), ("shapes", "shapes")])]
    {
        let city = seeded(&mut dice, place, 0.05);
        for (layer, other) in layers {
            let distance_m = 80.0;
            let job = json!({ "layer": written(&city, layer), "other": written(&city, other),
                "questions": [{ "relation": "intersects" }, { "relation": "within" }, { "distance_m": distance_m }] });
            let Some(expected) = oracle::python("joins", &[], &job) else { return };
            for (nth, relation) in ["intersects", "within"].into_iter().enumerate() {
                let found = pairs(&query(&city, &[layer, "--join", other, "--relation", relation]));
                let ids: Vec<Value> = found.keys().map(|(id, other)| json!([id, other])).collect();
                assert_eq!(json!(ids), expected[nth], "{layer} {relation} {other}, seed {seed}");
            }
            let found = pairs(&query(&city, &[layer, "--join", other, "--relation", "dwithin", "--distance-m", "80"]));
            let expected = expected[2].as_object().expect("a table");
            for ((id, other), away_m) in &found {
                let away_m = away_m.expect("a distance");
                let expected = expected.get(&format!("{id}>{other}")).and_then(Value::as_f64);
                let agree = expected.is_some_and(|expected| (away_m - expected).abs() < 1e-3);
                assert!(away_m <= distance_m && agree, "{id} and {other}: {away_m} m, not {expected:?}, seed {seed}");
            }
            let told: BTreeSet<String> = found.keys().map(|(id, other)| format!("{id}>{other}")).collect();
            let surely: BTreeSet<String> = expected
                .iter()
                .filter(|(_, away_m)| away_m.as_f64().expect("metres") < distance_m - 1e-3)
                .map(|(pair, _)| pair.clone())
                .collect();
            let missing: Vec<&String> = surely.difference(&told).collect();
            assert!(missing.is_empty() && surely.len() > 20, "{missing:?} of {} are missing, seed {seed}", surely.len());
        }
    }
}

#[test]
fn the_nearest_of_each_are_those_of_pyproj() {
    let seed = seed();
    let city = seeded(&mut Dice::new(seed), (121.1, 31.8), 0.05);
    let answer = query(&city, &["points", "--join", "shapes", "--relation", "nearest", "--k", "4"]);
    let job = json!({ "layer": written(&city, "points"), "other": written(&city, "shapes"), "questions": [{ "k": 4 }] });
    let Some(expected) = oracle::python("joins", &[], &job) else { return };
    let mut found: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    for feature in features(&answer) {
        let ((id, _), away_m) = pair(feature);
        found.entry(id.to_string()).or_default().push(away_m.expect("a distance"));
    }
    assert_eq!(found.len(), features(&answer).len() / 4);
    for (id, found) in found {
        assert!(found.is_sorted(), "nearest first: {found:?}");
        for (found, expected) in found.iter().zip(expected[0][&id].as_array().expect("a list")) {
            assert!((found - expected.as_f64().expect("metres")).abs() < 1e-3, "{id}: {found} and {expected}, seed {seed}");
        }
    }
}

/// Compares an overlay with shapely's; gives how many pieces are the same.
fn check_overlay(city: &City, [layer, other]: [&str; 2], operation: &str) -> Option<usize> {
    let pieces = city.folder().join(format!("{layer}-{operation}-{other}.geojson"));
    let out = pieces.to_str().expect("UTF-8");
    let outcome = city.urbis(&["query", layer, "--overlay", other, "--operation", operation, "--out", out]).expect_done();
    assert!(!outcome.stderr.contains("warning"), "{}", outcome.stderr);
    // Plots have columns ID and ID_2 of their own.
    let id_column = if layer == "plots" { "id_3" } else { "id" };
    let told: Value = serde_json::from_slice(&std::fs::read(&pieces).expect("a file")).expect("GeoJSON");
    let job = json!({ "layer": written(city, layer), "other": written(city, other),
        "questions": [{ "operation": operation, "pieces": pieces, "id": id_column }] });
    let answer = oracle::python("joins", &[], &job)?;
    let what = format!("{layer} {operation} {other}");
    for alone in ["missing", "unexpected"] {
        for (key, size) in answer[0][alone].as_object().expect("a table") {
            let is_sliver =
                size["area_m2"].as_f64() < Some(1e-4) && size["length_m"].as_f64() < Some(1e-4) && size["points"] == 0;
            assert!(is_sliver, "{what}: {key} is {alone}, and {size}");
        }
    }
    let same = answer[0]["pieces"].as_object().expect("a table");
    for (key, size) in same {
        let number = |name: &str| size[name].as_f64().expect("a number");
        let tolerance_m2 = 1e-3 + 1e-7 * number("area_m2");
        assert!(number("differs_m2") < tolerance_m2 && number("differs_m") < 1e-4, "{what}: {key} differs: {size}");
    }
    for feature in features(&told) {
        let facts = &feature["properties"];
        let id = if operation == "union" { &facts[id_column] } else { &feature["id"] };
        let text = |id: &Value| id.as_u64().map_or(String::new(), |id| id.to_string());
        let other_id = if operation == "difference" { &Value::Null } else { &facts["other_id"] };
        let Some(size) = same.get(&format!("{}>{}", text(id), text(other_id))) else { continue };
        for name in ["area_m2", "length_m"] {
            if let Some(told) = facts[name].as_f64() {
                let expected = size[name].as_f64().expect("a number");
                assert!((told - expected).abs() < 1e-3 + expected * 1e-7, "{what}: {name} {told}, not {expected}");
            }
        }
    }
    Some(same.len())
}

#[test]
fn pieces_of_seeded_layers_are_those_of_shapely() {
    let mut dice = Dice::new(seed());
    for place in [(121.1, 31.8), (24.9, 60.1)] {
        let city = seeded(&mut dice, place, 0.05);
        for operation in ["intersection", "difference", "union"] {
            let Some(same) = check_overlay(&city, ["areas", "zones"], operation) else { return };
            assert!(same > 50, "{same} pieces of {operation}");
        }
        for layer in ["lines", "points", "shapes"] {
            for operation in ["intersection", "difference"] {
                let Some(same) = check_overlay(&city, [layer, "zones"], operation) else { return };
                assert!(same > 5, "{same} pieces of {layer} {operation}");
            }
        }
    }
}

/// Buildings, plots and streets of a quarter of Prague.
fn bubenec() -> City {
    let city = City::empty();
    for layer in ["buildings", "plots", "streets", "tessellation"] {
        city.import(&fixture("bubenec.gpkg"), layer, &["--source-layer", layer]).expect_done();
    }
    city
}

#[test]
fn a_real_quarter_is_joined_and_cut_as_shapely_does_it() {
    let city = bubenec();
    for (layer, other) in [("buildings", "plots"), ("streets", "tessellation"), ("streets", "plots")] {
        let job = json!({ "layer": written(&city, layer), "other": written(&city, other),
            "questions": [{ "relation": "intersects" }, { "relation": "within" }, { "distance_m": 4.0 }] });
        let Some(expected) = oracle::python("joins", &[], &job) else { return };
        for (nth, relation) in ["intersects", "within"].into_iter().enumerate() {
            let found = pairs(&query(&city, &[layer, "--join", other, "--relation", relation]));
            let ids: Vec<Value> = found.keys().map(|(id, other)| json!([id, other])).collect();
            assert_eq!(json!(ids), expected[nth], "{layer} {relation} {other}");
        }
        let found = pairs(&query(&city, &[layer, "--join", other, "--relation", "dwithin", "--distance-m", "4"]));
        for (key, expected) in expected[2].as_object().expect("a table") {
            let (id, other) = key.split_once('>').expect("two ids");
            let found = found.get(&(id.parse().expect("an id"), other.parse().expect("an id"))).copied().flatten();
            let expected = expected.as_f64().expect("metres");
            let agree = found.map_or(expected > 4.0 - 1e-3, |found| (found - expected).abs() < 1e-3);
            assert!(agree, "{layer} {key}: {found:?} and {expected} m");
        }
    }
    for (layers, operations) in [
        (["buildings", "plots"], &["intersection", "difference", "union"][..]),
        (["plots", "buildings"], &["intersection", "difference"]),
        (["plots", "plots"], &["intersection", "difference", "union"]),
        (["plots", "tessellation"], &["intersection", "difference", "union"]),
        (["streets", "tessellation"], &["intersection", "difference"]),
        (["streets", "buildings"], &["difference"]),
    ] {
        for operation in operations {
            let Some(same) = check_overlay(&city, layers, operation) else { return };
            let is_none_left = layers[0] == layers[1] && *operation == "difference";
            assert_eq!(same > 10, !is_none_left, "{same} pieces of {layers:?} {operation}");
        }
    }
}

#[test]
fn a_real_city_is_cut_as_shapely_does_it() {
    let city = City::empty();
    for (layer, kind) in [("buildings", "building"), ("roads", "road"), ("water", "water")] {
        assert!(matches!(city.import(&helsinki(), layer, &["--kind", kind]).code, Some(0 | 3)), "{layer}");
    }
    for (layers, operation) in [
        (["buildings", "buildings"], "intersection"),
        (["roads", "buildings"], "intersection"),
        (["roads", "buildings"], "difference"),
    ] {
        if check_overlay(&city, layers, operation).is_none() {
            return;
        }
    }
}

/// Three squares side by side, and a second layer over them: one square that touches, one that covers, a point, a line.
fn squares() -> City {
    let city = City::empty();
    let squares = "wkt,name\n\
        \"POLYGON((9.5 47,9.51 47,9.51 47.01,9.5 47.01,9.5 47))\",a\n\
        \"POLYGON((9.51 47,9.52 47,9.52 47.01,9.51 47.01,9.51 47))\",b\n\
        \"POLYGON((9.54 47,9.55 47,9.55 47.01,9.54 47.01,9.54 47))\",c\n";
    let over = "wkt,name\n\
        \"POLYGON((9.505 47,9.51 47,9.51 47.01,9.505 47.01,9.505 47))\",half\n\
        \"POLYGON((9.535 46.99,9.56 46.99,9.56 47.02,9.535 47.02,9.535 46.99))\",cover\n";
    let things = "wkt,name\nPOINT(9.51 47.005),edge\n\"LINESTRING(9.5 47.005,9.52 47.005)\",line\nPOINT(9.6 47),far\n";
    for (layer, rows) in [("squares", squares), ("over", over), ("things", things)] {
        city.import(&city.write(&format!("{layer}.csv"), rows), layer, &["--crs", "EPSG:4490"]).expect_done();
    }
    city.import(&city.write("void.csv", "lon,lat,name\n1,1,x\n"), "void", &["--crs", "EPSG:4490"]).expect_done();
    city
}

#[test]
fn every_form_of_a_joined_answer_says_the_same() {
    let city = squares();
    let join = ["squares", "--join", "over"];
    let count = |more: &[&str]| city.count("squares", &[&join[1..], more].concat());
    // The half touches b along an edge.
    let all = query(&city, &join);
    assert_eq!(pairs(&all).into_keys().collect::<Vec<_>>(), [(1, 1), (2, 1), (3, 2)]);
    assert_eq!(features(&all)[0]["properties"], json!({"name": "a", "other_id": 1, "name_2": "half"}));
    assert_eq!((count(&[]), count(&["--relation", "within"]), count(&["--filter", "name < 'c'"])), (3, 1, 2));
    assert_eq!(count(&["--bbox", "9.53,47,9.6,47.1"]), 1);
    assert_eq!(count(&["--having", "name_2 = 'half' AND name > 'a'"]), 1);
    assert_eq!(count(&["--relation", "dwithin", "--distance-m", "0"]), 3);
    assert_eq!(count(&["--relation", "dwithin", "--distance-m", "1200"]), 4);
    assert_eq!(count(&["--relation", "nearest"]), 3);
    assert_eq!(count(&["--relation", "nearest", "--k", "9", "--having", "distance_m > 1"]), 4);
    let csv = city.urbis(&["query", "squares", "--join", "over", "--format", "csv", "--join-columns", "name"]).expect_done();
    let rows: Vec<&str> = csv.stdout.lines().map(|row| row.split(",\"POLYGON").next().unwrap_or_default()).collect();
    assert_eq!(rows, ["id,name,other_id,name_2,geometry", "1,a,1,half", "2,b,1,half", "3,c,2,cover"]);
    let explained = city.urbis(&["query", "squares", "--join", "over", "--explain"]).expect_done().stdout;
    for line in
        ["join        the other layer's tree", "candidates          3  pairs left by the tree", "pairs               3  in "]
    {
        assert!(explained.contains(line), "{explained}");
    }
    if !tool("ogrinfo", "joined answers as files") {
        return;
    }
    for (format, file, id) in [("gpkg", "out.gpkg", "id (Integer64) = 2"), ("shp", "out.shp", "id (Integer64) = 2")] {
        city.urbis(&["query", "squares", "--join", "over", "--format", format, "--out", file]).expect_done();
        let ogrinfo = run("ogrinfo", ["-al", file], city.folder()).expect_done();
        assert!(ogrinfo.stdout.contains("Feature Count: 3") && ogrinfo.stdout.contains(id), "{format}: {}", ogrinfo.stdout);
    }
    city.urbis(&["query", "squares", "--join", "over", "--format", "parquet", "--out", "out.parquet"]).expect_done();
    city.import(&city.folder().join("out.parquet"), "again", &[]).expect_done();
    assert_eq!(city.count("again", &["--filter", "id = 2"]), 1, "a row keeps its feature's id as a column");
}

#[test]
fn every_form_of_an_overlay_says_the_same() {
    let city = squares();
    let cut = query(&city, &["squares", "--overlay", "over"]);
    let rows: Vec<_> = features(&cut).iter().map(|feature| pair(feature).0).collect();
    // b only touches the half, and c is covered.
    assert_eq!(rows, [(1, 1), (3, 2)]);
    let squares = query(&city, &["squares"]);
    assert_eq!(features(&cut)[1]["geometry"], features(&squares)[2]["geometry"]);
    let left = query(&city, &["squares", "--overlay", "over", "--operation", "difference"]);
    let ids: Vec<u64> = features(&left).iter().map(|feature| feature["id"].as_u64().expect("an id")).collect();
    assert_eq!(ids, [1, 2]);
    assert_eq!(features(&left)[1]["geometry"], features(&squares)[1]["geometry"], "what is only touched is as it was");
    let area = |feature: &Value| feature["properties"]["area_m2"].as_f64().expect("an area");
    assert!((area(&features(&left)[0]) + area(&features(&cut)[0]) - area(&features(&left)[1])).abs() < 1e-3);
    let all = query(&city, &["squares", "--overlay", "over", "--operation", "union"]);
    let rows: Vec<_> =
        features(&all).iter().map(|row| (&row["id"], &row["properties"]["id"], &row["properties"]["other_id"])).collect();
    let null = Value::Null;
    let numbers: Vec<Value> = (0..=5).map(Value::from).collect();
    let expected = [
        (&numbers[1], &numbers[1], &numbers[1]),
        (&numbers[2], &numbers[1], &null),
        (&numbers[3], &numbers[2], &null),
        (&numbers[4], &numbers[3], &numbers[2]),
        (&numbers[5], &null, &numbers[2]),
    ];
    assert_eq!(rows, expected);
    let lines = query(&city, &["things", "--overlay", "over"]);
    assert_eq!(features(&lines).len(), 2);
    assert_eq!(features(&lines)[1]["geometry"], json!({"type": "LineString", "coordinates": [[9.505, 47.005], [9.51, 47.005]]}));
    assert_eq!(city.count("squares", &["--overlay", "over", "--having", "area_m2 > 500000"]), 1);
    if tool("ogrinfo", "overlays as files") {
        city.urbis(&["query", "squares", "--overlay", "over", "--format", "gpkg", "--out", "cut.gpkg"]).expect_done();
        let ogrinfo = run("ogrinfo", ["-al", "cut.gpkg"], city.folder()).expect_done();
        assert!(ogrinfo.stdout.contains("id (Integer64) = 3"), "{}", ogrinfo.stdout);
    }
}

#[test]
fn what_is_no_join_or_overlay_is_refused_by_name() {
    let city = squares();
    for arguments in [
        &["--relation", "within"][..],
        &["--join", "over", "--relation", "beside"],
        &["--join", "over", "--relation", "dwithin"],
        &["--join", "over", "--relation", "dwithin", "--distance-m=-1"],
        &["--join", "over", "--relation", "dwithin", "--distance-m", "nan"],
        &["--join", "over", "--distance-m", "5"],
        &["--join", "over", "--k", "5"],
        &["--join", "over", "--relation", "nearest", "--k", "0"],
        &["--join", "over", "--nearest", "9.5,47"],
        &["--join", "over", "--by", "over"],
        &["--join", "over", "--overlay", "over"],
        &["--join", "over", "--having", "nowhere = 1"],
        &["--join", "over", "--join-columns", "colour"],
        &["--overlay", "over", "--join-columns", "name,colour"],
        &["--join-columns", "name"],
        &["--operation", "union"],
        &["--overlay", "over", "--operation", "xor"],
        &["--overlay", "over", "--explain"],
        &["--k", "5"],
    ] {
        let outcome = city.urbis(&[&["query", "squares"], arguments].concat());
        assert_eq!(outcome.code, Some(2), "{arguments:?}: {outcome:?}");
        assert!(!outcome.stderr.is_empty() && outcome.stdout.is_empty(), "{arguments:?}: {outcome:?}");
    }
    for (arguments, named) in [
        (&["squares", "--join", "sewers"][..], "sewers"),
        (&["squares", "--overlay", "sewers"], "sewers"),
        (&["squares", "--overlay", "void"], "void has no areas"),
        (&["things", "--overlay", "over", "--operation", "union"], "feature 1 of layer things is no area"),
    ] {
        let outcome = city.urbis(&[&["query"], arguments].concat());
        assert_eq!(outcome.code, Some(1), "{arguments:?}: {outcome:?}");
        assert!(outcome.stderr.contains(named) && outcome.stdout.is_empty(), "{arguments:?}: {outcome:?}");
    }
    let noted = city.urbis(&["query", "squares", "--overlay", "squares", "--format", "count"]).expect_done();
    assert_eq!((noted.stdout.as_str(), noted.stderr.as_str()), ("3\n", ""));
}

#[test]
fn pairs_reach_over_the_antimeridian() {
    let city = City::empty();
    let east = "wkt\n\"POLYGON((179.99 10,180 10,180 10.01,179.99 10.01,179.99 10))\"\nPOINT(179.999 10.02)\n";
    let west = "wkt\n\"POLYGON((-180 10,-179.99 10,-179.99 10.01,-180 10.01,-180 10))\"\nPOINT(-179.999 10.02)\n";
    for (layer, rows) in [("east", east), ("west", west)] {
        city.import(&city.write(&format!("{layer}.csv"), rows), layer, &["--crs", "EPSG:4490"]).expect_done();
    }
    let near = |metres: &str| pairs(&query(&city, &["east", "--join", "west", "--relation", "dwithin", "--distance-m", metres]));
    assert_eq!(near("0"), Pairs::from([((1, 1), Some(0.0))]), "they share the meridian");
    let found = near("300");
    assert_eq!(found.keys().copied().collect::<Vec<_>>(), [(1, 1), (2, 2)]);
    // 0.002 degrees of longitude at 10.02 degrees of latitude: 219.3 m (pyproj).
    assert!((found[&(2, 2)].expect("metres") - 219.3).abs() < 0.1, "{found:?}");
    let server = city.serve();
    for (filter, expected) in
        [("S_DWITHIN(geometry, POINT(-179.999 10.02), 220)", 1), ("S_DWITHIN(geometry, POINT(-179.999 10.02), 219)", 0)]
    {
        let answer = server.json(&format!("/collections/east/items?filter={}", encode(filter)));
        assert_eq!(answer["numberMatched"], expected, "{filter}");
        assert_eq!(city.count("east", &["--filter", filter]), expected, "{filter}");
    }
}

#[test]
fn the_server_joins_and_cuts_as_the_command_line_does() {
    let city = bubenec();
    let server = city.serve();
    for (path, arguments) in [
        ("buildings/join/plots", &["buildings", "--join", "plots"][..]),
        ("plots/join/plots?relation=within", &["plots", "--join", "plots", "--relation", "within"]),
        (
            "streets/join/buildings?relation=dwithin&distance_m=12",
            &["streets", "--join", "buildings", "--relation", "dwithin", "--distance-m", "12"],
        ),
        ("buildings/join/streets?relation=nearest&k=2", &["buildings", "--join", "streets", "--relation", "nearest", "--k", "2"]),
        ("buildings/overlay/plots", &["buildings", "--overlay", "plots"]),
        ("plots/overlay/buildings?operation=difference", &["plots", "--overlay", "buildings", "--operation", "difference"]),
        ("buildings/overlay/plots?operation=union", &["buildings", "--overlay", "plots", "--operation", "union"]),
    ] {
        let sign = if path.contains('?') { '&' } else { '?' };
        let whole = server.json(&format!("/collections/{path}{sign}limit=all"));
        let printed = query(&city, arguments);
        assert!(whole["features"] == printed["features"] && features(&whole).len() > 20, "{path}");
        assert_eq!(whole["numberMatched"], features(&whole).len(), "{path}");
        let (mut joined, mut next) = (Vec::new(), Some(format!("/collections/{path}{sign}limit=97")));
        while let Some(page) = next {
            let page = server.get(&page);
            let link = page.header("link").to_owned();
            joined.extend(features(&page.json()).to_vec());
            assert!(link.is_empty() || (link.contains("version=1") && link.contains("other_version=1")), "{link}");
            next = link.find("/collections").map(|at| link[at..].split('>').next().expect("an address").to_owned());
        }
        assert!(json!(joined) == whole["features"], "{path}: pages join to the whole");
        let csv = server.get(&format!("/collections/{path}{sign}f=csv")).text();
        assert!(csv.lines().count() > features(&whole).len(), "{path}");
    }
    let some = server.json("/collections/buildings/join/tessellation?columns=uID&filter=uID%20%3C%2020&limit=all");
    let named: BTreeSet<&String> =
        features(&some).iter().flat_map(|row| row["properties"].as_object().expect("a table").keys()).collect();
    assert_eq!(named, BTreeSet::from([&"uID".to_owned(), &"uID_2".to_owned(), &"other_id".to_owned()]));
    let overlaid = server.json("/collections/buildings/overlay/plots");
    assert_eq!((&overlaid["uncut"], &overlaid["numberUncut"]), (&json!([]), &json!(0)));
}

#[test]
fn the_server_refuses_by_name_what_is_no_join_or_overlay() {
    let city = squares();
    let server = city.serve();
    for (path, status, parameter) in [
        ("squares/join/over?relation=beside", 400, json!("relation")),
        ("squares/join/over?relation=dwithin", 400, json!("distance_m")),
        ("squares/join/over?relation=dwithin&distance_m=-1", 400, json!("distance_m")),
        ("squares/join/over?relation=dwithin&distance_m=1e6", 400, json!("distance_m")),
        ("squares/join/over?distance_m=5", 400, json!("distance_m")),
        ("squares/join/over?k=5", 400, json!("k")),
        ("squares/join/over?relation=nearest&k=0", 400, json!("k")),
        ("squares/join/over?relation=nearest&k=10001", 400, json!("k")),
        ("squares/join/over?columns=colour", 400, json!("columns")),
        ("squares/join/over?nearest=9.5,47", 400, json!("query")),
        ("squares/join/over?cursor=x", 400, json!("cursor")),
        ("squares/join/over?limit=0", 400, json!("limit")),
        ("squares/join/over?version=7", 404, json!("version")),
        ("squares/join/over?other_version=7", 404, json!("version")),
        ("squares/join/sewers", 404, json!("layer")),
        ("sewers/join/over", 404, json!("layer")),
        ("squares/overlay/over?operation=xor", 400, json!("operation")),
        ("squares/overlay/void", 400, Value::Null),
        ("things/overlay/over?operation=union", 400, Value::Null),
        ("squares/overlay/sewers", 404, json!("layer")),
        ("squares/overlay/over?relation=within", 400, json!("query")),
    ] {
        let answer = server.get(&format!("/collections/{path}"));
        assert_eq!((answer.status, answer.header("content-type")), (status, "application/problem+json"), "{path}");
        assert_eq!(answer.json()["parameter"], parameter, "{path}: {}", answer.text());
    }
    let past = server.json("/collections/squares/join/over?cursor=99");
    assert_eq!((features(&past).len(), &past["numberMatched"]), (0, &json!(3)));
}

#[test]
fn too_many_pairs_are_refused_with_what_would_help() {
    let city = City::empty();
    // 1,100 points on one spot are 1,210,000 pairs with themselves.
    let rows: String = (0..1_100).map(|_| "9.5,47\n").collect();
    city.import(&city.write("heap.csv", format!("lon,lat\n{rows}")), "heap", &["--crs", "EPSG:4490"]).expect_done();
    let server = city.serve();
    let refused = server.get("/collections/heap/join/heap");
    assert_eq!(refused.status, 400, "{}", refused.text());
    let problem = refused.json();
    assert_eq!(problem["parameter"], "bbox");
    let accepted = problem["accepted"].as_str().expect("a text");
    assert!(
        accepted.contains("a filter") && problem["detail"].as_str().is_some_and(|detail| detail.contains("1048576 pairs")),
        "{problem}"
    );
    assert_eq!(city.count("heap", &["--join", "heap"]), 1_210_000, "the command line has room for them");
}
