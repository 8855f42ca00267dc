//! gzip, whole buffers at once.

use super::ArchiveError;
use libdeflater::{CompressionLvl, Compressor, DecompressionError, Decompressor};
use std::cell::RefCell;

/// libdeflate's own default level.
const LEVEL: i32 = 6;
/// Deflate's best case (zlib's technical details: 1032:1), so a stated size beyond it is a lie.
const MOST_PER_BYTE: usize = 1032;

/// Packs bytes; the same bytes give the same result.
pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    thread_local! {
        static COMPRESSOR: RefCell<Compressor> =
            RefCell::new(Compressor::new(CompressionLvl::new(LEVEL).unwrap_or_default()));
    }
    COMPRESSOR.with_borrow_mut(|compressor| {
        let mut packed = vec![0; compressor.gzip_compress_bound(bytes.len())];
        let length = compressor.gzip_compress(bytes, &mut packed).expect("the bound is libdeflate's own");
        packed.truncate(length);
        packed
    })
}

/// Unpacks bytes of at most `most`.
///
/// # Errors
/// [`ArchiveError::Damaged`] when they are no gzip, or are more than `most` or than they say.
pub fn gunzip(packed: &[u8], most: usize, section: &'static str) -> Result<Vec<u8>, ArchiveError> {
    // RFC 1952: the last four bytes are the size.
    let Some(stated) = packed.last_chunk::<4>().map(|bytes| u32::from_le_bytes(*bytes) as usize) else {
        return Err(ArchiveError::damaged(section, format!("{} bytes are no gzip", packed.len())));
    };
    if stated > most || stated / MOST_PER_BYTE > packed.len() {
        return Err(ArchiveError::damaged(
            section,
            format!("it unpacks to {stated} bytes, more than can be or are taken ({most})"),
        ));
    }
    let mut bytes = vec![0; stated];
    match Decompressor::new().gzip_decompress(packed, &mut bytes) {
        Ok(length) if length == stated => Ok(bytes),
        Ok(_) | Err(DecompressionError::InsufficientSpace) => {
            Err(ArchiveError::damaged(section, "it unpacks to another size than it states"))
        }
        Err(DecompressionError::BadData) => Err(ArchiveError::damaged(section, "it is no gzip, or is cut short")),
    }
}
