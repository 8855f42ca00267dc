use super::{BLOCK_RECORDS, KeptIds};
use crate::beside::folder_of;
use urbis_sorted::Sorter;

/// Every key gives its ids once, the least first, over many blocks and runs of equal keys longer than a block.
#[test]
fn a_key_gives_its_ids_once_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("city.gpkg");
    for count in [0, 1, BLOCK_RECORDS - 1, BLOCK_RECORDS, BLOCK_RECORDS + 1, 5_000] {
        let mut kept = KeptIds::none();
        let mut sorter = Sorter::with_runs_of(folder_of(&path), 300).unwrap();
        let key_of = |id: u64| if id.is_multiple_of(3) { "again".to_owned() } else { format!("key {id}") };
        // The least id comes last: order must come from sorting.
        for id in (1..=count).rev() {
            let [first, second] = kept.hash(&key_of(id));
            sorter.push([first, second, id]).unwrap();
        }
        kept.fill(sorter, &path).unwrap();
        for id in 1..=count {
            assert_eq!(kept.claim("never seen").unwrap(), None);
            assert_eq!(kept.claim(&key_of(id)).unwrap(), Some(id), "of {count}");
        }
        for id in 1..=count {
            assert_eq!(kept.claim(&key_of(id)).unwrap(), None, "taken, of {count}");
        }
    }
}
