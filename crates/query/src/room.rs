//! How much memory layers may take.

use crate::QueryError;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use urbis_model::LayerName;

const MIB: u64 = 1 << 20;

/// What is left for layers that are read, together; layers read at the same time share it.
#[derive(Debug)]
pub(crate) struct Room {
    left_bytes: AtomicU64,
}

impl Room {
    pub(crate) fn of(bytes: u64) -> Self {
        Self { left_bytes: AtomicU64::new(bytes) }
    }

    /// Room that no layer fills.
    pub(crate) fn unlimited() -> Self {
        Self::of(u64::MAX)
    }

    /// Takes what a layer needs, `more_bytes` of `all_bytes`.
    ///
    /// # Errors
    /// [`QueryError::Memory`] when there is not so much; then nothing was taken.
    pub(crate) fn take(&self, layer: &LayerName, more_bytes: u64, all_bytes: u64) -> Result<(), QueryError> {
        let taken = self.left_bytes.fetch_update(Relaxed, Relaxed, |left| left.checked_sub(more_bytes));
        let refused = |left: u64| QueryError::Memory {
            layer: layer.clone(),
            needed_mib: all_bytes.div_ceil(MIB),
            left_mib: (left + (all_bytes - more_bytes)) / MIB,
        };
        taken.map(|_| ()).map_err(refused)
    }

    /// Gives back what a layer did not need after all.
    pub(crate) fn give_back(&self, bytes: u64) {
        self.left_bytes.fetch_add(bytes, Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_there_is_not_taken() {
        let (room, layer) = (Room::of(10 * MIB), "roads".parse().unwrap());
        room.take(&layer, 4 * MIB, 4 * MIB).unwrap();
        let refused = room.take(&layer, 8 * MIB, 9 * MIB).unwrap_err();
        assert!(matches!(refused, QueryError::Memory { needed_mib: 9, left_mib: 7, .. }), "{refused}");
        room.take(&layer, 6 * MIB, 6 * MIB).unwrap();
        room.take(&layer, 1, 1).unwrap_err();
        room.give_back(1);
        room.take(&layer, 1, 1).unwrap();
    }
}
