//! The routes, a room each.

pub(crate) mod analysis;
pub(crate) mod catalog;
pub(crate) mod cells;
pub(crate) mod changes;
pub(crate) mod collections;
pub(crate) mod items;
pub(crate) mod joins;
pub(crate) mod overlays;
mod pieces;
pub(crate) mod tiles;
pub(crate) mod zones;
