//! The items in the order of the tree: along the Hilbert curve (Kamel & Faloutsos 1993).
//!
//! Dealt into 256 buckets by the key's upper bits, together with their boxes, so that all that follows stays in a core's cache;
//! each bucket is then sorted by the bits left, eight at a time (radix sort; Knuth, TAOCP 3, section 5.2.5).

use super::{
    build::PARALLEL_ITEMS,
    raster::{Raster, RasterBox},
};
use bytemuck::Zeroable;
use rayon::prelude::*;
use urbis_model::Bounds;

const DIGITS: usize = 256;

/// Below this many items a bucket is sorted by comparison.
const RADIX_ITEMS: usize = 256;

/// An item on its way to its place.
#[derive(Clone, Copy, Zeroable)]
struct Item {
    key: u32,
    position: u32,
    on_raster: RasterBox,
}

/// The positions of all boxes and the boxes on the raster, in the order of the tree, into two slices as long as the boxes. The same
/// boxes give the same order, whatever the number of threads: by key, then by position.
pub(super) fn fill(positions: &mut [u32], on_raster: &mut [RasterBox], bounds: &[Bounds], raster: &Raster) {
    if bounds.len() < PARALLEL_ITEMS {
        let key = |(position, one): (usize, &Bounds)| u64::from(raster.along(&raster.around(one))) << 32 | position as u64;
        let mut keys: Vec<u64> = bounds.iter().enumerate().map(key).collect();
        keys.sort_unstable();
        for ((position, one), key) in positions.iter_mut().zip(on_raster).zip(keys) {
            *position = key as u32;
            *one = raster.around(&bounds[key as u32 as usize]);
        }
        return;
    }
    // 1. Keys, and how many of each piece of them go to each bucket.
    let piece_len = bounds.len().div_ceil(rayon::current_num_threads());
    let mut keys = vec![0u32; bounds.len()];
    let counts: Vec<[u32; DIGITS]> = keys
        .par_chunks_mut(piece_len)
        .zip(bounds.par_chunks(piece_len))
        .map(|(keys, bounds)| {
            let mut counts = [0; DIGITS];
            for (key, one) in keys.iter_mut().zip(bounds) {
                *key = raster.along(&raster.around(one));
                counts[(*key >> 24) as usize] += 1;
            }
            counts
        })
        .collect();
    // 2. Each piece is dealt out, in its order, into its own part of each bucket.
    // Zeroed by the system as it is first touched, by all threads.
    let mut dealt: Vec<Item> = bytemuck::zeroed_vec(bounds.len());
    let mut parts: Vec<Vec<std::slice::IterMut<'_, Item>>> = counts.iter().map(|_| Vec::with_capacity(DIGITS)).collect();
    let mut rest = &mut dealt[..];
    for bucket in 0..DIGITS {
        for (parts, counts) in parts.iter_mut().zip(&counts) {
            let (part, behind) = rest.split_at_mut(counts[bucket] as usize);
            parts.push(part.iter_mut());
            rest = behind;
        }
    }
    let pieces = keys.par_chunks(piece_len).zip(bounds.par_chunks(piece_len)).zip(parts).enumerate();
    pieces.for_each(|(piece, ((keys, bounds), mut parts))| {
        for (at, (&key, one)) in keys.iter().zip(bounds).enumerate() {
            let place = parts[(key >> 24) as usize].next().expect("as many as were counted");
            *place = Item { key, position: (piece * piece_len + at) as u32, on_raster: raster.around(one) };
        }
    });
    // 3. Each bucket is sorted by itself.
    let mut buckets = Vec::with_capacity(DIGITS);
    let (mut rest, mut rest_positions, mut rest_boxes) = (&dealt[..], positions, on_raster);
    for bucket in 0..DIGITS {
        let len = counts.iter().map(|counts| counts[bucket] as usize).sum();
        let (items, positions, on_raster);
        (items, rest) = rest.split_at(len);
        (positions, rest_positions) = rest_positions.split_at_mut(len);
        (on_raster, rest_boxes) = rest_boxes.split_at_mut(len);
        buckets.push((items, positions, on_raster));
    }
    buckets.into_par_iter().for_each_init(Default::default, |room, (items, positions, on_raster)| {
        let order = sorted(items, room);
        for ((position, one), key) in positions.iter_mut().zip(on_raster).zip(order) {
            let item = &items[*key as u32 as usize];
            (*position, *one) = (item.position, item.on_raster);
        }
    });
}

/// The places of a bucket's items in the order of their keys, in the lower halves; items of one key stay as they are.
fn sorted<'a>(items: &[Item], (keys, other): &'a mut (Vec<u64>, Vec<u64>)) -> &'a [u64] {
    keys.clear();
    keys.extend(items.iter().zip(0u64..).map(|(item, place)| u64::from(item.key) << 32 | place));
    if items.len() < RADIX_ITEMS {
        keys.sort_unstable();
        return keys;
    }
    other.clear();
    other.resize(keys.len(), 0);
    // The highest digit is the bucket's.
    for shift in [32, 40, 48] {
        let digit = |key: u64| (key >> shift) as usize % DIGITS;
        let mut ends = [0u32; DIGITS];
        keys.iter().for_each(|&key| ends[digit(key)] += 1);
        let mut next = 0;
        for end in &mut ends {
            next += std::mem::replace(end, next);
        }
        for &key in keys.iter() {
            let place = &mut ends[digit(key)];
            other[*place as usize] = key;
            *place += 1;
        }
        std::mem::swap(keys, other);
    }
    keys
}
