//! `NativeBatch`: many calls, some at a time, on threads of their own.

use crate::notify::Notify;
use crate::outcome::{CallOutcome, caught};
use holysheep_cb::client::{Batch, Cancel, Client, Request};
use napi_derive::napi;
use std::io;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// Sums over a batch.
#[napi(object, object_from_js = false)]
pub struct BatchStats {
    /// Requests with an answer.
    pub succeeded: u32,
    /// Requests without.
    pub failed: u32,
    /// Answers of another model than was asked for, or that are no fresh ones of a service.
    pub fallbacks: u32,
    /// Requests that a circuit breaker rejected.
    pub rejected: u32,
    /// What the answers cost.
    pub usd: f64,
    /// From beginning to end, ms.
    pub took_ms: f64,
}

/// What came of a batch.
#[napi(object, object_from_js = false)]
pub struct BatchOutcome {
    pub results: Vec<CallOutcome>,
    pub stats: BatchStats,
}

/// A batch that is out. Broken off when it is collected, at the latest, and with its environment.
#[napi]
pub struct NativeBatch {
    cancel: Cancel,
    progress: Arc<Progress>,
}

#[derive(Default)]
struct Progress {
    done: AtomicU32,
    has_ended: Mutex<bool>,
    outcome: Mutex<Option<BatchOutcome>>,
}

#[napi]
impl NativeBatch {
    /// Calls that are done.
    #[napi(getter, catch_unwind)]
    pub fn done(&self) -> u32 {
        // ORDERING: Relaxed; the number publishes nothing.
        self.progress.done.load(Ordering::Relaxed)
    }

    /// All of it is done.
    #[napi(getter, catch_unwind)]
    pub fn has_ended(&self) -> bool {
        *self.progress.has_ended.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What came of it, once; nothing if its thread has panicked.
    #[napi(catch_unwind)]
    pub fn take(&self) -> Option<BatchOutcome> {
        self.progress.outcome.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Breaks off what is not done.
    #[napi(catch_unwind)]
    pub fn cancel(&self) {
        self.cancel.cancel();
    }
}

impl NativeBatch {
    pub(crate) fn start(
        client: &Client,
        requests: Vec<Request>,
        concurrency: usize,
        notify: Notify,
    ) -> io::Result<Self> {
        let (client, cancel, progress) = (client.clone(), Cancel::new(), Arc::new(Progress::default()));
        let batch = Self { cancel: cancel.clone(), progress: Arc::clone(&progress) };
        let work = move || {
            let one_more = |so_far: holysheep_cb::client::Progress| {
                // ORDERING: Relaxed; as above.
                progress.done.fetch_max(so_far.done as u32, Ordering::Relaxed);
                notify.tell();
            };
            let ended = caught(|| client.batch(&requests, concurrency, &cancel, one_more).into());
            *progress.outcome.lock().unwrap_or_else(PoisonError::into_inner) = ended;
            *progress.has_ended.lock().unwrap_or_else(PoisonError::into_inner) = true;
            notify.tell();
        };
        std::thread::Builder::new().name("holysheep-call".to_owned()).spawn(work)?;
        Ok(batch)
    }
}

impl Drop for NativeBatch {
    fn drop(&mut self) {
        self.cancel();
    }
}

impl From<Batch> for BatchOutcome {
    fn from(batch: Batch) -> Self {
        let stats = BatchStats {
            succeeded: batch.stats.succeeded as u32,
            failed: batch.stats.failed as u32,
            fallbacks: batch.stats.fallbacks as u32,
            rejected: batch.stats.rejected as u32,
            usd: batch.stats.usd,
            took_ms: batch.stats.took.as_secs_f64() * 1e3,
        };
        Self { results: batch.results.into_iter().map(CallOutcome::from).collect(), stats }
    }
}
