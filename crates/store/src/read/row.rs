//! One row into a batch.

use crate::{
    blob::{DEPTH_COLUMN, FACES_COLUMN, decode},
    error::{RowError, StoreError},
    table::{Table, quote},
};
use rusqlite::{Row, types::ValueRef};
use urbis_model::{ColumnType, FeatureBatch, FeatureId, Value};

/// The query whose rows [`Feature::of`] takes, up to its condition.
pub(super) fn select(table: &Table) -> String {
    let beside = |present, column| if present { quote(column) } else { "NULL".to_owned() };
    let mut columns = vec![
        quote(&table.id_column),
        quote(&table.geometry_column),
        beside(table.has_depth, DEPTH_COLUMN),
        beside(table.has_faces, FACES_COLUMN),
    ];
    columns.extend(table.schema.fields().iter().map(|field| quote(&field.name)));
    format!("SELECT {} FROM {}", columns.join(", "), quote(&table.name))
}

/// A row of [`select`].
#[derive(Clone, Copy)]
pub(super) struct Feature<'a> {
    row: &'a Row<'a>,
    fid: i64,
}

impl<'a> Feature<'a> {
    pub(super) fn of(row: &'a Row<'a>) -> rusqlite::Result<Self> {
        Ok(Self { row, fid: row.get(0)? })
    }

    pub(super) fn refuse(self, table: &Table, source: RowError) -> StoreError {
        StoreError::Feature { table: table.name.clone(), fid: self.fid, source }
    }

    /// The geometry's bytes.
    pub(super) fn geometry(self, table: &Table) -> Result<&'a [u8], StoreError> {
        match self.cell(1) {
            ValueRef::Blob(blob) => Ok(blob),
            ValueRef::Null => Err(self.refuse(table, RowError::Blob("there is none"))),
            _ => Err(self.refuse(table, RowError::Blob("it is no blob"))),
        }
    }

    fn blob_beside(self, table: &Table, column: usize, name: &str) -> Result<Option<&'a [u8]>, StoreError> {
        match self.cell(column) {
            ValueRef::Blob(blob) => Ok(Some(blob)),
            ValueRef::Null => Ok(None),
            other => Err(self.refuse(table, mismatch(name, other, "a blob"))),
        }
    }

    /// A column of the query; its number is always within the query's columns.
    fn cell(self, column: usize) -> ValueRef<'a> {
        self.row.get_ref(column).unwrap_or(ValueRef::Null)
    }
}

/// Adds a row to a batch; returns its bytes of geometry and text.
///
/// # Errors
/// [`StoreError::Feature`] with the row's number and what is wrong.
pub(super) fn push(batch: &mut FeatureBatch, table: &Table, feature: Feature<'_>) -> Result<usize, StoreError> {
    let refuse = |source| feature.refuse(table, source);
    let id = u64::try_from(feature.fid).ok().and_then(FeatureId::new).ok_or_else(|| refuse(RowError::Id))?;
    let geometry = feature.geometry(table)?;
    let depth = feature.blob_beside(table, 2, DEPTH_COLUMN)?;
    let faces = feature.blob_beside(table, 3, FACES_COLUMN)?;
    let mut bytes = geometry.len();
    let mut values = Vec::with_capacity(table.schema.fields().len());
    for (index, field) in table.schema.fields().iter().enumerate() {
        let value = value(&field.name, field.column_type, feature.cell(index + 4)).map_err(refuse)?;
        if let Value::Text(text) = value {
            bytes += text.len();
        }
        values.push(value);
    }
    let mut malformed = None;
    let pushed = batch.push(
        id,
        |writer| {
            if let Err(error) = decode(geometry, depth, faces, writer) {
                malformed = Some(error);
                // A vertex that no shape may have: the half-read shape is refused as a whole.
                writer.vertex([f64::NAN; 2]);
            }
        },
        &values,
    );
    match (malformed, pushed) {
        (Some(error), _) => Err(refuse(error)),
        (None, Err(error)) => Err(refuse(RowError::Feature(error))),
        (None, Ok(())) => Ok(bytes),
    }
}

fn value<'a>(column: &str, column_type: ColumnType, cell: ValueRef<'a>) -> Result<Value<'a>, RowError> {
    Ok(match (column_type, cell) {
        (_, ValueRef::Null) => Value::Null,
        (ColumnType::Bool, ValueRef::Integer(number @ (0 | 1))) => Value::Bool(number == 1),
        (ColumnType::Int, ValueRef::Integer(number)) => Value::Int(number),
        (ColumnType::Float, ValueRef::Real(number)) => Value::Float(number),
        (ColumnType::Float, ValueRef::Integer(number)) => Value::Float(number as f64),
        (ColumnType::Text | ColumnType::Date | ColumnType::DateTime, ValueRef::Text(text)) => {
            Value::Text(std::str::from_utf8(text).map_err(|_| RowError::NotUtf8 { column: column.to_owned() })?)
        }
        (expected, other) => return Err(mismatch(column, other, expected.name())),
    })
}

fn mismatch(column: &str, found: ValueRef<'_>, expected: &'static str) -> RowError {
    let found = match found {
        ValueRef::Null => "nothing",
        ValueRef::Integer(_) => "an integer",
        ValueRef::Real(_) => "a float",
        ValueRef::Text(_) => "text",
        ValueRef::Blob(_) => "a blob",
    };
    RowError::Value { column: column.to_owned(), found, expected }
}
