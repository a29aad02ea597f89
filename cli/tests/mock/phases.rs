//! Each kind of phase, as a client sees it.

use crate::support::{Mock, ask, chat_body, receive, request, send, until};
use serde_json::json;
use std::io::{BufReader, ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

fn chat_request() -> Vec<u8> {
    request("POST", "/v1/chat/completions", "", &chat_body(false).to_string())
}

#[test]
fn slow_answers_take_their_time() {
    let mock = Mock::start(&["--phase", "slow,latency=120ms..140ms"]);
    let begun = Instant::now();
    assert_eq!(mock.chat().status, 200);
    assert!(begun.elapsed() >= Duration::from_millis(120));
}

#[test]
fn a_429_says_when_to_come_back() {
    let mock = Mock::start(&["--phase", "429,retry-after=1.2,retry-after-ms,rate-limit=60"]);
    let before = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs();
    let answer = mock.chat();
    assert_eq!(answer.status, 429);
    assert_eq!(answer.header("retry-after"), Some("1.2"));
    assert_eq!(answer.header("retry-after-ms"), Some("1200"));
    assert_eq!(answer.header("x-ratelimit-limit"), Some("60"));
    assert_eq!(answer.header("x-ratelimit-remaining"), Some("0"));
    let reset: u64 = answer.header("x-ratelimit-reset").expect("set").parse().expect("a number");
    assert!((before + 2..before + 60).contains(&reset), "{reset} at {before}");
    let error = &answer.json()["error"];
    assert_eq!((&error["code"], &error["type"]), (&json!("rate_limit_exceeded"), &json!("rate_limit")));
    assert_eq!(error["retry_after"], json!(1.2));
    assert_eq!(error["request_id"].as_str(), answer.header("x-request-id"));
}

#[test]
fn a_429_may_leave_out_when_to_come_back() {
    let answer = Mock::start(&["--phase", "429"]).chat();
    assert!(answer.status == 429 && answer.header("retry-after").is_none());
    assert!(answer.json()["error"].get("retry_after").is_none());
}

#[test]
fn any_status_can_carry_an_error_object() {
    let mock = Mock::start(&["--phase", "503,retry-after=3"]);
    let answer = mock.chat();
    assert_eq!((answer.status, answer.header("retry-after")), (503, Some("3")));
    assert_eq!(answer.json()["error"]["code"], "server_error");
    mock.go(&json!({"kind": "status", "status": 200}));
    let answer = mock.chat();
    assert_eq!((answer.status, &answer.json()["error"]["type"]), (200, &json!("tokens_limit_exceeded")));
    mock.go(&json!({"kind": 418, "code": "teapot", "type": "pot", "message": "short and stout"}));
    let answer = mock.chat();
    assert_eq!((answer.status, &answer.json()["error"]["code"]), (418, &json!("teapot")));
    assert_eq!(mock.stats()["totals"]["by_status"], json!({"200": 1, "418": 1, "503": 1}));
}

#[test]
fn a_request_that_hangs_ends_when_the_client_gives_up() {
    let mock = Mock::start(&["--phase", "hang"]);
    let mut stream = send(mock.api, &chat_request()).expect("connected");
    mock.until_total("hung", 1);
    stream.set_read_timeout(Some(Duration::from_millis(50))).expect("set");
    let error = stream.read(&mut [0]).expect_err("nothing comes");
    assert!(matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut), "{error}");
    mock.go(&json!({"kind": "healthy"}));
    assert_eq!(mock.chat().status, 200);
    assert_eq!(mock.total("in_flight"), 1, "the end of the phase is none of its business");
    drop(stream);
    mock.until_total("abandoned", 1);
    assert_eq!((mock.total("in_flight"), mock.total("received")), (0, 2));
}

#[test]
fn a_request_that_hangs_can_be_answered_or_cut_when_the_phase_ends() {
    for (release, status) in [("answer", Some(200)), ("cut", None)] {
        let mock = Mock::start(&["--phase", &format!("hang,release={release}"), "--phase", "503"]);
        let mut reader = BufReader::new(send(mock.api, &chat_request()).expect("connected"));
        mock.until_total("hung", 1);
        mock.go(&json!({"index": 1}));
        assert_eq!(receive(&mut reader).ok().map(|answer| answer.status), status);
        mock.until_total(if status.is_some() { "answered" } else { "cut" }, 1);
        assert_eq!(mock.stats()["phases"][0]["received"], 1);
    }
}

#[test]
fn refused_really_refuses_and_the_same_port_comes_back() {
    let mock = Mock::start(&["--phase", "healthy", "--phase", "refused"]);
    let mut idle = BufReader::new(send(mock.api, &chat_request()).expect("connected"));
    assert_eq!(receive(&mut idle).expect("an answer").status, 200);
    for _ in 0..3 {
        mock.go(&json!({"index": 1}));
        for _ in 0..5 {
            let error = TcpStream::connect(mock.api).expect_err("nobody listens");
            assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
        }
        assert_eq!(mock.stats()["phase"]["kind"], "refused");
        mock.go(&json!({"index": 0}));
        assert_eq!(mock.chat().status, 200);
    }
    assert_eq!(idle.read(&mut [0]).expect("closed in order"), 0, "idle connections close too");
}

#[test]
fn refused_ends_by_itself() {
    let mock = Mock::start(&["--start", "control", "--phase", "refused:50ms", "--phase", "503"]);
    assert_eq!(mock.chat().status, 200);
    mock.command("start", &json!({}));
    until(
        || match TcpStream::connect(mock.api) {
            Ok(_) => true,
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
                false
            }
        },
        || "the port opens".to_owned(),
    );
    until(|| mock.stats()["phase"]["index"] == 1, || mock.stats()["phase"].to_string());
    assert_eq!(mock.chat().status, 503);
}

#[test]
fn a_connection_can_be_cut_after_the_request() {
    let mock = Mock::start(&["--phase", "cut", "--phase", "cut,reset"]);
    let error = ask(mock.api, &chat_request()).expect_err("no answer");
    assert_eq!(error.kind(), ErrorKind::UnexpectedEof);
    mock.go(&json!({"index": 1}));
    let error = ask(mock.api, &chat_request()).expect_err("no answer");
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    assert_eq!((mock.total("cut"), mock.total("answered")), (2, 0));
}

#[test]
fn a_connection_can_be_cut_in_the_middle_of_the_body() {
    let mock = Mock::start(&["--phase", "cut,after-bytes=40", "--phase", "cut,after-bytes=0"]);
    for (index, bytes) in [(0, 40), (1, 0)] {
        mock.go(&json!({ "index": index }));
        let answer = mock.chat();
        assert!(answer.status == 200 && !answer.whole);
        assert_eq!(answer.body.len(), bytes);
    }
    mock.go(&json!({"kind": "cut", "after_bytes": 1_000_000, "reset": true}));
    assert!(!mock.chat().whole, "it never becomes a whole answer");
    mock.until_total("cut", 3);
}

#[test]
fn faults_of_the_server_come_before_the_checks_of_the_request() {
    let mock = Mock::start(&["--phase", "503", "--phase", "429"]);
    let bad = || mock.post("/v1/chat/completions", &json!({})).status;
    assert_eq!(bad(), 503);
    mock.go(&json!({"index": 1}));
    assert_eq!(bad(), 400);
}

#[test]
fn a_client_that_leaves_while_it_waits_counts_as_abandoned() {
    let mock = Mock::start(&["--phase", "slow,latency=1h"]);
    let mut stream = send(mock.api, &chat_request()).expect("connected");
    stream.flush().expect("sent");
    mock.until_total("in_flight", 1);
    drop(stream);
    mock.until_total("abandoned", 1);
}
