//! What statuses mean, and who may say otherwise.

use crate::support::{Broken, Script, Step, always, breaker, call, calm, guard, recorded, response};
use ::http::{HeaderMap, Response, StatusCode};
use holysheep_cb::tower::{CircuitBreakerLayer, Classify, Record};
use holysheep_cb::{Classification, Config, Mode, Reason, Segment};
use http_body_util::BodyExt as _;
use std::time::Duration;
use tower::Layer as _;

/// What is recorded of a status at the headers, and after its body was read.
async fn verdict(scripted: Response<Script>) -> [String; 2] {
    let (breaker, _) = calm();
    let response = call(guard(&breaker, always(scripted))).await.unwrap();
    let at_headers = recorded(&breaker);
    response.into_body().collect().await.unwrap();
    [at_headers, recorded(&breaker)]
}

fn with_wait(status: u16, name: &'static str, wait: &str) -> Response<Script> {
    let mut response = response(status, Script::chunked(&[Step::Data("busy")]));
    response.headers_mut().insert(name, wait.parse().unwrap());
    response
}

#[tokio::test]
async fn each_status_has_its_meaning() {
    for status in 100..=999 {
        let meaning = match status {
            100..=399 => ["", "1 success"],
            // The body may say more.
            429 | 503 | 529 => ["", "1 failure"],
            408 | 500..=999 => ["1 failure"; 2],
            _ => ["1 ignored"; 2],
        };
        let body = Script::chunked(&[Step::Data("text")]);
        assert_eq!(verdict(response(status, body)).await, meaning, "{status}");
    }
}

#[tokio::test]
async fn who_is_busy_and_says_how_long_to_wait_is_throttled() {
    for (status, at_headers) in [(429, ""), (503, "1 failure, 1 throttled"), (529, "1 failure, 1 throttled")]
    {
        for (name, wait) in [("retry-after", "2"), ("retry-after", "0.85"), ("retry-after-ms", "850")] {
            let expected = [at_headers, "1 failure, 1 throttled"];
            assert_eq!(verdict(with_wait(status, name, wait)).await, expected, "{status} {wait}");
        }
        for (name, wait) in [("retry-after", "soon"), ("retry-after", "0"), ("retry-after-ms", "-1")] {
            assert_eq!(verdict(with_wait(status, name, wait)).await[1], "1 failure", "{status} {wait}");
        }
    }
    for status in [408, 500, 504] {
        assert_eq!(verdict(with_wait(status, "retry-after", "2")).await, ["1 failure"; 2], "{status}");
    }
    assert_eq!(verdict(with_wait(404, "retry-after", "2")).await, ["1 ignored"; 2]);
    assert_eq!(verdict(with_wait(202, "retry-after", "2")).await, ["", "1 success"]);
}

/// ```text
/// 0 ms             850 ms (as the server asked; open_ms is 30 s)
/// 429, 0.85 s      next call is admitted
/// closed -> open   -> half-open
/// ```
#[tokio::test]
async fn the_hint_decides_how_long_the_breaker_stays_open() {
    let (breaker, clock) = breaker(Config::new());
    let service = guard(&breaker, always(with_wait(429, "retry-after", "0.85")));
    call(service).await.unwrap();
    assert_eq!(breaker.snapshot().mode, Mode::Open);
    assert_eq!(breaker.retry_after(), Some(Duration::from_millis(850)));
    clock.advance(Duration::from_millis(849));
    assert!(!breaker.would_admit());
    clock.advance(Duration::from_millis(1));
    assert!(breaker.would_admit());
}

#[tokio::test]
async fn a_failure_of_the_status_needs_no_end_of_the_body() {
    let (breaker, _) = calm();
    let endless = Script::chunked(&[Step::Data("sorry"), Step::Fail]);
    let response = call(guard(&breaker, always(response(500, endless)))).await.unwrap();
    assert_eq!(recorded(&breaker), "1 failure");
    assert!(response.into_body().collect().await.is_err());
    assert_eq!(recorded(&breaker), "1 failure");
}

#[tokio::test]
async fn a_closure_may_classify() {
    let classify = |status: StatusCode, headers: &HeaderMap| match status.as_u16() {
        404 => Record::Now(Classification::Failure),
        200 if headers.contains_key("x-cache") => Record::Now(Classification::Ignored),
        201 => Record::AtEnd(Classification::Failure),
        202 => Record::Now(Classification::Success),
        203 => Record::AtEnd(Classification::Throttled(Duration::from_secs(1))),
        _ => Record::Judged,
    };
    let cases = [
        (404, ["1 failure"; 2]),
        (200, ["", "1 success"]),
        (201, ["", "1 failure"]),
        (202, ["1 success"; 2]),
        (203, ["", "1 failure, 1 throttled"]),
        (503, ["", "1 failure"]),
        (500, ["1 failure"; 2]),
    ];
    for (status, [at_headers, at_end]) in cases {
        let (breaker, _) = calm();
        let script = Script::chunked(&[Step::Data("text")]);
        let layer = CircuitBreakerLayer::new(breaker.clone()).classify(classify);
        let response = call(layer.layer(always(response(status, script)))).await.unwrap();
        assert_eq!(recorded(&breaker), at_headers, "{status}");
        response.into_body().collect().await.unwrap();
        assert_eq!(recorded(&breaker), at_end, "{status}");
    }

    let (breaker, _) = calm();
    let layer = CircuitBreakerLayer::new(breaker.clone()).classify(classify);
    call(layer.layer(always(with_wait(200, "x-cache", "hit")))).await.unwrap();
    assert_eq!(recorded(&breaker), "1 ignored");
}

#[tokio::test]
async fn what_a_classifier_wants_at_the_end_is_a_failure_if_the_body_fails_and_ignored_if_it_is_dropped() {
    for (steps, expected) in [(&[Step::Fail][..], "1 failure"), (&[Step::Data("text")], "1 ignored")] {
        let (breaker, _) = calm();
        let layer = CircuitBreakerLayer::new(breaker.clone())
            .classify(|_, _| Record::AtEnd(Classification::Throttled(Duration::from_secs(1))));
        let service = layer.layer(always(response(200, Script::chunked(steps))));
        let _ = call(service).await.unwrap().into_body().frame().await;
        assert_eq!(recorded(&breaker), expected);
    }
}

#[tokio::test]
async fn a_classifier_may_judge_errors() {
    #[derive(Clone)]
    struct OwnFault;

    impl Classify<Broken> for OwnFault {
        fn response(&self, _: StatusCode, _: &HeaderMap) -> Record {
            Record::Judged
        }

        fn error(&self, _: &Broken) -> Classification {
            Classification::Ignored
        }
    }

    let (breaker, _) = calm();
    let inner = tower::service_fn(|_| std::future::ready(Err::<Response<Script>, _>(Broken)));
    let layer = CircuitBreakerLayer::new(breaker.clone()).classifier(OwnFault);
    assert!(call(layer.layer(inner)).await.is_err());
    assert_eq!(recorded(&breaker), "1 ignored");
}

#[tokio::test]
async fn a_panic_in_a_classifier_is_no_failure_of_the_service() {
    let (breaker, _) = calm();
    let layer = CircuitBreakerLayer::new(breaker.clone())
        .classify(|_, _| -> Record { panic!("planted in the hook") });
    let service = layer.layer(always(response(200, Script::default())));
    assert!(tokio::spawn(async move { call(service).await.map(drop) }).await.unwrap_err().is_panic());
    assert_eq!(recorded(&breaker), "1 ignored");
}

#[tokio::test]
async fn the_event_of_an_opening_names_its_reason() {
    let segment = Segment::private();
    let builder = holysheep_cb::Breaker::builder().segment(&segment);
    let breaker = builder.clock(holysheep_cb::ManualClock::new()).open("relay").unwrap();
    let mut events = segment.events();
    call(guard(&breaker, always(with_wait(503, "retry-after-ms", "1500")))).await.unwrap();
    assert_eq!(events.next().unwrap().reason, Reason::Throttled);
}
