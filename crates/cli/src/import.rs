//! `urbis import`: from a file, through the one door, into a new version of a layer.

use crate::Outcome;
use crate::args::ImportArgs;
use crate::progress::Progress;
use anyhow::{Context, Result};
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;
use urbis_ingest::{ImportOptions, ImportReport, MetadataFile, Source};
use urbis_model::{LayerKind, LayerMetadata, LayerName};
use urbis_store::{Access, ImportMode, LayerInfo, Store};

pub(crate) fn run(args: &ImportArgs) -> Result<Outcome> {
    let store = Store::open(&args.city, Access::Create).context("nothing was imported")?;
    let kind = args.kind.or_else(|| store.layer(&args.layer).ok().map(|info| info.kind)).unwrap_or_default();
    let metadata = args.metadata.as_deref().map(MetadataFile::read).transpose()?;
    let scratch = tempfile::tempdir().context("no folder for temporary files could be made")?;
    let options = ImportOptions {
        files: args.files.clone(),
        kind,
        source_layer: args.source_layer.clone(),
        crs: args.crs,
        encoding: args.encoding.clone(),
        id_column: args.id_column.clone(),
        height_unit: metadata.as_ref().and_then(|file| file.height_unit),
        metadata: metadata.map(|file| file.layer),
        scratch: scratch.path().to_owned(),
    };
    let mode = if args.append { ImportMode::Append } else { ImportMode::Replace };
    let (info, report) = import(&store, &args.layer, kind, mode, &options).context("nothing was imported")?;
    if let Some(path) = &args.report {
        write_report(path, &report)?;
    }
    let mut out = BufWriter::new(io::stdout().lock());
    if args.json {
        report.write_json(&mut out)?;
    } else {
        report.write_table(&mut out)?;
        writeln!(out, "layer {} is at version {} with {} features", info.name, info.version, info.count)?;
    }
    out.flush()?;
    Ok(if report.quarantined + report.refused > 0 { Outcome::Partly } else { Outcome::Done })
}

/// Imports a source into a layer; on any error the layer stays as it was.
pub(crate) fn import(
    store: &Store,
    layer: &LayerName,
    kind: LayerKind,
    mode: ImportMode,
    options: &ImportOptions,
) -> Result<(LayerInfo, ImportReport)> {
    let source = Source::open(options)?;
    let mut progress = Progress::new(layer.as_str(), source.expected());
    let metadata: LayerMetadata = source.metadata().clone();
    let mut session = store.begin_import(layer, kind, source.schema().clone(), metadata, mode)?;
    let report = source.read(&mut |batch| {
        session.write(&batch.features)?;
        session.quarantine(&batch.quarantined)?;
        progress.at(batch.rows_read);
        Ok::<_, urbis_store::StoreError>(())
    })?;
    let mut json = Vec::new();
    report.write_json(&mut json)?;
    let info = session.commit(&String::from_utf8_lossy(&json))?;
    Ok((info, report))
}

fn write_report(path: &Path, report: &ImportReport) -> Result<()> {
    let write = || -> io::Result<()> {
        let mut out = BufWriter::new(File::create(path)?);
        report.write_json(&mut out)?;
        out.flush()
    };
    write().with_context(|| format!("the layer was imported, but its report could not be written to {}", path.display()))
}
