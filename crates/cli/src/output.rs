//! Where results are written: stdout, or a file that is never the city.

use anyhow::{Context, Result, bail};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use urbis_store::Store;

/// Writes results to stdout. A reader that had enough (`urbis query … | head`) is no failure.
pub(crate) fn to_stdout(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<()> {
    let mut out = BufWriter::new(io::stdout().lock());
    match write(&mut out).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error).context("stdout can't be written"),
        _ => Ok(()),
    }
}

/// A file that takes its place only when it is whole: what was there before stays until then.
pub(crate) struct NewFile {
    pub(crate) path: PathBuf,
    file: tempfile::NamedTempFile,
}

impl NewFile {
    /// Begins a file at a path.
    ///
    /// # Errors
    /// When its folder can't be written.
    pub(crate) fn create(path: &Path) -> Result<Self> {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let file = tempfile::Builder::new().prefix(".urbis-").tempfile_in(folder);
        let file = file.with_context(|| format!("{} can't be written", path.display()))?;
        Ok(Self { path: path.to_owned(), file })
    }

    /// Writes it and puts it in its place.
    pub(crate) fn finish(mut self, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<()> {
        let failed = || format!("{} can't be written", self.path.display());
        let mut out = BufWriter::new(self.file.as_file_mut());
        write(&mut out).and_then(|()| out.flush()).with_context(failed)?;
        drop(out);
        // A temporary file is its owner's alone; a result is like any other new file.
        let readable = std::os::unix::fs::PermissionsExt::from_mode(0o644);
        self.file.as_file().set_permissions(readable).with_context(failed)?;
        let path = self.path.clone();
        self.file.persist(&path).map_err(|error| error.error).with_context(|| format!("{} can't be written", path.display()))?;
        Ok(())
    }
}

/// Refuses a path that is the city file, its write-ahead log or its lock.
pub(crate) fn refuse_city(path: &Path, store: &Store) -> Result<()> {
    if store.owns(path) {
        bail!("{} is the city itself; choose another file", path.display());
    }
    Ok(())
}
