//! Geometry as GeoPackage binary (OGC 12-128r18, clause 2.1.3), written from and read into the flat buffers.
//!
//! ```text
//! 'G' 'P' | version 0 | flags | srs_id i32 | envelope: 0 or 4 f64 (min x, max x, min y, max y) | ISO WKB
//! flags:  bit 0 little endian, bits 1-3 kind of envelope, bit 4 empty, bit 5 extended
//! ```
//!
//! Multi-surfaces and solids have no GeoPackage type: their faces are stored as a MultiPolygon Z, and what they are
//! in a column beside ([`FACES_COLUMN`]): one byte for the kind, then one per face.

mod decode;
mod encode;

pub(crate) use decode::{bounds, decode};
pub(crate) use encode::{Encoded, encode, encode_depth, encode_faces};

/// The EPSG code that every geometry is labelled with.
pub(crate) const SRS_ID: i32 = 4490;
/// The column of depths below ground: one little-endian `f32` a vertex, in the order of the geometry's vertices.
pub(crate) const DEPTH_COLUMN: &str = "urbis_depth_m";
/// The column of what faces are: one byte [`urbis_model::GeometryKind`], then one byte a face.
pub(crate) const FACES_COLUMN: &str = "urbis_faces";

/// The declared type of both columns.
pub(crate) const BESIDE_TYPE: &str = "BLOB";

const POINT: u32 = 1;
const LINE_STRING: u32 = 2;
const POLYGON: u32 = 3;
const MULTI_POINT: u32 = 4;
const MULTI_LINE_STRING: u32 = 5;
const MULTI_POLYGON: u32 = 6;
/// Added to a WKB type whose coordinates have a z (ISO 13249-3).
const ISO_Z: u32 = 1000;

#[cfg(test)]
mod tests;
