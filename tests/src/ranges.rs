//! Another server that has one file, as archives are fetched from: byte ranges, entity tags, and ways to fail.

use std::{
    io::{BufRead, BufReader, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex, MutexGuard},
    thread,
};

/// How it answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// With the range that was asked for (RFC 9110, section 14).
    Ranges,
    /// With the whole file, whatever was asked for.
    Whole,
    /// With a range, but never looking at `If-Match`.
    Careless,
    /// With fewer bytes than it says.
    Short,
    /// With this status.
    Status(u16),
    /// Not at all: the connection is closed.
    Silent,
}

/// The file and its manner, which a test may change, and what was asked so far.
#[derive(Debug)]
pub struct Shelf {
    /// The file.
    pub bytes: Vec<u8>,
    /// Its entity tag.
    pub tag: &'static str,
    /// How the server answers.
    pub manner: Manner,
    /// First and last byte of each range that was asked for.
    pub asked: Vec<(usize, usize)>,
}

/// A server of one file on a free port; it ends with the test's process.
#[derive(Debug, Clone)]
pub struct RangeServer {
    address: SocketAddr,
    shelf: Arc<Mutex<Shelf>>,
}

impl RangeServer {
    /// Serves these bytes.
    ///
    /// # Panics
    /// If no port is free.
    #[must_use]
    pub fn start(bytes: Vec<u8>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("its address");
        let shelf = Arc::new(Mutex::new(Shelf { bytes, tag: "\"1\"", manner: Manner::Ranges, asked: Vec::new() }));
        let served = shelf.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let served = served.clone();
                // Whoever hangs up has what it wanted.
                thread::spawn(move || while answer(&stream, &served).is_some() {});
            }
        });
        Self { address, shelf }
    }

    /// The file's address.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}/city.pmtiles", self.address)
    }

    /// What it has, to look at and to change.
    ///
    /// # Panics
    /// If a test that holds it panicked.
    pub fn shelf(&self) -> MutexGuard<'_, Shelf> {
        self.shelf.lock().expect("nobody panics with it")
    }
}

/// Reads one request and answers it; none at the end of the connection.
fn answer(mut stream: &TcpStream, shelf: &Mutex<Shelf>) -> Option<()> {
    let mut reader = BufReader::new(stream);
    let (mut range, mut condition, mut line) = (None, None, String::new());
    loop {
        line.clear();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let Some((name, value)) = line.trim_end().split_once(": ") else {
            if line == "\r\n" {
                break;
            }
            continue;
        };
        match name.to_ascii_lowercase().as_str() {
            "range" => {
                range = value
                    .strip_prefix("bytes=")
                    .and_then(|range| range.split_once('-'))
                    .map(|(a, b)| (a.parse().ok(), b.parse().ok()))
            }
            "if-match" => condition = Some(value.to_owned()),
            _ => {}
        }
    }
    let mut shelf = shelf.lock().ok()?;
    let (Some(first), Some(last)) = range? else { return None };
    let (first, last): (usize, usize) = (first, last);
    shelf.asked.push((first, last));
    let Shelf { bytes, tag, manner, .. } = &*shelf;
    let head = |status: u16, length: usize, more: &str| {
        format!("HTTP/1.1 {status} .\r\nContent-Length: {length}\r\nETag: {tag}\r\n{more}\r\n")
    };
    let is_other = condition.is_some_and(|condition| condition != *tag);
    let (head, body): (String, &[u8]) = match manner {
        Manner::Silent => return None,
        Manner::Status(status) => (head(*status, 0, ""), &[]),
        Manner::Whole => (head(200, bytes.len(), ""), bytes),
        Manner::Ranges | Manner::Short if is_other => (head(412, 0, ""), &[]),
        _ if first >= bytes.len() => (head(416, 0, ""), &[]),
        _ => {
            let end = (last + 1).min(bytes.len());
            let range = format!("Content-Range: bytes {first}-{}/{}\r\n", end - 1, bytes.len());
            let missing = usize::from(*manner == Manner::Short);
            (head(206, end - first - missing, &range), &bytes[first..end - missing])
        }
    };
    stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body)).ok()
}
