//! The command line as a person or a script meets it: words, exit codes, stdout for results and stderr for the rest.

use std::{fs, path::Path};

use serde_json::Value;
use urbis_tests::{City, fixture, helsinki, repository, run, urbis};

#[test]
fn every_command_explains_itself_with_an_example() {
    let city = City::empty();
    let help = city.urbis(&["--help"]).expect_done();
    for command in ["demo", "import", "info", "query", "serve", "completions"] {
        assert!(help.stdout.contains(command), "urbis --help does not name {command}");
        let help = city.urbis(&[command, "--help"]).expect_done();
        assert!(help.stdout.contains("Example"), "urbis {command} --help shows no example");
        assert!(help.stderr.is_empty(), "help belongs on stdout");
    }
}

#[test]
fn wrong_usage_exits_with_2_and_changes_nothing() {
    let city = City::empty();
    for arguments in [
        &["fly"][..],
        &["import"],
        &["import", "a.gpkg"],
        &["import", "a.gpkg", "--layer", "Not a name"],
        &["import", "a.gpkg", "--layer", "a", "--kind", "spaceship"],
        &["import", "a.gpkg", "--layer", "a", "--crs", "EPSG:banana"],
        &["import", "a.gpkg", "--layer", "a", "--encoding", "KLINGON"],
        &["query"],
        &["query", "a", "--bbox", "1,2,3"],
        &["query", "a", "--bbox", "nan,2,3,4"],
        &["query", "a", "--near", "1,2"],
        &["query", "a", "--near", "1,91", "--radius-m", "5"],
        &["query", "a", "--near", "1,2", "--radius-m", "-5"],
        &["query", "a", "--bbox", "1,2,3,4", "--nearest", "1,2"],
        &["query", "a", "--format", "papyrus"],
        &["query", "a", "--encoding", "KLINGON"],
        &["serve", "--listen", "nowhere"],
        &["serve", "--listen", "127.0.0.1"],
        &["query", "a", "--format", "csv", "--encoding", "nope"],
        &["query", "a", "--format", "geojson", "--encoding", "GBK"],
    ] {
        let outcome = city.urbis(arguments);
        assert_eq!(outcome.code, Some(2), "{arguments:?}: {outcome:?}");
        assert!(!outcome.stderr.is_empty() && outcome.stdout.is_empty(), "{arguments:?}: {outcome:?}");
    }
    assert!(!city.file().exists(), "a refused command made a city file");
}

#[test]
fn what_is_not_there_exits_with_1_and_is_named() {
    let city = City::empty();
    let outcome = city.urbis(&["info"]);
    assert_eq!(outcome.code, Some(1), "{outcome:?}");
    assert!(outcome.stderr.contains("city.gpkg"), "{}", outcome.stderr);

    let outcome = city.urbis(&["serve", "--city", "mistyped.gpkg", "--listen", "127.0.0.1:0"]);
    assert_eq!(outcome.code, Some(1), "{outcome:?}");
    assert!(outcome.stderr.contains("mistyped.gpkg"), "{}", outcome.stderr);
    assert!(!city.folder().join("mistyped.gpkg").exists(), "a mistyped name makes no city");

    let outcome = city.urbis(&["import", "absent.gpkg", "--layer", "buildings"]);
    assert_eq!(outcome.code, Some(1), "{outcome:?}");
    assert!(outcome.stderr.contains("absent.gpkg"), "{}", outcome.stderr);

    city.import(&fixture("bubenec.gpkg"), "buildings", &["--source-layer", "buildings", "--kind", "building"]).expect_done();
    let outcome = city.urbis(&["query", "sewers", "--format", "count"]);
    assert_eq!(outcome.code, Some(1), "{outcome:?}");
    assert!(outcome.stderr.contains("sewers"), "{}", outcome.stderr);
}

#[test]
fn a_wrong_value_that_only_the_layer_or_the_source_tells_is_wrong_usage_too() {
    let city = City::empty();
    let file = city.write("a.csv", "lon,lat\n24.9,60.1\n");
    let import = |encoding| city.import(&file, "a", &["--crs", "EPSG:4490", "--encoding", encoding]);
    let outcome = import("nope");
    assert_eq!(outcome.code, Some(2), "{outcome:?}");
    assert!(outcome.stderr.contains("\"nope\" is no known encoding"), "{}", outcome.stderr);
    import("UTF-8").expect_done();
    for filter in ["colour = 'red'", "colour = "] {
        let outcome = city.urbis(&["query", "a", "--filter", filter]);
        assert_eq!(outcome.code, Some(2), "{outcome:?}");
        assert!(outcome.stderr.contains("--filter can't be used"), "{}", outcome.stderr);
    }
    let outcome = city.urbis(&["query", "a", "--filter", "colour = 'red'"]);
    assert!(outcome.stderr.contains("colour"), "a filter's unknown column is named: {}", outcome.stderr);
}

#[test]
fn what_is_read_is_never_written() {
    let city = City::empty();
    let text = "lon,lat,id\n24.9,60.1,7\n";
    let file = city.write("a.csv", text);
    let import = |report| city.urbis(&["import", "a.csv", "--layer", "a", "--crs", "EPSG:4490", "--report", report]);
    let outcome = import("a.csv");
    assert_eq!(outcome.code, Some(1), "{outcome:?}");
    assert!(outcome.stderr.contains("a.csv is read and can't be written"), "{}", outcome.stderr);
    assert!(!city.file().exists());
    assert_eq!(fs::read_to_string(&file).expect("a file"), text);

    let report = import("-").expect_done();
    let report: Value = serde_json::from_str(&report.stdout).expect("--report - prints the report, and nothing else");
    assert_eq!(report["read"], 1);

    let area = r#"{"type":"Polygon","coordinates":[[[24,60],[25,60],[25,61],[24,61],[24,60]]]}"#;
    let path = city.write("area.json", area);
    for option in ["--within", "--intersects"] {
        let outcome = city.urbis(&["query", "a", option, "area.json", "--out", "./area.json"]);
        assert_eq!(outcome.code, Some(1), "{outcome:?}");
        assert!(outcome.stderr.contains("area.json is read and can't be written"), "{}", outcome.stderr);
    }
    assert_eq!(fs::read_to_string(&path).expect("a file"), area);

    let csv = city.urbis(&["query", "a", "--within", "area.json", "--format", "csv", "--out", "-"]).expect_done();
    assert_eq!(csv.stdout, "id,id_1,geometry\r\n1,7,POINT (24.9 60.1)\r\n");
    assert!(!city.folder().join("-").exists());
    let outcome = city.urbis(&["query", "a", "--format", "gpkg", "--out", "-"]);
    assert_eq!(outcome.code, Some(1), "{outcome:?}");
}

#[test]
fn tables_leave_in_the_encoding_that_was_asked_for() {
    let city = City::empty();
    let file = city.write("a.csv", "lon,lat,name\n24.9,60.1,海门\n24.8,60.1,𠮷\n");
    city.import(&file, "a", &["--crs", "EPSG:4490"]).expect_done();
    let query = |filter: &str, encoding: &str| {
        city.urbis(&["query", "a", "--format", "csv", "--filter", filter, "--encoding", encoding, "--out", "out.csv"])
    };
    query("name = '海门'", "GBK").expect_done();
    let written = fs::read(city.folder().join("out.csv")).expect("a file");
    let expected = [&b"id,name,geometry\r\n1,"[..], &[0xba, 0xa3, 0xc3, 0xc5], b",POINT (24.9 60.1)\r\n"].concat();
    assert_eq!(written, expected);
    // A name that would be lost is not: the file stays as it was.
    let outcome = query("name <> ''", "GBK");
    assert_eq!(outcome.code, Some(1), "{outcome:?}");
    assert!(outcome.stderr.contains("GBK has no '𠮷'"), "{}", outcome.stderr);
    assert_eq!(fs::read(city.folder().join("out.csv")).expect("a file"), expected);
}

#[test]
fn a_city_is_read_where_nothing_can_be_written() {
    use std::os::unix::fs::PermissionsExt;
    let city = City::empty();
    city.import(&fixture("bubenec.gpkg"), "buildings", &["--source-layer", "buildings", "--kind", "building"]).expect_done();
    let set_mode = |path: &std::path::Path, mode| {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("its owner sets the mode");
    };
    // Root may write anywhere, so it asks as nobody.
    let binary = urbis();
    let mut command = vec!["env", binary.to_str().expect("UTF-8")];
    let is_root = run("id", ["-u"], city.folder()).expect_done().stdout.trim() == "0";
    if is_root {
        command = [&["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"][..], &command[1..]].concat();
    }
    let as_reader = |arguments: &[&str]| run(command[0], command[1..].iter().chain(arguments), city.folder());
    set_mode(&city.file(), 0o444);
    set_mode(city.folder(), 0o555);
    if as_reader(&["--version"]).code != Some(0) {
        urbis_tests::skip("a city that can't be written", "setpriv is absent, or nobody may not run the binary");
        return;
    }
    let count = as_reader(&["query", "buildings", "--format", "count"]).expect_done();
    let info = as_reader(&["info"]).expect_done();
    let import = as_reader(&["import", "city.gpkg", "--source-layer", "buildings", "--layer", "again"]);
    set_mode(city.folder(), 0o755);
    assert_eq!(count.stdout.trim(), "144");
    assert!(info.stdout.contains("buildings"), "{}", info.stdout);
    assert_eq!(import.code, Some(1), "{import:?}");
}

#[test]
fn results_can_be_read_by_a_program() {
    let city = City::empty();
    let report = city.urbis(&[
        "import",
        fixture("bubenec.gpkg").to_str().expect("UTF-8"),
        "--layer",
        "buildings",
        "--source-layer",
        "buildings",
        "--kind",
        "building",
        "--json",
    ]);
    let report: Value = serde_json::from_str(&report.expect_done().stdout).expect("--json prints the report as JSON");
    assert_eq!((&report["read"], &report["imported"]), (&144.into(), &144.into()), "{report}");

    let info: Value =
        serde_json::from_str(&city.urbis(&["info", "--json"]).expect_done().stdout).expect("info --json prints JSON");
    assert_eq!(info["layers"][0]["name"], "buildings", "{info}");
    assert_eq!(info["layers"][0]["count"], 144, "{info}");
    assert!(city.urbis(&["info"]).expect_done().stdout.contains("buildings"));

    assert_eq!(city.count("buildings", &[]), 144);
    let geojson: Value =
        serde_json::from_str(&city.urbis(&["query", "buildings"]).expect_done().stdout).expect("GeoJSON by default");
    assert_eq!(geojson["features"].as_array().map(Vec::len), Some(144));
    let csv = city.urbis(&["query", "buildings", "--format", "csv"]).expect_done().stdout;
    assert_eq!(csv.lines().count(), 145, "a header and a line each");
    assert!(csv.lines().next().is_some_and(|header| header.contains("geometry")), "{}", csv.lines().next().unwrap_or_default());
}

#[test]
fn answers_leave_as_files_that_gdal_reads() {
    if !urbis_tests::tool("ogrinfo", "query --format gpkg and shp") {
        return;
    }
    let city = City::empty();
    city.import(&fixture("bubenec.gpkg"), "buildings", &["--source-layer", "buildings", "--kind", "building"]).expect_done();
    for (format, file) in [("gpkg", "out.gpkg"), ("shp", "out.shp")] {
        city.urbis(&["query", "buildings", "--format", format, "--out", file]).expect_done();
        let ogrinfo = run("ogrinfo", ["-so", "-al", file], city.folder()).expect_done();
        assert!(ogrinfo.stdout.contains("Feature Count: 144"), "{format}: {}", ogrinfo.stdout);
    }
    let longs = city.write("longs.csv", "lon,lat,building_height\n24.9,60.1,3\n25.1,60.3,4\n");
    city.import(&longs, "towers", &["--crs", "EPSG:4490"]).expect_done();
    let outcome = city.urbis(&["query", "towers", "--format", "shp", "--out", "towers.shp"]).expect_done();
    assert!(outcome.stderr.contains("building_height → building_h"), "{}", outcome.stderr);
    assert_eq!(outcome.stderr.lines().count(), 1, "one line, and none of GDAL's own: {}", outcome.stderr);
}

#[test]
fn axes_in_the_wrong_order_are_hinted_at_and_the_result_stays_bare() {
    let city = City::empty();
    let towers = city.write("towers.csv", "lon,lat\n24.9,60.1\n25.1,60.3\n");
    city.import(&towers, "towers", &["--crs", "EPSG:4490"]).expect_done();
    for (place, hint) in [
        (&["--bbox", "60.0,24.8,60.4,25.2"][..], Some("--bbox 24.8,60,25.2,60.4")),
        (&["--near", "60.2,25", "--radius-m", "10"], Some("--near 25,60.2")),
        (&["--bbox", "24.95,60.15,25,60.2"], None),
        (&["--bbox", "1,2,3,4"], None),
        (&["--near", "25,60.2", "--radius-m", "10"], None),
    ] {
        let outcome = city.urbis(&[&["query", "towers", "--format", "count"], place].concat()).expect_done();
        assert_eq!(outcome.stdout, "0\n", "{place:?}");
        match hint {
            Some(hint) => assert!(outcome.stderr.starts_with("hint: ") && outcome.stderr.contains(hint), "{}", outcome.stderr),
            None => assert_eq!(outcome.stderr, "", "{place:?}"),
        }
    }
}

#[test]
fn shells_get_completions() {
    let city = City::empty();
    for shell in ["bash", "zsh", "fish"] {
        let script = city.urbis(&["completions", shell]).expect_done().stdout;
        assert!(script.contains("import") && script.contains("query"), "{shell}: {script}");
        assert!(script.contains("gas_pipe"), "{shell} does not complete --kind");
    }
    assert!(city.urbis(&["import", "--help"]).expect_done().stdout.contains("gas_pipe"), "--kind does not list its values");
}

/// Runs the README's console blocks as one session in a folder that has the repository's files, and finds every line that they show as output. Lines
/// that build or fetch urbis are left out, for this test runs inside them; a line that ends in `&` runs beside the others.
#[test]
fn the_readme_does_what_it_says() {
    let city = City::empty();
    let readme = fs::read_to_string(repository().join("README.md")).expect("README.md is at the root");
    // The page's port may be taken on this machine: a free one stands in for it, in commands and in what they show.
    let free = std::net::TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port").port();
    let readme = readme.replace(":8090", &format!(":{free}"));
    let mut script = String::from("set -eu\nbeside=\ntrap 'kill $beside 2>/dev/null || :' EXIT\n");
    let mut commands = 0;
    let mut shown: Vec<&str> = Vec::new();
    for block in readme.split("```console").skip(1) {
        let block = block.split("```").next().unwrap_or_default();
        shown.extend(block.lines().filter(|line| !line.is_empty() && !line.starts_with("$ ")));
        for command in block.replace("\\\n", " ").lines().filter_map(|line| line.strip_prefix("$ ")) {
            if ["git clone", "cd ", "./run", "DEMO="].iter().any(|start| command.starts_with(start)) {
                continue;
            }
            commands += 1;
            // A server needs a moment before the next line asks it: as long as it takes to answer, a minute at most.
            let answers = format!("curl -s -o /dev/null http://127.0.0.1:{free}/health");
            let wait = format!("\nbeside=\"$beside $!\"\nfor i in $(seq 300); do {answers} && break; sleep 0.2; done");
            let wait = if command.trim_end().ends_with('&') { wait.as_str() } else { "" };
            script += &format!("{command}{wait}\n");
        }
    }
    assert!(commands > 0, "README.md has no commands in ```console blocks");
    for name in ["data", "tests"] {
        std::os::unix::fs::symlink(repository().join(name), city.folder().join(name)).expect("a link");
    }
    let path = urbis().parent().expect("a folder").display().to_string();
    let path = format!("PATH={}:{}", path, std::env::var("PATH").unwrap_or_default());
    let outcome = run("env", [path.as_str(), "sh", "-c", script.as_str()], city.folder());
    assert_eq!(outcome.code, Some(0), "{script}\n---\n{}\n{}", outcome.stdout, outcome.stderr);
    for line in shown {
        assert!(outcome.stdout.contains(line), "the README shows {line:?}, printed was\n{}", outcome.stdout);
    }
}

/// What a layer is called stays; where its data is from is said of the data that is there.
#[test]
fn a_layer_that_is_replaced_keeps_its_title_and_mark_and_says_whose_the_new_data_is() {
    let city = City::empty();
    let point = r#"{"type":"FeatureCollection","features":[{"type":"Feature","properties":{},"geometry":{"type":"Point","coordinates":[121,32]}}]}"#;
    let [first, second] = ["first.geojson", "second.geojson"].map(|name| city.write(name, point));
    let said = "title = \"水井\"\ntitle_en = \"Wells\"\ndate = \"2025-03\"\nlicence = \"内部\"\nvertical_datum = \"废黄河\"\nsimulated = true\n";
    let [said, datum, real] = [
        ("wells.toml", said),
        ("datum.toml", "vertical_datum = \"废黄河\"\n"),
        ("real.toml", "source = \"2026 年普查\"\nsimulated = false\n"),
    ]
    .map(|(name, text)| city.write(name, text).to_str().expect("UTF-8").to_owned());
    let keys = ["title", "title_en", "simulated", "date", "licence", "vertical_datum", "source"];
    let known = |more: &[&str], file: &Path| {
        let report = city.import(file, "wells", more).expect_done().stdout;
        let info: Value = serde_json::from_str(&city.urbis(&["info", "--json"]).expect_done().stdout).expect("JSON");
        (keys.map(|key| info["layers"][0][key].clone()), report)
    };
    let (before, _) = known(&["--metadata", &said], &first);
    let (now, report) = known(&[], &second);
    assert_eq!(now[..3], before[..3]);
    assert_eq!(now[3..5], ["", ""]);
    assert!(
        report.contains("no longer said of the layer: date \"2025-03\", licence \"内部\", vertical datum 废黄河"),
        "{report}"
    );
    let (still, _) = known(&["--metadata", &datum], &second);
    assert_eq!((&still[0], &still[2], &still[5]), (&"水井".into(), &true.into(), &"废黄河".into()));
    let (real, _) = known(&["--metadata", &real], &second);
    assert_eq!((&real[0], &real[2], &real[6]), (&"水井".into(), &false.into(), &"2026 年普查".into()));
}

/// OpenStreetMap's licence asks for its credit wherever the data is, and only there.
#[test]
fn openstreetmap_is_credited_where_its_data_is() {
    let city = City::empty();
    let csv = city.write("roads.csv", "k,wkt\n1,\"LINESTRING(24.94 60.17,24.95 60.17)\"\n");
    let licence = |file: &Path, more: &[&str]| {
        let code = city.import(file, "roads", &[&["--kind", "road", "--crs", "EPSG:4326"], more].concat()).code;
        assert!(matches!(code, Some(0 | 3)), "{code:?}");
        let info: Value = serde_json::from_str(&city.urbis(&["info", "--json"]).expect_done().stdout).expect("JSON");
        info["layers"][0]["licence"].as_str().expect("a text").contains("© OpenStreetMap contributors")
    };
    assert!(!licence(&csv, &[]));
    assert!(licence(&helsinki(), &[]));
    assert!(!licence(&csv, &[]));
    assert!(licence(&helsinki(), &["--append"]));
    assert!(licence(&csv, &["--append", "--id-column", "k"]));
}

#[test]
fn the_run_script_lists_its_commands_from_any_folder() {
    let elsewhere = City::empty();
    let script = repository().join("run");
    let help = run(&script, ["help"], elsewhere.folder()).expect_done().stdout;
    for command in ["demo", "test", "check", "bench", "soak", "clean"] {
        assert!(help.contains(&format!("./run {command}")), "{help}");
    }
    let wrong = run(&script, ["fly"], elsewhere.folder());
    assert_eq!((wrong.code, wrong.stderr), (Some(2), help));
    // A stranger's shell is not bash.
    run("sh", ["-n", script.to_str().expect("UTF-8")], elsewhere.folder()).expect_done();
}

#[test]
fn an_import_that_failed_leaves_no_city_that_it_made() {
    let city = City::empty();
    let misplaced = city.write("misplaced.csv", "lon,lat\n900,900\n");
    let header = city.write("header.csv", "lon,lat,name\n");
    let crs = &["--crs", "EPSG:4490"][..];
    let names = || -> Vec<String> {
        let files = fs::read_dir(city.folder()).expect("the folder is there");
        files.map(|file| file.expect("an entry").file_name().to_string_lossy().into_owned()).collect()
    };
    let outcome = city.import(&misplaced, "places", crs);
    assert_eq!(outcome.code, Some(1), "{outcome:?}");
    assert!(names().iter().all(|name| !name.starts_with("city")), "{:?}", names());
    // A layer without features can be made, and then the city stays, whatever fails after.
    let outcome = city.import(&header, "places", crs).expect_done();
    assert!(outcome.stdout.contains("there is no feature in the source"), "{outcome:?}");
    assert_eq!(city.import(&misplaced, "others", crs).code, Some(1));
    assert!(city.file().exists());
}

#[test]
fn a_source_without_features_does_not_empty_a_layer() {
    let city = City::empty();
    let crs = &["--crs", "EPSG:4490"][..];
    let one = city.write("one.csv", "lon,lat,name\n121.1,31.9,a\n");
    city.import(&one, "places", crs).expect_done();
    for (name, content) in [("none.csv", "lon,lat,name\n"), ("none.geojson", r#"{"type":"FeatureCollection","features":[]}"#)] {
        let none = city.write(name, content);
        for more in [crs, &[crs, &["--append"]].concat()] {
            let outcome = city.import(&none, "places", more);
            assert_eq!(outcome.code, Some(1), "{name} {more:?}: {outcome:?}");
            assert!(outcome.stderr.contains("there is no feature in"), "{name} {more:?}: {outcome:?}");
        }
    }
    assert_eq!(city.count("places", &[]), 1);
}
