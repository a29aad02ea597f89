//! What a stream of server-sent events says, line by line.

use crate::verdicts::{begin, judge, stream, text};
use holysheep_cb::response::End;

const DATA: &str = "data: {\"choices\": []}\n\n";

/// The verdicts for a clean end, a cut and a user that broke off: whole, and byte by byte.
fn all(body: &str) -> [String; 3] {
    let ends = [End::Complete, End::Cut, End::Abandoned];
    let mut slow = stream();
    for byte in body.as_bytes() {
        slow.body(&[*byte]);
    }
    let verdicts = ends.map(|end| judge(stream(), body, end));
    assert_eq!(ends.map(|end| text(slow.end(end))), verdicts, "{body:?} byte by byte");
    verdicts
}

fn same(verdict: &str) -> [String; 3] {
    [(); 3].map(|()| verdict.to_owned())
}

#[test]
fn the_last_message_ends_it_well_whatever_follows() {
    for last in [
        "data: [DONE]\n\n",
        "data:[DONE]\n\n",
        "data:  [DONE] \r\n\r\n",
        "data: [DONE]\r\r",
        "data: [DONE]\n",
        "data: [DONE]",
        "event: message_stop\ndata: {}\n\n",
        "event:message_stop\n\n",
        "data: {\"type\": \"message_stop\"}\nevent: x\n\n",
        "data: {\"type\": \"response.completed\", \"response\": {\"error\": null}}\n\n",
        "data: {\ndata:  \"ty\\u0070e\" :\t\"response\\u002eincomplete\"}\n\n",
        "data: {\"type\":\ndata: \"response.completed\"}\n\n",
        "data: {\"type\": \"response\\u002Ecompleted\"}\n\n",
        "data: {\"type\": \"message\\u005fstop\"}\n\n",
        "event: ping\nevent: response.completed\nid: 7\nretry: 10\n: comment\n\n",
    ] {
        for before in ["", ": keep-alive\n\n", DATA, "\u{feff}", "\u{feff}\n"] {
            assert_eq!(all(&format!("{before}{last}")), same("success ok"), "{before:?} {last:?}");
            let ended = format!("{before}{last}\n\ndata: {{\"error\": 1}}\n\n");
            assert_eq!(all(&ended), same("success ok"), "{ended:?}");
        }
    }
}

#[test]
fn an_error_inside_is_a_failure_whatever_follows() {
    for error in [
        "event: error\ndata: {}\n\n",
        "event: error\ndata: no object\n\n",
        "event: error\n\n",
        "data: {}\nevent:error\n\n",
        "event: response.failed\ndata: {\"response\": {\"error\": {\"code\": \"server_error\"}}}\n\n",
        "data: {\"error\": {\"message\": \"?\"}}\n\n",
        "data: {\"error\": \"text\"}\n\n",
        "data:{\"error\":false}\n\n",
        "data:   {  \"a\" : {\"error\": null} , \"error\" : 1 }\r\n\r\n",
        "data: {\"error\": null, \"error\": {}}\n\n",
        "data: {\"err\\u006Fr\": {}}\n\n",
        "data: {\"\\u0065\\u0072\\u0072\\u006f\\u0072\": {}}\n\n",
        "data: {\"type\": \"error\"}\n\n",
        "data: {\"type\": \"e\\u0072ror\", \"code\": \"x\"}\n\n",
        "data: {\"type\": \"response.failed\"}\n\n",
        "data: {\"type\": \"response.completed\", \"error\": {}}\n\n",
        "data: {\"error\":\r\ndata: {}}\r\n\r\n",
        "data: {\"error\": {}}",
    ] {
        for before in ["", "\u{feff}"] {
            assert_eq!(
                all(&format!("{before}{error}")),
                same("failure stream-error"),
                "{before:?} {error:?}"
            );
        }
        let later = format!("{DATA}{error}\n\ndata: [DONE]\n\n");
        assert_eq!(all(&later), same("failure stream-error"), "{later:?}");
    }
}

#[test]
fn an_error_that_is_not_utf_8_is_one() {
    for error in [
        &b"data: {\"error\": {\"message\": \"\xff\xfe\"}}\n\n"[..],
        b"data: {\"\xff\": 1, \"error\": {}}\n\n",
    ] {
        assert_eq!(judge(stream(), error, End::Complete), "failure stream-error");
    }
}

#[test]
fn the_error_is_what_its_code_names() {
    for (error, expected) in [
        (r#"{"error": {"code": "insufficient_quota"}}"#, "ignored quota"),
        (r#"{"error": {"code": "rate_limit_exceeded", "retry_after": 0.0005}}"#, "throttled 1 rate-limited"),
        (r#"{"type": "error", "error": {"type": "overloaded_error"}}"#, "failure overloaded"),
        (
            r#"{"type": "error", "code": "rate_limit_exceeded", "retry_after": 2}"#,
            "throttled 2000 rate-limited",
        ),
        (
            r#"{"type": "response.failed", "response": {"error": {"code": "insufficient_quota"}}}"#,
            "ignored quota",
        ),
        (r#"{"type": "error", "error": null, "response": {"error": null}}"#, "failure stream-error"),
    ] {
        for event in ["", "event: error\n", "event: other\n"] {
            assert_eq!(all(&format!("{DATA}{event}data: {error}\n\n")), same(expected), "{event}{error}");
        }
    }
}

#[test]
fn data_and_a_clean_end_are_a_success_and_anything_else_is_not() {
    for data in [
        DATA,
        "data: x",
        "data: {\"content\": \"an \\\"error\\\": 1\"}\n\n",
        "data: {\"a\": {\"error\": 1}}\n\n",
        "data: [{\"error\": 1}]\n\n",
        "data: \"error\"\n\n",
        "data: {\"error\": null}\n\n",
        "data: {\"error \": 1}\n\n",
        "event:  error\ndata: {}\n\n",
        "data: {\"error\": 1\n\n",
        "data: {\"error\": 1} x\n\n",
        "data: {\"type\": [\"error\"]}\n\n",
        "data: {\"type\": \"message_stop_sequence\"}\n\n",
        "data: {\"typ\": \"message_stop\"}\n\n",
        "data: \\[DONE]\n\n",
        "event: errors\ndata: {}\n\n",
        "event: error\nevent: ping\ndata: {}\n\n",
        "event: message_stop_and_a_name_that_is_far_longer_than_any_name\ndata: {}\n\n",
        "data:\ndata:\n\n",
    ] {
        let expected = ["success ok", "failure cut", "ignored abandoned"];
        assert_eq!(all(data), expected, "{data:?}");
        assert_eq!(judge(stream(), data, End::Stalled), "failure timeout");
    }
}

#[test]
fn a_stream_without_data_is_empty() {
    for body in [
        "",
        "\n\n",
        ": keep-alive\n\n: data: x\n\n",
        "event: ping\n\n",
        "data",
        "data:\n\n",
        "data: \n\n",
        "data\n\n",
        "dat: x\n\n",
        "Data: x\n\n",
        " data: x\n\n",
        "id: 1\n\n",
        "\n\u{feff}data: x\n\n",
    ] {
        let expected = ["failure empty", "failure cut", "ignored abandoned"];
        assert_eq!(all(body), expected, "{body:?}");
    }
}

#[test]
fn only_events_of_a_2xx_are_a_stream() {
    let done = "data: [DONE]\n\n";
    for media in ["text/event-stream", "TEXT/Event-Stream ; charset=utf-8"] {
        let mut response = begin(200, &[("CONTENT-TYPE", media)]);
        assert!(response.body(done.as_bytes()), "{media}");
    }
    for (status, headers) in [
        (200, &[][..]),
        (200, &[("content-type", "text/plain")]),
        (304, &[("content-type", "text/event-stream")]),
    ] {
        let mut response = begin(status, headers);
        assert!(!response.body(done.as_bytes()), "{status} {headers:?}");
        assert_eq!(text(response.end(End::Complete)), "success ok");
    }
    for status in [204, 205] {
        let response = begin(status, &[("content-type", "text/event-stream")]);
        assert_eq!(text(response.end(End::Complete)), "success ok", "{status} has no body");
    }
}

/// Of half a line nobody knows what it was to be, unless the connection ended as it should.
#[test]
fn half_a_line_that_was_cut_off_is_no_message() {
    for (body, complete) in [
        ("data: 1\n\nevent: error", "failure stream-error"),
        ("data: 1\n\nevent: message_stop", "success ok"),
        ("data: 1\n\nevent: response.completed\ndata: {\"type\": \"resp", "success ok"),
        ("data: 1\n\nevent: message_stop\nda", "success ok"),
    ] {
        assert_eq!(all(body), [complete, "failure cut", "ignored abandoned"], "{body:?}");
    }
}

/// Half of a surrogate pair, as JavaScript writes it where it cuts a string, and raw control characters.
#[test]
fn an_error_whose_text_is_odd_is_an_error() {
    for error in [
        "{\"error\":{\"message\":\"bad \\ud83d\",\"code\":\"insufficient_quota\"}}",
        "{\"\\uDC00\":1,\"error\":{\"message\":\"\\ud83d\\ude00 \\\\\",\"code\":\"insufficient_quota\"}}",
        "{\"error\":{\"message\":\"a\ttab\",\"code\":\"insufficient_quota\"}}",
    ] {
        assert_eq!(
            all(&format!("{DATA}data: {error}\n\ndata: [DONE]\n\n")),
            same("ignored quota"),
            "{error}"
        );
        assert_eq!(judge(begin(200, &[]), error, End::Complete), "ignored quota");
        assert_eq!(judge(begin(429, &[("retry-after", "20")]), error, End::Complete), "ignored quota");
    }
}

/// Relays that announce a stream before they have asked, and then answer with one JSON text.
#[test]
fn json_under_the_name_of_a_stream_is_json() {
    let quota = "\r\n {\"error\": {\"code\": \"insufficient_quota\"}}";
    let limit = "{\"error\": {\"code\": \"rate_limit_exceeded\", \"retry_after\": 3}}";
    assert_eq!(all(quota)[0], "ignored quota");
    assert_eq!(all(limit)[0], "throttled 3000 rate-limited");
    assert_eq!(all("{\"choices\": []}")[0], "success ok");
    let announced = [("content-type", "text/event-stream")];
    assert_eq!(judge(begin(429, &announced), limit, End::Complete), "throttled 3000 rate-limited");
    assert_eq!(judge(begin(429, &announced), quota, End::Complete), "ignored quota");
    assert_eq!(all(": a comment\n{\"error\": 1}\n\n")[0], "failure empty");
}
