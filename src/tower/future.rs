//! The future of a guarded call.

use super::body::GuardedBody;
use super::classify::{Classify, Record, judge};
use super::pending::Pending;
use super::reject::Reject;
use super::ticket::{Ticket, settle, watch};
use crate::call::Rejected;
use crate::clock::Clock;
use http::Response;
use http::header::{CONTENT_ENCODING, HeaderMap};
use http_body::Body;
use pin_project_lite::pin_project;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

pin_project! {
    /// The future of a [`CircuitBreaker`](super::CircuitBreaker). Dropped before it is ready, the call counts as ignored.
    #[must_use = "futures do nothing unless polled"]
    pub struct ResponseFuture<F, C: Clock, K, R> {
        #[pin]
        stage: Stage<F, C, K, R>,
    }
}

pin_project! {
    #[project = StageProjection]
    enum Stage<F, C: Clock, K, R> {
        Called {
            #[pin]
            future: F,
            ticket: Option<Ticket<C>>,
            classifier: K,
            to_headers: bool,
        },
        Rejected {
            rejected: Rejected,
            reject: R,
        },
    }
}

impl<F, C: Clock, K, R> ResponseFuture<F, C, K, R> {
    pub(super) fn called(future: F, ticket: Option<Ticket<C>>, classifier: K, to_headers: bool) -> Self {
        Self { stage: Stage::Called { future, ticket, classifier, to_headers } }
    }

    pub(super) fn rejected(rejected: Rejected, reject: R) -> Self {
        Self { stage: Stage::Rejected { rejected, reject } }
    }
}

impl<F, B, E, C, K, R> Future for ResponseFuture<F, C, K, R>
where
    F: Future<Output = Result<Response<B>, E>>,
    B: Body,
    C: Clock,
    K: Classify<E>,
    R: Reject<E, B::Data>,
{
    type Output = Result<Response<GuardedBody<B, C>>, R::Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project().stage.project() {
            StageProjection::Rejected { rejected, reject } => {
                Poll::Ready(reject.reject(*rejected).map(|answer| answer.map(GuardedBody::answer)))
            }
            StageProjection::Called { future, ticket, classifier, to_headers } => {
                Poll::Ready(match ready!(watch(ticket, || future.poll(cx))) {
                    Ok(response) => Ok(guard(response, ticket.take(), &*classifier, *to_headers)),
                    Err(error) => {
                        settle(ticket, classifier.error(&error));
                        Err(R::failed(error))
                    }
                })
            }
        }
    }
}

/// The response, with a body that gives the ticket back unless the headers say enough.
fn guard<B: Body, E, C: Clock>(
    response: Response<B>,
    ticket: Option<Ticket<C>>,
    classifier: &impl Classify<E>,
    to_headers: bool,
) -> Response<GuardedBody<B, C>> {
    let Some(mut ticket) = ticket else { return response.map(GuardedBody::settled) };
    let (status, headers) = (response.status(), response.headers());
    let pending = match classifier.response(status, headers) {
        Record::Now(classification) => {
            ticket.settle(classification);
            return response.map(GuardedBody::settled);
        }
        Record::AtEnd(classification) => Pending::Stated(classification),
        Record::Judged => Pending::judged(judge(status, headers), is_encoded(headers)),
    };
    if to_headers {
        ticket.stop_the_clock();
    }
    response.map(|body| GuardedBody::guarded(body, ticket, pending))
}

/// Whether the body is still compressed here. (Layers that decompress take the header off.)
fn is_encoded(headers: &HeaderMap) -> bool {
    headers
        .get_all(CONTENT_ENCODING)
        .iter()
        .any(|coding| !coding.as_bytes().eq_ignore_ascii_case(b"identity"))
}

impl<F, C: Clock, K, R> fmt::Debug for ResponseFuture<F, C, K, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let stage = match &self.stage {
            Stage::Called { .. } => "called",
            Stage::Rejected { .. } => "rejected",
        };
        f.debug_tuple("ResponseFuture").field(&stage).finish()
    }
}
