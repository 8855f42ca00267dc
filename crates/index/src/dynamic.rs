//! Boxes that come, change and go, under questions that never wait.
//!
//! A [`Snapshot`] is a few packed trees ("runs"), the largest first, each with tombstones for what was taken out since it was built
//! (the logarithmic method of Bentley & Saxe 1980). A batch of changes becomes a small run; small runs are merged where
//! their sizes have come near each other; large ones by [`DynamicRtree::merge`], which a thread of the caller's runs. Readers
//! take the current snapshot without a lock and keep it for as long as they like; writers put a new one in its place.
//!
//! ```text
//! runs     [ 1,000,000 boxes ............. ] [ 20,000 .. ] [ 3,000 ] [ 500 ]
//! removed    ^    ^          ^                    ^            (bits, shared between snapshots until one changes)
//! ```

#[path = "dynamic/outer.rs"]
mod outer;

use super::sync::{Current, Mutex};
use crate::{Near, PackedRtree};
use outer::OuterBox;
use std::{
    collections::{BTreeMap, HashMap},
    ops::ControlFlow,
    sync::Arc,
};
use urbis_model::Bounds;

/// Runs below this many boxes are merged by the writer itself, in a millisecond or so.
pub(crate) use super::sync::SEALED_ITEMS;

/// A run is merged with the one before it unless that is more than this many times larger.
const GROWTH: usize = 4;

/// A change of one item. An id is the caller's: a feature's position, or a number that it gave out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Change {
    /// The item now has this box, whether it was there before or not.
    Put(u32, Bounds),
    /// The item is gone; nothing happens if it was not there.
    Remove(u32),
}

/// A packed tree, the ids of its items, and which of them were taken out since.
#[derive(Clone, Debug)]
struct Run {
    built: Arc<Built>,
    removed: Arc<Vec<u64>>,
    live: usize,
}

/// What of a run never changes.
#[derive(Debug)]
struct Built {
    serial: u32,
    tree: PackedRtree,
    ids: Vec<u32>,
    /// The boxes by place: the tree's own grow with every tree that they go through.
    boxes: Vec<OuterBox>,
}

impl Run {
    fn new(serial: u32, items: Vec<(u32, Bounds)>) -> Self {
        let (ids, boxes): (Vec<u32>, Vec<Bounds>) = items.into_iter().unzip();
        let removed = Arc::new(vec![0; ids.len().div_ceil(64)]);
        let tree = PackedRtree::build(&boxes);
        let boxes = boxes.iter().map(OuterBox::around).collect();
        Self { live: ids.len(), removed, built: Arc::new(Built { serial, tree, ids, boxes }) }
    }

    #[inline]
    fn is_live(&self, place: u32) -> bool {
        self.removed[place as usize / 64] >> (place % 64) & 1 == 0
    }

    fn remove(&mut self, place: u32) {
        debug_assert!(self.is_live(place));
        Arc::make_mut(&mut self.removed)[place as usize / 64] |= 1 << (place % 64);
        self.live -= 1;
    }

    /// Ids and boxes of what is left.
    fn items(&self) -> impl Iterator<Item = (u32, Bounds)> + '_ {
        let items = (0..).zip(self.built.ids.iter().zip(&self.built.boxes));
        items.filter(|(place, _)| self.is_live(*place)).map(|(_, (id, one))| (*id, one.to_bounds()))
    }

    fn is_sealed(&self) -> bool {
        self.built.ids.len() >= SEALED_ITEMS
    }
}

/// All items at one moment. Never changes; costs as much as its runs' tombstones beside what it shares with others.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    runs: Vec<Run>,
}

impl Snapshot {
    /// Number of items.
    pub fn len(&self) -> usize {
        self.runs.iter().map(|run| run.live).sum()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many trees a question goes through.
    pub fn runs(&self) -> usize {
        self.runs.len()
    }

    /// Visits the id of every item whose box meets the window, edges included, until `on` breaks, in no order, without
    /// allocation.
    pub fn window<B>(&self, window: &Bounds, on: &mut impl FnMut(u32) -> ControlFlow<B>) -> ControlFlow<B> {
        for run in &self.runs {
            run.built.tree.window_until(window, &mut |place| match run.is_live(place) {
                true => on(run.built.ids[place as usize]),
                false => ControlFlow::Continue(()),
            })?;
        }
        ControlFlow::Continue(())
    }

    /// Visits the id of every item whose box `meets` accepts; see [`PackedRtree::visit`].
    pub fn visit<B>(&self, meets: impl Fn(&Bounds) -> bool, on: &mut impl FnMut(u32) -> ControlFlow<B>) -> ControlFlow<B> {
        for run in &self.runs {
            run.built.tree.visit(&meets, &mut |place| match run.is_live(place) {
                true => on(run.built.ids[place as usize]),
                false => ControlFlow::Continue(()),
            })?;
        }
        ControlFlow::Continue(())
    }

    /// The `k` nearest items by id, nearest first and ties by id; bounds and distances as with [`PackedRtree::nearest_k`].
    pub fn nearest_k(
        &self,
        k: usize,
        lower_bound: impl Fn(&Bounds) -> f64,
        mut distance: impl FnMut(u32) -> Option<f64>,
    ) -> Vec<Near> {
        let (mut best, mut found) = (Vec::new(), Vec::new());
        for run in &self.runs {
            // Ties of a run go by place, which need not be the order of ids: ids ascend where a run was built, so it is.
            let by_place = |place: u32| run.is_live(place).then(|| distance(run.built.ids[place as usize])).flatten();
            run.built.tree.nearest_k(k, &lower_bound, by_place, &mut found);
            best.extend(
                found.iter().map(|near| Near { distance: near.distance, position: run.built.ids[near.position as usize] }),
            );
            best.sort_unstable();
            best.truncate(k);
        }
        best
    }

    /// Bytes of trees, ids, boxes and tombstones.
    pub fn heap_bytes(&self) -> usize {
        let bytes = |run: &Run| {
            let Built { tree, ids, boxes, .. } = &*run.built;
            tree.heap_bytes() + 4 * ids.capacity() + size_of::<OuterBox>() * boxes.capacity() + 8 * run.removed.capacity()
        };
        self.runs.iter().map(bytes).sum()
    }

    /// One run of all that is left in some runs, by ascending id.
    fn merged(runs: &[Run], serial: u32) -> Run {
        let mut items: Vec<(u32, Bounds)> = runs.iter().flat_map(Run::items).collect();
        items.sort_unstable_by_key(|(id, _)| *id);
        Run::new(serial, items)
    }
}

/// What only writers know.
#[derive(Debug, Default)]
struct Places {
    /// The run, by its serial number, and the place in it of each item.
    of_id: HashMap<u32, (u32, u32)>,
    next_serial: u32,
}

impl Places {
    fn serial(&mut self) -> u32 {
        self.next_serial += 1;
        self.next_serial
    }
}

/// A tree that changes. See the [room](self).
///
/// ```
/// use std::ops::ControlFlow;
/// use urbis_index::{Change, DynamicRtree};
/// use urbis_model::Bounds;
/// let at = |x: f64| Bounds { min: [x, 0.0], max: [x, 0.0] };
/// let tree = DynamicRtree::default();
/// tree.apply(&[Change::Put(7, at(1.0)), Change::Put(8, at(2.0))]);
/// let before = tree.snapshot();
/// tree.apply(&[Change::Put(7, at(3.0)), Change::Remove(8)]);
/// let count = |snapshot: &urbis_index::Snapshot, window: Bounds| {
///     let mut count = 0;
///     let _ = snapshot.window(&window, &mut |_| { count += 1; ControlFlow::<()>::Continue(()) });
///     count
/// };
/// let low = Bounds { min: [0.0, 0.0], max: [2.5, 0.0] };
/// assert_eq!((count(&before, low), count(&tree.snapshot(), low)), (2, 0));
/// ```
#[derive(Debug, Default)]
pub struct DynamicRtree {
    current: Current<Snapshot>,
    places: Mutex<Places>,
    /// Held by whoever merges, so that no two merge the same runs.
    merging: Mutex<()>,
}

impl DynamicRtree {
    /// A tree of some boxes, whose ids are their positions.
    pub fn new(boxes: &[Bounds]) -> Self {
        let tree = Self::default();
        {
            let mut places = tree.places.lock().expect("no writer panics");
            let run = Run::new(places.serial(), (0..).zip(boxes.iter().copied()).collect());
            places.of_id = (0..boxes.len() as u32).map(|id| (id, (run.built.serial, id))).collect();
            if !boxes.is_empty() {
                tree.current.put(Arc::new(Snapshot { runs: vec![run] }));
            }
        }
        tree
    }

    /// All items now. Takes no lock.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.current.get()
    }

    /// Makes changes, in order, and shows them to readers all at once. O(changes × log items) over time; the smaller the
    /// batches, the more is spent on the tombstones' copies, one bit for each item of a run that something was taken out of.
    pub fn apply(&self, changes: &[Change]) {
        // Of several changes of one item the last counts.
        let mut last: BTreeMap<u32, Option<Bounds>> = BTreeMap::new();
        for change in changes {
            match *change {
                Change::Put(id, bounds) => last.insert(id, Some(bounds)),
                Change::Remove(id) => last.insert(id, None),
            };
        }
        let mut places = self.places.lock().expect("no writer panics");
        let mut runs = self.current.get().runs.clone();
        for id in last.keys() {
            if let Some((serial, place)) = places.of_id.remove(id)
                && let Some(run) = runs.iter_mut().find(|run| run.built.serial == serial)
            {
                run.remove(place);
            }
        }
        let items: Vec<(u32, Bounds)> = last.into_iter().filter_map(|(id, bounds)| Some((id, bounds?))).collect();
        if !items.is_empty() {
            runs.push(Run::new(places.serial(), items));
            let mut first = runs.len() - 1;
            while first > 0 && !runs[first - 1].is_sealed() {
                let behind: usize = runs[first..].iter().map(|run| run.live).sum();
                if runs[first - 1].live > GROWTH * behind {
                    break;
                }
                first -= 1;
            }
            if first + 1 < runs.len() {
                let merged = Snapshot::merged(&runs[first..], places.serial());
                runs.truncate(first);
                runs.push(merged);
            }
            let newest = &runs[runs.len() - 1].built;
            places.of_id.extend((0..).zip(&newest.ids).map(|(place, id)| (*id, (newest.serial, place))));
        }
        runs.retain(|run| run.live > 0);
        self.current.put(Arc::new(Snapshot { runs }));
    }

    /// Merges large runs that have come near each other in size, and says whether there were any: meant for a thread in the
    /// background, to be called until it says no. Readers and writers go on meanwhile; writers wait only while the new run is
    /// put in place, some 50 ns an item.
    pub fn merge(&self) -> bool {
        let _alone = self.merging.lock().expect("no merger panics");
        // 1. What to merge: the sealed runs from the first one on that what follows has grown near to, or that is half empty.
        let before = self.current.get();
        let sealed = before.runs.iter().take_while(|run| run.is_sealed()).count();
        let worth = |first: &usize| {
            let run = &before.runs[*first];
            let behind: usize = before.runs[*first + 1..sealed].iter().map(|run| run.built.ids.len()).sum();
            behind * GROWTH >= run.live && behind > 0 || run.live * 2 < run.built.ids.len()
        };
        let Some(first) = (0..sealed).find(worth) else { return false };
        let serial = self.places.lock().expect("no writer panics").serial();
        // 2. The new run, while others read and write.
        let mut merged = Snapshot::merged(&before.runs[first..sealed], serial);
        // 3. In place of the old ones. Writers leave sealed runs where they are, but for those that have become empty; what
        //    they took out of them meanwhile is no longer theirs.
        let sources: Vec<u32> = before.runs[first..sealed].iter().map(|run| run.built.serial).collect();
        let mut places = self.places.lock().expect("no writer panics");
        let built = Arc::clone(&merged.built);
        for (place, id) in (0..).zip(&built.ids) {
            match places.of_id.get_mut(id) {
                Some(at) if sources.contains(&at.0) => *at = (serial, place),
                _ => merged.remove(place),
            }
        }
        let mut runs = self.current.get().runs.clone();
        let at = runs.iter().position(|run| sources.contains(&run.built.serial));
        runs.retain(|run| !sources.contains(&run.built.serial));
        if merged.live > 0 {
            runs.insert(at.unwrap_or(0).min(runs.len()), merged);
        }
        self.current.put(Arc::new(Snapshot { runs }));
        true
    }
}
