//! GeoParquet 1.0 and 1.1 (OGC 23-056), and Parquet files whose column is of Parquet's own GEOMETRY type.
//!
//! GDAL as Debian builds it has no Parquet driver, so the columns are decoded by `parquet` of Apache Arrow, row group by
//! row group and page by page. Its decoder reserves what a page's header and the directory ask for, and recurses by their
//! word; [`pages`] and [`directory`] look them through first.

mod columns;
mod directory;
mod frame;
mod leaves;
mod pages;
mod pieces;
mod thrift;

use crate::{encoding, error::IngestError, intake::Intake, privacy};
use columns::{Column, Told};
use encoding_rs::Encoding;
pub(crate) use frame::Frame;
use leaves::Leaf;
use parquet::{
    errors::ParquetError,
    file::reader::{ChunkReader, FileReader, SerializedFileReader},
};
use pieces::Pieces;
use std::{
    fs::File,
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
};

/// No file of shapes has more: run lengths can pack millions of empty rows into a byte, and each is a feature to report.
const MAX_ROWS_PER_BYTE: u64 = 16;
/// The most bytes that the columns of a row group take while they are decoded side by side; the rest of an import's 500 MB
/// is for what is made of them.
const MAX_HELD_BYTES: u64 = 384 << 20;
/// How many times a file's bytes its values may take on disk, and how much any file's may: a dictionary says a value once for
/// many rows.
const MAX_SPILLED_PER_BYTE: u64 = 1_000;
const LEAST_SPILLED_BYTES: u64 = 1 << 30;

/// What a GeoParquet file says beside its features.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) frame: Frame,
    pub(crate) notes: Vec<String>,
}

/// Reads a file's features into the intake.
pub(crate) fn read(
    path: &Path,
    encoding: Option<&'static Encoding>,
    intake: &mut Intake,
    scratch: &Path,
) -> Result<Said, IngestError> {
    let file = File::open(path).map_err(|source| IngestError::Read { path: path.to_owned(), source })?;
    read_pieces(Pieces::new(file), path, encoding, intake, scratch)
}

/// The same of whatever holds the file's bytes.
pub(crate) fn read_pieces<R: ChunkReader + Clone + 'static>(
    pieces: R,
    path: &Path,
    encoding: Option<&'static Encoding>,
    intake: &mut Intake,
    scratch: &Path,
) -> Result<Said, IngestError> {
    let unopened = |detail: String| IngestError::Open { path: path.to_owned(), format: "GeoParquet", detail };
    let reader = directory::check(&pieces).and_then(|()| guarded(|| SerializedFileReader::new(pieces.clone())));
    let reader = reader.map_err(|words| {
        unopened(format!("{words}; where it should be sound, it was probably not copied or downloaded to the end"))
    })?;
    let metadata = reader.metadata();
    let rows = metadata.row_groups().iter().map(|group| group.num_rows().max(0) as u64).fold(0, u64::saturating_add);
    if rows > pieces.len().saturating_mul(MAX_ROWS_PER_BYTE) {
        return Err(unopened(format!("it says that it has {rows} rows in {} bytes", pieces.len())));
    }
    let shapes = frame::Shapes::of(metadata.file_metadata()).map_err(unopened)?;
    let (leaves, notes) = leaves::learn(metadata.file_metadata().schema_descr(), &shapes, intake).map_err(unopened)?;
    let before = intake.rows();
    let most_bytes = pieces.len().saturating_mul(MAX_SPILLED_PER_BYTE).max(LEAST_SPILLED_BYTES);
    let mut told = Told::new(encoding, most_bytes);
    for group in 0..metadata.num_row_groups() {
        let broken = |intake: &Intake, detail| IngestError::Cut { path: path.to_owned(), after: intake.rows() - before, detail };
        let mut rows = Rows::open(&reader, &pieces, group, &leaves).map_err(unopened)?;
        while rows.decode().map_err(|detail| broken(intake, detail))? {
            rows.give(&mut told, intake).map_err(|source| IngestError::Scratch { folder: scratch.to_owned(), source })?;
            if told.bytes > told.most_bytes {
                return Err(unopened(format!("its values take over {} MB once they are unpacked", told.most_bytes / 1_000_000)));
            }
        }
    }
    let mut notes = [shapes.notes, notes].concat();
    if told.wrong_texts > 0 {
        notes.push(encoding::wrong_bytes(path, encoding.is_some())?);
    }
    if told.far_times > 0 {
        notes.push(format!("{} times outside the years 0 to 9999 were left empty", told.far_times));
    }
    Ok(Said { frame: shapes.frame, notes })
}

/// The rows of a row group, from columns that are decoded side by side.
struct Rows<'a> {
    columns: Vec<Column<'a>>,
    left: u64,
    /// How many are decoded now.
    decoded: usize,
}

impl<'a> Rows<'a> {
    fn open<R: ChunkReader + 'static>(
        reader: &SerializedFileReader<R>,
        pieces: &R,
        group: usize,
        leaves: &'a [Leaf],
    ) -> Result<Self, String> {
        let metadata = reader.metadata().row_group(group);
        let left = u64::try_from(metadata.num_rows()).map_err(|_| "a row group has a negative number of rows".to_owned())?;
        let chunks = guarded(|| reader.get_row_group(group))?;
        let (mut columns, mut held_bytes) = (Vec::with_capacity(leaves.len()), 0);
        for leaf in leaves {
            let about = |detail: String| format!("column {}: {detail}", privacy::quoted(&leaf.name));
            let chunk = metadata.columns().get(leaf.position).ok_or_else(|| about("a row group lacks it".to_owned()))?;
            let walked = pages::walk(pieces, chunk).map_err(about)?;
            held_bytes += walked.held_bytes;
            if held_bytes > MAX_HELD_BYTES {
                let most = MAX_HELD_BYTES >> 20;
                return Err(format!(
                    "the pages of its columns take over {most} MiB side by side; write the file again in smaller pages or row groups"
                ));
            }
            let decoder = guarded(|| chunks.get_column_reader(leaf.position)).map_err(about)?;
            columns.push(Column::new(leaf, decoder, walked));
        }
        Ok(Self { columns, left, decoded: 0 })
    }

    /// Decodes the next rows of every column; false when there are none.
    ///
    /// As many as are bounded in what they take, see [`Column::most_rows`].
    fn decode(&mut self) -> Result<bool, String> {
        let most = self.columns.iter().map(Column::most_rows).min().unwrap_or(0);
        self.decoded = self.left.min(most) as usize;
        self.left -= self.decoded as u64;
        for column in &mut self.columns {
            column.decode(self.decoded).map_err(|detail| format!("column {}: {detail}", privacy::quoted(&column.leaf.name)))?;
        }
        Ok(self.decoded > 0)
    }

    /// Gives the decoded rows to the intake, up to the most bytes.
    fn give(&mut self, told: &mut Told, intake: &mut Intake) -> std::io::Result<()> {
        for row in 0..self.decoded {
            if told.bytes > told.most_bytes {
                break;
            }
            intake.begin();
            for column in &mut self.columns {
                column.give(row, told, intake);
            }
            intake.end()?;
        }
        Ok(())
    }
}

/// Calls the decoder, which panics on some damaged bytes; gives its own words, without the kind of its error before them.
fn guarded<T>(call: impl FnOnce() -> Result<T, ParquetError>) -> Result<T, String> {
    match catch_unwind(AssertUnwindSafe(call)) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(ParquetError::General(words) | ParquetError::EOF(words) | ParquetError::NYI(words))) => Err(words),
        Ok(Err(other)) => Err(other.to_string()),
        Err(_) => Err("bytes that make no sense".to_owned()),
    }
}

#[cfg(test)]
mod tests;
