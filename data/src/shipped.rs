//! Source files that are part of the binary, so that a demo city needs no repository beside it.

use crate::DemoPlan;
use crate::recipe::Error;
use std::path::Path;

/// Files beside the plans that name them, by file name; SOURCES.md says where each comes from.
const SHIPPED: [(&str, &[u8]); 3] = [
    ("helsinki.osm.pbf", include_bytes!("../helsinki/helsinki.osm.pbf")),
    ("pipes.geojson", include_bytes!("../schutterwald/pipes.geojson")),
    ("junctions.geojson", include_bytes!("../schutterwald/junctions.geojson")),
];

/// Writes the shipped files that a plan names into a folder that exists.
///
/// # Errors
/// [`Error::Write`] when a file can't be written.
pub fn write_shipped_files(plan: &DemoPlan, folder: &Path) -> Result<(), Error> {
    for (name, bytes) in SHIPPED {
        if plan.layers.iter().any(|layer| layer.file == Path::new(name)) {
            let path = folder.join(name);
            std::fs::write(&path, bytes).map_err(|source| Error::Write { path, source })?;
        }
    }
    Ok(())
}
