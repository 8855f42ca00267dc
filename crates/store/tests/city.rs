//! The city file from outside: imports, versions, ids, and what other programs read.
#![expect(clippy::print_stderr, reason = "a skipped check must be seen")]
#![allow(dead_code, reason = "each test file uses part of what is shared")]

mod support;

use support::*;
use urbis_model::{Bounds, FeatureBatch};
use urbis_store::{Access, ImportMode, Store};

#[test]
fn what_goes_in_comes_out() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("city.gpkg");
    let store = create(&path);
    let given = buildings(0..30_000);
    let info = import(&store, ImportMode::Replace, &given);
    assert_eq!((info.count, info.version, info.revision, info.versions.len()), (30_000, 1, 1, 1));
    assert_eq!(info.bounds, given.bounds());
    assert_eq!(read(&store, &name(), None), lines(&given));
    assert_eq!(store.layers().unwrap().len(), 1);
    assert_eq!(store.layer(&name()).unwrap().schema, building_schema());
    assert_sound(&path);
}

#[test]
fn other_programs_read_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("city.gpkg");
    let store = create(&path);
    for _ in 0..3 {
        import(&store, ImportMode::Replace, &buildings(0..1000));
    }
    drop(store);
    let Some(summary) = ogrinfo(&["-so", path.to_str().unwrap(), "buildings"]) else { return };
    for expected in [
        "Geometry: Polygon",
        "Feature Count: 1000",
        "ID[\"EPSG\",4490]",
        "FID Column = fid",
        "Geometry Column = geom",
        "levels: Integer64",
        "height_m: Real",
        "measured: Integer(Boolean)",
        "use: String",
    ] {
        assert!(summary.contains(expected), "{expected} is not in\n{summary}");
    }
    let listed = ogrinfo(&[path.to_str().unwrap()]).unwrap();
    let layers: Vec<&str> = listed.lines().filter(|line| line.starts_with(|c: char| c.is_ascii_digit())).collect();
    assert_eq!(layers, ["1: buildings (Polygon)", "2: urbis_layer (None)"]);
}

#[test]
fn superseded_versions_stay_by_policy_and_ids_follow_the_source_key() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("city.gpkg");
    let store = create(&path);
    import(&store, ImportMode::Replace, &buildings(0..10));
    // Keys 5..10 keep ids 6..=10; 10..15 are new.
    import(&store, ImportMode::Replace, &buildings((5..15).rev()));
    let ids = |version| {
        let mut all = Vec::new();
        let mut on = |batch: FeatureBatch| {
            all.extend(batch.ids().iter().map(|id| id.number()));
            Ok(())
        };
        store.read(&name(), version, &mut on).unwrap();
        all
    };
    assert_eq!(ids(None), (6..=15).collect::<Vec<_>>());
    assert_eq!(ids(Some(1)), (1..=10).collect::<Vec<_>>());
    // A key that went away gets a new id when it comes back: ids are never used again.
    import(&store, ImportMode::Replace, &buildings(0..1));
    assert_eq!(ids(None), [16]);
    // Two features with one key: the second gets a new id.
    import(&store, ImportMode::Replace, &buildings([0, 0]));
    assert_eq!(ids(None), [16, 17]);
    for _ in 0..4 {
        import(&store, ImportMode::Replace, &buildings(0..3));
    }
    let info = store.layer(&name()).unwrap();
    assert_eq!(info.versions.iter().map(|version| version.version).collect::<Vec<_>>(), [4, 5, 6, 7, 8]);
    assert_eq!(
        store.read(&name(), Some(1), &mut |_| Ok(())).unwrap_err().to_string(),
        "layer buildings has no version 1; it keeps [4, 5, 6, 7, 8]"
    );
    assert_sound(&path);
}

#[test]
fn appending_adds_with_new_ids() {
    let folder = tempfile::tempdir().unwrap();
    let store = create(&folder.path().join("city.gpkg"));
    import(&store, ImportMode::Replace, &buildings(0..10));
    let info = import(&store, ImportMode::Append, &buildings(5..15));
    assert_eq!((info.count, info.version), (20, 2));
    let all = read(&store, &name(), None);
    assert_eq!(all[..10], lines(&buildings(0..10)));
    assert!(all[10].starts_with("11 ") && all[10].contains("way/5"));
}

#[test]
fn a_window_gives_what_a_scan_gives() {
    let folder = tempfile::tempdir().unwrap();
    let store = create(&folder.path().join("city.gpkg"));
    let given = buildings(0..20_000);
    import(&store, ImportMode::Replace, &given);
    for (west, south, size_deg) in [(121.0, 31.7, 0.001), (121.1, 31.702, 0.0005), (121.2999, 31.7059, 0.01), (0.0, 0.0, 1.0)] {
        let window = Bounds { min: [west, south], max: [west + size_deg, south + size_deg] };
        let mut found = Vec::new();
        store
            .read_window(&name(), None, &window, &mut |batch| {
                found.extend(lines(&batch));
                Ok(())
            })
            .unwrap();
        let all = lines(&given);
        let expected: Vec<String> = (0..given.len())
            .filter(|index| given.geometry(*index).bounds().intersects(&window))
            .map(|index| all[index].clone())
            .collect();
        assert_eq!(found, expected);
    }
}

#[test]
fn an_abandoned_import_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("city.gpkg");
    let store = create(&path);
    import(&store, ImportMode::Replace, &buildings(0..100));
    let token = store.change_token().unwrap();
    let mut session = begin(&store, ImportMode::Replace).unwrap();
    session.write(&buildings(0..5000)).unwrap();
    session.quarantine(&buildings(0..50)).unwrap();
    drop(session);
    assert_eq!(store.change_token().unwrap(), token);
    assert_eq!(read(&store, &name(), None), lines(&buildings(0..100)));
    let second = Store::open(&path, Access::Write).unwrap();
    import(&second, ImportMode::Replace, &buildings(0..10));
    assert_ne!(store.change_token().unwrap(), token);
    assert_eq!(store.layer(&name()).unwrap().count, 10);
    assert_sound(&path);
}
