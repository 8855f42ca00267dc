//! What the trees leave to be tested, in blocks of bounded memory.

use super::JoinRelation;
use crate::{Cancel, LayerSnapshot, QueryError, measure};
use rayon::prelude::*;
use std::{
    ops::ControlFlow,
    sync::atomic::{AtomicUsize, Ordering},
};
use urbis_model::Bounds;

/// Features whose windows are asked for together.
const BLOCK: usize = 1 << 14;

/// Windows of one task.
const CHUNK: usize = 256;

/// Candidates that are held at a time, 8 bytes each: 64 MB. One feature alone may have more.
const MAX_HELD: usize = 1 << 23;

/// Gives the candidates, by the first position, then the second, a block at a time. A window for each feature, and not the
/// trees against one another: few features may be selected, a distance reaches over the antimeridian and farther in degrees the
/// nearer a pole is, and the trees give pairs in an order of their own, all of them at once.
pub(super) fn for_each_block(
    [layer, other]: [&LayerSnapshot; 2],
    positions: &[u32],
    relation: JoinRelation,
    cancel: &Cancel,
    on: &mut impl FnMut(&[(u32, u32)]) -> Result<(), QueryError>,
) -> Result<(), QueryError> {
    let mut waiting: Vec<&[u32]> = positions.chunks(BLOCK).rev().collect();
    while let Some(block) = waiting.pop() {
        match of_block(layer, other, block, relation, cancel)? {
            Some(candidates) => on(&candidates)?,
            None => {
                let (first, second) = block.split_at(block.len() / 2);
                waiting.extend([second, first]);
            }
        }
    }
    Ok(())
}

/// None where they are too many for one block.
fn of_block(
    layer: &LayerSnapshot,
    other: &LayerSnapshot,
    block: &[u32],
    relation: JoinRelation,
    cancel: &Cancel,
) -> Result<Option<Vec<(u32, u32)>>, QueryError> {
    let held = AtomicUsize::new(0);
    let of_chunk = |chunk: &[u32]| {
        cancel.check()?;
        let mut pace = cancel.pace();
        let mut found = Vec::new();
        for position in chunk {
            let start = found.len();
            let geometry = layer.features().geometry(*position as usize);
            pace.steps(geometry.lonlat().len())?;
            for window in windows(&geometry.bounds(), relation) {
                let _ = other.tree().window_until(&window, &mut |near| {
                    found.push((*position, near));
                    let is_too_many = found.len() > MAX_HELD && block.len() > 1;
                    if is_too_many { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
                });
            }
            let of_one = &mut found[start..];
            of_one.sort_unstable();
            pace.steps(of_one.len())?;
            if held.fetch_add(of_one.len(), Ordering::Relaxed) + of_one.len() > MAX_HELD && block.len() > 1 {
                return Ok(None);
            }
        }
        // A feature may meet both windows over the antimeridian.
        found.dedup();
        Ok(Some(found))
    };
    let chunks: Option<Vec<Vec<(u32, u32)>>> =
        block.par_chunks(CHUNK).map(of_chunk).collect::<Result<Vec<_>, QueryError>>()?.into_iter().collect();
    Ok(chunks.map(|chunks| chunks.concat()))
}

/// Where the other's box must be.
fn windows(bounds: &Bounds, relation: JoinRelation) -> impl Iterator<Item = Bounds> {
    let (as_it_is, grown) = match relation {
        JoinRelation::WithinDistance { distance_m } => (None, Some(measure::reach(bounds, distance_m).planar_parts())),
        _ => (Some(*bounds), None),
    };
    as_it_is.into_iter().chain(grown.into_iter().flatten())
}
