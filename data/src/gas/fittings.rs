//! What is fitted to the laid network: customers at the tees, valves where a crew must be able to shut off.

use super::{Customer, Gas, Pressure, Services, Valve};
use crate::blocks::Building;
use crate::district::District;
use crate::land_use::LandUse;
use crate::plane::length_m;
use crate::random::Random;
use std::collections::{BTreeMap, VecDeque};

/// Transmission mains have a valve at least this often, metres.
const SECTION_M: f64 = 3_000.0;

impl Gas {
    pub(super) fn connect_customers(
        &mut self,
        district: &District,
        buildings: &[Building],
        services: &Services,
        tees: &BTreeMap<usize, Vec<usize>>,
        seed: u64,
    ) {
        let mut random = Random::stream(seed, "customers", 0);
        for building in buildings {
            let Some(tees) = services.by_block.get(&building.block).and_then(|street| tees.get(street)) else { continue };
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

    /// Valves where mains branch or end, before every station, and along each stretch of a transmission main.
    pub(super) fn place_valves(&mut self, random: &mut Random) {
        let mut at: Vec<Vec<usize>> = vec![Vec::new(); self.nodes.len()];
        for (number, pipe) in self.pipes.iter().enumerate() {
            at[pipe.from].push(number);
            at[pipe.to].push(number);
        }
        let section_ends = self.section_ends(&at);
        for (node, pipes) in at.iter().enumerate() {
            let Some(pressure) = pipes.iter().map(|&number| self.pipes[number].pressure).min() else { continue };
            let wanted = if pressure.transmission() {
                pipes.len() != 2 || section_ends[node]
            } else {
                pressure < Pressure::Low && pipes.len() >= 3
            };
            if wanted {
                let diameter_mm = pipes.iter().map(|&number| self.pipes[number].diameter_mm).max().unwrap_or(0);
                self.valves.push(Valve { at: self.nodes[node], node, diameter_mm, open: !random.chance(0.012) });
            }
        }
    }

    /// Nodes at which a stretch of transmission main from the gate is full.
    fn section_ends(&self, at: &[Vec<usize>]) -> Vec<bool> {
        let mut ends = vec![false; self.nodes.len()];
        let mut seen = vec![false; self.nodes.len()];
        seen[self.gate] = true;
        let mut queue = VecDeque::from([(self.gate, 0.0)]);
        while let Some((node, since_m)) = queue.pop_front() {
            for pipe in at[node].iter().map(|&number| &self.pipes[number]).filter(|pipe| pipe.pressure.transmission()) {
                let to = pipe.from + pipe.to - node;
                if std::mem::replace(&mut seen[to], true) {
                    continue;
                }
                let run_m = since_m + length_m(&pipe.line);
                ends[to] = run_m >= SECTION_M;
                queue.push_back((to, if ends[to] { 0.0 } else { run_m }));
            }
        }
        ends
    }
}
