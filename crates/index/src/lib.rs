//! Where things are: boxes, cells and positions, never geometry or attributes.
//!
//! **Invariant.** No false negative: whatever meets the question by its box is visited. What is visited beside it
//! (boxes are kept in steps of the boxes around them, rounded outward) is for the caller's exact test to drop. No async, and no IO but a tree's own file.
//!
//! | room | holds |
//! |---|---|
//! | [`packed`] | the static tree over boxes that don't change, in one buffer that may be a mapped file |
//! | [`dynamic`] | the tree over boxes that do, as snapshots of packed ones |
//! | [`moving`] | the grid over positions that never rest |
//! | [`geodesic`] | distances on the ellipsoid, and their lower bounds from boxes |
//! | [`cells`] | H3 cells of positions and areas, their outlines, and features by cell |

pub mod cells;
pub mod dynamic;
pub mod geodesic;
pub mod moving;
pub mod packed;
mod sync;

#[cfg(test)]
#[path = "dynamic/tests.rs"]
mod dynamic_tests;
#[cfg(test)]
mod under_loom;

pub use cells::{CellIndex, CellMap, Resolution};
pub use dynamic::{Change, DynamicRtree, Snapshot};
pub use geodesic::GeodesicOrigin;
pub use moving::MovingIndex;
pub use packed::{FileError, Grade, IndexDamage, Near, NearestQueue, NotABox, PackedRtree, WindowIter};
