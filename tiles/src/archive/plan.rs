//! Which tiles a city has, in the order of their numbers, each with the features that may be in it.
//!
//! A quadtree is walked down zoom by zoom: a tile hands its candidates to its children, so that a feature is looked at
//! once for each tile it is in, and no sort of (tile, feature) pairs is needed. Children in the order of their numbers under
//! parents in order are in order.

use super::build::BuildInput;
use super::tile_id::tile_id;
use std::sync::Arc;
use urbis_model::TileCoord;

/// Bytes of tiles and candidates that are kept from zoom to zoom. Past it (long lines at deep zooms: a box holds many tiles that
/// its line never sees) the last level that fitted is walked down again for each deeper zoom.
const MAX_KEPT_BYTES: usize = 128 << 20;

/// A tile, and for each layer the positions of features that may be in it, ascending.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) tile: TileCoord,
    pub(super) candidates: Vec<Vec<u32>>,
}

impl Node {
    /// How much work it may be.
    pub(super) fn weight(&self) -> usize {
        self.candidates.iter().map(Vec::len).sum()
    }

    /// What it takes in memory: of many small tiles in many layers the lists weigh more than the candidates in them.
    fn bytes(&self) -> usize {
        let lists: usize = self.candidates.iter().map(|list| size_of::<Vec<u32>>() + list.capacity() * size_of::<u32>()).sum();
        // Two counts of the Arc, and the place in its level.
        size_of::<Self>() + 3 * size_of::<usize>() + lists
    }
}

/// Calls `emit` for each tile of the zooms, in order, until it says to stop (false).
pub(super) fn walk(inputs: &[BuildInput<'_>], zooms: std::ops::RangeInclusive<u8>, mut emit: impl FnMut(Arc<Node>) -> bool) {
    let Ok(world) = TileCoord::new(0, 0, 0) else { return };
    let all = |input: &BuildInput<'_>| {
        (0..input.layer.len() as u32).filter(|position| !input.layer.bounds(*position).is_empty()).collect::<Vec<u32>>()
    };
    let mut frontier = vec![Arc::new(Node { tile: world, candidates: inputs.iter().map(all).collect() })];
    for zoom in 0..=*zooms.end() {
        let wanted = zooms.contains(&zoom);
        let mut level = Vec::new();
        let mut kept = 0;
        for node in &frontier {
            let go_on = descend(inputs, node, zoom, &mut |node| {
                kept += node.bytes();
                if kept <= MAX_KEPT_BYTES {
                    level.push(Arc::clone(node));
                } else {
                    level = Vec::new();
                }
                !wanted || emit(Arc::clone(node))
            });
            if !go_on {
                return;
            }
        }
        if kept <= MAX_KEPT_BYTES {
            frontier = level;
        }
    }
}

/// Visits the tiles of a zoom under a node that have candidates, in order.
fn descend(inputs: &[BuildInput<'_>], node: &Arc<Node>, zoom: u8, visit: &mut impl FnMut(&Arc<Node>) -> bool) -> bool {
    if node.tile.z() == zoom {
        return visit(node);
    }
    let mut children = children(inputs, node);
    children.sort_by_key(|child| tile_id(child.tile));
    children.into_iter().all(|child| descend(inputs, &Arc::new(child), zoom, visit))
}

/// The children that have candidates.
fn children(inputs: &[BuildInput<'_>], node: &Node) -> Vec<Node> {
    let zoom = node.tile.z() + 1;
    let mut lists: [Vec<Vec<u32>>; 4] = std::array::from_fn(|_| vec![Vec::new(); inputs.len()]);
    let corner = [u64::from(node.tile.x()) * 2, u64::from(node.tile.y()) * 2];
    let shift = 32 - u32::from(zoom);
    for (index, input) in inputs.iter().enumerate() {
        let margin = (input.layer.margin() * 2f64.powi(shift as i32)).ceil() as u64;
        for &position in &node.candidates[index] {
            let bounds = input.layer.bounds(position);
            let side = |axis: usize| {
                let least = u64::from(bounds.min[axis]).saturating_sub(margin) >> shift;
                let greatest = (u64::from(bounds.max[axis]) + margin) >> shift;
                [least <= corner[axis], greatest > corner[axis]]
            };
            let (columns, rows) = (side(0), side(1));
            for (child, list) in lists.iter_mut().enumerate() {
                if columns[child & 1] && rows[child >> 1] {
                    list[index].push(position);
                }
            }
        }
    }
    let tile = |child: usize| {
        let [x, y] = [corner[0] + (child & 1) as u64, corner[1] + (child >> 1) as u64];
        TileCoord::new(u32::from(zoom), x, y).ok()
    };
    let node = |(child, candidates): (usize, Vec<Vec<u32>>)| {
        let some = candidates.iter().any(|list| !list.is_empty());
        some.then(|| tile(child)).flatten().map(|tile| Node { tile, candidates })
    };
    lists.into_iter().enumerate().filter_map(node).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tile_weighs_what_its_lists_do() {
        let tile = TileCoord::new(0, 0, 0).unwrap();
        let mut candidates = vec![Vec::new(); 64];
        candidates[0] = vec![7_u32; 1000];
        let bytes = Node { tile, candidates }.bytes();
        assert!(bytes > 64 * 24 + 4 * 1000 && bytes < 64 * 24 + 4 * 1000 + 200, "{bytes}");
    }
}
