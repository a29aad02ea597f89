//! The verdict falls when the body ends, not at the headers.

use crate::support::{Broken, Script, Step, always, call, calm, guard, recorded, response};
use ::http::Response;
use bytes::Bytes;
use http_body::{Body, Frame};
use http_body_util::BodyExt as _;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

#[tokio::test]
async fn a_200_is_a_success_at_the_clean_end_of_its_body() {
    let (breaker, _) = calm();
    let script = Script::chunked(&[Step::Data("to"), Step::Wait, Step::Data("ken")]);
    let mut body = call(guard(&breaker, always(response(200, script)))).await.unwrap().into_body();
    assert_eq!(recorded(&breaker), "");
    for chunk in ["to", "ken"] {
        assert_eq!(body.frame().await.unwrap().unwrap().into_data().unwrap(), chunk);
        assert_eq!(recorded(&breaker), "");
    }
    assert!(body.frame().await.is_none());
    assert_eq!(recorded(&breaker), "1 success");
    assert!(body.frame().await.is_none());
    drop(body);
    assert_eq!(recorded(&breaker), "1 success");
}

#[tokio::test]
async fn a_200_whose_body_fails_is_a_failure() {
    let (breaker, _) = calm();
    let script = Script::chunked(&[Step::Data("to"), Step::Fail]);
    let body = call(guard(&breaker, always(response(200, script)))).await.unwrap().into_body();
    assert_eq!(body.collect().await.unwrap_err(), Broken);
    assert_eq!(recorded(&breaker), "1 failure");
}

#[tokio::test]
async fn a_body_that_is_read_on_after_its_failure_is_one_failure() {
    let (breaker, _) = calm();
    let script = Script::chunked(&[Step::Fail, Step::Fail, Step::Data("to")]);
    let mut body = call(guard(&breaker, always(response(200, script)))).await.unwrap().into_body();
    while body.frame().await.is_some() {}
    assert_eq!(recorded(&breaker), "1 failure");
}

#[tokio::test]
async fn a_body_dropped_before_its_end_is_ignored() {
    let (breaker, _) = calm();
    let script = Script::chunked(&[Step::Data("to"), Step::Data("ken")]);
    let mut body = call(guard(&breaker, always(response(200, script)))).await.unwrap().into_body();
    let _ = body.frame().await;
    drop(body);
    assert_eq!(recorded(&breaker), "1 ignored");
}

#[tokio::test]
async fn a_response_dropped_with_its_body_unread_is_ignored() {
    let (breaker, _) = calm();
    let script = Script::sized(&[Step::Data("token")]);
    drop(call(guard(&breaker, always(response(200, script)))).await.unwrap());
    assert_eq!(recorded(&breaker), "1 ignored");
}

#[tokio::test]
async fn an_empty_body_is_recorded_though_nobody_polls_it() {
    let (breaker, _) = calm();
    let response = call(guard(&breaker, always(response(200, Script::sized(&[]))))).await.unwrap();
    assert_eq!(recorded(&breaker), "1 success");
    drop(response);
    assert_eq!(recorded(&breaker), "1 success");
}

#[tokio::test]
async fn a_body_of_known_length_is_recorded_with_its_last_frame() {
    for last in [Step::Data("token"), Step::Trailers] {
        let (breaker, _) = calm();
        let script = Script::sized(&[Step::Data("a"), last]);
        let mut body = call(guard(&breaker, always(response(200, script)))).await.unwrap().into_body();
        let _ = body.frame().await;
        assert_eq!(recorded(&breaker), "");
        let _ = body.frame().await;
        assert_eq!(recorded(&breaker), "1 success");
        assert!(body.is_end_stream());
    }
}

/// As in HTTP/2, where the frame that ends a stream may arrive after the headers: the reader sees the end without
/// polling, and drops the body.
#[tokio::test]
async fn a_body_that_comes_to_its_end_unpolled_is_recorded_when_it_is_dropped() {
    struct EndsByItself(Arc<AtomicBool>);

    impl Body for EndsByItself {
        type Data = Bytes;
        type Error = Broken;

        fn poll_frame(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, Broken>>> {
            Poll::Pending
        }

        fn is_end_stream(&self) -> bool {
            self.0.load(Ordering::SeqCst)
        }
    }

    for (ends, expected) in [(true, "1 success"), (false, "1 ignored")] {
        let (breaker, _) = calm();
        let end = Arc::new(AtomicBool::new(false));
        let inner = tower::service_fn(|_| {
            std::future::ready(Ok::<_, Broken>(Response::new(EndsByItself(Arc::clone(&end)))))
        });
        let body = call(guard(&breaker, inner)).await.unwrap().into_body();
        end.store(ends, Ordering::SeqCst);
        assert_eq!(body.is_end_stream(), ends);
        assert_eq!(recorded(&breaker), "");
        drop(body);
        assert_eq!(recorded(&breaker), expected);
    }
}

#[tokio::test]
async fn the_response_is_passed_on_as_it_came() {
    let (breaker, _) = calm();
    let script = Script::chunked(&[Step::Data("to"), Step::Data("ken"), Step::Trailers]);
    let mut scripted = response(203, script);
    scripted.headers_mut().insert("x-request-id", "hs_req_1".parse().unwrap());
    scripted.extensions_mut().insert("extension");
    let (parts, body) = call(guard(&breaker, always(scripted))).await.unwrap().into_parts();
    assert_eq!((parts.status.as_u16(), &parts.headers["x-request-id"]), (203, &"hs_req_1".parse().unwrap()));
    assert_eq!(parts.extensions.get(), Some(&"extension"));
    let collected = body.collect().await.unwrap();
    assert!(collected.trailers().is_some());
    assert_eq!(collected.to_bytes(), "token");

    let full = http_body_util::Full::new(Bytes::from("token"));
    let inner = tower::service_fn(|_| std::future::ready(Ok::<_, Broken>(Response::new(full.clone()))));
    let body = call(guard(&breaker, inner)).await.unwrap().into_body();
    assert_eq!(body.size_hint().exact(), Some(5));
}
