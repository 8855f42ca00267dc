//! Features as GeoJSON (RFC 7946), written straight from the flat buffers.
//!
//! Coordinates are printed with the fewest digits that read back to the same number. Multi-surfaces and solids become
//! MultiPolygons with heights, for GeoJSON has no other word for them.

use urbis_model::{FeatureBatch, GeometryKind, GeometryRef, Value};

/// Appends a feature. `columns` says which columns to write, by position.
pub fn write_feature(out: &mut Vec<u8>, features: &FeatureBatch, index: usize, columns: &[usize]) {
    out.extend_from_slice(b"{\"type\":\"Feature\",\"id\":");
    write_integer(out, features.ids()[index].number());
    out.extend_from_slice(b",\"geometry\":");
    write_geometry(out, features.geometry(index));
    out.extend_from_slice(b",\"properties\":{");
    for (nth, &column) in columns.iter().enumerate() {
        if nth > 0 {
            out.push(b',');
        }
        write_text(out, &features.schema().fields()[column].name);
        out.push(b':');
        write_value(out, features.columns()[column].value(index));
    }
    out.extend_from_slice(b"}}");
}

/// Appends a geometry object.
pub fn write_geometry(out: &mut Vec<u8>, geometry: GeometryRef<'_>) {
    let kind = geometry.kind();
    let name = if kind.is_spatial() { GeometryKind::MultiPolygon.name() } else { kind.name() };
    out.extend_from_slice(b"{\"type\":\"");
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b"\",\"coordinates\":");
    // A third number only where every vertex has one: RFC 7946 knows no missing height.
    let heights = geometry.z_m().is_some_and(|z_m| z_m.iter().all(|z| !z.is_nan()));
    let single = matches!(kind, GeometryKind::Point | GeometryKind::LineString | GeometryKind::Polygon);
    write_list(out, geometry.parts(), !single, |out, part| {
        write_list(out, part.rings(), kind.dimension() == 2, |out, ring| {
            let z_m = if heights { ring.z_m() } else { None };
            write_list(out, ring.lonlat().iter().enumerate(), kind.dimension() > 0, |out, (vertex, [lon_deg, lat_deg])| {
                out.push(b'[');
                write_number(out, *lon_deg);
                out.push(b',');
                write_number(out, *lat_deg);
                if let Some(z_m) = z_m {
                    out.push(b',');
                    write_number(out, z_m[vertex]);
                }
                out.push(b']');
            });
        });
    });
    out.push(b'}');
}

fn write_list<T>(out: &mut Vec<u8>, items: impl Iterator<Item = T>, brackets: bool, mut write: impl FnMut(&mut Vec<u8>, T)) {
    if brackets {
        out.push(b'[');
    }
    for (nth, item) in items.enumerate() {
        if nth > 0 {
            out.push(b',');
        }
        write(out, item);
    }
    if brackets {
        out.push(b']');
    }
}

fn write_value(out: &mut Vec<u8>, value: Value<'_>) {
    match value {
        Value::Null => out.extend_from_slice(b"null"),
        Value::Bool(true) => out.extend_from_slice(b"true"),
        Value::Bool(false) => out.extend_from_slice(b"false"),
        Value::Int(number) => out.extend_from_slice(itoa::Buffer::new().format(number).as_bytes()),
        Value::Float(number) => write_number(out, number),
        Value::Text(text) => write_text(out, text),
    }
}

fn write_integer(out: &mut Vec<u8>, number: u64) {
    out.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
}

/// Model numbers are finite, so every one is a JSON number.
fn write_number(out: &mut Vec<u8>, number: f64) {
    let mut buffer = ryu::Buffer::new();
    let text = buffer.format_finite(number);
    out.extend_from_slice(text.strip_suffix(".0").unwrap_or(text).as_bytes());
}

fn write_text(out: &mut Vec<u8>, text: &str) {
    // Writing text as JSON into memory can't fail: neither the writer nor the value has a way to.
    if serde_json::to_writer(&mut *out, text).is_err() {
        out.extend_from_slice(b"null");
    }
}
