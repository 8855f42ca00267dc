use super::Sorter;

/// A sequence without order in it (splitmix64).
fn scattered(position: u64) -> u64 {
    let mut word = position.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    word ^ (word >> 27)
}

#[test]
fn records_come_back_in_order_however_many_runs_they_take() {
    let folder = tempfile::tempdir().unwrap();
    for count in [0, 1, 6, 7, 8, 14, 15, 1_000, 20_000] {
        for run_records in [7, 5_000, 1 << 20] {
            let mut sorter = Sorter::with_runs_of(folder.path(), run_records).unwrap();
            let mut expected: Vec<[u64; 3]> = (0..count).map(|n| [scattered(n) % 50, scattered(n + 7), n]).collect();
            expected.iter().for_each(|record| sorter.push(*record).unwrap());
            assert_eq!(sorter.len(), count);
            assert!(sorter.held.len() <= run_records);
            expected.sort_unstable();
            let mut sorted = sorter.sorted().unwrap();
            let found: Vec<_> = std::iter::from_fn(|| sorted.next().unwrap()).collect();
            assert_eq!(found, expected, "{count} records in runs of {run_records}");
        }
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "the files have no names");
}
