//! Lines and points cut by areas.
//!
//! A side of a line is broken where sides of the area meet it. Whether a break is there is decided by exact turns; between two
//! breaks the side is wholly inside or wholly outside, so the middle tells, except along an edge of the area, which is known
//! from the turns and counts as inside.

use super::{UncutReason, cut::Failure};
use crate::{
    QueryError, Shape,
    buffer::MAX_CROSSINGS,
    cancel::Pace,
    relation::{PreparedShape, Side, segments, segments_meet, turn},
};
use std::ops::ControlFlow;
use urbis_model::{GeometryKind, GeometryRef, geometry::GeometryError};

type Segment = [[f64; 2]; 2];

/// A run of a side, as two shares of its length.
type Run = [f64; 2];

/// The most runs of one shape, 16 bytes each: 64 MB. A shape of more sides may have one a side.
const MAX_RUNS: usize = 1 << 22;

/// A line or points, and what of them lies in the areas that were added. A point is a side of no length.
pub(super) struct Covered<'a> {
    geometry: GeometryRef<'a>,
    /// Of each side of the shape, in order.
    inside: Vec<Vec<Run>>,
    /// How many they may be, and are.
    most: usize,
    runs: usize,
}

/// A part of a line or of points.
pub(super) enum Part {
    Nothing,
    All,
    Some(Shape),
}

impl<'a> Covered<'a> {
    pub(super) fn new(geometry: GeometryRef<'a>) -> Self {
        let most = geometry.lonlat().len().max(MAX_RUNS);
        Self { geometry, inside: segments(geometry).map(|_| Vec::new()).collect(), most, runs: 0 }
    }

    /// Adds what lies in an area, edges included. O(n log m) for n vertices and m of the area, and O(m) for each crossing at
    /// worst.
    ///
    /// # Errors
    /// [`UncutReason::Tangled`] where they cross more than [`MAX_CROSSINGS`] times or too many runs come out, and
    /// [`QueryError::Cancelled`].
    pub(super) fn add(&mut self, area: &PreparedShape, pace: &mut Pace<'_>) -> Result<(), Failure> {
        let mut crossings = 0;
        for (side, inside) in segments(self.geometry).zip(&mut self.inside) {
            let breaks = breaks(side, area, pace)?;
            // Both ends of a side are breaks that no edge made.
            crossings += breaks.at.len() - 2;
            let runs = runs_inside(side, area, &breaks, pace)?;
            self.runs += runs.len();
            if crossings > MAX_CROSSINGS || self.runs > self.most {
                return Err(UncutReason::Tangled.into());
            }
            inside.extend(runs);
        }
        Ok(())
    }

    /// What lies in any of the areas, or with `outside` what lies in none.
    pub(super) fn part(self, outside: bool) -> Result<Part, GeometryError> {
        let runs = self.inside.into_iter().map(|inside| {
            let joined = joined(inside);
            if outside { beside(&joined) } else { joined }
        });
        if self.geometry.kind().dimension() == 0 { points(self.geometry, runs) } else { lines(self.geometry, runs) }
    }
}

fn points(geometry: GeometryRef<'_>, runs: impl Iterator<Item = Vec<Run>>) -> Result<Part, GeometryError> {
    let kept: Vec<[f64; 2]> =
        geometry.lonlat().iter().zip(runs).filter(|(_, runs)| !runs.is_empty()).map(|(point, _)| *point).collect();
    if kept.is_empty() || kept.len() == geometry.lonlat().len() {
        return Ok(if kept.is_empty() { Part::Nothing } else { Part::All });
    }
    let shape = Shape::from_writer(|writer| {
        writer.kind(if kept.len() == 1 { GeometryKind::Point } else { GeometryKind::MultiPoint });
        for point in &kept {
            writer.part();
            writer.ring();
            writer.vertex(*point);
        }
    });
    shape.map(Part::Some)
}

fn lines(geometry: GeometryRef<'_>, mut runs: impl Iterator<Item = Vec<Run>>) -> Result<Part, GeometryError> {
    let mut pieces: Vec<Vec<[f64; 2]>> = Vec::new();
    let mut is_whole = true;
    for line in geometry.parts().flat_map(|part| part.rings()) {
        // Whether the last piece ends where the next side begins.
        let mut goes_on = false;
        for (pair, runs) in line.lonlat().windows(2).zip(&mut runs) {
            let side = [pair[0], pair[1]];
            is_whole &= runs == [[0.0, 1.0]];
            goes_on &= runs.first().is_some_and(|run| run[0] == 0.0);
            for [from, to] in &runs {
                match pieces.last_mut() {
                    Some(piece) if goes_on => piece.push(at(side, *to)),
                    _ => pieces.push(vec![at(side, *from), at(side, *to)]),
                }
                goes_on = *to == 1.0;
            }
        }
    }
    pieces.retain(|piece| piece.iter().any(|vertex| *vertex != piece[0]));
    if pieces.is_empty() || is_whole {
        return Ok(if pieces.is_empty() { Part::Nothing } else { Part::All });
    }
    let shape = Shape::from_writer(|writer| {
        writer.kind(if pieces.len() == 1 { GeometryKind::LineString } else { GeometryKind::MultiLineString });
        for piece in &pieces {
            writer.part();
            writer.ring();
            piece.iter().for_each(|vertex| writer.vertex(*vertex));
        }
    });
    shape.map(Part::Some)
}

/// Runs that meet as one; ascending, apart.
fn joined(mut runs: Vec<Run>) -> Vec<Run> {
    runs.sort_unstable_by(|one, other| one[0].total_cmp(&other[0]));
    let mut joined: Vec<Run> = Vec::with_capacity(runs.len());
    for run in runs {
        match joined.last_mut() {
            Some(last) if run[0] <= last[1] => last[1] = last[1].max(run[1]),
            _ => joined.push(run),
        }
    }
    joined
}

/// The runs between those given.
fn beside(joined: &[Run]) -> Vec<Run> {
    let starts = std::iter::once(0.0).chain(joined.iter().map(|run| run[1]));
    let ends = joined.iter().map(|run| run[0]).chain([1.0]);
    starts.zip(ends).map(|(start, end)| [start, end]).filter(|run| run[0] < run[1]).collect()
}

/// Where edges of an area break a side.
struct Breaks {
    /// Shares of its length, ascending, both ends among them.
    at: Vec<f64>,
    /// Runs of it that lie along an edge.
    along_edges: Vec<Run>,
}

fn breaks(side: Segment, area: &PreparedShape, pace: &mut Pace<'_>) -> Result<Breaks, QueryError> {
    let (mut breaks, mut along_edges) = (vec![0.0, 1.0], Vec::<Run>::new());
    if side[0] == side[1] {
        return Ok(Breaks { at: breaks, along_edges });
    }
    let _ = area.each_side_near(side, pace, &mut |edge| {
        match [turn(side, edge[0]), turn(side, edge[1])] {
            [0, 0] => {
                let [from, to] = edge.map(|end| share_of(side, end));
                let run = [from.min(to).max(0.0), from.max(to).min(1.0)];
                if run[0] < run[1] {
                    along_edges.push(run);
                    breaks.extend(run);
                }
            }
            _ if !segments_meet(side, edge) => {}
            [0, _] => breaks.push(share_of(side, edge[0]).clamp(0.0, 1.0)),
            [_, 0] => breaks.push(share_of(side, edge[1]).clamp(0.0, 1.0)),
            _ => breaks.push(crossing(side, edge)),
        }
        ControlFlow::<()>::Continue(())
    })?;
    breaks.sort_unstable_by(f64::total_cmp);
    breaks.dedup();
    Ok(Breaks { at: breaks, along_edges })
}

fn runs_inside(
    side: Segment,
    area: &PreparedShape,
    Breaks { at: breaks, along_edges }: &Breaks,
    pace: &mut Pace<'_>,
) -> Result<Vec<Run>, QueryError> {
    // A ray through the area may meet the boxes of all its sides.
    let steps = 16 + along_edges.len() + area.sides().0.len() / 16;
    let mut runs = Vec::new();
    for run in breaks.windows(2).map(|pair| [pair[0], pair[1]]) {
        pace.steps(steps)?;
        let middle = (run[0] + run[1]) / 2.0;
        let is_along = along_edges.iter().any(|edge| edge[0] <= middle && middle <= edge[1]);
        if is_along || area.side_of(at(side, middle)) != Side::Outside {
            runs.push(run);
        }
    }
    Ok(runs)
}

/// How far along a side a point on its line lies, as a share of its length.
fn share_of([a, b]: Segment, point: [f64; 2]) -> f64 {
    let run = [b[0] - a[0], b[1] - a[1]];
    if point == a {
        0.0
    } else if point == b {
        1.0
    } else if run[0].abs() >= run[1].abs() {
        (point[0] - a[0]) / run[0]
    } else {
        (point[1] - a[1]) / run[1]
    }
}

/// How far along a side another one crosses it. An end on the other is exactly that end.
fn crossing([a, b]: Segment, edge: Segment) -> f64 {
    if turn(edge, a) == 0 {
        return 0.0;
    }
    if turn(edge, b) == 0 {
        return 1.0;
    }
    let away = |point: [f64; 2]| {
        (edge[1][0] - edge[0][0]) * (point[1] - edge[0][1]) - (edge[1][1] - edge[0][1]) * (point[0] - edge[0][0])
    };
    let (from, to) = (away(a), away(b));
    if from == to { 0.5 } else { (from / (from - to)).clamp(0.0, 1.0) }
}

fn at([a, b]: Segment, share: f64) -> [f64; 2] {
    match share {
        0.0 => a,
        1.0 => b,
        // Rounding must not lead past an end, which may lie at the edge of the map.
        _ => [0, 1].map(|axis: usize| {
            let (least, greatest) = (a[axis].min(b[axis]), a[axis].max(b[axis]));
            (a[axis] + share * (b[axis] - a[axis])).clamp(least, greatest)
        }),
    }
}
