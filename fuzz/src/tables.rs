//! What people write beside their data.

use urbis_ingest::MetadataFile;

/// `layer.toml`: the same text says the same.
pub fn metadata(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else { return };
    let Ok(file) = MetadataFile::parse(text) else { return };
    let again = MetadataFile::parse(text).expect("it was read before");
    assert!(file.layer == again.layer && file.height_unit == again.height_unit);
}
