//! Every file of the hostile collection goes through the door: no panic, counts that add up, and the outcome that
//! `hostile.txt` states. `URBIS_BLESS=1` writes that file anew; read it before you commit it.

mod shared;

use std::{
    collections::HashSet,
    fmt::Write,
    fs,
    path::{Path, PathBuf},
    process::Command,
};
use urbis_ingest::ImportOptions;
use urbis_model::LayerKind;

/// A file whose other outcome is as good as the stated one: GDAL's parser of PBF (3.6.2) branches on memory that nobody
/// wrote when it reads it, as valgrind shows, and nearly always ends with an error, but at times finds nothing there.
const UNDECIDED: [&str; 2] =
    ["libosmium_io/test/t/io/data_pbf_version-1.osm.pbf", "read 0, imported 0, repaired 0, quarantined 0, refused 0"];

#[test]
fn every_hostile_file_has_its_stated_outcome() {
    let Some(folder) = shared::folder() else { return };
    let unpacked = tempfile::tempdir().unwrap();
    let mut files: Vec<(String, PathBuf)> = Vec::new();
    for entry in fs::read_dir(folder.join("hostile")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        match name.strip_suffix(".tar.gz") {
            None => files.push((name, path)),
            Some(stem) => {
                let to = unpacked.path().join(stem);
                fs::create_dir(&to).unwrap();
                let status = Command::new("tar").arg("-xzf").arg(&path).arg("-C").arg(&to).status().unwrap();
                assert!(status.success(), "{path:?}");
                walk(&to, stem, &mut files);
            }
        }
    }
    files.sort();
    let stated_path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/hostile.txt");
    let stated = fs::read_to_string(&stated_path).unwrap();
    let mut outcomes = String::new();
    for (name, path) in files {
        let found = outcome(&path, unpacked.path());
        let stated = stated.lines().find_map(|line| line.strip_prefix(&name)?.strip_prefix('\t'));
        let is_undecided = [name.as_str(), &found] == UNDECIDED;
        writeln!(outcomes, "{name}\t{}", stated.filter(|_| is_undecided).unwrap_or(&found)).unwrap();
    }
    if std::env::var_os("URBIS_BLESS").is_some() {
        fs::write(&stated_path, &outcomes).unwrap();
        return;
    }
    let differ = |from: &str, other: &str| {
        let other: HashSet<&str> = other.lines().collect();
        from.lines().filter(|line| !other.contains(line)).map(str::to_owned).collect::<Vec<_>>()
    };
    assert!(stated == outcomes, "found {:#?}\ninstead of {:#?}", differ(&outcomes, &stated), differ(&stated, &outcomes));
}

fn walk(folder: &Path, name: &str, files: &mut Vec<(String, PathBuf)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = format!("{name}/{}", path.file_name().unwrap().to_string_lossy());
        if path.is_dir() { walk(&path, &name, files) } else { files.push((name, path)) }
    }
}

/// What became of a file, in one line without paths.
fn outcome(path: &Path, folder: &Path) -> String {
    let options = ImportOptions { files: vec![path.to_owned()], kind: LayerKind::Building, ..ImportOptions::default() };
    let stated = outcome_of(path, folder, &options);
    if !stated.contains("states no reference system") {
        return stated;
    }
    let crs = Some("EPSG:4326".parse().unwrap());
    format!("no CRS; as EPSG:4326: {}", outcome_of(path, folder, &ImportOptions { crs, ..options }))
}

fn outcome_of(path: &Path, folder: &Path, options: &ImportOptions) -> String {
    let mut held = [0, 0];
    let result = shared::read(options, |batch| {
        held[0] += batch.features.len() as u64;
        held[1] += batch.quarantined.len() as u64;
    });
    match result {
        Err(error) => {
            let mut words = error.to_string();
            if let Some(parent) = path.parent() {
                words = words.replace(&parent.to_string_lossy().into_owned(), "…");
            }
            words = words.replace(&folder.to_string_lossy().into_owned(), "…").replace(['\n', '\t'], " ");
            // GDAL names the scratch folder that a file was linked into; its name is random.
            let cut: String = words.split("/tmp/").next().unwrap_or("").chars().take(160).collect();
            format!("error: {cut}")
        }
        Ok(report) => {
            let (read, imported, repaired) = (report.read, report.imported, report.repaired);
            assert_eq!(read, imported + repaired + report.quarantined + report.refused, "{path:?}");
            assert_eq!(held, [imported + repaired, report.quarantined], "{path:?}");
            let rows = report.rows().unwrap().map(|row| row.unwrap()).collect::<Vec<_>>();
            assert_eq!(rows.len() as u64, read - imported, "{path:?}");
            let mut json = Vec::new();
            report.write_json(&mut json).unwrap();
            let value: serde_json::Value = serde_json::from_slice(&json).unwrap();
            assert_eq!(value["rows"].as_array().unwrap().len(), rows.len(), "{path:?}");
            format!(
                "read {read}, imported {imported}, repaired {repaired}, quarantined {}, refused {}",
                report.quarantined, report.refused
            )
        }
    }
}
