//! From the outline to blocks: every stage cuts the faces of the stage before.
//!
//! 1. units, by the limits drawn by hand; 2. rivers; 3. arterials; 4. villages; 5. grids, 1,575 of them; 6. blocks.
//!
//! Villages and grids halve the heaviest face (people, not area) until there are enough.

use crate::facts::Facts;
use crate::land_use::{LandUse, LandUses, east_at};
use crate::plane::{Point, area_m2, centroid, contains};
use crate::random::Random;
use crate::subdivision::{Cut, EdgeKind, StreetClass, Subdivision, Vertex};
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

/// Basic grids 基础网格 (published for 2019).
pub(crate) const BASIC_GRIDS: usize = 1_141;
/// Special grids 专属网格: parks, markets, schools, firms (published for 2019).
pub(crate) const SPECIAL_GRIDS: usize = 434;
/// Spacing of the points that weigh a face, metres.
const WEIGHT_POINT_M: f64 = 110.0;
/// How far a lane that is no arterial bows aside, as a share of its length.
const SWAY: f64 = 0.045;
/// A village or community holds at most this share of the district's weight.
const VILLAGES: usize = 330;

/// A grid cell.
#[derive(Clone, Debug)]
pub(crate) struct Grid {
    pub(crate) ring: Vec<Vertex>,
    pub(crate) middle: Point,
    pub(crate) town: u16,
    pub(crate) village: u32,
    pub(crate) code: String,
    /// What a special grid is for; basic ones have none.
    pub(crate) special: Option<Special>,
    pub(crate) land_use: LandUse,
}

/// What a special grid 专属网格 is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Special {
    Firm,
    Market,
    School,
    Park,
}

/// A village or community.
#[derive(Clone, Debug)]
pub(crate) struct Village {
    pub(crate) code: String,
    pub(crate) name: String,
    pub(crate) name_en: String,
    pub(crate) middle: Point,
}

/// A block: a final face.
#[derive(Clone, Debug)]
pub(crate) struct Block {
    pub(crate) face: usize,
    pub(crate) grid: u32,
    pub(crate) land_use: LandUse,
    pub(crate) special: Option<Special>,
}

/// The planned district.
#[derive(Debug)]
pub(crate) struct District {
    pub(crate) plan: Subdivision,
    pub(crate) uses: LandUses,
    pub(crate) grids: Vec<Grid>,
    pub(crate) villages: Vec<Village>,
    pub(crate) blocks: Vec<Block>,
}

impl District {
    pub(crate) fn plan(facts: &Facts, seed: u64) -> Self {
        let uses = LandUses::new(facts);
        let mut plan = Subdivision::default();
        outline(&mut plan, facts);
        for limit in &facts.shape.limits {
            plan.cut_by_line(&limit.line(), EdgeKind::Street(StreetClass::Tertiary, None), 90.0);
        }
        for face in &mut plan.faces {
            face.town = u16::MAX;
        }
        for (number, unit) in facts.units.iter().enumerate() {
            for face in 0..plan.faces.len() {
                if contains(&plan.ring(face), unit.middle()) {
                    plan.faces[face].town = number as u16;
                }
            }
        }
        for (number, river) in facts.shape.rivers.iter().enumerate() {
            plan.cut_by_line(&river.line(), EdgeKind::River(number as u8), 120.0);
        }
        for (number, road) in facts.shape.arterials.iter().enumerate() {
            plan.cut_by_line(&road.line(), EdgeKind::Street(road.class, Some(number as u8)), 120.0);
        }
        divide_by_weight(&mut plan, &uses, seed, VILLAGES, EdgeKind::Street(StreetClass::Tertiary, None));
        for face in 0..plan.faces.len() {
            plan.faces[face].village = face as u32;
        }
        divide_by_weight(&mut plan, &uses, seed ^ 1, BASIC_GRIDS + SPECIAL_GRIDS, EdgeKind::Street(StreetClass::Tertiary, None));
        for face in 0..plan.faces.len() {
            plan.faces[face].grid = face as u32;
        }
        let (grids, villages) = number_areas(&plan, &uses, facts, seed);
        let blocks = divide_into_blocks(&mut plan, &uses, &grids, seed);
        Self { plan, uses, grids, villages, blocks }
    }

    /// The outer rings of a town, closed: the grids' edges that have no grid of the same town beyond.
    pub(crate) fn town_rings(&self, town: u16) -> Vec<Vec<Point>> {
        self.outer_rings(|grid| grid.town == town)
    }

    /// The outer rings of some grids together.
    pub(crate) fn outer_rings(&self, wanted: impl Fn(&Grid) -> bool) -> Vec<Vec<Point>> {
        let edges_of = |grid: &Grid| {
            (0..grid.ring.len()).map(|at| (grid.ring[at], grid.ring[(at + 1) % grid.ring.len()])).collect::<Vec<_>>()
        };
        let edges: BTreeSet<(Vertex, Vertex)> = self.grids.iter().filter(|grid| wanted(grid)).flat_map(edges_of).collect();
        let mut next: BTreeMap<Vertex, Vec<Vertex>> = BTreeMap::new();
        for &(from, to) in edges.iter().filter(|&&(from, to)| !edges.contains(&(to, from))) {
            next.entry(from).or_default().push(to);
        }
        let mut rings = Vec::new();
        while let Some((&start, _)) = next.iter().find(|(_, to)| !to.is_empty()) {
            let mut ring = vec![start];
            while let Some(to) = next.get_mut(&ring[ring.len() - 1]).and_then(Vec::pop) {
                if to == start {
                    break;
                }
                ring.push(to);
            }
            rings.push(self.plan.closed(&ring));
        }
        rings
    }
}

fn outline(plan: &mut Subdivision, facts: &Facts) {
    for part in &facts.shape.outline {
        let kind_of = |side: &str| {
            let shore = facts.shape.open_water.iter().position(|water| water.side == side);
            shore.map_or(EdgeKind::Limit, |number| EdgeKind::Shore(number as u8))
        };
        let (ring, kinds): (Vec<_>, Vec<_>) = part.ring().into_iter().map(|(point, side)| (point, kind_of(side))).unzip();
        plan.add_face(&ring, &kinds);
    }
}

/// One face on the way to enough faces.
struct Heavy {
    weight: f64,
    face: usize,
    points: Vec<(Point, f64)>,
}

impl PartialEq for Heavy {
    fn eq(&self, other: &Self) -> bool {
        self.face == other.face
    }
}
impl Eq for Heavy {}
impl PartialOrd for Heavy {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Heavy {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.weight.total_cmp(&other.weight).then(other.face.cmp(&self.face))
    }
}

/// Halves the heaviest face until there are `count` faces, or no face can be cut any more.
fn divide_by_weight(plan: &mut Subdivision, uses: &LandUses, seed: u64, count: usize, kind: EdgeKind) {
    let mut queue: BinaryHeap<Heavy> = (0..plan.faces.len()).map(|face| weigh(plan, uses, face)).collect();
    while plan.faces.len() < count {
        let Some(heavy) = queue.pop() else { return };
        let mut random = Random::stream(seed, "weight", heavy.face as u64 ^ ((plan.faces.len() as u64) << 32));
        let ring = plan.ring(heavy.face);
        let whole = area_m2(&ring);
        let middle = centroid(&ring);
        let east = east_at(middle);
        let (wide, deep) = extent(&ring, east);
        let mut across = [east.left(), east];
        if wide < deep * 1.1 {
            across.reverse();
        }
        let cut = (0..8).find_map(|attempt| {
            let direction = across[usize::from(attempt % 4 == 3)];
            let share = 0.5 + random.between(-0.03, 0.03) * (1 + attempt) as f64;
            let through = quantile(&heavy.points, direction, share).unwrap_or(middle);
            plan.bisect(heavy.face, Cut { through, direction, sway: random.between(-SWAY, SWAY) }, kind, 45.0, whole * 0.08)
        });
        if let Some(added) = cut {
            queue.push(weigh(plan, uses, heavy.face));
            queue.push(weigh(plan, uses, added));
        }
    }
}

fn weigh(plan: &Subdivision, uses: &LandUses, face: usize) -> Heavy {
    let ring = plan.ring(face);
    let low = ring.iter().fold(Point::new(f64::MAX, f64::MAX), |low, p| Point::new(low.x.min(p.x), low.y.min(p.y)));
    let high = ring.iter().fold(Point::new(f64::MIN, f64::MIN), |high, p| Point::new(high.x.max(p.x), high.y.max(p.y)));
    let count = |length: f64| (length / WEIGHT_POINT_M).clamp(4.0, 40.0);
    let (columns, rows) = (count(high.x - low.x), count(high.y - low.y));
    let mut points = Vec::new();
    for row in 0..rows as usize {
        for column in 0..columns as usize {
            let share = Point::new((column as f64 + 0.5) / columns.floor(), (row as f64 + 0.5) / rows.floor());
            let point = Point::new(low.x + share.x * (high.x - low.x), low.y + share.y * (high.y - low.y));
            if contains(&ring, point) {
                points.push((point, uses.at(point).density()));
            }
        }
    }
    let each = area_m2(&ring) / points.len().max(1) as f64;
    Heavy { weight: points.iter().map(|&(_, density)| density * each).sum(), face, points }
}

/// Where a cut along `direction` leaves the share of the weight on its right.
fn quantile(points: &[(Point, f64)], direction: Point, share: f64) -> Option<Point> {
    let mut order: Vec<(f64, f64, Point)> = points.iter().map(|&(p, weight)| (direction.cross(p), weight, p)).collect();
    order.sort_by(|l, r| l.0.total_cmp(&r.0));
    let total: f64 = order.iter().map(|&(_, weight, _)| weight).sum();
    let mut sum = 0.0;
    order.into_iter().find_map(|(_, weight, point)| {
        sum += weight;
        (sum >= total * share).then_some(point)
    })
}

/// Width along `east` and depth across it, metres.
pub(crate) fn extent(ring: &[Point], east: Point) -> (f64, f64) {
    let spread = |direction: Point| {
        let along = ring.iter().map(|point| direction.dot(*point));
        along.clone().fold(f64::MIN, f64::max) - along.fold(f64::MAX, f64::min)
    };
    (spread(east), spread(east.left()))
}

/// Gives villages and grids their codes: from north to south in bands, in a band from west to east.
fn number_areas(plan: &Subdivision, uses: &LandUses, facts: &Facts, seed: u64) -> (Vec<Grid>, Vec<Village>) {
    let mut members: BTreeMap<(u16, u32), Vec<usize>> = BTreeMap::new();
    for (face, area) in plan.faces.iter().enumerate() {
        members.entry((area.town, area.village)).or_default().push(face);
    }
    let middles: Vec<Point> = (0..plan.faces.len()).map(|face| centroid(&plan.ring(face))).collect();
    let land: Vec<LandUse> = (0..plan.faces.len()).map(|face| main_use(plan, uses, face)).collect();
    let mut by_town: BTreeMap<u16, Vec<(Point, Vec<usize>)>> = BTreeMap::new();
    for ((town, _), faces) in members {
        let sum = faces.iter().fold(Point::new(0.0, 0.0), |sum, &face| sum + middles[face]);
        by_town.entry(town).or_default().push((sum * (1.0 / faces.len() as f64), faces));
    }
    let (mut villages, mut grids) = (Vec::new(), Vec::new());
    let mut placed = vec![None; plan.faces.len()];
    for (town, mut of_town) in by_town {
        of_town.sort_by_key(|&(middle, _)| reading_order(middle, 2_500.0));
        for (at, (middle, mut faces)) in of_town.into_iter().enumerate() {
            let code = format!("{}{:03}", facts.units[usize::from(town)].code, at + 1);
            faces.sort_by_key(|&face| reading_order(middles[face], 600.0));
            let urban = faces.iter().filter(|&&face| land[face].urban()).count() * 2 > faces.len();
            // A village's name stands in one of its grids, not in the gap of a bent one.
            let heart = faces
                .iter()
                .copied()
                .min_by(|&l, &r| (middles[l] - middle).length().total_cmp(&(middles[r] - middle).length()).then(l.cmp(&r)));
            for (order, &face) in faces.iter().enumerate() {
                let village = villages.len() as u32;
                placed[face] = Some(Grid {
                    ring: plan.faces[face].ring.clone(),
                    middle: middles[face],
                    town,
                    village,
                    code: format!("{code}{:03}", order + 1),
                    special: None,
                    land_use: land[face],
                });
            }
            let [name, name_en] = village_name(facts, seed, villages.len(), urban);
            villages.push(Village { code, name, name_en, middle: heart.map_or(middle, |face| middles[face]) });
        }
    }
    grids.extend(placed.into_iter().flatten());
    choose_special(&mut grids, seed);
    (grids, villages)
}

/// An invented name, unique in the district: the words' pairs in a seeded order.
fn village_name(facts: &Facts, seed: u64, number: usize, urban: bool) -> [String; 2] {
    let words = &facts.words;
    let pairs = words.first.len() * words.second.len();
    // A step without a common divisor walks through every pair once.
    let step = (0..).map(|more| 217 + more).find(|step| gcd(*step, pairs) == 1).unwrap_or(1);
    let pair = (number * step + (seed % pairs as u64) as usize) % pairs;
    let (first, second) = (&words.first[pair / words.second.len()], &words.second[pair % words.second.len()]);
    let (ending, ending_en) = if urban { ("社区", "Community") } else { ("村", "Village") };
    [format!("{}{}{ending}", first[0], second[0]), format!("{}{} {ending_en}", first[1], second[1])]
}

fn gcd(a: usize, b: usize) -> usize {
    if b == 0 { a } else { gcd(b, a % b) }
}

/// Bands from north to south, in each from west to east.
pub(crate) fn reading_order(point: Point, band_m: f64) -> (i64, i64) {
    (-(point.y / band_m).floor() as i64, (point.x * 100.0) as i64)
}

fn main_use(plan: &Subdivision, uses: &LandUses, face: usize) -> LandUse {
    uses.at(centroid(&plan.ring(face)))
}

fn choose_special(grids: &mut [Grid], seed: u64) {
    let mut random = Random::stream(seed, "special", 0);
    let mut order: Vec<(u64, usize)> = grids
        .iter()
        .enumerate()
        .map(|(at, grid)| {
            let wish = match grid.land_use {
                LandUse::Industrial => 3.2,
                LandUse::Centre => 2.4,
                LandUse::OldTown | LandUse::Estates => 1.0,
                LandUse::TownCore => 0.9,
                LandUse::Rural => 0.35,
            };
            ((wish * random.unit() * 1e9) as u64, at)
        })
        .collect();
    order.sort_unstable_by(|left, right| right.cmp(left));
    for &(_, at) in &order[..SPECIAL_GRIDS.min(order.len())] {
        let chance = random.unit();
        grids[at].special = Some(match (grids[at].land_use, chance) {
            (LandUse::Industrial, _) => Special::Firm,
            (LandUse::Rural, c) if c < 0.7 => Special::Firm,
            (_, c) if c < 0.34 => Special::School,
            (_, c) if c < 0.5 => Special::Market,
            (_, c) if c < 0.62 => Special::Park,
            _ => Special::Firm,
        });
    }
}

fn divide_into_blocks(plan: &mut Subdivision, uses: &LandUses, grids: &[Grid], seed: u64) -> Vec<Block> {
    let mut waiting: Vec<usize> = (0..plan.faces.len()).rev().collect();
    let mut blocks = Vec::new();
    while let Some(face) = waiting.pop() {
        let ring = plan.ring(face);
        let middle = centroid(&ring);
        let land_use = uses.at(middle);
        let (target_m2, aspect) = match grids[plan.faces[face].grid as usize].special {
            Some(Special::School) => (70_000.0, 1.2),
            Some(Special::Market) => (80_000.0, 1.2),
            Some(Special::Park) => (150_000.0, 1.3),
            Some(Special::Firm) | None => land_use.block(),
        };
        let area = area_m2(&ring);
        let mut random = Random::stream(seed, "block", face as u64 ^ ((plan.faces.len() as u64) << 32));
        let mut added = None;
        if area > target_m2 * random.between(1.15, 1.75) {
            let east = east_at(middle);
            let (wide, deep) = extent(&ring, east);
            let mut across = [east.left(), east];
            if wide < deep * aspect {
                across.reverse();
            }
            let class = if land_use == LandUse::Rural { StreetClass::Service } else { StreetClass::Residential };
            let draw_m = if land_use == LandUse::OldTown { 14.0 } else { 40.0 };
            added = (0..8).find_map(|attempt| {
                let wobble = if land_use == LandUse::OldTown { 0.16 } else { 0.07 } * (1.0 + 0.4 * f64::from(attempt));
                let across = across[usize::from(attempt > 4)];
                let (wide, deep) = extent(&ring, across);
                let sway = if land_use == LandUse::Rural || random.chance(0.2) { random.between(-SWAY, SWAY) } else { 0.0 };
                let shift = across.left() * (deep * random.between(-wobble, wobble)) + across * (wide * 0.0);
                plan.bisect(
                    face,
                    Cut { through: middle + shift, direction: across, sway },
                    EdgeKind::Street(class, None),
                    draw_m,
                    area * 0.2,
                )
            });
        }
        match added {
            Some(added) => waiting.extend([added, face]),
            None => {
                let grid = plan.faces[face].grid;
                blocks.push(Block { face, grid, land_use, special: grids[grid as usize].special });
            }
        }
    }
    blocks
}
