//! The tables that hold features: their names, and what their columns say.

use crate::{
    blob::{BESIDE_TYPE, DEPTH_COLUMN, FACES_COLUMN},
    error::{StoreError, explain},
};
use rusqlite::Connection;
use std::{path::Path, sync::Arc};
use urbis_model::{ColumnType, Field, Schema};

/// The column of ids, unless another program's column has the name.
pub(crate) const ID_COLUMN: &str = "fid";
/// The column of geometries, unless another program's column has the name.
pub(crate) const GEOMETRY_COLUMN: &str = "geom";
/// How the names of columns begin that only urbis makes.
const PREFIX: &str = "urbis_";

/// A table of features and its columns by role.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    pub(crate) name: String,
    pub(crate) id_column: String,
    pub(crate) geometry_column: String,
    pub(crate) schema: Arc<Schema>,
    pub(crate) has_depth: bool,
    pub(crate) has_faces: bool,
}

/// A name as SQL's quoted identifier.
pub(crate) fn quote(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// The R-tree of a table's geometry column, named as GeoPackage's annex F.3 asks.
pub(crate) fn rtree_name(table: &str, geometry_column: &str) -> String {
    format!("rtree_{table}_{geometry_column}")
}

/// The first of `name`, `urbis_name`, `urbis_name_1`, .. that no column of the schema has.
pub(crate) fn free_column_name(schema: &Schema, name: &str) -> String {
    let taken = |candidate: &str| schema.fields().iter().any(|field| field.name.eq_ignore_ascii_case(candidate));
    let numbered = (1..).map(|number| format!("urbis_{name}_{number}"));
    [name.to_owned(), format!("urbis_{name}")].into_iter().chain(numbered).find(|candidate| !taken(candidate)).unwrap_or_default()
}

/// The first column of an import that has a name which a layer's table keeps for itself.
pub(crate) fn reserved_column(schema: &Schema) -> Option<&str> {
    let is_reserved = |name: &str| {
        let starts = name.as_bytes().get(..PREFIX.len()).is_some_and(|start| start.eq_ignore_ascii_case(PREFIX.as_bytes()));
        starts || name.eq_ignore_ascii_case(ID_COLUMN) || name.eq_ignore_ascii_case(GEOMETRY_COLUMN)
    };
    schema.fields().iter().map(|field| field.name.as_str()).find(|name| is_reserved(name))
}

/// Where the column of this name stands, as SQL compares names: ASCII case does not count.
pub(crate) fn position_as_sql(schema: &Schema, name: &str) -> Option<usize> {
    schema.fields().iter().position(|field| field.name.eq_ignore_ascii_case(name))
}

/// The declared type of a column (GeoPackage 1.3, table 1).
pub(crate) fn declared_type(column_type: ColumnType) -> &'static str {
    match column_type {
        ColumnType::Bool => "BOOLEAN",
        ColumnType::Int => "INTEGER",
        ColumnType::Float => "DOUBLE",
        ColumnType::Date => "DATE",
        ColumnType::DateTime => "DATETIME",
        _ => "TEXT",
    }
}

/// The column type that a declared type means, with sizes such as `TEXT(80)` left out; none for blobs and others.
fn column_type(declared: &str) -> Option<ColumnType> {
    let base = declared.split('(').next().unwrap_or_default().trim().to_ascii_uppercase();
    Some(match base.as_str() {
        "BOOLEAN" => ColumnType::Bool,
        "TINYINT" | "SMALLINT" | "MEDIUMINT" | "INT" | "INTEGER" => ColumnType::Int,
        "FLOAT" | "DOUBLE" | "REAL" => ColumnType::Float,
        "TEXT" => ColumnType::Text,
        "DATE" => ColumnType::Date,
        "DATETIME" => ColumnType::DateTime,
        _ => return None,
    })
}

impl Table {
    /// Reads the columns of a table. Columns that another program added count; blobs it added do not. What stands
    /// beside a geometry is told from a column that only has its name by the declared type, which no import gives.
    ///
    /// # Errors
    /// [`StoreError::Table`] when it has no integer key, or not the geometry column.
    pub(crate) fn read(connection: &Connection, path: &Path, name: &str, geometry_column: &str) -> Result<Self, StoreError> {
        let failed = explain(path, "reading the columns of a layer");
        let refuse = |reason: String| StoreError::Table { table: name.to_owned(), reason };
        let mut statement = connection.prepare_cached("SELECT name, type, pk FROM pragma_table_info(?)").map_err(&failed)?;
        let columns: Vec<(String, String, i64)> = statement
            .query_map([name], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
            .and_then(Iterator::collect)
            .map_err(&failed)?;
        let (mut id_column, mut has_geometry, mut has_depth, mut has_faces) = (None, false, false, false);
        let mut fields = Vec::with_capacity(columns.len());
        for (column, declared, key) in columns {
            if key == 1 && declared.eq_ignore_ascii_case("INTEGER") {
                id_column = Some(column);
            } else if column == geometry_column {
                has_geometry = true;
            } else if column == DEPTH_COLUMN && declared == BESIDE_TYPE {
                has_depth = true;
            } else if column == FACES_COLUMN && declared == BESIDE_TYPE {
                has_faces = true;
            } else if let Some(column_type) = column_type(&declared) {
                fields.push(Field { name: column, column_type });
            }
        }
        if !has_geometry {
            return Err(refuse(format!("it has no column {geometry_column:?}")));
        }
        let schema = Schema::new(fields).map_err(|refusal| refuse(refusal.to_string()))?;
        Ok(Self {
            name: name.to_owned(),
            id_column: id_column.ok_or_else(|| refuse("it has no integer key".to_owned()))?,
            geometry_column: geometry_column.to_owned(),
            schema: Arc::new(schema),
            has_depth,
            has_faces,
        })
    }
}
