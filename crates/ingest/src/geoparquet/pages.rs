//! How much the pages of a column chunk take, read off their headers before the decoder reserves it.
//!
//! A page's header says how many bytes it unpacks to, and snappy, LZ4 and the dictionary decoder reserve by its word: thirty
//! bytes could ask for 2 GiB (parquet-format, `PageHeader` in parquet.thrift).

use super::{
    pieces::MAX_PIECE_BYTES,
    thrift::{Kind, Source, unreadable},
};
use parquet::{
    basic::{Compression, Encoding, Type as Physical},
    file::{metadata::ColumnChunkMetaData, reader::ChunkReader},
};
use std::io::Read;

/// The most that a page may take unpacked: room for the largest feature that is taken. Writers make pages of 1 MiB by
/// default (parquet-java, pyarrow).
const MAX_PAGE_BYTES: u64 = MAX_PIECE_BYTES as u64;
/// The most bytes of a page's header; statistics of long texts are the most of it.
const MAX_HEADER_BYTES: u64 = 1 << 20;
/// The most values of a data page. Run lengths pack any number into a byte.
const MAX_PAGE_VALUES: u64 = 1 << 24;
/// The most values of a dictionary; beyond, writers of 1 MiB pages have long given it up.
const MAX_DICTIONARY_VALUES: u64 = 1 << 20;
/// The most pages of a column chunk; each is remembered.
const MAX_PAGES: usize = 1 << 18;

/// A data page.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Page {
    /// Its rows, nulls included.
    pub(super) rows: u64,
    /// What it takes unpacked.
    pub(super) bytes: u64,
}

/// What is known of a column chunk before it is decoded.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Chunk {
    /// Its data pages, in order.
    pub(super) pages: Vec<Page>,
    /// What its dictionary and its largest page take while it is decoded.
    pub(super) held_bytes: u64,
    /// Whether a value may be made of the one before, so that a page's values can take many times what the page does.
    pub(super) shares_prefixes: bool,
}

/// Walks the pages of a column chunk.
///
/// # Errors
/// Words for the report, when the chunk is packed in a way that is not read or has a page beyond the limits.
pub(super) fn walk(pieces: &impl ChunkReader, chunk: &ColumnChunkMetaData) -> Result<Chunk, String> {
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
    let (mut found, mut dictionary_bytes, mut largest) = (Chunk::default(), 0, 0);
    let mut at = start;
    while at < end {
        let mut source = Source::new(pieces.get_read(at).map_err(|error| error.to_string())?, MAX_HEADER_BYTES);
        let header = Header::read(&mut source)?;
        let bytes = header.unpacked_bytes;
        if bytes > MAX_PAGE_BYTES {
            let most = MAX_PAGE_BYTES >> 20;
            return Err(format!(
                "a page of it takes {bytes} bytes, and {most} MiB are the most; write the file again in smaller pages"
            ));
        }
        match header.content()? {
            Content::Data(count) if count > MAX_PAGE_VALUES => return Err(too_many(count)),
            Content::Data(rows) => {
                largest = largest.max(bytes);
                found.pages.push(Page { rows, bytes });
            }
            Content::Dictionary(count) if count > bytes.min(MAX_DICTIONARY_VALUES) => return Err(too_many(count)),
            Content::Dictionary(count) => dictionary_bytes = bytes + count * bytes_decoded(chunk.column_type()),
            Content::Index => {}
        }
        if found.pages.len() > MAX_PAGES {
            return Err(format!("it has over {MAX_PAGES} pages in a row group"));
        }
        found.shares_prefixes |= header.encoding == Some(Encoding::DELTA_BYTE_ARRAY as u64);
        at = at.saturating_add(source.taken).saturating_add(header.packed_bytes);
    }
    found.held_bytes = dictionary_bytes + largest;
    Ok(found)
}

fn too_many(count: u64) -> String {
    format!("a page of it says that it has {count} values")
}

/// What a value of a dictionary takes once it is decoded; those of bytes point into the page.
fn bytes_decoded(physical: Physical) -> u64 {
    match physical {
        Physical::BOOLEAN | Physical::INT32 | Physical::FLOAT => 4,
        Physical::INT64 | Physical::DOUBLE => 8,
        Physical::INT96 => 12,
        Physical::BYTE_ARRAY | Physical::FIXED_LEN_BYTE_ARRAY => 32,
    }
}

/// What a page's header says.
#[derive(Debug, Default)]
struct Header {
    /// DATA_PAGE 0, INDEX_PAGE 1, DICTIONARY_PAGE 2, DATA_PAGE_V2 3.
    page_type: Option<u64>,
    unpacked_bytes: u64,
    packed_bytes: u64,
    /// Numbers of values, by the field of the struct that says them.
    values: [Option<u64>; 3],
    encoding: Option<u64>,
}

/// What a page is, and its number of values.
enum Content {
    Data(u64),
    Dictionary(u64),
    Index,
}

impl Header {
    fn read<R: Read>(source: &mut Source<R>) -> Result<Self, String> {
        let mut header = Self::default();
        let mut id = 0;
        while let Some(kind) = source.field(&mut id)? {
            match (id, kind) {
                (1, Kind::Integer) => header.page_type = Some(source.count()?),
                (2, Kind::Integer) => header.unpacked_bytes = source.count()?,
                (3, Kind::Integer) => header.packed_bytes = source.count()?,
                // DataPageHeader, DictionaryPageHeader and DataPageHeaderV2: values first, the encoding second or fourth.
                (5, Kind::Struct) => [header.values[0], header.encoding] = source.counts_in([1, 2])?,
                (7, Kind::Struct) => [header.values[1]] = source.counts_in([1])?,
                (8, Kind::Struct) => [header.values[2], header.encoding] = source.counts_in([1, 4])?,
                (_, kind) => source.skip(kind, 0)?,
            }
        }
        Ok(header)
    }

    /// By its type, as the decoder goes; a header of two contents says nothing.
    fn content(&self) -> Result<Content, String> {
        match (self.page_type, self.values) {
            (Some(0), [Some(count), None, None]) | (Some(3), [None, None, Some(count)]) => Ok(Content::Data(count)),
            (Some(2), [None, Some(count), None]) => Ok(Content::Dictionary(count)),
            (Some(1), [None, None, None]) => Ok(Content::Index),
            _ => Err(unreadable()),
        }
    }
}
