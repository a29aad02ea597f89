//! `hscb show NAME`: all of one breaker.

use super::breaker::{Shape, ink};
use crate::cli::ShowArgs;
use crate::fault::Fault;
use crate::output::paint::Ink;
use crate::output::{Out, elapsed, plain};
use crate::place::{Found, find};
use crate::watch::Sample;
use holysheep_cb::{Clock as _, Mode, Snapshot, SystemClock};
use serde_json::Value;
use std::time::Duration;

/// Where what is shown begins.
const INDENT: usize = 18;

/// Runs the verb.
pub(super) fn run(args: &ShowArgs) -> Result<(), Fault> {
    let found = find(&args.name, &args.place)?;
    let mut out = Out::new(args.answer.json);
    let sample = Sample::of(&found.view);
    if out.json {
        let shape = Shape::new(found.view.name(), &found.segment, found.processes, &sample);
        out.object(&shape.with_config(&found.view))?;
    } else {
        for (what, how) in lines(&found, &sample, &out) {
            let gap = " ".repeat(INDENT.saturating_sub(what.len()));
            let what = out.dress(Ink::Dim, what);
            out.line(&format!("{what}{gap}{how}"))?;
        }
    }
    out.flush()
}

/// What is shown, and what it is.
fn lines(found: &Found, sample: &Sample, out: &Out) -> Vec<(&'static str, String)> {
    let shown = &sample.shown;
    let latency = |quantile| sample.latencies.quantile(quantile).map_or("-".to_owned(), elapsed);
    let processes = found.processes.map_or("unknown".to_owned(), |n| n.to_string());
    vec![
        ("breaker", out.dress(Ink::Bold, &plain(found.view.name()))),
        ("segment", format!("{} (open in {processes} processes)", plain(&found.segment))),
        ("mode", format!("{}{}", out.dress(ink(shown.mode), shown.mode.name()), since(shown))),
        ("next call", next_call(sample)),
        ("fleet", fleet(shown)),
        (
            "window",
            format!(
                "{} calls, {} failed, {} slow; {} failures in a row",
                shown.window_calls, shown.window_failures, shown.window_slow, shown.consecutive_failures
            ),
        ),
        ("probes out", shown.probes_in_flight.to_string()),
        ("latency", format!("p50 {}, p95 {}, p99 {}", latency(0.5), latency(0.95), latency(0.99))),
        ("calls in total", calls(shown)),
        ("changes in total", changes(shown)),
        ("configuration", configuration(found)),
    ]
}

/// For how long it has been in its mode.
fn since(shown: &Snapshot) -> String {
    match shown.changed_at_ns {
        0 => String::new(),
        then => {
            let ago = SystemClock::new().now_ns().saturating_sub(then);
            format!(" for {}", elapsed(Duration::from_nanos(ago)))
        }
    }
}

/// When a call would be admitted.
fn next_call(sample: &Sample) -> String {
    match sample.retry_after {
        Some(wait) if wait.is_zero() => "would go now".to_owned(),
        Some(wait) => format!("in {}", elapsed(wait)),
        None if sample.shown.mode == Mode::ForcedOpen => "never, until an operator says otherwise".to_owned(),
        None => "when a probe returns".to_owned(),
    }
}

/// What other hosts have to do with it.
fn fleet(shown: &Snapshot) -> String {
    let advised = Duration::from_nanos(shown.advised_remaining_ns);
    match (shown.remote, advised.is_zero()) {
        (true, _) => "it is so because of other hosts".to_owned(),
        (false, false) => {
            format!("thresholds are halved for {}, as other hosts have it open", elapsed(advised))
        }
        (false, true) => "-".to_owned(),
    }
}

/// The totals of calls.
fn calls(shown: &Snapshot) -> String {
    let t = &shown.totals;
    format!(
        "{} succeeded, {} failed ({} throttled), {} slow, {} ignored, {} late, {} rejected",
        t.successes, t.failures, t.throttled, t.slow, t.ignored, t.late, t.rejected
    )
}

/// The totals of transitions.
fn changes(shown: &Snapshot) -> String {
    let t = &shown.totals;
    format!(
        "opened {}, half-opened {}, closed {}, would have tripped {}, probes lost {}",
        t.opened, t.half_opened, t.closed, t.would_trip, t.probes_lost
    )
}

/// Every field, in the form that `hscb configure` takes.
fn configuration(found: &Found) -> String {
    let Value::Object(fields) = super::breaker::config(&found.view.config()) else { return String::new() };
    let field = |(name, value): (&String, &Value)| {
        format!("{name}={}", value.as_str().map_or(value.to_string(), str::to_owned))
    };
    let fields: Vec<_> = fields.iter().map(field).collect();
    let lines: Vec<_> = fields.chunks(3).map(|line| line.join(" ")).collect();
    lines.join(&format!("\n{}", " ".repeat(INDENT)))
}
