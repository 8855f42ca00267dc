//! From file to answer: counts equal other readers', versions switch whole, and nobody's name gets in.

use std::{
    collections::BTreeMap,
    ffi::OsStr,
    fmt::Write as _,
    fs,
    io::{BufWriter, Write as _},
    path::PathBuf,
};

use serde_json::Value;
use urbis_tests::{
    City, fixture, helsinki,
    import::{adds_up, behaved},
    oracle, shared_data, soak,
};

#[test]
fn counts_areas_and_extents_equal_pyogrios_and_shapelys() {
    let mut sources: Vec<(PathBuf, Option<&str>, &[&str])> = vec![
        (fixture("bubenec.gpkg"), Some("buildings"), &["--source-layer", "buildings"]),
        (fixture("bubenec.gpkg"), Some("plots"), &["--source-layer", "plots"]),
    ];
    for (name, arguments) in [
        ("buildings/liechtenstein.gpkg", &[][..]),
        ("buildings/nyc_lower_manhattan/buildings.shp", &[]),
        ("buildings/eminence_buildings.geojson", &[]),
        ("buildings/osm-buildings-3857-ch-sample.fgb", &[]),
    ] {
        sources.extend(shared_data(name).map(|file| (file, None, arguments)));
    }
    for (file, layer, arguments) in sources {
        let city = City::empty();
        let outcome = city.import(&file, "buildings", &[&["--kind", "building"], arguments].concat());
        behaved(&outcome, &file.display().to_string());
        let report = city.report();
        adds_up(&report);
        let arguments: Vec<&OsStr> = [Some(file.as_os_str()), layer.map(OsStr::new)].into_iter().flatten().collect();
        let Some(source) = oracle::python("source", &arguments, &Value::Null) else { return };
        assert_eq!(report["read"], source["count"], "{}", file.display());
        assert_eq!(report["quarantined"], 0, "{report}");
        assert_eq!(city.count("buildings", &[]), source["count"].as_u64().expect("a count"), "{}", file.display());

        let out = city.folder().join("out.geojson");
        city.urbis(&["query", "buildings", "--out", "out.geojson"]).expect_done();
        let Some(kept) = oracle::python("source", &[out.as_os_str()], &Value::Null) else { return };
        assert_eq!(kept["invalid"], 0, "{}", file.display());
        let (before, after) = (source["area_m2"].as_f64().expect("m²"), kept["area_m2"].as_f64().expect("m²"));
        assert!((before - after).abs() < before * 1e-6, "{}: {before} m² became {after} m²", file.display());
        for corner in 0..4 {
            let gap = source["bounds"][corner].as_f64().expect("degrees") - kept["bounds"][corner].as_f64().expect("degrees");
            assert!(gap.abs() < 1e-7, "{}: {} and {}", file.display(), source["bounds"], kept["bounds"]);
        }
    }
}

#[test]
fn four_shapefiles_in_a_zip_make_one_layer() {
    let Some(file) = shared_data("buildings/tiled_footprints.zip") else { return };
    let city = City::empty();
    let refused = city.import(&file, "buildings", &["--kind", "building"]);
    assert_eq!(refused.code, Some(1), "no .prj and no --crs must not be guessed: {refused:?}");
    assert!(refused.stderr.contains("--crs"), "{}", refused.stderr);
    let outcome = city.import(&file, "buildings", &["--kind", "building", "--crs", "EPSG:4326"]);
    behaved(&outcome, "tiled_footprints.zip");
    adds_up(&city.report());
    assert_eq!(city.count("buildings", &[]), 41_023);
}

#[test]
fn openstreetmap_arrives_layer_by_layer() {
    // Helsinki's extract is cut at its edge, so some of its areas lack corners and are quarantined; Liechtenstein's is whole.
    let mut files = vec![(helsinki(), None)];
    files.extend(shared_data("osm/liechtenstein.osm.pbf").map(|file| (file, Some(14_035))));
    for (file, expected) in files {
        let city = City::empty();
        for kind in ["road", "water", "building"] {
            let outcome = city.import(&file, kind, &["--kind", kind]);
            behaved(&outcome, &format!("{} as {kind}", file.display()));
            adds_up(&city.report());
            assert!(city.count(kind, &[]) > 0, "{} has no {kind}", file.display());
        }
        let arguments = [file.as_os_str(), OsStr::new("multipolygons"), OsStr::new("building is not null")];
        let Some(source) = oracle::python("source", &arguments, &Value::Null) else { return };
        let report = city.report();
        assert_eq!(report["read"], source["count"], "{}", file.display());
        let kept = report["imported"].as_u64().zip(report["repaired"].as_u64()).map(|(imported, repaired)| imported + repaired);
        assert_eq!(Some(city.count("building", &[])), kept, "{}", file.display());
        if let Some(expected) = expected {
            assert_eq!(city.count("building", &[]), expected, "{}", file.display());
        }
    }
}

/// What `urbis info` says of the city's first layer.
fn info(city: &City) -> Value {
    let info: Value = serde_json::from_str(&city.urbis(&["info", "--json"]).expect_done().stdout).expect("JSON");
    info["layers"][0].clone()
}

#[test]
fn many_small_features_cost_no_more_memory_than_few() {
    // Sorting goes to disk from 1.4 million keys on, which the soak passes; past that nothing may grow.
    let features: u64 = if soak() { 10_000_000 } else { 150_000 };
    let most_mib = if soak() { 500 } else { 200 };
    let city = City::empty();
    let path = city.folder().join("points.csv");
    let mut file = BufWriter::new(fs::File::create(&path).expect("a file"));
    writeln!(file, "key,lon,lat").expect("it can be written");
    for row in 0..features {
        // Each hundredth has the key of the one before.
        let key = row - u64::from(row % 100 == 99);
        let (lon, lat) = (121.0 + (row * 7919 % 500_009) as f64 / 1e6, 31.7 + (row * 104_729 % 400_009) as f64 / 1e6);
        writeln!(file, "P{key:08},{lon:.6},{lat:.6}").expect("it can be written");
    }
    file.into_inner().expect("it can be written");
    for (step, more, count) in
        [("first", None, features), ("by its ids again", None, features), ("appended", Some("--append"), 2 * features)]
    {
        let arguments: Vec<&str> = ["--crs", "EPSG:4490", "--id-column", "key"].into_iter().chain(more).collect();
        let outcome = city.import(&path, "points", &arguments).expect_done();
        assert_eq!(info(&city)["count"], count, "{step}");
        assert!(outcome.peak_kib <= most_mib * 1024, "{step}: {} MiB for {features} features", outcome.peak_kib / 1024);
        assert!(outcome.stdout.contains(&(features / 100).to_string()), "{step}: keys used twice are told: {}", outcome.stdout);
    }
}

#[test]
fn a_layer_changes_whole_and_the_version_before_stays() {
    let city = City::empty();
    let file = fixture("bubenec.gpkg");
    city.import(&file, "buildings", &["--source-layer", "buildings", "--kind", "building", "--id-column", "uID"]).expect_done();
    let key = |more: &[&str]| -> BTreeMap<String, u64> {
        let page = city.urbis(&[&["query", "buildings"], more].concat()).expect_done().stdout;
        let page: Value = serde_json::from_str(&page).expect("GeoJSON");
        let features = page["features"].as_array().expect("a list");
        features.iter().map(|f| (f["properties"]["source_id"].to_string(), f["id"].as_u64().expect("an id"))).collect()
    };
    let before = key(&[]);
    city.import(&file, "buildings", &["--source-layer", "tessellation", "--kind", "building", "--id-column", "uID"])
        .expect_done();
    let after = key(&[]);
    for (source_id, id) in &before {
        assert_eq!(after.get(source_id), Some(id), "feature {source_id} has another id after its re-import");
    }
    assert_eq!(key(&["--version", "1"]), before);

    city.import(&file, "buildings", &["--source-layer", "tessellation", "--kind", "building", "--append"]).expect_done();
    assert_eq!(city.count("buildings", &[]), 2 * after.len() as u64, "--append adds");
    let title = || info(&city)["title"].clone();
    let before = title();
    let more = r#"{"type":"Polygon","coordinates":[[[14.40,50.10],[14.41,50.10],[14.41,50.11],[14.40,50.10]]]}"#;
    let more = city.write("more.geojson", format!(r#"{{"type":"Feature","properties":{{}},"geometry":{more}}}"#));
    city.import(&more, "buildings", &["--kind", "building", "--append"]).expect_done();
    assert_eq!(title(), before, "one more file must not rename the layer");
    let metadata = city.write("layer.toml", "title = \"布贝内奇\"\n");
    let said = ["--kind", "building", "--append", "--metadata", metadata.to_str().expect("UTF-8")];
    city.import(&more, "buildings", &said).expect_done();
    assert_eq!(title(), "布贝内奇", "a person may");
    assert_eq!(city.count("buildings", &[]), 2 * after.len() as u64 + 2);
    let refused = city.import(&file, "buildings", &["--source-layer", "streets", "--kind", "road"]);
    assert_eq!(refused.code, Some(1), "a layer keeps its kind: {refused:?}");
    assert!(refused.stderr.contains("building") && refused.stderr.contains("road"), "{}", refused.stderr);
}

/// An 18-digit identity number with its right check digit (GB 11643): weights 7 9 10 5 8 4 2 1 6 3 7 9 10 5 8 4 2, modulo 11.
fn identity_number(birth: u32, serial: u32) -> String {
    let digits = format!("320614{birth:08}{serial:03}");
    let weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let sum: u32 = digits.chars().zip(weights).map(|(digit, weight)| digit.to_digit(10).expect("a digit") * weight).sum();
    format!("{digits}{}", b"10X98765432"[sum as usize % 11] as char)
}

#[test]
fn identity_numbers_and_names_of_people_never_get_in() {
    let city = City::empty();
    let mut csv = String::from("lon,lat,code,户主姓名,note,phone_no\n");
    let mut secrets = Vec::new();
    for row in 0..200_u32 {
        let (number, name, mobile) =
            (identity_number(19_800_101 + row % 28, row), format!("张三{row}"), format!("1380013{row:04}"));
        writeln!(csv, "{},{},S{row},{name},{number},{mobile}", 121.1 + f64::from(row) / 1e4, 31.9).expect("to a string");
        secrets.extend([number, name, mobile]);
    }
    let file = city.write("people.csv", csv);
    let outcome = city.import(&file, "stations", &["--kind", "station", "--crs", "EPSG:4326"]);
    behaved(&outcome, "people.csv");
    assert_eq!(city.count("stations", &[]), 200, "the other columns import");
    let said = format!("{}{}{}", outcome.stdout, outcome.stderr, city.report());
    for column in ["户主姓名", "note", "phone_no"] {
        assert!(said.contains(column), "the report does not name the dropped column {column}: {said}");
    }
    // Not in an answer, nor anywhere in the file's bytes, its log included; nor repeated by the report.
    let answer = city.urbis(&["query", "stations", "--format", "csv"]).expect_done().stdout;
    assert!(answer.contains("S199"), "{answer}");
    let mut bytes = answer.into_bytes();
    bytes.extend(said.into_bytes());
    for name in ["city.gpkg", "city.gpkg-wal"] {
        bytes.extend(fs::read(city.folder().join(name)).unwrap_or_default());
    }
    for secret in secrets {
        assert!(!bytes.windows(secret.len()).any(|window| window == secret.as_bytes()), "{secret} was kept");
    }
    let server = city.serve();
    let privacy = server.get("/privacy");
    assert_eq!(privacy.status, 200);
    assert!(privacy.header("content-type").starts_with("text/html"));
    let api = server.get("/api").text().to_lowercase();
    for word in ["/person", "/people", "/resident", "/citizen", "/household"] {
        assert!(!api.contains(word), "the API has a route {word}");
    }
}
