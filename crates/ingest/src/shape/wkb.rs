//! ISO WKB in and out.
//!
//! Every count is checked against the bytes that are left before anything is reserved, and nesting is bounded, so a
//! hostile buffer can neither make this allocate nor recurse without end.

use super::Shape;
use std::cmp::Ordering;
use thiserror::Error;
use urbis_model::GeometryKind;
use urbis_model::geometry::MAX_VERTICES;

/// Collections in collections: honest files have one level.
const MAX_NESTING: u8 = 8;

/// Why a buffer is no shape that can be held.
#[derive(Clone, Debug, Error, PartialEq)]
pub(crate) enum NotWkb {
    #[error("its shape is cut off")]
    Short,
    #[error("its shape is of kind {code}, which is not read")]
    Kind { code: u32 },
    #[error("its shape of kind {whole} has a part of kind {code}")]
    Part { whole: u32, code: u32 },
    #[error("its shape is nested over {MAX_NESTING} deep")]
    Nested,
    #[error("its shape has over {MAX_VERTICES} vertices")]
    TooManyVertices,
}

/// The parts of a mixed collection that were left out, by dimension: points, lines, areas.
///
/// One feature holds one dimension. What mixes them is nearly always what overlay tools leave behind, an area with the
/// edges and corners at which it touched a neighbour, so the highest dimension is the thing itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct LeftOut(pub(crate) [usize; 3]);

impl LeftOut {
    /// What to say of it; none when nothing was left out.
    pub(crate) fn words(self) -> Option<String> {
        let [points, lines, areas] = self.0;
        let said: Vec<String> = [(points, "point"), (lines, "line"), (areas, "flat area")]
            .into_iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, noun)| format!("{count} {noun}{}", if count == 1 { "" } else { "s" }))
            .collect();
        (!said.is_empty()).then(|| format!("it mixes dimensions, and only the highest was kept: {} left out", said.join(" and ")))
    }
}

/// What of a buffer a shape does not hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct NotHeld {
    /// Parts of other dimensions.
    pub(crate) left_out: LeftOut,
    /// Parts without a vertex.
    pub(crate) empty_parts: usize,
    /// Whether its vertices have measures (m).
    pub(crate) measures: bool,
}

impl NotHeld {
    /// What to say of its parts; none when all are held.
    pub(crate) fn words(self) -> Option<String> {
        let empty = match self.empty_parts {
            0 => None,
            1 => Some("an empty part of it was left out".to_owned()),
            many => Some(format!("{many} empty parts of it were left out")),
        };
        let said: Vec<String> = self.left_out.words().into_iter().chain(empty).collect();
        (!said.is_empty()).then(|| said.join("; "))
    }
}

/// Reads ISO WKB (also with EWKB's z and m flags) into a shape; an empty shape comes back empty. Of a collection that
/// mixes dimensions the highest is kept (faces in space before flat areas), and the rest is counted.
pub(crate) fn parse_wkb(wkb: &[u8], shape: &mut Shape) -> Result<NotHeld, NotWkb> {
    shape.clear();
    let mut reader = Reader { bytes: wkb, little: true, not_held: NotHeld::default() };
    reader.geometry(shape, 0, None)?;
    shape.fit_kind();
    Ok(reader.not_held)
}

struct Reader<'a> {
    bytes: &'a [u8],
    little: bool,
    not_held: NotHeld,
}

struct Header {
    code: u32,
    z: bool,
    m: bool,
}

/// What is kept before what.
fn rank(shape: &Shape) -> (u8, bool) {
    (shape.kind.dimension(), shape.kind.is_spatial())
}

impl Reader<'_> {
    fn leave_out(&mut self, shape: &Shape) {
        self.not_held.left_out.0[usize::from(shape.kind.dimension()).min(2)] += shape.part_ends.len();
    }

    fn take(&mut self, length: usize) -> Result<&[u8], NotWkb> {
        let (taken, rest) = self.bytes.split_at_checked(length).ok_or(NotWkb::Short)?;
        self.bytes = rest;
        Ok(taken)
    }

    fn u32(&mut self) -> Result<u32, NotWkb> {
        let little = self.little;
        let bytes = self.take(4)?.try_into().map_err(|_| NotWkb::Short)?;
        Ok(if little { u32::from_le_bytes(bytes) } else { u32::from_be_bytes(bytes) })
    }

    /// A count of things that take at least `least` bytes each.
    fn count(&mut self, least: usize) -> Result<usize, NotWkb> {
        let count = self.u32()? as usize;
        if count.saturating_mul(least) > self.bytes.len() { Err(NotWkb::Short) } else { Ok(count) }
    }

    fn header(&mut self) -> Result<Header, NotWkb> {
        self.little = self.take(1)?[0] == 1;
        let raw = self.u32()?;
        let iso = raw & 0x0FFF_FFFF;
        if raw & 0x2000_0000 != 0 {
            self.u32()?;
        }
        let (code, dimensions) = (iso % 1000, iso / 1000);
        Ok(Header {
            code,
            z: raw & 0x8000_0000 != 0 || dimensions == 1 || dimensions == 3,
            m: raw & 0x4000_0000 != 0 || dimensions >= 2,
        })
    }

    fn coordinates(&mut self, shape: &mut Shape, header: &Header, count: usize) -> Result<(), NotWkb> {
        let width = 2 + usize::from(header.z) + usize::from(header.m);
        if shape.xy.len() + count > MAX_VERTICES {
            return Err(NotWkb::TooManyVertices);
        }
        self.not_held.measures |= header.m && count > 0;
        let little = self.little;
        let bytes = self.take(count.saturating_mul(width * 8))?;
        let number = |at: usize, ordinate: usize| {
            let from = (at * width + ordinate) * 8;
            let bytes: [u8; 8] = bytes[from..from + 8].try_into().unwrap_or_default();
            if little { f64::from_le_bytes(bytes) } else { f64::from_be_bytes(bytes) }
        };
        if header.z && shape.z.is_empty() {
            shape.z.resize(shape.xy.len(), f64::NAN);
        }
        let had_z = header.z || !shape.z.is_empty();
        shape.xy.extend((0..count).map(|at| [number(at, 0), number(at, 1)]));
        if header.z {
            shape.z.extend((0..count).map(|at| number(at, 2)));
        } else if had_z {
            shape.z.resize(shape.xy.len(), f64::NAN);
        }
        Ok(())
    }

    fn rings(&mut self, shape: &mut Shape, header: &Header) -> Result<(), NotWkb> {
        for _ in 0..self.count(4)? {
            let count = self.count(16)?;
            self.coordinates(shape, header, count)?;
            shape.end_ring();
        }
        shape.end_part();
        Ok(())
    }

    fn geometry(&mut self, shape: &mut Shape, depth: u8, whole: Option<u32>) -> Result<(), NotWkb> {
        if depth > MAX_NESTING {
            return Err(NotWkb::Nested);
        }
        let header = self.header()?;
        // What a part of a whole of several may be; multicurves and multisurfaces come with straight parts.
        let fits = match (whole, header.code) {
            (None, _) | (Some(4), 1) | (Some(5 | 11), 2) | (Some(6 | 12), 3) | (Some(15 | 16), 3 | 17) => true,
            (Some(_), _) => false,
        };
        if let Some(whole) = whole.filter(|_| !fits) {
            return Err(NotWkb::Part { whole, code: header.code });
        }
        let kind = match header.code {
            1 => GeometryKind::Point,
            2 => GeometryKind::LineString,
            3 | 17 => GeometryKind::Polygon,
            4 => GeometryKind::MultiPoint,
            5 | 11 => GeometryKind::MultiLineString,
            6 | 12 => GeometryKind::MultiPolygon,
            7 => GeometryKind::Point,
            15 | 16 => GeometryKind::MultiSurface,
            code => return Err(NotWkb::Kind { code }),
        };
        // A polyhedral surface without heights is a plain multipolygon; a collection takes the kind of its members.
        let kind = if kind == GeometryKind::MultiSurface && !header.z { GeometryKind::MultiPolygon } else { kind };
        if header.code == 7 {
            for _ in 0..self.count(5)? {
                let mut member = Shape::default();
                self.geometry(&mut member, depth + 1, None)?;
                if member.is_empty() {
                    continue;
                }
                if shape.is_empty() {
                    shape.kind = member.kind;
                }
                match rank(&member).cmp(&rank(shape)) {
                    Ordering::Equal => {}
                    Ordering::Less => {
                        self.leave_out(&member);
                        continue;
                    }
                    Ordering::Greater => {
                        self.leave_out(shape);
                        *shape = member;
                        continue;
                    }
                }
                if shape.xy.len() + member.xy.len() > MAX_VERTICES {
                    return Err(NotWkb::TooManyVertices);
                }
                shape.extend(&member);
            }
            return Ok(());
        }
        if whole.is_none() {
            shape.kind = kind;
        }
        match header.code {
            1 => {
                // An empty point is written as NaN.
                self.coordinates(shape, &header, 1)?;
                if shape.xy.last().is_some_and(|[x, y]| x.is_nan() && y.is_nan()) {
                    shape.xy.pop();
                    shape.z.truncate(shape.xy.len());
                }
                shape.end_ring();
                shape.end_part();
            }
            2 => {
                let count = self.count(16)?;
                self.coordinates(shape, &header, count)?;
                shape.end_ring();
                shape.end_part();
            }
            3 | 17 => self.rings(shape, &header)?,
            _ => {
                for _ in 0..self.count(5)? {
                    let parts = shape.part_ends.len();
                    self.geometry(shape, depth + 1, Some(header.code))?;
                    self.not_held.empty_parts += usize::from(shape.part_ends.len() == parts);
                }
            }
        }
        Ok(())
    }
}

impl Shape {
    /// Appends it as ISO WKB, little-endian.
    pub(crate) fn append_wkb(&self, out: &mut Vec<u8>) {
        use GeometryKind::{LineString, MultiLineString, MultiPoint, MultiPolygon, Point, Polygon};
        let code = match self.kind {
            Point => 1,
            LineString => 2,
            Polygon => 3,
            MultiPoint => 4,
            MultiLineString => 5,
            MultiPolygon => 6,
            _ => 15,
        };
        let z = if self.z.is_empty() { 0 } else { 1000 };
        let multi = code > 3;
        if multi || self.part_ends.is_empty() {
            header(out, code + z);
            if code == 1 {
                out.extend([f64::NAN.to_le_bytes(), f64::NAN.to_le_bytes()].as_flattened());
                if z > 0 {
                    out.extend(f64::NAN.to_le_bytes());
                }
                return;
            }
            out.extend((self.part_ends.len() as u32).to_le_bytes());
        }
        let member = if code == 15 {
            3
        } else if multi {
            code - 3
        } else {
            code
        };
        for part in self.parts() {
            header(out, member + z);
            if member == 3 {
                out.extend((part.len() as u32).to_le_bytes());
            }
            for ring in part {
                let range = self.ring(ring);
                if member > 1 {
                    out.extend((range.len() as u32).to_le_bytes());
                }
                for vertex in range {
                    out.extend(self.xy[vertex][0].to_le_bytes());
                    out.extend(self.xy[vertex][1].to_le_bytes());
                    if let Some(z) = self.z.get(vertex) {
                        out.extend(z.to_le_bytes());
                    }
                }
            }
        }
    }
}

/// Appends a collection of shapes that are already WKB.
pub(crate) fn collection_wkb(members: u32, wkb: &[u8], out: &mut Vec<u8>) {
    header(out, 7);
    out.extend(members.to_le_bytes());
    out.extend(wkb);
}

fn header(out: &mut Vec<u8>, code: u32) {
    out.push(1);
    out.extend(code.to_le_bytes());
}
