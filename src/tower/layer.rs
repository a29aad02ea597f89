//! How a breaker guards a service.

use super::classify::{Judge, Record};
use super::reject::{AsError, AsResponse};
use crate::breaker::Breaker;
use crate::call::Rejected;
use crate::clock::{Clock, SystemClock};
use http::{HeaderMap, Response, StatusCode};
use std::fmt;

/// A `Layer` that guards an HTTP service with a breaker; see the [module](super) for what is recorded when.
///
/// `C` is the breaker's clock, `K` the classifier, `R` what rejected calls give.
#[derive(Clone)]
#[must_use = "a layer does nothing until it is put around a service"]
pub struct CircuitBreakerLayer<C = SystemClock, K = Judge, R = AsError> {
    pub(super) breaker: Breaker<C>,
    pub(super) classifier: K,
    pub(super) reject: R,
    pub(super) to_headers: bool,
}

impl<C: Clock> CircuitBreakerLayer<C> {
    /// Guards services with `breaker`, by the rules of the [module](super); rejected calls give
    /// [`CallError::Rejected`](crate::CallError::Rejected).
    pub fn new(breaker: Breaker<C>) -> Self {
        Self { breaker, classifier: Judge, reject: AsError, to_headers: false }
    }
}

impl<C: Clock, K, R> CircuitBreakerLayer<C, K, R> {
    /// Lets a closure of status and headers say what to record, and when.
    ///
    /// ```
    /// # use holysheep_cb::{Breaker, Classification};
    /// use holysheep_cb::tower::{CircuitBreakerLayer, Record};
    ///
    /// # let breaker = Breaker::builder().open("tower-classify")?;
    /// let layer = CircuitBreakerLayer::new(breaker).classify(|status, headers| match status.as_u16() {
    ///     404 => Record::Now(Classification::Failure), // the deployment is gone
    ///     200 if headers.contains_key("x-from-cache") => Record::Now(Classification::Ignored),
    ///     _ => Record::Judged,
    /// });
    /// # Ok::<(), holysheep_cb::Error>(())
    /// ```
    pub fn classify<F>(self, classify: F) -> CircuitBreakerLayer<C, F, R>
    where
        F: Fn(StatusCode, &HeaderMap) -> Record + Clone,
    {
        self.classifier(classify)
    }

    /// Lets a [`Classify`](super::Classify) say what to record, of errors too.
    pub fn classifier<L>(self, classifier: L) -> CircuitBreakerLayer<C, L, R> {
        let Self { breaker, classifier: _, reject, to_headers } = self;
        CircuitBreakerLayer { breaker, classifier, reject, to_headers }
    }

    /// Answers rejected calls with a response, whose body is one chunk of data. The guarded service's error is then that
    /// of the inner service.
    ///
    /// ```
    /// # use holysheep_cb::Breaker;
    /// use holysheep_cb::tower::{CircuitBreakerLayer, service_unavailable};
    ///
    /// # let breaker = Breaker::builder().open("tower-answer")?;
    /// let layer = CircuitBreakerLayer::new(breaker).answer_rejected(service_unavailable::<bytes::Bytes>);
    /// # Ok::<(), holysheep_cb::Error>(())
    /// ```
    pub fn answer_rejected<F, D>(self, answer: F) -> CircuitBreakerLayer<C, K, AsResponse<F>>
    where
        F: Fn(Rejected) -> Response<D> + Clone,
    {
        let Self { breaker, classifier, reject: _, to_headers } = self;
        CircuitBreakerLayer { breaker, classifier, reject: AsResponse(answer), to_headers }
    }

    /// Takes the time until the headers as a call's duration, for the slow rule and the latencies; by default it is the
    /// time until the record, which for a success is the end of the body.
    pub fn time_to_headers(mut self) -> Self {
        self.to_headers = true;
        self
    }

    /// The breaker.
    #[must_use]
    pub fn breaker(&self) -> &Breaker<C> {
        &self.breaker
    }
}

impl<C: Clock, K, R> fmt::Debug for CircuitBreakerLayer<C, K, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CircuitBreakerLayer")
            .field("breaker", &self.breaker)
            .field("time_to_headers", &self.to_headers)
            .finish_non_exhaustive()
    }
}
