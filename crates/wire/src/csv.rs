//! Features as CSV (RFC 4180), UTF-8: `id`, the columns, then `geometry` as WKT. A column of the layer that has one of these two
//! names, in whatever case, is written as `id_1` or `geometry_1`: the first free number, as GDAL tells equal names apart. GeoJSON
//! needs no such thing, for there `id` and `properties.id` are two.

use crate::wkt::wkt;
use urbis_model::{FeatureBatch, Schema, Value};

/// Appends the header row.
pub fn write_header(out: &mut Vec<u8>, schema: &Schema, columns: &[usize]) {
    out.extend_from_slice(b"id");
    for &column in columns {
        out.push(b',');
        write_field(out, &column_name(schema, column));
    }
    out.extend_from_slice(b",geometry\r\n");
}

/// A column's name in the header, where each is there once.
fn column_name(schema: &Schema, column: usize) -> String {
    let name = &schema.fields()[column].name;
    if !["id", "geometry"].iter().any(|taken| name.eq_ignore_ascii_case(taken)) {
        return name.clone();
    }
    let is_free = |name: &String| schema.fields().iter().all(|field| !field.name.eq_ignore_ascii_case(name));
    let numbered = (1..).map(|number| format!("{name}_{number}"));
    numbered.take(schema.fields().len() + 1).find(is_free).unwrap_or_else(|| name.clone())
}

/// Appends a feature's row. Null is an empty field, empty text a quoted one.
pub fn write_row(out: &mut Vec<u8>, features: &FeatureBatch, index: usize, columns: &[usize]) {
    out.extend_from_slice(features.ids()[index].to_string().as_bytes());
    for &column in columns {
        out.push(b',');
        match features.columns()[column].value(index) {
            Value::Null => {}
            Value::Bool(value) => write_field(out, if value { "true" } else { "false" }),
            Value::Int(number) => write_field(out, &number.to_string()),
            Value::Float(number) => write_field(out, &number.to_string()),
            Value::Text(text) => write_field(out, text),
        }
    }
    out.push(b',');
    write_field(out, &wkt(features.geometry(index)));
    out.extend_from_slice(b"\r\n");
}

pub(crate) fn write_field(out: &mut Vec<u8>, text: &str) {
    let plain = !text.is_empty() && !text.contains([',', '"', '\r', '\n']) && text.trim() == text;
    if plain {
        out.extend_from_slice(text.as_bytes());
        return;
    }
    out.push(b'"');
    for byte in text.bytes() {
        if byte == b'"' {
            out.push(b'"');
        }
        out.push(byte);
    }
    out.push(b'"');
}
