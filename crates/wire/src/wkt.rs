//! Shapes as OGC well-known text (OGC 06-103r4, section 7), longitude before latitude.

use urbis_model::{GeometryKind, GeometryRef};

/// The shape as WKT; `Z` where every vertex has a height.
pub fn wkt(geometry: GeometryRef<'_>) -> String {
    let kind = geometry.kind();
    let heights = geometry.z_m().is_some_and(|z_m| z_m.iter().all(|z| !z.is_nan()));
    let name = if kind.is_spatial() { GeometryKind::MultiPolygon.name() } else { kind.name() };
    let mut out = name.to_ascii_uppercase();
    out.push_str(if heights { " Z (" } else { " (" });
    let single = matches!(kind, GeometryKind::Point | GeometryKind::LineString | GeometryKind::Polygon);
    for (nth_part, part) in geometry.parts().enumerate() {
        out.push_str(if nth_part > 0 { ", " } else { "" });
        out.push_str(if single { "" } else { "(" });
        for (nth_ring, ring) in part.rings().enumerate() {
            out.push_str(if nth_ring > 0 { ", " } else { "" });
            out.push_str(if kind.dimension() == 2 { "(" } else { "" });
            for (vertex, [lon_deg, lat_deg]) in ring.lonlat().iter().enumerate() {
                out.push_str(if vertex > 0 { ", " } else { "" });
                out.push_str(&format!("{lon_deg} {lat_deg}"));
                if let Some(z_m) = ring.z_m().filter(|_| heights) {
                    out.push_str(&format!(" {}", z_m[vertex]));
                }
            }
            out.push_str(if kind.dimension() == 2 { ")" } else { "" });
        }
        out.push_str(if single { "" } else { ")" });
    }
    out.push(')');
    out
}
