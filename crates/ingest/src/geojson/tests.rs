//! Every habit of GeoJSON, and broken ones.

use super::*;
use crate::intake::{RawGeometry, Records};
use std::io::Write;

/// A row's key, whether there is a shape or why not, and its number of values.
type Row = (Option<String>, String, usize);

fn rows(text: &[u8]) -> Result<(Vec<Row>, Said), IngestError> {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(text).unwrap();
    let scratch = std::env::temp_dir();
    let mut intake = Intake::new(&scratch).unwrap();
    let said = read(file.path(), None, &mut intake, &scratch)?;
    let mut records = Records::new(intake.finish().unwrap().spill);
    let mut rows = Vec::new();
    while let Some(row) = records.next().unwrap() {
        let geometry = match row.geometry {
            RawGeometry::Absent => "none".to_owned(),
            RawGeometry::Wkb(wkb) => format!("wkb {}", wkb[1]),
            RawGeometry::Unreadable(reason) => reason.to_owned(),
        };
        rows.push((row.key.map(str::to_owned), geometry, row.values().count()));
    }
    Ok((rows, said))
}

const POINT: &str =
    r#"{"type":"Feature","id":7,"geometry":{"type":"Point","coordinates":[121.1,31.9]},"properties":{"a":1,"b":null}}"#;

#[test]
fn all_habits_give_the_same_features() {
    let one = (Some("7".to_owned()), "wkb 1".to_owned(), 1);
    for (text, count) in [
        (POINT.to_owned(), 1),
        (format!("\u{FEFF}{POINT}"), 1),
        (format!("{{\"features\":[{POINT},\n{POINT}],\"type\":\"FeatureCollection\"}}"), 2),
        (format!("{{\"type\":\"FeatureCollection\",\"features\":[{POINT},],}}"), 1),
        (format!("[{POINT},{POINT}]"), 2),
        (format!("{POINT}\n{POINT}\r\n\n{POINT}\n"), 3),
        (format!("\u{1e}{POINT}\n\u{1e}{POINT}\n"), 2),
        ("{\"type\":\"FeatureCollection\",\"features\":[]}".to_owned(), 0),
    ] {
        let (rows, _) = rows(text.as_bytes()).unwrap();
        assert_eq!(rows, vec![one.clone(); count], "{text}");
    }
    let (rows, _) = rows(br#"{"type":"LineString","coordinates":[[1,2],[3,4,5]]}"#).unwrap();
    assert_eq!(rows, [(None, "wkb 234".to_owned(), 0)], "1002 is 0x3EA");
}

#[test]
fn what_is_wrong_with_one_feature_is_its_own() {
    let text = format!(
        r#"{{"type":"FeatureCollection","features":[{POINT},{{"type":"Feature","properties":{{}},"geometry":{{"type":"Point","coordinates":[1]}}}},
        {{"type":"Feature","properties":{{}},"geometry":{{"type":"Circle","coordinates":[1,2]}}}},{{"type":"Feature","geometry":null}},
        {{"type":"Thing"}},{{"type":"Feature","geometry":{{"type":"Point","coordinates":["a",2]}}}},{{"type":"Feature","properties":{{"a":tru}}}},{POINT}]}}"#
    );
    let (rows, _) = rows(text.as_bytes()).unwrap();
    let outcomes: Vec<&str> = rows.iter().map(|row| row.1.split(" of the feature").next().unwrap()).collect();
    assert_eq!(
        outcomes,
        [
            "wkb 1",
            "its JSON is broken at byte 3",
            "its geometry is of type \"Circle\", which GeoJSON does not have",
            "none",
            "its type is \"Thing\", not \"Feature\"",
            "its JSON is broken at byte 1",
            "its JSON is broken at byte 39",
            "wkb 1"
        ]
    );
}

#[test]
fn a_cut_file_is_an_error_wherever_it_is_cut() {
    let text = format!("{{\"type\":\"FeatureCollection\",\"features\":[{POINT},{POINT}]}}");
    for cut in 1..text.len() {
        let error = rows(&text.as_bytes()[..cut]).unwrap_err();
        assert!(matches!(error, IngestError::Cut { .. }), "cut at {cut}: {error}");
    }
}

#[test]
fn other_json_is_named() {
    for (text, found) in [
        (r#"{"type":"CityJSON","vertices":[]}"#, "CityJSON"),
        (r#"{"type":"Topology"}"#, "Topology"),
        (r#"{"a":1}"#, "no \"type\""),
        (r#"{"type":"FeatureCollection","features":{}}"#, "without an array"),
    ] {
        let error = rows(text.as_bytes()).unwrap_err().to_string();
        assert!(error.contains(found), "{error}");
    }
    assert!(matches!(rows(b"[}").unwrap_err(), IngestError::Cut { .. }));
    let (rows, _) = rows(b"[1,null]").unwrap();
    assert!(rows.iter().all(|row| row.1.contains("an object expected")) && rows.len() == 2, "{rows:?}");
}

#[test]
fn a_legacy_crs_and_a_title_are_heard() {
    let text = r#"{"type":"FeatureCollection","name":"a","crs":{"type":"name","properties":{"name":"urn:ogc:def:crs:EPSG::4549"}},"features":[]}"#;
    let (_, said) = rows(text.as_bytes()).unwrap();
    assert_eq!((said.crs.as_deref(), said.title.as_str()), (Some("urn:ogc:def:crs:EPSG::4549"), "a"));
}

#[test]
fn a_giant_feature_is_refused_by_its_id_and_the_others_stay() {
    let giant = format!(r#"{{"type":"Feature","id":"big","properties":{{"a":"{}"}},"geometry":null}}"#, "x".repeat(70 << 20));
    let (rows, _) = rows(format!("[{POINT},{giant},{POINT}]").as_bytes()).unwrap();
    assert_eq!(rows.len(), 3);
    assert_eq!(rows[1].0.as_deref(), Some("big"));
    assert!(rows[1].1.contains("over 64 MB"), "{}", rows[1].1);
}
