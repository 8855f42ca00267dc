//! CityGML through GDAL's GML driver, which knows nothing of levels of detail: it gives the last shape of a feature, and
//! of one whose faces stand elsewhere in the file (`xlink`, as the LOD2 solids of PLATEAU have them) an empty one. Then
//! the shape of a lower level is read.

use super::stage;
use crate::{
    error::IngestError,
    ogr::{Dataset, Feature, Features, Layer, Messages},
};
use std::{
    fs::File,
    io::Read,
    path::{Path, PathBuf},
};
use tempfile::TempDir;

/// Properties whose shapes have their faces in them, the best first (CityGML 2.0, building module).
const PLAIN_SHAPES: [&str; 4] = ["lod1Solid", "lod1MultiSurface", "lod0FootPrint", "lod0RoofEdge"];
/// How far the namespaces of the root element are looked for.
const MAX_HEAD_BYTES: u64 = 1 << 16;
/// The most bytes of GDAL's notes of a file's classes; those of a real city file are a thousandth of it.
const MAX_CLASSES_BYTES: u64 = 16 << 20;

/// The same file, opened so that each feature has one shape for each of [`PLAIN_SHAPES`].
pub(super) struct LevelsOfDetail {
    pub(super) dataset: Dataset,
    _staged: TempDir,
}

/// Opens a CityGML file by its levels of detail; none for another GML file. `linked` is where GDAL has read it once, and
/// has left its notes (`.gfs`), in which the shapes of the class are then named one by one.
pub(super) fn levels_of_detail(
    path: &Path,
    linked: &Path,
    class: &str,
    scratch: &Path,
) -> Result<Option<LevelsOfDetail>, IngestError> {
    let text = |path: &Path, most: u64| {
        let mut bytes = Vec::new();
        let read = File::open(path).and_then(|file| file.take(most).read_to_end(&mut bytes));
        read.ok().map(|_| String::from_utf8_lossy(&bytes).into_owned())
    };
    let is_citygml = text(path, MAX_HEAD_BYTES).is_some_and(|head| head.contains("opengis.net/citygml"));
    let classes = || text(&linked.with_extension("gfs"), MAX_CLASSES_BYTES);
    let Some(classes) = is_citygml.then(classes).flatten().and_then(|classes| with_plain_shapes(&classes, class)) else {
        return Ok(None);
    };
    let (staged, linked): (TempDir, PathBuf) = stage(path, "gml", &[], scratch)?;
    let notes = linked.with_extension("gfs");
    std::fs::write(notes, classes).map_err(|source| IngestError::Scratch { folder: scratch.to_owned(), source })?;
    let _messages = Messages::listen();
    let dataset = Dataset::open(&linked.to_string_lossy(), &["GML"], &["EXPOSE_FID=NO"], &[]);
    Ok(dataset.map(|dataset| LevelsOfDetail { dataset, _staged: staged }))
}

/// The shapes of the lower levels, feature by feature beside the first reading.
pub(super) struct LowerShapes<'a> {
    features: Features<'a>,
    /// A feature that stands behind those asked for so far, since this reading skipped one that the other did not.
    ahead: Option<Feature<'a>>,
}

impl<'a> LowerShapes<'a> {
    pub(super) fn of(layer: &'a Layer<'a>) -> Self {
        Self { features: layer.features(), ahead: None }
    }

    /// The same feature of this reading as the next one of the other, which has this fid: GDAL numbers a class's features
    /// alike in both, those too that it skips. None where its lower shapes can't be read, which is no failure of the file.
    pub(super) fn next(&mut self, fid: i64) -> Option<Feature<'a>> {
        let messages = Messages::listen();
        let feature = match self.ahead.take() {
            Some(ahead) => ahead,
            None => self.features.next()?.0,
        };
        if feature.fid() != fid {
            self.ahead = Some(feature);
            return None;
        }
        messages.take_failures().is_empty().then_some(feature)
    }
}

/// GDAL's notes with the shape of one class replaced by several.
fn with_plain_shapes(classes: &str, class: &str) -> Option<String> {
    const END: &str = "</GeometryType>";
    let of_class = classes.find(&format!("<Name>{class}</Name>"))?;
    let begin = of_class + classes[of_class..].find("<GeometryType>")?;
    let end = begin + classes[begin..].find(END)? + END.len();
    let shape = |name| format!("<GeomPropertyDefn><Name>{name}</Name><ElementPath>{name}</ElementPath></GeomPropertyDefn>");
    let shapes: String = PLAIN_SHAPES.into_iter().map(shape).collect();
    Some(format!("{}{shapes}{}", &classes[..begin], &classes[end..]))
}
