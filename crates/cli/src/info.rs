//! `urbis info`: what a city holds.

use crate::Outcome;
use crate::args::InfoArgs;
use crate::output::to_stdout;
use anyhow::Result;
use serde_json::json;
use urbis_model::Crs;
use urbis_store::{Access, LayerInfo, Store};

pub(crate) fn run(args: &InfoArgs) -> Result<Outcome> {
    let store = Store::open(&args.city, Access::Read)?;
    let layers = store.layers()?;
    let revision = store.revision()?;
    to_stdout(|out| {
        if args.json {
            let layers = layers.iter().map(describe).collect::<Vec<_>>();
            serde_json::to_writer_pretty(&mut *out, &json!({ "city": args.city, "revision": revision, "layers": layers }))?;
            return writeln!(out);
        }
        writeln!(out, "{}  revision {revision}  {} layers  {}", args.city.display(), layers.len(), Crs::STORAGE)?;
        let head = "west,south,east,north";
        writeln!(out, "{:<16} {:<13} {:>9} {:>7} {:>8}  {head:<42} title", "layer", "kind", "count", "version", "revision")?;
        for info in &layers {
            let extent = if info.bounds.is_empty() {
                "-".to_owned()
            } else {
                let ([west, south], [east, north]) = (info.bounds.min, info.bounds.max);
                format!("{west:.5},{south:.5},{east:.5},{north:.5}")
            };
            let LayerInfo { count, version, revision, .. } = info;
            let (name, kind, title) = (info.name.as_str(), info.kind.name(), &info.metadata.title);
            writeln!(out, "{name:<16} {kind:<13} {count:>9} {version:>7} {revision:>8}  {extent:<42} {title}")?;
        }
        Ok(())
    })?;
    Ok(Outcome::Done)
}

fn describe(info: &LayerInfo) -> serde_json::Value {
    let bounds = info.bounds;
    let versions: Vec<_> = info.versions.iter().map(|version| {
        json!({ "version": version.version, "revision": version.revision, "count": version.count, "imported_at": version.imported_at })
    }).collect();
    let columns: Vec<_> =
        info.schema.fields().iter().map(|field| json!({ "name": field.name, "type": field.column_type.name() })).collect();
    json!({
        "name": info.name.as_str(),
        "kind": info.kind.name(),
        "count": info.count,
        "quarantined": info.quarantined,
        "version": info.version,
        "revision": info.revision,
        "versions": versions,
        "bbox": (!bounds.is_empty()).then_some([bounds.min[0], bounds.min[1], bounds.max[0], bounds.max[1]]),
        "crs": Crs::STORAGE.to_string(),
        "vertical_datum": info.metadata.vertical_datum.name(),
        "title": info.metadata.title,
        "title_en": info.metadata.title_en,
        "source": info.metadata.source,
        "date": info.metadata.date,
        "licence": info.metadata.licence,
        "quality": info.metadata.quality,
        "simulated": info.metadata.simulated,
        "columns": columns,
    })
}
