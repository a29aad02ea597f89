//! What the timelines are made of.

pub(crate) use holysheep_cb::ffi::{
    HSCB_CLOSED, HSCB_DISABLED, HSCB_ERR_ARGUMENT, HSCB_ERR_CONFIG, HSCB_ERR_JSON, HSCB_ERR_MODE,
    HSCB_EXISTING, HSCB_FAILURE, HSCB_FORCED_OPEN, HSCB_HALF_OPEN, HSCB_IGNORED, HSCB_OBSERVING, HSCB_OK,
    HSCB_OPEN, HSCB_REASON_DEADLINE, HSCB_REASON_FAILURE, HSCB_REASON_HALF_OPEN_TIMEOUT, HSCB_REASON_LEASE,
    HSCB_REASON_OPERATOR, HSCB_REASON_PROBE_FAILED, HSCB_REASON_PROBES_OK, HSCB_REASON_ROW, HSCB_REASON_SLOW,
    HSCB_REASON_THROTTLED, HSCB_SUCCESS, HSCB_VERDICT_RATE, HSCB_VERDICT_STRICT, HSCB_WINDOW_CALLS,
    HSCB_WINDOW_TIME,
};

pub(crate) use crate::support::{Br, Config, Event, Host, Kind, Snap, config, defaults, last_error};

pub(crate) const MS: u64 = 1_000_000;
pub(crate) const SEC: u64 = 1_000 * MS;
pub(crate) const HOUR: u64 = 3_600 * SEC;

/// Where the timelines begin: on a tick of every window used here, and on a whole millisecond.
pub(crate) const T: u64 = 6_000 * SEC;

/// The permit of a call that must be admitted.
#[track_caller]
pub(crate) fn admit(br: &Br, at: u64) -> u64 {
    let permit = br.admit(at);
    assert_ne!(permit, 0, "rejected: {:?}", br.snapshot(at));
    permit
}

/// A call that must be rejected.
#[track_caller]
pub(crate) fn rejected(br: &Br, at: u64) {
    assert_eq!(br.admit(at), 0, "admitted: {:?}", br.snapshot(at));
}

/// `n` calls, admitted and recorded at once.
#[track_caller]
pub(crate) fn calls(br: &Br, n: u32, outcome: i32, at: u64) {
    for _ in 0..n {
        br.record(admit(br, at), outcome, at);
    }
}

#[track_caller]
pub(crate) fn succeed(br: &Br, n: u32, at: u64) {
    calls(br, n, HSCB_SUCCESS, at);
}

#[track_caller]
pub(crate) fn fail(br: &Br, n: u32, at: u64) {
    calls(br, n, HSCB_FAILURE, at);
}

/// A success that took that long.
#[track_caller]
pub(crate) fn slow_success(br: &Br, took: u64, at: u64) {
    br.record_duration(admit(br, at), HSCB_SUCCESS, took, at);
}

pub(crate) fn mode(br: &Br, at: u64) -> i32 {
    br.snapshot(at).mode
}

/// The snapshot's window: calls, failures, slow.
pub(crate) fn window(br: &Br, at: u64) -> (u64, u64, u64) {
    br.snapshot(at).window()
}

/// Sets a mode; it must be possible.
#[track_caller]
pub(crate) fn set(br: &Br, mode: i32, at: u64) {
    assert_eq!(br.set_mode(mode, at), HSCB_OK, "{}", last_error());
}

/// Opens by hand for that long; no step of the backoff.
#[track_caller]
pub(crate) fn open_for(br: &Br, ms: u64, at: u64) {
    assert_eq!(br.trip_for(ms, at), HSCB_OK, "{}", last_error());
}

/// `(from, to, reason)` of every event so far.
pub(crate) fn story(host: &Host) -> Vec<(i32, i32, u32)> {
    host.events(&mut 0).into_iter().map(|e| (e.from, e.to, e.reason)).collect()
}

/// What a closed breaker's window, mode and row were before and are after, but for the named total.
#[track_caller]
pub(crate) fn only_differs(before: Snap, after: Snap, change: impl FnOnce(&mut Snap)) {
    let mut expected = before;
    change(&mut expected);
    assert_eq!(after, expected);
}

/// The breaker most timelines use: one failure opens it for 1 s, two successes close it.
pub(crate) fn touchy() -> Config {
    config(|c| {
        c.failure_threshold = 1;
        c.failure_rate = 0.0;
        c.open_ms = 1_000;
    })
}

/// No rule at all: it never trips by itself.
pub(crate) fn no_rule() -> Config {
    config(|c| {
        c.failure_threshold = 0;
        c.failure_rate = 0.0;
    })
}
