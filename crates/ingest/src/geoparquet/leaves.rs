//! The leaves of a file's schema, and what becomes of each.

use super::frame::Shapes;
use crate::{headers, intake::Intake, privacy};
use parquet::{
    basic::{ConvertedType, LogicalType, TimeUnit, Type as Physical},
    schema::types::{ColumnDescPtr, ColumnDescriptor, SchemaDescriptor},
};
use std::collections::BTreeSet;
use urbis_model::ColumnType;

/// A leaf that is read.
#[derive(Debug)]
pub(super) struct Leaf {
    /// Its path, joined by points: a member of a struct is a column of its own.
    pub(super) name: String,
    /// Which of the file's leaves it is.
    pub(super) position: usize,
    /// From this level on there is a value, not a null.
    pub(super) defined_level: i16,
    pub(super) role: Role,
}

/// What a leaf is read as.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Role {
    /// The feature's shape.
    Shape,
    /// A column of the intake.
    Value(u16, Reading),
}

/// How a leaf's values are understood.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Reading {
    /// As they are.
    Plain,
    /// Integers without a sign, of 32 bits.
    Unsigned32,
    /// Integers without a sign, of 64 bits.
    Unsigned64,
    /// IEEE 754 numbers of 16 bits.
    Half,
    /// Integers, in so many decimal places.
    Decimal { places: u32 },
    /// Days since 1970-01-01.
    Day,
    /// Instants since 1970, as so many to a second; in UTC, or local where no zone is known.
    Instant { per_second: i64, utc: bool },
    /// Times of a day, as so many to a second.
    Clock { per_second: i64 },
    /// Texts in UTF-8.
    Text,
    /// UUIDs of 16 bytes.
    Uuid,
}

/// The leaves that are read, and notes of those that are not.
///
/// # Errors
/// Words for the report, when the column of shapes is not there.
pub(super) fn learn(schema: &SchemaDescriptor, shapes: &Shapes, intake: &mut Intake) -> Result<(Vec<Leaf>, Vec<String>), String> {
    let (mut found, mut lists, mut unread) = (Vec::new(), BTreeSet::new(), BTreeSet::new());
    let boxes = boxes(schema, &shapes.covering);
    for (position, column) in schema.columns().iter().enumerate() {
        let name = column.path().string();
        let is_of_other_shapes =
            |other: &String| name.strip_prefix(other.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
        if boxes.contains(&name) || shapes.others.iter().any(is_of_other_shapes) {
            continue;
        }
        if column.max_rep_level() > 0 {
            lists.insert(outside_lists(schema, position));
        } else if name == shapes.column {
            match reading(column) {
                None if column.physical_type() == Physical::BYTE_ARRAY => found.push((position, name, None)),
                Some((ColumnType::Text, _)) => {
                    return Err(format!("its column of shapes {} is text; shapes are read as WKB", privacy::quoted(&name)));
                }
                _ => {}
            }
        } else if let Some(reading) = reading(column) {
            found.push((position, name, Some(reading)));
        } else {
            unread.insert(name);
        }
    }
    match found.iter().filter(|(_, _, reading)| reading.is_none()).count() {
        1 => {}
        0 => {
            let column = privacy::quoted(&shapes.column);
            return Err(format!("it says that the shapes are in column {column}, and has no such column of bytes"));
        }
        _ => return Err(format!("it has two columns of shapes named {}", privacy::quoted(&shapes.column))),
    }
    let (names, renamed) = headers::distinct(found.iter().map(|(_, name, _)| name.clone()).collect());
    let mut leaves = Vec::new();
    for ((position, _, reading), name) in found.into_iter().zip(names) {
        let role = match reading {
            None => Role::Shape,
            Some((column_type, reading)) => {
                let Some(column) = intake.column(&name) else { continue };
                intake.declare(column, column_type);
                Role::Value(column, reading)
            }
        };
        let defined_level = schema.column(position).max_def_level();
        leaves.push(Leaf { name, position, defined_level, role });
    }
    let mut notes = Vec::from_iter(renamed);
    let mut note = |names: BTreeSet<String>, what: &str| {
        if !names.is_empty() {
            let names = privacy::listed(names.iter().map(String::as_str)).join(", ");
            notes.push(format!("{what} were left out: {names}"));
        }
    };
    note(lists, "columns of lists and maps");
    note(unread, "columns of bytes that are neither text nor numbers");
    note(boxes, "columns of bounding boxes, which only repeat the shapes' extents,");
    Ok((leaves, notes))
}

/// Of the columns that are named as the bounding box of each row, those that are: decimal numbers within a group.
fn boxes(schema: &SchemaDescriptor, covering: &[String]) -> BTreeSet<String> {
    let is_corner = |column: &&ColumnDescPtr| {
        let is_number = matches!(column.physical_type(), Physical::FLOAT | Physical::DOUBLE);
        is_number && column.path().parts().len() > 1 && covering.contains(&column.path().string())
    };
    schema.columns().iter().filter(is_corner).map(|column| column.path().string()).collect()
}

/// The path of a leaf up to the first list or map in it.
fn outside_lists(schema: &SchemaDescriptor, position: usize) -> String {
    let path = schema.column(position).path().parts().to_vec();
    let mut node = schema.root_schema();
    let mut names = Vec::new();
    for part in path {
        let Some(next) = node.get_fields().iter().find(|field| field.name() == part) else { break };
        let info = next.get_basic_info();
        if info.has_repetition() && info.repetition() == parquet::basic::Repetition::REPEATED {
            // A bare repeated field is the list itself.
            if names.is_empty() {
                names.push(part);
            }
            break;
        }
        names.push(part);
        if next.is_primitive() {
            break;
        }
        node = next;
    }
    names.join(".")
}

/// A leaf's type in a layer and how its values are understood; none of bytes that are neither text nor numbers.
fn reading(column: &ColumnDescriptor) -> Option<(ColumnType, Reading)> {
    use Reading::{Clock, Day, Decimal, Half, Instant, Plain, Text, Unsigned32, Unsigned64, Uuid};
    let per_second = |unit: &TimeUnit| match unit {
        TimeUnit::MILLIS => 1_000,
        TimeUnit::MICROS => 1_000_000,
        TimeUnit::NANOS => 1_000_000_000,
    };
    let instant = |per_second, utc: bool| {
        // A local time is no instant.
        (if utc { ColumnType::DateTime } else { ColumnType::Text }, Instant { per_second, utc })
    };
    let decimal = |places: i32| {
        let places = u32::try_from(places).ok()?;
        Some((if places == 0 { ColumnType::Int } else { ColumnType::Float }, Decimal { places }))
    };
    let physical = column.physical_type();
    let is_integer = matches!(physical, Physical::INT32 | Physical::INT64);
    let is_bytes = matches!(physical, Physical::BYTE_ARRAY | Physical::FIXED_LEN_BYTE_ARRAY);
    match (column.logical_type_ref(), column.converted_type()) {
        (Some(LogicalType::Date), _) | (None, ConvertedType::DATE) if is_integer => Some((ColumnType::Date, Day)),
        (Some(LogicalType::Timestamp(of)), _) if is_integer => Some(instant(per_second(&of.unit), of.is_adjusted_to_u_t_c)),
        // The older type is of instants in UTC (parquet-format, LogicalTypes.md).
        (None, ConvertedType::TIMESTAMP_MILLIS) if is_integer => Some(instant(1_000, true)),
        (None, ConvertedType::TIMESTAMP_MICROS) if is_integer => Some(instant(1_000_000, true)),
        (Some(LogicalType::Time(of)), _) if is_integer => Some((ColumnType::Text, Clock { per_second: per_second(&of.unit) })),
        (None, ConvertedType::TIME_MILLIS) if is_integer => Some((ColumnType::Text, Clock { per_second: 1_000 })),
        (None, ConvertedType::TIME_MICROS) if is_integer => Some((ColumnType::Text, Clock { per_second: 1_000_000 })),
        (Some(LogicalType::Decimal(of)), _) => decimal(of.scale),
        (None, ConvertedType::DECIMAL) => decimal(column.type_scale()),
        (Some(LogicalType::Integer(of)), _) if is_integer && !of.is_signed => {
            Some((ColumnType::Int, if physical == Physical::INT32 { Unsigned32 } else { Unsigned64 }))
        }
        (None, ConvertedType::UINT_64) if is_integer => Some((ColumnType::Int, Unsigned64)),
        (None, ConvertedType::UINT_8 | ConvertedType::UINT_16 | ConvertedType::UINT_32) if is_integer => {
            Some((ColumnType::Int, Unsigned32))
        }
        (Some(LogicalType::Float16), _) if is_bytes => Some((ColumnType::Float, Half)),
        (Some(LogicalType::Uuid), _) if is_bytes => Some((ColumnType::Text, Uuid)),
        (Some(LogicalType::String | LogicalType::Enum | LogicalType::Json), _)
        | (None, ConvertedType::UTF8 | ConvertedType::ENUM | ConvertedType::JSON)
            if is_bytes =>
        {
            Some((ColumnType::Text, Text))
        }
        // A column of nothing but nulls.
        (Some(LogicalType::Unknown), _) => Some((ColumnType::Text, Plain)),
        _ => match physical {
            Physical::BOOLEAN => Some((ColumnType::Bool, Plain)),
            Physical::INT32 | Physical::INT64 => Some((ColumnType::Int, Plain)),
            // Milliseconds since 1970 by the decoder; Spark and Impala wrote instants so.
            Physical::INT96 => Some(instant(1_000, true)),
            Physical::FLOAT | Physical::DOUBLE => Some((ColumnType::Float, Plain)),
            Physical::BYTE_ARRAY | Physical::FIXED_LEN_BYTE_ARRAY => None,
        },
    }
}
