//! What the tree leaves to be tested.

use crate::{LayerSnapshot, Selection, Spatial, measure};
use std::ops::ControlFlow;
use urbis_model::Bounds;

/// Positions to test, ascending.
pub(super) enum Candidates {
    /// From this one on, to the end.
    From(u32),
    /// These.
    Listed(Vec<u32>),
}

/// The first position behind the cursor.
pub(super) fn page_start(layer: &LayerSnapshot, selection: &Selection) -> u32 {
    selection.after.map_or(0, |after| layer.features().ids().partition_point(|id| *id <= after)) as u32
}

/// The positions that may match: all when all are to be counted, else those behind the cursor.
pub(super) fn candidates(layer: &LayerSnapshot, selection: &Selection) -> Candidates {
    let first = if selection.counted { 0 } else { page_start(layer, selection) };
    let filter_bounds = selection.filter.as_ref().and_then(|filter| filter.bounds());
    let within_filter = |bounds: &Bounds| filter_bounds.as_ref().is_none_or(|window| window.intersects(bounds));
    let windows: Vec<Bounds> = match &selection.spatial {
        Some(Spatial::Bbox(bbox)) => bbox.planar_parts().collect(),
        Some(Spatial::Intersects(shape) | Spatial::Within(shape)) => vec![shape.geometry().bounds()],
        Some(Spatial::Near { position, radius_m }) => {
            let origin = measure::Origin::new(*position);
            return listed(layer, first, |bounds| origin.lower_bound_m(bounds) <= *radius_m && within_filter(bounds));
        }
        Some(Spatial::WithinDistance { shape, distance_m }) => {
            let around = shape.geometry().bounds();
            return listed(layer, first, |bounds| {
                measure::lower_bound_m(&around, bounds) <= *distance_m && within_filter(bounds)
            });
        }
        Some(Spatial::Nearest { .. }) | None => match filter_bounds {
            Some(window) => vec![window],
            None => return Candidates::From(first),
        },
    };
    // Parts of one box over the antimeridian: a feature that meets both must come once.
    let everything = layer.tree().len();
    let mut found = Vec::new();
    for window in windows.iter().filter(|window| within_filter(window)) {
        layer.tree().window(window, &mut |position| {
            if position >= first {
                found.push(position);
            }
        });
    }
    sort(&mut found, everything);
    Candidates::Listed(found)
}

fn listed(layer: &LayerSnapshot, first: u32, meets: impl Fn(&Bounds) -> bool) -> Candidates {
    let mut found = Vec::new();
    let _ = layer.tree().visit(meets, &mut |position| {
        if position >= first {
            found.push(position);
        }
        ControlFlow::<()>::Continue(())
    });
    sort(&mut found, layer.tree().len());
    Candidates::Listed(found)
}

/// Sorts and drops repeats; by a bit per feature when many were found, which beats a sort from about 1 in 64 on.
fn sort(found: &mut Vec<u32>, everything: usize) {
    if found.len() < 4096 || found.len() < everything / 64 {
        found.sort_unstable();
        found.dedup();
        return;
    }
    let mut bits = vec![0u64; everything.div_ceil(64)];
    for position in found.drain(..) {
        bits[position as usize / 64] |= 1 << (position % 64);
    }
    for (word, bits) in bits.into_iter().enumerate() {
        let mut left = bits;
        while left != 0 {
            found.push(word as u32 * 64 + left.trailing_zeros());
            left &= left - 1;
        }
    }
}
