//! Columns are learned and rows come back.

use super::*;

#[test]
fn rows_come_back_as_they_went_in() {
    let mut intake = Intake::new(&std::env::temp_dir()).unwrap();
    let (name, levels) = (intake.column("名称").unwrap(), intake.column("levels").unwrap());
    intake.begin();
    intake.key("a1");
    intake.geometry(|wkb| {
        wkb.extend([1, 2, 3]);
        Ok(())
    });
    intake.value(name, RawValue::Text("塔"));
    intake.value(levels, RawValue::Int(3));
    intake.end().unwrap();
    intake.begin();
    intake.value(levels, RawValue::Float(2.5));
    intake.end().unwrap();
    intake.begin();
    intake.geometry(|_| Err("broken".into()));
    intake.end().unwrap();
    intake.begin();
    intake.value(name, RawValue::Text(&"x".repeat(MAX_ATTRIBUTE_BYTES + 1)));
    intake.end().unwrap();
    let taken = intake.finish().unwrap();
    assert_eq!(taken.rows, 4);
    assert_eq!(taken.columns[1].column_type(), ColumnType::Float);

    let mut records = Records::new(taken.spill);
    let first = records.next().unwrap().unwrap();
    assert_eq!((first.row, first.key, first.geometry), (1, Some("a1"), RawGeometry::Wkb(&[1, 2, 3])));
    assert_eq!(first.values().collect::<Vec<_>>(), [(0, RawValue::Text("塔")), (1, RawValue::Int(3))]);
    let second = records.next().unwrap().unwrap();
    assert_eq!((second.key, second.geometry), (None, RawGeometry::Absent));
    assert_eq!(records.next().unwrap().unwrap().geometry, RawGeometry::Unreadable("broken"));
    let last = records.next().unwrap().unwrap();
    assert_eq!(last.geometry, RawGeometry::Unreadable("its attributes are over 16 MB"));
    assert_eq!(last.values().count(), 0);
    assert!(records.next().unwrap().is_none());
}

#[test]
fn types_of_texts_are_what_all_of_them_read_as() {
    for (texts, expected) in [
        (&["1", "-2"][..], ColumnType::Int),
        (&["1", "2.5"], ColumnType::Float),
        (&["1", "x"], ColumnType::Text),
        (&["0513", "1"], ColumnType::Text),
        (&["320614102001001"], ColumnType::Text),
        (&["2024-02-29"], ColumnType::Date),
        (&["2023-02-29"], ColumnType::Text),
        (&["2024-02-29T08:00:00Z", "2024-02-29 08:00:00+08:00"], ColumnType::DateTime),
        (&["2024-02-29", "2024-02-29T08:00:00Z"], ColumnType::Text),
        (&[], ColumnType::Text),
        (&["nan"], ColumnType::Text),
    ] {
        let mut intake = Intake::new(&std::env::temp_dir()).unwrap();
        intake.read_texts_as(TextReading::NumbersAndTimes);
        let column = intake.column("a").unwrap();
        for text in texts {
            intake.begin();
            intake.value(column, RawValue::Text(text));
            intake.end().unwrap();
        }
        assert_eq!(intake.finish().unwrap().columns[0].column_type(), expected, "{texts:?}");
    }
}
