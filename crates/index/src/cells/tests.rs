//! Cells of known places, covers and outlines.

use super::*;
use proptest::prelude::*;

fn position(lon_deg: f64, lat_deg: f64) -> LonLat {
    LonLat::from_degrees(lon_deg, lat_deg).unwrap()
}

#[test]
fn known_places_have_their_published_cells() {
    // H3's own documentation: latLngToCell(37.775938728915946, -122.41795063018799, 9); the axes are easily swapped.
    let cell = cell_at(position(-122.417_950_630_187_99, 37.775_938_728_915_946), Resolution::Nine);
    assert_eq!(cell.to_string(), "8928308280fffff");
}

fn area_deg2(rings: &[Vec<[f64; 2]>]) -> f64 {
    rings.iter().flat_map(|ring| ring.windows(2)).map(|edge| edge[0][0] * edge[1][1] - edge[1][0] * edge[0][1]).sum::<f64>() / 2.0
}

fn holds(rings: &[Vec<[f64; 2]>], [x, y]: [f64; 2]) -> bool {
    rings.iter().any(|ring| {
        ring.windows(2).filter(|edge| (edge[0][1] > y) != (edge[1][1] > y)).fold(false, |odd, edge| {
            let at = edge[0][0] + (y - edge[0][1]) / (edge[1][1] - edge[0][1]) * (edge[1][0] - edge[0][0]);
            odd ^ (x < at)
        })
    })
}

/// The outlines of all 122 coarsest cells tile the map exactly: the antimeridian's and the poles' cells too.
#[test]
fn all_coarse_cells_tile_the_map() {
    for resolution in [Resolution::Zero, Resolution::One, Resolution::Two] {
        let cells: Vec<CellIndex> = CellIndex::base_cells().flat_map(|cell| cell.children(resolution)).collect();
        let mut total_deg2 = 0.0;
        for cell in cells {
            let rings = outline(cell);
            assert!((1..=2).contains(&rings.len()), "{cell}: {} rings", rings.len());
            for ring in &rings {
                assert_eq!(ring.first(), ring.last(), "{cell} is open");
                assert!(ring.iter().all(|[lon, lat]| lon.abs() <= 180.0 && lat.abs() <= 90.0), "{cell} leaves the map");
            }
            let area = area_deg2(&rings);
            assert!(area > 0.0, "{cell} is clockwise or empty");
            total_deg2 += area;
        }
        assert!((total_deg2 - 360.0 * 180.0).abs() < 1e-6, "{resolution}: {total_deg2}");
    }
}

proptest! {
    #[test]
    fn an_outline_holds_its_cells_centre(lon in -180.0..180.0f64, lat in -90.0..90.0f64, resolution in 3u8..=12) {
        let cell = cell_at(position(lon, lat), Resolution::try_from(resolution).unwrap());
        let centre = h3o::LatLng::from(cell);
        prop_assert!(holds(&outline(cell), [centre.lng(), centre.lat()]), "{cell}");
    }

    #[test]
    fn a_cover_holds_the_cell_of_every_point_of_the_area(
        x in 120.0..122.0f64, y in 31.0..32.0f64, w in 0.001..0.05f64, h in 0.001..0.05f64,
        across in 0.0..1.0f64, up in 0.0..1.0f64,
    ) {
        let ring = [[x, y], [x + w, y], [x + w, y + h], [x, y + h], [x, y]];
        let cells = cover([&ring[..]].into_iter(), Resolution::Nine).unwrap();
        let inside = cell_at(position(x + across * w, y + up * h), Resolution::Nine);
        prop_assert!(cells.binary_search(&inside).is_ok());
    }
}

#[test]
fn what_is_no_area_or_too_large_is_refused() {
    let china = [[75.0, 20.0], [130.0, 20.0], [130.0, 50.0], [75.0, 50.0], [75.0, 20.0]];
    assert!(matches!(cover([&china[..]].into_iter(), Resolution::Twelve), Err(CoverError::TooMany { .. })));
    assert!(cover(std::iter::empty(), Resolution::Five).is_err());
}

#[test]
fn features_and_cells_know_each_other() {
    // A lattice around Haimen, and the two poles, at several resolutions.
    let mut positions: Vec<LonLat> =
        (0..4_000).map(|at| position(121.0 + f64::from(at % 80) * 1e-3, 31.8 + f64::from(at / 80) * 1e-3)).collect();
    positions.extend([position(0.0, 90.0), position(0.0, -90.0)]);
    for resolution in [Resolution::Zero, Resolution::Five, Resolution::Nine, Resolution::Fifteen] {
        let map = CellMap::new(&positions, resolution);
        let mut seen = vec![false; positions.len()];
        for (cell, features) in map.iter() {
            assert!(features.is_sorted() && !features.is_empty());
            assert_eq!(map.features_in(cell), features);
            for &feature in features {
                assert_eq!(map.cell_of(feature), Some(cell));
                assert_eq!(cell, cell_at(positions[feature as usize], resolution));
                assert!(!std::mem::replace(&mut seen[feature as usize], true), "{feature} twice");
            }
        }
        assert!(seen.into_iter().all(|seen| seen));
        assert!(map.heap_bytes() <= 28 * positions.len() + 64, "{} bytes", map.heap_bytes());
        let coarse = map.coarser(Resolution::Zero).unwrap();
        assert_eq!(coarse.iter().map(|(_, features)| features.len()).sum::<usize>(), positions.len());
        // Compacted or not, a cell's candidates are the features of its descendants.
        let parents: Vec<CellIndex> = coarse.iter().map(|(cell, _)| cell).collect();
        assert_eq!(map.candidates(&parents).count(), positions.len());
    }
    let map = CellMap::new(&positions, Resolution::Nine);
    assert!(map.coarser(Resolution::Ten).is_none() && map.features_in(cell_at(positions[0], Resolution::Eight)).is_empty());
    let around: std::collections::BTreeSet<u32> = map.features_around(cell_at(positions[2_040], Resolution::Nine), 2).collect();
    let expected = (0u32..).zip(&positions).filter(|(_, at)| {
        cell_at(**at, Resolution::Nine).grid_distance(cell_at(positions[2_040], Resolution::Nine)).is_ok_and(|steps| steps <= 2)
    });
    assert!(around.iter().copied().eq(expected.map(|(feature, _)| feature)));
}

#[test]
fn a_compacted_cover_finds_all_candidates() {
    let ring = [[121.0, 31.8], [121.1, 31.8], [121.1, 31.9], [121.0, 31.9], [121.0, 31.8]];
    let cells = cover([&ring[..]].into_iter(), Resolution::Nine).unwrap();
    let compacted = compact(cells.clone()).unwrap();
    assert!(compacted.len() * 3 < cells.len());
    let positions: Vec<LonLat> =
        (0..900).map(|at| position(121.0 + f64::from(at % 30) / 300.0, 31.8 + f64::from(at / 30) / 300.0)).collect();
    let map = CellMap::new(&positions, Resolution::Nine);
    assert_eq!(map.candidates(&compacted).count(), 900);
    assert_eq!(map.candidates(&cells).count(), 900);
    assert!(compact(vec![cells[0], cells[0]]).is_err());
}
