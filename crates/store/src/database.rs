//! Connections to a city file.

use crate::error::{StoreError, explain};
use rusqlite::{Connection, OpenFlags, limits::Limit};
use std::{path::Path, time::Duration};

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
    let failed = explain(path, "opening");
    let flags = match mode {
        Mode::Read => OpenFlags::SQLITE_OPEN_READ_ONLY,
        Mode::Write => OpenFlags::SQLITE_OPEN_READ_WRITE,
        Mode::Create => OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE,
    };
    let connection = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX).map_err(&failed)?;
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
    Ok(connection)
}

/// Whether to look once more whether another program's write has ended.
pub(crate) fn look_again(look: i32) -> bool {
    std::thread::sleep(Duration::from_millis(1));
    u128::try_from(look).is_ok_and(|look| look < BUSY_WAIT.as_millis())
}
