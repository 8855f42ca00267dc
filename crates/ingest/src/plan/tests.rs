//! Which columns a layer gets.

use super::*;
use crate::intake::{Intake, TextReading};

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
    let source = [(4, RawValue::Float(3.0)), (5, RawValue::Text("k"))];
    plan.values(source.into_iter(), &mut values);
    assert_eq!(plan.key(source.into_iter(), Some("of the format")).as_deref(), Some("k"));
    assert_eq!(plan.key(source[..1].iter().copied(), Some("of the format")).as_deref(), Some("of the format"));
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

#[test]
fn numbers_go_in_whatever_type_and_under_whatever_name_they_come() {
    use RawValue::{Float, Int, Text};
    let other = ("other_tags", Text("\"height\"=>\"3\""));
    for (row, kept) in [
        (&[("a", Float(13_800_001_000.0))][..], &[][..]),
        (&[("a", Text("13800001000.0"))], &[]),
        (&[("a", Int(8_613_800_001_000))], &[]),
        (&[("osm_id", Int(13_800_001_000))], &[]),
        (&[("osm_id", Text("110105 19491231 002X")), other], &["other_tags"]),
        (&[("osm_id", Int(15_800_001_000)), other], &["other_tags"]),
        (&[("osm_id", Int(13_800_001_000)), other], &["osm_id", "other_tags"]),
        (&[("osm_way_id", Text("13800001000")), other], &["osm_way_id", "other_tags"]),
        (&[("@id", Text("13800001000"))], &[]),
        (&[("@id", Text("node/13800001000"))], &["@id"]),
        (&[("full_id", Text("n13800001000")), ("osm_id", Text("13800001000"))], &["full_id", "osm_id"]),
    ] {
        let plan = plan(&[row, row, row], &ImportOptions::default()).unwrap();
        assert_eq!(names(&plan), kept, "{row:?}");
    }
    // Isolated ones become null in columns of numbers.
    for (number, column_type) in
        [(Text("13800001000.0"), TextReading::NumbersAndTimes), (Float(13_800_001_000.0), TextReading::Literal)]
    {
        let mut intake = Intake::new(&std::env::temp_dir()).unwrap();
        intake.read_texts_as(column_type);
        let column = intake.column("a").unwrap();
        intake.begin();
        intake.value(column, number);
        intake.end().unwrap();
        let plan = Plan::new(&intake.finish().unwrap(), &ImportOptions::default()).unwrap();
        assert_eq!(plan.schema.fields()[0].column_type, ColumnType::Float);
        let mut values = Vec::new();
        plan.values([(column, number)].into_iter(), &mut values);
        assert_eq!(values, [OwnedOrLent::Null]);
    }
}

#[test]
fn columns_are_not_listed_where_a_header_is_a_personal_number() {
    let options = ImportOptions { id_column: Some("key".into()), ..ImportOptions::default() };
    let error = plan(&[&[("张三", RawValue::Int(1)), ("13812345678", RawValue::Int(1))]], &options).unwrap_err().to_string();
    assert!(error.contains("not shown") && !error.contains("张三") && !error.contains("138"), "{error}");
}

#[test]
fn keys_of_dropped_values_are_named_short_and_without_numbers() {
    let long = format!("姓名{}", "长".repeat(80));
    let too_long = format!("姓名{}", "长".repeat(90));
    let row = |key| [("key", RawValue::Text(key)), ("value", RawValue::Text("x"))];
    let [one, two, three] = [row(&long), row("联系人张三13812345678"), row(&too_long)];
    let plan = plan(&[&one, &two, &three], &ImportOptions::default()).unwrap();
    let short = format!("姓名{}…", "长".repeat(38));
    assert_eq!(plan.dropped, ["value.***".to_owned(), format!("value.{short}")]);
    let expected = format!("2 values were dropped: the keys beside them name data about a person (\"***\", {short:?})");
    assert!(plan.notes.iter().any(|note| note.contains(&expected)), "{:?}", plan.notes);
}

#[test]
fn members_of_objects_are_dropped_and_named() {
    let row: &[(&str, RawValue<'_>)] = &[("info", RawValue::Text(r#"{"姓名":"张三","level":3}"#))];
    let plan = plan(&[row, row], &ImportOptions::default()).unwrap();
    assert_eq!(plan.dropped, ["info.姓名"]);
    assert!(plan.notes.iter().any(|note| note.contains("info.姓名")), "{:?}", plan.notes);
    assert_eq!(names(&plan), ["info"]);
}

#[test]
fn names_that_a_city_file_keeps_for_itself_are_changed() {
    let one = RawValue::Int(1);
    let row: &[(&str, RawValue<'_>)] =
        &[("urbis_faces", one), ("URBIS_Depth_M", one), (" urbis_x", one), ("source_urbis_faces", one), ("urbis", one)];
    let of_others = [("FID", one), ("fid", one), ("Geom", one), ("geometry", one), ("fid_1", one)];
    let given = plan(&[&of_others], &ImportOptions::default()).unwrap();
    assert_eq!(names(&given), ["source_FID", "source_fid_2", "source_Geom", "geometry", "fid_1"]);
    assert!(given.notes.iter().any(|note| note.contains("\"FID\" is named \"source_FID\"")), "{:?}", given.notes);
    let plan = plan(&[row], &ImportOptions::default()).unwrap();
    let given = names(&plan);
    assert_eq!(given, ["source_urbis_faces", "source_URBIS_Depth_M", "source_urbis_x", "source_urbis_faces_2", "urbis"]);
    assert!(plan.notes.iter().any(|note| note.contains("\"urbis_faces\" is named \"source_urbis_faces\"")), "{:?}", plan.notes);
}

#[test]
fn a_height_in_metres_wins_over_another_and_both_stay() {
    let row: &[(&str, RawValue<'_>)] =
        &[("height", RawValue::Int(100)), ("height_m", RawValue::Int(5)), ("Height_M", RawValue::Int(7))];
    let plan = plan(&[row], &ImportOptions::default()).unwrap();
    assert_eq!(names(&plan), ["height_m", "height_source", "height", "Height_M_2"]);
    assert!(plan.notes.iter().any(|note| note.contains("\"height_m\" wins over [\"height\", \"Height_M\"]")), "{:?}", plan.notes);
    let [height, height_m, other] = [0, 1, 2].map(|column| (column, row[usize::from(column)].1));
    let (none, of) = (OwnedOrLent::Null, OwnedOrLent::Int);
    for (source, expected_m, others) in [
        (&[height, height_m, other][..], 5.0, [of(100), of(7)]),
        (&[height_m, height], 5.0, [of(100), none.clone()]),
        (&[height], 100.0, [of(100), none]),
    ] {
        let mut values = Vec::new();
        plan.values(source.iter().copied(), &mut values);
        assert_eq!((&values[0], &values[2..]), (&OwnedOrLent::Float(expected_m), &others[..]));
    }
}

#[test]
fn where_a_height_is_from_stays_in_the_sources_own_words() {
    for (word, expected) in
        [("estimated", &["height_m", "height_source"][..]), ("lidar 2020", &["height_m", "height_source", "height_source_2"])]
    {
        let row = [("height_m", RawValue::Int(5)), ("height_source", RawValue::Text(word))];
        assert_eq!(names(&plan(&[&row], &ImportOptions::default()).unwrap()), expected);
    }
}

#[test]
fn names_that_a_shapefile_has_cut_are_known_again() {
    let row =
        [("height_m", RawValue::Float(12.0)), ("base_heigh", RawValue::Float(3.0)), ("height_sou", RawValue::Text("estimated"))];
    let plan = plan(&[&row], &ImportOptions::default()).unwrap();
    assert_eq!(names(&plan), ["height_m", "base_height_m", "height_source"]);
    let mut values = Vec::new();
    plan.values((0..).zip(row.map(|(_, value)| value)), &mut values);
    assert_eq!(values, [OwnedOrLent::Float(12.0), OwnedOrLent::Float(3.0), OwnedOrLent::Text("estimated".into())]);
}

#[test]
fn too_many_columns_are_counted() {
    let headers: Vec<String> = (0..5000).map(|number| format!("c{number}")).collect();
    let mut intake = Intake::new(&std::env::temp_dir()).unwrap();
    for _ in 0..2 {
        intake.begin();
        for header in &headers {
            if let Some(column) = intake.column(header) {
                intake.value(column, RawValue::Int(1));
            }
        }
        intake.end().unwrap();
    }
    let error = Plan::new(&intake.finish().unwrap(), &ImportOptions::default()).unwrap_err();
    assert!(error.to_string().contains("5000 columns, and it can have 1899"), "{error}");
}

#[test]
fn a_source_that_is_added_takes_the_types_of_the_layer_where_nothing_is_lost() {
    fn layer(column_type: ColumnType) -> ImportOptions {
        let schema = Schema::new(vec![Field { name: "H".into(), column_type }]).unwrap();
        ImportOptions { appends_to: Some(Arc::new(schema)), ..ImportOptions::default() }
    }
    fn into(stored: ColumnType, reading: TextReading, value: RawValue<'static>) -> (ColumnType, OwnedOrLent<'static>) {
        let mut intake = Intake::new(&std::env::temp_dir()).unwrap();
        intake.read_texts_as(reading);
        let column = intake.column("h").unwrap();
        intake.begin();
        intake.value(column, value);
        intake.end().unwrap();
        let plan = Plan::new(&intake.finish().unwrap(), &layer(stored)).unwrap();
        let mut out = Vec::new();
        plan.values([(column, value)].into_iter(), &mut out);
        (plan.schema.fields()[0].column_type, out.remove(0))
    }
    use ColumnType::{Date, DateTime, Float, Int, Text};
    let csv = TextReading::NumbersAndTimes;
    let text = |text: &'static str| OwnedOrLent::Text(text.into());
    for (stored, reading, value, expected) in [
        (Float, csv, RawValue::Text("2"), (Float, OwnedOrLent::Float(2.0))),
        (Text, csv, RawValue::Text("2"), (Text, text("2"))),
        (Text, csv, RawValue::Text("2024-01-01"), (Text, text("2024-01-01"))),
        (Int, csv, RawValue::Text("2.5"), (Float, OwnedOrLent::Float(2.5))),
        (Int, csv, RawValue::Text("x"), (Text, text("x"))),
        (Date, csv, RawValue::Text("2024-01-01"), (Date, text("2024-01-01"))),
        (Float, TextReading::Literal, RawValue::Int(1 << 53), (Float, OwnedOrLent::Float(9_007_199_254_740_992.0))),
        (Float, TextReading::Literal, RawValue::Int((1 << 53) + 1), (Int, OwnedOrLent::Int((1 << 53) + 1))),
        (Text, TextReading::Literal, RawValue::Int(2), (Int, OwnedOrLent::Int(2))),
        (Text, TextReading::Times, RawValue::Int(2), (Int, OwnedOrLent::Int(2))),
    ] {
        assert_eq!(into(stored, reading, value), expected, "{stored:?} {value:?}");
    }
    for stored in [Int, Float, DateTime] {
        let mut intake = Intake::new(&std::env::temp_dir()).unwrap();
        intake.read_texts_as(csv);
        intake.column("h").unwrap();
        let plan = Plan::new(&intake.finish().unwrap(), &layer(stored)).unwrap();
        assert_eq!(plan.schema.fields()[0].column_type, stored, "a column without values is of any type");
    }
}
