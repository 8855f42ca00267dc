//! What an import did, to the last feature.

use crate::{frame::FrameReport, privacy};
use serde::{Deserialize, Serialize};
use std::{
    fs::File,
    io::{self, BufRead, BufReader, BufWriter, Seek, Write},
    path::Path,
};

/// What an import did with every feature: `read` = `imported` + `repaired` + `quarantined` + `refused`.
#[derive(Debug)]
pub struct ImportReport {
    /// Features in the source.
    pub read: u64,
    /// Taken as they were.
    pub imported: u64,
    /// Taken after a repair.
    pub repaired: u64,
    /// Kept in the quarantine layer.
    pub quarantined: u64,
    /// Not kept: no shape that can be held, or past a limit.
    pub refused: u64,
    /// Formats of the files.
    pub format: String,
    /// The frame and how it was converted.
    pub frame: FrameReport,
    /// What else there is to know: dropped and masked columns, renamed ones, missing companions.
    pub notes: Vec<String>,
    /// Headers of the columns that were dropped for privacy.
    pub dropped_columns: Vec<String>,
    /// One JSON object a line for each feature that is not plainly imported, on disk, however many there are.
    rows: File,
}

/// What became of a feature that was not plainly imported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RowOutcome {
    /// Taken after a repair.
    Repaired,
    /// Kept in the quarantine layer.
    Quarantined,
    /// Not kept.
    Refused,
}

/// One feature that was not plainly imported.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportRow {
    /// Its place in the source, from 1 (of several files: counted through).
    pub row: u64,
    /// Its key in the source, where it has one.
    pub id: Option<String>,
    /// What became of it.
    pub outcome: RowOutcome,
    /// Why.
    pub reason: String,
}

#[derive(Serialize)]
struct Head<'a> {
    read: u64,
    imported: u64,
    repaired: u64,
    quarantined: u64,
    refused: u64,
    format: &'a str,
    crs: &'a str,
    operation: &'a str,
    accuracy_m: Option<f64>,
    warnings: &'a [String],
    notes: &'a [String],
    dropped_columns: &'a [String],
}

impl ImportReport {
    /// The features that were not plainly imported, in order, from disk.
    ///
    /// # Errors
    /// When the spill file can't be read.
    pub fn rows(&self) -> io::Result<impl Iterator<Item = io::Result<ReportRow>>> {
        Ok(self.lines()?.map(|line| serde_json::from_str(&line?).map_err(io::Error::from)))
    }

    /// The same as JSON.
    fn lines(&self) -> io::Result<impl Iterator<Item = io::Result<String>>> {
        let mut file = self.rows.try_clone()?;
        file.rewind()?;
        Ok(BufReader::new(file).lines())
    }

    /// Writes the report as one JSON object (design: `read`, `imported`, `repaired`, `quarantined`, `refused`, `rows`).
    ///
    /// # Errors
    /// When it can't be written.
    pub fn write_json(&self, out: impl Write) -> io::Result<()> {
        self.write_json_within(out, u64::MAX)
    }

    /// The first feature that was not taken; none where all were.
    ///
    /// # Errors
    /// When the rows can't be read.
    pub fn first_left_out(&self) -> io::Result<Option<ReportRow>> {
        self.rows()?.find(|row| row.as_ref().map_or(true, |row| row.outcome != RowOutcome::Repaired)).transpose()
    }

    /// The same with the first rows only, as many as take so many bytes: for where a report must not grow with the
    /// file. `rows_left_out` says how many are missing; the counts are those of all features.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn write_json_within(&self, mut out: impl Write, max_row_bytes: u64) -> io::Result<()> {
        let head = Head {
            read: self.read,
            imported: self.imported,
            repaired: self.repaired,
            quarantined: self.quarantined,
            refused: self.refused,
            format: &self.format,
            crs: &self.frame.crs,
            operation: &self.frame.operation,
            accuracy_m: self.frame.accuracy_m,
            warnings: &self.frame.warnings,
            notes: &self.notes,
            dropped_columns: &self.dropped_columns,
        };
        let head = serde_json::to_string(&head)?;
        // The rows are spliced in before the closing brace, so that they never stand in memory together.
        write!(out, "{},\"rows\":[", &head[..head.len() - 1])?;
        let mut room = max_row_bytes;
        let mut rows_left_out = self.repaired + self.quarantined + self.refused;
        for (index, row) in self.lines()?.enumerate() {
            let row = row?;
            let Some(rest) = room.checked_sub(row.len() as u64) else { break };
            room = rest;
            rows_left_out -= 1;
            if index > 0 {
                out.write_all(b",")?;
            }
            out.write_all(row.as_bytes())?;
        }
        writeln!(out, "],\"rows_left_out\":{rows_left_out}}}")
    }

    /// Writes the report for a person; of the single features the first 20.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn write_table(&self, mut out: impl Write) -> io::Result<()> {
        const SHOWN: usize = 20;
        for (label, count) in [
            ("read", self.read),
            ("imported", self.imported),
            ("repaired", self.repaired),
            ("quarantined", self.quarantined),
            ("refused", self.refused),
        ] {
            writeln!(out, "{label:<12}{count:>12}")?;
        }
        writeln!(out, "{:<12}{}", "format", self.format)?;
        writeln!(out, "{:<12}{}", "crs", self.frame.crs)?;
        let accuracy =
            self.frame.accuracy_m.map_or("accuracy not stated".to_owned(), |accuracy_m| format!("accuracy {accuracy_m} m"));
        writeln!(out, "{:<12}{} ({accuracy})", "operation", self.frame.operation)?;
        for warning in &self.frame.warnings {
            writeln!(out, "{:<12}{warning}", "warning")?;
        }
        for note in &self.notes {
            writeln!(out, "{:<12}{note}", "note")?;
        }
        let total = self.repaired + self.quarantined + self.refused;
        if total == 0 {
            return Ok(());
        }
        writeln!(out, "\n{:>10}  {:<20}  {:<11}  reason", "row", "id", "outcome")?;
        for row in self.rows()?.take(SHOWN) {
            let ReportRow { row, id, outcome, reason } = row?;
            let outcome = match outcome {
                RowOutcome::Repaired => "repaired",
                RowOutcome::Quarantined => "quarantined",
                RowOutcome::Refused => "refused",
            };
            writeln!(out, "{row:>10}  {:<20}  {outcome:<11}  {reason}", id.unwrap_or_default())?;
        }
        if total > SHOWN as u64 {
            writeln!(out, "… and {} more; --report FILE has them all", total - SHOWN as u64)?;
        }
        Ok(())
    }
}

/// Counts outcomes and spills rows while features pass.
#[derive(Debug)]
pub(crate) struct ReportWriter {
    pub(crate) read: u64,
    imported: u64,
    repaired: u64,
    quarantined: u64,
    refused: u64,
    rows: BufWriter<File>,
}

impl ReportWriter {
    pub(crate) fn new(scratch: &Path) -> io::Result<Self> {
        let rows = BufWriter::new(tempfile::tempfile_in(scratch)?);
        Ok(Self { read: 0, imported: 0, repaired: 0, quarantined: 0, refused: 0, rows })
    }

    /// Counts a feature that was taken as it was.
    pub(crate) fn imported(&mut self) {
        self.read += 1;
        self.imported += 1;
    }

    /// Counts another, and keeps why.
    ///
    /// What is said here goes into the city: personal numbers in it are masked, whoever quoted them.
    pub(crate) fn other(&mut self, row: u64, id: Option<&str>, outcome: RowOutcome, reason: &str) -> io::Result<()> {
        self.read += 1;
        match outcome {
            RowOutcome::Repaired => self.repaired += 1,
            RowOutcome::Quarantined => self.quarantined += 1,
            RowOutcome::Refused => self.refused += 1,
        }
        let reason = privacy::scrubbed(reason.to_owned());
        serde_json::to_writer(&mut self.rows, &ReportRow { row, id: id.map(str::to_owned), outcome, reason })?;
        self.rows.write_all(b"\n")
    }

    pub(crate) fn finish(
        self,
        format: String,
        frame: FrameReport,
        notes: Vec<String>,
        dropped_columns: Vec<String>,
    ) -> io::Result<ImportReport> {
        let Self { read, imported, repaired, quarantined, refused, rows } = self;
        let rows = rows.into_inner().map_err(io::IntoInnerError::into_error)?;
        let scrubbed = |texts: Vec<String>| texts.into_iter().map(privacy::scrubbed).collect();
        let (notes, dropped_columns) = (scrubbed(notes), scrubbed(dropped_columns));
        Ok(ImportReport { read, imported, repaired, quarantined, refused, format, frame, notes, dropped_columns, rows })
    }
}
