//! GeoParquet 1.0 and 1.1 (OGC 23-056), and Parquet files whose column is of Parquet's own GEOMETRY type.
//!
//! GDAL as Debian builds it has no Parquet driver, so the columns are decoded by `parquet` of Apache Arrow, row group by
//! row group and page by page. Its decoder reserves what a page's header asks for; [`pages`] reads these headers first.

mod columns;
mod frame;
mod leaves;
mod pages;
mod pieces;

use crate::{error::IngestError, intake::Intake, privacy};
use columns::Column;
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

/// What a GeoParquet file says beside its features.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) frame: Frame,
    pub(crate) notes: Vec<String>,
}

/// Reads a file's features into the intake.
pub(crate) fn read(path: &Path, intake: &mut Intake, scratch: &Path) -> Result<Said, IngestError> {
    let file = File::open(path).map_err(|source| IngestError::Read { path: path.to_owned(), source })?;
    read_pieces(Pieces::new(file), path, intake, scratch)
}

/// The same of whatever holds the file's bytes.
pub(crate) fn read_pieces<R: ChunkReader + Clone + 'static>(
    pieces: R,
    path: &Path,
    intake: &mut Intake,
    scratch: &Path,
) -> Result<Said, IngestError> {
    let unopened = |detail: String| IngestError::Open { path: path.to_owned(), format: "GeoParquet", detail };
    let reader = guarded(|| SerializedFileReader::new(pieces.clone()))
        .map_err(|words| unopened(format!("{words}; the file was probably not copied or downloaded to the end")))?;
    let metadata = reader.metadata();
    let rows = metadata.row_groups().iter().map(|group| group.num_rows().max(0) as u64).fold(0, u64::saturating_add);
    if rows > pieces.len().saturating_mul(MAX_ROWS_PER_BYTE) {
        return Err(unopened(format!("it says that it has {rows} rows in {} bytes", pieces.len())));
    }
    let shapes = frame::Shapes::of(metadata.file_metadata()).map_err(unopened)?;
    let (leaves, notes) = leaves::learn(metadata.file_metadata().schema_descr(), &shapes, intake).map_err(unopened)?;
    let before = intake.rows();
    let mut wrong_texts = 0;
    for group in 0..metadata.num_row_groups() {
        let broken = |intake: &Intake, detail| IngestError::Cut { path: path.to_owned(), after: intake.rows() - before, detail };
        let mut rows = Rows::open(&reader, &pieces, group, &leaves).map_err(|detail| broken(intake, detail))?;
        while rows.decode().map_err(|detail| broken(intake, detail))? {
            rows.give(intake).map_err(|source| IngestError::Scratch { folder: scratch.to_owned(), source })?;
        }
        wrong_texts += rows.columns.iter().map(|column| column.wrong_texts).sum::<u64>();
    }
    let mut notes = [shapes.notes, notes].concat();
    if wrong_texts > 0 {
        notes.push(format!("{wrong_texts} texts are not UTF-8, which Parquet's are; their wrong bytes were replaced by U+FFFD"));
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
        let mut columns = Vec::with_capacity(leaves.len());
        for leaf in leaves {
            let about = |detail: String| format!("column {}: {detail}", privacy::quoted(&leaf.name));
            let chunk = metadata.columns().get(leaf.position).ok_or_else(|| about("a row group lacks it".to_owned()))?;
            let pages = pages::walk(pieces, chunk).map_err(about)?;
            let decoder = guarded(|| chunks.get_column_reader(leaf.position)).map_err(about)?;
            columns.push(Column::new(leaf, decoder, pages));
        }
        Ok(Self { columns, left, decoded: 0 })
    }

    /// Decodes the next rows of every column; false when there are none.
    ///
    /// Where pages are large, only as far as one of them ends: so of each column two large pages are held at most.
    fn decode(&mut self) -> Result<bool, String> {
        const MOST: u64 = 256;
        let to_page_end = self.columns.iter().filter_map(Column::rows_to_large_page_end).min().unwrap_or(MOST);
        self.decoded = self.left.min(MOST).min(to_page_end) as usize;
        self.left -= self.decoded as u64;
        for column in &mut self.columns {
            column.decode(self.decoded).map_err(|detail| format!("column {}: {detail}", privacy::quoted(&column.leaf.name)))?;
        }
        Ok(self.decoded > 0)
    }

    fn give(&mut self, intake: &mut Intake) -> std::io::Result<()> {
        for row in 0..self.decoded {
            intake.begin();
            for column in &mut self.columns {
                column.give(row, intake);
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
