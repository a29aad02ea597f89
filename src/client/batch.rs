//! Many requests, some at a time.

use super::answer::{Answer, Request, Source};
use super::failure::Failure;
use super::handle::Client;
use super::kind::Kind;
use super::watch::Cancel;
use parking_lot::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// What a batch came to.
#[derive(Debug)]
#[non_exhaustive]
pub struct Batch {
    /// In the order of the requests, each with its own answer or failure. What was not begun when the batch was broken off
    /// has failed with [`Kind::Cancelled`].
    pub results: Vec<Result<Answer, Failure>>,
    /// Sums over them.
    pub stats: BatchStats,
}

/// Sums over a batch.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[non_exhaustive]
pub struct BatchStats {
    /// Requests with an answer.
    pub succeeded: usize,
    /// Requests without.
    pub failed: usize,
    /// Answers of another model than was asked for, or that are no fresh ones of a service.
    pub fallbacks: usize,
    /// Requests that a circuit breaker rejected.
    pub rejected: usize,
    /// What the answers cost.
    pub usd: f64,
    /// From beginning to end.
    pub took: Duration,
}

/// How far a batch is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Requests that are done.
    pub done: usize,
    /// All of them.
    pub of: usize,
}

impl Client {
    /// Makes many calls, `concurrency` (at least 1) at a time. `progress` hears of each that is done, from the threads that
    /// make them; `cancel` breaks the rest off, and loses nothing that is done.
    pub fn batch(
        &self,
        requests: &[Request],
        concurrency: usize,
        cancel: &Cancel,
        progress: impl Fn(Progress) + Sync,
    ) -> Batch {
        let begun = Instant::now();
        let (next, done, of) = (AtomicUsize::new(0), AtomicUsize::new(0), requests.len());
        let results: Vec<Mutex<Option<Result<Answer, Failure>>>> =
            requests.iter().map(|_| Mutex::new(None)).collect();
        let work = || loop {
            // ORDERING: Relaxed, both; only numbers are drawn, and the results have locks of their own.
            let number = next.fetch_add(1, Ordering::Relaxed);
            let Some(request) = requests.get(number).filter(|_| !cancel.is_cancelled()) else { return };
            let own = request.cancel.is_cancelled();
            let result = self.send(&if own { request.clone() } else { request.clone().cancel(cancel) });
            *results[number].lock() = Some(result);
            progress(Progress { done: done.fetch_add(1, Ordering::Relaxed) + 1, of });
        };
        std::thread::scope(|scope| {
            for _ in 1..concurrency.clamp(1, of.max(1)) {
                // Where no thread is to be had, the others do its part.
                let _ = std::thread::Builder::new().spawn_scoped(scope, work);
            }
            work();
        });
        let broken_off =
            || Err(Failure::new(Kind::Cancelled, "the batch was broken off before this request"));
        let results: Vec<_> =
            results.into_iter().map(|result| result.into_inner().unwrap_or_else(broken_off)).collect();
        let stats = BatchStats { took: begun.elapsed(), ..sum(&results) };
        Batch { results, stats }
    }
}

fn sum(results: &[Result<Answer, Failure>]) -> BatchStats {
    let mut stats = BatchStats::default();
    for result in results {
        match result {
            Ok(answer) => {
                stats.succeeded += 1;
                let is_own = matches!(answer.meta.source, Source::Service | Source::Cache);
                stats.fallbacks += usize::from(answer.meta.fallback_used || !is_own);
                stats.usd += answer.meta.usd.unwrap_or(0.0);
            }
            Err(failure) => {
                stats.failed += 1;
                stats.rejected += usize::from(failure.kind == Kind::CircuitOpen);
            }
        }
    }
    stats
}
