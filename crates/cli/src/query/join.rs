//! `urbis query --join`: pairs of two layers.

use super::{Sheet, answer, deliver, hint, selection};
use crate::Outcome;
use crate::args::{Args, Format, QueryArgs, Relation};
use crate::output::to_stdout;
use anyhow::{Context, Result};
use clap::{CommandFactory, error::ErrorKind};
use urbis_query::{Cancel, Filter, JoinEffort, JoinRelation, Joined, LayerSnapshot, MAX_NEIGHBOURS, MAX_PAIRS, with_ids};
use urbis_store::Store;

/// Ends with wrong usage where options do not go together in a way that the argument parser does not see.
pub(super) fn check_usage(args: &QueryArgs) {
    let refuse = |message: String| Args::command().error(ErrorKind::ArgumentConflict, message).exit();
    let is_nearest = args.join.is_some() && args.relation == Relation::Nearest;
    if args.k.is_some() && args.nearest.is_none() && !is_nearest {
        refuse("--k is for --nearest, or for --join with --relation nearest".to_owned());
    }
    if is_nearest && !(1..=MAX_NEIGHBOURS).contains(&args.k.unwrap_or(1)) {
        refuse(format!("--k is from 1 to {MAX_NEIGHBOURS} with --relation nearest"));
    }
    if args.distance_m.is_some() && args.relation != Relation::Dwithin {
        refuse("--distance-m is for --relation dwithin".to_owned());
    }
    if args.join_columns.is_some() && args.join.is_none() && args.overlay.is_none() {
        refuse("--join-columns is for --join or --overlay".to_owned());
    }
}

pub(super) fn run(args: &QueryArgs, other: &LayerSnapshot, store: &Store, layer: &LayerSnapshot) -> Result<Outcome> {
    let relation = match args.relation {
        Relation::Intersects => JoinRelation::Intersects,
        Relation::Within => JoinRelation::Within,
        Relation::Dwithin => {
            JoinRelation::WithinDistance { distance_m: args.distance_m.context("--relation dwithin needs --distance-m")? }
        }
        Relation::Nearest => JoinRelation::Nearest { k: args.k.unwrap_or(1) },
    };
    let selection = selection(args, layer)?;
    let mut joined = layer.join(other, relation, args.join_columns.as_deref(), MAX_PAIRS, &selection)?;
    if args.explain {
        explain(layer, relation, &joined)?;
        return Ok(Outcome::Done);
    }
    if let Some(text) = &args.having {
        let filter = Filter::parse_text(text, joined.schema()).context("--having can't be used")?;
        joined.retain(&filter, &Cancel::default())?;
    }
    let pairs = joined.pairs().len();
    match args.format {
        Format::Count => deliver(args, store, |out| writeln!(out, "{pairs}"))?,
        Format::Csv | Format::Geojson => deliver(args, store, |out| {
            let mut sheet = Sheet::begin(out, args.format, joined.schema())?;
            for rows in joined.into_batches(0..pairs) {
                sheet.rows(&rows, &(0..rows.len() as u32).collect::<Vec<_>>())?;
            }
            sheet.end()
        })?,
        // These number their rows themselves.
        Format::Gpkg | Format::Shp | Format::Parquet => {
            let rows = with_ids(&joined.into_rows()?)?;
            answer(args, store, &rows, &(0..pairs as u32).collect::<Vec<_>>())?;
        }
    }
    hint(args, layer, pairs == 0)?;
    Ok(Outcome::Done)
}

fn explain(layer: &LayerSnapshot, relation: JoinRelation, joined: &Joined) -> Result<()> {
    let JoinEffort { selected, others, candidates, took } = joined.effort();
    let how = match relation {
        JoinRelation::Within => "the other layer's tree, by each feature's box: within",
        JoinRelation::WithinDistance { .. } => "the other layer's tree, by each feature's box and the distance around it",
        JoinRelation::Nearest { .. } => "the other layer's tree, nearest first",
        _ => "the other layer's tree, by each feature's box: intersects",
    };
    to_stdout(|out| {
        writeln!(out, "{:<12}{how}", "join")?;
        writeln!(out, "{:<12}{:>9}", "features", layer.features().len())?;
        writeln!(out, "{:<12}{selected:>9}  with {others} of the other layer", "selected")?;
        if let Some(candidates) = candidates {
            writeln!(out, "{:<12}{candidates:>9}  pairs left by the tree", "candidates")?;
        }
        writeln!(out, "{:<12}{:>9}  in {took:.1?}", "pairs", joined.pairs().len())
    })
}
