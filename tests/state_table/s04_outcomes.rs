//! S4: outcomes.

use crate::timeline::*;

//  S F I I I     two calls
//  C-------->
fn s04_ignored_is_no_call(host: &Host) {
    let mut c = config(|c| (c.failure_threshold, c.failure_rate, c.min_calls) = (1, 0.1, 3));
    c.slow_call_ms = 1;
    let br = host.breaker("api", &c);
    succeed(&br, 1, T);
    fail(&br, 1, T);
    let before = br.snapshot(T);
    for _ in 0..10 {
        br.record_duration(admit(&br, T), HSCB_IGNORED, HOUR, T);
    }
    only_differs(before, br.snapshot(T), |s| s.ignored = 10);
    assert_eq!(window(&br, T), (2, 1, 0));
    assert_eq!(mode(&br, T), HSCB_CLOSED, "min_calls is 3");
}

//  a a a x  I  a x
//  H------------->
fn s04_ignored_gives_a_probes_permit_back(host: &Host) {
    let br = host.breaker("api", &touchy());
    fail(&br, 1, T);
    let at = T + SEC;
    let p = admit(&br, at);
    admit(&br, at);
    admit(&br, at);
    rejected(&br, at);
    let before = br.snapshot(at);
    br.record(p, HSCB_IGNORED, at);
    only_differs(before, br.snapshot(at), |s| (s.ignored, s.probes_in_flight) = (1, 2));
    admit(&br, at);
    rejected(&br, at);
}

//  F S  x x x (1000)  a     a window of calls that the rejections would have filled
//  C O                H
fn s04_rejected_calls_are_never_recorded(host: &Host) {
    let c = config(|c| {
        (c.window, c.window_calls, c.open_ms) = (HSCB_WINDOW_CALLS, 10, 1_000);
        (c.failure_threshold, c.failure_rate) = (2, 0.5);
    });
    let br = host.breaker("api", &c);
    fail(&br, 2, T);
    for _ in 0..1_000 {
        rejected(&br, T);
    }
    let s = br.snapshot(T);
    assert_eq!((s.rejected, s.successes, s.failures, s.ignored, s.late), (1_000, 0, 2, 0, 0));
    admit(&br, T + SEC);
    rejected_probes(&br, T + SEC);
}

fn rejected_probes(br: &Br, at: u64) {
    admit(br, at);
    admit(br, at);
    rejected(br, at);
    let s = br.snapshot(at);
    assert_eq!((s.window(), s.rejected), ((0, 0, 0), 1_001));
}

//  slow and failed: all four kinds of call
fn s04_slow_and_failed_are_independent(host: &Host) {
    let mut c = no_rule();
    c.slow_call_ms = 100;
    let br = host.breaker("api", &c);
    let kinds = [
        (HSCB_SUCCESS, 99, (1, 0, 0)),
        (HSCB_SUCCESS, 100, (2, 0, 1)),
        (HSCB_FAILURE, 99, (3, 1, 1)),
        (HSCB_FAILURE, 100, (4, 2, 2)),
    ];
    for (outcome, ms, expected) in kinds {
        br.record_duration(admit(&br, T), outcome, ms * MS, T);
        assert_eq!(window(&br, T), expected);
    }
    let s = br.snapshot(T);
    assert_eq!((s.successes, s.failures, s.slow), (2, 2, 2));
}

//  the slow total counts without any slow rule, in every mode that records
fn s04_slow_is_counted_wherever_calls_are(host: &Host) {
    let br = host.breaker("api", &config(|c| c.slow_call_ms = 100));
    slow_success(&br, 100 * MS, T);
    set(&br, HSCB_OBSERVING, T);
    slow_success(&br, 100 * MS, T);
    set(&br, HSCB_DISABLED, T);
    slow_success(&br, 100 * MS, T);
    set(&br, HSCB_OPEN, T);
    set(&br, HSCB_HALF_OPEN, T);
    slow_success(&br, 100 * MS, T);
    let s = br.snapshot(T);
    assert_eq!((s.slow, s.window()), (4, (1, 0, 1)));
    assert_eq!(s.mode, HSCB_HALF_OPEN, "no slow rule: a slow probe is a success");
}

both! {
    s04_ignored_is_no_call
    s04_ignored_gives_a_probes_permit_back
    s04_rejected_calls_are_never_recorded
    s04_slow_and_failed_are_independent
    s04_slow_is_counted_wherever_calls_are
}
