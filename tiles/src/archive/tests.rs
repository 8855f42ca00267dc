use super::*;
use std::collections::HashSet;
use urbis_model::TileCoord;

#[test]
fn tile_numbers_are_those_of_the_reference() {
    for zoom in 0..=8u8 {
        let side = 1u32 << zoom;
        let mut seen = HashSet::new();
        for x in 0..side {
            for y in 0..side {
                let tile = TileCoord::new(u32::from(zoom), u64::from(x), u64::from(y)).unwrap();
                let id = tile_id(tile);
                let theirs = pmtiles::TileId::from(pmtiles::TileCoord::new(zoom, x, y).unwrap()).value();
                assert_eq!(id, theirs, "{zoom}/{x}/{y}");
                assert_eq!(tile_of(id), Some(tile));
                assert!(seen.insert(id));
            }
        }
    }
    let deep = TileCoord::new(24, (1 << 24) - 1, 12_345).unwrap();
    let theirs = pmtiles::TileId::from(pmtiles::TileCoord::new(24, (1 << 24) - 1, 12_345).unwrap()).value();
    assert_eq!(tile_id(deep), theirs);
    assert_eq!(tile_of(theirs), Some(deep));
}

mod city {
    use super::super::*;
    use crate::{LayerDefinition, TileInput, TileLayer, encode};
    use std::collections::BTreeSet;
    use std::io::{self, Cursor, Read, Seek, SeekFrom, Write};
    use std::sync::Arc;
    use urbis_model::geometry::GeometryWriter;
    use urbis_model::{ColumnType, FeatureBatch, FeatureId, Field, GeometryKind, LayerKind, Schema, TileCoord, Value};

    /// SplitMix64.
    pub(super) struct Dice(pub(super) u64);

    impl Dice {
        pub(super) fn bits(&mut self) -> u64 {
            self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            mixed ^ (mixed >> 31)
        }

        fn between(&mut self, low: f64, high: f64) -> f64 {
            low + (high - low) * ((self.bits() >> 11) as f64 / (1u64 << 53) as f64)
        }
    }

    /// Houses, and a few lines that cross the whole town, in two layers. Houses east of a longitude are left out.
    pub(super) fn town(seed: u64, houses: u64, up_to_lon: f64) -> Vec<(TileLayer, FeatureBatch)> {
        let mut dice = Dice(seed);
        let schema = Arc::new(Schema::new(vec![Field { name: "height_m".into(), column_type: ColumnType::Float }]).unwrap());
        let mut batch = FeatureBatch::new(schema.clone());
        let mut lines = FeatureBatch::new(schema.clone());
        for number in 0..houses {
            let [x, y] = [dice.between(121.1, 121.2), dice.between(31.88, 31.93)];
            let (side, height) = (dice.between(0.00005, 0.0003), dice.between(3.0, 90.0));
            if x > up_to_lon {
                continue;
            }
            let ring = [[x, y], [x + side, y], [x + side, y + side], [x, y + side], [x, y]];
            push(&mut batch, number, GeometryKind::Polygon, &ring, height);
        }
        for number in 0..20 {
            let line = [[121.1, dice.between(31.88, 31.93)], [121.15, dice.between(31.88, 31.93)]];
            push(&mut lines, number, GeometryKind::LineString, &line, 1.0);
        }
        let layer = |name: &str, batch: FeatureBatch| {
            let definition = LayerDefinition::for_kind(LayerKind::Generic, &schema);
            (TileLayer::prepare(name.parse().unwrap(), &batch, definition), batch)
        };
        vec![layer("houses", batch), layer("lines", lines)]
    }

    fn push(batch: &mut FeatureBatch, number: u64, kind: GeometryKind, vertices: &[[f64; 2]], height: f64) {
        let id = FeatureId::new(number + 1).unwrap();
        let shape = |writer: &mut GeometryWriter<'_>| {
            writer.kind(kind);
            writer.part();
            writer.ring();
            vertices.iter().for_each(|vertex| writer.vertex(*vertex));
        };
        batch.push(id, shape, &[Value::Float(height)]).unwrap();
    }

    pub(super) fn about(zooms: std::ops::RangeInclusive<u8>) -> About<'static> {
        let bounds = urbis_model::Bounds { min: [121.1, 31.88], max: [121.2, 31.93] };
        About {
            zooms,
            bounds,
            metadata: &|totals| {
                format!("{{\"written\":{}}}", totals.layers.iter().map(|layer| layer.written).sum::<u64>()).into_bytes()
            },
        }
    }

    pub(super) fn inputs(town: &[(TileLayer, FeatureBatch)]) -> Vec<BuildInput<'_>> {
        town.iter().map(|(layer, features)| BuildInput { layer, features }).collect()
    }

    pub(super) fn built(town: &[(TileLayer, FeatureBatch)]) -> (Vec<u8>, Built) {
        let mut out = Cursor::new(Vec::new());
        let built = build(&inputs(town), &about(0..=15), &mut out, Cursor::new(Vec::new()), "town", &mut |_, _| {}).unwrap();
        let mut bytes = out.into_inner();
        bytes.truncate(built.bytes as usize);
        (bytes, built)
    }

    /// Every tile of the square around the town, encoded with all features as candidates.
    fn by_brute_force(town: &[(TileLayer, FeatureBatch)], zoom: u8) -> Vec<(TileCoord, Vec<u8>)> {
        let all: Vec<Vec<u32>> = town.iter().map(|layer| (0..layer.0.len() as u32).collect()).collect();
        let corner = |lonlat| TileCoord::at(urbis_model::mercator::mercator_from_lonlat(lonlat), zoom);
        let (from, to) = (corner([121.09, 31.94]), corner([121.21, 31.87]));
        let mut tiles = Vec::new();
        let last = (1u32 << zoom) - 1;
        // A tile more on each side: what is drawn in a tile's buffer counts.
        for x in from.x().saturating_sub(1)..=(to.x() + 1).min(last) {
            for y in from.y().saturating_sub(1)..=(to.y() + 1).min(last) {
                let tile = TileCoord::new(u32::from(zoom), u64::from(x), u64::from(y)).unwrap();
                let inputs: Vec<TileInput<'_>> = town
                    .iter()
                    .zip(&all)
                    .map(|((layer, features), candidates)| TileInput { layer, features, candidates })
                    .collect();
                tiles.push((tile, encode(tile, &inputs).bytes));
            }
        }
        tiles
    }

    #[test]
    fn an_archive_has_every_tile_that_brute_force_finds_and_no_other() {
        let town = town(1, 500, 121.2);
        let (bytes, built) = built(&town);
        let archive = Archive::open(bytes).unwrap();
        let mut found = 0;
        for zoom in 0..=15 {
            for (tile, expected) in by_brute_force(&town, zoom) {
                let packed = archive.tile(tile).unwrap();
                let tile_bytes = packed.map_or(Vec::new(), |packed| gunzip(&packed, 1 << 24, "tile").unwrap());
                assert!(tile_bytes == expected, "{tile:?}");
                found += u64::from(!expected.is_empty());
            }
        }
        assert_eq!((found, built.tiles), (found, found));
        let entries = archive.entries(1 << 20).unwrap();
        assert_eq!(entries.iter().map(|entry| u64::from(entry.run)).sum::<u64>(), found);
        // Clustered: first appearances lie behind one another.
        let mut end = 0;
        for entry in &entries {
            assert!(entry.offset <= end);
            end = end.max(entry.offset + u64::from(entry.length));
        }
        assert_eq!(end, archive.header().tiles.length);
        assert_eq!(
            archive.metadata().unwrap(),
            format!("{{\"written\":{}}}", built.totals.layers.iter().map(|layer| layer.written).sum::<u64>()).into_bytes()
        );
    }

    /// The reader of somebody else.
    #[test]
    fn the_pmtiles_crate_reads_the_same_tiles() {
        let town = town(2, 300, 121.2);
        let (bytes, _) = built(&town);
        let file = std::env::temp_dir().join(format!("urbis-archive-{}.pmtiles", std::process::id()));
        std::fs::write(&file, &bytes).unwrap();
        let ours = Archive::open(bytes).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let theirs = pmtiles::AsyncPmTilesReader::new_with_path(&file).await.unwrap();
            assert!(theirs.get_header().clustered());
            assert!(theirs.get_metadata().await.unwrap().contains("written"));
            for zoom in 0..=15 {
                for (tile, expected) in by_brute_force(&town, zoom) {
                    let coord = pmtiles::TileCoord::new(tile.z(), tile.x(), tile.y()).unwrap();
                    let packed = theirs.get_tile(coord).await.unwrap().map(|bytes| bytes.to_vec());
                    assert_eq!(packed, ours.tile(tile).unwrap());
                    let tile_bytes = theirs.get_tile_decompressed(coord).await.unwrap().unwrap_or_default();
                    assert!(tile_bytes == expected, "{tile:?}");
                }
            }
        });
        std::fs::remove_file(&file).unwrap();
    }

    /// A disk that fails after so many bytes, as a process that is killed.
    struct Failing {
        file: Cursor<Vec<u8>>,
        left: usize,
    }

    impl Read for Failing {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.file.read(buffer)
        }
    }

    impl Seek for Failing {
        fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
            self.file.seek(to)
        }
    }

    impl Write for Failing {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let taken = bytes.len().min(self.left);
            if taken == 0 && !bytes.is_empty() {
                return Err(io::Error::other("the disk is full"));
            }
            self.left -= taken;
            self.file.write(&bytes[..taken])
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// A build onto what earlier ones left, with room for so many more bytes.
    fn attempt(
        town: &[(TileLayer, FeatureBatch)],
        left_behind: &mut (Vec<u8>, Vec<u8>),
        room: usize,
        zooms: u8,
    ) -> Result<Built, ArchiveError> {
        let mut out = Failing { file: Cursor::new(std::mem::take(&mut left_behind.0)), left: room };
        let mut journal = Cursor::new(std::mem::take(&mut left_behind.1));
        let result = build(&inputs(town), &about(0..=zooms), &mut out, &mut journal, &format!("town to {zooms}"), &mut |_, _| {});
        *left_behind = (out.file.into_inner(), journal.into_inner());
        result
    }

    #[test]
    fn a_build_that_was_broken_off_goes_on_and_gives_the_same_bytes() {
        let town = town(3, 4000, 121.2);
        let mut whole_out = Cursor::new(Vec::new());
        let whole = build(&inputs(&town), &about(0..=17), &mut whole_out, Cursor::new(Vec::new()), "", &mut |_, _| {}).unwrap();
        let mut expected = whole_out.into_inner();
        expected.truncate(whole.bytes as usize);
        let mut resumed = 0;
        for (attempts, room) in [(40, 100_000), (4, 400_000)] {
            let mut left_behind = (Vec::new(), Vec::new());
            for nth in 0..=attempts {
                let room = if nth == attempts { usize::MAX } else { room };
                // Every other time the last bytes that were written are lost, and those before them torn.
                let out = &mut left_behind.0;
                if nth % 2 == 1 && out.len() > 20_000 {
                    out.truncate(out.len() - 3_000);
                    let last = out.len() - 1;
                    out[last] ^= 0xff;
                }
                if let Ok(done) = attempt(&town, &mut left_behind, room, 17) {
                    resumed = resumed.max(done.resumed_tiles);
                    left_behind.0.truncate(done.bytes as usize);
                    assert!(left_behind.0 == expected, "the resumed archive is another one");
                    assert_eq!(done.totals, whole.totals);
                    break;
                }
                assert!(nth < attempts, "the last attempt has room enough");
            }
        }
        assert!(resumed > 0, "nothing was ever taken over");
        // Another question does not take over the answers of this one.
        let mut left_behind = (Vec::new(), Vec::new());
        assert!(attempt(&town, &mut left_behind, 300_000, 17).is_err());
        assert_eq!(attempt(&town, &mut left_behind, usize::MAX, 16).unwrap().resumed_tiles, 0);
    }

    /// Two revisions of a city have fingerprints of equal length: what was done for one must not count for the other.
    #[test]
    fn nothing_is_taken_over_of_another_question_of_equal_length() {
        let (before, after) = (town(8, 900, 121.17), town(8, 900, 121.19));
        let (today, _) = built(&after);
        let (mut out, mut journal) = (Cursor::new(Vec::new()), Cursor::new(Vec::new()));
        let mut go = |town: &[(TileLayer, FeatureBatch)], room: usize, fingerprint: &str| {
            let mut failing = Failing { file: std::mem::take(&mut out), left: room };
            let built = build(&inputs(town), &about(0..=15), &mut failing, &mut journal, fingerprint, &mut |_, _| {});
            out = failing.file;
            (built, out.get_ref().clone())
        };
        assert!(go(&before, 60_000, "rev 1").0.is_err());
        // Broken off again before anything of it is in the archive: the journal has a new head and the old records, if at all.
        assert!(go(&after, 0, "rev 2").0.is_err());
        let (done, mut bytes) = go(&after, usize::MAX, "rev 2");
        let done = done.unwrap();
        assert_eq!(done.resumed_tiles, 0);
        bytes.truncate(done.bytes as usize);
        assert!(bytes == today, "tiles of another revision were taken over");
    }

    #[test]
    fn base_and_patch_are_what_a_build_of_today_gives() {
        let (before, after) = (town(4, 900, 121.17), town(4, 900, 121.18));
        for (old, new) in [(&before, &after), (&after, &before)] {
            let (base, _) = built(old);
            let (today, _) = built(new);
            let all = {
                let base = Stack::new(vec![Archive::open(base.clone()).unwrap()]).unwrap();
                let mut out = Cursor::new(Vec::new());
                let done = patch(&base, &inputs(new), &about(0..=15), &mut out, &mut |_, _| {}).unwrap();
                assert!(done.changed > 0 && done.built.bytes < base.newest().header().tiles.length);
                let mut bytes = out.into_inner();
                bytes.truncate(done.built.bytes as usize);
                bytes
            };
            let stack = Stack::new(vec![Archive::open(base.clone()).unwrap(), Archive::open(all).unwrap()]).unwrap();
            let today_archive = Archive::open(today.clone()).unwrap();
            let ids: BTreeSet<u64> = [&base, &today]
                .iter()
                .flat_map(|bytes| Archive::open((*bytes).clone()).unwrap().entries(1 << 20).unwrap())
                .flat_map(|entry| entry.id..entry.id + u64::from(entry.run))
                .collect();
            for id in ids {
                let tile = tile_of(id).unwrap();
                assert!(stack.tile(tile).unwrap() == today_archive.tile(tile).unwrap(), "{tile:?}");
            }
            let metadata = today_archive.metadata().unwrap();
            let joined_about = About { metadata: &|_| metadata.clone(), ..about(0..=15) };
            let mut out = Cursor::new(Vec::new());
            let joined = join(&stack, &joined_about, &mut out, &mut |_, _| {}).unwrap();
            let mut bytes = out.into_inner();
            bytes.truncate(joined.bytes as usize);
            assert!(bytes == today, "base and patch joined are another archive than one built today");
        }
    }

    #[test]
    fn what_is_cut_short_or_damaged_is_said_and_never_panics() {
        let (bytes, _) = built(&town(5, 300, 121.2));
        let tile = TileCoord::new(0, 0, 0).unwrap();
        for end in [0, 3, 100, 126, 127, 500, 16_383, 16_384, bytes.len() / 2, bytes.len() - 1] {
            let error = Archive::open(bytes[..end].to_vec()).expect_err("it is cut short").to_string();
            assert!(error.contains("cut short") || error.contains("no PMTiles"), "{end}: {error}");
        }
        let mut dice = Dice(6);
        for _ in 0..2_000 {
            let mut damaged = bytes.clone();
            for _ in 0..1 + dice.bits() % 4 {
                let reach = if dice.bits().is_multiple_of(2) { 127 } else { 2_000 };
                let at = (dice.bits() % reach) as usize;
                damaged[at] = dice.bits() as u8;
            }
            if let Ok(archive) = Archive::open(damaged) {
                let _ = (archive.tile(tile), archive.metadata(), archive.entries(1 << 20).map(|entries| entries.len()));
            }
        }
    }
}

#[test]
fn a_directory_of_any_size_is_read_back() {
    for count in [0u64, 1, 5, 4_097, 300_000] {
        let mut dice = city::Dice(count);
        let (mut id, mut offset) = (0, 0);
        let entries: Vec<directory::Entry> = (0..count)
            .map(|_| {
                id += 1 + dice.bits() % 3;
                let entry = directory::Entry { id, offset, length: 1 + (dice.bits() % 5_000) as u32, run: 1 };
                offset += u64::from(entry.length);
                entry
            })
            .collect();
        let read = directory::read(&directory::write(&entries).unwrap(), "directory");
        if entries.len() <= directory::MAX_ENTRIES {
            assert_eq!(read.unwrap(), entries);
        } else {
            assert!(read.expect_err("it is too large").to_string().contains("more than"));
        }
        let packed = directory::pack(&entries).unwrap();
        assert!(packed.root.len() + header::HEADER_BYTES <= header::INITIAL_BYTES);
        assert!(if count < 4_097 { packed.leaves.is_empty() } else { count < 300_000 || !packed.leaves.is_empty() });
    }
}

/// Fewer entries than a leaf has, but too long for the root: deep tiles far apart.
#[test]
fn a_few_entries_that_do_not_fit_the_root_get_a_leaf() {
    let mut dice = city::Dice(9);
    let mut id = 0;
    let entries: Vec<directory::Entry> = (0..2_000)
        .map(|_| {
            id += 1 + dice.bits() % (1 << 38);
            directory::Entry { id, offset: dice.bits() % (1 << 40), length: 1 + (dice.bits() % (1 << 22)) as u32, run: 1 }
        })
        .collect();
    let packed = directory::pack(&entries).unwrap();
    let leaf = gunzip(&packed.leaves, 1 << 20, "leaf").unwrap();
    assert_eq!(directory::read(&leaf, "leaf").unwrap(), entries);
}

/// An archive of these directories, none packed: the first is the root.
fn archive_of(directories: &[Vec<directory::Entry>]) -> Archive<Vec<u8>> {
    let written: Vec<Vec<u8>> = directories.iter().map(|entries| directory::write(entries).unwrap()).collect();
    let leaves_at = (header::HEADER_BYTES + written[0].len()) as u64;
    let leaves = written[1..].concat();
    let header = header::Header {
        root: header::Section { offset: header::HEADER_BYTES as u64, length: written[0].len() as u64 },
        metadata: header::Section { offset: 0, length: 0 },
        leaves: header::Section { offset: leaves_at, length: leaves.len() as u64 },
        tiles: header::Section { offset: 0, length: 100 },
        addressed_tiles: 0,
        tile_entries: 0,
        tile_contents: 0,
        clustered: false,
        internal_packing: header::Packing::None,
        tile_packing: header::Packing::None,
        tile_type: 1,
        min_zoom: 0,
        max_zoom: 14,
        bounds: urbis_model::Bounds { min: [0.0; 2], max: [1.0; 2] },
        center_zoom: 0,
        center_deg: [0.0; 2],
    };
    Archive::open([&header.to_bytes()[..], &written[0], &leaves].concat()).unwrap()
}

#[test]
fn leaves_that_lead_nowhere_are_refused() {
    let pointer = |id, offset, length| directory::Entry { id, offset, length, run: 0 };
    let tile = |id| directory::Entry { id, offset: 0, length: 1, run: 1 };
    let leaf = vec![tile(5), tile(6)];
    let bytes = directory::write(&leaf).unwrap().len() as u32;
    let good = archive_of(&[vec![tile(1), pointer(5, 0, bytes)], leaf.clone()]);
    assert_eq!(good.entries(3).unwrap(), [tile(1), tile(5), tile(6)]);
    assert!(matches!(good.entries(2), Err(ArchiveError::TooManyTiles { entries: 2 })));
    assert!(good.tile_by_id(6).unwrap().is_some());
    // An empty leaf, pointed at a thousand times from each level: 10^9 leaves in some kilobytes.
    let empty = directory::write(&[]).unwrap();
    let many: Vec<_> = (0..1_000).map(|id| pointer(id, 0, empty.len() as u32)).collect();
    for directories in [vec![many, Vec::new()], vec![vec![pointer(4, 0, bytes), pointer(5, 0, bytes)], leaf]] {
        let archive = archive_of(&directories);
        let error = archive.entries(1 << 20).expect_err("a leaf is not what its pointer says").to_string();
        assert!(error.contains("another tile, or is empty"), "{error}");
        assert!(archive.tile_by_id(4).is_err());
    }
    // A leaf that points at itself.
    let itself = vec![pointer(3, 0, 6)];
    let length = directory::write(&itself).unwrap().len() as u32;
    let itself = vec![pointer(3, 0, length)];
    let error = archive_of(&[itself.clone(), itself]).entries(1 << 20).expect_err("it has no end").to_string();
    assert!(error.contains("deep"), "{error}");
}

#[test]
fn tiles_out_of_order_are_not_written() {
    let entry = |id, run| directory::Entry { id, offset: 0, length: 1, run };
    assert!(directory::write(&[entry(5, 2), entry(7, 1)]).is_ok());
    for entries in
        [[entry(7, 1), entry(5, 1)], [entry(5, 1), entry(5, 1)], [entry(5, 3), entry(7, 1)], [entry(5, 0), entry(5, 0)]]
    {
        assert!(matches!(directory::pack(&entries), Err(ArchiveError::Unordered { .. })), "{entries:?}");
    }
}

#[test]
fn a_directory_that_lies_is_refused() {
    for (bytes, reason) in [
        (vec![0xff; 3], "cut short"),
        (vec![0xff, 0xff, 0xff, 0xff, 0x0f, 1, 1, 1], "can't fit"),
        (vec![1, 5, 1, 0, 1], "no bytes"),
        (vec![1, 5, 1, 7, 0], "behind nothing"),
        (vec![2, 5, 0, 1, 1, 7, 7, 1, 0], "twice"),
        (vec![2, 5, 1, 9, 1, 7, 7, 1, 0], "overlap"),
        ([&[1, 5, 1, 7][..], &[0xff; 9], &[1]].concat(), "2^64"),
    ] {
        let error = directory::read(&bytes, "directory").expect_err(reason).to_string();
        assert!(error.contains(reason), "{error}");
    }
}

#[test]
fn gzip_that_lies_about_its_size_is_refused() {
    let packed = gzip(&[7; 100_000]);
    assert_eq!(gunzip(&packed, 100_000, "tile").unwrap(), [7; 100_000]);
    assert!(gunzip(&packed, 99_999, "tile").is_err());
    for stated in [0u32, 99_999, 100_001, u32::MAX] {
        let mut lying = packed.clone();
        let end = lying.len() - 4;
        lying[end..].copy_from_slice(&stated.to_le_bytes());
        assert!(gunzip(&lying, usize::MAX, "tile").is_err(), "{stated}");
    }
    assert!(gunzip(&packed[..packed.len() - 9], 100_000, "tile").is_err());
    assert!(gunzip(&[], 10, "tile").is_err());
}
