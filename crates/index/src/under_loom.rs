//! The dynamic tree's own source over loom's locks: every interleaving of writers, a merge and a reader.

#[allow(
    dead_code,
    unreachable_pub,
    clippy::duplicate_mod,
    reason = "the room once more, over other locks; the test asks for less of it"
)]
#[path = "dynamic.rs"]
mod dynamic;

/// As the crate's own `sync`, but each step is loom's to order.
mod sync {
    use std::sync::Arc;

    pub(crate) const SEALED_ITEMS: usize = 32;

    #[derive(Debug)]
    pub(crate) struct Mutex<T>(loom::sync::Mutex<T>);

    impl<T: Default> Default for Mutex<T> {
        fn default() -> Self {
            Self(loom::sync::Mutex::new(T::default()))
        }
    }

    impl<T> Mutex<T> {
        pub(crate) fn lock(&self) -> loom::sync::LockResult<loom::sync::MutexGuard<'_, T>> {
            self.0.lock()
        }
    }

    /// The reader's step and the writer's step, each whole, as `arc_swap` promises.
    #[derive(Debug, Default)]
    pub(crate) struct Current<T>(Mutex<Arc<T>>);

    impl<T> Current<T> {
        pub(crate) fn get(&self) -> Arc<T> {
            Arc::clone(&self.0.lock().unwrap())
        }

        pub(crate) fn put(&self, value: Arc<T>) {
            *self.0.lock().unwrap() = value;
        }
    }
}

use dynamic::{Change, DynamicRtree, Snapshot};
use std::{ops::ControlFlow, sync::Arc};
use urbis_model::Bounds;

fn at(x: f64) -> Bounds {
    Bounds { min: [x, 0.0], max: [x, 0.0] }
}

fn ids(snapshot: &Snapshot, west: f64, east: f64) -> Vec<u32> {
    let mut ids = Vec::new();
    let _ = snapshot.window(&Bounds { min: [west, 0.0], max: [east, 0.0] }, &mut |id| {
        ids.push(id);
        ControlFlow::<()>::Continue(())
    });
    ids.sort_unstable();
    ids
}

/// Two sealed runs, so that there is something to merge; runs are sealed early here.
fn two_runs() -> Arc<DynamicRtree> {
    let boxes: Vec<Bounds> = (0..dynamic::SEALED_ITEMS).map(|x| at(x as f64)).collect();
    let tree = DynamicRtree::new(&boxes);
    let more: Vec<Change> = boxes.iter().zip(dynamic::SEALED_ITEMS as u32..).map(|(one, id)| Change::Put(id, *one)).collect();
    tree.apply(&more);
    assert_eq!(tree.snapshot().runs(), 2);
    Arc::new(tree)
}

#[test]
fn no_change_is_lost_while_others_write_and_merge() {
    loom::model(|| {
        let tree = two_runs();
        let all = 2 * dynamic::SEALED_ITEMS as u32;
        let merger = loom::thread::spawn({
            let tree = Arc::clone(&tree);
            move || assert!(tree.merge(), "two sealed runs of one size")
        });
        let writer = loom::thread::spawn({
            let tree = Arc::clone(&tree);
            // A pair moves together, and one item goes.
            move || tree.apply(&[Change::Put(0, at(-5.0)), Change::Put(all, at(-5.0)), Change::Remove(1)])
        });
        let seen = ids(&tree.snapshot(), -5.0, 0.0);
        assert!(seen == [0, all / 2] || seen == [0, all / 2, all], "half a batch: {seen:?}");
        tree.apply(&[Change::Remove(2)]);
        merger.join().unwrap();
        writer.join().unwrap();
        let snapshot = tree.snapshot();
        assert_eq!(ids(&snapshot, -5.0, -5.0), [0, all]);
        assert_eq!(snapshot.len(), all as usize + 1 - 2);
        assert_eq!(ids(&snapshot, 0.0, 2.0), [all / 2, all / 2 + 1, all / 2 + 2]);
    });
}
