//! `Snapshot` and `Totals`: plain objects.

use crate::hot::to_ms;
use crate::mode::Mode;
use napi_derive::napi;
use std::time::Duration;

/// A breaker at one moment. Calls that go on meanwhile may show in one part and not yet in another.
#[napi(object, object_from_js = false)]
pub struct Snapshot {
    /// Its mode. An opening that is over still shows as open until the next call is admitted.
    pub mode: Mode,
    /// One higher after every change of mode; starts at 1, and again after 16383.
    pub generation: u32,
    /// Calls in the window; while half-open, results of this episode; 0 while nothing is recorded.
    pub window_calls: f64,
    /// Those of them that failed.
    pub window_failures: f64,
    /// Those of them that were slow.
    pub window_slow: f64,
    /// Probes that are out.
    pub probes_in_flight: u32,
    /// Failures since the last success.
    pub consecutive_failures: u32,
    /// What is left of an opening, ms.
    pub open_remaining_ms: f64,
    /// When the generation changed last, ms on the host's monotonic clock; 0 if never.
    pub changed_at_ms: f64,
    /// The breakers of other hosts have made its mode or its deadline what it is.
    pub remote: bool,
    /// Its rules ask for half as much for now, as other hosts have met an outage.
    pub advised: bool,
    /// The shared segment was lost, and this breaker goes on alone.
    pub private: bool,
    /// Counts since the breaker was made.
    pub totals: Totals,
}

/// Counts that only ever grow.
#[napi(object, object_from_js = false)]
pub struct Totals {
    /// Calls that succeeded.
    pub successes: f64,
    /// Calls that failed.
    pub failures: f64,
    /// Calls, of either kind, that were slow.
    pub slow: f64,
    /// Permits given back without a verdict.
    pub ignored: f64,
    /// Outcomes of calls that were admitted before the last change of mode.
    pub late: f64,
    /// Calls that were not admitted.
    pub rejected: f64,
    /// Failures that carried the server's own waiting time.
    pub throttled: f64,
    /// Transitions to open.
    pub opened: f64,
    /// Half-open episodes begun.
    pub half_opened: f64,
    /// Transitions to closed.
    pub closed: f64,
    /// Times that it would have tripped while observing.
    pub would_trip: f64,
    /// Probes that neither returned nor were ignored within their lease.
    pub probes_lost: f64,
}

impl From<holysheep_cb::Snapshot> for Snapshot {
    fn from(s: holysheep_cb::Snapshot) -> Self {
        Self {
            mode: s.mode.into(),
            generation: s.generation.into(),
            window_calls: s.window_calls as f64,
            window_failures: s.window_failures as f64,
            window_slow: s.window_slow as f64,
            probes_in_flight: s.probes_in_flight,
            consecutive_failures: s.consecutive_failures,
            open_remaining_ms: to_ms(Duration::from_nanos(s.open_remaining_ns)),
            changed_at_ms: to_ms(Duration::from_nanos(s.changed_at_ns)),
            remote: s.remote,
            advised: s.advised_remaining_ns > 0,
            private: s.private,
            totals: s.totals.into(),
        }
    }
}

impl From<holysheep_cb::Totals> for Totals {
    fn from(t: holysheep_cb::Totals) -> Self {
        Self {
            successes: t.successes as f64,
            failures: t.failures as f64,
            slow: t.slow as f64,
            ignored: t.ignored as f64,
            late: t.late as f64,
            rejected: t.rejected as f64,
            throttled: t.throttled as f64,
            opened: t.opened as f64,
            half_opened: t.half_opened as f64,
            closed: t.closed as f64,
            would_trip: t.would_trip as f64,
            probes_lost: t.probes_lost as f64,
        }
    }
}
