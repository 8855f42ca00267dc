//! One-way streets: narrow streets of the main city in alternating directions, never so many that a place is cut off.

use super::Streets;
use crate::district::District;
use crate::land_use::{LandUse, east_at};
use crate::random::Random;
use crate::subdivision::StreetClass;

/// Parallel streets within a band of this width run the same way, metres.
const BAND_M: f64 = 190.0;
/// Of the bands of the main city, this share is one-way.
const ONE_WAY_SHARE: f64 = 0.45;

impl Streets {
    /// Chooses streets by bands, so that a street keeps its direction over the crossings, and its neighbour runs against it.
    pub(super) fn choose_one_way(&mut self, district: &District, seed: u64) {
        let narrow = |class| matches!(class, StreetClass::Residential | StreetClass::Tertiary);
        let dense = |block: &usize| matches!(district.blocks[*block].land_use, LandUse::OldTown | LandUse::Centre);
        for street in &mut self.streets {
            let inner = narrow(street.class) && !street.bridge && street.blocks.iter().flatten().any(dense);
            if !inner {
                continue;
            }
            let along = street.line[street.line.len() - 1] - street.line[0];
            let middle = street.line[0].lerp(street.line[street.line.len() - 1], 0.5);
            let east = east_at(middle);
            let eastward = along.dot(east).abs() > along.dot(east.left()).abs();
            let axis = if eastward { east } else { east.left() };
            let band = (axis.cross(middle) / BAND_M).floor() as i64;
            if !Random::stream(seed, if eastward { "one way east" } else { "one way north" }, band as u64).chance(ONE_WAY_SHARE) {
                continue;
            }
            if (along.dot(axis) > 0.0) != (band % 2 == 0) {
                street.line.reverse();
                street.blocks.reverse();
                std::mem::swap(&mut street.from, &mut street.to);
            }
            street.oneway = true;
        }
        // A street between two strongly connected parts goes back to both ways: then all parts are one.
        let part = self.strong_parts();
        for street in self.streets.iter_mut().filter(|street| part[street.from] != part[street.to]) {
            street.oneway = false;
        }
    }

    /// The strongly connected part of each node (Kosaraju: by finish on the graph, gathered on its reverse), without recursion.
    pub(crate) fn strong_parts(&self) -> Vec<usize> {
        let count = self.nodes.len();
        let (mut onward, mut back) = (vec![Vec::new(); count], vec![Vec::new(); count]);
        for street in &self.streets {
            onward[street.from].push(street.to);
            back[street.to].push(street.from);
            if !street.oneway {
                onward[street.to].push(street.from);
                back[street.from].push(street.to);
            }
        }
        let mut finished = Vec::with_capacity(count);
        let mut seen = vec![false; count];
        for start in 0..count {
            let mut stack = vec![(start, 0)];
            if std::mem::replace(&mut seen[start], true) {
                continue;
            }
            while let Some((node, next)) = stack.last_mut() {
                match onward[*node].get(*next) {
                    Some(&to) => {
                        *next += 1;
                        if !std::mem::replace(&mut seen[to], true) {
                            stack.push((to, 0));
                        }
                    }
                    None => {
                        finished.push(*node);
                        stack.pop();
                    }
                }
            }
        }
        let mut part = vec![usize::MAX; count];
        for &start in finished.iter().rev() {
            let mut stack = vec![start];
            while let Some(node) = stack.pop() {
                if part[node] == usize::MAX {
                    part[node] = start;
                    stack.extend(back[node].iter().filter(|&&to| part[to] == usize::MAX));
                }
            }
        }
        part
    }
}
