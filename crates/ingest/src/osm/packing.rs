//! How a PBF file's blobs are packed. GDAL steps over packings that it does not know and finds nothing, without a word.

use std::{fs::File, io::Read, path::Path};

/// How much holds the first blob's first fields (its own header has at most 64 KiB by the format's rule).
const HEAD_BYTES: u64 = 66 << 10;

/// The packing of a PBF file's first blob if GDAL can't read it (OSM wiki, PBF Format: `Blob` fields 4, 6 and 7).
pub(super) fn unreadable(path: &Path) -> Option<&'static str> {
    let mut head = Vec::new();
    File::open(path).and_then(|file| file.take(HEAD_BYTES).read_to_end(&mut head)).ok()?;
    packing(&head)
}

fn packing(head: &[u8]) -> Option<&'static str> {
    let header_bytes = u32::from_be_bytes(head.get(..4)?.try_into().ok()?) as usize;
    let mut blob = head.get(4_usize.checked_add(header_bytes)?..)?;
    // Field 2, the unpacked size, is a varint and may come first.
    if blob.first() == Some(&0x10) {
        let end = blob[1..].iter().position(|byte| byte & 0x80 == 0)?;
        blob = &blob[end + 2..];
    }
    match blob.first()? {
        0x22 => Some("LZMA"),
        0x32 => Some("LZ4"),
        0x3A => Some("zstd"),
        _ => None,
    }
}
