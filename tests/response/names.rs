//! Which breaker a request belongs to.

use holysheep_cb::response::breaker_name;
use holysheep_cb::{Breaker, Segment};
use proptest::prelude::*;

#[test]
fn host_and_model() {
    for (host, body, name) in [
        ("h", r#"{"model": "m"}"#, "h|m"),
        ("h", " \n{\"messages\": [{\"model\": \"x\"}], \"model\":\"m\", and what follows", "h|m"),
        ("h", r#"{"mod\u0065l": "\u6a21型"}"#, "h|模型"),
        ("h", r#"{"model": "a", "model": "b"}"#, "h|a"),
        ("h:8080", r#"{"model": "a|b"}"#, "h:8080|a|b"),
        ("h", "{\"model\": \"a\\n\\u0000\\u007fb\"}", "h|a___b"),
        ("h\r\n", "", "h__"),
        ("", "", "-"),
        ("", r#"{"model": "m"}"#, "-|m"),
        ("h", "\u{feff}{\"model\": \"m\"}", "h|m"),
        ("h", r#"{"model": ""}"#, "h"),
        ("h", r#"{"model": 7}"#, "h"),
        ("h", r#"{"model": {"model": "m"}}"#, "h"),
        ("h", r#"{"models": "m"}"#, "h"),
        ("h", r#"[{"model": "m"}]"#, "h"),
        ("h", r#"{"a": nonsense, "model": "m"}"#, "h"),
        ("h", r#"{"model": "m"#, "h"),
        ("h", "--boundary\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\nm", "h"),
    ] {
        assert_eq!(breaker_name(host, body.as_bytes()), name, "{body}");
    }
    assert_eq!(breaker_name("h", b"{\"model\": \"\xff\"}"), "h");
}

#[test]
fn what_is_too_long_is_cut_between_characters() {
    assert_eq!(breaker_name(&"h".repeat(300), b"").len(), 127);
    let name = breaker_name("h", format!(r#"{{"model": "{}"}}"#, "模".repeat(100)).as_bytes());
    assert_eq!(name, format!("h|{}", "模".repeat(41)));
}

proptest! {
    #[test]
    fn every_name_is_one_that_a_breaker_may_have(host in ".{0,150}", model in any::<String>(), junk in any::<Vec<u8>>()) {
        let body = serde_json::json!({"model": model}).to_string();
        for body in [body.as_bytes(), &junk] {
            let name = breaker_name(&host, body);
            prop_assert!(Breaker::builder().segment(&Segment::private()).open(&name).is_ok(), "{name:?}");
        }
    }
}
