//! One-way streets: whole narrow streets of the main city in alternating directions, never so many that a place is cut off.

use super::{Node, Streets};
use crate::district::District;
use crate::land_use::{LandUse, east_at};
use crate::plane::length_m;
use crate::random::Random;
use crate::subdivision::StreetClass;

/// Parallel streets in neighbouring bands of this width run against each other, metres.
const BAND_M: f64 = 190.0;
/// Of the through streets of the old town and the centre, and of the estates around, this share is one-way.
const DENSE_SHARE: f64 = 0.35;
const ESTATES_SHARE: f64 = 0.14;
/// A street shorter than this is a yard's drive, metres.
const LEAST_M: f64 = 240.0;
/// Two pieces are one street when neither turns by more than some 25° from the other (the cosine).
const STRAIGHT_ON: f64 = 0.9;

/// A street from its first crossing to its last: its pieces in order, each with the end where it is entered.
type Through = Vec<(usize, Node)>;

impl Streets {
    /// Chooses whole streets, so that one keeps its direction over all its crossings.
    pub(super) fn choose_one_way(&mut self, district: &District, seed: u64) {
        let narrow = |class| matches!(class, StreetClass::Residential | StreetClass::Tertiary);
        let share = |block: &usize| match district.blocks[*block].land_use {
            LandUse::OldTown | LandUse::Centre => DENSE_SHARE,
            LandUse::Estates => ESTATES_SHARE,
            LandUse::TownCore | LandUse::Industrial | LandUse::Rural => 0.0,
        };
        let shares: Vec<f64> = self
            .streets
            .iter()
            .map(|street| {
                let beside = street.blocks.iter().flatten().map(share).fold(0.0, f64::max);
                if narrow(street.class) && !street.bridge { beside } else { 0.0 }
            })
            .collect();
        let mut chosen = Vec::new();
        for mut through in self.through_streets(&shares) {
            let length: f64 = through.iter().map(|&(piece, _)| length_m(&self.streets[piece].line)).sum();
            let mean = through.iter().map(|&(piece, _)| shares[piece]).sum::<f64>() / through.len() as f64;
            let first = through.iter().map(|&(piece, _)| piece).min().unwrap_or(0);
            if length < LEAST_M || !Random::stream(seed, "one way", first as u64).chance(mean) {
                continue;
            }
            let (last, entered) = through[through.len() - 1];
            let (from, to) = (self.nodes[through[0].1], self.nodes[self.streets[last].far_from(entered)]);
            let (along, middle) = (to - from, from.lerp(to, 0.5));
            let east = east_at(middle);
            let axis = if along.dot(east).abs() > along.dot(east.left()).abs() { east } else { east.left() };
            let band = (axis.cross(middle) / BAND_M).floor() as i64;
            if (along.dot(axis) > 0.0) != (band % 2 == 0) {
                for (piece, end) in &mut through {
                    *end = self.streets[*piece].far_from(*end);
                }
                through.reverse();
            }
            for &(piece, from) in &through {
                let street = &mut self.streets[piece];
                if street.from != from {
                    street.line.reverse();
                    street.blocks.reverse();
                    std::mem::swap(&mut street.from, &mut street.to);
                }
                street.oneway = true;
            }
            chosen.push(through);
        }
        // A street with a piece between two strongly connected parts goes back to both ways: then all parts are one.
        let part = self.strong_parts();
        for through in chosen {
            if through.iter().any(|&(piece, _)| part[self.streets[piece].from] != part[self.streets[piece].to]) {
                through.iter().for_each(|&(piece, _)| self.streets[piece].oneway = false);
            }
        }
    }

    /// Joins pieces with a share above zero to whole streets: over a crossing a street goes on in the piece that lies straightest ahead.
    fn through_streets(&self, shares: &[f64]) -> Vec<Through> {
        // 1. Pairs at every node, the straightest first; a piece has at most one continuation at each end.
        let mut onward = vec![[None; 2]; self.streets.len()];
        for (node, pieces) in self.at_nodes().into_iter().enumerate() {
            let pieces: Vec<usize> = pieces.into_iter().filter(|&piece| shares[piece] > 0.0).collect();
            let leaving = |piece: usize| (self.nodes[self.streets[piece].far_from(node)] - self.nodes[node]).unit();
            let mut pairs: Vec<(f64, usize, usize)> = Vec::new();
            for (at, &one) in pieces.iter().enumerate() {
                for &other in &pieces[at + 1..] {
                    let ahead = -leaving(one).dot(leaving(other));
                    if ahead > STRAIGHT_ON && self.streets[one].class == self.streets[other].class {
                        pairs.push((ahead, one, other));
                    }
                }
            }
            pairs.sort_by(|l, r| r.0.total_cmp(&l.0).then((l.1, l.2).cmp(&(r.1, r.2))));
            for (_, one, other) in pairs {
                let [one_end, other_end] = [one, other].map(|piece| usize::from(self.streets[piece].to == node));
                if onward[one][one_end].is_none() && onward[other][other_end].is_none() {
                    onward[one][one_end] = Some(other);
                    onward[other][other_end] = Some(one);
                }
            }
        }
        // 2. From each piece that begins a street, to its end. Of streets in a circle there are none: they turn too little.
        let mut taken = vec![false; self.streets.len()];
        let mut through = Vec::new();
        for start in 0..self.streets.len() {
            let Some(open) = (0..2).find(|&end| onward[start][end].is_none()).filter(|_| shares[start] > 0.0 && !taken[start])
            else {
                continue;
            };
            let mut walked = Through::new();
            let (mut piece, mut node) = (start, if open == 0 { self.streets[start].from } else { self.streets[start].to });
            loop {
                taken[piece] = true;
                walked.push((piece, node));
                node = self.streets[piece].far_from(node);
                match onward[piece][usize::from(self.streets[piece].to == node)] {
                    Some(next) => piece = next,
                    None => break,
                }
            }
            through.push(walked);
        }
        through
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
