//! Pieces as rows.

use super::{
    Operation, Overlaid,
    work::{Piece, PieceShape, Pieces},
};
use crate::{Cancel, LayerSnapshot, QueryError};
use std::sync::Arc;
use urbis_model::{ColumnType, FeatureBatch, FeatureId, Schema, Value};

/// Which columns the rows have, in this order.
struct Columns<'a> {
    layers: [&'a LayerSnapshot; 2],
    operation: Operation,
    /// Those of the other layer.
    others: &'a [usize],
    /// Whether the layer has areas, and lines.
    measured: [bool; 2],
}

pub(super) fn overlaid(
    layers: [&LayerSnapshot; 2],
    operation: Operation,
    others: &[usize],
    found: Pieces,
    others_without_area: u64,
    cancel: &Cancel,
) -> Result<Overlaid, QueryError> {
    let Pieces { mut pieces, uncut, thin } = found;
    let key = |piece: &Piece| piece.of.map(|position| position.map_or(u64::MAX, u64::from));
    pieces.sort_by_key(key);
    let shapes = layers[0].features().geometries();
    let has = |dimension: u8| shapes.iter().any(|geometry| geometry.kind().dimension() == dimension);
    let measured = if operation == Operation::Union { [true, false] } else { [has(2), has(1)] };
    let columns = Columns { layers, operation, others, measured };
    let mut features = FeatureBatch::new(Arc::new(columns.schema()?));
    let mut pace = cancel.pace();
    for (nth, piece) in pieces.iter().enumerate() {
        let (side, position) = match piece.of {
            [Some(position), _] => (0, position),
            [None, Some(position)] => (1, position),
            [None, None] => unreachable!("a piece is of a feature"),
        };
        let own = layers[side].features();
        let id = match operation {
            Operation::Union => FeatureId::new(nth as u64 + 1).expect("an answer has fewer pieces than there are ids"),
            _ => own.ids()[position as usize],
        };
        let shape = match &piece.shape {
            PieceShape::AsItWas => own.geometry(position as usize),
            PieceShape::Cut(shape) => shape.geometry(),
        };
        pace.steps(16 + shape.lonlat().len())?;
        let row = columns.row(piece, shape.kind().dimension());
        features.push(id, |writer| writer.copy(shape), &row).expect("what layers hold can be held again");
    }
    Ok(Overlaid { features, uncut, thin, others_without_area })
}

impl Columns<'_> {
    fn schema(&self) -> Result<Schema, QueryError> {
        let [own, other] = self.layers.map(|layer| layer.features().schema());
        let id = (self.operation == Operation::Union).then_some(("id", ColumnType::Int));
        let other_id = (self.operation != Operation::Difference).then_some(("other_id", ColumnType::Int));
        let theirs = self.others.iter().map(|column| &other.fields()[*column]);
        let theirs = theirs.map(|field| (field.name.as_str(), field.column_type));
        let measures = ["area_m2", "length_m"].into_iter().zip(self.measured).filter(|(_, is_there)| *is_there);
        let measures = measures.map(|(name, _)| (name, ColumnType::Float));
        own.with(id.into_iter().chain(other_id).chain(theirs).chain(measures)).map_err(QueryError::Columns)
    }

    fn row(&self, piece: &Piece, dimension: u8) -> Vec<Value<'_>> {
        let value = |side: usize, column: usize| {
            let of = piece.of[side].map(|position| self.layers[side].features().columns()[column].value(position as usize));
            of.unwrap_or(Value::Null)
        };
        let id = |side: usize| {
            let of = piece.of[side].map(|position| self.layers[side].features().ids()[position as usize].number());
            of.map_or(Value::Null, |id| Value::Int(id as i64))
        };
        let mut row: Vec<Value<'_>> = (0..self.layers[0].features().columns().len()).map(|column| value(0, column)).collect();
        row.extend((self.operation == Operation::Union).then(|| id(0)));
        row.extend((self.operation != Operation::Difference).then(|| id(1)));
        row.extend(self.others.iter().map(|column| value(1, *column)));
        for (is_there, of_dimension) in self.measured.into_iter().zip([2, 1]) {
            let told = if dimension == of_dimension { Value::Float(piece.measure) } else { Value::Null };
            row.extend(is_there.then_some(told));
        }
        row
    }
}
