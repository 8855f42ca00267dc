//! Ending a question early.

use crate::QueryError;
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Instant,
};

/// When a question is to be given up: at a deadline, or when somebody raises the flag. Never, by default.
#[derive(Clone, Debug, Default)]
pub struct Cancel {
    /// Give up at this instant.
    pub deadline: Option<Instant>,
    /// Give up once this is true.
    pub flag: Option<Arc<AtomicBool>>,
}

impl Cancel {
    /// # Errors
    /// [`QueryError::Cancelled`] when it is time to stop.
    pub fn check(&self) -> Result<(), QueryError> {
        let raised = self.flag.as_ref().is_some_and(|flag| flag.load(Ordering::Relaxed));
        if raised || self.deadline.is_some_and(|deadline| Instant::now() >= deadline) {
            return Err(QueryError::Cancelled);
        }
        Ok(())
    }

    /// Looks now and then, for one thread.
    pub(crate) fn pace(&self) -> Pace<'_> {
        Pace { cancel: self, left: STEPS }
    }
}

/// Steps between two looks at the clock, of some 10 ns to 1 µs each: a look costs 30 ns, and some 4 ms pass at most.
const STEPS: usize = 4096;

/// Counts a thread's steps, and looks whether to give up when enough were made.
pub(crate) struct Pace<'a> {
    cancel: &'a Cancel,
    left: usize,
}

impl Pace<'_> {
    /// Some more steps: rows, vertices, whatever takes its time.
    ///
    /// # Errors
    /// [`QueryError::Cancelled`] when it is time to stop.
    pub(crate) fn steps(&mut self, steps: usize) -> Result<(), QueryError> {
        match self.left.checked_sub(steps) {
            Some(left) => self.left = left,
            None => {
                self.left = STEPS;
                self.cancel.check()?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
