//! `/metrics` and `/hystrix.stream`, as they are scraped; the text itself has tests of its own beside its source.

use crate::agent::Agent;
use crate::support::{Dir, Worker, until};
use serde_json::Value;
use std::io::{BufRead as _, BufReader, Write as _};
use std::time::Instant;

/// Two breakers with calls in another process; the second is tripped.
fn two_breakers(dir: &Dir) -> Worker {
    let mut worker = dir.worker();
    worker.tell("open\tbilling\t8");
    worker.tell("succeed\tbilling\trelay|gpt-4.1\t3\t20");
    worker.tell("fail\tbilling\trelay|gpt-4.1\t1\t20");
    worker.tell("trip\tbilling\t模型 \"x\"\\");
    worker
}

/// The value of a series.
fn value(text: &str, series: &str) -> Option<String> {
    text.lines().find_map(|line| Some(line.strip_prefix(series)?.strip_prefix(' ')?.to_owned()))
}

fn scrape(agent: &Agent) -> String {
    let answer = agent.get("/metrics");
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.body
}

#[test]
fn a_scrape_tells_of_other_processes() {
    let dir = Dir::new();
    let mut worker = two_breakers(&dir);
    let agent = Agent::start(&dir, &[]);
    let text = scrape(&agent);
    let gpt = r#"segment="billing",name="relay|gpt-4.1""#;
    let x = r#"segment="billing",name="模型 \"x\"\\""#;
    for (series, right) in [
        (format!("holysheep_cb_state{{{gpt},state=\"closed\"}}"), "1"),
        (format!("holysheep_cb_state{{{gpt},state=\"open\"}}"), "0"),
        (format!("holysheep_cb_state{{{x},state=\"open\"}}"), "1"),
        (format!("holysheep_cb_calls_total{{{gpt},outcome=\"successful\"}}"), "3"),
        (format!("holysheep_cb_calls_total{{{gpt},outcome=\"failed\"}}"), "1"),
        (format!("holysheep_cb_call_duration_seconds_count{{{gpt}}}"), "3"),
        (r#"holysheep_cb_attached_processes{segment="billing"}"#.to_owned(), "1"),
        ("holysheep_cb_breakers_left_out".to_owned(), "0"),
    ] {
        assert_eq!(value(&text, &series).as_deref(), Some(right), "{series}");
    }
    assert!(text.contains(&format!("holysheep_cb_open_until_timestamp_seconds{{{x}}}")), "{text}");
    assert!(!text.contains(&format!("holysheep_cb_open_until_timestamp_seconds{{{gpt}}}")), "{text}");
    assert!(text.ends_with("# EOF\n"));
    // Transitions of before and of now are counted.
    let trips =
        format!("holysheep_cb_transitions_total{{{x},from=\"closed\",to=\"open\",reason=\"operator\"}}");
    until("the first trip", || value(&scrape(&agent), &trips).as_deref() == Some("1"));
    worker.tell("reset\tbilling\t模型 \"x\"\\");
    worker.tell("trip\tbilling\t模型 \"x\"\\");
    until("the second trip", || value(&scrape(&agent), &trips).as_deref() == Some("2"));
}

#[test]
fn the_format_is_agreed_upon() {
    let dir = Dir::new();
    let agent = Agent::start(&dir, &[]);
    for (accept, kind) in [
        (
            "application/openmetrics-text;version=1.0.0,*/*;q=0.1",
            "application/openmetrics-text; version=1.0.0",
        ),
        ("*/*", "application/openmetrics-text; version=1.0.0"),
        ("text/plain;version=0.0.4", "text/plain; version=0.0.4"),
    ] {
        let answer = agent.ask("GET", "/metrics", &[("Host", "localhost"), ("Accept", accept)], "");
        assert!(answer.head.contains(&format!("content-type: {kind}")), "{accept}: {answer:?}");
        assert_eq!(answer.body.ends_with("# EOF\n"), kind.starts_with("application"), "{accept}");
    }
}

#[test]
fn series_are_bounded_and_end_with_their_breaker() {
    let dir = Dir::new();
    let worker = two_breakers(&dir);
    let agent = Agent::start(&dir, &["--max-breakers", "1"]);
    let text = scrape(&agent);
    assert_eq!(value(&text, "holysheep_cb_breakers_left_out").as_deref(), Some("1"));
    assert!(text.contains("gpt-4.1") && !text.contains("模型"), "the first by name: {text}");
    drop(worker);
    dir.ok(&["rm", "billing", "--force"]);
    until("none", || !scrape(&agent).contains("billing"));
}

#[test]
fn by_the_names_of_resilience4j() {
    let dir = Dir::new();
    let _worker = two_breakers(&dir);
    let agent = Agent::start(&dir, &["--compat", "resilience4j"]);
    let text = scrape(&agent);
    let gpt = r#"segment="billing",name="relay|gpt-4.1""#;
    for (series, right) in [
        (format!("resilience4j_circuitbreaker_state{{{gpt},state=\"closed\"}}"), "1"),
        (format!("resilience4j_circuitbreaker_state{{{gpt},state=\"metrics_only\"}}"), "0"),
        (format!("resilience4j_circuitbreaker_calls_seconds_count{{{gpt},kind=\"failed\"}}"), "1"),
        (format!("resilience4j_circuitbreaker_buffered_calls{{{gpt},kind=\"successful\"}}"), "3"),
        (format!("resilience4j_circuitbreaker_failure_rate{{{gpt}}}"), "25.0"),
    ] {
        assert_eq!(value(&text, &series).as_deref(), Some(right), "{series}: {text}");
    }
    assert!(!text.contains("holysheep_cb_"), "{text}");
}

/// The next command of Hystrix's stream that has this name.
fn command(stream: &mut impl std::io::BufRead, name: &str) -> Value {
    let begun = Instant::now();
    loop {
        let mut line = String::new();
        assert!(stream.read_line(&mut line).expect("UTF-8") > 0, "the stream ended");
        let Some(json) = line.strip_prefix("data: ") else { continue };
        let command: Value = serde_json::from_str(json).expect("JSON");
        if command["name"] == name {
            return command;
        }
        assert!(begun.elapsed() < crate::support::DEADLINE, "no {name}");
    }
}

#[test]
fn hystrix_has_a_command_for_each_breaker() {
    let dir = Dir::new();
    let mut worker = two_breakers(&dir);
    let agent = Agent::start(&dir, &[]);
    let mut stream = agent.connect();
    stream.write_all(b"GET /hystrix.stream HTTP/1.0\r\nHost: localhost\r\n\r\n").expect("asked");
    let mut stream = BufReader::new(stream);
    let first = command(&mut stream, "relay|gpt-4.1");
    assert_eq!((&first["type"], &first["group"]), (&"HystrixCommand".into(), &"billing".into()));
    assert_eq!(first["isCircuitBreakerOpen"], false);
    for field in [
        "errorPercentage",
        "requestCount",
        "rollingCountShortCircuited",
        "currentTime",
        "reportingHosts",
        "latencyExecute_mean",
        "propertyValue_circuitBreakerSleepWindowInMilliseconds",
    ] {
        assert!(first[field].is_u64(), "{field} in {first}");
    }
    assert!(first["latencyExecute"]["99.5"].is_u64(), "{first}");
    worker.tell("trip\tbilling\trelay|gpt-4.1");
    until("open", || command(&mut stream, "relay|gpt-4.1")["isCircuitBreakerOpen"] == true);
}

#[test]
fn hystrix_is_kept_alive_where_there_is_nothing_to_tell() {
    let dir = Dir::new();
    let agent = Agent::start(&dir, &[]);
    let mut stream = agent.connect();
    stream.write_all(b"GET /hystrix.stream HTTP/1.0\r\nHost: localhost\r\n\r\n").expect("asked");
    let mut lines = BufReader::new(stream).lines().map_while(Result::ok);
    assert!(lines.any(|line| line == "ping: "));
}
