//! Typed attribute columns with nulls.

mod text;
mod validity;

pub use text::TextColumn;
use thiserror::Error;
use validity::Validity;

/// The longest column name in bytes.
pub const MAX_COLUMN_NAME_BYTES: usize = 255;
/// The most columns of a layer: SQLite's default limit of 2,000 less what urbis adds.
pub const MAX_COLUMNS: usize = 1_900;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ColumnType {
    /// True or false.
    Bool,
    /// 64-bit signed integer.
    Int,
    /// 64-bit float, finite.
    Float,
    /// Unicode text.
    Text,
    /// ISO 8601 day `YYYY-MM-DD`; text order is time order.
    Date,
    /// ISO 8601 instant in UTC with millisecond, `YYYY-MM-DDThh:mm:ss.sssZ`; text order is time order.
    DateTime,
}

impl ColumnType {
    /// Every type.
    pub const ALL: [Self; 6] = [Self::Bool, Self::Int, Self::Float, Self::Text, Self::Date, Self::DateTime];

    /// The name used in bodies and reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bool => "bool",
            Self::Int => "int",
            Self::Float => "float",
            Self::Text => "text",
            Self::Date => "date",
            Self::DateTime => "datetime",
        }
    }
}

/// One attribute of one feature.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value<'a> {
    /// No value.
    Null,
    /// True or false.
    Bool(bool),
    /// An integer.
    Int(i64),
    /// A finite float.
    Float(f64),
    /// Text; also dates and instants, in the forms of [`ColumnType`].
    Text(&'a str),
}

impl Value<'_> {
    /// The value as a float, if it is a number.
    pub fn as_number(self) -> Option<f64> {
        match self {
            Self::Int(number) => Some(number as f64),
            Self::Float(number) => Some(number),
            _ => None,
        }
    }
}

/// Why a value does not fit a column.
#[derive(Clone, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum ColumnError {
    /// Another type.
    #[error("a {given} does not fit a column of type {expected}")]
    Type {
        /// The value's type.
        given: &'static str,
        /// The column's type.
        expected: &'static str,
    },
    /// NaN or infinite.
    #[error("{value} is not a finite number")]
    NotFinite {
        /// The value.
        value: f64,
    },
    /// The column's distinct texts pass 4 GiB.
    #[error("the column's distinct texts pass 4 GiB")]
    TooMuchText,
}

/// A column of one type; values by position.
#[derive(Clone, Debug)]
pub struct Column {
    column_type: ColumnType,
    data: Data,
}

#[derive(Clone, Debug)]
enum Data {
    Bool(Vec<u8>, Validity),
    Int(Vec<i64>, Validity),
    Float(Vec<f64>, Validity),
    Text(TextColumn),
}

impl Column {
    /// An empty column.
    pub fn new(column_type: ColumnType) -> Self {
        let data = match column_type {
            ColumnType::Bool => Data::Bool(Vec::new(), Validity::default()),
            ColumnType::Int => Data::Int(Vec::new(), Validity::default()),
            ColumnType::Float => Data::Float(Vec::new(), Validity::default()),
            ColumnType::Text | ColumnType::Date | ColumnType::DateTime => Data::Text(TextColumn::default()),
        };
        Self { column_type, data }
    }

    /// The column's type.
    pub fn column_type(&self) -> ColumnType {
        self.column_type
    }

    /// Number of values, nulls included.
    pub fn len(&self) -> usize {
        match &self.data {
            Data::Bool(values, _) => values.len(),
            Data::Int(values, _) => values.len(),
            Data::Float(values, _) => values.len(),
            Data::Text(values) => values.len(),
        }
    }

    /// Whether there is no value.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Adds a value. An integer fits a float column.
    ///
    /// # Errors
    /// [`ColumnError`] when it does not fit; then nothing was added.
    pub fn push(&mut self, value: Value<'_>) -> Result<(), ColumnError> {
        if let Value::Float(number) = value
            && !number.is_finite()
        {
            return Err(ColumnError::NotFinite { value: number });
        }
        let valid = value != Value::Null;
        match (&mut self.data, value) {
            (Data::Bool(values, validity), Value::Bool(_) | Value::Null) => {
                validity.push(values.len(), valid);
                values.push(u8::from(value == Value::Bool(true)));
            }
            (Data::Int(values, validity), Value::Int(_) | Value::Null) => {
                validity.push(values.len(), valid);
                values.push(if let Value::Int(number) = value { number } else { 0 });
            }
            (Data::Float(values, validity), Value::Float(_) | Value::Int(_) | Value::Null) => {
                validity.push(values.len(), valid);
                values.push(match value {
                    Value::Float(number) => number,
                    Value::Int(number) => number as f64,
                    _ => 0.0,
                });
            }
            (Data::Text(values), Value::Text(text)) => values.push(Some(text))?,
            (Data::Text(values), Value::Null) => values.push(None)?,
            _ => return Err(ColumnError::Type { given: type_name(value), expected: self.column_type.name() }),
        }
        Ok(())
    }

    /// Adds all values of another column of the same type. Linear in its values and its distinct texts.
    ///
    /// # Errors
    /// [`ColumnError`] when the types differ or texts pass 4 GiB; then nothing was added.
    pub fn append(&mut self, other: &Self) -> Result<(), ColumnError> {
        let len = self.len();
        match (&mut self.data, &other.data) {
            _ if self.column_type != other.column_type => {
                return Err(ColumnError::Type { given: other.column_type.name(), expected: self.column_type.name() });
            }
            (Data::Bool(values, validity), Data::Bool(more, presence)) => {
                validity.append(len, presence, more.len());
                values.extend_from_slice(more);
            }
            (Data::Int(values, validity), Data::Int(more, presence)) => {
                validity.append(len, presence, more.len());
                values.extend_from_slice(more);
            }
            (Data::Float(values, validity), Data::Float(more, presence)) => {
                validity.append(len, presence, more.len());
                values.extend_from_slice(more);
            }
            (Data::Text(values), Data::Text(more)) => values.append(more)?,
            _ => unreachable!("columns of one type hold one kind of data"),
        }
        Ok(())
    }

    /// Makes room for exactly so many more values; texts make their own.
    pub(crate) fn reserve_exact(&mut self, more: usize) {
        let len = self.len() + more;
        match &mut self.data {
            Data::Bool(values, validity) => {
                values.reserve_exact(more);
                validity.reserve_exact(len);
            }
            Data::Int(values, validity) => {
                values.reserve_exact(more);
                validity.reserve_exact(len);
            }
            Data::Float(values, validity) => {
                values.reserve_exact(more);
                validity.reserve_exact(len);
            }
            Data::Text(values) => values.reserve_exact(more),
        }
    }

    /// The value at a position.
    ///
    /// # Panics
    /// When `index` is out of range.
    pub fn value(&self, index: usize) -> Value<'_> {
        match &self.data {
            Data::Bool(values, validity) if validity.is_valid(index) => Value::Bool(values[index] != 0),
            Data::Int(values, validity) if validity.is_valid(index) => Value::Int(values[index]),
            Data::Float(values, validity) if validity.is_valid(index) => Value::Float(values[index]),
            Data::Text(values) => values.text(index).map_or(Value::Null, Value::Text),
            Data::Bool(..) | Data::Int(..) | Data::Float(..) => Value::Null,
        }
    }

    /// The column as dictionary-coded text, if it is one (text, dates, instants).
    pub fn as_text(&self) -> Option<&TextColumn> {
        match &self.data {
            Data::Text(values) => Some(values),
            _ => None,
        }
    }

    /// Keeps the first `len` values.
    pub fn truncate(&mut self, len: usize) {
        match &mut self.data {
            Data::Bool(values, validity) => {
                values.truncate(len);
                validity.truncate(len);
            }
            Data::Int(values, validity) => {
                values.truncate(len);
                validity.truncate(len);
            }
            Data::Float(values, validity) => {
                values.truncate(len);
                validity.truncate(len);
            }
            Data::Text(values) => values.truncate(len),
        }
    }

    /// Drops what only building needs and gives back spare capacity.
    pub fn shrink(&mut self) {
        match &mut self.data {
            Data::Bool(values, validity) => {
                values.shrink_to_fit();
                validity.shrink();
            }
            Data::Int(values, validity) => {
                values.shrink_to_fit();
                validity.shrink();
            }
            Data::Float(values, validity) => {
                values.shrink_to_fit();
                validity.shrink();
            }
            Data::Text(values) => values.shrink(),
        }
    }

    /// Bytes held on the heap.
    pub fn heap_bytes(&self) -> usize {
        match &self.data {
            Data::Bool(values, validity) => values.capacity() + validity.heap_bytes(),
            Data::Int(values, validity) => values.capacity() * 8 + validity.heap_bytes(),
            Data::Float(values, validity) => values.capacity() * 8 + validity.heap_bytes(),
            Data::Text(values) => values.heap_bytes(),
        }
    }
}

fn type_name(value: Value<'_>) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Int(_) => "int",
        Value::Float(_) => "float",
        Value::Text(_) => "text",
    }
}

/// One column's name and type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// The name, unique in its schema without regard to ASCII case.
    pub name: String,
    /// What it holds.
    pub column_type: ColumnType,
}

/// The columns of a layer, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Schema {
    fields: Vec<Field>,
}

/// Why fields make no schema.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum SchemaError {
    /// A name that is empty, too long or has a control character.
    #[error("column name {name:?} is empty, longer than {MAX_COLUMN_NAME_BYTES} bytes or has a control character")]
    Name {
        /// The name.
        name: String,
    },
    /// Two columns with one name (SQL does not tell ASCII case apart).
    #[error("two columns are named {name:?}")]
    Duplicate {
        /// The name.
        name: String,
    },
    /// Too many columns.
    #[error("{count} columns are more than {MAX_COLUMNS}")]
    TooMany {
        /// How many.
        count: usize,
    },
}

impl Schema {
    /// A schema of these fields.
    ///
    /// # Errors
    /// [`SchemaError`] on a bad or repeated name, or too many.
    pub fn new(fields: Vec<Field>) -> Result<Self, SchemaError> {
        if fields.len() > MAX_COLUMNS {
            return Err(SchemaError::TooMany { count: fields.len() });
        }
        let mut seen = std::collections::HashSet::new();
        for Field { name, .. } in &fields {
            if name.is_empty() || name.len() > MAX_COLUMN_NAME_BYTES || name.chars().any(char::is_control) {
                return Err(SchemaError::Name { name: name.clone() });
            }
            if !seen.insert(name.to_ascii_lowercase()) {
                return Err(SchemaError::Duplicate { name: name.clone() });
            }
        }
        Ok(Self { fields })
    }

    /// A name that no column has where ASCII case does not count: the wanted one, else that and a number from 2 on.
    pub fn free_name(&self, wanted: &str) -> String {
        let is_free = |name: &String| !self.fields.iter().any(|field| field.name.eq_ignore_ascii_case(name));
        let numbered = (2..).map(|number: usize| format!("{wanted}_{number}"));
        let free = std::iter::once(wanted.to_owned()).chain(numbered).find(is_free);
        free.unwrap_or_else(|| unreachable!("a schema has fewer columns than there are numbers"))
    }

    /// The same columns and more beside them, under free names.
    ///
    /// # Errors
    /// As [`Schema::new`].
    pub fn with<'a>(&self, more: impl IntoIterator<Item = (&'a str, ColumnType)>) -> Result<Self, SchemaError> {
        let mut schema = self.clone();
        for (wanted, column_type) in more {
            schema.fields.push(Field { name: schema.free_name(wanted), column_type });
        }
        Self::new(schema.fields)
    }

    /// The fields, in order.
    pub fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// Where the column of this name stands.
    pub fn position(&self, name: &str) -> Option<usize> {
        self.fields.iter().position(|field| field.name == name)
    }
}

#[cfg(test)]
mod tests;
