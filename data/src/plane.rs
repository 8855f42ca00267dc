//! The flat plane the recipe draws on: metres east and north of a point in the district's middle.
//!
//! Only `+ − × ÷ √` are used, which IEEE 754 rounds the same everywhere; `sin` and its kin differ between
//! platforms' maths libraries and would make the bytes differ.

use crate::random::Random;
use std::ops::{Add, Mul, Neg, Sub};

/// The plane's origin: longitude and latitude in units of 1e-7 degrees.
const ORIGIN_E7: [i64; 2] = [1_213_000_000, 319_300_000];
/// Metres per degree of longitude at 31.93° N on the CGCS2000 ellipsoid (a = 6378137 m, 1/f = 298.257222101).
const METRES_PER_DEGREE_EAST: f64 = 94_564.861_404;
/// Metres per degree of latitude at 31.93° N on the same ellipsoid.
const METRES_PER_DEGREE_NORTH: f64 = 110_885.585_160;
/// Change of the metres per degree of longitude with each degree north, at 31.93° N.
const EASTWARD_CHANGE_PER_DEGREE: f64 = -1_029.3;

/// A point or direction on the plane: metres east, metres north.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Point {
    pub(crate) x: f64,
    pub(crate) y: f64,
}

impl Point {
    pub(crate) const fn new(x: f64, y: f64) -> Self {
        Self { x, y }
    }

    /// The point at a longitude and latitude in degrees.
    pub(crate) fn from_degrees([lon_deg, lat_deg]: [f64; 2]) -> Self {
        Self::from_e7([(lon_deg * 1e7).round() as i64, (lat_deg * 1e7).round() as i64])
    }

    /// The point at a longitude and latitude in units of 1e-7 degrees.
    pub(crate) fn from_e7([lon, lat]: [i64; 2]) -> Self {
        Self {
            x: (lon - ORIGIN_E7[0]) as f64 * METRES_PER_DEGREE_EAST / 1e7,
            y: (lat - ORIGIN_E7[1]) as f64 * METRES_PER_DEGREE_NORTH / 1e7,
        }
    }

    /// Longitude and latitude in units of 1e-7 degrees (about a centimetre): what is written.
    pub(crate) fn to_e7(self) -> [i64; 2] {
        [
            ORIGIN_E7[0] + (self.x * 1e7 / METRES_PER_DEGREE_EAST).round() as i64,
            ORIGIN_E7[1] + (self.y * 1e7 / METRES_PER_DEGREE_NORTH).round() as i64,
        ]
    }

    /// The same point moved to where writing puts it.
    pub(crate) fn snapped(self) -> Self {
        Self::from_e7(self.to_e7())
    }

    pub(crate) fn dot(self, other: Self) -> f64 {
        self.x * other.x + self.y * other.y
    }

    /// Positive when `other` lies to the left.
    pub(crate) fn cross(self, other: Self) -> f64 {
        self.x * other.y - self.y * other.x
    }

    pub(crate) fn length(self) -> f64 {
        self.dot(self).sqrt()
    }

    pub(crate) fn unit(self) -> Self {
        let length = self.length();
        if length > 0.0 { self * (1.0 / length) } else { Self::new(1.0, 0.0) }
    }

    /// A quarter turn to the left.
    pub(crate) fn left(self) -> Self {
        Self::new(-self.y, self.x)
    }

    pub(crate) fn lerp(self, other: Self, share: f64) -> Self {
        self + (other - self) * share
    }
}

impl Add for Point {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self::new(self.x + other.x, self.y + other.y)
    }
}

impl Sub for Point {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self::new(self.x - other.x, self.y - other.y)
    }
}

impl Mul<f64> for Point {
    type Output = Self;
    fn mul(self, factor: f64) -> Self {
        Self::new(self.x * factor, self.y * factor)
    }
}

impl Neg for Point {
    type Output = Self;
    fn neg(self) -> Self {
        Self::new(-self.x, -self.y)
    }
}

/// Length of a line in metres on the ellipsoid, as written; within 2 parts in 10,000 of the geodesic anywhere in the
/// district (the width of a degree is taken as linear in latitude).
pub(crate) fn length_m(line: &[Point]) -> f64 {
    let each = line.windows(2).map(|pair| {
        let step = pair[1] - pair[0];
        let north_deg = (pair[0].y + pair[1].y) / 2.0 / METRES_PER_DEGREE_NORTH;
        let stretch = 1.0 + EASTWARD_CHANGE_PER_DEGREE * north_deg / METRES_PER_DEGREE_EAST;
        Point::new(step.x * stretch, step.y).length()
    });
    each.sum()
}

/// The signed area of a ring in square metres of the plane, positive when counter-clockwise.
pub(crate) fn area_m2(ring: &[Point]) -> f64 {
    let origin = ring[0];
    let pairs = ring.windows(2).map(|pair| (pair[0] - origin).cross(pair[1] - origin));
    pairs.sum::<f64>() / 2.0
}

/// The centre of gravity of a ring.
pub(crate) fn centroid(ring: &[Point]) -> Point {
    let origin = ring[0];
    let (mut sum, mut weight) = (Point::new(0.0, 0.0), 0.0);
    for pair in ring.windows(2) {
        let (a, b) = (pair[0] - origin, pair[1] - origin);
        sum = sum + (a + b) * a.cross(b);
        weight += a.cross(b);
    }
    if weight == 0.0 { origin } else { origin + sum * (1.0 / (3.0 * weight)) }
}

/// Whether a point lies inside a ring (its edge: either answer).
pub(crate) fn contains(ring: &[Point], point: Point) -> bool {
    let mut inside = false;
    let mut before = ring[ring.len() - 1];
    for &here in ring {
        if (here.y > point.y) != (before.y > point.y)
            && point.x < (before.x - here.x) * (point.y - here.y) / (before.y - here.y) + here.x
        {
            inside = !inside;
        }
        before = here;
    }
    inside
}

/// The distance from a point to a segment, metres.
pub(crate) fn distance_to_segment(point: Point, a: Point, b: Point) -> f64 {
    let along = b - a;
    let square = along.dot(along);
    let share = if square > 0.0 { ((point - a).dot(along) / square).clamp(0.0, 1.0) } else { 0.0 };
    (point - a.lerp(b, share)).length()
}

/// Where two segments cross, as shares of each, ends included.
pub(crate) fn crossing(a: Point, b: Point, c: Point, d: Point) -> Option<(f64, f64)> {
    let (first, second) = (b - a, d - c);
    let turn = first.cross(second);
    if turn == 0.0 {
        return None;
    }
    let (s, t) = ((c - a).cross(second) / turn, (c - a).cross(first) / turn);
    ((0.0..=1.0).contains(&s) && (0.0..=1.0).contains(&t)).then_some((s, t))
}

/// A smooth line through the points of another, a point about every `step_m`: a Catmull–Rom spline (1974), tangents by
/// the chord between the neighbours.
pub(crate) fn curved(line: &[Point], step_m: f64) -> Vec<Point> {
    let mut smooth = vec![line[0]];
    for (at, pair) in line.windows(2).enumerate() {
        let (from, to) = (pair[0], pair[1]);
        let before = line[at.max(1) - 1];
        let after = line[(at + 2).min(line.len() - 1)];
        // Tangents no longer than this stretch, or a short stretch beside a long one would make a loop.
        let long = (to - from).length();
        let tangent = |chord: Point| chord.unit() * (chord.length() * 0.5).min(long);
        let (leave, arrive) = (tangent(to - before), tangent(after - from));
        let pieces = (long / step_m).ceil().max(1.0) as usize;
        for piece in 1..pieces {
            let t = piece as f64 / pieces as f64;
            let (t2, t3) = (t * t, t * t * t);
            let point = from * (2.0 * t3 - 3.0 * t2 + 1.0)
                + leave * (t3 - 2.0 * t2 + t)
                + to * (3.0 * t2 - 2.0 * t3)
                + arrive * (t3 - t2);
            smooth.push(point.snapped());
        }
        smooth.push(to);
    }
    smooth
}

/// The points between the ends of a lane that bows aside by a share of its length; none where it is too short to tell.
pub(crate) fn bow(from: Point, to: Point, share: f64) -> Vec<Point> {
    const LEAST_PIECE_M: f64 = 130.0;
    let pieces = (((to - from).length() / LEAST_PIECE_M) as usize).min(4);
    if share == 0.0 || pieces < 2 {
        return Vec::new();
    }
    let aside = (to - from).left() * share;
    (1..pieces)
        .map(|piece| {
            let t = piece as f64 / pieces as f64;
            (from.lerp(to, t) + aside * (4.0 * t * (1.0 - t))).snapped()
        })
        .collect()
}

/// A line with bends of nature: every segment is halved down to `least_m`, each middle moved aside by up to `sway` of
/// the segment's length. A segment bends the same whichever way it is walked and whoever asks, so shores that share
/// one keep sharing it.
pub(crate) fn meandering(line: &[Point], least_m: f64, sway: f64) -> Vec<Point> {
    let mut bent = vec![line[0]];
    for pair in line.windows(2) {
        bend(pair[0], pair[1], least_m, sway, &mut bent);
        bent.push(pair[1]);
    }
    bent
}

fn bend(from: Point, to: Point, least_m: f64, sway: f64, bent: &mut Vec<Point>) {
    let long = (to - from).length();
    if long < least_m * 2.0 {
        return;
    }
    let (a, b) = if (from.x, from.y) < (to.x, to.y) { (from, to) } else { (to, from) };
    let [[ax, ay], [bx, by]] = [a.to_e7(), b.to_e7()];
    let mut random = Random::stream(ax as u64 ^ (bx as u64) << 32, "bend", ay as u64 ^ (by as u64) << 32);
    let middle = (a.lerp(b, 0.5) + (b - a).left() * random.between(-sway, sway)).snapped();
    bend(from, middle, least_m, sway, bent);
    bent.push(middle);
    bend(middle, to, least_m, sway, bent);
}
