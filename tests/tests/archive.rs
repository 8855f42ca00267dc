//! `urbis tiles` and what is served from archives: whole after any kill, equal to the live tiles, patched by what changed.

use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::Duration,
};

use serde_json::Value;
use urbis_tests::{City, Dice, Server, run, seed, shared_data, urbis};

/// Square houses in a town of 8 by 6 km, those west of a longitude.
fn houses(path: &Path, count: usize, dice_seed: u64, up_to_lon: f64) {
    let mut dice = Dice::new(dice_seed);
    let mut text = String::new();
    for id in 1..=count {
        let (x, y) = (dice.between(121.10, 121.19), dice.between(31.87, 31.93));
        let (side, height) = (dice.between(0.00005, 0.0003), dice.between(3.0, 90.0));
        if x > up_to_lon {
            continue;
        }
        let (east, north) = (x + side, y + side);
        writeln!(
            text,
            r#"{{"type":"Feature","properties":{{"code":{id},"height_m":{height:.1}}},"geometry":{{"type":"Polygon","coordinates":[[[{x},{y}],[{east},{y}],[{east},{north}],[{x},{north}],[{x},{y}]]]}}}}"#
        )
        .expect("a string takes any text");
    }
    fs::write(path, text).expect("a file");
}

fn town(count: usize) -> (City, PathBuf) {
    let city = City::empty();
    let file = city.folder().join("houses.ndjson");
    houses(&file, count, 7, 121.2);
    city.import(&file, "houses", &["--kind", "generic", "--id-column", "code"]).expect_done();
    (city, file)
}

fn tiles(city: &City, more: &[&str]) -> Value {
    let arguments = [&["tiles", "--json"], more].concat();
    let outcome = city.urbis(&arguments).expect_done();
    serde_json::from_str(&outcome.stdout).expect("--json prints JSON")
}

#[test]
fn a_build_that_is_killed_leaves_no_archive_and_goes_on() {
    let (city, _) = town(20_000);
    let whole = tiles(&city, &["houses", "--max-zoom", "18", "--out", "whole.pmtiles"]);
    assert!(whole["tiles"].as_u64() > Some(1_000), "{whole}");
    let expected = fs::read(city.folder().join("whole.pmtiles")).expect("it is there");
    let mut dice = Dice::new(seed());
    let archive = city.folder().join("killed.pmtiles");
    let mut killed = 0;
    for _ in 0..8 {
        let mut child = Command::new(urbis())
            .args(["tiles", "houses", "--max-zoom", "18", "--out", "killed.pmtiles", "--city"])
            .arg(city.file())
            .current_dir(city.folder())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("urbis runs");
        thread::sleep(Duration::from_secs_f64(dice.between(0.05, 0.4)));
        let ended = child.try_wait().expect("a child can be waited for").is_some();
        // SIGKILL: nothing can be tidied up.
        let _ = child.kill();
        let _ = child.wait();
        if ended {
            break;
        }
        assert!(!archive.exists(), "an archive that is not whole is in its place");
        killed += 1;
    }
    if !archive.exists() {
        tiles(&city, &["houses", "--max-zoom", "18", "--out", "killed.pmtiles"]);
    }
    assert!(killed > 0, "it was always done before it could be killed");
    assert!(fs::read(&archive).expect("it is there") == expected, "the resumed archive is another one");
    let left: Vec<_> = fs::read_dir(city.folder())
        .expect("a folder")
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| name.starts_with(".killed"))
        .collect();
    assert!(left.is_empty(), "left behind: {left:?}");
}

fn serve(city: &City, config: &str) -> Server {
    fs::write(city.folder().join("urbis.toml"), config).expect("a file");
    let path = city.file().to_string_lossy().into_owned();
    Server::start(city.folder(), &["serve", "--city", &path, "--listen", "127.0.0.1:0", "--config", "urbis.toml"])
}

#[test]
fn an_archive_is_served_as_the_live_layer_is_and_a_patch_brings_it_up_to_date() {
    let (city, file) = town(3_000);
    tiles(&city, &["houses", "--out", "base.pmtiles"]);
    houses(&file, 3_000, 7, 121.17);
    city.import(&file, "houses", &["--id-column", "code"]).expect_done();
    let patch = tiles(&city, &["houses", "--out", "patch.pmtiles", "--update", "base.pmtiles"]);
    let whole = tiles(&city, &["houses", "--out", "today.pmtiles"]);
    assert!(patch["changed"].as_u64() > Some(0) && patch["removed"].as_u64() > Some(0), "{patch}");
    assert!(patch["bytes"].as_u64() < whole["bytes"].as_u64(), "{patch} {whole}");
    tiles(&city, &["--compact", "--update", "base.pmtiles", "--patch", "patch.pmtiles", "--out", "joined.pmtiles"]);

    let server = serve(
        &city,
        r#"
        tile_cache_mib = 8
        [[archive]]
        name = "patched"
        file = "base.pmtiles"
        patches = ["patch.pmtiles"]
        [[archive]]
        name = "joined"
        file = "joined.pmtiles"
        [[archive]]
        name = "before"
        file = "base.pmtiles"
        "#,
    );
    let about = server.json("/tiles/patched.json");
    assert_eq!(about["vector_layers"][0]["id"], "houses", "{about}");
    let mut differs_from_before = 0;
    for zoom in [0_u32, 5, 9, 12, 14, 15] {
        for (x, y) in window(zoom) {
            let get = |name: &str| {
                let answer = server.get(&format!("/tiles/{name}/{zoom}/{x}/{y}"));
                assert!(matches!(answer.status, 200 | 204), "{name} {zoom}/{x}/{y}: {}", answer.status);
                answer.body
            };
            let live = get("houses");
            assert!(get("patched") == live && get("joined") == live, "{zoom}/{x}/{y}");
            differs_from_before += u32::from(get("before") != live);
        }
    }
    assert!(differs_from_before > 0);
    let gzip = server.get_with("/tiles/patched/14/13705/6660", &[("Accept-Encoding", "gzip")]);
    assert_eq!((gzip.status, gzip.header("content-encoding")), (200, "gzip"));
    let answer = server.get("/tiles/patched/12/3426/1665");
    let again = server.get_with("/tiles/patched/12/3426/1665", &[("If-None-Match", answer.header("etag"))]);
    assert_eq!(again.status, 304);
}

/// The tiles around the town at a zoom.
fn window(zoom: u32) -> impl Iterator<Item = (u32, u32)> {
    let side = f64::from(1_u32 << zoom);
    let column = move |lon: f64| ((lon + 180.0) / 360.0 * side) as u32;
    let row = move |lat: f64| ((1.0 - lat.to_radians().tan().asinh() / std::f64::consts::PI) / 2.0 * side) as u32;
    let rows = row(31.935)..=row(31.865);
    (column(121.095)..=column(121.195)).flat_map(move |x| rows.clone().map(move |y| (x, y)))
}

#[test]
fn a_tile_that_stays_as_it_was_keeps_its_etag_over_an_import() {
    let (city, file) = town(2_000);
    let server = city.serve();
    let url = "/tiles/houses/14";
    let tiles: Vec<String> = window(14).map(|(x, y)| format!("{url}/{x}/{y}")).collect();
    let before: Vec<String> = tiles.iter().map(|tile| server.get(tile).header("etag").to_owned()).collect();
    let version = server.layer("houses").expect("it is there")["version"].clone();
    houses(&file, 2_000, 7, 121.17);
    city.import(&file, "houses", &["--id-column", "code"]).expect_done();
    let imported = |server: &Server| server.layer("houses").is_some_and(|layer| layer["version"] != version);
    assert!(server.within(Duration::from_secs(20), imported));
    let (mut same, mut changed) = (0, 0);
    for (tile, etag) in tiles.iter().zip(&before) {
        let answer = server.get_with(tile, &[("If-None-Match", etag)]);
        if answer.status == 304 {
            same += 1;
        } else {
            assert_ne!(answer.header("etag"), etag, "{tile}: {}", answer.status);
            changed += 1;
        }
    }
    assert!(same > 0 && changed > 0, "{same} the same, {changed} changed");
    let metrics = server.get("/metrics").text();
    for name in ["urbis_tile_cache_hits_total", "urbis_tile_cache_misses_total", "urbis_tile_cache_bytes"] {
        assert!(metrics.contains(name) || name.contains("hits"), "no {name} in /metrics");
    }
}

#[test]
fn archives_of_others_are_served_or_refused_with_a_reason() {
    let Some(fixtures) = shared_data("hostile/pmtiles_fixtures.tar.gz") else { return };
    let city = City::empty();
    run("tar", [Path::new("xzf"), &fixtures], city.folder()).expect_done();
    let config = |file: &str| format!("[[archive]]\nname = \"other\"\nfile = \"{file}\"\n");
    let path = city.file().to_string_lossy().into_owned();
    let refused = |file: &str| {
        fs::write(city.folder().join("urbis.toml"), config(file)).expect("a file");
        let arguments = ["serve", "--city", &path, "--listen", "127.0.0.1:0", "--config", "urbis.toml"];
        let outcome = run(urbis(), arguments, city.folder());
        assert_eq!(outcome.code, Some(1), "{file}: {}", outcome.stderr);
        assert!(!outcome.stderr.contains("panicked") && outcome.stderr.contains("because"), "{file}: {}", outcome.stderr);
        outcome.stderr
    };
    for file in ["js/test/data/empty.pmtiles", "js/test/data/invalid.pmtiles", "js/test/data/invalid_v4.pmtiles"] {
        refused(file);
    }
    let good = fs::read(city.folder().join("js/test/data/test_fixture_1.pmtiles")).expect("it is there");
    fs::write(city.folder().join("cut.pmtiles"), &good[..good.len() / 2]).expect("a file");
    assert!(refused("cut.pmtiles").contains("cut short"));
    for (file, tile, media_type) in [
        ("js/test/data/test_fixture_1.pmtiles", "0/0/0", "application/vnd.mapbox-vector-tile"),
        ("js/test/data/test_fixture_2.pmtiles", "0/0/0", "application/vnd.mapbox-vector-tile"),
        ("spec/v3/stamen_toner(raster)CC-BY+ODbL_z3.pmtiles", "3/4/2", "image/png"),
    ] {
        let server = serve(&city, &config(file));
        let answer = server.get(&format!("/tiles/other/{tile}"));
        assert_eq!((answer.status, answer.header("content-type")), (200, media_type), "{file}");
        assert!(server.json("/tiles/other.json")["tiles"][0].is_string());
    }
}

#[test]
fn cells_come_as_tiles_too() {
    let (city, _) = town(1_000);
    let server = city.serve();
    for resolution in ["auto", "8"] {
        let url = format!("/cells/houses/{resolution}/12/3426/1665?column=height_m");
        let answer = server.get(&url);
        assert_eq!((answer.status, answer.header("content-type")), (200, "application/vnd.mapbox-vector-tile"), "{url}");
        let text = answer.text();
        for name in ["cells", "count", "sum", "mean", "median", "q90"] {
            assert!(text.contains(name), "no {name} in the tile");
        }
        assert_eq!(server.get_with(&url, &[("If-None-Match", answer.header("etag"))]).status, 304);
    }
    assert_eq!(server.get("/cells/houses/auto/12/0/0").status, 204);
    for (url, status) in [("/cells/houses/16/12/0/0", 400), ("/cells/houses/8/1/2/0", 400), ("/cells/none/8/1/0/0", 404)] {
        assert_eq!(server.get(url).status, status, "{url}");
    }
    assert_eq!(server.get("/cells/houses/8/12/0/0?column=name").status, 400);
}
