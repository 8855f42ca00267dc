//! The report in two forms: with every row, and within a number of bytes.

mod shared;

use serde_json::Value;
use urbis_ingest::ImportOptions;
use urbis_model::LayerMetadata;

#[test]
fn a_report_within_so_many_bytes_counts_what_it_leaves_out() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("points.csv");
    let rows: String = (0..1_000).map(|row| format!("{}.{row:03},60,a\n", if row % 2 == 0 { 24 } else { 400 })).collect();
    std::fs::write(&path, format!("lon,lat,name\n{rows}")).unwrap();
    let options = ImportOptions { files: vec![path], crs: "EPSG:4490".parse().ok(), ..ImportOptions::default() };
    let report = shared::read(&options, |_| ()).unwrap();
    let written = |max_row_bytes: u64| -> (usize, Value) {
        let mut json = Vec::new();
        report.write_json_within(&mut json, max_row_bytes).unwrap();
        (json.len(), serde_json::from_slice(&json).unwrap())
    };
    let (_, whole) = written(u64::MAX);
    let rows = whole["rows"].as_array().unwrap();
    assert_eq!((rows.len(), &whole["rows_left_out"], &whole["read"]), (500, &0.into(), &1_000.into()));
    let (head_bytes, none) = written(0);
    assert_eq!((&none["rows"], &none["rows_left_out"]), (&Value::Array(vec![]), &500.into()));
    let (bytes, some) = written(3_000);
    let kept = some["rows"].as_array().unwrap();
    assert!(bytes < head_bytes + 3_200 && !kept.is_empty(), "{bytes} bytes, {} without rows", head_bytes);
    assert_eq!(kept[..], rows[..kept.len()]);
    assert_eq!(some["rows_left_out"], 500 - kept.len());
    for count in ["read", "imported", "repaired", "quarantined", "refused"] {
        assert_eq!(some[count], whole[count], "{count}");
    }
}

#[test]
fn what_a_report_and_a_title_quote_of_the_source_holds_no_personal_number() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("table.csv");
    let rows = "121.1,31.9,a\n张三 11010519491231002X,31.9,b\n13812345678,31.9,c\n度分秒,31.9,d\n";
    std::fs::write(&path, format!("lon,lat,13812345678\n{rows}")).unwrap();
    let said = LayerMetadata { title: "户主13812345678".into(), ..LayerMetadata::default() };
    let options =
        ImportOptions { files: vec![path], crs: "EPSG:4490".parse().ok(), metadata: Some(said), ..ImportOptions::default() };
    let source = urbis_ingest::Source::open(&options).unwrap();
    assert_eq!(source.metadata().title, "户主***");
    assert_eq!(source.schema().fields()[0].name, "***");
    let report = source.read(&mut |_| Ok::<(), std::io::Error>(())).unwrap();
    assert_eq!((report.imported, report.refused), (1, 3));
    let mut json = Vec::new();
    report.write_json(&mut json).unwrap();
    let json = String::from_utf8(json).unwrap();
    for person in ["张三", "1101051949", "13812345678"] {
        assert!(!json.contains(person), "{person} in {json}");
    }
    assert!(json.contains("度分秒"), "{json}");
    assert!(report.notes.iter().any(|note| note.contains("title")), "{:?}", report.notes);
}

#[test]
fn errors_about_columns_hold_no_person() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("headless.csv");
    std::fs::write(&path, "张三,13812345678,320684199001011234,海门\n李四,13912345678,320684199001011242,海门\n").unwrap();
    let options = ImportOptions { files: vec![path], crs: "EPSG:4490".parse().ok(), ..ImportOptions::default() };
    let error = urbis_ingest::Source::open(&options).unwrap_err().to_string();
    // A second file of one more column, which is named.
    let files = ["lon,lat\n121,31\n", "lon,lat,张三,13812345678\n121,31,a,b\n"].iter().enumerate().map(|(index, text)| {
        let path = folder.path().join(format!("{index}.csv"));
        std::fs::write(&path, text).unwrap();
        path
    });
    let options = ImportOptions { files: files.collect(), ..options };
    let differs = urbis_ingest::Source::open(&options).unwrap_err().to_string();
    for error in [error, differs] {
        assert!(error.contains("not shown"), "{error}");
        assert!(!["张三", "138", "320684", "海门"].iter().any(|person| error.contains(person)), "{error}");
    }
}

#[test]
fn a_value_beside_a_key_that_names_a_person_is_dropped_and_counted() {
    let folder = tempfile::tempdir().unwrap();
    for (headers, has_pairs) in [("key,value", true), ("属性,值", true), ("Field,Value", true), ("key,size", false)] {
        let path = folder.path().join("pairs.csv");
        let rows = "121,31.9,姓名,张三\n121,31.9,户主,李四\n121,31.9,owner,Wang Wei\n121,31.9,面积,88\n";
        std::fs::write(&path, format!("lon,lat,{headers}\n{rows}")).unwrap();
        let options = ImportOptions { files: vec![path], crs: "EPSG:4490".parse().ok(), ..ImportOptions::default() };
        let mut values = Vec::new();
        let report = shared::read(&options, |batch| {
            let value = &batch.features.columns()[1];
            values.extend((0..batch.features.len()).map(|row| format!("{:?}", value.value(row))));
        })
        .unwrap();
        let nulls = values.iter().filter(|value| *value == "Null").count();
        assert_eq!((report.imported, nulls), (4, if has_pairs { 3 } else { 0 }), "{headers}: {values:?}");
        assert_eq!(values[3], "Text(\"88\")");
        let said = report.notes.iter().any(|note| note.contains("3 values were dropped") && note.contains("户主"));
        assert_eq!(said, has_pairs, "{:?}", report.notes);
        assert_eq!(report.dropped_columns.len(), if has_pairs { 3 } else { 0 });
    }
}

#[test]
fn what_a_layer_does_not_hold_of_a_shape_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("shapes.csv");
    let shapes = [
        "LINESTRING ZM (121.1 31.9 1 10,121.2 32 2 20)",
        "POINT M (121.1 31.9 10)",
        "COMPOUNDCURVE(CIRCULARSTRING(121.1 31.9,121.2 32,121.3 31.9))",
        "MULTIPOINT((121 31),EMPTY)",
        "POINT(121 31) junk",
        "POINT(121 31) ",
    ];
    let rows: String = shapes.iter().map(|shape| format!("\"{shape}\"\n")).collect();
    std::fs::write(&path, format!("wkt\n{rows}")).unwrap();
    let options = ImportOptions { files: vec![path], crs: "EPSG:4490".parse().ok(), ..ImportOptions::default() };
    let report = shared::read(&options, |_| ()).unwrap();
    assert_eq!((report.imported, report.repaired, report.refused), (4, 1, 1));
    for note in ["2 features have measures", "1 features have arcs"] {
        assert!(report.notes.iter().any(|said| said.starts_with(note)), "{note}: {:?}", report.notes);
    }
    let reasons: Vec<String> = report.rows().unwrap().map(|row| row.unwrap().reason).collect();
    assert_eq!(reasons, ["an empty part of it was left out", "its WKT is followed by \"junk\""]);
}
