//! Lines that continue each other and polygons that touch, made one where their attributes are equal.
//!
//! A road comes in pieces, cut at each bridge and change of paving. At the zooms that carry only its class and name, the
//! pieces are told apart by nothing, but cost a feature each, can't be simplified across their ends and are labelled one
//! by one. So they are joined, once for each range of zooms with the same attributes.
//!
//! What is merged bears the lowest id of its members; each member is in one merged feature only. Features are equal when
//! all attributes that the zooms carry are, and the column that orders the layer.
//!
//! Reach: a merged feature depends on its members and on what touches them.

mod dissolve;
mod join;

use crate::definition::LayerDefinition;
use crate::overview::schema_at;
use std::collections::HashMap;
use std::ops::RangeInclusive;
use urbis_model::geometry::GeometryWriter;
use urbis_model::{FeatureBatch, GeometryKind, Value};

/// Below which zoom equal features are merged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Merge {
    /// The first zoom that shows the features themselves.
    pub below_zoom: u8,
}

/// A feature of an overview.
struct Merged {
    /// Position of the member with the lowest id.
    position: u32,
    /// Its parts, of rings or one line each; none for a feature that stays as it is.
    shape: Option<Vec<Vec<Vec<[f64; 2]>>>>,
}

/// A layer's features at these zooms, which carry the same attributes; in order of id. Without those whose class begins
/// later.
pub(crate) fn merged(features: &FeatureBatch, definition: &LayerDefinition, zooms: &RangeInclusive<u8>) -> FeatureBatch {
    let (schema, columns) = schema_at(definition, features, *zooms.start(), Vec::new());
    let mut rows = Vec::new();
    let mut groups: HashMap<Vec<u64>, Vec<u32>> = HashMap::new();
    for position in 0..features.len() {
        if definition.importance(features, position, || 0.0).1 > *zooms.end() {
            continue;
        }
        let kind = features.geometry(position).kind();
        if kind.dimension() == 0 || kind.is_spatial() {
            rows.push(Merged { position: position as u32, shape: None });
        } else {
            groups.entry(key(features, &columns, position)).or_default().push(position as u32);
        }
    }
    for group in groups.values_mut() {
        group.sort_unstable_by_key(|position| features.ids()[*position as usize]);
        if features.geometry(group[0] as usize).kind().dimension() == 1 {
            join::joined(features, group, &mut rows);
        } else {
            dissolve::dissolved(features, group, &mut rows);
        }
    }
    rows.sort_unstable_by_key(|row| (features.ids()[row.position as usize], row.position));
    let mut batch = FeatureBatch::new(schema);
    for Merged { position, shape } in &rows {
        let position = *position as usize;
        let values: Vec<Value<'_>> = columns.iter().map(|column| features.columns()[*column].value(position)).collect();
        let geometry = features.geometry(position);
        let whole = batch.push(
            features.ids()[position],
            |writer| match shape {
                None => writer.copy(geometry),
                Some(parts) => write(writer, geometry.kind().dimension(), parts),
            },
            &values,
        );
        // Refused is only what passes the greatest number of vertices of one shape; then its members stay apart.
        if whole.is_err() {
            let _ = batch.push(features.ids()[position], |writer| writer.copy(geometry), &values);
        }
    }
    batch
}

/// What makes features equal: lines or areas, and each column's value.
fn key(features: &FeatureBatch, columns: &[usize], position: usize) -> Vec<u64> {
    let mut key = vec![u64::from(features.geometry(position).kind().dimension())];
    for column in columns {
        let column = &features.columns()[*column];
        let value = column.value(position);
        // Null apart from all values.
        key.push(u64::from(value != Value::Null));
        key.push(match value {
            Value::Null => 0,
            Value::Bool(truth) => u64::from(truth),
            Value::Int(number) => number as u64,
            Value::Float(number) => number.to_bits(),
            Value::Text(_) => column.as_text().and_then(|text| text.code(position)).map_or(0, u64::from),
        });
    }
    key
}

fn write(writer: &mut GeometryWriter<'_>, dimension: u8, parts: &[Vec<Vec<[f64; 2]>>]) {
    writer.kind(match (dimension, parts.len()) {
        (1, 1) => GeometryKind::LineString,
        (1, _) => GeometryKind::MultiLineString,
        (_, 1) => GeometryKind::Polygon,
        _ => GeometryKind::MultiPolygon,
    });
    for part in parts {
        writer.part();
        for ring in part {
            writer.ring();
            ring.iter().for_each(|vertex| writer.vertex(*vertex));
        }
    }
}

/// Sets that are joined pairwise; each is known by its least member (Tarjan 1975).
struct Sets(Vec<u32>);

impl Sets {
    fn apart(count: usize) -> Self {
        Self((0..count as u32).collect())
    }

    fn least(&mut self, mut member: u32) -> u32 {
        while self.0[member as usize] != member {
            let above = self.0[self.0[member as usize] as usize];
            self.0[member as usize] = above;
            member = above;
        }
        member
    }

    fn join(&mut self, a: u32, b: u32) {
        let (a, b) = (self.least(a), self.least(b));
        self.0[a.max(b) as usize] = a.min(b);
    }
}

#[cfg(test)]
mod tests;
