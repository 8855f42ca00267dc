//! How two shapes lie to each other, in the plane of longitude and latitude, exactly: orientation is decided with
//! adaptive precision (Shewchuk 1997), so a point on an edge is on it and a touch is a touch.

mod prepared;
mod segment;
mod shapes;
mod side;
mod topology;
mod within;

pub(crate) use prepared::PreparedShape;
pub(crate) use segment::{meets_box, segments, segments_meet, turn};
pub(crate) use shapes::PreparedShapes;
pub(crate) use side::{Side, side_of};
pub(crate) use topology::{Relation, RelationTest, geo_from};

#[cfg(test)]
mod tests;
