//! CSV as people's programs leave it: nothing of it is lost without a word.

mod shared;

use std::{fs, path::PathBuf, process::Command};
use tempfile::TempDir;
use urbis_ingest::{ImportOptions, ImportReport, IngestError};

fn options(text: impl AsRef<[u8]>) -> (TempDir, ImportOptions) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("table.csv");
    fs::write(&path, text).unwrap();
    (folder, ImportOptions { files: vec![path], crs: Some("EPSG:4490".parse().unwrap()), ..ImportOptions::default() })
}

/// The report, and each feature as its values behind their columns' names.
fn read(options: &ImportOptions) -> Result<(ImportReport, Vec<String>), IngestError> {
    let mut rows = Vec::new();
    let report = shared::read(options, |batch| {
        let fields = batch.features.schema().fields();
        for row in 0..batch.features.len() {
            let value = |name: &str| batch.features.column(name).unwrap().value(row);
            let values: Vec<String> = fields.iter().map(|field| format!("{}={:?}", field.name, value(&field.name))).collect();
            rows.push(values.join(" "));
        }
    })?;
    Ok((report, rows))
}

#[test]
fn a_quote_that_is_never_closed_is_an_error_that_names_its_line() {
    for (rows, words) in [
        ("1,121,31,ok\n2,121,31,\"open\n3,121,31,ok\n", "line 3 is never closed"),
        ("1,121,31,\"open\n2,121,31,ok\n3,121,31,\"open\n4,121,31,ok\n", "line 2 is closed only on line 4"),
    ] {
        let (_folder, options) = options(format!("k,lon,lat,note\n{rows}"));
        let error = read(&options).unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
    }
    // The header may hold it, and then all rows were a header.
    let (_folder, options) = options("k,lon,lat,\"note\n1,121,31,ok\n");
    assert!(matches!(read(&options), Err(IngestError::Quote { line: 1, .. })));
}

#[test]
fn quoted_lines_and_trailing_text_are_taken() {
    let (_folder, options) = options("k,lon,lat,note\n1,121,31,\"two\nlines\"\n2,121,31,\"12\" pipe\n");
    let (report, rows) = read(&options).unwrap();
    assert_eq!(rows, ["k=Int(1) note=Text(\"two\\nlines\")", "k=Int(2) note=Text(\"12 pipe\")"]);
    assert!(
        report.notes[0].starts_with("1 cells have text after their closing quote, the first on line 4"),
        "{:?}",
        report.notes
    );
}

#[test]
fn columns_with_one_header_or_none_are_all_kept() {
    let (_folder, options) = options("lon,lat,a,a,,\n121,31,1,2,3,4\n");
    let (report, rows) = read(&options).unwrap();
    assert_eq!(rows, ["a=Int(1) a_2=Int(2) column_5=Int(3) column_6=Int(4)"]);
    assert!(report.notes[0].contains("column 4 with the header \"a\" is \"a_2\""), "{:?}", report.notes);
}

#[test]
fn the_second_column_about_persons_goes_like_the_first() {
    let (_folder, options) = options("lon,lat,id_number,id_number,a\n121,31,x,y,1\n");
    let (report, rows) = read(&options).unwrap();
    assert_eq!((rows, report.dropped_columns), (vec!["a=Int(1)".to_owned()], vec!["id_number".into(), "id_number_2".into()]));
}

#[test]
fn utf_16_is_read_by_its_mark_or_as_named() {
    let wide = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    let table = "lon,lat,名\n121,31,海门\n";
    let expected = ["名=Text(\"海门\")"];
    let (_folder, marked) = options(wide(&format!("\u{FEFF}{table}")));
    assert_eq!(read(&marked).unwrap().1, expected);
    let (_folder, unmarked) = options(wide(table));
    let error = read(&unmarked).unwrap_err().to_string();
    assert!(error.contains("--encoding UTF-16LE"), "{error}");
    let named = ImportOptions { encoding: Some("UTF-16LE".into()), ..unmarked };
    assert_eq!(read(&named).unwrap().1, expected);
}

#[test]
fn a_decimal_comma_is_named() {
    let (_folder, options) = options("lon;lat\n121,17;31,9\n121.17;31.9\n121,17;x\n");
    let (report, _) = read(&options).unwrap();
    let reasons: Vec<String> = report.rows().unwrap().map(|row| row.unwrap().reason).collect();
    assert!(reasons[0].contains("\"121,17\" is no coordinate: it has a decimal comma"), "{reasons:?}");
    assert_eq!(reasons.len(), 2);
}

#[test]
fn what_is_no_file_is_refused_unopened() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe.geojson");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    for (path, what) in
        [(pipe, "is a pipe"), (PathBuf::from("/dev/null"), "is a device"), (folder.path().to_owned(), "is a folder")]
    {
        let options = ImportOptions { files: vec![path], ..ImportOptions::default() };
        let error = shared::read(&options, |_| {}).unwrap_err().to_string();
        assert!(error.contains(what), "{error}");
    }
}
