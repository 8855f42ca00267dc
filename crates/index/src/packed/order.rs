//! The order of the items in the tree.
//!
//! Along the Hilbert curve (Kamel & Faloutsos 1993).

use super::{build::PARALLEL_ITEMS, hilbert::Raster};
use rayon::prelude::*;
use urbis_model::Bounds;

/// Buckets of the first pass, by the key's upper bits.
const BUCKET_BITS: u32 = 10;

/// Fills in the positions of all boxes in the order of the tree. The same boxes give the same order.
pub(super) fn fill(positions: &mut [u32], bounds: &[Bounds], extent: &Bounds) {
    let raster = Raster::over(extent);
    let key = |(position, one): (usize, &Bounds)| u64::from(raster.key(one)) << 32 | position as u64;
    if bounds.len() < PARALLEL_ITEMS {
        let mut keys: Vec<u64> = bounds.iter().enumerate().map(key).collect();
        keys.sort_unstable();
        positions.iter_mut().zip(keys).for_each(|(position, key)| *position = key as u32);
        return;
    }
    // 1. Keys, and how many of each piece of them go to each bucket.
    let keys: Vec<u64> = bounds.par_iter().enumerate().map(key).collect();
    let pieces = rayon::current_num_threads();
    let piece_len = keys.len().div_ceil(pieces);
    let bucket_of = |key: u64| (key >> (64 - BUCKET_BITS)) as usize;
    let counts: Vec<Vec<usize>> = keys
        .par_chunks(piece_len)
        .map(|piece| {
            let mut counts = vec![0; 1 << BUCKET_BITS];
            piece.iter().for_each(|&key| counts[bucket_of(key)] += 1);
            counts
        })
        .collect();
    // 2. Each piece is dealt out, in its order, into its own part of each bucket.
    let mut dealt = vec![0u64; keys.len()];
    let mut parts: Vec<Vec<std::slice::IterMut<'_, u64>>> = counts.iter().map(|_| Vec::with_capacity(1 << BUCKET_BITS)).collect();
    let mut rest = &mut dealt[..];
    for bucket in 0..1 << BUCKET_BITS {
        for (piece, counts) in counts.iter().enumerate() {
            let (part, behind) = rest.split_at_mut(counts[bucket]);
            parts[piece].push(part.iter_mut());
            rest = behind;
        }
    }
    keys.par_chunks(piece_len).zip(parts).for_each(|(piece, mut parts)| {
        for &key in piece {
            *parts[bucket_of(key)].next().expect("as many as were counted") = key;
        }
    });
    // 3. Each bucket is sorted by itself.
    let mut buckets = Vec::with_capacity(1 << BUCKET_BITS);
    let (mut rest, mut rest_positions) = (&mut dealt[..], positions);
    for bucket in 0..1 << BUCKET_BITS {
        let len = counts.iter().map(|counts| counts[bucket]).sum();
        let (keys, behind) = rest.split_at_mut(len);
        let (positions, behind_positions) = rest_positions.split_at_mut(len);
        buckets.push((keys, positions));
        (rest, rest_positions) = (behind, behind_positions);
    }
    buckets.into_par_iter().for_each(|(keys, positions)| {
        if keys.len() >= PARALLEL_ITEMS {
            keys.par_sort_unstable();
        } else {
            keys.sort_unstable();
        }
        positions.iter_mut().zip(keys).for_each(|(position, key)| *position = *key as u32);
    });
}
