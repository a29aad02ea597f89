//! Protecting a closure.

use crate::breaker::Breaker;
use crate::clock::{self, Clock};
use crate::outcome::Classification;
use crate::permit::{OwnedPermit, Permit};
use std::fmt;
use std::time::Duration;

/// A call that was not made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rejected {
    /// How long until a call would be admitted; `None` = not to be known (forced open, or probes are out).
    pub retry_after: Option<Duration>,
}

impl Rejected {
    /// From a wait in ns, `u64::MAX` = not to be known.
    #[inline(always)]
    pub(crate) fn until(wait: u64) -> Self {
        Self { retry_after: clock::wait(wait) }
    }
}

impl fmt::Display for Rejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.retry_after {
            Some(after) => write!(f, "the circuit breaker rejects calls, the next may go in {after:?}"),
            None => f.write_str("the circuit breaker rejects calls, and it is not known for how long"),
        }
    }
}

impl std::error::Error for Rejected {}

/// Why a protected call has no result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallError<E> {
    /// It was not made.
    Rejected(Rejected),
    /// It was made and failed.
    Failed(E),
}

impl<E: fmt::Display> fmt::Display for CallError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rejected(rejected) => rejected.fmt(f),
            Self::Failed(error) => error.fmt(f),
        }
    }
}

impl<E: std::error::Error + 'static> std::error::Error for CallError<E> {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Rejected(rejected) => Some(rejected),
            Self::Failed(error) => Some(error),
        }
    }
}

impl<C: Clock> Breaker<C> {
    /// May a call go? Its permit, to be given back with the call's outcome; dropped without, it counts as ignored, and
    /// as a failure if a panic drops it.
    ///
    /// ```
    /// # use holysheep_cb::Breaker;
    /// let breaker = Breaker::builder().open("relay")?;
    /// let permit = breaker.admit()?;
    /// // ... the call ...
    /// permit.success();
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`Rejected`], with the time until a call would be admitted.
    #[inline(always)]
    pub fn admit(&self) -> Result<Permit<'_, C>, Rejected> {
        match self.admit_at(self.now()) {
            Ok(word) => Ok(Permit::new(self, word)),
            Err(wait) => Err(Rejected::until(wait)),
        }
    }

    /// The same with a permit that keeps the breaker alive, for calls that outlive the borrow.
    ///
    /// # Errors
    /// As [`Breaker::admit`].
    pub fn admit_owned(&self) -> Result<OwnedPermit<C>, Rejected> {
        match self.admit_at(self.now()) {
            Ok(word) => Ok(OwnedPermit::new(self.clone(), word)),
            Err(wait) => Err(Rejected::until(wait)),
        }
    }

    /// Makes the call if it may go: `Ok` is a success, `Err` a failure, a panic a failure.
    ///
    /// # Errors
    /// [`CallError::Rejected`] if it was not made, [`CallError::Failed`] with the call's own error.
    #[inline]
    pub fn call<T, E>(&self, call: impl FnOnce() -> Result<T, E>) -> Result<T, CallError<E>> {
        self.call_classified(call, |result| match result {
            Ok(_) => Classification::Success,
            Err(_) => Classification::Failure,
        })
    }

    /// Makes the call if it may go, and lets `classify` say what its result means.
    ///
    /// ```
    /// # use holysheep_cb::{Breaker, CallError, Classification};
    /// # use std::time::Duration;
    /// let breaker = Breaker::builder().open("relay-by-status")?;
    /// let result = breaker.call_classified(
    ///     || Err::<(), u16>(429),
    ///     |result| match result {
    ///         Ok(()) => Classification::Success,
    ///         Err(429) => Classification::Throttled(Duration::from_secs(2)),
    ///         Err(400..=499) => Classification::Ignored,
    ///         Err(_) => Classification::Failure,
    ///     },
    /// );
    /// assert_eq!(result, Err(CallError::Failed(429)));
    /// assert!(!breaker.would_admit());
    /// # Ok::<(), holysheep_cb::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Breaker::call`].
    #[inline]
    pub fn call_classified<T, E>(
        &self,
        call: impl FnOnce() -> Result<T, E>,
        classify: impl FnOnce(&Result<T, E>) -> Classification,
    ) -> Result<T, CallError<E>> {
        let permit = self.admit().map_err(CallError::Rejected)?;
        let result = call();
        permit.give_back(classify(&result));
        result.map_err(CallError::Failed)
    }

    /// Makes the call if it may go; whatever keeps it from a result is turned into one by `fallback`.
    pub fn call_with_fallback<T, E>(
        &self,
        call: impl FnOnce() -> Result<T, E>,
        fallback: impl FnOnce(CallError<E>) -> T,
    ) -> T {
        self.call(call).unwrap_or_else(fallback)
    }
}
