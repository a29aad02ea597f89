//! `POST /api/command`.

use crate::agent::Agent;
use crate::support::Dir;
use serde_json::Value;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::time::Duration;

#[test]
fn a_breaker_is_operated_as_by_the_verbs() {
    let dir = Dir::new();
    let mut worker = dir.worker();
    worker.tell("open\tbilling\t4");
    worker.tell("make\tbilling\trelay");
    let agent = Agent::start(&dir, &[]);
    let order = |rest: &str| agent.command(&format!(r#"{{"segment":"billing","name":"relay",{rest}}}"#));
    for (rest, to) in [
        (r#""command":"trip","for_ms":60000,"reason":"a test""#, "open"),
        (r#""command":"half-open""#, "half-open"),
        (r#""command":"force-open""#, "forced-open"),
        (r#""command":"disable""#, "disabled"),
        (r#""command":"observe""#, "observing"),
        (r#""command":"reset""#, "closed"),
    ] {
        let done = order(rest).json();
        assert_eq!(done["to"], to, "{rest}: {done}");
        assert_eq!(dir.one(&["show", "relay"])["mode"], to);
        assert!(done["note"].as_str().is_some_and(|note| note.starts_with("http")), "{done}");
    }
    let events = agent.json("/api/events?breaker=relay");
    assert!(events[0]["note"].as_str().is_some_and(|note| note.starts_with("http: a test (")), "{events}");
    for (rest, status, code) in [
        (r#""command":"half-open""#, 409, "conflict"),
        (r#""command":"reset","for_ms":1"#, 400, "bad_request"),
        (r#""command":"explode""#, 400, "bad_request"),
        (r#""command":"reset","more":1"#, 400, "bad_request"),
        (r#""command":"trip","for_ms":-1"#, 400, "bad_request"),
        (r#""command":"trip","for_ms":0"#, 400, "bad_request"),
        (r#""command":"trip","for_ms":86400001"#, 400, "bad_request"),
    ] {
        let answer = order(rest);
        assert_eq!((answer.status, answer.code().as_str()), (status, code), "{rest}");
    }
    let too_long = order(r#""command":"trip","for_ms":18446744073709551615"#);
    assert!(too_long.body.contains("must be from 1 to 86400000"), "{too_long:?}");
    let left = |done: &Value| done["open_remaining_ms"].as_u64().expect("a number");
    assert!(left(&order(r#""command":"trip","for_ms":86400000"#).json()) > 86_390_000);
    // Open already: the deadline moves, and there is no event.
    let sooner = order(r#""command":"trip","for_ms":1000"#).json();
    assert!(left(&sooner) <= 1001, "{sooner}");
    assert_eq!((&sooner["event"], &sooner["to"]), (&Value::Null, &"open".into()));
    for name in ["none", "", "x\u{1}"] {
        let body = serde_json::json!({ "segment": "billing", "name": name, "command": "trip" });
        let answer = agent.command(&body.to_string());
        assert!(matches!(answer.status, 400 | 404), "{name:?}: {answer:?}");
    }
    assert_eq!(dir.json(&["ls"]).len(), 1, "a command makes no breaker");
    assert_eq!(agent.command(r#"{"segment":"none","name":"relay","command":"trip"}"#).status, 404);
}

/// Browsers send head and body apart. An answer between the two ends the connection with a reset, which may overtake it.
#[test]
fn a_refusal_waits_for_the_body() {
    let dir = Dir::new();
    let agent = Agent::start(&dir, &[]);
    let mut stream = agent.connect();
    let head = "Host: localhost\r\nContent-Type: application/json\r\nContent-Length: 2\r\nAuthorization: Bearer wrong";
    write!(stream, "POST /api/command HTTP/1.1\r\n{head}\r\n\r\n").expect("it listens");
    stream.set_read_timeout(Some(Duration::from_millis(300))).expect("a timeout");
    assert!(stream.read(&mut [0]).is_err(), "it answers before the body is there");
    stream.set_read_timeout(Some(crate::support::DEADLINE)).expect("a timeout");
    write!(stream, "{{}}GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n").expect("it listens still");
    let mut lines = BufReader::new(stream).lines().map(|line| line.expect("no reset"));
    assert!(lines.next().is_some_and(|line| line.contains(" 401 ")));
    assert!(lines.any(|line| line.contains("HTTP/1.1 200 ")), "the connection is as good as before");
}
