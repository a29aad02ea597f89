//! A slow twin of the reader of streams: it takes the whole body, splits it into events by the letter of the standard,
//! and parses the data of each as JSON. The fast one, which parses almost none, must come to the same.

use crate::verdicts::{stream, text};
use holysheep_cb::response::End;
use proptest::collection;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::Value;

/// What the twin says of a body that ended cleanly. Details of errors are not its concern.
fn twin(body: &str) -> &'static str {
    let body = body.strip_prefix('\u{feff}').unwrap_or(body);
    let body = body.replace("\r\n", "\n").replace('\r', "\n");
    let (mut name, mut data, mut seen) = (String::new(), String::new(), false);
    for line in body.split('\n').chain([""]) {
        if line.is_empty() {
            match event(&name, data.strip_suffix('\n').unwrap_or(&data)) {
                Some(verdict) => return verdict,
                None => seen |= data.len() > 1,
            }
            (name, data) = Default::default();
            continue;
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "data" => data += &format!("{value}\n"),
            "event" => name = value.to_owned(),
            _ => {}
        }
    }
    if seen { "success" } else { "failure" }
}

fn event(name: &str, data: &str) -> Option<&'static str> {
    let is_error = |name: &str| name == "error" || name == "response.failed";
    let is_last = |name: &str| ["message_stop", "response.completed", "response.incomplete"].contains(&name);
    let object = serde_json::from_str::<Value>(data).ok().filter(Value::is_object);
    let field = |name: &str| object.as_ref().and_then(|object| object.get(name));
    let kind = field("type").and_then(Value::as_str).unwrap_or_default();
    let told = field("error").is_some_and(|error| !error.is_null());
    if is_error(name) {
        Some("failure")
    } else if is_last(name) || data.trim_start().starts_with("[DONE]") {
        Some("success")
    } else if told || is_error(kind) {
        Some("failure")
    } else {
        is_last(kind).then_some("success")
    }
}

/// How one character of a JSON string is written: as it is, or as an escape.
fn written(c: char, how: u8) -> String {
    match how {
        0 => c.to_string(),
        1 => format!("\\u{:04x}", c as u32),
        _ => format!("\\u{:04X}", c as u32),
    }
}

/// A JSON string: as it is, with one escape, or with many.
fn string(text: &'static str) -> impl Strategy<Value = String> {
    let length = text.chars().count();
    let one = (0..length.max(1), 1..3_u8).prop_map(move |(at, how)| {
        let mut escapes = vec![0; length];
        escapes.get_mut(at).into_iter().for_each(|escape| *escape = how);
        escapes
    });
    prop_oneof![3 => Just(vec![0; length]), 2 => one, 1 => collection::vec(0..3_u8, length)].prop_map(
        move |hows| {
            let characters: String = text.chars().zip(hows).map(|(c, how)| written(c, how)).collect();
            format!("\"{characters}\"")
        },
    )
}

/// Words that mean something, as keys and as values, and some that nearly do.
fn word() -> impl Strategy<Value = String> {
    select(
        &[
            "error",
            "type",
            "message_stop",
            "response.completed",
            "response.incomplete",
            "response.failed",
            "code",
            "errors",
            "eror",
            "delta",
            "response",
            "",
        ][..],
    )
    .prop_flat_map(string)
}

fn blank() -> impl Strategy<Value = &'static str> {
    select(&["", "", "", " ", "\t", "\ndata: ", "\r\ndata:"][..])
}

/// A JSON object with keys in any order, and white space anywhere.
fn object() -> impl Strategy<Value = String> {
    let scalar = prop_oneof![
        3 => word(),
        1 => select(&["null", "1", "true", "[]", "{}", "\"\\\"error\\\"\"", "\"a\\\\\""][..]).prop_map(str::to_owned),
    ];
    let value = scalar.prop_recursive(2, 8, 2, |inner| {
        (word(), inner).prop_map(|(key, value)| format!("{{{key}: {value}}}"))
    });
    let member =
        (word(), blank(), value, blank()).prop_map(|(key, a, value, b)| format!("{key}{a}:{b}{value}"));
    (collection::vec(member, 0..4), blank(), blank())
        .prop_map(|(members, a, b)| format!("{{{a}{}{b}}}", members.join(",")))
}

/// One event.
fn event_text() -> impl Strategy<Value = String> {
    let name =
        select(&["", "", "", "event: error\n", "event:message_stop\r\n", "event: ping\n", ": c\r"][..]);
    let data =
        prop_oneof![4 => object(), 1 => select(&["[DONE]", "", "text", "[1]"][..]).prop_map(str::to_owned)];
    (name, data, select(&["\n\n", "\r\n\r\n", "\r\r"][..]))
        .prop_map(|(name, data, end)| format!("{name}data: {data}{end}"))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 20_000, ..ProptestConfig::default() })]

    #[test]
    fn comes_to_the_same(events in collection::vec(event_text(), 0..4), bom in select(&["", "\u{feff}"][..])) {
        let body = bom.to_owned() + &events.concat();
        let mut response = stream();
        response.body(body.as_bytes());
        let verdict = text(response.end(End::Complete));
        let outcome = verdict.split(' ').next().unwrap_or_default();
        prop_assert_eq!(outcome, twin(&body), "{:?} is {}", body, verdict);
    }
}
