//! What the caller of a rejected call gets.

use crate::call::{CallError, Rejected};
use http::header::{HeaderValue, RETRY_AFTER};
use http::{Response, StatusCode};

/// What a rejected call gives, and with that the error type of the guarded service: `E` is the inner service's error,
/// `D` the data of its bodies.
pub trait Reject<E, D> {
    /// The error of the guarded service.
    type Error;

    /// What the caller gets instead of the call.
    ///
    /// # Errors
    /// Where a rejected call gives an error.
    fn reject(&self, rejected: Rejected) -> Result<Response<D>, Self::Error>;

    /// The inner service's own error.
    fn failed(error: E) -> Self::Error;
}

/// A rejected call gives [`CallError::Rejected`], an error of the service [`CallError::Failed`]. The default.
#[derive(Debug, Clone, Copy, Default)]
pub struct AsError;

impl<E, D> Reject<E, D> for AsError {
    type Error = CallError<E>;

    fn reject(&self, rejected: Rejected) -> Result<Response<D>, CallError<E>> {
        Err(CallError::Rejected(rejected))
    }

    fn failed(error: E) -> CallError<E> {
        CallError::Failed(error)
    }
}

/// A rejected call gives a response that a closure makes, and the error type stays that of the service: see
/// [`CircuitBreakerLayer::answer_rejected`](super::CircuitBreakerLayer::answer_rejected).
#[derive(Debug, Clone, Copy)]
pub struct AsResponse<F>(pub(super) F);

impl<F, E, D> Reject<E, D> for AsResponse<F>
where
    F: Fn(Rejected) -> Response<D>,
{
    type Error = E;

    fn reject(&self, rejected: Rejected) -> Result<Response<D>, E> {
        Ok(self.0(rejected))
    }

    fn failed(error: E) -> E {
        error
    }
}

/// 503 with an empty body and, where it is known, `Retry-After` in whole seconds, rounded up: an answer to rejected
/// calls for [`CircuitBreakerLayer::answer_rejected`](super::CircuitBreakerLayer::answer_rejected).
#[must_use]
pub fn service_unavailable<D: Default>(rejected: Rejected) -> Response<D> {
    let mut response = Response::new(D::default());
    *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
    if let Some(wait) = rejected.retry_after {
        let seconds = wait.as_secs().saturating_add(u64::from(wait.subsec_nanos() > 0));
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

impl<E> CallError<E> {
    /// The rejection or the service's error in a box, each as itself, for stacks of services whose error is
    /// `Box<dyn Error>`: `ServiceBuilder::new().map_err(CallError::into_boxed).layer(breaker)`.
    #[must_use]
    pub fn into_boxed(self) -> Box<dyn std::error::Error + Send + Sync>
    where
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        match self {
            Self::Rejected(rejected) => rejected.into(),
            Self::Failed(error) => error.into(),
        }
    }
}
