//! The part of an area that matters to a smaller one.
//!
//! A town is cut by each of its houses in turn: cut whole it would take a thousand times as long, and be rounded to a raster
//! a thousand times as coarse. So it is clipped to a box around what is to be cut, ring by ring and edge by edge
//! (Sutherland & Hodgman 1974), and made valid, for a ring that leaves the box several times is joined along its edge.

use super::UncutReason;
use crate::{Shape, ShapeError, relation::geo_from};
use geo::{BoundingRect, Coord, CoordsIter, LineString, MultiPolygon, Polygon};
use urbis_model::Bounds;

/// Up to how many vertices an area stays whole: clipping it would take longer than it saves.
const WHOLE_VERTICES: usize = 128;

/// The box around what two shapes may share, larger by an eighth and a centimetre, so that no edge of it comes near.
pub(super) fn shared_box(one: &Bounds, other: &Bounds) -> Bounds {
    let side = |axis: usize| {
        let (least, greatest) = (one.min[axis].max(other.min[axis]), one.max[axis].min(other.max[axis]));
        let room = (greatest - least).max(0.0) / 8.0 + 1e-7;
        (least - room, greatest + room)
    };
    let ((west, east), (south, north)) = (side(0), side(1));
    Bounds { min: [west, south], max: [east, north] }
}

/// The area in the box; whole where it is small or lies in the box.
pub(super) fn near(area: &MultiPolygon, bounds: &Bounds) -> Result<MultiPolygon, UncutReason> {
    let is_inside = area
        .bounding_rect()
        .is_none_or(|own| bounds.encloses(&Bounds { min: [own.min().x, own.min().y], max: [own.max().x, own.max().y] }));
    if is_inside || area.coords_count() <= WHOLE_VERTICES {
        return Ok(area.clone());
    }
    let clipped = MultiPolygon::new(area.iter().filter_map(|part| clipped_part(part, bounds)).collect());
    if clipped.0.is_empty() {
        return Ok(clipped);
    }
    let shape = Shape::of_polygons(&clipped).map_err(|_| UncutReason::Lost)?;
    match shape.made_valid() {
        Ok(valid) => Ok(multi_polygon(geo_from(valid.geometry()))),
        Err(ShapeError::NoArea) => Ok(MultiPolygon::new(Vec::new())),
        Err(_) => Err(UncutReason::Tangled),
    }
}

/// An area as one multipolygon; nothing of points and lines.
pub(super) fn multi_polygon(area: geo::Geometry) -> MultiPolygon {
    match area {
        geo::Geometry::Polygon(polygon) => MultiPolygon::new(vec![polygon]),
        geo::Geometry::MultiPolygon(polygons) => polygons,
        _ => MultiPolygon::new(Vec::new()),
    }
}

fn clipped_part(part: &Polygon, bounds: &Bounds) -> Option<Polygon> {
    let exterior = clipped_ring(part.exterior(), bounds)?;
    Some(Polygon::new(exterior, part.interiors().iter().filter_map(|hole| clipped_ring(hole, bounds)).collect()))
}

/// None where nothing with an area is left.
fn clipped_ring(ring: &LineString, bounds: &Bounds) -> Option<LineString> {
    let mut vertices: Vec<[f64; 2]> = ring.0.iter().map(|vertex| [vertex.x, vertex.y]).collect();
    vertices.pop();
    for (axis, edge, keeps_greater) in
        [(0, bounds.min[0], true), (0, bounds.max[0], false), (1, bounds.min[1], true), (1, bounds.max[1], false)]
    {
        let is_kept = |vertex: &[f64; 2]| if keeps_greater { vertex[axis] >= edge } else { vertex[axis] <= edge };
        let mut kept = Vec::with_capacity(vertices.len());
        for (nth, to) in vertices.iter().enumerate() {
            let from = vertices[(nth + vertices.len() - 1) % vertices.len()];
            if is_kept(&from) != is_kept(to) {
                let part = (edge - from[axis]) / (to[axis] - from[axis]);
                let mut on_edge = [0, 1].map(|axis: usize| from[axis] + part * (to[axis] - from[axis]));
                on_edge[axis] = edge;
                kept.push(on_edge);
            }
            if is_kept(to) {
                kept.push(*to);
            }
        }
        kept.dedup();
        vertices = kept;
    }
    (vertices.len() >= 3).then(|| {
        let mut ring: Vec<Coord> = vertices.into_iter().map(|[x, y]| Coord { x, y }).collect();
        ring.push(ring[0]);
        LineString::new(ring)
    })
}
