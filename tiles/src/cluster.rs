//! Points that would crowd a tile, gathered: one point for many, with their number and sums, means and extremes.
//!
//! Each zoom's clusters are made of the next zoom's, so a cluster comes apart into whole ones as one zooms in (as in
//! Mapbox's supercluster). Unlike there, nothing hangs on the order of the input, and a change is felt within a known
//! reach:
//!
//! 1. What lies in one cell of a quarter of the radius is one. This bounds how many neighbours a place can have.
//! 2. Every place has a rank, a number that belongs to its lowest id and looks like chance. A place that outranks all
//!    others within the radius leads; those within the radius of a leader join the nearest. This is repeated among the
//!    rest, at most [`MOST_ROUNDS`] times (Luby 1986, "A simple parallel algorithm for the maximal independent set
//!    problem": the rest is expected to halve with each round).
//! 3. A cluster lies at the mean of its points and bears the lowest id of them.

mod gather;

use crate::definition::{LayerDefinition, Order};
use crate::frame::{UNITS_PER_PIXEL, WORLD_ZOOM, world_from_lonlat};
use crate::overview::schema_at;
use gather::{Knot, Knots};
use urbis_model::mercator::{MercatorUnit, lonlat_from_mercator};
use urbis_model::{ColumnType, FeatureBatch, Field, GeometryKind, Value};

/// The attribute that says how many points a cluster has, the name that map styles know from supercluster. Points alone
/// do not have it.
pub const POINT_COUNT: &str = "point_count";
/// Rounds of step 2 before what is left stays apart.
pub const MOST_ROUNDS: usize = 16;

/// How a layer's points are gathered.
#[derive(Clone, Debug, PartialEq)]
pub struct Cluster {
    /// The first zoom that shows every point.
    pub below_zoom: u8,
    /// How near points are to be gathered, pixels of 1/512 tile.
    pub radius_px: f64,
    /// What is told of a cluster's points besides their number.
    pub aggregates: Vec<Aggregate>,
}

/// A number told of a cluster's points. Points that have null do not count; all null is null.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Aggregate {
    /// Position in the layer's schema; a column of integers or floats.
    pub column: usize,
    /// How it is computed.
    pub how: How,
    /// The attribute's name: the column's, `_`, and `sum`, `mean`, `min` or `max`.
    pub name: String,
    /// The column's type, and the attribute's but for means.
    pub column_type: ColumnType,
}

/// How one number is made of many.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum How {
    /// All together; integers past 2^53 lose their last digits.
    Sum,
    /// The arithmetic mean of the points, not of clusters of them.
    Mean,
    /// The least.
    Min,
    /// The greatest.
    Max,
}

impl How {
    /// The ending of the attribute's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sum => "sum",
            Self::Mean => "mean",
            Self::Min => "min",
            Self::Max => "max",
        }
    }
}

impl Cluster {
    /// Whether an attribute is one that clustering computes.
    pub fn computes(&self, name: &str) -> bool {
        name == POINT_COUNT || self.aggregates.iter().any(|aggregate| aggregate.name == name)
    }

    /// How far a cluster may lie from the nearest of its points, pixels of the zoom: it is a mean of what lies within a
    /// radius of a leader and a quarter of a radius beside, and the leader one of what lies within half of that, and so on.
    pub fn spread_px(&self) -> f64 {
        2.5 * self.radius_px
    }

    /// How far a change of one point can be felt, pixels of the zoom: two radii a round, and as much again for all higher
    /// zooms together, whose radii halve.
    pub fn reach_px(&self) -> f64 {
        2.0 * 2.0 * MOST_ROUNDS as f64 * self.radius_px
    }
}

/// The overview of each zoom below `cluster.below_zoom`, highest first. Other features than single points stay as they
/// are. About n log n in the points.
pub(crate) fn levels(features: &FeatureBatch, definition: &LayerDefinition, cluster: &Cluster) -> Vec<(u8, FeatureBatch)> {
    let alone = |position: &usize| features.geometry(*position).kind() == GeometryKind::Point;
    let mut knots = Knots::new(cluster.aggregates.len());
    for position in (0..features.len()).filter(alone) {
        let lonlat = features.geometry(position).lonlat()[0];
        if lonlat[1].abs() > urbis_model::mercator::MAX_MERCATOR_LAT_DEG {
            continue;
        }
        let values = cluster.aggregates.iter().map(|aggregate| match features.columns()[aggregate.column].value(position) {
            Value::Int(number) => Some(number as f64),
            Value::Float(number) => Some(number),
            _ => None,
        });
        knots.push(features.ids()[position], position as u32, world_from_lonlat(lonlat), values);
    }
    let mut levels = Vec::new();
    for zoom in (definition.min_zoom..cluster.below_zoom.min(definition.max_zoom)).rev() {
        let world_per_px = UNITS_PER_PIXEL as f64 * 2f64.powi(WORLD_ZOOM as i32 - i32::from(zoom));
        let how: Vec<How> = cluster.aggregates.iter().map(|aggregate| aggregate.how).collect();
        knots = knots.gathered(cluster.radius_px * world_per_px, &how);
        levels.push((zoom, batch(features, definition, cluster, zoom, &knots)));
    }
    levels
}

/// Large clusters first.
pub(crate) fn order(batch: &FeatureBatch) -> Order {
    Order::Column { column: batch.schema().position(POINT_COUNT), ascending: false }
}

fn batch(features: &FeatureBatch, definition: &LayerDefinition, cluster: &Cluster, zoom: u8, knots: &Knots) -> FeatureBatch {
    let mut computed = vec![Field { name: POINT_COUNT.to_owned(), column_type: ColumnType::Int }];
    computed.extend(cluster.aggregates.iter().map(|aggregate| Field {
        name: aggregate.name.clone(),
        column_type: if aggregate.how == How::Mean { ColumnType::Float } else { aggregate.column_type },
    }));
    let computed_count = computed.len();
    let (schema, columns) = schema_at(definition, features, zoom, computed);
    let mut batch = FeatureBatch::new(schema);
    let mut row: Vec<Value<'_>> = Vec::new();
    let mut rows: Vec<(u32, Option<&Knot>)> = knots.iter().map(|knot| (knot.lowest_position, Some(knot))).collect();
    let others = (0..features.len()).filter(|position| features.geometry(*position).kind() != GeometryKind::Point);
    rows.extend(others.map(|position| (position as u32, None)));
    rows.sort_unstable_by_key(|(position, _)| features.ids()[*position as usize]);
    for (position, knot) in rows {
        let position = position as usize;
        row.clear();
        let pushed = match knot.filter(|knot| knot.count > 1) {
            None => {
                row.extend(columns.iter().map(|column| features.columns()[*column].value(position)));
                row.resize(columns.len() + computed_count, Value::Null);
                batch.push(features.ids()[position], |writer| writer.copy(features.geometry(position)), &row)
            }
            Some(knot) => {
                row.resize(columns.len(), Value::Null);
                row.push(Value::Int(i64::from(knot.count)));
                row.extend(cluster.aggregates.iter().zip(knots.numbers(knot)).map(|(aggregate, number)| match number {
                    None => Value::Null,
                    Some(number) if aggregate.how != How::Mean && aggregate.column_type == ColumnType::Int => {
                        Value::Int(number as i64)
                    }
                    Some(number) => Value::Float(number),
                }));
                let [x, y] = knot.place().map(|part| f64::from(part) / 4_294_967_296.0);
                let write = |writer: &mut urbis_model::geometry::GeometryWriter<'_>| {
                    writer.kind(GeometryKind::Point);
                    writer.part();
                    writer.ring();
                    writer.vertex(lonlat_from_mercator(MercatorUnit { x, y }));
                };
                batch.push(knot.lowest_id, write, &row)
            }
        };
        // Names, types and places are checked before, and sums past the greatest float are null.
        debug_assert!(pushed.is_ok(), "{pushed:?}");
    }
    batch
}

#[cfg(test)]
mod tests;
