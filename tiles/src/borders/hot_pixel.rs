//! Snap rounding: which grid pixels that hold a vertex does a segment pass through?
//!
//! Rounding vertices alone can push one across a segment that it lay beside. If every segment is also bent to the
//! centre of each *hot* pixel (one that holds a vertex) on its way, then the rounded segments meet at vertices only, and
//! nothing changes sides (Hobby 1999, "Practical segment intersection with finite precision output"; Guibas and Marimont
//! 1998). Pixels are half-open like the rounding: the lesser edges belong to them, the greater do not.

use super::cells::{Cells, Place};

/// Whether the segment meets the pixel of `2^shift` world cells whose centre is `centre << shift`. Exact.
pub(crate) fn meets(from: Place, to: Place, centre: Place, shift: u32) -> bool {
    // Twice the size, so that half a pixel is whole at shift 0.
    let half = 1i64 << shift;
    let least = centre.map(|part| (part << (shift + 1)) - half);
    let (from, to) = (from.map(|part| part * 2), to.map(|part| part * 2));
    // The range of the segment's parameter inside: fractions over positive denominators; the upper may be excluded.
    let mut enter = (0i128, 1i128, false);
    let mut leave = (1i128, 1i128, false);
    for axis in 0..2 {
        let (start, step) = (from[axis] - least[axis], to[axis] - from[axis]);
        // Inside: 0 <= start + t * step < 2 * half.
        let greatest = 2 * half;
        if step == 0 {
            if start < 0 || start >= greatest {
                return false;
            }
            continue;
        }
        let span = i128::from(step.abs());
        let (enters, leaves) = if step > 0 {
            ((i128::from(-start), span, false), (i128::from(greatest - start), span, true))
        } else {
            ((i128::from(start - greatest), span, true), (i128::from(start), span, false))
        };
        let order = (enters.0 * enter.1).cmp(&(enter.0 * enters.1));
        if order.is_gt() || (order.is_eq() && enters.2) {
            enter = enters;
        }
        let order = (leaves.0 * leave.1).cmp(&(leave.0 * leaves.1));
        if order.is_lt() || (order.is_eq() && leaves.2) {
            leave = leaves;
        }
    }
    let order = (enter.0 * leave.1).cmp(&(leave.0 * enter.1));
    order.is_lt() || (order.is_eq() && !enter.2 && !leave.2)
}

/// The pixel of a world point, as [`crate::frame::Frame::unit_from_world`] rounds.
pub(crate) fn pixel(point: Place, shift: u32) -> Place {
    let half = (1i64 << shift) >> 1;
    point.map(|part| (part + half) >> shift)
}

/// The most steps that finding all passes may take, per segment on average and at least: enough for any honest layer many
/// times over, while a million segments in one bundle must not cost their square. What is not found is not bent.
const STEPS_PER_SEGMENT: usize = 256;
const LEAST_STEPS: usize = 1 << 20;

/// All passes of segments through hot pixels that hold neither of their ends: (segment, pixel), by segment, along it.
pub(crate) fn passes(segments: &[[Place; 2]], pixels: &[Place], shift: u32) -> Vec<(u32, u32)> {
    let length = |[a, b]: &[Place; 2]| ((b[0] - a[0]) as f64).hypot((b[1] - a[1]) as f64);
    let side = 2f64.powi(shift as i32 + 1);
    let mut cells = Cells::new(segments.len(), segments.iter().map(length).sum(), side);
    for (number, centre) in (0u32..).zip(pixels) {
        let centre = centre.map(|part| part << shift);
        cells.add(number, centre, centre, 0);
    }
    let half = (1i64 << shift) / 2 + 1;
    let mut steps = (segments.len() * STEPS_PER_SEGMENT).max(LEAST_STEPS);
    let mut found = Vec::new();
    for (number, &[from, to]) in (0u32..).zip(segments) {
        let ends = [pixel(from, shift), pixel(to, shift)];
        let first = found.len();
        let complete = cells.all_near(from, to, half, |hot| {
            let centre = pixels[hot as usize];
            if !ends.contains(&centre) && near(from, to, centre, shift) && meets(from, to, centre, shift) {
                found.push((number, hot));
            }
            steps -= 1;
            steps > 0
        });
        let along = |hot: u32| {
            let centre = pixels[hot as usize].map(|part| part << shift);
            (0..2).map(|axis| i128::from(centre[axis] - from[axis]) * i128::from(to[axis] - from[axis])).sum::<i128>()
        };
        found[first..].sort_unstable_by_key(|&(_, hot)| (along(hot), hot));
        found.dedup();
        if !complete {
            break;
        }
    }
    found
}

/// Whether the boxes of a segment and a pixel meet.
fn near(from: Place, to: Place, centre: Place, shift: u32) -> bool {
    let half = (1i64 << shift) / 2 + 1;
    (0..2).all(|axis| {
        let middle = centre[axis] << shift;
        from[axis].min(to[axis]) <= middle + half && from[axis].max(to[axis]) >= middle - half
    })
}

#[cfg(test)]
mod tests;
