//! Rows into batches: a whole version by several threads, or what a window meets.
//!
//! A whole version is cut into equal spans of ids. Thread `w` of `n` reads spans `w`, `w + n`, `w + 2n`, .. and hands
//! its batches over a bounded channel of its own; the caller's thread takes span after span in turn, so batches come
//! in order and only a few are held. Each thread has its own connection and snapshot; a version's rows never change,
//! so the snapshots need not be the same.

mod row;

use crate::{
    CityFile, StoreError, blob,
    city_file::place,
    database::{Mode, connect},
    error::explain,
    table::{Table, quote, rtree_name},
};
use row::{Feature, push, select};
use rusqlite::{Connection, OptionalExtension};
use std::{
    path::Path,
    sync::mpsc::{Receiver, SyncSender, sync_channel},
    thread,
};
use urbis_model::{Bounds, FeatureBatch, LayerName};

/// Rows of one batch: about 2 MB of buildings, so that a channel of four stays in the processor's outer cache.
const BATCH_ROWS: usize = 4096;
/// Bytes of geometry and text past which a batch is handed over with fewer rows: keeps a layer of coastlines or of
/// long texts within the memory of one of buildings.
const BATCH_BYTES: usize = 8 << 20;
/// Batches that wait in one thread's channel.
const WAITING_BATCHES: usize = 4;
/// Rows below which opening more connections costs more than they save.
const PARALLEL_ROWS: u64 = 20_000;

type On<'a> = &'a mut dyn FnMut(FeatureBatch) -> Result<(), StoreError>;

/// A connection with a snapshot and the table that a version has in it.
pub(crate) struct Snapshot {
    connection: Connection,
    table: Table,
}

impl Snapshot {
    /// Opens a snapshot of a version, the current one when none is named.
    pub(crate) fn of_version(path: &Path, name: &LayerName, version: Option<u64>) -> Result<(u64, Self), StoreError> {
        let connection = begin(path)?;
        let (version, place) = place(&connection, path, name, version)?;
        let table = Table::read(&connection, path, &place.table, &place.geometry_column)?;
        Ok((version, Self { connection, table }))
    }

    /// Opens a snapshot of a table that is no version of a layer.
    pub(crate) fn of_table(path: &Path, table: &str, geometry_column: &str) -> Result<Self, StoreError> {
        let connection = begin(path)?;
        let table = Table::read(&connection, path, table, geometry_column)?;
        Ok(Self { connection, table })
    }

    pub(crate) fn table(&self) -> &Table {
        &self.table
    }

    /// Reads all rows on this thread.
    pub(crate) fn read(&self, path: &Path, on: On<'_>) -> Result<(), StoreError> {
        self.read_span(path, (i64::MIN, i64::MAX), on)
    }

    /// Reads the rows with ids from the first to the second, both included.
    fn read_span(&self, path: &Path, span: (i64, i64), on: On<'_>) -> Result<(), StoreError> {
        let failed = explain(path, "reading features");
        let id = quote(&self.table.id_column);
        let sql = format!("{} WHERE {id} BETWEEN ? AND ? ORDER BY {id}", select(&self.table));
        let mut statement = self.connection.prepare_cached(&sql).map_err(&failed)?;
        let mut rows = statement.query(span).map_err(&failed)?;
        let mut batches = Batches::new(&self.table, on);
        while let Some(row) = rows.next().map_err(&failed)? {
            batches.push(Feature::of(row).map_err(&failed)?)?;
        }
        batches.end()
    }

    /// The least and greatest id; none when there is no row.
    fn id_range(&self, path: &Path) -> Result<Option<(i64, i64)>, StoreError> {
        let (id, table) = (quote(&self.table.id_column), quote(&self.table.name));
        let sql = format!("SELECT (SELECT min({id}) FROM {table}), (SELECT max({id}) FROM {table})");
        let range: (Option<i64>, Option<i64>) = self
            .connection
            .query_row(&sql, [], |row| Ok((row.get(0)?, row.get(1)?)))
            .map_err(explain(path, "reading features"))?;
        Ok(range.0.zip(range.1))
    }
}

/// Collects rows and hands them over by the batch.
struct Batches<'a> {
    table: &'a Table,
    on: On<'a>,
    batch: FeatureBatch,
    bytes: usize,
}

impl<'a> Batches<'a> {
    fn new(table: &'a Table, on: On<'a>) -> Self {
        Self { table, on, batch: FeatureBatch::new(table.schema.clone()), bytes: 0 }
    }

    fn push(&mut self, feature: Feature<'_>) -> Result<(), StoreError> {
        self.bytes += push(&mut self.batch, self.table, feature)?;
        if self.batch.len() == BATCH_ROWS || self.bytes >= BATCH_BYTES {
            self.bytes = 0;
            (self.on)(std::mem::replace(&mut self.batch, FeatureBatch::new(self.table.schema.clone())))?;
        }
        Ok(())
    }

    fn end(self) -> Result<(), StoreError> {
        if self.batch.is_empty() { Ok(()) } else { (self.on)(self.batch) }
    }
}

fn begin(path: &Path) -> Result<Connection, StoreError> {
    let connection = connect(path, Mode::Read)?;
    connection.execute_batch("BEGIN").map_err(explain(path, "reading features"))?;
    Ok(connection)
}

impl CityFile {
    pub(crate) fn read(&self, name: &LayerName, version: Option<u64>, on: On<'_>) -> Result<(), StoreError> {
        let (version, first) = Snapshot::of_version(&self.path, name, version)?;
        let Some((least, greatest)) = first.id_range(&self.path)? else {
            return Ok(());
        };
        let sql = "SELECT count FROM urbis_version WHERE layer = ? AND version = ?";
        let count = first
            .connection
            .query_row(sql, (name.as_str(), version as i64), |row| crate::city_file::unsigned(row, 0))
            .map_err(explain(&self.path, "reading features"))?;
        let threads = thread::available_parallelism().map_or(1, usize::from).min(8);
        if count < PARALLEL_ROWS || threads == 1 {
            return first.read(&self.path, on);
        }
        let mut snapshots = vec![first];
        for _ in 1..threads {
            snapshots.push(Snapshot::of_version(&self.path, name, Some(version))?.1);
        }
        read_parallel(&self.path, snapshots, &spans(least, greatest, count), on)
    }

    pub(crate) fn read_window(
        &self,
        name: &LayerName,
        version: Option<u64>,
        window: &Bounds,
        on: On<'_>,
    ) -> Result<(), StoreError> {
        let failed = explain(&self.path, "reading a window");
        let (_, snapshot) = Snapshot::of_version(&self.path, name, version)?;
        let table = &snapshot.table;
        // 1. Candidates from the R-tree, whose boxes are rounded outward.
        let rtree = quote(&rtree_name(&table.name, &table.geometry_column));
        let sql = format!("SELECT id FROM {rtree} WHERE maxx >= ? AND minx <= ? AND maxy >= ? AND miny <= ?");
        let mut statement = snapshot.connection.prepare(&sql).map_err(&failed)?;
        let edges = [window.min[0], window.max[0], window.min[1], window.max[1]];
        let mut ids: Vec<i64> = statement.query_map(edges, |row| row.get(0)).and_then(Iterator::collect).map_err(&failed)?;
        ids.sort_unstable();
        // 2. Their rows, in order of ids, less those whose exact box is outside.
        let sql = format!("{} WHERE {} = ?", select(table), quote(&table.id_column));
        let mut statement = snapshot.connection.prepare(&sql).map_err(&failed)?;
        let mut batches = Batches::new(table, on);
        for id in ids {
            let meets = statement
                .query_row([id], |row| {
                    let feature = Feature::of(row)?;
                    let blob = feature.geometry(table);
                    Ok(match blob.and_then(|blob| blob::bounds(blob).map_err(|source| feature.refuse(table, source))) {
                        Ok(bounds) if !bounds.intersects(window) => Ok(()),
                        Ok(_) => batches.push(feature),
                        Err(error) => Err(error),
                    })
                })
                .optional()
                .map_err(&failed)?;
            meets.transpose()?;
        }
        batches.end()
    }
}

/// Equal spans of ids, of one batch each when ids are dense.
fn spans(least: i64, greatest: i64, count: u64) -> Vec<(i64, i64)> {
    let ids = greatest.abs_diff(least).saturating_add(1);
    let wanted = count.div_ceil(BATCH_ROWS as u64).max(1);
    let width = ids.div_ceil(wanted).min(i64::MAX as u64) as i64;
    let mut spans = Vec::with_capacity(wanted as usize);
    let mut start = least;
    loop {
        let end = start.saturating_add(width - 1).min(greatest);
        spans.push((start, end));
        if end == greatest {
            return spans;
        }
        start = end + 1;
    }
}

/// What a thread hands over.
enum Message {
    Batch(FeatureBatch),
    SpanEnd,
    Failed(StoreError),
}

fn read_parallel(path: &Path, snapshots: Vec<Snapshot>, spans: &[(i64, i64)], on: On<'_>) -> Result<(), StoreError> {
    let threads = snapshots.len();
    thread::scope(|scope| {
        let receivers: Vec<Receiver<Message>> = snapshots
            .into_iter()
            .enumerate()
            .map(|(worker, snapshot)| {
                let (sender, receiver) = sync_channel(WAITING_BATCHES);
                let own = spans.iter().skip(worker).step_by(threads);
                scope.spawn(move || read_spans(path, &snapshot, own, &sender));
                receiver
            })
            .collect();
        for span in 0..spans.len() {
            loop {
                match receivers[span % threads].recv() {
                    Ok(Message::Batch(batch)) => on(batch)?,
                    Ok(Message::SpanEnd) => break,
                    Ok(Message::Failed(error)) => return Err(error),
                    Err(_) => unreachable!("a reading thread ends its span before it hangs up"),
                }
            }
        }
        Ok(())
    })
}

/// One thread's spans. A failed send means that the caller has stopped listening.
fn read_spans<'a>(path: &Path, snapshot: &Snapshot, spans: impl Iterator<Item = &'a (i64, i64)>, sender: &SyncSender<Message>) {
    for span in spans {
        let mut listening = true;
        let outcome = snapshot.read_span(path, *span, &mut |batch| {
            listening = listening && sender.send(Message::Batch(batch)).is_ok();
            Ok(())
        });
        let message = outcome.map_or_else(Message::Failed, |()| Message::SpanEnd);
        if !listening || sender.send(message).is_err() {
            return;
        }
    }
}
