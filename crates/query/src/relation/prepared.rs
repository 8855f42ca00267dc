//! A shape made ready to be compared with many.

use super::{
    Side,
    segment::{Segment, bounds_of, segment_meets_box, segments, segments_meet},
    side::side_of_part,
    side_of,
};
use crate::{Cancel, QueryError, Shape, cancel::Pace};
use std::ops::ControlFlow;
use urbis_index::{Grade, PackedRtree};
use urbis_model::{Bounds, GeometryRef};

/// From how many sides on a part is asked through the tree; below, a scan is faster.
const SCANNED_SIDES: usize = 48;

/// A shape with a tree over its sides.
#[derive(Clone, Debug)]
pub(crate) struct PreparedShape {
    shape: Shape,
    bounds: Bounds,
    sides: Vec<Segment>,
    tree: PackedRtree,
    parts: Vec<PreparedPart>,
}

#[derive(Clone, Debug)]
struct PreparedPart {
    bounds: Bounds,
    /// Its sides in `sides`.
    sides: std::ops::Range<u32>,
}

impl PreparedShape {
    pub(crate) fn new(shape: Shape) -> Self {
        let geometry = shape.geometry();
        let sides: Vec<Segment> = segments(geometry).collect();
        let boxes: Vec<Bounds> = sides.iter().map(|side| bounds_of(*side)).collect();
        let mut start = 0;
        let parts = geometry
            .parts()
            .map(|part| {
                let mut bounds = Bounds::EMPTY;
                let mut end = start;
                for ring in part.rings() {
                    bounds.merge(&Bounds::of(ring.lonlat()));
                    end += (ring.lonlat().len().max(2) - 1) as u32;
                }
                PreparedPart { bounds, sides: std::mem::replace(&mut start, end)..end }
            })
            .collect();
        Self { bounds: geometry.bounds(), tree: PackedRtree::build(&boxes), sides, parts, shape: shape.clone() }
    }

    pub(crate) fn geometry(&self) -> GeometryRef<'_> {
        self.shape.geometry()
    }

    pub(crate) fn bounds(&self) -> &Bounds {
        &self.bounds
    }

    /// The sides, and a tree over their boxes.
    pub(crate) fn sides(&self) -> (&[Segment], &PackedRtree) {
        (&self.sides, &self.tree)
    }

    pub(crate) fn is_area(&self) -> bool {
        self.geometry().kind().dimension() == 2
    }

    /// Whether any side meets a box, edges included. Exact.
    pub(crate) fn has_side_near(&self, bounds: &Bounds) -> bool {
        self.tree
            .visit(|one| one.intersects(bounds), &mut |side| {
                if segment_meets_box(self.sides[side as usize], bounds) {
                    ControlFlow::Break(())
                } else {
                    ControlFlow::Continue(())
                }
            })
            .is_break()
    }

    /// How a box lies to this shape: inside when every point of it is strictly inside an area, outside when none meets
    /// the shape. Exact.
    pub(crate) fn grade(&self, bounds: &Bounds) -> Grade {
        if !bounds.intersects(&self.bounds) {
            Grade::Outside
        } else if self.has_side_near(bounds) {
            Grade::Partly
        } else if self.is_area() && self.side_of(bounds.min) == Side::Inside {
            // No side meets the box, so all of it lies where its corner does.
            Grade::Inside
        } else {
            Grade::Outside
        }
    }

    /// Where a point lies to this area. Exact; logarithmic in large parts.
    pub(crate) fn side_of(&self, point: [f64; 2]) -> Side {
        if !self.bounds.contains(point) {
            return Side::Outside;
        }
        let mut found = Side::Outside;
        for (prepared, part) in self.parts.iter().zip(self.geometry().parts()) {
            if !prepared.bounds.contains(point) {
                continue;
            }
            let side = if prepared.sides.len() <= SCANNED_SIDES {
                side_of_part(part, point)
            } else {
                self.side_of_large(prepared, point)
            };
            match side {
                Side::Inside => return Side::Inside,
                Side::Edge => found = Side::Edge,
                Side::Outside => {}
            }
        }
        found
    }

    /// The same count of crossings as a scan makes, over the sides that the eastward ray meets. Holes lie inside
    /// their exterior, so counting all rings of a part together is the same.
    fn side_of_large(&self, part: &PreparedPart, point: [f64; 2]) -> Side {
        let ray = Bounds { min: point, max: [part.bounds.max[0], point[1]] };
        let mut odd = false;
        let on_edge = self.tree.visit(|one| one.intersects(&ray), &mut |side| {
            if !part.sides.contains(&side) {
                return ControlFlow::Continue(());
            }
            let [a, b] = self.sides[side as usize];
            if segments_meet([a, b], [point, point]) {
                return ControlFlow::Break(());
            }
            if (a[1] <= point[1]) != (b[1] <= point[1]) {
                odd ^= (super::segment::turn([a, b], point) > 0) == (b[1] > a[1]);
            }
            ControlFlow::Continue(())
        });
        match (on_edge.is_break(), odd) {
            (true, _) => Side::Edge,
            (false, true) => Side::Inside,
            (false, false) => Side::Outside,
        }
    }

    /// Whether a point lies on this shape: in an area or on its edge, on a line, at a point. Exact.
    pub(crate) fn holds(&self, point: [f64; 2]) -> bool {
        if self.is_area() { self.side_of(point) != Side::Outside } else { self.has_side_near(&Bounds { min: point, max: point }) }
    }

    /// Whether a geometry shares a point with this shape. Exact.
    pub(crate) fn intersects(&self, other: GeometryRef<'_>) -> bool {
        self.meets(other, &mut Cancel::default().pace()).expect("nobody gives up a question without a deadline and a flag")
    }

    /// As [`PreparedShape::intersects`], looking whether to give up: sides whose boxes overlap may be as many as the product of
    /// both shapes' sides.
    ///
    /// # Errors
    /// [`QueryError::Cancelled`].
    pub(crate) fn meets(&self, other: GeometryRef<'_>, pace: &mut Pace<'_>) -> Result<bool, QueryError> {
        let own_bounds = other.bounds();
        if !own_bounds.intersects(&self.bounds) {
            return Ok(false);
        }
        if self.has_side_near(&own_bounds) {
            for segment in segments(other) {
                let met = self.each_side_near(segment, pace, &mut |side| {
                    if segments_meet(side, segment) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
                })?;
                if met.is_break() {
                    return Ok(true);
                }
            }
        }
        // No sides meet: each part of one lies wholly inside the other or wholly outside.
        let first_vertices = |geometry: GeometryRef<'_>| {
            let firsts: Vec<[f64; 2]> =
                geometry.parts().filter_map(|part| part.rings().next()).map(|ring| ring.lonlat()[0]).collect();
            firsts
        };
        if self.is_area() {
            for vertex in first_vertices(other) {
                pace.steps(16 + self.parts.len())?;
                if self.side_of(vertex) != Side::Outside {
                    return Ok(true);
                }
            }
        }
        if other.kind().dimension() == 2 {
            for vertex in first_vertices(self.geometry()).into_iter().filter(|vertex| own_bounds.contains(*vertex)) {
                pace.steps(other.lonlat().len())?;
                if side_of(other, vertex) != Side::Outside {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    /// Gives each side whose box meets that of a segment, until `on` breaks.
    ///
    /// # Errors
    /// [`QueryError::Cancelled`].
    pub(crate) fn each_side_near<B>(
        &self,
        segment: Segment,
        pace: &mut Pace<'_>,
        on: &mut impl FnMut(Segment) -> ControlFlow<B>,
    ) -> Result<ControlFlow<B>, QueryError> {
        pace.steps(16)?;
        let near = bounds_of(segment);
        let ended = self.tree.visit(|one| one.intersects(&near), &mut |side| {
            if let Err(given_up) = pace.steps(1) {
                return ControlFlow::Break(Err(given_up));
            }
            on(self.sides[side as usize]).map_break(Ok)
        });
        match ended {
            ControlFlow::Continue(()) => Ok(ControlFlow::Continue(())),
            ControlFlow::Break(outcome) => outcome.map(ControlFlow::Break),
        }
    }
}
