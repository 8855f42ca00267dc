//! Doors to private parsers, there only in the build of `fuzz/`.

use crate::{blob, error::RowError};
use urbis_model::{Bounds, GeometryColumn, GeometryRef};

pub use crate::log::fuzzing::segment;

/// The three blobs of one shape: GeoPackage binary, depths and faces.
pub type Blobs = (Vec<u8>, Option<Vec<u8>>, Option<Vec<u8>>);

/// Reads a shape from its three blobs, as a row of a city file is read.
///
/// # Errors
/// [`RowError`].
pub fn decode(blob: &[u8], depth: Option<&[u8]>, faces: Option<&[u8]>) -> Result<GeometryColumn, RowError> {
    let mut column = GeometryColumn::default();
    let mut writer = column.writer();
    blob::decode(blob, depth, faces, &mut writer)?;
    writer.finish().map_err(|_| RowError::Blob("not valid"))?;
    Ok(column)
}

/// The box of a blob.
///
/// # Errors
/// [`RowError`].
pub fn bounds(blob: &[u8]) -> Result<Bounds, RowError> {
    blob::bounds(blob)
}

/// Writes a shape's three blobs.
pub fn encode(geometry: GeometryRef<'_>) -> Blobs {
    let (mut blob, mut depth, mut faces) = (Vec::new(), Vec::new(), Vec::new());
    blob::encode(geometry, &mut blob);
    let has_depth = blob::encode_depth(geometry, &mut depth);
    let has_faces = blob::encode_faces(geometry, &mut faces);
    (blob, has_depth.then_some(depth), has_faces.then_some(faces))
}
