//! Shapefiles: their companions, and the encoding of their texts.

use super::{Opening, companion, stage};
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

/// A Shapefile on disk, of a file that a person named `source`. GDAL reads links to it, so that an index it has to rebuild
/// does not land beside the source; and a link to an index only where that is whole, because GDAL rebuilds through the link.
pub(super) fn opening(
    path: &Path,
    source: &Path,
    said: Option<&'static Encoding>,
    scratch: &Path,
) -> Result<Opening, IngestError> {
    let companion = |extension: &str| companion(path, extension);
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let damaged = |detail: String| {
        let (format, detail) =
            if path == source { ("Shapefile", detail) } else { ("zipped Shapefile", format!("{name} in it: {detail}")) };
        IngestError::Open { path: source.to_owned(), format, detail }
    };
    let mut notes = Vec::new();
    let index = companion("shx");
    let rebuilds_index = !index.as_deref().is_some_and(|index| index_is_whole(path, index));
    if rebuilds_index {
        let what = if index.is_none() { "missing" } else { "damaged" };
        notes.push(format!("the .shx index is {what} and was rebuilt from the .shp"));
    }
    // An index can be made again, attributes can't; most often the file was only forgotten.
    let dbf = companion("dbf").ok_or_else(|| {
        damaged(format!(
            "the .dbf, in which the attributes stand, is missing; copy it beside the .shp, or, where the shapes are all there is, import what `ogr2ogr shapes.gpkg {name}` makes"
        ))
    })?;
    let table = Table::open(&dbf).map_err(damaged)?;
    let shapes = match index.filter(|_| !rebuilds_index) {
        Some(index) => index.metadata().map(|index| (index.len() - 100) / 8),
        None => count_shapes(path),
    };
    let shapes = shapes.map_err(|source| IngestError::Read { path: path.to_owned(), source })?;
    if shapes != table.records {
        return Err(damaged(format!(
            "the .shp has {shapes} shapes and the .dbf {} records, so they are not of one export or one was cut off; get both again",
            table.records
        )));
    }
    let label = companion("cpg").and_then(|file| std::fs::read_to_string(file).ok());
    let siblings: &[&str] = if rebuilds_index { &["dbf", "prj"] } else { &["shx", "dbf", "prj"] };
    let (staged, linked) = stage(path, "shp", siblings, scratch)?;
    Ok(Opening {
        path: linked.to_string_lossy().into_owned(),
        drivers: &["ESRI Shapefile"],
        // An empty encoding makes GDAL hand texts over as they are.
        options: vec!["ENCODING=".into()],
        texts: text_encoding(said, label.as_deref(), table.language, &mut notes)?,
        notes,
        rebuilds_index,
        no_frame: if companion("prj").is_some() { " (the .prj is empty or can't be read)" } else { " (the .prj is missing)" },
        stated_features: Some(shapes),
        staged: vec![staged],
    })
}

/// What the head of a .dbf says (dBASE III PLUS file structure).
struct Table {
    records: u64,
    header_length: u64,
    record_length: u64,
    /// Id of its language driver.
    language: u8,
}

impl Table {
    /// Reads the head; the error says how the file falls short of it.
    fn open(path: &Path) -> Result<Self, String> {
        let open = || -> io::Result<([u8; 32], u64)> {
            let (mut file, mut head) = (File::open(path)?, [0; 32]);
            file.read_exact(&mut head)?;
            Ok((head, file.metadata()?.len()))
        };
        let (head, length) = open().map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => "the .dbf is cut off in its header; get it again".to_owned(),
            _ => format!("the .dbf can't be read: {error}"),
        })?;
        let half = |at: usize| u64::from(u16::from_le_bytes([head[at], head[at + 1]]));
        let records = u64::from(u32::from_le_bytes([head[4], head[5], head[6], head[7]]));
        let (header_length, record_length) = (half(8), half(10));
        if header_length < 33 || record_length == 0 {
            return Err("the .dbf is no dBASE table; get it again".into());
        }
        if length < header_length {
            return Err("the .dbf is cut off in its header; get it again".into());
        }
        let whole = (length - header_length) / record_length;
        if whole < records {
            return Err(format!(
                "the .dbf is cut off: of the {records} records that its header states {whole} are there; get it again"
            ));
        }
        Ok(Self { records, header_length, record_length, language: head[29] })
    }
}

/// Counts the records of the .dbf beside a .shp that are marked as deleted, with `*` before them.
pub(super) fn count_deleted(shapes: &Path) -> io::Result<u64> {
    let path = shapes.with_extension("dbf");
    let table = Table::open(&path).map_err(io::Error::other)?;
    let mut records = BufReader::new(File::open(&path)?);
    records.seek_relative(table.header_length as i64)?;
    let (mut mark, mut count) = ([0], 0);
    for _ in 0..table.records {
        records.read_exact(&mut mark)?;
        count += u64::from(mark == *b"*");
        records.seek_relative(table.record_length as i64 - 1)?;
    }
    Ok(count)
}

/// Counts the shapes that stand whole in a .shp as far as its header says that it goes, by the lengths of their records in
/// 16-bit words.
fn count_shapes(path: &Path) -> io::Result<u64> {
    let file = File::open(path)?;
    let length = file.metadata()?.len();
    let (mut records, mut header) = (BufReader::new(file), [0; 100]);
    records.read_exact(&mut header)?;
    let stated = u64::from(u32::from_be_bytes([header[24], header[25], header[26], header[27]])) * 2;
    let length = length.min(stated);
    let (mut at, mut count) = (100, 0);
    let mut head = [0; 8];
    while at + 8 <= length {
        records.read_exact(&mut head)?;
        let content = u64::from(u32::from_be_bytes([head[4], head[5], head[6], head[7]])) * 2;
        at += 8 + content;
        if at > length {
            break;
        }
        count += 1;
        records.seek_relative(content as i64)?;
    }
    Ok(count)
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
    let mut opening = opening(&folder.path().join(format!("{name}.shp")), path, said, scratch)?;
    opening.staged.push(folder);
    Ok(opening)
}

/// What was said wins, then the .cpg, then the language driver of the .dbf (dBASE level 5 table of ids), then UTF-8.
fn text_encoding(
    said: Option<&'static Encoding>,
    label: Option<&str>,
    language: u8,
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
        0x4D => "gbk",
        0x4F => "big5",
        0x7A => "gbk",
        0x03 | 0x57 | 0x58 | 0x59 => "windows-1252",
        0xC9 => "windows-1251",
        0xC8 => "windows-1250",
        0x13 | 0x7B => "shift_jis",
        _ => return Ok(Texts::unstated()),
    };
    encoding::encoding(label).map(Texts::stated)
}
