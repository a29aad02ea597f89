//! Faults that a review found: each is a test, so that it stays found.

use crate::kit::{MODEL, chat, client, fails, of, raw, response, table, url};
use crate::support::Mock;
use holysheep_cb::client::{Client, Request};
use holysheep_cb::{Mode, Segment};
use serde_json::json;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

const KEY: &str = "sk-0123456789SECRETPART";

#[test]
fn a_key_in_the_wrong_place_is_not_shown() {
    for table in [
        json!({"accounts": {"main": KEY}, "routes": [{"url": "https://a"}]}),
        json!({"accounts": {"main": {"key": [KEY]}}, "routes": [{"url": "https://a"}]}),
        json!({"accounts": {"main": {"key_env": KEY}}, "routes": [{"url": "https://a", "account": "main"}]}),
        json!({"accounts": {"main": {"key_command": KEY}}, "routes": [{"url": "https://a"}]}),
        json!({"accounts": {"main": {"auth": KEY}}, "routes": [{"url": "https://a"}]}),
        json!({"accounts": {"main": {KEY: 1}}, "routes": [{"url": "https://a"}]}),
        json!({"routes": [{"url": "https://a", "account": KEY}]}),
        json!({"routes": [{"url": format!("user:{KEY}@host/v1")}]}),
        json!({"routes": [{"url": "https://a", "headers": format!("x: {KEY}")}]}),
        json!({"routes": [{"url": "https://a", "headers": {"x": format!("{KEY}\n")}}]}),
        json!({"routes": [{"url": "https://a", "breaker": {"open_ms": KEY}}]}),
    ] {
        let error =
            Client::open(&table.to_string(), &Segment::private()).expect_err("a wrong table").to_string();
        assert!(!error.contains("SECRETPART") && error.len() > 20, "{error}");
    }
}

#[test]
fn a_key_that_a_service_repeats_is_not_shown() {
    let body = format!(r#"{{"error": {{"message": "bad: Authorization: Bearer {KEY}", "code": "{KEY}"}}}}"#);
    let to = raw(move |_| response("401 No\r\nconnection: close", &body));
    let routes = json!([{"url": url(to), "account": "main"}]);
    let client = client(&table(&[], json!({"accounts": {"main": {"key": KEY}}, "routes": routes})));
    let failure = fails(&client);
    assert!(failure.message.contains("Bearer ..."), "{failure}");
    assert!(!format!("{failure:?} {failure} {}", failure.to_json()).contains("SECRETPART"), "{failure:?}");
}

/// Names of models are the callers' own: they fill no segment, and a full one fails no call.
#[test]
fn many_models_fill_no_segment() {
    let mock = Mock::start(&[]);
    let segment = Segment::private();
    let client = Client::open(&table(&[mock.api], json!({})).to_string(), &segment).expect("a client");
    for number in 0..300 {
        client.send(&Request::chat(format!("m{number}"), "x")).expect("an answer");
    }
    assert!(segment.names().len() <= 66, "{} breakers", segment.names().len());
}

#[test]
fn numbers_out_of_all_bounds() {
    let most = u64::MAX;
    let cache = json!({"max_entries": 1, "ttl_ms": most});
    let error = Client::open(
        &table(&[], json!({"routes": [{"url": "https://a"}], "cache": cache})).to_string(),
        &Segment::private(),
    );
    assert!(error.expect_err("no such time").to_string().contains("cache.ttl_ms is"));
    let body = format!(
        r#"{{"choices": [{{"message": {{"content": "x"}}}}], "usage": {{"prompt_tokens": {most}, "completion_tokens": {most}}}}}"#
    );
    let to = raw(move |_| response("200 OK\r\nconnection: close\r\nx-ratelimit-reset: 1e300", &body));
    let account = json!({"tokens": {"limit": 60000, "burst": 60000}});
    let routes = json!([{"name": "r", "url": url(to), "account": "a"}]);
    let client = client(&table(&[], json!({"routes": routes, "accounts": {"a": account}})));
    client.send(&chat()).expect("an answer");
    let left = client.send(&chat());
    assert!(left.as_ref().err().is_none_or(|f| f.retry_after < Some(Duration::from_secs(61))), "{left:?}");
    assert_eq!(client.spent().values().next().map(|spent| spent.usage.input), Some(most));
}

/// A health check whose answer says nothing of the service leaves probing to the calls.
#[test]
fn a_health_check_of_nothing_holds_nobody() {
    let mock = Mock::start(&[]);
    let breaker = json!({"open_ms": 200, "half_open_max_calls": 1, "success_threshold": 1});
    let routes = json!([{"name": "r0", "url": url(mock.api), "breaker": breaker}]);
    let health = json!({"interval_ms": 30, "timeout_ms": 1000, "path": "/nowhere"});
    let client = client(&table(&[], json!({"routes": routes, "health": health, "retry": {"max": 0}})));
    mock.go(&json!({"kind": "500"}));
    (0..5).for_each(|_| drop(fails(&client)));
    mock.go(&json!({"kind": "healthy"}));
    crate::support::until(|| client.send(&chat()).is_ok(), || "a call closes the breaker".to_owned());
}

#[test]
fn a_table_that_is_replaced_replaces_the_breakers_too() {
    let mock = Mock::start(&["--phase", "500"]);
    let client = of(&mock, json!({"retry": {"max": 0}}));
    fails(&client);
    let never = json!({"failure_threshold": 0, "failure_rate": 0.0});
    let routes = json!([{"name": "r0", "url": url(mock.api), "breaker": never}]);
    client
        .replace_table(&table(&[], json!({"routes": routes, "retry": {"max": 0}})).to_string())
        .expect("a table");
    (0..20).for_each(|_| drop(fails(&client)));
    assert_eq!((client.routes()[0].mode, mock.total("received")), (Mode::Closed, 21));
}

/// Those who queue for a seat are not sent into an endpoint whose breaker opened meanwhile.
#[test]
fn a_queue_heeds_the_breaker_that_opened_meanwhile() {
    let mock = Mock::start(&["--phase", "500,latency=30ms"]);
    let routes = json!([{"name": "r0", "url": url(mock.api), "bulkhead": {"limit": 1}}]);
    let client = client(&table(&[], json!({"routes": routes, "retry": {"max": 0}})));
    std::thread::scope(|scope| (0..20).for_each(|_| drop(scope.spawn(|| fails(&client)))));
    assert_eq!(mock.total("received"), 5);
}

/// A second route that is idle is taken before the first is waited for.
#[test]
fn an_idle_route_is_taken_before_a_full_one_is_waited_for() {
    let (full, idle) = (Mock::start(&["--phase", "healthy,latency=2s"]), Mock::start(&[]));
    let routes = json!([{"name": "full", "url": url(full.api), "bulkhead": {"limit": 1}}, {"name": "idle", "url": url(idle.api)}]);
    let client = client(&table(&[], json!({"routes": routes})));
    std::thread::scope(|scope| {
        let call = scope.spawn(|| client.send(&chat()));
        full.until_total("in_flight", 1);
        assert_eq!(client.send(&chat()).expect("an answer").meta.route, "idle");
        call.join().expect("no panic").expect("an answer");
    });
}

/// Where one route is full for a moment and the other has no such model, the moment is waited for.
#[test]
fn a_hopeless_route_does_not_end_a_call_that_has_hope() {
    let (full, hopeless) =
        (Mock::start(&["--phase", "healthy,latency=2s"]), Mock::start(&["--phase", "404"]));
    let routes = json!([
        {"name": "full", "url": url(full.api), "bulkhead": {"limit": 1}, "bulkhead_wait_ms": 0},
        {"name": "hopeless", "url": url(hopeless.api)},
    ]);
    let limits = json!({"first_byte_ms": 5000, "total_ms": 10000, "route_wait_ms": 5000});
    let client = client(&table(&[], json!({"routes": routes, "limits": limits})));
    std::thread::scope(|scope| {
        let call = scope.spawn(|| client.send(&chat()));
        full.until_total("in_flight", 1);
        assert_eq!(client.send(&chat()).expect("an answer").meta.route, "full");
        call.join().expect("no panic").expect("an answer");
    });
}

/// An error status whose body never ends is what its status says.
#[test]
fn a_status_stands_whatever_comes_of_its_body() {
    for (status, body, kind) in
        [("401 No", "no", "auth"), ("429 No", "{\"error\": {\"code\": \"insufficient_quota\"}}", "quota")]
    {
        let to = unending(status, body);
        let limits = json!({"chunk_ms": 100, "total_ms": 5000, "route_wait_ms": 0});
        let client = client(&table(&[to], json!({"limits": limits, "retry": {"max": 3, "base_ms": 1}})));
        let failure = fails(&client);
        assert_eq!((failure.kind.name(), failure.attempts), (kind, 1), "{failure}");
    }
}

/// A server that announces one byte more than it sends.
fn unending(status: &'static str, body: &'static str) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let to = listener.local_addr().expect("an address");
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.expect("a connection");
            std::thread::spawn(move || {
                let _ = stream.read(&mut [0; 1 << 16]);
                let _ =
                    write!(stream, "HTTP/1.1 {status}\r\ncontent-length: {}\r\n\r\n{body}", body.len() + 1);
                let _ = stream.read(&mut [0; 16]); // until the client goes away
            });
        }
    });
    to
}

/// A connection that was kept and that the server has closed meanwhile costs no call.
#[test]
fn a_kept_connection_that_was_closed_costs_nothing() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let to = listener.local_addr().expect("an address");
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.expect("a connection");
            std::thread::spawn(move || {
                let _ = stream.read(&mut [0; 1 << 16]);
                let _ =
                    stream.write_all(&response("200 OK", r#"{"choices": [{"message": {"content": "hi"}}]}"#));
                let _ = stream.read(&mut [0; 1 << 16]); // the next request, which it does not answer
            });
        }
    });
    let client = client(&table(&[to], json!({"retry": {"max": 0}})));
    (0..4).for_each(|_| drop(client.send(&chat()).expect("an answer")));
}

#[test]
fn what_is_no_json_is_an_answer_where_it_does_not_claim_to_be() {
    let to = raw(|_| response("200 OK\r\nconnection: close\r\ncontent-type: audio/mpeg", "ID3..."));
    let speech = Request::post("/audio/speech", serde_json::Map::new()).field("model", "tts-1");
    let answer = client(&table(&[to], json!({}))).send(&speech).expect("an answer");
    assert_eq!((answer.bytes(), answer.json().is_null()), (&b"ID3..."[..], true));
    let to = raw(|_| response("200 OK\r\nconnection: close", r#"{"object": "list", "data": []}"#));
    let client = client(&table(&[to], json!({})));
    for path in ["/threads/x/messages", "/chat/completions"] {
        client.send(&Request::get(path)).expect("a list");
    }
}

#[test]
fn a_route_that_always_fails_is_not_the_quickest() {
    let (never, well) = (Mock::start(&["--phase", "404"]), Mock::start(&[]));
    let client = client(&table(&[never.api, well.api], json!({"select": "latency"})));
    (0..30).for_each(|_| drop(client.send(&chat()).expect("an answer")));
    assert!(never.total("received") <= 4, "{} of 30 were asked in vain", never.total("received"));
    assert_eq!(client.routes().len(), 2);
}

#[test]
fn routes_take_turns_also_with_fallbacks() {
    let mocks = [(); 2].map(|()| Mock::start(&[]));
    let more = json!({"select": "round_robin", "fallbacks": {MODEL: ["other"]}});
    let client = client(&table(&mocks.each_ref().map(|mock| mock.api), more));
    let routes: Vec<_> = (0..4).map(|_| client.send(&chat()).expect("an answer").meta.route).collect();
    assert_eq!(routes, ["r0", "r1", "r0", "r1"]);
}
