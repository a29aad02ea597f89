//! What a breaker shows of itself.

use crate::outcome::Mode;

/// A breaker at one moment. Its parts are read one after the other, so calls that go on meanwhile may show in one and
/// not yet in another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Snapshot {
    /// Its mode. An opening that is over still shows as open until the next call is admitted (S7).
    pub mode: Mode,
    /// One higher after every change of mode (S2); starts at 1 and again after 16383.
    pub generation: u16,
    /// Calls in the window; while half-open, results of this episode; 0 while nothing is recorded.
    pub window_calls: u64,
    /// Those of them that failed.
    pub window_failures: u64,
    /// Those of them that were slow.
    pub window_slow: u64,
    /// Probes that are out.
    pub probes_in_flight: u32,
    /// Failures since the last success.
    pub consecutive_failures: u32,
    /// What is left of an opening, in ns.
    pub open_remaining_ns: u64,
    /// What of that is this host's own, in ns; the rest is the fleet's.
    pub own_open_remaining_ns: u64,
    /// The fleet has made its mode or its deadline what it is.
    pub remote: bool,
    /// How long its rules still ask for half as much, as other hosts have met an outage, in ns; 0 if they do not.
    pub advised_remaining_ns: u64,
    /// When the generation changed last, in ns of the breaker's clock; 0 if never.
    pub changed_at_ns: u64,
    /// Counts since the breaker was made.
    pub totals: Totals,
    /// This handle lost its shared segment and goes on with a breaker of its own.
    pub private: bool,
}

/// Counts that only ever grow (S13).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Totals {
    /// Calls that succeeded.
    pub successes: u64,
    /// Calls that failed.
    pub failures: u64,
    /// Calls, of either kind, that were slow.
    pub slow: u64,
    /// Permits given back without a verdict.
    pub ignored: u64,
    /// Outcomes whose permit was of an earlier generation.
    pub late: u64,
    /// Calls that were not admitted.
    pub rejected: u64,
    /// Failures that carried the server's own waiting time.
    pub throttled: u64,
    /// Transitions to open.
    pub opened: u64,
    /// Half-open episodes begun.
    pub half_opened: u64,
    /// Transitions to closed.
    pub closed: u64,
    /// Times that it would have tripped while observing.
    pub would_trip: u64,
    /// Probes that neither returned nor were ignored within their lease.
    pub probes_lost: u64,
}
