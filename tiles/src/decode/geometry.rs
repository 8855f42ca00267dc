//! Geometry commands back to shapes (MVT 2.1 section 4.3).

use super::DecodeError;
use super::wire::{Reader, from_zigzag};
use crate::clip::doubled_area;
use crate::frame::Unit;

/// A decoded shape. Coordinates are i64, since steps of 32 bits may add up past that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DecodedGeometry {
    /// A geometry of type UNKNOWN, not looked into.
    Unknown,
    /// One or more points.
    Points(Vec<Unit>),
    /// One or more lines.
    Lines(Vec<Vec<Unit>>),
    /// One or more polygons: exterior, then holes; first vertices are not repeated. A ring of positive area starts a
    /// polygon.
    Polygons(Vec<Vec<Vec<Unit>>>),
}

/// What is wrong with commands.
pub(super) enum Fault {
    Rule(&'static str),
    Wire(DecodeError),
}

impl Fault {
    pub(super) fn of(self, layer: &str, feature: usize) -> DecodeError {
        match self {
            Self::Rule(rule) => DecodeError::Geometry { layer: layer.to_owned(), feature, rule },
            Self::Wire(error) => error,
        }
    }
}

impl From<DecodeError> for Fault {
    fn from(error: DecodeError) -> Self {
        Self::Wire(error)
    }
}

/// Reads the commands of a geometry of a type.
pub(super) fn read(geom_type: u64, commands: &[u8], version: u32) -> Result<DecodedGeometry, Fault> {
    let mut commands = Commands { reader: Reader::new(commands, "Feature.geometry"), cursor: [0, 0], version };
    match geom_type {
        0 => Ok(DecodedGeometry::Unknown),
        1 => {
            let Some((MOVE_TO, count)) = commands.next()? else { return Err(Fault::Rule("points are one MoveTo")) };
            let points = commands.points(count, false)?;
            match commands.next()? {
                None => Ok(DecodedGeometry::Points(points)),
                Some(_) => Err(Fault::Rule("points are one MoveTo")),
            }
        }
        2 => {
            let mut lines = Vec::new();
            while let Some(line) = commands.path()? {
                lines.push(line);
            }
            if lines.is_empty() { Err(Fault::Rule("there is no line")) } else { Ok(DecodedGeometry::Lines(lines)) }
        }
        3 => {
            let mut polygons: Vec<Vec<Vec<Unit>>> = Vec::new();
            while let Some(ring) = commands.path()? {
                if ring.len() < 3 {
                    return Err(Fault::Rule("a ring has at least three vertices"));
                }
                if commands.next()? != Some((CLOSE_PATH, 1)) {
                    return Err(Fault::Rule("a ring ends in one ClosePath of count 1"));
                }
                match polygons.last_mut() {
                    Some(polygon) if doubled_area(&ring) <= 0 => polygon.push(ring),
                    _ => polygons.push(vec![ring]),
                }
            }
            if polygons.is_empty() { Err(Fault::Rule("there is no ring")) } else { Ok(DecodedGeometry::Polygons(polygons)) }
        }
        _ => Err(Fault::Rule("the geometry type is none of 0 to 3")),
    }
}

const MOVE_TO: u32 = 1;
const LINE_TO: u32 = 2;
const CLOSE_PATH: u32 = 7;

struct Commands<'a> {
    reader: Reader<'a>,
    cursor: Unit,
    version: u32,
}

impl Commands<'_> {
    /// The next command and its count, none at the end.
    fn next(&mut self) -> Result<Option<(u32, u32)>, Fault> {
        Ok(self.reader.packed_uint32()?.map(|command| (command & 7, command >> 3)))
    }

    /// So many points from the cursor on. Grows as points come, never by the count alone.
    fn points(&mut self, count: u32, lines: bool) -> Result<Vec<Unit>, Fault> {
        if count == 0 {
            return Err(Fault::Rule("a command count is zero"));
        }
        let mut points = Vec::new();
        for _ in 0..count {
            let (Some(dx), Some(dy)) = (self.reader.packed_uint32()?, self.reader.packed_uint32()?) else {
                return Err(Fault::Rule("a command has fewer parameters than its count says"));
            };
            if lines && dx == 0 && dy == 0 && self.version > 1 {
                return Err(Fault::Rule("a LineTo goes nowhere"));
            }
            self.cursor[0] += from_zigzag(u64::from(dx));
            self.cursor[1] += from_zigzag(u64::from(dy));
            points.push(self.cursor);
        }
        Ok(points)
    }

    /// A MoveTo and a LineTo; none at the end.
    fn path(&mut self) -> Result<Option<Vec<Unit>>, Fault> {
        match self.next()? {
            None => return Ok(None),
            Some((MOVE_TO, 1)) => {}
            Some(_) => return Err(Fault::Rule("a path begins with one MoveTo of count 1")),
        }
        let mut path = self.points(1, false)?;
        match self.next()? {
            Some((LINE_TO, count)) => path.extend(self.points(count, true)?),
            _ => return Err(Fault::Rule("a MoveTo of a path is followed by a LineTo")),
        }
        Ok(Some(path))
    }
}
