//! What a vertex and its successor may collapse to, and how far that is off.

use super::{NONE, Outlines, Style};
use crate::borders::cells::Place;

/// A run of vertices gives way to one, or to none.
#[derive(Clone, Copy, Debug)]
pub(super) struct Collapse {
    /// The last vertex that stays before the run.
    pub(super) before: u32,
    /// The first that stays behind it.
    pub(super) behind: u32,
    /// The new vertex.
    pub(super) point: Option<Place>,
    /// How far the outline between them moves, world cells.
    pub(super) step: f64,
    /// How far it then is from the original at most.
    pub(super) off: f64,
}

/// Share of the tolerance within which a vertex counts as lying on the line of its neighbours and just goes: too little to
/// be seen, in angle or area.
const STRAIGHT_SHARE: f64 = 1.0 / 64.0;
/// Corners count as right-angled up to this cosine of the angle between their sides: 90 ± 30 degrees.
const RIGHT_ANGLE_COSINE: f64 = 0.5;
/// Squared sine of 60 degrees, the least corner that counts as right-angled.
const SQUARED_SINE_OF_LEAST_ANGLE: f64 = 0.75;
/// Outlines of which at least this share of corners is right-angled are rectangular; a round tower is not.
const RIGHT_ANGLED_SHARE: f64 = 0.75;
/// Corners that turn by less than this cosine tells do not count: 14 degrees.
const NO_CORNER_COSINE: f64 = 0.97;

impl Outlines {
    /// Whether most corners of an outline, just added, are right-angled.
    pub(super) fn is_rectangular(&self, first: u32, count: u32) -> bool {
        let point = |vertex: u32| self.points[vertex as usize];
        let corners = (first..first + count).filter_map(|vertex| {
            let (a, c) = (self.prev[vertex as usize], self.next[vertex as usize]);
            (a != NONE && c != NONE).then(|| cosine(point(a), point(vertex), point(c)))
        });
        let (mut right, mut all) = (0u32, 0u32);
        for cosine in corners.filter(|cosine| *cosine < NO_CORNER_COSINE) {
            all += 1;
            right += u32::from(cosine.abs() < RIGHT_ANGLE_COSINE);
        }
        f64::from(right) >= RIGHT_ANGLED_SHARE * f64::from(all)
    }

    /// A tolerance, squared, below which [`Self::best_collapse`] finds nothing anywhere; 0 where that is not soon told.
    pub(super) fn squared_least_tolerance(&self) -> f64 {
        let mut least = f64::INFINITY;
        for (outline, style) in self.styles.iter().enumerate() {
            if self.counts[outline] <= self.least_counts[outline] {
                continue;
            }
            if *style == Style::Natural {
                return 0.0;
            }
            let mut vertex = self.heads[outline];
            while vertex != NONE {
                let (prev, next) = (self.prev[vertex as usize], self.next[vertex as usize]);
                if self.standing[vertex as usize] && prev != NONE && next != NONE {
                    let [a, b, c] = [prev, vertex, next].map(|vertex| self.points[vertex as usize]);
                    let across = cross(a, c, b) / STRAIGHT_SHARE;
                    let straight = across * across / squared_length(a, c);
                    let edge = squared_length(b, c) * SQUARED_SINE_OF_LEAST_ANGLE;
                    // Where a and c are one, `straight` is NaN or infinite and tells nothing.
                    least = if straight.is_finite() { least.min(straight).min(edge) } else { 0.0 };
                }
                vertex = self.after[vertex as usize];
            }
        }
        // A hair less, for other roundings there.
        least * (1.0 - 1e-9)
    }

    /// The collapse of the segment from `b` to its successor, or of `b` alone, that is off least; none within the
    /// tolerance.
    pub(super) fn best_collapse(&self, b: u32, tolerance: f64) -> Option<Collapse> {
        let outline = self.outline[b as usize] as usize;
        let spare = self.counts[outline].checked_sub(self.least_counts[outline]).filter(|spare| *spare > 0)?;
        let (a, c) = (self.prev[b as usize], self.next[b as usize]);
        if a == NONE || c == NONE || a == c {
            return None;
        }
        let mut best = None;
        if let Some(straight) = self.collapse(a, c, None, STRAIGHT_SHARE * tolerance) {
            return (straight.off <= tolerance).then_some(straight);
        }
        let d = self.next[c as usize];
        if d == NONE || d == a {
            return None;
        }
        let mut consider = |before: u32, behind: u32, point: Option<[f64; 2]>| {
            let Some(point) = point.and_then(on_grid) else { return };
            if let Some(found) = self.collapse(before, behind, Some(point), tolerance)
                && found.off <= best.map_or(tolerance, |best: Collapse| best.off)
            {
                best = Some(found);
            }
        };
        let [pa, pb, pc, pd] = [a, b, c, d].map(|vertex| self.points[vertex as usize]);
        if self.styles[outline] == Style::Rectangular {
            // Between right angles, to 30 degrees, every such collapse moves an end of the edge by at least this.
            if squared_length(pb, pc) * SQUARED_SINE_OF_LEAST_ANGLE > tolerance * tolerance {
                return None;
            }
            if !is_right(pa, pb, pc) || !is_right(pb, pc, pd) {
                return None;
            }
            let (z, f) = (self.prev[a as usize], self.next[d as usize]);
            // A corner cut off: the sides meet.
            consider(a, d, meeting(pa, pb, pd, pc));
            // A jog or a bay: the one side goes on until it meets what comes after the other.
            if spare >= 2 && f != NONE && f != a && f != z {
                consider(a, f, meeting(pa, pb, self.points[f as usize], pd));
            }
            if spare >= 2 && z != NONE && z != d && f != z {
                consider(z, d, meeting(self.points[z as usize], pa, pd, pc));
            }
        } else {
            let doubled = cross(pa, pb, pc) + cross(pa, pc, pd);
            consider(a, d, along(pa, pb, doubled, cross(pa, pb, pd)));
            consider(a, d, along(pd, pc, doubled, cross(pa, pc, pd)));
        }
        best
    }

    /// The collapse of all between two vertices, if it is off by no more than `limit` at this step.
    fn collapse(&self, before: u32, behind: u32, point: Option<Place>, limit: f64) -> Option<Collapse> {
        let [start, end] = [before, behind].map(|vertex| self.points[vertex as usize]);
        let squared_limit = limit * limit;
        let mut squared = 0f64;
        let mut off = self.off[before as usize];
        let mut vertex = self.next[before as usize];
        let mut from = start;
        let mut squared_of_point = f64::INFINITY;
        while vertex != behind {
            let old = self.points[vertex as usize];
            squared = squared.max(match point {
                Some(point) => {
                    let one = squared_distance_within(old, start, point, squared_limit);
                    let other = squared_distance_within(old, point, end, squared_limit);
                    one.unwrap_or(f64::INFINITY).min(other.unwrap_or(f64::INFINITY))
                }
                None => squared_distance_within(old, start, end, squared_limit)?,
            });
            if squared > squared_limit {
                return None;
            }
            if let Some(point) = point {
                squared_of_point = squared_of_point.min(squared_distance(point, from, old));
            }
            off = off.max(self.off[vertex as usize]);
            from = old;
            vertex = self.next[vertex as usize];
        }
        if let Some(point) = point {
            squared = squared.max(squared_of_point.min(squared_distance(point, from, end)));
        }
        let step = squared.sqrt();
        (step <= limit).then_some(Collapse { before, behind, point, step, off: off + step })
    }
}

/// Twice the signed area of a triangle; exact, since the differences fit 33 bits and f64 rounds only past 53: close enough
/// for a place that is rounded to the grid anyway.
fn cross(a: Place, b: Place, c: Place) -> f64 {
    let [u, v] = [b, c].map(|point| [(point[0] - a[0]) as f64, (point[1] - a[1]) as f64]);
    u[0] * v[1] - u[1] * v[0]
}

/// The point on the line from `origin` through `to` that spans the doubled area `wanted`, where `to` spans `at_to`.
fn along(origin: Place, to: Place, wanted: f64, at_to: f64) -> Option<[f64; 2]> {
    let share = wanted / at_to;
    share.is_finite().then(|| [0, 1].map(|axis| origin[axis] as f64 + share * (to[axis] - origin[axis]) as f64))
}

/// Where the lines a b and c d meet.
fn meeting(a: Place, b: Place, c: Place, d: Place) -> Option<[f64; 2]> {
    let direction = |from: Place, to: Place| [(to[0] - from[0]) as f64, (to[1] - from[1]) as f64];
    let (u, v, w) = (direction(a, b), direction(c, d), direction(a, c));
    let share = (w[0] * v[1] - w[1] * v[0]) / (u[0] * v[1] - u[1] * v[0]);
    share.is_finite().then(|| [0, 1].map(|axis| a[axis] as f64 + share * u[axis]))
}

fn on_grid(point: [f64; 2]) -> Option<Place> {
    let inside = point.iter().all(|part| (0.0..=f64::from(u32::MAX)).contains(part));
    // Not `round`, a call where the processor's own rounding is not assumed; parts are positive.
    inside.then(|| point.map(|part| (part + 0.5) as i64))
}

/// Whether the corner at `b` is about a right angle.
fn is_right(a: Place, b: Place, c: Place) -> bool {
    cosine(a, b, c).abs() < RIGHT_ANGLE_COSINE
}

/// Of the turn at `b`: 1 for straight on, 0 for a right angle.
fn cosine(a: Place, b: Place, c: Place) -> f64 {
    let [ux, uy, vx, vy] = [b[0] - a[0], b[1] - a[1], c[0] - b[0], c[1] - b[1]].map(|part| part as f64);
    (ux * vx + uy * vy) / ((ux * ux + uy * uy) * (vx * vx + vy * vy)).sqrt()
}

fn squared_length(from: Place, to: Place) -> f64 {
    let [x, y] = [0, 1].map(|axis| (to[axis] - from[axis]) as f64);
    x * x + y * y
}

/// [`squared_distance`], or none if it passes the limit: most do, and the line already tells, without a division.
fn squared_distance_within(point: Place, from: Place, to: Place, squared_limit: f64) -> Option<f64> {
    let [px, py] = [0, 1].map(|axis| (point[axis] - from[axis]) as f64);
    let [sx, sy] = [0, 1].map(|axis| (to[axis] - from[axis]) as f64);
    let across = px * sy - py * sx;
    if across * across > squared_limit * (sx * sx + sy * sy) {
        return None;
    }
    Some(squared_distance(point, from, to)).filter(|squared| *squared <= squared_limit)
}

/// Squared distance of a point from a segment.
fn squared_distance(point: Place, from: Place, to: Place) -> f64 {
    let [px, py] = [0, 1].map(|axis| (point[axis] - from[axis]) as f64);
    let [sx, sy] = [0, 1].map(|axis| (to[axis] - from[axis]) as f64);
    let length = sx * sx + sy * sy;
    let along = if length > 0.0 { ((px * sx + py * sy) / length).clamp(0.0, 1.0) } else { 0.0 };
    let [dx, dy] = [px - along * sx, py - along * sy];
    dx * dx + dy * dy
}
