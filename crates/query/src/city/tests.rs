//! A city over a real store: load, change, old versions.

use super::City;
use crate::{LayerSnapshot, QueryError, Selection, testing};
use std::sync::Arc;
use urbis_model::{ColumnType, FeatureBatch, FeatureId, LayerKind, LayerMetadata, LayerName, Value};
use urbis_store::{Access, ImportMode, Store};

fn import(store: &Store, layer: &LayerName, names: &[&str]) {
    let schema = testing::schema(&[("source_id", ColumnType::Text), ("name", ColumnType::Text)]);
    let mut batch = FeatureBatch::new(schema.clone());
    for (index, name) in names.iter().enumerate() {
        let shape = testing::wkt(&format!("POINT({index} 1)"));
        let key = index.to_string();
        let id = FeatureId::new(index as u64 + 1).unwrap();
        batch.push(id, |writer| writer.copy(shape.geometry()), &[Value::Text(&key), Value::Text(name)]).unwrap();
    }
    let metadata = LayerMetadata::default();
    let mut session = store.begin_import(layer, LayerKind::Generic, schema, metadata, ImportMode::Replace).unwrap();
    session.write(&batch).unwrap();
    session.commit("{}").unwrap();
}

fn names(layer: &crate::LayerSnapshot) -> Vec<String> {
    let column = layer.features().column("name").unwrap();
    (0..layer.features().len()).map(|index| column.as_text().unwrap().text(index).unwrap().to_owned()).collect()
}

#[test]
fn a_city_follows_its_store() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("city.gpkg");
    let (shops, trees): (LayerName, LayerName) = ("shops".parse().unwrap(), "trees".parse().unwrap());
    let writer = Store::open(&path, Access::Create).unwrap();
    import(&writer, &shops, &["a", "b"]);
    let city = City::open(Store::open(&path, Access::Read).unwrap(), u64::MAX).unwrap();
    assert_eq!(city.layers().len(), 1);
    let before = city.layer(&shops).unwrap();
    assert_eq!(names(&before), ["a", "b"]);
    assert!(city.refresh().unwrap().is_empty());
    let revision = city.revision();

    import(&writer, &trees, &["oak"]);
    assert_eq!(city.refresh().unwrap(), std::slice::from_ref(&trees));
    assert!(Arc::ptr_eq(&before, &city.layer(&shops).unwrap()), "an unchanged layer is not read again");
    import(&writer, &shops, &["c", "d", "e"]);
    assert_eq!(city.refresh().unwrap(), std::slice::from_ref(&shops));
    assert!(city.revision() > revision);
    assert_eq!(names(&city.layer(&shops).unwrap()), ["c", "d", "e"]);
    assert_eq!(names(&before), ["a", "b"], "who holds the old snapshot keeps it");

    let old = city.layer_version(&shops, before.info().version).unwrap();
    assert_eq!(names(&old), ["a", "b"]);
    assert!(Arc::ptr_eq(&old, &city.layer_version(&shops, before.info().version).unwrap()), "kept in memory");
    assert_eq!(old.select(&Selection::default()).unwrap().positions.len(), 2);
    let refusal = city.layer_version(&shops, 99).unwrap_err();
    assert!(matches!(refusal, QueryError::Store(_)), "{refusal}");
    let unknown = city.layer_version(&"nothing".parse().unwrap(), 1).unwrap_err();
    assert_eq!(unknown.to_string(), "the city has no layer nothing; it has shops, trees");

    let alone = LayerSnapshot::load(city.store(), &shops, None).unwrap();
    assert_eq!((names(&alone), alone.info().version), (vec!["c".to_owned(), "d".to_owned(), "e".to_owned()], 2));
    let alone = LayerSnapshot::load(city.store(), &shops, Some(1)).unwrap();
    assert_eq!((names(&alone), alone.info().count), (vec!["a".to_owned(), "b".to_owned()], 2));
    let refusal = LayerSnapshot::load(city.store(), &shops, Some(99)).unwrap_err();
    assert!(matches!(refusal, QueryError::Store(_)), "{refusal}");
    let unknown = LayerSnapshot::load(city.store(), &"nothing".parse().unwrap(), None).unwrap_err();
    assert_eq!(unknown.to_string(), "the city has no layer nothing; it has shops, trees");
}
