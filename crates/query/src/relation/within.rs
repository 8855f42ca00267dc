//! Whether a feature lies wholly in a shape, in steps between which the question can be given up.
//!
//! 1. Boxes and single vertices settle most: what sticks out is not within.
//! 2. In lines only points and lines can lie. A line does when each of its sides is covered by sides on the same straight line,
//!    which exact turns tell; so two lines need no matrix, however often they cross.
//! 3. What is left is settled by the DE-9IM matrix of a library, which finds every crossing and can't be interrupted. So its
//!    crossings are counted before, and too many are not left to it.

use super::{
    PreparedShape, Relation, RelationTest, Side,
    segment::{Segment, segments, segments_meet, turn},
};
use crate::{QueryError, Shape, buffer::MAX_CROSSINGS, cancel::Pace};
use std::{collections::HashMap, ops::ControlFlow};
use urbis_model::GeometryRef;

impl RelationTest<'_> {
    /// Whether a feature lies wholly in the shape (OGC within); none where they, or lines of theirs with themselves, cross more
    /// often than the matrix is left to find.
    ///
    /// # Errors
    /// [`QueryError::Cancelled`].
    pub(crate) fn is_within(&self, feature: GeometryRef<'_>, pace: &mut Pace<'_>) -> Result<Option<bool>, QueryError> {
        let bounds = feature.bounds();
        if !self.shape.bounds().encloses(&bounds) {
            return Ok(Some(false));
        }
        // No side of the shape comes near: the feature lies wholly inside it or wholly outside.
        if self.shape.is_area() && !self.shape.has_side_near(&bounds) {
            return Ok(Some(self.shape.side_of(feature.lonlat()[0]) == Side::Inside));
        }
        // A ray through an area may meet the boxes of all its sides.
        let steps = 16 + self.shape.sides().0.len() / 16;
        for vertex in feature.lonlat() {
            pace.steps(steps)?;
            if !self.shape.holds(*vertex) {
                return Ok(Some(false));
            }
        }
        match (feature.kind().dimension(), self.shape.geometry().kind().dimension()) {
            (0, 1) => return Ok(Some(has_point_between_ends(feature, self.shape.geometry()))),
            // A line of no length is a point.
            (1, 1) if segments(feature).any(|[a, b]| a != b) => return is_covered(feature, self.shape, pace).map(Some),
            _ => {}
        }
        let are_lines = |geometry: GeometryRef<'_>| geometry.kind().dimension() == 1;
        let shape = self.shape;
        let is_tangled = crosses_often(shape, feature, pace)?
            || (are_lines(feature) && crosses_often(&PreparedShape::new(Shape::from_geometry(feature)), feature, pace)?)
            || (are_lines(shape.geometry()) && crosses_often(shape, shape.geometry(), pace)?);
        Ok((!is_tangled).then(|| self.by_matrix(Relation::Within, feature)))
    }
}

/// Whether any of some points, all of which lie on lines, is no end of them. An end is one of an odd number of lines
/// (06-103r4 clause 6.1.8.1).
fn has_point_between_ends(points: GeometryRef<'_>, lines: GeometryRef<'_>) -> bool {
    // Of 0.0 and -0.0 only one is a key.
    let key = |[x, y]: [f64; 2]| [(x + 0.0).to_bits(), (y + 0.0).to_bits()];
    let mut is_end: HashMap<[u64; 2], bool> = HashMap::new();
    for line in lines.parts().flat_map(|part| part.rings()) {
        let vertices = line.lonlat();
        for end in [vertices[0], vertices[vertices.len() - 1]] {
            *is_end.entry(key(end)).or_default() ^= true;
        }
    }
    points.lonlat().iter().any(|point| !is_end.get(&key(*point)).is_some_and(|is_end| *is_end))
}

/// Whether sides of some lines cover every side of a line. Exact: where three points lie on a straight line, their order along
/// it is that of the coordinate in which it is longer.
fn is_covered(line: GeometryRef<'_>, by: &PreparedShape, pace: &mut Pace<'_>) -> Result<bool, QueryError> {
    let mut covers: Vec<[f64; 2]> = Vec::new();
    for side in segments(line) {
        let [a, b]: Segment = side;
        let axis = usize::from((b[0] - a[0]).abs() < (b[1] - a[1]).abs());
        let along = |[from, to]: Segment| [from[axis].min(to[axis]), from[axis].max(to[axis])];
        covers.clear();
        let _ = by.each_side_near(side, pace, &mut |other| {
            if turn(side, other[0]) == 0 && turn(side, other[1]) == 0 {
                covers.push(along(other));
            }
            ControlFlow::<()>::Continue(())
        })?;
        covers.sort_unstable_by(|one, other| one[0].total_cmp(&other[0]));
        let [start, end] = along(side);
        let reached =
            covers.iter().fold(start, |reached, cover| if cover[0] <= reached { reached.max(cover[1]) } else { reached });
        if a != b && reached < end {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Whether the sides of two geometries cross more often than the matrix is left to find.
fn crosses_often(shape: &PreparedShape, feature: GeometryRef<'_>, pace: &mut Pace<'_>) -> Result<bool, QueryError> {
    if shape.geometry().lonlat().len().saturating_mul(feature.lonlat().len()) <= MAX_CROSSINGS {
        return Ok(false);
    }
    let mut crossings = 0;
    for side in segments(feature) {
        let ended = shape.each_side_near(side, pace, &mut |other| {
            // Sides of one corner do not cross, however many there are.
            let is_corner = side.iter().any(|end| other.contains(end));
            crossings += usize::from(!is_corner && segments_meet(side, other));
            if crossings > MAX_CROSSINGS { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })?;
        if ended.is_break() {
            return Ok(true);
        }
    }
    Ok(false)
}
