//! The city file: opening it, and what it says of its layers.

mod files;
mod header;
mod identity;
mod watch;

use crate::{
    Access, LayerInfo, StoreError, StoreOptions, VersionInfo,
    database::{Mode, connect},
    error::explain,
    table::Table,
};
pub(crate) use files::resolve;
use header::Content;
use rusqlite::{Connection, OptionalExtension, Row, TransactionBehavior};
use std::{
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};
use urbis_model::{Bounds, LayerKind, LayerMetadata, LayerName};
use watch::Watch;

/// The form of urbis' own tables that this code reads and writes. A file with a greater one is refused.
const FORM: u32 = 1;
/// "GPKG" in ASCII (GeoPackage 1.3, requirement 2).
const APPLICATION_ID: u32 = 0x4750_4B47;
/// Version 1.3.0 as GeoPackage writes it.
const GEOPACKAGE_VERSION: u32 = 10300;

/// One GeoPackage that holds a city.
#[derive(Debug)]
pub struct CityFile {
    pub(crate) path: PathBuf,
    pub(crate) access: Access,
    pub(crate) options: StoreOptions,
    watch: Mutex<Watch>,
}

/// Where the rows of a version lie.
pub(crate) struct Place {
    pub(crate) table: String,
    pub(crate) geometry_column: String,
}

impl CityFile {
    pub(crate) fn open(path: &Path, access: Access, options: StoreOptions) -> Result<Self, StoreError> {
        assert!(options.kept_versions >= 1, "kept_versions is {}", options.kept_versions);
        match (header::check(path)?, access) {
            (Content::Database, _) => {}
            (Content::Absent | Content::Empty, Access::Create) => {
                let place = files::resolve(path);
                let folder = crate::beside::folder_of(&place);
                if !folder.is_dir() {
                    return Err(StoreError::NoFolder { folder: folder.to_owned() });
                }
                create(path)?;
            }
            (Content::Empty, _) => {
                return Err(StoreError::NotAGeoPackage { path: path.to_owned(), reason: "it is empty" });
            }
            (Content::Absent, _) => return Err(StoreError::Missing { path: path.to_owned() }),
        }
        // A making that was killed leaves a database without a table.
        if access == Access::Create && is_blank(path)? {
            create(path)?;
        }
        let watch = Watch::open(path)?;
        if access != Access::Read && !identity::is_stored(&watch.connection, path)? {
            identity::store_identity(path)?;
        }
        Ok(Self { path: path.to_owned(), access, options, watch: Mutex::new(watch) })
    }

    /// The watching connection, to the file that lies at the path now.
    fn watch(&self) -> Result<MutexGuard<'_, Watch>, StoreError> {
        // What a panic left behind is a connection without a transaction: still good.
        let mut watch = self.watch.lock().unwrap_or_else(PoisonError::into_inner);
        watch.follow(&self.path)?;
        Ok(watch)
    }

    /// Refuses a path that no city lies at any more, where SQLite would make a file.
    pub(crate) fn check_present(&self) -> Result<(), StoreError> {
        self.watch().map(|_| ())
    }

    pub(crate) fn revision(&self) -> Result<u64, StoreError> {
        self.watch()?.revision(&self.path)
    }

    pub(crate) fn change_token(&self) -> Result<u64, StoreError> {
        self.watch()?.change_token(&self.path)
    }

    pub(crate) fn identity(&self) -> Result<String, StoreError> {
        identity::identity(&self.watch()?.connection, &self.path)
    }

    /// The file that the path leads to, where SQLite's files lie beside, and the lock.
    pub(crate) fn place(&self) -> PathBuf {
        files::resolve(&self.path)
    }

    pub(crate) fn owns(&self, path: &Path) -> bool {
        files::owns(&self.path, path)
    }

    pub(crate) fn layers(&self) -> Result<Vec<LayerInfo>, StoreError> {
        let watch = self.watch()?;
        let snapshot = watch.connection.unchecked_transaction().map_err(explain(&self.path, "reading the layers"))?;
        layer_names(&snapshot, &self.path)?.iter().map(|name| layer_info(&snapshot, &self.path, name)).collect()
    }

    pub(crate) fn layer(&self, name: &LayerName) -> Result<LayerInfo, StoreError> {
        let watch = self.watch()?;
        let snapshot = watch.connection.unchecked_transaction().map_err(explain(&self.path, "reading a layer"))?;
        layer_info(&snapshot, &self.path, name)
    }

    pub(crate) fn report(&self, name: &LayerName, version: Option<u64>) -> Result<String, StoreError> {
        let failed = explain(&self.path, "reading an import report");
        let watch = self.watch()?;
        let snapshot = watch.connection.unchecked_transaction().map_err(&failed)?;
        let version = resolve_version(&snapshot, &self.path, name, version)?;
        let sql = "SELECT report FROM urbis_version WHERE layer = ? AND version = ?";
        snapshot.query_row(sql, (name.as_str(), version as i64), |row| row.get(0)).map_err(&failed)
    }
}

impl Drop for CityFile {
    /// Leaves one file behind, not a file and its log: SQLite folds the log in when the last connection that may write
    /// closes, and the watching one may not. Where that fails the log stays, and the next opening reads it.
    fn drop(&mut self) {
        let watch = self.watch.get_mut().unwrap_or_else(PoisonError::into_inner);
        // A file put in this one's place is not this one's to fold.
        if self.access == Access::Read || !watch.is_current(&self.path).unwrap_or(false) {
            return;
        }
        if let Ok(writer) = connect(&self.path, Mode::Write) {
            let folded = writer.pragma_query(None, "wal_checkpoint", |_| Ok(()));
            if folded.is_ok() {
                watch.connection = writer;
            }
        }
    }
}

/// Makes an empty city. Two at once make one.
fn create(path: &Path) -> Result<(), StoreError> {
    let failed = explain(path, "making a new city");
    let mut connection = connect(path, Mode::Create)?;
    connection.pragma_update(None, "journal_mode", "WAL").map_err(&failed)?;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(&failed)?;
    let tables: i64 = transaction.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)).map_err(&failed)?;
    if tables == 0 {
        transaction.pragma_update(None, "application_id", APPLICATION_ID).map_err(&failed)?;
        transaction.pragma_update(None, "user_version", GEOPACKAGE_VERSION).map_err(&failed)?;
        transaction.execute_batch(include_str!("sql/create.sql")).map_err(&failed)?;
    }
    transaction.commit().map_err(&failed)?;
    connection.pragma_query(None, "wal_checkpoint", |_| Ok(())).map_err(&failed)
}

fn is_blank(path: &Path) -> Result<bool, StoreError> {
    let tables = "SELECT count(*) FROM sqlite_schema";
    let tables = connect(path, Mode::Read)?.query_row(tables, [], |row| row.get::<_, i64>(0));
    tables.map(|tables| tables == 0).map_err(explain(path, "opening"))
}

/// Refuses what is no city of a form known here.
fn check_form(connection: &Connection, path: &Path) -> Result<(), StoreError> {
    let failed = explain(path, "opening");
    let application: i64 = connection.pragma_query_value(None, "application_id", |row| row.get(0)).map_err(&failed)?;
    if application != i64::from(APPLICATION_ID) {
        let reason = "it is an SQLite file without GeoPackage's application id";
        return Err(StoreError::NotAGeoPackage { path: path.to_owned(), reason });
    }
    let is_city = "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'urbis_city'";
    if connection.query_row(is_city, [], |row| row.get::<_, i64>(0)).map_err(&failed)? == 0 {
        return Err(StoreError::Foreign { path: path.to_owned() });
    }
    let form: u32 = connection.query_row("SELECT form FROM urbis_city", [], |row| row.get(0)).map_err(&failed)?;
    if form > FORM {
        return Err(StoreError::Newer { path: path.to_owned(), found: form, known: FORM });
    }
    Ok(())
}

/// An integer column that holds no negative number; a negative one reads as 0.
pub(crate) fn unsigned(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    Ok(row.get::<_, i64>(column)?.max(0) as u64)
}

pub(crate) fn layer_names(connection: &Connection, path: &Path) -> Result<Vec<LayerName>, StoreError> {
    let failed = explain(path, "reading the layers");
    let mut statement = connection.prepare_cached("SELECT name FROM urbis_layer ORDER BY name").map_err(&failed)?;
    let names: Vec<String> = statement.query_map([], |row| row.get(0)).and_then(Iterator::collect).map_err(&failed)?;
    names
        .into_iter()
        .map(|name| name.parse().map_err(|_| StoreError::Table { table: name, reason: "its name is no layer name".to_owned() }))
        .collect()
}

/// The version meant: the current one when none is named.
fn resolve_version(connection: &Connection, path: &Path, name: &LayerName, version: Option<u64>) -> Result<u64, StoreError> {
    let failed = explain(path, "looking up a version");
    let current = "SELECT version FROM urbis_layer WHERE name = ?";
    let Some(current) = connection.query_row(current, [name.as_str()], |row| unsigned(row, 0)).optional().map_err(&failed)?
    else {
        let known = layer_names(connection, path)?.iter().map(|name| name.as_str().to_owned()).collect();
        return Err(StoreError::UnknownLayer { layer: name.as_str().to_owned(), known });
    };
    let version = version.unwrap_or(current);
    let kept: Vec<u64> = versions(connection, path, name)?.iter().map(|kept| kept.version).collect();
    if kept.contains(&version) { Ok(version) } else { Err(StoreError::UnknownVersion { layer: name.clone(), version, kept }) }
}

/// Where a version lies, as the connection's transaction sees it.
pub(crate) fn place(
    connection: &Connection,
    path: &Path,
    name: &LayerName,
    version: Option<u64>,
) -> Result<(u64, Place), StoreError> {
    let version = resolve_version(connection, path, name, version)?;
    let sql = "SELECT table_name, geometry_column FROM urbis_version WHERE layer = ? AND version = ?";
    let place = connection
        .query_row(sql, (name.as_str(), version as i64), |row| Ok(Place { table: row.get(0)?, geometry_column: row.get(1)? }))
        .map_err(explain(path, "looking up a version"))?;
    Ok((version, place))
}

fn versions(connection: &Connection, path: &Path, name: &LayerName) -> Result<Vec<VersionInfo>, StoreError> {
    let failed = explain(path, "reading the versions of a layer");
    let sql = "SELECT version, revision, count, imported_at FROM urbis_version WHERE layer = ? ORDER BY version";
    let mut statement = connection.prepare_cached(sql).map_err(&failed)?;
    let version = |row: &Row<'_>| {
        Ok(VersionInfo {
            version: unsigned(row, 0)?,
            revision: unsigned(row, 1)?,
            count: unsigned(row, 2)?,
            imported_at: row.get(3)?,
        })
    };
    statement.query_map([name.as_str()], version).and_then(Iterator::collect).map_err(&failed)
}

pub(crate) fn layer_info(connection: &Connection, path: &Path, name: &LayerName) -> Result<LayerInfo, StoreError> {
    let failed = explain(path, "reading a layer");
    let (version, place) = place(connection, path, name, None)?;
    let table = Table::read(connection, path, &place.table, &place.geometry_column)?;
    let mut statement = connection.prepare_cached(include_str!("sql/layer.sql")).map_err(&failed)?;
    let (mut info, kind) = statement
        .query_row((name.as_str(), version as i64), |row| {
            let metadata = LayerMetadata {
                title: row.get("title")?,
                title_en: row.get("title_en")?,
                source: row.get("source")?,
                date: row.get("date")?,
                licence: row.get("licence")?,
                vertical_datum: row.get::<_, String>("vertical_datum")?.parse().unwrap_or_default(),
                quality: row.get("quality")?,
                simulated: row.get("simulated")?,
            };
            let edge = |column: &str| row.get::<_, Option<f64>>(column);
            let bounds = match (edge("min_x")?, edge("min_y")?, edge("max_x")?, edge("max_y")?) {
                (Some(west), Some(south), Some(east), Some(north)) => Bounds { min: [west, south], max: [east, north] },
                _ => Bounds::EMPTY,
            };
            let info = LayerInfo {
                name: name.clone(),
                kind: LayerKind::Generic,
                schema: table.schema.clone(),
                metadata,
                revision: row.get::<_, i64>("revision")?.max(0) as u64,
                version,
                versions: Vec::new(),
                count: row.get::<_, i64>("count")?.max(0) as u64,
                bounds,
                quarantined: row.get::<_, i64>("quarantined")?.max(0) as u64,
            };
            Ok((info, row.get::<_, String>("kind")?))
        })
        .map_err(&failed)?;
    info.kind = kind
        .parse()
        .map_err(|_| StoreError::Table { table: "urbis_layer".to_owned(), reason: format!("{kind:?} is no layer kind") })?;
    info.versions = versions(connection, path, name)?;
    Ok(info)
}
