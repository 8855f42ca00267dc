//! The shapes of a layer, made ready when first asked with.

use super::PreparedShape;
use crate::Shape;
use std::sync::OnceLock;
use urbis_model::{FeatureBatch, FeatureId, GeometryRef};

/// From how many vertices on a shape that was made ready is kept: below, doing so again costs a microsecond or two.
const KEPT_VERTICES: usize = 64;

/// The shapes of a layer; large ones are made ready once and kept, which takes some 70 bytes a vertex. Shared by threads.
pub(crate) struct PreparedShapes<'a> {
    features: &'a FeatureBatch,
    kept: Vec<OnceLock<Box<PreparedShape>>>,
}

impl<'a> PreparedShapes<'a> {
    /// None of them is ready yet.
    pub(crate) fn of(features: &'a FeatureBatch) -> Self {
        Self { features, kept: (0..features.len()).map(|_| OnceLock::new()).collect() }
    }

    pub(crate) fn geometry(&self, position: u32) -> GeometryRef<'a> {
        self.features.geometry(position as usize)
    }

    pub(crate) fn id(&self, position: u32) -> FeatureId {
        self.features.ids()[position as usize]
    }

    pub(crate) fn vertices(&self, position: u32) -> usize {
        self.geometry(position).lonlat().len()
    }

    pub(crate) fn is_large(&self, position: u32) -> bool {
        self.vertices(position) >= KEPT_VERTICES
    }

    /// Asks with the shape at a position, made ready.
    pub(crate) fn with<T>(&self, position: u32, ask: impl FnOnce(&PreparedShape) -> T) -> T {
        let make = || PreparedShape::new(Shape::from_geometry(self.geometry(position)));
        if self.is_large(position) { ask(self.kept[position as usize].get_or_init(|| Box::new(make()))) } else { ask(&make()) }
    }
}
