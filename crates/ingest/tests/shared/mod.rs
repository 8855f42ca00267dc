//! The folder of real files that the project does not own.

use std::path::PathBuf;
use urbis_ingest::{Batch, ImportOptions, ImportReport, IngestError, ReadError, Source};

/// The folder: `URBIS_SHARED_DATA`, else `shared/data` beside the repository. None, said loudly, when there is none.
#[allow(dead_code, reason = "tests that make their own files do not need it")]
#[allow(clippy::print_stderr, reason = "a skipped test says so")]
pub(crate) fn folder() -> Option<PathBuf> {
    let beside = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    let folder = std::env::var_os("URBIS_SHARED_DATA").map_or_else(beside, PathBuf::from);
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("SKIPPED: {folder:?} is not there; set URBIS_SHARED_DATA to the folder of shared test data");
    None
}

/// Reads a source to its end; batches go to `on`.
pub(crate) fn read(options: &ImportOptions, mut on: impl FnMut(&Batch)) -> Result<ImportReport, IngestError> {
    let source = Source::open(options)?;
    let report = source.read(&mut |batch: Batch| {
        on(&batch);
        Ok::<(), std::convert::Infallible>(())
    });
    report.map_err(|error| match error {
        ReadError::Source(error) => error,
        ReadError::Receiver(never) => match never {},
    })
}
