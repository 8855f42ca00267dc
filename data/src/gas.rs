//! The gas network: gate station, pressure classes, regulators, valves and customers, along the streets.
//!
//! Each class has its own trench, a fixed step aside from the street's middle, and its own nodes; two classes meet
//! only in a regulator's node. 1. The trunk runs from the port's gate station to 三厂工业园区 and, as the published
//! plan has it, on to 崇明岛 (here 海永镇). 2. Towns hang on it by sub-high mains. 3. Medium pressure fills the built-up
//! streets. 4. Low pressure branches off through district regulators to the streets where customers live.

use crate::blocks::Building;
use crate::district::District;
use crate::facts::Facts;
use crate::land_use::LandUse;
use crate::plane::{Point, length_m};
use crate::random::Random;
use crate::streets::{Node, Streets};
use crate::subdivision::StreetClass;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

/// Pressure classes of the network, highest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Pressure {
    HighA,
    SubHighA,
    MediumA,
    Low,
}

impl Pressure {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::HighA => "high_a",
            Self::SubHighA => "sub_high_a",
            Self::MediumA => "medium_a",
            Self::Low => "low",
        }
    }

    /// Where its trench lies: metres east and as many south of the street's middle.
    fn aside_m(self) -> f64 {
        match self {
            Self::HighA => 4.6,
            Self::SubHighA => 3.4,
            Self::MediumA => -2.4,
            Self::Low => 1.4,
        }
    }

    fn depth_m(self) -> f64 {
        match self {
            Self::HighA => 1.8,
            Self::SubHighA => 1.5,
            Self::MediumA => 1.2,
            Self::Low => 0.9,
        }
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
    regulated: BTreeSet<Node>,
}

/// A low-pressure pipe gets a tee for customers at most this far apart, metres.
const TEE_SPACING_M: f64 = 70.0;

/// The cheapest way to every node: the street to the parent. Lengths in whole centimetres, so ties are the same everywhere.
struct Tree {
    parent: Vec<Option<(usize, Node)>>,
    cost: Vec<u64>,
}

impl Tree {
    fn grow(streets: &Streets, at: &[Vec<usize>], from: &[Node], weight: impl Fn(usize) -> Option<f64>) -> Self {
        let mut tree = Self { parent: vec![None; streets.nodes.len()], cost: vec![u64::MAX; streets.nodes.len()] };
        let mut queue = BinaryHeap::new();
        for &node in from {
            tree.cost[node] = 0;
            queue.push(Reverse((0u64, node)));
        }
        while let Some(Reverse((cost, node))) = queue.pop() {
            if cost > tree.cost[node] {
                continue;
            }
            for &number in &at[node] {
                let street = &streets.streets[number];
                let Some(weight) = weight(number) else { continue };
                let to = street.from + street.to - node;
                let reach = cost + (length_m(&street.line) * weight * 100.0) as u64 + 1;
                if reach < tree.cost[to] {
                    tree.cost[to] = reach;
                    tree.parent[to] = Some((number, node));
                    queue.push(Reverse((reach, to)));
                }
            }
        }
        tree
    }

    /// The streets from a node back to the tree's root.
    fn way(&self, mut node: Node) -> Vec<usize> {
        let mut way = Vec::new();
        while let Some((street, parent)) = self.parent[node] {
            way.push(street);
            node = parent;
        }
        way
    }
}

impl Gas {
    pub(crate) fn lay(district: &District, facts: &Facts, streets: &Streets, buildings: &[Building], seed: u64) -> Self {
        let mut gas = Self::default();
        let mut random = Random::stream(seed, "gas", 0);
        let at = streets.at_nodes();
        let nearest = |point: Point, fits: &dyn Fn(Node) -> bool| {
            let nodes = (0..streets.nodes.len()).filter(|&node| !at[node].is_empty() && fits(node));
            nodes
                .min_by(|&l, &r| (streets.nodes[l] - point).length().total_cmp(&(streets.nodes[r] - point).length()))
                .unwrap_or(0)
        };
        let unit =
            |code: &str| facts.units.iter().find(|unit| unit.code == code).map_or(Point::new(0.0, 0.0), |unit| unit.middle());
        // 1. The trunk.
        let gate = nearest(unit("320614415"), &|_| true);
        let park = nearest(unit("320614418"), &|_| true);
        let island = nearest(unit("320614102"), &|_| true);
        let wide = |number: usize| {
            Some(match streets.streets[number].class {
                StreetClass::Motorway => 4.0,
                StreetClass::Trunk | StreetClass::Primary => 1.0,
                StreetClass::Secondary => 1.3,
                StreetClass::Tertiary => 2.2,
                _ => 4.0,
            })
        };
        let trunk_tree = Tree::grow(streets, &at, &[gate], wide);
        let mut trunk: BTreeSet<usize> = trunk_tree.way(park).into_iter().collect();
        let from_trunk = touched(streets, &trunk);
        trunk.extend(Tree::grow(streets, &at, &from_trunk, wide).way(island));
        gas.gate = gas.node(streets, gate, Pressure::HighA);
        gas.lay_streets(streets, &trunk, Pressure::HighA, &mut random, |_| 500);
        // 2. Town mains: a sub-high main from the nearest point of the trunk to each core.
        let trunk_nodes = touched(streets, &trunk);
        let from_trunk = Tree::grow(streets, &at, &trunk_nodes, wide);
        let mut mains = BTreeSet::new();
        let mut towns = Vec::new();
        for unit in facts.units.iter().filter(|unit| unit.core_m > 0.0) {
            let heart = nearest(unit.middle(), &|node| !trunk_nodes.contains(&node) && from_trunk.cost[node] != u64::MAX);
            mains.extend(from_trunk.way(heart));
            towns.push((heart, unit.name.clone()));
        }
        let main_nodes = touched(streets, &mains);
        let on_trunk: BTreeSet<Node> = trunk_nodes.iter().copied().collect();
        for &node in main_nodes.iter().filter(|node| on_trunk.contains(node)) {
            gas.regulate(streets, node, Pressure::HighA, Pressure::SubHighA, "高压调压站");
        }
        gas.lay_streets(streets, &mains, Pressure::SubHighA, &mut random, |_| 400);
        // 3. Medium pressure: from each town's station along the wider streets to wherever customers may live.
        let stations: Vec<Node> = towns.iter().map(|&(heart, _)| heart).collect();
        for (heart, name) in &towns {
            gas.regulate(streets, *heart, Pressure::SubHighA, Pressure::MediumA, &format!("{name}门站"));
        }
        let medium = Tree::grow(streets, &at, &stations, |number| {
            let street = &streets.streets[number];
            if street.name.as_deref() == Some("海永汽渡") {
                return None;
            }
            Some(match street.class {
                StreetClass::Motorway => 6.0,
                StreetClass::Trunk => 1.6,
                StreetClass::Service | StreetClass::Footway => 2.4,
                StreetClass::Residential => 1.2,
                _ => 1.0,
            })
        });
        let mut load: BTreeMap<usize, u32> = BTreeMap::new();
        for building in buildings {
            *load.entry(building.block).or_default() += 1;
        }
        let (mut medium_streets, mut low_streets) = (BTreeSet::new(), BTreeMap::new());
        let mut served: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (number, street) in streets.streets.iter().enumerate() {
            for block in street.blocks.into_iter().flatten() {
                served.entry(block).or_default().push(number);
            }
        }
        let mut served_by: BTreeMap<usize, usize> = BTreeMap::new();
        let mut outlets: BTreeMap<Node, ()> = BTreeMap::new();
        for (&block, beside) in &served {
            let count = load.get(&block).copied().unwrap_or(0);
            let rural = district.blocks[block].land_use == LandUse::Rural;
            if count == 0 || (rural && count < 4) {
                continue;
            }
            // The street whose end the medium main reaches first carries the block's low-pressure pipe.
            let reach = |number: &usize| {
                let street = &streets.streets[*number];
                medium.cost[street.from].min(medium.cost[street.to])
            };
            let Some(&street) = beside
                .iter()
                .filter(|number| length_m(&streets.streets[**number].line) > 25.0)
                .min_by_key(|number| (reach(number), **number))
            else {
                continue;
            };
            if reach(&street) == u64::MAX {
                continue;
            }
            served_by.insert(block, street);
            low_streets.entry(street).or_insert(());
            let (from, to) = (streets.streets[street].from, streets.streets[street].to);
            let near = if medium.cost[from] <= medium.cost[to] { from } else { to };
            outlets.insert(near, ());
            medium_streets.extend(medium.way(near));
        }
        let medium_nodes: BTreeSet<Node> = touched(streets, &medium_streets).into_iter().collect();
        let mut below: BTreeMap<usize, u32> = BTreeMap::new();
        for &outlet in outlets.keys() {
            for street in medium.way(outlet) {
                *below.entry(street).or_default() += 1;
            }
        }
        gas.lay_streets(streets, &medium_streets, Pressure::MediumA, &mut random, |street| {
            match below.get(&street).copied().unwrap_or(0) {
                0..=2 => 110,
                3..=12 => 160,
                13..=60 => 200,
                61..=300 => 250,
                _ => 315,
            }
        });
        // 4. Low pressure.
        for &outlet in outlets.keys() {
            let source = if medium_nodes.contains(&outlet) || stations.contains(&outlet) { outlet } else { continue };
            gas.regulate(streets, source, Pressure::MediumA, Pressure::Low, "调压箱");
        }
        let mut tees: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for &street in low_streets.keys() {
            let line = streets.streets[street].line.clone();
            let (from, to) = (streets.streets[street].from, streets.streets[street].to);
            let (near, far) = if medium.cost[from] <= medium.cost[to] { (from, to) } else { (to, from) };
            let Some(&start) = gas.node_of.get(&(near, Pressure::Low)) else { continue };
            let whole = length_m(&line);
            let pieces = (whole / TEE_SPACING_M).ceil().max(1.0) as usize;
            let (begin, end) = (moved(streets.nodes[near], Pressure::Low), moved(streets.nodes[far], Pressure::Low));
            let year = 1998 + random.below(26) as i64;
            let mut last = start;
            let mut here = vec![start];
            for piece in 1..=pieces {
                gas.nodes.push(begin.lerp(end, piece as f64 / pieces as f64 * 0.96).snapped());
                let next = gas.nodes.len() - 1;
                gas.push(last, next, Pressure::Low, if piece == 1 { 110 } else { 63 }, year);
                here.push(next);
                last = next;
            }
            tees.insert(street, here);
        }
        gas.connect_customers(district, buildings, &served_by, &tees, seed);
        gas.place_valves(&mut random);
        gas
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
        // One regulator a place: a second one starts from a stub of its own, so that no three classes share a node.
        let taken = !self.regulated.insert(node);
        let mut here = self.node(streets, node, inlet);
        if self.node_of.contains_key(&(node, outlet)) {
            return;
        }
        if taken {
            let stub = moved(streets.nodes[node], inlet) + Point::new(6.0, 6.0);
            self.nodes.push(stub.snapped());
            let next = self.nodes.len() - 1;
            self.push(here, next, inlet, 160, 2008);
            here = next;
        }
        self.node_of.insert((node, outlet), here);
        self.regulators.push(Regulator { at: self.nodes[here], node: here, name: name.to_owned(), inlet, outlet });
    }

    fn lay_streets(
        &mut self,
        streets: &Streets,
        numbers: &BTreeSet<usize>,
        pressure: Pressure,
        random: &mut Random,
        diameter_mm: impl Fn(usize) -> i64,
    ) {
        for &number in numbers {
            let street = &streets.streets[number];
            let (from, to) = (self.node(streets, street.from, pressure), self.node(streets, street.to, pressure));
            let year = 1999 + random.below(25) as i64;
            self.push(from, to, pressure, diameter_mm(number), year);
            if street.line.len() > 2 {
                let bend = moved(street.line[1], pressure);
                if let Some(pipe) = self.pipes.last_mut() {
                    pipe.line.insert(1, bend);
                }
            }
        }
    }

    fn push(&mut self, from: usize, to: usize, pressure: Pressure, diameter_mm: i64, year_laid: i64) {
        let line = vec![self.nodes[from], self.nodes[to]];
        // A few centimetres of unevenness, from the place itself.
        let uneven = ((line[0].x + line[1].y).abs() * 0.37) % 0.4;
        let steel = pressure < Pressure::MediumA || (pressure == Pressure::MediumA && year_laid < 2003);
        let depth_m = pressure.depth_m() + uneven;
        self.pipes.push(Pipe { line, pressure, diameter_mm, steel, year_laid, depth_m, from, to });
    }

    fn connect_customers(
        &mut self,
        district: &District,
        buildings: &[Building],
        served_by: &BTreeMap<usize, usize>,
        tees: &BTreeMap<usize, Vec<usize>>,
        seed: u64,
    ) {
        let mut random = Random::stream(seed, "customers", 0);
        for building in buildings {
            let Some(tees) = served_by.get(&building.block).and_then(|street| tees.get(street)) else { continue };
            let rural = district.blocks[building.block].land_use == LandUse::Rural;
            let class = match building.land_use {
                "residential" => "residential",
                "industrial" => "industrial",
                "farm" => continue,
                _ => "commercial",
            };
            if random.chance(if rural { 0.35 } else { 0.14 }) {
                continue;
            }
            let at = crate::plane::centroid(&building.ring);
            let away = |node: &usize| (self.nodes[*node] - at).length();
            let node = tees.iter().copied().min_by(|l, r| away(l).total_cmp(&away(r))).unwrap_or(tees[0]);
            let homes = (crate::plane::area_m2(&building.ring) * building.levels as f64 / 120.0).max(1.0) as i64;
            let meters = if class == "residential" && !rural { homes } else { 1 };
            self.customers.push(Customer { at: at.snapped(), class, meters, node });
        }
    }

    /// Valves where mains branch or end.
    fn place_valves(&mut self, random: &mut Random) {
        let mut degree = vec![(0u32, 0i64, Pressure::Low); self.nodes.len()];
        for pipe in &self.pipes {
            for node in [pipe.from, pipe.to] {
                let (count, diameter, pressure) = &mut degree[node];
                *count += 1;
                *diameter = (*diameter).max(pipe.diameter_mm);
                *pressure = (*pressure).min(pipe.pressure);
            }
        }
        for (node, &(count, diameter_mm, pressure)) in degree.iter().enumerate() {
            let wanted = match pressure {
                Pressure::HighA | Pressure::SubHighA => count != 2,
                Pressure::MediumA => count >= 3,
                Pressure::Low => false,
            };
            if wanted {
                self.valves.push(Valve { at: self.nodes[node], node, diameter_mm, open: !random.chance(0.012) });
            }
        }
    }
}

fn moved(point: Point, pressure: Pressure) -> Point {
    (point + Point::new(1.0, -1.0) * pressure.aside_m()).snapped()
}

/// The nodes of some streets, each once, in order.
fn touched(streets: &Streets, numbers: &BTreeSet<usize>) -> Vec<Node> {
    let nodes: BTreeSet<Node> =
        numbers.iter().flat_map(|&number| [streets.streets[number].from, streets.streets[number].to]).collect();
    nodes.into_iter().collect()
}
