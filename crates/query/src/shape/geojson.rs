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

/// The shape of a geometry, of a feature, or of all features of a collection.
pub(super) fn shape_of(value: &Value) -> Result<Shape, ShapeError> {
    let geometries = if type_of(value)? == "FeatureCollection" {
        let features = value.get("features").and_then(Value::as_array);
        let features = features.ok_or_else(|| refused("the FeatureCollection has no array \"features\""))?;
        let geometries = features.iter().map(geometry_of).collect::<Result<Vec<_>, _>>()?;
        // RFC 7946 section 3.2: a feature without a place has the geometry null.
        geometries.into_iter().filter(|geometry| !geometry.is_null()).collect()
    } else {
        vec![geometry_of(value)?]
    };
    let kinds = geometries.iter().map(|geometry| kind_of(geometry)).collect::<Result<Vec<_>, _>>()?;
    let Some(first) = kinds.first() else { return Err(refused("the FeatureCollection has no feature with a geometry")) };
    if kinds.iter().any(|kind| kind.dimension() != first.dimension()) {
        return Err(refused("the FeatureCollection has points, lines and areas side by side; ask with one of these at a time"));
    }
    let whole = match (kinds.len(), first.dimension()) {
        (1, _) => *first,
        (_, 0) => GeometryKind::MultiPoint,
        (_, 1) => GeometryKind::MultiLineString,
        _ => GeometryKind::MultiPolygon,
    };
    let mut refusal = Ok(());
    let shape = Shape::from_writer(|writer| {
        writer.kind(whole);
        refusal = kinds.iter().zip(&geometries).try_for_each(|(kind, geometry)| {
            let coordinates = geometry.get("coordinates").ok_or_else(|| refused("there is no \"coordinates\""))?;
            write(*kind, coordinates, writer)
        });
    });
    refusal?;
    shape.map_err(ShapeError::Geometry)
}

fn type_of(value: &Value) -> Result<&str, ShapeError> {
    value.get("type").and_then(Value::as_str).ok_or_else(|| refused("there is no \"type\""))
}

/// The geometry of a feature, or the geometry itself.
fn geometry_of(value: &Value) -> Result<&Value, ShapeError> {
    match type_of(value)? {
        "Feature" => value.get("geometry").ok_or_else(|| refused("the Feature has no \"geometry\"")),
        _ => Ok(value),
    }
}

fn kind_of(geometry: &Value) -> Result<GeometryKind, ShapeError> {
    let name = type_of(geometry)?;
    let kinds = [
        GeometryKind::Point,
        GeometryKind::MultiPoint,
        GeometryKind::LineString,
        GeometryKind::MultiLineString,
        GeometryKind::Polygon,
        GeometryKind::MultiPolygon,
    ];
    kinds.into_iter().find(|known| known.name() == name).ok_or_else(|| ShapeError::Kind { kind: shortened(name) })
}

fn write(kind: GeometryKind, coordinates: &Value, writer: &mut GeometryWriter<'_>) -> Result<(), ShapeError> {
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
