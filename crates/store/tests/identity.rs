//! Which city it is, and which files are its own: cities made anew under a reader, identities, paths that lead to them.
#![expect(clippy::print_stderr, reason = "a skipped check must be seen")]
#![allow(dead_code, reason = "each test file uses part of what is shared")]

mod support;

use std::{
    fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    time::Duration,
};
use support::*;
use urbis_store::{Access, ImportMode, Store, StoreError, StoreOptions};

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
    // The lock lies beside the file that a link leads to, once for all links.
    let linked = Store::open(&at("linked.gpkg"), Access::Read).unwrap();
    assert!(!linked.owns(&at("linked.gpkg-import")));
}

#[test]
fn imports_through_links_share_one_lock() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::create_dir(at("links")).unwrap();
    symlink("../city.gpkg", at("links/one.gpkg")).unwrap();
    symlink("one.gpkg", at("links/two.gpkg")).unwrap();
    let options = StoreOptions { import_wait: Duration::ZERO, ..StoreOptions::default() };
    let open = |name: &str| Store::open_with(&at(name), Access::Create, options.clone()).unwrap();
    let (one, two, city) = (open("links/one.gpkg"), open("links/two.gpkg"), open("city.gpkg"));
    let mut session = begin(&one, ImportMode::Replace).unwrap();
    session.write(&buildings(0..3)).unwrap();
    for other in [&two, &city] {
        assert!(matches!(begin(other, ImportMode::Replace), Err(StoreError::ImportRunning { .. })));
    }
    session.commit("{}").unwrap();
    import(&two, ImportMode::Append, &buildings(3..5));
    assert_eq!(city.layer(&name()).unwrap().count, 5);
    drop((one, two, city));
    let mut left: Vec<_> = fs::read_dir(at("links")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    left.sort();
    assert_eq!(left, ["one.gpkg", "two.gpkg"]);
}

#[test]
fn a_lock_without_a_word_is_another_process() {
    let folder = tempfile::tempdir().unwrap();
    let city = folder.path().join("city.gpkg");
    let options = StoreOptions { import_wait: Duration::ZERO, ..StoreOptions::default() };
    let store = Store::open_with(&city, Access::Create, options).unwrap();
    let lock = fs::File::create(folder.path().join("city.gpkg-import")).unwrap();
    lock.lock().unwrap();
    let error = begin(&store, ImportMode::Replace).unwrap_err().to_string();
    assert!(error.contains("city.gpkg\": another process; wait for it"), "{error}");
}

#[test]
fn a_place_where_no_city_can_be_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let error = Store::open(&folder.path().join("absent/city.gpkg"), Access::Create).unwrap_err();
    assert!(matches!(&error, StoreError::NoFolder { folder } if folder.ends_with("absent")), "{error}");
    // Names that SQLite has a meaning of its own for are names of files.
    for name in [":memory:", "file:city.gpkg?mode=ro"] {
        let path = folder.path().join(name);
        assert!(matches!(Store::open(&path, Access::Read), Err(StoreError::Missing { .. })), "{name}");
    }
}
