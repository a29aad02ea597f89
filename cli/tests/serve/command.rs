//! `POST /api/command`.

use crate::agent::Agent;
use crate::support::Dir;

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
    ] {
        let answer = order(rest);
        assert_eq!((answer.status, answer.code().as_str()), (status, code), "{rest}");
    }
    for name in ["none", "", "x\u{1}"] {
        let body = serde_json::json!({ "segment": "billing", "name": name, "command": "trip" });
        let answer = agent.command(&body.to_string());
        assert!(matches!(answer.status, 400 | 404), "{name:?}: {answer:?}");
    }
    assert_eq!(dir.json(&["ls"]).len(), 1, "a command makes no breaker");
    assert_eq!(agent.command(r#"{"segment":"none","name":"relay","command":"trip"}"#).status, 404);
}
