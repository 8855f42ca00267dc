//! The outline of a cell, cut at the antimeridian and closed over the pole where it must be.

use h3o::CellIndex;

/// The outline as closed rings of degrees, counter-clockwise: one, or two when the cell lies over the antimeridian.
///
/// A cell that holds a pole becomes one ring from −180° to 180° that runs along the pole's edge of the map.
pub fn outline(cell: CellIndex) -> Vec<Vec<[f64; 2]>> {
    // 1. Unwrap: each vertex within half a turn of the one before it.
    let mut ring: Vec<[f64; 2]> = Vec::new();
    for vertex in cell.boundary().iter() {
        let near = ring.last().map_or(vertex.lng(), |[before, _]| before + wrapped(vertex.lng() - before));
        ring.push([near, vertex.lat()]);
    }
    let ([first, lat], [last, _]) = (ring[0], ring[ring.len() - 1]);
    let end = last + wrapped(first - last);
    let turn = end - first;
    ring.push([end, lat]);

    // 2. A whole turn means that the pole lies inside: close the ring along the map's edge.
    if turn.abs() > 180.0 {
        let pole = 90f64.copysign(lat);
        ring.push([end, pole]);
        ring.push([first, pole]);
        ring.push([first, lat]);
    }

    // 3. Cut what hangs over either side and shift it back onto the map.
    let mut rings = Vec::new();
    for shift in [-360.0, 0.0, 360.0] {
        let shifted: Vec<[f64; 2]> = ring.iter().map(|[lon, lat]| [lon + shift, *lat]).collect();
        let mut piece = clipped(&clipped(&shifted, -180.0, 1.0), 180.0, -1.0);
        piece.dedup();
        if piece.len() >= 4 && signed_area(&piece).abs() > 1e-12 {
            rings.push(piece);
        }
    }
    if turn.abs() > 180.0 && rings.len() == 2 {
        rings = vec![joined(rings)];
    }
    for ring in &mut rings {
        if signed_area(ring) < 0.0 {
            ring.reverse();
        }
    }
    rings
}

/// The same angle in −180 ..= 180.
fn wrapped(degrees: f64) -> f64 {
    degrees - 360.0 * (degrees / 360.0).round()
}

/// The part of a closed ring on one side of a meridian (Sutherland and Hodgman 1974), closed again.
fn clipped(ring: &[[f64; 2]], meridian: f64, side: f64) -> Vec<[f64; 2]> {
    let inside = |[lon, _]: [f64; 2]| (lon - meridian) * side >= 0.0;
    let mut kept = Vec::with_capacity(ring.len() + 4);
    for edge in ring.windows(2) {
        let (from, to) = (edge[0], edge[1]);
        if inside(from) {
            kept.push(from);
        }
        if inside(from) != inside(to) {
            let part = (meridian - from[0]) / (to[0] - from[0]);
            kept.push([meridian, from[1] + part * (to[1] - from[1])]);
        }
    }
    kept.extend(kept.first().copied());
    kept
}

/// Two pieces of a polar cap that share a meridian, as one ring over the whole width: both skylines, west to east,
/// then back along the pole.
fn joined(pieces: Vec<Vec<[f64; 2]>>) -> Vec<[f64; 2]> {
    let mut skyline: Vec<[f64; 2]> = pieces.into_iter().flatten().filter(|[_, lat]| lat.abs() < 90.0).collect();
    skyline.sort_by(|a, b| a[0].total_cmp(&b[0]));
    skyline.dedup();
    let pole = 90f64.copysign(skyline[0][1]);
    let start = skyline[0];
    skyline.extend([[180.0, pole], [-180.0, pole], start]);
    skyline
}

fn signed_area(ring: &[[f64; 2]]) -> f64 {
    ring.windows(2).map(|edge| edge[0][0] * edge[1][1] - edge[1][0] * edge[0][1]).sum::<f64>() / 2.0
}
