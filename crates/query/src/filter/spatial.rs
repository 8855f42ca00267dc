//! S_ functions of the feature's geometry and a literal one.

use super::{FilterError, syntax::Syntax};
use crate::{
    Shape,
    measure::{is_within_distance, reach},
    relation::{PreparedShape, Relation, RelationTest},
};
use urbis_model::{Bbox, Bounds, GeometryRef};

/// The name of the distance function, an extension: CQL2 (OGC 21-065r2) has none. PostGIS and ECQL have `ST_DWithin` and
/// `DWITHIN` of the same arguments.
const WITHIN_DISTANCE: &str = "s_dwithin";

/// What an S_ function asks of a feature, its literal shape made ready.
#[derive(Debug)]
pub(super) enum Place {
    Related(Relation, PreparedShape),
    /// At most so many metres away on the ellipsoid.
    WithinDistance(PreparedShape, f64),
}

impl Place {
    /// Of a function by its name in lower case; none where it is no S_ function.
    pub(super) fn of(name: &str, args: &[Syntax]) -> Result<Option<Self>, FilterError> {
        if name == WITHIN_DISTANCE {
            return within_distance(name, args).map(Some);
        }
        let Some(relation) = relation(name) else { return Ok(None) };
        let (relation, shape) = relation_to_shape(name, relation, args)?;
        Ok(Some(Self::Related(relation, PreparedShape::new(shape))))
    }

    /// A box that every feature of which it holds meets, where there is one.
    pub(super) fn bounds(&self) -> Option<Bounds> {
        match self {
            Self::Related(Relation::Disjoint, _) => None,
            Self::Related(_, shape) => Some(*shape.bounds()),
            Self::WithinDistance(shape, distance_m) => {
                let [west, south, east, north] = reach(shape.bounds(), *distance_m).to_degrees();
                // A box that runs over the antimeridian or ends at it is no planar one: then only latitudes are bounded.
                let is_planar = west > -180.0 && east < 180.0 && west <= east;
                let (west, east) = if is_planar { (west, east) } else { (-180.0, 180.0) };
                Some(Bounds { min: [west, south], max: [east, north] })
            }
        }
    }

    /// The test for one thread.
    pub(super) fn test(&self) -> PlaceTest<'_> {
        match self {
            Self::Related(relation, shape) => PlaceTest::Related(Box::new(RelationTest::new(*relation, shape))),
            Self::WithinDistance(shape, distance_m) => PlaceTest::WithinDistance(shape, *distance_m),
        }
    }
}

/// See [`Place::test`].
pub(super) enum PlaceTest<'a> {
    Related(Box<RelationTest<'a>>),
    WithinDistance(&'a PreparedShape, f64),
}

impl PlaceTest<'_> {
    pub(super) fn holds(&self, feature: GeometryRef<'_>) -> bool {
        match self {
            Self::Related(test) => test.holds(feature),
            Self::WithinDistance(shape, distance_m) => is_within_distance(shape, feature, *distance_m),
        }
    }
}

fn relation(name: &str) -> Option<Relation> {
    Some(match name {
        "s_intersects" => Relation::Intersects,
        "s_disjoint" => Relation::Disjoint,
        "s_within" => Relation::Within,
        "s_contains" => Relation::Contains,
        "s_equals" => Relation::Equals,
        "s_touches" => Relation::Touches,
        "s_crosses" => Relation::Crosses,
        "s_overlaps" => Relation::Overlaps,
        _ => return None,
    })
}

/// The names that the feature's own geometry goes by.
pub(super) fn is_geometry(syntax: &Syntax) -> bool {
    matches!(syntax, Syntax::Property(name) if name == "geometry" || name == "geom")
}

/// The relation as one of the feature to the shape, whichever stands first.
fn relation_to_shape(name: &str, relation: Relation, args: &[Syntax]) -> Result<(Relation, Shape), FilterError> {
    let needs = |found: String| FilterError::Operand {
        operator: name.to_uppercase(),
        expected: "the property geometry and a literal geometry or BBOX(west,south,east,north)",
        found,
    };
    match args {
        [feature, literal] if is_geometry(feature) => Ok((relation, shape_of(literal, needs)?)),
        [literal, feature] if is_geometry(feature) => Ok((relation.flipped(), shape_of(literal, needs)?)),
        _ => Err(needs(args.iter().map(Syntax::describe).collect::<Vec<_>>().join(" and "))),
    }
}

/// `S_DWITHIN(geometry, shape, metres)`, the first two in either order.
fn within_distance(name: &str, args: &[Syntax]) -> Result<Place, FilterError> {
    let needs = |found: String| FilterError::Operand {
        operator: name.to_uppercase(),
        expected: "the property geometry, a literal geometry or BBOX(west,south,east,north), and metres from 0 on",
        found,
    };
    let (literal, metres) = match args {
        [feature, literal, metres] if is_geometry(feature) => (literal, metres),
        [literal, feature, metres] if is_geometry(feature) => (literal, metres),
        _ => return Err(needs(args.iter().map(Syntax::describe).collect::<Vec<_>>().join(" and "))),
    };
    let distance_m = match metres {
        Syntax::Int(metres) => *metres as f64,
        Syntax::Float(metres) => *metres,
        other => return Err(needs(other.describe())),
    };
    if !(distance_m.is_finite() && distance_m >= 0.0) {
        return Err(needs(metres.describe()));
    }
    Ok(Place::WithinDistance(PreparedShape::new(shape_of(literal, needs)?), distance_m))
}

fn shape_of(literal: &Syntax, needs: impl Fn(String) -> FilterError) -> Result<Shape, FilterError> {
    match literal {
        Syntax::Geometry(shape) => Ok(shape.clone()),
        Syntax::Op(name, edges) if name == "bbox" => {
            let numbers: Option<Vec<f64>> = edges
                .iter()
                .map(|edge| match edge {
                    Syntax::Int(number) => Some(*number as f64),
                    Syntax::Float(number) => Some(*number),
                    _ => None,
                })
                .collect();
            let edges = match numbers.as_deref() {
                Some(&[west, south, east, north]) | Some(&[west, south, _, east, north, _]) => [west, south, east, north],
                _ => return Err(needs("a BBOX that has not 4 or 6 numbers".to_owned())),
            };
            let bbox =
                Bbox::from_degrees(edges[0], edges[1], edges[2], edges[3]).map_err(|refusal| needs(refusal.to_string()))?;
            Ok(Shape::from_bbox(bbox))
        }
        other => Err(needs(other.describe())),
    }
}
