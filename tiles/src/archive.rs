//! PMTiles archives, version 3: a whole city built, read, patched (github.com/protomaps/PMTiles, spec/v3/spec.md).
//!
//! Written here and not with the `pmtiles` crate: its writer can't go on after a crash and packs on one core, its reader
//! is asynchronous. It is the oracle of the tests instead.
//!
//! | room | does |
//! |---|---|
//! | `build` | layers in, archive out, on every core, resumable |
//! | `plan` | which tiles a city has |
//! | `journal` | what is done already |
//! | `directory`, `header`, `tile_id`, `packing` | the format |
//! | `read` | one tile out of an archive, wherever it lies |
//! | `patch` | only the tiles that changed, and joining them again |

mod build;
pub mod directory;
mod error;
pub mod header;
mod journal;
mod packing;
mod patch;
mod plan;
mod read;
mod tile_id;
mod totals;

pub use build::{About, BuildInput, Built, build};
pub use error::ArchiveError;
pub use journal::JournalFile;
pub use packing::{gunzip, gzip};
pub use patch::{Patched, join, patch};
pub use read::{Archive, RangeRead, Stack};
pub use tile_id::{first_of_zoom, tile_id, tile_of};
pub use totals::{LayerTotals, Totals};

use std::hash::{DefaultHasher, Hasher};

/// 128 bits of SipHash: bytes that agree in them are taken as equal. Never kept beyond the process.
fn digest(bytes: &[u8]) -> u128 {
    let half = |seed: u8| {
        let mut hasher = DefaultHasher::new();
        hasher.write_u8(seed);
        hasher.write(bytes);
        u128::from(hasher.finish())
    };
    half(0) << 64 | half(1)
}

#[cfg(test)]
mod tests;
