//! As much of Thrift's compact protocol (thrift-compact-protocol.md of Apache Thrift) as bounds what Parquet's headers and
//! directory ask for, before the decoder reserves it. Nothing is kept of what is read but counts.

use std::io::Read;

/// Structs in structs; Parquet's have at most six levels.
const MAX_NESTING: u8 = 12;

/// The types of Thrift's compact protocol, as far as they differ in how they are skipped.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Kind {
    Bool,
    Byte,
    Integer,
    Double,
    Binary,
    List,
    Map,
    Struct,
    Uuid,
}

impl Kind {
    pub(super) fn of(code: u8) -> Result<Self, String> {
        Ok(match code {
            1 | 2 => Self::Bool,
            3 => Self::Byte,
            4..=6 => Self::Integer,
            7 => Self::Double,
            8 => Self::Binary,
            9 | 10 => Self::List,
            11 => Self::Map,
            12 => Self::Struct,
            13 => Self::Uuid,
            _ => return Err(unreadable()),
        })
    }
}

/// Bytes, counted.
pub(super) struct Source<R> {
    bytes: R,
    pub(super) taken: u64,
    most: u64,
}

impl<R: Read> Source<R> {
    /// Reads at most so many bytes.
    pub(super) fn new(bytes: R, most: u64) -> Self {
        Self { bytes, taken: 0, most }
    }

    fn byte(&mut self) -> Result<u8, String> {
        let mut byte = [0];
        self.taken += 1;
        if self.taken > self.most {
            return Err(unreadable());
        }
        self.bytes.read_exact(&mut byte).map_err(|_| unreadable())?;
        Ok(byte[0])
    }

    fn pass(&mut self, count: u64) -> Result<(), String> {
        if count > self.most {
            return Err(unreadable());
        }
        (0..count).try_for_each(|_| self.byte().map(drop))
    }

    fn varint(&mut self) -> Result<u64, String> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7F) << shift;
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        Err(unreadable())
    }

    /// An integer that is not negative.
    pub(super) fn count(&mut self) -> Result<u64, String> {
        // Zigzag: the lowest bit is the sign.
        let number = self.varint()?;
        if number & 1 == 0 { Ok(number >> 1) } else { Err(unreadable()) }
    }

    /// The next field of a struct, whose id follows on `id`; none at the end.
    pub(super) fn field(&mut self, id: &mut i64) -> Result<Option<Kind>, String> {
        let head = self.byte()?;
        if head == 0 {
            return Ok(None);
        }
        *id = match head >> 4 {
            0 => i64::try_from(self.count()?).map_err(|_| unreadable())?,
            step => *id + i64::from(step),
        };
        Kind::of(head & 0x0F).map(Some)
    }

    /// The counts in some fields of a struct, which is passed over; none of fields that it has not.
    pub(super) fn counts_in<const N: usize>(&mut self, wanted: [i64; N]) -> Result<[Option<u64>; N], String> {
        let (mut id, mut counts) = (0, [None; N]);
        while let Some(kind) = self.field(&mut id)? {
            match wanted.iter().position(|wanted| *wanted == id) {
                Some(_) if kind != Kind::Integer => return Err(unreadable()),
                Some(nth) if counts[nth].is_some() => return Err(unreadable()),
                Some(nth) => counts[nth] = Some(self.count()?),
                None => self.skip(kind, 1)?,
            }
        }
        Ok(counts)
    }

    /// Passes over a value.
    pub(super) fn skip(&mut self, kind: Kind, nesting: u8) -> Result<(), String> {
        if nesting > MAX_NESTING {
            return Err(unreadable());
        }
        match kind {
            // In a struct, its value is its type.
            Kind::Bool => Ok(()),
            Kind::Byte => self.pass(1),
            Kind::Integer => self.varint().map(drop),
            Kind::Double => self.pass(8),
            Kind::Uuid => self.pass(16),
            Kind::Binary => {
                let length = self.varint()?;
                self.pass(length)
            }
            Kind::Struct => {
                let mut id = 0;
                while let Some(kind) = self.field(&mut id)? {
                    self.skip(kind, nesting + 1)?;
                }
                Ok(())
            }
            Kind::List => {
                let (count, code) = self.list()?;
                self.skip_elements(count, &[code], nesting)
            }
            Kind::Map => {
                let count = self.varint()?;
                if count == 0 {
                    return Ok(());
                }
                let kinds = self.byte()?;
                self.skip_elements(count, &[kinds >> 4, kinds & 0x0F], nesting)
            }
        }
    }

    /// The number of a list's elements and their type.
    pub(super) fn list(&mut self) -> Result<(u64, u8), String> {
        let head = self.byte()?;
        let count = if head >> 4 == 15 { self.varint()? } else { u64::from(head >> 4) };
        Ok((count, head & 0x0F))
    }

    /// Passes over the elements of a list, or the pairs of a map.
    pub(super) fn skip_elements(&mut self, count: u64, codes: &[u8], nesting: u8) -> Result<(), String> {
        if count > self.most {
            return Err(unreadable());
        }
        for _ in 0..count {
            for code in codes {
                match Kind::of(*code)? {
                    // Outside a struct it has a byte of its own.
                    Kind::Bool => self.pass(1)?,
                    kind => self.skip(kind, nesting + 1)?,
                }
            }
        }
        Ok(())
    }
}

pub(super) fn unreadable() -> String {
    "the header of a page or the directory can't be read".to_owned()
}
