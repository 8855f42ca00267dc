//! What tells one city from another, whatever their paths and revisions.

use crate::{
    StoreError,
    database::{Mode, connect},
    error::explain,
};
use rusqlite::{Connection, TransactionBehavior};
use std::path::Path;

/// The identity of a city made before identities were stored: the instant it was made, which the register keeps.
const FROM_CREATION: &str = "SELECT coalesce(
    (SELECT lower(hex(last_change)) FROM gpkg_contents WHERE table_name = 'urbis_layer'), 'without-identity')";

/// Reads the city's identity.
pub(super) fn identity(connection: &Connection, path: &Path) -> Result<String, StoreError> {
    let sql = if is_stored(connection, path)? { "SELECT identity FROM urbis_city" } else { FROM_CREATION };
    connection.query_row(sql, [], |row| row.get(0)).map_err(explain(path, "reading the city's identity"))
}

/// Stores the identity of a city made before identities were stored, the same as was read until then.
pub(super) fn store_identity(path: &Path) -> Result<(), StoreError> {
    let failed = explain(path, "storing the city's identity");
    let mut connection = connect(path, Mode::Write)?;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(&failed)?;
    if !is_stored(&transaction, path)? {
        let identity = identity(&transaction, path)?;
        transaction.execute_batch("ALTER TABLE urbis_city ADD COLUMN identity TEXT NOT NULL DEFAULT ''").map_err(&failed)?;
        transaction.execute("UPDATE urbis_city SET identity = ?", [identity]).map_err(&failed)?;
    }
    transaction.commit().map_err(&failed)
}

pub(super) fn is_stored(connection: &Connection, path: &Path) -> Result<bool, StoreError> {
    let column = "SELECT count(*) FROM pragma_table_info('urbis_city') WHERE name = 'identity'";
    let count = connection.query_row(column, [], |row| row.get::<_, i64>(0));
    count.map(|count| count > 0).map_err(explain(path, "reading the city's identity"))
}
