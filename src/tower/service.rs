//! The guarded service.

use super::body::GuardedBody;
use super::classify::{Classify, Judge};
use super::future::ResponseFuture;
use super::layer::CircuitBreakerLayer;
use super::reject::{AsError, Reject};
use super::ticket::{Ticket, watch};
use crate::breaker::Breaker;
use crate::call::Rejected;
use crate::clock::{Clock, SystemClock};
use http::Response;
use http_body::Body;
use std::fmt;
use std::task::{Context, Poll};
use std::time::Duration;
use tower_layer::Layer;
use tower_service::Service;

/// A service guarded by a breaker, made by a [`CircuitBreakerLayer`]. The permit is taken when `call` is made, and given
/// back as the [module](super) says. Any request type will do; the response is an [`http::Response`].
pub struct CircuitBreaker<S, C = SystemClock, K = Judge, R = AsError> {
    inner: S,
    layer: CircuitBreakerLayer<C, K, R>,
    /// Readiness was only good for a rejection: the inner service is not ready.
    unready: bool,
}

impl<S, C: Clock, K, R> CircuitBreaker<S, C, K, R> {
    /// The breaker.
    #[must_use]
    pub fn breaker(&self) -> &Breaker<C> {
        self.layer.breaker()
    }

    /// The inner service.
    #[must_use]
    pub fn get_ref(&self) -> &S {
        &self.inner
    }

    /// The inner service; calls made on it go past the breaker.
    #[must_use]
    pub fn get_mut(&mut self) -> &mut S {
        &mut self.inner
    }

    /// The inner service.
    #[must_use]
    pub fn into_inner(self) -> S {
        self.inner
    }
}

impl<S, C: Clock, K: Clone, R: Clone> Layer<S> for CircuitBreakerLayer<C, K, R> {
    type Service = CircuitBreaker<S, C, K, R>;

    fn layer(&self, inner: S) -> Self::Service {
        CircuitBreaker { inner, layer: self.clone(), unready: false }
    }
}

impl<S, Q, B, C, K, R> Service<Q> for CircuitBreaker<S, C, K, R>
where
    S: Service<Q, Response = Response<B>>,
    B: Body,
    C: Clock,
    K: Classify<S::Error> + Clone,
    R: Reject<S::Error, B::Data> + Clone,
{
    type Response = Response<GuardedBody<B, C>>;
    type Error = R::Error;
    type Future = ResponseFuture<S::Future, C, K, R>;

    /// Ready if the inner service is. While the breaker would reject, a call need not wait for that.
    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), R::Error>> {
        let polled = self.inner.poll_ready(cx);
        self.unready = polled.is_pending() && !self.breaker().would_admit();
        if self.unready {
            return Poll::Ready(Ok(()));
        }
        polled.map_err(R::failed)
    }

    fn call(&mut self, request: Q) -> Self::Future {
        let CircuitBreakerLayer { breaker, classifier, reject, to_headers } = &self.layer;
        let rejected = match Ticket::take(breaker) {
            // The breaker opened up between `poll_ready` and here; the ticket goes back as ignored.
            Ok(_) if self.unready => Rejected { retry_after: Some(Duration::ZERO) },
            Ok(ticket) => {
                let mut ticket = Some(ticket);
                let future = watch(&mut ticket, || self.inner.call(request));
                return ResponseFuture::called(future, ticket, classifier.clone(), *to_headers);
            }
            Err(rejected) => rejected,
        };
        self.unready = false;
        ResponseFuture::rejected(rejected, reject.clone())
    }
}

impl<S: Clone, C: Clone, K: Clone, R: Clone> Clone for CircuitBreaker<S, C, K, R> {
    fn clone(&self) -> Self {
        // The clone of a service has readiness of its own.
        Self { inner: self.inner.clone(), layer: self.layer.clone(), unready: false }
    }
}

impl<S: fmt::Debug, C: Clock, K, R> fmt::Debug for CircuitBreaker<S, C, K, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CircuitBreaker").field("inner", &self.inner).field("layer", &self.layer).finish()
    }
}
