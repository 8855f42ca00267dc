//! Many windows at once.

use super::PackedRtree;
use rayon::prelude::*;
use urbis_model::Bounds;

/// Windows that a core takes at a time.
const BATCH: usize = 256;

impl PackedRtree {
    /// Asks many windows on all cores, neighbours after one another along the Hilbert curve, so that each finds its nodes in
    /// the cache. `start` makes what a run of them gathers into, `on` is told the window and a position that meets it; the
    /// gatherings come back in the order of the curve, the same from call to call.
    pub fn windows<T: Send>(
        &self,
        windows: &[Bounds],
        start: impl Fn() -> T + Sync,
        on: impl Fn(&mut T, usize, u32) + Sync,
    ) -> Vec<T> {
        let mut order: Vec<(u32, u32)> = windows
            .iter()
            .enumerate()
            .map(|(index, window)| (self.raster.along(&self.raster.around(window)), index as u32))
            .collect();
        order.par_sort_unstable();
        order
            .par_chunks(BATCH)
            .map(|run| {
                let mut gathered = start();
                for &(_, index) in run {
                    self.window(&windows[index as usize], &mut |position| on(&mut gathered, index as usize, position));
                }
                gathered
            })
            .collect()
    }
}
