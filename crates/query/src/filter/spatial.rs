//! S_ functions of the feature's geometry and a literal one.

use super::{FilterError, syntax::Syntax};
use crate::{Shape, relation::Relation};
use urbis_model::Bbox;

pub(super) fn relation(name: &str) -> Option<Relation> {
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
pub(super) fn relation_to_shape(name: &str, relation: Relation, args: &[Syntax]) -> Result<(Relation, Shape), FilterError> {
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
