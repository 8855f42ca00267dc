//! Which city it is, and which files are its own: cities made anew under a reader, identities, paths that lead to them.
#![expect(clippy::print_stderr, reason = "a skipped check must be seen")]
#![allow(dead_code, reason = "each test file uses part of what is shared")]

mod support;

use std::{
    fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
};
use support::*;
use urbis_store::{Access, ImportMode, Store, StoreError};

/// What a person does with `rm city.gpkg*`.
fn remove(city: &Path) {
    for suffix in ["", "-wal", "-shm", "-import"] {
        let path = PathBuf::from(format!("{}{suffix}", city.display()));
        if path.exists() {
            fs::remove_file(path).unwrap();
        }
    }
}

#[test]
fn a_city_made_anew_under_a_reader_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("city.gpkg");
    import(&create(&path), ImportMode::Replace, &buildings(0..10));
    let reader = Store::open(&path, Access::Read).unwrap();
    let (token, identity) = (reader.change_token().unwrap(), reader.identity().unwrap());
    assert_eq!(reader.layer(&name()).unwrap().count, 10);

    remove(&path);
    for refusal in [reader.change_token().unwrap_err(), reader.revision().unwrap_err(), reader.layers().unwrap_err()] {
        assert!(matches!(refusal, StoreError::Gone { .. }), "{refusal}");
        assert!(refusal.to_string().contains("is gone"), "{refusal}");
    }
    fs::write(&path, "half a copy").unwrap();
    assert!(matches!(reader.change_token().unwrap_err(), StoreError::NotAGeoPackage { .. }));
    remove(&path);

    // As many imports as before: the same revision, another city.
    import(&create(&path), ImportMode::Replace, &buildings(0..7));
    assert_eq!(reader.revision().unwrap(), 1);
    assert_ne!(reader.change_token().unwrap(), token);
    assert_ne!(reader.identity().unwrap(), identity);
    assert_eq!(reader.layers().unwrap()[0].count, 7);
    let token = reader.change_token().unwrap();
    assert_eq!(reader.change_token().unwrap(), token);
    import(&Store::open(&path, Access::Write).unwrap(), ImportMode::Replace, &buildings(0..5));
    assert_ne!(reader.change_token().unwrap(), token);
    assert_eq!(reader.layer(&name()).unwrap().count, 5);
    assert_sound(&path);
}

#[test]
fn a_file_moved_over_the_city_is_noticed_and_keeps_its_log() {
    let folder = tempfile::tempdir().unwrap();
    let (path, other) = (folder.path().join("city.gpkg"), folder.path().join("other.gpkg"));
    import(&create(&path), ImportMode::Replace, &buildings(0..10));
    import(&create(&other), ImportMode::Replace, &buildings(0..3));
    let reader = Store::open(&path, Access::Read).unwrap();
    let writer = Store::open(&path, Access::Write).unwrap();
    let token = reader.change_token().unwrap();
    fs::rename(&other, &path).unwrap();
    let new = Store::open(&path, Access::Write).unwrap();
    import(&new, ImportMode::Replace, &buildings(0..4));
    // What still holds the old file must not fold or drop the new one's log.
    drop(writer);
    assert_ne!(reader.change_token().unwrap(), token);
    assert_eq!(reader.layer(&name()).unwrap().count, 4);
    drop(new);
    assert_eq!(read(&reader, &name(), None).len(), 4);
    assert_sound(&path);
}

#[test]
fn a_city_that_is_gone_is_not_made_by_its_last_user() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("city.gpkg");
    let store = create(&path);
    remove(&path);
    assert!(matches!(begin(&store, ImportMode::Replace).unwrap_err(), StoreError::Gone { .. }));
    drop(store);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn each_city_has_an_identity_of_its_own_and_keeps_it() {
    let folder = tempfile::tempdir().unwrap();
    let [first, second] = ["first.gpkg", "second.gpkg"].map(|name| folder.path().join(name));
    let identity = |path: &Path, access| Store::open(path, access).unwrap().identity().unwrap();
    let (one, other) = (identity(&first, Access::Create), identity(&second, Access::Create));
    assert_ne!(one, other);
    assert!(one.len() == 32 && one.bytes().all(|byte| byte.is_ascii_hexdigit()), "{one}");
    import(&create(&first), ImportMode::Replace, &buildings(0..3));
    assert_eq!(identity(&first, Access::Read), one);
}

#[test]
fn a_city_made_before_identities_gets_one_that_stays() {
    let folder = tempfile::tempdir().unwrap();
    let [first, second] = ["first.gpkg", "second.gpkg"].map(|name| folder.path().join(name));
    for (path, made_at) in [(&first, "2026-11-20T08:00:00.001Z"), (&second, "2026-11-20T08:00:00.002Z")] {
        import(&create(path), ImportMode::Replace, &buildings(0..3));
        let connection = rusqlite::Connection::open(path).unwrap();
        connection.execute_batch("ALTER TABLE urbis_city DROP COLUMN identity").unwrap();
        let made = "UPDATE gpkg_contents SET last_change = ? WHERE table_name = 'urbis_layer'";
        assert_eq!(connection.execute(made, [made_at]).unwrap(), 1);
    }
    let identity = |path: &Path, access| Store::open(path, access).unwrap().identity().unwrap();
    let one = identity(&first, Access::Read);
    assert!(!one.is_empty());
    assert_ne!(one, identity(&second, Access::Read));
    assert_eq!(identity(&first, Access::Write), one);
    // From here on it is stored: what it was taken from may change.
    let connection = rusqlite::Connection::open(&first).unwrap();
    connection.execute("UPDATE gpkg_contents SET last_change = '2027-01-01T00:00:00.000Z'", []).unwrap();
    drop(connection);
    assert_eq!(identity(&first, Access::Read), one);
    assert_sound(&first);
}

#[test]
fn the_files_of_a_city_are_known_by_any_path() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let city = at("city.gpkg");
    import(&create(&city), ImportMode::Replace, &buildings(0..3));
    fs::create_dir(at("sub")).unwrap();
    symlink(&city, at("linked.gpkg")).unwrap();
    symlink(at("city.gpkg-journal"), at("leads-to-no-file-yet")).unwrap();
    symlink(at("ring"), at("ring")).unwrap();
    fs::hard_link(&city, at("hard.gpkg")).unwrap();
    fs::write(at("report.json"), "{}").unwrap();
    let own = [
        "city.gpkg",
        "city.gpkg-wal",
        "city.gpkg-shm",
        "city.gpkg-journal",
        "city.gpkg-import",
        "sub/../city.gpkg",
        "sub/../city.gpkg-wal",
        "linked.gpkg",
        "leads-to-no-file-yet",
        "hard.gpkg",
    ];
    let others = ["report.json", "city.geojson", "city.gpkg-report", "sub/city.gpkg", "sub", "absent/city.gpkg", "ring"];
    for opened in ["city.gpkg", "linked.gpkg"] {
        let store = Store::open(&at(opened), Access::Read).unwrap();
        for path in own {
            assert!(store.owns(&at(path)), "{path} of {opened}");
        }
        for path in others {
            assert!(!store.owns(&at(path)), "{path} of {opened}");
        }
    }
    let linked = Store::open(&at("linked.gpkg"), Access::Read).unwrap();
    assert!(linked.owns(&at("linked.gpkg-import")));
}
