//! Where results are written: stdout, a device or pipe, or a file that is never an input or the city.

use anyhow::{Context, Result, bail};
use std::fs::{self, File, Metadata, OpenOptions, Permissions};
use std::io::{self, BufWriter, Write};
use std::os::fd::AsFd;
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use urbis_store::Store;

/// How many symbolic links are followed one after the other, as Linux does; a ring of links ends there.
const MAX_LINKS: usize = 40;

/// What a Shapefile consists of: whoever reads one reads all.
const SHAPEFILE_PARTS: [&str; 5] = ["shp", "shx", "dbf", "prj", "cpg"];

/// Writes results to stdout. A reader that had enough (`urbis query … | head`) is no failure.
pub(crate) fn to_stdout(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<()> {
    into(io::stdout().lock(), write).context("stdout can't be written")
}

fn into(file: impl Write, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let mut out = BufWriter::new(file);
    match write(&mut out).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written,
    }
}

/// Where one result goes.
pub(crate) struct Target {
    path: PathBuf,
    place: Place,
}

enum Place {
    /// Stdout, by whatever name.
    Stdout,
    /// What takes bytes as they come: a device, a pipe, stderr.
    Stream(File),
    /// A file that takes its place only when it is whole: what was there before stays until then.
    File { unfinished: tempfile::NamedTempFile, place: PathBuf, permissions: Permissions },
}

impl Target {
    /// Opens a place to write to: `-` is stdout, a device or pipe is written as it is, a link is followed to the file that it
    /// leads to. What is written is not read: a file that is one of `inputs`, by whatever name or link, is refused.
    ///
    /// # Errors
    /// When nothing can be written there.
    pub(crate) fn open(path: &Path, inputs: &[&Path]) -> Result<Self> {
        let failed = || format!("{} can't be written", path.display());
        let target = |place| Ok(Self { path: path.to_owned(), place });
        if path == Path::new("-") {
            return target(Place::Stdout);
        }
        let there = match fs::metadata(path) {
            Ok(there) => Some(there),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(error).with_context(failed),
        };
        if let Some(there) = &there {
            // A name of stdout or stderr: opened anew, a file behind it would be written from its beginning.
            if is_same_as(there, io::stdout())? {
                return target(Place::Stdout);
            }
            if is_same_as(there, io::stderr())? {
                let stderr = io::stderr().as_fd().try_clone_to_owned().with_context(failed)?;
                return target(Place::Stream(stderr.into()));
            }
            let kind = there.file_type();
            if kind.is_dir() {
                bail!("{} is a folder; name a file in it", path.display());
            }
            if kind.is_block_device() {
                bail!("{} is a disk; name a file", path.display());
            }
            if !kind.is_file() {
                return target(Place::Stream(OpenOptions::new().write(true).open(path).with_context(failed)?));
            }
        }
        let place = behind_links(path).with_context(failed)?;
        for input in inputs {
            if is_read_with(input, &place, there.as_ref()) {
                bail!("{} is read and can't be written; choose another file", path.display());
            }
        }
        let unfinished = tempfile::Builder::new().prefix(".urbis-").tempfile_in(folder_of(&place)).with_context(failed)?;
        // A temporary file is its owner's alone; a result is like any other file, or as what was there.
        let permissions = there.map_or(Permissions::from_mode(0o644), |there| there.permissions());
        target(Place::File { unfinished, place, permissions })
    }

    /// Whether this is stdout.
    pub(crate) fn is_stdout(&self) -> bool {
        matches!(self.place, Place::Stdout)
    }

    /// Refuses a file that is the city, its write-ahead log or its lock.
    pub(crate) fn refuse_city(&self, store: &Store) -> Result<()> {
        match &self.place {
            Place::File { place, .. } => refuse_city(place, store),
            Place::Stdout | Place::Stream(_) => Ok(()),
        }
    }

    /// Writes the result, and puts a file in its place.
    pub(crate) fn write(self, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<()> {
        let failed = || format!("{} can't be written", self.path.display());
        match self.place {
            Place::Stdout => to_stdout(write),
            Place::Stream(file) => into(file, write).with_context(failed),
            Place::File { mut unfinished, place, permissions } => {
                let mut out = BufWriter::new(unfinished.as_file_mut());
                write(&mut out).and_then(|()| out.flush()).with_context(failed)?;
                drop(out);
                unfinished.as_file().set_permissions(permissions).with_context(failed)?;
                unfinished.persist(place).map_err(|error| error.error).with_context(failed)?;
                Ok(())
            }
        }
    }
}

/// Refuses a path that is the city file, its write-ahead log or its lock.
pub(crate) fn refuse_city(path: &Path, store: &Store) -> Result<()> {
    if store.owns(path) {
        bail!("{} is the city itself; choose another file", path.display());
    }
    Ok(())
}

/// Whether two files are one, however they are spelled or linked.
pub(crate) fn is_same(one: &Metadata, other: &Metadata) -> bool {
    (one.dev(), one.ino()) == (other.dev(), other.ino())
}

/// Where a path leads: a link followed, also one that leads to no file yet.
pub(crate) fn behind_links(path: &Path) -> io::Result<PathBuf> {
    let mut place = path.to_owned();
    for _ in 0..MAX_LINKS {
        match fs::read_link(&place) {
            // A link's target is seen from the link's folder.
            Ok(target) => place = folder_of(&place).join(target),
            Err(_) => return Ok(place),
        }
    }
    Err(io::Error::other("its links lead in a ring"))
}

/// The folder that a file lies in.
pub(crate) fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn is_same_as(there: &Metadata, stream: impl AsFd) -> Result<bool> {
    // A stream that is closed is no file at all.
    let Ok(stream) = stream.as_fd().try_clone_to_owned() else { return Ok(false) };
    let stream = File::from(stream).metadata().context("stdout or stderr can't be looked at")?;
    Ok(is_same(there, &stream))
}

/// Whether what is written at a place would be read with an input: it is that file, or another file of that Shapefile.
fn is_read_with(input: &Path, place: &Path, there: Option<&Metadata>) -> bool {
    let is_one = |input: &Path| there.is_some_and(|there| fs::metadata(input).is_ok_and(|input| is_same(there, &input)));
    let extension = |path: &Path| path.extension().map(|extension| extension.to_string_lossy().to_ascii_lowercase());
    let is_part = |path: &Path| extension(path).is_some_and(|extension| SHAPEFILE_PARTS.contains(&extension.as_str()));
    let is_beside = |input: &Path| {
        let same_folder = match (fs::canonicalize(folder_of(input)), fs::canonicalize(folder_of(place))) {
            (Ok(one), Ok(other)) => one == other,
            _ => false,
        };
        same_folder && input.file_stem() == place.file_stem()
    };
    // Parts are read beside a link, or else beside what it leads to.
    let is_beside_any = || is_beside(input) || fs::canonicalize(input).is_ok_and(|input| is_beside(&input));
    is_one(input) || (is_part(input) && is_part(place) && is_beside_any())
}

#[cfg(test)]
mod tests;
