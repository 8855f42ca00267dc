//! Where an archive's bytes are: in a file, or behind HTTP range requests (RFC 9110, section 14).

use crate::error::ApiError;
use std::fmt;
use std::fs::File;
use std::hash::{Hash, Hasher};
use std::io::{self, Read};
use std::ops::Range;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};
use thiserror::Error;
use urbis_tiles::archive::RangeRead;
use ureq::Agent;
use ureq::http::{HeaderMap, StatusCode, header};

/// The first bytes of an archive elsewhere, which are kept: its header and root directory, the part that PMTiles 3 asks
/// writers to keep within so many.
const HEAD_BYTES: u64 = 16_384;
/// The longest that a request to another server takes, from the look-up of its name to the last byte.
const TIMEOUT: Duration = Duration::from_secs(5);
/// A server that did not answer is left alone for so long; meanwhile workers would only wait for it.
pub(super) const REST: Duration = Duration::from_secs(5);

/// Where an archive is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ArchivePlace {
    /// A PMTiles or MBTiles file.
    File(PathBuf),
    /// The address of a PMTiles file on a server that answers range requests.
    Url(String),
}

impl ArchivePlace {
    /// From a path, or from an address that begins with `http://`.
    ///
    /// # Errors
    /// Words, when it is an address of another kind.
    pub fn parse(text: &str) -> Result<Self, String> {
        match text.split_once("://") {
            Some(("http", _)) => Ok(Self::Url(text.to_owned())),
            Some((scheme, _)) => Err(format!(
                "{text:?} is an address of kind {scheme}, and urbis asks over http only: it has no TLS, so put a proxy between"
            )),
            None => Ok(Self::File(text.into())),
        }
    }
}

impl fmt::Display for ArchivePlace {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(out, "{path:?}"),
            Self::Url(url) => out.write_str(url),
        }
    }
}

/// Why bytes of another server could not be had. Nothing of ours is broken.
#[derive(Clone, Debug, Error)]
pub(crate) enum Elsewhere {
    #[error("the archive's server does not answer: {0}")]
    Silent(String),
    #[error("the archive's server answers {0}")]
    Status(StatusCode),
    #[error("the archive's server takes no range requests")]
    NoRanges,
    #[error("the archive's server answers with other bytes than it was asked for")]
    OtherBytes,
    #[error("the archive was replaced on its server; it is opened anew")]
    Replaced,
}

impl Elsewhere {
    /// What a client is told: to come again, where that may help.
    pub(super) fn told(&self) -> ApiError {
        let status = match self {
            Self::Silent(_) | Self::Replaced => StatusCode::SERVICE_UNAVAILABLE,
            Self::Status(_) | Self::NoRanges | Self::OtherBytes => StatusCode::BAD_GATEWAY,
        };
        ApiError::status(status, self.to_string())
    }

    /// Out of an error that a reader of ranges gave.
    pub(crate) fn of(error: &io::Error) -> Option<&Self> {
        error.get_ref()?.downcast_ref()
    }
}

impl From<Elsewhere> for io::Error {
    fn from(error: Elsewhere) -> Self {
        Self::other(error)
    }
}

/// An archive's bytes, as they were when it was opened.
pub(super) enum ArchiveBytes {
    File { file: File, bytes: u64 },
    Remote(Box<Remote>),
}

impl ArchiveBytes {
    /// Opens them; `replaced` is raised once another server says that they are no longer its.
    pub(super) fn open(place: &ArchivePlace, replaced: &Arc<AtomicBool>) -> io::Result<Self> {
        match place {
            ArchivePlace::File(path) => {
                let file = File::open(path)?;
                let bytes = file.metadata()?.len();
                Ok(Self::File { file, bytes })
            }
            ArchivePlace::Url(url) => Ok(Self::Remote(Box::new(Remote::open(url, replaced.clone())?))),
        }
    }

    /// What changes with the bytes.
    pub(super) fn hash_identity(&self, hasher: &mut impl Hasher) -> io::Result<()> {
        match self {
            Self::File { file, .. } => hash_of_file(&file.metadata()?, hasher),
            Self::Remote(remote) => {
                (&remote.url, remote.bytes, remote.validator.as_ref().map(|(_, value)| value)).hash(hasher);
            }
        }
        Ok(())
    }
}

/// Which file it is, its length and age.
pub(super) fn hash_of_file(metadata: &std::fs::Metadata, hasher: &mut impl Hasher) {
    (metadata.dev(), metadata.ino(), metadata.len()).hash(hasher);
    metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH).hash(hasher);
}

impl RangeRead for ArchiveBytes {
    fn read(&self, offset: u64, length: usize) -> io::Result<Vec<u8>> {
        match self {
            Self::File { file, bytes } => {
                let length = (length as u64).min(bytes.saturating_sub(offset)) as usize;
                let mut read = vec![0; length];
                file.read_exact_at(&mut read, offset).map(|()| read)
            }
            Self::Remote(remote) => Ok(remote.read(offset, length)?),
        }
    }

    fn bytes(&self) -> Option<u64> {
        match self {
            Self::File { bytes, .. } => Some(*bytes),
            Self::Remote(remote) => Some(remote.bytes),
        }
    }
}

/// An archive on another server.
pub(super) struct Remote {
    agent: Agent,
    url: String,
    bytes: u64,
    /// The condition under which these are still the same bytes; none where the server names nothing to tell by.
    validator: Option<(header::HeaderName, String)>,
    head: Vec<u8>,
    /// Raised when the server has other bytes now.
    replaced: Arc<AtomicBool>,
    /// Until when the server is left alone.
    resting: Mutex<Option<Instant>>,
}

impl Remote {
    fn open(url: &str, replaced: Arc<AtomicBool>) -> Result<Self, Elsewhere> {
        let config = Agent::config_builder().timeout_global(Some(TIMEOUT)).http_status_as_error(false);
        let mut remote = Self {
            agent: config.build().into(),
            url: url.to_owned(),
            bytes: u64::MAX,
            validator: None,
            head: Vec::new(),
            replaced,
            resting: Mutex::new(None),
        };
        let Part { bytes, total, headers } = remote.ask(0..HEAD_BYTES)?;
        let text = |name: header::HeaderName| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        // A weak tag says that two versions are as good as each other, not that they have the same bytes.
        let tag = text(header::ETAG).filter(|tag| !tag.starts_with("W/")).map(|tag| (header::IF_MATCH, tag));
        remote.validator = tag.or_else(|| Some((header::IF_UNMODIFIED_SINCE, text(header::LAST_MODIFIED)?)));
        (remote.head, remote.bytes) = (bytes, total);
        Ok(remote)
    }

    fn read(&self, offset: u64, length: usize) -> Result<Vec<u8>, Elsewhere> {
        let end = offset.saturating_add(length as u64).min(self.bytes);
        if offset >= end {
            return Ok(Vec::new());
        }
        if end <= self.head.len() as u64 {
            return Ok(self.head[offset as usize..end as usize].to_vec());
        }
        let mut resting = self.resting.lock().unwrap_or_else(PoisonError::into_inner);
        if resting.is_some_and(|until| Instant::now() < until) {
            return Err(Elsewhere::Silent("it did not a moment ago".to_owned()));
        }
        *resting = None;
        drop(resting);
        let part = self.ask(offset..end);
        match &part {
            Err(Elsewhere::Silent(_)) => {
                *self.resting.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now() + REST);
            }
            Err(Elsewhere::Replaced) => self.replaced.store(true, Ordering::Relaxed),
            _ => {}
        }
        part.map(|part| part.bytes)
    }

    /// Bytes of the archive as it was opened; fewer than asked for at its end.
    fn ask(&self, range: Range<u64>) -> Result<Part, Elsewhere> {
        let mut request = self.agent.get(&self.url).header(header::RANGE, format!("bytes={}-{}", range.start, range.end - 1));
        // Ranges are of the bytes as they lie there.
        request = request.header(header::ACCEPT_ENCODING, "identity");
        if let Some((condition, value)) = &self.validator {
            request = request.header(condition, value);
        }
        let silent = |error: &dyn std::error::Error| Elsewhere::Silent(error.to_string());
        let mut response = request.call().map_err(|error| silent(&error))?;
        match response.status() {
            StatusCode::PARTIAL_CONTENT => {}
            StatusCode::PRECONDITION_FAILED => return Err(Elsewhere::Replaced),
            StatusCode::OK => return Err(Elsewhere::NoRanges),
            other => return Err(Elsewhere::Status(other)),
        }
        let (first, total) = content_range(response.headers()).ok_or(Elsewhere::OtherBytes)?;
        // Not every server looks at the condition.
        if self.bytes != u64::MAX && total != self.bytes {
            return Err(Elsewhere::Replaced);
        }
        let expected = range.end.min(total).checked_sub(range.start).filter(|_| first == range.start);
        let expected = expected.ok_or(Elsewhere::OtherBytes)?;
        let headers = response.headers().clone();
        let mut bytes = Vec::new();
        response.body_mut().as_reader().take(expected + 1).read_to_end(&mut bytes).map_err(|error| silent(&error))?;
        if bytes.len() as u64 != expected {
            return Err(Elsewhere::OtherBytes);
        }
        Ok(Part { bytes, total, headers })
    }
}

/// What a server answered.
struct Part {
    bytes: Vec<u8>,
    /// How long the whole is.
    total: u64,
    headers: HeaderMap,
}

/// `bytes FIRST-LAST/TOTAL` (RFC 9110, section 14.4).
fn content_range(headers: &HeaderMap) -> Option<(u64, u64)> {
    let (range, total) = headers.get(header::CONTENT_RANGE)?.to_str().ok()?.strip_prefix("bytes ")?.split_once('/')?;
    Some((range.split_once('-')?.0.parse().ok()?, total.parse().ok()?))
}
