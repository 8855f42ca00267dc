//! Areas whose boxes meet, in groups: only within a group can borders be shared.

use crate::frame::WorldBounds;

/// Boxes in one cell beyond which they count as meeting without a look: groups may be too large, never too small.
const LOOKED_AT: usize = 64;
/// Cells that boxes may cover on average.
const CELLS_PER_BOX: u64 = 4;

/// Groups of at least two boxes that meet, directly or by others, each ascending; boxes are grown by a cell first.
pub(super) fn groups(boxes: &[WorldBounds]) -> Vec<Vec<u32>> {
    let known: Vec<u32> = (0..boxes.len() as u32).filter(|index| !boxes[*index as usize].is_empty()).collect();
    let shift = cell_shift(boxes, &known);
    let mut entries: Vec<(u64, u32)> = Vec::with_capacity(known.len() * 2);
    for &index in &known {
        let (min, max) = cells(&boxes[index as usize], shift);
        for x in min[0]..=max[0] {
            entries.extend((min[1]..=max[1]).map(|y| (x << 32 | y, index)));
        }
    }
    entries.sort_unstable();
    let mut union = Union::new(boxes.len());
    for cell in entries.chunk_by(|a, b| a.0 == b.0) {
        if cell.len() > LOOKED_AT {
            cell.windows(2).for_each(|pair| union.join(pair[0].1, pair[1].1));
            continue;
        }
        for (place, &(_, first)) in cell.iter().enumerate() {
            for &(_, second) in &cell[place + 1..] {
                if meet(&boxes[first as usize], &boxes[second as usize]) {
                    union.join(first, second);
                }
            }
        }
    }
    union.groups(known.into_iter())
}

/// The finest grid on which the boxes cover few cells each.
fn cell_shift(boxes: &[WorldBounds], known: &[u32]) -> u32 {
    let covered = |shift: u32| -> u64 {
        let count = |index: &u32| {
            let (min, max) = cells(&boxes[*index as usize], shift);
            (max[0] - min[0] + 1).saturating_mul(max[1] - min[1] + 1)
        };
        known.iter().map(count).fold(0, u64::saturating_add)
    };
    let fits = |shift: u32| covered(shift) <= CELLS_PER_BOX * known.len() as u64;
    // Coarser grids never cover more cells per box than twice two, so the last one fits.
    (4..32).find(|shift| fits(*shift)).unwrap_or(32)
}

fn cells(bounds: &WorldBounds, shift: u32) -> ([u64; 2], [u64; 2]) {
    (bounds.min.map(|part| u64::from(part.saturating_sub(1)) >> shift), bounds.max.map(|part| (u64::from(part) + 1) >> shift))
}

fn meet(a: &WorldBounds, b: &WorldBounds) -> bool {
    (0..2).all(|axis| a.min[axis] <= b.max[axis].saturating_add(1) && b.min[axis] <= a.max[axis].saturating_add(1))
}

/// Disjoint sets (Tarjan 1975), the least member standing for each.
pub(super) struct Union(Vec<u32>);

impl Union {
    pub(super) fn new(count: usize) -> Self {
        Self((0..count as u32).collect())
    }

    pub(super) fn find(&mut self, mut member: u32) -> u32 {
        while self.0[member as usize] != member {
            self.0[member as usize] = self.0[self.0[member as usize] as usize];
            member = self.0[member as usize];
        }
        member
    }

    pub(super) fn join(&mut self, a: u32, b: u32) {
        let (a, b) = (self.find(a), self.find(b));
        self.0[a.max(b) as usize] = a.min(b);
    }

    /// Sets of two and more among ascending members, each ascending.
    pub(super) fn groups(&mut self, members: impl Iterator<Item = u32>) -> Vec<Vec<u32>> {
        let mut pairs: Vec<(u32, u32)> = members.map(|member| (self.find(member), member)).collect();
        pairs.sort_unstable();
        pairs.chunk_by(|a, b| a.0 == b.0).filter(|set| set.len() > 1).map(|set| set.iter().map(|pair| pair.1).collect()).collect()
    }
}
