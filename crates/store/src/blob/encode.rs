//! Writing GeoPackage binary.

use super::{ISO_Z, LINE_STRING, MULTI_LINE_STRING, MULTI_POINT, MULTI_POLYGON, POINT, POLYGON, SRS_ID};
use urbis_model::{
    Bounds, GeometryKind, GeometryRef,
    geometry::{Part, Ring},
};

/// What was written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Encoded {
    pub(crate) bounds: Bounds,
    pub(crate) has_z: bool,
    /// The WKB type without dimension.
    pub(crate) wkb_type: u32,
}

/// Writes a shape to `out`, which is emptied first. Points get no envelope, as the standard advises.
pub(crate) fn encode(geometry: GeometryRef<'_>, out: &mut Vec<u8>) -> Encoded {
    let bounds = geometry.bounds();
    let has_z = geometry.z_m().is_some_and(|z_m| z_m.iter().any(|z_m| !z_m.is_nan()));
    let (wkb_type, part_type) = match geometry.kind() {
        GeometryKind::Point => (POINT, None),
        GeometryKind::LineString => (LINE_STRING, None),
        GeometryKind::Polygon => (POLYGON, None),
        GeometryKind::MultiPoint => (MULTI_POINT, Some(POINT)),
        GeometryKind::MultiLineString => (MULTI_LINE_STRING, Some(LINE_STRING)),
        _ => (MULTI_POLYGON, Some(POLYGON)),
    };
    let envelope = u8::from(wkb_type != POINT);
    out.clear();
    out.extend_from_slice(&[b'G', b'P', 0, 1 | envelope << 1]);
    out.extend_from_slice(&SRS_ID.to_le_bytes());
    if envelope == 1 {
        for edge in [bounds.min[0], bounds.max[0], bounds.min[1], bounds.max[1]] {
            out.extend_from_slice(&edge.to_le_bytes());
        }
    }
    if let Some(part_type) = part_type {
        header(out, wkb_type, has_z);
        count(out, geometry.parts().len());
        geometry.parts().for_each(|part| self::part(out, part, part_type, has_z));
    } else {
        geometry.parts().for_each(|part| self::part(out, part, wkb_type, has_z));
    }
    Encoded { bounds, has_z, wkb_type }
}

/// Writes the depths of a shape's vertices to `out`, which is emptied first; returns whether it has any.
pub(crate) fn encode_depth(geometry: GeometryRef<'_>, out: &mut Vec<u8>) -> bool {
    out.clear();
    let Some(depth_m) = geometry.depth_m().filter(|depth_m| depth_m.iter().any(|depth_m| !depth_m.is_nan())) else {
        return false;
    };
    depth_m.iter().for_each(|depth_m| out.extend_from_slice(&depth_m.to_le_bytes()));
    true
}

/// Writes what a shape's faces are to `out`, which is emptied first; returns whether its kind has faces.
pub(crate) fn encode_faces(geometry: GeometryRef<'_>, out: &mut Vec<u8>) -> bool {
    out.clear();
    if !geometry.kind().is_spatial() {
        return false;
    }
    out.push(geometry.kind() as u8);
    out.extend(geometry.parts().map(|part| part.face() as u8));
    true
}

fn header(out: &mut Vec<u8>, wkb_type: u32, has_z: bool) {
    out.push(1);
    out.extend_from_slice(&(wkb_type + if has_z { ISO_Z } else { 0 }).to_le_bytes());
}

fn count(out: &mut Vec<u8>, count: usize) {
    out.extend_from_slice(&(count as u32).to_le_bytes());
}

fn part(out: &mut Vec<u8>, part: Part<'_>, wkb_type: u32, has_z: bool) {
    header(out, wkb_type, has_z);
    if wkb_type == POLYGON {
        count(out, part.rings().len());
    }
    for ring in part.rings() {
        if wkb_type != POINT {
            count(out, ring.lonlat().len());
        }
        coordinates(out, ring, has_z);
    }
}

fn coordinates(out: &mut Vec<u8>, ring: Ring<'_>, has_z: bool) {
    match ring.z_m().filter(|_| has_z) {
        None => {
            for [x, y] in ring.lonlat() {
                out.extend_from_slice(&x.to_le_bytes());
                out.extend_from_slice(&y.to_le_bytes());
            }
        }
        Some(z_m) => {
            for ([x, y], z_m) in ring.lonlat().iter().zip(z_m) {
                out.extend_from_slice(&x.to_le_bytes());
                out.extend_from_slice(&y.to_le_bytes());
                out.extend_from_slice(&z_m.to_le_bytes());
            }
        }
    }
}
