//! Every question that takes its time can be given up.

use crate::{BufferError, Cancel, JoinRelation, Operation, QueryError, Selection, buffer, testing};
use std::sync::{Arc, atomic::AtomicBool};
use urbis_model::AreaLevel;

#[test]
fn a_raised_flag_ends_every_question() {
    let points = testing::shapes_layer((0..5000).map(|index| testing::wkt(&format!("POINT({} 31)", f64::from(index) / 100.0))));
    let grid = testing::wkt("POLYGON((0 30,60 30,60 32,0 32,0 30))");
    let schema = testing::schema(&[("code", urbis_model::ColumnType::Text)]);
    let mut info = testing::layer(&schema, [(grid.clone(), vec![urbis_model::Value::Text("320614101001001")])]).info().clone();
    info.kind = urbis_model::LayerKind::Grid;
    let mut features = urbis_model::FeatureBatch::new(schema);
    let id = urbis_model::FeatureId::new(1).unwrap();
    features.push(id, |writer| writer.copy(grid.geometry()), &[urbis_model::Value::Text("320614101001001")]).unwrap();
    let grids = crate::LayerSnapshot::new(info, features).unwrap();
    let raised = Cancel { deadline: None, flag: Some(Arc::new(AtomicBool::new(true))) };
    assert!(matches!(points.cells(9, None, None, &raised), Err(QueryError::Cancelled)));
    assert!(matches!(points.counts_by_grid(AreaLevel::Grid, Some(&grids), &raised), Err(QueryError::Cancelled)));
    for (relation, operation) in [
        (JoinRelation::Intersects, Operation::Intersection),
        (JoinRelation::WithinDistance { distance_m: 10.0 }, Operation::Difference),
        (JoinRelation::Nearest { k: 1 }, Operation::Union),
    ] {
        let selection = Selection { cancel: raised.clone(), ..Selection::default() };
        assert!(matches!(points.join(&grids, relation, None, 10_000, &selection), Err(QueryError::Cancelled)));
        assert!(matches!(grids.overlay(&grids, operation, None, 10_000, &selection), Err(QueryError::Cancelled)));
    }
    let line = testing::wkt("LINESTRING(121 31,121.1 31)");
    assert_eq!(buffer(&line, 10.0, &raised).unwrap_err(), BufferError::Cancelled);
    let calm = Cancel::default();
    assert_eq!(points.counts_by_grid(AreaLevel::Grid, Some(&grids), &calm).unwrap().outside, 0);
    assert!(!points.cells(9, None, None, &calm).unwrap().is_empty());
}

#[test]
fn the_pace_looks_after_enough_steps() {
    let raised = Cancel { deadline: None, flag: Some(Arc::new(AtomicBool::new(true))) };
    let mut pace = raised.pace();
    let looked = (0..).position(|_| pace.steps(1).is_err());
    assert_eq!(looked, Some(super::STEPS));
    assert!(raised.pace().steps(usize::MAX).is_err(), "one long step is looked at too");
}
