//! Programs by others whose answers count, behind small scripts in `tests/oracles/`. Each takes JSON on standard input or file names as
//! arguments and prints one JSON value.

use std::{
    ffi::OsStr,
    io::Write,
    path::PathBuf,
    process::{Command, Stdio},
};

use serde_json::Value;

use crate::{repository, skip};

/// Runs `tests/oracles/SCRIPT.py` (shapely, pyogrio, mapbox-vector-tile); `None`, said loudly, where these are not installed.
#[must_use]
#[track_caller]
pub fn python(script: &str, arguments: &[&OsStr], input: &Value) -> Option<Value> {
    let default = repository().join(".cache/oracles/bin/python");
    let python = std::env::var_os("URBIS_PYTHON").map_or(default, PathBuf::from);
    if !python.exists() {
        skip(script, "no Python oracles (./run test installs them)");
        return None;
    }
    Some(answer(Command::new(python).arg(script_path(script, "py")).args(arguments), input))
}

/// Runs `tests/oracles/SCRIPT.mjs` (Mapbox's decoder, a real browser); `None`, said loudly, where these are not installed.
#[must_use]
#[track_caller]
pub fn node(script: &str, arguments: &[&OsStr], input: &Value) -> Option<Value> {
    if !repository().join("tests/node_modules/playwright-core").exists() {
        skip(script, "no Node oracles (./run test installs them)");
        return None;
    }
    Some(answer(Command::new("node").arg(script_path(script, "mjs")).args(arguments), input))
}

fn script_path(script: &str, extension: &str) -> PathBuf {
    repository().join("tests/oracles").join(script).with_extension(extension)
}

#[track_caller]
fn answer(command: &mut Command, input: &Value) -> Value {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    // A script that reads no input closes its end early.
    let _ = child.stdin.take().expect("it is piped").write_all(input.to_string().as_bytes());
    let output = child.wait_with_output().expect("a child can be waited for");
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{command:?}: {error}"))
}
