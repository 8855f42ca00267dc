//! Connections to a city file.

use crate::error::{StoreError, explain};
use rusqlite::{Connection, ErrorCode, OpenFlags, limits::Limit};
use std::{
    ffi::{OsStr, OsString},
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
    time::Duration,
};

/// The longest value read from or written to a city file.
///
/// Stops a file whose one row declares a gigabyte; a geometry of the most vertices a feature may have, with z and a
/// ring header each four vertices, takes 29 MB, and `ingest` refuses a feature with more than 16 MB of attributes.
const MAX_VALUE_BYTES: i32 = 64 << 20;

/// How long a statement waits for another program's write before it gives up.
const BUSY_WAIT: Duration = Duration::from_secs(20);

/// WAL pages after which a commit copies them into the file: 16 MB at 4 KiB pages.
const CHECKPOINT_PAGES: u32 = 4096;

/// What a connection may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    Read,
    Write,
    /// As [`Mode::Write`], and make an empty file where there is none.
    Create,
}

/// Opens a connection.
///
/// # Errors
/// [`StoreError`] when SQLite can't.
pub(crate) fn connect(path: &Path, mode: Mode) -> Result<Connection, StoreError> {
    open(path, mode).map(|(connection, _)| connection)
}

/// Opens a connection that only reads, and says whether it takes the file for one that nobody changes.
///
/// # Errors
/// As [`connect`].
pub(crate) fn connect_to_watch(path: &Path) -> Result<(Connection, bool), StoreError> {
    open(path, Mode::Read)
}

fn open(path: &Path, mode: Mode) -> Result<(Connection, bool), StoreError> {
    let failed = explain(path, "opening");
    // An absolute path is a file's, whatever its name: `:memory:` and `file:…` have a meaning of their own.
    let place = std::path::absolute(path).map_err(|source| StoreError::Io { path: path.to_owned(), doing: "opening", source })?;
    let flags = match mode {
        Mode::Read => OpenFlags::SQLITE_OPEN_READ_ONLY,
        Mode::Write => OpenFlags::SQLITE_OPEN_READ_WRITE,
        Mode::Create => OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE,
    };
    let flags = flags | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(&place, flags).map_err(&failed)?;
    let is_frozen = mode == Mode::Read && !can_share(&connection) && !has_log(path);
    if is_frozen {
        connection = Connection::open_with_flags(frozen(&place), flags | OpenFlags::SQLITE_OPEN_URI).map_err(&failed)?;
    }
    // SQLite's own handler sleeps up to 100 ms between looks and so misses the short gaps between an import's
    // transactions; this one looks each millisecond.
    connection.busy_handler(Some(look_again)).map_err(&failed)?;
    connection.set_limit(Limit::SQLITE_LIMIT_LENGTH, MAX_VALUE_BYTES).map_err(&failed)?;
    connection.pragma_update(None, "cache_size", -16_000).map_err(&failed)?;
    if mode != Mode::Read {
        // Debian builds SQLite to overwrite deleted content with zeros; dropping a superseded version would then
        // write all of it again, and the city holds nothing that must be shredded.
        connection.pragma_update(None, "secure_delete", "OFF").map_err(&failed)?;
        connection.pragma_update(None, "synchronous", "FULL").map_err(&failed)?;
        connection.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES).map_err(&failed)?;
        connection.pragma_update(None, "foreign_keys", "OFF").map_err(&failed)?;
        // ALTER TABLE then leaves triggers of other layers alone, whose ST_ functions this connection does not have.
        connection.pragma_update(None, "legacy_alter_table", "ON").map_err(&failed)?;
    }
    Ok((connection, is_frozen))
}

/// Whether a connection that only reads can take part in the write-ahead log: not where it would have to make the log's index
/// and can't, on a read-only disk or in a folder of others.
fn can_share(connection: &Connection) -> bool {
    let looked = connection.pragma_query_value(None, "schema_version", |_| Ok(()));
    // What else is wrong is told by whoever reads.
    let refusal = looked.err().and_then(|error| error.sqlite_error_code());
    !matches!(refusal, Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly))
}

/// Whether a write-ahead log with something in it lies beside a city: what the file alone says is then not the newest.
pub(crate) fn has_log(city: &Path) -> bool {
    let mut log = crate::city_file::resolve(city).into_os_string();
    log.push("-wal");
    std::fs::metadata(log).is_ok_and(|log| log.len() > 0)
}

/// The address under which SQLite takes a file for one that nobody changes: it then needs neither log nor locks.
///
/// That is true of a city without a log while nobody imports: urbis writes to the log first, so a file without one is whole.
/// Somebody who may write where this process may not could still import meanwhile, which no lock of this process holds up;
/// the city's watch opens the file anew once it was changed.
fn frozen(place: &Path) -> PathBuf {
    let mut address = OsString::from("file:");
    for byte in place.as_os_str().as_bytes() {
        match byte {
            b'%' | b'?' | b'#' => address.push(format!("%{byte:02X}")),
            byte => address.push(OsStr::from_bytes(&[*byte])),
        }
    }
    address.push("?immutable=1");
    address.into()
}

/// Whether to look once more whether another program's write has ended.
pub(crate) fn look_again(look: i32) -> bool {
    std::thread::sleep(Duration::from_millis(1));
    u128::try_from(look).is_ok_and(|look| look < BUSY_WAIT.as_millis())
}
