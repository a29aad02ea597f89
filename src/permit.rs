//! The permit of a call as a value that cannot be given back twice.

use crate::breaker::Breaker;
use crate::clock::{Clock, SystemClock};
use crate::outcome::{Classification, Outcome};
use std::time::Duration;

/// A call that was admitted. Give it back with what became of the call; dropped without a verdict it counts as ignored
/// (S4), and dropped during a panic as a failure, also one that was taken by a destructor in that panic.
#[must_use = "a permit that is dropped at once counts as an ignored call"]
#[derive(Debug)]
pub struct Permit<'a, C: Clock = SystemClock> {
    breaker: &'a Breaker<C>,
    word: u64,
}

impl<'a, C: Clock> Permit<'a, C> {
    #[inline]
    pub(crate) fn new(breaker: &'a Breaker<C>, word: u64) -> Self {
        Self { breaker, word }
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
    pub fn throttled(self, retry_after: Duration) {
        self.give_back(Classification::Throttled(retry_after));
    }

    /// As [`Permit::success`], with a duration other than the time since admission, such as that to the first token.
    pub fn success_after(self, duration: Duration) {
        self.give_back_after(Classification::Success, duration);
    }

    /// As [`Permit::failure`], with a duration other than the time since admission.
    pub fn failure_after(self, duration: Duration) {
        self.give_back_after(Classification::Failure, duration);
    }

    /// Gives it back with a classifier's answer.
    #[inline]
    pub fn give_back(self, classification: Classification) {
        let (breaker, word) = self.into_parts();
        breaker.give_back_at(word, classification, None, breaker.now());
    }

    /// As [`Permit::give_back`], with a duration other than the time since admission, such as that to the first token.
    pub fn give_back_after(self, classification: Classification, duration: Duration) {
        let (breaker, word) = self.into_parts();
        let ns = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
        breaker.give_back_at(word, classification, Some(ns), breaker.now());
    }

    #[inline]
    fn settle(self, outcome: Outcome) {
        let (breaker, word) = self.into_parts();
        breaker.record_at(word, outcome, breaker.now());
    }

    /// The permit as a number, for a binding that must carry it where no borrow can go; given back by
    /// [`Breaker::permit_from_raw`]. Until then nobody gives it back: a probe among them is lost after its lease (S8).
    ///
    /// ```
    /// # use holysheep_cb::Breaker;
    /// let breaker = Breaker::builder().open("relay-by-number")?;
    /// let raw = breaker.admit()?.into_raw();
    /// breaker.permit_from_raw(raw).success();
    /// assert_eq!(breaker.snapshot().totals.successes, 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[inline]
    #[must_use = "a number that is dropped is a permit that nobody gives back"]
    pub fn into_raw(self) -> u64 {
        self.into_parts().1
    }

    /// What it is made of; it is not dropped.
    #[inline]
    fn into_parts(self) -> (&'a Breaker<C>, u64) {
        let parts = (self.breaker, self.word);
        std::mem::forget(self);
        parts
    }
}

impl<C: Clock> Breaker<C> {
    /// The permit of a number that [`Permit::into_raw`] has made. One that was given back before, or is made up, may
    /// miscount that one call and does nothing worse (S3).
    #[inline]
    pub fn permit_from_raw(&self, raw: u64) -> Permit<'_, C> {
        Permit::new(self, raw)
    }
}

impl<C: Clock> Drop for Permit<'_, C> {
    #[inline]
    fn drop(&mut self) {
        let outcome = if std::thread::panicking() { Outcome::Failure } else { Outcome::Ignored };
        self.breaker.record_at(self.word, outcome, self.breaker.now());
    }
}

/// A [`Permit`] that keeps its breaker alive, for calls that outlive the borrow.
#[must_use = "a permit that is dropped at once counts as an ignored call"]
#[derive(Debug)]
pub struct OwnedPermit<C: Clock = SystemClock> {
    breaker: Breaker<C>,
    /// 0 once it was given back.
    word: u64,
}

impl<C: Clock> OwnedPermit<C> {
    pub(crate) fn new(breaker: Breaker<C>, word: u64) -> Self {
        Self { breaker, word }
    }

    /// Gives it back with a classifier's answer.
    pub fn give_back(mut self, classification: Classification) {
        self.lend().give_back(classification);
    }

    /// As [`Permit::give_back_after`].
    pub fn give_back_after(mut self, classification: Classification, duration: Duration) {
        self.lend().give_back_after(classification, duration);
    }

    /// The permit itself, which leaves nothing to give back here.
    fn lend(&mut self) -> Permit<'_, C> {
        Permit { breaker: &self.breaker, word: std::mem::take(&mut self.word) }
    }
}

impl<C: Clock> Drop for OwnedPermit<C> {
    fn drop(&mut self) {
        if self.word != 0 {
            drop(self.lend());
        }
    }
}
