//! Requests made by chance from the server's own description: whatever is asked, the answer is one that it promised.

use std::collections::BTreeMap;

use serde_json::Value;
use urbis_tests::{City, Dice, Server, fixture, http::encode, seed, soak};

/// What a parameter may say beside what it should: texts that upset parsers of numbers, places, times and filters.
const HOSTILE: &[&str] = &[
    "",
    " ",
    "0",
    "-0",
    "-1",
    "1e308",
    "-1e309",
    "NaN",
    "inf",
    "0x10",
    "1_000",
    "１２",
    "18446744073709551616",
    "9007199254740993",
    "null",
    "true",
    "[]",
    "{}",
    "{\"op\":\"and\",\"args\":[]}",
    "'",
    "\"",
    "''",
    "()",
    "((((((((((",
    "/*",
    "--",
    ";",
    "%",
    "%zz",
    "\\",
    "\u{0}",
    "\u{202e}",
    "\u{feff}",
    "🏙",
    "网格",
    "a,b",
    ",",
    ",,,",
    "..",
    "../../etc/passwd",
    "<script>",
    "{layer}",
    "NOT",
    "uID",
    "uID =",
    "uID = 1 OR",
    "uID IN (",
    "S_INTERSECTS(geometry,",
    "S_INTERSECTS(geometry, POINT(14.4 50.1))",
    "S_DWITHIN(geometry, POINT(14.4 50.1), -0.1)",
    "S_DWITHIN(geometry, POINT(14.4 50.1), 1e308)",
    "uID / 0 > 1",
    "uID LIKE '%'",
    "CASEI(uID) = 'x'",
    "uID BETWEEN 9 AND 1",
    "DATE('9999-99-99')",
    "POINT EMPTY",
    "POINT(NaN 0)",
    "POINT(1e400 0)",
    "POLYGON((0 0,1 1,0 1,1 0,0 0))",
    "GEOMETRYCOLLECTION(POINT(0 0))",
    "SRID=4326;POINT(0 0)",
    "MULTIPOLYGON(((0 0,0 0,0 0,0 0)))",
    "180,90",
    "-180,-90,180,90",
    "179,0,-179,1",
    "0,0,0,0",
    "1,2,3,4,5,6,7",
    "2026-11-27T00:00:00Z/..",
    "EPSG:4326",
    "http://www.opengis.net/def/crs/EPSG/0/4490",
];

/// What is well said somewhere, so that requests get past the first check.
const SOUND: &[&str] = &[
    "buildings",
    "roads",
    "buildings,roads",
    "1",
    "2",
    "9",
    "14",
    "8847",
    "5549",
    "uID = 1",
    "uID > 10",
    "height_m > 3",
    "14.40,50.10,14.42,50.11",
    "14.41,50.105",
    "100",
    "POINT(14.41 50.105)",
    "POLYGON((14.40 50.10,14.42 50.10,14.42 50.11,14.40 50.11,14.40 50.10))",
    "json",
    "csv",
    "geojson",
    "uID",
    "cql2-text",
    "cql2-json",
    "{\"op\":\"=\",\"args\":[{\"property\":\"uID\"},1]}",
    "na",
    "zh",
    "sum",
    "dwithin",
    "nearest",
    "union",
];

/// A route of the description: its path with `{names}`, its parameters in the query.
struct Route {
    path: String,
    in_query: Vec<String>,
}

fn described(server: &Server) -> Vec<Route> {
    let api = server.json("/api");
    let paths = api["paths"].as_object().expect("paths is a table");
    let routes = paths.iter().filter(|(_, methods)| methods["get"].is_object()).map(|(path, methods)| {
        let parameters = methods["get"]["parameters"].as_array().map_or(&[][..], Vec::as_slice);
        let in_query = parameters.iter().filter(|parameter| parameter["in"] == "query");
        Route { path: path.clone(), in_query: in_query.map(|parameter| text(&parameter["name"])).collect() }
    });
    routes.collect()
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

/// What a parameter of this name may well say.
fn sound(name: &str) -> &'static str {
    match name {
        "id" | "layer" | "layers" | "zones" | "other" => "buildings",
        "z" => "14",
        "x" => "8847",
        "y" => "5549",
        "level" | "resolution" | "fid" => "9",
        "from" | "version" | "other_version" | "limit" | "k" => "1",
        "to" => "2",
        "class" => "added,taller",
        "relation" => "within",
        "operation" => "difference",
        "bbox" => "14.40,50.10,14.42,50.11",
        "near" | "nearest" => "14.41,50.105",
        "intersects" | "within" | "geometry" => "POLYGON((14.40 50.10,14.42 50.10,14.42 50.11,14.40 50.11,14.40 50.10))",
        "radius_m" | "distance_m" => "100",
        "filter" => "uID > 10",
        "properties" | "column" | "columns" => "uID",
        _ => "CRS84",
    }
}

/// A value for a parameter: its own, another's or none's, and at times broken in one place.
fn value(name: &str, dice: &mut Dice) -> String {
    let chosen = match dice.below(6) {
        0 => HOSTILE[dice.below(HOSTILE.len())],
        1 => SOUND[dice.below(SOUND.len())],
        _ => sound(name),
    };
    let mut value: Vec<char> = chosen.chars().collect();
    if dice.below(6) == 0 && !value.is_empty() {
        let at = dice.below(value.len());
        match dice.below(4) {
            0 => drop(value.remove(at)),
            1 => value.insert(at, ['0', '-', ',', '(', '\'', '{', ' ', '\u{7f}', '门'][dice.below(9)]),
            2 => value.truncate(at),
            _ => value = value.repeat(1 + dice.below(60)),
        }
    }
    value.into_iter().collect()
}

fn request(route: &Route, dice: &mut Dice) -> String {
    let mut path = String::new();
    // Every other piece is a name in braces.
    for (index, piece) in route.path.split(['{', '}']).enumerate() {
        if index % 2 == 0 {
            path.push_str(piece);
        } else if dice.below(6) > 0 {
            path.push_str(sound(piece));
        } else {
            path.push_str(&encode(&value(piece, dice)));
        }
    }
    let mut sign = '?';
    for name in &route.in_query {
        // About two parameters of each request, so that one that is refused does not hide all others.
        if dice.below(route.in_query.len()) < 2 {
            path.push(sign);
            path.push_str(&format!("{}={}", encode(name), encode(&value(name, dice))));
            sign = '&';
        }
    }
    path
}

#[test]
fn whatever_is_asked_the_answer_is_one_that_was_promised() {
    let city = City::empty();
    city.import(&fixture("bubenec.gpkg"), "buildings", &["--source-layer", "buildings", "--kind", "building"]).expect_done();
    city.import(&fixture("bubenec.gpkg"), "roads", &["--source-layer", "streets", "--kind", "road"]).expect_done();
    city.import(&fixture("bubenec.gpkg"), "buildings", &["--source-layer", "buildings", "--kind", "building"]).expect_done();
    let grid =
        r#"{"type":"Feature","properties":{"code":"320614400041004"},"geometry":{"type":"Point","coordinates":[121.2,31.9]}}"#;
    city.import(&city.write("grids.geojson", grid), "grids", &["--kind", "grid"]).expect_done();
    let mut server = city.serve();
    let routes = described(&server);
    assert!(routes.len() > 12, "the description names {} routes", routes.len());
    let mut dice = Dice::new(seed());
    let mut seen: BTreeMap<(&str, u16), usize> = BTreeMap::new();
    for _ in 0..if soak() { 200_000 } else { 10_000 } {
        let route = &routes[dice.below(routes.len())];
        let path = request(route, &mut dice);
        let response = server.get(&path);
        *seen.entry((&route.path, response.status)).or_default() += 1;
        let busy = response.status == 503 && !response.header("retry-after").is_empty();
        assert!(response.status < 500 || busy, "{path}: {} {}", response.status, response.text());
        if response.status >= 400 && ![414, 431].contains(&response.status) {
            assert_eq!(response.header("content-type"), "application/problem+json", "{path}");
            let problem = response.json();
            assert!(problem["detail"].as_str().is_some_and(|detail| !detail.is_empty()), "{path}: {problem}");
        }
        let is_json = response.header("content-type").contains("json");
        assert!(!is_json || serde_json::from_slice::<Value>(&response.body).is_ok(), "{path}: {}", response.text());
    }
    assert!(server.alive() && server.json("/health")["status"] == "ok");
    for route in &routes {
        let statuses: Vec<u16> = seen.keys().filter(|(path, _)| *path == route.path).map(|(_, status)| *status).collect();
        assert!(statuses.iter().any(|status| *status < 300), "{}: nothing sound was asked of it, only {statuses:?}", route.path);
    }
}
