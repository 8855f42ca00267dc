//! Areas made valid as OGC Simple Features have it (06-103r4 clause 6.1.11), since relations of others have no answer.
//!
//! 1. Sides that meet are looked for with a tree over them: O(n log n) where few boxes of sides overlap, and refused where
//!    too many do. Where none meet but neighbours at their corner, the rings' nesting says whether the area is valid.
//! 2. Any other area, one whose rings touch included, is laid over: each part by the even-odd rule, as GEOS and `ingest`
//!    repair a ring that crosses itself; then the union of the parts, so that parts side by side are one.
//! 3. The overlay rounds to a raster, so corners that were given are put back where they were, and so are the crossings of
//!    sides that run along a parallel and a meridian. Only other crossings, which nobody gave, stay rounded: to a 2^28th of
//!    the shape's extent. So do corners so close to other sides that these would cross.
//! 4. What came out is compared with what went in, at points; where it differs the shape is refused as too tangled.

use super::{Corners, Shape, ShapeError, probes};
use crate::relation::{geo_from, segments_meet, turn};
use geo::{BooleanOps, CoordsIter, MultiPolygon, unary_union};
use std::{
    collections::HashMap,
    ops::ControlFlow,
    panic::{AssertUnwindSafe, catch_unwind},
};
use urbis_index::PackedRtree;
use urbis_model::{Bounds, GeometryRef};

/// The most pairs of sides with overlapping boxes that are compared: a second or so of work.
const MAX_PAIRS: usize = 20_000_000;

/// The most pairs of sides of the overlay's answer that are compared, in some 50 ms.
const MAX_SETTLED_PAIRS: usize = 1_000_000;

/// The most crossings that the overlay is left to find, in some 50 ms and a few MB.
pub(crate) const MAX_CROSSINGS: usize = 10_000;

/// The most vertices of an area to repair.
pub(crate) const MAX_REPAIRED_VERTICES: usize = 500_000;

/// Refuses sides that may go round the globe either way.
pub(super) fn check_sides(shape: &Shape) -> Result<(), ShapeError> {
    for ring in shape.geometry().parts().flat_map(|part| part.rings()) {
        for side in ring.lonlat().windows(2) {
            let (from, to) = (side[0][0], side[1][0]);
            // From meridian 180 to itself round the globe is the edge of the whole map, and nothing else.
            if (from - to).abs() > 180.0 && (from - to).abs() < 360.0 {
                return Err(ShapeError::LongSide { from_deg: from, to_deg: to });
            }
        }
    }
    Ok(())
}

/// The same area, valid. Other shapes, and valid ones, as they are.
pub(super) fn made_valid(shape: Shape) -> Result<Shape, ShapeError> {
    if shape.geometry().kind().dimension() < 2 || Rings::of(shape.geometry()).are_valid()? {
        return Ok(shape);
    }
    let vertices = shape.geometry().lonlat().len();
    if vertices > MAX_REPAIRED_VERTICES {
        return Err(ShapeError::Tangled);
    }
    let corners = Corners::of(shape.geometry().lonlat().iter().copied());
    let whole = match geo_from(shape.geometry()) {
        geo::Geometry::Polygon(polygon) => MultiPolygon::new(vec![polygon]),
        geo::Geometry::MultiPolygon(polygons) => polygons,
        _ => return Ok(shape),
    };
    let nothing = MultiPolygon::new(Vec::new());
    // On some outlines that run over themselves the overlay panics.
    let overlay = AssertUnwindSafe(|| {
        let parts: Vec<MultiPolygon> = whole.iter().flat_map(|part| corners.settle([part.union(&nothing)])).collect();
        let [valid] = corners.settle([unary_union(&parts)]);
        valid
    });
    let valid = catch_unwind(overlay).map_err(|_| ShapeError::Tangled)?;
    if valid.coords_count() == 0 {
        return Err(ShapeError::NoArea);
    }
    if !probes::find_same(&whole, &valid) {
        return Err(ShapeError::Tangled);
    }
    Shape::of_polygons(&valid).map_err(ShapeError::Geometry)
}

/// One side of a ring; sides of no length are none.
struct Side {
    ends: [[f64; 2]; 2],
    ring: u32,
    /// The side after it in its ring.
    next: u32,
}

/// All rings of an area, by their sides.
struct Rings {
    sides: Vec<Side>,
    tree: PackedRtree,
    /// Of each ring: its part, whether it is a hole, and its first side.
    rings: Vec<(u32, bool, u32)>,
    /// Some ring has no area.
    degenerate: bool,
}

impl Rings {
    fn of(geometry: GeometryRef<'_>) -> Self {
        let (mut sides, mut rings, mut degenerate) = (Vec::new(), Vec::new(), false);
        for (part, rings_of_part) in geometry.parts().enumerate() {
            for (nth, ring) in rings_of_part.rings().enumerate() {
                let first = sides.len() as u32;
                let pairs = ring.lonlat().windows(2).filter(|pair| pair[0] != pair[1]);
                for pair in pairs {
                    let next = sides.len() as u32 + 1;
                    sides.push(Side { ends: [pair[0], pair[1]], ring: rings.len() as u32, next });
                }
                degenerate |= sides.len() < first as usize + 3;
                if let Some(last) = sides[first as usize..].last_mut() {
                    last.next = first;
                    rings.push((part as u32, nth > 0, first));
                }
            }
        }
        let boxes: Vec<Bounds> = sides.iter().map(|side| Bounds::of(&side.ends)).collect();
        Self { tree: PackedRtree::build(&boxes), sides, rings, degenerate }
    }

    /// Whether no two sides meet but at the corner of a ring, holes lie in their exteriors, and nothing lies in another.
    fn are_valid(&self) -> Result<bool, ShapeError> {
        // Looked for in any case: a shape too tangled to be repaired is not to reach the overlay.
        let meet = self.sides_meet()?;
        Ok(!meet && !self.degenerate && self.are_nested()?)
    }

    fn sides_meet(&self) -> Result<bool, ShapeError> {
        let (mut pairs, mut crossings, mut meet) = (0, 0, false);
        for (one, side) in (0..).zip(&self.sides) {
            let bounds = Bounds::of(&side.ends);
            let done = self.tree.visit(|node| node.intersects(&bounds), &mut |other| {
                if other <= one {
                    return ControlFlow::Continue(());
                }
                pairs += 1;
                let with = &self.sides[other as usize];
                let is_crossing = if side.next == other {
                    meet |= fold_back(side, with);
                    false
                } else if with.next == one {
                    meet |= fold_back(with, side);
                    false
                } else if segments_meet(side.ends, with.ends) {
                    meet = true;
                    // Sides of one corner do not cross, however many there are.
                    !side.ends.iter().any(|end| with.ends.contains(end))
                } else {
                    false
                };
                crossings += usize::from(is_crossing);
                if pairs > MAX_PAIRS || crossings > MAX_CROSSINGS { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            });
            if done.is_break() {
                return Err(ShapeError::Tangled);
            }
        }
        Ok(meet)
    }

    /// Whether rings whose sides do not meet lie in each other as they should: a hole in its own exterior and in no other
    /// hole of it, an exterior outside of all other parts, or in a hole of theirs.
    fn are_nested(&self) -> Result<bool, ShapeError> {
        if let [(_, false, _)] = self.rings[..] {
            return Ok(true);
        }
        let whole = self.sides.iter().fold(Bounds::EMPTY, |mut whole, side| {
            side.ends.iter().for_each(|end| whole.add(*end));
            whole
        });
        let mut steps = 0;
        let mut around: HashMap<u32, bool> = HashMap::new();
        let mut rings_of_part: HashMap<u32, u32> = HashMap::new();
        for (ring, (part, is_hole, first)) in (0..).zip(&self.rings) {
            // A ray runs east from the ring's first corner; an odd number of sides of a ring around it is passed.
            let [x, y] = self.sides[*first as usize].ends[0];
            let ray = Bounds { min: [x, y], max: [whole.max[0], y] };
            around.clear();
            let done = self.tree.visit(|node| node.intersects(&ray), &mut |side| {
                steps += 1;
                let side = &self.sides[side as usize];
                let [a, b] = side.ends;
                if side.ring != ring && (a[1] <= y) != (b[1] <= y) && (turn([a, b], [x, y]) > 0) == (b[1] > a[1]) {
                    *around.entry(side.ring).or_default() ^= true;
                }
                if steps > MAX_PAIRS { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            });
            if done.is_break() {
                return Err(ShapeError::Tangled);
            }
            rings_of_part.clear();
            for other in around.iter().filter(|(_, is_around)| **is_around).map(|(other, _)| other) {
                *rings_of_part.entry(self.rings[*other as usize].0).or_default() += 1;
            }
            let own = rings_of_part.remove(part).unwrap_or(0);
            let fits = if *is_hole { own == 1 } else { own == 0 && rings_of_part.values().all(|rings| rings % 2 == 0) };
            if !fits {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// The ends of sides that cross each other, or run along each other, where a valid area's sides only touch; none where too many
/// pairs would have to be compared.
pub(super) fn ends_of_crossing_sides(polygons: &MultiPolygon) -> Option<Vec<[f64; 2]>> {
    let Ok(shape) = Shape::of_polygons(polygons) else { return Some(Vec::new()) };
    let rings = Rings::of(shape.geometry());
    let (mut pairs, mut ends) = (0, Vec::new());
    for (one, side) in (0..).zip(&rings.sides) {
        let done = rings.tree.visit(|node| node.intersects(&Bounds::of(&side.ends)), &mut |other| {
            if other <= one {
                return ControlFlow::Continue(());
            }
            pairs += 1;
            let other = rings.sides[other as usize].ends;
            if cross(side.ends, other) {
                ends.extend(side.ends.into_iter().chain(other));
            }
            if pairs > MAX_SETTLED_PAIRS { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        if done.is_break() {
            return None;
        }
    }
    Some(ends)
}

/// Whether sides share more than one point, or one in the middle of both.
fn cross([a, b]: [[f64; 2]; 2], [c, d]: [[f64; 2]; 2]) -> bool {
    let (across_ab, across_cd) = (turn([a, b], c) * turn([a, b], d), turn([c, d], a) * turn([c, d], b));
    if across_ab < 0 && across_cd < 0 {
        return true;
    }
    let on_one_line = turn([a, b], c) == 0 && turn([a, b], d) == 0;
    let overlap = |axis: usize| a[axis].max(b[axis]).min(c[axis].max(d[axis])) > a[axis].min(b[axis]).max(c[axis].min(d[axis]));
    on_one_line && (overlap(0) || overlap(1))
}

/// Whether a side runs back over the one before it.
fn fold_back(side: &Side, next: &Side) -> bool {
    let ([a, b], c) = (side.ends, next.ends[1]);
    let same_way = |axis: usize| (a[axis] - b[axis]) * (c[axis] - b[axis]) > 0.0;
    turn([a, b], c) == 0 && (same_way(0) || same_way(1))
}
