//! A dynamic tree over positions that move: vehicles, and features changed since the last snapshot.

use rstar::{AABB, RTree, primitives::GeomWithData};
use std::{collections::HashMap, hash::Hash};
use urbis_model::{Bounds, LonLat};

type Item<K> = GeomWithData<[f64; 2], K>;

/// Where each of some moving things is now. Each operation is O(log n) on average.
///
/// ```
/// use urbis_index::MovingIndex;
/// use urbis_model::{Bounds, LonLat};
/// let mut vans = MovingIndex::default();
/// vans.place("van 7", LonLat::from_degrees(121.1, 31.9).unwrap());
/// vans.place("van 7", LonLat::from_degrees(121.2, 31.9).unwrap());
/// let mut found = Vec::new();
/// vans.window(&Bounds { min: [121.15, 31.8], max: [121.3, 32.0] }, &mut |van| found.push(*van));
/// assert_eq!(found, ["van 7"]);
/// ```
#[derive(Debug)]
pub struct MovingIndex<K: PartialEq> {
    tree: RTree<Item<K>>,
    places: HashMap<K, LonLat>,
}

impl<K: PartialEq> Default for MovingIndex<K> {
    fn default() -> Self {
        Self { tree: RTree::new(), places: HashMap::new() }
    }
}

impl<K: Copy + Eq + Hash> MovingIndex<K> {
    /// Puts a thing where it is now; gives where it was.
    pub fn place(&mut self, key: K, position: LonLat) -> Option<LonLat> {
        let before = self.remove(key);
        self.tree.insert(Item::new(position.to_degrees(), key));
        self.places.insert(key, position);
        before
    }

    /// Takes a thing away; gives where it was.
    pub fn remove(&mut self, key: K) -> Option<LonLat> {
        let before = self.places.remove(&key)?;
        self.tree.remove(&Item::new(before.to_degrees(), key));
        Some(before)
    }

    /// Where a thing is.
    pub fn position(&self, key: K) -> Option<LonLat> {
        self.places.get(&key).copied()
    }

    /// Number of things.
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// Visits everything in the window, edges included, in no order.
    pub fn window(&self, window: &Bounds, on: &mut impl FnMut(&K)) {
        if !window.is_empty() {
            self.tree.locate_in_envelope(AABB::from_corners(window.min, window.max)).for_each(|item| on(&item.data));
        }
    }
}

#[cfg(test)]
mod tests;
