//! Positions that move all the time: vehicles, and whatever else reports where it is.
//!
//! A hash of grid cells (Bentley & Friedman 1979, "fixed cells"): a move inside a cell writes the position, a move into another
//! is one removal and one insertion at the end of a list. Among 100,000 things a move took a seventeenth of what an R-tree takes
//! that is changed in place (rstar, remove and insert), which this room held before.

use crate::{GeodesicOrigin, Near};
use std::{
    collections::{BinaryHeap, HashMap},
    hash::Hash,
};
use urbis_model::{Bounds, LonLat};

/// Columns of the grid: cells 0.0055° wide, at Haimen's latitude 520 m by 610 m.
const COLUMNS: i32 = 1 << 16;
const CELLS_PER_DEGREE: f64 = COLUMNS as f64 / 360.0;

/// A cell: column and row from the south-west corner of the map.
type Cell = (i32, i32);

fn cell_of(lonlat_deg: [f64; 2]) -> Cell {
    let at = |value: f64, least: f64| ((value - least) * CELLS_PER_DEGREE).floor() as i32;
    // 180° is −180°.
    (at(lonlat_deg[0], -180.0).rem_euclid(COLUMNS), at(lonlat_deg[1], -90.0))
}

#[derive(Clone, Copy, Debug)]
struct Thing<K> {
    key: K,
    position: LonLat,
    cell: Cell,
    /// Its place in the cell's list.
    place: u32,
}

/// Where each of some moving things is now. A move takes O(1), a window O(cells + found), 70 bytes or so a thing.
///
/// ```
/// use urbis_index::MovingIndex;
/// use urbis_model::{Bounds, LonLat};
/// let mut vans = MovingIndex::default();
/// vans.place("van 7", LonLat::from_degrees(121.1, 31.9).unwrap());
/// vans.place("van 7", LonLat::from_degrees(121.2, 31.9).unwrap());
/// let mut found = Vec::new();
/// vans.window(&Bounds { min: [121.15, 31.8], max: [121.3, 32.0] }, &mut |van| found.push(*van));
/// assert_eq!(found, ["van 7"]);
/// ```
#[derive(Clone, Debug)]
pub struct MovingIndex<K> {
    slots: HashMap<K, u32>,
    things: Vec<Thing<K>>,
    cells: HashMap<Cell, Vec<u32>>,
    /// Lists of cells that became empty, to be used again.
    spare: Vec<Vec<u32>>,
}

impl<K> Default for MovingIndex<K> {
    fn default() -> Self {
        Self { slots: HashMap::new(), things: Vec::new(), cells: HashMap::new(), spare: Vec::new() }
    }
}

impl<K: Copy + Eq + Hash> MovingIndex<K> {
    /// Puts a thing where it is now; gives where it was.
    ///
    /// # Panics
    /// From 2³² things on.
    pub fn place(&mut self, key: K, position: LonLat) -> Option<LonLat> {
        let cell = cell_of(position.to_degrees());
        let Some(&slot) = self.slots.get(&key) else {
            let slot = u32::try_from(self.things.len()).expect("fewer than 2³² things");
            self.slots.insert(key, slot);
            self.things.push(Thing { key, position, cell, place: 0 });
            self.enter(slot, cell);
            return None;
        };
        let thing = &mut self.things[slot as usize];
        let before = std::mem::replace(&mut thing.position, position);
        if thing.cell != cell {
            self.leave(slot);
            self.enter(slot, cell);
        }
        Some(before)
    }

    /// Takes a thing away; gives where it was.
    pub fn remove(&mut self, key: K) -> Option<LonLat> {
        let slot = self.slots.remove(&key)?;
        self.leave(slot);
        let gone = self.things.swap_remove(slot as usize);
        // The last thing now stands in its slot.
        if let Some(moved) = self.things.get(slot as usize) {
            self.slots.insert(moved.key, slot);
            if let Some(list) = self.cells.get_mut(&moved.cell) {
                list[moved.place as usize] = slot;
            }
        }
        Some(gone.position)
    }

    fn enter(&mut self, slot: u32, cell: Cell) {
        let list = self.cells.entry(cell).or_insert_with(|| self.spare.pop().unwrap_or_default());
        let thing = &mut self.things[slot as usize];
        (thing.cell, thing.place) = (cell, list.len() as u32);
        list.push(slot);
    }

    fn leave(&mut self, slot: u32) {
        let Thing { cell, place, .. } = self.things[slot as usize];
        let Some(list) = self.cells.get_mut(&cell) else { return };
        list.swap_remove(place as usize);
        if let Some(&moved) = list.get(place as usize) {
            self.things[moved as usize].place = place;
        } else if list.is_empty() {
            self.spare.extend(self.cells.remove(&cell));
        }
    }

    /// Where a thing is.
    pub fn position(&self, key: K) -> Option<LonLat> {
        self.slots.get(&key).map(|&slot| self.things[slot as usize].position)
    }

    /// Number of things.
    pub fn len(&self) -> usize {
        self.things.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.things.is_empty()
    }

    /// Visits everything in the window, edges included, in no order.
    pub fn window(&self, window: &Bounds, on: &mut impl FnMut(&K)) {
        self.window_things(window, &mut |thing| on(&thing.key));
    }

    fn window_things(&self, window: &Bounds, on: &mut impl FnMut(&Thing<K>)) {
        // Also refuses what is not a number.
        if !(window.min[0] <= window.max[0] && window.min[1] <= window.max[1]) {
            return;
        }
        let mut test = |thing: &Thing<K>| {
            if window.contains(thing.position.to_degrees()) {
                on(thing);
            }
        };
        let clamped = |at: [f64; 2]| [at[0].clamp(-180.0, 180.0), at[1].clamp(-90.0, 90.0)];
        let ((west, south), (mut east, north)) = (cell_of(clamped(window.min)), cell_of(clamped(window.max)));
        // 180° stands in the first column, which then comes last.
        if window.max[0] >= 180.0 {
            east = COLUMNS;
        }
        let asked = (i64::from(east) - i64::from(west) + 1) * (i64::from(north) - i64::from(south) + 1);
        if asked <= self.cells.len() as i64 {
            let columns = (west..=east).map(|column| column % COLUMNS).take((COLUMNS) as usize);
            for column in columns {
                for row in south..=north {
                    self.cells.get(&(column, row)).into_iter().flatten().for_each(|&slot| test(&self.things[slot as usize]));
                }
            }
        } else {
            self.things.iter().for_each(test);
        }
    }

    /// Visits everything within a distance on the ellipsoid, metres, with its distance, in no order.
    pub fn within_m(&self, from: LonLat, radius_m: f64, on: &mut impl FnMut(&K, f64)) {
        let origin = GeodesicOrigin::new(from);
        for part in origin.reach(radius_m).planar_parts() {
            self.window_things(&part, &mut |thing| {
                let at = thing.position.to_degrees();
                if origin.lower_bound_m(&Bounds { min: at, max: at }) <= radius_m {
                    let distance_m = origin.distance_m(thing.position);
                    if distance_m <= radius_m {
                        on(&thing.key, distance_m);
                    }
                }
            });
        }
    }

    /// The `k` nearest on the ellipsoid with their distances in metres, nearest first; equally near ones in no order.
    /// Ring by ring of cells around the position, until nothing farther out can be nearer.
    pub fn nearest_m(&self, from: LonLat, k: usize) -> Vec<(K, f64)> {
        let origin = GeodesicOrigin::new(from);
        let mut best: BinaryHeap<Near> = BinaryHeap::new();
        let offer = |best: &mut BinaryHeap<Near>, slot: u32| {
            let position = self.things[slot as usize].position;
            let limit_m = if best.len() < k { f64::INFINITY } else { best.peek().map_or(f64::NEG_INFINITY, |far| far.distance) };
            let at = position.to_degrees();
            if origin.lower_bound_m(&Bounds { min: at, max: at }) > limit_m {
                return;
            }
            let near = Near { distance: origin.distance_m(position), position: slot };
            if best.len() < k {
                best.push(near);
            } else if let Some(mut farthest) = best.peek_mut()
                && near < *farthest
            {
                *farthest = near;
            }
        };
        let (column, row) = cell_of(from.to_degrees());
        let mut asked = 0;
        for ring in 0.. {
            asked += (8 * ring).max(1) as usize;
            // Where most cells are empty a scan is shorter; it also is what is left once the rings meet round the earth.
            if asked > self.cells.len() || 2 * ring + 1 >= COLUMNS {
                best.clear();
                (0..self.things.len() as u32).for_each(|slot| offer(&mut best, slot));
                break;
            }
            let mut ask = |dx: i32, dy: i32| {
                let cell = ((column + dx).rem_euclid(COLUMNS), row + dy);
                self.cells.get(&cell).into_iter().flatten().for_each(|&slot| offer(&mut best, slot));
            };
            if ring == 0 {
                ask(0, 0);
            }
            for along in -ring..ring {
                ask(along, -ring);
                ask(ring, along);
                ask(-along, ring);
                ask(-ring, -along);
            }
            let reached_m = best.peek().map_or(f64::NEG_INFINITY, |far| far.distance);
            if best.len() == k && reached_m <= beyond_m(&origin, (column, row), ring) {
                break;
            }
        }
        let found = best.into_sorted_vec();
        found.into_iter().map(|near| (self.things[near.position as usize].key, near.distance)).collect()
    }
}

/// Nothing outside a square of cells is nearer than this, metres.
fn beyond_m(origin: &GeodesicOrigin, (column, row): Cell, ring: i32) -> f64 {
    let edge = |cell: i32, least: f64| f64::from(cell) / CELLS_PER_DEGREE + least;
    let (west, east) = (edge(column - ring, -180.0), edge(column + ring + 1, -180.0));
    let (south, north) = (edge(row - ring, -90.0), edge(row + ring + 1, -90.0));
    // What lies north and south of it all round, and what lies beside it, the rest of the way round the earth.
    let lon = origin.position().lon_deg();
    let lon = if lon >= 180.0 { -180.0 } else { lon };
    let gap_deg = (lon - west).min(east - lon);
    let beside = [gap_deg, -gap_deg].map(|gap| [origin.position().lon_deg() + gap, south, north]);
    let strips = [
        Bounds { min: [-180.0, north], max: [180.0, 90.0] },
        Bounds { min: [-180.0, -90.0], max: [180.0, south] },
        Bounds { min: [beside[0][0], south], max: [beside[0][0], north] },
        Bounds { min: [beside[1][0], south], max: [beside[1][0], north] },
    ];
    let is_some = |strip: &&Bounds| strip.min[1] <= 90.0 && strip.max[1] >= -90.0;
    strips.iter().filter(is_some).map(|strip| origin.lower_bound_m(strip)).fold(f64::INFINITY, f64::min)
}

#[cfg(test)]
mod tests;
