//! Black-box tests: the real binary over real HTTP with real clients. Nothing here links a room of urbis; what is proven is what a user has.
//!
//! - [`run`]: a program, its words, its exit code, its time and its peak memory; [`urbis`] is the binary under test
//! - [`City`]: a city file in a folder of its own; [`Server`]: `urbis serve` on it, killed when dropped
//! - [`http`]: the smallest HTTP client, so that a test can also be rude; [`import`]: what holds for every import
//! - [`RangeServer`]: another server that archives are fetched from, and its ways to fail
//! - [`oracle`]: programs by others whose answers count
//! - [`skip`]: what could not run is said, never hidden

use std::path::{Path, PathBuf};

mod binary;
mod city;
mod dice;
pub mod http;
pub mod import;
pub mod oracle;
mod ranges;
mod server;
mod skip;

pub use binary::{Outcome, run, urbis};
pub use city::City;
pub use dice::Dice;
pub use ranges::{Manner, RangeServer};
pub use server::Server;
pub use skip::{shared_data, skip, tool};

/// The root of the repository.
#[must_use]
pub fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests/ lies in the repository").to_owned()
}

/// A file of this package's own fixtures.
#[must_use]
pub fn fixture(name: &str) -> PathBuf {
    repository().join("tests/fixtures").join(name)
}

/// The real city in the repository: the centre of Helsinki from OpenStreetMap, 494 areas with a building tag.
#[must_use]
pub fn helsinki() -> PathBuf {
    repository().join("data/helsinki/helsinki.osm.pbf")
}

/// The folder for what a person may want to look at after a run: screenshots, tables, the list of what was skipped.
#[must_use]
pub fn artefacts() -> PathBuf {
    let folder = repository().join("tests/artefacts");
    std::fs::create_dir_all(&folder).expect("tests/artefacts can be made");
    folder
}

/// Whether the long counts were asked for (`./run soak`).
#[must_use]
pub fn soak() -> bool {
    std::env::var_os("URBIS_SOAK").is_some()
}

/// A seed for this run: `URBIS_SEED`, or the clock; printed, so that a failure can be had again.
#[must_use]
pub fn seed() -> u64 {
    let clock = || std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970").as_secs();
    let seed = std::env::var("URBIS_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or_else(clock);
    skip::say(&format!("URBIS_SEED={seed}"));
    seed
}
