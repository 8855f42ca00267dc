//! SpatialBench's Q1, Q8, Q9 and Q12 over urbis's index; `./run bench spatialbench` runs it beside SedonaDB and DuckDB and compares the answers.
//!
//! `spatialbench FOLDER` reads `trips.bin` and `buildings.bin` (little-endian; per trip key, lon, lat; per building key, number of vertices, then lon,
//! lat each) and prints one line of JSON: seconds to load, and per query its seconds, rows, and sums to compare. Distances are planar, in degrees, because
//! SpatialBench's are.

use geo::{Area, BooleanOps, Coord, Intersects, LineString, Polygon};
use rayon::prelude::*;
use serde_json::{Map, Value, json};
use std::{error::Error, path::Path, time::Instant};
use urbis_index::PackedRtree;
use urbis_model::Bounds;

const SEDONA: [f64; 2] = [-111.7610, 34.8697];
const SEDONA_REACH_DEG: f64 = 0.45;
const NEARBY_DEG: f64 = 0.0045;
const NEIGHBOURS: usize = 5;
/// Sums of keys are compared modulo this Mersenne prime.
const PRIME: i128 = (1 << 61) - 1;
/// Trips that a core takes at a time.
const RUN: usize = 4096;

/// One row of an answer: two keys (or a key and a count) and a distance or a ratio.
type Row = (i64, i64, f64);

fn main() -> Result<(), Box<dyn Error>> {
    // `cargo bench` adds `--bench`; `cargo test --all-targets` calls with nothing to read.
    let Some(folder) = std::env::args().skip(1).find(|word| !word.starts_with('-')) else { return Ok(()) };
    let started = Instant::now();
    let tables = Tables::read(Path::new(&folder))?;
    let load_s = started.elapsed().as_secs_f64();
    let mut queries = Map::new();
    for (name, ask) in [
        ("Q1", Tables::near_sedona as fn(&Tables) -> Vec<Row>),
        ("Q8", Tables::pickups_near_buildings),
        ("Q9", Tables::overlapping_buildings),
        ("Q12", Tables::nearest_buildings),
    ] {
        let started = Instant::now();
        let rows = ask(&tables);
        let seconds = started.elapsed().as_secs_f64();
        queries.insert(name.to_owned(), json!({ "seconds": seconds, "rows": rows.len(), "answer": sums(&rows) }));
    }
    #[expect(clippy::print_stdout, reason = "the answer of this program")]
    {
        println!("{}", json!({ "load_s": load_s, "queries": queries }));
    }
    Ok(())
}

fn sums(rows: &[Row]) -> Value {
    let keys: i128 = rows.iter().map(|row| i128::from(row.0) + i128::from(row.1)).sum();
    let mixed: i128 = rows.iter().map(|row| i128::from(row.0) * i128::from(row.1)).sum();
    let measure: f64 = rows.iter().map(|row| row.2).sum();
    json!({ "rows": rows.len(), "keys": (keys % PRIME) as i64, "mixed": (mixed % PRIME) as i64, "measure": measure })
}

/// Both tables in memory, each under a tree.
struct Tables {
    trip_keys: Vec<i64>,
    pickups: Vec<[f64; 2]>,
    trips: PackedRtree,
    building_keys: Vec<i64>,
    rings: Vec<Vec<[f64; 2]>>,
    bounds: Vec<Bounds>,
    buildings: PackedRtree,
}

impl Tables {
    fn read(folder: &Path) -> Result<Self, Box<dyn Error>> {
        let word = |bytes: &[u8], at: usize| -> Result<[u8; 8], Box<dyn Error>> {
            Ok(bytes.get(at..at + 8).ok_or("a table ends within a row")?.try_into()?)
        };
        let bytes = std::fs::read(folder.join("trips.bin"))?;
        let (mut trip_keys, mut pickups) = (Vec::with_capacity(bytes.len() / 24), Vec::with_capacity(bytes.len() / 24));
        for at in (0..bytes.len()).step_by(24) {
            trip_keys.push(i64::from_le_bytes(word(&bytes, at)?));
            pickups.push([f64::from_le_bytes(word(&bytes, at + 8)?), f64::from_le_bytes(word(&bytes, at + 16)?)]);
        }
        let bytes = std::fs::read(folder.join("buildings.bin"))?;
        let (mut building_keys, mut rings, mut at) = (Vec::new(), Vec::new(), 0);
        while at < bytes.len() {
            building_keys.push(i64::from_le_bytes(word(&bytes, at)?));
            let vertices = usize::try_from(i64::from_le_bytes(word(&bytes, at + 8)?))?;
            at += 16;
            let mut ring = Vec::new();
            for _ in 0..vertices {
                ring.push([f64::from_le_bytes(word(&bytes, at)?), f64::from_le_bytes(word(&bytes, at + 8)?)]);
                at += 16;
            }
            rings.push(ring);
        }
        let boxes: Vec<Bounds> = pickups.iter().map(|&at| Bounds { min: at, max: at }).collect();
        let trips = PackedRtree::build(&boxes);
        let bounds: Vec<Bounds> = rings.iter().map(|ring| bounds_of(ring)).collect();
        let buildings = PackedRtree::build(&bounds);
        Ok(Self { trip_keys, pickups, trips, building_keys, rings, bounds, buildings })
    }

    /// Q1: trips that start within 0.45° of Sedona, nearest first.
    fn near_sedona(&self) -> Vec<Row> {
        let mut rows = Vec::new();
        self.trips.window(&grown(&Bounds { min: SEDONA, max: SEDONA }, SEDONA_REACH_DEG), &mut |trip| {
            let [x, y] = self.pickups[trip as usize];
            let distance = (x - SEDONA[0]).hypot(y - SEDONA[1]);
            if distance <= SEDONA_REACH_DEG {
                rows.push((self.trip_keys[trip as usize], 0, distance));
            }
        });
        rows.sort_unstable_by(|a, b| a.2.total_cmp(&b.2).then(a.0.cmp(&b.0)));
        rows
    }

    /// Q8: pickups within 0.0045° of each building that has any, most first.
    fn pickups_near_buildings(&self) -> Vec<Row> {
        let windows: Vec<Bounds> = self.bounds.iter().map(|one| grown(one, NEARBY_DEG)).collect();
        let counted = self.trips.windows(&windows, Vec::new, |counts: &mut Vec<(usize, i64)>, building, trip| {
            if distance2(self.pickups[trip as usize], &self.rings[building]) <= NEARBY_DEG * NEARBY_DEG {
                match counts.last_mut() {
                    Some((last, count)) if *last == building => *count += 1,
                    _ => counts.push((building, 1)),
                }
            }
        });
        let mut rows: Vec<Row> =
            counted.into_iter().flatten().map(|(building, count)| (self.building_keys[building], count, 0.0)).collect();
        rows.sort_unstable_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
        rows
    }

    /// Q9: pairs of buildings that meet, with intersection over union, greatest first.
    fn overlapping_buildings(&self) -> Vec<Row> {
        let found = self.buildings.join(&self.buildings, [0.0; 2], Vec::new, |rows: &mut Vec<Row>, one, other| {
            let (one, other) = (one as usize, other as usize);
            if self.building_keys[one] < self.building_keys[other] {
                let (a, b) = (polygon(&self.rings[one]), polygon(&self.rings[other]));
                if a.intersects(&b) {
                    let overlap = a.intersection(&b).unsigned_area();
                    let ratio = overlap / (a.unsigned_area() + b.unsigned_area() - overlap);
                    rows.push((self.building_keys[one], self.building_keys[other], ratio));
                }
            }
            std::ops::ControlFlow::Continue(())
        });
        let mut rows: Vec<Row> = found.into_iter().flatten().collect();
        rows.sort_unstable_by(|a, b| b.2.total_cmp(&a.2).then((a.0, a.1).cmp(&(b.0, b.1))));
        rows
    }

    /// Q12: the five nearest buildings of every pickup.
    fn nearest_buildings(&self) -> Vec<Row> {
        (0..self.pickups.len())
            .into_par_iter()
            .step_by(RUN)
            .flat_map_iter(|first| {
                let mut found = Vec::with_capacity(NEIGHBOURS);
                let mut rows = Vec::with_capacity(RUN * NEIGHBOURS);
                for trip in first..(first + RUN).min(self.pickups.len()) {
                    let from = self.pickups[trip];
                    let exact = |building: u32| Some(distance2(from, &self.rings[building as usize]));
                    self.buildings.nearest_k(NEIGHBOURS, |one| box_distance2(from, one), exact, &mut found);
                    rows.extend(
                        found
                            .iter()
                            .map(|near| (self.trip_keys[trip], self.building_keys[near.position as usize], near.distance.sqrt())),
                    );
                }
                rows
            })
            .collect()
    }
}

fn bounds_of(ring: &[[f64; 2]]) -> Bounds {
    ring.iter().fold(Bounds::EMPTY, |one, at| Bounds {
        min: [one.min[0].min(at[0]), one.min[1].min(at[1])],
        max: [one.max[0].max(at[0]), one.max[1].max(at[1])],
    })
}

fn grown(one: &Bounds, by: f64) -> Bounds {
    Bounds { min: [one.min[0] - by, one.min[1] - by], max: [one.max[0] + by, one.max[1] + by] }
}

fn polygon(ring: &[[f64; 2]]) -> Polygon {
    Polygon::new(LineString::new(ring.iter().map(|&[x, y]| Coord { x, y }).collect()), Vec::new())
}

fn box_distance2([x, y]: [f64; 2], one: &Bounds) -> f64 {
    let (dx, dy) = ((one.min[0] - x).max(x - one.max[0]).max(0.0), (one.min[1] - y).max(y - one.max[1]).max(0.0));
    dx * dx + dy * dy
}

/// Squared distance of a point from a polygon without holes; 0 inside. The ring is closed.
fn distance2([x, y]: [f64; 2], ring: &[[f64; 2]]) -> f64 {
    let (mut nearest, mut inside) = (f64::INFINITY, false);
    for side in ring.windows(2) {
        let ([ax, ay], [bx, by]) = (side[0], side[1]);
        let (ex, ey, px, py) = (bx - ax, by - ay, x - ax, y - ay);
        let along = ((px * ex + py * ey) / (ex * ex + ey * ey)).clamp(0.0, 1.0);
        // A side of no length gives NaN, which `min` leaves out: its end belongs to the next side too.
        let (dx, dy) = (px - along * ex, py - along * ey);
        nearest = nearest.min(dx * dx + dy * dy);
        if (ay > y) != (by > y) && px < py * ex / ey {
            inside = !inside;
        }
    }
    if inside { 0.0 } else { nearest }
}
