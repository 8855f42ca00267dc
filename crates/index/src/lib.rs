//! Where things are: boxes, cells and positions, never geometry or attributes.
//!
//! **Invariant.** No false negative: whatever meets the question by its box is visited. What is visited beside it
//! (boxes are kept in `f32`, rounded outward) is for the caller's exact test to drop. No IO, no async.
//!
//! | room | holds |
//! |---|---|
//! | [`packed`] | the static tree over boxes that don't change |
//! | [`moving`] | the dynamic tree over positions that do |
//! | [`cells`] | H3 cells of positions and areas, and their outlines |

pub mod cells;
pub mod moving;
pub mod packed;

pub use cells::{CellIndex, Resolution};
pub use moving::MovingIndex;
pub use packed::{Grade, PackedRtree};
