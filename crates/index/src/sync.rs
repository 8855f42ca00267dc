//! What the dynamic tree swaps snapshots with. Its tests put loom's instead.

use arc_swap::ArcSwap;
use std::sync::Arc;
pub(crate) use std::sync::Mutex;

/// See the dynamic tree; loom's tests seal earlier.
pub(crate) const SEALED_ITEMS: usize = 8_192;

/// A value that readers take without a lock and a writer replaces.
#[derive(Debug, Default)]
pub(crate) struct Current<T>(ArcSwap<T>);

impl<T> Current<T> {
    pub(crate) fn get(&self) -> Arc<T> {
        self.0.load_full()
    }

    pub(crate) fn put(&self, value: Arc<T>) {
        self.0.store(value);
    }
}
