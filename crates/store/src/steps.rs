//! Long writing in short transactions, so that other writers get their turn.

use crate::{StoreError, database::look_again, error::explain};
use rusqlite::Connection;
use std::{
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

/// A connection that writes in steps. Dropped within a step, that step is undone. In any case the write-ahead log is then
/// folded into the file and emptied, where no reader needs it: what an import that failed on a full disk wrote does not keep
/// the space of it twice.
#[derive(Debug)]
pub(crate) struct Steps {
    connection: Connection,
    path: PathBuf,
    doing: &'static str,
    began: Option<Instant>,
    ended: Instant,
    count: u32,
}

impl Steps {
    pub(crate) fn new(connection: Connection, path: &Path) -> Self {
        Self { connection, path: path.to_owned(), doing: "writing", began: None, ended: Instant::now(), count: 0 }
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
    fn empty_log(&self) {
        let _ = self.connection.busy_timeout(RESTART_WAIT);
        let _ = self.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
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
