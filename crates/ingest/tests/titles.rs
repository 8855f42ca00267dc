//! What a source is called, and what of that a person said.

use std::path::Path;
use urbis_ingest::{ImportOptions, Source};
use urbis_model::{LayerKind, LayerMetadata};

fn open(file: &Path, kind: LayerKind, metadata: Option<LayerMetadata>) -> Source {
    let scratch = file.parent().expect("a folder").to_owned();
    let options = ImportOptions {
        files: vec![file.to_owned()],
        kind,
        source_layer: None,
        crs: None,
        encoding: None,
        id_column: None,
        appends_to: None,
        metadata,
        height_unit: None,
        third: urbis_ingest::ThirdCoordinate::Height,
        scratch,
    };
    Source::open(&options).expect("it can be read")
}

#[test]
fn a_file_name_is_no_title_and_what_a_person_said_is() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("more-wells.geojson");
    let json = r#"{"type":"FeatureCollection","features":[{"type":"Feature","properties":{},"geometry":{"type":"Point","coordinates":[121,32]}}]}"#;
    std::fs::write(&file, json).expect("it can be written");
    let source = open(&file, LayerKind::default(), None);
    assert_eq!(source.metadata().title, "", "the layer goes by the name that it is given");
    assert_eq!(*source.given_metadata(), LayerMetadata::default());
    let said = LayerMetadata { title: "水井".into(), ..LayerMetadata::default() };
    let source = open(&file, LayerKind::default(), Some(said.clone()));
    assert_eq!((source.metadata(), source.given_metadata()), (&said, &said));
}

#[test]
fn an_osm_file_names_its_layers_by_what_they_hold_and_a_person_wins() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("haimen.osm");
    let xml = r#"<?xml version="1.0"?><osm version="0.6"><node id="1" lat="31.9" lon="121.1"/><node id="2" lat="31.9" lon="121.2"/>
<way id="3"><nd ref="1"/><nd ref="2"/><tag k="highway" v="primary"/></way></osm>"#;
    std::fs::write(&file, xml).expect("it can be written");
    let source = open(&file, LayerKind::Road, None);
    let titles = |metadata: &LayerMetadata| (metadata.title.clone(), metadata.title_en.clone());
    assert_eq!(titles(source.metadata()), ("道路 · haimen".to_owned(), "Roads · haimen".to_owned()));
    assert!(source.metadata().licence.contains("© OpenStreetMap contributors"), "the licence asks for it");
    assert_eq!(*source.given_metadata(), LayerMetadata::default());
    let said = LayerMetadata { title: "路网".into(), ..LayerMetadata::default() };
    let source = open(&file, LayerKind::Road, Some(said));
    assert_eq!(titles(source.metadata()), ("路网".to_owned(), "Roads · haimen".to_owned()));
}
