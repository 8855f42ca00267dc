//! Layers for tests, and a seeded walk.

use crate::{Cancel, LayerSnapshot, Shape};
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};
use urbis_model::{ColumnType, FeatureBatch, FeatureId, Field, GeometryKind, LayerKind, LayerMetadata, Schema, Value};
use urbis_store::{LayerInfo, VersionInfo};

pub(crate) fn schema(fields: &[(&str, ColumnType)]) -> Arc<Schema> {
    let fields = fields.iter().map(|(name, column_type)| Field { name: (*name).to_owned(), column_type: *column_type }).collect();
    Arc::new(Schema::new(fields).unwrap())
}

/// A layer of these shapes and rows, ids from 1.
pub(crate) fn layer<'a>(schema: &Arc<Schema>, rows: impl IntoIterator<Item = (Shape, Vec<Value<'a>>)>) -> LayerSnapshot {
    let mut features = FeatureBatch::new(schema.clone());
    for (index, (shape, values)) in rows.into_iter().enumerate() {
        let id = FeatureId::new(index as u64 + 1).unwrap();
        features.push(id, |writer| writer.copy(shape.geometry()), &values).unwrap();
    }
    LayerSnapshot::new(info("things", &features), features).unwrap()
}

pub(crate) fn info(name: &str, features: &FeatureBatch) -> LayerInfo {
    let count = features.len() as u64;
    LayerInfo {
        name: name.parse().unwrap(),
        kind: LayerKind::Generic,
        schema: features.schema().clone(),
        metadata: LayerMetadata::default(),
        revision: 1,
        version: 1,
        versions: vec![VersionInfo { version: 1, revision: 1, count, imported_at: String::new() }],
        count,
        bounds: features.bounds(),
        quarantined: 0,
    }
}

/// A layer of shapes without attributes.
pub(crate) fn shapes_layer(shapes: impl IntoIterator<Item = Shape>) -> LayerSnapshot {
    layer(&schema(&[]), shapes.into_iter().map(|shape| (shape, Vec::new())))
}

pub(crate) fn wkt(text: &str) -> Shape {
    Shape::from_wkt(text).unwrap_or_else(|refusal| panic!("{text}: {refusal}"))
}

/// A shape that nobody looked at whether it is valid.
pub(crate) fn unchecked_wkt(text: &str) -> Shape {
    Shape::from_unchecked_wkt(text).unwrap_or_else(|refusal| panic!("{text}: {refusal}"))
}

/// Gives a question up from another thread while it is being worked on.
pub(crate) fn given_up_soon() -> Cancel {
    let flag = Arc::new(AtomicBool::new(false));
    let raised = flag.clone();
    thread::spawn(move || {
        thread::sleep(Duration::from_millis(300));
        raised.store(true, Ordering::Relaxed);
    });
    Cancel { deadline: None, flag: Some(flag) }
}

/// A comb whose teeth rise by as much as they are long, so that the boxes of all its sides overlap. Its back lies at `back` to
/// the west of 0, its teeth reach from −`inset` / 2 to 1 − `inset`, and each is narrower by the inset at either side; so a comb with a larger inset
/// lies in one with a smaller. Where its back lies farther west than the other's, their sides meet there, and nowhere else.
pub(crate) fn slanting_comb(teeth: usize, back: f64, inset: f64) -> Vec<[f64; 2]> {
    let at = |east: f64, tooth: f64| [east, east + tooth / teeth as f64 / 10.0];
    let mut ring = vec![at(-back, inset)];
    for tooth in 0..teeth {
        let (from, to) = (tooth as f64 + inset, tooth as f64 + 0.5 - inset);
        ring.extend([at(-inset / 2.0, from), at(1.0 - inset, from), at(1.0 - inset, to), at(-inset / 2.0, to)]);
    }
    ring.extend([at(-back, teeth as f64 - 0.5 - inset), ring[0]]);
    ring
}

/// A shape of one ring or line, as it is.
pub(crate) fn unchecked(kind: GeometryKind, vertices: &[[f64; 2]]) -> Shape {
    let shape = Shape::from_writer(|writer| {
        writer.kind(kind);
        writer.part();
        writer.ring();
        vertices.iter().for_each(|vertex| writer.vertex(*vertex));
    });
    shape.unwrap()
}

/// A seeded linear congruential walk (Knuth's MMIX constants) over 0 .. 1.
pub(crate) struct Walk(pub(crate) u64);

impl Walk {
    pub(crate) fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1u64 << 53) as f64
    }
}
