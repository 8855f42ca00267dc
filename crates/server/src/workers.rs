//! Work that takes the processor, kept off the async threads, bounded, and given up when its client leaves.

use crate::error::ApiError;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::Semaphore;
use urbis_query::Cancel;

/// Requests that may wait for a processor, per processor; more are answered 503 at once. At 10 ms a request the last
/// in line waits about a second.
const WAITING_PER_PROCESSOR: usize = 128;

/// Work that takes longer is given up with 503: the client has most likely turned away.
const ANSWER_WITHIN: Duration = Duration::from_secs(30);

/// The processors' door.
#[derive(Clone, Debug)]
pub(crate) struct Workers {
    running: Arc<Semaphore>,
    admitted: Arc<Semaphore>,
}

/// Raises the flag when dropped: axum drops the handler's future when the client disconnects.
struct RaiseOnDrop(Arc<AtomicBool>);

impl Drop for RaiseOnDrop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Workers {
    /// A door as wide as the machine.
    pub(crate) fn new() -> Self {
        let processors = std::thread::available_parallelism().map_or(2, usize::from);
        Self {
            running: Arc::new(Semaphore::new(processors)),
            admitted: Arc::new(Semaphore::new(processors * WAITING_PER_PROCESSOR)),
        }
    }

    /// Runs work on a processor thread when one is free.
    ///
    /// # Errors
    /// What the work answers; 503 when too many wait; 500 when it panicked.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Cancel) -> Result<T, ApiError> + Send + 'static,
    ) -> Result<T, ApiError> {
        let _admitted = self.admitted.try_acquire().map_err(|_| ApiError::busy())?;
        let running = Arc::clone(&self.running).acquire_owned().await.map_err(|error| ApiError::internal(&error))?;
        let flag = Arc::new(AtomicBool::new(false));
        let _raise = RaiseOnDrop(Arc::clone(&flag));
        let cancel = Cancel { deadline: Some(Instant::now() + ANSWER_WITHIN), flag: Some(flag) };
        let task = tokio::task::spawn_blocking(move || {
            let _running = running;
            work(&cancel)
        });
        task.await.map_err(|error| ApiError::internal(&error))?
    }
}
