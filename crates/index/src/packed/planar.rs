//! Nearest in the plane: depth first (Roussopoulos, Kelley & Vincent 1995), the boxes of 16 children at once in `f32`, and the
//! boxes as they were given only for the few that are left.

use super::{
    PackedRtree,
    block::{NODE_SIZE, OuterBox},
    layout::MAX_LEVELS,
    nearest::{Near, planar_distance2},
};
use std::collections::BinaryHeap;
use urbis_model::Bounds;

/// Items that are taken beyond `k`, so that a search seldom must be made again.
const SPARE: usize = 2;

/// More than the relative error of a squared distance in `f32`, 2⁻²¹: each of its two differences, products and its sum may be
/// 2⁻²⁴ off.
const ROUNDING: f64 = 4e-6;

impl PackedRtree {
    /// The `k` nearest items in the plane, nearest first and ties by position, in the units of the boxes; `exact` gives an
    /// item's box as it was given, since the tree's own are rounded outward, and is asked for little more than `k` of them.
    /// Allocates nothing where `found`, which is cleared first, has room for some more than `k`.
    ///
    /// Distances in `found` are squared.
    pub fn nearest_k_planar(&self, k: usize, from: [f64; 2], mut exact: impl FnMut(u32) -> Bounds, found: &mut Vec<Near>) {
        // An item's edge was moved outward by less than a step of `f32`, and so was the position: an exact distance is less than
        // two steps on each axis greater than the one in `f32`.
        let extent = self.extent();
        let two_steps = [0, 1].map(|axis| {
            let far = extent.min[axis].abs().max(extent.max[axis].abs()).max(from[axis].abs()) as f32;
            2.0 * (f64::from(far.next_up()) - f64::from(far))
        });
        let most = two_steps[0].hypot(two_steps[1]);
        let mut asked = k.saturating_add(SPARE);
        let limit = loop {
            self.search_planar(asked, &OuterBox::around(&Bounds { min: from, max: from }), found);
            // The k-th is no farther than this, so nothing beyond can be among the k nearest.
            let limit = match k.checked_sub(1).and_then(|last| found.get(last)) {
                Some(near) if (near.distance + most).is_finite() => (near.distance.sqrt() + most).powi(2) * (1.0 + ROUNDING),
                _ => f64::INFINITY,
            };
            if found.len() < asked || found.last().is_none_or(|last| last.distance > limit) {
                break limit;
            }
            asked = asked.saturating_mul(2);
        };
        found.retain_mut(|near| {
            let is_near = near.distance <= limit;
            if is_near {
                near.distance = planar_distance2(from, &exact(near.position));
            }
            is_near
        });
        found.sort_unstable();
        found.truncate(k);
    }

    /// The `k` nearest by their boxes in `f32`, nearest first.
    fn search_planar(&self, k: usize, from: &OuterBox, found: &mut Vec<Near>) {
        found.clear();
        if self.is_empty() || k == 0 || from.is_empty() {
            return;
        }
        // A heap with the farthest on top, in the caller's memory.
        let mut best = BinaryHeap::from(std::mem::take(found));
        let mut limit = f32::INFINITY;
        let view = self.view();
        let top = self.layout.levels - 1;
        // At most 15 siblings wait on each level under the root.
        let mut waiting = [(0.0f32, top as u32, 0u32); (NODE_SIZE - 1) * MAX_LEVELS + 1];
        let mut depth = 1;
        while depth > 0 {
            depth -= 1;
            let (bound, level, node) = waiting[depth];
            if bound > limit {
                continue;
            }
            let (distances2, mut near) = view.block(level as usize, node).within(from, limit);
            if level > 0 {
                // The nearest is looked into first. The order of the others matters little once the first leaf has set a limit.
                let first = depth;
                while near != 0 {
                    let child = near.trailing_zeros();
                    near &= near - 1;
                    waiting[depth] = (distances2[child as usize], level - 1, node * NODE_SIZE as u32 + child);
                    depth += 1;
                }
                if let Some(nearest) = (first..depth).min_by(|a, b| waiting[*a].0.total_cmp(&waiting[*b].0)) {
                    waiting.swap(nearest, depth - 1);
                }
                continue;
            }
            let positions = view.positions(node);
            while near != 0 {
                let child = near.trailing_zeros() as usize;
                near &= near - 1;
                // A foreign file may hold anything: what is no position is left out.
                let Some(&position) = positions.get(child).filter(|position| (**position as usize) < self.len()) else {
                    continue;
                };
                let distance = distances2[child];
                if distance > limit {
                    continue;
                }
                let near = Near { distance: f64::from(distance), position };
                if best.len() < k {
                    best.push(near);
                } else if let Some(mut farthest) = best.peek_mut()
                    && near < *farthest
                {
                    *farthest = near;
                }
                if best.len() == k {
                    limit = best.peek().map_or(limit, |farthest| farthest.distance as f32);
                }
            }
        }
        *found = best.into_sorted_vec();
    }
}
