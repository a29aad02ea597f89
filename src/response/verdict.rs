//! How a response ended, and what it was.

use super::cause::Cause;
use crate::outcome::{Classification, Outcome};
use std::time::Duration;

/// How a response ended, as the transport saw it. The numbers are those of the C ABI.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u32)]
pub enum End {
    /// The body ended as HTTP says it should.
    Complete = 0,
    /// The connection broke, or the body was shorter than announced.
    Cut = 1,
    /// A read timed out.
    Stalled = 2,
    /// The user broke off.
    Abandoned = 3,
}

impl End {
    /// The end of a number; `None` for numbers that name none.
    #[must_use]
    pub const fn from_number(n: u32) -> Option<Self> {
        Some(match n {
            0 => Self::Complete,
            1 => Self::Cut,
            2 => Self::Stalled,
            3 => Self::Abandoned,
            _ => return None,
        })
    }
}

/// What a response says of the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verdict {
    /// Why it is so.
    pub cause: Cause,
    /// In ms; 0 if none was asked for.
    wait: u64,
}

impl Verdict {
    /// `wait` in ms: what was asked for, if anything was.
    pub(super) fn new(cause: Cause, wait: Option<u64>) -> Self {
        Self { cause, wait: wait.filter(|_| cause.may_ask_to_wait()).unwrap_or(0) }
    }

    /// What the call's permit is given back with.
    #[must_use]
    pub fn classification(self) -> Classification {
        match (self.cause.outcome(), self.retry_after()) {
            (Outcome::Success, _) => Classification::Success,
            (Outcome::Ignored, _) => Classification::Ignored,
            (Outcome::Failure, None) => Classification::Failure,
            (Outcome::Failure, Some(wait)) => Classification::Throttled(wait),
        }
    }

    /// How long the service asks to wait, in whole ms, rounded up.
    #[must_use]
    pub fn retry_after(self) -> Option<Duration> {
        (self.wait > 0).then(|| Duration::from_millis(self.wait))
    }
}
