//! Lines joined at their ends.
//!
//! 1. Ends that lie in the same cell of the world grid (9 mm) meet in a node.
//! 2. At each node ends are paired, the straightest continuation first. Where two meet, they are joined whatever the
//!    bend, short of turning back; where more meet, only those that turn by a right angle at most.
//! 3. Pieces are followed from pair to pair. A chain runs in the direction of its lowest member.

use super::{Merged, Sets};
use crate::frame::world_from_lonlat;
use urbis_model::FeatureBatch;

/// Ends in one node beyond which none is joined: pairing looks at all pairs.
const MOST_ENDS: usize = 16;
/// Cosine of the angle between directions that lead away from a node, above which one would turn back on the other.
const BACK: f64 = 0.95;
/// No partner.
const NONE: u32 = u32::MAX;

/// A line of a feature. Its ends have numbers: twice its own for the first, one more for the last.
struct Piece<'a> {
    /// Which member it is of.
    member: u32,
    lonlat: &'a [[f64; 2]],
}

/// Appends what becomes of the lines of a group, positions in order of id.
pub(super) fn joined(features: &FeatureBatch, group: &[u32], rows: &mut Vec<Merged>) {
    let mut pieces = Vec::new();
    for (member, position) in group.iter().enumerate() {
        let parts = features.geometry(*position as usize).parts();
        pieces.extend(parts.flat_map(|part| part.rings()).map(|ring| Piece { member: member as u32, lonlat: ring.lonlat() }));
    }
    let partners = partners(&pieces);
    let mut sets = Sets::apart(group.len());
    for (end, partner) in partners.iter().enumerate().filter(|(_, partner)| **partner != NONE) {
        sets.join(pieces[end / 2].member, pieces[*partner as usize / 2].member);
    }
    let mut sizes = vec![0u32; group.len()];
    for member in 0..group.len() as u32 {
        sizes[sets.least(member) as usize] += 1;
    }
    let mut chains: Vec<Vec<Vec<Vec<[f64; 2]>>>> = vec![Vec::new(); group.len()];
    let mut followed = vec![false; pieces.len()];
    for first in 0..pieces.len() {
        let set = sets.least(pieces[first].member) as usize;
        if sizes[set] > 1 && !followed[first] {
            chains[set].push(vec![chain(&pieces, &partners, first as u32, &mut followed)]);
        }
    }
    for (member, shape) in chains.into_iter().enumerate().filter(|(member, _)| sizes[*member] > 0) {
        rows.push(Merged { position: group[member], shape: (sizes[member] > 1).then_some(shape) });
    }
}

/// The end that each end is joined to.
fn partners(pieces: &[Piece<'_>]) -> Vec<u32> {
    let mut ends: Vec<([u32; 2], u32)> = Vec::with_capacity(pieces.len() * 2);
    for (index, piece) in pieces.iter().enumerate() {
        let last = piece.lonlat.len() - 1;
        ends.push((world_from_lonlat(piece.lonlat[0]), 2 * index as u32));
        ends.push((world_from_lonlat(piece.lonlat[last]), 2 * index as u32 + 1));
    }
    ends.sort_unstable();
    let mut partners = vec![NONE; ends.len()];
    let mut pairs: Vec<(f64, u32, u32)> = Vec::new();
    for node in ends.chunk_by(|a, b| a.0 == b.0).filter(|node| (2..=MOST_ENDS).contains(&node.len())) {
        let directions: Vec<Option<[f64; 2]>> = node.iter().map(|(place, end)| direction(pieces, *place, *end)).collect();
        let most_cosine = if node.len() == 2 { BACK } else { 0.0 };
        pairs.clear();
        for (index, (_, a)) in node.iter().enumerate() {
            for (other, (_, b)) in node.iter().enumerate().skip(index + 1) {
                let (Some(u), Some(v)) = (directions[index], directions[other]) else { continue };
                let cosine = u[0] * v[0] + u[1] * v[1];
                if a / 2 != b / 2 && cosine <= most_cosine {
                    pairs.push((cosine, *a, *b));
                }
            }
        }
        pairs.sort_unstable_by(|x, y| x.0.total_cmp(&y.0).then((x.1, x.2).cmp(&(y.1, y.2))));
        for &(_, a, b) in &pairs {
            if partners[a as usize] == NONE && partners[b as usize] == NONE {
                (partners[a as usize], partners[b as usize]) = (b, a);
            }
        }
    }
    partners
}

/// The way a piece leads away from its end, of length 1; none when it stays in the end's cell.
fn direction(pieces: &[Piece<'_>], place: [u32; 2], end: u32) -> Option<[f64; 2]> {
    let lonlat = pieces[end as usize / 2].lonlat;
    let leaves = |vertex: &&[f64; 2]| world_from_lonlat(**vertex) != place;
    let next = if end.is_multiple_of(2) { lonlat.iter().find(leaves) } else { lonlat.iter().rev().find(leaves) }?;
    let next = world_from_lonlat(*next);
    let [dx, dy] = [0, 1].map(|axis| f64::from(next[axis]) - f64::from(place[axis]));
    let length = dx.hypot(dy);
    Some([dx / length, dy / length])
}

/// The whole chain that a piece is in.
fn chain(pieces: &[Piece<'_>], partners: &[u32], first: u32, followed: &mut [bool]) -> Vec<[f64; 2]> {
    // Back to where the chain begins, or once around a closed one. `entry` is the end a piece is entered by.
    let mut entry = 2 * first;
    while partners[entry as usize] != NONE {
        entry = partners[entry as usize] ^ 1;
        if entry == 2 * first {
            break;
        }
    }
    let mut vertices: Vec<[f64; 2]> = Vec::new();
    loop {
        let piece = &pieces[entry as usize / 2];
        followed[entry as usize / 2] = true;
        let joint = usize::from(!vertices.is_empty());
        if entry.is_multiple_of(2) {
            vertices.extend(piece.lonlat.iter().skip(joint));
        } else {
            vertices.extend(piece.lonlat.iter().rev().skip(joint));
        }
        entry = partners[(entry ^ 1) as usize];
        if entry == NONE || followed[entry as usize / 2] {
            return vertices;
        }
    }
}
