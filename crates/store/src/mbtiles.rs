//! Tiles that others packed into SQLite: MBTiles 1.3 (github.com/mapbox/mbtiles-spec), read only.

use crate::database::{Mode, connect};
use crate::error::{StoreError, explain};
use rusqlite::{Connection, OptionalExtension};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use urbis_model::TileCoord;

/// The most rows of metadata that are read; the specification names some twenty.
const MAX_METADATA_ROWS: usize = 1_000;

/// An MBTiles file that is open. One question at a time.
#[derive(Debug)]
pub struct MbtilesFile {
    path: PathBuf,
    connection: Mutex<Connection>,
}

impl MbtilesFile {
    /// Opens a file.
    ///
    /// # Errors
    /// [`StoreError::Database`] when it is no SQLite, or has no tables of MBTiles.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let connection = connect(path, Mode::Read)?;
        let failed = explain(path, "looking for the tables of MBTiles");
        connection.prepare("SELECT tile_data FROM tiles WHERE zoom_level = 0 LIMIT 0").map_err(&failed)?;
        connection.prepare("SELECT name, value FROM metadata LIMIT 0").map_err(&failed)?;
        Ok(Self { path: path.to_owned(), connection: Mutex::new(connection) })
    }

    /// Names and values of its metadata.
    ///
    /// # Errors
    /// [`StoreError::Database`] when it can't be read.
    pub fn metadata(&self) -> Result<BTreeMap<String, String>, StoreError> {
        let failed = explain(&self.path, "reading the metadata");
        let connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        let mut statement =
            connection.prepare("SELECT name, CAST(value AS TEXT) FROM metadata WHERE value IS NOT NULL").map_err(&failed)?;
        let rows = statement.query_map((), |row| Ok((row.get(0)?, row.get(1)?))).map_err(&failed)?;
        rows.take(MAX_METADATA_ROWS).collect::<Result<_, _>>().map_err(&failed)
    }

    /// A tile as it is kept; none where there is none. MBTiles counts rows from the south.
    ///
    /// # Errors
    /// [`StoreError::Database`] when it can't be read.
    pub fn tile(&self, tile: TileCoord) -> Result<Option<Vec<u8>>, StoreError> {
        const SQL: &str = "SELECT tile_data FROM tiles WHERE zoom_level = ?1 AND tile_column = ?2 AND tile_row = ?3";
        let failed = explain(&self.path, "reading a tile");
        let row = (1u32 << tile.z()) - 1 - tile.y();
        let connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        let mut statement = connection.prepare_cached(SQL).map_err(&failed)?;
        statement.query_row((tile.z(), tile.x(), row), |row| row.get(0)).optional().map_err(&failed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tile_is_found_by_its_row_from_the_north() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("city.mbtiles");
        let connection = Connection::open(&path).unwrap();
        connection
            .execute_batch(
                "CREATE TABLE metadata (name TEXT, value TEXT);
                 CREATE TABLE tiles (zoom_level INTEGER, tile_column INTEGER, tile_row INTEGER, tile_data BLOB);
                 INSERT INTO metadata VALUES ('format', 'pbf'), ('maxzoom', 2), ('odd', NULL);
                 INSERT INTO tiles VALUES (2, 1, 3, x'0102');",
            )
            .unwrap();
        drop(connection);
        let file = MbtilesFile::open(&path).unwrap();
        let at = |x, y| file.tile(TileCoord::new(2, x, y).unwrap()).unwrap();
        assert_eq!(at(1, 0), Some(vec![1, 2]));
        assert_eq!((at(1, 3), at(0, 0)), (None, None));
        let metadata = file.metadata().unwrap();
        assert_eq!(metadata["maxzoom"], "2");
        assert!(!metadata.contains_key("odd"));
    }

    #[test]
    fn what_is_no_mbtiles_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("no.mbtiles");
        std::fs::write(&path, b"SQLite format 3\0 and nothing else").unwrap();
        assert!(MbtilesFile::open(&path).is_err());
        std::fs::remove_file(&path).unwrap();
        Connection::open(&path).unwrap().execute_batch("CREATE TABLE other (a)").unwrap();
        assert!(MbtilesFile::open(&path).is_err());
    }
}
