//! ARCHITECTURE.md against what cargo says: each crate in the table, each dependency allowed, each library in its room, each licence known.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    process::Command,
};

use serde_json::Value;
use urbis_tests::repository;

/// One row of the layering table.
#[derive(Debug)]
struct Room {
    level: u8,
    may_use: BTreeSet<String>,
}

/// A package as cargo resolved it.
struct Package {
    name: String,
    licence: Option<String>,
    member: bool,
    /// Names of normal and build dependencies; those of tests are free.
    uses: BTreeSet<String>,
}

/// The body rows of the Markdown table whose header row starts with the given cells.
fn table(header: &[&str]) -> Vec<Vec<String>> {
    let page = fs::read_to_string(repository().join("ARCHITECTURE.md")).expect("ARCHITECTURE.md is at the root");
    let cells = |line: &str| line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect::<Vec<_>>();
    let rows: Vec<_> = page
        .lines()
        .skip_while(|line| !line.starts_with('|') || !cells(line).iter().zip(header).all(|(cell, name)| cell == name))
        .skip(2)
        .take_while(|line| line.starts_with('|'))
        .map(cells)
        .collect();
    assert!(!rows.is_empty(), "ARCHITECTURE.md has no table {header:?}");
    rows
}

/// The table names its own crates in full and others without `urbis-`; `urbis` itself is the binary.
fn rooms() -> BTreeMap<String, Room> {
    table(&["level", "package", "may use"])
        .into_iter()
        .map(|row| {
            let may_use = row[2].split(',').map(str::trim).filter(|name| *name != "–").map(|name| format!("urbis-{name}"));
            (row[1].clone(), Room { level: row[0].parse().expect("a level is a number"), may_use: may_use.collect() })
        })
        .collect()
}

fn packages() -> Vec<Package> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let output = Command::new(cargo)
        .args(["metadata", "--format-version", "1", "--all-features", "--filter-platform", "x86_64-unknown-linux-gnu"])
        .current_dir(repository())
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "cargo metadata: {}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo writes JSON");
    let members: BTreeSet<&str> = list(&metadata["workspace_members"]).iter().filter_map(Value::as_str).collect();
    let names: BTreeMap<&str, &str> =
        list(&metadata["packages"]).iter().map(|package| (text(&package["id"]), text(&package["name"]))).collect();
    let resolved: BTreeMap<&str, &Value> =
        list(&metadata["resolve"]["nodes"]).iter().map(|node| (text(&node["id"]), &node["deps"])).collect();
    list(&metadata["packages"])
        .iter()
        .filter(|package| resolved.contains_key(text(&package["id"])))
        .map(|package| {
            let shipped = |dep: &&Value| list(&dep["dep_kinds"]).iter().any(|kind| kind["kind"].as_str() != Some("dev"));
            let id = text(&package["id"]);
            Package {
                name: text(&package["name"]).to_owned(),
                licence: package["license"].as_str().map(str::to_owned),
                member: members.contains(id),
                uses: list(resolved[id]).iter().filter(shipped).map(|dep| names[text(&dep["pkg"])].to_owned()).collect(),
            }
        })
        .collect()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).expect("a list")
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a string")
}

#[test]
fn the_table_and_the_workspace_name_the_same_packages() {
    let in_table: BTreeSet<_> = rooms().into_keys().collect();
    let in_workspace: BTreeSet<_> = packages().into_iter().filter(|package| package.member).map(|package| package.name).collect();
    assert_eq!(in_table, in_workspace, "left: ARCHITECTURE.md, right: cargo metadata");
}

#[test]
fn a_package_uses_only_what_its_row_allows() {
    let rooms = rooms();
    let mut broken = Vec::new();
    for package in packages().iter().filter(|package| package.member) {
        let room = &rooms[&package.name];
        for used in package.uses.iter().filter(|used| rooms.contains_key(*used)) {
            if !room.may_use.contains(used) {
                broken.push(format!("{} uses {used}", package.name));
            }
        }
    }
    assert!(broken.is_empty(), "not in ARCHITECTURE.md's table: {broken:?}");
}

#[test]
fn what_a_row_allows_exists_and_lies_on_a_lower_level() {
    let rooms = rooms();
    for (name, room) in &rooms {
        for allowed in &room.may_use {
            let below = rooms.get(allowed).unwrap_or_else(|| panic!("{name} may use {allowed}, which is no package"));
            assert!(below.level < room.level, "{name} (level {}) may not use {allowed} (level {})", room.level, below.level);
        }
    }
}

#[test]
fn a_library_stays_in_its_room() {
    let packages = packages();
    for row in table(&["library", "only in"]) {
        let (library, room) = (&row[0], &row[1]);
        let users: Vec<_> = packages.iter().filter(|package| package.member && package.uses.contains(library)).collect();
        let names: Vec<_> = users.iter().map(|package| package.name.as_str()).collect();
        assert!(names.iter().all(|name| name == room), "{library} belongs to {room} alone, but these use it: {names:?}");
    }
}

#[test]
fn deny_toml_holds_the_same_libraries_in_the_same_rooms() {
    let deny = deny();
    let bans = deny["bans"]["deny"].as_array().expect("bans.deny is a list");
    for row in table(&["library", "only in"]) {
        let (library, room) = (&row[0], &row[1]);
        let ban = bans.iter().find(|ban| ban["crate"].as_str() == Some(library));
        let Some(ban) = ban else { panic!("deny.toml does not ban {library}") };
        let wrappers: Vec<_> = ban["wrappers"]
            .as_array()
            .expect("a list")
            .iter()
            .filter_map(|name| name.as_str())
            .filter(|name| name.starts_with("urbis"))
            .collect();
        assert_eq!(wrappers, [room], "deny.toml lets these use {library}");
    }
}

#[test]
fn every_licence_is_one_that_deny_toml_allows() {
    let deny = deny();
    let allowed: BTreeSet<&str> =
        deny["licenses"]["allow"].as_array().expect("licenses.allow is a list").iter().filter_map(|name| name.as_str()).collect();
    let clarified: BTreeMap<&str, &str> = deny["licenses"]["clarify"]
        .as_array()
        .expect("licenses.clarify is a list")
        .iter()
        .map(|entry| (entry["crate"].as_str().expect("a name"), entry["expression"].as_str().expect("a licence")))
        .collect();
    for package in packages() {
        let stated = package.licence.or_else(|| clarified.get(package.name.as_str()).map(|licence| (*licence).to_owned()));
        let licence = stated.unwrap_or_else(|| panic!("{} states no licence", package.name));
        assert!(permits(&licence, &allowed), "{} is under {licence}", package.name);
    }
}

fn deny() -> toml::Table {
    fs::read_to_string(repository().join("deny.toml")).expect("deny.toml is at the root").parse().expect("deny.toml is TOML")
}

/// An SPDX expression (and the older `A/B` for "either"): OR binds weakest, then AND, then parentheses.
fn permits(expression: &str, allowed: &BTreeSet<&str>) -> bool {
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let mut words = spaced.split_whitespace().peekable();
    let verdict = either(&mut words, allowed);
    assert_eq!(words.next(), None, "not understood: {expression}");
    verdict
}

type Words<'a> = std::iter::Peekable<std::str::SplitWhitespace<'a>>;

fn either(words: &mut Words<'_>, allowed: &BTreeSet<&str>) -> bool {
    let mut verdict = both(words, allowed);
    while words.next_if_eq(&"OR").is_some() {
        verdict |= both(words, allowed);
    }
    verdict
}

fn both(words: &mut Words<'_>, allowed: &BTreeSet<&str>) -> bool {
    let mut verdict = one(words, allowed);
    while words.next_if_eq(&"AND").is_some() {
        verdict &= one(words, allowed);
    }
    verdict
}

fn one(words: &mut Words<'_>, allowed: &BTreeSet<&str>) -> bool {
    let word = words.next().expect("a licence name");
    if word == "(" {
        let verdict = either(words, allowed);
        assert_eq!(words.next(), Some(")"), "an open parenthesis");
        return verdict;
    }
    if words.next_if_eq(&"WITH").is_some() {
        let exception = words.next().expect("an exception's name");
        return allowed.contains(format!("{word} WITH {exception}").as_str());
    }
    allowed.contains(word)
}

#[test]
fn licence_expressions_are_read_as_spdx_reads_them() {
    let allowed = BTreeSet::from(["MIT", "Zlib", "Apache-2.0 WITH LLVM-exception"]);
    for (expression, expected) in [
        ("MIT", true),
        ("GPL-3.0", false),
        ("GPL-3.0 OR MIT", true),
        ("GPL-3.0/MIT", true),
        ("GPL-3.0 AND MIT", false),
        ("MIT AND (GPL-3.0 OR Zlib)", true),
        ("GPL-3.0 OR MIT AND GPL-3.0", false),
        ("Apache-2.0 WITH LLVM-exception", true),
        ("Apache-2.0", false),
    ] {
        assert_eq!(permits(expression, &allowed), expected, "{expression}");
    }
}

#[test]
fn architecture_md_stays_short() {
    let lines = fs::read_to_string(repository().join("ARCHITECTURE.md")).expect("it is there").lines().count();
    assert!(lines <= 150, "{lines} lines");
}
