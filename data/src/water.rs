//! Rivers as polygons around the edges that they run along, and the open water beyond the shore.

use crate::facts::Facts;
use crate::plane::{Point, area_m2};
use crate::subdivision::{EdgeKind, Subdivision, Vertex};
use std::collections::BTreeMap;

/// A body of water: its class, name, closed ring and, for rivers, the middle line.
#[derive(Debug)]
pub(crate) struct Water {
    pub(crate) name: String,
    pub(crate) class: String,
    pub(crate) ring: Vec<Point>,
    pub(crate) middle: Vec<Point>,
}

pub(crate) fn waters(plan: &Subdivision, facts: &Facts) -> Vec<Water> {
    let mut waters = Vec::new();
    for (number, river) in facts.shape.rivers.iter().enumerate() {
        for middle in chains(plan, |kind| kind == EdgeKind::River(number as u8)) {
            let ring = widened(&middle, river.width_m / 2.0);
            waters.push(Water { name: river.name.clone(), class: river.class.clone(), ring, middle });
        }
    }
    for (number, open) in facts.shape.open_water.iter().enumerate() {
        // The longest chain is the mainland's shore; an island's lies on the far side already.
        let shores = chains(plan, |kind| kind == EdgeKind::Shore(number as u8));
        let far = open.far_line();
        let longest = shores.into_iter().max_by_key(Vec::len).unwrap_or_default();
        let mut ring = longest.clone();
        let reversed = match (ring.first(), far.first()) {
            (Some(&begin), Some(&start)) => (begin - start).length() < (longest[longest.len() - 1] - start).length(),
            _ => false,
        };
        if reversed {
            ring.reverse();
        }
        ring.extend(far.iter().map(|point| point.snapped()));
        ring.dedup();
        ring.push(ring[0]);
        if area_m2(&ring) < 0.0 {
            ring.reverse();
        }
        waters.push(Water { name: open.name.clone(), class: open.class.clone(), ring, middle: Vec::new() });
    }
    waters
}

/// The chains that edges of a kind form, each from one loose end to the other.
fn chains(plan: &Subdivision, wanted: impl Fn(EdgeKind) -> bool) -> Vec<Vec<Point>> {
    let mut next: BTreeMap<Vertex, Vec<Vertex>> = BTreeMap::new();
    for (a, b, _) in plan.edges().into_iter().filter(|&(_, _, kind)| wanted(kind)) {
        next.entry(a).or_default().push(b);
        next.entry(b).or_default().push(a);
    }
    let ends: Vec<Vertex> = next.iter().filter(|(_, to)| to.len() == 1).map(|(&vertex, _)| vertex).collect();
    let mut chains = Vec::new();
    for end in ends {
        let mut chain = vec![end];
        while let Some(to) = next.get_mut(&chain[chain.len() - 1]).and_then(Vec::pop) {
            let here = chain[chain.len() - 1];
            if let Some(back) = next.get_mut(&to) {
                back.retain(|&vertex| vertex != here);
            }
            chain.push(to);
        }
        if chain.len() > 1 {
            chains.push(chain.into_iter().map(|vertex| plan.points[vertex as usize]).collect());
        }
    }
    chains
}

/// A line with a width, mitred at its bends.
fn widened(line: &[Point], half_m: f64) -> Vec<Point> {
    let side = |at: usize| {
        let before = (line[at] - line[at.max(1) - 1]).unit();
        let after = if at + 1 < line.len() { (line[at + 1] - line[at]).unit() } else { before };
        let before = if at == 0 { after } else { before };
        let middle = (before + after).unit();
        // A mitre is longer than the half width by one over the cosine of half the bend.
        middle.left() * (half_m / middle.dot(after).max(0.5))
    };
    let right = (0..line.len()).map(|at| (line[at] - side(at)).snapped());
    let left = (0..line.len()).rev().map(|at| (line[at] + side(at)).snapped());
    let mut ring: Vec<Point> = right.chain(left).collect();
    ring.push(ring[0]);
    ring
}
