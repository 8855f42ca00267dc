//! A hashed grid of segments and points: what may lie near a segment is found by walking its cells.

use crate::dictionary::Mix;
use std::collections::HashMap;
use std::hash::BuildHasherDefault;

/// A place on the world grid, signed so that differences and margins need no care.
pub(crate) type Place = [i64; 2];

/// The least and greatest power of two of a cell's side: one world cell, and the whole world.
const SIDE_SHIFT: std::ops::RangeInclusive<u32> = 4..=32;

/// Numbers filed under the cells that segments walk through. Nothing is taken out; who asks knows what still stands.
#[derive(Default)]
pub(crate) struct Cells {
    /// Cells are squares of `2^shift` world cells.
    shift: u32,
    heads: HashMap<u64, u32, BuildHasherDefault<Mix>>,
    /// (number, next entry of the cell plus one).
    entries: Vec<(u32, u32)>,
}

impl Cells {
    /// An empty grid for segments of this number and summed length, no finer than `least_side`: walking all of them
    /// takes a few steps each, however long the longest is.
    pub(crate) fn new(count: usize, summed_length: f64, least_side: f64) -> Self {
        let side = (summed_length / count.max(1) as f64).max(least_side).max(1.0);
        let shift = (side.log2().ceil() as u32).clamp(*SIDE_SHIFT.start(), *SIDE_SHIFT.end());
        Self {
            shift,
            heads: HashMap::with_capacity_and_hasher(count, Default::default()),
            entries: Vec::with_capacity(2 * count),
        }
    }

    /// Files a number under the cells within `margin` of a segment.
    pub(crate) fn add(&mut self, number: u32, from: Place, to: Place, margin: i64) {
        let Self { shift, heads, entries } = self;
        walk(*shift, from, to, margin, |cell| {
            let head = heads.entry(cell).or_insert(0);
            entries.push((number, *head));
            *head = entries.len() as u32;
            true
        });
    }

    /// Visits the numbers near a segment, some more than once, until `visit` says false; whether it never did.
    pub(crate) fn all_near(&self, from: Place, to: Place, margin: i64, mut visit: impl FnMut(u32) -> bool) -> bool {
        walk(self.shift, from, to, margin, |cell| {
            let mut entry = self.heads.get(&cell).copied().unwrap_or(0);
            while entry != 0 {
                let (number, next) = self.entries[entry as usize - 1];
                if !visit(number) {
                    return false;
                }
                entry = next;
            }
            true
        })
    }
}

/// Visits every cell within `margin` of a segment, until `visit` says false; whether it never did.
fn walk(shift: u32, from: Place, to: Place, margin: i64, mut visit: impl FnMut(u64) -> bool) -> bool {
    let (left, right) = if from[0] <= to[0] { (from, to) } else { (to, from) };
    let slope = if right[0] > left[0] { (right[1] - left[1]) as f64 / (right[0] - left[0]) as f64 } else { 0.0 };
    let (first, last) = ((left[0] - margin) >> shift, (right[0] + margin) >> shift);
    for column in first..=last {
        // What of the segment lies over this column, a margin to both sides, and one more row for rounding.
        let (low, high) = if first == last || right[0] == left[0] {
            (left[1].min(right[1]), left[1].max(right[1]))
        } else {
            let row_at = |x: i64| left[1] as f64 + slope * (x.clamp(left[0], right[0]) - left[0]) as f64;
            let (a, b) = (row_at((column << shift) - margin), row_at(((column + 1) << shift) + margin));
            (a.min(b).floor() as i64 - 1, a.max(b).ceil() as i64 + 1)
        };
        for row in (low - margin) >> shift..=(high + margin) >> shift {
            if !visit(u64::from(column as u32) << 32 | u64::from(row as u32)) {
                return false;
            }
        }
    }
    true
}
