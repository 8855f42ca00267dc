//! Where corners were before the overlay rounded them.

use super::valid::ends_of_crossing_sides;
use geo::{Coord, LineString, MapCoords, MultiPolygon, Orient, orient::Direction};
use std::collections::{HashMap, HashSet};
use urbis_model::Bounds;

/// How far the overlay moves a corner, as a part of the shapes' extent: a step of its raster of 2^30, with room.
const ROUNDING: f64 = 1.0 / (1 << 28) as f64;

/// How often corners of crossing sides are left rounded before all are.
const MOST_TRIES: usize = 4;

/// The corners of shapes, to be found again near where they were.
pub(crate) struct Corners {
    step_deg: f64,
    cells: HashMap<[i64; 2], [f64; 2]>,
    /// Their longitudes and latitudes.
    along: [HashMap<i64, f64>; 2],
}

impl Corners {
    /// The corners of one shape, or of all that are laid over each other.
    pub(crate) fn of(vertices: impl Iterator<Item = [f64; 2]> + Clone) -> Self {
        let mut bounds = Bounds::EMPTY;
        vertices.clone().for_each(|vertex| bounds.add(vertex));
        let extent_deg = (bounds.max[0] - bounds.min[0]).max(bounds.max[1] - bounds.min[1]);
        // Below it, degrees have no digits left.
        let step_deg = (extent_deg * ROUNDING).max(1e-13);
        let mut corners = Self { step_deg, cells: HashMap::new(), along: [HashMap::new(), HashMap::new()] };
        for vertex in vertices {
            let cell = corners.cell(vertex);
            corners.cells.entry(cell).or_insert(vertex);
            for axis in [0, 1] {
                corners.along[axis].entry(cell[axis]).or_insert(vertex[axis]);
            }
        }
        corners
    }

    /// How far the overlay may move what it makes, degrees.
    pub(crate) fn step_deg(&self) -> f64 {
        self.step_deg
    }

    fn cell(&self, vertex: [f64; 2]) -> [i64; 2] {
        vertex.map(|degrees| (degrees / self.step_deg).floor() as i64)
    }

    /// A vertex of the overlay where it was before the overlay rounded it.
    fn unrounded(&self, vertex: [f64; 2]) -> [f64; 2] {
        let cell = self.cell(vertex);
        let cells = (-1..=1).flat_map(|east| (-1..=1).map(move |north| [cell[0] + east, cell[1] + north]));
        let away = |corner: &[f64; 2]| (corner[0] - vertex[0]).hypot(corner[1] - vertex[1]);
        let corners = cells.filter_map(|cell| self.cells.get(&cell).copied()).filter(|corner| away(corner) <= self.step_deg);
        if let Some(corner) = corners.min_by(|one, other| away(one).total_cmp(&away(other))) {
            return corner;
        }
        [0, 1].map(|axis| {
            let away = |degrees: &f64| (degrees - vertex[axis]).abs();
            let known = (-1..=1).filter_map(|step| self.along[axis].get(&(cell[axis] + step)).copied());
            let near = known.filter(|degrees| away(degrees) <= self.step_deg);
            near.min_by(|one, other| away(one).total_cmp(&away(other))).unwrap_or(vertex[axis])
        })
    }

    /// What the overlay made of the shapes, unrounded, exteriors counter-clockwise and holes clockwise; what falls together
    /// thereby goes. (The overlay's union needs that turn, and the overlay gives a hole that touches its exterior the wrong one.)
    ///
    /// Where corners lie so close that sides would cross once they are put back, those corners stay rounded, in all of these
    /// polygons alike; all corners do where that does not end soon.
    pub(crate) fn settle<const N: usize>(&self, rounded: [MultiPolygon; N]) -> [MultiPolygon; N] {
        let mut rounded_ones = HashSet::new();
        for _ in 0..MOST_TRIES {
            let settled = rounded.each_ref().map(|polygons| self.put_back(polygons, &rounded_ones));
            let crossing: Option<Vec<[f64; 2]>> =
                settled.iter().map(ends_of_crossing_sides).try_fold(Vec::new(), |mut all, ends| {
                    all.extend(ends?);
                    Some(all)
                });
            match crossing {
                Some(crossing) if crossing.is_empty() => return settled,
                Some(crossing) => rounded_ones.extend(crossing.into_iter().map(|corner| corner.map(f64::to_bits))),
                None => break,
            }
        }
        rounded.map(|polygons| polygons.orient(Direction::Default))
    }

    fn put_back(&self, rounded: &MultiPolygon, stay: &HashSet<[u64; 2]>) -> MultiPolygon {
        let at_corners = rounded.map_coords(|Coord { x, y }| {
            let corner = self.unrounded([x, y]);
            let [x, y] = if stay.contains(&corner.map(f64::to_bits)) { [x, y] } else { corner };
            Coord { x, y }
        });
        let ring = |mut ring: LineString| {
            ring.0.dedup();
            ring
        };
        let polygons = at_corners.into_iter().map(|polygon| {
            let (exterior, holes) = polygon.into_inner();
            let holes = holes.into_iter().map(ring).filter(|hole| hole.0.len() >= 4).collect();
            geo::Polygon::new(ring(exterior), holes)
        });
        MultiPolygon::new(polygons.filter(|polygon| polygon.exterior().0.len() >= 4).collect()).orient(Direction::Default)
    }
}
