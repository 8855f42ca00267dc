//! `urbis query --changes-since`: two versions of a layer.

use super::{deliver, selection};
use crate::Outcome;
use crate::args::{Format, QueryArgs};
use anyhow::{Context, Result, bail};
use std::io::{self, Write};
use urbis_model::ChangeClass;
use urbis_query::{Cancel, LayerSnapshot};
use urbis_store::Store;
use urbis_wire::changes::{Change, write_feature, write_header, write_row};

pub(super) fn run(args: &QueryArgs, since: u64, store: &Store, later: &LayerSnapshot) -> Result<Outcome> {
    if matches!(args.format, Format::Gpkg | Format::Shp | Format::Parquet) {
        bail!("changes are written as count, geojson or csv");
    }
    if since >= later.info().version {
        bail!("version {since} is not before version {}", later.info().version);
    }
    let earlier = LayerSnapshot::load(store, &args.layer, Some(since))?;
    let asked = [&selection(args, &earlier)?, &selection(args, later)?];
    let answer = later.changes_since(&earlier, asked, &Cancel::default())?;
    let change = |change| Change { change, earlier: earlier.features(), later: later.features() };
    deliver(args, store, |out| {
        let mut row = Vec::new();
        match args.format {
            Format::Count => writeln!(out, "{}", answer.changed.len())?,
            Format::Csv => {
                write_header(&mut row);
                for one in &answer.changed {
                    write_row(&mut row, change(one));
                    out.write_all(&row)?;
                    row.clear();
                }
                out.write_all(&row)?;
            }
            _ => {
                out.write_all(b"{\"type\":\"FeatureCollection\",\"features\":[")?;
                for (nth, one) in answer.changed.iter().enumerate() {
                    row.clear();
                    row.extend_from_slice(if nth > 0 { b",\n" } else { b"\n" });
                    write_feature(&mut row, change(one));
                    out.write_all(&row)?;
                }
                out.write_all(b"\n]}\n")?;
            }
        }
        Ok(())
    })?;
    let by_class = ChangeClass::ALL.into_iter().zip(answer.counts).map(|(class, count)| format!("{} {count}", class.name()));
    let by_class = by_class.collect::<Vec<_>>().join(", ");
    let is_of_several = answer.counts.iter().sum::<u64>() > answer.changed.len() as u64;
    let each = if is_of_several { "; a feature counts in each class that it has" } else { "" };
    writeln!(io::stderr(), "{} changed: {by_class}; unchanged {}{each}", answer.changed.len(), answer.unchanged)
        .context("stderr can't be written")?;
    Ok(Outcome::Done)
}
