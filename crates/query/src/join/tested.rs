//! Testing candidates: the larger shape of each is made ready, the smaller one compared with it.

use super::{JoinRelation, Pair};
use crate::{
    Cancel, QueryError,
    cancel::Pace,
    measure::least_distance_m,
    relation::{PreparedShape, PreparedShapes, Relation, RelationTest},
};
use rayon::prelude::*;
use std::sync::atomic::{AtomicUsize, Ordering};
use urbis_model::GeometryRef;

/// Candidates of one task.
const RUN: usize = 1024;

/// The pairs among candidates, in their order. `held` counts those of all blocks.
///
/// # Errors
/// [`QueryError::TooManyPairs`] beyond `most`, [`QueryError::Tangled`], [`QueryError::Cancelled`].
pub(super) fn pairs(
    shapes: &[PreparedShapes<'_>; 2],
    candidates: &[(u32, u32)],
    relation: JoinRelation,
    (held, most): (&AtomicUsize, usize),
    cancel: &Cancel,
) -> Result<Vec<Pair>, QueryError> {
    let of_run = |run: &[(u32, u32)]| {
        let pairs = of_run(shapes, run, relation, cancel)?;
        if held.fetch_add(pairs.len(), Ordering::Relaxed) + pairs.len() > most {
            return Err(QueryError::TooManyPairs { most });
        }
        Ok(pairs)
    };
    Ok(candidates.par_chunks(RUN).map(of_run).collect::<Result<Vec<_>, QueryError>>()?.concat())
}

/// A candidate by the shape that is made ready: 0 for the first layer's, 1 for the other's.
type Turned = (usize, u32, u32);

fn of_run(
    shapes: &[PreparedShapes<'_>; 2],
    run: &[(u32, u32)],
    relation: JoinRelation,
    cancel: &Cancel,
) -> Result<Vec<Pair>, QueryError> {
    cancel.check()?;
    let mut pace = cancel.pace();
    let [own, other] = shapes;
    // Of small shapes it does not matter which, and the first has its candidates one after the other.
    let is_other_ready = |position: u32, near: u32| {
        relation == JoinRelation::Within || (other.is_large(near) && other.vertices(near) > own.vertices(position))
    };
    let turned = |(position, near): &(u32, u32)| {
        if is_other_ready(*position, *near) { (1, *near, *position) } else { (0, *position, *near) }
    };
    let mut run: Vec<Turned> = run.iter().map(turned).collect();
    run.sort_unstable();
    let mut pairs = Vec::new();
    for group in run.chunk_by(|one, next| (one.0, one.1) == (next.0, next.1)) {
        let (side, ready, _) = group[0];
        shapes[side].with(ready, |shape| {
            let test = Test::new(shape, relation);
            for (_, _, tested) in group {
                let geometry = shapes[1 - side].geometry(*tested);
                pace.steps(16 + geometry.lonlat().len())?;
                let (position, near) = if side == 0 { (ready, *tested) } else { (*tested, ready) };
                match test.outcome(geometry, &mut pace)? {
                    Outcome::Apart => {}
                    Outcome::Pair(distance_m) => pairs.push(Pair { position, other: near, distance_m }),
                    Outcome::Tangled => return Err(QueryError::Tangled { id: own.id(position), other: other.id(near) }),
                }
            }
            Ok::<_, QueryError>(())
        })?;
    }
    pairs.sort_unstable_by_key(|pair| (pair.position, pair.other));
    Ok(pairs)
}

enum Test<'a> {
    Meets(&'a PreparedShape),
    Within(Box<RelationTest<'a>>),
    Near(&'a PreparedShape, f64),
}

enum Outcome {
    Apart,
    /// With how far apart they are, metres, where that is asked for.
    Pair(Option<f64>),
    /// They cross too often to be told.
    Tangled,
}

impl<'a> Test<'a> {
    fn new(shape: &'a PreparedShape, relation: JoinRelation) -> Self {
        match relation {
            JoinRelation::WithinDistance { distance_m } => Self::Near(shape, distance_m),
            JoinRelation::Within => Self::Within(Box::new(RelationTest::new(Relation::Within, shape))),
            _ => Self::Meets(shape),
        }
    }

    fn outcome(&self, geometry: GeometryRef<'_>, pace: &mut Pace<'_>) -> Result<Outcome, QueryError> {
        let related = |holds: bool| if holds { Outcome::Pair(None) } else { Outcome::Apart };
        Ok(match self {
            Self::Meets(shape) => related(shape.meets(geometry, pace)?),
            Self::Within(test) => test.is_within(geometry, pace)?.map_or(Outcome::Tangled, related),
            Self::Near(shape, most_m) => {
                let away_m = least_distance_m(shape, geometry, *most_m, pace)?;
                away_m.map_or(Outcome::Apart, |away_m| Outcome::Pair(Some(away_m)))
            }
        })
    }
}
