//! S8: half-open, its probes and its verdicts. (Its limits in time: s08_limits.)

use crate::timeline::*;

/// Half-open at T with no probe out.
fn half_open(host: &Host, name: &str, change: impl FnOnce(&mut Config)) -> Br {
    let mut c = touchy();
    change(&mut c);
    let br = host.breaker(name, &c);
    set(&br, HSCB_OPEN, T);
    set(&br, HSCB_HALF_OPEN, T);
    br
}

//  a S a S|     two successes close
//  H------C
fn s08_strict_success_threshold_closes(host: &Host) {
    let br = half_open(host, "api", |_| ());
    succeed(&br, 1, T);
    assert_eq!((mode(&br, T), window(&br, T)), (HSCB_HALF_OPEN, (1, 0, 0)));
    succeed(&br, 1, T);
    let s = br.snapshot(T);
    assert_eq!((s.mode, s.closed, s.window()), (HSCB_CLOSED, 1, (0, 0, 0)));
    assert_eq!(story(host)[2], (HSCB_HALF_OPEN, HSCB_CLOSED, HSCB_REASON_PROBES_OK));
}

//  a S a F|     one success does not save it
//  H------O
fn s08_strict_the_first_failure_reopens(host: &Host) {
    let br = half_open(host, "api", |c| c.open_backoff = 3.0);
    succeed(&br, 1, T);
    fail(&br, 1, T);
    let s = br.snapshot(T);
    assert_eq!((s.mode, s.opened), (HSCB_OPEN, 2));
    assert_eq!(s.open_remaining_ns, 3 * SEC, "the next step of the backoff");
    assert_eq!(story(host)[2], (HSCB_HALF_OPEN, HSCB_OPEN, HSCB_REASON_PROBE_FAILED));
}

//  a a a  F|  L L     the others of the episode are late
//  H-------O
fn s08_strict_the_other_probes_are_then_late(host: &Host) {
    let br = half_open(host, "api", |_| ());
    let probes = [admit(&br, T), admit(&br, T), admit(&br, T)];
    br.record(probes[0], HSCB_FAILURE, T);
    br.record(probes[1], HSCB_SUCCESS, T);
    br.record(probes[2], HSCB_FAILURE, T);
    let s = br.snapshot(T);
    assert_eq!((s.mode, s.late, s.opened, s.probes_in_flight), (HSCB_OPEN, 2, 2, 0));
}

//  a s|     a slow probe, where the slow rule is on
//  H--O
fn s08_strict_a_slow_probe_reopens_where_the_slow_rule_is_on(host: &Host) {
    let slow_rule = |c: &mut Config| {
        (c.slow_rate, c.slow_call_ms, c.min_calls) = (0.9, 100, 50);
    };
    let br = half_open(host, "api", slow_rule);
    slow_success(&br, 100 * MS - 1, T);
    assert_eq!(mode(&br, T), HSCB_HALF_OPEN);
    slow_success(&br, 100 * MS, T);
    let s = br.snapshot(T);
    assert_eq!((s.mode, s.successes, s.slow), (HSCB_OPEN, 2, 1), "it counts as the success that it was");
    assert_eq!(story(host)[2], (HSCB_HALF_OPEN, HSCB_OPEN, HSCB_REASON_PROBE_FAILED));
}

fn s08_strict_a_slow_probe_closes_where_it_is_off(host: &Host) {
    let br = half_open(host, "api", |c| c.slow_call_ms = 100);
    slow_success(&br, HOUR, T);
    assert_eq!(window(&br, T), (1, 0, 1));
    slow_success(&br, HOUR, T);
    assert_eq!(mode(&br, T), HSCB_CLOSED);
}

//  a F a S a S a S|     4 probes, rate 0.5: 1 of 4 is below
//  H--------------C
fn s08_rate_closes_below_the_rate(host: &Host) {
    let br = half_open(host, "api", |c| {
        (c.half_open_verdict, c.failure_rate, c.half_open_max_calls) = (HSCB_VERDICT_RATE, 0.5, 4);
    });
    fail(&br, 1, T);
    assert_eq!(mode(&br, T), HSCB_HALF_OPEN, "one failure is no verdict");
    succeed(&br, 2, T);
    assert_eq!((mode(&br, T), window(&br, T)), (HSCB_HALF_OPEN, (3, 1, 0)));
    succeed(&br, 1, T);
    assert_eq!(mode(&br, T), HSCB_CLOSED);
}

//  a F a F a S a S|     2 of 4 reach 0.5, at the fourth result
//  H--------------O
fn s08_rate_reopens_at_the_rate(host: &Host) {
    let br = half_open(host, "api", |c| {
        (c.half_open_verdict, c.failure_rate, c.half_open_max_calls) = (HSCB_VERDICT_RATE, 0.5, 4);
    });
    fail(&br, 2, T);
    succeed(&br, 1, T);
    assert_eq!(mode(&br, T), HSCB_HALF_OPEN, "3 of 4 results");
    succeed(&br, 1, T);
    assert_eq!(mode(&br, T), HSCB_OPEN);
    assert_eq!(story(host)[2], (HSCB_HALF_OPEN, HSCB_OPEN, HSCB_REASON_PROBE_FAILED));
}

//  F F F F|     failure_rate 0 is not asked; slow_rate is, and no call was slow
//  H------C
fn s08_rate_of_zero_is_not_asked(host: &Host) {
    let slow_only = |c: &mut Config| {
        (c.half_open_verdict, c.failure_rate, c.half_open_max_calls) = (HSCB_VERDICT_RATE, 0.0, 4);
        (c.slow_rate, c.slow_call_ms, c.min_calls) = (0.5, 100, 1);
    };
    let br = half_open(host, "failures", slow_only);
    fail(&br, 4, T);
    assert_eq!(mode(&br, T), HSCB_CLOSED);

    let br = half_open(host, "slow", slow_only);
    slow_success(&br, 100 * MS, T);
    slow_success(&br, 100 * MS, T);
    succeed(&br, 1, T);
    assert_eq!((mode(&br, T), window(&br, T)), (HSCB_HALF_OPEN, (3, 0, 2)));
    succeed(&br, 1, T);
    assert_eq!(mode(&br, T), HSCB_OPEN);
}

//  a a x  S  a x     in flight + recorded is at most 2 in one episode (rate verdict: 3 results close)
//  H------------>
fn s08_probes_are_in_flight_plus_recorded(host: &Host) {
    let br = half_open(host, "api", |c| {
        (c.half_open_verdict, c.failure_rate, c.half_open_max_calls) = (HSCB_VERDICT_RATE, 0.5, 3);
    });
    let p = admit(&br, T);
    admit(&br, T);
    admit(&br, T);
    rejected(&br, T);
    br.record(p, HSCB_SUCCESS, T);
    rejected(&br, T);
    let s = br.snapshot(T);
    assert_eq!((s.probes_in_flight, s.window()), (2, (1, 0, 0)));
    assert!(!br.would_admit(T));
    assert_eq!(br.retry_after(T), u64::MAX, "unknown: probes are out");
}

//  a x  S  a x     one in flight at once, of three
//  H---------->
fn s08_concurrent_probes_are_capped(host: &Host) {
    let br = half_open(host, "api", |c| c.half_open_max_concurrent = 1);
    let p = admit(&br, T);
    rejected(&br, T);
    assert_eq!(br.retry_after(T), u64::MAX);
    br.record(p, HSCB_SUCCESS, T);
    assert_eq!(br.retry_after(T), 0);
    admit(&br, T);
    rejected(&br, T);
}

//  255 probes, the most there may be
fn s08_the_most_probes(host: &Host) {
    let br = half_open(host, "api", |c| (c.half_open_max_calls, c.success_threshold) = (255, 255));
    let probes: Vec<u64> = (0..255).map(|_| admit(&br, T)).collect();
    rejected(&br, T);
    assert_eq!(br.snapshot(T).probes_in_flight, 255);
    for p in probes {
        assert_eq!(mode(&br, T), HSCB_HALF_OPEN);
        br.record(p, HSCB_SUCCESS, T);
    }
    assert_eq!(mode(&br, T), HSCB_CLOSED);
}

//  F |1 s| aF |2 s| aF |4 s| a S S  F |1 s|
fn s08_each_reopening_is_a_step_until_it_closes(host: &Host) {
    let mut c = touchy();
    c.open_backoff = 2.0;
    let br = host.breaker("api", &c);
    let mut at = T;
    for seconds in [1, 2, 4] {
        fail(&br, 1, at);
        assert_eq!(br.retry_after(at), seconds * SEC);
        at += seconds * SEC;
    }
    succeed(&br, 2, at);
    fail(&br, 1, at);
    assert_eq!(br.retry_after(at), SEC);
}

both! {
    s08_strict_success_threshold_closes
    s08_strict_the_first_failure_reopens
    s08_strict_the_other_probes_are_then_late
    s08_strict_a_slow_probe_reopens_where_the_slow_rule_is_on
    s08_strict_a_slow_probe_closes_where_it_is_off
    s08_rate_closes_below_the_rate
    s08_rate_reopens_at_the_rate
    s08_rate_of_zero_is_not_asked
    s08_probes_are_in_flight_plus_recorded
    s08_concurrent_probes_are_capped
    s08_the_most_probes
    s08_each_reopening_is_a_step_until_it_closes
}
