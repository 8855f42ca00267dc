//! One way of building per land use.

use super::{Building, Filled, Green, Site, Villages, meet};
use crate::plane::Point;
use crate::random::Random;
use crate::subdivision::EdgeKind;

/// Storey heights, metres: homes, shops and offices, works.
const HOME_STOREY_M: f64 = 2.9;
const SHOP_STOREY_M: f64 = 3.9;
const WORKS_STOREY_M: f64 = 6.5;

/// A footprint's plan in its own box.
#[derive(Clone, Copy)]
enum Plan {
    Slab,
    /// An L, its notch at a corner 0 ..= 3 and the arms' share of the depth.
    Angle(u8, f64),
    /// A U open to the south; the arms' share of the width.
    Court(f64),
}

fn ring(site: &Site<'_>, plan: Plan, [west, south, east, north]: [f64; 4]) -> Vec<Point> {
    let at = |x: f64, y: f64| site.at(west + x * (east - west), south + y * (north - south));
    let corners: Vec<[f64; 2]> = match plan {
        Plan::Slab => vec![[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]],
        Plan::Angle(corner, arm) => {
            let notch = [[arm, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0], [0.0, arm], [arm, arm]];
            let turn = |[x, y]: [f64; 2]| match corner {
                0 => [x, y],
                1 => [1.0 - y, x],
                2 => [1.0 - x, 1.0 - y],
                _ => [y, 1.0 - x],
            };
            notch.into_iter().map(turn).collect()
        }
        Plan::Court(arm) => {
            vec![[0.0, 0.0], [arm, 0.0], [arm, 0.55], [1.0 - arm, 0.55], [1.0 - arm, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]]
        }
    };
    let mut ring: Vec<Point> = corners.into_iter().map(|[x, y]| at(x, y).snapped()).collect();
    ring.push(ring[0]);
    ring
}

/// What is said of a building beside its plan.
#[derive(Clone)]
struct Kind {
    land_use: &'static str,
    levels: i64,
    storey_m: f64,
    year_built: i64,
    name: Option<String>,
    rural: bool,
}

fn put(site: &Site<'_>, filled: &mut Filled, plan: Plan, place: [f64; 4], kind: &Kind) -> bool {
    let ring = ring(site, plan, place);
    if !site.fits(&ring) {
        return false;
    }
    filled.buildings.push(Building {
        ring,
        land_use: kind.land_use,
        name: kind.name.clone(),
        levels: kind.levels,
        height_m: kind.levels as f64 * kind.storey_m + 0.6,
        year_built: kind.year_built,
        measured: site.measured,
        block: site.number,
        rural: kind.rural,
    });
    true
}

fn year(random: &mut Random, low: i64, high: i64) -> i64 {
    low + random.below((high - low + 1) as usize) as i64
}

fn estate_name(site: &Site<'_>, random: &mut Random) -> String {
    let words = &site.names.words;
    format!("{}{}", random.pick(&words.estates), random.pick(&words.estate_endings))
}

/// Rows of slabs that face south, or towers; shops along the southern street.
pub(super) fn estate(site: &Site<'_>, random: &mut Random, filled: &mut Filled) {
    let [_, south, _, north] = site.frame();
    let name = estate_name(site, random);
    let style = random.unit();
    // The main city grows upwards, the towns hardly.
    let [low, middle, high] = if site.city { [0.22, 0.42, 0.94] } else { [0.5, 0.78, 0.88] };
    let (levels, depth, long, built) = match style {
        s if s < low => (year(random, 5, 6), 11.5, random.between(38.0, 58.0), year(random, 1988, 2003)),
        s if s < middle => (year(random, 9, 11), 13.0, random.between(34.0, 52.0), year(random, 2004, 2014)),
        s if s < high => (year(random, 17, 33), 17.0, random.between(24.0, 31.0), year(random, 2010, 2022)),
        _ => (3, 10.5, random.between(22.0, 34.0), year(random, 2006, 2019)),
    };
    // Sun in every window at the winter solstice: about 1.2 heights between rows of slabs, less between towers.
    let height = levels as f64 * HOME_STOREY_M;
    let gap = (height * if levels > 15 { 0.62 } else { 1.2 }).max(11.0);
    let home = |random: &mut Random, number: usize| Kind {
        land_use: "residential",
        levels: if levels > 15 { levels - random.below(4) as i64 } else { levels },
        storey_m: HOME_STOREY_M,
        year_built: built,
        name: Some(format!("{name}{number}幢")),
        rural: false,
    };
    // 1. Shops face the street: a low row along the southern edge, on the first line that is free.
    let mut y = first_free(site, south, north, 10.0);
    if random.chance(0.7) {
        if let Some([from, to]) = site.free_span(y, y + 9.5) {
            let mut x = from;
            while x + 20.0 < to {
                let end = (x + random.between(26.0, 48.0)).min(to);
                let shops = Kind {
                    land_use: "commercial",
                    levels: 2,
                    storey_m: SHOP_STOREY_M,
                    year_built: built,
                    name: None,
                    rural: false,
                };
                put(site, filled, Plan::Slab, [x, y, end - 1.5, y + 9.5], &shops);
                x = end;
            }
        }
        y += 9.5 + gap.min(22.0);
    }
    // 2. Rows over the whole free width, each filled evenly: the slabs take what the gaps leave.
    let mut number = 0;
    while y + depth < north {
        let Some([from, to]) = site.free_span(y, y + depth) else {
            y += 4.0;
            continue;
        };
        let between = if levels > 15 { random.between(15.0, 24.0) } else { random.between(8.0, 12.0) };
        let count = ((to - from + between) / (long + between)).floor().max(1.0);
        let each = ((to - from + between) / count - between).min(long * 1.35);
        let spare = (to - from - count * each - (count - 1.0) * between).max(0.0);
        for slab in 0..count as usize {
            let x = from + slab as f64 * (each + between) + spare * (slab as f64 + 0.5) / count;
            let step = if levels > 15 && slab % 2 == 1 { gap * 0.15 } else { 0.0 };
            number += 1;
            let kind = home(random, number);
            put(site, filled, Plan::Slab, [x, y + step, x + each, y + step + depth], &kind);
        }
        y += depth + gap + if levels > 15 { gap * 0.15 } else { 0.0 };
    }
}

/// The southernmost line from which a strip of some depth is free somewhere.
fn first_free(site: &Site<'_>, south: f64, north: f64, deep: f64) -> f64 {
    let mut y = south;
    while y + deep < north && site.free_span(y, y + deep).is_none_or(|[from, to]| to - from < 40.0) {
        y += 2.0;
    }
    y
}

/// Small houses of many ages, shoulder to shoulder, with yards between.
pub(super) fn old_streets(site: &Site<'_>, random: &mut Random, filled: &mut Filled) {
    lattice(site, random, filled, [13.0, 22.0], [12.0, 17.0], 0.86, |random| {
        let shop = random.chance(0.33);
        Kind {
            land_use: if shop { "commercial" } else { "residential" },
            levels: year(random, 2, if shop { 5 } else { 4 }),
            storey_m: if shop { 3.4 } else { 3.0 },
            year_built: year(random, 1958, 1999),
            name: None,
            rural: false,
        }
    });
}

/// A small town: shops and homes on the streets, some slabs.
pub(super) fn town_core(site: &Site<'_>, random: &mut Random, filled: &mut Filled) {
    if random.chance(0.45) {
        return estate(site, random, filled);
    }
    lattice(site, random, filled, [20.0, 44.0], [12.0, 16.0], 0.72, |random| Kind {
        land_use: if random.chance(0.4) { "commercial" } else { "residential" },
        levels: year(random, 2, 5),
        storey_m: 3.1,
        year_built: year(random, 1975, 2015),
        name: None,
        rural: false,
    });
}

/// Rows of mixed plots over the whole block.
fn lattice(
    site: &Site<'_>,
    random: &mut Random,
    filled: &mut Filled,
    wide: [f64; 2],
    deep: [f64; 2],
    share: f64,
    kind: impl Fn(&mut Random) -> Kind,
) {
    let [west, south, east, north] = site.frame();
    let mut y = south;
    while y < north {
        let row = random.between(deep[0], deep[1]);
        let mut x = west + random.between(0.0, 5.0);
        while x < east {
            let plot = random.between(wide[0], wide[1]);
            if random.chance(share) {
                let back = random.between(0.0, row * 0.2);
                let plan = match random.below(6) {
                    0 => Plan::Angle(random.below(4) as u8, random.between(0.4, 0.62)),
                    1 if plot > 17.0 => Plan::Court(random.between(0.26, 0.34)),
                    _ => Plan::Slab,
                };
                let kind = kind(random);
                put(site, filled, plan, [x, y + back, x + plot - random.between(0.8, 3.0), y + row], &kind);
            }
            x += plot;
        }
        y += row + if random.chance(0.5) { random.between(3.0, 5.0) } else { random.between(6.5, 9.0) };
    }
}

/// Towers on podiums, malls around courts.
pub(super) fn centre(site: &Site<'_>, random: &mut Random, filled: &mut Filled) {
    let [_, south, _, north] = site.frame();
    let mut y = first_free(site, south, north, 30.0);
    while y + 24.0 < north {
        let row = random.between(34.0, 56.0).min(north - y);
        let Some([from, to]) = site.free_span(y, y + row) else {
            y += 4.0;
            continue;
        };
        let mut x = from;
        while x + 26.0 < to {
            let tower = random.chance(0.5);
            let side = if tower { random.between(27.0, 38.0) } else { random.between(40.0, 78.0) };
            let end = (x + side).min(to);
            let kind = Kind {
                land_use: if tower { "office" } else { "commercial" },
                levels: if tower { year(random, 14, 36) } else { year(random, 3, 7) },
                storey_m: SHOP_STOREY_M,
                year_built: year(random, 1999, 2021),
                name: Some(format!("{}{}", random.pick(&site.names.words.estates), if tower { "大厦" } else { "商场" })),
                rural: false,
            };
            let plan = match (tower, random.below(2)) {
                (true, _) => Plan::Slab,
                (false, 0) => Plan::Court(0.3),
                (false, _) => Plan::Angle(random.below(4) as u8, 0.5),
            };
            let deep = if tower { row.min(side * 0.9) } else { row };
            put(site, filled, plan, [x, y, end, y + deep], &kind);
            x = end + random.between(9.0, 16.0);
        }
        y += row + random.between(12.0, 20.0);
    }
}

/// A firm in town: office wings about courts, here and there a tower.
pub(super) fn offices(site: &Site<'_>, random: &mut Random, filled: &mut Filled) {
    let [_, south, _, north] = site.frame();
    let firm = format!("{}{}", random.pick(&site.names.words.estates), random.pick(&site.names.words.trades));
    let built = year(random, 1996, 2022);
    let mut y = first_free(site, south, north, 18.0);
    while y + 18.0 < north {
        let deep = random.between(18.0, 40.0).min(north - y);
        let Some([from, to]) = site.free_span(y, y + deep) else {
            y += 4.0;
            continue;
        };
        let mut x = from;
        while x + 26.0 < to {
            let tower = random.chance(0.14);
            let end = (x + if tower { 30.0 } else { random.between(36.0, 68.0) }).min(to);
            let plan = match random.below(3) {
                0 if !tower && deep > 28.0 => Plan::Court(0.3),
                1 if !tower => Plan::Angle(random.below(4) as u8, 0.5),
                _ => Plan::Slab,
            };
            let kind = Kind {
                land_use: "office",
                levels: if tower { year(random, 14, 24) } else { year(random, 4, 9) },
                storey_m: SHOP_STOREY_M,
                year_built: built,
                name: Some(firm.clone()),
                rural: false,
            };
            put(site, filled, plan, [x, y, end, y + if tower { deep.min(28.0) } else { deep }], &kind);
            x = end + random.between(12.0, 22.0);
        }
        y += deep + random.between(16.0, 26.0);
    }
}

/// Sheds in rows, an office at the gate.
pub(super) fn works(site: &Site<'_>, random: &mut Random, filled: &mut Filled) {
    let [_, south, _, north] = site.frame();
    let firm = format!("{}{}厂区", random.pick(&site.names.words.estates), random.pick(&site.names.words.trades));
    let built = year(random, 1994, 2021);
    let (long, deep) = (random.between(58.0, 120.0), random.between(30.0, 62.0));
    let fullness = random.between(0.55, 0.95);
    let mut y = first_free(site, south, north, 16.0);
    let mut first = true;
    while y + 16.0 < north {
        // The office stands at the gate, before the sheds.
        let row = if first { 15.0 } else { deep };
        let Some([from, to]) = site.free_span(y, y + row) else {
            y += 6.0;
            continue;
        };
        let count = ((to - from + 14.0) / (long + 14.0)).round().max(1.0);
        let each = (to - from + 14.0) / count - 14.0;
        for shed in 0..count as usize {
            let x = from + shed as f64 * (each + 14.0);
            let kind = Kind {
                land_use: if first { "office" } else { "industrial" },
                levels: if first { year(random, 3, 6) } else { 1 + random.below(2) as i64 },
                storey_m: if first { 3.6 } else { WORKS_STOREY_M },
                year_built: built,
                name: Some(firm.clone()),
                rural: false,
            };
            let plan = if random.chance(0.15) && !first { Plan::Angle(random.below(4) as u8, 0.55) } else { Plan::Slab };
            let end = if first { (x + 46.0).min(x + each) } else { x + each };
            if first && shed == 0 || !first && random.chance(fullness) {
                put(site, filled, plan, [x, y, end, y + row], &kind);
            }
        }
        first = false;
        y += row + random.between(13.0, 20.0);
    }
}

/// A market hall with rows of stalls' buildings.
pub(super) fn market(site: &Site<'_>, random: &mut Random, filled: &mut Filled) {
    let [west, south, east, north] = site.frame();
    let name = format!("{}市场", random.pick(&site.names.words.estates));
    let built = year(random, 1992, 2018);
    let mut y = south + 6.0;
    while y + 14.0 < north {
        let hall = random.chance(0.3);
        let deep = if hall { 44.0 } else { 13.0 };
        let mut x = west + 5.0;
        while x + 30.0 < east {
            let long = if hall { 84.0 } else { random.between(50.0, 76.0) };
            let kind = Kind {
                land_use: "commercial",
                levels: 2 + i64::from(hall),
                storey_m: SHOP_STOREY_M,
                year_built: built,
                name: Some(name.clone()),
                rural: false,
            };
            put(site, filled, Plan::Slab, [x, y, x + long - 9.0, y + deep], &kind);
            x += long;
        }
        y += deep + 11.0;
    }
}

/// Teaching wings around a court, a hall, a track.
pub(super) fn school(site: &Site<'_>, random: &mut Random, filled: &mut Filled) {
    let hospital = random.chance(0.22);
    let [west, south, east, north] = site.frame();
    let words = &site.names.words;
    let name = format!(
        "{}{}",
        random.pick(&words.estates),
        if hospital {
            "医院"
        } else if random.chance(0.5) {
            "中学"
        } else {
            "小学"
        }
    );
    let built = year(random, 1985, 2019);
    let kind = Kind {
        land_use: if hospital { "hospital" } else { "school" },
        levels: if hospital { year(random, 6, 16) } else { year(random, 4, 5) },
        storey_m: 3.7,
        year_built: built,
        name: Some(name),
        rural: false,
    };
    let mut y = south + 10.0;
    let mut row = 0;
    while y + 20.0 < north {
        let deep = if row % 2 == 0 { 46.0 } else { 16.0 };
        let mut x = west + 8.0;
        while x + 40.0 < (west * 0.35 + east * 0.65) {
            let long = random.between(52.0, 78.0);
            put(site, filled, if row % 2 == 0 { Plan::Court(0.2) } else { Plan::Slab }, [x, y, x + long, y + deep], &kind);
            x += long + 14.0;
        }
        y += deep + 24.0;
        row += 1;
    }
    let field = [west * 0.3 + east * 0.7, south * 0.7 + north * 0.3, west * 0.08 + east * 0.92, south * 0.3 + north * 0.7];
    let track = ring(site, Plan::Slab, field);
    if !hospital && site.fits(&track) {
        filled.greens.push(Green { ring: track, class: "park", name: Some("操场".to_owned()) });
    }
}

/// Lawns and a pavilion.
pub(super) fn park(site: &Site<'_>, random: &mut Random, filled: &mut Filled) {
    if let Some(ring) = inner(site, 1.0) {
        let name = format!("{}公园", random.pick(&site.names.words.estates));
        filled.greens.push(Green { ring, class: "park", name: Some(name) });
    }
    let kind =
        Kind { land_use: "public", levels: 1, storey_m: 5.0, year_built: year(random, 1990, 2020), name: None, rural: false };
    for _ in 0..2 {
        let (x, y) = (random.between(-60.0, 60.0), random.between(-40.0, 40.0));
        if put(site, filled, Plan::Slab, [x, y, x + 16.0, y + 12.0], &kind) {
            return;
        }
    }
}

/// Rows of houses along the lanes with a ditch behind, fields between.
pub(super) fn countryside(site: &Site<'_>, random: &mut Random, filled: &mut Filled, villages: Villages) {
    let edges: Vec<(Point, Point)> = site
        .ring
        .windows(2)
        .zip(&site.kinds)
        .filter(|(_, kind)| matches!(kind, EdgeKind::Street(..)))
        .map(|(edge, _)| (edge[0], edge[1]))
        .collect();
    let mut fields_from = None;
    let first = filled.buildings.len();
    for (start, end) in edges {
        let along = end - start;
        // A ring runs counter-clockwise, so its southern edges run east: there the houses face south to the lane.
        if along.unit().dot(site.east) < 0.85 || along.length() < 60.0 {
            continue;
        }
        let lane = Site {
            origin: start,
            east: along.unit(),
            ring: site.ring.clone(),
            clear_m: site.clear_m.clone(),
            kinds: Vec::new(),
            ..*site
        };
        // Between the houses: a yard's width, or where several are joined also kitchen gardens.
        let yard = if villages.joined { random.between(17.0, 38.0) } else { random.between(7.0, 12.0) };
        // A village ends before its lane does, and leaves its crossing free.
        let reach = (along.length() - 14.0) * random.between(0.58, 1.0);
        for row in 0..villages.rows {
            let back = 19.0 + 62.0 * row as f64 + random.between(0.0, 5.0);
            let (mut x, mut stood) = (random.between(10.0, 30.0), [f64::MAX, f64::MIN]);
            let before = filled.buildings.len();
            while x + 12.0 < reach {
                let homes = if villages.joined { 2 + random.below(4) } else { 1 };
                let wide = (homes as f64 * random.between(9.5, 12.0)).min(reach - x);
                let deep = random.between(8.5, 10.5);
                let set = back + random.between(-1.2, 1.2);
                let levels = 2 + i64::from(random.chance(0.3));
                let kind = Kind {
                    land_use: "residential",
                    levels,
                    storey_m: 3.2,
                    year_built: year(random, 1982, 2012),
                    name: None,
                    rural: true,
                };
                let plan = if random.chance(0.22) { Plan::Angle(random.below(2) as u8, 0.5) } else { Plan::Slab };
                if put(&lane, filled, plan, [x, set, x + wide, set + deep], &kind) && apart_from(filled, first) {
                    stood = [stood[0].min(x), stood[1].max(x + wide)];
                }
                x += wide + yard * random.between(0.6, 1.2);
            }
            // One house is no row.
            if filled.buildings.len() == before + 1 {
                filled.buildings.pop();
            }
            if stood[1] - stood[0] > 120.0 {
                let (from, to) = (lane.at(stood[0] - 6.0, back + 30.0), lane.at(stood[1] + 6.0, back + 30.0));
                let inside = (0..=8).all(|step| lane.fits(&[from.lerp(to, f64::from(step) / 8.0)]));
                if inside && row == 0 {
                    filled.ditches.push([from.snapped(), to.snapped()]);
                }
                fields_from = Some(back + 36.0);
            }
        }
    }
    if let Some(ring) = inner(site, 1.0) {
        let class = if fields_from.is_some() || random.chance(0.93) { "farmland" } else { "wood" };
        filled.greens.push(Green { ring, class, name: None });
    }
    if random.chance(0.012) {
        greenhouses(site, random, filled, first);
    }
}

/// Whether the last building shares no ground with those from `first` on; else it goes: where lanes bend towards each other, so do rows.
fn apart_from(filled: &mut Filled, first: usize) -> bool {
    let Some((last, others)) = filled.buildings[first..].split_last() else { return true };
    let apart = others.iter().all(|other| !meet(&last.ring, &other.ring));
    if !apart {
        filled.buildings.pop();
    }
    apart
}

/// Long glass or film houses, side by side, where no building from `first` on stands.
fn greenhouses(site: &Site<'_>, random: &mut Random, filled: &mut Filled, first: usize) {
    let [west, south, east, north] = site.frame();
    let kind =
        Kind { land_use: "farm", levels: 1, storey_m: 3.2, year_built: year(random, 2005, 2021), name: None, rural: false };
    let mut y = south + 110.0;
    while y + 70.0 < north {
        let mut x = west + 10.0;
        while x < (west + east) / 2.0 {
            if put(site, filled, Plan::Slab, [x, y, x + 8.0, y + 62.0], &kind) {
                apart_from(filled, first);
            }
            x += 11.0;
        }
        y += 70.0;
    }
}

/// The block drawn in by its clearances; none where the block is too bent for a simple inset.
fn inner(site: &Site<'_>, factor: f64) -> Option<Vec<Point>> {
    // 1. Corners that hardly turn go, the wider clearance stays.
    let (mut corners, mut clear_m): (Vec<Point>, Vec<f64>) = (Vec::new(), Vec::new());
    let whole = site.ring.len() - 1;
    for at in 0..whole {
        let before = corners.last().copied().unwrap_or(site.ring[whole - 1]);
        let turn = (site.ring[at] - before).unit().cross((site.ring[at + 1] - site.ring[at]).unit());
        match clear_m.last_mut() {
            Some(last) if turn.abs() < 0.06 => *last = site.clear_m[at].max(*last),
            _ => {
                corners.push(site.ring[at]);
                clear_m.push(site.clear_m[at]);
            }
        }
    }
    corners.push(corners[0]);
    // 2. Every corner moves to where its two edges meet, each drawn in by its own clearance.
    let count = corners.len() - 1;
    let mut ring = Vec::with_capacity(count + 1);
    for at in 0..count {
        let before = (corners[at] - corners[(at + count - 1) % count]).unit();
        let after = (corners[at + 1] - corners[at]).unit();
        let (first, second) = (clear_m[(at + count - 1) % count] * factor, clear_m[at] * factor);
        let turn = before.cross(after);
        let moved =
            if turn.abs() < 0.05 { before.left() * first.max(second) } else { (after * first - before * second) * (1.0 / turn) };
        if moved.length() > 240.0 {
            return None;
        }
        ring.push((corners[at] + moved).snapped());
    }
    ring.push(ring[0]);
    let simple = crate::plane::area_m2(&ring) > 400.0
        && (0..count).all(|i| {
            (i + 2..count).all(|j| {
                (i == 0 && j == count - 1) || crate::plane::crossing(ring[i], ring[i + 1], ring[j], ring[j + 1]).is_none()
            })
        });
    simple.then_some(ring)
}
