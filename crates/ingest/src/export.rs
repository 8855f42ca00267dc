//! The door, outwards: features written in formats of others, through GDAL; GeoParquet without it.

mod fit;
mod geoparquet;
mod names;

use crate::{
    encoding::{self, Target},
    error::IngestError,
    ogr::Messages,
};
use gdal::spatial_ref::{AxisMappingStrategy, SpatialRef};
use gdal::vector::{Feature, FieldDefn, Geometry, LayerAccess, LayerOptions, OGRFieldType, OGRwkbGeometryType};
use gdal::{Dataset, DriverManager, errors::GdalError};
use std::{
    io,
    path::{Path, PathBuf},
};
use thiserror::Error;
use urbis_model::{ColumnType, FeatureBatch, GeometryKind, GeometryRef, Value};

/// A format to write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// GeoPackage, one table.
    GeoPackage,
    /// ESRI Shapefile: one geometry family, column names of 10 bytes.
    Shapefile,
}

impl Format {
    fn driver(self) -> &'static str {
        match self {
            Self::GeoPackage => "GPKG",
            Self::Shapefile => "ESRI Shapefile",
        }
    }
}

/// Why features could not be written.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ExportError {
    /// Something is there already.
    #[error("{path} is there already; choose another name or remove it")]
    Exists {
        /// Where.
        path: PathBuf,
    },
    /// A Shapefile holds points, lines or areas, not several.
    #[error("a Shapefile holds one kind of geometry, and the answer has several; use gpkg, or filter")]
    Mixed,
    /// No such encoding.
    #[error(transparent)]
    Encoding(IngestError),
    /// GDAL could not write.
    #[error("{path} can't be written: {detail}")]
    Write {
        /// Where.
        path: PathBuf,
        /// GDAL's own words.
        detail: String,
    },
}

/// What the file does not say as the features do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// Columns that the format could not name as they are: the name in the layer, and in the file.
    pub renamed: Vec<(String, String)>,
    /// What else there is to know, each once: texts and numbers that the format can't hold, and GDAL's own words.
    pub warnings: Vec<String>,
}

/// Writes features of a batch, by position, as a new file in EPSG:4490, longitude before latitude.
///
/// `encoding` is the Shapefile's text encoding, such as `GBK`; a GeoPackage is always UTF-8.
///
/// # Errors
/// [`ExportError`]; what was written of the file is removed then.
pub fn write(
    path: &Path,
    format: Format,
    encoding: &str,
    layer: &str,
    features: &FeatureBatch,
    positions: &[u32],
) -> Result<Changes, ExportError> {
    if path.exists() {
        return Err(ExportError::Exists { path: path.to_owned() });
    }
    let encoding = encoding::to_write(encoding).map_err(ExportError::Encoding)?;
    let geometry_type = geometry_type(format, features, positions)?;
    let mut warnings = match format {
        Format::GeoPackage => Vec::new(),
        Format::Shapefile => fit::unfit(features, positions, encoding),
    };
    // Nothing of GDAL's reaches stderr by itself.
    let messages = Messages::listen();
    let written = write_with_gdal(path, format, encoding, layer, geometry_type, features, positions);
    let renamed = written.map_err(|error| {
        let said = messages.take_failures().join("; ");
        let detail = if said.is_empty() { error.to_string() } else { said };
        if let Ok(driver) = DriverManager::get_driver_by_name(format.driver()) {
            // The first error is the one to tell; a leftover is named by it too.
            let _ = driver.delete(path);
        }
        ExportError::Write { path: path.to_owned(), detail }
    })?;
    // Names are told as `renamed`; what an encoding and a width can't hold was counted by column.
    let is_told = |warning: &String| {
        ["Normalized/laundered field name", "One or several characters couldn't be converted"]
            .iter()
            .any(|told| warning.starts_with(told))
    };
    warnings.extend(messages.take_warnings().into_iter().filter(|warning| !is_told(warning)));
    Ok(Changes { renamed, warnings })
}

/// Writes features of a batch, by position, as GeoParquet 1.1 in EPSG:4490, longitude before latitude, packed with zstd.
/// Holds one row group of 65,536 features in memory.
///
/// # Errors
/// Those of `out`, and of the encoder where a text or shape is too large for it.
pub fn write_geoparquet(out: &mut dyn io::Write, features: &FeatureBatch, positions: &[u32]) -> io::Result<()> {
    geoparquet::write(out, features, positions).map_err(|failure| match failure {
        geoparquet::Failure::Write(error) => error,
        other => io::Error::other(other),
    })
}

fn write_with_gdal(
    path: &Path,
    format: Format,
    encoding: Target,
    layer: &str,
    geometry_type: OGRwkbGeometryType::Type,
    features: &FeatureBatch,
    positions: &[u32],
) -> Result<Vec<(String, String)>, GdalError> {
    let mut crs = SpatialRef::from_epsg(4490)?;
    crs.set_axis_mapping_strategy(AxisMappingStrategy::TraditionalGisOrder);
    let names = match format {
        Format::GeoPackage => features.schema().fields().iter().map(|field| field.name.clone()).collect(),
        Format::Shapefile => names::of_shapefile(features.schema(), encoding),
    };
    let option = format!("ENCODING={}", encoding.label);
    let shapefile = [option.as_str()];
    let options = (format == Format::Shapefile).then_some(shapefile.as_slice());
    let layer = LayerOptions { name: layer, srs: Some(&crs), ty: geometry_type, options };
    let mut dataset = DriverManager::get_driver_by_name(format.driver())?.create_vector_only(path)?;
    let renamed = match format {
        Format::GeoPackage => {
            // Without a transaction SQLite would sync once per feature.
            let mut transaction = dataset.start_transaction()?;
            let renamed = fill(&mut transaction, layer, &names, features, positions, None)?;
            transaction.commit()?;
            renamed
        }
        Format::Shapefile => fill(&mut dataset, layer, &names, features, positions, Some(encoding))?,
    };
    dataset.flush_cache()?;
    Ok(renamed)
}

/// Writes the features, and says which columns have another name in the file.
fn fill(
    dataset: &mut Dataset,
    layer: LayerOptions<'_>,
    names: &[String],
    features: &FeatureBatch,
    positions: &[u32],
    encoding: Option<Target>,
) -> Result<Vec<(String, String)>, GdalError> {
    let layer = dataset.create_layer(layer)?;
    for (field, name) in features.schema().fields().iter().zip(names) {
        FieldDefn::new(name, field_type(field.column_type))?.add_to_layer(&layer)?;
    }
    for &position in positions {
        let position = position as usize;
        let mut feature = Feature::new(layer.defn())?;
        feature.set_geometry(ogr_geometry(features.geometry(position))?)?;
        for (index, column) in features.columns().iter().enumerate() {
            match column.value(position) {
                Value::Null => {}
                Value::Bool(value) => feature.set_field_integer(index, i32::from(value))?,
                Value::Int(value) => feature.set_field_integer64(index, value)?,
                Value::Float(value) => feature.set_field_double(index, value)?,
                Value::Text(value) => match encoding {
                    Some(encoding) => feature.set_field_string(index, &fit::fitted(value, encoding))?,
                    None => feature.set_field_string(index, value)?,
                },
            }
        }
        feature.create(&layer)?;
    }
    let names = features.schema().fields().iter().map(|field| field.name.clone());
    let written = layer.defn().fields().map(|field| field.name());
    Ok(names.zip(written).filter(|(name, written)| name != written).collect())
}

fn field_type(column_type: ColumnType) -> OGRFieldType::Type {
    match column_type {
        ColumnType::Bool => OGRFieldType::OFTInteger,
        ColumnType::Int => OGRFieldType::OFTInteger64,
        ColumnType::Float => OGRFieldType::OFTReal,
        ColumnType::Date => OGRFieldType::OFTDate,
        ColumnType::DateTime => OGRFieldType::OFTDateTime,
        _ => OGRFieldType::OFTString,
    }
}

/// The layer's type: one kind where all features have it, else unknown, which a Shapefile has not.
fn geometry_type(format: Format, features: &FeatureBatch, positions: &[u32]) -> Result<OGRwkbGeometryType::Type, ExportError> {
    let mut kinds = positions.iter().map(|position| wkb_type(features.geometry(*position as usize)));
    let Some(first) = kinds.next() else { return Ok(OGRwkbGeometryType::wkbUnknown) };
    if kinds.all(|kind| kind == first) {
        return Ok(first);
    }
    let dimension = |position: &u32| features.geometry(*position as usize).kind().dimension();
    let family = dimension(&positions[0]);
    match (format, positions.iter().all(|position| dimension(position) == family)) {
        (Format::GeoPackage, _) => Ok(OGRwkbGeometryType::wkbUnknown),
        // A Shapefile's polygon and line types hold multi-parts too; its point type does not.
        (Format::Shapefile, true) if family == 2 => Ok(OGRwkbGeometryType::wkbPolygon),
        (Format::Shapefile, true) if family == 1 => Ok(OGRwkbGeometryType::wkbLineString),
        (Format::Shapefile, _) => Err(ExportError::Mixed),
    }
}

fn wkb_type(geometry: GeometryRef<'_>) -> OGRwkbGeometryType::Type {
    let flat = match geometry.kind() {
        GeometryKind::Point => OGRwkbGeometryType::wkbPoint,
        GeometryKind::MultiPoint => OGRwkbGeometryType::wkbMultiPoint,
        GeometryKind::LineString => OGRwkbGeometryType::wkbLineString,
        GeometryKind::MultiLineString => OGRwkbGeometryType::wkbMultiLineString,
        GeometryKind::Polygon => OGRwkbGeometryType::wkbPolygon,
        _ => OGRwkbGeometryType::wkbMultiPolygon,
    };
    if has_heights(geometry) { gdal::vector::geometry_type_set_z(flat) } else { flat }
}

fn has_heights(geometry: GeometryRef<'_>) -> bool {
    geometry.z_m().is_some_and(|z_m| z_m.iter().all(|z| !z.is_nan()))
}

fn ogr_geometry(geometry: GeometryRef<'_>) -> Result<Geometry, GdalError> {
    let kind = geometry.kind();
    let heights = has_heights(geometry);
    let with_z = |flat| if heights { gdal::vector::geometry_type_set_z(flat) } else { flat };
    let (whole, part_type) = match kind.dimension() {
        0 => (OGRwkbGeometryType::wkbMultiPoint, OGRwkbGeometryType::wkbPoint),
        1 => (OGRwkbGeometryType::wkbMultiLineString, OGRwkbGeometryType::wkbLineString),
        _ => (OGRwkbGeometryType::wkbMultiPolygon, OGRwkbGeometryType::wkbPolygon),
    };
    let mut parts = Vec::new();
    for part in geometry.parts() {
        let mut shape = Geometry::empty(with_z(part_type))?;
        for ring in part.rings() {
            let vertices = ring.lonlat().iter().enumerate();
            let add = |target: &mut Geometry| {
                for (vertex, [lon_deg, lat_deg]) in vertices {
                    match ring.z_m().filter(|_| heights) {
                        Some(z_m) => target.add_point((*lon_deg, *lat_deg, z_m[vertex])),
                        None => target.add_point_2d((*lon_deg, *lat_deg)),
                    }
                }
            };
            if kind.dimension() == 2 {
                let mut boundary = Geometry::empty(OGRwkbGeometryType::wkbLinearRing)?;
                add(&mut boundary);
                shape.add_geometry(boundary)?;
            } else {
                add(&mut shape);
            }
        }
        parts.push(shape);
    }
    if matches!(kind, GeometryKind::Point | GeometryKind::LineString | GeometryKind::Polygon) {
        return parts.pop().ok_or_else(|| GdalError::BadArgument("a geometry without parts".to_owned()));
    }
    let mut all = Geometry::empty(with_z(whole))?;
    for part in parts {
        all.add_geometry(part)?;
    }
    Ok(all)
}

#[cfg(test)]
mod tests;
