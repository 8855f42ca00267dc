//! Making polygons valid on the integer grid, by an integer overlay.

use crate::clip::doubled_area;
use crate::frame::Unit;
use crate::simple::Rings;
use i_overlay::core::fill_rule::FillRule;
use i_overlay::core::overlay::{IntOverlayOptions, Overlay, ShapeType};
use i_overlay::core::overlay_rule::OverlayRule;
use i_overlay::i_float::int::point::IntPoint;
use i_overlay::i_shape::int::shape::IntShapes;

/// Replaces the rings by valid ones that cover the same area: each part's exterior less its holes, all parts
/// together. What winds twice counts once; a figure of eight keeps both its lobes. Empty when no area is left.
///
/// Coordinates must lie within ±2^30, which cut ones do.
pub fn repair(rings: &mut Rings) {
    let mut parts: IntShapes<i32> = Vec::new();
    let mut part: Option<Overlay<i32>> = None;
    let mut part_count = 0;
    for (ring, exterior) in rings.iter() {
        if exterior {
            parts.extend(part.take().into_iter().flat_map(finish));
            part_count += 1;
        }
        let kind = if exterior { ShapeType::Subject } else { ShapeType::Clip };
        part.get_or_insert_with(|| overlay(ring.len())).add_path_iter(ring.iter().map(point_from_unit), kind);
    }
    parts.extend(part.into_iter().flat_map(finish));
    if part_count > 1 {
        let mut whole = overlay(rings.points.len());
        whole.add_source(&parts, ShapeType::Subject);
        parts = whole.overlay(OverlayRule::Subject, FillRule::NonZero);
    }
    rings.clear();
    let mut ring_units: Vec<Unit> = Vec::new();
    for shape in &parts {
        for (index, ring) in shape.iter().enumerate() {
            ring_units.clear();
            ring_units.extend(ring.iter().map(|point| [i64::from(point.x), i64::from(point.y)]));
            if doubled_area(&ring_units) == 0 {
                if index == 0 {
                    break;
                }
                continue;
            }
            rings.push(&ring_units, index == 0);
        }
    }
}

fn finish(mut part: Overlay<i32>) -> IntShapes<i32> {
    part.overlay(OverlayRule::Difference, FillRule::NonZero)
}

fn overlay(capacity: usize) -> Overlay<i32> {
    Overlay::new_custom(capacity, IntOverlayOptions::ogc(), Default::default())
}

fn point_from_unit(unit: &Unit) -> IntPoint<i32> {
    IntPoint::new(unit[0] as i32, unit[1] as i32)
}
