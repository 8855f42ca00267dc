//! Rings cut where the set of rings on a border changes, so that each stretch of border is held once.
//!
//! A vertex is a node when two visits to it have other neighbours (Bostock 2012, TopoJSON's "join"). Between nodes all
//! rings on a border run alike, so a stretch is known by its first two vertices.

use super::cells::Place;
use crate::dictionary::Mix;
use std::collections::HashMap;
use std::hash::BuildHasherDefault;

/// A stretch of border.
pub(super) struct Arc {
    /// Its vertices; both ends are nodes unless it is closed.
    pub(super) points: Vec<Place>,
    /// Whether it is a ring without nodes, whose first vertex is not repeated.
    pub(super) closed: bool,
}

/// A ring's stretch, and whether the ring runs against it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Side {
    pub(super) arc: u32,
    pub(super) reversed: bool,
}

type Map<K, V> = HashMap<K, V, BuildHasherDefault<Mix>>;

/// The stretches, and each ring as a run of them.
pub(super) fn cut(rings: &[&[Place]]) -> (Vec<Arc>, Vec<Vec<Side>>) {
    let nodes = nodes(rings);
    let mut arcs = Vec::new();
    let mut known: Map<(u64, u64), u32> = Map::default();
    let mut runs = Vec::with_capacity(rings.len());
    for ring in rings {
        let mut run = Vec::new();
        let mut add = |points: Vec<Place>, closed: bool| {
            let [first, second] = [points[0], points[1]];
            let (last, before) =
                if closed { (points[0], points[points.len() - 1]) } else { (points[points.len() - 1], points[points.len() - 2]) };
            let (ahead, back) = ((key(first), key(second)), (key(last), key(before)));
            let reversed = back < ahead;
            let arc = *known.entry(ahead.min(back)).or_insert_with(|| {
                let mut points = points;
                if reversed {
                    points.reverse();
                    if closed {
                        // Still to begin with the vertex that names it.
                        points.rotate_right(1);
                    }
                }
                arcs.push(Arc { points, closed });
                arcs.len() as u32 - 1
            });
            run.push(Side { arc, reversed });
        };
        let count = ring.len();
        if count < 2 {
            runs.push(run);
            continue;
        }
        let cuts: Vec<usize> = (0..count).filter(|index| nodes[&key(ring[*index])]).collect();
        match cuts.first() {
            None => {
                let least = (0..count).min_by_key(|index| key(ring[*index])).unwrap_or(0);
                add(ring[least..].iter().chain(&ring[..least]).copied().collect(), true);
            }
            Some(&first) => {
                for (index, &from) in cuts.iter().enumerate() {
                    let to = cuts.get(index + 1).copied().unwrap_or(first + count);
                    add((from..=to).map(|place| ring[place % count]).collect(), false);
                }
            }
        }
        runs.push(run);
    }
    (arcs, runs)
}

/// Each vertex, and whether it is a node.
fn nodes(rings: &[&[Place]]) -> Map<u64, bool> {
    let mut neighbours: Map<u64, ([u64; 2], bool)> = Map::default();
    for ring in rings {
        let count = ring.len();
        for index in 0..count {
            let [a, b] = [ring[(index + count - 1) % count], ring[(index + 1) % count]].map(key);
            let pair = [a.min(b), a.max(b)];
            let (known, is_node) = neighbours.entry(key(ring[index])).or_insert((pair, false));
            *is_node |= *known != pair;
        }
    }
    neighbours.into_iter().map(|(vertex, (_, is_node))| (vertex, is_node)).collect()
}

/// A vertex as one number.
pub(super) fn key([x, y]: Place) -> u64 {
    (x as u64) << 32 | y as u64
}
