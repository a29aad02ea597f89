use crate::kit::{chat, client, fails, of, once, table};
use crate::support::Mock;
use holysheep_cb::client::{Cancel, Failure};
use serde_json::{Value, json};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::{Duration, Instant};

/// The whole taxonomy: what a relay does, and which kind of failure it is.
#[test]
fn each_fault_has_its_kind() {
    let mock = Mock::start(&[]);
    let patient = single(&mock, json!({}));
    let brief = single(&mock, json!({"first_byte_ms": 200}));
    for (phase, kind, status) in [
        (json!({"kind": "400"}), "invalid_request", Some(400)),
        (json!({"kind": "422"}), "invalid_request", Some(422)),
        (json!({"kind": "401"}), "auth", Some(401)),
        (json!({"kind": "403"}), "auth", Some(403)),
        (json!({"kind": "404"}), "not_found", Some(404)),
        (json!({"kind": "402"}), "quota", Some(402)),
        (json!({"kind": "429", "code": "insufficient_quota"}), "quota", Some(429)),
        (json!({"kind": "429"}), "rate_limit", Some(429)),
        (json!({"kind": "500"}), "server", Some(500)),
        (json!({"kind": "502"}), "server", Some(502)),
        (json!({"kind": "504"}), "server", Some(504)),
        (json!({"kind": "503"}), "overloaded", Some(503)),
        (json!({"kind": "529"}), "overloaded", Some(529)),
        (
            json!({"kind": "status", "status": 200, "code": "server_error", "type": "server_error"}),
            "bad_response",
            Some(200),
        ),
        (json!({"kind": "status", "status": 200, "type": "tokens_limit_exceeded"}), "quota", Some(200)),
        (
            json!({"kind": "status", "status": 200, "code": "rate_limit_exceeded", "type": "rate_limit"}),
            "rate_limit",
            Some(200),
        ),
        (json!({"kind": "hang"}), "first_byte_timeout", None),
        (json!({"kind": "cut"}), "connection", None),
        (json!({"kind": "cut", "reset": true}), "connection", None),
        (json!({"kind": "cut", "after_bytes": 20}), "bad_response", None),
        (json!({"kind": "refused"}), "connection", None),
    ] {
        mock.go(&phase);
        let failure = fails(if kind == "first_byte_timeout" { &brief } else { &patient });
        assert_eq!((failure.kind.name(), failure.status), (kind, status), "{phase}: {failure}");
        assert_eq!(failure.attempts, 1, "{phase}: {failure}");
    }
}

/// A client of one route, of single attempts, that gives up only by these limits.
fn single(mock: &Mock, limits: Value) -> holysheep_cb::client::Client {
    let Value::Object(limits) = limits else { unreachable!("an object") };
    let mut all = json!({"total_ms": 60000, "first_byte_ms": 60000, "chunk_ms": 60000, "route_wait_ms": 0});
    all.as_object_mut().expect("an object").extend(limits);
    client(&table(&[], json!({"retry": {"max": 0}, "limits": all, "routes": [lenient(mock)]})))
}

/// A route whose breaker opens for nothing.
fn lenient(mock: &Mock) -> Value {
    let never = json!({"failure_threshold": 0, "failure_rate": 0.0, "retry_after_max_ms": 0});
    json!({"name": "r0", "url": crate::kit::url(mock.api), "breaker": never})
}

#[test]
fn each_fault_of_a_stream_has_its_kind() {
    let mock = Mock::start(&[]);
    let patient = single(&mock, json!({}));
    let brief = single(&mock, json!({"first_byte_ms": 300}));
    let brief_between = single(&mock, json!({"chunk_ms": 500}));
    // (what happens, the failure, how many pieces came before it)
    for (phase, kind, pieces) in [
        (json!({"kind": "hang"}), "first_byte_timeout", None),
        (json!({"kind": "500"}), "server", None),
        (json!({"kind": "cut"}), "connection", None),
        (json!({"kind": "hang", "after_chunks": 3}), "chunk_timeout", Some(3)),
        (json!({"kind": "cut", "after_chunks": 3}), "bad_response", Some(3)),
        (json!({"kind": "stream-error", "after_chunks": 2, "code": "server_error"}), "bad_response", Some(2)),
        (
            json!({"kind": "stream-error", "after_chunks": 2, "code": "rate_limit_exceeded"}),
            "rate_limit",
            Some(2),
        ),
    ] {
        mock.go(&phase);
        let (failure, came) = stream_fails(match kind {
            "first_byte_timeout" => &brief,
            "chunk_timeout" => &brief_between,
            _ => &patient,
        });
        assert_eq!(failure.kind.name(), kind, "{phase}: {failure}");
        match pieces {
            // The first piece has the role and no word.
            Some(n) => assert!((n..=n + 1).contains(&came), "{phase}: {came} pieces"),
            None => assert_eq!(came, 0, "{phase}"),
        }
    }
}

fn stream_fails(client: &holysheep_cb::client::Client) -> (Failure, usize) {
    let mut stream = match client.stream(&chat()) {
        Ok(stream) => stream,
        Err(failure) => return (failure, 0),
    };
    let mut came = 0;
    let failure = stream.by_ref().find_map(|piece| match piece {
        Ok(_) => {
            came += 1;
            None
        }
        Err(failure) => Some(failure),
    });
    assert!(stream.next().is_none(), "nothing follows a failure");
    (failure.expect("it fails"), came)
}

#[test]
fn what_a_service_says_is_told() {
    let mock = Mock::start(&[]);
    mock.go(&json!({"kind": "429", "retry_after": 1.2, "message": "too fast"}));
    let failure = fails(&of(&mock, once()));
    assert_eq!(failure.retry_after, Some(Duration::from_millis(1200)));
    assert!(failure.message.contains("too fast") && failure.request_id.is_some(), "{failure}");
    assert_eq!(failure.code.as_deref(), Some("rate_limit_exceeded, rate_limit"), "{failure:?}");
    assert_eq!((failure.route.as_deref(), failure.kind.scope().name()), (Some("r0"), "account"));
}

/// A listener whose queue is full: nobody answers, and nobody refuses. What fills it is held for as long as this is.
struct Deaf {
    at: SocketAddr,
    _listener: TcpListener,
    _held: Vec<TcpStream>,
}

impl Deaf {
    fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let at = listener.local_addr().expect("an address");
        let limit = Duration::from_millis(200);
        let held = (0..10_000).map_while(|_| TcpStream::connect_timeout(&at, limit).ok()).collect();
        Self { at, _listener: listener, _held: held }
    }
}

#[test]
fn no_connection_in_time() {
    let deaf = Deaf::new();
    let limits = json!({"connect_ms": 200, "total_ms": 5000, "route_wait_ms": 0});
    let client = client(&table(&[deaf.at], json!({"retry": {"max": 0}, "limits": limits})));
    let begun = Instant::now();
    assert_eq!(fails(&client).kind.name(), "connect_timeout");
    assert!(begun.elapsed() < Duration::from_secs(4));
}

/// How often it happens that the call has got to where it waits before it is broken off, is chance; that it then ends is not.
/// The median, for this machine may be busy.
#[test]
fn a_call_that_connects_is_broken_off_at_once() {
    let deaf = Deaf::new();
    let limits = json!({"connect_ms": 60_000, "total_ms": 60_000, "route_wait_ms": 0});
    let client = client(&table(&[deaf.at], json!({"limits": limits})));
    let once = || {
        let cancel = Cancel::new();
        std::thread::scope(|scope| {
            let call = scope.spawn(|| client.send(&chat().cancel(&cancel)));
            std::thread::sleep(Duration::from_millis(10)); // time to come to where it waits
            let begun = Instant::now();
            cancel.cancel();
            let failure = call.join().expect("no panic").expect_err("broken off");
            assert_eq!(failure.kind.name(), "cancelled", "{failure}");
            begun.elapsed()
        })
    };
    let mut took: Vec<_> = (0..19).map(|_| once()).collect();
    took.sort();
    // The connection itself would have taken a minute.
    assert!(took[9] < Duration::from_secs(1), "they took {took:?}");
}

#[test]
fn a_host_that_is_not_found_is_told_at_once() {
    let routes = json!([{"url": "https://nowhere.invalid/v1"}]);
    let client = client(&table(&[], json!({"routes": routes, "retry": {"max": 0}})));
    let begun = Instant::now();
    let failure = fails(&client);
    assert_eq!((failure.kind.name(), failure.attempts), ("connection", 1), "{failure}");
    assert!(begun.elapsed() < Duration::from_secs(9), "it took {:?}", begun.elapsed());
}

#[test]
fn a_call_is_broken_off_from_another_thread() {
    let mock = Mock::start(&["--phase", "hang"]);
    let limits = json!({"first_byte_ms": 60000, "total_ms": 60000});
    let client = of(&mock, json!({"limits": limits}));
    let (cancel, begun) = (Cancel::new(), Instant::now());
    std::thread::scope(|scope| {
        let call = scope.spawn(|| client.send(&chat().cancel(&cancel)));
        mock.until_total("hung", 1);
        cancel.cancel();
        let failure = call.join().expect("no panic").expect_err("broken off");
        assert_eq!((failure.kind.name(), failure.attempts), ("cancelled", 1), "{failure}");
    });
    assert!(begun.elapsed() < Duration::from_secs(30));
    let failure = client.send(&chat().cancel(&cancel)).expect_err("it was broken off before");
    assert_eq!((failure.kind.name(), failure.attempts), ("cancelled", 0));
    mock.until_total("abandoned", 1);
    assert_eq!(mock.total("received"), 1);
    // A pause between two attempts ends, too.
    mock.go(&json!({"kind": "500"}));
    let client =
        of(&mock, json!({"retry": {"base_ms": 60000, "cap_ms": 60000}, "limits": {"total_ms": 600_000}}));
    let cancel = Cancel::new();
    std::thread::scope(|scope| {
        let call = scope.spawn(|| client.send(&chat().cancel(&cancel)));
        mock.until_total("answered", 1);
        cancel.cancel();
        assert_eq!(call.join().expect("no panic").expect_err("broken off").kind.name(), "cancelled");
    });
    assert!(begun.elapsed() < Duration::from_secs(50));
}

/// A stream that its user drops is no failure of the service, and its connection is closed.
#[test]
fn a_stream_that_is_dropped_is_ignored() {
    let mock = Mock::start(&["--phase", "healthy,chunks=1000,interval=10ms"]);
    let client = of(&mock, json!({}));
    let mut stream = client.stream(&chat()).expect("a stream");
    assert!(stream.next().is_some_and(|piece| piece.is_ok()));
    drop(stream);
    mock.until_total("abandoned", 1);
    assert_eq!(client.routes()[0].mode, holysheep_cb::Mode::Closed);
    assert!(client.spent().is_empty(), "nothing is booked");
}
