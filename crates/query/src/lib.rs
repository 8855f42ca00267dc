//! What can be asked: the city in memory, exact answers.
//!
//! **Invariant.** The answer and its order depend on the features alone: not on the store, the number of threads or
//! what was asked before. No index type is seen outside. Readers take a snapshot and never wait for writers.
//!
//! | room | holds |
//! |---|---|
//! | [`City`], [`LayerSnapshot`] | the layers of a store in memory, each an immutable snapshot |
//! | [`Selection`], [`Spatial`], [`Answer`] | which features: by place, by [`Filter`], by page |
//! | [`Filter`] | CQL2 as text and JSON, compiled against a layer's columns |
//! | [`Shape`] | a shape asked with, from WKT or GeoJSON |
//! | [`cells`], [`areas`], `search` | counts by H3 cell and by grid code, names |
//! | [`Joined`], [`Overlaid`] | pairs of two layers; pieces of one layer under another |
//! | [`Zones`] | features of one layer summed up by the areas of another |
//! | [`changes`] | what changed between two versions of a layer |
//! | [`buffer`], [`representative_point`] | shapes made from shapes |
//! | [`measure`] | lengths, areas and distances on the ellipsoid |
//! | `relation` | how two shapes lie to each other |

pub mod areas;
mod buffer;
mod cancel;
pub mod cells;
pub mod changes;
mod city;
mod error;
mod filter;
mod join;
mod load;
pub mod measure;
mod numbers;
mod overlay;
mod relation;
mod representative;
mod room;
mod search;
mod selection;
mod shape;
mod snapshot;
mod zones;

pub use buffer::{BufferError, buffer};
pub use cancel::Cancel;
pub use city::City;
pub use error::QueryError;
pub use filter::{Filter, FilterError};
pub use join::{JoinEffort, JoinRelation, Joined, MAX_NEIGHBOURS, MAX_PAIRS, Neighbour, Pair, with_ids};
pub use numbers::QUANTILES;
pub use overlay::{Operation, Overlaid, Uncut, UncutReason};
pub use representative::representative_point;
pub use search::{Found, Hit};
pub use selection::{Answer, Explanation, Selection, Spatial};
pub use shape::{Shape, ShapeError};
pub use snapshot::LayerSnapshot;
pub use zones::{MAX_ZONES, Zones};

#[cfg(test)]
mod testing;
