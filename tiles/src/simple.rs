//! The exact question whether polygons on the integer grid are valid: rings that neither cross nor touch
//! themselves or each other, holes inside their exterior, parts apart.
//!
//! Stricter than OGC, which lets rings touch in single points: what touches goes to `repair`, which keeps legal
//! touches. The answer must be cheap for the many that are plainly valid.

use crate::frame::Unit;

/// Up to this many edges, every pair is looked at; sorting only pays beyond (measured on 8-corner buildings).
const ALL_PAIRS_EDGES: usize = 32;
/// Pairs looked at per edge before the sweep gives up and lets `repair` decide, whose cost is bounded.
const PAIRS_PER_EDGE: usize = 256;

/// Rings in one run; `ends[i]` ends ring `i`. First vertices are not repeated.
#[derive(Clone, Debug, Default)]
pub struct Rings {
    /// All vertices.
    pub points: Vec<Unit>,
    /// End of each ring in `points`, and whether it is an exterior. Holes follow their exterior.
    pub ends: Vec<(u32, bool)>,
}

impl Rings {
    /// Takes everything out.
    pub fn clear(&mut self) {
        self.points.clear();
        self.ends.clear();
    }

    /// Adds a ring.
    pub fn push(&mut self, ring: &[Unit], exterior: bool) {
        self.points.extend_from_slice(ring);
        self.ends.push((self.points.len() as u32, exterior));
    }

    /// The rings, and whether each is an exterior.
    pub fn iter(&self) -> impl Iterator<Item = (&[Unit], bool)> {
        let mut start = 0;
        self.ends.iter().map(move |&(end, exterior)| {
            let ring = &self.points[start..end as usize];
            start = end as usize;
            (ring, exterior)
        })
    }
}

/// Whether the rings surely make valid polygons. `false` may also mean "too costly to tell".
pub fn is_valid(rings: &Rings, edges: &mut Vec<Edge>) -> bool {
    if rings.ends.len() == 1 && is_convex(&rings.points) {
        return true;
    }
    collect_edges(rings, edges);
    (if edges.len() <= ALL_PAIRS_EDGES { all_pairs_apart(edges) } else { sweep_apart(edges) }) && is_nested(rings)
}

/// An edge of a ring.
#[derive(Clone, Copy, Debug)]
pub struct Edge {
    a: Unit,
    b: Unit,
    /// Place of the edge in its ring's run, to know neighbours.
    index: u32,
    /// The next edge of the ring.
    next: u32,
}

impl Edge {
    fn x_range(&self) -> (i64, i64) {
        (self.a[0].min(self.b[0]), self.a[0].max(self.b[0]))
    }

    fn y_range(&self) -> (i64, i64) {
        (self.a[1].min(self.b[1]), self.a[1].max(self.b[1]))
    }
}

/// Whether a ring turns one way only, once around; such a ring is simple.
fn is_convex(ring: &[Unit]) -> bool {
    let count = ring.len();
    let mut turn = 0;
    let mut x_changes = 0;
    let mut last_dx_sign = 0;
    for index in 0..=count {
        let (a, b, c) = (ring[index % count], ring[(index + 1) % count], ring[(index + 2) % count]);
        let sign = cross(a, b, c).signum();
        if sign == 0 || (turn != 0 && sign != turn) {
            return false;
        }
        turn = sign;
        let dx_sign = (b[0] - a[0]).signum();
        if dx_sign != 0 {
            x_changes += i32::from(last_dx_sign != 0 && dx_sign != last_dx_sign);
            last_dx_sign = dx_sign;
        }
    }
    // A star turns one way too, but goes around twice.
    x_changes <= 2
}

fn collect_edges(rings: &Rings, edges: &mut Vec<Edge>) {
    edges.clear();
    for (ring, _) in rings.iter() {
        let first = edges.len() as u32;
        for (offset, &a) in ring.iter().enumerate() {
            let closing = offset + 1 == ring.len();
            let next = if closing { first } else { first + offset as u32 + 1 };
            edges.push(Edge { a, b: ring[(offset + 1) % ring.len()], index: first + offset as u32, next });
        }
    }
}

fn all_pairs_apart(edges: &[Edge]) -> bool {
    edges.iter().enumerate().all(|(index, first)| edges[index + 1..].iter().all(|second| apart(first, second)))
}

/// Whether all edges are apart, looking only at pairs whose x ranges meet.
fn sweep_apart(edges: &mut [Edge]) -> bool {
    edges.sort_unstable_by_key(|edge| (edge.x_range().0, edge.index));
    let mut budget = edges.len() * PAIRS_PER_EDGE;
    for (index, first) in edges.iter().enumerate() {
        let x_max = first.x_range().1;
        for second in edges[index + 1..].iter().take_while(|second| second.x_range().0 <= x_max) {
            if budget == 0 || !apart(first, second) {
                return false;
            }
            budget -= 1;
        }
    }
    true
}

/// Whether two edges share no point, but for the vertex between neighbours.
fn apart(first: &Edge, second: &Edge) -> bool {
    let (x1, x2, y1, y2) = (first.x_range(), second.x_range(), first.y_range(), second.y_range());
    if x1.1 < x2.0 || x2.1 < x1.0 || y1.1 < y2.0 || y2.1 < y1.0 {
        return true;
    }
    // Neighbours share a vertex; more only if they run back over each other.
    if first.next == second.index && second.next == first.index {
        return false;
    }
    if first.next == second.index {
        return !folds(first.a, first.b, second.b);
    }
    if second.next == first.index {
        return !folds(second.a, second.b, first.b);
    }
    let (c, d) = (cross(first.a, first.b, second.a).signum(), cross(first.a, first.b, second.b).signum());
    if c == d && c != 0 {
        return true;
    }
    let (a, b) = (cross(second.a, second.b, first.a).signum(), cross(second.a, second.b, first.b).signum());
    if a == b && a != 0 {
        return true;
    }
    // They cross, touch, or lie on one line with boxes that meet.
    false
}

fn folds(a: Unit, b: Unit, c: Unit) -> bool {
    cross(a, b, c) == 0 && (b[0] - a[0]) * (c[0] - b[0]) + (b[1] - a[1]) * (c[1] - b[1]) < 0
}

/// Twice the signed area of a triangle.
fn cross(a: Unit, b: Unit, c: Unit) -> i64 {
    (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
}

/// Whether holes lie in their exterior and nothing else lies in anything; edges are known to be apart.
fn is_nested(rings: &Rings) -> bool {
    if rings.ends.len() == 1 {
        return true;
    }
    // Rings apart are either nested or beside each other, so one vertex tells. Beyond a bound, `repair` decides.
    if rings.ends.len() * rings.points.len() > 1 << 20 {
        return false;
    }
    let mut exterior: &[Unit] = &[];
    for (index, (ring, is_exterior)) in rings.iter().enumerate() {
        if is_exterior {
            exterior = ring;
        } else if !contains(exterior, ring[0]) {
            return false;
        }
        let own = exterior.as_ptr();
        for (other_index, (other, other_exterior)) in rings.iter().enumerate() {
            let is_own = other_exterior && !is_exterior && std::ptr::eq(other.as_ptr(), own);
            if other_index != index && !is_own && contains(other, ring[0]) {
                return false;
            }
        }
    }
    true
}

/// Whether a point that is not on the ring lies inside it (even-odd, exact).
fn contains(ring: &[Unit], point: Unit) -> bool {
    let mut inside = false;
    let mut from = ring[ring.len() - 1];
    for &to in ring {
        if (from[1] > point[1]) != (to[1] > point[1]) {
            let side = cross(from, to, point);
            if (side > 0) == (to[1] > from[1]) {
                inside = !inside;
            }
        }
        from = to;
    }
    inside
}

#[cfg(test)]
mod tests;
