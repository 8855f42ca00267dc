//! Files that are broken, processes that are killed, imports that collide: a message each, and nothing stored before is changed.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use serde_json::Value;
use urbis_tests::{
    City, Dice, Outcome, artefacts, fixture, helsinki,
    import::{adds_up, behaved, misbehaviour},
    run, seed, shared_data, soak, tool, urbis,
};

/// What `urbis info` says of a layer: its version and count.
fn state(city: &City) -> (u64, u64) {
    let info: Value = serde_json::from_str(&city.urbis(&["info", "--json"]).expect_done().stdout).expect("JSON");
    let layer = info["layers"]
        .as_array()
        .expect("a list")
        .iter()
        .find(|layer| layer["name"] == "buildings")
        .expect("it is there")
        .clone();
    (layer["version"].as_u64().expect("a version"), layer["count"].as_u64().expect("a count"))
}

#[test]
fn an_import_killed_at_any_moment_leaves_the_version_before() {
    let city = City::empty();
    let (small, big) =
        (fixture("bubenec.gpkg"), shared_data("buildings/liechtenstein.gpkg").unwrap_or_else(|| fixture("bubenec.gpkg")));
    city.import(&small, "buildings", &["--source-layer", "buildings", "--kind", "building"]).expect_done();
    let big_layer: &[&str] = if big == small { &["--source-layer", "tessellation"] } else { &[] };
    let whole = City::empty();
    let started = Instant::now();
    whole.import(&big, "buildings", &[&["--kind", "building"], big_layer].concat()).expect_done();
    let full_secs = started.elapsed().as_secs_f64();
    let full = whole.count("buildings", &[]);

    let mut dice = Dice::new(seed());
    let (mut version, mut count) = state(&city);
    let mut killed = 0;
    for round in 0..if soak() { 50 } else { 10 } {
        let mut import = Command::new(urbis())
            .args(["import", big.to_str().expect("UTF-8"), "--layer", "buildings", "--kind", "building"])
            .args(big_layer)
            .current_dir(city.folder())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("urbis starts");
        std::thread::sleep(Duration::from_secs_f64(dice.between(0.0, full_secs)));
        let _ = import.kill();
        killed += u32::from(import.wait().expect("it ends").code().is_none());
        let (now, found) = state(&city);
        if now == version {
            assert_eq!(found, count, "round {round}: half an import is visible");
        } else {
            assert_eq!((now > version, found), (true, full), "round {round}: a new version must be whole");
        }
        (version, count) = (now, found);
        assert_eq!(city.count("buildings", &[]), count, "round {round}");
    }
    assert!(killed > 0, "no import was killed in time");
    if tool("ogrinfo", "the city file after kill -9") {
        run("ogrinfo", ["-so", "city.gpkg", "buildings"], city.folder()).expect_done();
    }
    // What the killed ones left behind is in nobody's way.
    city.import(&small, "buildings", &["--source-layer", "buildings", "--kind", "building"]).expect_done();
    assert_eq!(city.count("buildings", &[]), 144);
}

#[test]
fn two_imports_at_once_both_arrive_or_one_says_why() {
    let city = City::empty();
    city.import(&fixture("bubenec.gpkg"), "buildings", &["--source-layer", "buildings", "--kind", "building"]).expect_done();
    std::thread::scope(|scope| {
        let both = ["plots", "streets"].map(|layer| {
            let city = &city;
            scope.spawn(move || {
                let file = fixture("bubenec.gpkg");
                let outcome = city.urbis(&["import", file.to_str().expect("UTF-8"), "--layer", layer, "--source-layer", layer]);
                (layer, outcome)
            })
        });
        for thread in both {
            let (layer, outcome) = thread.join().expect("the import ran");
            match outcome.code {
                Some(0) => assert!(city.count(layer, &[]) > 0),
                Some(1) => assert!(!outcome.stderr.is_empty()),
                _ => panic!("{layer}: {outcome:?}"),
            }
        }
    });
    assert_eq!(city.count("buildings", &[]), 144);
}

/// A polygon feature with this ring, in GeoJSON.
fn polygon(ring: &str) -> String {
    format!(r#"{{"type":"Feature","properties":{{"name":"a"}},"geometry":{{"type":"Polygon","coordinates":[[{ring}]]}}}}"#)
}

fn collection(features: &str) -> String {
    format!(r#"{{"type":"FeatureCollection","features":[{features}]}}"#)
}

const SQUARE: &str = "[9.5,47.1],[9.6,47.1],[9.6,47.2],[9.5,47.2],[9.5,47.1]";

/// A broken file: name, content, further arguments and the exit codes that are right.
type Broken = (&'static str, Vec<u8>, &'static [&'static str], &'static [i32]);

/// Broken files made here, so that a clone alone has them.
fn broken_files() -> Vec<Broken> {
    let good = polygon(SQUARE);
    let gpkg = fs::read(fixture("bubenec.gpkg")).expect("the fixture is there");
    let pbf = fs::read(helsinki()).expect("the extract is there");
    let lonlat: &[&str] = &["--crs", "EPSG:4326"];
    let many = |count: usize| (0..count).map(|n| format!("[{},{}]", 9.5 + n as f64 * 1e-9, 47.1)).collect::<Vec<_>>().join(",");
    let mut files: Vec<Broken> = vec![
        ("empty.geojson", Vec::new(), &[], &[1]),
        ("empty.gpkg", Vec::new(), &[], &[1]),
        ("empty.osm.pbf", Vec::new(), &[], &[1]),
        ("empty.csv", Vec::new(), lonlat, &[1]),
        ("zeros.shp", vec![0; 4096], lonlat, &[1]),
        ("noise.fgb", (0..10_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect(), &[], &[1]),
        ("half.gpkg", gpkg[..gpkg.len() / 2].to_vec(), &["--source-layer", "buildings"], &[1, 3]),
        ("head.gpkg", gpkg[..100].to_vec(), &[], &[1]),
        ("really-a-geopackage.geojson", gpkg.clone(), &[], &[0, 1]),
        ("really-geojson.shp", good.clone().into_bytes(), &[], &[0, 1]),
        ("array.json", format!("[{good}]").into_bytes(), &[], &[0, 1]),
        ("cut.geojson", collection(&good).into_bytes()[..150].to_vec(), &[], &[1, 3]),
        ("bom.geojson", [b"\xef\xbb\xbf", collection(&good).as_bytes()].concat(), &[], &[0]),
        ("no-features.geojson", collection("").into_bytes(), &[], &[0, 1]),
        (
            "null-geometry.geojson",
            collection(r#"{"type":"Feature","properties":{},"geometry":null}"#).into_bytes(),
            &[],
            &[0, 1, 3],
        ),
        ("nan.geojson", collection(&polygon("[NaN,47],[9.6,47],[9.6,48],[NaN,47]")).into_bytes(), &[], &[1, 3]),
        ("infinite.geojson", collection(&polygon("[1e999,47],[9.6,47],[9.6,48],[1e999,47]")).into_bytes(), &[], &[1, 3]),
        ("latitude-95.geojson", collection(&polygon("[9,95],[9.6,95],[9.6,94],[9,95]")).into_bytes(), &[], &[1, 3]),
        (
            "swapped.geojson",
            collection(&polygon("[31.9,121.1],[31.9,121.2],[32.0,121.2],[31.9,121.1]")).into_bytes(),
            &[],
            &[1, 3],
        ),
        (
            "metres-said-degrees.geojson",
            collection(&polygon("[500000,3500000],[500100,3500000],[500100,3500100],[500000,3500000]")).into_bytes(),
            &[],
            &[1, 3],
        ),
        ("unclosed.geojson", collection(&polygon("[9.5,47.1],[9.6,47.1],[9.6,47.2],[9.5,47.2]")).into_bytes(), &[], &[0, 3]),
        (
            "bow-tie.geojson",
            collection(&polygon("[9.5,47.1],[9.6,47.2],[9.6,47.1],[9.5,47.2],[9.5,47.1]")).into_bytes(),
            &[],
            &[0, 3],
        ),
        ("zero-area.geojson", collection(&polygon("[9.5,47.1],[9.6,47.1],[9.5,47.1],[9.5,47.1]")).into_bytes(), &[], &[1]),
        ("one-point-ring.geojson", collection(&polygon("[9.5,47.1]")).into_bytes(), &[], &[1, 3]),
        ("same-twice.geojson", collection(&format!("{good},{good}")).into_bytes(), &[], &[0, 3]),
        (
            "mixed.geojson",
            collection(&format!(
                r#"{good},{{"type":"Feature","properties":{{}},"geometry":{{"type":"Point","coordinates":[9.5,47.1]}}}}"#
            ))
            .into_bytes(),
            &[],
            &[0, 1, 3],
        ),
        (
            "same-id.csv",
            b"lon,lat,id\n9.5,47.1,7\n9.6,47.1,7\n".to_vec(),
            &["--crs", "EPSG:4326", "--id-column", "id"],
            &[0, 1, 3],
        ),
        ("no-such-id.csv", b"lon,lat,id\n9.5,47.1,7\n".to_vec(), &["--crs", "EPSG:4326", "--id-column", "ident"], &[1]),
        ("no-coordinates.csv", b"a,b\n1,2\n".to_vec(), lonlat, &[1]),
        ("words-for-numbers.csv", b"lon,lat\neast,north\n9.5,47.1\n".to_vec(), lonlat, &[1, 3]),
        ("ragged.csv", b"lon,lat,a\n9.5,47.1\n9.5,47.1,1,2,3\n\"9.5,47.1\n".to_vec(), lonlat, &[0, 1, 3]),
        (
            "gbk.csv",
            b"lon,lat,\xc3\xfb\xb3\xc6\n121.1,31.9,\xba\xa3\xc3\xc5\n".to_vec(),
            &["--crs", "EPSG:4326", "--encoding", "GBK"],
            &[0],
        ),
        ("no-crs.csv", b"x,y\n500000,3500000\n".to_vec(), &[], &[1]),
        (
            "attribute-of-17-mb.geojson",
            collection(&good.replace(r#""a""#, &format!("\"{}\"", "a".repeat(17 << 20)))).into_bytes(),
            &[],
            &[1, 3],
        ),
        (
            "polygon-of-1.1-million-vertices.geojson",
            collection(&polygon(&format!("{},[9.6,47.2],[9.5,47.1]", many(1_100_000)))).into_bytes(),
            &[],
            &[1, 3],
        ),
        ("deep.geojson", "[".repeat(100_000).into_bytes(), &[], &[1]),
    ];
    files.push(("cut.osm.pbf", pbf[..pbf.len() / 2].to_vec(), &["--kind", "building"], &[1, 3]));
    files
}

#[test]
fn broken_files_cost_a_message_and_nothing_else() {
    let city = City::empty();
    city.import(&fixture("bubenec.gpkg"), "buildings", &["--source-layer", "buildings", "--kind", "building"]).expect_done();
    let stored = city.urbis(&["query", "buildings"]).expect_done().stdout;
    let mut wrong = Vec::new();
    let mut table = String::from("| file | exit | seconds | MiB | said |\n|---|---|---|---|---|\n");
    for (number, (name, content, arguments, codes)) in broken_files().into_iter().enumerate() {
        let file = city.write(name, content);
        let outcome = city.import(&file, &format!("h{number}"), arguments);
        table += &row(name, &outcome);
        if !outcome.code.is_some_and(|code| codes.contains(&code)) {
            wrong.push(format!("{name}: exit {:?} instead of {codes:?}: {}{}", outcome.code, outcome.stdout, outcome.stderr));
            continue;
        }
        behaved(&outcome, name);
        if city.folder().join("report.json").exists() {
            adds_up(&city.report());
        }
        // What is at fault is named: the file, or the argument given with it.
        let named = outcome.code != Some(1) || [&[name], arguments].concat().iter().any(|word| outcome.stderr.contains(word));
        if !named {
            wrong.push(format!("{name}: the message does not say what is at fault: {}", outcome.stderr));
        }
        fs::remove_file(file).expect("it was there");
    }
    fs::write(artefacts().join("hostile-fixtures.md"), table).expect("the table can be kept");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(city.urbis(&["query", "buildings"]).expect_done().stdout, stored, "what was stored before has changed");
}

fn row(name: &str, outcome: &Outcome) -> String {
    let words = if outcome.code == Some(1) { &outcome.stderr } else { &outcome.stdout };
    let words: String = words.split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "\\|").chars().take(160).collect();
    let code = outcome.code.map_or_else(|| "signal".to_owned(), |code| code.to_string());
    format!("| {name} | {code} | {:.1} | {} | {words} |\n", outcome.elapsed.as_secs_f64(), outcome.peak_kib / 1024)
}

#[test]
fn shapefiles_that_lost_a_part_are_refused_or_read_never_guessed() {
    if !tool("ogr2ogr", "Shapefiles without .shx, .dbf or .prj") {
        return;
    }
    for (lost, codes) in [("shx", &[0, 1][..]), ("dbf", &[0, 1]), ("prj", &[1]), ("shp", &[1])] {
        let city = City::empty();
        let gpkg = fixture("bubenec.gpkg");
        run("ogr2ogr", ["b.shp", gpkg.to_str().expect("UTF-8"), "buildings"], city.folder()).expect_done();
        fs::remove_file(city.folder().join("b").with_extension(lost)).expect("it was there");
        let outcome = city.import(&city.folder().join("b.shp"), "buildings", &["--kind", "building"]);
        behaved(&outcome, lost);
        assert!(outcome.code.is_some_and(|code| codes.contains(&code)), "without .{lost}: {outcome:?}");
        if outcome.code == Some(0) {
            assert_eq!(city.count("buildings", &[]), 144, "without .{lost}");
        }
    }
}

/// Each file below a folder, archives unpacked.
fn files_below(folder: &Path, files: &mut Vec<PathBuf>) {
    let mut entries: Vec<_> = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            files_below(&path, files);
        } else {
            files.push(path);
        }
    }
}

#[test]
fn every_hostile_file_of_the_collection_has_a_stated_outcome() {
    let Some(folder) = shared_data("hostile") else { return };
    let city = City::empty();
    city.import(&fixture("bubenec.gpkg"), "buildings", &["--source-layer", "buildings", "--kind", "building"]).expect_done();
    let stored = city.urbis(&["query", "buildings"]).expect_done().stdout;
    let unpacked = city.folder().join("hostile");
    fs::create_dir(&unpacked).expect("a folder");
    let mut files = Vec::new();
    files_below(&folder, &mut files);
    for archive in files {
        let name = archive.file_name().expect("a name").to_string_lossy().into_owned();
        match name.strip_suffix(".tar.gz") {
            None => drop(fs::copy(&archive, unpacked.join(name)).expect("a copy")),
            Some(stem) => {
                fs::create_dir(unpacked.join(stem)).expect("a folder");
                run("tar", ["-xzf", archive.to_str().expect("UTF-8"), "-C", stem], &unpacked).expect_done();
            }
        }
    }
    let mut files = Vec::new();
    files_below(&unpacked, &mut files);
    let mut dice = Dice::new(seed());
    let mut table = String::from("| file | exit | seconds | MiB | said |\n|---|---|---|---|---|\n");
    let mut outcomes = BTreeMap::<_, u32>::new();
    let mut wrong = Vec::new();
    for (number, file) in files.iter().enumerate() {
        // A tenth of them in an ordinary run, another tenth with another seed.
        if !soak() && dice.below(10) != 0 {
            continue;
        }
        let name = file.strip_prefix(&unpacked).expect("below").display().to_string();
        let outcome = city.import(file, &format!("h{number}"), &[]);
        table += &row(&name, &outcome);
        *outcomes.entry(outcome.code).or_default() += 1;
        if let Some(complaint) = misbehaviour(&outcome) {
            wrong.push(format!("{name}: {complaint}"));
        } else if city.folder().join("report.json").exists() {
            adds_up(&city.report());
        }
    }
    writeln!(table, "\nexit codes: {outcomes:?}").expect("to a string");
    fs::write(artefacts().join("hostile-collection.md"), table).expect("the table can be kept");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(city.urbis(&["query", "buildings"]).expect_done().stdout, stored, "what was stored before has changed");
}
