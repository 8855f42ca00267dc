//! Changes between two versions of a layer: GeoJSON features and CSV rows of the same facts.
//!
//! Facts alone, for both versions' columns would double every answer: those that differ are listed, the others are at
//! `/collections/{id}/items/{fid}`.

use crate::{csv, geojson, wkt::wkt};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeMap;
use urbis_model::{FeatureBatch, FeatureChange, FeatureId, Value, change::VersionedFeature};
use utoipa::ToSchema;

/// The properties of a change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ChangeProperties {
    /// The weightiest class: `added`, `removed`, `taller`, `lower`, `moved`, `reshaped` or `attributes`.
    pub change: String,
    /// Every class that holds, the weightiest first.
    pub changes: Vec<String>,
    /// How the feature was found in both versions: `source_id`, `id` or `overlap`.
    pub matched_by: Option<String>,
    /// Its id in the earlier version.
    pub earlier_id: Option<u64>,
    /// The key in its source.
    pub source_id: Option<String>,
    /// Where two areas differ: the area both cover over the area either covers, 0 to 1.
    pub overlap: Option<f64>,
    /// Where shapes differ: the geodesic distance between the centroids, metres.
    pub moved_m: Option<f64>,
    /// Geodesic area before, square metres.
    pub earlier_area_m2: Option<f64>,
    /// Geodesic area now, square metres.
    pub area_m2: Option<f64>,
    /// Height before, metres.
    pub earlier_height_m: Option<f64>,
    /// Height now, metres.
    pub height_m: Option<f64>,
    /// Columns that differ: before and now.
    #[schema(value_type = Object)]
    pub attributes: BTreeMap<String, [serde_json::Value; 2]>,
}

/// A change and the features of the two versions that its positions count into.
#[derive(Clone, Copy, Debug)]
pub struct Change<'a> {
    /// What changed.
    pub change: &'a FeatureChange,
    /// The earlier version.
    pub earlier: &'a FeatureBatch,
    /// The later version.
    pub later: &'a FeatureBatch,
}

impl Change<'_> {
    /// The version that shows the feature, the later one where it is there, and its position.
    fn shown(&self) -> Option<(&FeatureBatch, usize)> {
        let at = |there: VersionedFeature| there.position as usize;
        let later = self.change.later.map(|there| (self.later, at(there)));
        later.or_else(|| self.change.earlier.map(|there| (self.earlier, at(there))))
    }

    fn properties(&self) -> ChangeProperties {
        let FeatureChange { earlier, later, classes, matched_by, overlap, moved_m, ref columns } = *self.change;
        let names: Vec<String> = classes.iter().map(|class| class.name().to_owned()).collect();
        let source_id = self.shown().and_then(|(features, index)| match features.column("source_id")?.value(index) {
            Value::Text(key) => Some(key.to_owned()),
            _ => None,
        });
        let differing = |(one, other): &(usize, usize)| {
            let before = self.earlier.columns()[*one].value(earlier?.position as usize);
            let now = self.later.columns()[*other].value(later?.position as usize);
            Some((self.later.schema().fields()[*other].name.clone(), [json_of(before), json_of(now)]))
        };
        ChangeProperties {
            change: names.first().cloned().unwrap_or_default(),
            changes: names,
            matched_by: matched_by.map(|by| by.name().to_owned()),
            earlier_id: earlier.map(|there| self.earlier.ids()[there.position as usize].number()),
            source_id,
            overlap,
            moved_m,
            earlier_area_m2: earlier.and_then(|there| there.area_m2),
            area_m2: later.and_then(|there| there.area_m2),
            earlier_height_m: earlier.and_then(|there| there.height_m),
            height_m: later.and_then(|there| there.height_m),
            attributes: columns.iter().filter_map(differing).collect(),
        }
    }
}

/// Appends a change as a GeoJSON feature: its shape now, or before where it was removed.
pub fn write_feature(out: &mut Vec<u8>, change: Change<'_>) {
    let Some((features, index)) = change.shown() else { return };
    out.extend_from_slice(format!(r#"{{"type":"Feature","id":{},"geometry":"#, features.ids()[index]).as_bytes());
    geojson::write_geometry(out, features.geometry(index));
    out.extend_from_slice(format!(r#","properties":{}}}"#, json!(change.properties())).as_bytes());
}

/// Appends the header row of changes as CSV.
pub fn write_header(out: &mut Vec<u8>) {
    out.extend_from_slice(
        b"id,earlier_id,source_id,change,changes,matched_by,overlap,moved_m,earlier_area_m2,area_m2,earlier_height_m,height_m,\
          attributes,geometry\r\n",
    );
}

/// Appends a change as a row; classes are joined by semicolons, attributes are a JSON object.
pub fn write_row(out: &mut Vec<u8>, change: Change<'_>) {
    let Some((features, index)) = change.shown() else { return };
    let facts = change.properties();
    let number = |number: Option<f64>| number.map(|number| number.to_string());
    let attributes = (!facts.attributes.is_empty()).then(|| json!(facts.attributes).to_string());
    let fields = [
        Some(FeatureId::to_string(&features.ids()[index])),
        facts.earlier_id.map(|id| id.to_string()),
        facts.source_id,
        Some(facts.change),
        Some(facts.changes.join(";")),
        facts.matched_by,
        number(facts.overlap),
        number(facts.moved_m),
        number(facts.earlier_area_m2),
        number(facts.area_m2),
        number(facts.earlier_height_m),
        number(facts.height_m),
        attributes,
        Some(wkt(features.geometry(index))),
    ];
    for (nth, field) in fields.iter().enumerate() {
        if nth > 0 {
            out.push(b',');
        }
        if let Some(text) = field {
            csv::write_field(out, text);
        }
    }
    out.extend_from_slice(b"\r\n");
}

fn json_of(value: Value<'_>) -> serde_json::Value {
    match value {
        Value::Null => serde_json::Value::Null,
        Value::Bool(value) => json!(value),
        Value::Int(number) => json!(number),
        Value::Float(number) => json!(number),
        Value::Text(text) => json!(text),
    }
}
