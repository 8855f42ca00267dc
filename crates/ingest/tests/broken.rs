//! Broken files that every clone has, because this test makes them: each with the one outcome that is right.

mod made;
mod shared;

use made::{Cell, SQUARE, write_table};
use std::{fs, path::Path};
use urbis_ingest::{ImportOptions, IngestError};

/// What becomes of a file.
enum Becomes {
    /// The file is no source, and why, in words that must stand in the message.
    Error(&'static str),
    /// Features: imported, repaired, quarantined, refused; and words of each reason, in any order.
    Counts([u64; 4], &'static [&'static str]),
}
use Becomes::{Counts, Error};

fn check(path: &Path, expected: &Becomes) {
    let options = ImportOptions { files: vec![path.to_owned()], ..ImportOptions::default() };
    let name = path.file_name().unwrap().to_string_lossy();
    let mut held = [0; 2];
    let outcome = shared::read(&options, |batch| {
        held[0] += batch.features.len() as u64;
        held[1] += batch.quarantined.len() as u64;
    });
    match (outcome, expected) {
        (Err(error), Error(words)) => assert!(error.to_string().contains(words), "{name}: {error}"),
        (Ok(report), Counts(counts, reasons)) => {
            let found = [report.imported, report.repaired, report.quarantined, report.refused];
            let rows: Vec<String> = report.rows().unwrap().map(|row| row.unwrap().reason).collect();
            assert_eq!((found, report.read), (*counts, counts.iter().sum()), "{name}: {rows:?}");
            assert_eq!(held, [counts[0] + counts[1], counts[2]], "{name}");
            assert_eq!(rows.len(), reasons.len(), "{name}: {rows:?}");
            let mut unsaid = rows;
            for words in *reasons {
                let row = unsaid.iter().position(|row| row.contains(words));
                unsaid.remove(row.unwrap_or_else(|| panic!("{name}: none of {unsaid:?} says {words:?}")));
            }
        }
        (Err(error), Counts(..)) => panic!("{name}: {error}"),
        (Ok(report), Error(words)) => panic!("{name}: read as {report:?} instead of {words:?}"),
    }
}

fn polygon(rings: &str) -> String {
    format!(r#"{{"type":"Feature","properties":{{"n":1}},"geometry":{{"type":"Polygon","coordinates":[{rings}]}}}}"#)
}

fn collection(features: &[String]) -> String {
    format!(r#"{{"type":"FeatureCollection","features":[{}]}}"#, features.join(","))
}

#[test]
fn shapes_in_geojson() {
    let folder = tempfile::tempdir().unwrap();
    let wide: String = (0..1_000_001).map(|n| format!("[{:.6},47.1],", 9.0 + f64::from(n) * 1e-6)).collect();
    for (name, rings, becomes) in [
        ("sound", "[[9,47],[9.1,47],[9.1,47.1],[9,47]]", Counts([1, 0, 0, 0], &[])),
        ("clockwise", "[[9,47],[9.1,47.1],[9.1,47],[9,47]]", Counts([1, 0, 0, 0], &[])),
        ("unclosed", "[[9,47],[9.1,47],[9.1,47.1]]", Counts([0, 1, 0, 0], &["unclosed ring was closed"])),
        ("bow-tie", "[[9,47],[9.1,47.1],[9.1,47],[9,47.1],[9,47]]", Counts([0, 1, 0, 0], &["Self-intersection"])),
        (
            "ring-twice",
            "[[9,47],[9.1,47],[9.1,47.1],[9,47]],[[9,47],[9.1,47],[9.1,47.1],[9,47]]",
            Counts([0, 0, 1, 0], &["falls apart"]),
        ),
        ("no-area", "[[9,47],[9.1,47],[9.2,47],[9,47]]", Counts([0, 0, 1, 0], &["the area is zero"])),
        ("two-corners", "[[9,47],[9.1,47],[9,47]]", Counts([0, 0, 1, 0], &["fewer than three corners"])),
        ("no-ring", "", Counts([0, 0, 0, 1], &["no shape"])),
        ("latitude-91", "[[9,91],[9.1,90],[9.1,89],[9,91]]", Counts([0, 0, 0, 1], &["latitude 91, which is not on the globe"])),
        ("swapped", "[[31.9,121.1],[31.9,121.2],[32,121.2],[31.9,121.1]]", Counts([0, 0, 0, 1], &["swapped axes?"])),
        ("not-a-number", "[[NaN,47],[9.1,47],[9.1,47.1],[NaN,47]]", Counts([0, 0, 0, 1], &["which is no place"])),
        ("past-every-number", "[[1e999,47],[9.1,47],[9.1,47.1],[1e999,47]]", Counts([0, 0, 0, 1], &["which is no place"])),
        ("too-many-vertices", &format!("[{wide}[9.5,48],[9,47.1]]"), Counts([0, 0, 0, 1], &["over 1000000 vertices"])),
    ] {
        let path = folder.path().join(format!("{name}.geojson"));
        fs::write(&path, collection(&[polygon(rings)])).unwrap();
        check(&path, &becomes);
    }
}

#[test]
fn documents_of_geojson() {
    let folder = tempfile::tempdir().unwrap();
    let good = polygon("[[9,47],[9.1,47],[9.1,47.1],[9,47]]");
    let point = r#"{"type":"Feature","id":"a","properties":{},"geometry":{"type":"Point","coordinates":[9,47]}}"#.to_owned();
    let mixed = r#"{"type":"Feature","properties":{},"geometry":{"type":"GeometryCollection","geometries":[{"type":"Point","coordinates":[9,47]},{"type":"Polygon","coordinates":[[[9,47],[9.1,47],[9.1,47.1],[9,47]]]},{"type":"LineString","coordinates":[[9,47],[9.1,47]]}]}}"#.to_owned();
    let long = good.replace("\"n\":1", &format!("\"n\":\"{}\"", "a".repeat(17 << 20)));
    for (name, text, becomes) in [
        ("array.geojson", format!("[{good}]"), Counts([1, 0, 0, 0], &[])),
        ("bom.geojson", format!("\u{feff}{}", collection(std::slice::from_ref(&good))), Counts([1, 0, 0, 0], &[])),
        ("named-otherwise.gpkg", collection(std::slice::from_ref(&good)), Counts([1, 0, 0, 0], &[])),
        ("cut.geojson", collection(&[good.clone(), good.clone()])[..150].to_owned(), Error("cut off")),
        ("empty.geojson", String::new(), Error("empty")),
        ("other.json", "{\"a\":1}".into(), Error("not GeoJSON")),
        ("points-and-areas.geojson", collection(&[good.clone(), point.clone()]), Counts([2, 0, 0, 0], &[])),
        (
            "mixed-in-one.geojson",
            collection(&[mixed]),
            Counts([0, 1, 0, 0], &["it mixes dimensions, and only the highest was kept: 1 point and 1 line left out"]),
        ),
        ("one-id-twice.geojson", collection(&[point.clone(), point]), Counts([1, 1, 0, 0], &["its id \"a\" is used 2 times"])),
        ("long-attribute.geojson", collection(&[long, good]), Counts([1, 0, 0, 1], &["attributes are over 16 MB"])),
    ] {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        check(&path, &becomes);
    }
}

#[test]
fn files_of_gdal_cut_anywhere_are_an_error_or_whole() {
    let folder = tempfile::tempdir().unwrap();
    let rows: Vec<(Cell, &str)> = (0..200).map(|_| (Cell::Text("name"), SQUARE)).collect();
    for (driver, extension) in [("GPKG", "gpkg"), ("FlatGeobuf", "fgb"), ("ESRI Shapefile", "shp")] {
        let path = folder.path().join(format!("whole.{extension}"));
        write_table(driver, &path, &rows);
        check(&path, &Counts([200, 0, 0, 0], &[]));
        let whole = fs::read(&path).unwrap();
        let cut_path = folder.path().join(format!("cut.{extension}"));
        for companion in ["shx", "dbf", "prj", "cpg"] {
            let _ = fs::copy(path.with_extension(companion), cut_path.with_extension(companion));
        }
        for tenth in 0..10 {
            fs::write(&cut_path, &whole[..whole.len() * tenth / 10]).unwrap();
            let options = ImportOptions { files: vec![cut_path.clone()], ..ImportOptions::default() };
            // A reader may notice while it opens or while it reads; it must never take a part for the whole.
            let outcome = shared::read(&options, |_| ());
            assert!(outcome.is_err(), "{extension} cut to {tenth} tenths: {outcome:?}");
        }
    }
}

#[test]
fn shapefiles_without_their_companions() {
    for (lost, becomes) in [
        ("shx", Counts([3, 0, 0, 0], &[])),
        ("dbf", Error("the .dbf, in which the attributes stand, is missing; copy it beside the .shp")),
        ("prj", Error("states no reference system (the .prj is missing)")),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(format!("without-{lost}.shp"));
        write_table("ESRI Shapefile", &path, &[(Cell::Text("a"), SQUARE); 3]);
        fs::remove_file(path.with_extension(lost)).unwrap();
        check(&path, &becomes);
        let left = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path()).collect::<Vec<_>>();
        assert!(!left.contains(&path.with_extension(lost)), "nothing is written beside a source: {left:?}");
    }
}

#[test]
fn a_shapefile_is_never_written_to() {
    for keeps_bytes in [u64::MAX, 120, 50] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("whole.shp");
        write_table("ESRI Shapefile", &path, &[(Cell::Text("a"), SQUARE); 3]);
        let index = fs::OpenOptions::new().write(true).open(path.with_extension("shx")).unwrap();
        index.set_len(keeps_bytes.min(index.metadata().unwrap().len())).unwrap();
        let state = || {
            let mut files: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
            files.sort();
            let state = |file: &std::path::PathBuf| (fs::metadata(file).unwrap().modified().unwrap(), fs::read(file).unwrap());
            files.iter().map(state).collect::<Vec<_>>()
        };
        let before = state();
        check(&path, &Counts([3, 0, 0, 0], &[]));
        assert!(before == state(), "an index of {keeps_bytes} bytes at most");
    }
}

#[test]
fn an_index_of_an_earlier_export_costs_no_feature() {
    let folder = tempfile::tempdir().unwrap();
    let (path, earlier) = (folder.path().join("now.shp"), folder.path().join("earlier.shp"));
    write_table("ESRI Shapefile", &path, &[(Cell::Text("a"), SQUARE); 5]);
    write_table("ESRI Shapefile", &earlier, &[(Cell::Text("a"), SQUARE); 3]);
    fs::copy(earlier.with_extension("shx"), path.with_extension("shx")).unwrap();
    check(&path, &Counts([5, 0, 0, 0], &[]));
}

#[test]
fn a_text_that_its_field_cut_in_a_character_is_told_and_taken() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cut.shp");
    write_table("ESRI Shapefile", &path, &[(Cell::Bytes(&"海门".as_bytes()[..5]), SQUARE)]);
    let _ = fs::remove_file(path.with_extension("cpg"));
    let mut dbf = fs::read(path.with_extension("dbf")).unwrap();
    dbf[29] = 0;
    // The field is as narrow as its text, so that no blanks follow.
    let at = dbf.windows(5).position(|bytes| bytes == &"海门".as_bytes()[..5]).unwrap();
    dbf[at + 5..].iter_mut().take_while(|byte| **byte == b' ').for_each(|byte| *byte = 0);
    fs::write(path.with_extension("dbf"), &dbf).unwrap();
    let report = shared::read(&ImportOptions { files: vec![path], ..ImportOptions::default() }, |_| {}).unwrap();
    assert_eq!(report.imported, 1);
    assert!(report.notes.iter().any(|note| note.contains("1 texts end in the middle")), "{:?}", report.notes);
}

#[test]
fn shapes_that_gdal_holds() {
    let folder = tempfile::tempdir().unwrap();
    let rows = [
        (Cell::Text("sound"), SQUARE),
        (Cell::Text("bow-tie"), "POLYGON((9 47,9.1 47.1,9.1 47,9 47.1,9 47))"),
        (Cell::Text("no area"), "POLYGON((9 47,9.1 47,9.2 47,9 47))"),
        (Cell::Text("latitude 91"), "POLYGON((9 91,9.1 90,9.1 89,9 91))"),
        (Cell::Text("nan"), "POLYGON((nan 47,9.1 47,9.1 47.1,nan 47))"),
        (Cell::Text("infinite"), "POLYGON((inf 47,9.1 47,9.1 47.1,inf 47))"),
        (Cell::Text("line"), "LINESTRING(9 47,9.1 47)"),
        (Cell::Text("mixed"), "GEOMETRYCOLLECTION(POINT(9 47),POLYGON((9 47,9.1 47,9.1 47.1,9 47)))"),
        (Cell::Text("empty"), "POLYGON EMPTY"),
    ];
    let reasons: &[&str] = &["no shape", "Self-intersection", "the area is zero", "not on the globe", "NaN", "inf", "it mixes"];
    let path = folder.path().join("shapes.gpkg");
    write_table("GPKG", &path, &rows);
    check(&path, &Counts([2, 2, 1, 4], reasons));
    // GDAL's FlatGeobuf writer leaves features without a shape out.
    let path = folder.path().join("shapes.fgb");
    write_table("FlatGeobuf", &path, &rows);
    check(&path, &Counts([2, 2, 1, 3], &reasons[1..]));
}

#[test]
fn chinese_texts_of_a_real_dbf_in_gbk() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("gbk.shp");
    // 海门 in GBK. GDAL writes the bytes as they are, and no .cpg.
    let haimen = [0xBA, 0xA3, 0xC3, 0xC5];
    write_table("ESRI Shapefile", &path, &[(Cell::Bytes(&haimen), SQUARE)]);
    let _ = fs::remove_file(path.with_extension("cpg"));
    let mut dbf = fs::read(path.with_extension("dbf")).unwrap();
    assert!(dbf.windows(4).any(|bytes| bytes == haimen));
    for (language, encoding, expected) in [(0x4D, None, "海门"), (0, Some("GBK"), "海门")] {
        // Byte 29 is the language driver: 0x4D is code page 936.
        dbf[29] = language;
        fs::write(path.with_extension("dbf"), &dbf).unwrap();
        let options =
            ImportOptions { files: vec![path.clone()], encoding: encoding.map(str::to_owned), ..ImportOptions::default() };
        let mut name = String::new();
        shared::read(&options, |batch| {
            if let urbis_model::Value::Text(text) = batch.features.column("name").unwrap().value(0) {
                text.clone_into(&mut name);
            }
        })
        .unwrap();
        assert_eq!(name, expected, "language {language:#x}, --encoding {encoding:?}");
    }
}

#[test]
fn texts_that_are_not_utf8_ask_for_their_encoding() {
    let folder = tempfile::tempdir().unwrap();
    let table = folder.path().join("table.shp");
    let gbk = |text: &str| encoding_rs::GBK.encode(text).0.into_owned();
    let haimen = gbk("海门");
    write_table("ESRI Shapefile", &table, &[(Cell::Bytes(&haimen), SQUARE)]);
    let _ = fs::remove_file(table.with_extension("cpg"));
    let mut dbf = fs::read(table.with_extension("dbf")).unwrap();
    dbf[29] = 0;
    fs::write(table.with_extension("dbf"), &dbf).unwrap();
    // The header of the one column in GBK, its value in ASCII.
    let header = folder.path().join("header.shp");
    write_table("ESRI Shapefile", &header, &[(Cell::Text("1"), SQUARE)]);
    let _ = fs::remove_file(header.with_extension("cpg"));
    let mut dbf = fs::read(header.with_extension("dbf")).unwrap();
    dbf[29] = 0;
    dbf[32..36].copy_from_slice(&haimen);
    fs::write(header.with_extension("dbf"), &dbf).unwrap();
    let csv = folder.path().join("points.csv");
    fs::write(&csv, gbk("经度,纬度,名称\n121.2,31.9,海门\n")).unwrap();
    let json = folder.path().join("one.geojson");
    let feature = r#"{"type":"Feature","geometry":{"type":"Point","coordinates":[121.2,31.9]},"properties":{"name":"海门"}}"#;
    fs::write(&json, gbk(feature)).unwrap();
    for path in [table, header, csv, json] {
        let crs = Some("EPSG:4490".parse().unwrap());
        let options = ImportOptions { files: vec![path.clone()], crs, ..ImportOptions::default() };
        let error = shared::read(&options, |_| {}).unwrap_err();
        assert!(matches!(error, IngestError::UnstatedEncoding { .. }), "{path:?}: {error}");
        let replaced = ImportOptions { encoding: Some("UTF-8".into()), ..options.clone() };
        if path.extension().is_some_and(|extension| extension != "csv") {
            assert_eq!(shared::read(&replaced, |_| {}).unwrap().imported, 1, "{path:?}");
        }
        let named = ImportOptions { encoding: Some("GBK".into()), ..options };
        let report = shared::read(&named, |_| {}).unwrap();
        assert_eq!(report.imported, 1, "{path:?}");
        assert!(!report.notes.iter().any(|note| note.contains("U+FFFD")), "{path:?}: {:?}", report.notes);
    }
}

#[test]
fn heights_that_are_none_and_an_overruled_frame_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("towers.geojson");
    let tower = |height: &str| {
        format!(
            r#"{{"type":"Feature","geometry":{{"type":"Point","coordinates":[121.2,31.9]}},"properties":{{"height":{height}}}}}"#
        )
    };
    fs::write(&path, ["12", "1722", "-3", "null"].map(tower).join("\n")).unwrap();
    let crs = Some("EPSG:4490".parse().unwrap());
    let report = shared::read(&ImportOptions { files: vec![path], crs, ..ImportOptions::default() }, |_| {}).unwrap();
    assert!(report.notes.iter().any(|note| note.starts_with("2 values of height columns")), "{:?}", report.notes);
    assert!(report.frame.warnings[0].starts_with("the file states EPSG:4326"), "{:?}", report.frame.warnings);
}

#[test]
fn a_zip_that_was_cut_off_is_told_from_one_without_a_shapefile() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cut.zip");
    // The local header of a stored file and nothing after it.
    fs::write(&path, b"PK\x03\x04\x14\0\0\0\0\0\0\0\0\0\0\0\0\0\x10\0\0\0\x10\0\0\0\x05\0\0\0a.shp").unwrap();
    let error = shared::read(&ImportOptions { files: vec![path], ..ImportOptions::default() }, |_| {}).unwrap_err();
    assert!(error.to_string().contains("cut off"), "{error}");
}
