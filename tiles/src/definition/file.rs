//! The form of `layers/*.toml`, and what of it is accepted.

use super::{Attribute, Cluster, DefinitionError, How, Label, LayerDefinition, Merge, Order, POINT_COUNT, Thinning};
use crate::cluster::Aggregate;
use crate::depth::{DEPTHS_CM, VertexDepth};
use crate::frame::WORLD_ZOOM;
use crate::generalise::Style;
use serde::Deserialize;
use urbis_model::{ColumnType, Schema};

/// One file, as written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DefinitionFile {
    min_zoom: u8,
    max_zoom: u8,
    #[serde(default = "default_buffer_units")]
    buffer_units: u16,
    #[serde(default = "default_simplify_px")]
    simplify_px: f64,
    #[serde(default)]
    simplify: StyleFile,
    #[serde(default)]
    coverage: bool,
    #[serde(default = "default_dust")]
    dust: bool,
    #[serde(default = "default_max_features")]
    max_features: usize,
    #[serde(default = "default_max_text_bytes")]
    max_text_bytes: usize,
    #[serde(default)]
    order: OrderFile,
    #[serde(default)]
    thinning: Vec<ThinningFile>,
    cluster: Option<ClusterFile>,
    merge: Option<MergeFile>,
    label: Option<LabelFile>,
    vertex_depth: Option<VertexDepthFile>,
    /// Zoom from which columns not named under `attributes` are carried; absent for never.
    other_columns_from_zoom: Option<u8>,
    #[serde(default)]
    attributes: Vec<AttributeFile>,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum StyleFile {
    #[default]
    Natural,
    Building,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case", tag = "by")]
enum OrderFile {
    #[default]
    Size,
    Column {
        column: String,
        #[serde(default)]
        ascending: bool,
    },
    Class {
        column: String,
        classes: Vec<(String, u8)>,
        other_from_zoom: u8,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ThinningFile {
    below_zoom: u8,
    cell_px: u8,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClusterFile {
    below_zoom: u8,
    #[serde(default = "default_cluster_radius_px")]
    radius_px: f64,
    #[serde(default)]
    sum: Vec<String>,
    #[serde(default)]
    mean: Vec<String>,
    #[serde(default)]
    min: Vec<String>,
    #[serde(default)]
    max: Vec<String>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
struct MergeFile {
    below_zoom: u8,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
struct LabelFile {
    from_zoom: u8,
    #[serde(default = "default_label_radius_px")]
    radius_px: f64,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
struct VertexDepthFile {
    from_zoom: u8,
    #[serde(default = "default_depth_tolerance_cm")]
    tolerance_cm: f64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AttributeFile {
    column: String,
    #[serde(default)]
    from_zoom: u8,
}

fn default_buffer_units() -> u16 {
    64
}

fn default_simplify_px() -> f64 {
    0.5
}

fn default_dust() -> bool {
    true
}

fn default_cluster_radius_px() -> f64 {
    40.0
}

fn default_label_radius_px() -> f64 {
    8.0
}

fn default_depth_tolerance_cm() -> f64 {
    5.0
}

fn default_max_features() -> usize {
    50_000
}

fn default_max_text_bytes() -> usize {
    256
}

impl DefinitionFile {
    /// The definition for a layer with these columns.
    pub(super) fn resolve(self, schema: &Schema) -> Result<LayerDefinition, DefinitionError> {
        self.check()?;
        let order = match self.order {
            OrderFile::Size => Order::Size,
            OrderFile::Column { column, ascending } => Order::Column { column: schema.position(&column), ascending },
            OrderFile::Class { column, classes, other_from_zoom } => {
                Order::Class { column: schema.position(&column), classes, other_from_zoom }
            }
        };
        let named = |name: &str| self.attributes.iter().find(|attribute| attribute.column == name);
        let told = self.vertex_depth.is_some();
        let fields = schema.fields().iter().enumerate().filter(|(_, field)| !(told && field.name == DEPTHS_CM));
        let attributes = fields.filter_map(|(column, field)| {
            let from_zoom = named(&field.name).map(|attribute| attribute.from_zoom).or(self.other_columns_from_zoom)?;
            Some(Attribute { column, name: field.name.clone(), column_type: field.column_type, from_zoom })
        });
        Ok(LayerDefinition {
            attributes: attributes.collect(),
            cluster: self.cluster.map(|cluster| cluster.resolve(schema)),
            merge: self.merge.map(|MergeFile { below_zoom }| Merge { below_zoom }),
            label: self.label.map(|LabelFile { from_zoom, radius_px }| Label { from_zoom, radius_px }),
            vertex_depth: self
                .vertex_depth
                .map(|VertexDepthFile { from_zoom, tolerance_cm }| VertexDepth { from_zoom, tolerance_cm }),
            min_zoom: self.min_zoom,
            max_zoom: self.max_zoom,
            buffer_units: self.buffer_units,
            simplify_px: self.simplify_px,
            style: match self.simplify {
                StyleFile::Natural => Style::Natural,
                StyleFile::Building => Style::Rectangular,
            },
            coverage: self.coverage,
            dust: self.dust,
            max_features: self.max_features,
            max_text_bytes: self.max_text_bytes,
            order,
            thinning: self
                .thinning
                .iter()
                .map(|&ThinningFile { below_zoom, cell_px }| Thinning { below_zoom, cell_px })
                .collect(),
        })
    }

    fn check(&self) -> Result<(), DefinitionError> {
        let refuse = |key, value: String, rule| Err(DefinitionError::Value { key, value, rule });
        if u32::from(self.max_zoom) > WORLD_ZOOM {
            return refuse("max_zoom", self.max_zoom.to_string(), "at most 20, the zoom whose units are the prepared grid");
        }
        if self.min_zoom > self.max_zoom {
            return refuse("min_zoom", self.min_zoom.to_string(), "not over max_zoom");
        }
        if self.buffer_units > 1024 {
            return refuse("buffer_units", self.buffer_units.to_string(), "at most 1024, a quarter of a tile");
        }
        if !(0.0..=1.0).contains(&self.simplify_px) {
            return refuse("simplify_px", self.simplify_px.to_string(), "0 to 1");
        }
        if self.max_features == 0 {
            return refuse("max_features", "0".to_owned(), "at least 1");
        }
        if self.max_text_bytes < 8 {
            return refuse("max_text_bytes", self.max_text_bytes.to_string(), "at least 8");
        }
        if let Some(cluster) = &self.cluster
            && !(1.0..=256.0).contains(&cluster.radius_px)
        {
            return refuse("cluster.radius_px", cluster.radius_px.to_string(), "1 to 256, half a tile");
        }
        if let (Some(_), Some(merge)) = (&self.cluster, self.merge) {
            return refuse("merge.below_zoom", merge.below_zoom.to_string(), "not in a layer that has cluster");
        }
        if let Some(label) = self.label
            && !(0.0..=256.0).contains(&label.radius_px)
        {
            return refuse("label.radius_px", label.radius_px.to_string(), "0 to 256, half a tile");
        }
        if let Some(VertexDepthFile { from_zoom, tolerance_cm }) = self.vertex_depth {
            let merged = self.merge.map(|merge| merge.below_zoom).max(self.cluster.as_ref().map(|cluster| cluster.below_zoom));
            if from_zoom > self.max_zoom || merged.is_some_and(|below_zoom| from_zoom < below_zoom) {
                let rule = "up to max_zoom, and not below the zoom up to which merge or cluster stand for the lines";
                return refuse("vertex_depth.from_zoom", from_zoom.to_string(), rule);
            }
            if !(1.0..=1000.0).contains(&tolerance_cm) {
                return refuse("vertex_depth.tolerance_cm", tolerance_cm.to_string(), "1 to 1000");
            }
        }
        for step in &self.thinning {
            if !matches!(step.cell_px, 1 | 2 | 4 | 8) {
                return refuse("cell_px", step.cell_px.to_string(), "1, 2, 4 or 8");
            }
            if !self.buffer_units.is_multiple_of(u16::from(step.cell_px) * 8) {
                return refuse("buffer_units", self.buffer_units.to_string(), "a multiple of 8 * cell_px of each thinning");
            }
        }
        Ok(())
    }
}

impl ClusterFile {
    /// The clusters of a layer with these columns. Columns it lacks, and those that hold no numbers, have no aggregates.
    fn resolve(self, schema: &Schema) -> Cluster {
        let asked = [(How::Sum, self.sum), (How::Mean, self.mean), (How::Min, self.min), (How::Max, self.max)];
        let mut aggregates: Vec<Aggregate> = Vec::new();
        for (how, columns) in asked {
            for column in columns {
                let Some(position) = schema.position(&column) else { continue };
                let column_type = schema.fields()[position].column_type;
                let name = format!("{column}_{}", how.name());
                let taken = aggregates.iter().any(|other| other.name.eq_ignore_ascii_case(&name)) || name == POINT_COUNT;
                if matches!(column_type, ColumnType::Int | ColumnType::Float) && !taken {
                    aggregates.push(Aggregate { column: position, how, name, column_type });
                }
            }
        }
        Cluster { below_zoom: self.below_zoom, radius_px: self.radius_px, aggregates }
    }
}
