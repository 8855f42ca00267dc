//! `urbis import`: from a file, through the one door, into a new version of a layer.

use crate::Outcome;
use crate::args::ImportArgs;
use crate::output::{Target, behind_links, to_stdout};
use crate::progress::Progress;
use anyhow::{Context, Result, bail};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use urbis_ingest::{ImportOptions, ImportReport, MetadataFile, Source};
use urbis_model::{LayerKind, LayerMetadata, LayerName, VerticalDatum};
use urbis_store::{Access, ImportMode, LayerInfo, Store};

/// The most bytes of single features in the report that the city keeps, some five thousand of them: it is one value of
/// a row. `--report` and `--json` give all.
const STORED_ROW_BYTES: u64 = 1 << 20;

pub(crate) fn run(args: &ImportArgs) -> Result<Outcome> {
    // What can be wrong with the call is found before anything is stored.
    let known = if args.city.exists() { Store::open(&args.city, Access::Read)?.layer(&args.layer).ok() } else { None };
    let kind = args.kind.or(known.as_ref().map(|info| info.kind)).unwrap_or_default();
    let file = args.metadata.as_deref().map(MetadataFile::read).transpose()?;
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
        height_unit: file.as_ref().and_then(|file| file.height_unit),
        third: file.as_ref().map(|file| file.third).unwrap_or_default(),
        metadata: file.as_ref().map(|file| file.layer.clone()),
        scratch: scratch.path().to_owned(),
    };
    let mode = if args.append { ImportMode::Append } else { ImportMode::Replace };
    let source = Source::open(&options).context("nothing was imported")?;
    let is_new = !args.city.exists();
    let store = Store::open(&args.city, Access::Create).context("nothing was imported")?;
    let simulated = file.as_ref().and_then(|file| file.simulated);
    let refused = report_target.iter().try_for_each(|target| target.refuse_city(&store));
    let imported = refused.and_then(|()| import(&store, &args.layer, kind, mode, simulated, source));
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
        let Some(info) = &info else { return Ok(()) };
        if report.quarantined > 0 {
            writeln!(out, "the quarantined are in table {}_quarantine of the city file, each with its reason", info.name)?;
        }
        writeln!(out, "layer {} is at version {} with {} features", info.name, info.version, info.count)
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
        let first = report.first_left_out()?.map_or(String::new(), |row| format!(": row {}: {}", row.row, row.reason));
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
    simulated: Option<bool>,
    source: Source,
) -> Result<(Option<LayerInfo>, ImportReport)> {
    let mut progress = Progress::new(layer.as_str(), source.expected());
    let known = store.layer(layer).ok();
    let appends = mode == ImportMode::Append && known.is_some();
    let has_features = known.as_ref().is_some_and(|info| info.count > 0);
    let mut forgotten = Vec::new();
    let metadata = match known {
        None => source.metadata().clone(),
        Some(info) if appends => of_added(&source, &info.metadata),
        Some(info) => {
            let metadata = of_replaced(&source, &info.metadata, simulated);
            forgotten = names_of_forgotten(&info.metadata, &metadata);
            metadata
        }
    };
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
    if !forgotten.is_empty() {
        report.notes.push(format!(
            "what was known of the data before is no longer said of the layer: {}; state it with --metadata where it holds",
            forgotten.join(", ")
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

/// What a layer that is replaced says of itself. Its titles are the layer's own and stay; where data is from, its licence,
/// day, quality and vertical datum are the new data's. It stays marked as simulated until a person says that it is not.
fn of_replaced(source: &Source, stored: &LayerMetadata, simulated: Option<bool>) -> LayerMetadata {
    let titles = LayerMetadata { title: stored.title.clone(), title_en: stored.title_en.clone(), ..LayerMetadata::default() };
    let said = source.given_metadata().clone().or(titles).or(source.metadata().clone());
    LayerMetadata { simulated: simulated.unwrap_or(stored.simulated || said.simulated), ..said }
}

/// What a layer had to say of its data that it says no longer.
fn names_of_forgotten(before: &LayerMetadata, now: &LayerMetadata) -> Vec<String> {
    let texts = [
        ("source", &before.source, &now.source),
        ("date", &before.date, &now.date),
        ("licence", &before.licence, &now.licence),
        ("quality", &before.quality, &now.quality),
    ];
    let is_lost = |before: &str, now: &str| !before.is_empty() && now.is_empty();
    let texts = texts.into_iter().filter(|(_, before, now)| is_lost(before, now));
    let mut names: Vec<String> = texts.map(|(name, before, _)| format!("{name} {before:?}")).collect();
    if before.vertical_datum != VerticalDatum::Unknown && now.vertical_datum == VerticalDatum::Unknown {
        names.push(format!("vertical datum {}", before.vertical_datum.name()));
    }
    names
}

/// What is said of a layer that is added to: what the person says. A source that has a licence of its own is credited
/// beside what is there.
fn of_added(source: &Source, stored: &LayerMetadata) -> LayerMetadata {
    let beside = |stored: &String, added: &String| match added.as_str() {
        "" => String::new(),
        added if stored.contains(added) => stored.clone(),
        added if stored.is_empty() => added.to_owned(),
        added => format!("{stored} · {added}"),
    };
    let (given, own) = (source.given_metadata().clone(), source.metadata());
    let credit = LayerMetadata {
        source: beside(&stored.source, &own.source),
        licence: beside(&stored.licence, &own.licence),
        ..LayerMetadata::default()
    };
    given.or(credit)
}

/// Removes a city that this command made and left empty, with the files beside it, unless another has it open: whoever
/// has holds a write-ahead log. What can't be removed does no harm.
fn remove_city(city: &Path) {
    let Ok(city) = behind_links(city) else { return };
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
