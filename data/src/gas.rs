//! The gas network: gate station, pressure classes, regulators, valves and customers, along the streets.
//!
//! Each class has its own trench, a fixed step aside from the street's middle, and its own nodes; two classes meet
//! only in a regulator's node, and gas never climbs: every pipe of a tree points downstream. The cascade:
//!
//! 1. high A: the trunk from the port's gate station to 三厂工业园区 and, as the published plan has it, on to 崇明岛
//!    (here 海永镇). 2. high B: from the off-take at 三厂工业园区 to the main city. 3. sub-high A: town mains off either.
//! 4. sub-high B: to the industrial parks. 5. medium A: the streets of the towns, with rings. 6. medium B: out to the
//!    villages and into the works. 7. low: from a regulator box to the houses.

mod fittings;
mod tree;

use crate::blocks::Building;
use crate::district::District;
use crate::facts::Facts;
use crate::land_use::LandUse;
use crate::plane::{Point, length_m};
use crate::random::Random;
use crate::streets::{FERRY, Node, Street, Streets};
use crate::subdivision::StreetClass;
use std::collections::{BTreeMap, BTreeSet};
use tree::Tree;

/// Pressure classes of the network (GB 50028), highest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Pressure {
    HighA,
    HighB,
    SubHighA,
    SubHighB,
    MediumA,
    MediumB,
    Low,
}

impl Pressure {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::HighA => "high_a",
            Self::HighB => "high_b",
            Self::SubHighA => "sub_high_a",
            Self::SubHighB => "sub_high_b",
            Self::MediumA => "medium_a",
            Self::MediumB => "medium_b",
            Self::Low => "low",
        }
    }

    /// Where its trench lies: metres east and as many south of the street's middle.
    fn aside_m(self) -> f64 {
        match self {
            Self::HighA => 4.6,
            Self::HighB => 5.6,
            Self::SubHighA => 3.4,
            Self::SubHighB => -4.4,
            Self::MediumA => -2.4,
            Self::MediumB => -3.4,
            Self::Low => 1.4,
        }
    }

    fn depth_m(self) -> f64 {
        match self {
            Self::HighA => 1.8,
            Self::HighB => 1.7,
            Self::SubHighA => 1.5,
            Self::SubHighB => 1.4,
            Self::MediumA => 1.2,
            Self::MediumB => 1.1,
            Self::Low => 0.9,
        }
    }

    /// Whether it belongs to the mains that feed towns, rather than to what lies in their streets.
    fn transmission(self) -> bool {
        self < Self::MediumA
    }
}

#[derive(Debug)]
pub(crate) struct Pipe {
    pub(crate) line: Vec<Point>,
    pub(crate) pressure: Pressure,
    pub(crate) diameter_mm: i64,
    pub(crate) steel: bool,
    pub(crate) year_laid: i64,
    pub(crate) depth_m: f64,
    pub(crate) from: usize,
    pub(crate) to: usize,
}

#[derive(Debug)]
pub(crate) struct Valve {
    pub(crate) at: Point,
    pub(crate) node: usize,
    pub(crate) diameter_mm: i64,
    pub(crate) open: bool,
}

#[derive(Debug)]
pub(crate) struct Regulator {
    pub(crate) at: Point,
    pub(crate) node: usize,
    pub(crate) name: String,
    pub(crate) inlet: Pressure,
    pub(crate) outlet: Pressure,
}

#[derive(Debug)]
pub(crate) struct Customer {
    pub(crate) at: Point,
    pub(crate) class: &'static str,
    pub(crate) meters: i64,
    pub(crate) node: usize,
}

/// The whole network.
#[derive(Debug, Default)]
pub(crate) struct Gas {
    pub(crate) nodes: Vec<Point>,
    pub(crate) pipes: Vec<Pipe>,
    pub(crate) valves: Vec<Valve>,
    pub(crate) regulators: Vec<Regulator>,
    pub(crate) customers: Vec<Customer>,
    /// The gate station's node.
    pub(crate) gate: usize,
    node_of: BTreeMap<(Node, Pressure), usize>,
    /// How many regulators stand at a street node.
    regulated: BTreeMap<Node, usize>,
}

/// A unit with a core wider than this is the main city.
const CITY_CORE_M: f64 = 3_000.0;

/// A service pipe gets a tee for customers at most this far apart, metres.
const TEE_SPACING_M: f64 = 70.0;

impl Gas {
    pub(crate) fn lay(district: &District, facts: &Facts, streets: &Streets, buildings: &[Building], seed: u64) -> Self {
        let mut gas = Self::default();
        let mut random = Random::stream(seed, "gas", 0);
        let at = streets.at_nodes();
        let stations = gas.lay_transmission(facts, streets, &at, &mut random);
        // From each town's station along the wider streets to wherever customers may live.
        let medium = Tree::grow(streets, &at, &stations, |number| in_town(&streets.streets[number]));
        let services = services(district, streets, buildings, &medium);
        let class_of = gas.lay_medium(district, streets, &medium, &stations, &services, &mut random);
        let tees = gas.lay_services(district, streets, &medium, &services, &class_of, &mut random);
        gas.connect_customers(district, buildings, &services, &tees, seed);
        gas.place_valves(&mut random);
        gas
    }

    /// High and sub-high mains and their regulators; the street nodes where medium pressure begins.
    fn lay_transmission(&mut self, facts: &Facts, streets: &Streets, at: &[Vec<usize>], random: &mut Random) -> Vec<Node> {
        let nearest = |point: Point, fits: &dyn Fn(Node) -> bool| {
            let nodes = (0..streets.nodes.len()).filter(|&node| !at[node].is_empty() && fits(node));
            nodes
                .min_by(|&l, &r| (streets.nodes[l] - point).length().total_cmp(&(streets.nodes[r] - point).length()))
                .unwrap_or(0)
        };
        let unit =
            |code: &str| facts.units.iter().find(|unit| unit.code == code).map_or(Point::new(0.0, 0.0), |unit| unit.middle());
        let wide = |number: usize| Some(between_towns(&streets.streets[number]));
        // 1. The trunk, high A.
        let gate = nearest(unit("320614415"), &|_| true);
        let park = nearest(unit("320614418"), &|_| true);
        let island = nearest(unit("320614102"), &|_| true);
        let mut trunk: BTreeMap<usize, Node> = Tree::grow(streets, at, &[gate], wide).way(park).into_iter().collect();
        let from_trunk = touched(streets, trunk.keys());
        trunk.extend(Tree::grow(streets, at, &from_trunk, wide).way(island));
        self.gate = self.node(streets, gate, Pressure::HighA);
        self.lay_streets(streets, &trunk, Pressure::HighA, random, |_| 500);
        let trunk_nodes: BTreeSet<Node> = touched(streets, trunk.keys()).into_iter().collect();
        // 2. The off-take of 三厂工业园区, high B to the main city, on streets of its own as far as there are any.
        let beside_trunk =
            |number: usize| Some(between_towns(&streets.streets[number]) * if trunk.contains_key(&number) { 5.0 } else { 1.0 });
        let from_park = Tree::grow(streets, at, &[park], beside_trunk);
        let mut feeder = BTreeMap::new();
        for city in facts.units.iter().filter(|unit| unit.core_m > CITY_CORE_M) {
            feeder.extend(from_park.way(nearest(city.middle(), &|node| !trunk_nodes.contains(&node))));
        }
        self.regulate(streets, park, Pressure::HighA, Pressure::HighB, "三厂工业园区分输站");
        self.lay_streets(streets, &feeder, Pressure::HighB, random, |_| 400);
        let feeder_nodes: BTreeSet<Node> = touched(streets, feeder.keys()).into_iter().collect();
        // 3. Town mains, sub-high A, from the nearest point of either.
        let fed: Vec<Node> = trunk_nodes.union(&feeder_nodes).copied().collect();
        let from_high = Tree::grow(streets, at, &fed, wide);
        let (mut mains, mut towns) = (BTreeMap::new(), Vec::new());
        for unit in facts.units.iter().filter(|unit| unit.core_m > 0.0) {
            let open = |node: Node| !trunk_nodes.contains(&node) && from_high.cost[node] != u64::MAX;
            let heart =
                nearest(unit.middle(), &|node| open(node) && (!feeder_nodes.contains(&node) || unit.core_m > CITY_CORE_M));
            mains.extend(from_high.way(heart));
            towns.push((heart, format!("{}门站", unit.name)));
        }
        let hearts = towns.iter().map(|&(heart, _)| heart).filter(|heart| feeder_nodes.contains(heart));
        for node in touched(streets, mains.keys()).into_iter().chain(hearts).collect::<BTreeSet<_>>() {
            if feeder_nodes.contains(&node) && self.node_of.contains_key(&(node, Pressure::HighB)) && node != park {
                self.regulate(streets, node, Pressure::HighB, Pressure::SubHighA, "高压 B 调压站");
            } else if trunk_nodes.contains(&node) {
                self.regulate(streets, node, Pressure::HighA, Pressure::SubHighA, "高压 A 调压站");
            }
        }
        self.lay_streets(streets, &mains, Pressure::SubHighA, random, |_| 300);
        // 4. Sub-high B to the industrial parks.
        let main_nodes: BTreeSet<Node> =
            touched(streets, mains.keys()).into_iter().chain(towns.iter().map(|&(heart, _)| heart)).collect();
        let from_mains = Tree::grow(streets, at, &main_nodes.iter().copied().collect::<Vec<_>>(), wide);
        let mut branches = BTreeMap::new();
        let mut stations: Vec<(Node, Pressure, String)> =
            towns.into_iter().map(|(heart, name)| (heart, Pressure::SubHighA, name)).collect();
        for zone in facts.zones.iter().filter(|zone| zone.land_use == "industrial") {
            let open = |node: Node| !main_nodes.contains(&node) && from_mains.cost[node] != u64::MAX;
            let gate = nearest(zone.middle(), &open);
            let way = from_mains.way(gate);
            if let Some(&(_, source)) = way.last() {
                self.regulate(streets, source, Pressure::SubHighA, Pressure::SubHighB, "次高压调压站");
            }
            branches.extend(way);
            stations.push((gate, Pressure::SubHighB, format!("{}调压站", zone.name)));
        }
        self.lay_streets(streets, &branches, Pressure::SubHighB, random, |_| 250);
        for (node, inlet, name) in &stations {
            self.regulate(streets, *node, *inlet, Pressure::MediumA, name);
        }
        stations.into_iter().map(|(node, ..)| node).collect()
    }

    /// Medium pressure along the tree to every street that serves customers: A in towns, B from where the country begins;
    /// then rings of A. The class at each street node that has one.
    fn lay_medium(
        &mut self,
        district: &District,
        streets: &Streets,
        medium: &Tree,
        stations: &[Node],
        services: &Services,
        random: &mut Random,
    ) -> BTreeMap<Node, Pressure> {
        let mut load: BTreeMap<usize, u32> = BTreeMap::new();
        let mut ways: BTreeMap<usize, Node> = BTreeMap::new();
        for &outlet in services.streets.values().map(|(near, _)| near).collect::<BTreeSet<_>>() {
            for (street, parent) in medium.way(outlet) {
                ways.insert(street, parent);
                *load.entry(street).or_default() += 1;
            }
        }
        // Parents cost less than their children, so by cost each finds its parent's class known.
        let mut order: Vec<(u64, usize, Node, Node)> = ways
            .iter()
            .map(|(&number, &parent)| {
                let child = streets.streets[number].far_from(parent);
                (medium.cost[child], number, parent, child)
            })
            .collect();
        order.sort_unstable();
        let mut class_of: BTreeMap<Node, Pressure> = stations.iter().map(|&station| (station, Pressure::MediumA)).collect();
        let (mut town, mut country) = (BTreeMap::new(), BTreeMap::new());
        for (_, number, parent, child) in order {
            let above = class_of[&parent];
            let class = if rural(district, &streets.streets[number]) { Pressure::MediumB } else { above };
            if class != above {
                self.regulate(streets, parent, above, class, "中压调压箱");
            }
            class_of.insert(child, class);
            if class == Pressure::MediumA { &mut town } else { &mut country }.insert(number, parent);
        }
        let diameter_mm = |street: usize| match load.get(&street).copied().unwrap_or(0) {
            0..=2 => 110,
            3..=12 => 160,
            13..=60 => 200,
            61..=300 => 250,
            _ => 315,
        };
        self.lay_streets(streets, &town, Pressure::MediumA, random, diameter_mm);
        self.lay_streets(streets, &country, Pressure::MediumB, random, diameter_mm);
        // A town's mains close to rings along its greater streets, so that one break leaves nobody without gas.
        let ring = |number: usize, street: &Street| {
            let ends = [street.from, street.to];
            street.class <= StreetClass::Tertiary
                && !street.bridge
                && !ways.contains_key(&number)
                && ends.iter().all(|end| class_of.get(end) == Some(&Pressure::MediumA))
        };
        let rings: BTreeMap<usize, Node> = (0..)
            .zip(&streets.streets)
            .filter(|&(number, street)| ring(number, street))
            .map(|(number, street)| (number, street.from))
            .collect();
        self.lay_streets(streets, &rings, Pressure::MediumA, random, |_| 160);
        class_of
    }

    /// The last pipe along each street that serves: low pressure to homes, medium B to works. Its tees, street by street.
    fn lay_services(
        &mut self,
        district: &District,
        streets: &Streets,
        medium: &Tree,
        services: &Services,
        class_of: &BTreeMap<Node, Pressure>,
        random: &mut Random,
    ) -> BTreeMap<usize, Vec<usize>> {
        let mut tees = BTreeMap::new();
        for (&street, &(near, block)) in &services.streets {
            debug_assert!(medium.cost[near] != u64::MAX, "a service starts where the main reaches");
            let works = district.blocks[block].land_use == LandUse::Industrial;
            let class = if works { Pressure::MediumB } else { Pressure::Low };
            let Some(&above) = class_of.get(&near) else { continue };
            if above != class {
                self.regulate(streets, near, above, class, if works { "厂区调压箱" } else { "调压箱" });
            }
            let start = self.node(streets, near, class);
            let line = &streets.streets[street].line;
            let far = streets.streets[street].far_from(near);
            let pieces = (length_m(line) / TEE_SPACING_M).ceil().max(1.0) as usize;
            // Beside its own class's main, not upon it.
            let beside = Point::new(1.2, -1.2);
            let (begin, end) = (moved(streets.nodes[near], class) + beside, moved(streets.nodes[far], class) + beside);
            let year = 1998 + random.below(26) as i64;
            let mut here = vec![start];
            for piece in 1..=pieces {
                self.nodes.push(begin.lerp(end, piece as f64 / pieces as f64 * 0.96).snapped());
                let next = self.nodes.len() - 1;
                self.push(here[here.len() - 1], next, class, if piece == 1 { 110 } else { 63 }, year);
                here.push(next);
            }
            tees.insert(street, here);
        }
        tees
    }

    /// The network's node of a class at a street node.
    fn node(&mut self, streets: &Streets, node: Node, pressure: Pressure) -> usize {
        let Self { nodes, node_of, .. } = self;
        *node_of.entry((node, pressure)).or_insert_with(|| {
            nodes.push(moved(streets.nodes[node], pressure));
            nodes.len() - 1
        })
    }

    /// Lets two classes meet in one node.
    fn regulate(&mut self, streets: &Streets, node: Node, inlet: Pressure, outlet: Pressure, name: &str) {
        let mut here = self.node(streets, node, inlet);
        if self.node_of.contains_key(&(node, outlet)) {
            return;
        }
        // One regulator a place: the next ones start from stubs of their own, so that no three classes share a node.
        let standing = self.regulated.entry(node).or_default();
        *standing += 1;
        if *standing > 1 {
            let aside = Point::new(6.0, 6.0) * (*standing - 1) as f64;
            self.nodes.push((moved(streets.nodes[node], inlet) + aside).snapped());
            let next = self.nodes.len() - 1;
            self.push(here, next, inlet, 160, 2008);
            here = next;
        }
        self.node_of.insert((node, outlet), here);
        self.regulators.push(Regulator { at: self.nodes[here], node: here, name: name.to_owned(), inlet, outlet });
    }

    /// Lays a pipe along each street, from the end that is given with it to the other.
    fn lay_streets(
        &mut self,
        streets: &Streets,
        numbers: &BTreeMap<usize, Node>,
        pressure: Pressure,
        random: &mut Random,
        diameter_mm: impl Fn(usize) -> i64,
    ) {
        for (&number, &upstream) in numbers {
            let street = &streets.streets[number];
            let (from, to) = (self.node(streets, upstream, pressure), self.node(streets, street.far_from(upstream), pressure));
            let year = 1999 + random.below(25) as i64;
            self.push(from, to, pressure, diameter_mm(number), year);
            if let ([_, bend, _], Some(pipe)) = (&street.line[..], self.pipes.last_mut()) {
                pipe.line.insert(1, moved(*bend, pressure));
            }
        }
    }

    fn push(&mut self, from: usize, to: usize, pressure: Pressure, diameter_mm: i64, year_laid: i64) {
        let line = vec![self.nodes[from], self.nodes[to]];
        // A few centimetres of unevenness, from the place itself.
        let uneven = ((line[0].x + line[1].y).abs() * 0.37) % 0.4;
        let steel = pressure.transmission() || (pressure == Pressure::MediumA && year_laid < 2003);
        let depth_m = pressure.depth_m() + uneven;
        self.pipes.push(Pipe { line, pressure, diameter_mm, steel, year_laid, depth_m, from, to });
    }
}

/// Which street's pipe serves which block.
struct Services {
    /// The street of each block that is served.
    by_block: BTreeMap<usize, usize>,
    /// Of each serving street: its end that the medium main reaches first, and a block that it serves.
    streets: BTreeMap<usize, (Node, usize)>,
}

/// Of the streets around each block with customers, the one that the medium main reaches first.
fn services(district: &District, streets: &Streets, buildings: &[Building], medium: &Tree) -> Services {
    let mut load: BTreeMap<usize, u32> = BTreeMap::new();
    for building in buildings {
        *load.entry(building.block).or_default() += 1;
    }
    let mut beside: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (number, street) in streets.streets.iter().enumerate() {
        for block in street.blocks.into_iter().flatten() {
            beside.entry(block).or_default().push(number);
        }
    }
    let mut services = Services { by_block: BTreeMap::new(), streets: BTreeMap::new() };
    for (&block, beside) in &beside {
        let count = load.get(&block).copied().unwrap_or(0);
        if count == 0 || (district.blocks[block].land_use == LandUse::Rural && count < 4) {
            continue;
        }
        let reach = |number: &usize| {
            let street = &streets.streets[*number];
            medium.cost[street.from].min(medium.cost[street.to])
        };
        let long = beside.iter().copied().filter(|&number| length_m(&streets.streets[number].line) > 25.0);
        let Some(number) = long.min_by_key(|number| (reach(number), *number)).filter(|number| reach(number) != u64::MAX) else {
            continue;
        };
        let Street { from, to, .. } = streets.streets[number];
        let near = if medium.cost[from] <= medium.cost[to] { from } else { to };
        services.by_block.insert(block, number);
        services.streets.entry(number).or_insert((near, block));
    }
    services
}

/// What a metre along a street costs a main between towns: wide streets have room for it.
fn between_towns(street: &Street) -> f64 {
    match street.class {
        StreetClass::Motorway => 4.0,
        StreetClass::Trunk | StreetClass::Primary => 1.0,
        StreetClass::Secondary => 1.3,
        StreetClass::Tertiary => 2.2,
        _ => 4.0,
    }
}

/// What a metre along a street costs a medium-pressure main; none crosses the Yangtze.
fn in_town(street: &Street) -> Option<f64> {
    let weight = match street.class {
        StreetClass::Motorway => 6.0,
        StreetClass::Trunk => 1.6,
        StreetClass::Service | StreetClass::Footway => 2.4,
        StreetClass::Residential => 1.2,
        _ => 1.0,
    };
    (street.name.as_deref() != Some(FERRY)).then_some(weight)
}

/// Whether there are only fields and villages beside a street.
fn rural(district: &District, street: &Street) -> bool {
    street.blocks.iter().flatten().all(|&block| district.blocks[block].land_use == LandUse::Rural)
}

fn moved(point: Point, pressure: Pressure) -> Point {
    (point + Point::new(1.0, -1.0) * pressure.aside_m()).snapped()
}

/// The nodes of some streets, each once, in order.
fn touched<'a>(streets: &Streets, numbers: impl Iterator<Item = &'a usize>) -> Vec<Node> {
    let nodes: BTreeSet<Node> = numbers.flat_map(|&number| [streets.streets[number].from, streets.streets[number].to]).collect();
    nodes.into_iter().collect()
}
