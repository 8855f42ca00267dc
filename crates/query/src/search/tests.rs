//! Names found, and in what order.

use super::features_with;
use crate::testing;
use std::sync::Arc;
use urbis_model::{ColumnType, Value};

#[test]
fn names_are_ranked_equal_then_beginning_then_part() {
    let schema = testing::schema(&[("name", ColumnType::Text), ("code", ColumnType::Text), ("use", ColumnType::Text)]);
    let row = |name: Option<&'static str>, code: &'static str| {
        (testing::wkt("POINT(1 2)"), vec![name.map_or(Value::Null, Value::Text), Value::Text(code), Value::Text("海门")])
    };
    let rows = [
        row(Some("东海门路"), "1"),
        row(Some("海门中学"), "2"),
        row(Some("海门"), "3"),
        row(Some("海门站"), "海门"),
        row(None, "4"),
        row(Some("Haimen Road"), "5"),
    ];
    let layer = Arc::new(testing::layer(&schema, rows));
    let found = |wanted: &str, limit: usize| {
        let hits = features_with(&layer, wanted, limit, &crate::Cancel::default()).unwrap();
        hits.into_iter().map(|(_, hit)| (hit.text, format!("{:?}", hit.found))).collect::<Vec<_>>()
    };
    let texts = |wanted: &str, limit: usize| found(wanted, limit).into_iter().map(|(text, _)| text).collect::<Vec<_>>();
    // Feature 4 is found once, by its code, which is equal.
    assert_eq!(texts("海门", 10), ["海门", "海门", "海门中学", "东海门路"]);
    assert!(found("海门", 10)[1].1.contains("FeatureId(4)"), "{:?}", found("海门", 10));
    assert_eq!(texts("海门", 2), ["海门", "海门"]);
    assert_eq!(texts("haimen", 10), ["Haimen Road"]);
    assert!(texts("上海", 10).is_empty());
    // Words apart, in any order, after whatever has the text as a whole.
    assert_eq!(texts("路 海门", 10), ["东海门路"]);
    assert_eq!(texts("road hai", 10), ["Haimen Road"]);
    assert!(texts("海门 上海", 10).is_empty());
}
