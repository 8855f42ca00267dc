//! GeoJSON geometries.

use super::{MAX_SHAPE_BYTES, Shape, ShapeError, shortened};
use serde_json::Value;
use urbis_model::{GeometryKind, geometry::GeometryWriter};

pub(super) fn parse(text: &str) -> Result<Shape, ShapeError> {
    if text.len() > MAX_SHAPE_BYTES {
        return Err(ShapeError::TooLong { bytes: text.len() });
    }
    let value: Value = serde_json::from_str(text).map_err(|error| refused(format!("not JSON: {error}")))?;
    shape_of(&value)
}

fn refused(reason: impl Into<String>) -> ShapeError {
    ShapeError::GeoJson { reason: reason.into() }
}

/// The shape of a geometry, of a feature, or of the one feature of a collection.
pub(super) fn shape_of(mut value: &Value) -> Result<Shape, ShapeError> {
    // A collection holds a feature holds a geometry: two steps down at most.
    for _ in 0..2 {
        value = match value.get("type").and_then(Value::as_str) {
            Some("FeatureCollection") => match value.get("features").and_then(Value::as_array).map(Vec::as_slice) {
                Some([feature]) => feature,
                Some(features) => {
                    return Err(refused(format!("the FeatureCollection has {} features; one is needed", features.len())));
                }
                None => return Err(refused("the FeatureCollection has no array \"features\"")),
            },
            Some("Feature") => value.get("geometry").ok_or_else(|| refused("the Feature has no \"geometry\""))?,
            _ => break,
        };
    }
    let kind = value.get("type").and_then(Value::as_str).ok_or_else(|| refused("there is no \"type\""))?;
    let kind = [
        GeometryKind::Point,
        GeometryKind::MultiPoint,
        GeometryKind::LineString,
        GeometryKind::MultiLineString,
        GeometryKind::Polygon,
        GeometryKind::MultiPolygon,
    ]
    .into_iter()
    .find(|known| known.name() == kind)
    .ok_or_else(|| ShapeError::Kind { kind: shortened(kind) })?;
    let coordinates = value.get("coordinates").ok_or_else(|| refused("there is no \"coordinates\""))?;
    let mut refusal = Ok(());
    let shape = Shape::from_writer(|writer| refusal = write(kind, coordinates, writer));
    refusal?;
    shape.map_err(ShapeError::Geometry)
}

fn write(kind: GeometryKind, coordinates: &Value, writer: &mut GeometryWriter<'_>) -> Result<(), ShapeError> {
    writer.kind(kind);
    match kind {
        GeometryKind::Point => point(coordinates, writer),
        GeometryKind::MultiPoint => items(coordinates)?.iter().try_for_each(|item| point(item, writer)),
        GeometryKind::LineString => {
            writer.part();
            ring(coordinates, writer)
        }
        GeometryKind::MultiLineString => items(coordinates)?.iter().try_for_each(|item| {
            writer.part();
            ring(item, writer)
        }),
        GeometryKind::Polygon => polygon(coordinates, writer),
        _ => items(coordinates)?.iter().try_for_each(|item| polygon(item, writer)),
    }
}

fn items(value: &Value) -> Result<&[Value], ShapeError> {
    value
        .as_array()
        .map(Vec::as_slice)
        .ok_or_else(|| refused(format!("expected an array, found {}", shortened(&value.to_string()))))
}

fn polygon(rings: &Value, writer: &mut GeometryWriter<'_>) -> Result<(), ShapeError> {
    writer.part();
    items(rings)?.iter().try_for_each(|item| ring(item, writer))
}

fn ring(positions: &Value, writer: &mut GeometryWriter<'_>) -> Result<(), ShapeError> {
    writer.ring();
    items(positions)?.iter().try_for_each(|item| position(item, writer))
}

fn point(item: &Value, writer: &mut GeometryWriter<'_>) -> Result<(), ShapeError> {
    writer.part();
    writer.ring();
    position(item, writer)
}

fn position(item: &Value, writer: &mut GeometryWriter<'_>) -> Result<(), ShapeError> {
    let numbers = items(item)?;
    match (numbers.first().and_then(Value::as_f64), numbers.get(1).and_then(Value::as_f64)) {
        (Some(lon), Some(lat)) if numbers.len() <= 4 => {
            writer.vertex([lon, lat]);
            Ok(())
        }
        _ => Err(refused(format!(
            "{} is no position: longitude, latitude and at most two more numbers",
            shortened(&item.to_string())
        ))),
    }
}
