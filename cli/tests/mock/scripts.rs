//! Scripts: good ones, bad ones, and what is left to chance.

use crate::support::{Mock, hscb, until};
use serde_json::{Value, json};
use std::io::Write as _;
use std::process::Stdio;

/// Runs the binary with arguments that it refuses; gives its exit status and what it says.
fn refusal(args: &[&str], script: Option<&str>) -> (i32, String) {
    let mut child = hscb(args).stdin(Stdio::piped()).spawn().expect("the binary starts");
    let mut input = child.stdin.take().expect("piped");
    input.write_all(script.unwrap_or_default().as_bytes()).expect("the script is read");
    drop(input);
    let output = child.wait_with_output().expect("it ends");
    assert!(output.stdout.is_empty(), "nothing is announced");
    (output.status.code().expect("no signal"), String::from_utf8(output.stderr).expect("text"))
}

#[test]
fn bad_scripts_are_refused_with_phase_field_value_and_range() {
    let told = |script: Value| refusal(&["--script", "-"], Some(&script.to_string()));
    let phase = |phase: Value| {
        let (status, message) = told(json!({"phases": [{"kind": "healthy"}, phase]}));
        assert_eq!(status, 2, "{message}");
        message.trim_end().to_owned()
    };
    assert_eq!(
        phase(json!({"name": "storm", "kind": "429", "rate": 1.5})),
        r#"hscb mock: phase 1 ("storm", kind 429): rate is 1.5; allowed: a number 0..=1"#
    );
    assert_eq!(
        phase(json!({"kind": "hang", "duration_ms": -1})),
        r#"hscb mock: phase 1 ("hang", kind hang): duration_ms is -1; allowed: a whole number 0..=86400000"#
    );
    assert_eq!(
        phase(json!({"kind": "refused", "rate": 0.5})),
        r#"hscb mock: phase 1 ("refused", kind refused): unknown field "rate" (value 0.5); allowed here: name, kind, duration_ms"#
    );
    assert_eq!(
        phase(json!({"kind": "slow", "latency": {"kind": "normal", "mean_ms": 5}})),
        r#"hscb mock: phase 1 ("slow", kind slow): latency: std_ms is null; allowed: a number 0..=3600000"#
    );
    assert!(phase(json!({"kind": "weird"})).contains(r#"phase 1: kind is "weird"; allowed: healthy, slow"#));
    assert!(phase(json!(7)).contains("phase 1 is 7; allowed: an object"));
    assert!(told(json!({"phases": []})).1.contains("phases is a list of 0; allowed: a list of 1..=1000"));
    assert!(told(json!({"phases": [], "speed": 2})).1.contains(r#"script: unknown field "speed" (value 2)"#));
    let (status, message) = refusal(&["--script", "-"], Some("{"));
    assert!(status == 2 && message.contains("script is not JSON: EOF"), "{message}");
}

#[test]
fn bad_arguments_are_refused() {
    let (status, message) = refusal(&["--phase", "hang:6"], None);
    assert!(
        status == 2 && message.contains("phase 0 (`hang:6`): duration is \"6\"; allowed: a number with ms")
    );
    for host in ["0.0.0.0", "192.168.0.1", "example.org", "::"] {
        let (status, message) = refusal(&["--host", host], None);
        let want = format!("hscb mock: --host is \"{host}\"; allowed: a loopback address, such as 127.0.0.1");
        assert!(status == 2 && message.starts_with(&want), "{message}");
    }
    let (status, message) = refusal(&["--script", "/does/not/exist"], None);
    assert!(status == 2 && message.contains("script /does/not/exist: No such file"), "{message}");
    assert_eq!(refusal(&["--script", "-", "--phase", "hang"], None).0, 2);
}

#[test]
fn a_port_that_is_taken_is_not_shared_even_while_it_refuses() {
    let mock = Mock::start(&["--phase", "healthy", "--phase", "refused"]);
    for index in [0, 1] {
        mock.go(&json!({ "index": index }));
        let (status, message) = refusal(&["--port", &mock.api.port().to_string()], None);
        assert!(status == 1 && message.contains(&format!("cannot listen on {}", mock.api)), "{message}");
    }
}

#[test]
fn a_port_can_be_taken_again_at_once() {
    let mock = Mock::start(&["--phase", "cut"]);
    let body = crate::support::chat_body(false).to_string();
    let request = crate::support::request("POST", "/v1/chat/completions", "", &body);
    crate::support::ask(mock.api, &request).expect_err("cut");
    let port = mock.api.port().to_string();
    drop(mock);
    assert_eq!(Mock::start(&["--port", &port]).chat().status, 200);
}

#[test]
fn a_script_runs_through_its_phases_and_is_over() {
    let mock = Mock::scripted(&json!({"chunks": 2, "phases": [
        {"name": "calm", "kind": "healthy", "duration_ms": 30}, {"kind": "503", "duration_ms": 30}]}));
    until(|| mock.stats()["phase"]["name"] == "over", || mock.stats()["phase"].to_string());
    let answer = mock.chat().json();
    assert_eq!(answer["usage"]["completion_tokens"], 2);
    let stats = mock.stats();
    let names: Vec<_> = stats["phases"].as_array().expect("a list").iter().map(|row| &row["name"]).collect();
    assert_eq!(names, ["calm", "503", "over"]);
    assert_eq!((&stats["phases"][2]["index"], &stats["phases"][2]["answered"]), (&Value::Null, &json!(1)));
}

#[test]
fn the_script_in_the_docs_is_a_good_one() {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/MOCK.md"));
    let page = page.expect("the page is there");
    let script = page.split("```json\n").nth(1).and_then(|rest| rest.split("```").next()).expect("a script");
    let mock = Mock::scripted(&serde_json::from_str(script).expect("JSON"));
    assert_eq!(mock.stats()["phases"].as_array().map(Vec::len), Some(5));
}

#[test]
fn a_loop_begins_again() {
    let mock = Mock::start(&["--loop", "--phase", "healthy:5ms", "--phase", "refused:5ms"]);
    until(|| mock.stats()["phase"]["lap"].as_u64() >= Some(5), || "five laps".to_owned());
}

fn statuses(seed: &str, requests: usize) -> Vec<u16> {
    let mock = Mock::start(&["--seed", seed, "--phase", "503,rate=0.3,latency=0ms..2ms"]);
    (0..requests).map(|_| mock.chat().status).collect()
}

#[test]
fn the_same_seed_gives_the_same_faults() {
    let first = statuses("7", 60);
    assert_eq!(first, statuses("7", 60));
    assert_ne!(first, statuses("8", 60));
    let affected = first.iter().filter(|status| **status == 503).count();
    assert!((8..30).contains(&affected), "{affected} of 60 at a rate of 0.3");
}

#[test]
fn counters_are_exact_under_concurrency_and_so_is_the_number_of_faults() {
    let in_a_row = statuses("7", 160).iter().filter(|status| **status == 503).count();
    let mock = Mock::start(&["--seed", "7", "--phase", "503,rate=0.3,latency=0ms..2ms"]);
    let seen: Vec<u16> = std::thread::scope(|scope| {
        let work = || (0..20).map(|_| mock.chat().status).collect::<Vec<_>>();
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(work)).collect();
        threads.into_iter().flat_map(|thread| thread.join().expect("answers")).collect()
    });
    let affected = seen.iter().filter(|status| **status == 503).count();
    assert_eq!(affected, in_a_row);
    let totals = &mock.stats()["totals"];
    assert_eq!(totals["by_status"], json!({"200": 160 - affected, "503": affected}));
    assert_eq!((&totals["received"], &totals["in_flight"]), (&json!(160), &json!(0)));
}
