//! The relations of OGC Simple Features (06-103r4 clause 6.1.15), by the DE-9IM matrix where no shortcut decides.

use super::PreparedShape;
use crate::Cancel;
use geo::{Coord, Geometry, LineString, MultiLineString, MultiPoint, MultiPolygon, Point, Polygon, PreparedGeometry, Relate};
use std::cell::OnceCell;
use urbis_model::{GeometryKind, GeometryRef};

/// A relation of a feature to a shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Relation {
    Intersects,
    Disjoint,
    Within,
    Contains,
    Equals,
    Touches,
    Crosses,
    Overlaps,
}

impl Relation {
    /// The relation seen from the other side.
    pub(crate) fn flipped(self) -> Self {
        match self {
            Self::Within => Self::Contains,
            Self::Contains => Self::Within,
            other => other,
        }
    }
}

/// Tests many geometries for one relation to one shape. Belongs to one thread.
pub(crate) struct RelationTest<'a> {
    relation: Relation,
    pub(super) shape: &'a PreparedShape,
    prepared: OnceCell<PreparedGeometry<'static, Geometry, f64>>,
}

impl<'a> RelationTest<'a> {
    pub(crate) fn new(relation: Relation, shape: &'a PreparedShape) -> Self {
        Self { relation, shape, prepared: OnceCell::new() }
    }

    /// Whether `feature` has the relation to the shape: `feature within shape`, and so on.
    pub(crate) fn holds(&self, feature: GeometryRef<'_>) -> bool {
        let bounds = feature.bounds();
        match self.relation {
            Relation::Intersects => self.shape.intersects(feature),
            Relation::Disjoint => !self.shape.intersects(feature),
            _ if !bounds.intersects(self.shape.bounds()) => false,
            Relation::Contains if !bounds.encloses(self.shape.bounds()) => false,
            Relation::Within => {
                let within = self.is_within(feature, &mut Cancel::default().pace());
                within.ok().flatten().unwrap_or_else(|| self.by_matrix(Relation::Within, feature))
            }
            Relation::Touches | Relation::Crosses | Relation::Overlaps if !self.shape.intersects(feature) => false,
            relation => self.by_matrix(relation, feature),
        }
    }

    pub(super) fn by_matrix(&self, relation: Relation, feature: GeometryRef<'_>) -> bool {
        let shape = self.prepared.get_or_init(|| PreparedGeometry::from(geo_from(self.shape.geometry())));
        if feature.kind().is_spatial() && relation == Relation::Within {
            return self.surface_is_within(shape, feature);
        }
        let matrix = geo_from(feature).relate(shape);
        match relation {
            Relation::Intersects => matrix.is_intersects(),
            Relation::Disjoint => matrix.is_disjoint(),
            Relation::Within => matrix.is_within(),
            Relation::Contains => matrix.is_contains(),
            Relation::Equals => matrix.is_equal_topo(),
            Relation::Touches => matrix.is_touches(),
            Relation::Crosses => matrix.is_crosses(),
            Relation::Overlaps => matrix.is_overlaps(),
        }
    }

    /// A surface or solid on the map is the union of its faces; walls are lines there. It is within the shape when
    /// the shape covers every face and holds the inside of one.
    fn surface_is_within(&self, shape: &PreparedGeometry<'static, Geometry, f64>, feature: GeometryRef<'_>) -> bool {
        let mut any_within = false;
        for face in faces(feature) {
            let matrix = face.relate(shape);
            if !matrix.is_coveredby() {
                return false;
            }
            any_within |= matrix.is_within();
        }
        any_within
    }
}

fn line(ring: &[[f64; 2]]) -> LineString {
    LineString::new(ring.iter().map(|[x, y]| Coord { x: *x, y: *y }).collect())
}

fn polygons(geometry: GeometryRef<'_>) -> impl Iterator<Item = Polygon> {
    geometry.parts().map(|part| {
        let mut rings = part.rings().map(|ring| line(ring.lonlat()));
        let exterior = rings.next().unwrap_or_else(|| LineString::new(Vec::new()));
        Polygon::new(exterior, rings.collect())
    })
}

/// The faces on the map: those without area as lines.
fn faces(geometry: GeometryRef<'_>) -> impl Iterator<Item = Geometry> {
    use geo::Area;
    polygons(geometry)
        .map(|face| if face.unsigned_area() > 0.0 { Geometry::Polygon(face) } else { Geometry::LineString(face.into_inner().0) })
}

/// The shape in the types of `geo`; surfaces as the polygons of their faces that have an area on the map.
pub(crate) fn geo_from(geometry: GeometryRef<'_>) -> Geometry {
    let points = || geometry.lonlat().iter().map(|[x, y]| Point::new(*x, *y));
    let lines = || geometry.parts().flat_map(|part| part.rings()).map(|ring| line(ring.lonlat()));
    let multi = |polygons: Vec<Polygon>| Geometry::MultiPolygon(MultiPolygon::new(polygons));
    match geometry.kind() {
        GeometryKind::Point => Geometry::Point(points().next().unwrap_or_else(|| Point::new(0.0, 0.0))),
        GeometryKind::MultiPoint => Geometry::MultiPoint(MultiPoint::new(points().collect())),
        GeometryKind::LineString => Geometry::LineString(lines().next().unwrap_or_else(|| LineString::new(Vec::new()))),
        GeometryKind::MultiLineString => Geometry::MultiLineString(MultiLineString::new(lines().collect())),
        GeometryKind::Polygon => {
            let polygon = polygons(geometry).next();
            Geometry::Polygon(polygon.unwrap_or_else(|| Polygon::new(LineString::new(Vec::new()), Vec::new())))
        }
        _ if geometry.kind().is_spatial() => multi(
            faces(geometry).filter_map(|face| if let Geometry::Polygon(polygon) = face { Some(polygon) } else { None }).collect(),
        ),
        _ => multi(polygons(geometry).collect()),
    }
}
