//! `urbis query`: one layer, asked.

mod changes;
mod encoding;
mod join;
mod overlay;

pub(crate) use encoding::TextEncoding;

use crate::Outcome;
use crate::args::{Format, QueryArgs};
use crate::output::{Target, refuse_city, to_stdout};
use anyhow::{Context, Result, anyhow, bail};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use urbis_ingest::export;
use urbis_model::{Bbox, Bounds, FeatureBatch, Schema};
use urbis_query::{Explanation, Filter, LayerSnapshot, Selection, Shape, Spatial, Zones};
use urbis_store::{Access, Store};
use urbis_wire::{csv, geojson};

/// The largest shape file of a question: a shape past the model's million vertices would be refused anyway.
const MAX_SHAPE_BYTES: u64 = 64 << 20;

pub(crate) fn run(args: &QueryArgs) -> Result<Outcome> {
    encoding::check_format(args);
    join::check_usage(args);
    let store = Store::open(&args.city, Access::Read)?;
    let layer = LayerSnapshot::load(&store, &args.layer, args.version)?;
    if let Some(since) = args.changes_since {
        return changes::run(args, since, &store, &layer);
    }
    if let Some(other) = &args.join {
        return join::run(args, &LayerSnapshot::load(&store, other, None)?, &store, &layer);
    }
    if let Some(other) = &args.overlay {
        return overlay::run(args, &LayerSnapshot::load(&store, other, None)?, &store, &layer);
    }
    if args.explain {
        explain(&layer.explain(&selection(args, &layer)?)?)?;
        return Ok(Outcome::Done);
    }
    let joined = joined(args, &store, &layer)?;
    let (features, positions) = match &joined {
        Some(features) => (features, having(args, features)?),
        None => (&**layer.features(), layer.select(&selection(args, &layer)?)?.positions),
    };
    answer(args, &store, features, &positions)?;
    hint(args, &layer, positions.is_empty())?;
    Ok(Outcome::Done)
}

/// Writes features in the form that is wanted.
fn answer(args: &QueryArgs, store: &Store, features: &FeatureBatch, positions: &[u32]) -> Result<()> {
    match args.format {
        Format::Gpkg | Format::Shp => {
            let out = args.out.as_deref().context("--format gpkg and shp need --out FILE")?;
            refuse_city(out, store)?;
            if out == Path::new("-") {
                bail!("gpkg and shp can't be written to stdout; name a file");
            }
            let format = if args.format == Format::Gpkg { export::Format::GeoPackage } else { export::Format::Shapefile };
            let changes = export::write(out, format, args.encoding.label(), args.layer.as_str(), features, positions)?;
            tell(&changes)
        }
        Format::Count => deliver(args, store, |out| writeln!(out, "{}", positions.len())),
        Format::Parquet => deliver(args, store, |out| export::write_geoparquet(out, features, positions)),
        Format::Csv | Format::Geojson => deliver(args, store, |out| {
            let mut sheet = Sheet::begin(out, args.format, features.schema())?;
            sheet.rows(features, positions)?;
            sheet.end()
        }),
    }
}

/// Says why nothing was found, where that is seen.
fn hint(args: &QueryArgs, layer: &LayerSnapshot, is_empty: bool) -> Result<()> {
    match swapped_axes(args, layer.info().bounds) {
        Some(hint) if is_empty => writeln!(io::stderr(), "hint: nothing is there; {hint}").context("stderr can't be written"),
        _ => Ok(()),
    }
}

/// Which rows of a joined answer are wanted.
fn having(args: &QueryArgs, features: &FeatureBatch) -> Result<Vec<u32>> {
    match &args.having {
        None => Ok((0..features.len() as u32).collect()),
        Some(text) => {
            let filter = Filter::parse_text(text, features.schema()).context("--having can't be used")?;
            Ok(filter.positions(features))
        }
    }
}

fn explain(explained: &Explanation) -> Result<()> {
    let Explanation { features, place, filter_window, candidates, sure, matched, tree, whole } = explained;
    to_stdout(|out| {
        writeln!(out, "{:<12}{place}", "place")?;
        if let Some(Bounds { min: [west, south], max: [east, north] }) = filter_window {
            writeln!(out, "{:<12}{west},{south},{east},{north} by the filter's spatial conditions", "window")?;
        }
        writeln!(out, "{:<12}{features:>9}", "features")?;
        if let Some(candidates) = candidates {
            writeln!(
                out,
                "{:<12}{candidates:>9}  left by the tree, in {tree:.1?}; {sure} of them by their box alone",
                "candidates"
            )?;
        }
        writeln!(out, "{:<12}{matched:>9}  in {whole:.1?}", "matched")
    })
}

/// The answer where another layer has a part in it.
fn joined(args: &QueryArgs, store: &Store, layer: &LayerSnapshot) -> Result<Option<FeatureBatch>> {
    if let Some(other) = &args.nearest_of {
        let other = LayerSnapshot::load(store, other, None)?;
        return Ok(Some(layer.with_nearest(&other, &selection(args, layer)?)?));
    }
    let Some(zones) = &args.by else { return Ok(None) };
    let zones = LayerSnapshot::load(store, zones, None)?;
    let Zones { areas, outside } = layer.by_zone(&zones, args.column.as_deref(), &selection(args, layer)?)?;
    if outside > 0 {
        writeln!(io::stderr(), "{outside} features lie in none of the areas").context("stderr can't be written")?;
    }
    Ok(Some(areas))
}

/// Writes an answer where it is wanted.
fn deliver(args: &QueryArgs, store: &Store, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<()> {
    let inputs: Vec<&Path> = args.intersects.iter().chain(&args.within).map(PathBuf::as_path).collect();
    let target = Target::open(args.out.as_deref().unwrap_or(Path::new("-")), &inputs)?;
    target.refuse_city(store)?;
    match args.format {
        Format::Csv => target.write(|out| write(&mut args.encoding.encoded(out))),
        _ => target.write(write),
    }
}

/// Which features of one version are asked for.
fn selection(args: &QueryArgs, layer: &LayerSnapshot) -> Result<Selection> {
    let filter = args.filter.as_deref().map(|text| Filter::parse_text(text, layer.features().schema())).transpose();
    let filter = filter.context("--filter can't be used")?;
    Ok(Selection { spatial: spatial(args)?, filter, ..Selection::default() })
}

/// What to ask instead, when the place asked for is off the layer and the same numbers in the other order are on it.
fn swapped_axes(args: &QueryArgs, layer: Bounds) -> Option<String> {
    let order = "longitude comes before latitude";
    if let Some(bbox) = args.bbox {
        let [west, south, east, north] = bbox.to_degrees();
        let swapped = Bbox::from_degrees(south, west, north, east).ok()?;
        let meets = |bbox: Bbox| bbox.planar_parts().any(|part| part.intersects(&layer));
        return (!meets(bbox) && meets(swapped))
            .then(|| format!("{order}: --bbox {south},{west},{north},{east} meets the layer"));
    }
    let [lon, lat] = args.near?.to_degrees();
    let is_swapped = !layer.contains([lon, lat]) && layer.contains([lat, lon]);
    is_swapped.then(|| format!("{order}: --near {lat},{lon} lies in the layer's extent"))
}

/// Says what a file of another format does not say as the layer does.
fn tell(changes: &export::Changes) -> Result<()> {
    let renamed: Vec<String> = changes.renamed.iter().map(|(name, written)| format!("{name} → {written}")).collect();
    let renamed = (!renamed.is_empty()).then(|| format!("the format has shorter column names: {}", renamed.join(", ")));
    let mut lines = renamed.iter().chain(&changes.warnings);
    lines.try_for_each(|line| writeln!(io::stderr(), "warning: {line}")).context("stderr can't be written")
}

fn spatial(args: &QueryArgs) -> Result<Option<Spatial>> {
    Ok(if let Some(bbox) = args.bbox {
        Some(Spatial::Bbox(bbox))
    } else if let Some(path) = &args.intersects {
        Some(Spatial::Intersects(read_shape(path)?))
    } else if let Some(path) = &args.within {
        Some(Spatial::Within(read_shape(path)?))
    } else if let (Some(position), Some(radius_m)) = (args.near, args.radius_m) {
        Some(Spatial::Near { position, radius_m })
    } else {
        args.nearest.map(|position| Spatial::Nearest { position, k: args.k.unwrap_or(1) })
    })
}

fn read_shape(path: &Path) -> Result<Shape> {
    let size = std::fs::metadata(path).with_context(|| format!("{} can't be read", path.display()))?.len();
    if size > MAX_SHAPE_BYTES {
        bail!("{} has {size} bytes, more than {MAX_SHAPE_BYTES}; simplify the shape", path.display());
    }
    let text = std::fs::read_to_string(path).map_err(|error| match error.kind() {
        io::ErrorKind::InvalidData => anyhow!(
            "{path} is no text, so neither GeoJSON nor WKT; make it one with: ogr2ogr -f GeoJSON -t_srs EPSG:4326 area.geojson {path}",
            path = path.display()
        ),
        _ => anyhow::Error::new(error).context(format!("{} can't be read", path.display())),
    })?;
    let text = text.trim_start_matches('\u{feff}').trim_start();
    let shape = if text.starts_with('{') { Shape::from_geojson(text) } else { Shape::from_wkt(text) };
    shape.with_context(|| format!("{} holds no shape", path.display()))
}

/// A CSV table or a FeatureCollection, written piece by piece.
struct Sheet<'a> {
    out: &'a mut dyn Write,
    is_csv: bool,
    columns: Vec<usize>,
    rows: usize,
    row: Vec<u8>,
}

impl<'a> Sheet<'a> {
    fn begin(out: &'a mut dyn Write, format: Format, schema: &Schema) -> io::Result<Self> {
        let (is_csv, columns) = (format == Format::Csv, (0..schema.fields().len()).collect::<Vec<usize>>());
        if is_csv {
            let mut header = Vec::new();
            csv::write_header(&mut header, schema, &columns);
            out.write_all(&header)?;
        } else {
            out.write_all(b"{\"type\":\"FeatureCollection\",\"features\":[")?;
        }
        Ok(Self { out, is_csv, columns, rows: 0, row: Vec::new() })
    }

    fn rows(&mut self, features: &FeatureBatch, positions: &[u32]) -> io::Result<()> {
        for &position in positions {
            self.row.clear();
            if self.is_csv {
                csv::write_row(&mut self.row, features, position as usize, &self.columns);
            } else {
                self.row.extend_from_slice(if self.rows > 0 { b",\n" } else { b"\n" });
                geojson::write_feature(&mut self.row, features, position as usize, &self.columns);
            }
            self.out.write_all(&self.row)?;
            self.rows += 1;
        }
        Ok(())
    }

    fn end(self) -> io::Result<()> {
        if self.is_csv { Ok(()) } else { self.out.write_all(b"\n]}\n") }
    }
}
