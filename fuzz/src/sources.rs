//! Whole source files, through the door that `urbis import` uses.

use std::{convert::Infallible, fs, path::PathBuf, sync::LazyLock};
use tempfile::TempDir;
use urbis_ingest::{ImportOptions, Source};
use urbis_model::Crs;

/// Removed when libFuzzer ends in order; a crash leaves it to the system's temporary folder.
static FOLDER: LazyLock<TempDir> = LazyLock::new(|| tempfile::tempdir().expect("there is a temporary folder"));

/// GeoJSON, GeoJSON text sequences and bare arrays.
pub fn geojson(bytes: &[u8]) {
    import("source.geojson", bytes);
}

/// Tables with coordinates or WKT.
pub fn csv(bytes: &[u8]) {
    import("source.csv", bytes);
}

/// Columns, their directory and their pages.
pub fn geoparquet(bytes: &[u8]) {
    if bytes.starts_with(b"PAR1") {
        import("source.parquet", bytes);
    }
}

/// No feature is lost: what was read is what was imported, repaired, quarantined and refused, and as many arrive.
fn import(name: &str, bytes: &[u8]) {
    // What begins like a file of GDAL's formats is left to GDAL's own fuzzers.
    if bytes.starts_with(b"SQLite") || bytes.starts_with(b"fgb") || bytes.starts_with(b"PK") || bytes.starts_with(&[0]) {
        return;
    }
    let file: PathBuf = FOLDER.path().join(name);
    fs::write(&file, bytes).expect("the temporary folder takes a file");
    let options = ImportOptions {
        files: vec![file],
        // Our own arithmetic: making a transformation of PROJ would take longer than all else.
        crs: Some(Crs::Gcj02),
        scratch: FOLDER.path().to_owned(),
        ..ImportOptions::default()
    };
    let Ok(source) = Source::open(&options) else { return };
    let expected = source.expected();
    let (mut features, mut quarantined) = (0, 0);
    let report = source
        .read(&mut |batch| {
            features += batch.features.len() as u64;
            quarantined += batch.quarantined.len() as u64;
            Ok::<(), Infallible>(())
        })
        .expect("what was opened can be read");
    assert_eq!(report.read, report.imported + report.repaired + report.quarantined + report.refused);
    assert_eq!(expected, Some(report.read));
    assert_eq!((features, quarantined), (report.imported + report.repaired, report.quarantined));
    let mut json = Vec::new();
    report.write_json(&mut json).expect("a Vec takes all");
}
