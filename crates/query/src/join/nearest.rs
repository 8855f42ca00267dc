//! The features of another layer that are nearest.

use crate::{Cancel, LayerSnapshot, QueryError, Selection, measure::Origin, representative_point};
use rayon::prelude::*;
use std::{cell::OnceCell, ops::ControlFlow, sync::Arc};
use urbis_index::NearestQueue;
use urbis_model::{ColumnType, FeatureBatch, Value};

/// Features whose neighbours are looked for by one task.
const CHUNK: usize = 512;

/// A feature of another layer, and how far away it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Neighbour {
    /// Its position in the other layer's features.
    pub position: u32,
    /// Geodesic metres from the representative point; 0 inside an area.
    pub distance_m: f64,
}

impl LayerSnapshot {
    /// The `k` features of the other layer that are nearest to the representative point of each feature at `positions`,
    /// nearest first and equally near ones by id. Exact, on the ellipsoid; all cores.
    ///
    /// # Errors
    /// [`QueryError::Cancelled`].
    pub fn neighbours(
        &self,
        positions: &[u32],
        other: &Self,
        k: usize,
        cancel: &Cancel,
    ) -> Result<Vec<Vec<Neighbour>>, QueryError> {
        let of_chunk = |positions: &[u32]| {
            let mut queue = NearestQueue::default();
            let mut pace = cancel.pace();
            let cancelled: OnceCell<QueryError> = OnceCell::new();
            let mut all = Vec::with_capacity(positions.len());
            for position in positions {
                cancel.check()?;
                let origin = Origin::new(representative_point(self.features().geometry(*position as usize)));
                let mut found = Vec::with_capacity(k.min(other.features().len()));
                let _ = other.tree().nearest_in(
                    &mut queue,
                    |bounds| origin.lower_bound_m(bounds),
                    |candidate| {
                        let geometry = other.features().geometry(candidate as usize);
                        // In front of all that waits, so that the search ends with it.
                        if let Err(error) = pace.steps(16 + geometry.lonlat().len()) {
                            let _ = cancelled.set(error);
                            return Some(f64::NEG_INFINITY);
                        }
                        Some(origin.distance_m(geometry))
                    },
                    |position, distance_m| {
                        if cancelled.get().is_some() || found.len() == k {
                            return ControlFlow::Break(());
                        }
                        found.push(Neighbour { position, distance_m });
                        if found.len() == k { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
                    },
                );
                all.push(found);
            }
            match cancelled.into_inner() {
                Some(error) => Err(error),
                None => Ok(all),
            }
        };
        Ok(positions.par_chunks(CHUNK).map(of_chunk).collect::<Result<Vec<_>, _>>()?.concat())
    }

    /// The features that are selected, each with `nearest_id` and `nearest_m` of the feature of another layer that is nearest
    /// to its representative point; nulls where that layer is empty. A name that a column has already gets a number behind it.
    ///
    /// # Errors
    /// [`QueryError::Columns`] and those of [`LayerSnapshot::select`].
    pub fn with_nearest(&self, other: &Self, selection: &Selection) -> Result<FeatureBatch, QueryError> {
        let positions = self.select(selection)?.positions;
        let nearest = self.neighbours(&positions, other, 1, &selection.cancel)?;
        let features = self.features();
        let added = [("nearest_id", ColumnType::Int), ("nearest_m", ColumnType::Float)];
        let mut batch = FeatureBatch::new(Arc::new(features.schema().with(added).map_err(QueryError::Columns)?));
        for (position, nearest) in positions.into_iter().zip(nearest) {
            let position = position as usize;
            let id = |neighbour: &Neighbour| Value::Int(other.features().ids()[neighbour.position as usize].number() as i64);
            let told = [
                nearest.first().map_or(Value::Null, id),
                nearest.first().map_or(Value::Null, |neighbour| Value::Float(neighbour.distance_m)),
            ];
            let own = features.columns().iter().map(|column| column.value(position));
            let row: Vec<Value<'_>> = own.chain(told).collect();
            let pushed = batch.push(features.ids()[position], |writer| writer.copy(features.geometry(position)), &row);
            pushed.expect("what a layer holds can be held again");
        }
        Ok(batch)
    }
}
