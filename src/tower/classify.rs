//! What a response says of the service, and when that is recorded.

use super::retry_after::retry_after;
use crate::outcome::Classification;
use http::{HeaderMap, StatusCode};

/// What to record of a response whose headers are in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Record {
    /// This, now: whatever becomes of the body changes nothing.
    Now(Classification),
    /// This when the body ends. If it fails, that is a failure instead; if it is dropped before its end, ignored.
    AtEnd(Classification),
}

/// Says what to record of a call. Closures of status and headers are classifiers for which every error is a failure.
///
/// ```
/// use holysheep_cb::Classification;
/// use holysheep_cb::tower::{ByStatus, Classify, Record};
/// use http::{HeaderMap, StatusCode};
/// use tower::BoxError;
/// use tower::load_shed::error::Overloaded;
///
/// /// By status, but a limit of our own that stands between breaker and service is no fault of the service.
/// #[derive(Clone)]
/// struct NotOurLimits;
///
/// impl Classify<BoxError> for NotOurLimits {
///     fn response(&self, status: StatusCode, headers: &HeaderMap) -> Record {
///         ByStatus::of(status, headers)
///     }
///
///     fn error(&self, error: &BoxError) -> Classification {
///         if error.is::<Overloaded>() { Classification::Ignored } else { Classification::Failure }
///     }
/// }
/// ```
pub trait Classify<E> {
    /// What a response says, and when that is recorded.
    fn response(&self, status: StatusCode, headers: &HeaderMap) -> Record;

    /// What an error of the service says, where there is no response. Default: failure.
    fn error(&self, _error: &E) -> Classification {
        Classification::Failure
    }
}

impl<F, E> Classify<E> for F
where
    F: Fn(StatusCode, &HeaderMap) -> Record,
{
    fn response(&self, status: StatusCode, headers: &HeaderMap) -> Record {
        self(status, headers)
    }
}

/// The classifier that is used by default; its rules are the [module](crate::tower)'s table.
#[derive(Debug, Clone, Copy, Default)]
pub struct ByStatus;

impl ByStatus {
    /// What it says of a response: for classifiers that differ in a few cases only.
    #[must_use]
    pub fn of(status: StatusCode, headers: &HeaderMap) -> Record {
        let asked_to_wait =
            || retry_after(headers).map_or(Classification::Failure, Classification::Throttled);
        match status.as_u16() {
            ..400 => Record::AtEnd(Classification::Success),
            429 | 503 => Record::Now(asked_to_wait()),
            408 | 500.. => Record::Now(Classification::Failure),
            400..500 => Record::Now(Classification::Ignored),
        }
    }
}

impl<E> Classify<E> for ByStatus {
    fn response(&self, status: StatusCode, headers: &HeaderMap) -> Record {
        Self::of(status, headers)
    }
}
