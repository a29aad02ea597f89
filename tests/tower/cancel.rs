//! Calls that come to no result: dropped, failed, or ended by a panic.

use crate::support::{Broken, Script, Step, always, call, calm, guard, poll, recorded, response};
use ::http::{Request, Response};
use holysheep_cb::CallError;
use std::future::{Future, pending};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use tower::{Service as _, ServiceExt as _};

#[test]
fn a_future_dropped_while_it_waits_is_ignored() {
    let (breaker, _) = calm();
    let inner = tower::service_fn(|_: Request<()>| pending::<Result<Response<Script>, Broken>>());
    assert!(poll(call(guard(&breaker, inner))).is_pending());
    assert_eq!(recorded(&breaker), "1 ignored");
}

#[test]
fn a_future_that_is_never_polled_is_ignored() {
    let (breaker, _) = calm();
    let future = guard(&breaker, always(response(200, Script::default()))).call(Request::new(()));
    assert_eq!(recorded(&breaker), "");
    drop(future);
    assert_eq!(recorded(&breaker), "1 ignored");
}

#[tokio::test]
async fn an_error_of_the_service_is_a_failure() {
    let (breaker, _) = calm();
    let inner = tower::service_fn(|_| std::future::ready(Err::<Response<Script>, _>(Broken)));
    assert_eq!(call(guard(&breaker, inner)).await.unwrap_err(), CallError::Failed(Broken));
    assert_eq!(recorded(&breaker), "1 failure");
}

#[test]
fn a_panic_in_call_is_a_failure() {
    let (breaker, _) = calm();
    let inner = tower::service_fn(|_| -> std::future::Ready<Result<Response<Script>, Broken>> {
        panic!("planted in call");
    });
    let mut service = guard(&breaker, inner);
    assert!(catch_unwind(AssertUnwindSafe(|| service.call(Request::new(())))).is_err());
    assert_eq!(recorded(&breaker), "1 failure");
}

/// Who catches a panic may drop the future later, when no thread panics any more.
#[test]
fn a_panic_in_the_future_is_a_failure_at_once() {
    let (breaker, _) = calm();
    let inner =
        tower::service_fn(async |_| -> Result<Response<Script>, Broken> { panic!("planted in the future") });
    let mut future = pin!(guard(&breaker, inner).oneshot(Request::new(())));
    let mut cx = Context::from_waker(Waker::noop());
    assert!(catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(&mut cx).is_ready())).is_err());
    assert_eq!(recorded(&breaker), "1 failure");
}

#[tokio::test]
async fn a_panic_in_a_task_is_one_failure() {
    let (breaker, _) = calm();
    let inner =
        tower::service_fn(async |_| -> Result<Response<Script>, Broken> { panic!("planted in the task") });
    let service = guard(&breaker, inner);
    assert!(tokio::spawn(async move { call(service).await.map(drop) }).await.unwrap_err().is_panic());
    assert_eq!(recorded(&breaker), "1 failure");
}

#[test]
fn a_panic_in_the_body_is_a_failure() {
    let (breaker, _) = calm();
    let script = Script::chunked(&[Step::Data("to"), Step::Panic]);
    let Poll::Ready(Ok(response)) = poll(call(guard(&breaker, always(response(200, script))))) else {
        panic!("the headers are there");
    };
    let read = || poll(http_body_util::BodyExt::collect(response.into_body())).is_ready();
    assert!(catch_unwind(AssertUnwindSafe(read)).is_err());
    assert_eq!(recorded(&breaker), "1 failure");
}

/// The panic of somebody else in the same task cancels the call; it does not say that the service is ill.
#[test]
fn a_panic_beside_a_call_is_no_failure_of_the_service() {
    let (breaker, _) = calm();
    let inner = tower::service_fn(|_: Request<()>| pending::<Result<Response<Script>, Broken>>());
    let body = Script::chunked(&[Step::Data("token")]);
    let in_flight = guard(&breaker, inner).call(Request::new(()));
    let answered = poll(call(guard(&breaker, always(response(200, body)))));
    let task = move || {
        let _held = (in_flight, answered);
        panic!("planted in the caller");
    };
    assert!(catch_unwind(AssertUnwindSafe(task)).is_err());
    assert_eq!(recorded(&breaker), "2 ignored");
}
