//! Well-known text.

use super::{MAX_SHAPE_BYTES, Shape, ShapeError, shortened};
use urbis_model::{GeometryKind, geometry::GeometryWriter};

/// Nesting needs no recursion: the kind says how deep the parentheses go.
pub(super) fn parse(text: &str) -> Result<Shape, ShapeError> {
    if text.len() > MAX_SHAPE_BYTES {
        return Err(ShapeError::TooLong { bytes: text.len() });
    }
    let mut reader = Reader { text, byte: 0 };
    let word = reader.word();
    let kind = match word.to_ascii_uppercase().as_str() {
        "POINT" => GeometryKind::Point,
        "LINESTRING" => GeometryKind::LineString,
        "POLYGON" => GeometryKind::Polygon,
        "MULTIPOINT" => GeometryKind::MultiPoint,
        "MULTILINESTRING" => GeometryKind::MultiLineString,
        "MULTIPOLYGON" => GeometryKind::MultiPolygon,
        _ => return Err(ShapeError::Kind { kind: shortened(if word.is_empty() { text } else { word }) }),
    };
    let mut refusal = Ok(());
    let shape = Shape::from_writer(|writer| refusal = reader.geometry(kind, writer));
    refusal?;
    let shape = shape.map_err(ShapeError::Geometry)?;
    if reader.rest().trim_start().is_empty() { Ok(shape) } else { Err(reader.expected("nothing more")) }
}

struct Reader<'a> {
    text: &'a str,
    byte: usize,
}

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.byte..]
    }

    fn skip_space(&mut self) {
        let rest = self.rest();
        self.byte += rest.len() - rest.trim_start().len();
    }

    fn expected(&mut self, expected: &'static str) -> ShapeError {
        self.skip_space();
        ShapeError::Syntax { format: "WKT", expected, byte: self.byte, found: shortened(self.rest()) }
    }

    /// The letters that come next; empty when none do.
    fn word(&mut self) -> &'a str {
        self.skip_space();
        let rest = self.rest();
        let end = rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len());
        self.byte += end;
        &rest[..end]
    }

    fn takes(&mut self, sign: char) -> bool {
        self.skip_space();
        let is_next = self.rest().starts_with(sign);
        self.byte += usize::from(is_next);
        is_next
    }

    fn needs(&mut self, sign: char, name: &'static str) -> Result<(), ShapeError> {
        if self.takes(sign) { Ok(()) } else { Err(self.expected(name)) }
    }

    fn geometry(&mut self, kind: GeometryKind, writer: &mut GeometryWriter<'_>) -> Result<(), ShapeError> {
        writer.kind(kind);
        let before = self.byte;
        match self.word().to_ascii_uppercase().as_str() {
            "" | "Z" | "M" | "ZM" => {}
            "EMPTY" => return Ok(()), // The writer refuses a shape without vertices.
            _ => {
                self.byte = before;
                return Err(self.expected("\"(\""));
            }
        }
        match kind {
            GeometryKind::Point => {
                self.needs('(', "\"(\"")?;
                self.single(writer)?;
                self.needs(')', "\")\" after one position")
            }
            GeometryKind::MultiPoint => self.list(|reader| {
                // Both MULTIPOINT(1 2, 3 4) and MULTIPOINT((1 2), (3 4)) are in use.
                let wrapped = reader.takes('(');
                reader.single(writer)?;
                if wrapped { reader.needs(')', "\")\"") } else { Ok(()) }
            }),
            GeometryKind::LineString => {
                writer.part();
                self.ring(writer)
            }
            GeometryKind::MultiLineString => self.list(|reader| {
                writer.part();
                reader.ring(writer)
            }),
            GeometryKind::Polygon => self.polygon(writer),
            _ => self.list(|reader| reader.polygon(writer)),
        }
    }

    fn polygon(&mut self, writer: &mut GeometryWriter<'_>) -> Result<(), ShapeError> {
        writer.part();
        self.list(|reader| reader.ring(writer))
    }

    fn ring(&mut self, writer: &mut GeometryWriter<'_>) -> Result<(), ShapeError> {
        writer.ring();
        self.list(|reader| reader.position(writer))
    }

    fn single(&mut self, writer: &mut GeometryWriter<'_>) -> Result<(), ShapeError> {
        writer.part();
        writer.ring();
        self.position(writer)
    }

    /// `( item, item, … )`
    fn list(&mut self, mut item: impl FnMut(&mut Self) -> Result<(), ShapeError>) -> Result<(), ShapeError> {
        self.needs('(', "\"(\"")?;
        loop {
            item(self)?;
            if !self.takes(',') {
                return self.needs(')', "\",\" or \")\"");
            }
        }
    }

    fn position(&mut self, writer: &mut GeometryWriter<'_>) -> Result<(), ShapeError> {
        let lonlat = [self.number()?, self.number()?];
        for _ in 0..2 {
            self.skip_space();
            if self.rest().starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '.')) {
                self.number()?;
            }
        }
        writer.vertex(lonlat);
        Ok(())
    }

    fn number(&mut self) -> Result<f64, ShapeError> {
        self.skip_space();
        let rest = self.rest();
        let end = rest.find(|c: char| !(c.is_ascii_digit() || matches!(c, '-' | '+' | '.' | 'e' | 'E'))).unwrap_or(rest.len());
        match rest[..end].parse::<f64>() {
            Ok(number) => {
                self.byte += end;
                Ok(number)
            }
            Err(_) => Err(self.expected("a number")),
        }
    }
}
