//! Reads sources without storing them and says how long it took: `take_in [--kind K] [--crs EPSG:n] [--layer L] FILE...`
#![expect(clippy::print_stdout, reason = "an example for the command line")]

use std::{error::Error, io, time::Instant};
use urbis_ingest::{Batch, ImportOptions, Source};

fn main() -> Result<(), Box<dyn Error>> {
    let mut options = ImportOptions::default();
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().ok_or("a value is missing");
        match argument.as_str() {
            "--kind" => options.kind = value()?.parse()?,
            "--crs" => options.crs = Some(value()?.parse()?),
            "--layer" => options.source_layer = Some(value()?),
            "--encoding" => options.encoding = Some(value()?),
            "--id-column" => options.id_column = Some(value()?),
            file => options.files.push(file.into()),
        }
    }
    let start = Instant::now();
    let source = Source::open(&options)?;
    let opened = start.elapsed();
    println!(
        "{:?}",
        source.schema().fields().iter().map(|field| format!("{}:{}", field.name, field.column_type.name())).collect::<Vec<_>>()
    );
    let mut vertices = 0;
    let report = source.read(&mut |batch: Batch| {
        vertices += batch.features.geometries().vertex_count();
        Ok::<(), io::Error>(())
    })?;
    let whole = start.elapsed();
    report.write_table(io::stdout().lock())?;
    let rate = report.read as f64 / whole.as_secs_f64();
    println!("{vertices} vertices; first pass {opened:.2?}, both {whole:.2?}, {rate:.0} features/s");
    Ok(())
}
