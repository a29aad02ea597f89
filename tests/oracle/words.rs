//! The words of the model: plain values, with no rule in them.

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Mode {
    #[default]
    Closed = 0,
    Open = 1,
    HalfOpen = 2,
    ForcedOpen = 3,
    Disabled = 4,
    Observing = 5,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Reason {
    Failure = 1,
    Row = 2,
    Slow = 3,
    Throttled = 4,
    Deadline = 5,
    ProbesOk = 6,
    ProbeFailed = 7,
    HalfOpenTimeout = 8,
    Lease = 9,
    Operator = 10,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Success,
    Failure,
    Ignored,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Window {
    Time,
    Calls,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Strict,
    Rate,
}

/// Section 2, without jitter. Rates are parts per million; the backoff is given in halves (3 = 1.5), so that
/// its powers are exact here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cfg {
    pub(crate) failure_threshold: u32,
    pub(crate) failure_ppm: u32,
    pub(crate) min_calls: u32,
    pub(crate) consecutive_failures: u32,
    pub(crate) slow_ppm: u32,
    pub(crate) slow_call_ms: u32,
    pub(crate) window: Window,
    pub(crate) window_ms: u32,
    pub(crate) window_buckets: u32,
    pub(crate) window_calls: u32,
    pub(crate) open_ms: u32,
    pub(crate) backoff_halves: u32,
    pub(crate) open_max_ms: u32,
    pub(crate) half_open_max_calls: u32,
    pub(crate) half_open_max_concurrent: u32,
    pub(crate) success_threshold: u32,
    pub(crate) verdict: Verdict,
    pub(crate) half_open_interval_ms: u32,
    pub(crate) half_open_max_ms: u32,
    pub(crate) probe_lease_ms: u32,
    pub(crate) retry_after_max_ms: u32,
}

impl Default for Cfg {
    fn default() -> Cfg {
        Cfg {
            failure_threshold: 5,
            failure_ppm: 500_000,
            min_calls: 0,
            consecutive_failures: 0,
            slow_ppm: 0,
            slow_call_ms: 0,
            window: Window::Time,
            window_ms: 60_000,
            window_buckets: 10,
            window_calls: 100,
            open_ms: 30_000,
            backoff_halves: 2,
            open_max_ms: 300_000,
            half_open_max_calls: 3,
            half_open_max_concurrent: 0,
            success_threshold: 2,
            verdict: Verdict::Strict,
            half_open_interval_ms: 0,
            half_open_max_ms: 0,
            probe_lease_ms: 60_000,
            retry_after_max_ms: 300_000,
        }
    }
}

/// S3: what a permit carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Permit {
    pub(crate) generation: u64,
    pub(crate) at: u64,
}

/// S14, but for what the segment adds (sequence number, name, process).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Event {
    pub(crate) time: u64,
    pub(crate) from: Mode,
    pub(crate) to: Mode,
    pub(crate) reason: Reason,
    pub(crate) generation: u64,
}

/// S13.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Totals {
    pub(crate) successes: u64,
    pub(crate) failures: u64,
    pub(crate) slow: u64,
    pub(crate) ignored: u64,
    pub(crate) late: u64,
    pub(crate) rejected: u64,
    pub(crate) throttled: u64,
    pub(crate) opened: u64,
    pub(crate) half_opened: u64,
    pub(crate) closed: u64,
    pub(crate) would_trip: u64,
    pub(crate) probes_lost: u64,
}

/// A call in the window (S6).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Call {
    pub(crate) at: u64,
    pub(crate) tick: u64,
    pub(crate) failed: bool,
    pub(crate) slow: bool,
}

/// The probes of one half-open episode (S8).
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Episode {
    pub(crate) any_admitted: bool,
    pub(crate) in_flight: u32,
    pub(crate) succeeded: u32,
    pub(crate) failed: u32,
    pub(crate) slow: u32,
}
