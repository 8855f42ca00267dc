//! What a filter says, before its names mean anything.

use crate::Shape;

/// One node. Its depth is bounded by the parsers, so walking and dropping it may recurse.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Syntax {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(String),
    Date(String),
    Timestamp(String),
    Property(String),
    Geometry(Shape),
    List(Vec<Syntax>),
    /// An operator or function under its CQL2 JSON name in lower case (`isnull` for `isNull`).
    Op(String, Vec<Syntax>),
}

impl Syntax {
    /// What it is, for a message.
    pub(super) fn describe(&self) -> String {
        match self {
            Self::Null => "NULL".to_owned(),
            Self::Bool(value) => value.to_string(),
            Self::Int(value) => format!("the number {value}"),
            Self::Float(value) => format!("the number {value}"),
            Self::Text(text) => format!("the text {text:?}"),
            Self::Date(text) => format!("the date {text:?}"),
            Self::Timestamp(text) => format!("the timestamp {text:?}"),
            Self::Property(name) => format!("property {name:?}"),
            Self::Geometry(_) => "a geometry".to_owned(),
            Self::List(_) => "a list".to_owned(),
            Self::Op(name, _) => format!("the result of {name:?}"),
        }
    }
}
