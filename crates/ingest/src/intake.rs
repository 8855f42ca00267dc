//! The first pass: every feature of the source, as it is, into a spill file, while its columns are learned.
//!
//! Two passes are needed because two things are true only of a whole file: which columns it has and of which type, and
//! which of them hold personal numbers. Formats are slow to parse, so the second pass reads the spill instead:
//! memory stays bounded whatever the file, and each source byte is parsed once. (Where features have keys, the spill is
//! read once more before, to find those that repeat: `repeats`.)

mod osm_tags;
mod record;

pub(crate) use record::{RawGeometry, RawRow, RawValue, Records};

use crate::privacy::{self, OsmId, PairColumns, Tally};
use osm_tags::OsmTags;
use record::RecordWriter;
use std::{
    collections::{BTreeSet, HashMap, HashSet},
    fs::File,
    hash::{BuildHasher, RandomState},
    io,
    path::Path,
};
use urbis_model::{ColumnType, LayerKind, column::MAX_COLUMNS};

/// The most bytes of attributes of one feature. Stops a 100 MB text from being held and sent with every answer; the
/// longest honest texts (building descriptions, JSON details) are thousands of times shorter.
pub(crate) const MAX_ATTRIBUTE_BYTES: usize = 16 << 20;

/// The most headers past the most columns that are counted: the file is refused then, and says about how many it has.
const MAX_LEFT_OUT: usize = 1 << 20;

/// What was learned of one column.
#[derive(Clone, Debug)]
pub(crate) struct SourceColumn {
    /// The header, as the source writes it.
    pub(crate) header: String,
    /// The header as GDAL launders the name of a tag.
    laundered: String,
    /// Whether it was made of tags, so that the source itself does not have it.
    derived: bool,
    /// Whether its texts were tags that became columns, so that nothing of it is left.
    pub(crate) exploded: bool,
    /// Types that the format declared or values had, one bit each by position in [`ColumnType::ALL`].
    seen: u8,
    /// Whether the column's type is to be found in its texts (CSV), and what all of them so far read as.
    texts: Option<TextTypes>,
    /// Whether it has an integer that a decimal number can't hold exactly.
    has_long_int: bool,
    /// Personal numbers in it.
    pub(crate) tally: Tally,
    /// Whether its header is one of OpenStreetMap's numbers.
    osm_id: Option<OsmId>,
    /// Numbers in it that are OpenStreetMap's if the table is, and else count as personal.
    pub(crate) osm_numbers: u64,
    /// Whether any value is another than `measured` and `estimated`, the words for where a height is from.
    pub(crate) has_other_words: bool,
    /// Paths of the members that were dropped out of its objects.
    pub(crate) dropped_members: BTreeSet<String>,
    /// How many values of it were dropped for the key beside them, and these keys as they are named in the report.
    pub(crate) dropped_by_key: (u64, BTreeSet<String>),
}

/// Up to here a 64-bit decimal number holds every integer (IEEE 754).
const MAX_EXACT_INT: u64 = 1 << 53;
/// The most paths of dropped members that are named.
const MAX_DROPPED_MEMBERS: usize = 64;

/// What every text of a column reads as.
#[derive(Clone, Copy, Debug)]
struct TextTypes {
    any: bool,
    int: bool,
    float: bool,
    date: bool,
    date_time: bool,
}

impl SourceColumn {
    /// How many values there were, those counted that became columns.
    pub(crate) fn tally_or_tags(&self) -> u64 {
        self.tally.values + u64::from(self.exploded)
    }

    /// The type of another column if that holds all values as they are: of whatever type where there are none, float for
    /// int, and text where the source has no types (CSV). Else [`SourceColumn::column_type`].
    pub(crate) fn column_type_like(&self, other: ColumnType) -> ColumnType {
        let own = self.column_type();
        let is_untyped = self.texts.is_some() && self.seen == 1 << position(ColumnType::Text);
        let fits = self.tally.values == 0
            || (own, other) == (ColumnType::Int, ColumnType::Float) && !self.has_long_int
            || other == ColumnType::Text && is_untyped;
        if fits { other } else { own }
    }

    /// The one type that holds all values: the only one seen, float for int and float, else text.
    pub(crate) fn column_type(&self) -> ColumnType {
        let bit = |column_type: ColumnType| 1u8 << position(column_type);
        let text_type = match self.texts {
            Some(TextTypes { any: true, int: true, .. }) => ColumnType::Int,
            Some(TextTypes { any: true, float: true, .. }) => ColumnType::Float,
            Some(TextTypes { any: true, date: true, .. }) => ColumnType::Date,
            Some(TextTypes { any: true, date_time: true, .. }) => ColumnType::DateTime,
            _ => ColumnType::Text,
        };
        match self.seen {
            0 => ColumnType::Text,
            seen if seen == bit(ColumnType::Text) => text_type,
            seen if seen == bit(ColumnType::Int) | bit(ColumnType::Float) => ColumnType::Float,
            seen => ColumnType::ALL.into_iter().find(|one| bit(*one) == seen).unwrap_or(ColumnType::Text),
        }
    }
}

fn position(column_type: ColumnType) -> usize {
    ColumnType::ALL.iter().position(|one| *one == column_type).unwrap_or(0)
}

/// How texts become types.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TextReading {
    /// Texts stay texts.
    Literal,
    /// Texts that are all days or instants become such (GeoJSON has no type for them).
    Times,
    /// Numbers too (CSV has no types at all).
    NumbersAndTimes,
}

/// Takes the rows of the first pass.
#[derive(Debug)]
pub(crate) struct Intake {
    columns: Vec<SourceColumn>,
    by_header: HashMap<String, u16>,
    /// Hashes of headers past the most columns, to count them.
    left_out: HashSet<u64>,
    hasher: RandomState,
    writer: RecordWriter,
    reading: TextReading,
    rows: u64,
    /// Personal numbers in the keys.
    key_tally: Tally,
    /// What the source calls its keys.
    key_name: Option<String>,
    attribute_bytes: usize,
    /// Where texts of tags become columns.
    osm_tags: Option<OsmTags>,
    /// Columns of keys and of values.
    pairs: PairColumns,
}

impl Intake {
    /// An empty intake that spills into an unnamed file of the folder.
    pub(crate) fn new(scratch: &Path) -> io::Result<Self> {
        Ok(Self {
            columns: Vec::new(),
            by_header: HashMap::new(),
            left_out: HashSet::new(),
            hasher: RandomState::new(),
            writer: RecordWriter::new(tempfile::tempfile_in(scratch)?),
            reading: TextReading::Literal,
            rows: 0,
            key_tally: Tally::default(),
            key_name: None,
            attribute_bytes: 0,
            osm_tags: None,
            pairs: PairColumns::default(),
        })
    }

    /// Says how texts of the rows to come are read.
    pub(crate) fn read_texts_as(&mut self, reading: TextReading) {
        self.reading = reading;
    }

    /// Says that tags which a layer of the kind knows become columns, where the rows to come are of a table that GDAL
    /// made of an OSM file.
    pub(crate) fn explode_tags_of(&mut self, kind: LayerKind) {
        self.osm_tags = OsmTags::of(kind);
        for (index, column) in self.columns.iter().enumerate() {
            if let Some(osm_tags) = &mut self.osm_tags {
                osm_tags.look_at(&column.header, index as u16);
            }
        }
    }

    /// The column of this header, a new one if there is none yet. None past the most columns a layer can have.
    pub(crate) fn column(&mut self, header: &str) -> Option<u16> {
        if let Some(index) = self.by_header.get(header) {
            return Some(*index);
        }
        let room = u16::try_from(self.columns.len()).ok().filter(|index| usize::from(*index) < MAX_COLUMNS);
        let Some(index) = room else {
            if self.left_out.len() < MAX_LEFT_OUT {
                self.left_out.insert(self.hasher.hash_one(header));
            }
            return None;
        };
        let texts = (self.reading != TextReading::Literal).then_some(TextTypes {
            any: false,
            int: self.reading == TextReading::NumbersAndTimes,
            float: self.reading == TextReading::NumbersAndTimes,
            date: true,
            date_time: true,
        });
        self.columns.push(SourceColumn {
            header: header.to_owned(),
            laundered: crate::tags::laundered(header),
            derived: false,
            exploded: false,
            seen: 0,
            texts,
            has_long_int: false,
            tally: Tally::default(),
            osm_id: OsmId::of(header),
            osm_numbers: 0,
            has_other_words: false,
            dropped_members: BTreeSet::new(),
            dropped_by_key: (0, BTreeSet::new()),
        });
        self.pairs.look_at(header, index);
        if let Some(osm_tags) = &mut self.osm_tags {
            osm_tags.look_at(header, index);
        }
        self.by_header.insert(header.to_owned(), index);
        Some(index)
    }

    /// Says which type the format declares for a column.
    pub(crate) fn declare(&mut self, column: u16, column_type: ColumnType) {
        self.columns[usize::from(column)].seen |= 1 << position(column_type);
    }

    /// Begins the next feature.
    pub(crate) fn begin(&mut self) {
        self.rows += 1;
        self.attribute_bytes = 0;
        self.writer.begin(self.rows);
        self.pairs.begin();
        if let Some(osm_tags) = &mut self.osm_tags {
            osm_tags.begin();
        }
    }

    /// Says what the source calls the keys of the rows to come.
    pub(crate) fn name_key(&mut self, name: &str) {
        self.key_name = Some(name.to_owned());
    }

    /// Gives the feature the source's own key.
    pub(crate) fn key(&mut self, key: &str) {
        self.key_tally.values += 1;
        self.key_tally.hits += u64::from(privacy::text_is_personal(key) && !privacy::is_osm_object(key));
        self.writer.key(key);
    }

    /// Gives the feature a value.
    pub(crate) fn value(&mut self, column: u16, value: RawValue<'_>) {
        if self.osm_tags.as_mut().is_some_and(|osm_tags| osm_tags.take(column, value)) {
            self.columns[usize::from(column)].exploded = true;
            return self.weigh(value);
        }
        let cleaned = match value {
            RawValue::Text(text) if text.len() <= MAX_ATTRIBUTE_BYTES => privacy::without_persons(text),
            _ => None,
        };
        if let RawValue::Text(text) = value {
            self.pairs.take(column, text);
        }
        let value = match &cleaned {
            Some((text, paths)) => {
                let dropped = &mut self.columns[usize::from(column)].dropped_members;
                for path in paths {
                    if dropped.len() < MAX_DROPPED_MEMBERS && !dropped.contains(path) {
                        dropped.insert(path.clone());
                    }
                }
                RawValue::Text(text)
            }
            None => value,
        };
        let seen = &mut self.columns[usize::from(column)];
        seen.has_long_int |= matches!(value, RawValue::Int(number) if number.unsigned_abs() > MAX_EXACT_INT);
        let (column_type, personal) = match value {
            RawValue::Bool(_) => (ColumnType::Bool, false),
            RawValue::Int(number) => (ColumnType::Int, privacy::int_is_personal(number)),
            RawValue::Float(number) => (ColumnType::Float, privacy::float_is_personal(number)),
            RawValue::Text(text) => {
                if let Some(texts) = &mut seen.texts {
                    texts.add(text);
                }
                (ColumnType::Text, privacy::text_is_personal(text))
            }
            RawValue::Date(_) => (ColumnType::Date, false),
            RawValue::DateTime(_) => (ColumnType::DateTime, false),
        };
        seen.seen |= 1 << position(column_type);
        seen.has_other_words |= !matches!(value, RawValue::Text("measured" | "estimated"));
        seen.tally.values += 1;
        let is_of_osm = |id: OsmId| match value {
            RawValue::Int(number) => id.is_of_osm(&number.to_string()),
            RawValue::Float(number) => id.is_of_osm(&number.to_string()),
            RawValue::Text(text) => id.is_of_osm(text),
            _ => false,
        };
        match seen.osm_id.filter(|id| personal && is_of_osm(*id)) {
            Some(OsmId::Object) => {}
            Some(OsmId::Number) => seen.osm_numbers += 1,
            None => seen.tally.hits += u64::from(personal),
        }
        self.weigh(value);
        if !self.writer.is_refused() {
            self.writer.value(column, value);
        }
    }

    /// Adds a value's bytes to its feature's, which is refused when they are too many.
    fn weigh(&mut self, value: RawValue<'_>) {
        self.attribute_bytes += value.bytes();
        if self.attribute_bytes > MAX_ATTRIBUTE_BYTES {
            self.writer.drop_values(format!("its attributes are over {} MB", MAX_ATTRIBUTE_BYTES >> 20));
        }
    }

    /// Gives the feature its shape: `write` appends WKB to the buffer, or says why there is none.
    pub(crate) fn geometry(&mut self, write: impl FnOnce(&mut Vec<u8>) -> Result<(), String>) {
        self.writer.geometry(write);
    }

    /// Says that the feature can't be read, and why.
    pub(crate) fn refuse(&mut self, reason: String) {
        self.writer.drop_values(reason);
    }

    /// Ends the feature.
    pub(crate) fn end(&mut self) -> io::Result<()> {
        self.add_columns_of_tags();
        self.drop_values_about_persons();
        self.writer.end()
    }

    /// Drops what stands under a key that is denied as a header.
    fn drop_values_about_persons(&mut self) {
        let Some((key, columns)) = self.pairs.about_person() else { return };
        let key = privacy::named(key);
        for column in self.writer.remove(columns) {
            let (count, keys) = &mut self.columns[usize::from(column)].dropped_by_key;
            *count += 1;
            if keys.len() < MAX_DROPPED_MEMBERS {
                keys.insert(key.clone());
            }
        }
    }

    /// Features so far.
    pub(crate) fn rows(&self) -> u64 {
        self.rows
    }

    /// Headers of the source's own columns so far.
    pub(crate) fn headers(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().filter(|column| !column.derived).map(|column| column.header.as_str())
    }

    /// Ends the pass.
    pub(crate) fn finish(self) -> io::Result<Taken> {
        let columns_left_out = self.left_out.len();
        Ok(Taken {
            columns: self.columns,
            columns_left_out,
            rows: self.rows,
            key_tally: self.key_tally,
            key_name: self.key_name,
            spill: self.writer.finish()?,
        })
    }
}

/// What the first pass leaves.
#[derive(Debug)]
pub(crate) struct Taken {
    pub(crate) columns: Vec<SourceColumn>,
    /// How many columns there were beyond the most that a layer can have.
    pub(crate) columns_left_out: usize,
    pub(crate) rows: u64,
    pub(crate) key_tally: Tally,
    /// What the source calls the keys that its format gives, where that is to be told.
    pub(crate) key_name: Option<String>,
    pub(crate) spill: File,
}

impl TextTypes {
    fn add(&mut self, text: &str) {
        self.any = true;
        self.int = self.int && reads_as_int(text);
        self.float = self.float && reads_as_float(text);
        self.date = self.date && is_iso_day(text);
        self.date_time = self.date_time && crate::time::instant_utc(text).is_some();
    }
}

/// Whether a text of a CSV is a count: no leading zero (those are codes), at most 11 digits (longer ones are codes too:
/// a grid code has 15).
fn reads_as_int(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    (1..=11).contains(&digits.len()) && digits.bytes().all(|c| c.is_ascii_digit()) && (digits == "0" || !digits.starts_with('0'))
}

fn reads_as_float(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let whole = digits.split(['.', 'e', 'E']).next().unwrap_or("");
    (reads_as_int(whole) || whole.is_empty())
        && digits.bytes().all(|c| c.is_ascii_digit() || matches!(c, b'.' | b'e' | b'E' | b'-' | b'+'))
        && text.parse::<f64>().is_ok_and(f64::is_finite)
}

/// Whether a text is a day `YYYY-MM-DD`.
fn is_iso_day(text: &str) -> bool {
    crate::time::day(text).is_some_and(|day| day == text)
}

#[cfg(test)]
mod tests;
