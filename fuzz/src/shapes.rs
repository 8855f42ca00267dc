//! Shapes as text and as bytes.

use std::fmt::Write;
use urbis_ingest::fuzzing as ingest;
use urbis_model::{GeometryKind, GeometryRef};
use urbis_query::Shape;
use urbis_store::fuzzing as store;

/// Points and lines read from WKT are the same after they were written and read again. Areas are made valid in reading, which
/// rounds where sides cross, so another reading may round anew; it must end.
pub fn wkt(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else { return };
    if let Ok(shape) = Shape::from_wkt(text) {
        comes_back(&shape);
    }
}

/// A shape read from GeoJSON is the same as read from WKT.
pub fn geojson(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else { return };
    if let Ok(shape) = Shape::from_geojson(text) {
        comes_back(&shape);
    }
}

fn comes_back(shape: &Shape) {
    let written = written(shape.geometry());
    let back = Shape::from_wkt(&written);
    if shape.geometry().kind().dimension() < 2 {
        let back = back.unwrap_or_else(|error| panic!("{written}: {error}"));
        assert!(*shape == back, "{written}");
    }
}

/// WKT, written plainly and apart from the product's own writers.
fn written(geometry: GeometryRef<'_>) -> String {
    let mut text = geometry.kind().name().to_ascii_uppercase();
    let (single, dimension) = (
        matches!(geometry.kind(), GeometryKind::Point | GeometryKind::LineString | GeometryKind::Polygon),
        geometry.kind().dimension(),
    );
    if !single {
        text.push('(');
    }
    for (index, part) in geometry.parts().enumerate() {
        text.push_str(if index > 0 { "," } else { "" });
        if dimension == 2 {
            text.push('(');
        }
        for (index, ring) in part.rings().enumerate() {
            text.push_str(if index > 0 { "," } else { "" });
            for (index, [lon, lat]) in ring.lonlat().iter().enumerate() {
                write!(text, "{}{lon:?} {lat:?}", if index > 0 { "," } else { "(" }).expect("a String takes all");
            }
            text.push(')');
        }
        if dimension == 2 {
            text.push(')');
        }
    }
    if !single {
        text.push(')');
    }
    text
}

/// Three blobs of a city file's row. Two bytes say how long the depths and faces before the geometry are, 255 that there
/// are none. A shape that is read is the same after it was written and read again.
pub fn blob(bytes: &[u8]) {
    let [depth_bytes, face_bytes, rest @ ..] = bytes else { return };
    let mut rest = rest;
    let mut beside = |length: u8| {
        let (taken, left) = rest.split_at_checked(usize::from(length)).filter(|_| length < 255)?;
        rest = left;
        Some(taken)
    };
    let (depth, faces) = (beside(*depth_bytes), beside(*face_bytes));
    drop(store::bounds(rest));
    let Ok(shape) = store::decode(rest, depth, faces) else { return };
    assert!(shape.vertex_count() * 16 <= rest.len());
    let (blob, depth, faces) = store::encode(shape.geometry(0));
    let back = store::decode(&blob, depth.as_deref(), faces.as_deref()).expect("what was written can be read");
    assert_eq!(store::encode(back.geometry(0)), (blob.clone(), depth, faces));
    assert_eq!(back.geometry(0).kind(), shape.geometry(0).kind());
    assert_eq!(back.geometry(0).lonlat(), shape.geometry(0).lonlat());
    assert_eq!(store::bounds(&blob).expect("it was written"), shape.bounds());
}

/// WKB of a source. A shape that is read is the same, bit for bit, after it was written and read again.
pub fn wkb(bytes: &[u8]) {
    let Some((shape, written)) = ingest::wkb(bytes) else { return };
    let (back, again) = ingest::wkb(&written).expect("what was written can be read");
    assert_eq!(shape, back);
    assert_eq!(written, again);
}
