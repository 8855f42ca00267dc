//! `urbis import`: from a file, through the one door, into a new version of a layer.

use crate::Outcome;
use crate::args::ImportArgs;
use crate::output::{Target, to_stdout};
use crate::progress::Progress;
use anyhow::{Context, Result, bail};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use urbis_ingest::{ImportOptions, ImportReport, MetadataFile, Source};
use urbis_model::{LayerKind, LayerMetadata, LayerName};
use urbis_store::{Access, ImportMode, LayerInfo, Store};

/// The most bytes of single features in the report that the city keeps, some five thousand of them: it is one value of
/// a row. `--report` and `--json` give all.
const STORED_ROW_BYTES: u64 = 1 << 20;

pub(crate) fn run(args: &ImportArgs) -> Result<Outcome> {
    // What can be wrong with the call is found before anything is stored.
    let known = if args.city.exists() { Store::open(&args.city, Access::Read)?.layer(&args.layer).ok() } else { None };
    let kind = args.kind.or(known.as_ref().map(|info| info.kind)).unwrap_or_default();
    let metadata = args.metadata.as_deref().map(MetadataFile::read).transpose()?;
    let inputs: Vec<&Path> = args.files.iter().chain(&args.metadata).map(PathBuf::as_path).collect();
    let report_target = args.report.as_deref().map(|path| Target::open(path, &inputs)).transpose();
    let report_target = report_target.context("nothing was imported: there is no place for the report")?;
    let scratch = tempfile::tempdir().context("no folder for temporary files could be made")?;
    let options = ImportOptions {
        files: args.files.clone(),
        kind,
        source_layer: args.source_layer.clone(),
        crs: args.crs,
        encoding: args.encoding.clone(),
        id_column: args.id_column.clone(),
        appends_to: known.filter(|_| args.append).map(|info| info.schema),
        height_unit: metadata.as_ref().and_then(|file| file.height_unit),
        metadata: metadata.map(|file| file.layer),
        scratch: scratch.path().to_owned(),
    };
    let mode = if args.append { ImportMode::Append } else { ImportMode::Replace };
    let source = Source::open(&options).context("nothing was imported")?;
    let is_new = !args.city.exists();
    let store = Store::open(&args.city, Access::Create).context("nothing was imported")?;
    let refused = report_target.iter().try_for_each(|target| target.refuse_city(&store));
    let imported = refused.and_then(|()| import(&store, &args.layer, kind, mode, source));
    let stays_empty = !matches!(imported, Ok((Some(_), _))) && store.layers().is_ok_and(|layers| layers.is_empty());
    drop(store);
    if is_new && stays_empty {
        remove_city(&args.city);
    }
    let (info, report) = imported.context("nothing was imported")?;
    // Asked for on stdout, the report is there once.
    let report_target = report_target.filter(|target| !target.is_stdout());
    let json_on_stdout = args.json || (args.report.is_some() && report_target.is_none());
    to_stdout(|out| {
        if json_on_stdout {
            report.write_json(&mut *out)?;
            return writeln!(out);
        }
        report.write_table(&mut *out)?;
        match &info {
            Some(info) => writeln!(out, "layer {} is at version {} with {} features", info.name, info.version, info.count),
            None => Ok(()),
        }
    })?;
    if let Some(target) = report_target {
        target
            .write(|out| report.write_json(out))
            .with_context(|| if info.is_some() { "the layer was imported, but its report is lost" } else { "the report is lost" })
            .or_else(|error| if info.is_some() { tell(&error) } else { Err(error) })?;
    }
    if info.is_none() {
        let files = args.files.iter().map(|file| file.display().to_string()).collect::<Vec<_>>().join(", ");
        if report.read == 0 {
            bail!("there is no feature in {files}, so layer {} stays as it is", args.layer);
        }
        let first = report.rows()?.next().transpose()?.map_or(String::new(), |row| format!(": row {}: {}", row.row, row.reason));
        bail!("none of the {} features of {files} could be taken, so layer {} is as it was{first}", report.read, args.layer);
    }
    Ok(if report.quarantined + report.refused > 0 { Outcome::Partly } else { Outcome::Done })
}

/// Imports a source into a layer. On any error, when there were features and none could be taken, and when there were
/// none for a layer that has some, the layer stays as it was; then there is no new version.
pub(crate) fn import(
    store: &Store,
    layer: &LayerName,
    kind: LayerKind,
    mode: ImportMode,
    source: Source,
) -> Result<(Option<LayerInfo>, ImportReport)> {
    let mut progress = Progress::new(layer.as_str(), source.expected());
    let known = store.layer(layer).ok();
    let appends = mode == ImportMode::Append && known.is_some();
    let has_features = known.as_ref().is_some_and(|info| info.count > 0);
    let metadata = match known {
        None => source.metadata().clone(),
        Some(_) if appends => source.given_metadata().clone(),
        Some(info) => of_replaced(source.given_metadata(), info.metadata),
    };
    let keeps = !appends && *source.metadata() != metadata;
    let mut session = store.begin_import(layer, kind, source.schema().clone(), metadata.clone(), mode)?;
    let mut report = source.read(&mut |batch| {
        session.write(&batch.features)?;
        session.quarantine(&batch.quarantined)?;
        progress.at(batch.rows_read);
        Ok::<_, urbis_store::StoreError>(())
    })?;
    if report.imported + report.repaired == 0 && (report.read > 0 || has_features) {
        return Ok((None, report));
    }
    let repeated = session.repeated_keys();
    if repeated.count > 0 {
        report.frame.warnings.push(format!(
            "{} keys were in the layer already ({}{}), so each is two features now; to change features import all of them without --append",
            repeated.count,
            repeated.examples.join(", "),
            if repeated.count > repeated.examples.len() as u64 { ", …" } else { "" }
        ));
    }
    if keeps {
        report.notes.push(format!(
            "the layer keeps what was known of it ({}) where --metadata does not say otherwise",
            if metadata.simulated {
                "title, licence, vertical datum, and that it is simulated"
            } else {
                "title, licence, vertical datum"
            }
        ));
    }
    if mode == ImportMode::Append && !appends {
        report.frame.warnings.push(format!("there was no layer {layer} to add to, so a new one was made; is the name right?"));
    }
    let mut json = Vec::new();
    report.write_json_within(&mut json, STORED_ROW_BYTES)?;
    let info = session.commit(&String::from_utf8_lossy(&json))?;
    Ok((Some(info), report))
}

/// What a layer that is replaced says of itself: what the person says, else what it said before, but for the day, which was
/// that of the old data. Whether the new data is simulated is taken from a person who says anything; else it stays marked.
fn of_replaced(given: &LayerMetadata, stored: LayerMetadata) -> LayerMetadata {
    let simulated = if *given == LayerMetadata::default() { stored.simulated } else { given.simulated };
    LayerMetadata { date: given.date.clone(), simulated, ..given.clone().or(stored) }
}

/// Removes a city that this command made and left empty, with the files beside it, unless another has it open: whoever
/// has holds a write-ahead log. What can't be removed does no harm.
fn remove_city(city: &Path) {
    let with = |end: &str| {
        let mut path = city.as_os_str().to_owned();
        path.push(end);
        PathBuf::from(path)
    };
    if !with("-wal").exists() {
        for end in ["-shm", "-import", ""] {
            let _ = std::fs::remove_file(with(end));
        }
    }
}

/// Says what went wrong after the import was done, when failing would be a lie.
fn tell(error: &anyhow::Error) -> Result<()> {
    writeln!(io::stderr(), "warning: {error:#}").context("stderr can't be written")
}
