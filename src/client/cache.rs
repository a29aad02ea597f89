//! Answers that are kept: for a while to be given again, and for longer to stand in where all fails. Identical requests
//! that are under way together are one call.

use super::answer::{Answer, Meta, Source};
use super::failure::Failure;
use super::kind::Kind;
use super::settings::CacheSpec;
use super::watch::Cancel;
use crate::fork;
use moka::sync::Cache;
use parking_lot::{Condvar, Mutex};
use serde_json::Value;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The keys are whole requests: two that differ never meet.
pub(super) struct Answers(Option<Kept>);

struct Kept {
    answers: Cache<Arc<str>, Entry>,
    ttl: Duration,
    stale: Duration,
    /// An answer that takes more than this is not kept: it would drive out most others.
    largest: u32,
    flights: Mutex<Flights>,
}

/// An answer, and when it came.
#[derive(Clone)]
struct Entry {
    answer: Answer,
    came: Instant,
}

/// Calls that are under way, of this process: those of a parent go on elsewhere.
struct Flights {
    process: u32,
    by_request: HashMap<Arc<str>, Arc<Flight>>,
}

impl Flights {
    fn none() -> Self {
        Self { process: fork::generation(), by_request: HashMap::new() }
    }
}

/// A call that others wait for.
#[derive(Default)]
struct Flight {
    landed: Mutex<Option<Result<Answer, Failure>>>,
    news: Condvar,
}

/// Who waits, and for how long.
pub(super) struct Waiter<'a> {
    pub(super) until: Instant,
    pub(super) cancel: &'a Cancel,
}

/// How long a waiter sleeps at most before it is asked whether its caller broke off.
const STEP: Duration = Duration::from_millis(20);
/// One answer takes at most this part of the cache.
const LARGEST_SHARE: u64 = 8;

impl Answers {
    pub(super) fn new(spec: &CacheSpec) -> Self {
        Self((spec.max_entries > 0).then(|| Kept::new(spec)))
    }

    /// The answer to a request: one that is kept, that of another call for the same which is under way, or what `make`
    /// says. Failures are not kept, and shared only where they are the request's own.
    pub(super) fn get(
        &self,
        request: impl FnOnce() -> String,
        waiter: &Waiter<'_>,
        make: impl Fn() -> Result<Answer, Failure>,
    ) -> Result<Answer, Failure> {
        let Some(kept) = &self.0 else { return make() };
        let key: Arc<str> = request().into();
        loop {
            if let Some(answer) = kept.fresh(&key) {
                return Ok(from(Source::Cache, answer));
            }
            match kept.join(&key) {
                Err(flight) => return kept.lead(key, &flight, make),
                Ok(flight) => match flight.wait(waiter) {
                    Some(Ok(answer)) => return Ok(from(Source::Cache, answer)),
                    Some(Err(failure)) if is_the_requests_own(failure.kind) => return Err(failure),
                    // Its end was the other call's own: its time, its retries. Now it is this one's turn, or another's.
                    Some(Err(_)) => {}
                    None => return make(), // which knows that its time is over
                },
            }
        }
    }

    /// The last good answer to the same request.
    pub(super) fn stale(&self, request: &str) -> Option<Answer> {
        let kept = self.0.as_ref()?;
        let entry = kept.answers.get(request).filter(|entry| entry.came.elapsed() < kept.stale)?;
        Some(from(Source::Stale, entry.answer))
    }
}

impl Kept {
    /// Entries and bytes are bounded by one number: each entry takes at least its share of the bytes.
    fn new(spec: &CacheSpec) -> Self {
        let least = u32::try_from(spec.max_bytes / spec.max_entries).unwrap_or(u32::MAX).max(1);
        let most = spec.max_bytes.min(spec.max_entries.saturating_mul(u64::from(least)));
        let (ttl, stale) = (Duration::from_millis(spec.ttl_ms), Duration::from_millis(spec.stale_ms));
        let answers = Cache::builder().max_capacity(most).time_to_live(ttl.max(stale));
        Self {
            answers: answers
                .weigher(move |key: &Arc<str>, entry: &Entry| weight(key, entry).max(least))
                .build(),
            ttl,
            stale,
            largest: u32::try_from(spec.max_bytes / LARGEST_SHARE).unwrap_or(u32::MAX),
            flights: Mutex::new(Flights::none()),
        }
    }

    /// A fallback's answer is no answer of the model that was meant, once that can be had again.
    fn fresh(&self, key: &Arc<str>) -> Option<Answer> {
        let is_fresh = |entry: &Entry| !entry.answer.meta.fallback_used && entry.came.elapsed() < self.ttl;
        self.answers.get(key).filter(is_fresh).map(|entry| entry.answer)
    }

    fn keep(&self, key: &Arc<str>, answer: &Answer) {
        let entry = Entry { answer: answer.clone(), came: Instant::now() };
        if weight(key, &entry) <= self.largest {
            self.answers.insert(Arc::clone(key), entry);
            // Else moka would let some dozens in before it drives others out.
            self.answers.run_pending_tasks();
        }
    }

    /// The flight for this request, if one is under way; else one that has just begun, as an error.
    fn join(&self, key: &Arc<str>) -> Result<Arc<Flight>, Arc<Flight>> {
        let mut flights = self.flights.lock();
        if flights.process != fork::generation() {
            *flights = Flights::none();
        }
        if let Some(flight) = flights.by_request.get(key) {
            return Ok(Arc::clone(flight));
        }
        let flight = Arc::<Flight>::default();
        flights.by_request.insert(Arc::clone(key), Arc::clone(&flight));
        Err(flight)
    }

    fn lead(
        &self,
        key: Arc<str>,
        flight: &Arc<Flight>,
        make: impl Fn() -> Result<Answer, Failure>,
    ) -> Result<Answer, Failure> {
        /// Lands it, also where `make` panics.
        struct Landing<'a>(&'a Kept, Arc<str>, &'a Arc<Flight>, Option<Result<Answer, Failure>>);
        impl Drop for Landing<'_> {
            fn drop(&mut self) {
                self.0.flights.lock().by_request.remove(&self.1);
                let nothing = || Err(Failure::new(Kind::Cancelled, "the call that was joined has ended"));
                *self.2.landed.lock() = Some(self.3.take().unwrap_or_else(nothing));
                self.2.news.notify_all();
            }
        }
        let mut landing = Landing(self, key, flight, None);
        let made = make();
        if let Ok(answer) = &made {
            self.keep(&landing.1, answer);
        }
        landing.3 = Some(made.clone());
        made
    }
}

impl Flight {
    /// What it came to, unless the waiter's own time is over before.
    fn wait(&self, waiter: &Waiter<'_>) -> Option<Result<Answer, Failure>> {
        let mut landed = self.landed.lock();
        while landed.is_none() {
            let left = waiter.until.saturating_duration_since(Instant::now());
            if left.is_zero() || waiter.cancel.is_cancelled() {
                return None;
            }
            self.news.wait_for(&mut landed, left.min(STEP));
        }
        landed.clone()
    }
}

/// Whoever asks has it.
fn is_the_requests_own(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::InvalidRequest | Kind::NotFound | Kind::Quota | Kind::Auth | Kind::Budget | Kind::NoRoute
    )
}

/// About how many bytes an entry takes: the request, the answer as it came, and what it was read into.
fn weight(key: &str, entry: &Entry) -> u32 {
    let answer = &entry.answer;
    let bytes = key.len() + answer.body.capacity() + size_of::<Entry>() + heap(&answer.json);
    u32::try_from(bytes).unwrap_or(u32::MAX)
}

/// About how many bytes a value takes beside its own.
fn heap(value: &Value) -> usize {
    match value {
        Value::String(text) => text.len(),
        Value::Array(list) => list.iter().map(|item| size_of::<Value>() + heap(item)).sum(),
        Value::Object(map) => {
            let field = size_of::<(String, Value)>();
            map.iter().map(|(name, item)| field + name.len() + heap(item)).sum()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => 0,
    }
}

/// A kept answer costs nothing.
fn from(source: Source, answer: Answer) -> Answer {
    let none = Duration::ZERO;
    let meta = Meta { source, attempts: 0, latency: none, first_byte: none, usd: None, ..answer.meta };
    Answer { meta, ..answer }
}
