//! S3: permits, and what a caller's bug may do. (Random misuse: tests/oracle/misuse.rs.)

use holysheep_cb::ffi::HSCB_PERMIT_PASS;

use crate::timeline::*;

//  a          S     the permit knows when the call began
//  |--250 ms--|
fn s03_a_permit_carries_the_time_of_admission(host: &Host) {
    let br = host.breaker("api", &config(|c| c.slow_call_ms = 250));
    let (fast, slow) = (admit(&br, T + 1), admit(&br, T));
    br.record(fast, HSCB_SUCCESS, T + 250 * MS);
    assert_eq!(br.snapshot(T).slow, 0, "one ns short");
    br.record(slow, HSCB_SUCCESS, T + 250 * MS);
    assert_eq!(br.snapshot(T).slow, 1);
}

fn s03_zero_and_pass_are_never_dealt(host: &Host) {
    let br = host.breaker("api", &defaults());
    for at in [0, 1, 2, MS, T, 1 << 50, 1 << 51, 1 << 60] {
        assert!(br.admit(at) > HSCB_PERMIT_PASS, "at {at}");
    }
}

//  the permit of a call that went without a breaker is recorded nowhere
fn s03_a_pass_is_recorded_nowhere(host: &Host) {
    let br = host.breaker("api", &touchy());
    let before = br.snapshot(T);
    br.record(HSCB_PERMIT_PASS, HSCB_FAILURE, T);
    br.record_duration(HSCB_PERMIT_PASS, HSCB_SUCCESS, SEC, T);
    br.throttled(HSCB_PERMIT_PASS, 1_000, T);
    assert_eq!(br.snapshot(T), before);
}

//  a F F     counts at most twice, and nothing wraps
//  C---->
fn s03_a_call_given_back_twice_miscounts_that_call_alone(host: &Host) {
    let br = host.breaker("api", &defaults());
    let p = admit(&br, T);
    br.record(p, HSCB_FAILURE, T);
    br.record(p, HSCB_FAILURE, T);
    let s = br.snapshot(T);
    assert!((1..=2).contains(&s.window_failures) && (1..=2).contains(&s.failures), "{s:?}");
    assert_eq!(s.mode, HSCB_CLOSED);
}

//  a  I I     at most one probe more than the cap
//  H------>
fn s03_a_probe_ignored_twice_lets_one_more_through_at_most(host: &Host) {
    let br = host.breaker("api", &touchy());
    fail(&br, 1, T);
    let at = T + SEC;
    let twice = admit(&br, at);
    admit(&br, at);
    admit(&br, at);
    br.record(twice, HSCB_IGNORED, at);
    br.record(twice, HSCB_IGNORED, at);
    let more = (0..10).filter(|_| br.admit(at) != 0).count();
    assert!((1..=2).contains(&more), "{more} more");
    assert!(br.snapshot(at).probes_in_flight <= 3);
}

//  a I I I I     the count of probes in flight does not wrap below 0
//  H--------->
fn s03_no_count_wraps(host: &Host) {
    let br = host.breaker("api", &touchy());
    fail(&br, 1, T);
    let at = T + SEC;
    let p = admit(&br, at);
    for _ in 0..5 {
        br.record(p, HSCB_IGNORED, at);
        assert_eq!(br.snapshot(at).probes_in_flight, 0);
    }
    assert!(br.would_admit(at));
    succeed(&br, 2, at);
    assert_eq!(mode(&br, at), HSCB_CLOSED);
}

//  a S S S S     one probe given back again and again: not stuck, whatever the verdict
//  H
fn s03_no_mode_is_stuck(host: &Host) {
    let mut c = touchy();
    c.probe_lease_ms = 1_000;
    let br = host.breaker("api", &c);
    fail(&br, 1, T);
    let mut at = T + SEC;
    let p = admit(&br, at);
    for outcome in [HSCB_SUCCESS, HSCB_IGNORED, HSCB_IGNORED, HSCB_FAILURE, HSCB_SUCCESS] {
        br.record(p, outcome, at);
    }
    for _ in 0..20 {
        at += SEC;
        let p = br.admit(at);
        if p != 0 {
            br.record(p, HSCB_SUCCESS, at);
        }
    }
    assert_eq!(mode(&br, at), HSCB_CLOSED);
}

//  an outcome that is none of the three is ignored: the probe's permit is back, nothing else happened
fn s03_an_unknown_outcome_is_ignored(host: &Host) {
    let br = host.breaker("api", &touchy());
    fail(&br, 1, T);
    let at = T + SEC;
    for outcome in [3, -1, i32::MIN, i32::MAX] {
        br.record(admit(&br, at), outcome, at);
        let s = br.snapshot(at);
        assert_eq!((s.mode, s.probes_in_flight, s.window()), (HSCB_HALF_OPEN, 0, (0, 0, 0)));
        assert_eq!((s.successes, s.failures), (0, 1));
    }
}

//  made-up permits of the running generation, where no permit can be out
fn s03_a_made_up_permit_while_open_is_late_at_most(host: &Host) {
    let br = host.breaker("api", &touchy());
    let made_up: Vec<u64> = (0..64).map(|bit| 1 << bit).chain([u64::MAX, 2, 3]).collect();
    for by_hand in [HSCB_OPEN, HSCB_FORCED_OPEN] {
        set(&br, by_hand, T);
        let before = br.snapshot(T);
        for &p in made_up.iter().filter(|&&p| p > HSCB_PERMIT_PASS) {
            br.record(p, HSCB_FAILURE, T);
        }
        let late = br.snapshot(T).late;
        assert!(late <= before.late + made_up.len() as u64);
        only_differs(before, br.snapshot(T), |s| s.late = late);
    }
}

both! {
    s03_a_permit_carries_the_time_of_admission
    s03_zero_and_pass_are_never_dealt
    s03_a_pass_is_recorded_nowhere
    s03_a_call_given_back_twice_miscounts_that_call_alone
    s03_a_probe_ignored_twice_lets_one_more_through_at_most
    s03_no_count_wraps
    s03_no_mode_is_stuck
    s03_an_unknown_outcome_is_ignored
    s03_a_made_up_permit_while_open_is_late_at_most
}
