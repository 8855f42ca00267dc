//! How much memory layers may take.

use crate::QueryError;
use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering::Relaxed},
};
use urbis_model::LayerName;

const MIB: u64 = 1 << 20;

/// The memory that all layers of a city share.
#[derive(Debug)]
pub(crate) struct Room {
    left_bytes: AtomicU64,
}

/// What a layer has taken of it, given back with the layer.
#[derive(Debug)]
pub(crate) struct Taken {
    room: Arc<Room>,
    bytes: u64,
}

impl Room {
    pub(crate) fn of(bytes: u64) -> Arc<Self> {
        Arc::new(Self { left_bytes: AtomicU64::new(bytes) })
    }

    /// Room that no layer fills.
    pub(crate) fn unlimited() -> Arc<Self> {
        Self::of(u64::MAX)
    }
}

impl Taken {
    pub(crate) fn nothing(room: &Arc<Room>) -> Self {
        Self { room: room.clone(), bytes: 0 }
    }

    /// Takes as much more as the layer needs, all in all.
    ///
    /// # Errors
    /// [`QueryError::Memory`] when there is not so much; then nothing more was taken.
    pub(crate) fn up_to(&mut self, layer: &LayerName, needed_bytes: u64) -> Result<(), QueryError> {
        let more = needed_bytes.saturating_sub(self.bytes);
        let taken = self.room.left_bytes.fetch_update(Relaxed, Relaxed, |left| left.checked_sub(more));
        let refused = |left: u64| QueryError::Memory {
            layer: layer.clone(),
            needed_mib: needed_bytes.div_ceil(MIB),
            left_mib: (left + self.bytes) / MIB,
        };
        taken.map_err(refused)?;
        self.bytes += more;
        Ok(())
    }

    /// Gives back what the layer does not need after all.
    pub(crate) fn down_to(&mut self, needed_bytes: u64) {
        let less = self.bytes.saturating_sub(needed_bytes);
        self.room.left_bytes.fetch_add(less, Relaxed);
        self.bytes -= less;
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        self.down_to(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_there_is_not_taken_and_what_is_left_comes_back() {
        let (room, layer) = (Room::of(10 * MIB), "roads".parse().unwrap());
        let [mut one, mut other] = [Taken::nothing(&room), Taken::nothing(&room)];
        one.up_to(&layer, 4 * MIB).unwrap();
        other.up_to(&layer, MIB).unwrap();
        let refused = other.up_to(&layer, 7 * MIB).unwrap_err();
        assert!(matches!(refused, QueryError::Memory { needed_mib: 7, left_mib: 6, .. }), "{refused}");
        other.up_to(&layer, 6 * MIB).unwrap();
        other.up_to(&layer, 2 * MIB).unwrap();
        one.up_to(&layer, 4 * MIB + 1).unwrap_err();
        other.down_to(6 * MIB - 1);
        one.up_to(&layer, 4 * MIB + 1).unwrap();
        drop(one);
        other.up_to(&layer, 10 * MIB).unwrap();
    }
}
