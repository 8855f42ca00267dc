//! The published fixtures (mapbox/mvt-fixtures), and an independent decoder.

use super::*;
use std::io::{Read, Write};
use std::path::PathBuf;

/// Fixtures that contradict another one of the same or equal bytes, and what is done with them.
///
/// 003 and 016 are the same bytes: a feature without a type, called invalid ("MUST contain a type field") and valid
/// ("decoders can choose to use or throw"). 051 and 057 are both one MoveTo that states 2^29-1 points and has one,
/// called invalid and valid. Both are refused: the specification demands the type, and the missing points.
const CONTRADICTED: [&str; 2] = ["016", "057"];

/// Folder of the published data sets; `shared/data` beside the repository unless the environment says otherwise.
fn shared_data() -> PathBuf {
    std::env::var_os("URBIS_SHARED_DATA")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/data"), PathBuf::from)
}

/// All files of the archive by path, none (said aloud) where it is absent.
fn archive() -> Option<Vec<(String, Vec<u8>)>> {
    let path = shared_data().join("hostile/mvt-fixtures.tar.gz");
    let Ok(compressed) = std::fs::read(&path) else {
        let mut err = std::io::stderr();
        writeln!(err, "SKIPPED: {} is absent; set URBIS_SHARED_DATA to the folder that has it", path.display()).unwrap();
        return None;
    };
    let mut tar = Vec::new();
    flate2::read::GzDecoder::new(&compressed[..]).read_to_end(&mut tar).unwrap();
    Some(untar(&tar))
}

/// The plain files of a tar archive (POSIX ustar: 512-byte blocks, name at 0, octal size at 124, type at 156).
fn untar(mut tar: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    while tar.len() >= 512 && tar[0] != 0 {
        let text =
            |range: std::ops::Range<usize>| std::str::from_utf8(&tar[range]).unwrap().trim_end_matches(['\0', ' ']).to_owned();
        let size = usize::from_str_radix(text(124..136).trim(), 8).unwrap();
        if matches!(tar[156], b'0' | 0) {
            files.push((text(0..100), tar[512..512 + size].to_vec()));
        }
        tar = &tar[512 + size.div_ceil(512) * 512..];
    }
    files
}

#[test]
fn fixtures_are_accepted_and_refused_as_published() {
    let Some(files) = archive() else { return };
    let file = |name: &str| files.iter().find(|(path, _)| path.ends_with(name)).map(|(_, bytes)| bytes);
    let (mut accepted, mut refused) = (0, 0);
    for number in 1..=77 {
        let Some(info) = file(&format!("fixtures/{number:03}/info.json")) else { continue };
        let tile = file(&format!("fixtures/{number:03}/tile.mvt")).unwrap();
        let info: String = String::from_utf8(info.clone()).unwrap().split_whitespace().collect();
        let valid = info.contains("\"v2\":true");
        assert!(valid || info.contains("\"v2\":false"));
        let name = format!("{number:03}");
        let expected = valid && !CONTRADICTED.contains(&name.as_str());
        let outcome = decode(tile);
        assert_eq!(outcome.is_ok(), expected, "fixture {name}: {outcome:?}");
        if expected { accepted += 1 } else { refused += 1 }
    }
    assert_eq!((accepted, refused), (46 - CONTRADICTED.len(), 28 + CONTRADICTED.len()));
}

#[test]
fn real_tiles_read_like_the_independent_decoder_reads_them() {
    let Some(files) = archive() else { return };
    let mut compared = 0;
    for (path, bytes) in files.iter().filter(|(path, _)| path.contains("real-world/") && path.ends_with(".mvt")) {
        // Some of these, made by old encoders, break the rule on repeated vertices; they are refused for that only.
        let tile = match decode(bytes) {
            Ok(tile) => tile,
            Err(DecodeError::Geometry { rule, .. }) if rule.contains("goes nowhere") => continue,
            Err(error) => panic!("{path}: {error}"),
        };
        let reader = fast_mvt::MvtReaderRef::new(bytes).unwrap();
        assert_eq!(tile.layers.len(), reader.layer_count(), "{path}");
        for (ours, theirs) in tile.layers.iter().zip(reader.layers()) {
            assert_eq!((ours.name, ours.extent, ours.keys.as_slice()), (theirs.name(), theirs.extent(), theirs.keys()), "{path}");
            assert_eq!(ours.values.len(), theirs.values().len());
            for (feature, other) in ours.features.iter().zip(theirs.features()) {
                assert_eq!(ours.attributes(feature).count(), other.properties_vec().unwrap().len());
                assert_eq!(vertices(&feature.geometry), vertices_of(&other.geometry().unwrap()), "{path}");
            }
            compared += ours.features.len();
        }
    }
    assert!(compared > 10_000, "{compared} features compared");
}

/// Number of vertices and sum of their coordinates; closing vertices not counted.
fn vertices(geometry: &DecodedGeometry) -> (usize, i64) {
    let all: Vec<[i64; 2]> = match geometry {
        DecodedGeometry::Unknown => Vec::new(),
        DecodedGeometry::Points(points) => points.clone(),
        DecodedGeometry::Lines(lines) => lines.concat(),
        DecodedGeometry::Polygons(polygons) => polygons.concat().concat(),
    };
    (all.len(), all.iter().map(|[x, y]| x + y).sum())
}

fn vertices_of(geometry: &fast_mvt::MvtGeometry) -> (usize, i64) {
    use geo::CoordsIter;
    let closing = |polygon: &geo::Polygon<i32>| {
        polygon.interiors().iter().chain([polygon.exterior()]).map(|ring| *ring.0.last().unwrap()).collect::<Vec<_>>()
    };
    let repeated = match geometry {
        fast_mvt::MvtGeometry::Polygon(polygon) => closing(polygon),
        fast_mvt::MvtGeometry::MultiPolygon(polygons) => polygons.iter().flat_map(closing).collect(),
        _ => Vec::new(),
    };
    let sum = |coords: &mut dyn Iterator<Item = geo::Coord<i32>>| {
        coords.map(|coord| i64::from(coord.x) + i64::from(coord.y)).sum::<i64>()
    };
    (geometry.coords_count() - repeated.len(), sum(&mut geometry.coords_iter()) - sum(&mut repeated.into_iter()))
}

#[test]
fn cut_and_flipped_bytes_never_panic() {
    let features = crate::encode::tests::city::blocks(2, 60);
    let tile = crate::encode::tests::tile_of(&features, crate::encode::tests::city::tile(14)).bytes;
    assert!(!decode(&tile).unwrap().layers[0].features.is_empty());
    for end in 0..tile.len() {
        let _ = decode(&tile[..end]);
    }
    let mut refused = 0;
    for index in 0..tile.len() {
        for bit in 0..8 {
            let mut flipped = tile.clone();
            flipped[index] ^= 1 << bit;
            refused += usize::from(decode(&flipped).is_err());
        }
    }
    assert!(refused > tile.len(), "{refused} of {} flips refused", tile.len() * 8);
}

#[test]
fn what_is_written_is_read_back() {
    let features = crate::encode::tests::city::blocks(9, 500);
    let tile = crate::encode::tests::tile_of(&features, crate::encode::tests::city::tile(14));
    let decoded = decode(&tile.bytes).unwrap();
    assert_eq!(decoded.layers[0].features.len(), tile.layers[0].written);
    assert!(decode(&[]).unwrap().layers.is_empty());
    assert_eq!(decode(&vec![0; MAX_TILE_BYTES + 1]).unwrap_err(), DecodeError::TooLarge { bytes: MAX_TILE_BYTES + 1 });
}
