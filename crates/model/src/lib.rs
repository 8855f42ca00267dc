//! What a city is: features with geometry and attributes, held in flat buffers, and the codes a district uses.
//!
//! **Invariant.** A value of any type here is valid for as long as it lives: every constructor checks, nothing
//! mutates past a check. The crate does no IO, no async, reads no clock, logs nothing, knows no wire format, and
//! has no type for a natural person.
//!
//! | room | holds |
//! |---|---|
//! | [`lonlat`], [`bbox`], [`mercator`], [`tile_coord`] | where: positions, boxes, the tile grid |
//! | [`crs`] | which frame a source speaks, which vertical datum its heights have |
//! | [`geometry`] | shapes in flat coordinate buffers |
//! | [`mod@column`], [`feature`] | typed attributes with nulls; features as batches |
//! | [`layer`] | names, kinds and metadata of layers |
//! | [`change`] | what became of a feature between two versions |
//! | [`codes`] | division and grid codes, component and event classes |

pub mod bbox;
pub mod change;
pub mod codes;
pub mod column;
pub mod crs;
pub mod feature;
pub mod geometry;
pub mod layer;
pub mod lonlat;
pub mod mercator;
pub mod tile_coord;

pub use bbox::{Bbox, Bounds};
pub use change::{ChangeClass, ChangeClasses, FeatureChange};
pub use codes::{AreaCode, AreaLevel, ComponentClass, ComponentCode, EventClass};
pub use column::{Column, ColumnType, Field, Schema, Value};
pub use crs::{Crs, VerticalDatum};
pub use feature::{FeatureBatch, FeatureId};
pub use geometry::{GeometryColumn, GeometryKind, GeometryRef, SurfaceKind};
pub use layer::{LayerKind, LayerMetadata, LayerName};
pub use lonlat::LonLat;
pub use mercator::MercatorUnit;
pub use tile_coord::TileCoord;

#[cfg(test)]
mod tests;
