//! Reading GeoPackage binary, which anyone may have written.
//!
//! No count is believed: nothing is reserved from one, and a loop ends with the bytes.

use super::{LINE_STRING, MULTI_LINE_STRING, MULTI_POINT, MULTI_POLYGON, POINT, POLYGON};
use crate::error::RowError;
use urbis_model::{Bounds, GeometryKind, SurfaceKind, geometry::GeometryWriter};

/// Reads a shape and what stands beside it into a writer. Little- and big-endian, with or without z and m (m is
/// left out: a layer holds none).
///
/// # Errors
/// [`RowError`]; the writer then holds a partial shape, which the caller must not finish.
pub(crate) fn decode(
    blob: &[u8],
    depth: Option<&[u8]>,
    faces: Option<&[u8]>,
    writer: &mut GeometryWriter<'_>,
) -> Result<(), RowError> {
    let (_, wkb) = split(blob)?;
    let kinds = faces.map(spatial_kind).transpose()?;
    let mut depths = depth.map(|depth| depth.chunks_exact(4));
    if depth.is_some_and(|depth| depth.len() % 4 != 0) {
        return Err(RowError::Blob("the depths beside it are cut off"));
    }
    let mut face_codes = kinds.map_or(&[][..], |(_, codes)| codes).iter();
    let mut reader = Reader { bytes: wkb };
    let wkb_type = reader.walk(&mut |event| {
        match event {
            Event::Part => {
                let face = match (kinds.is_some(), face_codes.next()) {
                    (false, _) => SurfaceKind::Unknown,
                    (true, Some(code)) => {
                        *SurfaceKind::ALL.get(*code as usize).ok_or(RowError::Blob("a face beside it has an unknown kind"))?
                    }
                    (true, None) => return Err(RowError::Blob("it has more faces than are named beside it")),
                };
                writer.face(face);
            }
            Event::Ring => writer.ring(),
            Event::Vertex { lonlat, z_m } => {
                writer.vertex(lonlat);
                if let Some(z_m) = z_m.filter(|z_m| !z_m.is_nan()) {
                    writer.z_m(z_m);
                }
                if let Some(depths) = &mut depths {
                    let bytes = depths.next().ok_or(RowError::Blob("it has more vertices than depths beside it"))?;
                    let depth_m = f32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
                    if !depth_m.is_nan() {
                        writer.depth_m(depth_m);
                    }
                }
            }
        }
        Ok(())
    })?;
    if depths.is_some_and(|mut depths| depths.next().is_some()) {
        return Err(RowError::Blob("it has fewer vertices than depths beside it"));
    }
    if face_codes.next().is_some() {
        return Err(RowError::Blob("it has fewer faces than are named beside it"));
    }
    writer.kind(match (wkb_type, kinds) {
        (MULTI_POLYGON, Some((kind, _))) => kind,
        (_, Some(_)) => return Err(RowError::Blob("faces are named beside a shape that has none")),
        (POINT, None) => GeometryKind::Point,
        (LINE_STRING, None) => GeometryKind::LineString,
        (POLYGON, None) => GeometryKind::Polygon,
        (MULTI_POINT, None) => GeometryKind::MultiPoint,
        (MULTI_LINE_STRING, None) => GeometryKind::MultiLineString,
        (_, None) => GeometryKind::MultiPolygon,
    });
    Ok(())
}

/// The planar extent: from the envelope where there is one, else from the coordinates.
///
/// # Errors
/// [`RowError`] when the blob is not in form.
pub(crate) fn bounds(blob: &[u8]) -> Result<Bounds, RowError> {
    let (envelope, wkb) = split(blob)?;
    if let Some(bounds) = envelope {
        return Ok(bounds);
    }
    let mut bounds = Bounds::EMPTY;
    Reader { bytes: wkb }.walk(&mut |event| {
        if let Event::Vertex { lonlat, .. } = event {
            bounds.add(lonlat);
        }
        Ok(())
    })?;
    Ok(bounds)
}

fn spatial_kind(faces: &[u8]) -> Result<(GeometryKind, &[u8]), RowError> {
    let (kind, codes) = faces.split_first().ok_or(RowError::Blob("the kinds of faces beside it are empty"))?;
    [GeometryKind::MultiSurface, GeometryKind::Solid]
        .into_iter()
        .find(|spatial| *spatial as u8 == *kind)
        .map(|kind| (kind, codes))
        .ok_or(RowError::Blob("the kind beside it has no faces"))
}

/// The envelope's planar part, and the WKB behind the header.
fn split(blob: &[u8]) -> Result<(Option<Bounds>, &[u8]), RowError> {
    let ([b'G', b'P', version, flags, ..], Some(body)) = (blob, blob.get(8..)) else {
        return Err(RowError::Blob("it does not begin with GP"));
    };
    if *version != 0 {
        return Err(RowError::Blob("its version is unknown"));
    }
    if flags & 0b10_0000 != 0 {
        return Err(RowError::Blob("it is of an extended type"));
    }
    let envelope_bytes = match flags >> 1 & 0b111 {
        0 => 0,
        1 => 32,
        2 | 3 => 48,
        4 => 64,
        _ => return Err(RowError::Blob("its envelope is of an unknown kind")),
    };
    let (envelope, wkb) = body.split_at_checked(envelope_bytes).ok_or(RowError::Blob("it is cut off in its envelope"))?;
    if envelope.is_empty() {
        return Ok((None, wkb));
    }
    let little_endian = flags & 1 == 1;
    let edge = |index: usize| {
        let mut bytes = [0; 8];
        bytes.copy_from_slice(&envelope[index * 8..index * 8 + 8]);
        if little_endian { f64::from_le_bytes(bytes) } else { f64::from_be_bytes(bytes) }
    };
    let bounds = Bounds { min: [edge(0), edge(2)], max: [edge(1), edge(3)] };
    let in_order = bounds.min[0] <= bounds.max[0] && bounds.min[1] <= bounds.max[1];
    Ok((in_order.then_some(bounds), wkb))
}

/// What a walk over WKB meets.
enum Event {
    Part,
    Ring,
    Vertex { lonlat: [f64; 2], z_m: Option<f64> },
}

/// Bytes not yet read.
struct Reader<'a> {
    bytes: &'a [u8],
}

/// Head of one WKB geometry.
#[derive(Clone, Copy)]
struct Head {
    little_endian: bool,
    wkb_type: u32,
    has_z: bool,
    has_m: bool,
}

impl Reader<'_> {
    /// Walks the whole geometry; returns its type without dimension.
    fn walk(&mut self, on: &mut impl FnMut(Event) -> Result<(), RowError>) -> Result<u32, RowError> {
        let head = self.head()?;
        let part_type = match head.wkb_type {
            POINT | LINE_STRING | POLYGON => {
                self.part(head, on)?;
                return self.end(head.wkb_type);
            }
            MULTI_POINT => POINT,
            MULTI_LINE_STRING => LINE_STRING,
            MULTI_POLYGON => POLYGON,
            other => return Err(RowError::GeometryType(other)),
        };
        for _ in 0..self.count(head)? {
            let part = self.head()?;
            if part.wkb_type != part_type {
                return Err(RowError::Blob("a part of it is of another type"));
            }
            self.part(part, on)?;
        }
        self.end(head.wkb_type)
    }

    fn end(&self, wkb_type: u32) -> Result<u32, RowError> {
        if self.bytes.is_empty() { Ok(wkb_type) } else { Err(RowError::Blob("bytes follow its end")) }
    }

    fn part(&mut self, head: Head, on: &mut impl FnMut(Event) -> Result<(), RowError>) -> Result<(), RowError> {
        on(Event::Part)?;
        let rings = if head.wkb_type == POLYGON { self.count(head)? } else { 1 };
        for _ in 0..rings {
            on(Event::Ring)?;
            let vertices = if head.wkb_type == POINT { 1 } else { self.count(head)? };
            let vertex_bytes = 16 + 8 * (usize::from(head.has_z) + usize::from(head.has_m));
            if vertices as usize > self.bytes.len() / vertex_bytes {
                return Err(RowError::Blob("it has fewer vertices than it says"));
            }
            let (run, rest) = self.bytes.split_at(vertices as usize * vertex_bytes);
            self.bytes = rest;
            for vertex in run.chunks_exact(vertex_bytes) {
                let z_m = head.has_z.then(|| head.number(&vertex[16..24]));
                on(Event::Vertex { lonlat: [head.number(&vertex[..8]), head.number(&vertex[8..16])], z_m })?;
            }
        }
        Ok(())
    }

    fn head(&mut self) -> Result<Head, RowError> {
        let (order, rest) = self.bytes.split_first().ok_or(RowError::Blob("it is cut off"))?;
        if *order > 1 {
            return Err(RowError::Blob("its byte order is neither big nor little endian"));
        }
        self.bytes = rest;
        let mut head = Head { little_endian: *order == 1, wkb_type: 0, has_z: false, has_m: false };
        let code = self.count(head)?;
        let dimension = code / 1000;
        if dimension > 3 {
            return Err(RowError::GeometryType(code));
        }
        head.wkb_type = code % 1000;
        head.has_z = dimension == 1 || dimension == 3;
        head.has_m = dimension >= 2;
        Ok(head)
    }

    fn count(&mut self, head: Head) -> Result<u32, RowError> {
        let (bytes, rest) = self.bytes.split_first_chunk().ok_or(RowError::Blob("it is cut off"))?;
        self.bytes = rest;
        Ok(if head.little_endian { u32::from_le_bytes(*bytes) } else { u32::from_be_bytes(*bytes) })
    }
}

impl Head {
    fn number(self, eight: &[u8]) -> f64 {
        let mut bytes = [0; 8];
        bytes.copy_from_slice(eight);
        if self.little_endian { f64::from_le_bytes(bytes) } else { f64::from_be_bytes(bytes) }
    }
}
