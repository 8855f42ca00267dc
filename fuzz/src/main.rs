//! One libFuzzer binary for every parser of outside bytes; `URBIS_FUZZ` names the target.
//!
//! One binary, because linking a room with all that it uses costs more than a short run of any target. What is asserted
//! of every target: no panic, and no more memory than its ceiling says. What else, each says itself.

#![no_main]

mod index;
mod log;
mod memory;
mod query;
mod said;
mod shapes;
mod sources;
mod tables;
mod tiles;

use libfuzzer_sys::{Corpus, fuzz_target};
use std::panic;
use std::sync::{LazyLock, Once};

/// A parser under test.
struct Target {
    name: &'static str,
    run: fn(&[u8]),
    /// Bytes it may take whatever the input.
    memory_base: usize,
    /// Further bytes it may take for each byte of input.
    memory_per_byte: usize,
}

const fn target(name: &'static str, run: fn(&[u8]), memory_base: usize, memory_per_byte: usize) -> Target {
    Target { name, run, memory_base, memory_per_byte }
}

const KIB: usize = 1 << 10;
const MIB: usize = 1 << 20;
/// What making an area valid may take whatever its length: crossings, which grow with the square of its sides, and are
/// bounded by their number.
const CROSSINGS: usize = 16 * MIB;

/// Every target. `./run fuzz` reads the names from `targets.txt`, which is held against this list.
const TARGETS: [Target; 18] = [
    target("mvt", tiles::mvt, 64 * KIB, 256),
    target("pmtiles", tiles::pmtiles, MIB, 32 * KIB),
    target("layer_definition", tiles::definition, MIB, 1024),
    target("wkt", shapes::wkt, CROSSINGS, 256),
    target("geojson_shape", shapes::geojson, CROSSINGS, 512),
    target("cql2_text", query::text, CROSSINGS, 4096),
    target("cql2_json", query::json, CROSSINGS, 4096),
    target("gpkg_blob", shapes::blob, 64 * KIB, 64),
    target("wkb", shapes::wkb, 64 * KIB, 64),
    target("geojson_source", sources::geojson, 8 * MIB, 4096),
    target("csv_source", sources::csv, 8 * MIB, 4096),
    // Two pages of 64 MiB, packed and unpacked, for each of two columns.
    target("geoparquet_source", sources::geoparquet, 320 * MIB, 4096),
    target("encoding", said::encoding, 2 * MIB, 16),
    target("value", said::value, 64 * KIB, 64),
    target("code", said::code, 64 * KIB, 64),
    target("metadata", tables::metadata, MIB, 1024),
    target("index_buffer", index::buffer, 64 * KIB, 64),
    target("event_log", log::segment, 64 * KIB, 64),
];

static CHOSEN: LazyLock<&Target> = LazyLock::new(|| {
    let listed: Vec<&str> = include_str!("../targets.txt").lines().collect();
    assert_eq!(listed, TARGETS.map(|target| target.name), "left: targets.txt, right: main.rs");
    let name = std::env::var("URBIS_FUZZ").unwrap_or_default();
    TARGETS.iter().find(|target| target.name == name).unwrap_or_else(|| panic!("URBIS_FUZZ must be one of {listed:?}"))
});

/// libFuzzer's hook ends the process at any panic. Those of the overlay and of the Parquet decoder are caught where they
/// are called; any that nobody catches still ends it.
static HOOK: Once = Once::new();

fuzz_target!(|bytes: &[u8]| -> Corpus {
    HOOK.call_once(|| {
        drop(panic::take_hook());
        let tell = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            let is_caught = |file: &str| ["/i_overlay-", "/parquet-", "/bytes-"].iter().any(|library| file.contains(library));
            if !panic.location().is_some_and(|place| is_caught(place.file())) {
                tell(panic);
            }
        }));
    });
    let target = *CHOSEN;
    let ceiling = target.memory_base + target.memory_per_byte * bytes.len();
    let peak = memory::peak_of(|| (target.run)(bytes));
    assert!(peak <= ceiling, "{} took {peak} bytes for an input of {}; its ceiling is {ceiling}", target.name, bytes.len());
    Corpus::Keep
});
