//! Shapefiles: their companions, and the encoding of their texts.

use super::{Opening, stage};
use crate::{
    encoding::{self, Texts},
    error::IngestError,
    ogr,
};
use encoding_rs::Encoding;
use std::{
    fs::File,
    io::{self, BufReader, Read},
    path::Path,
};

/// A Shapefile on disk. GDAL reads links to it, so that an index it has to rebuild does not land beside the source; and
/// a link to an index only where that is whole, because GDAL rebuilds through the link.
pub(super) fn opening(path: &Path, said: Option<&'static Encoding>, scratch: &Path) -> Result<Opening, IngestError> {
    let companion = |extension: &str| {
        [path.with_extension(extension), path.with_extension(extension.to_uppercase())].into_iter().find(|file| file.exists())
    };
    let mut notes = Vec::new();
    let index = companion("shx");
    let rebuilds_index = !index.as_deref().is_some_and(|index| index_is_whole(path, index));
    if rebuilds_index {
        let what = if index.is_none() { "missing" } else { "damaged" };
        notes.push(format!("the .shx index is {what} and was rebuilt from the .shp"));
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
    let siblings: &[&str] = if rebuilds_index { &["dbf", "prj"] } else { &["shx", "dbf", "prj"] };
    let (staged, linked) = stage(path, siblings, scratch)?;
    Ok(Opening {
        path: linked.to_string_lossy().into_owned(),
        drivers: &["ESRI Shapefile"],
        // An empty encoding makes GDAL hand texts over as they are.
        options: vec!["ENCODING=".into()],
        texts: text_encoding(said, label.as_deref(), language, &mut notes)?,
        notes,
        rebuilds_index,
        staged: vec![staged],
    })
}

/// Whether an index is the one of these shapes (ESRI Shapefile Technical Description, 1998): the same file code, shape
/// type and box in both headers, as long as its header says, in whole entries of 8 bytes, the farthest of which ends where
/// the shapes do. Lengths and offsets are counted in 16-bit words, big-endian.
fn index_is_whole(shapes: &Path, index: &Path) -> bool {
    let word = |bytes: &[u8]| u64::from(u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]));
    let open = |path: &Path| -> io::Result<(BufReader<File>, u64, [u8; 100])> {
        let file = File::open(path)?;
        let length = file.metadata()?.len();
        let (mut reader, mut header) = (BufReader::new(file), [0; 100]);
        reader.read_exact(&mut header)?;
        Ok((reader, length, header))
    };
    let (Ok((_, _, of_shapes)), Ok((mut entries, length, header))) = (open(shapes), open(index)) else { return false };
    let is_alike = header[..4] == of_shapes[..4] && header[32..] == of_shapes[32..];
    if !is_alike || word(&header[24..]) * 2 != length || (length - 100) % 8 != 0 {
        return false;
    }
    let (mut entry, mut end) = ([0; 8], 50);
    for _ in 0..(length - 100) / 8 {
        if entries.read_exact(&mut entry).is_err() {
            return false;
        }
        // A record has a header of four words.
        end = end.max(word(&entry) + 4 + word(&entry[4..]));
    }
    end == word(&of_shapes[24..])
}

/// A Shapefile in a zip archive: unpacked into scratch, since GDAL seeks in it and may have to rebuild its index.
pub(super) fn opening_in_archive(
    path: &Path,
    inside: &str,
    said: Option<&'static Encoding>,
    scratch: &Path,
) -> Result<Opening, IngestError> {
    let folder = tempfile::tempdir_in(scratch).map_err(|source| IngestError::Scratch { folder: scratch.to_owned(), source })?;
    let member = Path::new(inside);
    let stem = inside.strip_suffix(".shp").or_else(|| inside.strip_suffix(".SHP")).unwrap_or(inside);
    let name = member.file_stem().unwrap_or_default().to_string_lossy();
    let messages = ogr::Messages::listen();
    let mut unpacked = false;
    for extension in ["shp", "shx", "dbf", "prj", "cpg"] {
        let to = folder.path().join(format!("{name}.{extension}"));
        let copied = [extension.to_owned(), extension.to_uppercase()]
            .iter()
            .any(|extension| ogr::copy_from_archive(&format!("{stem}.{extension}"), &to.to_string_lossy()));
        unpacked |= extension == "shp" && copied;
        // What a failed copy leaves is no companion.
        if !copied && to.exists() {
            let _ = std::fs::remove_file(&to);
        }
    }
    if !unpacked {
        let detail = format!("{name}.shp in it can't be unpacked: {}", messages.take_failures().join("; "));
        return Err(IngestError::Open { path: path.to_owned(), format: "zipped Shapefile", detail });
    }
    let mut opening = opening(&folder.path().join(format!("{name}.shp")), said, scratch)?;
    opening.staged.push(folder);
    Ok(opening)
}

/// What was said wins, then the .cpg, then the language driver of the .dbf (dBASE level 5 table of ids), then UTF-8.
fn text_encoding(
    said: Option<&'static Encoding>,
    label: Option<&str>,
    language: Option<u8>,
    notes: &mut Vec<String>,
) -> Result<Texts, IngestError> {
    if let Some(said) = said {
        return Ok(Texts::stated(said));
    }
    if let Some(label) = label.map(str::trim).filter(|label| !label.is_empty()) {
        match encoding::encoding(label) {
            Ok(encoding) => return Ok(Texts::stated(encoding)),
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
        _ => return Ok(Texts::unstated()),
    };
    encoding::encoding(label).map(Texts::stated)
}
