//! S1: the six modes.

use crate::timeline::*;

//  S F S S     all go, all are recorded
//  C------>
fn s01_closed_admits_all_and_records(host: &Host) {
    let br = host.breaker("api", &defaults());
    assert_eq!(mode(&br, T), HSCB_CLOSED);
    assert!(br.would_admit(T));
    assert_eq!(br.retry_after(T), 0);
    succeed(&br, 3, T);
    fail(&br, 1, T);
    assert_eq!(window(&br, T), (4, 1, 0));
    let s = br.snapshot(T);
    assert_eq!((s.successes, s.failures, s.rejected), (3, 1, 0));
}

//  F x x     x|a
//  O----------H      1 s
fn s01_open_rejects_until_its_deadline(host: &Host) {
    let br = host.breaker("api", &touchy());
    fail(&br, 1, T);
    assert_eq!(mode(&br, T), HSCB_OPEN);
    rejected(&br, T);
    rejected(&br, T + SEC / 2);
    rejected(&br, T + SEC - 1);
    assert_eq!(br.snapshot(T + SEC - 1).rejected, 3);
    admit(&br, T + SEC);
    assert_eq!(mode(&br, T + SEC), HSCB_HALF_OPEN);
}

//  a a a x     three probes
//  H------>
fn s01_half_open_admits_probes(host: &Host) {
    let br = host.breaker("api", &touchy());
    fail(&br, 1, T);
    for flying in 1..=3 {
        admit(&br, T + SEC);
        assert_eq!(br.snapshot(T + SEC).probes_in_flight, flying);
    }
    rejected(&br, T + SEC);
}

//  x         x (years later)
//  forced-open------------->
fn s01_forced_open_rejects_for_ever(host: &Host) {
    let br = host.breaker("api", &defaults());
    set(&br, HSCB_FORCED_OPEN, T);
    for at in [T, T + HOUR, T + 30 * 365 * 24 * HOUR] {
        rejected(&br, at);
        assert!(!br.would_admit(at));
        assert_eq!(br.retry_after(at), u64::MAX);
        assert_eq!(mode(&br, at), HSCB_FORCED_OPEN);
    }
    let s = br.snapshot(T);
    assert_eq!((s.rejected, s.open_remaining_ns), (3, 0));
}

//  F*100 S*7 I s T     all go; the window stays empty, the totals count
//  disabled-------->
fn s01_disabled_records_totals_only(host: &Host) {
    let mut c = touchy();
    (c.consecutive_failures, c.slow_call_ms) = (2, 100);
    let br = host.breaker("api", &c);
    set(&br, HSCB_DISABLED, T);
    assert!(br.would_admit(T));
    assert_eq!(br.retry_after(T), 0);
    fail(&br, 100, T);
    succeed(&br, 7, T);
    calls(&br, 1, HSCB_IGNORED, T);
    slow_success(&br, 100 * MS, T);
    let s = br.snapshot(T);
    assert_eq!(s.window(), (0, 0, 0));
    assert_eq!((s.mode, s.consecutive_failures), (HSCB_DISABLED, 0));
    assert_eq!((s.successes, s.failures, s.ignored, s.slow), (8, 100, 1, 1));
    assert_eq!((s.opened, s.would_trip, s.rejected), (0, 0, 0));
    // Nothing of it is there when the breaker closes.
    set(&br, HSCB_CLOSED, T);
    assert_eq!(window(&br, T), (0, 0, 0));
}

//  F F F|F F F    threshold 3: met at the third, counted once
//  observing------>
fn s01_observing_never_trips_and_counts_one_would_trip(host: &Host) {
    let br = host.breaker("api", &config(|c| c.failure_threshold = 3));
    set(&br, HSCB_OBSERVING, T);
    assert!(br.would_admit(T));
    assert_eq!(br.retry_after(T), 0);
    fail(&br, 2, T);
    assert_eq!(br.snapshot(T).would_trip, 0);
    fail(&br, 1, T);
    assert_eq!(br.snapshot(T).would_trip, 1);
    fail(&br, 20, T);
    let s = br.snapshot(T);
    assert_eq!((s.would_trip, s.opened, s.mode), (1, 0, HSCB_OBSERVING));
    assert_eq!(s.window(), (23, 23, 0));
    assert_eq!(s.consecutive_failures, 23);
    assert_eq!(story(host), [(HSCB_CLOSED, HSCB_OBSERVING, HSCB_REASON_OPERATOR)]);
}

//  F F| S      F F|       row of 2: met, not met at the S, met again
//  1      rearmed 2
fn s01_observing_counts_again_once_the_rule_was_not_met_at_a_record(host: &Host) {
    let mut c = no_rule();
    c.consecutive_failures = 2;
    let br = host.breaker("api", &c);
    set(&br, HSCB_OBSERVING, T);
    fail(&br, 2, T);
    succeed(&br, 1, T);
    assert_eq!(br.snapshot(T).would_trip, 1);
    fail(&br, 1, T);
    assert_eq!(br.snapshot(T).would_trip, 1);
    fail(&br, 1, T);
    assert_eq!(br.snapshot(T).would_trip, 2);
}

//  F F|  (a minute)  .  F F|     a window that ages without a record re-arms nothing by itself;
//  1                    . 2      the failure at "." finds the rule not met
fn s01_observing_is_rearmed_by_a_record_only(host: &Host) {
    let br = host.breaker("api", &config(|c| (c.failure_threshold, c.failure_rate) = (2, 0.0)));
    set(&br, HSCB_OBSERVING, T);
    fail(&br, 2, T);
    assert_eq!(br.snapshot(T).would_trip, 1);
    let later = T + 61 * SEC;
    fail(&br, 1, later);
    assert_eq!(br.snapshot(later).would_trip, 1);
    fail(&br, 1, later);
    assert_eq!(br.snapshot(later).would_trip, 2);
}

//  F F|I F     an ignored call is no record
//  1     1
fn s01_observing_ignored_rearms_nothing(host: &Host) {
    let mut c = no_rule();
    c.consecutive_failures = 2;
    let br = host.breaker("api", &c);
    set(&br, HSCB_OBSERVING, T);
    fail(&br, 2, T);
    calls(&br, 1, HSCB_IGNORED, T);
    fail(&br, 1, T);
    assert_eq!(br.snapshot(T).would_trip, 1);
}

//  observing: a rule met twice over within two episodes of observing counts in each
fn s01_observing_starts_unmet_each_time(host: &Host) {
    let br = host.breaker("api", &touchy());
    for n in 1..=3 {
        set(&br, HSCB_OBSERVING, T);
        fail(&br, 2, T);
        assert_eq!(br.snapshot(T).would_trip, n);
        set(&br, HSCB_CLOSED, T);
    }
}

both! {
    s01_closed_admits_all_and_records
    s01_open_rejects_until_its_deadline
    s01_half_open_admits_probes
    s01_forced_open_rejects_for_ever
    s01_disabled_records_totals_only
    s01_observing_never_trips_and_counts_one_would_trip
    s01_observing_counts_again_once_the_rule_was_not_met_at_a_record
    s01_observing_is_rearmed_by_a_record_only
    s01_observing_ignored_rearms_nothing
    s01_observing_starts_unmet_each_time
}
