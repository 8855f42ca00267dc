//! How two shapes of one feature differ.
//!
//! Overlaps are worked out in the plane of longitude and latitude: a ratio of areas there is that on the ground to within
//! the width of a feature over the earth's radius, 10⁻⁴ for a kilometre.

use super::{MOVED_TOLERANCE_M, SAME_SHAPE_OVERLAP};
use crate::{measure::distance_m, relation::geo_from};
use geo::{Area, BooleanOps, Centroid, Geometry, MultiPolygon, Orient, Translate, orient::Direction, unary_union};
use urbis_model::{GeometryRef, LonLat};

/// How a shape lies to an earlier one.
pub(super) struct Difference {
    /// Intersection over union of two areas, 0 to 1.
    pub(super) overlap: Option<f64>,
    /// Geodesic distance of the centroids, metres.
    pub(super) moved_m: f64,
    /// Whether they are the same but for their place.
    pub(super) is_same_shape: bool,
}

impl Difference {
    /// None where every vertex is the same.
    pub(super) fn between(earlier: GeometryRef<'_>, later: GeometryRef<'_>) -> Option<Self> {
        if is_equal(earlier, later) {
            return None;
        }
        let (one, other) = (geo_from(earlier), geo_from(later));
        let (Some(from), Some(to)) = (one.centroid(), other.centroid()) else {
            // Walls only: they have no centroid on the map.
            return Some(Self { overlap: None, moved_m: 0.0, is_same_shape: false });
        };
        let place = |at: geo::Point| LonLat::from_degrees(at.x(), at.y()).ok();
        let moved_m = place(from).zip(place(to)).map_or(0.0, |(from, to)| distance_m(from, to));
        let moved = one.translate(to.x() - from.x(), to.y() - from.y());
        let (overlap, is_same_shape) = if earlier.kind().dimension() == 2 && later.kind().dimension() == 2 {
            let [one, other, moved] = [one, other, moved].map(areas);
            (Some(shared_part(&one, &other)), shared_part(&moved, &other) >= SAME_SHAPE_OVERLAP)
        } else {
            (None, earlier.kind() == later.kind() && lie_on_one_another(&moved, &other))
        };
        Some(Self { overlap, moved_m, is_same_shape })
    }
}

/// Intersection over union of two areas; of points and lines 1 where every vertex is the same, else 0.
pub(super) fn overlap(one: GeometryRef<'_>, other: GeometryRef<'_>) -> f64 {
    if is_equal(one, other) {
        return 1.0;
    }
    if one.kind().dimension() != 2 || other.kind().dimension() != 2 {
        return 0.0;
    }
    shared_part(&areas(geo_from(one)), &areas(geo_from(other)))
}

/// The same rings of the same vertices, heights aside; a polygon and a multipolygon of one are equal.
fn is_equal(one: GeometryRef<'_>, other: GeometryRef<'_>) -> bool {
    let rings = |geometry: GeometryRef<'_>| -> Vec<usize> {
        geometry.parts().flat_map(|part| part.rings()).map(|ring| ring.lonlat().len()).collect()
    };
    one.kind().dimension() == other.kind().dimension() && one.lonlat() == other.lonlat() && rings(one) == rings(other)
}

/// The area as one multipolygon; the faces of a surface joined. A solid's floor turns against its roof: left so, they would cancel.
fn areas(geometry: Geometry) -> MultiPolygon {
    match geometry {
        Geometry::Polygon(polygon) => MultiPolygon::new(vec![polygon]),
        Geometry::MultiPolygon(polygons) => unary_union(&polygons.orient(Direction::Default).0),
        _ => MultiPolygon::new(Vec::new()),
    }
}

fn shared_part(one: &MultiPolygon, other: &MultiPolygon) -> f64 {
    let shared = one.intersection(other).unsigned_area();
    let covered = one.unsigned_area() + other.unsigned_area() - shared;
    if covered > 0.0 { (shared / covered).clamp(0.0, 1.0) } else { 0.0 }
}

/// Vertex for vertex, to within the tolerance of a move.
fn lie_on_one_another(one: &Geometry, other: &Geometry) -> bool {
    use geo::CoordsIter;
    let is_near = |(a, b): (geo::Coord, geo::Coord)| {
        let place = |at: geo::Coord| LonLat::from_degrees(at.x, at.y).ok();
        place(a).zip(place(b)).is_some_and(|(a, b)| distance_m(a, b) <= MOVED_TOLERANCE_M)
    };
    one.coords_count() == other.coords_count() && one.coords_iter().zip(other.coords_iter()).all(is_near)
}
