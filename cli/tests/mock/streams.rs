//! Streams, and what can go wrong in the middle of one.

use crate::support::{Mock, chat_body, request, send};
use serde_json::{Value, json};
use std::io::Read as _;

fn content(event: &str) -> String {
    let event: Value = serde_json::from_str(event).expect("JSON");
    event["choices"][0]["delta"]["content"].as_str().unwrap_or_default().to_owned()
}

#[test]
fn a_stream_has_its_chunks_and_ends_with_done() {
    let mock = Mock::start(&["--phase", "healthy,chunks=5,interval=1ms"]);
    let answer = mock.stream();
    assert_eq!(answer.header("content-type"), Some("text/event-stream; charset=utf-8"));
    let events = answer.events();
    assert!(answer.whole && events.len() == 7, "{events:?}");
    assert_eq!(events[6], "[DONE]");
    let text: String = events[..6].iter().map(|event| content(event)).collect();
    assert_eq!(text.split(' ').count(), 5);
    assert!(events[5].contains(r#""finish_reason":"stop""#));
    let stats = mock.stats();
    assert_eq!((&stats["totals"]["streams"], &stats["totals"]["by_status"]), (&json!(1), &json!({"200": 1})));
}

#[test]
fn the_usage_comes_when_asked_for() {
    let mock = Mock::start(&["--phase", "healthy,chunks=3,interval=0ms"]);
    let mut body = chat_body(true);
    body["stream_options"] = json!({"include_usage": true});
    let answer = mock.post("/v1/chat/completions", &body);
    let events = answer.events();
    let usage: Value = serde_json::from_str(events[events.len() - 2]).expect("JSON");
    assert_eq!(usage["choices"], json!([]));
    assert_eq!(usage["usage"], json!({"prompt_tokens": 4, "completion_tokens": 3, "total_tokens": 7}));
}

#[test]
fn a_stream_can_carry_an_error() {
    let mock = Mock::start(&["--phase", "stream-error,chunks=6,interval=0ms,after-chunks=2,code=overloaded"]);
    let answer = mock.stream();
    let events = answer.events();
    assert!(answer.whole && answer.status == 200 && events.len() == 3, "{events:?}");
    let last: Value = serde_json::from_str(events[2]).expect("JSON");
    assert_eq!(last["error"]["code"], "overloaded");
    assert_eq!(mock.chat().status, 200, "plain answers are not affected");
}

#[test]
fn a_stream_can_be_cut_after_n_chunks() {
    let mock = Mock::start(&["--phase", "cut,chunks=6,interval=0ms,after-chunks=2"]);
    let answer = mock.stream();
    assert!(!answer.whole && answer.status == 200);
    assert_eq!(answer.events().len(), 2);
    mock.until_total("cut", 1);
    assert_eq!((mock.total("answered"), mock.total("streams")), (0, 1));
}

#[test]
fn a_stream_can_be_cut_after_n_bytes() {
    let mock = Mock::start(&["--phase", "cut,chunks=6,interval=0ms,after-bytes=333"]);
    let answer = mock.stream();
    assert!(!answer.whole);
    assert_eq!(answer.body.len(), 333);
}

#[test]
fn a_stream_that_stalls_counts_as_hung_until_the_client_leaves() {
    let mock = Mock::start(&["--phase", "hang,chunks=6,interval=0ms,after-chunks=2"]);
    let ask = request("POST", "/v1/chat/completions", "", &chat_body(true).to_string());
    let mut stream = send(mock.api, &ask).expect("connected");
    let mut seen: Vec<u8> = Vec::new();
    while seen.windows(6).filter(|window| window == b"data: ").count() < 2 {
        let mut buffer = [0; 1024];
        let n = stream.read(&mut buffer).expect("two chunks");
        seen.extend(&buffer[..n]);
    }
    mock.until_total("hung", 1);
    assert_eq!((mock.total("in_flight"), mock.total("abandoned")), (1, 0));
    drop(stream);
    mock.until_total("abandoned", 1);
    assert_eq!(mock.total("in_flight"), 0);
}

#[test]
fn a_stream_that_stalls_goes_on_when_the_phase_ends() {
    let mock = Mock::start(&[
        "--phase",
        "hang,chunks=4,interval=0ms,after-chunks=2,release=answer",
        "--phase",
        "503",
    ]);
    let answer = std::thread::scope(|scope| {
        let asked = scope.spawn(|| mock.stream());
        mock.until_total("hung", 1);
        mock.go(&json!({"index": 1}));
        asked.join().expect("an answer")
    });
    assert_eq!(answer.events().last(), Some(&"[DONE]"));
    assert_eq!(answer.events().len(), 6);
}
