//! What is told of breakers in every state, in both formats and by both names.

use super::buckets::Latencies;
use super::own::MODES;
use super::scrape::{OfBreaker, Scrape};
use super::{Format, render};
use crate::cli::Compat;
use holysheep_cb::{Breaker, Mode, Outcome, Reason, Segment};
use std::collections::HashSet;
use std::process::{Command, Stdio};
use std::time::Duration;

/// A breaker with three successes, a failure and, where it can be, two rejected calls; then in this mode.
fn breaker(name: &str, mode: Mode) -> OfBreaker {
    let segment = Segment::private();
    let breaker = Breaker::builder().segment(&segment).open(name).unwrap();
    for ms in [10, 300, 2000] {
        breaker.admit().unwrap().give_back_after(Outcome::Success.into(), Duration::from_millis(ms));
    }
    breaker.admit().unwrap().failure();
    match mode {
        Mode::Closed => {}
        Mode::Open => breaker.trip(),
        Mode::HalfOpen => {
            breaker.trip();
            breaker.half_open().unwrap();
        }
        Mode::ForcedOpen => breaker.force_open(),
        Mode::Disabled => breaker.disable(),
        Mode::Observing => breaker.observe(),
    }
    if matches!(mode, Mode::Open | Mode::ForcedOpen) {
        assert!(breaker.admit().is_err() && breaker.admit().is_err());
    }
    let view = segment.view(name).unwrap();
    let shown = view.snapshot();
    assert_eq!(shown.mode, mode);
    OfBreaker {
        segment: "billing".into(),
        name: name.to_owned(),
        shown,
        changed_at: (shown.changed_at_ns > 0).then_some(1.7e9),
        open_until: (shown.open_remaining_ns > 0).then_some(1.8e9),
        latencies: Latencies::of(&view.histogram()),
        longest_lately: view.histogram().quantile(1.0),
        transitions: vec![(Mode::Closed, Mode::Open, Reason::Operator, 2)],
    }
}

fn scrape(breakers: Vec<OfBreaker>) -> Scrape {
    let problems = vec![("torn".to_owned(), "line 1\nline \"2\" \\".to_owned())];
    Scrape { breakers, problems, left_out: 7, ..Scrape::default() }
}

fn own(breakers: Vec<OfBreaker>) -> String {
    render(scrape(breakers), None, Format::OpenMetrics).unwrap()
}

/// One breaker in each mode.
fn all_modes() -> Vec<OfBreaker> {
    MODES.iter().map(|&mode| breaker(mode.name(), mode)).collect()
}

fn has(text: &str, line: &str) {
    assert!(text.lines().any(|found| found == line), "no {line} in:\n{text}");
}

#[test]
fn every_state_is_told_of_every_breaker() {
    let text = own(all_modes());
    for is in MODES {
        for state in MODES {
            let labels = format!("segment=\"billing\",name=\"{is}\",state=\"{state}\"");
            has(&text, &format!("holysheep_cb_state{{{labels}}} {}", u64::from(is == state)));
        }
    }
}

#[test]
fn calls_are_told_by_how_they_ended() {
    let text = own(vec![breaker("relay", Mode::Open)]);
    for (outcome, count) in [("successful", 3), ("failed", 1), ("ignored", 0), ("late", 0), ("rejected", 2)] {
        let labels = format!("segment=\"billing\",name=\"relay\",outcome=\"{outcome}\"");
        has(&text, &format!("holysheep_cb_calls_total{{{labels}}} {count}"));
    }
    let relay = "segment=\"billing\",name=\"relay\"";
    has(&text, &format!("holysheep_cb_call_duration_seconds_count{{{relay}}} 3"));
    for (le, count) in
        [("0.004194304", 0), ("0.016777216", 1), ("0.536870912", 2), ("2.147483648", 3), ("+Inf", 3)]
    {
        has(&text, &format!("holysheep_cb_call_duration_seconds_bucket{{le=\"{le}\",{relay}}} {count}"));
    }
    has(
        &text,
        &format!(
            "holysheep_cb_transitions_total{{{relay},from=\"closed\",to=\"open\",reason=\"operator\"}} 2"
        ),
    );
    has(&text, &format!("holysheep_cb_state_entries_total{{{relay},state=\"open\"}} 1"));
    has(&text, "holysheep_cb_breakers_left_out 7");
}

#[test]
fn what_does_not_apply_is_absent() {
    let (closed, open) = (own(vec![breaker("a", Mode::Closed)]), own(vec![breaker("a", Mode::Open)]));
    let labels = "{segment=\"billing\",name=\"a\"}";
    assert!(!closed.contains(&format!("open_until_timestamp_seconds{labels}")), "{closed}");
    has(&open, &format!("holysheep_cb_open_until_timestamp_seconds{labels} 1800000000.0"));
    has(&closed, &format!("holysheep_cb_window_failure_ratio{labels} 0.25"));
    assert!(!open.contains(&format!("window_failure_ratio{labels}")), "{open}");
}

#[test]
fn names_are_escaped() {
    let text = own(vec![breaker("re\"lay\\模", Mode::Closed)]);
    has(&text, r#"holysheep_cb_probes_in_flight{segment="billing",name="re\"lay\\模"} 0"#);
    has(&text, r#"holysheep_cb_segment_problem{segment="torn",problem="line 1\nline \"2\" \\"} 1"#);
}

/// What OpenMetrics asks of the whole text: families in one piece, samples that belong to them, no sample twice.
#[test]
fn the_text_is_open_metrics() {
    for compat in [None, Some(Compat::Resilience4j)] {
        let text = render(scrape(all_modes()), compat, Format::OpenMetrics).unwrap();
        let body = text.strip_suffix("# EOF\n").expect("an end");
        let (mut families, mut samples, mut family) = (HashSet::new(), HashSet::new(), ("", ""));
        for line in body.lines() {
            if let Some(rest) = line.strip_prefix("# TYPE ") {
                family = rest.split_once(' ').unwrap();
                assert!(families.insert(family.0), "{} comes twice", family.0);
            } else if let Some(rest) = line.strip_prefix("# UNIT ") {
                assert_eq!(
                    rest.split_once(' ').map(|(name, unit)| name == family.0 && name.ends_with(unit)),
                    Some(true)
                );
            } else if !line.starts_with("# HELP ") {
                let (sample, value) = line.rsplit_once(' ').unwrap();
                let suffix = sample.split('{').next().unwrap().strip_prefix(family.0).expect(line);
                let allowed: &[&str] = match family.1 {
                    "counter" => &["_total"],
                    "gauge" => &[""],
                    "info" => &["_info"],
                    "histogram" => &["_bucket", "_sum", "_count"],
                    other => panic!("{other}"),
                };
                assert!(allowed.contains(&suffix), "{line}");
                assert!(value.parse::<f64>().is_ok_and(f64::is_finite), "{line}");
                assert!(samples.insert(sample), "{sample} comes twice");
            }
        }
        assert!(samples.len() > 100);
    }
}

#[test]
fn a_scrape_of_nothing_is_whole() {
    let text = render(Scrape::default(), None, Format::OpenMetrics).unwrap();
    has(&text, "holysheep_cb_breakers_left_out 0");
    assert!(!text.contains("name=") && text.ends_with("# EOF\n"), "{text}");
}

#[test]
fn the_text_of_prometheus_has_its_names() {
    let text = render(scrape(all_modes()), None, Format::Prometheus).unwrap();
    has(&text, "# TYPE holysheep_cb_calls_total counter");
    assert!(!text.contains("# UNIT") && !text.contains("# EOF"));
    for compat in [None, Some(Compat::Resilience4j)] {
        lint(&render(scrape(all_modes()), compat, Format::Prometheus).unwrap());
    }
}

/// `promtool check metrics` has nothing against it.
fn lint(text: &str) {
    let mut promtool = Command::new("promtool")
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("promtool is missing: apt-get install prometheus");
    std::io::Write::write_all(&mut promtool.stdin.take().unwrap(), text.as_bytes()).unwrap();
    let ended = promtool.wait_with_output().unwrap();
    assert!(ended.status.success() && ended.stderr.is_empty(), "{}", String::from_utf8_lossy(&ended.stderr));
}

#[test]
fn the_other_projects_names() {
    let text = render(
        scrape(vec![breaker("relay", Mode::Observing)]),
        Some(Compat::Resilience4j),
        Format::Prometheus,
    );
    let text = text.unwrap();
    let relay = "segment=\"billing\",name=\"relay\"";
    for line in [
        &format!("resilience4j_circuitbreaker_state{{{relay},state=\"metrics_only\"}} 1"),
        &format!("resilience4j_circuitbreaker_state{{{relay},state=\"half_open\"}} 0"),
        &format!("resilience4j_circuitbreaker_calls_seconds_count{{{relay},kind=\"successful\"}} 3"),
        &format!("resilience4j_circuitbreaker_calls_seconds_count{{{relay},kind=\"failed\"}} 1"),
        &format!("resilience4j_circuitbreaker_not_permitted_calls_total{{{relay},kind=\"not_permitted\"}} 0"),
        &format!("resilience4j_circuitbreaker_buffered_calls{{{relay},kind=\"failed\"}} 0"),
        &format!("resilience4j_circuitbreaker_failure_rate{{{relay}}} -1.0"),
    ] {
        has(&text, line);
    }
    assert!(text.contains("resilience4j_circuitbreaker_calls_seconds_max{"), "{text}");
}
