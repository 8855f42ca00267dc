//! The form of `layers/*.toml`, and what of it is accepted.

use super::{Attribute, DefinitionError, LayerDefinition, Order, Thinning};
use crate::frame::WORLD_ZOOM;
use serde::Deserialize;
use urbis_model::Schema;

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
    /// Zoom from which columns not named under `attributes` are carried; absent for never.
    other_columns_from_zoom: Option<u8>,
    #[serde(default)]
    attributes: Vec<AttributeFile>,
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
        let attributes = schema.fields().iter().enumerate().filter_map(|(column, field)| {
            let from_zoom = named(&field.name).map(|attribute| attribute.from_zoom).or(self.other_columns_from_zoom)?;
            Some(Attribute { column, name: field.name.clone(), column_type: field.column_type, from_zoom })
        });
        Ok(LayerDefinition {
            attributes: attributes.collect(),
            min_zoom: self.min_zoom,
            max_zoom: self.max_zoom,
            buffer_units: self.buffer_units,
            simplify_px: self.simplify_px,
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
