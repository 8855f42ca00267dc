//! `urbis info`: what a city holds.

use crate::Outcome;
use crate::args::InfoArgs;
use anyhow::Result;
use serde_json::json;
use std::io::{self, BufWriter, Write};
use urbis_model::Crs;
use urbis_store::{Access, LayerInfo, Store};

pub(crate) fn run(args: &InfoArgs) -> Result<Outcome> {
    let store = Store::open(&args.city, Access::Read)?;
    let layers = store.layers()?;
    let mut out = BufWriter::new(io::stdout().lock());
    if args.json {
        let body = json!({ "city": args.city, "revision": store.revision()?, "layers": layers.iter().map(describe).collect::<Vec<_>>() });
        serde_json::to_writer_pretty(&mut out, &body)?;
        writeln!(out)?;
    } else {
        writeln!(out, "{}  revision {}  {} layers  {}", args.city.display(), store.revision()?, layers.len(), Crs::STORAGE)?;
        writeln!(
            out,
            "{:<16} {:<13} {:>9} {:>7} {:>8}  {:<42} title",
            "layer", "kind", "count", "version", "revision", "west,south,east,north"
        )?;
        for info in &layers {
            let extent = if info.bounds.is_empty() {
                "-".to_owned()
            } else {
                let ([west, south], [east, north]) = (info.bounds.min, info.bounds.max);
                format!("{west:.5},{south:.5},{east:.5},{north:.5}")
            };
            let kind = info.kind.name();
            writeln!(
                out,
                "{:<16} {kind:<13} {:>9} {:>7} {:>8}  {extent:<42} {}",
                info.name.as_str(),
                info.count,
                info.version,
                info.revision,
                info.metadata.title
            )?;
        }
    }
    out.flush()?;
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
