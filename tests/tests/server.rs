//! The HTTP API: what it promises, and what it does with guests who do not behave.

use std::{
    io::{ErrorKind, Read, Write},
    net::TcpStream,
    time::{Duration, Instant},
};

use serde_json::Value;
use urbis_tests::{
    City, Server, fixture,
    http::{encode, exchange},
};

/// The fixture's city: 144 buildings and 35 streets in Prague, in tile 14/8847/5549.
fn bubenec() -> (City, Server) {
    let city = City::empty();
    city.import(&fixture("bubenec.gpkg"), "buildings", &["--source-layer", "buildings", "--kind", "building"]).expect_done();
    city.import(&fixture("bubenec.gpkg"), "roads", &["--source-layer", "streets", "--kind", "road"]).expect_done();
    let server = city.serve();
    (city, server)
}

const TILE: &str = "/tiles/buildings/14/8847/5549";

#[test]
fn nonsense_gets_a_reason_and_never_a_500() {
    let (_city, mut server) = bubenec();
    let many = vec!["buildings"; 100_000].join(",");
    let deep = format!("{}1=1{}", "(".repeat(20_000), ")".repeat(20_000));
    let ands = vec!["uID = 1"; 5_000].join(" AND ");
    for (path, allowed) in [
        // tiles
        ("/tiles/sewers/0/0/0".to_owned(), &[404][..]),
        ("/tiles/buildings,sewers/0/0/0".to_owned(), &[404]),
        ("/tiles/buildings/40/0/0".to_owned(), &[400]),
        ("/tiles/buildings/3/8/0".to_owned(), &[400]),
        ("/tiles/buildings/3/0/8".to_owned(), &[400]),
        ("/tiles/buildings/-1/0/0".to_owned(), &[400]),
        ("/tiles/buildings/99999999999999999999/0/0".to_owned(), &[400]),
        ("/tiles/buildings/0/0/0.png".to_owned(), &[400, 404]),
        ("/tiles/buildings/a/b/c".to_owned(), &[400]),
        (format!("/tiles/{many}/0/0/0"), &[400, 414, 431]),
        ("/tiles/,/0/0/0".to_owned(), &[400, 404]),
        ("/tiles/%00/0/0/0".to_owned(), &[400, 404]),
        ("/tiles/..%2f..%2fetc%2fpasswd/0/0/0".to_owned(), &[400, 404]),
        ("/tiles/sewers.json".to_owned(), &[404]),
        // features
        ("/collections/sewers".to_owned(), &[404]),
        ("/collections/sewers/items".to_owned(), &[404]),
        ("/collections/buildings/items/999999999".to_owned(), &[404]),
        ("/collections/buildings/items/99999999999999999999999".to_owned(), &[400, 404]),
        ("/collections/buildings/items/x".to_owned(), &[400, 404]),
        ("/collections/buildings/items?bbox=nan,0,1,1".to_owned(), &[400]),
        ("/collections/buildings/items?bbox=inf,0,1,1".to_owned(), &[400]),
        ("/collections/buildings/items?bbox=0,0,1".to_owned(), &[400]),
        ("/collections/buildings/items?bbox=0,50,1,-50".to_owned(), &[400]),
        ("/collections/buildings/items?bbox=0,-91,1,1".to_owned(), &[400]),
        ("/collections/buildings/items?limit=0".to_owned(), &[400]),
        ("/collections/buildings/items?limit=-5".to_owned(), &[400]),
        ("/collections/buildings/items?limit=many".to_owned(), &[400]),
        ("/collections/buildings/items?cursor=%FF%FE".to_owned(), &[400]),
        ("/collections/buildings/items?cursor=nonsense".to_owned(), &[400]),
        ("/collections/buildings/items?crs=EPSG:banana".to_owned(), &[400]),
        ("/collections/buildings/items?f=papyrus".to_owned(), &[400]),
        ("/collections/buildings/items?version=77".to_owned(), &[400, 404]),
        ("/collections/buildings/items?near=14.4,50.1".to_owned(), &[400]),
        ("/collections/buildings/items?near=14.4,50.1&radius_m=-1".to_owned(), &[400]),
        ("/collections/buildings/items?near=14.4,50.1&radius_m=nan".to_owned(), &[400]),
        ("/collections/buildings/items?near=14.4,95&radius_m=1".to_owned(), &[400]),
        ("/collections/buildings/items?nearest=14.4,50.1&k=-1".to_owned(), &[400]),
        ("/collections/buildings/items?properties=secret".to_owned(), &[400]),
        (format!("/collections/buildings/items?intersects={}", encode("POLYGON((0 0, 1 1")), &[400]),
        (format!("/collections/buildings/items?intersects={}", encode("POLYGON((0 0, 1 nan, 1 1, 0 0))")), &[400]),
        (format!("/collections/buildings/items?intersects={}", encode("CIRCULARSTRING(0 0, 1 1, 2 0)")), &[400]),
        // filters
        (format!("/collections/buildings/items?filter={}", encode("uID =")), &[400]),
        (format!("/collections/buildings/items?filter={}", encode("colour = 'red'")), &[400]),
        (format!("/collections/buildings/items?filter={}", encode("uID = 'red'")), &[200, 400]),
        (format!("/collections/buildings/items?filter={}", encode("1; DROP TABLE buildings")), &[400]),
        (format!("/collections/buildings/items?filter-lang=klingon&filter={}", encode("uID = 1")), &[400]),
        (format!("/collections/buildings/items?filter-lang=cql2-json&filter={}", encode("{\"op\":")), &[400]),
        (format!("/collections/buildings/items?filter={}", encode(&deep)), &[400, 414, 431]),
        (format!("/collections/buildings/items?filter={}", encode(&ands)), &[200, 400, 414, 431]),
        // the rest
        ("/cells/buildings/99".to_owned(), &[400]),
        ("/cells/buildings/9?column=colour".to_owned(), &[400]),
        ("/cells/sewers/9".to_owned(), &[404]),
        ("/grids/buildings/7".to_owned(), &[400]),
        ("/search".to_owned(), &[400]),
        ("/search?q=a&limit=1000000000".to_owned(), &[400]),
        (format!("/buffer?geometry={}&distance_m=nan", encode("POINT(14 50)")), &[400]),
        (format!("/buffer?geometry={}&distance_m=1e300", encode("POINT(14 50)")), &[400]),
        ("/buffer?geometry=nothing&distance_m=5".to_owned(), &[400]),
        ("/nowhere".to_owned(), &[404]),
        ("/assets/..%2f..%2f..%2fetc%2fpasswd".to_owned(), &[400, 404]),
        (format!("/search?q={}", "a".repeat(1_000_000)), &[400, 414, 431]),
    ] {
        let response = server.get(&path);
        let shown: String = path.chars().take(120).collect();
        assert!(allowed.contains(&response.status), "{shown}: {} {}", response.status, response.text());
        // What hyper itself refuses (an over-long line) has no body of ours.
        if response.status >= 400 && ![414, 431].contains(&response.status) {
            assert_eq!(response.header("content-type"), "application/problem+json", "{shown}");
            let problem = response.json();
            assert_eq!(problem["status"], response.status, "{shown}: {problem}");
            assert!(problem["detail"].as_str().is_some_and(|detail| !detail.is_empty()), "{shown}: {problem}");
        }
        assert!(server.alive(), "the server died of {shown}");
    }
    assert_eq!(server.json("/health")["status"], "ok");
}

#[test]
fn a_problem_names_the_parameter_and_what_it_accepts() {
    let (_city, server) = bubenec();
    for (path, parameter) in [
        ("/collections/buildings/items?bbox=nan,0,1,1", "bbox"),
        ("/collections/buildings/items?limit=0", "limit"),
        ("/collections/buildings/items?filter=uID%20%3D", "filter"),
        ("/collections/buildings/items?f=papyrus", "f"),
        ("/cells/buildings/99", "resolution"),
    ] {
        let problem = server.get(path).json();
        assert_eq!(problem["parameter"], parameter, "{path}: {problem}");
        assert!(
            problem["accepted"].is_string() || problem["detail"].as_str().is_some_and(|text| text.len() > 20),
            "{path}: {problem}"
        );
    }
}

#[test]
fn rude_connections_do_not_hold_the_server_up() {
    let (_city, mut server) = bubenec();
    // Slow readers and half requests, more than there are workers.
    let mut held = Vec::new();
    for start in
        ["", "GET", "GET /catalog HTTP/1.1\r\nHost: x\r\n", "GET /collections/buildings/items HTTP/1.1\r\nHost: x\r\nX: "]
    {
        for _ in 0..50 {
            let mut stream = TcpStream::connect(server.address()).expect("the server listens");
            stream.write_all(start.as_bytes()).expect("a first part can be sent");
            held.push(stream);
        }
    }
    assert_eq!(server.json("/health")["status"], "ok");
    // It was answered beside them, not after they were given up.
    for stream in &held {
        stream.set_nonblocking(true).expect("a mode");
        let waits = stream.peek(&mut [0]).is_err_and(|error| error.kind() == ErrorKind::WouldBlock);
        assert!(waits, "a half request was answered or dropped");
    }
    for garbage in [
        &b"\x16\x03\x01\x02\x00\x01\x00"[..],
        b"GET / HTTP/9.9\r\n\r\n",
        b"\r\n\r\n\r\n\r\n",
        b"GET /\0 HTTP/1.1\r\nHost: x\r\n\r\n",
    ] {
        let mut stream = TcpStream::connect(server.address()).expect("the server listens");
        let _ = stream.write_all(garbage);
    }
    let post =
        exchange(server.address(), b"POST /catalog HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello");
    assert_eq!(post.status, 405, "{}", post.text());
    let lie = b"GET /health HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\nConnection: close\r\n\r\n";
    let status = exchange(server.address(), lie).status;
    assert!((400..500).contains(&status), "{status}");
    assert!(server.alive());
    assert_eq!(server.json("/health")["status"], "ok");
    // Who says nothing at all is hung up on.
    let silent = &mut held[0];
    silent.set_nonblocking(false).and_then(|()| silent.set_read_timeout(Some(Duration::from_secs(60)))).expect("a mode");
    assert_eq!(silent.read(&mut [0]).expect("its end"), 0);
}

#[test]
fn a_tile_that_has_not_changed_costs_a_304() {
    let (_city, server) = bubenec();
    let tile = server.get(TILE);
    assert_eq!((tile.status, tile.header("content-type")), (200, "application/vnd.mapbox-vector-tile"), "{}", tile.text());
    let etag = tile.header("etag").to_owned();
    assert!(!etag.is_empty() && !tile.body.is_empty());
    assert_eq!(server.get(&format!("{TILE}.mvt")).body, tile.body, "with and without .mvt");

    let again = server.get_with(TILE, &[("If-None-Match", &etag)]);
    assert_eq!((again.status, again.body.len()), (304, 0));
    assert_eq!(again.header("etag"), etag);
    assert_eq!(server.get_with(TILE, &[("If-None-Match", &format!("\"other\", {etag}"))]).status, 304);
    assert_eq!(server.get_with(TILE, &[("If-None-Match", "*")]).status, 304);
    assert_eq!(server.get_with(TILE, &[("If-None-Match", "\"other\"")]).status, 200);

    let empty = server.get("/tiles/buildings/14/0/0");
    assert_eq!((empty.status, empty.body.len()), (204, 0));
}

#[test]
fn an_import_reaches_tiles_catalogue_and_answers_within_a_second() {
    let (city, server) = bubenec();
    let before = server.layer("buildings").expect("it is there");
    let etag = server.get(TILE).header("etag").to_owned();
    city.import(&fixture("bubenec.gpkg"), "buildings", &["--source-layer", "tessellation", "--kind", "building"]).expect_done();
    let seen = server.within(Duration::from_secs(1), |server| {
        server.layer("buildings").is_some_and(|now| now["revision"] != before["revision"])
    });
    assert!(seen, "the new revision was not noticed within a second");
    let now = server.layer("buildings").expect("it is there");
    assert!(now["revision"].as_u64() > before["revision"].as_u64(), "a revision only grows");
    let tile = server.get_with(TILE, &[("If-None-Match", &etag)]);
    assert_eq!(tile.status, 200, "an old ETag must not match new content");

    // The version before stays reachable.
    let versions: Vec<u64> = now["versions"].as_array().expect("a list").iter().filter_map(Value::as_u64).collect();
    assert_eq!(versions.len(), 2, "{now}");
    let old = before["version"].as_u64().expect("a number");
    let count = |query: &str| server.json(&format!("/collections/buildings/items?limit=1{query}"))["numberMatched"].as_u64();
    assert_eq!(count(&format!("&version={old}")), Some(144));
    assert_eq!(count(""), now["count"].as_u64());
}

#[test]
fn tiles_come_in_the_coding_that_was_asked_for() {
    let (_city, server) = bubenec();
    let plain = server.get_with(TILE, &[("Accept-Encoding", "identity")]);
    assert_eq!(plain.header("content-encoding"), "");
    let mut etags = vec![plain.header("etag").to_owned()];
    for coding in ["gzip", "br", "zstd"] {
        let coded = server.get_with(TILE, &[("Accept-Encoding", coding)]);
        assert_eq!(coded.header("content-encoding"), coding);
        assert!(coded.header("vary").to_ascii_lowercase().contains("accept-encoding"), "{coding}: {:?}", coded.headers);
        etags.push(coded.header("etag").to_owned());
        // curl, as a client, must get the plain bytes out of it.
        let url = server.url(TILE);
        let curl = std::process::Command::new("curl")
            .args(["-sS", "--compressed", "-H", &format!("Accept-Encoding: {coding}"), &url])
            .output()
            .expect("curl runs");
        assert_eq!(curl.stdout, plain.body, "{coding} through curl: {}", String::from_utf8_lossy(&curl.stderr));
    }
    etags.dedup();
    assert_eq!(etags.len(), 4, "each coding has its own ETag: {etags:?}");
}

#[test]
fn a_tile_asked_for_twice_is_the_same_tile() {
    let (_city, server) = bubenec();
    for accept in
        ["*/*", "application/vnd.maplibre-tile", "application/vnd.mapbox-vector-tile;q=0.5, application/vnd.maplibre-vector-tile"]
    {
        let plain = server.get_with(TILE, &[("Accept", accept), ("Accept-Encoding", "identity")]);
        for coding in
            ["gzip", "x-gzip", "GZIP;q=0.5", "br", "zstd", "deflate", "*", "gzip;q=0, br", "compress, identity;q=0.1", "nonsense"]
        {
            let ask = || server.get_with(TILE, &[("Accept", accept), ("Accept-Encoding", coding)]);
            let (first, second) = (ask(), ask());
            assert_eq!((first.status, &first.body), (200, &second.body), "{accept} in {coding}");
            for name in [
                "content-type",
                "content-encoding",
                "etag",
                "vary",
                "cache-control",
                "x-content-type-options",
                "access-control-allow-origin",
            ] {
                assert_eq!(first.header(name), second.header(name), "{name} of {accept} in {coding}");
            }
            let is_packed = !second.header("content-encoding").is_empty();
            assert!(is_packed || second.body == plain.body, "{accept} in {coding} is packed and does not say so");
            let url = server.url(TILE);
            let curl = std::process::Command::new("curl")
                .args([
                    "-sS",
                    "--compressed",
                    "-H",
                    &format!("Accept: {accept}"),
                    "-H",
                    &format!("Accept-Encoding: {coding}"),
                    &url,
                ])
                .output()
                .expect("curl runs");
            assert_eq!(curl.stdout, plain.body, "{accept} in {coding} through curl: {}", String::from_utf8_lossy(&curl.stderr));
        }
    }
}

#[test]
fn another_origin_may_read() {
    let (_city, server) = bubenec();
    for path in [TILE, "/catalog", "/tiles/buildings.json", "/collections/buildings/items"] {
        let response = server.get_with(path, &[("Origin", "http://example.com")]);
        assert_eq!(response.header("access-control-allow-origin"), "*", "{path}");
    }
    let preflight = exchange(
        server.address(),
        b"OPTIONS /collections/buildings/items HTTP/1.1\r\nHost: x\r\nOrigin: http://example.com\r\n\
          Access-Control-Request-Method: GET\r\nAccess-Control-Request-Headers: if-none-match\r\nConnection: close\r\n\r\n",
    );
    assert!(preflight.status < 300, "{}", preflight.status);
    assert!(preflight.header("access-control-allow-methods").contains("GET"), "{:?}", preflight.headers);
}

#[test]
fn tilejson_says_what_the_tiles_hold() {
    let (_city, server) = bubenec();
    let document = server.json("/tiles/buildings,roads.json");
    assert_eq!(document["tilejson"], "3.0.0");
    let template = document["tiles"][0].as_str().expect("a template");
    assert!(template.starts_with(&server.url("/tiles/")), "{template}");
    for place in ["{z}", "{x}", "{y}"] {
        assert!(template.contains(place), "{template}");
    }
    let layers: Vec<_> =
        document["vector_layers"].as_array().expect("a list").iter().filter_map(|layer| layer["id"].as_str()).collect();
    assert_eq!(layers, ["buildings", "roads"]);
    assert!(document["vector_layers"].as_array().is_some_and(|layers| layers.iter().all(|layer| layer["fields"].is_object())));
    let bounds: Vec<f64> = document["bounds"].as_array().expect("a list").iter().filter_map(Value::as_f64).collect();
    assert!((bounds[0] - 14.3999).abs() < 0.001 && (bounds[3] - 50.1049).abs() < 0.001, "{bounds:?}");

    let tile = template.replace("{z}", "14").replace("{x}", "8847").replace("{y}", "5549");
    assert_eq!(server.get(tile.strip_prefix(&server.url("")).expect("of this server")).status, 200);
}

#[test]
fn paging_gives_every_feature_once() {
    let (_city, server) = bubenec();
    let everything = server.json("/collections/buildings/items?limit=10000");
    let ids = |page: &Value| -> Vec<u64> {
        page["features"].as_array().expect("a list").iter().filter_map(|f| f["id"].as_u64()).collect()
    };
    let expected = ids(&everything);
    assert_eq!((expected.len(), &everything["numberMatched"], &everything["numberReturned"]), (144, &144.into(), &144.into()));

    let mut found = Vec::new();
    let mut next = Some("/collections/buildings/items?limit=37".to_owned());
    while let Some(path) = next {
        let page = server.json(&path);
        assert_eq!(page["numberMatched"], 144, "{path}");
        found.extend(ids(&page));
        assert!(found.len() <= 144, "paging does not end");
        let href =
            page["links"].as_array().expect("a list").iter().find(|link| link["rel"] == "next").map(|link| link["href"].clone());
        next = href.map(|href| href.as_str().map(|href| href.replace(&server.url(""), "")).expect("a link is text"));
    }
    assert_eq!(found, expected);

    let one = server.json(&format!("/collections/buildings/items/{}", expected[5]));
    assert_eq!(one["geometry"], everything["features"][5]["geometry"]);
}

#[test]
fn a_download_holds_every_match() {
    let (_city, server) = bubenec();
    let csv = server.get("/collections/buildings/items?f=csv");
    assert!(csv.header("content-type").starts_with("text/csv"), "{}", csv.header("content-type"));
    assert_eq!(csv.text().lines().count(), 145);
    assert!(!csv.body.starts_with(b"\xef\xbb\xbf"), "without a byte order mark");
    let all = server.json("/collections/buildings/items?f=geojson&limit=all");
    assert_eq!(all["features"].as_array().map(Vec::len), Some(144));
}

#[test]
fn the_api_describes_itself() {
    let (_city, server) = bubenec();
    let api = server.json("/api");
    assert!(api["openapi"].as_str().is_some_and(|version| version.starts_with("3.1")), "{}", api["openapi"]);
    let paths = api["paths"].as_object().expect("paths");
    for path in ["/catalog", "/tiles/{layers}/{z}/{x}/{y}", "/collections/{id}/items", "/cells/{layer}/{resolution}", "/health"] {
        assert!(paths.contains_key(path), "/api does not describe {path}: {:?}", paths.keys());
    }
    assert!(server.get("/docs/").status == 200, "{}", server.get("/docs/").status);
    assert!(server.get("/metrics").text().contains("# TYPE"), "{}", server.get("/metrics").text());
    let collections = server.json("/collections");
    assert_eq!(collections["collections"].as_array().map(Vec::len), Some(2), "{collections}");
}

/// QGIS and GDAL follow no relative link.
#[test]
fn every_link_is_absolute_and_leads_somewhere() {
    let (_city, server) = bubenec();
    let landing = server.get_with("/", &[("accept", "application/json")]).json();
    let documents = [landing, server.json("/collections"), server.json("/collections/buildings/items?limit=10")];
    let mut followed = 0;
    for document in &documents {
        let mut lists = vec![&document["links"]];
        lists.extend(document["collections"].as_array().into_iter().flatten().map(|collection| &collection["links"]));
        for link in lists.into_iter().flat_map(|list| list.as_array().expect("a list of links")) {
            let href = link["href"].as_str().expect("an address");
            let path = href.strip_prefix(&server.url("")).unwrap_or_else(|| panic!("{href} is not below {}", server.url("")));
            assert_eq!(server.get(path).status, 200, "{link}");
            followed += 1;
        }
    }
    assert_eq!(followed, 6 + 1 + 2 * 4 + 2, "links of the landing page, the list, each collection, a page of items");
    let behind_tls = server.get_with("/collections", &[("x-forwarded-proto", "https")]).json();
    assert_eq!(behind_tls["links"][0]["href"], server.url("/collections").replace("http:", "https:"));
}

#[test]
fn it_stops_when_asked_and_finishes_what_it_began() {
    let (_city, mut server) = bubenec();
    let address = server.address();
    let download = std::thread::spawn(move || urbis_tests::http::get(address, "/collections/buildings/items?limit=all", &[]));
    let response = download.join().expect("the download ends");
    assert_eq!(server.stop(), Some(0), "a stop is no failure");
    assert_eq!(response.json()["features"].as_array().map(Vec::len), Some(144));
}

/// Who hangs up frees the processor: of this filter each of 200,000 rows takes some 100 µs, which is past the time limit.
#[test]
fn a_client_that_hangs_up_frees_its_worker() {
    let city = City::empty();
    let rows: String = (0..200_000).map(|row| format!("{},{},{row}\n", 121.0 + f64::from(row % 500) / 1000.0, 31.5)).collect();
    let csv = city.write("points.csv", format!("lon,lat,number\n{rows}"));
    city.import(&csv, "points", &["--crs", "EPSG:4326"]).expect_done();
    let server = city.serve();
    let never = (0..1500).map(|nth| format!("number*number={nth}.5")).collect::<Vec<_>>().join(" OR ");
    let path = format!("/collections/points/items?filter={}", encode(&never));
    let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n");
    let quick = |server: &Server| {
        server.get("/collections/points/items?limit=1").status == 200
            && server.get("/cells/points/9?bbox=121,31,121.001,32").status == 200
            && server.get(&format!("/buffer?distance_m=5&geometry={}", encode("POINT(121 31)"))).status == 200
    };
    assert!(quick(&server));
    let workers = std::thread::available_parallelism().map_or(2, usize::from);
    let mut streams: Vec<TcpStream> = (0..2 * workers)
        .map(|_| {
            let mut stream = TcpStream::connect(server.address()).expect("the server listens");
            stream.write_all(request.as_bytes()).expect("the request can be sent");
            stream
        })
        .collect();
    // While they are held nobody else gets a worker: that is what hanging up must end.
    std::thread::sleep(Duration::from_millis(500));
    for stream in &mut streams {
        stream.set_nonblocking(true).expect("it can be looked at");
        let unanswered = stream.read(&mut [0]).is_err_and(|error| error.kind() == ErrorKind::WouldBlock);
        assert!(unanswered, "the question is too easy to prove anything");
    }
    drop(streams);
    let started = Instant::now();
    assert!(quick(&server));
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
}

/// The first tile of a large layer waits for its preparation, which is therefore begun by whoever is about to ask.
#[test]
fn what_announces_tiles_prepares_their_layers() {
    let city = City::empty();
    for layer in ["sites", "plots"] {
        city.import(&fixture("bubenec.gpkg"), layer, &["--source-layer", "plots"]).expect_done();
    }
    let prepared = |server: &Server| {
        let metrics = server.get("/metrics").text();
        let count = metrics.lines().find_map(|line| line.strip_prefix("urbis_tile_layers_prepared_total "));
        count.map_or(0, |count| count.parse::<u64>().expect("a count"))
    };
    let until = |server: &Server, expected: u64| {
        let deadline = Instant::now() + Duration::from_secs(60);
        while prepared(server) < expected {
            assert!(Instant::now() < deadline, "{} of {expected} layers are prepared", prepared(server));
            std::thread::sleep(Duration::from_millis(20));
        }
    };
    let server = city.serve();
    assert_eq!(server.get("/catalog").status, 200);
    assert_eq!(prepared(&server), 0, "who asks questions only does not pay for tiles");
    assert_eq!(server.get("/tiles/plots.json").status, 200);
    until(&server, 1);
    assert_eq!(server.get("/tiles/plots/16/35391/22193").status / 100, 2);
    assert_eq!(prepared(&server), 1, "it was ready, and nobody asked for the other");
    if server.get("/").text().contains("assets/") {
        until(&server, 2);
    } else {
        urbis_tests::skip("what the page announces", "it is not built into this binary (./run test builds it)");
    }
}

/// Who hangs up in the middle of a tile of one large layer, where nothing lies between two steps, stops its encoding.
#[test]
fn a_tile_that_nobody_waits_for_is_given_up() {
    let city = City::empty();
    let square = |row: usize| {
        let (lon, lat) = (121.0 + (row % 250) as f64 / 3000.0, 31.5 + (row / 250) as f64 / 3500.0);
        let corner = |x: f64, y: f64| format!("[{:.6},{:.6}]", lon + x * 2e-4, lat + y * 2e-4);
        let ring = [corner(0.0, 0.0), corner(1.0, 0.0), corner(1.0, 1.0), corner(0.0, 1.0), corner(0.0, 0.0)].join(",");
        format!(
            r#"{{"type":"Feature","properties":{{"height_m":{}}},"geometry":{{"type":"Polygon","coordinates":[[{ring}]]}}}}"#,
            row % 90
        )
    };
    let lines: Vec<String> = (0..60_000).map(square).collect();
    city.import(&city.write("buildings.geojsonl", lines.join("\n")), "buildings", &["--kind", "building"]).expect_done();
    let server = city.serve();
    let given_up = |server: &Server| {
        let metrics = server.get("/metrics").text();
        let count = metrics.lines().find_map(|line| line.strip_prefix("urbis_tiles_given_up_total "));
        count.map_or(0, |count| count.parse::<u64>().expect("a count"))
    };
    // Prepares the layer, so that what follows is encoding alone. The tile at zoom 12 holds two thirds of all.
    assert_eq!(server.get("/tiles/buildings/16/54800/26715").status / 100, 2);
    let tile = "/tiles/buildings/12/3425/1669";
    let started = Instant::now();
    assert_eq!(server.get_with(tile, &[("Accept-Encoding", "identity")]).status, 200);
    let whole = started.elapsed();
    assert_eq!(given_up(&server), 0);

    // Each coding is made anew. A tile that was finished before its client had gone is no answer: then the next one is.
    let tiles = [tile, "/tiles/buildings/11/1712/834", "/tiles/buildings/10/856/417"];
    let asked = tiles.iter().flat_map(|tile| ["zstd", "br", "gzip"].map(|coding| (tile, coding)));
    let is_given_up = asked.zip([20, 10, 5].into_iter().cycle()).any(|((tile, coding), part)| {
        let mut stream = TcpStream::connect(server.address()).expect("the server listens");
        let request = format!("GET {tile} HTTP/1.1\r\nHost: x\r\nAccept-Encoding: {coding}\r\n\r\n");
        stream.write_all(request.as_bytes()).expect("sent");
        std::thread::sleep(whole / part);
        drop(stream);
        server.within(Duration::from_secs(3), |server| given_up(server) > 0)
    });
    assert!(is_given_up, "nine tiles were made for nobody, the first within {whole:?}");
    assert_eq!(server.get_with(tile, &[("Accept-Encoding", "zstd")]).status, 200, "others get it as before");
}

/// Zigzags to and fro in both directions: two thousand sides that cross a million times.
#[test]
fn a_hostile_buffer_is_refused() {
    let (_city, mut server) = bubenec();
    let lines = 1000;
    let ends = |index: usize| if index.is_multiple_of(2) { ["0", ".1"] } else { [".1", "0"] };
    let at = |index: usize| format!(".{index:04}");
    let across = (0..lines).flat_map(|index| ends(index).map(|end| format!("{end} {}", at(index))));
    let along = (0..lines).flat_map(|index| ends(index).map(|end| format!("{} {end}", at(index))));
    let vertices = across.chain(along).collect::<Vec<_>>().join(",");
    for shape in [format!("LINESTRING({vertices})"), format!("POLYGON(({vertices},0 .0000))")] {
        // Blanks as + keep it below the longest address.
        let response = server.get(&format!("/buffer?distance_m=1&geometry={}", shape.replace(' ', "+")));
        assert_eq!(response.status, 400, "{}", response.text());
        assert_eq!(response.json()["parameter"], "geometry", "{}", response.text());
    }
    assert!(server.alive());
}

/// Where the blobs of GeoPackage geometry lie whose WKB type is one of lines (GeoPackage 1.3, 2.1.3).
fn line_blobs(file: &[u8]) -> Vec<usize> {
    let is_line = |start: &usize| {
        let blob = &file[*start..];
        let envelope = [0, 32, 48, 48, 64].get(usize::from(blob[3] >> 1 & 7)).copied().unwrap_or(0);
        let kind = blob.get(9 + envelope..13 + envelope).and_then(|bytes| bytes.try_into().ok()).map(u32::from_le_bytes);
        matches!(kind.map(|kind| kind % 1000), Some(2 | 5))
    };
    let starts = 0..file.len().saturating_sub(16);
    starts.filter(|start| file[*start..].starts_with(b"GP\0")).filter(is_line).collect()
}

#[test]
fn one_corrupt_layer_does_not_take_the_others_along() {
    const PAGE: usize = 4096;
    for whole_pages in [false, true] {
        let city = City::empty();
        city.import(&fixture("bubenec.gpkg"), "buildings", &["--source-layer", "buildings", "--kind", "building"]).expect_done();
        city.import(&fixture("bubenec.gpkg"), "roads", &["--source-layer", "streets", "--kind", "road"]).expect_done();
        let mut file = std::fs::read(city.file()).expect("the city file");
        let blobs = line_blobs(&file);
        assert_eq!(blobs.len(), 35, "the streets");
        for start in blobs {
            // Either what a row holds, or how the database keeps its rows.
            let damaged = if whole_pages { start / PAGE * PAGE..start / PAGE * PAGE + 8 } else { start..start + 2 };
            file[damaged].fill(0xff);
        }
        std::fs::write(city.file(), file).expect("the city file can be written");

        let server = city.serve();
        let health = server.json("/health");
        assert_eq!((&health["unreadable"], &health["status"]), (&serde_json::json!(["roads"]), &"ok".into()), "{health}");
        assert!(server.layer("buildings").is_some() && server.layer("roads").is_none());
        assert_eq!(server.json("/collections/buildings/items?limit=1")["numberMatched"], 144);
        assert_eq!(server.get(TILE).status, 200);
        let answer = server.get("/collections/roads/items");
        assert!(answer.status == 503 && answer.text().contains("layer roads can't be served"), "{answer:?}");
        drop(server);

        assert_eq!(city.count("buildings", &[]), 144);
        let refused = city.urbis(&["query", "roads", "--format", "count"]);
        assert!(refused.code.is_some_and(|code| code != 0) && refused.stdout.is_empty(), "{refused:?}");
        assert!(!refused.stderr.contains("panicked") && refused.stderr.len() > 40, "{refused:?}");
        if whole_pages {
            continue; // An import that reads these pages fails; the city has to come from a copy.
        }
        // The layer can be imported anew, and all is well again.
        city.import(&fixture("bubenec.gpkg"), "roads", &["--source-layer", "streets", "--kind", "road"]).expect_done();
        assert_eq!(city.count("roads", &[]), 35);
    }
}

#[test]
fn a_layer_that_does_not_fit_is_named_and_the_others_are_served() {
    let city = City::empty();
    let points = city.folder().join("points.csv");
    let rows: String = (0..100_000).map(|row| format!("{},{:.6},{:.6}\n", row, 121.0 + f64::from(row) * 1e-6, 31.9)).collect();
    std::fs::write(&points, format!("nr,lon,lat\n{rows}")).expect("it can be written");
    city.import(&points, "points", &["--crs", "EPSG:4490"]).expect_done();
    city.import(&fixture("bubenec.gpkg"), "buildings", &["--source-layer", "buildings", "--kind", "building"]).expect_done();

    let server = Server::start(city.folder(), &["serve", "--city", "city.gpkg", "--listen", "127.0.0.1:0", "--memory-mib", "1"]);
    assert_eq!(server.json("/health")["unreadable"], serde_json::json!(["points"]));
    for path in ["/tiles/points/14/13693/6657", "/tiles/points.json", "/collections/points/items", "/cells/points/7"] {
        let answer = server.get(path);
        assert_eq!(answer.status, 503, "{path}: {answer:?}");
        assert_eq!(answer.header("retry-after"), "1", "{path}");
        assert!(answer.text().contains("MiB of memory"), "{path}: {}", answer.text());
    }
    assert_eq!(server.json("/collections/buildings/items?limit=1")["numberMatched"], 144);

    // A smaller version of it fits, and is served without a new start.
    std::fs::write(&points, "nr,lon,lat\n1,121,31.9\n").expect("it can be written");
    city.import(&points, "points", &["--crs", "EPSG:4490"]).expect_done();
    let served = (0..100).any(|_| {
        std::thread::sleep(std::time::Duration::from_millis(50));
        server.get("/collections/points/items").status == 200
    });
    assert!(served);
    assert_eq!(server.json("/health")["unreadable"], Value::Null);
}
