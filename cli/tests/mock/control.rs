//! The control endpoint, and how the server ends.

use crate::support::{Mock, ask, chat_body, request, send};
use serde_json::{Value, json};

#[test]
fn the_script_waits_for_the_start_if_told_to() {
    let mock = Mock::start(&["--start", "control", "--phase", "503"]);
    assert_eq!(mock.chat().status, 200);
    assert_eq!(mock.stats()["phase"]["name"], "waiting");
    let started = mock.command("start", &json!({})).json();
    assert_eq!((&started["phase"]["index"], &started["phase"]["kind"]), (&json!(0), &json!("503")));
    assert_eq!(mock.chat().status, 503);
    mock.command("start", &json!({}));
    assert_eq!(mock.stats()["phase"]["index"], 0, "a second start changes nothing");
}

#[test]
fn the_first_request_can_start_the_script_and_already_meets_it() {
    let mock = Mock::start(&["--start", "first-request", "--phase", "503"]);
    assert_eq!(mock.get("/elsewhere").status, 404);
    assert_eq!(mock.stats()["phase"]["name"], "waiting");
    assert_eq!(mock.chat().status, 503);
    let stats = mock.stats();
    assert_eq!((&stats["phase"]["index"], &stats["phases"][0]["received"]), (&json!(0), &json!(1)));
}

#[test]
fn phases_can_be_gone_to_and_brought_along() {
    let mock = Mock::start(&["--phase", "healthy", "--phase", "503"]);
    mock.go(&json!({"index": 1}));
    assert_eq!(mock.chat().status, 503);
    mock.go(&json!({"kind": "429", "name": "guest"}));
    assert_eq!(mock.chat().status, 429);
    mock.go(&json!({"kind": "418", "duration_ms": 1}));
    crate::support::until(|| mock.chat().status == 503, || "the script goes on where it was".to_owned());
    let stats = mock.stats();
    let guest = &stats["phases"][2];
    assert_eq!(
        (&guest["name"], &guest["index"], &guest["answered"]),
        (&json!("guest"), &Value::Null, &json!(1))
    );
}

#[test]
fn bad_commands_are_named() {
    let mock = Mock::start(&["--phase", "healthy", "--phase", "503"]);
    let told = |body: Value| {
        let answer = mock.command("phase", &body);
        assert_eq!(answer.status, 400);
        answer.json()["error"]["message"].as_str().expect("text").to_owned()
    };
    assert_eq!(told(json!({"index": 2})), "phase: index is 2; allowed: a whole number 0..=1");
    assert!(told(json!({"index": 0, "kind": "503"})).contains("field kind goes not with index"));
    assert_eq!(
        told(json!({"kind": "cut", "rate": -1})),
        r#"phase ("cut", kind cut): rate is -1; allowed: a number 0..=1"#
    );
    assert!(told(json!([])).contains("not a JSON object"));
    assert_eq!(mock.command("dance", &json!({})).status, 404);
    assert_eq!(mock.command("stats", &json!({})).status, 405);
    let page = request("POST", "/control/shutdown", "origin: http://example.org\r\n", "{}");
    assert_eq!(ask(mock.control, &page).expect("an answer").status, 403);
    assert_eq!(ask(mock.control, &request("GET", "/v1/models", "", "")).expect("an answer").status, 404);
    assert_eq!(mock.stats()["totals"]["received"], 0, "control is not counted");
}

#[test]
fn a_reset_is_as_at_launch() {
    let mock = Mock::start(&["--seed", "5", "--phase", "503,rate=0.5"]);
    let run = || (0..30).map(|_| mock.chat().status).collect::<Vec<_>>();
    let first = run();
    let hung = {
        mock.go(&json!({"kind": "hang"}));
        let ask = request("POST", "/v1/chat/completions", "", &chat_body(false).to_string());
        send(mock.api, &ask).expect("connected")
    };
    mock.until_total("hung", 1);
    let after = mock.command("reset", &json!({})).json();
    assert_eq!((&after["totals"]["received"], &after["phase"]["index"]), (&json!(0), &json!(0)));
    assert_eq!(run(), first, "the draws begin again");
    drop(hung);
    assert_eq!(
        (mock.total("received"), mock.total("abandoned")),
        (30, 0),
        "old requests end on old counters"
    );
}

#[test]
fn the_control_endpoint_is_also_on_the_port_of_the_api() {
    let mock = Mock::start(&[]);
    mock.chat();
    let stats = mock.get("/control/stats").json();
    assert_eq!(stats["totals"]["answered"], 1);
    assert!(stats["uptime_ms"].is_u64() && stats["phase"]["elapsed_ms"].is_u64());
}

#[test]
fn shutdown_ends_the_process_even_while_requests_hang() {
    let mut mock = Mock::start(&["--phase", "hang"]);
    let ask = request("POST", "/v1/chat/completions", "", &chat_body(false).to_string());
    let _hung = send(mock.api, &ask).expect("connected");
    mock.until_total("hung", 1);
    assert_eq!(mock.command("shutdown", &json!({})).json(), json!({"stopping": true}));
    assert_eq!(mock.wait().code(), Some(0));
}

#[cfg(unix)]
#[test]
fn signals_end_it_with_status_0() {
    for signal in ["-TERM", "-INT"] {
        let mut mock = Mock::start(&["--phase", "refused"]);
        let sent = std::process::Command::new("kill").args([signal, &mock.pid().to_string()]).status();
        assert!(sent.expect("kill runs").success());
        assert_eq!(mock.wait().code(), Some(0), "{signal}");
    }
}
