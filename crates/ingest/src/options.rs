//! What an import is told.

use std::{path::PathBuf, sync::Arc};
use urbis_model::{Crs, LayerKind, LayerMetadata, Schema};

use crate::heights::HeightUnit;
use crate::shape::ThirdCoordinate;

/// What to read and how.
#[derive(Clone, Debug, Default)]
pub struct ImportOptions {
    /// The files, read in this order as one source; all share a format and columns.
    pub files: Vec<PathBuf>,
    /// What the features are; decides what is taken from an OSM file.
    pub kind: LayerKind,
    /// The layer inside a file that has several.
    pub source_layer: Option<String>,
    /// The reference system, where the file states none or a wrong one.
    pub crs: Option<Crs>,
    /// The encoding of names and texts (`GBK`, `UTF-8`, …), where the file states none or a wrong one.
    pub encoding: Option<String>,
    /// The column that holds the source's own key.
    pub id_column: Option<String>,
    /// The columns of the layer that is added to: those of the source are read in the same types where nothing is lost by
    /// it. None where the source makes a layer of its own.
    pub appends_to: Option<Arc<Schema>>,
    /// What the person knows of the data; wins over what the source says.
    pub metadata: Option<LayerMetadata>,
    /// The unit of height columns whose values name none; metres unless said (`height_unit` of a metadata file).
    pub height_unit: Option<HeightUnit>,
    /// What the third coordinate is (`z` of a metadata file).
    pub third: ThirdCoordinate,
    /// A folder for spill files; the system's temporary folder when empty.
    pub scratch: PathBuf,
}
