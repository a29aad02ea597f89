//! S2: the generation, and late outcomes.

use crate::timeline::*;

//  1  F  2  a  3  lease  4  S S  5  reset  6 ...
//  C  O     H            H       C         C
fn s02_every_change_raises_the_generation(host: &Host) {
    let mut c = touchy();
    c.probe_lease_ms = 10_000;
    let br = host.breaker("api", &c);
    let generation = |at| br.snapshot(at).generation;
    assert_eq!(generation(T), 1);
    assert_eq!(br.snapshot(T).changed_at_ns, 0);
    fail(&br, 1, T);
    assert_eq!(generation(T), 2, "a trip");
    let (t1, t2) = (T + SEC, T + 11 * SEC);
    for _ in 0..3 {
        admit(&br, t1);
    }
    assert_eq!(generation(t1), 3, "half-open");
    let probe = admit(&br, t2);
    assert_eq!(generation(t2), 4, "a new episode");
    assert_eq!(br.snapshot(t2).changed_at_ns, t2);
    br.record(probe, HSCB_SUCCESS, t2);
    succeed(&br, 1, t2 + 1);
    assert_eq!(generation(t2 + 1), 5, "closed");
    assert_eq!(br.snapshot(t2 + 1).changed_at_ns, t2 + 1);
    let by_hand = [
        HSCB_CLOSED,
        HSCB_OPEN,
        HSCB_HALF_OPEN,
        HSCB_FORCED_OPEN,
        HSCB_DISABLED,
        HSCB_OBSERVING,
        HSCB_CLOSED,
    ];
    for (n, mode) in (6..).zip(by_hand) {
        set(&br, mode, t2 + n);
        assert_eq!(generation(t2 + n), n, "by hand to {mode}");
        assert_eq!(br.snapshot(t2 + n).changed_at_ns, t2 + n);
    }
}

//  calls, queries, snapshots and configuration change no generation
fn s02_nothing_else_raises_it(host: &Host) {
    let br = host.breaker("api", &defaults());
    succeed(&br, 10, T);
    fail(&br, 4, T);
    calls(&br, 3, HSCB_IGNORED, T);
    br.would_admit(T);
    br.retry_after(T);
    assert_eq!(br.configure(&config(|c| c.window_ms = 1)), HSCB_OK);
    assert_eq!(br.snapshot(T + HOUR).generation, 1);
}

//  a a a a  reset   L L L L
//  C        C-------------->
fn s02_late_into_closed_counts_late_and_nothing_else(host: &Host) {
    let mut c = config(|c| c.failure_threshold = 1);
    (c.consecutive_failures, c.slow_call_ms) = (1, 1);
    let br = host.breaker("api", &c);
    let permits = [admit(&br, T), admit(&br, T), admit(&br, T), admit(&br, T)];
    set(&br, HSCB_CLOSED, T);
    succeed(&br, 2, T);
    let before = br.snapshot(T + 9 * SEC);
    let at = T + 5 * SEC;
    br.record(permits[0], HSCB_FAILURE, at);
    br.record(permits[1], HSCB_SUCCESS, at);
    br.record(permits[2], HSCB_IGNORED, at);
    br.record_duration(permits[3], HSCB_FAILURE, HOUR, at);
    only_differs(before, br.snapshot(T + 9 * SEC), |s| s.late = 4);
    assert_eq!(br.latency(0.99), br.latency(0.5), "no late latency");
}

//  a  F     L L
//  C  O--------->   neither the mode nor the deadline moves
fn s02_late_into_open_moves_nothing(host: &Host) {
    let br = host.breaker("api", &touchy());
    let (p, q) = (admit(&br, T), admit(&br, T));
    fail(&br, 1, T);
    let before = br.snapshot(T + 1);
    br.record(p, HSCB_FAILURE, T + SEC / 2);
    br.record(q, HSCB_SUCCESS, T + SEC / 2);
    only_differs(before, br.snapshot(T + 1), |s| s.late = 2);
}

//  a a a a  F    a   L L L L      none closes, reopens, or gives a probe back
//  C        O    H------------>
fn s02_late_into_half_open_is_no_probe(host: &Host) {
    let mut c = touchy();
    c.half_open_max_calls = 1;
    let br = host.breaker("api", &c);
    let late: Vec<u64> = (0..4).map(|_| admit(&br, T)).collect();
    fail(&br, 1, T);
    let t1 = T + SEC;
    let probe = admit(&br, t1);
    let before = br.snapshot(t1);
    assert_eq!(before.probes_in_flight, 1);
    for (&p, outcome) in late.iter().zip([HSCB_SUCCESS, HSCB_SUCCESS, HSCB_FAILURE, HSCB_IGNORED]) {
        br.record(p, outcome, t1);
    }
    only_differs(before, br.snapshot(t1), |s| s.late = 4);
    rejected(&br, t1);
    br.record(probe, HSCB_SUCCESS, t1);
    assert_eq!(mode(&br, t1), HSCB_CLOSED);
}

//  a a  F(a)   a    L        the second half-open hears of the first one's probe
//  H    O      H------->
fn s02_a_probe_of_an_earlier_episode_is_late(host: &Host) {
    let br = host.breaker("api", &touchy());
    fail(&br, 1, T);
    let (stray, probe) = (admit(&br, T + SEC), admit(&br, T + SEC));
    br.record(probe, HSCB_FAILURE, T + SEC);
    let t2 = T + 2 * SEC;
    admit(&br, t2);
    let before = br.snapshot(t2);
    br.record(stray, HSCB_FAILURE, t2);
    only_differs(before, br.snapshot(t2), |s| s.late = 1);
}

//  a   disable  L   observe  L   force open  L
fn s02_late_into_every_mode_of_the_operator(host: &Host) {
    let br = host.breaker("api", &touchy());
    for mode in [HSCB_DISABLED, HSCB_OBSERVING, HSCB_FORCED_OPEN] {
        set(&br, HSCB_CLOSED, T);
        let p = admit(&br, T);
        set(&br, mode, T);
        let before = br.snapshot(T);
        br.record(p, HSCB_FAILURE, T);
        only_differs(before, br.snapshot(T), |s| s.late += 1);
    }
}

both! {
    s02_every_change_raises_the_generation
    s02_nothing_else_raises_it
    s02_late_into_closed_counts_late_and_nothing_else
    s02_late_into_open_moves_nothing
    s02_late_into_half_open_is_no_probe
    s02_a_probe_of_an_earlier_episode_is_late
    s02_late_into_every_mode_of_the_operator
}
