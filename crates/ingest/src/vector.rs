//! What GDAL reads layer by layer: GeoPackage, FlatGeobuf, Shapefile, GML.

mod citygml;
mod gml;
mod shapefile;

use crate::{
    encoding::Texts,
    error::IngestError,
    format::Format,
    headers,
    intake::{Intake, RawValue},
    ogr::{self, Dataset, FieldKind, FieldText, Frame, Layer, MAX_FAILURES, Messages, list_archive},
    options::ImportOptions,
    time,
};
use citygml::LowerShapes;
use encoding_rs::Encoding;
use std::{
    collections::HashMap,
    path::{Path, PathBuf},
};
use tempfile::TempDir;
use urbis_model::ColumnType;
use urbis_model::geometry::MAX_VERTICES;

/// The most bytes of a shape's WKB: so many vertices with z and m, and their counts.
const MAX_WKB_BYTES: usize = MAX_VERTICES * 32 + 1024;

/// Tables without shapes are no layers.
const GEOPACKAGE_OPTIONS: &[&str] = &["LIST_ALL_TABLES=NO"];
/// The most texts in columns of numbers that are known: some 100 MB.
const MAX_MISFITS: usize = 1_000_000;

/// Why a GML feature with a shape has none.
const EMPTY_GML: &str = "its shape came out empty: GDAL reads no faces that stand elsewhere in the file (xlink)";

/// What a source says beside its features.
#[derive(Debug, Default)]
pub(crate) struct Said {
    pub(crate) frame: Option<Frame>,
    /// Why there is no frame, where more than that is known.
    pub(crate) no_frame: &'static str,
    pub(crate) title: String,
    pub(crate) notes: Vec<String>,
}

/// How a file is opened.
struct Opening {
    /// GDAL's path of it.
    path: String,
    drivers: &'static [&'static str],
    options: Vec<String>,
    /// How texts are read: GDAL gives them in UTF-8, but raw ones of a Shapefile.
    texts: Texts,
    notes: Vec<String>,
    /// Whether GDAL shall make a Shapefile's index anew, which it does even where there is one.
    rebuilds_index: bool,
    /// Why there may be no frame.
    no_frame: &'static str,
    /// How many features the parts of a Shapefile have.
    stated_features: Option<u64>,
    /// Folders of staged files, kept while GDAL reads them.
    staged: Vec<TempDir>,
}

/// Reads a file into the intake; a zip may hold several Shapefiles, read one after the other.
pub(crate) fn read(
    path: &Path,
    format: Format,
    options: &ImportOptions,
    encoding: Option<&'static Encoding>,
    intake: &mut Intake,
    scratch: &Path,
) -> Result<Said, IngestError> {
    let mut said: Option<Said> = None;
    for opening in openings(path, format, options.source_layer.as_deref(), encoding, scratch)? {
        let one = read_one(path, format, options, opening, intake, scratch)?;
        match &mut said {
            None => said = Some(one),
            Some(first) if first.frame.as_ref().map(|frame| &frame.wkt) != one.frame.as_ref().map(|frame| &frame.wkt) => {
                return Err(IngestError::Differs {
                    path: path.to_owned(),
                    difference: "its parts have different reference systems".into(),
                });
            }
            Some(first) => {
                let new = one.notes.into_iter().filter(|note| !first.notes.contains(note)).collect::<Vec<_>>();
                first.notes.extend(new);
            }
        }
    }
    said.ok_or_else(|| IngestError::NoLayer { path: path.to_owned() })
}

fn openings(
    path: &Path,
    format: Format,
    source_layer: Option<&str>,
    encoding: Option<&'static Encoding>,
    scratch: &Path,
) -> Result<Vec<Opening>, IngestError> {
    let plain = |drivers, options: &[&str]| Opening {
        path: path.to_string_lossy().into_owned(),
        drivers,
        options: options.iter().map(|&option| option.to_owned()).collect(),
        texts: Texts::of_format(),
        notes: Vec::new(),
        rebuilds_index: false,
        no_frame: "",
        stated_features: None,
        staged: Vec::new(),
    };
    Ok(match format {
        Format::GeoPackage if has_extension(path, "gpkg") => vec![plain(&["GPKG"], GEOPACKAGE_OPTIONS)],
        Format::GeoPackage => {
            // GDAL knows a GeoPackage by its name too.
            let (staged, linked) = stage(path, "gpkg", &[], scratch)?;
            vec![Opening {
                path: linked.to_string_lossy().into_owned(),
                staged: vec![staged],
                ..plain(&["GPKG"], GEOPACKAGE_OPTIONS)
            }]
        }
        Format::FlatGeobuf => vec![plain(&["FlatGeobuf"], &["VERIFY_BUFFERS=YES"])],
        Format::Gml => {
            // GDAL writes a .gfs beside a GML file; it gets one that stands in scratch.
            let (staged, linked) = stage(path, "gml", &["xsd"], scratch)?;
            vec![Opening {
                path: linked.to_string_lossy().into_owned(),
                staged: vec![staged],
                ..plain(&["GML"], &["EXPOSE_FID=NO"])
            }]
        }
        Format::Shapefile => vec![shapefile::opening(path, path, encoding, scratch)?],
        _ => {
            let files = list_archive(&path.to_string_lossy());
            let mut shapes: Vec<&String> =
                files.iter().filter(|file| file.to_lowercase().ends_with(".shp") && !file.contains("__MACOSX")).collect();
            if let Some(wanted) = source_layer {
                let stem = |file: &str| Path::new(file).file_stem().is_some_and(|stem| stem == wanted);
                if !shapes.iter().any(|file| stem(file)) {
                    let layers = shapes
                        .iter()
                        .filter_map(|file| Path::new(file).file_stem())
                        .map(|stem| stem.to_string_lossy().into_owned())
                        .collect();
                    return Err(IngestError::Layer { path: path.to_owned(), layers });
                }
                shapes.retain(|file| stem(file));
            }
            if shapes.is_empty() {
                return Err(IngestError::Format {
                    path: path.to_owned(),
                    found: if files.is_empty() {
                        "is a zip archive whose list of files, at its end, can't be read; it was probably cut off: get it again"
                    } else {
                        "is a zip archive without a .shp; unzip it and import the file inside"
                    }
                    .into(),
                });
            }
            shapes
                .into_iter()
                .map(|file| shapefile::opening_in_archive(path, file, encoding, scratch))
                .collect::<Result<_, _>>()?
        }
    })
}

fn has_extension(path: &Path, extension: &str) -> bool {
    path.extension().is_some_and(|own| own.eq_ignore_ascii_case(extension))
}

/// A file of another extension that belongs to one: beside it as it was named, else beside what that links to.
fn companion(path: &Path, extension: &str) -> Option<PathBuf> {
    let beside = |path: &Path| {
        [path.with_extension(extension), path.with_extension(extension.to_uppercase())].into_iter().find(|file| file.is_file())
    };
    beside(path).or_else(|| beside(&path.canonicalize().ok()?))
}

/// Links a file, with the extension of its format, and its companions into a scratch folder, so that GDAL writes beside
/// the links.
fn stage(path: &Path, extension: &str, companions: &[&str], scratch: &Path) -> Result<(TempDir, PathBuf), IngestError> {
    let spilled = |source| IngestError::Scratch { folder: scratch.to_owned(), source };
    let folder = tempfile::tempdir_in(scratch).map_err(spilled)?;
    let linked = folder.path().join(format!("{}.{extension}", path.file_stem().unwrap_or_default().to_string_lossy()));
    let link = |path: &Path, linked: &Path| {
        let whole = path.canonicalize().map_err(|source| IngestError::Read { path: path.to_owned(), source })?;
        std::os::unix::fs::symlink(whole, linked).map_err(spilled)
    };
    link(path, &linked)?;
    for extension in companions {
        if let Some(companion) = companion(path, extension) {
            link(&companion, &linked.with_extension(extension))?;
        }
    }
    Ok((folder, linked))
}

fn read_one(
    path: &Path,
    format: Format,
    options: &ImportOptions,
    mut opening: Opening,
    intake: &mut Intake,
    scratch: &Path,
) -> Result<Said, IngestError> {
    let messages = Messages::listen();
    let open_options: Vec<&str> = opening.options.iter().map(String::as_str).collect();
    let restore = if opening.rebuilds_index { "YES" } else { "NO" };
    let config = [("SHAPE_RESTORE_SHX", restore), ("OGR_GEOMETRY_ACCEPT_UNCLOSED_RING", "YES"), gml::GOES_ON];
    let dataset = Dataset::open(&opening.path, opening.drivers, &open_options, &config).ok_or_else(|| {
        let mut detail = messages.take_failures().join("; ");
        if detail.is_empty() {
            detail = "the file is damaged or cut off".into();
        }
        IngestError::Open { path: path.to_owned(), format: format.name(), detail }
    })?;
    let source_layer = if format == Format::Zip { None } else { options.source_layer.as_deref() };
    let layer = choose_layer(path, &dataset, source_layer)?;
    let mut said = Said { frame: layer.frame(), no_frame: opening.no_frame, title: String::new(), notes: opening.notes };
    if format == Format::GeoPackage {
        said.title = dataset.metadata("IDENTIFIER", "");
    }
    // 1. Columns.
    let before = intake.rows();
    let mut columns: Vec<Option<(u16, FieldKind)>> = Vec::new();
    let mut binary = Vec::new();
    let (names, kinds): (Vec<_>, Vec<_>) = layer.fields().into_iter().unzip();
    let names = names.iter().map(|header| {
        let header = opening.texts.header(header);
        header.trim_end_matches(char::REPLACEMENT_CHARACTER).to_owned()
    });
    let (names, renamed) = headers::distinct(names.collect());
    said.notes.extend(renamed);
    for (header, kind) in names.into_iter().zip(kinds) {
        let FieldKind::Typed(column_type) = kind else {
            binary.push(header);
            columns.push(None);
            continue;
        };
        let column = intake.column(&header);
        if let Some(column) = column {
            intake.declare(column, column_type);
        }
        columns.push(column.map(|column| (column, kind)));
    }
    let key = Key::of(&layer, format, options.id_column.as_deref(), intake, &mut said.notes);
    if !binary.is_empty() {
        said.notes.push(format!("binary columns were left out: {}", binary.join(", ")));
    }
    let misfits = match format {
        Format::GeoPackage => misfits(path, &dataset, &layer, &mut said.notes)?,
        _ => HashMap::new(),
    };
    // 2. Features.
    let spilled = |source| IngestError::Scratch { folder: scratch.to_owned(), source };
    let mut failures = Vec::new();
    let mut of_opening = messages.take_failures();
    let levels = match format {
        Format::Gml => citygml::levels_of_detail(path, Path::new(&opening.path), &layer.name(), scratch)?,
        _ => None,
    };
    let levels_layer = levels.as_ref().and_then(|levels| levels.dataset.layer_named(&layer.name()));
    let mut lower_shapes = levels_layer.as_ref().map(LowerShapes::of);
    let (mut of_lower_level, mut arcs) = (0u64, 0u64);
    let mut features = layer.features();
    loop {
        keep(&mut failures, messages.take_failures());
        let next = features.next();
        if format == Format::Gml {
            let skipped = gml::refuse_skipped(&messages, &mut of_opening, &mut failures, intake).map_err(spilled)?;
            if let Some(lower_shapes) = &mut lower_shapes {
                // The other reading goes by them too.
                skipped.into_iter().for_each(|fid| drop(lower_shapes.next(fid)));
            }
        }
        let Some((feature, _)) = next else { break };
        intake.begin();
        let lower = lower_shapes.as_mut().and_then(|shapes| shapes.next(feature.fid()));
        let lower = lower.filter(|lower| !feature.has_vertices() && lower.has_vertices());
        of_lower_level += u64::from(lower.is_some());
        let shape = lower.as_ref().unwrap_or(&feature);
        intake.geometry(|wkb| {
            if format == Format::Gml && shape.is_empty() {
                return Err(EMPTY_GML.to_owned());
            }
            let before = wkb.len();
            arcs += u64::from(shape.append_wkb(MAX_WKB_BYTES, wkb)?);
            let failed = messages.take_failures();
            // GDAL gives a row of a GeoPackage whose blob it can't read, but without a shape, and goes on.
            if format == Format::GeoPackage && wkb.len() == before && !failed.is_empty() {
                return Err(format!("its shape can't be read: {}", failed.join("; ")));
            }
            keep(&mut failures, failed);
            Ok(())
        });
        if key == Key::Fid {
            intake.key(&feature.fid().to_string());
        }
        for (index, column) in columns.iter().enumerate() {
            let Some((column, kind)) = column else { continue };
            if !misfits.is_empty() && misfits.get(&feature.fid()).is_some_and(|columns| columns.contains(&index)) {
                continue;
            }
            match feature.value(index, *kind) {
                FieldText::Null => {}
                FieldText::Bool(value) => intake.value(*column, RawValue::Bool(value)),
                FieldText::Int(number) => intake.value(*column, RawValue::Int(number)),
                FieldText::Float(number) if number.is_finite() => intake.value(*column, RawValue::Float(number)),
                FieldText::Float(_) => {}
                FieldText::Text(bytes) => {
                    let text = opening.texts.value(bytes);
                    let text = text.trim_end_matches('\0');
                    if key == Key::Field(index) && !text.is_empty() {
                        intake.key(text);
                    }
                    if !text.is_empty() {
                        intake.value(*column, RawValue::Text(text));
                    }
                }
                FieldText::Time(date, clock, millis, offset_min) => {
                    let [year, month, day] = date;
                    let date_text = format!("{year:04}-{month:02}-{day:02}");
                    if *kind == FieldKind::Typed(ColumnType::Date) {
                        intake.value(*column, RawValue::Date(&date_text));
                    } else if let Some(instant) = offset_min.and_then(|offset| time::instant(date, clock, millis, offset)) {
                        intake.value(*column, RawValue::DateTime(&instant));
                    } else {
                        let [hour, minute, second] = clock;
                        intake.value(*column, RawValue::Text(&format!("{date_text}T{hour:02}:{minute:02}:{second:02}")));
                    }
                }
            }
        }
        intake.end().map_err(spilled)?;
    }
    keep(&mut of_opening, failures);
    let mut failures = of_opening;
    keep(&mut failures, messages.take_failures());
    // GDAL reads a FlatGeobuf that was cut off to where it ends and says nothing; its header says how many there were.
    let after = intake.rows() - before;
    if let Some(stated) = layer.stated_features().filter(|stated| format == Format::FlatGeobuf && *stated > after) {
        failures.push(format!("its header states {stated} features"));
    }
    if let Some(stated) = opening.stated_features.filter(|stated| *stated > after) {
        match shapefile::count_deleted(Path::new(&opening.path)) {
            Ok(deleted) if after + deleted == stated => {
                said.notes.push(format!("{deleted} shapes whose records the .dbf marks as deleted were left out"));
            }
            _ => failures.push(format!("it has {stated} shapes")),
        }
    }
    if !failures.is_empty() {
        return Err(IngestError::Cut { path: path.to_owned(), after: intake.rows() - before, detail: failures.join("; ") });
    }
    if of_lower_level > 0 {
        said.notes.push(format!(
            "{of_lower_level} features have a shape whose faces stand elsewhere in the file, which is not read; they came with their shape of LOD1 or LOD0"
        ));
    }
    said.notes.extend(ogr::note_of_arcs(arcs));
    said.notes.extend(opening.texts.finish(path)?);
    said.notes.extend(messages.take_warnings().into_iter().map(without_cell));
    drop(opening.staged);
    Ok(said)
}

/// Keeps what is new of some failures, so that a file with a million bad features does not say the same a million times.
fn keep(failures: &mut Vec<String>, more: Vec<String>) {
    for failure in more {
        if failures.len() < MAX_FAILURES && !failures.contains(&failure) {
            failures.push(failure);
        }
    }
}

/// A warning of GDAL's without the cell that it quotes at its end: reports quote nothing of a source unlooked at.
fn without_cell(warning: String) -> String {
    match warning.split_once(": ") {
        Some((place, _)) if warning.starts_with("Invalid content for record") => place.to_owned(),
        _ => warning,
    }
}

/// Which fields of which rows hold a text where the column says that it holds numbers.
fn misfits(
    path: &Path,
    dataset: &Dataset,
    layer: &Layer<'_>,
    notes: &mut Vec<String>,
) -> Result<HashMap<i64, Vec<usize>>, IngestError> {
    let fields = layer.fields();
    let is_number = |kind: FieldKind| {
        matches!(kind, FieldKind::Typed(ColumnType::Bool | ColumnType::Int | ColumnType::Float)) && !layer.fid_column().is_empty()
    };
    let numbers: Vec<usize> = (0..fields.len()).filter(|index| is_number(fields[*index].1)).collect();
    let names: Vec<_> = numbers.iter().map(|index| String::from_utf8_lossy(&fields[*index].0)).collect();
    let columns: Vec<&str> = names.iter().map(AsRef::as_ref).collect();
    let rows =
        dataset.texts_in_numbers(&layer.name(), &layer.fid_column(), &columns, MAX_MISFITS).ok_or_else(|| IngestError::Open {
            path: path.to_owned(),
            format: Format::GeoPackage.name(),
            detail: format!("over {MAX_MISFITS} texts stand in columns that are declared as numbers; declare them as TEXT"),
        })?;
    let mut counts = vec![0u64; columns.len()];
    for position in rows.values().flatten() {
        counts[*position] += 1;
    }
    for (name, count) in columns.iter().zip(counts) {
        if count > 0 {
            notes.push(format!(
                "column {name:?} is one of numbers and has {count} texts, which were left empty; declare it as TEXT to keep them"
            ));
        }
    }
    let of_fields = |columns: Vec<usize>| columns.into_iter().map(|position| numbers[position]).collect();
    Ok(rows.into_iter().map(|(row, columns)| (row, of_fields(columns))).collect())
}

/// Where the features of a file have their key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Key {
    None,
    /// In the table's primary key, which GDAL keeps apart from the fields.
    Fid,
    /// In a field of the format's own.
    Field(usize),
}

impl Key {
    /// A GML feature has a `gml:id`, which is followed unless another column is named.
    ///
    /// A GeoPackage's primary key is followed only where it is named: programs number the rows anew with every export,
    /// so that following it unasked would give one thing's id to another, and nobody would see it.
    fn of(layer: &Layer<'_>, format: Format, named: Option<&str>, intake: &mut Intake, notes: &mut Vec<String>) -> Self {
        let position = |wanted: &str| layer.fields().iter().position(|(header, _)| header == wanted.as_bytes());
        match format {
            Format::Gml => match position("gml_id") {
                Some(field) => {
                    intake.name_key("gml:id");
                    Self::Field(field)
                }
                None => Self::None,
            },
            Format::GeoPackage => {
                let column = layer.fid_column();
                if !column.is_empty() && named == Some(column.as_str()) {
                    intake.name_key(&column);
                    return Self::Fid;
                }
                if !column.is_empty() && named.is_none() && position("source_id").is_none() {
                    notes.push(format!(
                        "the primary key {column:?} was not kept, since exports often number anew; where it lasts, --id-column {column} follows features by it"
                    ));
                }
                Self::None
            }
            _ => Self::None,
        }
    }
}

fn choose_layer<'a>(path: &Path, dataset: &'a Dataset, wanted: Option<&str>) -> Result<Layer<'a>, IngestError> {
    let mut layers: Vec<Layer<'a>> =
        (0..dataset.layer_count()).filter_map(|index| dataset.layer(index)).filter(Layer::has_geometry).collect();
    let names = layers.iter().map(Layer::name).collect::<Vec<_>>();
    let position = match wanted {
        Some(wanted) => names.iter().position(|name| name == wanted),
        None if layers.len() == 1 => Some(0),
        None if layers.is_empty() => return Err(IngestError::NoLayer { path: path.to_owned() }),
        None => None,
    };
    match position {
        Some(position) => Ok(layers.swap_remove(position)),
        None => Err(IngestError::Layer { path: path.to_owned(), layers: names }),
    }
}
