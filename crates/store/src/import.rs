//! One import: a new version of a layer, filled beside the current one and made current in one short step.

mod fill;
mod ids;
mod lock;
mod switch;

use crate::{
    Access, CityFile, LayerInfo, StoreError, StoreOptions,
    beside::unsorted,
    city_file::layer_info,
    database::{Mode, connect},
    error::explain,
    read::Snapshot,
    steps::Steps,
    sweep::sweep,
    table::{position_as_sql, reserved_column},
};
use fill::Fill;
use ids::{KeptIds, SOURCE_KEY_COLUMN};
use lock::ImportLock;
use rusqlite::OptionalExtension;
use std::sync::Arc;
use switch::Switch;
use urbis_model::{FeatureBatch, FeatureId, Field, LayerKind, LayerMetadata, LayerName, Schema};

/// Whether an import takes the place of what a layer holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImportMode {
    /// The new version holds the import's features only; those whose `source_id` was there keep their id.
    Replace,
    /// The new version holds the current one's features, with their ids, and the import's, all with new ids. What the
    /// import's metadata leaves empty stays as it was, and simulated stays simulated.
    Append,
}

/// An import that runs. Dropped before [`ImportSession::commit`], it leaves nothing but space that the next import
/// takes back.
#[derive(Debug)]
pub struct ImportSession {
    name: LayerName,
    kind: LayerKind,
    metadata: LayerMetadata,
    features: Fill,
    quarantine: Option<Fill>,
    kept: KeptIds,
    /// Of an append, the keys that the layer had before.
    known: KeptIds,
    /// After what sorts in files beside: they make room for the folding of the log.
    steps: Steps,
    repeated: RepeatedKeys,
    next_id: u64,
    options: StoreOptions,
    failed: bool,
    /// Held to the end; last, so that it goes after the connection.
    _lock: ImportLock,
}

/// Keys of appended features that the layer had already: each is two features now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RepeatedKeys {
    /// How many.
    pub count: u64,
    /// The first few.
    pub examples: Vec<String>,
}

/// The most examples of [`RepeatedKeys`].
const MAX_EXAMPLES: usize = 3;

/// What a layer says of itself when an import begins.
struct Current {
    kind: LayerKind,
    next_id: u64,
}

impl CityFile {
    pub(crate) fn begin_import(
        &self,
        name: &LayerName,
        kind: LayerKind,
        schema: Arc<Schema>,
        metadata: LayerMetadata,
        mode: ImportMode,
    ) -> Result<ImportSession, StoreError> {
        let path = &self.place();
        if self.access == Access::Read {
            return Err(StoreError::ReadOnly { path: self.path.clone() });
        }
        if name.as_str().ends_with("_quarantine") {
            return Err(StoreError::ReservedName { layer: name.clone() });
        }
        check_columns(name.as_str(), &schema)?;
        let failed = explain(path, "beginning an import");
        self.check_present()?;
        let connection = connect(path, Mode::Write)?;
        if let Some(limit_bytes) = self.options.size_limit_bytes {
            let page_bytes: i64 = connection.pragma_query_value(None, "page_size", |row| row.get(0)).map_err(&failed)?;
            connection.pragma_update(None, "max_page_count", limit_bytes as i64 / page_bytes).map_err(&failed)?;
        }
        let now: String = connection.query_row("SELECT datetime('now')", [], |row| row.get(0)).map_err(&failed)?;
        let holder = format!("process {}, layer {name}, since {now} UTC", std::process::id());
        let lock = ImportLock::take(path, &holder, self.options.import_wait)?;
        let mut steps = Steps::new(connection, path);
        sweep(&mut steps)?;
        let current = current(&steps, name)?;
        if let Some(current) = &current
            && current.kind != kind
        {
            return Err(StoreError::OtherKind { layer: name.clone(), stored: current.kind, given: kind });
        }
        let previous =
            current.as_ref().map(|_| Snapshot::of_version(path, name, None)).transpose()?.map(|(_, snapshot)| snapshot);
        let keys = |previous: &Snapshot| KeptIds::of(steps.connection(), path, previous.table());
        let (kept, known, schema) = match (&previous, mode) {
            (None, _) => (KeptIds::none(), KeptIds::none(), schema),
            (Some(previous), ImportMode::Replace) => (keys(previous)?, KeptIds::none(), schema),
            (Some(previous), ImportMode::Append) => {
                (KeptIds::none(), keys(previous)?, union(name, &previous.table().schema, &schema)?)
            }
        };
        let metadata = match (&previous, mode) {
            // A layer that holds simulated features stays one that does.
            (Some(_), ImportMode::Append) => metadata.or(layer_info(steps.connection(), path, name)?.metadata),
            _ => metadata,
        };
        let features = Fill::begin(&mut steps, format!("urbis_filling_{name}"), schema)?;
        let mut session = ImportSession {
            steps,
            name: name.clone(),
            kind,
            metadata,
            features,
            quarantine: None,
            kept,
            known,
            repeated: RepeatedKeys::default(),
            next_id: current.map_or(1, |current| current.next_id),
            options: self.options.clone(),
            failed: false,
            _lock: lock,
        };
        if let Some(previous) = previous.filter(|_| mode == ImportMode::Append) {
            session.copy(&previous)?;
        }
        Ok(session)
    }
}

impl ImportSession {
    /// Writes features. Their ids are provisional: each gets the id its `source_id` had, or the next one.
    ///
    /// # Errors
    /// [`StoreError::Full`] and others; the import is then abandoned, and every later call says so.
    ///
    /// # Panics
    /// When the batch has a column that the session's schema does not have.
    pub fn write(&mut self, batch: &FeatureBatch) -> Result<(), StoreError> {
        self.check()?;
        for field in batch.schema().fields() {
            let own = self.features.table.schema.fields();
            let has = position_as_sql(&self.features.table.schema, &field.name)
                .is_some_and(|position| own[position].column_type == field.column_type);
            assert!(has, "the session has no column like {field:?}");
        }
        let keys = position_as_sql(batch.schema(), SOURCE_KEY_COLUMN).map(|position| &batch.columns()[position]);
        let Self { steps, features, kept, known, repeated, next_id, name, .. } = self;
        let path = steps.path().to_owned();
        let mut id_of = |index: usize| {
            let key = match keys.map(|keys| keys.value(index)) {
                Some(urbis_model::Value::Text(key)) => Some(key),
                _ => None,
            };
            if let Some(key) = key
                && let Some(id) = kept.claim(key).map_err(unsorted(&path))?
            {
                return Ok(id);
            }
            if let Some(key) = key
                && known.claim(key).map_err(unsorted(&path))?.is_some()
            {
                repeated.count += 1;
                if repeated.examples.len() < MAX_EXAMPLES {
                    repeated.examples.push(key.to_owned());
                }
            }
            let id = *next_id;
            if id > FeatureId::MAX {
                return Err(StoreError::NoIdLeft { layer: name.clone() });
            }
            *next_id += 1;
            Ok(id)
        };
        let written = features.write(steps, batch, &mut id_of);
        self.settle(written)
    }

    /// Writes features that were set aside, with the column `reason`, into the layer's quarantine table.
    ///
    /// # Errors
    /// As [`ImportSession::write`].
    pub fn quarantine(&mut self, batch: &FeatureBatch) -> Result<(), StoreError> {
        self.check()?;
        if batch.is_empty() {
            return Ok(());
        }
        let fits = check_columns(&format!("{}_quarantine", self.name), batch.schema());
        let written = fits.and_then(|()| self.write_quarantine(batch));
        self.settle(written)
    }

    fn write_quarantine(&mut self, batch: &FeatureBatch) -> Result<(), StoreError> {
        if self.quarantine.is_none() {
            let name = format!("urbis_filling_{}_quarantine", self.name);
            self.quarantine = Some(Fill::begin(&mut self.steps, name, batch.schema().clone())?);
        }
        let Some(quarantine) = &mut self.quarantine else { return Ok(()) };
        let schema = union(&self.name, &quarantine.table.schema, batch.schema())?;
        quarantine.widen(&mut self.steps, schema)?;
        let first = quarantine.count + 1;
        quarantine.write(&mut self.steps, batch, &mut |index| Ok(first + index as u64))
    }

    /// Which keys of the features written so far the layer had already, where it is added to.
    pub fn repeated_keys(&self) -> &RepeatedKeys {
        &self.repeated
    }

    /// Makes what was written the layer's current version, and keeps the import's report with it.
    ///
    /// # Errors
    /// As [`ImportSession::write`]; the layer is then as it was.
    pub fn commit(mut self, report_json: &str) -> Result<LayerInfo, StoreError> {
        self.check()?;
        self.features.finish(&mut self.steps)?;
        if let Some(quarantine) = &mut self.quarantine {
            quarantine.finish(&mut self.steps)?;
        }
        let Self { steps, name, kind, metadata, features, quarantine, next_id, options, .. } = &mut self;
        let switch = Switch {
            name,
            kind: *kind,
            metadata,
            features,
            quarantine: quarantine.as_ref(),
            next_id: *next_id,
            kept_versions: options.kept_versions,
            report_json,
        };
        switch.run(steps)?;
        // The import is done: what sweeping could not drop now, the next import's sweep will.
        let _ = sweep(steps);
        layer_info(steps.connection(), steps.path(), name)
    }

    fn check(&self) -> Result<(), StoreError> {
        if self.failed { Err(StoreError::Abandoned { layer: self.name.clone() }) } else { Ok(()) }
    }

    fn settle(&mut self, outcome: Result<(), StoreError>) -> Result<(), StoreError> {
        if outcome.is_err() {
            self.failed = true;
            self.steps.undo();
        }
        outcome
    }

    /// Copies the features of the version that is appended to, and what its import set aside.
    fn copy(&mut self, previous: &Snapshot) -> Result<(), StoreError> {
        let path = self.steps.path().to_owned();
        let Self { steps, features, .. } = self;
        previous.read(&path, &mut |batch| features.write(steps, &batch, &mut |index| Ok(batch.ids()[index].number())))?;
        let quarantine = format!("{}_quarantine", self.name);
        let column = "SELECT column_name FROM gpkg_geometry_columns WHERE table_name = ?";
        let column: Option<String> =
            self.steps.connection().query_row(column, [&quarantine], |row| row.get(0)).optional().map_err(self.steps.failed())?;
        let Some(column) = column else { return Ok(()) };
        let previous = Snapshot::of_table(&path, &quarantine, &column)?;
        previous.read(&path, &mut |batch| self.write_quarantine(&batch))
    }
}

/// What the layer says of itself; none for a new one. Ids that another program gave out count as used.
fn current(steps: &Steps, name: &LayerName) -> Result<Option<Current>, StoreError> {
    let connection = steps.connection();
    let sql = "SELECT kind, next_id FROM urbis_layer WHERE name = ?";
    let row: Option<(String, i64)> =
        connection.query_row(sql, [name.as_str()], |row| Ok((row.get(0)?, row.get(1)?))).optional().map_err(steps.failed())?;
    let Some((kind, next_id)) = row else { return Ok(None) };
    let greatest = format!("SELECT coalesce(max(rowid), 0) FROM {}", crate::table::quote(name.as_str()));
    let greatest: i64 = connection.query_row(&greatest, [], |row| row.get(0)).map_err(steps.failed())?;
    let reason = format!("{kind:?} is no layer kind");
    let kind = kind.parse().map_err(|_| StoreError::Table { table: "urbis_layer".to_owned(), reason })?;
    Ok(Some(Current { kind, next_id: next_id.max(greatest.saturating_add(1)).max(1) as u64 }))
}

/// Refuses columns of an import that have a name of the store's own.
fn check_columns(table: &str, schema: &Schema) -> Result<(), StoreError> {
    match reserved_column(schema) {
        Some(column) => Err(StoreError::ReservedColumn { table: table.to_owned(), column: column.to_owned() }),
        None => Ok(()),
    }
}

/// The columns of the layer, then those that only the import has. ASCII case does not count in names, as in SQL.
fn union(name: &LayerName, stored: &Schema, given: &Schema) -> Result<Arc<Schema>, StoreError> {
    let mut fields: Vec<Field> = stored.fields().to_vec();
    for field in given.fields() {
        match fields.iter().find(|stored| stored.name.eq_ignore_ascii_case(&field.name)) {
            None => fields.push(field.clone()),
            Some(stored) if stored.column_type == field.column_type => {}
            Some(stored) => {
                return Err(StoreError::OtherColumnType {
                    layer: name.clone(),
                    column: field.name.clone(),
                    stored: stored.column_type.name(),
                    given: field.column_type.name(),
                });
            }
        }
    }
    Schema::new(fields).map(Arc::new).map_err(|source| StoreError::Columns { layer: name.clone(), source })
}
