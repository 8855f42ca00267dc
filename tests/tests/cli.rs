//! The command line as a person or a script meets it: words, exit codes, stdout for results and stderr for the rest.

use std::fs;

use serde_json::Value;
use urbis_tests::{City, fixture, repository, run, urbis};

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

    let outcome = city.urbis(&["query", "buildings", "--filter", "colour = 'red'"]);
    assert_eq!(outcome.code, Some(1), "{outcome:?}");
    assert!(outcome.stderr.contains("colour"), "a filter's unknown column is named: {}", outcome.stderr);
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
    }
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
