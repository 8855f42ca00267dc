//! Dropping tables that no version needs, a bounded number of rows a transaction.

use crate::{
    StoreError,
    steps::Steps,
    table::{quote, rtree_name},
};
use rusqlite::OptionalExtension;

/// Rows deleted between two looks at the clock.
const ROWS: u32 = 2_000;

/// Drops every table of `urbis_sweep`. The caller holds the import lock and fills none of them.
pub(crate) fn sweep(steps: &mut Steps) -> Result<(), StoreError> {
    loop {
        let next = "SELECT table_name, geometry_column FROM urbis_sweep LIMIT 1";
        let next: Option<(String, String)> =
            steps.connection().query_row(next, [], |row| Ok((row.get(0)?, row.get(1)?))).optional().map_err(steps.failed())?;
        let Some((table, geometry_column)) = next else {
            return Ok(());
        };
        const DOING: &str = "dropping a superseded or abandoned version";
        steps.begin(DOING)?;
        let dropped = drop_table(steps, &table, &geometry_column).inspect_err(|_| steps.undo());
        match dropped {
            // Emptied row by row, each page goes through the log; dropped whole, hardly any. That holds other writers off for
            // longer, but makes the room that there is none of.
            Err(StoreError::Full { .. }) => {
                steps.begin(DOING)?;
                drop_whole(steps, &table, &rtree_name(&table, &geometry_column)).inspect_err(|_| steps.undo())?;
                // Before the import reads the version before, for which the log would have to stay.
                steps.empty_log();
            }
            dropped => dropped?,
        }
    }
}

fn drop_table(steps: &mut Steps, table: &str, geometry_column: &str) -> Result<(), StoreError> {
    let rtree = rtree_name(table, geometry_column);
    // Node 1 stays: without it SQLite can't open, and so not drop, the R-tree.
    for (shadow, condition) in
        [(format!("{rtree}_rowid"), "true"), (format!("{rtree}_node"), "rowid > 1"), (table.to_owned(), "true")]
    {
        empty(steps, &shadow, condition)?;
    }
    drop_whole(steps, table, &rtree)
}

fn drop_whole(steps: &mut Steps, table: &str, rtree: &str) -> Result<(), StoreError> {
    let drop = format!("DROP TABLE IF EXISTS {}; DROP TABLE IF EXISTS {};", quote(rtree), quote(table));
    steps.connection().execute_batch(&drop).map_err(steps.failed())?;
    steps.connection().execute("DELETE FROM urbis_sweep WHERE table_name = ?", [table]).map_err(steps.failed())?;
    steps.end()
}

/// Deletes the rows of a table, if there is one, from the lowest number up.
fn empty(steps: &mut Steps, table: &str, condition: &str) -> Result<(), StoreError> {
    let exists = "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = ?";
    let exists: i64 = steps.connection().query_row(exists, [table], |row| row.get(0)).map_err(steps.failed())?;
    if exists == 0 {
        return Ok(());
    }
    let table = quote(table);
    let delete = format!(
        "DELETE FROM {table} WHERE {condition} AND rowid <= \
         (SELECT max(rowid) FROM (SELECT rowid FROM {table} WHERE {condition} ORDER BY rowid LIMIT {ROWS}))"
    );
    while steps.connection().execute(&delete, []).map_err(steps.failed())? > 0 {
        steps.breathe()?;
    }
    Ok(())
}
