//! Cells as features, for a map.

use super::MAX_CELLS;
use crate::{Cancel, LayerSnapshot, QueryError, numbers, representative_point};
use std::collections::BTreeMap;
use std::sync::Arc;
use urbis_index::{CellIndex, Resolution, cells};
use urbis_model::{Bounds, ColumnType, FeatureBatch, FeatureId, Field, GeometryKind, Schema, TileCoord, Value};

/// Metres along the side of a pixel at zoom 0 on the equator: 2π · 6,378,137 m over 512 pixels.
const PIXEL_AT_ZOOM_0_M: f64 = 78_271.516_964_020_48;
/// The least pixels along a cell's edge at the resolution that a zoom gets.
const LEAST_EDGE_PX: f64 = 10.0;
/// Average edges from any point of a cell to any other, with the distortion of H3's largest cells.
const EDGES_ACROSS: f64 = 3.0;
/// Metres in a degree of latitude at its shortest (WGS 84, at the equator).
const SHORTEST_DEGREE_M: f64 = 110_574.0;

/// The finest resolution whose cells can be told apart at a zoom.
pub fn resolution_of_zoom(zoom: u8) -> u8 {
    let least_m = LEAST_EDGE_PX * PIXEL_AT_ZOOM_0_M / 2f64.powi(i32::from(zoom));
    let fits = |resolution: &Resolution| resolution.edge_length_m() >= least_m;
    Resolution::range(Resolution::Zero, Resolution::Fifteen).rfind(fits).map_or(0, u8::from)
}

impl LayerSnapshot {
    /// The cells that meet a tile grown by `margin` tile widths, as polygons with `cell`, `count` and, for a column, `sum`,
    /// `mean` and exact [`crate::QUANTILES`]. Cells farther out may be among them, with counts that miss features. Ids are the last 52 bits of the H3 index and one more.
    ///
    /// # Errors
    /// As [`LayerSnapshot::cells`].
    pub fn cells_of_tile(
        &self,
        (resolution, column): (u8, Option<&str>),
        tile: TileCoord,
        margin: f64,
        cancel: &Cancel,
    ) -> Result<FeatureBatch, QueryError> {
        let resolution = Resolution::try_from(resolution).map_err(|_| QueryError::Resolution { resolution })?;
        let column = column.map(|name| self.number_column(name)).transpose()?;
        let mut values: BTreeMap<CellIndex, (u64, Vec<f64>)> = BTreeMap::new();
        let bounds = grown(tile.bounds(margin), EDGES_ACROSS * resolution.edge_length_m());
        for position in self.candidates(&bounds) {
            cancel.check()?;
            let point = representative_point(self.features().geometry(position as usize));
            let (count, numbers) = values.entry(cells::cell_at(point, resolution)).or_default();
            *count += 1;
            numbers.extend(column.and_then(|column| column.value(position as usize).as_number()));
            if values.len() > MAX_CELLS {
                return Err(QueryError::TooManyCells);
            }
        }
        let mut fields = vec![field("cell", ColumnType::Text), field("count", ColumnType::Int)];
        if column.is_some() {
            fields.extend(numbers::names().map(|name| field(name, ColumnType::Float)));
        }
        let schema = Schema::new(fields).expect("the columns have different names");
        let mut batch = FeatureBatch::new(Arc::new(schema));
        for (cell, (count, numbers)) in values {
            let name = cell.to_string();
            let mut row = vec![Value::Text(&name), Value::Int(count as i64)];
            if column.is_some() {
                row.extend(numbers::summary(numbers));
            }
            push(&mut batch, cell, &row);
        }
        Ok(batch)
    }
}

fn field(name: &str, column_type: ColumnType) -> Field {
    Field { name: name.into(), column_type }
}

/// A box with so many metres more on each side, at least.
fn grown(bounds: Bounds, metres: f64) -> Bounds {
    let lat_deg = metres / SHORTEST_DEGREE_M;
    let (south, north) = ((bounds.min[1] - lat_deg).max(-90.0), (bounds.max[1] + lat_deg).min(90.0));
    // Past 89° a metre may be any number of degrees.
    let cos = south.abs().max(north.abs()).min(89.0).to_radians().cos();
    let lon_deg = lat_deg / cos;
    Bounds { min: [(bounds.min[0] - lon_deg).max(-180.0), south], max: [(bounds.max[0] + lon_deg).min(180.0), north] }
}

fn push(batch: &mut FeatureBatch, cell: CellIndex, row: &[Value<'_>]) {
    let rings = cells::outline(cell);
    let id = FeatureId::new((u64::from(cell) & ((1 << 52) - 1)) + 1).expect("it is within 53 bits");
    let pushed = batch.push(
        id,
        |writer| {
            writer.kind(if rings.len() == 1 { GeometryKind::Polygon } else { GeometryKind::MultiPolygon });
            for ring in &rings {
                writer.part();
                writer.ring();
                ring.iter().for_each(|vertex| writer.vertex(*vertex));
            }
        },
        row,
    );
    pushed.expect("the outline of a cell is a polygon");
}

#[cfg(test)]
mod tests;
