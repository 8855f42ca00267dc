//! What stands in a block: footprints aligned to the block's own east, clear of its streets and waters.

mod layouts;

use crate::district::{Block, District, Special};
use crate::facts::Facts;
use crate::land_use::{LandUse, east_at};
use crate::plane::{Point, centroid, contains, crossing, distance_to_segment};
use crate::random::Random;
use crate::subdivision::{EdgeKind, Vertex};
use crate::water::Water;
use std::collections::BTreeSet;

/// A building to be written.
#[derive(Clone, Debug)]
pub(crate) struct Building {
    /// Closed, counter-clockwise.
    pub(crate) ring: Vec<Point>,
    pub(crate) land_use: &'static str,
    pub(crate) name: Option<String>,
    pub(crate) levels: i64,
    pub(crate) height_m: f64,
    pub(crate) year_built: i64,
    pub(crate) measured: bool,
    pub(crate) block: usize,
    /// A house of the countryside: how many are kept depends on the scale.
    pub(crate) rural: bool,
}

/// A park, field or wood.
#[derive(Clone, Debug)]
pub(crate) struct Green {
    pub(crate) ring: Vec<Point>,
    pub(crate) class: &'static str,
    pub(crate) name: Option<String>,
}

/// What filling the blocks gave.
#[derive(Debug, Default)]
pub(crate) struct Filled {
    pub(crate) buildings: Vec<Building>,
    pub(crate) greens: Vec<Green>,
    /// Ditches behind rows of houses.
    pub(crate) ditches: Vec<[Point; 2]>,
}

impl Filled {
    /// Drops the few buildings that a river's mitred bend reaches beyond the clearance of its edges.
    pub(crate) fn drop_flooded(&mut self, district: &District, waters: &[Water]) {
        let plan = &district.plan;
        let wet = |kind| matches!(kind, EdgeKind::River(_) | EdgeKind::Shore(_));
        let banks: BTreeSet<Vertex> =
            plan.edges().into_iter().filter(|&(.., kind)| wet(kind)).flat_map(|(a, b, _)| [a, b]).collect();
        let near: Vec<bool> =
            district.blocks.iter().map(|block| plan.faces[block.face].ring.iter().any(|vertex| banks.contains(vertex))).collect();
        self.buildings.retain(|building| !near[building.block] || waters.iter().all(|water| !meet(&building.ring, &water.ring)));
    }
}

/// Whether two closed rings share a point.
pub(crate) fn meet(a: &[Point], b: &[Point]) -> bool {
    contains(b, a[0])
        || contains(a, b[0])
        || a.windows(2).any(|s| b.windows(2).any(|t| crossing(s[0], s[1], t[0], t[1]).is_some()))
}

/// How villages are built along their lanes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Villages {
    /// Rows of houses behind each other.
    pub(crate) rows: usize,
    /// Whether a footprint is several houses wall to wall, or one.
    pub(crate) joined: bool,
}

/// A block being filled.
pub(crate) struct Site<'a> {
    ring: Vec<Point>,
    /// How far a building keeps from each edge, metres.
    clear_m: Vec<f64>,
    kinds: Vec<EdgeKind>,
    origin: Point,
    east: Point,
    number: usize,
    measured: bool,
    /// In the main city, not in a small town.
    city: bool,
    names: &'a Facts,
}

impl Site<'_> {
    /// The plane's point at metres along the block's east and north.
    fn at(&self, x: f64, y: f64) -> Point {
        self.origin + self.east * x + self.east.left() * y
    }

    /// The block's extent in its own frame: west, south, east, north.
    fn frame(&self) -> [f64; 4] {
        let mut frame = [f64::MAX, f64::MAX, f64::MIN, f64::MIN];
        for &point in &self.ring {
            let (x, y) = (self.east.dot(point - self.origin), self.east.left().dot(point - self.origin));
            frame = [frame[0].min(x), frame[1].min(y), frame[2].max(x), frame[3].max(y)];
        }
        frame
    }

    /// The longest stretch, west to east, where a strip between two norths is free; none shorter than 14 m.
    fn free_span(&self, south: f64, north: f64) -> Option<[f64; 2]> {
        let [west, _, east, _] = self.frame();
        let (mut best, mut begin) = (None::<[f64; 2]>, None);
        let mut x = west;
        while x < east + 2.0 {
            let free = x < east && [south, (south + north) / 2.0, north].iter().all(|&y| self.clear(self.at(x, y)));
            match (free, begin) {
                (true, None) => begin = Some(x),
                (false, Some(from)) => {
                    let span = [from, x - 2.0];
                    if span[1] - span[0] > best.map_or(14.0, |best| best[1] - best[0]) {
                        best = Some(span);
                    }
                    begin = None;
                }
                _ => {}
            }
            x += 2.0;
        }
        best
    }

    /// Whether a point lies in the block and keeps its distance from every edge.
    fn clear(&self, point: Point) -> bool {
        contains(&self.ring, point)
            && self.ring.windows(2).zip(&self.clear_m).all(|(edge, &m)| distance_to_segment(point, edge[0], edge[1]) >= m)
    }

    /// Whether a closed ring lies in the block and keeps its distance from every edge.
    fn fits(&self, ring: &[Point]) -> bool {
        // Corners first: they fail most often.
        ring.iter().all(|&corner| self.clear(corner))
            && ring.windows(2).all(|side| {
                let pieces = ((side[1] - side[0]).length() / 9.0).ceil() as usize;
                (1..pieces).all(|piece| self.clear(side[0].lerp(side[1], piece as f64 / pieces as f64)))
            })
    }
}

/// Fills every block.
pub(crate) fn fill(district: &District, facts: &Facts, seed: u64, villages: Villages) -> Filled {
    let mut filled = Filled::default();
    for (number, block) in district.blocks.iter().enumerate() {
        let site = site(district, facts, number, block);
        let [x, y] = site.origin.to_e7();
        let mut random = Random::stream(seed, "site", (x as u64) << 32 ^ y as u64);
        let fill = match (block.special, block.land_use) {
            (Some(Special::Park), _) => layouts::park,
            (Some(Special::School), _) => layouts::school,
            (Some(Special::Market), LandUse::Centre | LandUse::Estates | LandUse::TownCore) => layouts::market,
            (Some(Special::Firm), LandUse::OldTown | LandUse::Estates) => layouts::offices,
            (_, LandUse::OldTown) => layouts::old_streets,
            (_, LandUse::Centre) => layouts::centre,
            (_, LandUse::Estates) => layouts::estate,
            (_, LandUse::TownCore) => layouts::town_core,
            (_, LandUse::Industrial) | (Some(Special::Firm), _) => layouts::works,
            (_, LandUse::Rural) => {
                layouts::countryside(&site, &mut random, &mut filled, villages);
                continue;
            }
        };
        fill(&site, &mut random, &mut filled);
    }
    filled
}

fn site<'a>(district: &District, facts: &'a Facts, number: usize, block: &Block) -> Site<'a> {
    let plan = &district.plan;
    let vertices = &plan.faces[block.face].ring;
    let ring = plan.closed(vertices);
    let kinds: Vec<EdgeKind> =
        (0..vertices.len()).map(|at| plan.kind(vertices[at], vertices[(at + 1) % vertices.len()])).collect();
    let setback = match block.land_use {
        LandUse::OldTown => 3.5,
        LandUse::Centre | LandUse::Estates => 8.0,
        LandUse::TownCore => 4.5,
        LandUse::Industrial => 12.0,
        LandUse::Rural => 5.0,
    };
    let clear_m = kinds.iter().map(|kind| match kind {
        EdgeKind::Limit => 12.0,
        EdgeKind::Shore(_) => 90.0,
        EdgeKind::River(river) => facts.shape.rivers[usize::from(*river)].width_m / 2.0 + 14.0,
        EdgeKind::Street(class, _) => class.width_m() / 2.0 + setback,
    });
    let clear_m = clear_m.collect();
    let origin = centroid(&ring);
    // The street nearest to east–west gives the block its east; a block without one takes the country's.
    let country = east_at(origin);
    let straight = ring.windows(2).map(|edge| edge[1] - edge[0]).filter(|edge| edge.unit().dot(country).abs() > 0.96);
    let longest = straight.max_by(|l, r| l.length().total_cmp(&r.length()));
    let east = longest.map_or(country, |edge| if edge.x < 0.0 { -edge.unit() } else { edge.unit() });
    let city = matches!(block.land_use, LandUse::OldTown | LandUse::Centre | LandUse::Estates);
    Site { ring, clear_m, kinds, origin, east, number, measured: city, city, names: facts }
}
