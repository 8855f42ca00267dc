//! A bar on the terminal for work that takes longer than a second; nothing elsewhere.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::time::{Duration, Instant};

/// Shows how far work is.
pub(crate) struct Progress {
    bar: ProgressBar,
    started: Instant,
    shown: bool,
}

impl Progress {
    /// A bar for `total` steps, or a spinner when the total is not known.
    pub(crate) fn new(what: &str, total: Option<u64>) -> Self {
        let template = if total.is_some() {
            "{msg} {wide_bar:.cyan} {human_pos}/{human_len} {per_sec} 剩余 {eta}"
        } else {
            "{msg} {spinner} {human_pos} {per_sec}"
        };
        let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
        let bar =
            ProgressBar::with_draw_target(total, ProgressDrawTarget::hidden()).with_style(style).with_message(what.to_owned());
        Self { bar, started: Instant::now(), shown: false }
    }

    /// Says how far it is.
    pub(crate) fn at(&mut self, position: u64) {
        if !self.shown && self.started.elapsed() > Duration::from_secs(1) {
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
            self.shown = true;
        }
        self.bar.set_position(position);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
