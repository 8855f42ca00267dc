//! What a layer shows at low zooms instead of its features: clusters of points, lines and polygons merged.
//!
//! An overview is a layer of its own, prepared once for a range of zooms and read by every tile of it. So a cluster or a
//! merged road is the same on both sides of a seam, and what a change dirties is what differs between the old and the
//! new overview, feature by feature: clusters depend on points within [`crate::cluster::Cluster::reach_px`], a merged
//! shape on the shapes that it is merged of.

use crate::cluster;
use crate::definition::{Attribute, LayerDefinition};
use crate::merge;
use crate::prepare::TileLayer;
use std::ops::RangeInclusive;
use std::sync::Arc;
use urbis_index::PackedRtree;
use urbis_model::{FeatureBatch, Field, LayerName, Schema, TileCoord};

/// Features that stand for a layer's own at some zooms.
#[derive(Clone, Debug)]
pub(crate) struct Overview {
    zooms: RangeInclusive<u8>,
    features: FeatureBatch,
    layer: TileLayer,
    index: PackedRtree,
}

impl Overview {
    /// All overviews that a definition asks for.
    pub(crate) fn all(name: &LayerName, features: &FeatureBatch, definition: &LayerDefinition) -> Vec<Self> {
        let mut overviews = Vec::new();
        if let Some(cluster) = &definition.cluster {
            for (zoom, batch) in cluster::levels(features, definition, cluster) {
                let derived = derived(definition, &batch, zoom..=zoom, cluster::order(&batch));
                overviews.push(Self::new(name, batch, derived, zoom..=zoom));
            }
        }
        if let Some(merge) = definition.merge {
            for zooms in bands(definition, merge.below_zoom) {
                let batch = merge::merged(features, definition, &zooms);
                let order = definition.order.renamed(features.schema(), batch.schema());
                let derived = derived(definition, &batch, zooms.clone(), order);
                overviews.push(Self::new(name, batch, derived, zooms));
            }
        }
        overviews
    }

    fn new(name: &LayerName, mut features: FeatureBatch, definition: LayerDefinition, zooms: RangeInclusive<u8>) -> Self {
        features.shrink();
        let layer = TileLayer::prepare(name.clone(), &features, definition);
        let bounds: Vec<_> = features.geometries().iter().map(|geometry| geometry.bounds()).collect();
        Self { zooms, layer, index: PackedRtree::build(&bounds), features }
    }

    /// The zooms it stands in at.
    pub(crate) fn zooms(&self) -> &RangeInclusive<u8> {
        &self.zooms
    }

    /// Its shapes.
    pub(crate) fn layer(&self) -> &TileLayer {
        &self.layer
    }

    /// Its features.
    pub(crate) fn features(&self) -> &FeatureBatch {
        &self.features
    }

    /// Positions of its features near a tile, ascending.
    pub(crate) fn candidates(&self, tile: TileCoord) -> Vec<u32> {
        let mut found = Vec::new();
        self.index.window(&tile.bounds(self.layer.margin()), &mut |position| found.push(position));
        found.sort_unstable();
        found
    }

    /// Bytes held on the heap.
    pub(crate) fn heap_bytes(&self) -> usize {
        self.features.heap_bytes() + self.layer.heap_bytes() + self.index.heap_bytes()
    }
}

/// Ranges of the zooms below one at which the same attributes are carried.
fn bands(definition: &LayerDefinition, below_zoom: u8) -> Vec<RangeInclusive<u8>> {
    let mut bands: Vec<RangeInclusive<u8>> = Vec::new();
    for zoom in definition.min_zoom..below_zoom.min(definition.max_zoom) {
        match bands.last_mut() {
            Some(band) if definition.attributes.iter().all(|attribute| attribute.from_zoom != zoom) => {
                *band = *band.start()..=zoom;
            }
            _ => bands.push(zoom..=zoom),
        }
    }
    bands
}

/// The definition of an overview: the layer's, for the columns of the overview.
fn derived(
    definition: &LayerDefinition,
    features: &FeatureBatch,
    zooms: RangeInclusive<u8>,
    order: crate::definition::Order,
) -> LayerDefinition {
    let carried = |name: &str| definition.attributes.iter().find(|attribute| attribute.name == name);
    let attributes = features.schema().fields().iter().enumerate().filter_map(|(column, field)| {
        let from_layer = carried(&field.name).is_some_and(|attribute| attribute.from_zoom <= *zooms.start());
        let computed = definition.cluster.as_ref().is_some_and(|cluster| cluster.computes(&field.name));
        (from_layer || computed).then(|| Attribute {
            column,
            name: field.name.clone(),
            column_type: field.column_type,
            from_zoom: *zooms.start(),
        })
    });
    LayerDefinition {
        attributes: attributes.collect(),
        min_zoom: *zooms.start(),
        order,
        thinning: Vec::new(),
        cluster: None,
        merge: None,
        vertex_depth: None,
        ..definition.clone()
    }
}

/// The columns of a layer that are carried at a zoom, less those that `taken` names, as a schema with `more` after them;
/// and where they stand in the layer.
pub(crate) fn schema_at(
    definition: &LayerDefinition,
    features: &FeatureBatch,
    zoom: u8,
    more: Vec<Field>,
) -> (Arc<Schema>, Vec<usize>) {
    let taken = |name: &str| more.iter().any(|field| field.name.eq_ignore_ascii_case(name));
    let ordering = definition.order.column();
    let attributes = &definition.attributes;
    let carried = |column: &usize| {
        attributes.iter().any(|attribute| attribute.column == *column && attribute.from_zoom <= zoom) || ordering == Some(*column)
    };
    let fields = features.schema().fields();
    let columns: Vec<usize> = (0..fields.len()).filter(carried).filter(|column| !taken(&fields[*column].name)).collect();
    let kept = columns.iter().map(|column| fields[*column].clone()).chain(more);
    match Schema::new(kept.collect()) {
        Ok(schema) => (Arc::new(schema), columns),
        // Names of a schema, and others that are none of them: only their number can be too large.
        Err(_) => (Arc::default(), Vec::new()),
    }
}
