//! The footprint of faces in space.

use crate::frame::world_from_lonlat;
use i_overlay::core::fill_rule::FillRule;
use i_overlay::core::overlay::{IntOverlayOptions, Overlay, ShapeType};
use i_overlay::core::overlay_rule::OverlayRule;
use i_overlay::i_float::int::point::IntPoint;
use urbis_model::{GeometryRef, SurfaceKind};

/// Polygons on the world grid (rings not closed, exterior first): the union of the ground faces or, where none is
/// marked as ground, of all faces seen from above. Walls vanish: from above they have no area.
pub(super) fn of(geometry: GeometryRef<'_>) -> Vec<Vec<Vec<[u32; 2]>>> {
    let has_ground = geometry.parts().any(|part| part.face() == SurfaceKind::Ground);
    let mut union = Vec::new();
    for part in geometry.parts().filter(|part| !has_ground || part.face() == SurfaceKind::Ground) {
        let rings = part.rings().map(|ring| {
            let lonlat = ring.lonlat();
            let world = lonlat[..lonlat.len() - 1].iter().map(|vertex| world_from_lonlat(*vertex));
            world.map(|[x, y]| IntPoint::new(i64::from(x), i64::from(y))).collect::<Vec<_>>()
        });
        // Each face loses its holes first: a hole in one face is no hole where another face covers it.
        let mut face = overlay(rings.len() * 8);
        for (index, ring) in rings.enumerate() {
            face.add_contour(&ring, if index == 0 { ShapeType::Subject } else { ShapeType::Clip });
        }
        union.extend(face.overlay(OverlayRule::Difference, FillRule::NonZero));
    }
    let mut whole = overlay(union.iter().flatten().map(Vec::len).sum());
    whole.add_source(&union, ShapeType::Subject);
    let shapes = whole.overlay(OverlayRule::Subject, FillRule::NonZero);
    let world_from_point = |point: &IntPoint<i64>| [point.x, point.y].map(|part| part.clamp(0, i64::from(u32::MAX)) as u32);
    shapes.iter().map(|shape| shape.iter().map(|ring| ring.iter().map(world_from_point).collect()).collect()).collect()
}

fn overlay(capacity: usize) -> Overlay<i64> {
    Overlay::new_custom(capacity, IntOverlayOptions::ogc(), Default::default())
}
