//! What the tests of the store share: features by number, and the outside tools that judge the file.

use std::{path::Path, process::Command, sync::Arc};
use urbis_model::{ColumnType, FeatureBatch, FeatureId, Field, GeometryKind, LayerKind, LayerMetadata, LayerName, Schema, Value};
use urbis_store::{Access, ImportMode, ImportSession, Store, StoreError};

/// The columns of [`building`].
pub(crate) fn building_schema() -> Arc<Schema> {
    let field = |name: &str, column_type| Field { name: name.to_owned(), column_type };
    Arc::new(
        Schema::new(vec![
            field("source_id", ColumnType::Text),
            field("name", ColumnType::Text),
            field("use", ColumnType::Text),
            field("levels", ColumnType::Int),
            field("height_m", ColumnType::Float),
            field("measured", ColumnType::Bool),
        ])
        .unwrap(),
    )
}

/// Adds an eight-cornered building whose place and values follow from its number.
pub(crate) fn building(batch: &mut FeatureBatch, number: u64) {
    let uses = ["residential", "commercial", "industrial", "school"];
    let (key, name) = (format!("way/{number}"), format!("{number}号楼"));
    let values = [
        Value::Text(&key),
        Value::Text(&name),
        Value::Text(uses[number as usize % uses.len()]),
        Value::Int(1 + number as i64 % 30),
        if number.is_multiple_of(7) { Value::Null } else { Value::Float(3.1 * (1 + number % 30) as f64) },
        Value::Bool(number.is_multiple_of(2)),
    ];
    let id = FeatureId::new(number + 1).unwrap();
    batch.push(id, |writer| write_octagon(writer, number), &values).unwrap();
}

fn write_octagon(writer: &mut urbis_model::geometry::GeometryWriter<'_>, number: u64) {
    const CORNERS: [[f64; 2]; 9] =
        [[0.0, 0.0], [2.0, 0.0], [2.0, 1.0], [1.5, 1.0], [1.5, 2.0], [0.5, 2.0], [0.5, 1.0], [0.0, 1.0], [0.0, 0.0]];
    let west = 121.0 + (number % 1000) as f64 * 3e-4;
    let south = 31.7 + (number / 1000) as f64 * 3e-4;
    writer.kind(GeometryKind::Polygon);
    writer.part();
    writer.ring();
    for [x, y] in CORNERS {
        writer.vertex([west + x * 1e-4, south + y * 1e-4]);
    }
}

/// Buildings by number, as one batch.
pub(crate) fn buildings(numbers: impl IntoIterator<Item = u64>) -> FeatureBatch {
    let mut batch = FeatureBatch::new(building_schema());
    numbers.into_iter().for_each(|number| building(&mut batch, number));
    batch
}

/// The name of the layer that the tests fill.
pub(crate) fn name() -> LayerName {
    "buildings".parse().unwrap()
}

/// Begins an import of [`buildings`].
pub(crate) fn begin(store: &Store, mode: ImportMode) -> Result<ImportSession, StoreError> {
    let metadata = LayerMetadata { title: "建筑（模拟数据）".to_owned(), simulated: true, ..LayerMetadata::default() };
    store.begin_import(&name(), LayerKind::Building, building_schema(), metadata, mode)
}

/// Imports a batch of buildings as a new version.
pub(crate) fn import(store: &Store, mode: ImportMode, batch: &FeatureBatch) -> urbis_store::LayerInfo {
    let mut session = begin(store, mode).unwrap();
    session.write(batch).unwrap();
    session.commit("{}").unwrap()
}

/// Opens, making it where there is none.
pub(crate) fn create(path: &Path) -> Store {
    Store::open(path, Access::Create).unwrap()
}

/// Each feature as text: everything the model holds of it.
pub(crate) fn lines(batch: &FeatureBatch) -> Vec<String> {
    (0..batch.len())
        .map(|index| {
            let shape = batch.geometry(index);
            let parts: Vec<_> = shape
                .parts()
                .map(|part| {
                    let rings = part.rings().map(|ring| {
                        let z_m = ring.z_m().filter(|_| shape.z_m().is_some_and(|z| z.iter().any(|z| !z.is_nan())));
                        let depth_m = ring.depth_m().filter(|_| shape.depth_m().is_some_and(|d| d.iter().any(|d| !d.is_nan())));
                        (ring.lonlat(), z_m, depth_m)
                    });
                    (part.face(), rings.collect::<Vec<_>>())
                })
                .collect();
            let values: Vec<_> = batch.columns().iter().map(|column| column.value(index)).collect();
            format!("{} {:?} {parts:?} {values:?}", batch.ids()[index], shape.kind())
        })
        .collect()
}

/// All features of a version as [`lines`].
pub(crate) fn read(store: &Store, name: &LayerName, version: Option<u64>) -> Vec<String> {
    let mut all = Vec::new();
    store
        .read(name, version, &mut |batch| {
            all.extend(lines(&batch));
            Ok(())
        })
        .unwrap();
    all
}

/// Asks SQLite's own checks and GDAL's GeoPackage validator. Says so when a tool is absent.
pub(crate) fn assert_sound(path: &Path) {
    let connection = rusqlite::Connection::open(path).unwrap();
    let verdict: String = connection.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(verdict, "ok");
    // A table that waits to be swept belongs to no version; its R-tree may be half built.
    let rtrees = "SELECT group_concat(name, char(10)) FROM sqlite_schema WHERE sql LIKE 'CREATE VIRTUAL TABLE%rtree%'
        AND name NOT IN (SELECT 'rtree_' || table_name || '_' || geometry_column FROM urbis_sweep)";
    let rtrees: Option<String> = connection.query_row(rtrees, [], |row| row.get(0)).unwrap();
    for rtree in rtrees.iter().flat_map(|names| names.lines()) {
        let verdict: String = connection.query_row("SELECT rtreecheck(?)", [rtree], |row| row.get(0)).unwrap();
        assert_eq!(verdict, "ok", "{rtree}");
    }
    drop(connection);
    let Some(python) = validator() else { return };
    let script = "import sys; from osgeo_utils.samples.validate_gpkg import check; \
                  check(sys.argv[1], extra_checks=True, warning_as_error=True)";
    let output = Command::new(python).arg("-c").arg(script).arg(path).output().unwrap();
    assert!(output.status.success(), "{}{}", text(&output.stdout), text(&output.stderr));
}

/// A Python that has GDAL's validator: Debian's package python3-gdal serves the system's.
fn validator() -> Option<&'static str> {
    let has = |python: &&&str| {
        let import = Command::new(python).args(["-c", "import osgeo_utils.samples.validate_gpkg"]).output();
        import.is_ok_and(|output| output.status.success())
    };
    let found = ["/usr/bin/python3", "python3"].iter().find(|python| has(python)).copied();
    if found.is_none() {
        eprintln!("SKIPPED: GDAL's GeoPackage validator is absent (Debian: python3-gdal)");
    }
    found
}

/// What `ogrinfo` says, none (with a word) when it is absent.
pub(crate) fn ogrinfo(arguments: &[&str]) -> Option<String> {
    match Command::new("ogrinfo").args(arguments).output() {
        Ok(output) => {
            assert!(output.status.success(), "{}{}", text(&output.stdout), text(&output.stderr));
            assert!(output.stderr.is_empty(), "{}", text(&output.stderr));
            Some(text(&output.stdout))
        }
        Err(_) => {
            eprintln!("SKIPPED: ogrinfo is absent (Debian: gdal-bin)");
            None
        }
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
