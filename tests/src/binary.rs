//! Running programs, and the one under test.

use std::{
    ffi::OsStr,
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::OnceLock,
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::repository;

/// What a program did.
#[derive(Debug)]
pub struct Outcome {
    /// The exit code; `None` when a signal ended it.
    pub code: Option<i32>,
    /// Its standard output.
    pub stdout: String,
    /// Its standard error.
    pub stderr: String,
    /// Wall-clock time.
    pub elapsed: Duration,
    /// Peak resident memory in KiB, sampled every 10 ms (0 for a program that ended before the first sample).
    pub peak_kib: u64,
}

impl Outcome {
    /// This outcome, if the program exited with 0.
    ///
    /// # Panics
    /// With the program's own words if it did not.
    #[track_caller]
    #[expect(clippy::must_use_candidate, reason = "asserting is a use")]
    pub fn expect_done(self) -> Self {
        assert_eq!(self.code, Some(0), "stdout: {}\nstderr: {}", self.stdout, self.stderr);
        self
    }
}

/// The binary under test: `URBIS_BIN`, or what `cargo build -p urbis` makes now, so that a test never runs a stale one.
#[must_use]
pub fn urbis() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| std::env::var_os("URBIS_BIN").map_or_else(build, PathBuf::from))
}

fn build() -> PathBuf {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let output = Command::new(cargo)
        .args(["build", "--quiet", "-p", "urbis", "--bin", "urbis", "--message-format", "json-render-diagnostics"])
        .current_dir(repository())
        .stderr(Stdio::inherit())
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "urbis does not build");
    String::from_utf8_lossy(&output.stdout)
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .find_map(|message| message["executable"].as_str().map(PathBuf::from))
        .expect("cargo names the executable")
}

/// Runs a program to its end, in the given folder.
///
/// # Panics
/// If it cannot be started, or is not done after ten minutes.
#[track_caller]
pub fn run<I>(program: impl AsRef<OsStr>, arguments: I, folder: &Path) -> Outcome
where
    I: IntoIterator,
    I::Item: AsRef<OsStr>,
{
    // Files, not pipes: a talkative program cannot block on a reader that polls.
    let words = tempfile::tempdir().expect("a temporary folder");
    let (stdout, stderr) = (words.path().join("stdout"), words.path().join("stderr"));
    let started = Instant::now();
    let mut child = Command::new(program.as_ref())
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(File::create(&stdout).expect("a file"))
        .stderr(File::create(&stderr).expect("a file"))
        .spawn()
        .unwrap_or_else(|error| panic!("{:?}: {error}", program.as_ref()));
    let mut peak_kib = 0;
    let status = loop {
        peak_kib = peak_kib.max(resident_peak_kib(&child));
        if let Some(status) = child.try_wait().expect("a child can be waited for") {
            break status;
        }
        if started.elapsed() > Duration::from_secs(600) {
            child.kill().expect("a child can be killed");
            panic!("{:?} was not done after ten minutes", program.as_ref());
        }
        thread::sleep(Duration::from_millis(10));
    };
    let read = |path: &Path| String::from_utf8_lossy(&fs::read(path).expect("what was written can be read")).into_owned();
    Outcome { code: status.code(), stdout: read(&stdout), stderr: read(&stderr), elapsed: started.elapsed(), peak_kib }
}

/// The kernel's own high-water mark of a running child; 0 once it is gone.
pub(crate) fn resident_peak_kib(child: &Child) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    line.trim().trim_end_matches(" kB").parse().unwrap_or(0)
}
