//! After a change each tile is as a server that knows nothing of before would make it, and only those that differ are made again.

use std::time::Duration;

use urbis_tests::{City, Dice, Server, http::Response, seed};

/// A feature of the test's city: its key, where it is, and what is told of it.
#[derive(Clone)]
struct Thing {
    key: usize,
    lon: f64,
    lat: f64,
    number: usize,
}

/// What a layer is made of, and what its kind shows of it.
struct Made {
    kind: &'static str,
    zooms: std::ops::RangeInclusive<u32>,
    count: usize,
    feature: fn(&Thing) -> String,
}

fn geojson(kind: &str, coordinates: &str, properties: &str) -> String {
    format!(r#"{{"type":"Feature","properties":{{{properties}}},"geometry":{{"type":"{kind}","coordinates":{coordinates}}}}}"#)
}

fn square(lon: f64, lat: f64, side_deg: f64) -> String {
    let corner = |x: f64, y: f64| format!("[{:.7},{:.7}]", lon + x * side_deg, lat + y * side_deg);
    format!("[[{}]]", [corner(0.0, 0.0), corner(1.0, 0.0), corner(1.0, 1.0), corner(0.0, 1.0), corner(0.0, 0.0)].join(","))
}

const LAYERS: [Made; 4] = [
    Made {
        kind: "building",
        zooms: 11..=17,
        count: 1500,
        feature: |thing| {
            let properties = format!(r#""key":{},"height_m":{},"name":"{} 号""#, thing.key, thing.number, thing.number / 2);
            geojson("Polygon", &square(thing.lon, thing.lat, 2e-4), &properties)
        },
    },
    Made {
        kind: "road",
        zooms: 8..=16,
        count: 400,
        feature: |thing| {
            let [lon, lat] = [thing.lon, thing.lat].map(|part| (part * 500.0).round() / 500.0);
            let (east, north) = if thing.key.is_multiple_of(2) { (0.002, 0.0) } else { (0.0, 0.002) };
            let class = ["motorway", "primary", "tertiary", "residential"][thing.number % 4];
            let line = format!("[[{lon:.4},{lat:.4}],[{:.4},{:.4}]]", lon + east, lat + north);
            geojson("LineString", &line, &format!(r#""key":{},"class":"{class}","name":"{} 路""#, thing.key, thing.number % 5))
        },
    },
    Made {
        kind: "station",
        zooms: 7..=16,
        count: 300,
        feature: |thing| {
            let point = format!("[{:.7},{:.7}]", thing.lon, thing.lat);
            geojson("Point", &point, &format!(r#""key":{},"name":"{} 站","code":"{}""#, thing.key, thing.number, thing.key))
        },
    },
    Made {
        kind: "grid",
        zooms: 8..=16,
        count: 200,
        feature: |thing| {
            // Cells of a lattice share their borders.
            let (column, row) = ((thing.key % 20) as f64, (thing.key / 20) as f64);
            let properties = format!(r#""key":{},"code":"{}","category":"{}""#, thing.key, thing.key, thing.number % 3);
            geojson("Polygon", &square(121.05 + column * 2e-3, 31.85 + row * 2e-3, 2e-3), &properties)
        },
    },
];

fn import(city: &City, made: &Made, things: &[Thing]) {
    let lines: Vec<String> = things.iter().map(made.feature).collect();
    let file = city.write("things.geojsonl", lines.join("\n"));
    city.import(&file, "things", &["--kind", made.kind, "--id-column", "key"]).expect_done();
}

/// All tiles that the city may be in.
fn addresses(zooms: std::ops::RangeInclusive<u32>) -> Vec<String> {
    let column = |lon: f64, z: u32| ((lon + 180.0) / 360.0 * f64::from(1u32 << z)).floor() as u64;
    let row = |lat: f64, z: u32| {
        ((1.0 - lat.to_radians().tan().asinh() / std::f64::consts::PI) / 2.0 * f64::from(1u32 << z)).floor() as u64
    };
    let tiles = zooms.flat_map(|z| {
        let columns = column(121.04, z)..=column(121.12, z);
        columns.flat_map(move |x| (row(31.91, z)..=row(31.84, z)).map(move |y| format!("/tiles/things/{z}/{x}/{y}")))
    });
    tiles.collect()
}

fn made_count(server: &Server) -> u64 {
    let metrics = server.get("/metrics").text();
    let line = metrics.lines().find_map(|line| line.strip_prefix("urbis_tile_cache_misses_total "));
    line.expect("tiles were asked for").parse().expect("a count")
}

#[test]
#[expect(clippy::print_stderr, reason = "how precise the answer was is worth knowing")]
fn a_change_reaches_its_tiles_and_no_others() {
    let seed = seed();
    for (nth, made) in LAYERS.iter().enumerate() {
        let mut dice = Dice::new(seed + nth as u64);
        let thing = |key: usize, dice: &mut Dice| Thing {
            key,
            lon: dice.between(121.05, 121.11),
            lat: dice.between(31.85, 31.90),
            number: dice.below(90),
        };
        let mut things: Vec<Thing> = (0..made.count).map(|key| thing(key, &mut dice)).collect();
        let city = City::empty();
        import(&city, made, &things);
        let server = city.serve();
        let tiles = addresses(made.zooms.clone());
        let mut before: Vec<Response> = tiles.iter().map(|tile| server.get(tile)).collect();
        assert!(before.iter().filter(|tile| tile.status == 200).count() > 50, "{}: too few tiles to prove anything", made.kind);

        for round in 0..3 {
            for _ in 0..=round {
                let at = dice.below(things.len());
                match dice.below(4) {
                    0 => drop(things.remove(at)),
                    1 => things.push(thing(made.count + round, &mut dice)),
                    2 => things[at].number += 1,
                    _ => {
                        things[at].lon += 1e-4;
                        things[at].number += 1;
                    }
                }
            }
            let revision = server.layer("things").expect("it is there")["revision"].clone();
            import(&city, made, &things);
            assert!(server.within(Duration::from_secs(20), |server| {
                server.layer("things").is_some_and(|now| now["revision"] != revision)
            }));
            // A server that was not there before has nothing to mistake for the new state.
            let fresh = city.serve();
            let (made_before, mut changed) = (made_count(&server), 0);
            for (tile, held) in tiles.iter().zip(&mut before) {
                let truth = fresh.get(tile);
                let now = server.get_with(tile, &[("If-None-Match", held.header("etag"))]);
                let differs = truth.body != held.body;
                changed += u64::from(differs);
                assert_eq!(now.status != 304, differs, "seed {seed}, {} round {round}, {tile}: {}", made.kind, now.status);
                if differs {
                    assert_eq!(now.body, truth.body, "seed {seed}, {} round {round}, {tile}", made.kind);
                    assert_ne!(now.header("etag"), held.header("etag"));
                    *held = now;
                }
            }
            let made_again = made_count(&server) - made_before;
            eprintln!("{} round {round}: {} tiles, {changed} changed, {made_again} made again", made.kind, tiles.len());
            assert!(
                changed > 0 && made_again >= changed,
                "seed {seed}, {}: {changed} changed, {made_again} made again",
                made.kind
            );
            // What was made again for nothing: windows that a changed box meets where its shape does not.
            assert!(made_again <= 3 * changed + 10, "seed {seed}, {}: {changed} changed, {made_again} made again", made.kind);
        }
    }
}
