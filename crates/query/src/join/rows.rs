//! Pairs as rows.

use super::{JoinEffort, Pair};
use crate::{Cancel, Filter, LayerSnapshot, QueryError};
use std::{ops::Range, sync::Arc};
use urbis_model::{ColumnType, FeatureBatch, Schema, Value};

/// The most vertices of an answer whose shapes are held together, 16 bytes each: 1 GB.
pub(crate) const MAX_VERTICES: usize = 1 << 26;

/// The most rows that are made at a time, and the most vertices of more than one: 1 MB.
const BATCH_ROWS: usize = 1024;
const BATCH_VERTICES: usize = 1 << 16;

/// The pairs of two layers, and their rows: shape, id and columns of the first layer, then `other_id`, the other's columns
/// and `distance_m` where distances are asked for. A name that a column has already gets a number behind it.
#[derive(Clone, Debug)]
pub struct Joined {
    features: [Arc<FeatureBatch>; 2],
    columns: Vec<usize>,
    schema: Arc<Schema>,
    pairs: Vec<Pair>,
    effort: JoinEffort,
}

impl Joined {
    pub(super) fn new(
        [layer, other]: [&LayerSnapshot; 2],
        columns: Vec<usize>,
        has_distance: bool,
        pairs: Vec<Pair>,
        effort: JoinEffort,
    ) -> Result<Self, QueryError> {
        let fields = other.features().schema().fields();
        let theirs = columns.iter().map(|column| (fields[*column].name.as_str(), fields[*column].column_type));
        let distance = has_distance.then_some(("distance_m", ColumnType::Float));
        let added = std::iter::once(("other_id", ColumnType::Int)).chain(theirs).chain(distance);
        let schema = Arc::new(layer.features().schema().with(added).map_err(QueryError::Columns)?);
        Ok(Self { features: [layer, other].map(|layer| layer.features().clone()), columns, schema, pairs, effort })
    }

    /// The pairs, in order.
    pub fn pairs(&self) -> &[Pair] {
        &self.pairs
    }

    /// The columns of the rows.
    pub fn schema(&self) -> &Arc<Schema> {
        &self.schema
    }

    /// What finding the pairs took.
    pub fn effort(&self) -> &JoinEffort {
        &self.effort
    }

    /// The rows of some pairs, batch by batch, so that few are held at a time. Ids are those of the first layer, so one may
    /// come several times.
    ///
    /// # Panics
    /// When the range reaches past the pairs.
    pub fn into_batches(self, mut range: Range<usize>) -> impl Iterator<Item = FeatureBatch> {
        std::iter::from_fn(move || {
            let batch = self.next_batch(&mut range);
            (!batch.is_empty()).then(|| self.rows(batch))
        })
    }

    /// Takes the pairs of a batch off a range; none of an empty one.
    fn next_batch(&self, range: &mut Range<usize>) -> Range<usize> {
        let mut vertices = 0;
        let mut fits = |pair: &Pair| {
            let is_first = vertices == 0;
            vertices += self.vertices(pair);
            is_first || vertices <= BATCH_VERTICES
        };
        let rows = self.pairs[range.clone()].iter().take(BATCH_ROWS).take_while(|pair| fits(pair)).count();
        let start = range.start;
        range.start += rows;
        start..range.start
    }

    fn vertices(&self, pair: &Pair) -> usize {
        self.features[0].geometry(pair.position as usize).lonlat().len()
    }

    fn rows(&self, range: Range<usize>) -> FeatureBatch {
        let [own, other] = &self.features;
        let mut batch = FeatureBatch::new(self.schema.clone());
        let has_distance = self.schema.fields().len() > own.columns().len() + 1 + self.columns.len();
        let mut row = Vec::with_capacity(self.schema.fields().len());
        for pair in &self.pairs[range] {
            let (position, near) = (pair.position as usize, pair.other as usize);
            row.clear();
            row.extend(own.columns().iter().map(|column| column.value(position)));
            row.push(Value::Int(other.ids()[near].number() as i64));
            row.extend(self.columns.iter().map(|column| other.columns()[*column].value(near)));
            row.extend(has_distance.then(|| pair.distance_m.map_or(Value::Null, Value::Float)));
            let pushed = batch.push(own.ids()[position], |writer| writer.copy(own.geometry(position)), &row);
            pushed.expect("what a layer holds can be held again");
        }
        batch
    }

    /// All rows in one batch.
    ///
    /// # Errors
    /// [`QueryError::TooLarge`] where their shapes have too many vertices together.
    pub fn into_rows(self) -> Result<FeatureBatch, QueryError> {
        if self.pairs.iter().map(|pair| self.vertices(pair)).sum::<usize>() > MAX_VERTICES {
            return Err(QueryError::TooLarge { most: MAX_VERTICES });
        }
        Ok(self.rows(0..self.pairs.len()))
    }

    /// Keeps the pairs of which a filter over the rows holds.
    ///
    /// # Errors
    /// [`QueryError::Cancelled`].
    ///
    /// # Panics
    /// When the filter was compiled against other columns than [`Joined::schema`].
    pub fn retain(&mut self, filter: &Filter, cancel: &Cancel) -> Result<(), QueryError> {
        let (mut kept, mut left) = (Vec::new(), 0..self.pairs.len());
        while !left.is_empty() {
            cancel.check()?;
            let batch = self.next_batch(&mut left);
            let start = batch.start;
            let holds = filter.positions(&self.rows(batch));
            kept.extend(holds.into_iter().map(|row| self.pairs[start + row as usize]));
        }
        self.pairs = kept;
        Ok(())
    }
}

/// The columns of these names, by position; all unless told.
pub(crate) fn columns_of(layer: &LayerSnapshot, names: Option<&[String]>) -> Result<Vec<usize>, QueryError> {
    let schema = layer.features().schema();
    let position = |name: &String| layer.column(name).map(|_| schema.position(name).expect("a column that was found"));
    match names {
        Some(names) => names.iter().map(position).collect(),
        None => Ok((0..schema.fields().len()).collect()),
    }
}

/// The same features, each with its id in a column `id` too (or `id_2` and so on where that is taken): for formats that number
/// their rows themselves, so that rows of one feature can be told to be so.
///
/// # Errors
/// [`QueryError::Columns`] when there are too many.
pub fn with_ids(features: &FeatureBatch) -> Result<FeatureBatch, QueryError> {
    let schema = features.schema().with([("id", ColumnType::Int)]).map_err(QueryError::Columns)?;
    let mut batch = FeatureBatch::new(Arc::new(schema));
    for (position, id) in features.ids().iter().enumerate() {
        let own = features.columns().iter().map(|column| column.value(position));
        let row: Vec<Value<'_>> = own.chain([Value::Int(id.number() as i64)]).collect();
        let pushed = batch.push(*id, |writer| writer.copy(features.geometry(position)), &row);
        pushed.expect("what a batch holds can be held again");
    }
    Ok(batch)
}
