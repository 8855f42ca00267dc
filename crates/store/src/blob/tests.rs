use super::{bounds, decode, encode, encode_depth, encode_faces};
use crate::error::RowError;
use proptest::prelude::*;
use urbis_model::{GeometryColumn, GeometryKind, GeometryRef, SurfaceKind, geometry::GeometryWriter};

/// A shape as values: rings of vertices per part, what faces are, and which heights and depths are there.
#[derive(Clone, Debug)]
struct Shape {
    kind: GeometryKind,
    parts: Vec<(u8, Vec<Vec<Vertex>>)>,
}

type Vertex = ([f64; 2], Option<f64>, Option<f32>);

fn vertex() -> impl Strategy<Value = Vertex> {
    let lonlat = (-180.0..=180.0, -90.0..=90.0).prop_map(|(lon, lat)| [lon, lat]);
    (lonlat, prop::option::of(-500.0..9000.0), prop::option::of(0.0_f32..50.0))
}

fn shape() -> impl Strategy<Value = Shape> {
    let kinds = [
        GeometryKind::Point,
        GeometryKind::MultiPoint,
        GeometryKind::LineString,
        GeometryKind::MultiLineString,
        GeometryKind::Polygon,
        GeometryKind::MultiPolygon,
        GeometryKind::MultiSurface,
        GeometryKind::Solid,
    ];
    (prop::sample::select(kinds.to_vec()), any::<bool>(), any::<bool>()).prop_flat_map(|(kind, with_z, with_depth)| {
        let (vertices, rings) = match kind.dimension() {
            0 => (1..=1, 1..=1),
            1 => (2..=9, 1..=1),
            _ => (3..=9, 1..=3),
        };
        let single = matches!(kind, GeometryKind::Point | GeometryKind::LineString | GeometryKind::Polygon);
        let ring = prop::collection::vec(vertex(), vertices).prop_map(move |mut ring| {
            for (_, z_m, depth_m) in &mut ring {
                *z_m = if kind.is_spatial() { Some(z_m.unwrap_or(1.5)) } else { z_m.filter(|_| with_z) };
                *depth_m = depth_m.filter(|_| with_depth);
            }
            if kind.dimension() == 2 {
                ring.push(ring[0]);
            }
            ring
        });
        let part = (0..9_u8, prop::collection::vec(ring, rings));
        prop::collection::vec(part, if single { 1..=1 } else { 1..=4 }).prop_map(move |parts| Shape { kind, parts })
    })
}

fn write(shape: &Shape, writer: &mut GeometryWriter<'_>) {
    writer.kind(shape.kind);
    for (face, rings) in &shape.parts {
        writer.face(if shape.kind.is_spatial() { SurfaceKind::ALL[*face as usize] } else { SurfaceKind::Unknown });
        for ring in rings {
            writer.ring();
            for (lonlat, z_m, depth_m) in ring {
                writer.vertex(*lonlat);
                z_m.iter().for_each(|z_m| writer.z_m(*z_m));
                depth_m.iter().for_each(|depth_m| writer.depth_m(*depth_m));
            }
        }
    }
}

fn column(shape: &Shape) -> GeometryColumn {
    let mut column = GeometryColumn::default();
    let mut writer = column.writer();
    write(shape, &mut writer);
    writer.finish().unwrap();
    column
}

/// All of a shape, back as values.
fn values(geometry: GeometryRef<'_>) -> Vec<(SurfaceKind, Vec<Vec<Vertex>>)> {
    let ring = |ring: urbis_model::geometry::Ring<'_>| {
        let vertex = |(index, lonlat): (usize, &[f64; 2])| {
            let z_m = ring.z_m().map(|z_m| z_m[index]).filter(|z_m| !z_m.is_nan());
            (*lonlat, z_m, ring.depth_m().map(|depth_m| depth_m[index]).filter(|depth_m| !depth_m.is_nan()))
        };
        ring.lonlat().iter().enumerate().map(vertex).collect()
    };
    geometry.parts().map(|part| (part.face(), part.rings().map(ring).collect())).collect()
}

/// Writes a shape's three blobs.
fn blobs(geometry: GeometryRef<'_>) -> (Vec<u8>, Option<Vec<u8>>, Option<Vec<u8>>) {
    let (mut blob, mut depth, mut faces) = (Vec::new(), Vec::new(), Vec::new());
    encode(geometry, &mut blob);
    let has_depth = encode_depth(geometry, &mut depth);
    let has_faces = encode_faces(geometry, &mut faces);
    (blob, has_depth.then_some(depth), has_faces.then_some(faces))
}

fn read(blob: &[u8], depth: Option<&[u8]>, faces: Option<&[u8]>) -> Result<GeometryColumn, RowError> {
    let mut column = GeometryColumn::default();
    let mut writer = column.writer();
    decode(blob, depth, faces, &mut writer)?;
    writer.finish().map_err(|_| RowError::Blob("not valid"))?;
    Ok(column)
}

proptest! {
    #[test]
    fn every_shape_comes_back_as_it_was(shape in shape()) {
        let given = column(&shape);
        let geometry = given.geometry(0);
        let (blob, depth, faces) = blobs(geometry);
        let back = read(&blob, depth.as_deref(), faces.as_deref()).unwrap();
        prop_assert_eq!(back.geometry(0).kind(), geometry.kind());
        prop_assert_eq!(values(back.geometry(0)), values(geometry));
        prop_assert_eq!(bounds(&blob).unwrap(), geometry.bounds());
    }

    #[test]
    fn a_cut_blob_is_refused(shape in shape(), cut in any::<prop::sample::Index>()) {
        let (blob, depth, faces) = blobs(column(&shape).geometry(0));
        let cut = cut.index(blob.len());
        prop_assert!(read(&blob[..cut], depth.as_deref(), faces.as_deref()).is_err());
    }

    #[test]
    fn a_changed_byte_does_no_harm(shape in shape(), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let (mut blob, depth, faces) = blobs(column(&shape).geometry(0));
        let at = at.index(blob.len());
        blob[at] = byte;
        // Either a refusal or some valid shape: no panic, and no more vertices than bytes.
        if let Ok(back) = read(&blob, depth.as_deref(), faces.as_deref()) {
            prop_assert!(back.vertex_count() * 16 <= blob.len());
        }
    }

    #[test]
    fn any_bytes_do_no_harm(blob in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = (read(&blob, None, None), bounds(&blob));
        let headed = [b"GP\0\x01\0\0\0\0".as_slice(), &blob].concat();
        let _ = (read(&headed, Some(&blob), Some(&blob)), bounds(&headed));
    }
}

#[test]
fn big_endian_and_measures_are_read() {
    // POINT ZM (1 2 3 4), big-endian throughout, as PostGIS or a Mac once wrote it.
    let mut blob = b"GP\0\0\0\0\x11\x8a\0".to_vec();
    blob.extend_from_slice(&3001_u32.to_be_bytes());
    [1.0_f64, 2.0, 3.0, 4.0].iter().for_each(|number| blob.extend_from_slice(&number.to_be_bytes()));
    let column = read(&blob, None, None).unwrap();
    assert_eq!(values(column.geometry(0)), [(SurfaceKind::Unknown, vec![vec![([1.0, 2.0], Some(3.0), None)]])]);
}

#[test]
fn what_stands_beside_must_fit() {
    let line = Shape {
        kind: GeometryKind::LineString,
        parts: vec![(0, vec![vec![([1.0, 2.0], None, Some(0.5)), ([3.0, 4.0], None, None)]])],
    };
    let (blob, depth, _) = blobs(column(&line).geometry(0));
    let depth = depth.unwrap();
    assert!(read(&blob, Some(&depth), None).is_ok());
    for wrong in [&depth[..4], &depth[..7], &[depth.clone(), depth.clone()].concat()[..]] {
        assert!(read(&blob, Some(wrong), None).is_err(), "{} bytes of depth", wrong.len());
    }
    for wrong in [&[][..], &[7, 0], &[200], &[7, 200]] {
        assert!(read(&blob, None, Some(wrong)).is_err(), "faces {wrong:?}");
    }
}
