use crate::kit::{chat, client, fails, of, table};
use crate::support::Mock;
use holysheep_cb::Segment;
use holysheep_cb::client::Client;
use serde_json::json;
use std::time::{Duration, Instant};

#[test]
fn a_call_is_tried_again_until_it_is_answered() {
    let mock = Mock::start(&["--phase", "500:150ms", "--phase", "healthy", "--start", "first-request"]);
    let client = of(&mock, json!({"retry": {"base_ms": 60, "jitter": 0}}));
    let answer = client.send(&chat()).expect("the service comes back");
    assert_eq!(u64::from(answer.meta.attempts), mock.total("received"));
    assert!((2..=4).contains(&answer.meta.attempts), "60, 120 ms: {:?}", answer.meta);
}

#[test]
fn what_nothing_mends_is_not_tried_again() {
    for kind in ["400", "401", "404", "402"] {
        let mock = Mock::start(&["--phase", kind]);
        assert_eq!(fails(&of(&mock, json!({}))).attempts, 1, "{kind}");
        assert_eq!(mock.total("received"), 1, "{kind}");
    }
    let mock = Mock::start(&[]);
    mock.go(&json!({"kind": "429", "code": "insufficient_quota", "retry_after": 0.01}));
    assert_eq!(fails(&of(&mock, json!({}))).kind.name(), "quota");
    assert_eq!(mock.total("received"), 1);
}

#[test]
fn a_stream_that_has_begun_is_never_tried_again() {
    let mock = Mock::start(&[]);
    mock.go(&json!({"kind": "cut", "after_chunks": 2}));
    let client = of(&mock, json!({}));
    let last = client.stream(&chat()).expect("it begins").last();
    assert_eq!(last.and_then(Result::err).map(|failure| failure.kind.name()), Some("bad_response"));
    assert_eq!(mock.total("received"), 1);
    // One that has not begun is.
    mock.go(&json!({"kind": "500", "duration_ms": 100}));
    let client = of(&mock, json!({"retry": {"base_ms": 80, "jitter": 0}}));
    let stream = client.stream(&chat()).expect("it begins in the end");
    assert!(stream.meta().attempts > 1);
    stream.text().expect("all of it");
}

/// One 429 that says 0.4 s: every later call waits for that, and none is refused for it.
#[test]
fn the_server_is_not_asked_before_the_time_it_names() {
    let mock = Mock::start(&[]);
    mock.go(&json!({"kind": "429", "retry_after": 0.4, "duration_ms": 300}));
    let client = of(&mock, json!({"limits": {"route_wait_ms": 5000, "total_ms": 10000}}));
    let begun = Instant::now();
    std::thread::scope(|scope| {
        let calls: Vec<_> = (0..4).map(|_| scope.spawn(|| client.send(&chat()))).collect();
        for call in calls {
            call.join().expect("no panic").expect("an answer");
            assert!(begun.elapsed() >= Duration::from_millis(395), "{:?}", begun.elapsed());
        }
    });
    let received = mock.total("received");
    assert!((5..=8).contains(&received), "four at once, and each once more: {received}");
}

#[test]
fn one_time_for_the_whole_call() {
    let (one, other) = (Mock::start(&["--phase", "hang"]), Mock::start(&["--phase", "hang"]));
    let limits = json!({"first_byte_ms": 800, "total_ms": 1800, "route_wait_ms": 0});
    let client = client(&table(&[one.api, other.api], json!({"limits": limits})));
    let begun = Instant::now();
    let failure = fails(&client);
    let took = begun.elapsed();
    assert!(took >= Duration::from_millis(1600) && took < Duration::from_secs(5), "{took:?}: {failure}");
    assert!(failure.attempts >= 2, "{failure}");
    let begun = Instant::now();
    let failure = client.send(&chat().timeout(Duration::from_millis(50))).expect_err("50 ms");
    assert_eq!(failure.kind.name(), "deadline");
    assert!(begun.elapsed() < Duration::from_secs(4));
}

/// An outage: what is sent is the calls and a fifth, however often each would be tried again.
#[test]
fn retries_cannot_multiply_an_outage() {
    let mock = Mock::start(&["--phase", "500"]);
    let never = json!({"failure_threshold": 0, "failure_rate": 0.0});
    let routes = json!([{"name": "r0", "url": crate::kit::url(mock.api), "breaker": never}]);
    let retry = json!({"base_ms": 1, "cap_ms": 1, "budget_per_minute": 1, "budget_ratio": 0.2});
    let table = table(&[], json!({"routes": routes, "retry": retry}));
    let segment = Segment::private();
    // Two clients of one segment, as two processes would be: one budget.
    let clients = [(); 2].map(|()| Client::open(&table.to_string(), &segment).expect("a client"));
    for number in 0..200 {
        fails(&clients[number % 2]);
    }
    let received = mock.total("received");
    assert!((220..=200 + 40 + 12).contains(&received), "{received} for 200 calls");
}

#[test]
fn an_open_breaker_ends_the_retries() {
    let mock = Mock::start(&["--phase", "500"]);
    let client = of(&mock, json!({"retry": {"max": 50, "base_ms": 1, "cap_ms": 1}}));
    let failure = fails(&client);
    assert_eq!((mock.total("received"), failure.attempts), (5, 5), "the breaker opens at the fifth");
    assert_eq!((failure.kind.name(), failure.refusals.len()), ("server", 1), "{failure}");
    let failure = fails(&client);
    assert_eq!((failure.kind.name(), failure.attempts, mock.total("received")), ("circuit_open", 0, 5));
    assert!(failure.retry_after.is_some_and(|wait| wait > Duration::from_secs(20)), "{failure}");
}
