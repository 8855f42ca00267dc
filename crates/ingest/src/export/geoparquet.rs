//! GeoParquet 1.1 (OGC 23-056): WKB, PROJJSON, and the bounding box of each row, by which readers skip row groups.

use super::has_heights;
use crate::{
    shape::Shape,
    time::{days_since_epoch, millis_since_epoch},
};
use gdal::{errors::GdalError, spatial_ref::SpatialRef};
use parquet::{
    basic::{Compression, LogicalType, Repetition, TimeUnit, Type as Physical, ZstdLevel},
    data_type::{BoolType, ByteArray, ByteArrayType, DataType, DoubleType, Int32Type, Int64Type},
    errors::ParquetError,
    file::{
        metadata::KeyValue,
        properties::WriterProperties,
        writer::{SerializedFileWriter, SerializedRowGroupWriter},
    },
    schema::types::{Type, TypePtr},
};
use serde_json::json;
use std::{
    collections::BTreeSet,
    io::{self, Write},
    sync::Arc,
};
use thiserror::Error;
use urbis_model::{ColumnType, FeatureBatch, Field, GeometryKind, GeometryRef, Value};

/// Rows of a row group: within the 50,000 to 150,000 that the GeoParquet distribution guide advises.
const GROUP_ROWS: usize = 65_536;
/// What the pages of all columns take side by side, and a page at least and at most; the most is what writers make by default.
const PAGES_BYTES: usize = 64 << 20;
const LEAST_PAGE_BYTES: usize = 16 << 10;
const MOST_PAGE_BYTES: usize = 1 << 20;
/// The level that the same guide advises.
const ZSTD_LEVEL: i32 = 15;

/// Why features could not be written as GeoParquet.
#[derive(Debug, Error)]
pub(super) enum Failure {
    #[error("the reference system can't be described")]
    Crs(#[from] GdalError),
    #[error(transparent)]
    Encode(#[from] ParquetError),
    #[error(transparent)]
    Write(#[from] io::Error),
}

/// Writes features of a batch, by position, in EPSG:4490, longitude before latitude.
pub(super) fn write(out: &mut dyn Write, features: &FeatureBatch, positions: &[u32]) -> Result<(), Failure> {
    let shapes_name = features.schema().free_name("geometry");
    let boxes_name = features.schema().free_name("bbox");
    let schema = schema(features.schema().fields(), &shapes_name, &boxes_name)?;
    // Readers hold a page and a dictionary of every column: of many columns, smaller ones.
    let page_bytes = (PAGES_BYTES / (features.columns().len() + 5)).clamp(LEAST_PAGE_BYTES, MOST_PAGE_BYTES);
    let properties = WriterProperties::builder()
        .set_data_page_size_limit(page_bytes)
        .set_dictionary_page_size_limit(page_bytes)
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(ZSTD_LEVEL)?))
        .set_max_row_group_row_count(Some(GROUP_ROWS))
        // Shapes hardly repeat, and their least and greatest say nothing.
        .set_column_dictionary_enabled(shapes_name.as_str().into(), false)
        .set_column_statistics_enabled(shapes_name.as_str().into(), parquet::file::properties::EnabledStatistics::None)
        .build();
    // Drained after each row group, so that no more than one is held.
    let mut writer = SerializedFileWriter::new(Vec::new(), schema, Arc::new(properties))?;
    for positions in positions.chunks(GROUP_ROWS) {
        let mut group = writer.next_row_group()?;
        for (field, column) in features.schema().fields().iter().zip(features.columns()) {
            let values = positions.iter().map(|position| column.value(*position as usize));
            match field.column_type {
                ColumnType::Bool => put::<BoolType>(&mut group, values.map(bool)),
                ColumnType::Int => put::<Int64Type>(&mut group, values.map(int)),
                ColumnType::Float => put::<DoubleType>(&mut group, values.map(Value::as_number)),
                ColumnType::Date => put::<Int32Type>(&mut group, values.map(|value| days_since_epoch(text(value)?))),
                ColumnType::DateTime => put::<Int64Type>(&mut group, values.map(|value| millis_since_epoch(text(value)?))),
                _ => put::<ByteArrayType>(&mut group, values.map(|value| text(value).map(ByteArray::from))),
            }?;
        }
        let shapes = || positions.iter().map(|position| features.geometry(*position as usize));
        put::<ByteArrayType>(&mut group, shapes().map(|shape| Some(wkb(shape))))?;
        for corner in 0..4 {
            put::<DoubleType>(&mut group, shapes().map(|shape| Some(corners(shape)[corner])))?;
        }
        group.close()?;
        writer.flush()?;
        out.write_all(writer.inner())?;
        writer.inner_mut().clear();
    }
    let geo = geo_metadata(features, positions, &shapes_name, &boxes_name)?;
    writer.append_key_value_metadata(KeyValue::new("geo".to_owned(), geo));
    out.write_all(&writer.into_inner()?)?;
    Ok(())
}

/// Writes the next column of a row group; none is a null.
fn put<T: DataType>(
    group: &mut SerializedRowGroupWriter<'_, Vec<u8>>,
    rows: impl Iterator<Item = Option<T::T>>,
) -> Result<(), ParquetError> {
    let mut column = group.next_column()?.ok_or_else(|| ParquetError::General("a column beyond the schema".to_owned()))?;
    let (mut values, mut levels) = (Vec::new(), Vec::new());
    for value in rows {
        levels.push(i16::from(value.is_some()));
        values.extend(value);
    }
    column.typed::<T>().write_batch(&values, Some(&levels), None)?;
    column.close()
}

fn bool(value: Value<'_>) -> Option<bool> {
    if let Value::Bool(value) = value { Some(value) } else { None }
}

fn int(value: Value<'_>) -> Option<i64> {
    if let Value::Int(number) = value { Some(number) } else { None }
}

fn text(value: Value<'_>) -> Option<&str> {
    if let Value::Text(text) = value { Some(text) } else { None }
}

/// Every column may be null, the shapes too: readers expect it so of a file that others append to.
fn schema(fields: &[Field], shapes: &str, boxes: &str) -> Result<TypePtr, ParquetError> {
    let leaf = |name: &str, physical: Physical, logical: Option<LogicalType>| {
        let leaf = Type::primitive_type_builder(name, physical).with_repetition(Repetition::OPTIONAL);
        leaf.with_logical_type(logical).build().map(Arc::new)
    };
    let mut columns = Vec::new();
    for Field { name, column_type } in fields {
        let (physical, logical) = match column_type {
            ColumnType::Bool => (Physical::BOOLEAN, None),
            ColumnType::Int => (Physical::INT64, None),
            ColumnType::Float => (Physical::DOUBLE, None),
            ColumnType::Date => (Physical::INT32, Some(LogicalType::Date)),
            ColumnType::DateTime => (Physical::INT64, Some(LogicalType::timestamp(true, TimeUnit::MILLIS))),
            _ => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
        };
        columns.push(leaf(name, physical, logical)?);
    }
    columns.push(leaf(shapes, Physical::BYTE_ARRAY, None)?);
    let corners = CORNERS.iter().map(|name| leaf(name, Physical::DOUBLE, None)).collect::<Result<Vec<_>, _>>()?;
    let boxes = Type::group_type_builder(boxes).with_repetition(Repetition::REQUIRED).with_fields(corners).build()?;
    columns.push(Arc::new(boxes));
    Type::group_type_builder("schema").with_fields(columns).build().map(Arc::new)
}

/// The members of a row's bounding box, by the names of GeoParquet's covering.
const CORNERS: [&str; 4] = ["xmin", "ymin", "xmax", "ymax"];

fn wkb(shape: GeometryRef<'_>) -> ByteArray {
    let mut wkb = Vec::new();
    Shape::flat(shape, has_heights(shape)).append_wkb(&mut wkb);
    wkb.into()
}

/// West, south, east, north.
fn corners(shape: GeometryRef<'_>) -> [f64; 4] {
    let bounds = shape.bounds();
    [bounds.min[0], bounds.min[1], bounds.max[0], bounds.max[1]]
}

fn geo_metadata(features: &FeatureBatch, positions: &[u32], shapes: &str, boxes: &str) -> Result<String, GdalError> {
    let mut kinds = BTreeSet::new();
    let mut extent: Option<[f64; 4]> = None;
    for position in positions {
        let shape = features.geometry(*position as usize);
        kinds.insert(format!("{}{}", kind_name(shape.kind()), if has_heights(shape) { " Z" } else { "" }));
        let [west, south, east, north] = corners(shape);
        let [w, s, e, n] = extent.unwrap_or([west, south, east, north]);
        extent = Some([w.min(west), s.min(south), e.max(east), n.max(north)]);
    }
    let crs: serde_json::Value = serde_json::from_str(&SpatialRef::from_epsg(4490)?.to_projjson()?)
        .map_err(|error| GdalError::BadArgument(error.to_string()))?;
    let corner = |nth: usize| json!([boxes, CORNERS[nth]]);
    let mut column = json!({
        "encoding": "WKB",
        "geometry_types": kinds,
        "crs": crs,
        "covering": { "bbox": { "xmin": corner(0), "ymin": corner(1), "xmax": corner(2), "ymax": corner(3) } },
    });
    if let Some(extent) = extent {
        column["bbox"] = json!(extent);
    }
    Ok(json!({ "version": "1.1.0", "primary_column": shapes, "columns": { shapes: column } }).to_string())
}

fn kind_name(kind: GeometryKind) -> &'static str {
    match kind {
        GeometryKind::Point => "Point",
        GeometryKind::MultiPoint => "MultiPoint",
        GeometryKind::LineString => "LineString",
        GeometryKind::MultiLineString => "MultiLineString",
        GeometryKind::Polygon => "Polygon",
        _ => "MultiPolygon",
    }
}
