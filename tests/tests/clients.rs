//! Answers and tiles against programs nobody here wrote: shapely, pyproj, GDAL, Mapbox's decoder, mapbox-vector-tile, curl.

use std::ffi::OsStr;

use serde_json::{Value, json};
use urbis_tests::{City, Dice, Server, fixture, helsinki, http::encode, oracle, run, seed, shared_data, soak, tool};

/// Real buildings to ask about: Liechtenstein's where the data folder is, else the fixture's.
fn buildings() -> (City, Server) {
    let city = City::empty();
    match shared_data("buildings/liechtenstein.gpkg") {
        Some(file) => city.import(&file, "buildings", &["--kind", "building"]).expect_done(),
        None => city
            .import(&fixture("bubenec.gpkg"), "buildings", &["--source-layer", "buildings", "--kind", "building"])
            .expect_done(),
    };
    let server = city.serve();
    (city, server)
}

fn ids(page: &Value) -> Vec<u64> {
    page["features"]
        .as_array()
        .expect("a FeatureCollection")
        .iter()
        .map(|feature| feature["id"].as_u64().expect("an id"))
        .collect()
}

fn sorted(mut ids: Vec<u64>) -> Vec<u64> {
    ids.sort_unstable();
    ids
}

/// A question to both sides: the path for urbis, the words for the oracle.
struct Question {
    path: String,
    oracle: Value,
}

/// A place near some feature, so that most questions have an answer, and an extent in degrees between a door and a town.
fn somewhere(dice: &mut Dice, features: &Value) -> (f64, f64, f64) {
    let features = features["features"].as_array().expect("a list");
    let mut vertex = &features[dice.below(features.len())]["geometry"]["coordinates"];
    while vertex[0].is_array() {
        vertex = &vertex[0];
    }
    let (lon, lat) = (vertex[0].as_f64().expect("lon"), vertex[1].as_f64().expect("lat"));
    let extent = 10_f64.powf(dice.between(-4.5, -1.3));
    (lon + dice.between(-extent, extent), lat + dice.between(-extent, extent), extent)
}

fn polygon(dice: &mut Dice, (lon, lat, extent): (f64, f64, f64)) -> String {
    // A star: simple by construction, with reflex corners.
    let corners = 3 + dice.below(12);
    let mut ring: Vec<String> = (0..corners)
        .map(|corner| {
            #[expect(clippy::cast_precision_loss, reason = "a handful of corners")]
            let (sin, cos) = (std::f64::consts::TAU * corner as f64 / corners as f64).sin_cos();
            let reach = extent * dice.between(0.2, 1.0);
            format!("{} {}", lon + reach * cos, lat + reach * sin)
        })
        .collect();
    ring.push(ring[0].clone());
    format!("POLYGON(({}))", ring.join(","))
}

fn question(dice: &mut Dice, features: &Value) -> Question {
    const ITEMS: &str = "/collections/buildings/items?limit=all&properties=";
    let place @ (lon, lat, extent) = somewhere(dice, features);
    match dice.below(5) {
        0 => {
            let (w, s, e, n) = (lon - extent, lat - extent, lon + extent, lat + extent);
            let wkt = format!("POLYGON(({w} {s},{e} {s},{e} {n},{w} {n},{w} {s}))");
            Question { path: format!("{ITEMS}&bbox={w},{s},{e},{n}"), oracle: json!({ "wkt": wkt, "predicate": "intersects" }) }
        }
        1 => {
            let wkt = polygon(dice, place);
            Question {
                path: format!("{ITEMS}&intersects={}", encode(&wkt)),
                oracle: json!({ "wkt": wkt, "predicate": "intersects" }),
            }
        }
        2 => {
            let wkt = polygon(dice, place);
            Question { path: format!("{ITEMS}&within={}", encode(&wkt)), oracle: json!({ "wkt": wkt, "predicate": "within" }) }
        }
        3 => {
            let radius_m = extent * 111_000.0;
            let path = format!("{ITEMS}&near={lon},{lat}&radius_m={radius_m}");
            Question { path, oracle: json!({ "lon": lon, "lat": lat, "radius_m": radius_m }) }
        }
        _ => {
            let k = 1 + dice.below(20);
            Question { path: format!("{ITEMS}&nearest={lon},{lat}&k={k}"), oracle: json!({ "lon": lon, "lat": lat, "k": k }) }
        }
    }
}

#[test]
fn windows_circles_polygons_and_neighbours_equal_shapelys() {
    let (city, server) = buildings();
    let everything = server.get("/collections/buildings/items?f=geojson&limit=all");
    let file = city.write("everything.geojson", &everything.body);
    let features = everything.json();
    let mut dice = Dice::new(seed());
    let questions: Vec<_> = (0..if soak() { 10_000 } else { 300 }).map(|_| question(&mut dice, &features)).collect();
    let found: Vec<_> = questions.iter().map(|question| ids(&server.json(&question.path))).collect();

    let asked: Vec<_> = questions
        .iter()
        .zip(&found)
        .map(|(question, found)| {
            let mut asked = question.oracle.clone();
            if asked["k"].is_u64() {
                asked["given"] = json!(found);
            }
            asked
        })
        .collect();
    let Some(answers) = oracle::python("answers", &[], &json!({ "features": file, "questions": asked })) else { return };

    let mut hits = 0;
    for ((question, found), answer) in questions.iter().zip(found).zip(answers.as_array().expect("a list")) {
        hits += found.len();
        let path = &question.path;
        if let Some(best) = answer["best"].as_array() {
            let given = answer["given"].as_array().expect("a list");
            assert_eq!(best.len(), given.len(), "{path}");
            for (best, given) in best.iter().zip(given) {
                let gap_m = best.as_f64().expect("metres") - given.as_f64().expect("metres");
                assert!(gap_m.abs() < 0.001, "{path}: {best} m is nearer than {given} m");
            }
        } else if answer.is_object() {
            let list =
                |key: &str| -> Vec<u64> { answer[key].as_array().expect("a list").iter().filter_map(Value::as_u64).collect() };
            let (surely, perhaps) = (list("surely"), list("perhaps"));
            let certain: Vec<_> = sorted(found).into_iter().filter(|id| !perhaps.contains(id)).collect();
            assert_eq!(certain, surely, "{path}");
        } else {
            let expected: Vec<u64> = answer.as_array().expect("a list").iter().filter_map(Value::as_u64).collect();
            assert_eq!(sorted(found), expected, "{path}");
        }
    }
    assert!(hits > questions.len(), "the questions must have answers: {hits} hits");
}

#[test]
fn the_command_line_and_http_answer_alike() {
    let (city, server) = buildings();
    let features = server.json("/collections/buildings/items?limit=1000");
    let mut dice = Dice::new(seed());
    for _ in 0..10 {
        let place @ (lon, lat, extent) = somewhere(&mut dice, &features);
        let (w, s, e, n) = (lon - extent, lat - extent, lon + extent, lat + extent);
        let matched =
            |query: &str| server.json(&format!("/collections/buildings/items?limit=1&{query}"))["numberMatched"].as_u64();
        assert_eq!(
            Some(city.count("buildings", &["--bbox", &format!("{w},{s},{e},{n}")])),
            matched(&format!("bbox={w},{s},{e},{n}"))
        );
        let wkt = polygon(&mut dice, place);
        let area = city.write("area.wkt", &wkt);
        let area = area.to_str().expect("UTF-8");
        assert_eq!(Some(city.count("buildings", &["--within", area])), matched(&format!("within={}", encode(&wkt))));
        assert_eq!(Some(city.count("buildings", &["--intersects", area])), matched(&format!("intersects={}", encode(&wkt))));
        let near = format!("{lon},{lat}");
        assert_eq!(
            Some(city.count("buildings", &["--near", &near, "--radius-m", "250"])),
            matched(&format!("near={near}&radius_m=250"))
        );
    }
}

#[test]
fn two_decoders_read_the_tiles_and_shapely_finds_them_valid() {
    let (city, server) = buildings();
    let layer = server.layer("buildings").expect("it is there");
    let bbox: Vec<f64> = layer["bbox"].as_array().expect("four numbers").iter().filter_map(Value::as_f64).collect();
    let mut dice = Dice::new(seed());
    let mut files = Vec::new();
    let mut addresses = Vec::new();
    for _ in 0..if soak() { 2_000 } else { 60 } {
        let (zoom, lon, lat) = (8 + dice.below(9), dice.between(bbox[0], bbox[2]), dice.between(bbox[1], bbox[3]));
        let (x, y) = tile_at(zoom, lon, lat);
        let response = server.get(&format!("/tiles/buildings/{zoom}/{x}/{y}"));
        if response.status == 200 {
            files.push(city.write(&format!("{zoom}-{x}-{y}.mvt"), &response.body));
            addresses.push((zoom, x, y));
        } else {
            assert_eq!(response.status, 204, "{}", response.text());
        }
    }
    assert!(files.len() > 10, "only {} tiles had something in them", files.len());

    let python = oracle::python("tiles", &[], &json!(files));
    let node = oracle::node("tiles", &[], &json!(files));
    let mut features = 0;
    for (position, address) in addresses.iter().enumerate() {
        if let Some(python) = &python {
            let decoded = &python[position]["buildings"];
            assert_eq!(decoded["invalid"], json!([]), "{address:?}");
            assert_eq!(decoded["extent"], 4096, "{address:?}");
            features += decoded["count"].as_u64().expect("a count");
        }
        if let (Some(python), Some(node)) = (&python, &node) {
            for key in ["count", "ids", "properties", "extent"] {
                let (python, node) = (&python[position]["buildings"][key], &node[position]["buildings"][key]);
                assert_eq!(same_numbers(python), same_numbers(node), "{address:?} {key}");
            }
        }
    }
    assert!(python.is_none() || features > 100, "only {features} features in {} tiles", files.len());
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "inside the world the tile number is small and positive"
)]
fn tile_at(zoom: usize, lon: f64, lat: f64) -> (u64, u64) {
    let across = f64::from(1_u32 << zoom);
    let y = (1.0 - lat.to_radians().tan().asinh() / std::f64::consts::PI) / 2.0;
    (((lon + 180.0) / 360.0 * across) as u64, (y * across) as u64)
}

#[test]
fn every_building_is_in_some_tile_of_the_greatest_zoom() {
    let city = City::empty();
    city.import(&fixture("bubenec.gpkg"), "buildings", &["--source-layer", "buildings", "--kind", "building"]).expect_done();
    let server = city.serve();
    let zoom =
        usize::try_from(server.json("/tiles/buildings.json")["maxzoom"].as_u64().expect("a zoom")).expect("a small number");
    let ((west, north), (east, south)) = (tile_at(zoom, 14.39992, 50.10488), tile_at(zoom, 14.40555, 50.10111));
    let mut files = Vec::new();
    for x in west..=east {
        for y in north..=south {
            let response = server.get(&format!("/tiles/buildings/{zoom}/{x}/{y}"));
            if response.status == 200 {
                files.push(city.write(&format!("{x}-{y}.mvt"), &response.body));
            }
        }
    }
    let Some(tiles) = oracle::node("tiles", &[], &json!(files)) else { return };
    let mut seen: Vec<u64> = tiles
        .as_array()
        .expect("a list")
        .iter()
        .flat_map(|tile| tile["buildings"]["ids"].as_array().expect("ids").iter().filter_map(Value::as_u64))
        .collect();
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen, sorted(ids(&server.json("/collections/buildings/items?limit=all"))));
}

/// A pipe whose third coordinate is said to be its depth tells it in tiles, one number for each vertex that Mapbox's decoder finds.
#[test]
fn a_pipe_tells_the_depth_of_each_vertex() {
    let city = City::empty();
    let pipes = r#"{"type":"FeatureCollection","features":[
        {"type":"Feature","properties":{"pressure_class":"low"},"geometry":{"type":"LineString","coordinates":[[121.1501,31.9001,1.5],[121.1505,31.9001,2.25],[121.1509,31.9003,1.62]]}},
        {"type":"Feature","properties":{"pressure_class":"low"},"geometry":{"type":"LineString","coordinates":[[121.1502,31.9005],[121.1504,31.9005]]}}]}"#;
    let file = city.write("pipes.geojson", pipes);
    let metadata = city.write("pipes.toml", "z = \"depth\"\n");
    let metadata = metadata.to_str().expect("UTF-8");
    city.import(&file, "pipes", &["--kind", "gas_pipe", "--metadata", metadata]).expect_done();
    let server = city.serve();
    let (x, y) = tile_at(15, 121.1505, 31.9002);
    let answer = server.get(&format!("/tiles/pipes/15/{x}/{y}"));
    assert_eq!(answer.status, 200, "{}", answer.text());
    let fields = server.json("/tiles/pipes.json")["vector_layers"][0]["fields"].clone();
    assert_eq!(fields["depths_cm"], "String", "{fields}");
    let tile = city.write("pipes.mvt", &answer.body);
    let Some(read) = oracle::node("tiles", &[], &json!([tile])) else { return };
    let read = &read[0]["pipes"];
    assert_eq!((&read["properties"][0]["depths_cm"], &read["vertices"][0]), (&json!("150,225,162"), &json!(3)), "{read}");
    assert_eq!((&read["properties"][1]["depths_cm"], &read["vertices"][1]), (&Value::Null, &json!(2)), "{read}");
}

/// A client that names MapLibre Tiles gets what others get as Mapbox Vector Tiles: the same features, ids, attributes and shapes in the same
/// order, as the decoders of both projects read them.
#[test]
fn maplibre_tiles_say_what_the_mapbox_ones_do() {
    let city = City::empty();
    let helsinki = helsinki();
    let layers = [("buildings", "building"), ("roads", "road"), ("water", "water"), ("green", "green"), ("places", "place")];
    for (layer, kind) in layers {
        // Some of the real areas are none, which is exit code 3.
        let imported = city.import(&helsinki, layer, &["--kind", kind]);
        assert!(matches!(imported.code, Some(0 | 3)), "{}", imported.stderr);
    }
    city.import(&fixture("bubenec.gpkg"), "plots", &["--kind", "grid", "--source-layer", "tessellation"]).expect_done();
    let server = city.serve();
    let mlt = "application/vnd.maplibre-tile";
    let mut pairs = Vec::new();
    for (names, lon, lat) in
        [("buildings,roads,water,green,places", 24.944, 60.1715), ("buildings", 24.944, 60.1715), ("plots", 14.403, 50.102)]
    {
        for zoom in 5..=18 {
            let (x, y) = tile_at(zoom, lon, lat);
            for (x, y) in [(x, y), (x + 1, y), (x, y + 1)] {
                let url = format!("/tiles/{names}/{zoom}/{x}/{y}");
                let [one, other] = ["*/*", mlt].map(|accept| server.get_with(&url, &[("Accept", accept)]));
                assert_eq!(one.status, other.status, "{url}");
                assert_ne!(one.header("etag"), other.header("etag"), "{url}");
                if one.status == 200 {
                    assert_eq!(
                        (one.header("content-type"), other.header("content-type")),
                        ("application/vnd.mapbox-vector-tile", mlt)
                    );
                    let file = |extension: &str, body: &[u8]| city.write(&format!("{names}-{zoom}-{x}-{y}.{extension}"), body);
                    pairs.push([file("mvt", &one.body), file("mlt", &other.body)]);
                }
            }
        }
    }
    assert!(pairs.len() > 40, "{} tiles", pairs.len());
    let Some(told) = oracle::node("mlt", &[], &json!(pairs)) else { return };
    assert_eq!(told["differences"], json!([]), "{told}");
    let count = |key: &str| told[key].as_u64().expect("a count");
    assert!(count("layers") > 100 && count("features") > 5_000 && count("values") > 10_000, "{told}");
}

/// Both forms have ETags of their own, are kept apart, come packed, and caches are told what they hang on.
#[test]
fn the_form_of_a_tile_is_asked_for_by_accept() {
    let city = City::empty();
    city.import(&fixture("bubenec.gpkg"), "buildings", &["--source-layer", "buildings", "--kind", "building"]).expect_done();
    let server = city.serve();
    let (x, y) = tile_at(15, 14.403, 50.102);
    let url = format!("/tiles/buildings/15/{x}/{y}.mvt");
    let names = ["application/vnd.maplibre-tile", "application/vnd.maplibre-vector-tile"];
    let mvt = server.get(&url);
    for _ in 0..2 {
        let [one, other] = names.map(|name| server.get_with(&url, &[("Accept", name)]));
        assert_eq!((one.status, other.status, one.body == other.body), (200, 200, true));
        assert_eq!(names, [one.header("content-type"), other.header("content-type")]);
        assert_eq!(one.header("etag"), other.header("etag"));
        assert_eq!(one.header("vary"), "accept, accept-encoding");
        assert!(one.body != mvt.body && one.body.len() < mvt.body.len(), "{} of {} bytes", one.body.len(), mvt.body.len());
        assert_eq!(server.get(&url).body, mvt.body);
        let unchanged = server.get_with(&url, &[("Accept", names[0]), ("If-None-Match", one.header("etag"))]);
        assert_eq!(unchanged.status, 304);
        let asked_of_other = server.get_with(&url, &[("If-None-Match", one.header("etag"))]);
        assert_eq!((asked_of_other.status, asked_of_other.header("content-type")), (200, "application/vnd.mapbox-vector-tile"));
        let packed = server.get_with(&url, &[("Accept", names[0]), ("Accept-Encoding", "gzip")]);
        assert_eq!((packed.header("content-encoding"), packed.header("content-type")), ("gzip", names[0]));
        assert!(packed.body.starts_with(&[0x1f, 0x8b]) && packed.header("etag") != one.header("etag"));
    }
}

#[test]
fn ogr2ogr_reads_the_features_unchanged() {
    if !tool("ogr2ogr", "GDAL as a client") {
        return;
    }
    let (city, server) = buildings();
    let count = server.layer("buildings").expect("it is there")["count"].clone();
    // As a plain GeoJSON address, and as an OGC API Features service whose pages it follows itself.
    for (source, layer) in [
        (format!("/vsicurl_streaming/{}", server.url("/collections/buildings/items?limit=all&f=geojson")), None),
        (format!("OAPIF:{}", server.url("")), Some("buildings")),
    ] {
        let out = city.folder().join("read.gpkg");
        let mut arguments = vec!["-overwrite", out.to_str().expect("UTF-8"), &source, "-nln", "read", "-oo", "PAGE_SIZE=1000"];
        if layer.is_none() {
            arguments.truncate(5);
        }
        arguments.extend(layer);
        run("ogr2ogr", arguments, city.folder()).expect_done();
        let Some(read) = oracle::python("source", &[out.as_os_str(), OsStr::new("read")], &Value::Null) else { return };
        assert_eq!(read["count"], count, "{source}");
        let (expected, found) = (server.layer("buildings").expect("it is there")["bbox"].clone(), &read["bounds"]);
        for corner in 0..4 {
            let gap = expected[corner].as_f64().expect("degrees") - found[corner].as_f64().expect("degrees");
            assert!(gap.abs() < 1e-6, "{source}: {expected} and {found}");
        }
    }
}

#[test]
fn gdal_reads_the_tiles() {
    if !tool("ogrinfo", "GDAL as a tile client") {
        return;
    }
    let city = City::empty();
    city.import(&fixture("bubenec.gpkg"), "buildings", &["--source-layer", "buildings", "--kind", "building"]).expect_done();
    let server = city.serve();
    let tile = city.write("5549.mvt", server.get("/tiles/buildings/14/8847/5549").body);
    let info = run(
        "ogrinfo",
        ["-so", "-al", "-oo", "X=8847", "-oo", "Y=5549", "-oo", "Z=14", tile.to_str().expect("UTF-8")],
        city.folder(),
    );
    let info = info.expect_done();
    assert!(info.stdout.contains("Layer name: buildings") && info.stdout.contains("Polygon"), "{}", info.stdout);
}

#[test]
fn the_city_file_is_a_geopackage_that_others_open() {
    if !tool("ogrinfo", "the city file in GDAL") {
        return;
    }
    let (city, server) = buildings();
    let count = server.layer("buildings").expect("it is there")["count"].clone();
    drop(server);
    let listing = run("ogrinfo", ["-q", city.file().to_str().expect("UTF-8")], city.folder()).expect_done();
    assert!(listing.stdout.contains("buildings") && listing.stderr.is_empty(), "{}\n{}", listing.stdout, listing.stderr);
    let info = run("ogrinfo", ["-so", city.file().to_str().expect("UTF-8"), "buildings"], city.folder()).expect_done();
    assert!(info.stdout.contains(&format!("Feature Count: {count}")), "{}", info.stdout);
}

/// JSON with every number as a float: Python writes 6.0 where JavaScript writes 6.
fn same_numbers(value: &Value) -> Value {
    match value {
        Value::Number(number) => json!(number.as_f64()),
        Value::Array(items) => items.iter().map(same_numbers).collect(),
        Value::Object(fields) => fields.iter().map(|(name, value)| (name.clone(), same_numbers(value))).collect(),
        other => other.clone(),
    }
}

#[test]
fn sums_by_area_equal_shapelys_and_numpys() {
    let city = City::empty();
    let seed = seed();
    let mut dice = Dice::new(seed);
    let points: String = (0..2_000)
        .map(|nth| {
            let (lon, lat) = (dice.between(121.0, 121.4), dice.between(31.7, 32.0));
            let number = if nth % 9 == 0 { String::new() } else { format!("{:.3}", dice.between(-50.0, 50.0)) };
            format!("{lon},{lat},{number}\n")
        })
        .collect();
    let areas: String = (0..60)
        .map(|_| {
            let place = (dice.between(121.0, 121.4), dice.between(31.7, 32.0), 10_f64.powf(dice.between(-2.5, -0.7)));
            format!("\"{}\",9\n", polygon(&mut dice, place))
        })
        .collect();
    city.import(&city.write("points.csv", format!("lon,lat,v\n{points}")), "things", &["--crs", "EPSG:4490"]).expect_done();
    city.import(&city.write("areas.csv", format!("wkt,count\n{areas}")), "zones", &["--crs", "EPSG:4490"]).expect_done();
    for layer in ["things", "zones"] {
        city.urbis(&["query", layer, "--out", &format!("{layer}.geojson")]).expect_done();
    }
    let file = |name: &str| city.folder().join(name);
    let job = json!({ "features": file("things.geojson"), "areas": file("zones.geojson"), "column": "v" });
    let Some(expected) = oracle::python("zones", &[], &job) else { return };
    let server = city.serve();
    let answer = server.json("/zones/things/zones?column=v");
    assert_eq!(answer["outside"], expected["outside"], "seed {seed}");
    let printed = city.urbis(&["query", "things", "--by", "zones", "--column", "v"]).expect_done();
    let printed: Value = serde_json::from_str(&printed.stdout).expect("GeoJSON");
    let (found, expected) = (answer["features"].as_array().expect("a list"), expected["areas"].as_array().expect("a list"));
    assert_eq!((found.len(), &printed["features"]), (60, &answer["features"]), "the command line says the same");
    for (found, expected) in found.iter().zip(expected) {
        let facts = &found["properties"];
        // The areas have a column named count.
        assert_eq!(
            (&found["id"], &facts["count"], &facts["count_2"]),
            (&expected["id"], &json!(9), &expected["count"]),
            "seed {seed}"
        );
        for name in ["sum", "mean", "min", "q10", "q25", "median", "q75", "q90", "max"] {
            let [one, other] = [facts, expected].map(|facts| facts[name].as_f64());
            let agree = one == other || one.zip(other).is_some_and(|(one, other)| (one - other).abs() < 1e-9);
            assert!(agree, "{name} of area {}: {facts} {expected}, seed {seed}", found["id"]);
        }
    }
    let csv = server.get("/zones/things/zones?f=csv&filter=v%20%3E%200").text();
    assert_eq!(csv.lines().count(), 61, "{csv}");
    for (path, status, parameter) in [
        ("/zones/things/things", 400, Value::Null),
        ("/zones/things/zones?column=w", 400, json!("column")),
        ("/zones/things/zones?nearest=121,31", 400, json!("query")),
        ("/zones/things/none", 404, json!("layer")),
    ] {
        let answer = server.get(path);
        assert_eq!((answer.status, &answer.json()["parameter"]), (status, &parameter), "{path}: {}", answer.text());
    }
}

#[test]
fn the_nearest_of_another_layer_is_the_one_that_pyproj_finds() {
    let (city, _server) = buildings();
    let seed = seed();
    let mut dice = Dice::new(seed);
    let all = city.urbis(&["query", "buildings", "--out", "buildings.geojson"]).expect_done();
    assert!(all.stdout.is_empty());
    let features: Value =
        serde_json::from_slice(&std::fs::read(city.folder().join("buildings.geojson")).expect("a file")).expect("GeoJSON");
    let places: Vec<(f64, f64)> = (0..if soak() { 200 } else { 40 })
        .map(|_| {
            let (lon, lat, _) = somewhere(&mut dice, &features);
            (lon + dice.between(-0.01, 0.01), lat + dice.between(-0.01, 0.01))
        })
        .collect();
    let rows: String = places.iter().map(|(lon, lat)| format!("{lon},{lat}\n")).collect();
    city.import(&city.write("places.csv", format!("lon,lat\n{rows}")), "places", &["--crs", "EPSG:4490"]).expect_done();
    let answer = city.urbis(&["query", "places", "--nearest-of", "buildings"]).expect_done().stdout;
    let answer: Value = serde_json::from_str(&answer).expect("GeoJSON");
    let found: Vec<(u64, f64)> = answer["features"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|feature| &feature["properties"])
        .map(|facts| (facts["nearest_id"].as_u64().expect("an id"), facts["nearest_m"].as_f64().expect("metres")))
        .collect();
    assert_eq!(found.len(), places.len());
    let ask = |((lon, lat), (id, _)): (&(f64, f64), &(u64, f64))| json!({ "lon": lon, "lat": lat, "k": 1, "given": [id] });
    let questions: Vec<Value> = places.iter().zip(&found).map(ask).collect();
    let job = json!({ "features": city.folder().join("buildings.geojson"), "questions": questions });
    let Some(answers) = oracle::python("answers", &[], &job) else { return };
    for ((_, metres), answer) in found.iter().zip(answers.as_array().expect("answers")) {
        let [best, given] = ["best", "given"].map(|which| answer[which][0].as_f64().expect("metres"));
        assert!((given - best).abs() < 0.001 && (metres - best).abs() < 0.001, "{metres} m and {answer}, seed {seed}");
    }
}
