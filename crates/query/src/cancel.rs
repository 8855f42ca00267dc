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
    pub(crate) fn check(&self) -> Result<(), QueryError> {
        let raised = self.flag.as_ref().is_some_and(|flag| flag.load(Ordering::Relaxed));
        if raised || self.deadline.is_some_and(|deadline| Instant::now() >= deadline) {
            return Err(QueryError::Cancelled);
        }
        Ok(())
    }
}
