//! Whatever a GeoJSON file holds: read = imported + repaired + quarantined + refused, and every other row is named.

mod shared;

use proptest::{collection::vec, prelude::*, sample::select};
use std::{collections::BTreeSet, fs};
use urbis_ingest::{ImportOptions, RowOutcome};
use urbis_model::LayerKind;

/// A number as a file may write it.
fn number() -> impl Strategy<Value = String> {
    prop_oneof![
        8 => (0..40i32).prop_map(|step| format!("{}", 9.0 + f64::from(step) / 16.0)),
        2 => (-200.0..400.0f64).prop_map(|number| number.to_string()),
        1 => select(vec!["NaN", "1e999", "-1e999", "180", "-180", "90", "0", "1e-320", "\"9\"", "null"]).prop_map(str::to_owned),
    ]
}

fn position() -> impl Strategy<Value = String> {
    let numbers = prop_oneof![9 => vec(number(), 2), 1 => vec(number(), 0..4)];
    numbers.prop_map(|numbers| format!("[{}]", numbers.join(",")))
}

/// Positions, one inside the other as deep as `levels`.
fn coordinates(levels: u32) -> BoxedStrategy<String> {
    if levels == 0 {
        return position().boxed();
    }
    let count = if levels == 1 { 0..7usize } else { 0..3 };
    vec(coordinates(levels - 1), count).prop_map(|inner| format!("[{}]", inner.join(","))).boxed()
}

fn geometry() -> impl Strategy<Value = String> {
    let simple = prop_oneof![
        1 => Just(("Point", 0)),
        1 => Just(("MultiPoint", 1)),
        1 => Just(("LineString", 1)),
        1 => Just(("MultiLineString", 2)),
        4 => Just(("Polygon", 2)),
        2 => Just(("MultiPolygon", 3)),
    ]
    // Now and then the depth is not the type's.
    .prop_flat_map(|(name, levels)| (Just(name), prop_oneof![12 => Just(levels), 1 => 0..4u32]))
    .prop_flat_map(|(name, levels)| {
        coordinates(levels).prop_map(move |inner| format!(r#"{{"type":"{name}","coordinates":{inner}}}"#))
    });
    let simple = prop_oneof![20 => simple, 1 => Just("null".to_owned()), 1 => Just(r#"{"type":"Circle"}"#.to_owned())];
    simple.prop_recursive(2, 8, 3, |inner| {
        vec(inner, 0..3).prop_map(|members| format!(r#"{{"type":"GeometryCollection","geometries":[{}]}}"#, members.join(",")))
    })
}

fn properties() -> impl Strategy<Value = String> {
    let value = select(vec!["1", "2.5", "true", "null", "\"a\"", "\"12 m\"", "{\"a\":1}", "1e999", "99999999999999999999"]);
    let header = select(vec!["name", "height", "building", "use", "reason", "source_id", "", "other_tags", "Name"]);
    vec((header, value), 0..4).prop_map(|members| {
        let members: Vec<String> = members.into_iter().map(|(header, value)| format!("{header:?}:{value}")).collect();
        format!("{{{}}}", members.join(","))
    })
}

fn feature() -> impl Strategy<Value = String> {
    let id = prop_oneof![3 => Just(String::new()), 1 => (0..3u8).prop_map(|id| format!("\"id\":{id},"))];
    let whole = (id, properties(), geometry()).prop_map(|(id, properties, geometry)| {
        format!(r#"{{"type":"Feature",{id}"properties":{properties},"geometry":{geometry}}}"#)
    });
    prop_oneof![20 => whole, 1 => Just("{}".to_owned()), 1 => Just(r#"{"type":"Station"}"#.to_owned())]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn every_feature_is_counted_once_and_named_unless_it_is_plain(features in vec(feature(), 1..12)) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("any.geojson");
        fs::write(&file, format!(r#"{{"type":"FeatureCollection","features":[{}]}}"#, features.join(","))).unwrap();
        let options = ImportOptions { files: vec![file], kind: LayerKind::Building, ..ImportOptions::default() };
        let (mut kept, mut set_aside) = (BTreeSet::new(), BTreeSet::new());
        let mut held = 0;
        let outcome = shared::read(&options, |batch| {
            kept.extend(batch.features.ids().iter().map(|id| id.number()));
            set_aside.extend(batch.quarantined.ids().iter().map(|id| id.number()));
            held += batch.features.len() + batch.quarantined.len();
        });
        let report = outcome.map_err(|error| TestCaseError::fail(error.to_string()))?;
        prop_assert_eq!(report.read, features.len() as u64);
        prop_assert_eq!(report.read, report.imported + report.repaired + report.quarantined + report.refused);
        prop_assert_eq!(kept.len() + set_aside.len(), held, "no id twice");
        let mut named = [BTreeSet::new(), BTreeSet::new(), BTreeSet::new()];
        for row in report.rows().unwrap() {
            let row = row.unwrap();
            prop_assert!(!row.reason.is_empty());
            let of = match row.outcome {
                RowOutcome::Repaired => 0,
                RowOutcome::Quarantined => 1,
                RowOutcome::Refused => 2,
            };
            prop_assert!(named[of].insert(row.row), "row {} is named twice", row.row);
        }
        let [repaired, quarantined, refused] = named;
        prop_assert_eq!(&quarantined, &set_aside);
        prop_assert!(repaired.is_subset(&kept) && refused.is_disjoint(&kept) && refused.is_disjoint(&set_aside));
        prop_assert_eq!((kept.len() - repaired.len()) as u64, report.imported);
        let all: BTreeSet<u64> = (&(&kept | &set_aside) | &refused).into_iter().collect();
        prop_assert_eq!(all, (1..=report.read).collect::<BTreeSet<u64>>(), "every row is somewhere");
    }
}
