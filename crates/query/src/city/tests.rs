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
        let shape = testing::wkt(&format!("POINT({} 1)", index as f64 / 100.0));
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

#[test]
fn a_city_holds_what_its_memory_holds_and_the_new_goes_before_the_old() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("city.gpkg");
    let shops: LayerName = "shops".parse().unwrap();
    let writer = Store::open(&path, Access::Create).unwrap();
    let many: Vec<String> = (0..2_000).map(|at| format!("shop {at}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    import(&writer, &shops, &many);
    let bytes = LayerSnapshot::load(&writer, &shops, None).unwrap().heap_bytes() as u64;
    let newest = |city: &City| city.layer(&shops).map(|layer| layer.info().version);
    // The least room, in quarters of a version, that takes a new version beside the current one.
    let mut version = 1;
    let city = (4..40).find_map(|quarters| {
        let city = City::open(Store::open(&path, Access::Read).unwrap(), bytes * quarters / 4).unwrap();
        import(&writer, &shops, &many);
        version += 1;
        city.refresh().unwrap();
        (newest(&city) == Some(version)).then_some(city)
    });
    let city = city.expect("ten versions' room is enough");
    // An old version that somebody asked for takes that room, and gives way to a new one.
    let old = city.layer_version(&shops, version - 1).unwrap();
    drop(old);
    import(&writer, &shops, &many);
    city.refresh().unwrap();
    assert_eq!(newest(&city), Some(version + 1));
    // While somebody still reads it, it does not: then the layer stays as it is, and that is told.
    let old = city.layer_version(&shops, version).unwrap();
    import(&writer, &shops, &many);
    city.refresh().unwrap();
    assert_eq!(newest(&city), Some(version + 1));
    assert!(city.unreadable()[&shops].contains("MiB of memory"));
    drop(old);

    let small = City::open(Store::open(&path, Access::Read).unwrap(), bytes / 2).unwrap();
    assert!(small.layer(&shops).is_none() && small.unreadable()[&shops].contains("MiB of memory"), "{:?}", small.unreadable());
    import(&writer, &shops, &["a"]);
    small.refresh().unwrap();
    assert!(small.unreadable().is_empty());
    assert_eq!(names(&small.layer(&shops).unwrap()), ["a"]);
}
