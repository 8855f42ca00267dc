//! What stands along the streets and waters: stations, sensors, cameras, components, named places.

use crate::district::Grid;
use crate::land_use::LandUse;
use crate::plane::{Point, contains};
use crate::random::Random;
use crate::recipe::City;
use crate::streets::Street;
use crate::subdivision::StreetClass;
use std::collections::BTreeMap;

/// Stations 网格服务驿站 (published plan for 2022).
pub(crate) const STATIONS: usize = 1_058;

/// A grid service station.
#[derive(Debug)]
pub(crate) struct Station {
    pub(crate) at: Point,
    pub(crate) grid: usize,
    pub(crate) whole_day: bool,
}

/// One station in each of the 1,058 grids that come first by what they serve: built-up grids, then the rest in a seeded order.
pub(crate) fn stations(city: &City) -> Vec<Station> {
    let mut random = Random::stream(city.recipe.seed, "stations", 0);
    let grids = &city.district.grids;
    let rank = |grid: &Grid| u64::from(grid.special.is_some()) * 2 + u64::from(!grid.land_use.urban());
    let mut order: Vec<(u64, u64, usize)> = grids.iter().enumerate().map(|(at, grid)| (rank(grid), random.bits(), at)).collect();
    order.sort_unstable();
    let mut chosen: Vec<usize> = order.into_iter().take(STATIONS).map(|(_, _, at)| at).collect();
    chosen.sort_unstable();
    // Near a building's door if the grid has one, else in the grid's middle.
    let mut doors: BTreeMap<usize, Vec<Point>> = BTreeMap::new();
    for building in &city.filled.buildings {
        let grid = city.district.blocks[building.block].grid as usize;
        doors.entry(grid).or_default().push(building.ring[0].lerp(building.ring[1], 0.5));
    }
    chosen
        .into_iter()
        .map(|grid| {
            let ring = city.district.plan.closed(&grids[grid].ring);
            let near = |door: &&Point| contains(&ring, **door);
            let away = |door: &Point| (*door - grids[grid].middle).length();
            let door = doors.get(&grid).and_then(|doors| doors.iter().filter(near).min_by(|l, r| away(l).total_cmp(&away(r))));
            Station {
                at: door.map_or_else(|| inside(&ring, grids[grid].middle), |&door| door).snapped(),
                grid,
                whole_day: random.chance(0.1),
            }
        })
        .collect()
}

/// A point inside a ring: the wished one, or the middle of the widest stretch at its height.
fn inside(ring: &[Point], wished: Point) -> Point {
    if contains(ring, wished) {
        return wished;
    }
    let mut at: Vec<f64> = ring
        .windows(2)
        .filter(|edge| (edge[0].y > wished.y) != (edge[1].y > wished.y))
        .map(|edge| edge[0].x + (wished.y - edge[0].y) / (edge[1].y - edge[0].y) * (edge[1].x - edge[0].x))
        .collect();
    at.sort_by(f64::total_cmp);
    let widest = at.chunks_exact(2).max_by(|l, r| (l[1] - l[0]).total_cmp(&(r[1] - r[0])));
    widest.map_or(wished, |pair| Point::new((pair[0] + pair[1]) / 2.0, wished.y))
}

/// A sensor.
#[derive(Debug)]
pub(crate) struct Sensor {
    pub(crate) at: Point,
    pub(crate) class: &'static str,
    pub(crate) unit: &'static str,
    pub(crate) name: &'static str,
    pub(crate) interval_s: i64,
}

/// Gas sensors on valves and pipes, level gauges at bridges, manhole and noise sensors on streets, air and weather in grids.
pub(crate) fn sensors(city: &City) -> Vec<Sensor> {
    let mut random = Random::stream(city.recipe.seed, "sensors", 0);
    let wanted = (10_000.0 * city.recipe.scale) as usize;
    let share = |percent: usize| wanted * percent / 100;
    let urban = urban_streets(city);
    let mut sensors = Vec::with_capacity(wanted);
    for _ in 0..share(44) {
        let at = if random.chance(0.3) && !city.gas.valves.is_empty() {
            random.pick(&city.gas.valves).at
        } else {
            let pipe = random.pick(&city.gas.pipes);
            pipe.line[0].lerp(pipe.line[1], random.unit()).snapped()
        };
        sensors.push(Sensor { at, class: "gas", unit: "%LEL", name: "燃气泄漏监测", interval_s: 30 });
    }
    for _ in 0..share(26) {
        let at = beside(urban[random.below(urban.len())], 0.2, &mut random);
        sensors.push(Sensor { at, class: "manhole", unit: "deg", name: "井盖位移监测", interval_s: 600 });
    }
    for _ in 0..share(10) {
        let at = *random.pick(&city.streets.bridges) + Point::new(random.between(-9.0, 9.0), random.between(-9.0, 9.0));
        sensors.push(Sensor { at: at.snapped(), class: "water_level", unit: "m", name: "河道水位监测", interval_s: 300 });
    }
    for (percent, class, unit, name, interval_s) in
        [(8, "air", "ug/m3", "空气质量微站", 60), (8, "noise", "dB", "噪声监测", 60), (4, "weather", "degC", "气象微站", 60)]
    {
        for _ in 0..share(percent) {
            let at = if class == "weather" {
                let grid = random.pick(&city.district.grids);
                inside(&city.district.plan.closed(&grid.ring), grid.middle).snapped()
            } else {
                beside(urban[random.below(urban.len())], 0.75, &mut random)
            };
            sensors.push(Sensor { at, class, unit, name, interval_s });
        }
    }
    sensors
}

/// A camera's place and view.
#[derive(Debug)]
pub(crate) struct Camera {
    pub(crate) at: Point,
    pub(crate) bearing_deg: i64,
    pub(crate) fov_deg: i64,
    pub(crate) range_m: i64,
}

/// Cameras look along the streets that meet at a crossing, the greater streets first.
pub(crate) fn cameras(city: &City) -> Vec<Camera> {
    let mut random = Random::stream(city.recipe.seed, "cameras", 0);
    let wanted = (4_000.0 * city.recipe.scale) as usize;
    let at_nodes = city.streets.at_nodes();
    let mut crossings: Vec<(u64, usize)> = at_nodes
        .iter()
        .enumerate()
        .filter(|(_, streets)| streets.len() >= 3)
        .map(|(node, streets)| {
            let best = streets.iter().map(|&number| city.streets.streets[number].class as u64).min().unwrap_or(9);
            let urban = streets.iter().any(|&number| is_urban(city, &city.streets.streets[number]));
            (best * 10 + if urban { 0 } else { 25 } + random.below(12) as u64, node)
        })
        .collect();
    crossings.sort_unstable();
    let mut cameras = Vec::with_capacity(wanted);
    for (_, node) in crossings {
        for &number in &at_nodes[node] {
            if cameras.len() == wanted {
                return cameras;
            }
            let street = &city.streets.streets[number];
            let here = city.streets.nodes[node];
            let far = if street.from == node { street.line[street.line.len() - 1] } else { street.line[0] };
            let along = (far - here).unit();
            let at = (here + along * 6.0 - along.left() * (street.class.width_m() / 2.0 + 1.5)).snapped();
            let (fov_deg, range_m) = *random.pick(&[(60, 80), (75, 60), (90, 50), (45, 150)]);
            cameras.push(Camera { at, bearing_deg: bearing_deg(along), fov_deg, range_m });
        }
    }
    cameras
}

/// The bearing of a direction in whole degrees clockwise from north, by a polynomial for the arc tangent (error under 0.3°).
pub(crate) fn bearing_deg(direction: Point) -> i64 {
    let (east, north) = (direction.x.abs(), direction.y.abs());
    let ratio = if east.max(north) > 0.0 { east.min(north) / east.max(north) } else { 0.0 };
    let small = 45.0 * ratio + ratio * (1.0 - ratio) * 15.64;
    let quarter = if east > north { 90.0 - small } else { small };
    let bearing = match (direction.x >= 0.0, direction.y >= 0.0) {
        (true, true) => quarter,
        (true, false) => 180.0 - quarter,
        (false, false) => 180.0 + quarter,
        (false, true) => 360.0 - quarter,
    };
    bearing.round() as i64 % 360
}

/// A component's class, its name, its share among 1,000, how far from the street's middle (1 = kerb), spacing rule.
const COMPONENTS: [(&str, &str, u32, f64); 22] = [
    ("0118", "路灯", 210, 1.08),
    ("0402", "行道树", 230, 1.16),
    ("0103", "雨水井盖", 90, 0.7),
    ("0104", "雨水箅子", 90, 0.94),
    ("0102", "污水井盖", 70, 0.35),
    ("0101", "上水井盖", 45, -0.5),
    ("0105", "电力井盖", 40, -0.8),
    ("0107", "通讯井盖", 40, -1.12),
    ("0209", "交通标志牌", 30, 1.1),
    ("0305", "垃圾箱", 26, 1.2),
    ("0117", "立杆", 24, -1.1),
    ("0113", "消防设施", 20, 1.15),
    ("0213", "路名牌", 16, 1.12),
    ("0211", "交通护栏", 12, 0.02),
    ("0115", "交接箱", 12, 1.25),
    ("0203", "公交站亭", 10, 1.15),
    ("0307", "广告牌匾", 9, 1.3),
    ("0404", "花架花钵", 8, 1.2),
    ("0116", "电力设施", 8, -1.25),
    ("0126", "健身设施", 4, 1.6),
    ("0501", "宣传栏", 4, 1.35),
    ("0112", "公安井盖", 2, -0.9),
];

/// The rest: gas manholes, beside gas pipes.
const GAS_MANHOLES_PER_1000: usize = 55;

/// A component.
#[derive(Debug)]
pub(crate) struct Component {
    pub(crate) at: Point,
    pub(crate) class: &'static str,
    pub(crate) name: &'static str,
}

/// Components along streets, at even spacing street by street; gas manholes on pipes.
pub(crate) fn components(city: &City) -> Vec<Component> {
    let mut random = Random::stream(city.recipe.seed, "components", 0);
    let wanted = (200_000.0 * city.recipe.scale) as usize;
    let gas = wanted * GAS_MANHOLES_PER_1000 / 1000;
    let mut components = Vec::with_capacity(wanted);
    for _ in 0..gas {
        let pipe = random.pick(&city.gas.pipes);
        let at = pipe.line[0].lerp(pipe.line[1], random.unit());
        components.push(Component { at: at.snapped(), class: "0111", name: "燃气井盖" });
    }
    let rest = wanted - gas;
    let streets = urban_streets(city);
    let metres: f64 = streets.iter().map(|street| (street.line[1] - street.line[0]).length()).sum();
    let total: u32 = COMPONENTS.iter().map(|&(_, _, share, _)| share).sum();
    for (class, name, share, offset) in COMPONENTS {
        let count = rest * share as usize / total as usize;
        let spacing = metres / count.max(1) as f64;
        let mut left = spacing * random.unit();
        let mut placed = 0;
        for street in &streets {
            let long = (street.line[1] - street.line[0]).length();
            while left < long {
                let side = if offset > 1.0 && placed % 2 == 1 { -1.0 } else { 1.0 };
                let along = (street.line[1] - street.line[0]).unit();
                let at = street.line[0] + along * left - along.left() * (street.class.width_m() / 2.0 * offset * side);
                components.push(Component { at: at.snapped(), class, name });
                placed += 1;
                left += spacing;
            }
            left -= long;
        }
    }
    // Rounding leaves a few short or over.
    components.truncate(wanted);
    while components.len() < wanted {
        let at = beside(streets[random.below(streets.len())], 1.08, &mut random);
        components.push(Component { at, class: "0118", name: "路灯" });
    }
    components
}

fn is_urban(city: &City, street: &Street) -> bool {
    let built = |block: &usize| city.district.blocks[*block].land_use != LandUse::Rural;
    street.blocks.iter().flatten().any(built)
}

/// Streets of the built-up parts, and the wide ones everywhere.
fn urban_streets(city: &City) -> Vec<&Street> {
    let streets = city.streets.streets.iter();
    streets.filter(|street| street.line.len() == 2 && (is_urban(city, street) || street.class <= StreetClass::Primary)).collect()
}

fn beside(street: &Street, offset: f64, random: &mut Random) -> Point {
    let along = (street.line[1] - street.line[0]).unit();
    let side = if random.chance(0.5) { 1.0 } else { -1.0 };
    let at = street.line[0].lerp(street.line[1], random.between(0.05, 0.95));
    (at + along.left() * (street.class.width_m() / 2.0 * offset * side)).snapped()
}
