//! The setters: the names of the table, with `Duration` where it says `_ms`.

use super::table::{Field, NO_SHARE};
use super::value::{Config, Verdict, Window};
use std::time::Duration;

macro_rules! setters {
    ($($(#[$doc:meta])* $name:ident: $kind:ident => $field:ident;)*) => {
        impl Config {
            $($(#[$doc])*
            #[must_use]
            pub fn $name(mut self, value: setters!(@type $kind)) -> Self {
                self.values[Field::$field as usize] = setters!(@value $kind value);
                self
            })*
        }
    };
    (@type count) => { u32 };
    (@type duration) => { Duration };
    (@type share) => { f64 };
    (@type window) => { Window };
    (@type verdict) => { Verdict };
    (@value count $v:ident) => { $v };
    (@value duration $v:ident) => { whole_ms($v) };
    (@value share $v:ident) => { ppm($v) };
    (@value window $v:ident) => { $v as u32 };
    (@value verdict $v:ident) => { $v as u32 };
}

setters! {
    /// Failures in the window that the failure rule asks for, 0..=64; 0 = it asks for none. Default 5.
    failure_threshold: count => FailureThreshold;
    /// Share of the window's calls that must have failed for the failure rule, 0..=1; 0 = any. Default 0.5.
    failure_rate: share => FailureRate;
    /// Calls in the window below which neither rate holds, 0..=2^20. Default 0.
    min_calls: count => MinCalls;
    /// The row rule: this many failures in a row, 0..=1024; 0 = off. Default 0.
    consecutive_failures: count => ConsecutiveFailures;
    /// The slow rule: share of the window's calls that were slow, 0..=1; 0 = off. Default 0.
    slow_rate: share => SlowRate;
    /// A call is slow if it took at least this long, up to a day; zero = no call is slow. Default zero.
    slow_call: duration => SlowCall;
    /// What the failure rule and the slow rule look at. Default [`Window::Time`].
    window: window => Window;
    /// Length of the time window (`window_ms`), 1 ms to a day. Default 60 s.
    window_length: duration => WindowLength;
    /// Ticks in the time window, 1..=64. Default 10.
    window_buckets: count => WindowBuckets;
    /// Length of the window of calls, 1..=1024. Default 100.
    window_calls: count => WindowCalls;
    /// How long the first opening lasts, 1 ms to a day. Default 30 s.
    open: duration => Open;
    /// The k-th opening since the last close lasts `open * open_backoff^(k-1)`, 1..=10. Default 1.
    open_backoff: share => OpenBackoff;
    /// The longest opening, 1 ms to a day, never less than `open`. Default 300 s.
    open_max: duration => OpenMax;
    /// An opening is lengthened by a random share of up to this, 0..=1. Default 0.
    open_jitter: share => OpenJitter;
    /// Probes of one half-open episode, in flight and recorded, 1..=255. Default 3.
    half_open_max_calls: count => HalfOpenMaxCalls;
    /// Cap on probes in flight at once, 0..=255; 0 = none beyond `half_open_max_calls`. Default 0.
    half_open_max_concurrent: count => HalfOpenMaxConcurrent;
    /// Successes that close (strict verdict), 1..=255. Default 2.
    success_threshold: count => SuccessThreshold;
    /// How probes are judged. Default [`Verdict::Strict`].
    half_open_verdict: verdict => HalfOpenVerdict;
    /// Least time between two probe admissions, up to a day. Default zero.
    half_open_interval: duration => HalfOpenInterval;
    /// After this long half-open, reopen; up to a day, zero = never. Default zero.
    half_open_max: duration => HalfOpenMax;
    /// The time a probe may stay out before it counts as lost (S8), 1 ms to 49 days (longer counts as that). Default 60 s.
    probe_lease: duration => ProbeLease;
    /// Cap on a server's Retry-After, up to a day; zero = hints are not honoured. Default 300 s.
    retry_after_max: duration => RetryAfterMax;
}

/// Whole milliseconds, rounded up; what does not fit is left for validation to refuse.
pub(super) fn whole_ms(value: Duration) -> u32 {
    let ms = value.as_nanos().div_ceil(1_000_000);
    u32::try_from(ms).unwrap_or(u32::MAX)
}

/// Parts per million; what is no share (negative, NaN) is left for validation to refuse.
fn ppm(value: f64) -> u32 {
    let scaled = (value * 1e6).round();
    if (0.0..=f64::from(u32::MAX)).contains(&scaled) { scaled as u32 } else { NO_SHARE }
}
