//! Features of one layer summed up by the areas of another.

use crate::{
    Cancel, LayerSnapshot, QueryError, Selection, Shape, numbers,
    relation::{PreparedShape, Side},
    representative_point,
};
use rayon::prelude::*;
use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};
use urbis_index::PackedRtree;
use urbis_model::{Bounds, ColumnType, FeatureBatch, Value};

/// The most areas that are summed up by: some 50 MB as GeoJSON of simple ones.
pub const MAX_ZONES: usize = 50_000;

/// Features placed by one task.
const CHUNK: usize = 4096;

/// The areas of a layer and what lies in each.
#[derive(Clone, Debug)]
pub struct Zones {
    /// The areas by id, with their columns, `count`, and, of a column of numbers, `sum`, `mean` and the quantiles
    /// [`crate::QUANTILES`]. A name that a column of theirs has gets a number behind it.
    pub areas: FeatureBatch,
    /// Features that lie in none of them.
    pub outside: u64,
}

impl LayerSnapshot {
    /// Counts the features that are selected by the areas of another layer, and sums up a column of theirs. A feature
    /// counts in every area that holds its representative point, edges included. Exact; all cores.
    ///
    /// # Errors
    /// [`QueryError::NoAreas`], [`QueryError::TooManyZones`], [`QueryError::UnknownColumn`], [`QueryError::NotANumber`],
    /// [`QueryError::Columns`] and those of [`LayerSnapshot::select`].
    pub fn by_zone(&self, zones: &Self, column: Option<&str>, selection: &Selection) -> Result<Zones, QueryError> {
        let column = column.map(|name| self.number_column(name)).transpose()?;
        let areas: Vec<u32> = (0..zones.features().len() as u32)
            .filter(|zone| zones.features().geometry(*zone as usize).kind().dimension() == 2)
            .collect();
        if areas.is_empty() {
            return Err(QueryError::NoAreas { layer: zones.info().name.clone() });
        }
        if areas.len() > MAX_ZONES {
            return Err(QueryError::TooManyZones { count: areas.len(), most: MAX_ZONES });
        }
        let cancel = &selection.cancel;
        let positions = self.select(selection)?.positions;
        let points = self.points_of(&positions, cancel)?;
        let boxes: Vec<Bounds> = points.iter().map(|point| Bounds { min: *point, max: *point }).collect();
        let tree = PackedRtree::build(&boxes);
        let placed: Vec<AtomicU64> = (0..positions.len().div_ceil(64)).map(|_| AtomicU64::new(0)).collect();
        let sums = areas.par_iter().map(|zone| {
            cancel.check()?;
            let mut pace = cancel.pace();
            let geometry = zones.features().geometry(*zone as usize);
            pace.steps(geometry.lonlat().len())?;
            let area = PreparedShape::new(Shape::from_geometry(geometry));
            let mut inside = Vec::new();
            tree.visit_graded(|bounds| area.grade(bounds), &mut |nth, is_sure| {
                if is_sure || area.side_of(points[nth as usize]) != Side::Outside {
                    inside.push(nth as usize);
                }
            });
            pace.steps(inside.len())?;
            for nth in &inside {
                placed[nth / 64].fetch_or(1 << (nth % 64), Ordering::Relaxed);
            }
            // So that a sum is the same on any number of cores.
            inside.sort_unstable();
            let count = inside.len() as i64;
            let number = |nth: usize| column?.value(positions[nth] as usize).as_number();
            let numbers: Vec<f64> = inside.into_iter().filter_map(number).collect();
            let told = column.is_some().then(|| numbers::summary(numbers));
            Ok(std::iter::once(Value::Int(count)).chain(told.into_iter().flatten()).collect())
        });
        let sums = sums.collect::<Result<Vec<Vec<Value<'_>>>, QueryError>>()?;
        let inside: u64 = placed.iter().map(|bits| u64::from(bits.load(Ordering::Relaxed).count_ones())).sum();
        let features = zones.features();
        let numbers = numbers::names().filter(|_| column.is_some()).map(|name| (name, ColumnType::Float));
        let added = std::iter::once(("count", ColumnType::Int)).chain(numbers);
        let schema = features.schema().with(added).map_err(QueryError::Columns)?;
        let mut batch = FeatureBatch::new(Arc::new(schema));
        for (zone, sums) in areas.into_iter().map(|zone| zone as usize).zip(sums) {
            let own = features.columns().iter().map(|column| column.value(zone));
            let row: Vec<Value<'_>> = own.chain(sums).collect();
            let pushed = batch.push(features.ids()[zone], |writer| writer.copy(features.geometry(zone)), &row);
            pushed.expect("what a layer holds can be held again");
        }
        Ok(Zones { areas: batch, outside: positions.len() as u64 - inside })
    }

    /// The representative point of each feature.
    fn points_of(&self, positions: &[u32], cancel: &Cancel) -> Result<Vec<[f64; 2]>, QueryError> {
        let of_chunk = |positions: &[u32]| {
            cancel.check()?;
            let mut pace = cancel.pace();
            let mut points = Vec::with_capacity(positions.len());
            for position in positions {
                let geometry = self.features().geometry(*position as usize);
                pace.steps(geometry.lonlat().len())?;
                points.push(representative_point(geometry).to_degrees());
            }
            Ok::<_, QueryError>(points)
        };
        Ok(positions.par_chunks(CHUNK).map(of_chunk).collect::<Result<Vec<_>, _>>()?.concat())
    }
}

#[cfg(test)]
mod tests;
