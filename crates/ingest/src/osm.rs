//! OpenStreetMap files: which objects make a layer of a kind, and which columns their tags become.
//!
//! GDAL's driver assembles the geometries. It is told, by a configuration of its own, to read only the tags named here:
//! others, among them the telephone numbers of shops, never enter.

mod packing;

use crate::{
    error::IngestError,
    intake::{Intake, RawValue},
    ogr::{Dataset, FieldKind, FieldText, Messages},
    tags::{self, Tags, columns},
};
use std::{fs, path::Path};
use urbis_model::geometry::MAX_VERTICES;
use urbis_model::{ColumnType, LayerKind};

/// Tags that are read, by GDAL layer.
const POINT_TAGS: &str = "name,name:en,place,power,voltage,operator,amenity";
const LINE_TAGS: &str = "name,name:en,highway,waterway,man_made,power,voltage,substance,diameter,location,usage,width,lanes,oneway,bridge,tunnel,surface,intermittent,operator";
const AREA_TAGS: &str = "name,name:en,type,building,height,building:height,building:levels,min_height,building:min_level,start_date,amenity,natural,water,waterway,landuse,leisure,power,voltage,operator,place";

/// Which features of which GDAL layer make a layer of a kind, as OGR SQL conditions.
fn selection(kind: LayerKind) -> Option<&'static [(&'static str, &'static str)]> {
    Some(match kind {
        LayerKind::Building => &[("multipolygons", "building IS NOT NULL")],
        LayerKind::Road => &[("lines", "highway IS NOT NULL")],
        LayerKind::Water => &[
            ("lines", "waterway IN ('river','canal','stream','drain','ditch','tidal_channel')"),
            (
                "multipolygons",
                "natural IN ('water','bay') OR waterway IN ('riverbank','dock') OR landuse IN ('reservoir','basin')",
            ),
        ],
        LayerKind::Green => &[(
            "multipolygons",
            "leisure IN ('park','garden','nature_reserve') OR landuse IN ('forest','farmland','meadow','grass','orchard','vineyard','village_green','allotments','recreation_ground') OR natural IN ('wood','scrub','grassland','heath')",
        )],
        LayerKind::Place => &[("points", "place IS NOT NULL AND name IS NOT NULL")],
        LayerKind::Power => {
            &[("points", "power IS NOT NULL"), ("lines", "power IS NOT NULL"), ("multipolygons", "power IS NOT NULL")]
        }
        LayerKind::GasPipe => {
            &[("lines", "man_made = 'pipeline' AND (substance IS NULL OR substance IN ('gas','natural_gas','lng','lpg','cng'))")]
        }
        _ => return None,
    })
}

/// Reads the objects of a kind into the intake, in GDAL's order; gives what is to be said of it.
pub(crate) fn read(path: &Path, kind: LayerKind, intake: &mut Intake, scratch: &Path) -> Result<Vec<String>, IngestError> {
    if let Some(packing) = packing::unreadable(path) {
        return Err(IngestError::Format {
            path: path.to_owned(),
            found: format!(
                "is OSM PBF packed with {packing}, which GDAL does not read; repack it with `osmium cat IN -o OUT.osm.pbf`"
            ),
        });
    }
    let before = intake.rows();
    match read_indexed(path, kind, "YES", intake, scratch) {
        // GDAL's quick node index wants ascending ids, which hand-made files lack; its slow one does not.
        Err(IngestError::Cut { detail, .. }) if detail.contains("OSM_USE_CUSTOM_INDEXING") && intake.rows() == before => {
            read_indexed(path, kind, "NO", intake, scratch)
        }
        other => other,
    }
}

fn read_indexed(
    path: &Path,
    kind: LayerKind,
    quick_index: &str,
    intake: &mut Intake,
    scratch: &Path,
) -> Result<Vec<String>, IngestError> {
    let selection = selection(kind).ok_or(IngestError::OsmKind { kind: kind.name() })?;
    let spilled = |source| IngestError::Scratch { folder: scratch.to_owned(), source };
    let folder = tempfile::tempdir_in(scratch).map_err(spilled)?;
    let config = folder.path().join("osm.ini");
    fs::write(&config, configuration()).map_err(spilled)?;

    let messages = Messages::listen();
    let (file, config_option) = (path.to_string_lossy(), format!("CONFIG_FILE={}", config.display()));
    let index_option = format!("USE_CUSTOM_INDEXING={quick_index}");
    let options = [config_option.as_str(), "INTERLEAVED_READING=YES", "MAX_TMPFILE_SIZE=128", &index_option];
    let temporary = folder.path().to_string_lossy();
    let dataset = Dataset::open(&file, &["OSM"], &options, &[("CPL_TMPDIR", &temporary)]);
    let broken = |after: u64, said: Vec<String>| IngestError::Cut { path: path.to_owned(), after, detail: said.join("; ") };
    let dataset = dataset.ok_or_else(|| IngestError::Open {
        path: path.to_owned(),
        format: "OSM",
        detail: messages.take_failures().join("; "),
    })?;

    // 1. Set the conditions, and learn where each layer keeps which tag.
    let mut wanted = Vec::new();
    for index in 0..dataset.layer_count() {
        let Some(layer) = dataset.layer(index) else { continue };
        let name = layer.name();
        match selection.iter().find(|(layer, _)| *layer == name) {
            Some((_, condition)) => {
                if !layer.keep_where(condition) {
                    return Err(IngestError::Open {
                        path: path.to_owned(),
                        format: "OSM",
                        detail: messages.take_failures().join("; "),
                    });
                }
                let headers: Vec<String> =
                    layer.fields().into_iter().map(|(header, _)| String::from_utf8_lossy(&header).into_owned()).collect();
                wanted.push((name, headers));
            }
            None => {
                layer.keep_where("osm_id IS NULL AND osm_id IS NOT NULL");
            }
        }
    }
    // 2. Walk the file.
    let columns: Vec<(u16, tags::OfTags)> = columns(kind)
        .iter()
        .filter_map(|(header, column_type, value)| {
            let column = intake.column(header)?;
            intake.declare(column, *column_type);
            Some((column, *value))
        })
        .collect();
    let before = intake.rows();
    let mut features = dataset.interleaved();
    while let Some((feature, layer)) = features.next() {
        let Some((_, headers)) = wanted.iter().find(|(name, _)| *name == layer) else { continue };
        // Each text is lent only until the next is asked for, so they are copied into one map.
        let tags: Vec<(&str, String)> = headers
            .iter()
            .enumerate()
            .filter_map(|(index, header)| match feature.value(index, FieldKind::Typed(ColumnType::Text)) {
                FieldText::Text(text) => Some((header.as_str(), String::from_utf8_lossy(text).into_owned())),
                _ => None,
            })
            .collect();
        let tags = Tags(&tags);
        intake.begin();
        if let Some(key) = key(&layer, &tags) {
            intake.key(&key);
        }
        intake.geometry(|wkb| feature.append_wkb(MAX_VERTICES * 24 + 1024, wkb).map(|_| ()));
        for (column, value) in &columns {
            match value(&tags) {
                Some(tags::TagValue::Text(text)) => intake.value(*column, RawValue::Text(&text)),
                Some(tags::TagValue::Int(number)) => intake.value(*column, RawValue::Int(number)),
                Some(tags::TagValue::Float(number)) => intake.value(*column, RawValue::Float(number)),
                Some(tags::TagValue::Bool(value)) => intake.value(*column, RawValue::Bool(value)),
                None => {}
            }
        }
        intake.end().map_err(spilled)?;
    }
    let failures = messages.take_failures();
    if !failures.is_empty() {
        return Err(broken(intake.rows() - before, failures));
    }
    let mut notes: Vec<String> = messages.take_warnings();
    notes.push(format!(
        "of the OSM file the objects with {} were read, and of their tags those of a {kind} layer; all other tags were left in the file",
        selection.iter().map(|(layer, condition)| format!("{condition} ({layer})")).collect::<Vec<_>>().join(" and ")
    ));
    Ok(notes)
}

/// `n`, `w` or `r` and the object's number.
fn key(layer: &str, tags: &Tags<'_>) -> Option<String> {
    match layer {
        "points" => tags.text("osm_id").map(|id| format!("n{id}")),
        "lines" => tags.text("osm_id").map(|id| format!("w{id}")),
        _ => tags.text("osm_id").map(|id| format!("r{id}")).or_else(|| tags.text("osm_way_id").map(|id| format!("w{id}"))),
    }
}

/// The configuration of GDAL's driver. What makes a closed way an area is GDAL's own list, so that counts are GDAL's.
fn configuration() -> String {
    format!(
        "closed_ways_are_polygons=aeroway,amenity,boundary,building,craft,geological,historic,landuse,leisure,military,natural,office,place,shop,sport,tourism,highway=platform,public_transport=platform\n\
         attribute_name_laundering=yes\n\
         [points]\nosm_id=yes\nattributes={POINT_TAGS}\nother_tags=no\n\
         [lines]\nosm_id=yes\nattributes={LINE_TAGS}\nother_tags=no\n\
         [multipolygons]\nosm_id=yes\nattributes={AREA_TAGS}\nignore=area,created_by,converted_by,source,time,ele,note,todo,openGeoDB:,fixme,FIXME\nother_tags=no\n\
         [multilinestrings]\nosm_id=yes\nattributes=name,type\nother_tags=no\n\
         [other_relations]\nosm_id=yes\nattributes=name,type\nother_tags=no\n"
    )
}
