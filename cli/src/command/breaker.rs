//! A breaker as every verb shows it.

use crate::output::paint::Ink;
use crate::watch::Sample;
use holysheep_cb::{Mode, View};
use serde::Serialize;
use std::time::Duration;

/// A breaker in JSON. The names are those of the C ABI, but for what it has as times in ns.
#[derive(Debug, Serialize)]
pub(super) struct Shape<'a> {
    name: &'a str,
    segment: &'a str,
    mode: &'static str,
    generation: u16,
    window_calls: u64,
    window_failures: u64,
    window_slow: u64,
    probes_in_flight: u32,
    consecutive_failures: u32,
    open_remaining_ms: u64,
    own_open_remaining_ms: u64,
    remote: bool,
    advised_remaining_ms: u64,
    retry_after_ms: Option<u64>,
    changed_at_ns: u64,
    successes_total: u64,
    failures_total: u64,
    slow_total: u64,
    ignored_total: u64,
    late_total: u64,
    rejected_total: u64,
    throttled_total: u64,
    opened_total: u64,
    half_opened_total: u64,
    closed_total: u64,
    would_trip_total: u64,
    probes_lost_total: u64,
    p50_ms: Option<f64>,
    p95_ms: Option<f64>,
    p99_ms: Option<f64>,
    processes: Option<usize>,
    /// Only where one breaker is shown with all that belongs to it.
    #[serde(skip_serializing_if = "Option::is_none")]
    config: Option<serde_json::Value>,
}

impl<'a> Shape<'a> {
    /// What a breaker showed at a moment.
    pub(super) fn new(name: &'a str, segment: &'a str, processes: Option<usize>, sample: &Sample) -> Self {
        let shown = &sample.shown;
        let totals = shown.totals;
        let latency =
            |quantile| sample.latencies.quantile(quantile).map(|latency| latency.as_nanos() as f64 / 1e6);
        Self {
            name,
            segment,
            mode: shown.mode.name(),
            generation: shown.generation,
            window_calls: shown.window_calls,
            window_failures: shown.window_failures,
            window_slow: shown.window_slow,
            probes_in_flight: shown.probes_in_flight,
            consecutive_failures: shown.consecutive_failures,
            open_remaining_ms: shown.open_remaining_ns.div_ceil(1_000_000),
            own_open_remaining_ms: shown.own_open_remaining_ns.div_ceil(1_000_000),
            remote: shown.remote,
            advised_remaining_ms: shown.advised_remaining_ns.div_ceil(1_000_000),
            retry_after_ms: sample.retry_after.map(whole_ms),
            changed_at_ns: shown.changed_at_ns,
            successes_total: totals.successes,
            failures_total: totals.failures,
            slow_total: totals.slow,
            ignored_total: totals.ignored,
            late_total: totals.late,
            rejected_total: totals.rejected,
            throttled_total: totals.throttled,
            opened_total: totals.opened,
            half_opened_total: totals.half_opened,
            closed_total: totals.closed,
            would_trip_total: totals.would_trip,
            probes_lost_total: totals.probes_lost,
            p50_ms: latency(0.5),
            p95_ms: latency(0.95),
            p99_ms: latency(0.99),
            processes,
            config: None,
        }
    }

    /// The same with its configuration.
    pub(super) fn with_config(self, view: &View) -> Self {
        Self { config: Some(config(&view.config())), ..self }
    }
}

/// A configuration as a JSON object.
pub(super) fn config(config: &holysheep_cb::Config) -> serde_json::Value {
    serde_json::from_str(&config.to_json()).unwrap_or_default()
}

/// In ms, rounded up.
fn whole_ms(span: Duration) -> u64 {
    u64::try_from(span.as_nanos().div_ceil(1_000_000)).unwrap_or(u64::MAX)
}

/// The ink of a mode.
pub(super) const fn ink(mode: Mode) -> Ink {
    match mode {
        Mode::Closed => Ink::Green,
        Mode::Open | Mode::ForcedOpen => Ink::Red,
        Mode::HalfOpen => Ink::Magenta,
        Mode::Disabled | Mode::Observing => Ink::Yellow,
    }
}
