//! Where a polygon's name goes: its pole of inaccessibility, the inner point farthest from the outline.
//!
//! A map library that labels polygons themselves places one label per tile piece. A layer with a `[label]` therefore has
//! a companion in its tiles, `<layer>_label`: points with the polygon's id and attributes, each in exactly one tile of a
//! zoom, and only where a circle of some pixels fits into the polygon.
//!
//! Search by quadrants, the one that could hold the best first, as in Mapbox's polylabel (Agafonkin 2016), after the
//! grid search of Garcia-Castellanos and Lombardo 2007, "Poles of inaccessibility", Scottish Geographical Journal 123.

use crate::frame::{UNITS_PER_PIXEL, WORLD_ZOOM};
use crate::prepare::TileLayer;
use std::cmp::Ordering;
use std::collections::BinaryHeap;

/// Which polygons are labelled.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Label {
    /// The lowest zoom with labels.
    pub from_zoom: u8,
    /// The circle that must fit into a polygon for its label, radius in pixels of 1/512 tile.
    pub radius_px: f64,
}

/// The name of a layer's companion.
pub(crate) fn label_layer(name: &str) -> String {
    format!("{name}_label")
}

/// The point is at most this part of the greatest radius worse than the best.
const PRECISION: f64 = 0.01;
/// Vertices looked at for one polygon before the best so far has to do.
const MOST_VERTEX_VISITS: usize = 1 << 28;
/// Squares waiting for one polygon before the best so far has to do. Real outlines need some dozens; a strip a million
/// times as long as wide would fill the memory.
const MOST_SQUARES: usize = 1 << 14;

/// Label points of a layer, by position.
#[derive(Clone, Debug, Default)]
pub(crate) struct Labels {
    label: Option<Label>,
    points: Vec<[u32; 2]>,
    /// Radius of the circle that fits there, world cells; negative where there is no point.
    radii: Vec<f32>,
}

impl Labels {
    /// Finds the points of all areas of a layer.
    pub(crate) fn new(layer: &TileLayer) -> Self {
        let Some(label) = layer.definition().label else { return Self::default() };
        let places = (0..layer.len() as u32).map(|position| pole_of(layer, position).unwrap_or(([0, 0], -1.0)));
        let (points, radii) = places.unzip();
        Self { label: Some(label), points, radii }
    }

    /// Whether there are labels at a zoom.
    pub(crate) fn at(&self, zoom: u8) -> bool {
        self.label.is_some_and(|label| label.from_zoom <= zoom)
    }

    /// Where a feature's label goes, if it has room at this zoom.
    pub(crate) fn point(&self, position: u32, zoom: u8) -> Option<[u32; 2]> {
        let least_px = self.label?.radius_px;
        let least = least_px * UNITS_PER_PIXEL as f64 * 2f64.powi(WORLD_ZOOM as i32 - i32::from(zoom));
        let radius = f64::from(self.radii[position as usize]);
        (radius >= 0.0 && radius >= least).then(|| self.points[position as usize])
    }

    /// A feature's point and radius, whatever the zoom.
    pub(crate) fn place(&self, position: u32) -> Option<([u32; 2], f32)> {
        self.label.map(|_| (self.points[position as usize], self.radii[position as usize]))
    }

    /// Bytes held on the heap.
    pub(crate) fn heap_bytes(&self) -> usize {
        self.points.capacity() * 8 + self.radii.capacity() * 4
    }
}

/// The pole of the largest part of a feature, and its distance from the outline in world cells; none for points and lines.
fn pole_of(layer: &TileLayer, position: u32) -> Option<([u32; 2], f32)> {
    if layer.dimension(position) != 2 {
        return None;
    }
    let bounds = layer.bounds(position);
    let relative = |point: [u32; 2]| [0, 1].map(|axis| f64::from(point[axis] - bounds.min[axis]));
    let rings_of = |part: usize| -> Vec<Vec<[f64; 2]>> {
        layer.rings(part).map(|ring| layer.drawn(ring, u8::MAX).map(relative).collect()).collect()
    };
    let largest = layer.parts(position).max_by(|a, b| {
        let area = |part: usize| rings_of(part).first().map_or(0.0, |exterior| area(exterior).abs());
        // The first of equals.
        area(*a).total_cmp(&area(*b)).then(b.cmp(a))
    })?;
    let (point, distance) = pole(&rings_of(largest))?;
    let world = [0, 1].map(|axis| bounds.min[axis].saturating_add(point[axis].round() as u32));
    Some((world, distance as f32))
}

/// The point inside a polygon that is farthest from its rings, and that distance; within [`PRECISION`]. None without
/// area.
pub(crate) fn pole(rings: &[Vec<[f64; 2]>]) -> Option<([f64; 2], f64)> {
    let exterior = rings.first().filter(|ring| ring.len() > 2)?;
    let (mut min, mut max) = ([f64::INFINITY; 2], [f64::NEG_INFINITY; 2]);
    for point in exterior {
        for axis in 0..2 {
            min[axis] = min[axis].min(point[axis]);
            max[axis] = max[axis].max(point[axis]);
        }
    }
    let side = (max[0] - min[0]).min(max[1] - min[1]);
    if side <= 0.0 {
        return None;
    }
    let mut visits = 0;
    let mut measure = |center: [f64; 2], half: f64| {
        visits += rings.iter().map(Vec::len).sum::<usize>();
        let distance = distance_inside(center, rings);
        (Square { center, half, distance, most: distance + half * std::f64::consts::SQRT_2 }, visits)
    };
    // Squares over the box, and two guesses to begin with: the centroid is often good, the middle of the box sometimes.
    let middle = [0, 1].map(|axis| (min[axis] + max[axis]) / 2.0);
    let mut best = measure(middle, 0.0).0;
    let guess = measure(centroid(exterior).unwrap_or(middle), 0.0).0;
    if guess.distance > best.distance {
        best = guess;
    }
    let mut queue = BinaryHeap::new();
    let half = side / 2.0;
    // A box of a million to one would ask for as many squares.
    let half = half.max((max[0] - min[0]).max(max[1] - min[1]) / 512.0);
    let across = [0, 1].map(|axis| ((max[axis] - min[axis]) / (2.0 * half)).ceil().max(1.0) as u32);
    for column in 0..across[0] {
        for row in 0..across[1] {
            let center = [min[0] + (2 * column + 1) as f64 * half, min[1] + (2 * row + 1) as f64 * half];
            queue.push(measure(center, half).0);
        }
    }
    while let Some(square) = queue.pop() {
        if square.distance > best.distance {
            best = square;
        }
        if square.most - best.distance <= PRECISION * best.distance.max(0.0) {
            break;
        }
        let half = square.half / 2.0;
        // Below the grid there is nothing to find.
        if half < 0.25 {
            continue;
        }
        let mut done = 0;
        for [dx, dy] in [[-half, -half], [half, -half], [-half, half], [half, half]] {
            let (quadrant, visits) = measure([square.center[0] + dx, square.center[1] + dy], half);
            queue.push(quadrant);
            done = visits;
        }
        if done > MOST_VERTEX_VISITS || queue.len() > MOST_SQUARES {
            break;
        }
    }
    (best.distance > 0.0).then_some((best.center, best.distance))
}

/// A square under search.
#[derive(Clone, Copy)]
struct Square {
    center: [f64; 2],
    half: f64,
    /// Of its centre from the outline; negative outside.
    distance: f64,
    /// The most that a point in it could have.
    most: f64,
}

impl Ord for Square {
    fn cmp(&self, other: &Self) -> Ordering {
        // Equal promises in an order that does not hang on the heap's history.
        let by_axis = |axis: usize| other.center[axis].total_cmp(&self.center[axis]);
        self.most.total_cmp(&other.most).then(by_axis(0)).then(by_axis(1))
    }
}

impl PartialOrd for Square {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Square {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Square {}

/// Distance of a point from the nearest ring, negative outside of the polygon (even-odd).
fn distance_inside([x, y]: [f64; 2], rings: &[Vec<[f64; 2]>]) -> f64 {
    let mut inside = false;
    let mut least = f64::INFINITY;
    for ring in rings {
        let Some(mut from) = ring.last() else { continue };
        for to in ring {
            if (from[1] > y) != (to[1] > y) && x < (to[0] - from[0]) * (y - from[1]) / (to[1] - from[1]) + from[0] {
                inside = !inside;
            }
            let (dx, dy) = (to[0] - from[0], to[1] - from[1]);
            let length = dx * dx + dy * dy;
            let along = if length > 0.0 { (((x - from[0]) * dx + (y - from[1]) * dy) / length).clamp(0.0, 1.0) } else { 0.0 };
            let (ex, ey) = (x - from[0] - along * dx, y - from[1] - along * dy);
            least = least.min(ex * ex + ey * ey);
            from = to;
        }
    }
    if inside { least.sqrt() } else { -least.sqrt() }
}

fn area(ring: &[[f64; 2]]) -> f64 {
    closed(ring).map(|(a, b)| a[0] * b[1] - a[1] * b[0]).sum::<f64>() / 2.0
}

fn centroid(ring: &[[f64; 2]]) -> Option<[f64; 2]> {
    let area = area(ring);
    let moment = |axis: usize| closed(ring).map(|(a, b)| (a[axis] + b[axis]) * (a[0] * b[1] - a[1] * b[0])).sum::<f64>();
    (area != 0.0).then(|| [0, 1].map(|axis| moment(axis) / (6.0 * area)))
}

fn closed(ring: &[[f64; 2]]) -> impl Iterator<Item = ([f64; 2], [f64; 2])> {
    ring.iter().copied().zip(ring.iter().copied().skip(1).chain(ring.first().copied()))
}

#[cfg(test)]
mod tests;
