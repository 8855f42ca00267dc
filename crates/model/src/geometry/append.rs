//! All shapes of one column behind those of another, buffer by buffer.

use super::{GeometryColumn, SurfaceKind};

impl GeometryColumn {
    /// Adds all shapes of another column, which are valid since it holds them. Linear, by copies of whole buffers.
    pub fn append(&mut self, other: &Self) {
        let (parts, rings, vertices) = (self.ring_ends.len(), self.coord_ends.len(), self.lonlat.len());
        optional(&mut self.z_m, vertices, &other.z_m, other.lonlat.len(), f64::NAN);
        optional(&mut self.depth_m, vertices, &other.depth_m, other.lonlat.len(), f32::NAN);
        optional(&mut self.faces, parts, &other.faces, other.ring_ends.len(), SurfaceKind::Unknown);
        self.kinds.extend_from_slice(&other.kinds);
        self.part_ends.extend(other.part_ends.iter().map(|end| end + parts as u32));
        self.ring_ends.extend(other.ring_ends.iter().map(|end| end + rings as u32));
        self.coord_ends.extend(other.coord_ends.iter().map(|end| end + vertices as u32));
        self.lonlat.extend_from_slice(&other.lonlat);
    }

    /// Makes room for `more` shapes like those it has, so that buffers need not grow by doubling.
    pub(crate) fn reserve_alike(&mut self, more: usize) {
        let shapes = self.len().max(1) as f64;
        // A fiftieth beyond the average: layers are not the same all over, and an untouched page is not memory.
        let alike = |held: usize| (held as f64 / shapes * more as f64 * 1.02) as usize;
        self.kinds.reserve_exact(more);
        self.part_ends.reserve_exact(more);
        self.ring_ends.reserve_exact(alike(self.ring_ends.len()).max(more));
        self.coord_ends.reserve_exact(alike(self.coord_ends.len()).max(more));
        self.lonlat.reserve_exact(alike(self.lonlat.len()));
        self.z_m.reserve_exact(alike(self.z_m.len()));
        self.depth_m.reserve_exact(alike(self.depth_m.len()));
        self.faces.reserve_exact(alike(self.faces.len()));
    }
}

/// Adds a buffer that is empty while nothing is known: `absent` stands in for the side that has none.
fn optional<T: Copy>(held: &mut Vec<T>, held_len: usize, more: &[T], more_len: usize, absent: T) {
    if held.is_empty() && more.is_empty() {
        return;
    }
    held.resize(held_len, absent);
    held.extend_from_slice(more);
    held.resize(held_len + more_len, absent);
}
