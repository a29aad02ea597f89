//! How long a call took: for the slow rule, and for the latencies.

use crate::support::{Script, Step, always, breaker, call, guard, recorded, response};
use holysheep_cb::tower::CircuitBreakerLayer;
use holysheep_cb::{Breaker, Config, ManualClock, Mode};
use http_body_util::BodyExt as _;
use std::time::Duration;
use tower::{Layer as _, Service as _};

const SECOND: Duration = Duration::from_secs(1);

/// One call is enough for the slow rule, at 2 s.
fn impatient() -> (Breaker<ManualClock>, ManualClock) {
    breaker(Config::new().slow_rate(1.0).slow_call(2 * SECOND).min_calls(1))
}

/// Headers after `headers`, the end of the body `body` later.
async fn stream(
    layer: &CircuitBreakerLayer<ManualClock>,
    clock: &ManualClock,
    headers: Duration,
    body: Duration,
) {
    let script = Script::chunked(&[Step::Data("token"), Step::Data("token")]);
    let future = layer.layer(always(response(200, script))).call(::http::Request::new(()));
    clock.advance(headers);
    let mut stream = future.await.unwrap().into_body();
    let _ = stream.frame().await;
    clock.advance(body);
    stream.collect().await.unwrap();
}

#[tokio::test]
async fn a_call_lasts_to_the_end_of_its_body() {
    let (breaker, clock) = impatient();
    stream(&CircuitBreakerLayer::new(breaker.clone()), &clock, SECOND, SECOND).await;
    assert_eq!((recorded(&breaker), breaker.snapshot().mode), ("1 success, 1 slow".into(), Mode::Open));
}

#[tokio::test]
async fn if_so_wished_a_call_lasts_to_its_headers() {
    let (breaker, clock) = impatient();
    let layer = CircuitBreakerLayer::new(breaker.clone()).time_to_headers();
    stream(&layer, &clock, SECOND, 600 * SECOND).await;
    assert_eq!((recorded(&breaker), breaker.snapshot().mode), ("1 success".into(), Mode::Closed));
    let latency = breaker.latency(0.5).unwrap();
    assert!((900..=1125).contains(&latency.as_millis()), "{latency:?}");

    stream(&layer, &clock, 2 * SECOND, Duration::ZERO).await;
    assert_eq!(recorded(&breaker), "2 success, 1 slow");
}

#[tokio::test]
async fn so_does_one_whose_body_fails() {
    for (to_headers, expected) in [(false, "1 failure, 1 slow"), (true, "1 failure")] {
        let (breaker, clock) = impatient();
        let mut layer = CircuitBreakerLayer::new(breaker.clone());
        if to_headers {
            layer = layer.time_to_headers();
        }
        let inner = always(response(200, Script::chunked(&[Step::Fail])));
        let body = call(layer.layer(inner)).await.unwrap().into_body();
        clock.advance(2 * SECOND);
        assert!(body.collect().await.is_err());
        assert_eq!(recorded(&breaker), expected);
    }
}

/// ```text
/// 0 s                    2 s                       3 s
/// call A admitted        B fails: open             A's body ends: late, and changes nothing
/// ```
#[tokio::test]
async fn a_body_that_ends_after_the_breaker_opened_is_late() {
    let (breaker, clock) = breaker(Config::new().failure_threshold(1));
    let inner = always(response(200, Script::chunked(&[Step::Data("token")])));
    let body = call(guard(&breaker, inner)).await.unwrap().into_body();
    clock.advance(2 * SECOND);
    call(guard(&breaker, always(response(500, Script::default())))).await.unwrap();
    clock.advance(SECOND);
    body.collect().await.unwrap();
    assert_eq!((recorded(&breaker), breaker.snapshot().mode), ("1 failure, 1 late".into(), Mode::Open));
}
