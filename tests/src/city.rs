//! A city file in a folder of its own.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde_json::Value;
use tempfile::TempDir;

use crate::{Outcome, Server, run, urbis};

/// A city that only this test knows; its folder goes with it.
#[derive(Debug)]
pub struct City {
    folder: TempDir,
}

impl City {
    /// A folder without a city file yet.
    ///
    /// # Panics
    /// If there is no room for a temporary folder.
    #[must_use]
    pub fn empty() -> Self {
        Self { folder: tempfile::Builder::new().prefix("a city ").tempdir().expect("a temporary folder") }
    }

    /// The folder (its name has a space, as users' folders do).
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The city file.
    #[must_use]
    pub fn file(&self) -> PathBuf {
        self.folder().join("city.gpkg")
    }

    /// A file in the city's folder with this content.
    ///
    /// # Panics
    /// If it cannot be written.
    #[must_use]
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.folder().join(name);
        fs::write(&path, content).expect("a temporary file can be written");
        path
    }

    /// Runs `urbis` in the city's folder, where `city.gpkg` is the default.
    #[track_caller]
    pub fn urbis(&self, arguments: &[&str]) -> Outcome {
        run(urbis(), arguments, self.folder())
    }

    /// `urbis import FILE --layer LAYER …` with a report that [`City::report`] reads.
    #[track_caller]
    pub fn import(&self, file: &Path, layer: &str, more: &[&str]) -> Outcome {
        // A report of an earlier import must not be taken for this one's.
        let _ = fs::remove_file(self.folder().join("report.json"));
        let file = file.to_str().expect("test paths are UTF-8");
        self.urbis(&[&["import", file, "--layer", layer, "--report", "report.json"], more].concat())
    }

    /// The report of the last import.
    ///
    /// # Panics
    /// If there is none.
    #[must_use]
    #[track_caller]
    pub fn report(&self) -> Value {
        let text = fs::read(self.folder().join("report.json")).expect("the import wrote its report");
        serde_json::from_slice(&text).expect("the report is JSON")
    }

    /// The number that `urbis query LAYER … --format count` prints.
    ///
    /// # Panics
    /// If the command fails or prints something else.
    #[must_use]
    #[track_caller]
    pub fn count(&self, layer: &str, more: &[&str]) -> u64 {
        let outcome = self.urbis(&[&["query", layer, "--format", "count"], more].concat()).expect_done();
        outcome.stdout.trim().parse().unwrap_or_else(|_| panic!("a bare number, not {:?}", outcome.stdout))
    }

    /// Serves the city.
    #[must_use]
    #[track_caller]
    pub fn serve(&self) -> Server {
        Server::start(self.folder(), &["serve", "--city", "city.gpkg", "--listen", "127.0.0.1:0"])
    }
}
