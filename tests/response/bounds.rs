//! What is kept of a body is bounded, and what does not fit is judged without it.

use crate::verdicts::{begin, judge, stream, text};
use holysheep_cb::response::End;

const LONGEST: usize = 64 * 1024;

/// A JSON object with an error, of so many bytes.
fn error_of(length: usize) -> String {
    let text = r#"{"error": {"code": "insufficient_quota"}, "x": ""}"#;
    text.replace("\"\"", &format!("\"{}\"", "x".repeat(length - text.len())))
}

#[test]
fn a_body_of_64_kib_is_read_and_a_longer_one_is_judged_by_its_status() {
    for (length, by_200, by_429) in [
        (LONGEST, "ignored quota", "ignored quota"),
        (LONGEST + 1, "success ok", "failure rate-limited"),
        (10 * LONGEST, "success ok", "failure rate-limited"),
    ] {
        let body = error_of(length);
        assert_eq!(body.len(), length);
        assert_eq!(judge(begin(200, &[]), &body, End::Complete), by_200);
        assert_eq!(judge(begin(429, &[]), &body, End::Complete), by_429);
    }
    let mut response = begin(429, &[]);
    assert!(!response.body(error_of(LONGEST).as_bytes()));
    assert!(response.body(b" "), "too long: nothing that follows matters");
}

#[test]
fn an_event_of_64_kib_is_read_and_a_longer_one_is_data() {
    let verdict = |length| judge(stream(), format!("data: {}\n\n", error_of(length)), End::Complete);
    assert_eq!(verdict(LONGEST), "ignored quota");
    assert_eq!(verdict(LONGEST + 1), "success ok");
    let lines = |length: usize| format!("data: {}\n\n", error_of(length).replacen(", ", ",\ndata: ", 1));
    assert_eq!(judge(stream(), lines(LONGEST), End::Complete), "ignored quota");
    assert_eq!(judge(stream(), lines(LONGEST + 1), End::Complete), "success ok");
}

#[test]
fn what_follows_a_long_event_is_read_again() {
    let long = "x".repeat(10 * LONGEST);
    for long in [
        format!("data: {long}\n\n"),
        format!("{long}\n"),
        format!(": {long}\n"),
        format!("event: {long}\n\n"),
    ] {
        let mut response = stream();
        for piece in long.as_bytes().chunks(1000) {
            assert!(!response.body(piece));
        }
        assert!(response.body(b"data: {\"error\": {}}\n\n"));
        assert_eq!(text(response.end(End::Complete)), "failure stream-error");
    }
    let named = format!("event: error\ndata: {long}\n\n");
    assert_eq!(judge(stream(), named, End::Complete), "failure stream-error");
    let named = format!("event: response.completed\ndata: {long}\n\n");
    assert_eq!(judge(stream(), named, End::Cut), "success ok");
}

#[test]
fn bytes_that_cannot_be_shown_are_data() {
    let mut response = stream();
    assert!(!response.body(b"event: error"));
    assert!(!response.skip());
    assert!(!response.body(b"data: {\"error\": {}}\n\n"), "the rest of a line that is not known");
    assert_eq!(text(response.end(End::Complete)), "success ok");
    assert_eq!(text(response.end(End::Cut)), "failure cut");
    assert!(response.body(b"data: [DONE]\n\n"));
    assert!(response.skip(), "final");
    assert_eq!(text(response.end(End::Cut)), "success ok");

    for (status, expected, is_final) in [(200, "success ok", false), (429, "failure rate-limited", true)] {
        let mut response = begin(status, &[]);
        response.body(b"{\"error\": {\"code\": \"insufficient_quota\"");
        assert_eq!(response.skip(), is_final);
        response.body(b"}}");
        assert_eq!(text(response.end(End::Complete)), expected);
    }
}

/// Far deeper than a reader that calls itself could go.
#[test]
fn nesting_is_no_danger() {
    let deep = format!("{}1{}", "[".repeat(30_000), "]".repeat(30_000));
    for (body, expected) in [
        (format!(r#"{{"x": {deep}, "error": {{}}}}"#), "failure stream-error"),
        (format!(r#"{{"error": {deep}}}"#), "success ok"),
        (deep, "success ok"),
    ] {
        assert_eq!(judge(begin(200, &[]), &body, End::Complete), expected);
        assert_eq!(judge(stream(), format!("data: {body}\n\n"), End::Complete), expected);
    }
}
