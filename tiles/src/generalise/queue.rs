//! What is to be done, least share of the tolerance first, to a thirty-second: in constant time. A binary
//! heap took 60 % of the run on a ring of a million vertices (perf, development build).

/// How many shares are told apart.
const STEPS: usize = 32;

/// Waiting (vertex, stamp) by share; the last of a step comes first.
#[derive(Default)]
pub(super) struct Queue {
    steps: [Vec<(u32, u32)>; STEPS],
    /// Bit `i`: step `i` has something.
    waiting: u32,
}

impl Queue {
    pub(super) fn push(&mut self, share: f64, item: (u32, u32)) {
        let step = ((share * STEPS as f64) as usize).min(STEPS - 1);
        self.steps[step].push(item);
        self.waiting |= 1 << step;
    }

    pub(super) fn pop(&mut self) -> Option<(u32, u32)> {
        let step = self.waiting.trailing_zeros() as usize;
        let item = self.steps.get_mut(step)?.pop();
        if self.steps[step].is_empty() {
            self.waiting &= !(1 << step);
        }
        item
    }
}
