//! Counts by H3 cell.

mod tile;

pub use tile::resolution_of_zoom;

use crate::{Cancel, LayerSnapshot, QueryError, Shape, numbers::Sum, representative_point};
use rayon::prelude::*;
use std::collections::BTreeMap;
use urbis_index::{CellIndex, Resolution, cells};
use urbis_model::{Bbox, GeometryKind};

/// The most cells of one answer: some 20 MB as GeoJSON, as much as a page draws.
pub const MAX_CELLS: usize = 50_000;

/// Features placed by one task.
const CHUNK: usize = 4096;

/// What lies in one H3 cell.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CellCount {
    cell: CellIndex,
    /// Features whose representative point lies in the cell.
    pub count: u64,
    /// Sum of the column over them, nulls left out; none without a column or a value.
    pub sum: Option<f64>,
    /// Mean of the column over those that have a value.
    pub mean: Option<f64>,
}

impl CellCount {
    /// The cell's index as H3 writes it, 15 hexadecimal digits.
    pub fn cell(&self) -> String {
        self.cell.to_string()
    }

    /// The cell's outline; of two parts when it lies over the antimeridian.
    pub fn outline(&self) -> Shape {
        let rings = cells::outline(self.cell);
        Shape::from_writer(|writer| {
            writer.kind(if rings.len() == 1 { GeometryKind::Polygon } else { GeometryKind::MultiPolygon });
            for ring in &rings {
                writer.part();
                writer.ring();
                ring.iter().for_each(|vertex| writer.vertex(*vertex));
            }
        })
        .expect("the outline of a cell is a polygon")
    }
}

#[derive(Clone, Copy, Default)]
struct Tally {
    count: u64,
    valued: u64,
    sum: Sum,
}

impl LayerSnapshot {
    /// Counts features by the H3 cell of their representative point, computed at this very resolution (an H3 parent does
    /// not contain its children); with a column, its sum and mean; in a box, edges included. By cell index.
    ///
    /// # Errors
    /// [`QueryError::Resolution`], [`QueryError::UnknownColumn`], [`QueryError::NotANumber`], [`QueryError::TooManyCells`],
    /// [`QueryError::Cancelled`].
    pub fn cells(
        &self,
        resolution: u8,
        column: Option<&str>,
        bbox: Option<Bbox>,
        cancel: &Cancel,
    ) -> Result<Vec<CellCount>, QueryError> {
        let resolution = Resolution::try_from(resolution).map_err(|_| QueryError::Resolution { resolution })?;
        let column = column.map(|name| self.number_column(name)).transpose()?;
        let features = self.features();
        let placed = |positions: &[u32]| -> Result<Vec<(CellIndex, u32)>, QueryError> {
            cancel.check()?;
            let mut pace = cancel.pace();
            let mut placed = Vec::with_capacity(positions.len());
            for &position in positions {
                let geometry = features.geometry(position as usize);
                pace.steps(geometry.lonlat().len())?;
                let point = representative_point(geometry);
                if bbox.is_none_or(|bbox| bbox.contains(point)) {
                    placed.push((cells::cell_at(point, resolution), position));
                }
            }
            Ok(placed)
        };
        let positions = match bbox {
            Some(bbox) => {
                let mut positions: Vec<u32> = bbox.planar_parts().flat_map(|part| self.candidates(&part)).collect();
                positions.sort_unstable();
                positions.dedup();
                positions
            }
            None => (0..features.len() as u32).collect(),
        };
        let mut cells = positions.par_chunks(CHUNK).map(placed).collect::<Result<Vec<_>, _>>()?.concat();
        cancel.check()?;
        // By cell, then by position: sums add up in the same order on any number of cores.
        cells.par_sort_unstable();
        let mut tallies: BTreeMap<CellIndex, Tally> = BTreeMap::new();
        let mut pace = cancel.pace();
        for (cell, position) in cells {
            pace.steps(1)?;
            let tally = tallies.entry(cell).or_default();
            tally.count += 1;
            if let Some(number) = column.and_then(|column| column.value(position as usize).as_number()) {
                tally.valued += 1;
                tally.sum.add(number);
            }
            if tallies.len() > MAX_CELLS {
                return Err(QueryError::TooManyCells);
            }
        }
        let count = |(cell, Tally { count, valued, sum })| CellCount {
            cell,
            count,
            sum: (valued > 0).then(|| sum.total()),
            mean: (valued > 0).then(|| sum.total() / valued as f64),
        };
        Ok(tallies.into_iter().map(count).collect())
    }
}

#[cfg(test)]
mod tests;
