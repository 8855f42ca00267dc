//! Which columns a layer gets.

use super::*;
use crate::intake::Intake;

fn plan(rows: &[&[(&str, RawValue<'_>)]], options: &ImportOptions) -> Result<Plan, IngestError> {
    let mut intake = Intake::new(&std::env::temp_dir()).unwrap();
    for row in rows {
        intake.begin();
        for (header, value) in *row {
            let column = intake.column(header).unwrap();
            intake.value(column, *value);
        }
        intake.end().unwrap();
    }
    Plan::new(&intake.finish().unwrap(), options)
}

fn names(plan: &Plan) -> Vec<&str> {
    plan.schema.fields().iter().map(|field| field.name.as_str()).collect()
}

#[test]
fn personal_columns_go_and_the_others_stay() {
    let number = RawValue::Text("13812345678");
    let row: &[(&str, RawValue<'_>)] =
        &[("name", RawValue::Text("店")), ("phone", RawValue::Text("x")), ("note", number), ("户主姓名", RawValue::Text("x"))];
    let three = plan(&[row, row, row], &ImportOptions::default()).unwrap();
    assert_eq!(names(&three), ["name"]);
    assert_eq!(three.dropped, ["phone", "note", "户主姓名"]);
    // Two hits are isolated: masked, the column stays.
    let two = plan(&[row, row], &ImportOptions::default()).unwrap();
    assert_eq!(names(&two), ["name", "note"]);
    let mut values = Vec::new();
    two.values([(2, number)].into_iter(), &mut values);
    assert_eq!(values[1], OwnedOrLent::Text("***".into()));
}

#[test]
fn names_are_made_unique_and_reserved_ones_are_kept() {
    let one = RawValue::Int(1);
    let row: &[(&str, RawValue<'_>)] = &[
        ("Name", one),
        ("NAME", one),
        ("\u{1}", one),
        ("reason", one),
        ("height_m", RawValue::Float(3.0)),
        ("source_id", RawValue::Text("k")),
    ];
    let plan = plan(&[row], &ImportOptions::default()).unwrap();
    assert_eq!(names(&plan), ["source_id", "height_m", "height_source", "Name", "NAME_2", "column", "reason"]);
    assert_eq!(plan.quarantine_schema.fields().last().unwrap().name, REASON);
    let mut values = Vec::new();
    let key = plan.values([(4, RawValue::Float(3.0)), (5, RawValue::Text("k"))].into_iter(), &mut values);
    assert_eq!(key.as_deref(), Some("k"));
    assert_eq!(values[1..3], [OwnedOrLent::Float(3.0), OwnedOrLent::Text("measured".into())]);
}

#[test]
fn an_estimated_height_says_so_and_feet_are_turned() {
    let row: &[(&str, RawValue<'_>)] =
        &[("height", RawValue::Int(100)), ("levels", RawValue::Int(4)), ("min_level", RawValue::Int(1))];
    let options = ImportOptions { height_unit: Some(HeightUnit::Foot), ..ImportOptions::default() };
    let plan = plan(&[row], &options).unwrap();
    for (source, height_m, word) in [
        (row, 30.48, "measured"),
        (&row[1..], 12.0, "estimated"),
        (&[("height", RawValue::Int(0)), ("levels", RawValue::Int(2))], 6.0, "estimated"),
    ] {
        let column = |header: &str| ["height", "levels", "min_level"].iter().position(|name| *name == header).unwrap() as u16;
        let mut values = Vec::new();
        plan.values(source.iter().map(|(header, value)| (column(header), *value)), &mut values);
        assert_eq!(values[0], OwnedOrLent::Float(height_m));
        assert_eq!(values[2], OwnedOrLent::Text(word.into()));
    }
}

#[test]
fn an_id_column_that_is_not_there_is_named() {
    let options = ImportOptions { id_column: Some("key".into()), ..ImportOptions::default() };
    let error = plan(&[&[("a", RawValue::Int(1))]], &options).unwrap_err();
    assert_eq!(error.to_string(), "there is no column \"key\" to take ids from; the columns are [\"a\"]");
}
