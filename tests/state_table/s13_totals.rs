//! S13: totals, latencies, and what a snapshot shows in each mode.

use crate::timeline::*;

//  one of each kind, through a whole life: every total, exactly
fn s13_every_total_counts(host: &Host) {
    let mut c = touchy();
    (c.failure_threshold, c.slow_call_ms, c.half_open_max_calls) = (3, 100, 1);
    let br = host.breaker("api", &c);
    succeed(&br, 5, T);
    slow_success(&br, SEC, T);
    calls(&br, 2, HSCB_IGNORED, T);
    let late = admit(&br, T);
    fail(&br, 3, T); // opens
    br.record(late, HSCB_SUCCESS, T);
    rejected(&br, T);
    rejected(&br, T);
    admit(&br, T + SEC); // half-open, and never comes back
    let t2 = T + 61 * SEC;
    br.throttled(admit(&br, t2), 1_000, t2); // lease, then opens
    succeed(&br, 1, t2 + SEC); // half-open, closes
    set(&br, HSCB_OBSERVING, t2 + SEC);
    fail(&br, 3, t2 + SEC);
    let s = br.snapshot(t2 + SEC);
    assert_eq!((s.successes, s.failures, s.slow, s.ignored), (7, 7, 1, 2));
    assert_eq!((s.late, s.rejected, s.throttled), (1, 2, 1));
    assert_eq!((s.opened, s.half_opened, s.closed), (2, 3, 1));
    assert_eq!((s.would_trip, s.probes_lost), (1, 1));
}

//  nothing resets them: not a reset, not a close, not a reconfiguration
fn s13_totals_only_grow(host: &Host) {
    let br = host.breaker("api", &touchy());
    succeed(&br, 3, T);
    fail(&br, 1, T);
    let mut last = br.snapshot(T).totals();
    for by_hand in [HSCB_CLOSED, HSCB_FORCED_OPEN, HSCB_DISABLED, HSCB_OBSERVING, HSCB_OPEN, HSCB_HALF_OPEN] {
        set(&br, by_hand, T);
        assert_eq!(br.configure(&config(|c| c.window_ms = 7)), HSCB_OK);
        assert_eq!(br.configure(&touchy()), HSCB_OK);
        let now = br.snapshot(T).totals();
        assert!(last.iter().zip(now).all(|(was, is)| *was <= is), "{last:?} then {now:?}");
        last = now;
    }
    assert_eq!(last[..3], [3, 1, 0]);
}

//  100,000 calls: not one is lost
fn s13_nothing_is_lost(host: &Host) {
    let br = host.breaker("api", &no_rule());
    for i in 0..100_000 {
        let at = T + i * MS;
        let outcome = [HSCB_SUCCESS, HSCB_SUCCESS, HSCB_FAILURE, HSCB_IGNORED][i as usize % 4];
        br.record(admit(&br, at), outcome, at);
    }
    let s = br.snapshot(T);
    assert_eq!((s.successes, s.failures, s.ignored), (50_000, 25_000, 25_000));
}

/// S13: at most 12.5 % off.
#[track_caller]
fn near(is: u64, expected: u64) {
    assert!(is.abs_diff(expected) <= expected / 8, "{is}, expected {expected} to 12.5 %");
}

//  one latency per breaker, over the whole range: 4 ms to 1 h
fn s13_latencies_are_within_an_eighth(host: &Host) {
    let host = Host::sized(host.kind(), 256, 1);
    let mut latency = 4 * MS;
    let mut n = 0;
    while latency <= HOUR {
        for latency in [latency, latency + latency / 16, latency + latency / 7, (latency - 1).max(4 * MS)] {
            let br = host.breaker(&format!("api-{n}"), &defaults());
            slow_success(&br, latency.min(HOUR), T);
            for quantile in [0.0, 0.5, 0.95, 0.99, 1.0] {
                near(br.latency(quantile), latency.min(HOUR));
            }
            n += 1;
        }
        latency += latency / 3;
    }
}

//  94 of 10 ms, 4 of 1 s, 2 of 60 s
fn s13_p50_p95_p99(host: &Host) {
    let br = host.breaker("api", &defaults());
    assert_eq!(br.latency(0.5), 0, "0 where nothing was recorded");
    for (n, latency) in [(94, 10 * MS), (4, SEC), (2, 60 * SEC)] {
        for _ in 0..n {
            slow_success(&br, latency, T);
        }
    }
    near(br.latency(0.5), 10 * MS);
    near(br.latency(0.95), SEC);
    near(br.latency(0.99), 60 * SEC);
}

//  below 4 ms and above 1 h there is an open end each
fn s13_two_open_ends(host: &Host) {
    let br = host.breaker("fast", &defaults());
    slow_success(&br, 0, T);
    slow_success(&br, 1_000, T);
    assert!((1..=4_500_000).contains(&br.latency(0.5)), "{}", br.latency(0.5));
    let br = host.breaker("for ever", &defaults());
    slow_success(&br, u64::MAX, T);
    slow_success(&br, 50 * HOUR, T);
    assert!(br.latency(0.5) >= HOUR / 8 * 7, "{}", br.latency(0.5));
}

//  the bins are the success counters: failures and ignored calls have no latency
fn s13_latencies_are_those_of_successes(host: &Host) {
    let br = host.breaker("api", &no_rule());
    for _ in 0..100 {
        br.record_duration(admit(&br, T), HSCB_FAILURE, HOUR, T);
        br.record_duration(admit(&br, T), HSCB_IGNORED, HOUR, T);
    }
    assert_eq!(br.latency(0.5), 0);
    slow_success(&br, SEC, T);
    near(br.latency(0.99), SEC);
    // probes and calls while disabled are successes like others
    set(&br, HSCB_DISABLED, T);
    slow_success(&br, 10 * SEC, T);
    slow_success(&br, 10 * SEC, T);
    near(br.latency(0.99), 10 * SEC);
    set(&br, HSCB_OPEN, T);
    set(&br, HSCB_HALF_OPEN, T);
    slow_success(&br, 100 * SEC, T);
    near(br.latency(1.0), 100 * SEC);
}

//  a quantile outside 0..=1 is no reason to die
fn s13_odd_quantiles(host: &Host) {
    let br = host.breaker("api", &defaults());
    slow_success(&br, SEC, T);
    for quantile in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -1.0, 2.0] {
        let latency = br.latency(quantile);
        assert!(latency == 0 || latency.abs_diff(SEC) <= SEC / 8, "{quantile}: {latency}");
    }
}

//  measured by the permit: admission to record
fn s13_latency_of_a_plain_record(host: &Host) {
    let br = host.breaker("api", &defaults());
    br.record(admit(&br, T), HSCB_SUCCESS, T + 7 * SEC);
    near(br.latency(0.5), 7 * SEC);
}

//  while open, forced-open or disabled window_* are 0
fn s13_window_is_0_where_nothing_is_recorded(host: &Host) {
    for by_hand in [HSCB_OPEN, HSCB_FORCED_OPEN, HSCB_DISABLED] {
        let br = host.breaker(&format!("api-{by_hand}"), &no_rule());
        fail(&br, 7, T);
        set(&br, by_hand, T);
        let s = br.snapshot(T);
        assert_eq!((s.window(), s.consecutive_failures, s.probes_in_flight), ((0, 0, 0), 0, 0));
        assert_eq!(s.open_remaining_ns != 0, by_hand == HSCB_OPEN);
    }
}

both! {
    s13_every_total_counts
    s13_totals_only_grow
    s13_nothing_is_lost
    s13_latencies_are_within_an_eighth
    s13_p50_p95_p99
    s13_two_open_ends
    s13_latencies_are_those_of_successes
    s13_odd_quantiles
    s13_latency_of_a_plain_record
    s13_window_is_0_where_nothing_is_recorded
}
