//! Protobuf fields, read from a slice without trust.

use super::DecodeError;

/// Reads the fields of one message.
pub(super) struct Reader<'a> {
    rest: &'a [u8],
    message: &'static str,
}

/// One field: its number and content.
pub(super) struct Field<'a> {
    number: u32,
    content: Content<'a>,
    message: &'static str,
}

enum Content<'a> {
    Varint(u64),
    Fixed64([u8; 8]),
    Bytes(&'a [u8]),
    Fixed32([u8; 4]),
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8], message: &'static str) -> Self {
        Self { rest: bytes, message }
    }

    /// The next field, none at the end.
    pub(super) fn field(&mut self) -> Result<Option<Field<'a>>, DecodeError> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        let (key, message) = (self.varint()?, self.message);
        let number = u32::try_from(key >> 3).ok().filter(|number| *number > 0).ok_or(self.truncated())?;
        let content = match key & 7 {
            0 => Content::Varint(self.varint()?),
            1 => Content::Fixed64(self.array()?),
            2 => {
                let len = self.varint()?;
                let len = usize::try_from(len).ok().filter(|len| *len <= self.rest.len()).ok_or(self.truncated())?;
                let (bytes, rest) = self.rest.split_at(len);
                self.rest = rest;
                Content::Bytes(bytes)
            }
            5 => Content::Fixed32(self.array()?),
            wire_type => return Err(DecodeError::WireType { message, field: number, wire_type: wire_type as u8 }),
        };
        Ok(Some(Field { number, content, message }))
    }

    /// The next number of a packed field, none at the end.
    pub(super) fn packed_uint32(&mut self) -> Result<Option<u32>, DecodeError> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        let number = self.varint()?;
        u32::try_from(number).map(Some).map_err(|_| self.truncated())
    }

    fn varint(&mut self) -> Result<u64, DecodeError> {
        let mut number = 0u64;
        for (index, byte) in self.rest.iter().take(10).enumerate() {
            let bits = u64::from(byte & 0x7f);
            // The tenth byte has room for one bit.
            if index == 9 && bits > 1 {
                break;
            }
            number |= bits << (7 * index);
            if byte & 0x80 == 0 {
                self.rest = &self.rest[index + 1..];
                return Ok(number);
            }
        }
        Err(self.truncated())
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], DecodeError> {
        let (array, rest) = self.rest.split_first_chunk().ok_or(self.truncated())?;
        self.rest = rest;
        Ok(*array)
    }

    fn truncated(&self) -> DecodeError {
        DecodeError::Truncated { message: self.message }
    }
}

impl<'a> Field<'a> {
    pub(super) fn number(&self) -> u32 {
        self.number
    }

    pub(super) fn varint(&self) -> Result<u64, DecodeError> {
        if let Content::Varint(number) = self.content { Ok(number) } else { Err(self.wrong_type()) }
    }

    pub(super) fn uint32(&self) -> Result<u32, DecodeError> {
        u32::try_from(self.varint()?).map_err(|_| DecodeError::Truncated { message: self.message })
    }

    pub(super) fn fixed32(&self) -> Result<[u8; 4], DecodeError> {
        if let Content::Fixed32(bytes) = self.content { Ok(bytes) } else { Err(self.wrong_type()) }
    }

    pub(super) fn fixed64(&self) -> Result<[u8; 8], DecodeError> {
        if let Content::Fixed64(bytes) = self.content { Ok(bytes) } else { Err(self.wrong_type()) }
    }

    pub(super) fn bytes(&self) -> Result<&'a [u8], DecodeError> {
        if let Content::Bytes(bytes) = self.content { Ok(bytes) } else { Err(self.wrong_type()) }
    }

    pub(super) fn text(&self) -> Result<&'a str, DecodeError> {
        std::str::from_utf8(self.bytes()?).map_err(|_| DecodeError::Text)
    }

    fn wrong_type(&self) -> DecodeError {
        let wire_type = match self.content {
            Content::Varint(_) => 0,
            Content::Fixed64(_) => 1,
            Content::Bytes(_) => 2,
            Content::Fixed32(_) => 5,
        };
        DecodeError::WireType { message: self.message, field: self.number, wire_type }
    }
}

/// The inverse of [`crate::protobuf::zigzag`].
pub(super) fn from_zigzag(number: u64) -> i64 {
    (number >> 1) as i64 ^ -((number & 1) as i64)
}
