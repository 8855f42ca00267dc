//! Features, held as batches of flat columns: a batch is the unit that streams and, whole, the layer in memory.

use crate::bbox::Bounds;
use crate::column::{Column, ColumnError, Schema, Value};
use crate::geometry::{GeometryColumn, GeometryError, GeometryRef, GeometryWriter};
use std::{fmt, num::NonZeroU64, sync::Arc};
use thiserror::Error;

/// A feature's number within its layer, 1 ..= 2^53−1: exact as a JSON number. Assigned once and never used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FeatureId(NonZeroU64);

impl FeatureId {
    /// The greatest id: the greatest integer that JavaScript reads exactly (ECMA-262, Number.MAX_SAFE_INTEGER).
    pub const MAX: u64 = (1 << 53) - 1;

    /// The id of this number; none for 0 and past [`FeatureId::MAX`].
    pub fn new(number: u64) -> Option<Self> {
        NonZeroU64::new(number).filter(|number| number.get() <= Self::MAX).map(Self)
    }

    /// The number.
    pub fn number(self) -> u64 {
        self.0.get()
    }
}

impl fmt::Display for FeatureId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Why a feature can't be added to a batch; the batch is as it was before.
#[derive(Clone, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum FeatureError {
    /// Its shape is not valid.
    #[error("the geometry is not valid")]
    Geometry(#[source] GeometryError),
    /// A value does not fit its column.
    #[error("column {column:?} can't take the value")]
    Value {
        /// The column's name.
        column: String,
        /// Why.
        #[source]
        source: ColumnError,
    },
    /// The row has not one value per column.
    #[error("the row has {given} values, the schema {expected} columns")]
    Arity {
        /// Values given.
        given: usize,
        /// Columns of the schema.
        expected: usize,
    },
}

/// Features of one layer: ids, shapes and attribute columns of equal length.
#[derive(Clone, Debug)]
pub struct FeatureBatch {
    schema: Arc<Schema>,
    ids: Vec<FeatureId>,
    geometry: GeometryColumn,
    columns: Vec<Column>,
}

impl FeatureBatch {
    /// An empty batch.
    pub fn new(schema: Arc<Schema>) -> Self {
        let columns = schema.fields().iter().map(|field| Column::new(field.column_type)).collect();
        Self { schema, ids: Vec::new(), geometry: GeometryColumn::default(), columns }
    }

    /// Adds a feature: `write` puts the shape into the writer, `values` has one value per column of the schema.
    ///
    /// # Errors
    /// [`FeatureError`] when the shape or a value is refused; then nothing was added.
    pub fn push(
        &mut self,
        id: FeatureId,
        write: impl FnOnce(&mut GeometryWriter<'_>),
        values: &[Value<'_>],
    ) -> Result<(), FeatureError> {
        if values.len() != self.columns.len() {
            return Err(FeatureError::Arity { given: values.len(), expected: self.columns.len() });
        }
        let mut writer = self.geometry.writer();
        write(&mut writer);
        writer.finish().map_err(FeatureError::Geometry)?;
        for (index, value) in values.iter().enumerate() {
            if let Err(source) = self.columns[index].push(*value) {
                self.columns[..index].iter_mut().for_each(|column| column.truncate(self.ids.len()));
                self.geometry.truncate(self.ids.len());
                return Err(FeatureError::Value { column: self.schema.fields()[index].name.clone(), source });
            }
        }
        self.ids.push(id);
        Ok(())
    }

    /// Adds feature `index` of another batch of the same schema, under an id.
    ///
    /// # Errors
    /// [`FeatureError`] as [`FeatureBatch::push`].
    pub fn push_from(&mut self, other: &Self, index: usize, id: FeatureId) -> Result<(), FeatureError> {
        let values: Vec<Value<'_>> = other.columns.iter().map(|column| column.value(index)).collect();
        self.push(id, |writer| writer.copy(other.geometry(index)), &values)
    }

    /// Adds all features of another batch of the same schema, column by column.
    ///
    /// # Errors
    /// [`FeatureError`] when a column has another type, the number of columns differs, or texts pass 4 GiB; then
    /// nothing was added.
    pub fn append(&mut self, other: &Self) -> Result<(), FeatureError> {
        if other.columns.len() != self.columns.len() {
            return Err(FeatureError::Arity { given: other.columns.len(), expected: self.columns.len() });
        }
        for (index, column) in other.columns.iter().enumerate() {
            if let Err(source) = self.columns[index].append(column) {
                self.columns[..index].iter_mut().for_each(|column| column.truncate(self.ids.len()));
                return Err(FeatureError::Value { column: self.schema.fields()[index].name.clone(), source });
            }
        }
        self.geometry.append(&other.geometry);
        self.ids.extend_from_slice(&other.ids);
        Ok(())
    }

    /// Makes room for `more` features whose shapes are, on average, like those held already.
    pub fn reserve_alike(&mut self, more: usize) {
        self.ids.reserve_exact(more);
        self.geometry.reserve_alike(more);
        self.columns.iter_mut().for_each(|column| column.reserve_exact(more));
    }

    /// Drops what only building needs and gives back spare capacity.
    pub fn shrink(&mut self) {
        self.ids.shrink_to_fit();
        self.geometry.shrink();
        self.columns.iter_mut().for_each(Column::shrink);
    }

    /// The columns' names and types.
    pub fn schema(&self) -> &Arc<Schema> {
        &self.schema
    }

    /// Number of features.
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Whether there is no feature.
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// The ids, in order of position.
    pub fn ids(&self) -> &[FeatureId] {
        &self.ids
    }

    /// The shapes.
    pub fn geometries(&self) -> &GeometryColumn {
        &self.geometry
    }

    /// The shape at a position.
    ///
    /// # Panics
    /// When `index` is out of range.
    pub fn geometry(&self, index: usize) -> GeometryRef<'_> {
        self.geometry.geometry(index)
    }

    /// The columns, in the schema's order.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// A column by name.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.schema.position(name).map(|index| &self.columns[index])
    }

    /// The extent of all shapes.
    pub fn bounds(&self) -> Bounds {
        self.geometry.bounds()
    }

    /// Bytes held on the heap by all buffers.
    pub fn heap_bytes(&self) -> usize {
        self.ids.capacity() * size_of::<FeatureId>()
            + self.geometry.heap_bytes()
            + self.columns.iter().map(Column::heap_bytes).sum::<usize>()
    }
}
