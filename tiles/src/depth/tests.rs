//! Depths read from tiles against the source at the same places, by brute force.

use super::*;
use crate::decode::{DecodedGeometry, DecodedValue, decode};
use crate::dirty::{State, dirty_tiles};
use crate::encode::tests::city::{Random, lonlat_from_unit, tile};
use crate::{LayerDefinition, TileInput, TileLayer, encode};
use std::sync::Arc;
use urbis_model::mercator::mercator_from_lonlat;
use urbis_model::{FeatureBatch, FeatureId, GeometryKind, LayerKind, Schema, TileCoord};

/// A vertex in units of the tile 14/13700/6650 and its depth, NaN where not known.
type Vertex = ([f64; 2], f32);

/// A batch of pipes, each of one line or several; ids from 1.
fn batch(pipes: &[Vec<Vec<Vertex>>]) -> FeatureBatch {
    let mut features = FeatureBatch::new(Arc::new(Schema::default()));
    for (index, lines) in pipes.iter().enumerate() {
        let id = FeatureId::new(index as u64 + 1).unwrap();
        let kind = if lines.len() > 1 { GeometryKind::MultiLineString } else { GeometryKind::LineString };
        let write = |writer: &mut urbis_model::geometry::GeometryWriter<'_>| {
            writer.kind(kind);
            for line in lines {
                writer.part();
                writer.ring();
                for (unit, depth_m) in line {
                    writer.vertex(lonlat_from_unit(*unit));
                    if !depth_m.is_nan() {
                        writer.depth_m(*depth_m);
                    }
                }
            }
        };
        features.push(id, write, &[]).unwrap();
    }
    features
}

fn definition(text: &str) -> LayerDefinition {
    LayerDefinition::from_toml(&format!("min_zoom = 6\nmax_zoom = 17\n{text}"), &Schema::default()).unwrap()
}

fn prepared(features: &FeatureBatch, definition: LayerDefinition) -> TileLayer {
    TileLayer::prepare("pipes".parse().unwrap(), features, definition)
}

const DEEP: &str = "vertex_depth = { from_zoom = 14 }";

fn bytes(layer: &TileLayer, features: &FeatureBatch, coord: TileCoord) -> Vec<u8> {
    let candidates: Vec<u32> = (0..features.len() as u32).collect();
    encode(coord, &[TileInput { layer, features, candidates: &candidates }]).bytes
}

/// Each feature of a tile: id, lines in units of the tile, depths in metres or none; and what the text was.
type Told = (u64, Vec<Vec<([f64; 2], Option<f64>)>>, Option<String>);

fn told(bytes: &[u8]) -> Vec<Told> {
    let decoded = decode(bytes).unwrap();
    let Some(layer) = decoded.layers.first() else { return Vec::new() };
    let feature = |feature: &crate::decode::DecodedFeature| {
        let DecodedGeometry::Lines(lines) = &feature.geometry else { panic!("{:?}", feature.geometry) };
        let text = layer.attributes(feature).find(|(key, _)| *key == DEPTHS_CM).map(|(_, value)| match value {
            DecodedValue::Text(text) => text.to_owned(),
            other => panic!("{other:?}"),
        });
        let count = lines.iter().map(Vec::len).sum::<usize>();
        let depths: Vec<Option<f64>> = match &text {
            None => vec![None; count],
            Some(text) => {
                text.split(',').map(|part| (!part.is_empty()).then(|| part.parse::<i64>().unwrap() as f64 / 100.0)).collect()
            }
        };
        assert_eq!(depths.len(), count, "one depth for each vertex: {text:?}");
        let mut depths = depths.into_iter();
        let lines =
            lines.iter().map(|line| line.iter().map(|point| (point.map(|part| part as f64), depths.next().unwrap())).collect());
        (feature.id.unwrap(), lines.collect(), text)
    };
    layer.features.iter().map(feature).collect()
}

/// A source's lines in the units of a tile.
fn in_units(lines: &[Vec<Vertex>], coord: TileCoord) -> Vec<Vec<([f64; 2], Option<f64>)>> {
    let (corner, side) = coord.mercator_square();
    let vertex = |(unit, depth_m): &Vertex| {
        let point = mercator_from_lonlat(lonlat_from_unit(*unit));
        let place = [(point.x - corner.x) / side * 4096.0, (point.y - corner.y) / side * 4096.0];
        (place, (!depth_m.is_nan()).then(|| f64::from(*depth_m)))
    };
    lines.iter().map(|line| line.iter().map(vertex).collect()).collect()
}

/// Whether some place on the lines, within `reach` of a place, has this depth to within `off_m`; or, for none, no known depth.
fn somewhere(lines: &[Vec<([f64; 2], Option<f64>)>], at: [f64; 2], depth_m: Option<f64>, reach: f64, off_m: f64) -> bool {
    lines.iter().flat_map(|line| line.windows(2)).any(|pair| {
        let ((a, from_m), (b, to_m)) = (pair[0], pair[1]);
        let span = [b[0] - a[0], b[1] - a[1]];
        let (away, squared) = ([at[0] - a[0], at[1] - a[1]], span[0] * span[0] + span[1] * span[1]);
        // The part of the segment within reach: along from `least` to `greatest`.
        let middle = if squared > 0.0 { (away[0] * span[0] + away[1] * span[1]) / squared } else { 0.0 };
        let cross = away[0] * span[1] - away[1] * span[0];
        let beside = if squared > 0.0 { cross * cross / squared } else { away[0] * away[0] + away[1] * away[1] };
        if beside > reach * reach {
            return false;
        }
        let half = if squared > 0.0 { ((reach * reach - beside) / squared).sqrt() } else { f64::INFINITY };
        let (least, greatest) = ((middle - half).max(0.0), (middle + half).min(1.0));
        if least > greatest {
            return false;
        }
        match (depth_m, from_m, to_m) {
            (Some(depth_m), Some(from_m), Some(to_m)) => {
                let ends = [least, greatest].map(|along| from_m + (to_m - from_m) * along);
                (ends[0].min(ends[1]) - off_m..=ends[0].max(ends[1]) + off_m).contains(&depth_m)
            }
            // At its end the one known depth of a segment is known.
            (Some(depth_m), Some(from_m), None) => least == 0.0 && (depth_m - from_m).abs() <= off_m,
            (Some(depth_m), None, Some(to_m)) => greatest == 1.0 && (depth_m - to_m).abs() <= off_m,
            (None, Some(_), Some(_)) | (Some(_), None, None) => false,
            (None, ..) => true,
        }
    })
}

/// Pipes that wander over several tiles, rise, dip and have stretches of unknown depth.
fn pipes(seed: u64, count: usize) -> Vec<Vec<Vec<Vertex>>> {
    let mut random = Random(seed);
    let mut line = || {
        let mut at = [random.in_range(-2000.0, 6000.0), random.in_range(-2000.0, 6000.0)];
        let mut heading = random.in_range(0.0, 6.3);
        let (mut depth_m, mut known) = (random.in_range(0.6, 4.0), !random.bits().is_multiple_of(4));
        let corners = 2 + random.bits() as usize % 60;
        let step = 2f64.powf(random.in_range(0.0, 7.0));
        (0..corners)
            .map(|_| {
                at = [at[0] + step * heading.cos(), at[1] + step * heading.sin()];
                heading += random.in_range(-0.2, 0.2);
                depth_m +=
                    if random.bits().is_multiple_of(9) { random.in_range(-1.0, 1.0) } else { random.in_range(-0.02, 0.02) };
                known ^= random.bits().is_multiple_of(12);
                (at, if known { depth_m as f32 } else { f32::NAN })
            })
            .collect::<Vec<Vertex>>()
    };
    (0..count).map(|index| (0..1 + index % 3).map(|_| line()).collect()).collect()
}

#[test]
fn depths_are_those_of_the_source_at_the_same_place() {
    let (mut vertices, mut cut, mut left_out) = (0, 0, 0);
    for seed in 80..84 {
        let source = pipes(seed, 60);
        let features = batch(&source);
        let layer = prepared(&features, definition(DEEP));
        for zoom in 14..=18u8 {
            let below = 17u8.saturating_sub(zoom);
            let off_m = 0.05 * 2f64.powi(i32::from(below)) * f64::from(u8::from(zoom < 17)) + 0.006;
            // Half a pixel by simplification, a unit's diagonal by rounding and by cutting what was rounded.
            let reach = if zoom < 17 { 4.0 + 1.5 } else { 1.5 };
            let home = tile(zoom);
            for (x, y) in [(0, 0), (1, 0), (0, 1), (3, 2)] {
                let coord = TileCoord::new(u32::from(zoom), u64::from(home.x() + x), u64::from(home.y() + y)).unwrap();
                for (id, lines, _) in told(&bytes(&layer, &features, coord)) {
                    let source = in_units(&source[id as usize - 1], coord);
                    for (at, depth_m) in lines.iter().flatten() {
                        let found = somewhere(&source, *at, *depth_m, reach, off_m);
                        assert!(found, "seed {seed}, {coord:?}, pipe {id}: {depth_m:?} at {at:?} is not in the source");
                        vertices += 1;
                        cut += usize::from(at.iter().any(|part| *part == -64.0 || *part == 4160.0));
                    }
                    for (at, depth_m) in source.iter().flatten() {
                        if at.iter().all(|part| (0.0..=4096.0).contains(part)) {
                            let found = somewhere(&lines, *at, *depth_m, reach, off_m);
                            assert!(found, "seed {seed}, {coord:?}, pipe {id}: {depth_m:?} at {at:?} is not in the tile");
                            left_out += usize::from(
                                !lines
                                    .iter()
                                    .flatten()
                                    .any(|(other, _)| (0..2).all(|axis| (other[axis] - at[axis]).abs() <= 0.5)),
                            );
                        }
                    }
                }
            }
        }
    }
    assert!(vertices > 5000 && cut > 50 && left_out > 500, "{vertices} vertices, {cut} cut, {left_out} left out");
}

#[test]
fn a_dip_of_a_straight_pipe_stays_and_a_small_one_goes() {
    let straight = |dip_m: f32| vec![vec![([100.0, 500.0], 1.0), ([300.0, 500.0], 1.0 + dip_m), ([500.0, 500.0], 1.0)]];
    let features = batch(&[straight(0.3), straight(0.5)]);
    let layer = prepared(&features, definition(DEEP));
    let texts = |zoom: u8| -> Vec<Option<String>> {
        told(&bytes(&layer, &features, tile(zoom))).into_iter().map(|(.., text)| text).collect()
    };
    let text = |text: &str| Some(text.to_owned());
    // 40 cm are allowed at zoom 14, 20 at 15; below zoom 14 nothing is told.
    assert_eq!(texts(14), [text("100,100"), text("100,150,100")]);
    assert_eq!(texts(15), [text("100,130,100"), text("100,150,100")]);
    assert_eq!(texts(13), [None, None]);
}

#[test]
fn a_vertex_made_by_cutting_has_the_depth_on_the_way() {
    // From 1 m to 3 m over 8192 units, cut at -64 and 4160: 1 + 2 * 1984 / 8192 and 1 + 2 * 6208 / 8192.
    let unknown = ([6144.0, 1000.0], f32::NAN);
    let features = batch(&[
        vec![vec![([-2048.0, 900.0], 1.0), ([6144.0, 900.0], 3.0)]],
        vec![vec![([-2048.0, 1000.0], 1.0), ([2000.0, 1000.0], 2.0), unknown]],
        vec![vec![([10.0, 10.0], f32::NAN), ([90.0, 10.0], f32::NAN)]],
    ]);
    let layer = prepared(&features, definition(DEEP));
    let texts: Vec<_> = told(&bytes(&layer, &features, tile(14))).into_iter().map(|(.., text)| text).collect();
    assert_eq!(texts, [Some("148,252".to_owned()), Some("149,200,".to_owned()), None]);
}

#[test]
fn lines_of_a_feature_come_one_after_the_other() {
    let line = |y: f64, depths: [f32; 2]| vec![([100.0, y], depths[0]), ([200.0, y], depths[1])];
    let features = batch(&[vec![line(10.0, [f32::NAN, 1.0]), line(20.0, [2.0, -0.5]), line(30.0, [3.0, 3.004])]]);
    let layer = prepared(&features, definition(DEEP));
    assert_eq!(told(&bytes(&layer, &features, tile(14)))[0].2.as_deref(), Some(",100,200,-50,300,300"));
    // A shaft: one place in the tile, and the end that a digger meets first.
    let features = batch(&[vec![vec![([100.0, 10.0], 1.0), ([100.0, 10.0], 4.0), ([200.0, 10.0], 4.0)]]]);
    let layer = prepared(&features, definition(DEEP));
    assert_eq!(told(&bytes(&layer, &features, tile(14)))[0].2.as_deref(), Some("100,400"));
}

#[test]
fn what_tells_no_depths_is_as_it_was() {
    let deep = pipes(85, 80);
    let flat: Vec<_> = deep
        .iter()
        .map(|lines| lines.iter().map(|line| line.iter().map(|(at, _)| (*at, f32::NAN)).collect()).collect::<Vec<Vec<Vertex>>>())
        .collect();
    let (deep, flat) = (batch(&deep), batch(&flat));
    let plain = prepared(&flat, definition(""));
    for (features, text, zooms) in [(&flat, DEEP, 6..=18u8), (&deep, "", 6..=18), (&deep, DEEP, 6..=13)] {
        let layer = prepared(features, definition(text));
        for zoom in zooms {
            assert_eq!(bytes(&layer, features, tile(zoom)), bytes(&plain, &flat, tile(zoom)), "{text:?} at zoom {zoom}");
        }
    }
    let vertices = deep.geometries().vertex_count();
    let held = |text: &str| prepared(&deep, definition(text)).heap_bytes();
    assert_eq!(held(DEEP) - held(""), 4 * vertices, "four bytes a vertex");
    assert_eq!(prepared(&flat, definition(DEEP)).heap_bytes(), plain.heap_bytes());
}

#[test]
fn a_changed_depth_dirties_the_tiles_that_change() {
    let (mut changed, mut named) = (0, 0);
    for seed in 86..90 {
        let mut source = pipes(seed, 40);
        let before = batch(&source);
        let mut random = Random(seed);
        for _ in 0..3 {
            let pipe = random.bits() as usize % source.len();
            let lines = &mut source[pipe];
            let line = random.bits() as usize % lines.len();
            let vertex = random.bits() as usize % lines[line].len();
            let depth_m = &mut lines[line][vertex].1;
            *depth_m =
                if depth_m.is_nan() { 1.5 } else { [f32::NAN, *depth_m + 0.03, *depth_m + 2.0][random.bits() as usize % 3] };
        }
        let after = batch(&source);
        let layers = [prepared(&before, definition(DEEP)), prepared(&after, definition(DEEP))];
        let [old, new] = [State { layer: &layers[0], features: &before }, State { layer: &layers[1], features: &after }];
        let dirty = dirty_tiles(old, new, 6..=17);
        assert!(dirty.whole_zooms.is_empty() && dirty.tiles.iter().all(|tile| tile.0 >= 14), "{dirty:?}");
        for zoom in [13, 14, 15, 16, 17] {
            let home = tile(zoom);
            let side = 1i64 << (zoom - 13);
            for x in -side..2 * side {
                for y in -side..2 * side {
                    let [x, y] = [i64::from(home.x()) + x, i64::from(home.y()) + y].map(|part| part as u64);
                    let coord = TileCoord::new(u32::from(zoom), x, y).unwrap();
                    let differs = bytes(old.layer, &before, coord) != bytes(new.layer, &after, coord);
                    assert!(dirty.contains(coord) || !differs, "seed {seed}: {coord:?} changed");
                    changed += usize::from(differs);
                    named += usize::from(dirty.contains(coord));
                }
            }
        }
    }
    assert!(changed > 10 && changed * 10 > named, "{changed} tiles changed of {named} named");
}

#[test]
fn built_in_pipes_tell_their_depths() {
    let definition = LayerDefinition::for_kind(LayerKind::GasPipe, &Schema::default());
    assert_eq!(definition.vertex_depth, Some(VertexDepth { from_zoom: 14, tolerance_cm: 5.0 }));
    assert!(definition.vector_layer_fields().contains(&(DEPTHS_CM, "String")));
}
