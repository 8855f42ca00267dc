//! Tables that GDAL made of OSM files: their tags become the columns of an OSM import.

mod shared;

use std::{collections::BTreeMap, fs, path::PathBuf};
use urbis_ingest::ImportOptions;
use urbis_model::{FeatureBatch, LayerKind, Value};

/// Each feature's values that are not null, by column, as text.
fn rows(batch: &FeatureBatch) -> Vec<BTreeMap<String, String>> {
    (0..batch.len())
        .map(|row| {
            let names = batch.schema().fields().iter().map(|field| field.name.clone());
            names
                .filter_map(|name| {
                    let text = match batch.column(&name)?.value(row) {
                        Value::Null => return None,
                        Value::Bool(value) => value.to_string(),
                        Value::Int(number) => number.to_string(),
                        Value::Float(number) => number.to_string(),
                        Value::Text(text) => text.to_owned(),
                    };
                    Some((name, text))
                })
                .collect()
        })
        .collect()
}

/// All features of a file, and the notes of its report.
fn read(files: &[PathBuf], kind: LayerKind) -> (Vec<BTreeMap<String, String>>, Vec<String>, Vec<String>) {
    let options = ImportOptions { files: files.to_vec(), kind, ..ImportOptions::default() };
    let (mut all, mut columns) = (Vec::new(), Vec::new());
    let report = shared::read(&options, |batch| {
        all.extend(rows(&batch.features));
        columns = batch.features.schema().fields().iter().map(|field| field.name.clone()).collect();
    });
    (all, columns, report.unwrap().notes)
}

/// A collection of points with these properties, as GDAL writes one.
fn collection(properties: &[&str]) -> String {
    let features: Vec<String> = properties
        .iter()
        .map(|properties| {
            format!(
                r#"{{"type":"Feature","properties":{{{properties}}},"geometry":{{"type":"Polygon","coordinates":[[[9.5,47.1],[9.6,47.1],[9.6,47.2],[9.5,47.1]]]}}}}"#
            )
        })
        .collect();
    format!(r#"{{"type":"FeatureCollection","features":[{}]}}"#, features.join(","))
}

#[test]
fn tags_in_a_text_column_become_columns_and_the_others_stay_in_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.geojson");
    let tags = r#"\"height\"=>\"12 m\",\"building:levels\"=>\"3\",\"name:en\"=>\"Hall\",\"phone\"=>\"+423 123 45 67\""#;
    let first = format!(r#""osm_id":null,"osm_way_id":"77","name":"大厅","building":"office","other_tags":"{tags}""#);
    let second = r#""osm_id":"8","osm_way_id":null,"name":null,"building":"house","other_tags":"\"building:levels\"=>\"2\"""#;
    fs::write(&file, collection(&[&first, second, r#""building":"yes","other_tags":null"#])).unwrap();
    let (rows, columns, notes) = read(&[file], LayerKind::Building);
    assert!(!columns.iter().any(|name| name == "other_tags" || name == "phone"), "{columns:?}");
    assert!(notes.iter().any(|note| note.contains("\"other_tags\"") && note.contains("left in the file")), "{notes:?}");
    for (row, expected) in [
        (0, &[("source_id", "w77"), ("height_m", "12"), ("height_source", "measured"), ("levels", "3"), ("use", "office")][..]),
        (0, &[("name", "大厅"), ("name_en", "Hall"), ("building", "office")]),
        (1, &[("source_id", "r8"), ("height_m", "6"), ("height_source", "estimated"), ("use", "residential")]),
        (2, &[("building", "yes")]),
    ] {
        for (column, value) in expected {
            assert_eq!(rows[row].get(*column).map(String::as_str), Some(*value), "row {row}, {column}: {:?}", rows[row]);
        }
    }
    assert!(!rows[2].contains_key("height_m") && !rows[2].contains_key("use"));
}

#[test]
fn a_column_that_only_shares_the_name_stays() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.geojson");
    fs::write(&file, collection(&[r#""other_tags":"red, blue""#, r#""other_tags":"\"height\"=>\"9\"""#])).unwrap();
    let (rows, columns, _) = read(std::slice::from_ref(&file), LayerKind::Building);
    assert!(columns.iter().any(|name| name == "other_tags"));
    assert_eq!(rows[0]["other_tags"], "red, blue");
    assert_eq!(rows[1]["height_m"], "9");
    // A layer of a kind that knows no tags keeps them as they are.
    let (rows, columns, _) = read(&[file], LayerKind::Generic);
    assert_eq!(rows[1]["other_tags"], "\"height\"=>\"9\"");
    assert!(!columns.iter().any(|name| name == "height_m"));
}

#[test]
fn levels_keep_their_fraction() {
    let folder = tempfile::tempdir().unwrap();
    for (index, (stated, levels, height_m)) in
        [("3.5", "3.5", "10.5"), ("4", "4", "12"), ("2;2.5", "2.5", "7.5")].into_iter().enumerate()
    {
        let file = folder.path().join(format!("{index}.geojson"));
        let tags = format!(r#""other_tags":"\"building:levels\"=>\"{stated}\"""#);
        fs::write(&file, collection(&[&tags])).unwrap();
        let (rows, ..) = read(&[file], LayerKind::Building);
        assert_eq!((rows[0]["levels"].as_str(), rows[0]["height_m"].as_str()), (levels, height_m), "{stated}");
    }
}

#[test]
fn a_buildings_use_is_told_from_its_tag_unless_it_has_one() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.geojson");
    fs::write(&file, collection(&[r#""building":"warehouse""#, r#""building":"house","use":"office""#])).unwrap();
    let (rows, columns, _) = read(std::slice::from_ref(&file), LayerKind::Building);
    assert_eq!((rows[0]["use"].as_str(), rows[1]["use"].as_str()), ("industrial", "office"));
    assert!(!columns.iter().any(|name| name == "levels"), "{columns:?}");
    let (rows, ..) = read(&[file], LayerKind::Generic);
    assert!(!rows[0].contains_key("use"));
}

#[test]
fn files_whose_tags_differ_are_still_one_source() {
    let folder = tempfile::tempdir().unwrap();
    let files = [r#""other_tags":"\"name:en\"=>\"A\"""#, r#""other_tags":"\"height\"=>\"9\"""#].map(|properties| {
        let file = folder.path().join(format!("{}.geojson", properties.len()));
        fs::write(&file, collection(&[properties])).unwrap();
        file
    });
    let (rows, ..) = read(&files, LayerKind::Building);
    assert_eq!((rows[0]["name_en"].as_str(), rows[1]["height_m"].as_str()), ("A", "9"));
}

#[test]
fn liechtensteins_buildings_get_the_heights_that_their_tags_state() {
    let Some(folder) = shared::folder() else { return };
    let (rows, columns, _) = read(&[folder.join("buildings/liechtenstein.gpkg")], LayerKind::Building);
    for column in ["source_id", "height_m", "height_source", "levels", "use"] {
        assert!(columns.iter().any(|name| name == column), "{column} of {columns:?}");
    }
    // Counted in the file: rows whose `other_tags` state `height`, `building:height` or `building:levels`, all above zero.
    let with = |column: &str| rows.iter().filter(|row| row.contains_key(column)).count();
    assert_eq!((with("height_m"), with("source_id")), (544, rows.len()));
    // The same rows, of the greater of a list, at 3 m a level with its fraction: 3.5 levels are 10.5 m.
    let tall = rows.iter().filter(|row| row.get("height_m").is_some_and(|height| height.parse::<f64>().unwrap() > 10.0)).count();
    assert_eq!(tall, 123);
}
