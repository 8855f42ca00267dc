//! `urbis query --overlay`: pieces of one layer under another.

use super::{answer, having, hint, selection};
use crate::Outcome;
use crate::args::{Format, Operation, QueryArgs};
use anyhow::{Context, Result};
use std::io::{self, Write};
use urbis_model::LayerName;
use urbis_query::{LayerSnapshot, MAX_PAIRS, Overlaid, Uncut, with_ids};
use urbis_store::Store;

/// Features that could not be cut are named up to so many.
const NAMED: usize = 20;

pub(super) fn run(args: &QueryArgs, other: &LayerSnapshot, store: &Store, layer: &LayerSnapshot) -> Result<Outcome> {
    let operation = match args.operation {
        Operation::Intersection => urbis_query::Operation::Intersection,
        Operation::Difference => urbis_query::Operation::Difference,
        Operation::Union => urbis_query::Operation::Union,
    };
    let selection = selection(args, layer)?;
    let overlaid = layer.overlay(other, operation, args.join_columns.as_deref(), MAX_PAIRS, &selection)?;
    let numbers_rows = matches!(args.format, Format::Gpkg | Format::Shp | Format::Parquet);
    let positions = having(args, &overlaid.features)?;
    if numbers_rows && args.operation != Operation::Union {
        answer(args, store, &with_ids(&overlaid.features)?, &positions)?;
    } else {
        answer(args, store, &overlaid.features, &positions)?;
    }
    tell([&layer.info().name, &other.info().name], &overlaid).context("stderr can't be written")?;
    hint(args, layer, positions.is_empty())?;
    Ok(if overlaid.uncut.is_empty() { Outcome::Done } else { Outcome::Partly })
}

/// Says what is missing from the pieces.
fn tell([layer, other]: [&LayerName; 2], overlaid: &Overlaid) -> io::Result<()> {
    let mut stderr = io::stderr().lock();
    let Overlaid { uncut, thin, others_without_area, .. } = overlaid;
    for Uncut { id, is_other, by, reason } in uncut.iter().take(NAMED) {
        let (of, with) = if *is_other { (other, layer) } else { (layer, other) };
        let by = by.map_or("several".to_owned(), |by| format!("feature {by}"));
        writeln!(stderr, "warning: feature {id} of {of} could not be cut by {by} of {with}, and its piece is missing: {reason}")?;
    }
    if uncut.len() > NAMED {
        writeln!(stderr, "warning: {} more could not be cut", uncut.len() - NAMED)?;
    }
    if *thin > 0 {
        writeln!(stderr, "note: {thin} pieces are thinner than can be drawn (a 2^28th of their extent) and have no row")?;
    }
    if *others_without_area > 0 {
        writeln!(stderr, "note: {others_without_area} features of {other} are no areas and cut nothing")?;
    }
    Ok(())
}
