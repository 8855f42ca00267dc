//! Lengths, areas and distances on the WGS 84 ellipsoid (which CGCS2000's equals to 0.1 mm), by Karney's geodesics
//! (J. Geodesy 87, 2013): exact to some 10 nm.
//!
//! A side between two vertices is straight in longitude and latitude (RFC 7946 section 3.1.1); its length and the
//! area under it are taken along the geodesic between its ends, as PostGIS, QGIS and pyproj do.

mod between;
mod bound;
mod distance;

pub(crate) use between::{is_within_distance, least_distance_m};
pub(crate) use bound::{lower_bound_m, reach};
pub(crate) use distance::Origin;
use geographiclib_rs::{Geodesic, InverseGeodesic, PolygonArea, Winding};
use std::sync::OnceLock;
use urbis_model::{GeometryRef, LonLat};

/// The ellipsoid's constants, worked out once.
pub(crate) fn wgs84() -> &'static Geodesic {
    static WGS84: OnceLock<Geodesic> = OnceLock::new();
    WGS84.get_or_init(Geodesic::wgs84)
}

/// The geodesic distance between two positions, metres.
///
/// ```
/// use urbis_model::LonLat;
/// let haimen = LonLat::from_degrees(121.17, 31.90).unwrap();
/// let nantong = LonLat::from_degrees(120.89, 31.98).unwrap();
/// assert_eq!(urbis_query::measure::distance_m(haimen, nantong).round(), 27_922.0);
/// ```
pub fn distance_m(from: LonLat, to: LonLat) -> f64 {
    wgs84().inverse(from.lat_deg(), from.lon_deg(), to.lat_deg(), to.lon_deg())
}

/// The geodesic length of lines, or of all rings of areas, metres; 0 for points.
pub fn length_m(geometry: GeometryRef<'_>) -> f64 {
    let sides = geometry.parts().flat_map(|part| part.rings()).flat_map(|ring| ring.lonlat().windows(2));
    sides.map(|pair| -> f64 { wgs84().inverse(pair[0][1], pair[0][0], pair[1][1], pair[1][0]) }).sum()
}

/// The geodesic area, holes subtracted, square metres; 0 for points and lines. Faces of surfaces and solids count
/// as they lie on the map.
pub fn area_m2(geometry: GeometryRef<'_>) -> f64 {
    if geometry.kind().dimension() < 2 {
        return 0.0;
    }
    let parts = geometry.parts().map(|part| {
        let mut rings = part.rings().map(|ring| ring_area_m2(ring.lonlat()));
        rings.next().unwrap_or(0.0) - rings.sum::<f64>()
    });
    parts.sum()
}

fn ring_area_m2(ring: &[[f64; 2]]) -> f64 {
    let mut area = PolygonArea::new(wgs84(), Winding::CounterClockwise);
    // The polygon closes itself; the repeated first vertex is left out.
    ring[1..].iter().for_each(|[lon, lat]| area.add_point(*lat, *lon));
    area.compute(true).1.abs()
}

#[cfg(test)]
mod tests;
