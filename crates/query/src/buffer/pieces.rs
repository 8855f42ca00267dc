//! A large shape in the plane, buffered in pieces of known cost.
//!
//! A buffer is a Minkowski sum, which distributes over unions: that of a line is the union of those of its runs of sides,
//! that of an area the union of the area and of its edges' buffer. Runs that lie beside each other are united first, so
//! operands stay small until the last few unions. Before each one its crossings are counted, which can be interrupted;
//! the union itself can't.

use super::{BufferError, MAX_CORNERS, MAX_CROSSINGS};
use crate::{Cancel, cancel::Pace, relation::segments_meet};
use geo::{
    BooleanOps, Buffer, CoordsIter, Geometry, LineString, LinesIter, MultiLineString, MultiPoint, MultiPolygon, Polygon,
    algorithm::buffer::BufferStyle,
};
use urbis_index::PackedRtree;
use urbis_model::Bounds;

/// Sides of one piece, and vertices up to which a shape is one: its crossings are too few to matter.
const PIECE: usize = 256;

pub(super) fn buffer(flat: &Geometry, style: BufferStyle<f64>, cancel: &Cancel) -> Result<MultiPolygon, BufferError> {
    give_up(cancel)?;
    if flat.coords_count() <= PIECE {
        return Ok(flat.buffer_with_style(style));
    }
    let mut pieces = Vec::new();
    let mut add = |piece: &dyn Fn(BufferStyle<f64>) -> MultiPolygon| -> Result<(), BufferError> {
        give_up(cancel)?;
        pieces.push(piece(style.clone()));
        Ok(())
    };
    match flat {
        Geometry::MultiPoint(points) => {
            for some in points.0.chunks(PIECE) {
                add(&|style| MultiPoint::new(some.to_vec()).buffer_with_style(style))?;
            }
        }
        other => {
            for line in &edges(other).0 {
                // Runs share their end vertex.
                for start in (0..line.0.len().max(2) - 1).step_by(PIECE) {
                    let run = &line.0[start..line.0.len().min(start + PIECE + 1)];
                    add(&|style| LineString::new(run.to_vec()).buffer_with_style(style))?;
                }
            }
        }
    }
    let inside: &[Polygon] = match flat {
        Geometry::Polygon(polygon) => std::slice::from_ref(polygon),
        Geometry::MultiPolygon(polygons) => &polygons.0,
        _ => &[],
    };
    for polygon in inside {
        // The overlay makes what a self-crossing edge encloses valid, by the even-odd rule.
        let sides: Vec<[[f64; 2]; 2]> = sides(polygon).collect();
        check_crossings(&sides, &sides, cancel)?;
        pieces.push(polygon.union(&MultiPolygon::new(Vec::new())));
    }
    while pieces.len() > 1 {
        let mut united = Vec::with_capacity(pieces.len().div_ceil(2));
        let mut left = pieces.into_iter();
        while let Some(one) = left.next() {
            united.push(match left.next() {
                Some(other) => unite(&one, &other, cancel)?,
                None => one,
            });
        }
        pieces = united;
    }
    Ok(pieces.pop().unwrap_or_else(|| MultiPolygon::new(Vec::new())))
}

/// Lines, or the edges of areas.
fn edges(flat: &Geometry) -> MultiLineString {
    let rings = |polygon: &Polygon| {
        std::iter::once(polygon.exterior().clone()).chain(polygon.interiors().iter().cloned()).collect::<Vec<_>>()
    };
    MultiLineString::new(match flat {
        Geometry::LineString(line) => vec![line.clone()],
        Geometry::MultiLineString(lines) => lines.0.clone(),
        Geometry::Polygon(polygon) => rings(polygon),
        Geometry::MultiPolygon(polygons) => polygons.iter().flat_map(rings).collect(),
        _ => Vec::new(),
    })
}

fn unite(one: &MultiPolygon, other: &MultiPolygon, cancel: &Cancel) -> Result<MultiPolygon, BufferError> {
    check_overlay(one, other, cancel)?;
    Ok(one.union(other))
}

/// Refuses two areas whose overlay would take more than a second or so, in which it can't be interrupted.
pub(crate) fn check_overlay(one: &MultiPolygon, other: &MultiPolygon, cancel: &Cancel) -> Result<(), BufferError> {
    if one.coords_count() + other.coords_count() > MAX_CORNERS {
        return Err(BufferError::Tangled);
    }
    let sides_of = |area: &MultiPolygon| area.iter().flat_map(sides).collect::<Vec<_>>();
    check_crossings(&sides_of(one), &sides_of(other), cancel)
}

fn sides(polygon: &Polygon) -> impl Iterator<Item = [[f64; 2]; 2]> + '_ {
    polygon.lines_iter().map(|side| [[side.start.x, side.start.y], [side.end.x, side.end.y]])
}

/// Refuses two sets of sides that meet too often.
fn check_crossings(ones: &[[[f64; 2]; 2]], others: &[[[f64; 2]; 2]], cancel: &Cancel) -> Result<(), BufferError> {
    give_up(cancel)?;
    let boxes: Vec<Bounds> = others.iter().map(|side| Bounds::of(side)).collect();
    let tree = PackedRtree::build(&boxes);
    let mut pace = cancel.pace();
    let mut crossings = 0;
    for one in ones {
        let bounds = Bounds::of(one);
        let mut outcome = step(&mut pace, 16);
        let _ = tree.visit(|node| node.intersects(&bounds), &mut |other| {
            let other = others[other as usize];
            // Sides of one corner do not cross, however many there are.
            let is_corner = one.iter().any(|end| other.contains(end));
            crossings += usize::from(!is_corner && segments_meet(*one, other));
            outcome = if crossings > MAX_CROSSINGS { Err(BufferError::Tangled) } else { step(&mut pace, 1) };
            if outcome.is_err() { std::ops::ControlFlow::Break(()) } else { std::ops::ControlFlow::Continue(()) }
        });
        outcome?;
    }
    Ok(())
}

fn step(pace: &mut Pace<'_>, steps: usize) -> Result<(), BufferError> {
    pace.steps(steps).map_err(|_| BufferError::Cancelled)
}

fn give_up(cancel: &Cancel) -> Result<(), BufferError> {
    cancel.check().map_err(|_| BufferError::Cancelled)
}
