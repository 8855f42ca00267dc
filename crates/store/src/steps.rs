//! Long writing in short transactions, so that other writers get their turn.

use crate::{StoreError, beside::folder_of, database::look_again, error::explain};
use rusqlite::Connection;
use std::{
    fs::File,
    io::{self, Write},
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

/// How long one transaction may hold the file before it ends and another begins.
const STEP: Duration = Duration::from_millis(25);
/// How long the file is left alone between two transactions: twice what urbis' own writers sleep between looks.
const GAP: Duration = Duration::from_millis(2);

/// Steps between two looks at the length of the write-ahead log.
const LOOK_STEPS: u32 = 16;
/// WAL pages past which the log is made to begin anew: 32 MB at 4 KiB pages. Left to SQLite, another program that
/// writes often keeps it from ever being copied whole (80 MB were seen for an import of 290 MB beside one write
/// each 5 ms).
const LONG_LOG_PAGES: i64 = 8_192;
/// How long that may hold up other writers while a reader still needs the log; it is tried again later.
const RESTART_WAIT: Duration = Duration::from_millis(10);

/// What a step is reckoned to add to the log: 25 ms of rows, some 20 MB a second.
const STEP_BYTES: u64 = 512 << 10;
/// How much longer what is held free becomes at once.
const FREE_BYTES: u64 = 256 << 10;
/// The longest log that room is held free for: twice one that is made to begin anew.
const MAX_FREE_BYTES: u64 = 64 << 20;

/// A connection that writes in steps. Dropped within a step, that step is undone.
///
/// In any case the write-ahead log is then folded into the file and emptied, where no reader needs it. That takes room for
/// its pages in the file, so as much as the log is long is held free in an unnamed file beside: an import ends as on a full
/// disk while its log can still be folded, not when neither it nor any later import can go on.
#[derive(Debug)]
pub(crate) struct Steps {
    connection: Connection,
    path: PathBuf,
    doing: &'static str,
    began: Option<Instant>,
    ended: Instant,
    count: u32,
    /// Zeros, for their space.
    held_free: Option<File>,
    free_bytes: u64,
}

impl Steps {
    pub(crate) fn new(connection: Connection, path: &Path) -> Self {
        let (path, ended) = (path.to_owned(), Instant::now());
        Self { connection, path, doing: "writing", began: None, ended, count: 0, held_free: None, free_bytes: 0 }
    }

    pub(crate) fn connection(&self) -> &Connection {
        &self.connection
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Turns a database error into one that says what is being done.
    pub(crate) fn failed(&self) -> impl Fn(rusqlite::Error) -> StoreError {
        explain(&self.path, self.doing)
    }

    /// Begins a step and says what for.
    pub(crate) fn begin(&mut self, doing: &'static str) -> Result<(), StoreError> {
        self.doing = doing;
        // Before a step, for what has ended is done. On a disk that is nearly full, the log is folded to make room.
        let is_full = |error: &io::Error| matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded);
        let held = self.hold_free().or_else(|error| match is_full(&error) {
            true => {
                self.empty_log();
                self.hold_free()
            }
            false => Err(error),
        });
        held.map_err(|source| match is_full(&source) {
            true => StoreError::Full { path: self.path.clone(), doing },
            false => StoreError::Io { path: self.path.clone(), doing: "holding room free beside", source },
        })?;
        thread::sleep(GAP.saturating_sub(self.ended.elapsed()));
        self.connection.execute_batch("BEGIN IMMEDIATE").map_err(self.failed())?;
        self.began = Some(Instant::now());
        Ok(())
    }

    /// Ends the step and begins another when it has lasted long enough. Called between rows.
    pub(crate) fn breathe(&mut self) -> Result<(), StoreError> {
        if self.began.is_some_and(|began| began.elapsed() >= STEP) {
            self.end()?;
            self.begin(self.doing)?;
        }
        Ok(())
    }

    /// Ends the step: what it wrote is on the disk.
    pub(crate) fn end(&mut self) -> Result<(), StoreError> {
        self.connection.execute_batch("COMMIT").map_err(self.failed())?;
        self.began = None;
        self.count += 1;
        if self.count.is_multiple_of(LOOK_STEPS) {
            self.shorten_log().map_err(self.failed())?;
        }
        self.ended = Instant::now();
        Ok(())
    }

    /// Holds as much space free as the log is long, and the step to come may make it.
    fn hold_free(&mut self) -> io::Result<()> {
        let mut log = self.path.as_os_str().to_owned();
        log.push("-wal");
        let log_bytes = std::fs::metadata(log).map_or(0, |log| log.len()).min(MAX_FREE_BYTES);
        let held_free = match &mut self.held_free {
            Some(held_free) => held_free,
            None => self.held_free.insert(tempfile::tempfile_in(folder_of(&self.path))?),
        };
        while self.free_bytes < log_bytes + STEP_BYTES {
            // A hole takes no space, so it is written.
            held_free.write_all(&[0; FREE_BYTES as usize])?;
            self.free_bytes += FREE_BYTES;
        }
        Ok(())
    }

    /// Copies a long write-ahead log into the file whole, with other writers held off for the last part only.
    fn shorten_log(&self) -> rusqlite::Result<()> {
        let connection = &self.connection;
        let pages: i64 = connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |row| row.get(1))?;
        if pages <= LONG_LOG_PAGES {
            return Ok(());
        }
        connection.busy_timeout(RESTART_WAIT)?;
        let restarted = connection.query_row("PRAGMA wal_checkpoint(RESTART)", [], |_| Ok(()));
        connection.busy_handler(Some(look_again))?;
        match restarted {
            Err(error) if error.sqlite_error_code() == Some(rusqlite::ErrorCode::DatabaseBusy) => Ok(()),
            other => other,
        }
    }

    /// Folds the log into the file and gives its space back. Where that can't be now it stays, and whoever writes next uses it
    /// up.
    pub(crate) fn empty_log(&mut self) {
        (self.held_free, self.free_bytes) = (None, 0);
        let _ = self.connection.busy_timeout(RESTART_WAIT);
        let _ = self.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
        let _ = self.connection.busy_handler(Some(look_again));
    }

    /// Undoes a step that has failed.
    pub(crate) fn undo(&mut self) {
        if self.began.take().is_some() && !self.connection.is_autocommit() {
            // Nothing can be done about a failing rollback, and closing the connection rolls back too.
            let _ = self.connection.execute_batch("ROLLBACK");
        }
        self.ended = Instant::now();
    }
}

impl Drop for Steps {
    fn drop(&mut self) {
        self.undo();
        self.empty_log();
    }
}
