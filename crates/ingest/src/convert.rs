//! The second pass: spilled features become batches.

use crate::{
    frame::Framing,
    heights,
    intake::{RawGeometry, RawRow, Records},
    plan::Plan,
    repair::{self, Outcome},
    repeats::Repeats,
    report::{ReportWriter, RowOutcome},
    shape::{Shape, parse_wkb},
};
use std::{borrow::Cow, io};
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
    repeats: Repeats,
    /// Values of height columns that are no length of a building.
    unread_heights: u64,
    /// The first rows with such values.
    unread_rows: Vec<u64>,
    /// Features whose vertices have measures.
    measured: u64,
}

/// The most rows with unread heights that are named.
const MAX_UNREAD_ROWS: usize = 5;

impl<'a> Converter<'a> {
    pub(crate) fn new(plan: &'a Plan, framing: &'a mut Framing, report: &'a mut ReportWriter, repeats: Repeats) -> Self {
        let (unread_heights, unread_rows, measured) = (0, Vec::new(), 0);
        Self { plan, framing, report, shape: Shape::default(), repeats, unread_heights, unread_rows, measured }
    }

    /// Converts everything; `send` answers whether to go on. Gives what else there is to report.
    pub(crate) fn run(mut self, records: &mut Records, mut send: impl FnMut(Batch) -> bool) -> io::Result<Vec<String>> {
        let mut batch = self.empty();
        while let Some(row) = records.next()? {
            self.convert(&row, &mut batch)?;
            let vertices = batch.features.geometries().vertex_count() + batch.quarantined.geometries().vertex_count();
            if batch.features.len() + batch.quarantined.len() >= BATCH_FEATURES || vertices >= BATCH_VERTICES {
                batch.rows_read = self.report.read;
                if !send(std::mem::replace(&mut batch, self.empty())) {
                    return Ok(Vec::new());
                }
            }
        }
        batch.rows_read = self.report.read;
        send(batch);
        let measured = (self.measured > 0).then(|| format!("{} features have measures (m), which are not kept", self.measured));
        let unread = (self.unread_heights > 0).then(|| {
            format!(
                "{} values of height columns are no height of 0 to {} m or no count of levels, and were left empty (in rows {}{}); where they count in feet, say height_unit = \"ft\" in the --metadata file",
                self.unread_heights,
                heights::MAX_HEIGHT_M,
                self.unread_rows.iter().map(u64::to_string).collect::<Vec<_>>().join(", "),
                if self.unread_heights > self.unread_rows.len() as u64 { ", …" } else { "" }
            )
        });
        Ok(measured.into_iter().chain(unread).collect())
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
        let unread = self.plan.values(row.values(), &mut values);
        if unread > 0 && self.unread_rows.len() < MAX_UNREAD_ROWS {
            self.unread_rows.push(row.row);
        }
        self.unread_heights += unread;
        let source_key = self.plan.key(row.values(), row.key).map(Cow::into_owned);
        let outcome = self.shape_of(row.geometry);
        // The key is made unique only for what is kept.
        let (key, outcome) = match (source_key, outcome) {
            (key, Outcome::Refused(why)) => (key, Outcome::Refused(why)),
            (Some(key), outcome) => match self.repeats.number_of(row.row)? {
                1 => (Some(key), outcome),
                number => {
                    let renamed = self.repeats.renamed(&key, number);
                    let word = format!("its id {key:?} is used {number} times so far; it is followed as {renamed:?}");
                    (Some(renamed), outcome.and_say(word))
                }
            },
            (None, outcome) => (None, outcome),
        };
        let mut row_values: Vec<Value<'_>> = values.iter().map(|value| value.as_value()).collect();
        if let Some(key) = &key {
            row_values[0] = Value::Text(key);
        }
        let refuse = |report: &mut ReportWriter, why: &str| report.other(row.row, key.as_deref(), RowOutcome::Refused, why);
        let Some(id) = FeatureId::new(row.row) else { return refuse(self.report, "the source has over 2^53 features") };
        let (shape, third) = (&self.shape, self.plan.third);
        match outcome {
            Outcome::Sound | Outcome::Repaired(_) => {
                match batch.features.push(id, |writer| shape.write(third, writer), &row_values) {
                    Err(error) => refuse(self.report, &words(&error)),
                    Ok(()) => match outcome {
                        Outcome::Repaired(what) => self.report.other(row.row, key.as_deref(), RowOutcome::Repaired, &what),
                        _ => {
                            self.report.imported();
                            Ok(())
                        }
                    },
                }
            }
            Outcome::Quarantined(why) => {
                row_values.push(Value::Text(&why));
                match batch.quarantined.push(id, |writer| shape.write(third, writer), &row_values) {
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
        let not_held = match parse_wkb(wkb, &mut self.shape) {
            Ok(not_held) => not_held,
            Err(error) => return Outcome::Refused(error.to_string()),
        };
        self.measured += u64::from(not_held.measures);
        let outcome = self.outcome_of_shape();
        match not_held.words() {
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
