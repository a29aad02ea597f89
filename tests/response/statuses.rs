//! What a status says, what a body can change about it, and what an end.

use crate::verdicts::{ENDS, begin, judge, text};
use holysheep_cb::Outcome;
use holysheep_cb::response::{Cause, End};

/// What a response of this status is that ends as it should.
fn meaning(status: u16) -> &'static str {
    match status {
        100..=399 => "success ok",
        401 => "ignored auth",
        402 => "ignored quota",
        403 => "ignored permission",
        408 | 504 => "failure timeout",
        429 => "failure rate-limited",
        503 | 529 => "failure overloaded",
        400..=499 => "ignored client-error",
        _ => "failure server-error",
    }
}

#[test]
fn each_status_has_its_meaning() {
    for status in (0..=1100).chain([u16::MAX]) {
        let meaning = meaning(status);
        for body in ["", "{}", "text", r#"{"error": null}"#] {
            assert_eq!(judge(begin(status, &[]), body, End::Complete), meaning, "{status} {body}");
        }
    }
}

#[test]
fn an_error_status_stands_whatever_becomes_of_its_body() {
    for status in 400..=999 {
        for end in ENDS {
            assert_eq!(
                judge(begin(status, &[]), r#"{"error": {"message": "cu"#, end),
                meaning(status),
                "{status}"
            );
        }
    }
}

#[test]
fn a_success_is_one_at_its_end_only() {
    for status in [200, 201, 204, 206, 301, 304] {
        assert_eq!(judge(begin(status, &[]), "", End::Complete), "success ok", "{status}");
        assert_eq!(judge(begin(status, &[]), "to", End::Cut), "failure cut", "{status}");
        assert_eq!(judge(begin(status, &[]), "to", End::Stalled), "failure timeout", "{status}");
        assert_eq!(judge(begin(status, &[]), "to", End::Abandoned), "ignored abandoned", "{status}");
    }
}

#[test]
fn a_quota_that_is_used_up_is_no_failure_whatever_4xx_says_it() {
    for status in 400..=499 {
        for error in [
            r#"{"error": {"code": "insufficient_quota"}}"#,
            r#"{"error": {"type": "quota_exceeded", "code": "rate_limit_exceeded"}}"#,
            r#"{"error": {"code": "billing_not_active"}}"#,
            r#"{"type": "error", "error": {"type": "billing_error"}}"#,
            r#"{"error": {"type": "tokens_limit_exceeded", "retry_after": 3}}"#,
            r#"[{"error": {"code": "INSUFFICIENT_QUOTA"}}]"#,
            r#"{"error": "insufficient_quota"}"#,
            r#"{"error": "You exceeded your quota", "code": "insufficient_quota"}"#,
            r#"{"code": "insufficient_quota", "message": "not in an object of its own"}"#,
        ] {
            let headers = [("retry-after", "5"), ("content-type", "text/plain")];
            let expected = if status == 408 { "failure timeout" } else { "ignored quota" };
            assert_eq!(judge(begin(status, &headers), error, End::Cut), expected, "{status} {error}");
        }
    }
    let quota = r#"{"error": {"code": "insufficient_quota"}}"#;
    assert_eq!(judge(begin(503, &[]), quota, End::Complete), "failure overloaded");
    assert_eq!(judge(begin(500, &[]), quota, End::Complete), "failure server-error");
    let stream = [("content-type", "text/event-stream")];
    assert_eq!(judge(begin(429, &stream), format!("data: {quota}\n\n"), End::Complete), "ignored quota");
}

#[test]
fn an_error_in_the_json_of_a_2xx_is_what_its_code_names() {
    for (error, expected) in [
        (r#"{"message": "?"}"#, "failure stream-error"),
        (r#""text""#, "failure stream-error"),
        ("1", "failure stream-error"),
        ("{}", "failure stream-error"),
        (r#"{"code": "server_error"}"#, "failure stream-error"),
        (r#"{"code": 500}"#, "failure stream-error"),
        (r#"{"code": "502"}"#, "failure stream-error"),
        (r#"{"code": 504}"#, "failure stream-error"),
        (r#"{"code": 600}"#, "failure stream-error"),
        (r#"{"type": "overloaded_error"}"#, "failure overloaded"),
        (r#"{"code": 503}"#, "failure overloaded"),
        (r#"{"code": 529, "retry_after": "2.5"}"#, "throttled 2500 overloaded"),
        (r#"{"code": "rate_limit_exceeded"}"#, "failure rate-limited"),
        (r#"{"code": "rate_limit_exceeded", "retry_after": 1.2}"#, "throttled 1200 rate-limited"),
        (r#"{"code": null, "type": "rate_limit", "retry_after": 0}"#, "failure rate-limited"),
        (r#"{"code": 429, "retry_after": -1}"#, "failure rate-limited"),
        (r#"{"code": "server_error", "retry_after": 5}"#, "failure stream-error"),
        (r#"{"code": "quota_exceeded", "retry_after": 5}"#, "ignored quota"),
        (r#"{"type": "tokens_limit_exceeded"}"#, "ignored quota"),
        (r#"{"type": "authentication_error"}"#, "ignored auth"),
        (r#"{"status": "PERMISSION_DENIED"}"#, "ignored permission"),
        (r#"{"code": "validation_error"}"#, "ignored client-error"),
        (r#"{"code": 400}"#, "ignored client-error"),
        (r#"{"code": "something_new", "type": "invalid_request_error"}"#, "ignored client-error"),
        ("null", "success ok"),
    ] {
        for body in [
            format!(r#"{{"error": {error}}}"#),
            format!("\u{feff} \r\n{{\"id\": [], \"\\u0065rror\" : {error}, \"x\": \"\\\"error\\\"\"}}\n"),
            format!(r#"[{{"error": null}}, {{"error": {error}}}]"#),
        ] {
            for media in ["application/json", "Application/Problem+JSON; charset=utf-8"] {
                let headers = [("Content-Type", media)];
                assert_eq!(judge(begin(200, &headers), &body, End::Complete), expected, "{body}");
            }
            assert_eq!(judge(begin(200, &[]), &body, End::Complete), expected, "{body}");
        }
    }
}

#[test]
fn a_file_that_holds_an_error_is_no_error() {
    let body = r#"{"error": {"code": "server_error"}}"#;
    for media in
        ["application/octet-stream", "text/plain", "application/jsonl", "text/html; x=application/json"]
    {
        assert_eq!(
            judge(begin(200, &[("content-type", media)]), body, End::Complete),
            "success ok",
            "{media}"
        );
    }
    for body in
        [format!("{body}\n{body}"), format!("x{body}"), format!("\"{body}\""), body.replace("}}", "}")]
    {
        assert_eq!(judge(begin(200, &[]), &body, End::Complete), "success ok", "{body}");
    }
    assert_eq!(judge(begin(304, &[]), body, End::Complete), "success ok");
}

#[test]
fn what_is_final_at_the_headers() {
    let json = [("content-type", "application/json")];
    let waiting = [("retry-after", "3")];
    for (status, headers, is_final) in [
        (200, &json[..], false),
        (204, &[], false),
        (301, &[], false),
        (404, &json, false),
        (429, &waiting, false),
        (503, &[], false),
        (503, &waiting, true),
        (529, &waiting, true),
        (408, &[], true),
        (500, &json, true),
        (599, &[], true),
    ] {
        assert_eq!(begin(status, headers).body(b""), is_final, "{status} {headers:?}");
    }
    let mut response = begin(404, &[]);
    assert!(response.body(b"<html>"));
    assert_eq!(text(response.end(End::Abandoned)), "ignored client-error");
}

#[test]
fn a_cause_has_an_outcome_and_a_name() {
    assert_eq!(Cause::Ok.outcome(), Outcome::Success);
    assert_eq!(Cause::Quota.outcome(), Outcome::Ignored);
    assert_eq!(Cause::Empty.outcome(), Outcome::Failure);
    assert_eq!((Cause::StreamError as u32, Cause::Abandoned.to_string()), (9, "abandoned".to_owned()));
}

#[cfg(feature = "ffi")]
#[test]
fn the_numbers_are_those_of_the_c_abi() {
    use holysheep_cb::ffi;
    let causes = [
        (Cause::Ok, ffi::HSCB_CAUSE_OK),
        (Cause::ClientError, ffi::HSCB_CAUSE_CLIENT_ERROR),
        (Cause::Auth, ffi::HSCB_CAUSE_AUTH),
        (Cause::Permission, ffi::HSCB_CAUSE_PERMISSION),
        (Cause::Quota, ffi::HSCB_CAUSE_QUOTA),
        (Cause::RateLimited, ffi::HSCB_CAUSE_RATE_LIMITED),
        (Cause::Overloaded, ffi::HSCB_CAUSE_OVERLOADED),
        (Cause::ServerError, ffi::HSCB_CAUSE_SERVER_ERROR),
        (Cause::Timeout, ffi::HSCB_CAUSE_TIMEOUT),
        (Cause::StreamError, ffi::HSCB_CAUSE_STREAM_ERROR),
        (Cause::Cut, ffi::HSCB_CAUSE_CUT),
        (Cause::Empty, ffi::HSCB_CAUSE_EMPTY),
        (Cause::Abandoned, ffi::HSCB_CAUSE_ABANDONED),
    ];
    for (at, (cause, number)) in causes.into_iter().enumerate() {
        assert_eq!((cause as u32, number), (at as u32, at as u32), "{cause}");
    }
    let ends = [ffi::HSCB_END_COMPLETE, ffi::HSCB_END_CUT, ffi::HSCB_END_STALLED, ffi::HSCB_END_ABANDONED];
    assert_eq!(ENDS.map(|end| end as i32), ends);
    assert_eq!(ends.map(|end| End::from_number(end as u32)), ENDS.map(Some));
    assert_eq!(End::from_number(4), None);
}

#[test]
fn what_is_settled_has_its_classification() {
    let waiting = [("retry-after", "3")];
    for (status, headers, settled) in [
        (200, &[][..], false),
        (204, &[], false),
        (404, &[], true),
        (401, &waiting, true),
        (429, &waiting, false),
        (503, &waiting, true),
        (503, &[], false),
        (500, &[], true),
    ] {
        assert_eq!(begin(status, headers).is_settled(), settled, "{status} {headers:?}");
    }
}

#[test]
fn what_is_shown_holds_no_secrets() {
    let mut response = begin(401, &[("authorization", "Bearer hs_live_1")]);
    response.body(b"{\"error\": {\"message\": \"hs_live_1 is not known\"");
    assert!(!format!("{response:?}").contains("hs_live_1"), "{response:?}");
}
