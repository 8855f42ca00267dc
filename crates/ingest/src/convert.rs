//! The second pass: spilled features become batches.

use crate::{
    frame::Framing,
    intake::{RawGeometry, RawRow, Records},
    plan::Plan,
    repair::{self, Outcome},
    report::{ReportWriter, RowOutcome},
    shape::{Shape, parse_wkb},
};
use std::{
    collections::HashMap,
    hash::{BuildHasher, RandomState},
    io,
};
use urbis_model::{FeatureBatch, FeatureId, Value};

/// Features of a batch: enough to make a database transaction worth it, few enough to stay in a cache.
const BATCH_FEATURES: usize = 4096;
/// Vertices that end a batch early, so that a run of giant features stays within 100 MB.
const BATCH_VERTICES: usize = 2_000_000;

/// Features on their way into a store.
#[derive(Debug)]
pub struct Batch {
    /// Features that are valid.
    pub features: FeatureBatch,
    /// Features that are not, with a last column `reason`.
    pub quarantined: FeatureBatch,
    /// Features of the source read so far, this batch included.
    pub rows_read: u64,
}

/// Turns spilled features into batches.
pub(crate) struct Converter<'a> {
    pub(crate) plan: &'a Plan,
    pub(crate) framing: &'a mut Framing,
    pub(crate) report: &'a mut ReportWriter,
    shape: Shape,
    keys: Keys,
}

impl<'a> Converter<'a> {
    pub(crate) fn new(plan: &'a Plan, framing: &'a mut Framing, report: &'a mut ReportWriter) -> Self {
        Self { plan, framing, report, shape: Shape::default(), keys: Keys::default() }
    }

    /// Converts everything; `send` answers whether to go on.
    pub(crate) fn run(&mut self, records: &mut Records, mut send: impl FnMut(Batch) -> bool) -> io::Result<()> {
        let mut batch = self.empty();
        while let Some(row) = records.next()? {
            self.convert(&row, &mut batch)?;
            let vertices = batch.features.geometries().vertex_count() + batch.quarantined.geometries().vertex_count();
            if batch.features.len() + batch.quarantined.len() >= BATCH_FEATURES || vertices >= BATCH_VERTICES {
                batch.rows_read = self.report.read;
                if !send(std::mem::replace(&mut batch, self.empty())) {
                    return Ok(());
                }
            }
        }
        batch.rows_read = self.report.read;
        send(batch);
        Ok(())
    }

    fn empty(&self) -> Batch {
        Batch {
            features: FeatureBatch::new(self.plan.schema.clone()),
            quarantined: FeatureBatch::new(self.plan.quarantine_schema.clone()),
            rows_read: 0,
        }
    }

    fn convert(&mut self, row: &RawRow<'_>, batch: &mut Batch) -> io::Result<()> {
        let mut values = Vec::new();
        let column_key = self.plan.values(row.values(), &mut values);
        let source_key = if self.plan.keyed { column_key.or_else(|| row.key.map(str::to_owned)) } else { None };
        let outcome = self.shape_of(row.geometry);
        // The key is made unique only for what is kept.
        let (key, outcome) = match (source_key, outcome) {
            (key, Outcome::Refused(why)) => (key, Outcome::Refused(why)),
            (Some(key), outcome) => match self.keys.number_of(&key) {
                1 => (Some(key), outcome),
                number => {
                    let renamed = format!("{key}#{number}");
                    let word = format!("its id {key:?} is used {number} times so far; it is followed as {renamed:?}");
                    (Some(renamed), outcome.and_say(word))
                }
            },
            (None, outcome) => (None, outcome),
        };
        let mut row_values: Vec<Value<'_>> = values.iter().map(|value| value.as_value()).collect();
        if let (true, Some(key)) = (self.plan.keyed, &key) {
            row_values[0] = Value::Text(key);
        }
        let refuse = |report: &mut ReportWriter, why: &str| report.other(row.row, key.as_deref(), RowOutcome::Refused, why);
        let Some(id) = FeatureId::new(row.row) else { return refuse(self.report, "the source has over 2^53 features") };
        let shape = &self.shape;
        match outcome {
            Outcome::Sound | Outcome::Repaired(_) => match batch.features.push(id, |writer| shape.write(writer), &row_values) {
                Err(error) => refuse(self.report, &words(&error)),
                Ok(()) => match outcome {
                    Outcome::Repaired(what) => self.report.other(row.row, key.as_deref(), RowOutcome::Repaired, &what),
                    _ => {
                        self.report.imported();
                        Ok(())
                    }
                },
            },
            Outcome::Quarantined(why) => {
                row_values.push(Value::Text(&why));
                match batch.quarantined.push(id, |writer| shape.write(writer), &row_values) {
                    Err(error) => refuse(self.report, &format!("{why}; it can't be held either: {}", words(&error))),
                    Ok(()) => self.report.other(row.row, key.as_deref(), RowOutcome::Quarantined, &why),
                }
            }
            Outcome::Refused(why) => refuse(self.report, &why),
        }
    }

    /// Reads the shape into `self.shape`, in degrees.
    fn shape_of(&mut self, geometry: RawGeometry<'_>) -> Outcome {
        let wkb = match geometry {
            RawGeometry::Absent => return Outcome::Refused("it has no shape".into()),
            RawGeometry::Unreadable(why) => return Outcome::Refused(why.to_owned()),
            RawGeometry::Wkb(wkb) => wkb,
        };
        let left_out = match parse_wkb(wkb, &mut self.shape) {
            Ok(left_out) => left_out.words(),
            Err(error) => return Outcome::Refused(error.to_string()),
        };
        let outcome = self.outcome_of_shape();
        match left_out {
            Some(word) => outcome.and_say(word),
            None => outcome,
        }
    }

    fn outcome_of_shape(&mut self) -> Outcome {
        let prepared = repair::prepare(&mut self.shape);
        if let Outcome::Refused(_) = prepared {
            return prepared;
        }
        self.framing.apply(&mut self.shape.xy);
        match prepared {
            Outcome::Quarantined(_) => prepared,
            _ => repair::finish(&mut self.shape, prepared),
        }
    }
}

fn words(error: &dyn std::error::Error) -> String {
    let mut words = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        words.push_str(": ");
        words.push_str(&cause.to_string());
        source = cause.source();
    }
    words
}

/// How often each key was used. Keys are kept as 64-bit hashes, 16 bytes each instead of the texts: with 100 million
/// keys the chance that two differ and meet is 0.03 %, and then one gets a number it did not need.
#[derive(Default)]
struct Keys {
    uses: HashMap<u64, u32, Already>,
    hasher: RandomState,
}

impl Keys {
    fn number_of(&mut self, key: &str) -> u32 {
        let uses = self.uses.entry(self.hasher.hash_one(key)).or_insert(0);
        *uses += 1;
        *uses
    }
}

/// The keys of the map are hashes already.
#[derive(Clone, Copy, Default)]
struct Already;

impl BuildHasher for Already {
    type Hasher = Same;

    fn build_hasher(&self) -> Same {
        Same(0)
    }
}

struct Same(u64);

impl std::hash::Hasher for Same {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}
