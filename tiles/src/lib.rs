//! How a city becomes tiles: Mapbox Vector Tiles from memory.
//!
//! **Invariant.** The same prepared features, tile and definition give the same bytes. Encoding opens no file and
//! no socket, reads no clock, and uses no random number.
//!
//! The file list is the pipeline:
//!
//! | room | does |
//! |---|---|
//! | [`definition`] | which features, zooms and attributes a layer shows, from `layers/*.toml` |
//! | [`prepare`] | a layer's shapes on the world grid, once |
//! | `borders` | areas that share borders: no gap, no overlap, at any zoom |
//! | [`generalise`] | which vertices outlines have at each zoom |
//! | [`cluster`], [`merge`] | what stands for many features at low zooms; `overview` prepares it, once |
//! | `dust` | which specks stand for the area of all |
//! | [`label`] | where a polygon's name goes |
//! | `simplify`, [`depth`] | from which zoom each vertex of a line matters; how deep it is |
//! | [`frame`] | world grid to the 4096 units of one tile |
//! | [`clip`] | rings and lines cut at the tile's window |
//! | `sound` | which shapes need no such question, known beforehand |
//! | [`simple`] | the exact question whether polygons are valid |
//! | [`repair`] | making them so |
//! | [`protobuf`], `dictionary` | bytes; keys and values, numbered for the layer, written for the tile |
//! | [`mod@encode`] | the whole: prepared layers and positions in, one tile out |
//! | [`mlt`] | the same tile as a MapLibre Tile |
//! | [`archive`] | a whole city as one PMTiles file, read, patched |
//! | [`dirty`], [`versions`] | which tiles can differ after a change, which revision last changed each |
//! | [`mod@decode`] | a strict reader of tiles from anywhere |
//!
//! MVT has no third coordinate: how deep a pipe lies at each vertex is a text beside it, see [`depth`].

pub mod archive;
mod borders;
pub mod clip;
pub mod cluster;
pub mod decode;
pub mod definition;
pub mod depth;
mod dictionary;
pub mod dirty;
mod dust;
pub mod encode;
pub mod frame;
pub mod generalise;
pub mod label;
pub mod merge;
pub mod mlt;
mod overview;
pub mod prepare;
pub mod protobuf;
pub mod repair;
pub mod simple;
mod simplify;
mod sound;
pub mod versions;

pub use definition::{DefinitionError, LayerDefinition};
pub use encode::{Cancelled, LayerStats, Tile, TileInput, encode, encode_unless};
pub use frame::EXTENT;
pub use prepare::TileLayer;
