//! A table being filled, which nobody reads yet.

use crate::{
    StoreError,
    beside::{sorter, unsorted},
    blob::{BESIDE_TYPE, DEPTH_COLUMN, Encoded, FACES_COLUMN, encode, encode_depth, encode_faces},
    rtree::{self, Entry},
    steps::Steps,
    table::{GEOMETRY_COLUMN, ID_COLUMN, Table, declared_type, free_column_name, position_as_sql, quote, rtree_name},
};
use rusqlite::{Statement, ToSql, types::Null};
use std::{io, sync::Arc};
use urbis_model::{Bounds, ColumnType, FeatureBatch, Schema, Value};
use urbis_sorted::Sorter;

/// A table of features that grows, and what must be known of it at the end.
#[derive(Debug)]
pub(super) struct Fill {
    pub(super) table: Table,
    pub(super) count: u64,
    pub(super) bounds: Bounds,
    boxes: Sorter<4>,
    /// Bit `n` set: a geometry of WKB type `n` is in.
    wkb_types: u8,
    with_z: bool,
    without_z: bool,
    insert: String,
    blob: Vec<u8>,
    depth: Vec<u8>,
    faces: Vec<u8>,
}

impl Fill {
    /// Makes an empty table, listed in `urbis_sweep` until a switch takes it over.
    pub(super) fn begin(steps: &mut Steps, name: String, schema: Arc<Schema>) -> Result<Self, StoreError> {
        let table = Table {
            id_column: free_column_name(&schema, ID_COLUMN),
            geometry_column: free_column_name(&schema, GEOMETRY_COLUMN),
            name,
            schema,
            has_depth: false,
            has_faces: false,
        };
        let mut columns = vec![
            format!("{} INTEGER PRIMARY KEY NOT NULL", quote(&table.id_column)),
            format!("{} GEOMETRY", quote(&table.geometry_column)),
        ];
        let attributes = table.schema.fields().iter();
        columns.extend(attributes.map(|field| format!("{} {}", quote(&field.name), declared_type(field.column_type))));
        let create = format!("CREATE TABLE {} ({})", quote(&table.name), columns.join(", "));
        steps.begin("beginning an import")?;
        let list = "INSERT INTO urbis_sweep (table_name, geometry_column) VALUES (?, ?)";
        let made = steps
            .connection()
            .execute(list, (&table.name, &table.geometry_column))
            .and_then(|_| steps.connection().execute_batch(&create))
            .map_err(steps.failed());
        made.and_then(|()| steps.end()).inspect_err(|_| steps.undo())?;
        let insert = insert(&table);
        let boxes = sorter(steps.path())?;
        Ok(Self {
            table,
            insert,
            count: 0,
            bounds: Bounds::EMPTY,
            boxes,
            wkb_types: 0,
            with_z: false,
            without_z: false,
            blob: Vec::new(),
            depth: Vec::new(),
            faces: Vec::new(),
        })
    }

    /// Takes up columns that the table does not have yet.
    pub(super) fn widen(&mut self, steps: &mut Steps, schema: Arc<Schema>) -> Result<(), StoreError> {
        let new = &schema.fields()[self.table.schema.fields().len()..];
        if new.is_empty() {
            return Ok(());
        }
        steps.begin("adding columns")?;
        for field in new {
            self.add_column(steps, &field.name, declared_type(field.column_type))?;
        }
        steps.end()?;
        self.table.schema = schema;
        self.insert = insert(&self.table);
        Ok(())
    }

    /// Writes the features of a batch under the ids that `id_of` gives for their positions. A column that the batch
    /// does not have is null; ASCII case does not count in names.
    pub(super) fn write(
        &mut self,
        steps: &mut Steps,
        batch: &FeatureBatch,
        id_of: &mut dyn FnMut(usize) -> Result<u64, StoreError>,
    ) -> Result<(), StoreError> {
        if batch.is_empty() {
            return Ok(());
        }
        let columns: Vec<Option<usize>> =
            self.table.schema.fields().iter().map(|field| position_as_sql(batch.schema(), &field.name)).collect();
        steps.begin("writing features")?;
        for index in 0..batch.len() {
            let id = id_of(index)?;
            self.row(steps, batch, index, id, &columns)?;
            steps.breathe()?;
        }
        steps.end()
    }

    fn row(
        &mut self,
        steps: &Steps,
        batch: &FeatureBatch,
        index: usize,
        id: u64,
        columns: &[Option<usize>],
    ) -> Result<(), StoreError> {
        let geometry = batch.geometry(index);
        let encoded = encode(geometry, &mut self.blob);
        let depth = encode_depth(geometry, &mut self.depth);
        let faces = encode_faces(geometry, &mut self.faces);
        if depth && !self.table.has_depth {
            self.add_beside(steps, DEPTH_COLUMN)?;
            self.table.has_depth = true;
            self.insert = insert(&self.table);
        }
        if faces && !self.table.has_faces {
            self.add_beside(steps, FACES_COLUMN)?;
            self.table.has_faces = true;
            self.insert = insert(&self.table);
        }
        let failed = steps.failed();
        let mut statement = steps.connection().prepare_cached(&self.insert).map_err(&failed)?;
        let mut place = 0;
        bind(&mut statement, &mut place, id as i64).map_err(&failed)?;
        bind(&mut statement, &mut place, &self.blob[..]).map_err(&failed)?;
        for (field, column) in self.table.schema.fields().iter().zip(columns) {
            let value = column.map_or(Value::Null, |column| batch.columns()[column].value(index));
            check_date(&field.name, field.column_type, value)?;
            match value {
                Value::Null => bind(&mut statement, &mut place, Null),
                Value::Bool(value) => bind(&mut statement, &mut place, value),
                Value::Int(value) => bind(&mut statement, &mut place, value),
                Value::Float(value) => bind(&mut statement, &mut place, value),
                Value::Text(value) => bind(&mut statement, &mut place, value),
            }
            .map_err(&failed)?;
        }
        if self.table.has_depth {
            bind(&mut statement, &mut place, depth.then_some(&self.depth[..])).map_err(&failed)?;
        }
        if self.table.has_faces {
            bind(&mut statement, &mut place, faces.then_some(&self.faces[..])).map_err(&failed)?;
        }
        statement.raw_execute().map_err(&failed)?;
        drop(statement);
        self.note(id, encoded).map_err(unsorted(steps.path()))
    }

    fn note(&mut self, id: u64, encoded: Encoded) -> io::Result<()> {
        self.count += 1;
        self.bounds.merge(&encoded.bounds);
        self.wkb_types |= 1 << encoded.wkb_type;
        self.with_z |= encoded.has_z;
        self.without_z |= !encoded.has_z;
        self.boxes.push(Entry::new(id, &encoded.bounds).record())
    }

    /// Adds a column that stands beside the geometry.
    fn add_beside(&self, steps: &Steps, column: &str) -> Result<(), StoreError> {
        if let Some(taken) = position_as_sql(&self.table.schema, column) {
            let column = self.table.schema.fields()[taken].name.clone();
            return Err(StoreError::ReservedColumn { table: self.table.name.clone(), column });
        }
        self.add_column(steps, column, BESIDE_TYPE)
    }

    /// Adds a column; costs nothing for the rows that are in.
    fn add_column(&self, steps: &Steps, column: &str, declared: &str) -> Result<(), StoreError> {
        let alter = format!("ALTER TABLE {} ADD COLUMN {} {declared}", quote(&self.table.name), quote(column));
        steps.connection().execute_batch(&alter).map_err(steps.failed())
    }

    /// Builds the R-tree and declares what the geometries are.
    pub(super) fn finish(&mut self, steps: &mut Steps) -> Result<(), StoreError> {
        let rtree = rtree_name(&self.table.name, &self.table.geometry_column);
        let none = sorter(steps.path())?;
        rtree::create(steps, &rtree, std::mem::replace(&mut self.boxes, none))?;
        self.declare(steps).inspect_err(|_| steps.undo())
    }

    /// Rewrites the geometry column's declared type, known only now, in the schema table: the way that SQLite's own
    /// documentation gives for changes that do not touch rows ("Making Other Kinds Of Table Schema Changes").
    fn declare(&self, steps: &mut Steps) -> Result<(), StoreError> {
        let type_name = self.geometry_type_name();
        if type_name == "GEOMETRY" {
            return Ok(());
        }
        let column = quote(&self.table.geometry_column);
        let (before, after) = (format!("{column} GEOMETRY"), format!("{column} {type_name}"));
        steps.begin("declaring the geometry type")?;
        let connection = steps.connection();
        let declare = || {
            let cookie: i64 = connection.pragma_query_value(None, "schema_version", |row| row.get(0))?;
            connection.pragma_update(None, "writable_schema", "ON")?;
            let rewrite = "UPDATE sqlite_schema SET sql = replace(sql, ?, ?) WHERE type = 'table' AND name = ?";
            connection.execute(rewrite, (&before, &after, &self.table.name))?;
            connection.pragma_update(None, "schema_version", cookie + 1)
        };
        let declared = declare().map_err(steps.failed());
        let ended = declared.and_then(|()| steps.end());
        // Whether or not it worked, the connection must forget the old schema and stop writing to it.
        steps.connection().pragma_update(None, "writable_schema", "RESET").map_err(steps.failed())?;
        ended
    }

    /// The one type that all geometries have, else `GEOMETRY`.
    pub(super) fn geometry_type_name(&self) -> &'static str {
        const NAMES: [&str; 7] = ["GEOMETRY", "POINT", "LINESTRING", "POLYGON", "MULTIPOINT", "MULTILINESTRING", "MULTIPOLYGON"];
        if self.wkb_types.count_ones() == 1 { NAMES[self.wkb_types.trailing_zeros() as usize] } else { NAMES[0] }
    }

    /// GeoPackage's code for z: 0 no geometry has it, 1 all do, 2 some do.
    pub(super) fn z_code(&self) -> i64 {
        match (self.with_z, self.without_z) {
            (false, _) => 0,
            (true, false) => 1,
            (true, true) => 2,
        }
    }
}

/// The statement that adds a row: id, geometry, attributes, then what stands beside the geometry.
fn insert(table: &Table) -> String {
    let mut columns = vec![quote(&table.id_column), quote(&table.geometry_column)];
    columns.extend(table.schema.fields().iter().map(|field| quote(&field.name)));
    columns.extend(table.has_depth.then(|| quote(DEPTH_COLUMN)));
    columns.extend(table.has_faces.then(|| quote(FACES_COLUMN)));
    let places = vec!["?"; columns.len()].join(", ");
    format!("INSERT INTO {} ({}) VALUES ({places})", quote(&table.name), columns.join(", "))
}

fn bind(statement: &mut Statement<'_>, place: &mut usize, value: impl ToSql) -> rusqlite::Result<()> {
    *place += 1;
    statement.raw_bind_parameter(*place, value)
}

/// Refuses a date or instant that SQLite would take for a number and store as one.
fn check_date(column: &str, column_type: ColumnType, value: Value<'_>) -> Result<(), StoreError> {
    let (ColumnType::Date | ColumnType::DateTime, Value::Text(text)) = (column_type, value) else {
        return Ok(());
    };
    let bytes = text.as_bytes();
    if bytes.len() >= 10 && bytes[..4].iter().all(u8::is_ascii_digit) && bytes[4] == b'-' && bytes[7] == b'-' {
        return Ok(());
    }
    Err(StoreError::NotADate { column: column.to_owned(), value: text.chars().take(40).collect() })
}
