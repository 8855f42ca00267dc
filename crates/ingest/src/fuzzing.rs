//! Doors to private parsers, there only in the build of `fuzz/`.

use crate::{
    encoding::{self, Decoded},
    heights::{self, HeightUnit},
    shape::{Shape, ThirdCoordinate, parse_wkb},
    time,
};
use std::io::{self, Read};
use urbis_model::{GeometryColumn, Value};

/// Reads WKB. Where it is a shape, gives it as it was read, and as WKB that was written from it.
pub fn wkb(bytes: &[u8]) -> Option<(ReadShape, Vec<u8>)> {
    let mut shape = Shape::default();
    parse_wkb(bytes, &mut shape).ok()?;
    let mut written = Vec::new();
    shape.append_wkb(&mut written);
    // A shape of nonsense is refused by the column; neither may be a panic.
    let mut column = GeometryColumn::default();
    let mut writer = column.writer();
    shape.write(ThirdCoordinate::Height, &mut writer);
    let _ = writer.finish();
    let z_bits = shape.z.iter().map(|z| z.to_bits()).collect();
    let xy_bits = shape.xy.iter().map(|xy| xy.map(f64::to_bits)).collect();
    Some((ReadShape { part_ends: shape.part_ends, ring_ends: shape.ring_ends, xy_bits, z_bits }, written))
}

/// A shape in comparable form: coordinates by their bits, since NaN is no error here.
#[derive(Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields of the private shape")]
pub struct ReadShape {
    pub part_ends: Vec<usize>,
    pub ring_ends: Vec<usize>,
    pub xy_bits: Vec<[u64; 2]>,
    pub z_bits: Vec<u64>,
}

/// A height and levels out of a text, by both units.
pub fn heights(text: &str) -> [Option<f64>; 3] {
    [
        heights::metres(Value::Text(text), HeightUnit::Metre),
        heights::metres(Value::Text(text), HeightUnit::Foot),
        heights::levels(Value::Text(text)),
    ]
}

/// The day of a text, and the instant.
pub fn times(text: &str) -> (Option<String>, Option<String>) {
    (time::day(text), time::instant_utc(text))
}

/// Decodes bytes as files are decoded: in reads of at most `step` bytes. None when no encoding has this label.
///
/// # Errors
/// Never: the source is in memory.
pub fn decoded(label: &str, bytes: &[u8], step: usize) -> io::Result<Option<String>> {
    struct Steps<'a>(&'a [u8], usize);
    impl Read for Steps<'_> {
        fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
            let (now, rest) = self.0.split_at(self.0.len().min(out.len()).min(self.1));
            out[..now.len()].copy_from_slice(now);
            self.0 = rest;
            Ok(now.len())
        }
    }
    let Ok(encoding) = encoding::encoding(label) else { return Ok(None) };
    let mut text = String::new();
    Decoded::new(Steps(bytes, step.max(1)), Some(encoding)).read_to_string(&mut text)?;
    Ok(Some(text))
}
