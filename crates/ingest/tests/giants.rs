//! Features too large to hold cost memory that has a bound, in each format. Each is read by a process of its own, whose
//! peak is what the system counted. With `URBIS_SOAK=1` they are ten and six times the limits, else just past them.

mod made;
mod shared;

use made::{Cell, SQUARE, write_table};
use std::{
    fmt::Write as _,
    fs::{self, File},
    io::{BufWriter, Write as _},
    path::Path,
    process::Command,
};
use urbis_ingest::ImportOptions;

/// The most memory that reading any of these files may take.
const MAX_PEAK_MIB: u64 = 500;
/// Tells the child which file to read.
const FILE: &str = "URBIS_TEST_GIANT";

/// The most memory this process held, by Linux's account of it.
fn peak_mib() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() / 1024
}

/// What the child does: reads the file and says what became of it. Without a file it is no child and does nothing.
#[test]
#[expect(clippy::print_stdout, reason = "its parent reads it")]
fn child() {
    let Some(file) = std::env::var_os(FILE) else { return };
    let options = ImportOptions { files: vec![file.into()], crs: "EPSG:4326".parse().ok(), ..ImportOptions::default() };
    let said = match shared::read(&options, |_| ()) {
        Ok(report) => format!("imported {} refused {}", report.imported, report.refused),
        Err(error) => format!("error {error}"),
    };
    println!("\nGIANT {} {said}", peak_mib());
}

/// Reads a file in a process of its own.
#[expect(clippy::print_stderr, reason = "figures of the run")]
fn check(path: &Path, expected: &str) {
    let outcome = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child", "--nocapture"])
        .env(FILE, path)
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&outcome.stdout).into_owned();
    let name = path.file_name().unwrap().to_string_lossy();
    let line = text.lines().find_map(|line| line.strip_prefix("GIANT ")).unwrap_or_else(|| panic!("{name}: {outcome:?}"));
    eprintln!("{name}: {line}");
    let (peak_mib, said) = line.split_once(' ').unwrap();
    assert!(said.contains(expected), "{name}: {said}");
    assert!(peak_mib.parse::<u64>().unwrap() <= MAX_PEAK_MIB, "{name}: {peak_mib} MiB");
}

/// Whether to test at sizes that take minutes.
fn is_soak() -> bool {
    std::env::var_os("URBIS_SOAK").is_some_and(|value| value == "1")
}

/// A ring of more corners than a shape may have.
fn vertices(mut each: impl FnMut(f64, f64)) {
    let count = if is_soak() { 10_000_000 } else { 1_050_000 };
    (0..count).for_each(|n: u32| each(9.0 + f64::from(n) * 1e-8, 47.0 + f64::from(n % 2) * 1e-6));
}

#[test]
fn an_attribute_past_the_limit() {
    let folder = tempfile::tempdir().unwrap();
    let long = "a".repeat(if is_soak() { 100 << 20 } else { 17 << 20 });
    let path = folder.path().join("attribute.geojson");
    let feature = |name: &str| {
        format!(r#"{{"type":"Feature","properties":{{"name":"{name}"}},"geometry":{{"type":"Point","coordinates":[9,47]}}}}"#)
    };
    fs::write(&path, format!(r#"{{"type":"FeatureCollection","features":[{},{}]}}"#, feature(&long), feature("b"))).unwrap();
    check(&path, "imported 1 refused 1");
    let path = folder.path().join("attribute.csv");
    fs::write(&path, format!("lon,lat,name\n9,47,{long}\n9,47,b\n")).unwrap();
    check(&path, "imported 1 refused 1");
    for (driver, extension) in [("GPKG", "gpkg"), ("FlatGeobuf", "fgb")] {
        let path = folder.path().join(format!("attribute.{extension}"));
        write_table(driver, &path, &[(Cell::Text(&long), SQUARE), (Cell::Text("b"), SQUARE)]);
        check(&path, "imported 1 refused 1");
    }
}

#[test]
fn an_area_past_the_limit() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("area.geojson");
    let mut out = BufWriter::new(File::create(&path).unwrap());
    out.write_all(br#"{"type":"FeatureCollection","features":[{"type":"Feature","properties":{},"geometry":{"type":"Polygon","coordinates":[["#).unwrap();
    vertices(|lon, lat| write!(out, "[{lon:.8},{lat:.6}],").unwrap());
    out.write_all(br#"[9,48],[9,47]]]}},{"type":"Feature","properties":{},"geometry":{"type":"Point","coordinates":[9,47]}}]}"#)
        .unwrap();
    out.into_inner().unwrap();
    check(&path, "imported 1 refused 1");
    let mut wkt = String::from("POLYGON((");
    vertices(|lon, lat| write!(wkt, "{lon:.8} {lat:.6},").unwrap());
    wkt.push_str("9 48,9 47))");
    let path = folder.path().join("area.csv");
    fs::write(&path, format!("wkt,name\n\"{wkt}\",a\n\"{SQUARE}\",b\n")).unwrap();
    check(&path, "imported 1 refused 1");
    for (driver, extension) in [("GPKG", "gpkg"), ("FlatGeobuf", "fgb")] {
        let path = folder.path().join(format!("area.{extension}"));
        write_table(driver, &path, &[(Cell::Text("a"), &wkt), (Cell::Text("b"), SQUARE)]);
        check(&path, "imported 1 refused 1");
    }
}
