//! Random changes against a table of every tile.

use super::*;
use crate::encode::tests::city::Random;
use std::collections::BTreeSet;

fn all_tiles(zooms: std::ops::RangeInclusive<u32>) -> impl Iterator<Item = TileCoord> {
    zooms.flat_map(|z| {
        let across = 1u64 << z;
        (0..across * across).map(move |index| TileCoord::new(z, index % across, index / across).unwrap())
    })
}

#[test]
fn each_tile_has_the_revision_that_last_changed_it() {
    const MAX: u8 = 4;
    let mut random = Random(17);
    let mut versions = TileVersions::new(MAX, 1);
    let mut expected: HashMap<TileCoord, u64> = all_tiles(0..=u32::from(MAX)).map(|tile| (tile, 1)).collect();
    for revision in 2..60 {
        let mut dirty = DirtyTiles::default();
        for tile in all_tiles(0..=u32::from(MAX)).filter(|_| random.bits().is_multiple_of(40)) {
            dirty.tiles.insert((tile.z(), tile.x(), tile.y()));
        }
        if random.bits().is_multiple_of(8) {
            dirty.whole_zooms.insert((random.bits() % 5) as u8);
            dirty.tiles.retain(|tile| !dirty.whole_zooms.contains(&tile.0));
        }
        versions.change(&dirty, revision);
        for (tile, version) in expected.iter_mut().filter(|(tile, _)| dirty.contains(**tile)) {
            assert!(*version < revision, "{tile:?}");
            *version = revision;
        }
        assert!(expected.iter().all(|(tile, version)| versions.of(*tile) == *version), "revision {revision}");
    }
    for tile in all_tiles(5..=6) {
        let mut ancestor = tile;
        while ancestor.z() > MAX {
            ancestor = ancestor.parent().unwrap();
        }
        assert_eq!(versions.of(tile), expected[&ancestor]);
    }
}

#[test]
fn the_table_is_bounded_and_forgets_no_change() {
    let mut versions = TileVersions::new(16, 1);
    for revision in 2..7 {
        let first = (revision as u32) * 300;
        let side = |zoom: u8, width: u32| (first..first + width).flat_map(move |x| (0..width).map(move |y| (zoom, x, y)));
        let tiles: BTreeSet<_> = side(14, 300).chain(side(13, 40)).collect();
        versions.change(&DirtyTiles { tiles: tiles.clone(), whole_zooms: BTreeSet::new() }, revision);
        assert!(versions.tiles.len() <= MOST_TILES && versions.heap_bytes() < 16 << 20, "{}", versions.heap_bytes());
        for (z, x, y) in tiles {
            assert_eq!(versions.of(TileCoord::new(u32::from(z), u64::from(x), u64::from(y)).unwrap()), revision);
        }
    }
    let of = |z, x, y| versions.of(TileCoord::new(z, x, y).unwrap());
    assert_eq!([of(13, 0, 0), of(16, 0, 0)], [1, 1], "zooms that are not full keep their tiles");
    assert!(of(14, 0, 0) > 1, "the full one counts as changed");
}
