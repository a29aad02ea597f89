//! What a response says of the service, and when that is recorded.

use crate::outcome::Classification;
use crate::response::Response;
use http::{HeaderMap, StatusCode};

/// What to record of a response whose headers are in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Record {
    /// This, now: whatever becomes of the body changes nothing.
    Now(Classification),
    /// This when the body ends. If it fails, that is a failure instead; if it is dropped before its end, ignored.
    AtEnd(Classification),
    /// What [`response`](crate::response) says of status, headers and body, once that is certain.
    Judged,
}

/// Says what to record of a call. Closures of status and headers are classifiers for which every error is a failure.
///
/// ```
/// use holysheep_cb::Classification;
/// use holysheep_cb::tower::{Classify, Record};
/// use http::{HeaderMap, StatusCode};
/// use tower::BoxError;
/// use tower::load_shed::error::Overloaded;
///
/// /// As by default, but a limit of our own that stands between breaker and service is no fault of the service.
/// #[derive(Clone)]
/// struct NotOurLimits;
///
/// impl Classify<BoxError> for NotOurLimits {
///     fn response(&self, _: StatusCode, _: &HeaderMap) -> Record {
///         Record::Judged
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

/// The classifier that is used by default: every response is [`Record::Judged`], every error a failure.
#[derive(Debug, Clone, Copy, Default)]
pub struct Judge;

impl<E> Classify<E> for Judge {
    fn response(&self, _: StatusCode, _: &HeaderMap) -> Record {
        Record::Judged
    }
}

/// A response whose headers are in.
pub(super) fn judge(status: StatusCode, headers: &HeaderMap) -> Response {
    let mut response = Response::new(status.as_u16(), None);
    for (name, value) in headers {
        response.header(name.as_str().as_bytes(), value.as_bytes());
    }
    response
}
