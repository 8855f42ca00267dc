//! `urbis serve` as a child of the test.

use std::{
    io::{BufRead, BufReader},
    net::SocketAddr,
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::{
    binary::{resident_peak_kib, urbis},
    http::{self, Response},
};

/// A running server; dropping it kills it.
#[derive(Debug)]
pub struct Server {
    child: Child,
    address: SocketAddr,
    // Kept open: a server whose standard output is a closed pipe could die of its own log.
    _stdout: BufReader<std::process::ChildStdout>,
}

impl Server {
    /// Starts `urbis` with these arguments and reads its address from the first line it prints.
    ///
    /// # Panics
    /// If there is no address on the first line.
    #[must_use]
    #[track_caller]
    pub fn start(folder: &Path, arguments: &[&str]) -> Self {
        let mut child = Command::new(urbis())
            .args(arguments)
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("urbis starts");
        let mut stdout = BufReader::new(child.stdout.take().expect("it is piped"));
        let mut line = String::new();
        stdout.read_line(&mut line).expect("its output can be read");
        let address = line
            .split_once("http://")
            .and_then(|(_, rest)| rest.split(|c: char| c == '/' || c.is_whitespace()).next())
            .and_then(|address| address.parse().ok());
        let Some(address) = address else {
            let status = child.wait();
            panic!("no address on the first line {line:?} ({status:?})");
        };
        Self { child, address, _stdout: stdout }
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The absolute form of a path.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// The answer to a GET.
    #[track_caller]
    pub fn get(&self, path: &str) -> Response {
        http::get(self.address, path, &[])
    }

    /// The answer to a GET with headers.
    #[track_caller]
    pub fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> Response {
        http::get(self.address, path, headers)
    }

    /// The JSON body of a GET that must answer 200.
    ///
    /// # Panics
    /// If it does not.
    #[must_use]
    #[track_caller]
    pub fn json(&self, path: &str) -> Value {
        let response = self.get(path);
        assert_eq!(response.status, 200, "{path}: {}", response.text());
        response.json()
    }

    /// The catalogue's entry of a layer, if it is there.
    #[must_use]
    #[track_caller]
    pub fn layer(&self, name: &str) -> Option<Value> {
        let catalog = self.json("/catalog");
        catalog["layers"].as_array().expect("layers is a list").iter().find(|layer| layer["name"] == name).cloned()
    }

    /// Asks until the answer is yes; false after the given time.
    pub fn within(&self, limit: Duration, mut question: impl FnMut(&Self) -> bool) -> bool {
        let started = Instant::now();
        loop {
            if question(self) {
                return true;
            }
            if started.elapsed() > limit {
                return false;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Peak resident memory so far, in KiB.
    #[must_use]
    pub fn peak_kib(&self) -> u64 {
        resident_peak_kib(&self.child)
    }

    /// Whether the process still lives.
    #[must_use]
    pub fn alive(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Asks it to stop as a service manager would, and gives its exit code if it went within ten seconds.
    ///
    /// # Panics
    /// If no signal can be sent.
    pub fn stop(&mut self) -> Option<i32> {
        let killed = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().expect("kill runs");
        assert!(killed.success(), "it was gone already");
        for _ in 0..200 {
            if let Ok(Some(status)) = self.child.try_wait() {
                return status.code();
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        None
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
