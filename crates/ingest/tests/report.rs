//! The report in two forms: with every row, and within a number of bytes.

mod shared;

use serde_json::Value;
use urbis_ingest::ImportOptions;

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
