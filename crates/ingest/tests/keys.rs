//! The source's own keys: which are followed, and under which name.

mod made;
mod shared;

use made::{Cell, write_table};
use std::path::Path;
use urbis_ingest::{ImportOptions, ImportReport, IngestError, Source};
use urbis_model::Value;

/// The keys of a file's features, none where they have none.
fn keys(path: &Path, id_column: Option<&str>) -> Result<(Vec<String>, ImportReport), IngestError> {
    let crs = (path.extension().unwrap() == "csv").then(|| "EPSG:4490".parse().unwrap());
    let id_column = id_column.map(str::to_owned);
    let options = ImportOptions { files: vec![path.to_owned()], crs, id_column, ..ImportOptions::default() };
    let mut keys = Vec::new();
    let report = shared::read(&options, |batch| {
        let features = &batch.features;
        let Some(column) = features.schema().fields().iter().position(|field| field.name == "source_id") else { return };
        keys.extend((0..features.len()).map(|row| match features.columns()[column].value(row) {
            Value::Text(key) => key.to_owned(),
            other => format!("{other:?}"),
        }));
    })?;
    Ok((keys, report))
}

#[test]
fn the_primary_key_of_a_geopackage_is_followed_where_it_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.gpkg");
    write_table("GPKG", &path, &[(Cell::Text("甲"), made::SQUARE), (Cell::Text("乙"), made::SQUARE)]);
    let (none, report) = keys(&path, None).unwrap();
    assert!(none.is_empty(), "{none:?}");
    assert!(report.notes.iter().any(|note| note.contains("--id-column fid")), "{:?}", report.notes);
    let (followed, report) = keys(&path, Some("fid")).unwrap();
    assert_eq!(followed, ["1", "2"]);
    assert!(report.notes.iter().any(|note| note.contains("own key fid")), "{:?}", report.notes);
    assert_eq!(keys(&path, Some("name")).unwrap().0, ["甲", "乙"]);
    let Err(IngestError::IdColumn { columns, .. }) = keys(&path, Some("nr")) else { panic!("there is no column nr") };
    assert_eq!(columns, ["name"]);
}

#[test]
fn features_of_gml_are_followed_by_their_gml_id() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.gml");
    let member = |id: &str| {
        format!(
            r#"<gml:featureMember><x:b gml:id="{id}"><x:name>n</x:name><x:geom><gml:Point srsName="EPSG:4490"><gml:pos>121.1 31.9</gml:pos></gml:Point></x:geom></x:b></gml:featureMember>"#
        )
    };
    let text = format!(
        r#"<gml:FeatureCollection xmlns:gml="http://www.opengis.net/gml" xmlns:x="http://x">{}{}</gml:FeatureCollection>"#,
        member("b7"),
        member("b3")
    );
    std::fs::write(&path, text).unwrap();
    let (followed, report) = keys(&path, None).unwrap();
    assert_eq!(followed, ["b7", "b3"]);
    assert!(report.notes.iter().any(|note| note.contains("gml:id")), "{:?}", report.notes);
    assert_eq!(keys(&path, Some("name")).unwrap().0, ["n", "n#2"]);
    assert_eq!(
        Source::open(&ImportOptions { files: vec![path], ..ImportOptions::default() }).unwrap().schema().fields().len(),
        3
    );
}

#[test]
fn a_key_that_is_made_up_is_no_other_feature_s_own() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.csv");
    for (own, expected) in [
        (&["A", "A#2", "A"][..], &["A", "A#2", "A##2"][..]),
        (&["A", "A", "A##2", "A#2"], &["A", "A###2", "A##2", "A#2"]),
        (&["A", "A#x", "A", "A"], &["A", "A#x", "A#2", "A#3"]),
        (&["A#2", "A#2"], &["A#2", "A#2##2"]),
        (&["A#7", "B", "B"], &["A#7", "B", "B##2"]),
    ] {
        let rows: String = own.iter().map(|key| format!("{key},121,31\n")).collect();
        std::fs::write(&path, format!("k,lon,lat\n{rows}")).unwrap();
        assert_eq!(keys(&path, Some("k")).unwrap().0, expected, "{own:?}");
    }
}
