//! Tables that GDAL made of OSM files: the tags in their text column `other_tags` become columns as in an OSM import.

use super::{
    Intake, RawValue,
    record::{Cursor, values_in},
};
use crate::tags::{self, TagValue, Tags};
use urbis_model::LayerKind;

/// The column into which GDAL's driver writes the tags without a column of their own (GDAL, OSM driver, `other_tags`).
const OTHER_TAGS: &str = "other_tags";

/// What is known of a table's OSM tags.
#[derive(Debug)]
pub(super) struct OsmTags {
    kind: LayerKind,
    other_tags: Option<u16>,
    /// Whether a column of the key `building` was seen, out of which a building's use can be told.
    has_building: bool,
    /// The tags of the feature at hand.
    pending: Vec<(String, String)>,
    /// Whether any feature had such tags.
    pub(super) found: bool,
}

impl OsmTags {
    pub(super) fn of(kind: LayerKind) -> Option<Self> {
        let known = !tags::columns(kind).is_empty();
        known.then(|| Self { kind, other_tags: None, has_building: false, pending: Vec::new(), found: false })
    }

    /// Looks at a new column.
    pub(super) fn look_at(&mut self, header: &str, column: u16) {
        if header == OTHER_TAGS {
            self.other_tags = Some(column);
        }
        self.has_building |= header == "building" && self.kind == LayerKind::Building;
    }

    /// Takes a value that is a text of tags; false when it is none.
    pub(super) fn take(&mut self, column: u16, value: RawValue<'_>) -> bool {
        let (true, RawValue::Text(text)) = (self.other_tags == Some(column), value) else { return false };
        let Some(pairs) = tags::pairs(text) else { return false };
        self.pending.extend(pairs.into_iter().map(|(tag, value)| (tags::laundered(&tag), value)));
        self.found = true;
        true
    }

    pub(super) fn begin(&mut self) {
        self.pending.clear();
    }
}

impl Intake {
    /// Gives the feature at hand the columns that its tags make. A column that the table has of itself stays as it is.
    pub(super) fn add_columns_of_tags(&mut self) {
        let Some(osm) = self.osm_tags.as_ref().filter(|osm| osm.other_tags.is_some() || osm.has_building) else { return };
        if self.writer.is_refused() {
            return;
        }
        let mut own = Vec::new();
        let mut known: Vec<(&str, String)> = Vec::new();
        for (column, value) in values_in(Cursor(self.writer.values())) {
            own.push(column);
            match value {
                RawValue::Text(text) => known.push((&self.columns[usize::from(column)].laundered, text.to_owned())),
                RawValue::Int(number) => known.push((&self.columns[usize::from(column)].laundered, number.to_string())),
                _ => {}
            }
        }
        known.extend(osm.pending.iter().map(|(tag, value)| (tag.as_str(), value.clone())));
        let known = Tags(&known);
        let whole = osm.other_tags.is_some();
        let made: Vec<_> = tags::columns(osm.kind)
            .iter()
            .filter(|(header, ..)| whole || *header == "use")
            .filter(|(header, ..)| !self.by_header.get(*header).is_some_and(|column| own.contains(column)))
            .filter_map(|(header, _, value)| Some((*header, value(&known)?)))
            .collect();
        let key = if whole { osm_key(&known, self.writer.geometry_code()) } else { None };
        for (header, value) in made {
            let is_new = !self.by_header.contains_key(header);
            let Some(column) = self.column(header) else { continue };
            self.columns[usize::from(column)].derived |= is_new;
            match value {
                TagValue::Text(text) => self.value(column, RawValue::Text(&text)),
                TagValue::Int(number) => self.value(column, RawValue::Int(number)),
                TagValue::Float(number) => self.value(column, RawValue::Float(number)),
                TagValue::Bool(value) => self.value(column, RawValue::Bool(value)),
            }
        }
        if let Some(key) = key.filter(|_| !self.writer.has_key()) {
            self.key(&key);
        }
    }
}

/// The key that an OSM import of the same object gives: `n`, `w` or `r` and its number. Ways that are areas keep theirs
/// in `osm_way_id`; elsewhere the shape (by its WKB code) tells nodes, ways and relations apart.
fn osm_key(tags: &Tags<'_>, geometry_code: Option<u32>) -> Option<String> {
    if let Some(way) = tags.text("osm_way_id") {
        return Some(format!("w{way}"));
    }
    let letter = match geometry_code? {
        1 => 'n',
        2 => 'w',
        _ => 'r',
    };
    tags.text("osm_id").map(|id| format!("{letter}{id}"))
}
