//! The buffer as a file: the same answers, and damage of every kind told by name.

use super::{super::PackedRtree, IndexDamage, PAGE_BYTES};
use crate::FileError;
use std::sync::Arc;
use urbis_model::Bounds;

/// Boxes on a diagonal, each 1° wide and 0.5° apart.
fn diagonal(count: usize) -> Vec<Bounds> {
    (0..count).map(|at| at as f64 * 0.5).map(|at| Bounds { min: [at, at], max: [at + 1.0, at + 1.0] }).collect()
}

fn opened(bytes: &[u8]) -> Result<PackedRtree, IndexDamage> {
    // Words, so that the bytes are aligned as a mapping's are.
    let mut words = vec![0u64; bytes.len().div_ceil(8)];
    bytemuck::cast_slice_mut::<u64, u8>(&mut words)[..bytes.len()].copy_from_slice(bytes);
    struct Words(Vec<u64>, usize);
    impl AsRef<[u8]> for Words {
        fn as_ref(&self) -> &[u8] {
            &bytemuck::cast_slice(&self.0)[..self.1]
        }
    }
    PackedRtree::from_bytes(Arc::new(Words(words, bytes.len())))
}

fn everything(tree: &PackedRtree) -> Vec<u32> {
    let mut found: Vec<u32> = tree.in_window(&Bounds { min: [-1e9; 2], max: [1e9; 2] }).collect();
    found.sort_unstable();
    found
}

#[test]
fn a_tree_comes_back_from_its_bytes() {
    for count in [0, 1, 2, 15, 16, 17, 256, 257, 5_000, 70_000] {
        let tree = PackedRtree::build_tagged(&diagonal(count), 42);
        let again = opened(tree.as_ref()).unwrap();
        assert_eq!((again.len(), again.extent(), again.tag()), (count, tree.extent(), 42));
        assert_eq!(everything(&again), (0..count as u32).collect::<Vec<_>>());
        let window = Bounds { min: [3.0; 2], max: [20.0; 2] };
        assert_eq!(again.in_window(&window).collect::<Vec<_>>(), tree.in_window(&window).collect::<Vec<_>>());
        assert_eq!((again.damage(), again.verify()), (Ok(()), Ok(())));
        assert!(tree.as_ref().len() <= 9 * count + 1024, "{count}: {} bytes", tree.as_ref().len());
    }
}

#[test]
fn the_same_boxes_give_the_same_bytes() {
    let boxes = diagonal(70_000);
    let [one, other] = [1, 3].map(|threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| PackedRtree::build(&boxes))
    });
    assert!(one.as_ref() == other.as_ref(), "the build depends on the number of threads");
}

#[test]
fn every_changed_byte_is_told_or_changes_nothing() {
    let whole = PackedRtree::build(&diagonal(600));
    for at in 0..whole.as_ref().len() {
        let mut bytes = whole.as_ref().to_vec();
        bytes[at] ^= 0x10;
        let told = opened(&bytes).map(|tree| (everything(&tree), tree.damage(), tree.verify()));
        match told {
            Err(_) => {}
            Ok((_, damage, verified)) => {
                let page = (at / PAGE_BYTES) as u32;
                assert_eq!(verified, Err(IndexDamage::Page { page }), "byte {at}");
                // A question that touches every page finds it by itself.
                assert_eq!(damage, Err(IndexDamage::Page { page }), "byte {at}");
            }
        }
    }
}

#[test]
fn what_is_no_index_says_why() {
    let whole = PackedRtree::build(&diagonal(600)).as_ref().to_vec();
    for len in 0..whole.len() {
        assert!(opened(&whole[..len]).is_err(), "cut to {len}");
    }
    let mut longer = whole.clone();
    longer.push(0);
    assert!(matches!(opened(&longer), Err(IndexDamage::Length { .. })));
    assert_eq!(opened(b"").unwrap_err(), IndexDamage::Foreign);
    assert_eq!(opened(&[7; 4096]).unwrap_err(), IndexDamage::Foreign);
    let changed = |at: usize, bytes: &[u8]| {
        let mut changed = whole.clone();
        changed[at..at + bytes.len()].copy_from_slice(bytes);
        opened(&changed).unwrap_err()
    };
    assert_eq!(changed(8, &0x0102_0304u32.swap_bytes().to_ne_bytes()), IndexDamage::ByteOrder);
    assert_eq!(changed(12, &9u32.to_ne_bytes()), IndexDamage::Version { found: 9 });
    assert_eq!(changed(24, &u64::MAX.to_ne_bytes()), IndexDamage::Header, "a count that no file could hold");
}

/// Found by the fuzzer: boxes in the places behind a node's last child led to a node that there is none of.
#[test]
fn boxes_where_no_child_is_lead_nowhere() {
    for count in [1, 17, 40, 300, 5_000] {
        for fill in [0x00, 0x42, 0xFF] {
            let mut bytes = PackedRtree::build(&diagonal(count)).as_ref().to_vec();
            let boxes = 256..bytes.len() - 128;
            bytes[boxes].fill(fill);
            let tree = opened(&bytes).unwrap();
            assert!(everything(&tree).iter().all(|position| (*position as usize) < count));
            let near = &mut Vec::new();
            tree.nearest_k(9, |_| 0.0, |position| Some(f64::from(position)), near);
            tree.nearest_k_planar(9, [0.0; 2], |_| Bounds { min: [0.0; 2], max: [0.0; 2] }, near);
            let _ = tree.nearest(|_| 0.0, |_| Some(1.0), |_, _| std::ops::ControlFlow::<()>::Continue(()));
            tree.visit_graded(|_| crate::Grade::Inside, &mut |position, _| assert!((position as usize) < count));
            tree.visit_graded(|_| crate::Grade::Partly, &mut |position, _| assert!((position as usize) < count));
            if count <= 300 {
                tree.join(&tree, [0.0; 2], || (), |(), _, _| std::ops::ControlFlow::Continue(()));
            }
            assert!(tree.damage().is_err(), "{count} boxes over {fill:#x}");
        }
    }
}

#[test]
fn a_file_is_opened_by_its_tag_and_replaced_whole() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("layer.rtree");
    let tree = PackedRtree::build_tagged(&diagonal(10_000), 1);
    tree.write_to(&path).unwrap();
    let mapped = PackedRtree::open(&path, 1).unwrap();
    assert_eq!(everything(&mapped).len(), 10_000);
    assert!(matches!(
        PackedRtree::open(&path, 2),
        Err(FileError::Damage { source: IndexDamage::Tag { found: 1, expected: 2 }, .. })
    ));
    // Who has the former file mapped keeps it.
    PackedRtree::build_tagged(&diagonal(3), 2).write_to(&path).unwrap();
    assert_eq!((everything(&mapped).len(), mapped.verify()), (10_000, Ok(())));
    assert_eq!(PackedRtree::open(&path, 2).unwrap().len(), 3);
    std::fs::write(&path, b"").unwrap();
    assert!(matches!(PackedRtree::open(&path, 2), Err(FileError::Damage { source: IndexDamage::Foreign, .. })));
    assert!(matches!(PackedRtree::open(&folder.path().join("none"), 2), Err(FileError::Io { .. })));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside");
}
