//! Calls that the breaker rejects.

use crate::support::{Broken, Script, Step, always, breaker, call, calm, guard, recorded, response};
use ::http::{Request, Response};
use bytes::Bytes;
use holysheep_cb::tower::{CircuitBreakerLayer, service_unavailable};
use holysheep_cb::{CallError, Config, Mode, Rejected};
use http_body::Body as _;
use http_body_util::{BodyExt as _, Full};
use std::cell::Cell;
use std::error::Error as _;
use std::time::Duration;
use tower::{BoxError, Layer as _, Service as _, ServiceExt as _};

#[tokio::test]
async fn a_rejected_call_is_an_error_that_says_when_to_come_back_and_does_not_reach_the_service() {
    let (breaker, clock) = calm();
    breaker.trip_for(Duration::from_secs(10));
    clock.advance(Duration::from_secs(4));
    let calls = Cell::new(0);
    let inner = tower::service_fn(|_| {
        calls.set(calls.get() + 1);
        std::future::ready(Ok::<_, Broken>(response(200, Script::default())))
    });
    let error = call(guard(&breaker, inner)).await.unwrap_err();
    let rejected = Rejected { retry_after: Some(Duration::from_secs(6)) };
    assert_eq!(error, CallError::Rejected(rejected));
    assert_eq!(error.source().unwrap().downcast_ref(), Some(&rejected));
    assert_eq!((calls.get(), recorded(&breaker)), (0, "1 rejected".into()));

    breaker.force_open();
    let error = call(guard(&breaker, always(response(200, Script::default())))).await.unwrap_err();
    assert_eq!(error, CallError::Rejected(Rejected { retry_after: None }));
}

/// The rejection wraps the service's own error in one type.
#[tokio::test]
async fn an_error_of_the_service_is_wrapped() {
    let (breaker, _) = calm();
    let inner = tower::service_fn(|_| std::future::ready(Err::<Response<Script>, _>(Broken)));
    let error = call(guard(&breaker, inner)).await.unwrap_err();
    assert_eq!(error.source().unwrap().downcast_ref(), Some(&Broken));
    assert_eq!(error.to_string(), "broken");
}

#[tokio::test]
async fn errors_go_into_a_box_each_as_itself() {
    let (breaker, _) = calm();
    let inner = || {
        tower::service_fn(|_| std::future::ready(Err::<Response<Script>, _>(BoxError::from(Broken))))
            .map_err(BoxError::from)
    };
    let boxed = |inner| guard(&breaker, inner).map_err(CallError::into_boxed);
    assert!(call(boxed(inner())).await.unwrap_err().is::<Broken>());
    breaker.force_open();
    assert!(call(boxed(inner())).await.unwrap_err().is::<Rejected>());
}

#[tokio::test]
async fn a_closure_may_answer_instead_and_the_error_stays_that_of_the_service() {
    let (breaker, _) = calm();
    breaker.trip_for(Duration::from_millis(2500));
    let layer = CircuitBreakerLayer::new(breaker.clone()).answer_rejected(|rejected| {
        let text = format!("come back in {:?}", rejected.retry_after.unwrap_or_default());
        Response::builder().status(503).header("x-from", "breaker").body(Bytes::from(text)).unwrap()
    });
    let answered: Result<_, Broken> =
        call(layer.clone().layer(always(response(200, Script::default())))).await;
    let (parts, mut body) = answered.unwrap().into_parts();
    assert_eq!((parts.status.as_u16(), &parts.headers["x-from"]), (503, &"breaker".parse().unwrap()));
    assert_eq!((body.size_hint().exact(), body.is_end_stream()), (Some(17), false));
    let frame = body.frame().await.unwrap().unwrap();
    assert_eq!(frame.into_data().unwrap(), "come back in 2.5s");
    assert!(body.is_end_stream());
    assert!(body.frame().await.is_none());
    assert_eq!(recorded(&breaker), "1 rejected");

    breaker.reset();
    let inner = tower::service_fn(|_| std::future::ready(Err::<Response<Script>, _>(Broken)));
    assert_eq!(call(layer.layer(inner)).await.unwrap_err(), Broken);
}

#[tokio::test]
async fn the_ready_made_answer_is_a_503_with_retry_after_in_whole_seconds() {
    let (breaker, _) = calm();
    breaker.trip_for(Duration::from_millis(2500));
    let layer = CircuitBreakerLayer::new(breaker.clone()).answer_rejected(service_unavailable);
    let inner =
        tower::service_fn(|_| std::future::ready(Ok::<_, Broken>(Response::new(Full::<Bytes>::default()))));
    let answer = call(layer.clone().layer(inner)).await.unwrap();
    assert_eq!((answer.status().as_u16(), &answer.headers()["retry-after"]), (503, &3.into()));
    assert!(answer.body().is_end_stream());
    assert!(answer.into_body().collect().await.unwrap().to_bytes().is_empty());

    breaker.force_open();
    let answer = call(layer.layer(inner)).await.unwrap();
    assert_eq!((answer.status().as_u16(), answer.headers().get("retry-after")), (503, None));
}

/// ```text
/// 0 s                30 s                       30 s               30 s
/// five 500s: open    poll_ready, twice: open    call: half-open    its body ends: 1 of 2 successes
/// ```
#[tokio::test]
async fn the_permit_is_taken_by_call_and_not_by_poll_ready() {
    let (breaker, clock) = breaker(Config::new());
    for _ in 0..5 {
        call(guard(&breaker, always(response(500, Script::default())))).await.unwrap();
    }
    let mut service = guard(&breaker, always(response(200, Script::sized(&[Step::Data("token")]))));
    service.ready().await.unwrap();
    clock.advance(Duration::from_secs(30));
    service.ready().await.unwrap();
    let snapshot = breaker.snapshot();
    assert_eq!((snapshot.mode, snapshot.probes_in_flight, snapshot.totals.rejected), (Mode::Open, 0, 0));

    let probe = service.call(Request::new(()));
    let snapshot = breaker.snapshot();
    assert_eq!((snapshot.mode, snapshot.probes_in_flight), (Mode::HalfOpen, 1));
    let body = probe.await.unwrap().into_body();
    assert_eq!(breaker.snapshot().probes_in_flight, 1);
    body.collect().await.unwrap();
    assert_eq!(breaker.snapshot().probes_in_flight, 0);
    call(service).await.unwrap().into_body().collect().await.unwrap();
    assert_eq!(breaker.snapshot().mode, Mode::Closed);
}

/// Half-open is not stuck by probes that were cancelled, and admits no more than its probes.
#[tokio::test]
async fn probes_that_are_cancelled_make_room_for_others() {
    let (breaker, clock) = breaker(Config::new().half_open_max_calls(1).success_threshold(1));
    breaker.trip_for(Duration::from_secs(1));
    clock.advance(Duration::from_secs(1));
    for _ in 0..3 {
        let inner = always(response(200, Script::chunked(&[Step::Data("token")])));
        let streaming = call(guard(&breaker, inner.clone())).await.unwrap();
        let beside = call(guard(&breaker, inner)).await.unwrap_err();
        assert_eq!(beside, CallError::Rejected(Rejected { retry_after: None }));
        drop(streaming);
    }
    assert_eq!(recorded(&breaker), "3 ignored, 3 rejected");
    let inner = always(response(200, Script::chunked(&[Step::Data("token")])));
    call(guard(&breaker, inner)).await.unwrap().into_body().collect().await.unwrap();
    assert_eq!(breaker.snapshot().mode, Mode::Closed);
}
