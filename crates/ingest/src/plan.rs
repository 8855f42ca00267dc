//! From source columns to the layer's columns: names, types, what is dropped, where ids and heights come from.

mod names;

use crate::{
    error::IngestError,
    heights::{self, HeightColumn, HeightUnit},
    intake::{RawValue, Taken},
    options::ImportOptions,
    privacy,
    shape::ThirdCoordinate,
};
use std::{borrow::Cow, collections::HashSet, sync::Arc};
use urbis_model::{ColumnType, Field, Schema, Value, column::MAX_COLUMNS};

/// Why a feature is in quarantine: the last column of its batch.
pub(crate) const REASON: &str = "reason";

/// What each source column becomes.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) schema: Arc<Schema>,
    /// The same and [`REASON`].
    pub(crate) quarantine_schema: Arc<Schema>,
    /// By source column.
    columns: Vec<Planned>,
    keys: Keys,
    heights: Option<Heights>,
    /// What the third coordinate is.
    pub(crate) third: ThirdCoordinate,
    pub(crate) notes: Vec<String>,
    /// Columns that were dropped for privacy.
    pub(crate) dropped: Vec<String>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Planned {
    /// Position in the schema.
    to: Option<usize>,
    /// Whether isolated personal numbers in it are masked.
    masked: bool,
    height: Option<Reading>,
}

/// What a column says about height.
#[derive(Clone, Copy, Debug)]
struct Reading {
    what: HeightColumn,
    unit: HeightUnit,
    /// Whether the column is the layer's own one of that name, which wins over the others.
    wins: bool,
}

/// Where the features' keys are. If they have any, the first column is `source_id`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Keys {
    None,
    /// As the format gives them.
    OfTheFormat,
    /// In a source column, else as the format gives them.
    OfColumn(usize),
}

/// Positions of the three height columns.
#[derive(Clone, Copy, Debug)]
struct Heights {
    height_m: usize,
    base_height_m: Option<usize>,
    height_source: usize,
}

impl Plan {
    pub(crate) fn new(taken: &Taken, options: &ImportOptions) -> Result<Self, IngestError> {
        let mut notes = Vec::new();
        let mut dropped = Vec::new();
        let mut planned = vec![Planned::default(); taken.columns.len()];
        let unit = options.height_unit.unwrap_or_default();

        // OpenStreetMap's numbers are told from telephone numbers by the columns beside them that only its tables have.
        let is_osm_table = ["other_tags", "osm_type", "full_id"]
            .iter()
            .any(|own| taken.columns.iter().any(|column| column.header == *own && column.tally_or_tags() > 0));

        // 1. What goes.
        let mut kept = vec![true; taken.columns.len()];
        for (index, column) in taken.columns.iter().enumerate() {
            if column.exploded {
                notes.push(format!(
                    "column {:?}: the OSM tags in it that a {} layer knows became columns; the others were left in the file",
                    column.header, options.kind
                ));
                if column.tally.values == 0 {
                    kept[index] = false;
                    continue;
                }
            }
            let mut tally = column.tally;
            if !is_osm_table {
                tally.hits += column.osm_numbers;
            }
            let why = if privacy::header_is_denied(&column.header) {
                Some("its header names data about a person".to_owned())
            } else if tally.is_personal() {
                Some(format!("{} of its {} values hold an identity or mobile number", tally.hits, tally.values))
            } else {
                None
            };
            if let Some(why) = why {
                kept[index] = false;
                notes.push(format!("column {:?} was dropped: {why}", column.header));
                dropped.push(column.header.clone());
            } else if tally.hits > 0 {
                planned[index].masked = true;
                notes.push(format!(
                    "column {:?}: {} values with an identity or mobile number were masked",
                    column.header, tally.hits
                ));
            }
        }
        for (column, _) in taken.columns.iter().zip(&kept).filter(|(_, kept)| **kept) {
            for member in &column.dropped_members {
                let path = format!("{}.{member}", column.header);
                notes.push(format!("member {path:?} was dropped: its name names data about a person"));
                dropped.push(path);
            }
        }
        for (column, _) in taken.columns.iter().zip(&kept).filter(|(column, kept)| **kept && column.dropped_by_key.0 > 0) {
            let (count, keys) = &column.dropped_by_key;
            let named: Vec<String> = keys.iter().map(|key| format!("{key:?}")).collect();
            notes.push(format!(
                "column {:?}: {count} values were dropped: the keys beside them name data about a person ({})",
                column.header,
                named.join(", ")
            ));
            dropped.extend(keys.iter().map(|key| format!("{}.{key}", column.header)));
        }
        // 2. The key.
        let key_column = key_column(taken, options)?;
        let is_sound = |index: usize| kept[index] && !planned[index].masked;
        if let Some(index) = key_column.filter(|index| !is_sound(*index)) {
            notes.push(format!(
                "column {:?} holds personal numbers, so ids are given by order instead",
                taken.columns[index].header
            ));
        }
        let keys_are_personal = taken.key_tally.hits > 0 && key_column.is_none();
        if keys_are_personal {
            notes.push(format!(
                "{} ids of the file hold an identity or mobile number, so ids are given by order instead",
                taken.key_tally.hits
            ));
        }
        let keys = match key_column {
            Some(index) if is_sound(index) => Keys::OfColumn(index),
            None if taken.key_tally.values > 0 && !keys_are_personal => Keys::OfTheFormat,
            _ => Keys::None,
        };
        if let (Keys::OfTheFormat, Some(name)) = (keys, &taken.key_name) {
            notes.push(format!("features are followed by the file's own key {name}, which is kept as source_id"));
        }
        // 3. The columns that urbis keeps for itself.
        let mut fields = Vec::new();
        let mut names = names::Names::default();
        let mut reserve = |name: &str, column_type: ColumnType| {
            fields.push(Field { name: names.unique(name), column_type });
            fields.len() - 1
        };
        if keys != Keys::None {
            reserve("source_id", ColumnType::Text);
        }
        let of_heights = |wanted: &[HeightColumn]| {
            taken.columns.iter().zip(&kept).any(|(column, kept)| {
                *kept && heights::height_column(&column.header).is_some_and(|(what, _)| wanted.contains(&what))
            })
        };
        let heights = of_heights(&[HeightColumn::Height, HeightColumn::Levels]).then(|| Heights {
            height_m: reserve("height_m", ColumnType::Float),
            base_height_m: of_heights(&[HeightColumn::BaseHeight, HeightColumn::BaseLevels])
                .then(|| reserve("base_height_m", ColumnType::Float)),
            height_source: reserve("height_source", ColumnType::Text),
        });
        // 4. The others, under clean names.
        let own = |index: usize| heights::in_full(&taken.columns[index].header.trim().to_ascii_lowercase()).to_owned();
        let mut becomes_own = HashSet::new();
        for (index, column) in taken.columns.iter().enumerate().filter(|(index, _)| kept[*index]) {
            let is_own = match own(index).as_str() {
                "source_id" => keys == Keys::OfColumn(index),
                "height_m" => heights.is_some(),
                "height_source" => heights.is_some() && !column.has_other_words,
                "base_height_m" => heights.is_some_and(|heights| heights.base_height_m.is_some()),
                _ => false,
            };
            let is_own = is_own && becomes_own.insert(own(index));
            if heights.is_some() {
                planned[index].height = heights::height_column(&column.header).map(|(what, named)| Reading {
                    what,
                    unit: named.unwrap_or(unit),
                    wins: is_own,
                });
            }
            if is_own {
                continue;
            }
            let name = names.unique(&privacy::mask(&column.header));
            if name != column.header {
                notes.push(format!("column {:?} is named {name:?} in the layer", column.header));
            }
            let stored = options.appends_to.as_ref().and_then(|layer| {
                let same = layer.fields().iter().find(|field| field.name.eq_ignore_ascii_case(&name));
                same.map(|field| field.column_type)
            });
            let column_type = stored.map_or(column.column_type(), |stored| column.column_type_like(stored));
            if column_type != column.column_type() && column.tally.values > 0 {
                notes.push(format!("column {name:?} was read as {}, which it is in the layer", column_type.name()));
            }
            planned[index].to = Some(fields.len());
            fields.push(Field { name, column_type });
        }
        let count = fields.len() + taken.columns_left_out;
        if count >= MAX_COLUMNS {
            return Err(IngestError::TooManyColumns { count, most: MAX_COLUMNS - 1 });
        }
        let mut quarantine_fields = fields.clone();
        if let Some(taken) = quarantine_fields.iter_mut().find(|field| field.name.eq_ignore_ascii_case(REASON)) {
            taken.name = names.unique(REASON);
        }
        quarantine_fields.push(Field { name: REASON.to_owned(), column_type: ColumnType::Text });
        if heights.is_some() {
            let unit = if unit == HeightUnit::Foot { "feet" } else { "metres" };
            notes.push(format!(
                "height_m was read from the height columns (values without a unit are {unit}) as measured, else from levels at {} m each as estimated",
                heights::METRES_PER_LEVEL
            ));
            let others: Vec<&str> = taken
                .columns
                .iter()
                .zip(&planned)
                .filter(|(_, planned)| planned.to.is_some())
                .filter(|(_, planned)| planned.height.is_some_and(|reading| reading.what == HeightColumn::Height))
                .map(|(column, _)| column.header.as_str())
                .collect();
            if becomes_own.contains("height_m") && !others.is_empty() {
                notes.push(format!(
                    "the column \"height_m\" wins over {others:?}, which counts only where that is empty, and stays as it is"
                ));
            }
        }
        Ok(Self {
            schema: Arc::new(Schema::new(fields).map_err(IngestError::Columns)?),
            quarantine_schema: Arc::new(Schema::new(quarantine_fields).map_err(IngestError::Columns)?),
            columns: planned,
            keys,
            heights,
            third: options.third,
            notes,
            dropped,
        })
    }

    /// Whether features have keys, so that the first column is `source_id`.
    pub(crate) fn is_keyed(&self) -> bool {
        self.keys != Keys::None
    }

    /// One feature's key, of its values and of the key that the format gives.
    pub(crate) fn key<'a>(
        &self,
        source: impl Iterator<Item = (u16, RawValue<'a>)>,
        of_format: Option<&'a str>,
    ) -> Option<Cow<'a, str>> {
        let of_format = of_format.map(Cow::Borrowed);
        match self.keys {
            Keys::None => None,
            Keys::OfTheFormat => of_format,
            Keys::OfColumn(index) => {
                let of_column = source.filter(|(column, _)| usize::from(*column) == index).last();
                of_column.map(|(_, value)| plain_text(value)).or(of_format)
            }
        }
    }

    /// One feature's values in the schema's order, but for its key. Gives how many heights of it could not be read.
    pub(crate) fn values<'a>(&self, source: impl Iterator<Item = (u16, RawValue<'a>)>, out: &mut Vec<OwnedOrLent<'a>>) -> u64 {
        out.clear();
        out.resize_with(self.schema.fields().len(), || OwnedOrLent::Null);
        let mut seen = Seen::default();
        for (column, value) in source {
            let planned = self.columns[usize::from(column)];
            if let Some(reading) = planned.height {
                seen.add(reading, value);
            }
            if let Some(to) = planned.to {
                out[to] = fit(value, self.schema.fields()[to].column_type, planned.masked);
            }
        }
        if let Some(heights) = self.heights {
            seen.write(heights, out);
        }
        seen.unread
    }
}

fn key_column(taken: &Taken, options: &ImportOptions) -> Result<Option<usize>, IngestError> {
    let position = |wanted: &str| taken.columns.iter().position(|column| column.header == wanted);
    match &options.id_column {
        // The key that the format gives, by its own name.
        Some(wanted) if taken.key_name.as_ref() == Some(wanted) => Ok(None),
        Some(wanted) => match position(wanted) {
            Some(index) => Ok(Some(index)),
            None => {
                let columns = privacy::listed(taken.columns.iter().map(|column| column.header.as_str()));
                Err(IngestError::IdColumn { column: wanted.clone(), columns })
            }
        },
        None => Ok(position("source_id")),
    }
}

/// A value on its way into a batch.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum OwnedOrLent<'a> {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(Cow<'a, str>),
}

impl OwnedOrLent<'_> {
    pub(crate) fn as_value(&self) -> Value<'_> {
        match self {
            Self::Null => Value::Null,
            Self::Bool(value) => Value::Bool(*value),
            Self::Int(number) => Value::Int(*number),
            Self::Float(number) => Value::Float(*number),
            Self::Text(text) => Value::Text(text),
        }
    }
}

fn plain_text(value: RawValue<'_>) -> Cow<'_, str> {
    match value {
        RawValue::Bool(value) => Cow::Owned(value.to_string()),
        RawValue::Int(number) => Cow::Owned(number.to_string()),
        RawValue::Float(number) => Cow::Owned(number.to_string()),
        RawValue::Text(text) | RawValue::Date(text) | RawValue::DateTime(text) => Cow::Borrowed(text),
    }
}

/// A value in its column's type. The type was chosen to hold every value of the column; only a personal number in a
/// column of numbers, which can't be masked in place, becomes null.
fn fit<'a>(value: RawValue<'a>, column_type: ColumnType, masked: bool) -> OwnedOrLent<'a> {
    match (column_type, value) {
        (ColumnType::Bool, RawValue::Bool(value)) => OwnedOrLent::Bool(value),
        (ColumnType::Int | ColumnType::Float, RawValue::Int(number)) if masked && privacy::int_is_personal(number) => {
            OwnedOrLent::Null
        }
        (ColumnType::Float, RawValue::Float(number)) if masked && privacy::float_is_personal(number) => OwnedOrLent::Null,
        (ColumnType::Int, RawValue::Int(number)) => OwnedOrLent::Int(number),
        (ColumnType::Float, RawValue::Float(number)) => OwnedOrLent::Float(number),
        (ColumnType::Float, RawValue::Int(number)) => OwnedOrLent::Float(number as f64),
        (ColumnType::Int, RawValue::Text(text)) => {
            text.parse().map_or(OwnedOrLent::Null, |number| fit(RawValue::Int(number), column_type, masked))
        }
        (ColumnType::Float, RawValue::Text(text)) => {
            text.parse().map_or(OwnedOrLent::Null, |number| fit(RawValue::Float(number), column_type, masked))
        }
        (ColumnType::DateTime, RawValue::Text(text)) => {
            crate::time::instant_utc(text).map_or(OwnedOrLent::Null, |text| OwnedOrLent::Text(Cow::Owned(text)))
        }
        (ColumnType::Text | ColumnType::Date | ColumnType::DateTime, value) => {
            let text = plain_text(value);
            OwnedOrLent::Text(if masked { Cow::Owned(privacy::mask(&text).into_owned()) } else { text })
        }
        _ => OwnedOrLent::Null,
    }
}

/// What a feature's columns say about its height.
#[derive(Default)]
struct Seen {
    height_m: Option<f64>,
    base_height_m: Option<f64>,
    levels: Option<f64>,
    base_levels: Option<f64>,
    estimated: bool,
    /// Values of height columns that are no length of a building.
    unread: u64,
}

impl Seen {
    fn add(&mut self, Reading { what, unit, wins }: Reading, value: RawValue<'_>) {
        let value = match value {
            RawValue::Int(number) => Value::Int(number),
            RawValue::Float(number) => Value::Float(number),
            RawValue::Text(text) => Value::Text(text),
            _ => Value::Null,
        };
        let (known, read) = match what {
            HeightColumn::Height => (&mut self.height_m, heights::metres(value, unit)),
            HeightColumn::BaseHeight => (&mut self.base_height_m, heights::metres(value, unit)),
            HeightColumn::Levels => (&mut self.levels, heights::levels(value)),
            HeightColumn::BaseLevels => (&mut self.base_levels, heights::levels(value)),
            HeightColumn::Source => {
                self.estimated = value == Value::Text("estimated");
                return;
            }
        };
        *known = if wins { read.or(*known) } else { known.or(read) };
        self.unread += u64::from(read.is_none() && value != Value::Null);
    }

    /// A height of 0 is what registers write for "not known", so it counts as none.
    fn write(&self, to: Heights, out: &mut [OwnedOrLent<'_>]) {
        let measured = self.height_m.filter(|height_m| *height_m > 0.0);
        let of_levels = self.levels.filter(|levels| *levels > 0.0).map(|levels| levels * heights::METRES_PER_LEVEL);
        let Some(height_m) = measured.or(of_levels) else { return };
        let estimated = self.estimated || measured.is_none();
        out[to.height_m] = OwnedOrLent::Float(height_m);
        out[to.height_source] = OwnedOrLent::Text(Cow::Borrowed(if estimated { "estimated" } else { "measured" }));
        let base_m = self.base_height_m.or_else(|| self.base_levels.map(|levels| levels * heights::METRES_PER_LEVEL));
        if let (Some(base_m), Some(to)) = (base_m, to.base_height_m) {
            out[to] = OwnedOrLent::Float(base_m);
        }
    }
}

#[cfg(test)]
mod tests;
