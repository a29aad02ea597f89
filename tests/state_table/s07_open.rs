//! S7: open, and its deadline.

use crate::timeline::*;

//  a a a  F           L L L      x|a
//  C      O------------------------H     what arrives later does not move the deadline
fn s07_deadline_is_set_once(host: &Host) {
    let br = host.breaker("api", &touchy());
    let late = [admit(&br, T), admit(&br, T), admit(&br, T)];
    fail(&br, 1, T);
    assert_eq!(br.snapshot(T).open_remaining_ns, SEC);
    for (p, outcome) in late.into_iter().zip([HSCB_FAILURE, HSCB_SUCCESS, HSCB_IGNORED]) {
        br.record(p, outcome, T + 900 * MS);
        assert_eq!(br.snapshot(T).open_remaining_ns, SEC);
    }
    for _ in 0..100 {
        rejected(&br, T + 950 * MS); // nor do rejected calls
    }
    set(&br, HSCB_OPEN, T + 950 * MS); // nor the operator's trip, being open
    let c = config(|c| c.open_ms = 60_000);
    assert_eq!(br.configure(&c), HSCB_OK); // nor a new open_ms
    rejected(&br, T + SEC - 1);
    admit(&br, T + SEC);
}

//  F         x|a      the next admit, and it is the first probe
//  O----------H
fn s07_the_admit_at_the_deadline_is_the_first_probe(host: &Host) {
    let br = host.breaker("api", &touchy());
    fail(&br, 1, T);
    rejected(&br, T + SEC - 1);
    let p = admit(&br, T + SEC);
    let s = br.snapshot(T + SEC);
    assert_eq!((s.mode, s.probes_in_flight, s.half_opened), (HSCB_HALF_OPEN, 1, 1));
    assert_eq!((s.open_remaining_ns, s.changed_at_ns), (0, T + SEC));
    br.record(p, HSCB_SUCCESS, T + SEC);
    assert_eq!(br.snapshot(T + SEC).window(), (1, 0, 0));
    let story = story(host);
    assert_eq!(story[1], (HSCB_OPEN, HSCB_HALF_OPEN, HSCB_REASON_DEADLINE));
}

//  F       q q q q (an hour)      queries leave it open
//  O------------------------>
fn s07_a_mere_query_changes_nothing(host: &Host) {
    let br = host.breaker("api", &touchy());
    fail(&br, 1, T);
    let before = br.snapshot(T);
    for at in [T, T + SEC - 1, T + SEC, T + HOUR] {
        assert_eq!(br.would_admit(at), at >= T + SEC);
        assert_eq!(br.retry_after(at), (T + SEC).saturating_sub(at));
        let s = br.snapshot(at);
        assert_eq!((s.mode, s.open_remaining_ns), (HSCB_OPEN, (T + SEC).saturating_sub(at)));
    }
    assert_eq!(br.snapshot(T), before);
    assert_eq!(story(host).len(), 1);
}

//  a  F . L     an outcome after the deadline does not wake it either
//  C  O---->
fn s07_an_outcome_does_not_enter_half_open(host: &Host) {
    let br = host.breaker("api", &touchy());
    let p = admit(&br, T);
    fail(&br, 1, T);
    br.record(p, HSCB_SUCCESS, T + HOUR);
    assert_eq!(mode(&br, T + HOUR), HSCB_OPEN);
}

//  F(at .5 ms) ... the deadline is kept to the ms, rounded up
fn s07_deadline_is_rounded_up_to_the_millisecond(host: &Host) {
    let br = host.breaker("api", &touchy());
    for (i, off) in [1, MS / 2, MS - 1].into_iter().enumerate() {
        let at = T + i as u64 * HOUR + off;
        set(&br, HSCB_CLOSED, at);
        fail(&br, 1, at);
        assert_eq!(br.retry_after(at), SEC + MS - off);
    }
    set(&br, HSCB_CLOSED, T);
    fail(&br, 1, T);
    assert_eq!(br.retry_after(T), SEC);
}

//  F |1 s| aF |2 s| aF |4 s| aF |5 s: open_max_ms| aF |5 s| a S S  F |1 s|
fn s07_openings_follow_the_backoff(host: &Host) {
    let mut c = touchy();
    (c.open_backoff, c.open_max_ms) = (2.0, 5_000);
    let br = host.breaker("api", &c);
    let mut at = T;
    for seconds in [1, 2, 4, 5, 5, 5] {
        fail(&br, 1, at);
        assert_eq!(br.retry_after(at), seconds * SEC);
        at += seconds * SEC;
    }
    succeed(&br, 2, at);
    assert_eq!(mode(&br, at), HSCB_CLOSED);
    fail(&br, 1, at);
    assert_eq!(br.retry_after(at), SEC, "closing forgets the backoff");
}

//  1000 ms * 1.25^k, from whole milliseconds: 1000, 1250, 1562.5, 1953.125, 2441.40625, each rounded up
fn s07_a_fractional_opening_is_rounded_up(host: &Host) {
    let mut c = touchy();
    c.open_backoff = 1.25;
    let br = host.breaker("api", &c);
    let mut at = T;
    for ms in [1_000, 1_250, 1_563, 1_954, 2_442] {
        fail(&br, 1, at);
        assert_eq!(br.retry_after(at), ms * MS);
        at += ms * MS;
    }
}

//  100 openings at a backoff of 10: the power saturates at open_max_ms
fn s07_the_backoff_saturates(host: &Host) {
    let mut c = touchy();
    (c.open_backoff, c.open_max_ms) = (10.0, 86_400_000);
    let br = host.breaker("api", &c);
    let mut at = T;
    for k in 0..100 {
        fail(&br, 1, at);
        let expected = (10_u64.pow(k.min(5)) * SEC).min(24 * HOUR);
        assert_eq!(br.retry_after(at), expected, "opening {k}");
        at += expected;
    }
}

both! {
    s07_deadline_is_set_once
    s07_the_admit_at_the_deadline_is_the_first_probe
    s07_a_mere_query_changes_nothing
    s07_an_outcome_does_not_enter_half_open
    s07_deadline_is_rounded_up_to_the_millisecond
    s07_openings_follow_the_backoff
    s07_a_fractional_opening_is_rounded_up
    s07_the_backoff_saturates
}
