//! How true tiles are to their source at every zoom: the Hausdorff distance of outlines, and what becomes of polygons that divide the land.

use std::path::PathBuf;

use serde_json::{Value, json};
use urbis_tests::{City, fixture, oracle, repository, shared_data, soak};

/// Writes a source, imports it as this kind and makes an archive of its tiles; none, said loudly, without Python.
fn archive(city: &City, make: &str, of: Value, kind: &str) -> Option<(PathBuf, PathBuf)> {
    let source = city.folder().join("source.fgb");
    oracle::python("outlines", &[], &json!({ "make": make, "of": of, "file": source }))?;
    city.import(&source, "shapes", &["--kind", kind]).expect_done();
    city.urbis(&["tiles", "shapes", "--max-zoom", "16", "--out", "tiles.pmtiles"]).expect_done();
    Some((source, city.folder().join("tiles.pmtiles")))
}

#[expect(clippy::print_stderr, reason = "the table is what a reader of the test wants to know")]
fn show(what: &str, rows: &Value, columns: &[&str]) {
    eprintln!("{what}");
    for row in rows.as_array().expect("a list") {
        let cells = columns.iter().map(|column| format!("{column} {:.2}", row[column].as_f64().expect("a number")));
        eprintln!("  {}", cells.collect::<Vec<_>>().join("  "));
    }
}

fn check_outlines(make: &str, of: Value, kind: &str, least_shapes: u64) {
    let city = City::empty();
    let Some((source, archive)) = archive(&city, make, of, kind) else { return };
    let definition = repository().join(format!("tiles/layers/{kind}.toml"));
    let tiles_per_zoom = if soak() { 40 } else { 2 };
    let job = json!({ "archive": archive, "source": source, "definition": definition, "tiles_per_zoom": tiles_per_zoom });
    let rows = oracle::python("outlines", &[], &job).expect("it ran before");
    show(
        &format!("{make} as {kind}, distances in pixels"),
        &rows,
        &["zoom", "tiles", "tiles_that_drop", "shapes", "greatest_px", "p99_px"],
    );
    let rows = rows.as_array().expect("a list");
    for row in rows {
        assert!(row["greatest_px"].as_f64().expect("a number") <= 1.0, "{make} as {kind}: {row}");
    }
    let shapes: u64 = rows.iter().map(|row| row["shapes"].as_u64().expect("a count")).sum();
    assert!(shapes >= least_shapes, "{shapes} shapes of {make} were compared");
}

/// What is drawn is within a pixel of the source, and the source of what is drawn, along all of lines and rings.
#[test]
fn outlines_stay_within_a_pixel_at_every_zoom() {
    let (buildings, roads) = if soak() { (50_000, 20_000) } else { (1_500, 1_500) };
    check_outlines("buildings", json!(buildings), "building", 1_500);
    check_outlines("buildings", json!(buildings), "generic", 1_500);
    check_outlines("roads", json!(roads), "road", 1_000);
}

#[test]
fn outlines_of_liechtenstein_stay_within_a_pixel_at_every_zoom() {
    let Some(extract) = shared_data("osm/liechtenstein.osm.pbf") else { return };
    check_outlines("osm_buildings", json!(extract), "building", 1_000);
    check_outlines("osm_roads", json!(extract), "road", 1_000);
}

fn check_coverage(make: &str, of: Value, kind: &str) {
    let city = City::empty();
    let Some((source, archive)) = archive(&city, make, of, kind) else { return };
    let judged = |nudge: bool| {
        let job = json!({ "archive": archive, "source": source, "most_tiles": if soak() { 64 } else { 9 }, "nudge": nudge });
        oracle::python("coverage", &[], &job).expect("it ran before")
    };
    let rows = judged(false);
    show(
        &format!("{make} as {kind}"),
        &rows,
        &["zoom", "tiles", "pieces", "land_px2", "gap_px2", "overlap_px2", "seam_step_units"],
    );
    let number = |row: &Value, key: &str| row[key].as_f64().expect("a number");
    for row in rows.as_array().expect("a list") {
        // What GEOS' own arithmetic leaves of nothing.
        assert!(number(row, "gap_px2") < 1e-6 && number(row, "overlap_px2").abs() < 1e-6, "{make} as {kind}: {row}");
        assert!(number(row, "seam_step_units") <= 1.0, "{make} as {kind}: {row}");
    }
    let nudged = judged(true);
    let seen = |row: &Value| number(row, "gap_px2") + number(row, "overlap_px2") > 0.1;
    assert!(nudged.as_array().expect("a list").iter().any(seen), "a polygon that was moved was not seen: {nudged}");
}

/// Polygons that divide the land leave no gap and no overlap, inside tiles and across their seams, at any zoom.
#[test]
fn coverages_have_no_gap_and_no_overlap() {
    check_coverage("cells", json!(400), "grid");
    check_coverage("layer", json!([fixture("bubenec.gpkg"), "tessellation"]), "grid");
}

#[test]
fn municipalities_of_liechtenstein_have_no_gap_and_no_overlap() {
    let Some(extract) = shared_data("osm/liechtenstein.osm.pbf") else { return };
    check_coverage("osm_municipalities", json!(extract), "town");
}
