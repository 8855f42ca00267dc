//! What could not run is said on the terminal and kept in `tests/artefacts/skipped.txt`, which `./run test` prints at its end.

use std::{
    fs,
    io::{self, Write},
    path::PathBuf,
    process::{Command, Stdio},
};

use crate::{artefacts, repository};

/// Says loudly that something was not tested, and why.
///
/// # Panics
/// If the note cannot be kept.
pub fn skip(what: &str, why: &str) {
    let line = format!("SKIPPED: {what}: {why}");
    say(&line);
    let mut file =
        fs::OpenOptions::new().append(true).create(true).open(artefacts().join("skipped.txt")).expect("the note can be kept");
    writeln!(file, "{line}").expect("the note can be kept");
}

/// A line for the person at the terminal, past the test runner's capture.
pub(crate) fn say(line: &str) {
    // A closed terminal is no reason to fail.
    let _ = writeln!(io::stderr(), "{line}");
}

/// A file of the large collection of real data (`URBIS_SHARED_DATA`, or `../shared/data`), which a clone alone does not have.
#[must_use]
pub fn shared_data(name: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("URBIS_SHARED_DATA").map_or_else(|| repository().join("../shared/data"), PathBuf::from);
    let file = folder.join(name);
    if file.exists() {
        return Some(file);
    }
    skip(name, "not in the data folder (URBIS_SHARED_DATA)");
    None
}

/// Whether a program is there; if not, says what goes untested.
#[must_use]
pub fn tool(program: &str, what: &str) -> bool {
    let found = Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok();
    if !found {
        skip(what, &format!("{program} is not installed"));
    }
    found
}
