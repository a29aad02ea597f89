//! Readiness: that of the service, unless a call would be rejected anyway.

use crate::support::{Broken, Script, calm, guard, poll, recorded, response};
use ::http::{Request, Response};
use holysheep_cb::{CallError, Rejected};
use std::cell::Cell;
use std::future::{Ready, ready};
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;
use tower::{Service, ServiceExt as _};

type Readiness = Rc<Cell<Poll<Result<(), Broken>>>>;

/// A service that is as ready as it is told, and was called only when it had said so.
#[derive(Clone)]
struct Picky {
    state: Readiness,
    asked: bool,
}

impl Picky {
    fn new() -> (Self, Readiness) {
        let state = Rc::new(Cell::new(Poll::Pending));
        (Self { state: Rc::clone(&state), asked: false }, state)
    }
}

impl Service<Request<()>> for Picky {
    type Response = Response<Script>;
    type Error = Broken;
    type Future = Ready<Result<Response<Script>, Broken>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Broken>> {
        self.asked = matches!(self.state.get(), Poll::Ready(Ok(())));
        self.state.get()
    }

    fn call(&mut self, _: Request<()>) -> Self::Future {
        assert!(std::mem::take(&mut self.asked), "called though it was not ready");
        ready(Ok(response(200, Script::sized(&[]))))
    }
}

#[test]
fn a_guarded_service_is_ready_when_the_service_is() {
    let (breaker, _) = calm();
    let (picky, state) = Picky::new();
    let mut service = guard(&breaker, picky);
    assert!(poll(service.ready()).is_pending());
    state.set(Poll::Ready(Ok(())));
    assert!(poll(service.ready()).is_ready());
    assert!(matches!(poll(service.call(Request::new(()))), Poll::Ready(Ok(_))));
    assert_eq!(recorded(&breaker), "1 success");
}

/// No call was made, so there is nothing to record.
#[test]
fn an_error_of_readiness_is_passed_on_and_not_recorded() {
    let (breaker, _) = calm();
    let (picky, state) = Picky::new();
    state.set(Poll::Ready(Err(Broken)));
    let Poll::Ready(Err(error)) = poll(guard(&breaker, picky).ready_oneshot()) else { panic!("an error") };
    assert_eq!(error, CallError::Failed(Broken));
    assert_eq!(recorded(&breaker), "");
}

/// Callers of a hanging service that is at its limit of concurrency are rejected at once, and do not queue.
#[test]
fn a_rejection_does_not_wait_for_the_service() {
    let (breaker, _) = calm();
    let (picky, _state) = Picky::new();
    breaker.trip_for(Duration::from_secs(5));
    let answered = poll(guard(&breaker, picky).oneshot(Request::new(())));
    let Poll::Ready(Err(CallError::Rejected(rejected))) = answered else { panic!("{answered:?}") };
    assert_eq!(rejected.retry_after, Some(Duration::from_secs(5)));
    assert_eq!(recorded(&breaker), "1 rejected");
}

/// ```text
/// 0 s                 5 s
/// open; the service   half-open: a call would be admitted, but the
/// is not ready        service never said that it is ready
/// ```
#[test]
fn readiness_for_a_rejection_is_no_readiness_of_the_service() {
    let (breaker, clock) = calm();
    let (picky, state) = Picky::new();
    breaker.trip_for(Duration::from_secs(5));
    let mut service = guard(&breaker, picky);
    assert!(poll(service.ready()).is_ready());
    clock.advance(Duration::from_secs(5));
    let answered = poll(service.call(Request::new(())));
    let Poll::Ready(Err(CallError::Rejected(rejected))) = answered else { panic!("{answered:?}") };
    assert_eq!(rejected, Rejected { retry_after: Some(Duration::ZERO) });
    assert_eq!((recorded(&breaker), breaker.snapshot().probes_in_flight), ("1 ignored".into(), 0));

    assert!(poll(service.ready()).is_pending());
    state.set(Poll::Ready(Ok(())));
    assert!(matches!(poll(service.oneshot(Request::new(()))), Poll::Ready(Ok(_))));
    assert_eq!(recorded(&breaker), "1 success, 1 ignored");
}
