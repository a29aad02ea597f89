//! The permit of a call as a value that cannot be given back twice.

use crate::breaker::Breaker;
use crate::clock::{Clock, SystemClock};
use crate::outcome::{Classification, Outcome};
use std::borrow::Cow;
use std::time::Duration;

/// A call that was admitted. Give it back with what became of the call; dropped without a verdict it counts as ignored
/// (S4), and dropped by a panic as a failure.
#[must_use = "a permit that is dropped at once counts as an ignored call"]
#[derive(Debug)]
pub struct Permit<'a, C: Clock = SystemClock> {
    breaker: Cow<'a, Breaker<C>>,
    /// 0 once it was given back.
    word: u64,
    /// The thread was panicking already when the call was admitted.
    in_panic: bool,
}

impl<'a, C: Clock> Permit<'a, C> {
    #[inline]
    pub(crate) fn borrowed(breaker: &'a Breaker<C>, word: u64) -> Self {
        Self { breaker: Cow::Borrowed(breaker), word, in_panic: std::thread::panicking() }
    }

    pub(crate) fn owned(breaker: Breaker<C>, word: u64) -> Self {
        Self { breaker: Cow::Owned(breaker), word, in_panic: std::thread::panicking() }
    }

    /// The call did what it should.
    #[inline]
    pub fn success(self) {
        self.settle(Outcome::Success);
    }

    /// The service failed the call.
    #[inline]
    pub fn failure(self) {
        self.settle(Outcome::Failure);
    }

    /// No verdict on the service: the call was cancelled, or its failure was the caller's own fault.
    pub fn ignore(self) {
        self.settle(Outcome::Ignored);
    }

    /// The service failed the call and said how long to wait: opens the breaker at once (S9).
    pub fn throttled(mut self, retry_after: Duration) {
        let ms = u64::try_from(retry_after.as_nanos().div_ceil(1_000_000)).unwrap_or(u64::MAX);
        let word = std::mem::take(&mut self.word);
        self.breaker.record_throttled_at(word, ms, self.breaker.now());
    }

    /// As [`Permit::success`], with a duration other than the time since admission, such as that to the first token.
    pub fn success_after(self, duration: Duration) {
        self.settle_after(Outcome::Success, duration);
    }

    /// As [`Permit::failure`], with a duration other than the time since admission.
    pub fn failure_after(self, duration: Duration) {
        self.settle_after(Outcome::Failure, duration);
    }

    /// Gives it back with a classifier's answer.
    #[inline]
    pub fn give_back(self, classification: Classification) {
        match classification {
            Classification::Success => self.success(),
            Classification::Failure => self.failure(),
            Classification::Ignored => self.ignore(),
            Classification::Throttled(retry_after) => self.throttled(retry_after),
        }
    }

    #[inline]
    fn settle(mut self, outcome: Outcome) {
        let word = std::mem::take(&mut self.word);
        self.breaker.record_at(word, outcome, self.breaker.now());
    }

    fn settle_after(mut self, outcome: Outcome, duration: Duration) {
        let word = std::mem::take(&mut self.word);
        let ns = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
        self.breaker.record_duration_at(word, outcome, ns, self.breaker.now());
    }
}

impl<C: Clock> Drop for Permit<'_, C> {
    #[inline]
    fn drop(&mut self) {
        if self.word != 0 {
            let failed = std::thread::panicking() && !self.in_panic;
            let outcome = if failed { Outcome::Failure } else { Outcome::Ignored };
            self.breaker.record_at(self.word, outcome, self.breaker.now());
        }
    }
}
