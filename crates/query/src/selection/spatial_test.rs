//! The exact test of one place, for many features.

use crate::{
    Spatial, measure,
    relation::{PreparedShape, Relation, RelationTest, meets_box},
};
use urbis_model::{Bounds, GeometryRef};

/// A place made ready; shared by all threads.
pub(super) enum PreparedSpatial {
    Everywhere,
    Boxes(Vec<Bounds>),
    Related(Relation, PreparedShape),
    Near(measure::Origin, f64),
    WithinDistance(PreparedShape, f64),
}

impl PreparedSpatial {
    pub(super) fn new(spatial: Option<&Spatial>) -> Self {
        match spatial {
            Some(Spatial::Bbox(bbox)) => Self::Boxes(bbox.planar_parts().collect()),
            Some(Spatial::Intersects(shape)) => Self::Related(Relation::Intersects, PreparedShape::new(shape.clone())),
            Some(Spatial::Within(shape)) => Self::Related(Relation::Within, PreparedShape::new(shape.clone())),
            Some(Spatial::Near { position, radius_m }) => Self::Near(measure::Origin::new(*position), *radius_m),
            Some(Spatial::WithinDistance { shape, distance_m }) => {
                Self::WithinDistance(PreparedShape::new(shape.clone()), *distance_m)
            }
            Some(Spatial::Nearest { .. }) | None => Self::Everywhere,
        }
    }

    /// The test for one thread.
    pub(super) fn test(&self) -> SpatialTest<'_> {
        match self {
            Self::Related(relation, shape) => SpatialTest::Related(Box::new(RelationTest::new(*relation, shape))),
            other => SpatialTest::Plain(other),
        }
    }
}

pub(super) enum SpatialTest<'a> {
    Plain(&'a PreparedSpatial),
    Related(Box<RelationTest<'a>>),
}

impl SpatialTest<'_> {
    pub(super) fn holds(&self, feature: GeometryRef<'_>) -> bool {
        match self {
            Self::Related(test) => test.holds(feature),
            Self::Plain(PreparedSpatial::Boxes(boxes)) => boxes.iter().any(|bounds| meets_box(feature, bounds)),
            Self::Plain(PreparedSpatial::Near(origin, radius_m)) => origin.is_within(feature, *radius_m),
            Self::Plain(PreparedSpatial::WithinDistance(shape, distance_m)) => {
                measure::is_within_distance(shape, feature, *distance_m)
            }
            Self::Plain(PreparedSpatial::Everywhere | PreparedSpatial::Related(..)) => true,
        }
    }
}
