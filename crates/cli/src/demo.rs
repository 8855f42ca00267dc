//! `urbis demo`: a whole city on screen with one command.

use crate::Outcome;
use crate::args::{DemoArgs, DemoCity};
use crate::import::import;
use anyhow::{Context, Result};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;
use urbis_data::{DemoPlan, Recipe};
use urbis_ingest::{ImportOptions, MetadataFile, Source};
use urbis_store::{Access, ImportMode, Store};

pub(crate) fn run(args: &DemoArgs) -> Result<Outcome> {
    let plan = match args.name {
        DemoCity::Haimen => DemoPlan::haimen(),
        DemoCity::Helsinki => DemoPlan::helsinki(),
        DemoCity::Schutterwald => DemoPlan::schutterwald(),
    }?;
    let city = args.city.clone().unwrap_or_else(|| Path::new("demo").join(default_file(args)));
    if city.exists() {
        tell(&format!("{} is there already; remove it to build it anew", city.display()));
    } else {
        build(args, &plan, &city)?;
    }
    if args.build_only {
        return Ok(Outcome::Done);
    }
    let config = urbis_server::Config {
        listen: args.listen,
        title: plan.title,
        title_en: plan.title_en,
        tile_cache_bytes: urbis_server::DEFAULT_TILE_CACHE_BYTES,
        archives: Vec::new(),
    };
    crate::serve::serve(&city, None, config)
}

/// Another scale or seed is another city, so it has another file.
fn default_file(args: &DemoArgs) -> String {
    let recipe = Recipe::default();
    match args.name {
        DemoCity::Helsinki => "helsinki.gpkg".to_owned(),
        DemoCity::Schutterwald => "schutterwald.gpkg".to_owned(),
        DemoCity::Haimen if args.scale == recipe.scale && args.seed == recipe.seed => "haimen.gpkg".to_owned(),
        DemoCity::Haimen => format!("haimen-{}-{}.gpkg", args.scale, args.seed),
    }
}

/// Builds the city beside its place and moves it there when whole: a build that was interrupted leaves no city.
fn build(args: &DemoArgs, plan: &DemoPlan, city: &Path) -> Result<()> {
    let started = Instant::now();
    let folder = city.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder).with_context(|| format!("{} can't be made", folder.display()))?;
    let scratch = tempfile::tempdir_in(folder).with_context(|| format!("no folder can be made in {}", folder.display()))?;
    let sources = scratch.path();
    if plan.recipe {
        tell(&format!("making {}, 模拟数据, scale {}", plan.title_en, args.scale));
        let recipe = Recipe { seed: args.seed, scale: args.scale };
        urbis_data::write_city(&recipe, sources, &mut |progress| {
            tell(&format!("  {:>2}/{} {}", progress.done + 1, progress.of, progress.stage));
        })?;
    } else {
        urbis_data::write_shipped_files(plan, sources)?;
    }
    let unfinished = sources.join("city.gpkg");
    let store = Store::open(&unfinished, Access::Create)?;
    for layer in &plan.layers {
        let metadata = match &layer.metadata_file {
            Some(file) => Some(MetadataFile::read(&sources.join(file))?),
            None => layer.metadata.clone().map(|metadata| MetadataFile { layer: metadata, ..MetadataFile::default() }),
        };
        let options = ImportOptions {
            files: vec![sources.join(&layer.file)],
            kind: layer.kind,
            source_layer: layer.source_layer.clone(),
            crs: layer.crs.as_deref().map(str::parse).transpose()?,
            id_column: layer.id_column.clone(),
            third: metadata.as_ref().map(|file| file.third).unwrap_or_default(),
            metadata: metadata.map(|file| file.layer),
            scratch: sources.to_owned(),
            ..ImportOptions::default()
        };
        let failed = || format!("layer {} of the demo city can't be imported", layer.name);
        let source = Source::open(&options).with_context(failed)?;
        let (info, report) = import(&store, &layer.name, layer.kind, ImportMode::Replace, None, source).with_context(failed)?;
        let info = info.with_context(failed)?;
        let left = report.quarantined + report.refused;
        let rest = match report.first_left_out()? {
            Some(first) => format!(", {left} left out (row {}: {})", first.row, first.reason),
            None => String::new(),
        };
        tell(&format!("  {:<14} {:>7} features{rest}", info.name.as_str(), info.count));
    }
    drop(store);
    move_into_place(&unfinished, city)?;
    tell(&format!("{} is built, in {:.0} s", city.display(), started.elapsed().as_secs_f64()));
    Ok(())
}

/// Moves the city file; the closed store has left no write-ahead log beside it.
fn move_into_place(unfinished: &Path, city: &Path) -> Result<()> {
    let log = PathBuf::from(format!("{}-wal", unfinished.display()));
    anyhow::ensure!(!log.exists(), "the new city's write-ahead log {} was not closed", log.display());
    std::fs::rename(unfinished, city).with_context(|| format!("the city can't be moved to {}", city.display()))
}

fn tell(line: &str) {
    // Whoever closed stderr does not want to know.
    let _ = writeln!(io::stderr(), "{line}");
}
