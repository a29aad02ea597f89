//! Answers that are kept: for a while to be given again, and for longer to stand in where all fails. Identical requests
//! that are under way together are one call.

use super::answer::{Answer, Meta, Source};
use super::failure::Failure;
use super::kind::Kind;
use super::settings::CacheSpec;
use moka::sync::Cache;
use std::sync::Arc;
use std::time::Duration;

/// The keys are whole requests: two that differ never meet.
pub(super) struct Answers {
    fresh: Cache<Arc<str>, Answer>,
    last_good: Cache<Arc<str>, Answer>,
    is_on: bool,
}

impl Answers {
    pub(super) fn new(spec: &CacheSpec) -> Self {
        let cache = |ttl_ms| {
            let builder = Cache::builder().max_capacity(spec.max_entries);
            builder.time_to_live(Duration::from_millis(ttl_ms)).build()
        };
        Self { fresh: cache(spec.ttl_ms), last_good: cache(spec.stale_ms), is_on: spec.max_entries > 0 }
    }

    /// The answer to a request: one that is kept, that of another call for the same which is under way, or what `make`
    /// says. Failures are not kept.
    pub(super) fn get(
        &self,
        request: impl FnOnce() -> String,
        make: impl Fn() -> Result<Answer, Failure>,
    ) -> Result<Answer, Failure> {
        if !self.is_on {
            return make();
        }
        let key: Arc<str> = request().into();
        let mut made = false;
        let answer = self.fresh.try_get_with(Arc::clone(&key), || {
            made = true;
            make()
        });
        let answer = match answer {
            Ok(answer) => answer,
            // The other call's own end is none of ours.
            Err(failure) if !made && matches!(failure.kind, Kind::Cancelled | Kind::Deadline) => {
                return make();
            }
            Err(failure) => return Err((*failure).clone()),
        };
        if made {
            self.last_good.insert(key, answer.clone());
            return Ok(answer);
        }
        Ok(from(Source::Cache, answer))
    }

    /// The last good answer to the same request.
    pub(super) fn stale(&self, request: &str) -> Option<Answer> {
        self.last_good.get(request).map(|answer| from(Source::Stale, answer))
    }
}

/// A kept answer costs nothing.
fn from(source: Source, answer: Answer) -> Answer {
    let meta = Meta {
        source,
        attempts: 0,
        latency: Duration::ZERO,
        first_byte: Duration::ZERO,
        usd: None,
        ..answer.meta
    };
    Answer { meta, ..answer }
}
