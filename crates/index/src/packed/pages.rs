//! Pages of a mapped buffer, each checked when a question first touches it.

use super::layout::{IndexDamage, Layout};
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering::Relaxed};

/// Which pages were found sound. Threads may check a page twice; they find the same.
#[derive(Debug)]
pub(super) struct CheckedPages {
    sound: Vec<AtomicU64>,
    all_sound: AtomicBool,
    /// The last page found damaged, plus one.
    damaged: AtomicU32,
}

impl CheckedPages {
    pub(super) fn new(pages: usize) -> Self {
        let sound = std::iter::repeat_with(AtomicU64::default).take(pages.div_ceil(64)).collect();
        Self { sound, all_sound: AtomicBool::new(false), damaged: AtomicU32::new(0) }
    }

    pub(super) fn all_sound(&self) {
        self.all_sound.store(true, Relaxed);
    }

    #[inline]
    pub(super) fn unless_sound(&self) -> Option<&Self> {
        (!self.all_sound.load(Relaxed)).then_some(self)
    }

    pub(super) fn damage(&self) -> Result<(), IndexDamage> {
        match self.damaged.load(Relaxed) {
            0 => Ok(()),
            page => Err(IndexDamage::Page { page: page - 1 }),
        }
    }

    #[inline]
    pub(super) fn touch(&self, page: usize, layout: &Layout, bytes: &[u8]) {
        if self.sound[page / 64].load(Relaxed) >> (page % 64) & 1 == 0 {
            self.check(page, layout, bytes);
        }
    }

    #[cold]
    fn check(&self, page: usize, layout: &Layout, bytes: &[u8]) {
        if layout.is_sound(bytes, page) {
            self.sound[page / 64].fetch_or(1 << (page % 64), Relaxed);
        } else {
            self.damaged.store(page as u32 + 1, Relaxed);
        }
    }
}
