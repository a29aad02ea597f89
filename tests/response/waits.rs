//! How long a response asks to wait, and which of several answers counts.

use crate::verdicts::{NOW, begin, judge};
use holysheep_cb::response::{End, Response};
use std::time::{Duration, SystemTime};

/// What a 429 with these headers and this body asks for, in ms.
fn wait_with(headers: &[(&str, &str)], body: &str) -> Option<u64> {
    let verdict = judge(begin(429, headers), body, End::Complete);
    let wait = verdict.strip_suffix(" rate-limited").expect("a 429");
    wait.strip_prefix("throttled ").map(|ms| ms.parse().expect("a number"))
}

fn wait(headers: &[(&str, &str)]) -> Option<u64> {
    wait_with(headers, "")
}

#[test]
fn seconds_and_milliseconds() {
    for (text, seconds, ms) in [
        ("2", Some(2000), Some(2)),
        ("0.85", Some(850), Some(1)),
        ("0.069", Some(69), Some(1)),
        ("1.0001", Some(1001), Some(2)),
        (".5", Some(500), Some(1)),
        ("120.", Some(120_000), Some(120)),
        (" \t1.2 ", Some(1200), Some(2)),
        ("31536000000", Some(31_536_000_000_000), Some(31_536_000_000)),
        ("0", None, None),
        ("0.0", None, None),
        ("18446744073709551615", None, Some(u64::MAX)),
        ("99999999999999999999999999", None, None),
    ] {
        assert_eq!(wait(&[("Retry-After", text)]), seconds, "{text}");
        assert_eq!(wait(&[("RETRY-AFTER-MS", text)]), ms, "{text}");
    }
}

#[test]
fn nonsense_is_no_waiting_time() {
    for text in [
        "",
        " ",
        ".",
        "1.2.3",
        "-1",
        "+1",
        "1e3",
        "inf",
        "NaN",
        "1 s",
        "soon",
        "Wed, 21 Oct",
        "2\u{e9}",
        "0x10",
    ] {
        assert_eq!(wait(&[("retry-after", text)]), None, "{text}");
        assert_eq!(wait(&[("retry-after-ms", text)]), None, "{text}");
        assert_eq!(wait(&[("x-ratelimit-reset", text)]), None, "{text}");
    }
    let mut response = begin(429, &[]);
    response.header(b"retry-after", b"2\xff");
    response.header("retry-after\u{e9}".as_bytes(), b"2");
    response.header(&[b'x'; 100_000], b"2");
    response.header(b"", b"");
    assert_eq!(judge(response, "", End::Complete), "failure rate-limited");
}

#[test]
fn the_first_that_can_be_read_counts() {
    let body = r#"{"error": {"retry_after": 4}}"#;
    let (ms, after, reset) = (("retry-after-ms", "850"), ("retry-after", "3"), ("x-ratelimit-reset", "5"));
    for (headers, body, expected) in [
        (&[reset, after, ms][..], body, Some(850)),
        (&[reset, after], body, Some(3000)),
        (&[reset, ("retry-after-ms", "soon"), after], body, Some(3000)),
        (&[reset, ("retry-after", "soon")], body, Some(4000)),
        (&[reset], r#"{"error": {"retry_after": "soon"}}"#, Some(5000)),
        (&[reset], "", Some(5000)),
        (&[], body, Some(4000)),
        (&[], "", None),
        // It was read, and says that there is nothing to wait for.
        (&[reset, ("retry-after", "0")], body, None),
        (&[("retry-after", "soon"), ("retry-after", "2"), ("retry-after", "7")], body, Some(2000)),
    ] {
        assert_eq!(wait_with(headers, body), expected, "{headers:?} {body}");
    }
}

#[test]
fn the_body_names_seconds() {
    for (value, expected) in [
        ("1.2", Some(1200)),
        ("0.069", Some(69)),
        ("2", Some(2000)),
        ("1e-3", Some(1)),
        ("2.5e1", Some(25_000)),
        ("\"1.5\"", Some(1500)),
        ("\" 3 \"", Some(3000)),
        ("0", None),
        ("-1", None),
        ("-0.5", None),
        ("1e300", None),
        ("18446744073709551615", None),
        ("\"soon\"", None),
        ("null", None),
        ("[1]", None),
        ("true", None),
    ] {
        assert_eq!(
            wait_with(&[], &format!(r#"{{"error": {{"retry_after": {value}}}}}"#)),
            expected,
            "{value}"
        );
    }
}

#[test]
fn the_details_of_google_name_a_duration() {
    for (delay, expected) in [
        (r#""34.074s""#, Some(34_074)),
        (r#""1m0s""#, Some(60_000)),
        (r#""0s""#, None),
        (r#""soon""#, None),
        ("34", None),
        ("null", None),
    ] {
        let details = format!(
            r#"[{{"@type": "google.rpc.QuotaFailure"}}, 7, {{"@type": "google.rpc.RetryInfo", "retryDelay": {delay}}}]"#
        );
        let body = format!(r#"{{"error": {{"status": "RESOURCE_EXHAUSTED", "details": {details}}}}}"#);
        assert_eq!(wait_with(&[], &body), expected, "{delay}");
    }
    let both = r#"{"error": {"retry_after": 2, "details": [{"retryDelay": "9s"}]}}"#;
    assert_eq!(wait_with(&[], both), Some(2000));
}

#[test]
fn beside_an_error_that_is_a_text_stands_what_there_is_to_know() {
    assert_eq!(wait_with(&[], r#"{"error": "Too many requests", "retry_after": 1.5}"#), Some(1500));
}

#[test]
fn a_date_is_compared_with_that_of_the_response() {
    let date = ("date", "Wed, 21 Oct 2015 07:28:00 GMT");
    for (text, expected) in [
        ("Wed, 21 Oct 2015 07:28:30 GMT", Some(30_000)),
        ("Wednesday, 21-Oct-15 07:29:00 GMT", Some(60_000)),
        ("Wed Oct 21 08:28:00 2015", Some(3_600_000)),
        ("Wed, 21 Oct 2015 07:28:00 GMT", None),
        ("Wed, 21 Oct 2015 07:27:00 GMT", None),
    ] {
        assert_eq!(wait(&[date, ("retry-after", text)]), expected, "{text}");
        assert_eq!(wait(&[("retry-after", text), date]), expected, "{text}, in the other order");
    }
    assert_eq!(wait(&[("retry-after", "Tue, 27 Jan 2026 18:00:07 GMT")]), Some(7000));
    assert_eq!(wait(&[("date", "never"), ("retry-after", "Tue, 27 Jan 2026 18:00:07 GMT")]), Some(7000));
}

#[test]
fn without_a_time_the_clock_is_read() {
    let until = httpdate::fmt_http_date(SystemTime::now() + Duration::from_secs(100));
    let mut response = Response::new(503, None);
    response.header(b"retry-after", until.as_bytes());
    let wait = response.end(End::Complete).retry_after().expect("a waiting time");
    assert!((Duration::from_secs(50)..=Duration::from_secs(100)).contains(&wait), "{wait:?}");
}

#[test]
fn a_limit_resets_at_most_a_minute_from_now() {
    for (value, expected) in [
        ("3", 3000),
        ("0.25", 250),
        ("61", 60_000),
        ("1769536803", 3000),
        ("1769536803.5", 3500),
        ("1769536803000", 3000),
        ("1869536803", 60_000),
        ("1s", 1000),
        ("120ms", 120),
        ("6m0s", 60_000),
        ("2026-01-27T18:00:21Z", 21_000),
        ("2026-01-27T20:00:21.5+02:00", 21_500),
    ] {
        for name in ["x-ratelimit-reset", "X-RateLimit-Reset-Requests", "anthropic-ratelimit-tokens-reset"] {
            assert_eq!(wait(&[(name, value)]), Some(expected), "{name}: {value}");
        }
    }
    assert_eq!(wait(&[("x-ratelimit-reset", "1769536799")]), None, "it is over");
    assert_eq!(
        wait(&[("date", "Tue, 27 Jan 2026 18:00:01 GMT"), ("x-ratelimit-reset", "1769536803")]),
        Some(2000)
    );
    assert_eq!(wait(&[("date", NOW), ("x-ratelimit-reset", "1769536803")]), Some(3000));
}

#[test]
fn of_limits_that_are_used_up_the_last_to_reset_counts_and_else_the_first() {
    let requests = ("x-ratelimit-reset-requests", "1s");
    let tokens = ("x-ratelimit-reset-tokens", "9s");
    let input = ("anthropic-ratelimit-input-tokens-reset", "2026-01-27T18:00:05Z");
    let none = |name| (name, "0");
    for (headers, expected) in [
        (&[requests, tokens, input][..], 1000),
        (&[requests, tokens, input, none("x-ratelimit-remaining-tokens")], 9000),
        (&[none("anthropic-ratelimit-input-tokens-remaining"), requests, tokens, input], 5000),
        (
            &[
                none("x-ratelimit-remaining-requests"),
                requests,
                input,
                none("anthropic-ratelimit-input-tokens-remaining"),
            ],
            5000,
        ),
        (
            &[
                requests,
                tokens,
                ("x-ratelimit-remaining-requests", "1"),
                ("x-ratelimit-remaining-tokens", "0.0"),
            ],
            9000,
        ),
        // Used up, but it does not say until when.
        (&[none("x-ratelimit-remaining"), tokens], 9000),
        (&[("x-ratelimit-reset-requests", "soon"), none("x-ratelimit-remaining-requests"), tokens], 9000),
    ] {
        assert_eq!(wait(headers), Some(expected), "{headers:?}");
    }
}

#[test]
fn limits_are_asked_of_a_429_alone_and_waiting_times_of_who_is_busy() {
    let reset = [("x-ratelimit-reset", "3"), ("x-ratelimit-remaining", "0")];
    let after = [("retry-after", "3")];
    for status in 200..=599 {
        let by_limit = judge(begin(status, &reset), "", End::Complete);
        let by_header = judge(begin(status, &after), "", End::Complete);
        let by_body = judge(begin(status, &[]), r#"{"retry_after": 3}"#, End::Complete);
        assert_eq!(by_limit.starts_with("throttled 3000"), status == 429, "{status}");
        assert_eq!(by_header.starts_with("throttled 3000"), matches!(status, 429 | 503 | 529), "{status}");
        assert_eq!(by_body.starts_with("throttled 3000"), matches!(status, 429 | 503 | 529), "{status}");
    }
}

#[test]
fn more_limits_than_any_server_has_are_not_kept() {
    let names: Vec<_> = (0..1000).map(|i| format!("x-ratelimit-reset-{i}")).collect();
    let headers: Vec<_> =
        names.iter().map(|name| (&**name, "7")).chain([("x-ratelimit-reset", "1")]).collect();
    assert_eq!(wait(&headers), Some(7000));
}
