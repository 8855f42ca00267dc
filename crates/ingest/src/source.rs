//! A source from end to end: opened and taken in, then read as batches.

use crate::{
    convert::{Batch, Converter},
    csv_table, encoding,
    error::{IngestError, ReadError},
    format::{self, Format},
    frame::Framing,
    geojson, geoparquet,
    intake::{Intake, Records, Taken, TextReading},
    metadata,
    options::ImportOptions,
    osm,
    plan::Plan,
    privacy,
    repeats::Repeats,
    report::{ImportReport, ReportWriter},
    vector,
};
use encoding_rs::Encoding;
use std::{
    fs::File,
    io,
    path::{Path, PathBuf},
    sync::{Arc, mpsc},
};
use urbis_model::{LayerMetadata, Schema};

/// Batches that may wait between the thread that converts and the one that stores.
const BATCHES_IN_FLIGHT: usize = 2;

/// A source that was taken in and learned, ready to be read as batches.
///
/// ```no_run
/// use urbis_ingest::{Batch, ImportOptions, Source};
/// let options = ImportOptions { files: vec!["buildings.gpkg".into()], ..ImportOptions::default() };
/// let source = Source::open(&options)?;
/// let report = source.read(&mut |batch: Batch| {
///     println!("{} features", batch.features.len());
///     Ok::<(), std::io::Error>(())
/// });
/// # Ok::<(), urbis_ingest::IngestError>(())
/// ```
pub struct Source {
    plan: Plan,
    spill: File,
    features: u64,
    framing: Framing,
    metadata: LayerMetadata,
    given: LayerMetadata,
    format: String,
    notes: Vec<String>,
    scratch: PathBuf,
}

impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Source").field("format", &self.format).field("features", &self.features).finish_non_exhaustive()
    }
}

/// What the files say of their frame.
#[derive(Clone, Debug, PartialEq)]
enum Stated {
    /// A code or WKT, its name for people, and whether coordinates come northing first.
    Definition {
        definition: String,
        name: String,
        swapped: bool,
    },
    Nothing {
        why: &'static str,
    },
}

/// What one file says beside its features.
struct Said {
    stated: Stated,
    title: String,
    notes: Vec<String>,
}

impl Source {
    /// Opens the files and takes every feature into a spill file, so that the schema, the types and the privacy rule
    /// are decided over the whole source. Takes as long as reading the files; memory does not depend on their size.
    ///
    /// # Errors
    /// [`IngestError`] says what is wrong with the files and what to do.
    pub fn open(options: &ImportOptions) -> Result<Self, IngestError> {
        let scratch = if options.scratch.as_os_str().is_empty() { std::env::temp_dir() } else { options.scratch.clone() };
        let encoding = options.encoding.as_deref().map(encoding::encoding).transpose()?;
        let spilled = |source| IngestError::Scratch { folder: scratch.clone(), source };
        let mut intake = Intake::new(&scratch).map_err(spilled)?;
        let mut first: Option<(Said, Vec<String>)> = None;
        let mut formats: Vec<&str> = Vec::new();
        let mut notes = Vec::new();
        for path in &options.files {
            let (format, word) = format::sniff(path, encoding)?;
            notes.extend(word.map(|word| format!("{}: {word}", path.display())));
            if !formats.contains(&format.name()) {
                formats.push(format.name());
            }
            intake.read_texts_as(TextReading::Literal);
            if !format.is_osm() {
                intake.explode_tags_of(options.kind);
            }
            let said = take(path, format, options, encoding, &mut intake, &scratch)?;
            let headers: Vec<String> = intake.headers().map(str::to_owned).collect();
            match &first {
                None => first = Some((said, headers)),
                Some((other, known)) => {
                    if other.stated != said.stated && options.crs.is_none() {
                        return Err(IngestError::Differs {
                            path: path.clone(),
                            difference: "its reference system is another".into(),
                        });
                    }
                    if headers.len() > known.len() && format != Format::GeoJson {
                        let new = privacy::listed(headers[known.len()..].iter().map(String::as_str)).swap_remove(0);
                        return Err(IngestError::Differs { path: path.clone(), difference: format!("it has a column {new:?}") });
                    }
                    let new: Vec<String> = said.notes.into_iter().filter(|note| !other.notes.contains(note)).collect();
                    notes.extend(new);
                }
            }
        }
        let (said, _) = first.ok_or(IngestError::NoFile)?;
        notes.splice(0..0, said.notes);
        let framing = framing(&options.files[0], said.stated, options)?;
        let taken = intake.finish().map_err(spilled)?;
        let plan = Plan::new(&taken, options)?;
        notes.extend(plan.notes.iter().cloned());
        // A file's name is no title: without one, a layer goes by the name that it was given.
        let own = if formats.iter().all(|name| *name == Format::OsmPbf.name() || *name == Format::OsmXml.name()) {
            let stem = options.files[0].file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
            metadata::of_osm(options.kind, &stem)
        } else {
            LayerMetadata { title: said.title, ..LayerMetadata::default() }
        };
        let said = options.metadata.clone().unwrap_or_default();
        let unscrubbed = said.clone().or(own);
        let (metadata, given) = (metadata::scrubbed(unscrubbed.clone()), metadata::scrubbed(said));
        if metadata != unscrubbed {
            notes.push("identity or mobile numbers in the layer's title or other metadata were masked".to_owned());
        }
        let Taken { rows, spill, .. } = taken;
        Ok(Self { plan, spill, features: rows, framing, metadata, given, format: formats.join(", "), notes, scratch })
    }

    /// The columns that batches will have.
    pub fn schema(&self) -> &Arc<Schema> {
        &self.plan.schema
    }

    /// The columns of quarantined features: the same and `reason`.
    pub fn quarantine_schema(&self) -> &Arc<Schema> {
        &self.plan.quarantine_schema
    }

    /// What is known of the data: what the person said, else what the source says.
    pub fn metadata(&self) -> &LayerMetadata {
        &self.metadata
    }

    /// What the person said alone, empty where they said nothing: what may change the metadata of a layer that is
    /// appended to, which the name of one more file must not.
    pub fn given_metadata(&self) -> &LayerMetadata {
        &self.given
    }

    /// How many features there are.
    pub fn expected(&self) -> Option<u64> {
        Some(self.features)
    }

    /// Converts everything on a thread of its own and hands the batches to `on`, in the source's order.
    ///
    /// # Errors
    /// [`ReadError::Receiver`] with the error of `on`, which ends the reading; [`ReadError::Source`] when the spill
    /// file fails.
    pub fn read<E>(self, on: &mut dyn FnMut(Batch) -> Result<(), E>) -> Result<ImportReport, ReadError<E>> {
        let Self { plan, spill, mut framing, format, mut notes, scratch, .. } = self;
        let spilled = |source: io::Error| ReadError::Source(IngestError::Scratch { folder: scratch.clone(), source });
        let mut report = ReportWriter::new(&scratch).map_err(spilled)?;
        let (sender, receiver) = mpsc::sync_channel(BATCHES_IN_FLIGHT);
        let (converted, received) = std::thread::scope(|scope| {
            let (plan, framing, report, scratch) = (&plan, &mut framing, &mut report, &scratch);
            let converting = scope.spawn(move || {
                let mut records = Records::new(spill);
                let repeats = Repeats::find(&mut records, plan, scratch)?;
                Converter::new(plan, framing, report, repeats).run(&mut records, |batch| sender.send(batch).is_ok())
            });
            // Leaving the loop early drops the receiver; the next send fails and ends the converting.
            let received = receiver.into_iter().try_for_each(on);
            (converting.join(), received)
        });
        received.map_err(ReadError::Receiver)?;
        let words = converted.unwrap_or_else(|panic| std::panic::resume_unwind(panic)).map_err(spilled)?;
        notes.extend(words);
        if report.read == 0 {
            notes.push("there is no feature in the source".into());
        }
        let frame = framing.finish();
        let dropped = plan.dropped.clone();
        report.finish(format, frame, notes, dropped).map_err(spilled)
    }
}

fn take(
    path: &Path,
    format: Format,
    options: &ImportOptions,
    encoding: Option<&'static Encoding>,
    intake: &mut Intake,
    scratch: &Path,
) -> Result<Said, IngestError> {
    let wgs84 = || Stated::Definition { definition: "EPSG:4326".into(), name: "EPSG:4326".into(), swapped: false };
    match format {
        Format::GeoJson => {
            let said = geojson::read(path, encoding, intake, scratch)?;
            let stated = match said.crs.as_deref() {
                None => wgs84(),
                Some(name) => stated_by_name(name),
            };
            Ok(Said { stated, title: said.title, notes: said.notes })
        }
        Format::Csv => {
            let said = csv_table::read(path, encoding, intake, scratch)?;
            let why = if said.in_degrees {
                " (longitude and latitude alone say no datum: WGS 84, CGCS2000, GCJ-02 and BD-09 differ by up to a kilometre)"
            } else {
                ""
            };
            Ok(Said { stated: Stated::Nothing { why }, title: String::new(), notes: said.notes })
        }
        Format::GeoParquet => {
            let said = geoparquet::read(path, encoding, intake, scratch)?;
            let stated = match said.frame {
                geoparquet::Frame::Wgs84 => wgs84(),
                geoparquet::Frame::Definition { definition, name } => Stated::Definition { definition, name, swapped: false },
                geoparquet::Frame::Unknown => Stated::Nothing { why: " (its crs is null)" },
            };
            Ok(Said { stated, title: String::new(), notes: said.notes })
        }
        Format::OsmPbf | Format::OsmXml => {
            Ok(Said { stated: wgs84(), title: String::new(), notes: osm::read(path, options.kind, intake, scratch)? })
        }
        Format::GeoPackage | Format::FlatGeobuf | Format::Shapefile | Format::Zip | Format::Gml => {
            let said = vector::read(path, format, options, encoding, intake, scratch)?;
            let stated = match said.frame {
                Some(frame) => match frame.epsg {
                    Some(code) => {
                        let name = format!("EPSG:{code}");
                        Stated::Definition { definition: name.clone(), name, swapped: frame.authority_order }
                    }
                    None if frame.wkt.contains("Undefined") || frame.wkt.is_empty() => Stated::Nothing { why: said.no_frame },
                    None => {
                        Stated::Definition { name: wkt_name(&frame.wkt), definition: frame.wkt, swapped: frame.authority_order }
                    }
                },
                None => Stated::Nothing { why: said.no_frame },
            };
            Ok(Said { stated, title: said.title, notes: said.notes })
        }
    }
}

/// The first quoted text of a WKT, which is its name.
fn wkt_name(wkt: &str) -> String {
    wkt.split('"').nth(1).unwrap_or("the file's own reference system").to_owned()
}

/// A CRS by the names that GeoJSON 2008 files use: `urn:ogc:def:crs:EPSG::4549`, `EPSG:4549`, `urn:ogc:def:crs:OGC:1.3:CRS84`.
fn stated_by_name(name: &str) -> Stated {
    let upper = name.to_ascii_uppercase();
    let code = upper.rsplit([':', '/']).next().and_then(|code| code.parse::<u32>().ok()).filter(|_| upper.contains("EPSG"));
    let definition = match code {
        Some(code) => format!("EPSG:{code}"),
        None if upper.ends_with("CRS84") || upper.ends_with("CRS84H") => "EPSG:4326".to_owned(),
        None => name.to_owned(),
    };
    Stated::Definition { name: definition.clone(), definition, swapped: false }
}

fn framing(path: &Path, stated: Stated, options: &ImportOptions) -> Result<Framing, IngestError> {
    match (options.crs, stated) {
        (Some(crs), stated) => {
            let framing = Framing::from_crs(crs)?;
            match stated {
                Stated::Definition { name, swapped, .. } => {
                    let framing = if name == crs.to_string() { framing } else { framing.overruling(name) };
                    Ok(if swapped { framing.swap() } else { framing })
                }
                Stated::Nothing { .. } => Ok(framing),
            }
        }
        (None, Stated::Definition { definition, name, swapped }) => {
            let framing = Framing::from_definition(&definition, &name)?;
            Ok(if swapped { framing.swap() } else { framing })
        }
        (None, Stated::Nothing { why }) => Err(IngestError::NoCrs { path: path.to_owned(), why }),
    }
}
