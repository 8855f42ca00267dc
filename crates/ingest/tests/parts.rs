//! Parts of a Shapefile that do not belong together, and single shapes that can't be read.

mod made;
mod shared;

use made::{Cell, SQUARE, write_table};
use std::{ffi::CString, fs, os::unix::fs::symlink, path::Path};
use urbis_ingest::{ImportOptions, ImportReport, IngestError};

fn read(path: &Path) -> Result<ImportReport, IngestError> {
    shared::read(&ImportOptions { files: vec![path.to_owned()], ..ImportOptions::default() }, |_| {})
}

/// Rows and reasons of the features that were refused.
fn refused(report: &ImportReport) -> Vec<(u64, String)> {
    report.rows().unwrap().map(|row| row.unwrap()).map(|row| (row.row, row.reason)).collect()
}

#[test]
fn shapes_and_records_that_differ_in_number_are_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let of = |count: usize| {
        let path = folder.path().join(format!("of-{count}.shp"));
        write_table("ESRI Shapefile", &path, &vec![(Cell::Text("a"), SQUARE); count]);
        path
    };
    let (two, three) = (of(2), of(3));
    for (path, other, indexed, words) in [
        (&three, &two, true, "the .shp has 3 shapes and the .dbf 2 records"),
        (&three, &two, false, "the .shp has 3 shapes and the .dbf 2 records"),
        (&two, &three, true, "the .shp has 2 shapes and the .dbf 3 records"),
    ] {
        let mixed = folder.path().join("mixed.shp");
        for extension in ["shp", "shx", "prj"] {
            fs::copy(path.with_extension(extension), mixed.with_extension(extension)).unwrap();
        }
        fs::copy(other.with_extension("dbf"), mixed.with_extension("dbf")).unwrap();
        if !indexed {
            fs::remove_file(mixed.with_extension("shx")).unwrap();
        }
        let error = read(&mixed).unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
    }
}

#[test]
fn a_table_that_was_cut_off_anywhere_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cut.shp");
    write_table("ESRI Shapefile", &path, &[(Cell::Text("a"), SQUARE); 3]);
    let dbf = path.with_extension("dbf");
    let whole = fs::read(&dbf).unwrap();
    for length in (0..whole.len() - 1).step_by(5) {
        fs::write(&dbf, &whole[..length]).unwrap();
        let error = read(&path).unwrap_err().to_string();
        assert!(error.contains("the .dbf is cut off"), "{length} bytes: {error}");
    }
}

#[test]
fn records_marked_as_deleted_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("deleted.shp");
    write_table("ESRI Shapefile", &path, &[(Cell::Text("a"), SQUARE); 3]);
    let mut dbf = fs::read(path.with_extension("dbf")).unwrap();
    let header_length = usize::from(u16::from_le_bytes([dbf[8], dbf[9]]));
    dbf[header_length] = b'*';
    fs::write(path.with_extension("dbf"), dbf).unwrap();
    let report = read(&path).unwrap();
    assert_eq!(report.imported, 2);
    assert!(
        report.notes.iter().any(|note| note.starts_with("1 shapes whose records the .dbf marks as deleted")),
        "{:?}",
        report.notes
    );
}

#[test]
fn parts_are_found_through_a_link_and_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("real.shp");
    write_table("ESRI Shapefile", &path, &[(Cell::Text("a"), SQUARE)]);
    let link = folder.path().join("link.shp");
    symlink(&path, &link).unwrap();
    assert_eq!(read(&link).unwrap().imported, 1);
    // Each part a link of its own, the file behind it under another name.
    for extension in ["dbf", "shx", "prj"] {
        let stored = folder.path().join(format!("stored-{extension}"));
        fs::rename(path.with_extension(extension), &stored).unwrap();
        symlink(&stored, link.with_extension(extension)).unwrap();
    }
    let source = urbis_ingest::Source::open(&ImportOptions { files: vec![link], ..ImportOptions::default() }).unwrap();
    assert_eq!(source.schema().fields()[0].name, "name");
}

#[test]
fn a_prj_that_says_nothing_is_not_called_missing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("vague.shp");
    write_table("ESRI Shapefile", &path, &[(Cell::Text("a"), SQUARE)]);
    for content in ["", "garbage"] {
        fs::write(path.with_extension("prj"), content).unwrap();
        let error = read(&path).unwrap_err().to_string();
        assert!(error.contains("the .prj is empty or can't be read"), "{error}");
    }
}

#[test]
fn a_geopackage_is_known_under_any_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("whole.gpkg");
    write_table("GPKG", &path, &[(Cell::Text("a"), SQUARE)]);
    for name in ["table.geojson", "table.v2", "table"] {
        let other = folder.path().join(name);
        fs::rename(&path, &other).unwrap();
        assert_eq!(read(&other).unwrap().imported, 1, "{name}");
        fs::rename(&other, &path).unwrap();
    }
}

#[test]
fn a_shape_that_a_geopackage_holds_broken_costs_its_row_only() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("broken.gpkg");
    write_table("GPKG", &path, &[(Cell::Text("a"), SQUARE); 3]);
    // The mark `GP` and version 0 begin a blob; the second one loses it.
    let mut bytes = fs::read(&path).unwrap();
    let marks: Vec<usize> = bytes.windows(3).enumerate().filter(|(_, it)| it == b"GP\0").map(|(at, _)| at).collect();
    assert_eq!(marks.len(), 3);
    // SQLite fills a page from its end, so the order in the file is the other way round.
    bytes[marks[1]] = b'X';
    fs::write(&path, bytes).unwrap();
    let report = read(&path).unwrap();
    assert_eq!((report.imported, report.refused), (2, 1));
    assert_eq!(refused(&report), [(2, "its shape can't be read: Unable to read geometry".to_owned())]);
}

#[test]
fn a_shape_that_gml_holds_broken_costs_its_feature_only() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("broken.gml");
    let feature = |id: usize, pos: &str| {
        format!(
            r#"<gml:featureMember><x:b gml:id="b{id}"><x:geom><gml:Point srsName="EPSG:4490"><gml:pos>{pos}</gml:pos></gml:Point></x:geom></x:b></gml:featureMember>"#
        )
    };
    let collection = |positions: &[&str], end: &str| {
        let features: String = positions.iter().enumerate().map(|(index, pos)| feature(index + 1, pos)).collect();
        format!(
            r#"<?xml version="1.0"?><gml:FeatureCollection xmlns:gml="http://www.opengis.net/gml/3.2" xmlns:x="http://x">{features}{end}"#
        )
    };
    let (end, good, bad) = ("</gml:FeatureCollection>", "121.1 31.9", "121.1");
    fs::write(&path, collection(&[good, bad, bad, good, bad], end)).unwrap();
    let report = read(&path).unwrap();
    assert_eq!((report.imported, report.refused), (2, 3));
    let refused = refused(&report);
    assert_eq!(refused.iter().map(|(row, _)| *row).collect::<Vec<_>>(), [2, 3, 5]);
    assert!(refused[1].1.starts_with("Geometry of feature 3 b3 cannot be parsed"), "{refused:?}");
    // A file that was cut off is one still.
    let whole = collection(&[good, bad, good], end);
    for cut in [whole.len() - 5, whole.len() - 60] {
        fs::write(&path, &whole[..cut]).unwrap();
        let error = read(&path).unwrap_err();
        assert!(error.to_string().contains("XML"), "{error}");
    }
    // More in a row than words are kept for are an error, not a silence.
    fs::write(&path, collection(&[bad; 5000], end)).unwrap();
    let error = read(&path).unwrap_err().to_string();
    assert!(error.contains("too many features in a row"), "{error}");
}

#[test]
fn a_part_that_a_zip_lacks_is_told_of_the_zip() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("inside.shp");
    write_table("ESRI Shapefile", &path, &[(Cell::Text("a"), SQUARE)]);
    let zip = folder.path().join("parts.zip");
    for extension in ["shp", "shx", "prj"] {
        pack(&path.with_extension(extension), &zip);
    }
    let error = read(&zip).unwrap_err().to_string();
    assert!(error.contains("parts.zip\" can't be opened as zipped Shapefile: inside.shp in it: the .dbf"), "{error}");
}

/// Adds a file to an archive, which GDAL makes.
#[expect(unsafe_code, reason = "the crate copies no files")]
fn pack(file: &Path, zip: &Path) {
    let c_string = |text: String| CString::new(text).unwrap();
    let to = c_string(format!("/vsizip/{}/{}", zip.display(), file.file_name().unwrap().to_string_lossy()));
    let from = c_string(file.display().to_string());
    // SAFETY: two C strings.
    assert_eq!(unsafe { gdal_sys::CPLCopyFile(to.as_ptr(), from.as_ptr()) }, 0);
}
