//! Shapefiles: their companions, and the encoding of their texts.

use super::{Opening, stage};
use crate::{encoding, error::IngestError};
use encoding_rs::Encoding;
use std::{fs::File, io::Read, path::Path};

/// A Shapefile on disk. GDAL reads links to it, so that an index it has to rebuild does not land beside the source.
pub(super) fn opening(path: &Path, said: Option<&'static Encoding>, scratch: &Path) -> Result<Opening, IngestError> {
    let companion = |extension: &str| {
        [path.with_extension(extension), path.with_extension(extension.to_uppercase())].into_iter().find(|file| file.exists())
    };
    let mut notes = Vec::new();
    if companion("shx").is_none() {
        notes.push("the .shx index is missing and was rebuilt from the .shp".into());
    }
    let dbf = companion("dbf");
    if dbf.is_none() {
        notes.push("the .dbf is missing: the shapes come without attributes".into());
    }
    let label = companion("cpg").and_then(|file| std::fs::read_to_string(file).ok());
    let language = dbf.and_then(|file| {
        let mut head = [0; 30];
        File::open(file).and_then(|mut file| file.read_exact(&mut head)).ok().map(|()| head[29])
    });
    let (staged, linked) = stage(path, &["shx", "dbf", "prj"], scratch)?;
    Ok(Opening {
        path: linked.to_string_lossy().into_owned(),
        drivers: &["ESRI Shapefile"],
        // An empty encoding makes GDAL hand texts over as they are.
        options: vec!["ENCODING=".into()],
        raw_texts: Some(text_encoding(said, label.as_deref(), language, &mut notes)?),
        notes,
        _staged: Some(staged),
    })
}

/// A Shapefile in a zip archive. Its companions are GDAL's to find; the .cpg is not asked for, GDAL recodes by it.
pub(super) fn opening_in_archive(path: &str, said: Option<&'static Encoding>) -> Result<Opening, IngestError> {
    Ok(Opening {
        path: path.to_owned(),
        drivers: &["ESRI Shapefile"],
        options: if said.is_some() { vec!["ENCODING=".into()] } else { Vec::new() },
        raw_texts: said,
        notes: Vec::new(),
        _staged: None,
    })
}

/// What was said wins, then the .cpg, then the language driver of the .dbf (dBASE level 5 table of ids), then UTF-8.
fn text_encoding(
    said: Option<&'static Encoding>,
    label: Option<&str>,
    language: Option<u8>,
    notes: &mut Vec<String>,
) -> Result<&'static Encoding, IngestError> {
    if let Some(said) = said {
        return Ok(said);
    }
    if let Some(label) = label.map(str::trim).filter(|label| !label.is_empty()) {
        match encoding::encoding(label) {
            Ok(encoding) => return Ok(encoding),
            Err(_) => notes.push(format!("the .cpg names {label:?}, which is no known encoding; UTF-8 was tried")),
        }
    }
    let label = match language {
        Some(0x4D) => "gbk",
        Some(0x4F) => "big5",
        Some(0x7A) => "gbk",
        Some(0x03 | 0x57 | 0x58 | 0x59) => "windows-1252",
        Some(0xC9) => "windows-1251",
        Some(0xC8) => "windows-1250",
        Some(0x13 | 0x7B) => "shift_jis",
        _ => "utf-8",
    };
    encoding::encoding(label)
}
