//! Prepared shapes: their size in memory, their footprints, what has no place.

use super::*;
use std::sync::Arc;
use urbis_model::geometry::GeometryWriter;
use urbis_model::{FeatureId, LayerKind, Schema, SurfaceKind};

fn prepared(write: impl Fn(&mut GeometryWriter<'_>), count: u64) -> TileLayer {
    let mut features = FeatureBatch::new(Arc::new(Schema::default()));
    for number in 1..=count {
        features.push(FeatureId::new(number).unwrap(), &write, &[]).unwrap();
    }
    let definition = LayerDefinition::for_kind(LayerKind::Building, features.schema());
    TileLayer::prepare("solids".parse().unwrap(), &features, definition)
}

/// A box of faces over a square of `side` degrees; the ground face only where asked for.
fn solid(writer: &mut GeometryWriter<'_>, ground: bool) {
    writer.kind(GeometryKind::Solid);
    let (w, s, e, n) = (121.0, 31.0, 121.001, 31.001);
    let face = |writer: &mut GeometryWriter<'_>, kind, corners: [[f64; 3]; 4]| {
        writer.face(kind);
        writer.ring();
        for [lon, lat, z_m] in corners.into_iter().chain([corners[0]]) {
            writer.vertex([lon, lat]);
            writer.z_m(z_m);
        }
    };
    // The roof overhangs to the east.
    let eaves = e + 0.0005;
    face(writer, SurfaceKind::Roof, [[w, s, 9.0], [eaves, s, 9.0], [eaves, n, 9.0], [w, n, 9.0]]);
    face(writer, SurfaceKind::Wall, [[w, s, 0.0], [e, s, 0.0], [e, s, 9.0], [w, s, 9.0]]);
    face(writer, SurfaceKind::Wall, [[w, n, 0.0], [e, n, 0.0], [e, n, 9.0], [w, n, 9.0]]);
    if ground {
        face(writer, SurfaceKind::Ground, [[w, s, 0.0], [e, s, 0.0], [e, n, 0.0], [w, n, 0.0]]);
    }
}

#[test]
fn a_solid_is_drawn_as_its_ground_or_else_as_seen_from_above() {
    for (ground, width_deg) in [(true, 0.001), (false, 0.0015)] {
        let layer = prepared(|writer| solid(writer, ground), 1);
        assert_eq!(layer.parts(0).len(), 1, "one polygon");
        assert_eq!(layer.rings(0).len(), 1);
        let bounds = layer.bounds(0);
        let width_world = f64::from(bounds.max[0] - bounds.min[0]);
        assert!((width_world / (width_deg / 360.0 * 2f64.powi(32)) - 1.0).abs() < 1e-3, "ground {ground}: {width_world}");
    }
}

#[test]
fn walls_alone_have_no_footprint() {
    let wall = |writer: &mut GeometryWriter<'_>| {
        writer.kind(GeometryKind::MultiSurface);
        writer.face(SurfaceKind::Wall);
        writer.ring();
        for (lon, z_m) in [(121.0, 0.0), (121.1, 0.0), (121.1, 5.0), (121.0, 0.0)] {
            writer.vertex([lon, 31.0]);
            writer.z_m(z_m);
        }
    };
    let layer = prepared(wall, 1);
    assert!(layer.parts(0).is_empty());
    assert!(layer.bounds(0).is_empty());
}

#[test]
fn an_eight_corner_building_takes_at_most_160_bytes() {
    let corners = [[0, 0], [9, 0], [9, 5], [6, 5], [6, 9], [3, 9], [3, 5], [0, 5], [0, 0]];
    let building = |writer: &mut GeometryWriter<'_>| {
        writer.kind(GeometryKind::Polygon);
        writer.part();
        writer.ring();
        corners.iter().for_each(|[x, y]| writer.vertex([121.0 + f64::from(*x) * 1e-5, 31.0 + f64::from(*y) * 1e-5]));
    };
    let layer = prepared(building, 1000);
    assert!(layer.heap_bytes() <= 160_000, "{}", layer.heap_bytes());
}
