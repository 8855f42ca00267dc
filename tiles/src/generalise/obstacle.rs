//! Whether a collapse would cross or swallow anything. Exact.

use super::collapse::Collapse;
use super::{MOST_NEAR, NONE, Outlines};
use crate::borders::cells::{Cells, Place};

/// The most vertices of the region that a collapse sweeps over: six old ones, one new.
const REGION_VERTICES: usize = 8;

impl Outlines {
    /// Whether nothing stands between the old outline and the new one, and the new one touches nothing.
    pub(super) fn is_clear(&self, collapse: &Collapse, cells: Option<&Cells>, looks: &mut usize) -> bool {
        let &Collapse { before, behind, point, .. } = collapse;
        let mut region = [[0; 2]; REGION_VERTICES];
        let mut count = 0;
        let mut vertex = before;
        loop {
            region[count] = self.points[vertex as usize];
            count += 1;
            if vertex == behind {
                break;
            }
            vertex = self.next[vertex as usize];
        }
        let [start, end] = [before, behind].map(|vertex| self.points[vertex as usize]);
        let middle = point.unwrap_or(end);
        if point.is_some() {
            region[count] = middle;
            count += 1;
        }
        let region = &region[..count];
        let mut looked_at = 0;
        let mut passes = |vertex: u32| {
            looked_at += 1;
            *looks = looks.saturating_sub(1);
            looked_at <= MOST_NEAR && *looks > 0 && self.passes(vertex, collapse, region, [start, middle, end])
        };
        match cells {
            None => (0..self.points.len() as u32).all(&mut passes),
            Some(cells) => {
                let margin = collapse.step.ceil() as i64;
                cells.all_near(start, middle, margin, &mut passes)
                    && (middle == end || cells.all_near(middle, end, margin, &mut passes))
            }
        }
    }

    /// Whether the segment that starts at `vertex` is out of the way.
    fn passes(&self, vertex: u32, collapse: &Collapse, region: &[Place], new: [Place; 3]) -> bool {
        let Some([from, to]) = self.segment(vertex) else { return true };
        if self.goes(vertex, collapse) {
            return true;
        }
        let apart = |a: Place, b: Place| a == b || apart([from, to], [a, b]);
        apart(new[0], new[1]) && apart(new[1], new[2]) && !encloses(region, from) && !encloses(region, to)
    }

    /// Whether the segment that starts at `vertex` is of the run that goes.
    fn goes(&self, vertex: u32, collapse: &Collapse) -> bool {
        let mut gone = collapse.before;
        while gone != collapse.behind {
            if gone == vertex {
                return true;
            }
            gone = self.next[gone as usize];
            debug_assert_ne!(gone, NONE, "the run ends at its end");
        }
        false
    }
}

/// Twice the signed area of a triangle.
fn turn(a: Place, b: Place, c: Place) -> i128 {
    let [u, v] = [b, c].map(|point| [point[0] - a[0], point[1] - a[1]].map(i128::from));
    u[0] * v[1] - u[1] * v[0]
}

/// Whether two segments share nothing but, at most, one end of both.
fn apart(first: [Place; 2], second: [Place; 2]) -> bool {
    let range =
        |segment: [Place; 2], axis: usize| (segment[0][axis].min(segment[1][axis]), segment[0][axis].max(segment[1][axis]));
    for axis in 0..2 {
        let (a, b) = (range(first, axis), range(second, axis));
        if a.1 < b.0 || b.1 < a.0 {
            return true;
        }
    }
    for (index, end) in first.into_iter().enumerate() {
        if let Some(other) = second.iter().position(|point| *point == end) {
            // They start at one point: apart unless they run on in one direction.
            let (p, q) = (first[1 - index], second[1 - other]);
            let ahead = (0..2).map(|axis| i128::from(p[axis] - end[axis]) * i128::from(q[axis] - end[axis])).sum::<i128>();
            return turn(end, p, q) != 0 || ahead < 0;
        }
    }
    let side = |segment: [Place; 2], point: Place| turn(segment[0], segment[1], point).signum();
    let (a, b) = (side(first, second[0]), side(first, second[1]));
    let (c, d) = (side(second, first[0]), side(second, first[1]));
    (a == b && a != 0) || (c == d && c != 0)
}

/// Whether a point lies strictly inside a small polygon, even-odd; points equal to a vertex are not inside.
fn encloses(region: &[Place], point: Place) -> bool {
    if region.contains(&point) {
        return false;
    }
    let mut inside = false;
    let mut from = region[region.len() - 1];
    for &to in region {
        if (from[1] > point[1]) != (to[1] > point[1]) {
            let side = turn(from, to, point);
            if (side > 0) == (to[1] > from[1]) {
                inside = !inside;
            }
        }
        from = to;
    }
    inside
}
