//! How much the pages of a column chunk take, read off their headers before the decoder reserves it.
//!
//! A page's header says how many bytes it unpacks to, and snappy, LZ4 and the dictionary decoder reserve by its word: thirty
//! bytes could ask for 2 GiB. Headers are in Thrift's compact protocol (parquet-format, `PageHeader` in parquet.thrift;
//! the protocol in thrift-compact-protocol.md of Apache Thrift).

use parquet::{
    basic::Compression,
    file::{metadata::ColumnChunkMetaData, reader::ChunkReader},
};
use std::io::Read;

use super::pieces::MAX_PIECE_BYTES;

/// The most that a page may take unpacked. Writers make pages of 1 MiB by default (parquet-java, pyarrow); the two pages,
/// dictionary and data, of two such columns still fit in an import's 500 MB.
const MAX_PAGE_BYTES: u64 = MAX_PIECE_BYTES as u64;
/// The most bytes of a page's header; statistics of long texts are the most of it.
const MAX_HEADER_BYTES: usize = 1 << 20;
/// The most values of a page: as many as a million rows have in lists of sixteen. Run lengths pack any number into a byte.
const MAX_PAGE_VALUES: u64 = 1 << 24;
/// Structs in structs of a header; honest ones have three levels.
const MAX_NESTING: u8 = 8;

/// A data page.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Page {
    /// Its rows, nulls included.
    pub(super) rows: u64,
    /// What it takes unpacked.
    pub(super) bytes: u64,
}

/// The data pages of a column chunk, in order.
///
/// # Errors
/// Words for the report, when the chunk is packed in a way that is not read or has a page beyond the limits.
pub(super) fn walk(pieces: &impl ChunkReader, chunk: &ColumnChunkMetaData) -> Result<Vec<Page>, String> {
    match chunk.compression() {
        Compression::UNCOMPRESSED | Compression::SNAPPY | Compression::LZ4_RAW | Compression::ZSTD(_) => {}
        // Their decoders don't stop at the size that the header states.
        other => {
            let name = format!("{other:?}");
            let name = name.split('(').next().unwrap_or(&name);
            return Err(format!(
                "it is packed with {name}; zstd, snappy and LZ4_RAW are read, so write the file again with one of them"
            ));
        }
    }
    if chunk.file_path().is_some() {
        return Err("it is in another file, which is not followed".to_owned());
    }
    let start = chunk.dictionary_page_offset().unwrap_or_else(|| chunk.data_page_offset());
    let (Ok(start), Ok(length)) = (u64::try_from(start), u64::try_from(chunk.compressed_size())) else {
        return Err("its place in the file is negative".to_owned());
    };
    let end = start.checked_add(length).filter(|end| *end <= pieces.len());
    let end = end.ok_or("it goes on beyond the end of the file")?;
    let mut pages = Vec::new();
    let mut at = start;
    while at < end {
        let mut source = Source { bytes: pieces.get_read(at).map_err(|error| error.to_string())?, taken: 0 };
        let header = Header::read(&mut source)?;
        let bytes = header.unpacked_bytes;
        if bytes > MAX_PAGE_BYTES {
            let most = MAX_PAGE_BYTES >> 20;
            return Err(format!(
                "a page of it takes {bytes} bytes, and {most} MiB are the most; write the file again in smaller pages"
            ));
        }
        match header.values {
            // Each takes a byte or more, unpacked.
            Values::OfDictionary(count) if count <= bytes => {}
            Values::OfData(rows) if rows <= MAX_PAGE_VALUES => pages.push(Page { rows, bytes }),
            Values::None => {}
            Values::OfDictionary(count) | Values::OfData(count) => {
                return Err(format!("a page of it says that it has {count} values"));
            }
        }
        at = at.saturating_add(source.taken as u64).saturating_add(header.packed_bytes);
    }
    Ok(pages)
}

/// What a page's header says of its size.
#[derive(Debug, Default)]
struct Header {
    unpacked_bytes: u64,
    packed_bytes: u64,
    values: Values,
}

/// How many values a page has.
#[derive(Debug, Default)]
enum Values {
    #[default]
    None,
    OfData(u64),
    OfDictionary(u64),
}

impl Header {
    fn read<R: Read>(source: &mut Source<R>) -> Result<Self, String> {
        let mut header = Self::default();
        let mut id = 0;
        while let Some(kind) = source.field(&mut id)? {
            match (id, kind) {
                (2, Kind::Integer) => header.unpacked_bytes = source.count()?,
                (3, Kind::Integer) => header.packed_bytes = source.count()?,
                // DataPageHeader, DictionaryPageHeader and DataPageHeaderV2: the number of values is the first field.
                (5 | 8, Kind::Struct) => header.values = Values::OfData(source.first_count()?),
                (7, Kind::Struct) => header.values = Values::OfDictionary(source.first_count()?),
                (_, kind) => source.skip(kind, 0)?,
            }
        }
        Ok(header)
    }
}

/// The types of Thrift's compact protocol, as far as they differ in how they are skipped.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
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
    fn of(code: u8) -> Result<Self, String> {
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

/// A header's bytes, counted.
struct Source<R> {
    bytes: R,
    taken: usize,
}

impl<R: Read> Source<R> {
    fn byte(&mut self) -> Result<u8, String> {
        let mut byte = [0];
        self.taken += 1;
        if self.taken > MAX_HEADER_BYTES {
            return Err(unreadable());
        }
        self.bytes.read_exact(&mut byte).map_err(|_| unreadable())?;
        Ok(byte[0])
    }

    fn pass(&mut self, count: u64) -> Result<(), String> {
        if count > MAX_HEADER_BYTES as u64 {
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
    fn count(&mut self) -> Result<u64, String> {
        // Zigzag: the lowest bit is the sign.
        let number = self.varint()?;
        if number & 1 == 0 { Ok(number >> 1) } else { Err(unreadable()) }
    }

    /// The next field of a struct, whose id follows on `id`; none at the end.
    fn field(&mut self, id: &mut i64) -> Result<Option<Kind>, String> {
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

    /// The count in field 1 of a struct, which is passed over.
    fn first_count(&mut self) -> Result<u64, String> {
        let (mut id, mut count) = (0, None);
        while let Some(kind) = self.field(&mut id)? {
            if (id, kind) == (1, Kind::Integer) {
                count = Some(self.count()?);
            } else {
                self.skip(kind, 1)?;
            }
        }
        count.ok_or_else(unreadable)
    }

    fn skip(&mut self, kind: Kind, nesting: u8) -> Result<(), String> {
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
                let head = self.byte()?;
                let count = if head >> 4 == 15 { self.varint()? } else { u64::from(head >> 4) };
                self.skip_elements(count, &[head & 0x0F], nesting)
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

    fn skip_elements(&mut self, count: u64, codes: &[u8], nesting: u8) -> Result<(), String> {
        if count > MAX_HEADER_BYTES as u64 {
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

fn unreadable() -> String {
    "the header of a page can't be read".to_owned()
}
