//! Section 2: the same fields as JSON.

use crate::support::config_from_json;
use crate::timeline::*;

fn parsed(json: &str) -> Config {
    let mut c = defaults();
    assert_eq!(config_from_json(json, &mut c), HSCB_OK, "{json}: {}", last_error());
    c
}

/// The message of a refusal, which leaves the out-parameter as it was.
#[track_caller]
fn refused(json: &str, status: i32) -> String {
    let mut out = config(|c| c.open_ms = 4_711);
    assert_eq!(config_from_json(json, &mut out), status, "{json}: {}", last_error());
    assert_eq!(out.open_ms, 4_711, "written on failure");
    last_error()
}

#[test]
fn s02_json_every_field_has_its_name() {
    let c = parsed(
        r#"{"failure_threshold": 7, "failure_rate": 0.25, "min_calls": 11, "consecutive_failures": 12,
            "slow_rate": 0.75, "slow_call_ms": 13, "window": "calls", "window_ms": 14, "window_buckets": 15,
            "window_calls": 16, "open_ms": 17, "open_backoff": 1.5, "open_max_ms": 18, "open_jitter": 0.125,
            "half_open_max_calls": 19, "half_open_max_concurrent": 20, "success_threshold": 21,
            "half_open_verdict": "rate", "half_open_interval_ms": 22, "half_open_max_ms": 23,
            "probe_lease_ms": 4294967295, "retry_after_max_ms": 25}"#,
    );
    assert_eq!((c.failure_threshold, c.failure_rate, c.min_calls), (7, 0.25, 11));
    assert_eq!((c.consecutive_failures, c.slow_rate, c.slow_call_ms), (12, 0.75, 13));
    assert_eq!((c.window, c.window_ms, c.window_buckets, c.window_calls), (HSCB_WINDOW_CALLS, 14, 15, 16));
    assert_eq!((c.open_ms, c.open_backoff, c.open_max_ms, c.open_jitter), (17, 1.5, 18, 0.125));
    assert_eq!((c.half_open_max_calls, c.half_open_max_concurrent, c.success_threshold), (19, 20, 21));
    assert_eq!(
        (c.half_open_verdict, c.half_open_interval_ms, c.half_open_max_ms),
        (HSCB_VERDICT_RATE, 22, 23)
    );
    assert_eq!((c.probe_lease_ms, c.retry_after_max_ms), (u32::MAX, 25));
}

#[test]
fn s02_json_what_is_not_said_is_the_default() {
    let mut out = config(|c| (c.open_ms, c.failure_rate, c.window) = (1, 0.9, HSCB_WINDOW_CALLS));
    assert_eq!(config_from_json("{}", &mut out), HSCB_OK, "{}", last_error());
    assert_eq!((out.open_ms, out.failure_rate, out.window), (30_000, 0.5, HSCB_WINDOW_TIME));
    let c = parsed(r#"{"window": "time", "half_open_verdict": "strict", "failure_rate": 1}"#);
    assert_eq!((c.window, c.half_open_verdict, c.failure_rate), (HSCB_WINDOW_TIME, HSCB_VERDICT_STRICT, 1.0));
}

#[test]
fn s02_json_an_unknown_key_is_an_error_that_names_it() {
    for key in ["open_sec", "openMs", "Open_ms", "struct_size", "reserved", ""] {
        let said = refused(&format!(r#"{{"open_ms": 5, "{key}": 5}}"#), HSCB_ERR_CONFIG);
        assert!(said.contains(key), "{said:?} does not name {key}");
    }
}

#[test]
fn s02_json_a_value_out_of_range_names_field_value_and_range() {
    let cases = [
        ("failure_threshold", "65", "0", "64"),
        ("failure_rate", "1.5", "0", "1"),
        ("min_calls", "1048577", "0", "1048576"),
        ("consecutive_failures", "1025", "0", "1024"),
        ("slow_rate", "2", "0", "1"),
        ("slow_call_ms", "86400001", "0", "86400000"),
        ("window_ms", "0", "1", "86400000"),
        ("window_buckets", "65", "1", "64"),
        ("window_calls", "1025", "1", "1024"),
        ("open_ms", "86400001", "1", "86400000"),
        ("open_backoff", "0.5", "1", "10"),
        ("open_max_ms", "0", "1", "86400000"),
        ("open_jitter", "1.25", "0", "1"),
        ("half_open_max_calls", "256", "1", "255"),
        ("half_open_max_concurrent", "256", "0", "255"),
        ("success_threshold", "0", "1", "255"),
        ("half_open_interval_ms", "86400001", "0", "86400000"),
        ("half_open_max_ms", "86400001", "0", "86400000"),
        ("probe_lease_ms", "0", "1", "4294967295"),
        ("retry_after_max_ms", "86400001", "0", "86400000"),
    ];
    for (name, value, least, most) in cases {
        let said = refused(&format!(r#"{{"{name}": {value}}}"#), HSCB_ERR_CONFIG);
        for part in [name, value, least, most] {
            assert!(said.contains(part), "{said:?} does not say {part}");
        }
    }
}

#[test]
fn s02_json_a_value_that_no_u32_can_hold_names_its_field() {
    for (name, value) in [("probe_lease_ms", "4294967296"), ("open_ms", "-1"), ("window_ms", "1e300")] {
        let mut out = defaults();
        let status = config_from_json(&format!(r#"{{"{name}": {value}}}"#), &mut out);
        assert!(status == HSCB_ERR_CONFIG || status == HSCB_ERR_JSON, "{name} = {value}: {status}");
        assert!(last_error().contains(name), "{:?} does not name {name}", last_error());
    }
}

#[test]
fn s02_json_a_wrong_word_or_type_names_its_field() {
    let cases = [
        ("window", r#""sliding""#),
        ("half_open_verdict", r#""lenient""#),
        ("open_ms", r#""30""#),
        ("open_ms", "1.5"),
        ("failure_rate", "true"),
        ("min_calls", "null"),
    ];
    for (name, value) in cases {
        let mut out = defaults();
        let status = config_from_json(&format!(r#"{{"{name}": {value}}}"#), &mut out);
        assert!(status == HSCB_ERR_CONFIG || status == HSCB_ERR_JSON, "{name} = {value}: {status}");
        assert!(last_error().contains(name), "{:?} does not name {name}", last_error());
    }
    let mut out = defaults();
    assert!(config_from_json(r#"{"window": "sliding"}"#, &mut out) < 0);
    for part in ["sliding", "time", "calls"] {
        assert!(last_error().contains(part), "{:?} does not say {part}", last_error());
    }
}

#[test]
fn s02_json_relations_are_checked() {
    let said = refused(r#"{"failure_threshold": 0}"#, HSCB_ERR_CONFIG);
    assert!(said.contains("failure_rate"), "{said:?}");
    let said = refused(r#"{"slow_rate": 0.5}"#, HSCB_ERR_CONFIG);
    assert!(said.contains("slow_rate"), "{said:?}");
    let said = refused(r#"{"half_open_verdict": "rate", "failure_rate": 0}"#, HSCB_ERR_CONFIG);
    assert!(said.contains("half_open_verdict"), "{said:?}");
    let said = refused(r#"{"window": "calls", "window_calls": 4}"#, HSCB_ERR_CONFIG);
    assert!(said.contains("failure_threshold") && said.contains('5') && said.contains('4'), "{said:?}");
}

#[test]
fn s02_json_that_is_none_is_an_error() {
    for text in ["", "{", "[]", "7", "null", r#"{"open_ms": 5}}"#, "{open_ms: 5}"] {
        refused(text, HSCB_ERR_JSON);
    }
}

/// The configurations that the documentation shows are ones that the library takes.
#[test]
fn s02_json_the_examples_of_the_documentation_are_valid() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(root.join("docs/MIGRATING.md")).expect("the documentation");
    let examples: Vec<_> =
        text.split("```json").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert!(!examples.is_empty());
    for example in examples {
        parsed(example);
    }
}
