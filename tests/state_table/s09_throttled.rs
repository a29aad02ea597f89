//! S9: failures that carry the server's own waiting time.

use crate::timeline::*;

//  S*1000 T|        opens at once, before any rule, until now + hint
//  C-------O--2 s--a
fn s09_a_hint_opens_at_once(host: &Host) {
    let br = host.breaker("api", &config(|c| (c.failure_threshold, c.open_backoff) = (64, 2.0)));
    succeed(&br, 1_000, T);
    br.throttled(admit(&br, T), 2_000, T);
    let s = br.snapshot(T);
    assert_eq!((s.mode, s.open_remaining_ns, s.opened), (HSCB_OPEN, 2 * SEC, 1));
    assert_eq!((s.failures, s.throttled), (1, 1), "it counts as a failure and as throttled");
    assert_eq!(story(host), [(HSCB_CLOSED, HSCB_OPEN, HSCB_REASON_THROTTLED)]);
    rejected(&br, T + 2 * SEC - 1);
    admit(&br, T + 2 * SEC);
}

//  T(1 h)     cut to retry_after_max_ms
fn s09_a_hint_is_cut(host: &Host) {
    for (ms, seconds) in [(3_600_000, 300), (u64::MAX, 300), (300_001, 300), (299_000, 299)] {
        let br = host.breaker(&format!("api-{ms}"), &defaults());
        br.throttled(admit(&br, T), ms, T);
        assert_eq!(br.retry_after(T), seconds * SEC);
    }
}

//  T at .5 ms for 1 ms: rounded up to the millisecond
fn s09_its_deadline_is_rounded_up(host: &Host) {
    let br = host.breaker("api", &defaults());
    br.throttled(admit(&br, T), 1, T + MS / 2);
    assert_eq!(br.retry_after(T + MS / 2), MS + MS / 2);
}

//  a a T|     in half-open too, before the verdict, and no jitter, no backoff
//  H----O
fn s09_a_hint_opens_half_open(host: &Host) {
    let mut c = touchy();
    (c.half_open_verdict, c.failure_rate, c.open_backoff) = (HSCB_VERDICT_RATE, 1.0, 2.0);
    let br = host.breaker("api", &c);
    fail(&br, 1, T);
    let at = T + SEC;
    let (p, q) = (admit(&br, at), admit(&br, at));
    br.throttled(p, 7_000, at);
    let s = br.snapshot(at);
    assert_eq!((s.mode, s.open_remaining_ns, s.opened), (HSCB_OPEN, 7 * SEC, 2));
    assert_eq!((s.failures, s.throttled), (2, 1));
    assert_eq!(story(host)[2], (HSCB_HALF_OPEN, HSCB_OPEN, HSCB_REASON_THROTTLED));
    br.record(q, HSCB_SUCCESS, at);
    assert_eq!(br.snapshot(at).late, 1);
}

//  T |3 s| aF |1 s| aT |3 s| aF |2 s|     a hint is no step of the backoff
fn s09_a_hint_is_no_step(host: &Host) {
    let mut c = touchy();
    c.open_backoff = 2.0;
    let br = host.breaker("api", &c);
    let mut at = T;
    for (hint, seconds) in [(3_000, 3), (0, 1), (3_000, 3), (0, 2), (0, 4)] {
        let p = admit(&br, at);
        if hint > 0 {
            br.throttled(p, hint, at);
        } else {
            br.record(p, HSCB_FAILURE, at);
        }
        assert_eq!(br.retry_after(at), seconds * SEC);
        at += seconds * SEC;
    }
}

//  a*20  T(1 s) .. twenty calls in flight hear twenty hints: the longest holds
//  C     O
fn s09_the_longest_of_twenty_hints_holds(host: &Host) {
    let br = host.breaker("api", &defaults());
    let permits: Vec<u64> = (0..20).map(|_| admit(&br, T)).collect();
    let hints = [5, 3, 9, 1, 2, 30, 7, 29, 12, 4, 6, 8, 10, 11, 13, 14, 15, 16, 17, 18];
    let mut longest = 0;
    for (p, seconds) in permits.into_iter().zip(hints) {
        br.throttled(p, seconds * 1_000, T);
        longest = longest.max(seconds);
        assert_eq!(br.retry_after(T), longest * SEC, "later, never earlier");
    }
    let s = br.snapshot(T);
    assert_eq!((s.opened, s.generation, s.failures), (1, 2, 1));
    assert_eq!((s.late, s.throttled), (19, 20), "late and throttled");
    assert_eq!(story(host).len(), 1);
}

//  a a  F |30 s|  T(40 s)     a late hint moves any opening's deadline, and is cut as well
fn s09_a_late_hint_moves_the_deadline_of_any_opening(host: &Host) {
    let mut c = touchy();
    c.retry_after_max_ms = 10_000;
    for (name, open) in [("rule", 1), ("operator", 2), ("stated", 3)] {
        let br = host.breaker(name, &c);
        let (p, q) = (admit(&br, T), admit(&br, T));
        match open {
            1 => fail(&br, 1, T),
            2 => set(&br, HSCB_OPEN, T),
            _ => open_for(&br, 1_000, T),
        }
        br.throttled(p, 500, T);
        assert_eq!(br.retry_after(T), SEC, "{name}: earlier is ignored");
        br.throttled(q, 40_000, T);
        assert_eq!(br.retry_after(T), 10 * SEC, "{name}");
        let s = br.snapshot(T);
        assert_eq!((s.late, s.throttled, s.generation), (2, 2, 2), "{name}");
    }
}

//  a  reset  T(L)     a late hint acts on an open breaker only
//  C  C---------->
fn s09_a_late_hint_opens_nothing(host: &Host) {
    let br = host.breaker("api", &touchy());
    for by_hand in [HSCB_CLOSED, HSCB_DISABLED, HSCB_OBSERVING, HSCB_FORCED_OPEN] {
        set(&br, HSCB_CLOSED, T);
        let p = admit(&br, T);
        set(&br, by_hand, T);
        let before = br.snapshot(T);
        br.throttled(p, 1_000, T);
        only_differs(before, br.snapshot(T), |s| {
            (s.late, s.throttled) = (before.late + 1, before.throttled + 1)
        });
    }
}

//  a  F  a  T(L)     nor does it touch half-open
//  C  O  H-------->
fn s09_a_late_hint_does_not_touch_half_open(host: &Host) {
    let br = host.breaker("api", &touchy());
    let p = admit(&br, T);
    fail(&br, 1, T);
    admit(&br, T + SEC);
    let before = br.snapshot(T + SEC);
    br.throttled(p, 1_000, T + SEC);
    only_differs(before, br.snapshot(T + SEC), |s| (s.late, s.throttled) = (1, 1));
}

//  a F |..|  T(L)     the deadline has passed, but nobody asked: it is still open, and waits longer
fn s09_a_late_hint_after_the_deadline(host: &Host) {
    let br = host.breaker("api", &touchy());
    let p = admit(&br, T);
    fail(&br, 1, T);
    let at = T + 2 * SEC;
    assert!(br.would_admit(at));
    br.throttled(p, 5_000, at);
    assert_eq!(br.retry_after(at), 5 * SEC);
    rejected(&br, at);
}

//  observing:  T T     each a failure and one would_trip; nothing opens
fn s09_while_observing_it_is_a_failure_and_one_would_trip(host: &Host) {
    let br = host.breaker("api", &defaults());
    set(&br, HSCB_OBSERVING, T);
    for n in 1..=4 {
        br.throttled(admit(&br, T), 1_000, T);
        let s = br.snapshot(T);
        assert_eq!((s.mode, s.would_trip, s.opened), (HSCB_OBSERVING, n, 0));
        assert_eq!((s.failures, s.throttled, s.window()), (n, n, (n, n, 0)));
        assert_eq!(u64::from(s.consecutive_failures), n);
    }
    // The fifth also completes the failure rule: still one. The next plain failure finds it counted.
    br.throttled(admit(&br, T), 1_000, T);
    assert_eq!(br.snapshot(T).would_trip, 5);
    fail(&br, 1, T);
    assert_eq!(br.snapshot(T).would_trip, 5);
}

//  observing:  T F|     the hint met no rule, so the failure that does counts
fn s09_while_observing_a_hint_leaves_the_rules_own_count(host: &Host) {
    let br = host.breaker("api", &config(|c| c.failure_threshold = 2));
    set(&br, HSCB_OBSERVING, T);
    br.throttled(admit(&br, T), 1_000, T);
    assert_eq!(br.snapshot(T).would_trip, 1);
    fail(&br, 1, T);
    assert_eq!(br.snapshot(T).would_trip, 2);
}

fn s09_while_disabled_totals_only(host: &Host) {
    let br = host.breaker("api", &defaults());
    set(&br, HSCB_DISABLED, T);
    let p = admit(&br, T);
    let before = br.snapshot(T);
    br.throttled(p, 1_000, T);
    only_differs(before, br.snapshot(T), |s| (s.failures, s.throttled) = (1, 1));
}

//  T(0)     a plain failure, and not throttled
fn s09_a_hint_of_0_is_a_plain_failure(host: &Host) {
    let br = host.breaker("api", &config(|c| c.failure_threshold = 2));
    br.throttled(admit(&br, T), 0, T);
    let s = br.snapshot(T);
    assert_eq!((s.mode, s.failures, s.throttled, s.window()), (HSCB_CLOSED, 1, 0, (1, 1, 0)));
    br.throttled(admit(&br, T), 0, T);
    assert_eq!(story(host), [(HSCB_CLOSED, HSCB_OPEN, HSCB_REASON_FAILURE)]);
    assert_eq!(br.retry_after(T), 30 * SEC);
}

fn s09_hints_may_be_left_unhonoured(host: &Host) {
    let br = host.breaker("api", &config(|c| c.retry_after_max_ms = 0));
    let late = admit(&br, T);
    br.throttled(admit(&br, T), 60_000, T);
    let s = br.snapshot(T);
    assert_eq!((s.mode, s.failures, s.throttled), (HSCB_CLOSED, 1, 0));
    fail(&br, 4, T);
    br.throttled(late, 60_000, T);
    let s = br.snapshot(T);
    assert_eq!((s.late, s.throttled, s.open_remaining_ns), (1, 0, 30 * SEC));
}

//  a  |T     half_open_max_ms first: reopened, then the hint is late and moves that deadline
//  H---O
fn s09_a_hint_after_half_open_max_is_a_late_one(host: &Host) {
    let mut c = touchy();
    c.half_open_max_ms = 5_000;
    let br = host.breaker("api", &c);
    fail(&br, 1, T);
    let p = admit(&br, T + SEC);
    let at = T + 6 * SEC;
    br.throttled(p, 20_000, at);
    let s = br.snapshot(at);
    assert_eq!((s.mode, s.open_remaining_ns, s.late, s.throttled), (HSCB_OPEN, 20 * SEC, 1, 1));
    assert_eq!((s.failures, s.opened), (1, 2));
    assert_eq!(story(host)[2], (HSCB_HALF_OPEN, HSCB_OPEN, HSCB_REASON_HALF_OPEN_TIMEOUT));
}

both! {
    s09_a_hint_opens_at_once
    s09_a_hint_is_cut
    s09_its_deadline_is_rounded_up
    s09_a_hint_opens_half_open
    s09_a_hint_is_no_step
    s09_the_longest_of_twenty_hints_holds
    s09_a_late_hint_moves_the_deadline_of_any_opening
    s09_a_late_hint_opens_nothing
    s09_a_late_hint_does_not_touch_half_open
    s09_a_late_hint_after_the_deadline
    s09_while_observing_it_is_a_failure_and_one_would_trip
    s09_while_observing_a_hint_leaves_the_rules_own_count
    s09_while_disabled_totals_only
    s09_a_hint_of_0_is_a_plain_failure
    s09_hints_may_be_left_unhonoured
    s09_a_hint_after_half_open_max_is_a_late_one
}
