//! Index files of others: what is opened answers without a panic and names only items that it has.

use std::{ops::ControlFlow, sync::Arc};
use urbis_index::{Grade, PackedRtree};
use urbis_model::Bounds;

/// Words, aligned as a mapped file is.
struct Words {
    words: Vec<u64>,
    len: usize,
}

impl AsRef<[u8]> for Words {
    fn as_ref(&self) -> &[u8] {
        &bytemuck::cast_slice(&self.words)[..self.len]
    }
}

/// The room lets a fuzzer past its checksums; structure and positions are then all that is left to be checked.
pub fn buffer(bytes: &[u8]) {
    let mut words = vec![0u64; bytes.len().div_ceil(8)];
    bytemuck::cast_slice_mut::<u64, u8>(&mut words)[..bytes.len()].copy_from_slice(bytes);
    let Ok(tree) = PackedRtree::from_bytes(Arc::new(Words { words, len: bytes.len() })) else { return };
    assert!(tree.len() * 8 <= bytes.len(), "{} items out of {} bytes", tree.len(), bytes.len());
    let is_item = |position: u32| assert!((position as usize) < tree.len(), "{position} of {}", tree.len());
    let everything = Bounds { min: [f64::NEG_INFINITY; 2], max: [f64::INFINITY; 2] };
    let found: Vec<u32> = tree.in_window(&everything).collect();
    assert!(found.len() <= tree.len());
    found.into_iter().for_each(is_item);
    tree.visit_graded(|one| if one.min[0] < 0.0 { Grade::Inside } else { Grade::Partly }, &mut |position, _| is_item(position));
    let _ = tree.nearest(
        |one| one.min[0].abs(),
        |position| Some(f64::from(position)),
        |position, _| {
            is_item(position);
            ControlFlow::<()>::Continue(())
        },
    );
    let mut near = Vec::new();
    tree.nearest_k_planar(3, [1.0, 2.0], |_| Bounds { min: [0.0; 2], max: [0.0; 2] }, &mut near);
    near.iter().for_each(|near| is_item(near.position));
    tree.join(
        &tree,
        [0.0; 2],
        || (),
        |(), one, other| {
            is_item(one);
            is_item(other);
            ControlFlow::Continue(())
        },
    );
    assert!(tree.verify().is_ok() && tree.damage().is_ok());
}
