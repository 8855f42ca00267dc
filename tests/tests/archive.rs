//! `urbis tiles` and what is served from archives: whole after any kill, equal to the live tiles, patched by what changed.

use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::Duration,
};

use serde_json::{Value, json};
use urbis_tests::{City, Dice, Manner, RangeServer, Server, oracle, run, shared_data, soak, urbis};

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

/// Starts `urbis tiles` with these arguments and kills it when the file beside `--out` has grown to so many bytes. True when it
/// was killed before it was done.
fn killed_at(city: &City, arguments: &[&str], growing: &str, bytes: u64) -> bool {
    let growing = city.folder().join(growing);
    let mut child = Command::new(urbis())
        .arg("tiles")
        .args(arguments)
        .arg("--city")
        .arg(city.file())
        .current_dir(city.folder())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("urbis runs");
    let ended = loop {
        if child.try_wait().expect("a child can be waited for").is_some() {
            break true;
        }
        if fs::metadata(&growing).is_ok_and(|file| file.len() >= bytes) {
            break false;
        }
        thread::sleep(Duration::from_millis(1));
    };
    // SIGKILL: nothing can be tidied up.
    let _ = child.kill();
    let status = child.wait().expect("a child can be waited for");
    !ended && !status.success()
}

fn left_behind(city: &City, name: &str) -> Vec<String> {
    let hidden = format!(".{name}");
    let names = fs::read_dir(city.folder()).expect("a folder").filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    names.filter(|name| name.starts_with(&hidden)).collect()
}

#[test]
fn a_build_that_is_killed_leaves_no_archive_and_goes_on() {
    let (city, _) = town(20_000);
    let whole = tiles(&city, &["houses", "--max-zoom", "18", "--out", "whole.pmtiles"]);
    assert!(whole["tiles"].as_u64() > Some(1_000), "{whole}");
    let expected = fs::read(city.folder().join("whole.pmtiles")).expect("it is there");
    let archive = city.folder().join("killed.pmtiles");
    let arguments = ["houses", "--max-zoom", "18", "--out", "killed.pmtiles"];
    // A chunk of 256 tiles is some 6 KB of journal; each time a few more.
    for bytes in [1_000, 12_000, 30_000] {
        assert!(killed_at(&city, &arguments, ".killed.pmtiles.journal", bytes), "it was done before it could be killed");
        assert!(!archive.exists(), "an archive that is not whole is in its place");
    }
    let resumed = tiles(&city, &arguments);
    assert!(resumed["resumed_tiles"].as_u64() > Some(0), "{resumed}");
    assert!(fs::read(&archive).expect("it is there") == expected, "the resumed archive is another one");
    assert_eq!(left_behind(&city, "killed"), [""; 0]);
}

#[test]
fn a_patch_or_a_join_that_is_killed_is_made_anew() {
    let (city, file) = town(20_000);
    tiles(&city, &["houses", "--max-zoom", "18", "--out", "base.pmtiles"]);
    houses(&file, 20_000, 7, 121.15);
    city.import(&file, "houses", &["--id-column", "code"]).expect_done();
    let update = ["houses", "--max-zoom", "18", "--update", "base.pmtiles", "--out"];
    let compact = ["--compact", "--update", "base.pmtiles", "--patch", "patch.pmtiles", "--out"];
    for (arguments, whole, killed) in
        [(&update, "patch.pmtiles", "killed_patch.pmtiles"), (&compact, "joined.pmtiles", "killed.pmtiles")]
    {
        tiles(&city, &[&arguments[..], &[whole]].concat());
        let arguments = [&arguments[..], &[killed]].concat();
        // Tiles begin at 16 KB, so some are written. A join takes milliseconds and may be done first.
        let part = format!(".{killed}.part");
        let was_killed = (0..50).any(|_| {
            let _ = fs::remove_file(city.folder().join(killed));
            killed_at(&city, &arguments, &part, 20_000) && !city.folder().join(killed).exists()
        });
        assert!(was_killed, "{killed}");
        tiles(&city, &arguments);
        let [expected, found] = [whole, killed].map(|name| fs::read(city.folder().join(name)).expect("it is there"));
        assert!(found == expected, "{killed} is another archive than {whole}");
        assert_eq!(left_behind(&city, killed), [""; 0]);
    }
    // What is left of a build does not get into a patch of the same name either, nor the other way round.
    let build = ["houses", "--max-zoom", "18", "--out", "other.pmtiles"];
    assert!(killed_at(&city, &build, ".other.pmtiles.journal", 1_000));
    tiles(&city, &[&update[..], &["other.pmtiles"]].concat());
    let [expected, found] =
        ["patch.pmtiles", "other.pmtiles"].map(|name| fs::read(city.folder().join(name)).expect("it is there"));
    assert!(found == expected, "what was left of a build is in the patch");
}

#[test]
fn what_is_read_is_not_written_however_it_is_spelled() {
    let (city, _) = town(500);
    tiles(&city, &["houses", "--max-zoom", "12", "--out", "base.pmtiles"]);
    let before = fs::read(city.folder().join("base.pmtiles")).expect("it is there");
    std::os::unix::fs::symlink("base.pmtiles", city.folder().join("link.pmtiles")).expect("a link");
    for out in ["base.pmtiles", "./base.pmtiles", "link.pmtiles"] {
        for what in [&["houses"][..], &["--compact"]] {
            let outcome = city.urbis(&[&["tiles", "--update", "base.pmtiles", "--out", out], what].concat());
            assert!(outcome.code == Some(1) && outcome.stderr.contains("can't be written"), "{out}: {}", outcome.stderr);
        }
        assert!(fs::read(city.folder().join("base.pmtiles")).expect("it is there") == before, "{out}");
    }
}

#[test]
fn an_update_of_other_zooms_or_layers_removes_nothing_that_it_was_not_asked_for() {
    let (city, file) = town(500);
    city.import(&file, "sheds", &["--kind", "generic", "--id-column", "code"]).expect_done();
    tiles(&city, &["houses", "--max-zoom", "14", "--out", "base.pmtiles"]);
    let patch =
        tiles(&city, &["houses", "--min-zoom", "13", "--max-zoom", "14", "--update", "base.pmtiles", "--out", "patch.pmtiles"]);
    assert_eq!((&patch["changed"], &patch["removed"]), (&Value::from(0), &Value::from(0)), "{patch}");
    for layers in [&["sheds"][..], &["houses", "sheds"]] {
        let outcome = city.urbis(&[&["tiles", "--update", "base.pmtiles", "--out", "other.pmtiles"], layers].concat());
        assert_eq!(outcome.code, Some(1), "{}", outcome.stderr);
        assert!(outcome.stderr.contains("of the layers houses") && outcome.stderr.contains("sheds"), "{}", outcome.stderr);
        assert!(!city.folder().join("other.pmtiles").exists());
    }
}

#[test]
fn builders_of_one_archive_do_not_get_into_each_other() {
    let (city, _) = town(2_000);
    tiles(&city, &["houses", "--max-zoom", "14", "--out", "alone.pmtiles"]);
    let expected = fs::read(city.folder().join("alone.pmtiles")).expect("it is there");
    let done: usize = thread::scope(|scope| {
        let builder = || {
            let ended = |_| {
                let outcome = city.urbis(&["tiles", "houses", "--max-zoom", "14", "--out", "shared.pmtiles"]);
                let refused = outcome.stderr.contains("another process");
                assert!(outcome.code == Some(0) || refused, "{}", outcome.stderr);
                usize::from(!refused)
            };
            (0..4).map(ended).sum::<usize>()
        };
        let builders: Vec<_> = (0..4).map(|_| scope.spawn(builder)).collect();
        builders.into_iter().map(|builder| builder.join().expect("no panic")).sum()
    });
    assert!(done > 0);
    assert!(fs::read(city.folder().join("shared.pmtiles")).expect("it is there") == expected);
    assert_eq!(left_behind(&city, "shared"), [""; 0]);
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

#[test]
fn an_archive_that_is_replaced_is_served_anew_and_a_broken_one_is_not() {
    let (city, file) = town(2_000);
    tiles(&city, &["houses", "--out", "served.pmtiles"]);
    let server = serve(&city, "[[archive]]\nname = \"served\"\nfile = \"served.pmtiles\"\n");
    let tile = |server: &Server, name: &str| server.get(&format!("/tiles/{name}/12/3426/1665"));
    let before = tile(&server, "served");
    assert!(before.status == 200 && before.body == tile(&server, "houses").body);

    houses(&file, 2_000, 11, 121.17);
    city.import(&file, "houses", &["--id-column", "code"]).expect_done();
    assert!(server.within(Duration::from_secs(30), |server| tile(server, "houses").body != before.body));
    let live = tile(&server, "houses");
    tiles(&city, &["houses", "--out", "served.pmtiles"]);
    assert!(server.within(Duration::from_secs(30), |server| tile(server, "served").body == live.body));
    assert_ne!(tile(&server, "served").header("etag"), before.header("etag"));

    let archive = city.folder().join("served.pmtiles");
    fs::write(city.folder().join("broken"), b"PMTiles and nothing else").expect("a file");
    fs::rename(city.folder().join("broken"), &archive).expect("a new name");
    let is_refused = |server: &Server| server.get("/metrics").text().contains("urbis_archives_refused_total 1");
    assert!(server.within(Duration::from_secs(30), is_refused), "it was not looked at");
    assert!(tile(&server, "served").body == live.body, "what was open is still served");
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
    let (city, _) = town(10);
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

/// The start of a server that must fail, with its words.
fn refused_at_start(city: &City, config: &str) -> String {
    fs::write(city.folder().join("urbis.toml"), config).expect("a file");
    let path = city.file().to_string_lossy().into_owned();
    let arguments = ["serve", "--city", &path, "--listen", "127.0.0.1:0", "--config", "urbis.toml"];
    let outcome = run(urbis(), arguments, city.folder());
    assert_eq!(outcome.code, Some(1), "{config}: {}", outcome.stderr);
    outcome.stderr
}

#[test]
fn an_archive_on_another_server_is_served_by_its_ranges() {
    let (city, file) = town(6_000);
    tiles(&city, &["houses", "--max-zoom", "16", "--out", "base.pmtiles"]);
    let base = fs::read(city.folder().join("base.pmtiles")).expect("it is there");
    houses(&file, 6_000, 7, 121.15);
    city.import(&file, "houses", &["--id-column", "code"]).expect_done();
    tiles(&city, &["houses", "--max-zoom", "16", "--out", "next.pmtiles"]);
    let next = fs::read(city.folder().join("next.pmtiles")).expect("it is there");

    let elsewhere = RangeServer::start(base.clone());
    let archive = |name: &str, file: &str| format!("[[archive]]\nname = \"{name}\"\nfile = \"{file}\"\n");
    let both = archive("far", &elsewhere.url()) + &archive("near", "base.pmtiles") + &archive("then", "next.pmtiles");
    let mut server = serve(&city, &both);
    let same = |server: &Server, near: &str, tile: &str| {
        let [far, near] = ["far", near].map(|name| server.get(&format!("/tiles/{name}/{tile}")));
        assert_eq!((far.status, far.text() == near.text()), (near.status, true), "{tile}: {}", far.text());
        assert!([200, 204].contains(&near.status), "{tile}: {}", near.status);
    };
    // Tiles with houses in both archives, which the tests below take one after another: what was fetched once is kept.
    let grid = (27_408..27_412).flat_map(|x| (13_313..13_319).map(move |y| format!("15/{x}/{y}")));
    let filled = |tile: &String| ["near", "then"].iter().all(|name| server.get(&format!("/tiles/{name}/{tile}")).status == 200);
    let deep: Vec<String> = grid.filter(filled).take(7).collect();
    assert_eq!(deep.len(), 7);
    for tile in ["14/13704/6658", "14/13705/6657", &deep[0], &deep[1], "10/856/416", "16/0/0"] {
        same(&server, "near", tile);
    }
    let fetched: usize = elsewhere.shelf().asked.iter().map(|(first, last)| last + 1 - first).sum();
    assert!(fetched < base.len(), "{fetched} of {} bytes were fetched for six tiles", base.len());
    assert_eq!(server.json("/tiles/far.json")["vector_layers"], server.json("/tiles/near.json")["vector_layers"]);

    // Its server is gone for a while: who asks is told to come again, at once, and all else goes on.
    let missed = format!("/tiles/far/{}", deep[2]);
    elsewhere.shelf().manner = Manner::Silent;
    let before = elsewhere.shelf().asked.len();
    for _ in 0..20 {
        let answer = server.get(&missed);
        assert_eq!((answer.status, answer.header("retry-after")), (503, "1"), "{}", answer.text());
        assert!(answer.text().contains("does not answer"), "{}", answer.text());
    }
    let asked = elsewhere.shelf().asked.len() - before;
    assert!(asked <= 2, "a server that does not answer is left alone for a while: {asked} requests");
    assert_eq!(server.get(&missed.replace("far", "near")).status, 200);
    for (manner, words) in [(Manner::Status(404), "404"), (Manner::Short, "other bytes"), (Manner::Whole, "no range requests")] {
        elsewhere.shelf().manner = manner;
        let answered = |server: &Server| server.get(&missed).status == 502;
        assert!(server.within(Duration::from_secs(20), answered), "{manner:?}");
        let answer = server.get(&missed).text();
        assert!(answer.contains(words), "{manner:?}: {answer}");
    }

    // Another archive lies there now: never a tile of both.
    for (manner, bytes, tag, name, fresh) in
        [(Manner::Ranges, &next, "\"2\"", "then", 3), (Manner::Careless, &base, "\"2\"", "near", 5)]
    {
        {
            let mut shelf = elsewhere.shelf();
            (shelf.bytes, shelf.tag, shelf.manner) = (bytes.clone(), tag, manner);
        }
        let served = |server: &Server| server.get(&format!("/tiles/far/{}", deep[fresh])).status == 200;
        assert!(server.within(Duration::from_secs(20), served), "{name}");
        for tile in ["14/13704/6658", "14/13705/6657", "10/856/416", &deep[0], &deep[fresh], &deep[fresh + 1]] {
            same(&server, name, tile);
        }
    }
    assert!(server.alive());

    elsewhere.shelf().manner = Manner::Whole;
    assert!(refused_at_start(&city, &archive("far", &elsewhere.url())).contains("takes no range requests"));
    elsewhere.shelf().manner = Manner::Status(403);
    assert!(refused_at_start(&city, &archive("far", &elsewhere.url())).contains("403"));
    elsewhere.shelf().manner = Manner::Silent;
    assert!(refused_at_start(&city, &archive("far", &elsewhere.url())).contains("does not answer"));
    elsewhere.shelf().manner = Manner::Ranges;
    elsewhere.shelf().bytes.truncate(base.len() / 2);
    assert!(refused_at_start(&city, &archive("far", &elsewhere.url())).contains("cut short"));
    assert!(refused_at_start(&city, &archive("far", "https://example.org/city.pmtiles")).contains("no TLS"));
}

#[test]
fn a_damaged_tile_of_an_archive_is_said_to_be_so() {
    let (city, _) = town(300);
    tiles(&city, &["houses", "--max-zoom", "14", "--out", "base.pmtiles"]);
    let path = city.folder().join("base.pmtiles");
    let mut bytes = fs::read(&path).expect("it is there");
    // Header (127 bytes) and root come first, the tiles from byte 16,384 on; gzip's head is kept.
    let number = |at: usize| u64::from_le_bytes(bytes[at..at + 8].try_into().expect("eight bytes")) as usize;
    let (start, length) = (number(56), number(64));
    bytes[start..start + length].chunks_mut(16).for_each(|chunk| chunk[chunk.len() - 1] ^= 0xff);
    fs::write(&path, bytes).expect("a file");
    let server = serve(&city, "[[archive]]\nname = \"damaged\"\nfile = \"base.pmtiles\"\n");
    let answer = server.get("/tiles/damaged/12/3426/1665");
    assert_eq!(answer.status, 502, "{}", answer.text());
    assert!(answer.text().contains("gzip") || answer.text().contains("deflate"), "{}", answer.text());
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

/// Valid, near, of the same area, nothing lost, small, with lasting ids, equal to a brute-force cut, no gap and no overlap: as others' decoders and GEOS
/// see it, on tiles of each zoom.
#[test]
fn the_quality_gates_hold() {
    let (buildings, cells, tiles_per_zoom) = if soak() { (200_000, 40_000, 250) } else { (10_000, 900, 3) };
    for (make, count, kind) in
        [("buildings", buildings, "building"), ("buildings", buildings, "generic"), ("cells", cells, "grid")]
    {
        let city = City::empty();
        let source = city.folder().join("source.fgb");
        let made = oracle::python("gates", &[], &json!({ "make": make, "count": count, "file": source }));
        let Some(made) = made else { return };
        city.import(&source, "buildings", &["--kind", kind]).expect_done();
        tiles(&city, &["buildings", "--min-zoom", "0", "--max-zoom", "14", "--out", "tiles.pmtiles"]);
        let archive = city.folder().join("tiles.pmtiles");
        let job = json!({ "archive": archive, "source": source, "cells": make == "cells", "tiles_per_zoom": tiles_per_zoom });
        let judged = oracle::python("gates", &[], &job).expect("it ran before");
        assert_eq!(judged["failed"], json!([]), "{kind} of {made}: {judged}");
        assert!(judged["gates"].as_object().is_some_and(|gates| gates.len() >= 2), "{judged}");
    }
}
