use super::*;

fn check(column_type: ColumnType, values: &[Value<'_>]) {
    let mut column = Column::new(column_type);
    for value in values {
        column.push(*value).unwrap();
    }
    column.shrink();
    let read: Vec<_> = (0..column.len()).map(|index| column.value(index)).collect();
    assert_eq!(read, values);
}

#[test]
fn values_come_back_as_they_went_in() {
    use Value::{Bool, Float, Int, Null, Text};
    check(ColumnType::Bool, &[Bool(true), Null, Bool(false)]);
    check(ColumnType::Int, &[Null, Int(i64::MIN), Int(i64::MAX)]);
    check(ColumnType::Float, &[Float(-0.5), Null, Float(f64::MAX)]);
    check(ColumnType::Text, &[Text("燃气"), Null, Text(""), Text("燃气")]);
    let late: Vec<_> = (0..200).map(|n| if n == 131 { Null } else { Int(n) }).collect();
    check(ColumnType::Int, &late);
}

#[test]
fn a_value_of_another_type_is_refused_and_changes_nothing() {
    for (column_type, value) in [
        (ColumnType::Int, Value::Float(1.0)),
        (ColumnType::Int, Value::Text("1")),
        (ColumnType::Float, Value::Float(f64::NAN)),
        (ColumnType::Float, Value::Float(f64::INFINITY)),
        (ColumnType::Text, Value::Bool(true)),
    ] {
        let mut column = Column::new(column_type);
        column.push(value).unwrap_err();
        assert_eq!(column.len(), 0, "{column_type:?}");
    }
}

#[test]
fn an_integer_fits_a_float_column() {
    let mut column = Column::new(ColumnType::Float);
    column.push(Value::Int(3)).unwrap();
    assert_eq!(column.value(0), Value::Float(3.0));
}

#[test]
fn equal_texts_share_a_code_also_after_shrinking() {
    let mut column = Column::new(ColumnType::Text);
    for text in ["a", "b", "a"] {
        column.push(Value::Text(text)).unwrap();
    }
    column.shrink();
    column.push(Value::Text("b")).unwrap();
    let text = column.as_text().unwrap();
    assert_eq!(text.dictionary().collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!(text.code(0), text.code(2));
    assert_eq!(text.code(1), text.code(3));
}

#[test]
fn truncating_forgets_nulls_too() {
    let mut column = Column::new(ColumnType::Int);
    column.push(Value::Int(1)).unwrap();
    column.push(Value::Null).unwrap();
    column.truncate(1);
    column.push(Value::Int(2)).unwrap();
    assert_eq!(column.value(1), Value::Int(2));
}

#[test]
fn schemas_refuse_what_sql_could_not_tell_apart() {
    let field = |name: &str| Field { name: name.to_owned(), column_type: ColumnType::Text };
    assert!(matches!(Schema::new(vec![field("Name"), field("name")]), Err(SchemaError::Duplicate { .. })));
    assert!(matches!(Schema::new(vec![field("")]), Err(SchemaError::Name { .. })));
    assert!(matches!(Schema::new(vec![field("a\0b")]), Err(SchemaError::Name { .. })));
    assert_eq!(Schema::new(vec![field("名称"), field("b")]).unwrap().position("b"), Some(1));
}

#[test]
fn columns_beside_others_get_free_names() {
    let field = |name: &str| Field { name: name.to_owned(), column_type: ColumnType::Int };
    let schema = Schema::new(vec![field("Count"), field("count_2"), field("a")]).unwrap();
    assert_eq!(
        (schema.free_name("b"), schema.free_name("A"), schema.free_name("count")),
        ("b".into(), "A_2".into(), "count_3".into())
    );
    let more = schema.with([("count", ColumnType::Int), ("count", ColumnType::Float)]).unwrap();
    let names: Vec<&str> = more.fields().iter().map(|field| field.name.as_str()).collect();
    assert_eq!(names, ["Count", "count_2", "a", "count_3", "count_4"]);
    let full = Schema::new((0..MAX_COLUMNS).map(|nth| field(&format!("c{nth}"))).collect()).unwrap();
    assert!(matches!(full.with([("more", ColumnType::Int)]), Err(SchemaError::TooMany { .. })));
}
