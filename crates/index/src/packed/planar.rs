//! Nearest in the plane: depth first, the nearest child first (Roussopoulos, Kelley & Vincent 1995), 16 boxes at once in `f32`, and the
//! boxes as they were given only for the few that are left.
//!
//! A box in steps says of the box it stands for how far that is at least and at most. The `k` least of the greatest distances bound
//! the search; what is at least farther than the last of them is not among the `k` nearest.

use super::{
    PackedRtree, View,
    block::{Block, NODE_SIZE},
    frame::Frame,
    join::bits,
    layout::MAX_LEVELS,
    nearest::{Near, planar_distance2},
    raster::Raster,
};
use urbis_model::Bounds;

/// Up to this `k` a search keeps its bounds on the stack.
const SMALL_K: usize = 32;

/// From numbers so large on, squares in `f32` are none.
const LARGE: f64 = 1e18;

/// More than the relative error of a difference in `f32` here, three roundings, and of a sum of squares.
const ROUNDING: f32 = 1e-6;

impl PackedRtree {
    /// The `k` nearest items in the plane, nearest first and ties by position, in the units of the boxes; `exact` gives an
    /// item's box as it was given, since the tree's own are rounded outward, and is asked for little more than `k` of them.
    /// Allocates nothing for a `k` up to 32 where `found`, which is cleared first, has room for some 50 more.
    ///
    /// Distances in `found` are squared.
    pub fn nearest_k_planar(&self, k: usize, from: [f64; 2], mut exact: impl FnMut(u32) -> Bounds, found: &mut Vec<Near>) {
        found.clear();
        let k = k.min(self.len());
        if k == 0 || from.iter().any(|at| at.is_nan()) {
            return;
        }
        let view = self.view();
        let is_large = from.iter().any(|at| at.abs() > LARGE) || view.raster.most() > LARGE;
        if is_large {
            let distance2 = |one: &Bounds| planar_distance2(from, one);
            return self.nearest_k(k, distance2, |position| Some(distance2(&exact(position))), found);
        }
        let limit2 = f64::from(match k {
            1..=SMALL_K => view.search_planar(from, &mut Least::of(&mut [0.0; 2 * (SMALL_K + 1)][..2 * (k + 1)]), found),
            _ => view.search_planar(from, &mut Least::of(&mut vec![0.0; 2 * (k + 1)]), found),
        });
        found.retain_mut(|near| {
            let is_near = near.distance <= limit2;
            if is_near {
                near.distance = planar_distance2(from, &exact(near.position));
            }
            is_near
        });
        found.sort_unstable();
        found.truncate(k);
    }
}

/// A node on the way down, and how far its children are that still wait.
#[derive(Clone, Copy)]
struct Step {
    node: u32,
    frame: Frame,
    waiting: Waiting,
}

impl View<'_> {
    /// All items whose least squared distance, which is told, is not beyond the bound at the time; answers with the last of the
    /// least greatest ones.
    fn search_planar(&self, from: [f64; 2], greatest: &mut Least<'_>, found: &mut Vec<Near>) -> f32 {
        let top = self.top();
        let mut path = [Step { node: 0, frame: Frame::default(), waiting: Waiting::default() }; MAX_LEVELS];
        let mut level = top;
        let (mut node, mut frame) = (0, self.root());
        loop {
            let block = self.block(level, node);
            if level > 0 {
                let far = Far::new::<false>(self.raster, &frame, block, from);
                path[level] = Step { node, frame, waiting: Waiting::new(&far.least2, block.children()) };
            } else {
                let far = Far::new::<true>(self.raster, &frame, block, from);
                let positions = self.positions(node);
                for child in bits(within(&far.least2, greatest.last()) & block.children()) {
                    // A foreign file may hold anything: what is no position is left out.
                    let position = positions.get(child as usize).filter(|position| (**position as usize) < self.layout.count);
                    if let Some(&position) = position {
                        found.push(Near { distance: f64::from(far.least2[child as usize]), position });
                        greatest.add(far.greatest2[child as usize]);
                    }
                }
                level = 1;
            }
            // The nearest child that still waits, on this level or above.
            let (child, steps) = loop {
                if level > top {
                    return greatest.last();
                }
                let step = &mut path[level];
                match step.waiting.nearest(greatest.last()) {
                    None => level += 1,
                    Some(child) => {
                        if let Some(steps) = self.block(level, step.node).child(child) {
                            break (child, steps);
                        }
                    }
                }
            };
            (node, frame) = (path[level].node * NODE_SIZE as u32 + child as u32, path[level].frame.below(&steps));
            level -= 1;
        }
    }
}

/// The children that wait, in no order: each one's squared distance with its number in the lowest bits, which makes it a little less;
/// infinite where none waits.
#[derive(Clone, Copy)]
struct Waiting([f32; NODE_SIZE]);

const NUMBER: u32 = NODE_SIZE as u32 - 1;

impl Default for Waiting {
    fn default() -> Self {
        Self([f32::INFINITY; NODE_SIZE])
    }
}

impl Waiting {
    #[inline]
    fn new(least2: &[f32; NODE_SIZE], children: u32) -> Self {
        Self(std::array::from_fn(|child| {
            let numbered = f32::from_bits(least2[child].to_bits() & !NUMBER | child as u32);
            if children >> child & 1 == 1 { numbered } else { f32::INFINITY }
        }))
    }

    /// Takes out the nearest, if it is within the limit.
    #[inline]
    fn nearest(&mut self, limit2: f32) -> Option<usize> {
        let mut least: [f32; 4] = std::array::from_fn(|lane| self.0[lane]);
        for quarter in self.0.chunks_exact(4).skip(1) {
            least.iter_mut().zip(quarter).for_each(|(least, other)| *least = lesser(*least, *other));
        }
        let least = lesser(lesser(least[0], least[1]), lesser(least[2], least[3]));
        if least > limit2 || least == f32::INFINITY {
            return None;
        }
        let child = (least.to_bits() & NUMBER) as usize;
        self.0[child] = f32::INFINITY;
        Some(child)
    }
}

/// The `k` least numbers so far, in order, behind one that is less than all; written from one half of the room into the other.
struct Least<'a> {
    now: &'a mut [f32],
    next: &'a mut [f32],
}

impl<'a> Least<'a> {
    /// Room for `k` numbers is 2 (`k` + 1).
    fn of(room: &'a mut [f32]) -> Self {
        room.fill(f32::INFINITY);
        let (now, next) = room.split_at_mut(room.len() / 2);
        (now[0], next[0]) = (f32::NEG_INFINITY, f32::NEG_INFINITY);
        Self { now, next }
    }

    /// The greatest of them, infinite while they are fewer than `k`.
    #[inline]
    fn last(&self) -> f32 {
        self.now[self.now.len() - 1]
    }

    /// Each place keeps its number or gets the new one or the one before: without a branch.
    #[inline]
    fn add(&mut self, number: f32) {
        for (next, pair) in self.next[1..].iter_mut().zip(self.now.windows(2)) {
            *next = greater(pair[0], lesser(pair[1], number));
        }
        std::mem::swap(&mut self.now, &mut self.next);
    }
}

/// How far the 16 children of a node are: squares of the least and, for items, the greatest that it can be.
struct Far {
    least2: [f32; NODE_SIZE],
    greatest2: [f32; NODE_SIZE],
}

impl Far {
    #[inline]
    fn new<const ITEMS: bool>(raster: &Raster, frame: &Frame, block: &Block, from: [f64; 2]) -> Self {
        // A square below the least normal number may have become 0.
        let mut far = Self { least2: [0.0; NODE_SIZE], greatest2: [f32::MIN_POSITIVE; NODE_SIZE] };
        for (axis, from) in from.into_iter().enumerate() {
            let [mins, maxs] = block.rows(axis);
            let (first, cells) = frame.axis(axis);
            let [edge, cell] = raster.cell(axis, first);
            let (step, origin, cell) = ((cell * f64::from(cells)) as f32, (edge - from) as f32, cell as f32);
            let error = (step * 256.0 + origin.abs()) * ROUNDING;
            // An edge lies in its cell, and that less than a step within its own.
            let (outside, inside) = (2.0 * cell + error, step + 2.0 * cell + error);
            let beside: [f32; NODE_SIZE] = std::array::from_fn(|child| {
                greater(f32::from(mins[child]) * step + origin, -(f32::from(maxs[child]) * step + origin))
            });
            for (least2, beside) in far.least2.iter_mut().zip(&beside) {
                let least = greater(beside - outside, 0.0);
                *least2 += least * least * (1.0 - ROUNDING);
            }
            if ITEMS {
                for (greatest2, beside) in far.greatest2.iter_mut().zip(&beside) {
                    let greatest = greater(beside + inside, 0.0);
                    *greatest2 += greatest * greatest * (1.0 + ROUNDING);
                }
            }
        }
        far
    }
}

/// The greater of two numbers, in one instruction.
#[inline]
fn greater(a: f32, b: f32) -> f32 {
    if a > b { a } else { b }
}

/// The lesser, likewise.
#[inline]
fn lesser(a: f32, b: f32) -> f32 {
    if a < b { a } else { b }
}

/// A bit for each child that is at least so near.
#[inline]
fn within(least2: &[f32; NODE_SIZE], limit2: f32) -> u32 {
    (0..NODE_SIZE).fold(0, |bits, child| bits | u32::from(least2[child] <= limit2) << child)
}
