//! A service whose responses are scripted, behind a breaker whose totals are read as text.

use ::http::{Request, Response};
use bytes::Bytes;
use holysheep_cb::tower::{CircuitBreaker, CircuitBreakerLayer};
use holysheep_cb::{Breaker, Clock, Config, ManualClock, Segment};
use http_body::{Body, Frame};
use std::collections::VecDeque;
use std::future::Future;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};
use tower::{Layer as _, Service, ServiceExt as _};

/// What a body does at a poll.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Step {
    Data(&'static str),
    Trailers,
    Fail,
    Wait,
    Panic,
}

/// A body that does one step at a poll, and then ends.
#[derive(Debug, Clone, Default)]
pub(crate) struct Script {
    steps: VecDeque<Step>,
    /// It says when it is at its end, as bodies of known length do.
    tells: bool,
}

impl Script {
    /// A body that shows its end only when it is polled, as chunked ones do.
    pub(crate) fn chunked(steps: &[Step]) -> Self {
        Self { steps: steps.iter().copied().collect(), tells: false }
    }

    /// A body that knows its end.
    pub(crate) fn sized(steps: &[Step]) -> Self {
        Self { tells: true, ..Self::chunked(steps) }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Broken;

impl std::fmt::Display for Broken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("broken")
    }
}

impl std::error::Error for Broken {}

impl Body for Script {
    type Data = Bytes;
    type Error = Broken;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Broken>>> {
        Poll::Ready(match self.steps.pop_front() {
            None => None,
            Some(Step::Data(text)) => Some(Ok(Frame::data(Bytes::from(text)))),
            Some(Step::Trailers) => Some(Ok(Frame::trailers(Default::default()))),
            Some(Step::Fail) => Some(Err(Broken)),
            Some(Step::Panic) => panic!("planted in a body"),
            Some(Step::Wait) => {
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
        })
    }

    fn is_end_stream(&self) -> bool {
        self.tells && self.steps.is_empty()
    }
}

/// A breaker of its own at a clock that stands still.
pub(crate) fn breaker(config: Config) -> (Breaker<ManualClock>, ManualClock) {
    let clock = ManualClock::new();
    let builder = Breaker::builder().segment(&Segment::private()).config(config).clock(clock.clone());
    (builder.open("relay").unwrap(), clock)
}

/// A breaker that never trips by itself.
pub(crate) fn calm() -> (Breaker<ManualClock>, ManualClock) {
    breaker(Config::new().failure_threshold(0).failure_rate(0.0))
}

/// Everything but zeros of what a breaker counted.
pub(crate) fn recorded<C: Clock>(breaker: &Breaker<C>) -> String {
    let totals = breaker.snapshot().totals;
    let counts = [
        ("success", totals.successes),
        ("failure", totals.failures),
        ("throttled", totals.throttled),
        ("slow", totals.slow),
        ("ignored", totals.ignored),
        ("rejected", totals.rejected),
        ("late", totals.late),
    ];
    let named = counts.iter().filter(|(_, count)| *count > 0).map(|(name, count)| format!("{count} {name}"));
    named.collect::<Vec<_>>().join(", ")
}

/// A service that gives this response to every call.
pub(crate) fn always(
    response: Response<Script>,
) -> impl Service<Request<()>, Response = Response<Script>, Error = Broken, Future: Send + Unpin> + Clone + Send
{
    tower::service_fn(move |_| std::future::ready(Ok(response.clone())))
}

/// A response without headers.
pub(crate) fn response(status: u16, body: Script) -> Response<Script> {
    Response::builder().status(status).body(body).unwrap()
}

/// `inner` behind `breaker` as by default.
pub(crate) fn guard<S>(breaker: &Breaker<ManualClock>, inner: S) -> CircuitBreaker<S, ManualClock> {
    CircuitBreakerLayer::new(breaker.clone()).layer(inner)
}

/// One call of a service.
pub(crate) async fn call<S: Service<Request<()>>>(service: S) -> Result<S::Response, S::Error> {
    service.oneshot(Request::new(())).await
}

/// Polls once.
pub(crate) fn poll<F: Future>(future: F) -> Poll<F::Output> {
    pin!(future).poll(&mut Context::from_waker(Waker::noop()))
}
