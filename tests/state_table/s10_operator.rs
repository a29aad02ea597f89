//! S10: the operator's commands.

use crate::timeline::*;

const MODES: [i32; 6] =
    [HSCB_CLOSED, HSCB_OPEN, HSCB_HALF_OPEN, HSCB_FORCED_OPEN, HSCB_DISABLED, HSCB_OBSERVING];

/// Brings a fresh breaker into that mode, with one event per change.
fn bring(br: &Br, mode: i32) {
    set(br, HSCB_CLOSED, T);
    if mode == HSCB_HALF_OPEN {
        set(br, HSCB_OPEN, T);
    }
    set(br, mode, T);
}

//  every mode to every mode: what happens, and what is said of it
fn s10_every_command_from_every_mode(host: &Host) {
    let mut cursor = 0;
    for from in MODES {
        for to in MODES {
            let br = host.breaker("api", &defaults());
            bring(&br, from);
            host.events(&mut cursor);
            let before = br.snapshot(T + 1);
            let status = br.set_mode(to, T + 1);
            let after = br.snapshot(T + 1);
            let events = host.events(&mut cursor);
            if to == HSCB_HALF_OPEN && from != HSCB_OPEN && from != HSCB_HALF_OPEN {
                assert_eq!(status, HSCB_ERR_MODE, "{from} to {to}");
                assert_eq!((after, events.len()), (before, 0), "{from} to {to}");
                continue;
            }
            assert_eq!(status, HSCB_OK, "{from} to {to}: {}", last_error());
            if from == to {
                let reset = u64::from(to == HSCB_CLOSED);
                only_differs(before, after, |s| {
                    s.generation += reset;
                    s.changed_at_ns += reset;
                });
                assert_eq!(events.len(), 0, "{from} to {to}: a command that changes nothing makes no event");
                continue;
            }
            only_differs(before, after, |s| {
                (s.mode, s.generation, s.changed_at_ns) = (to, before.generation + 1, T + 1);
                s.open_remaining_ns = if to == HSCB_OPEN { 30 * SEC + MS - 1 } else { 0 };
                s.opened += u64::from(to == HSCB_OPEN);
                s.half_opened += u64::from(to == HSCB_HALF_OPEN);
                s.closed += u64::from(to == HSCB_CLOSED);
            });
            let told: Vec<_> = events.iter().map(|e| (e.from, e.to, e.reason)).collect();
            assert_eq!(told, [(from, to, HSCB_REASON_OPERATOR)]);
        }
    }
}

fn s10_an_unknown_mode_is_refused(host: &Host) {
    let br = host.breaker("api", &defaults());
    let before = br.snapshot(T);
    for mode in [-1, 6, i32::MAX, i32::MIN] {
        assert_eq!(br.set_mode(mode, T), HSCB_ERR_ARGUMENT);
        assert!(!last_error().is_empty());
    }
    assert_eq!(br.snapshot(T), before);
}

//  F F F  reset  F F F F     windows and row empty, the generation raised: no event, no total
//  C      C------------->
fn s10_reset_while_closed(host: &Host) {
    let br = host.breaker("api", &config(|c| (c.failure_threshold, c.consecutive_failures) = (5, 5)));
    let p = admit(&br, T);
    fail(&br, 4, T);
    let before = br.snapshot(T);
    set(&br, HSCB_CLOSED, T + 1);
    only_differs(before, br.snapshot(T + 1), |s| {
        (s.generation, s.changed_at_ns, s.consecutive_failures) = (2, T + 1, 0);
        (s.window_calls, s.window_failures) = (0, 0);
    });
    assert_eq!(story(host), []);
    fail(&br, 4, T + 1);
    assert_eq!(mode(&br, T + 1), HSCB_CLOSED);
    br.record(p, HSCB_FAILURE, T + 1);
    assert_eq!(br.snapshot(T + 1).late, 1, "calls from before the reset are late");
}

//  F |1| aF |2| aF  reset  F |1|     backoff forgotten
fn s10_reset_forgets_the_backoff(host: &Host) {
    let mut c = touchy();
    c.open_backoff = 2.0;
    let br = host.breaker("api", &c);
    fail(&br, 1, T);
    fail(&br, 1, T + SEC);
    assert_eq!(br.retry_after(T + SEC), 2 * SEC);
    set(&br, HSCB_CLOSED, T + SEC);
    assert_eq!(br.snapshot(T + SEC).closed, 1);
    fail(&br, 1, T + SEC);
    assert_eq!(br.retry_after(T + SEC), SEC);
}

//  trip |1| half-open trip |2| half-open trip |4|     a trip by hand is a step of the backoff
fn s10_trip_is_an_opening_like_any_other(host: &Host) {
    let mut c = touchy();
    c.open_backoff = 2.0;
    let br = host.breaker("api", &c);
    for seconds in [1, 2, 4] {
        set(&br, HSCB_OPEN, T);
        assert_eq!(br.retry_after(T), seconds * SEC);
        set(&br, HSCB_HALF_OPEN, T);
    }
    // Forced-open, disabled and observing keep the step.
    for (by_hand, seconds) in [(HSCB_FORCED_OPEN, 8), (HSCB_DISABLED, 16), (HSCB_OBSERVING, 32)] {
        set(&br, by_hand, T);
        set(&br, HSCB_OPEN, T);
        assert_eq!(br.retry_after(T), seconds * SEC);
    }
}

//  trip_for(7 s)  trip_for(2 s)  trip_for(9 s)     exact, earlier or later
//  O------------------------------------------
fn s10_trip_for_sets_the_deadline_exactly(host: &Host) {
    let br = host.breaker("api", &touchy());
    open_for(&br, 7_000, T);
    let before = br.snapshot(T);
    assert_eq!((before.mode, before.open_remaining_ns, before.opened), (HSCB_OPEN, 7 * SEC, 1));
    for (off, seconds) in [(1, 2), (2, 9), (3, 1)] {
        let at = T + off * MS;
        open_for(&br, seconds * 1_000, at);
        let after = br.snapshot(at);
        only_differs(before, after, |s| s.open_remaining_ns = seconds * SEC);
    }
    assert_eq!(story(host), [(HSCB_CLOSED, HSCB_OPEN, HSCB_REASON_OPERATOR)], "one event, one generation");
    // longer than hints and openings may be
    open_for(&br, 86_400_000 * 30, T);
    assert_eq!(br.retry_after(T), 30 * 24 * HOUR);
}

//  trip_for |5|  half-open  F |1| aF |2|     no step
fn s10_trip_for_is_no_step(host: &Host) {
    let mut c = touchy();
    c.open_backoff = 2.0;
    let br = host.breaker("api", &c);
    open_for(&br, 5_000, T);
    fail(&br, 1, T + 5 * SEC);
    assert_eq!(br.retry_after(T + 5 * SEC), SEC);
    fail(&br, 1, T + 6 * SEC);
    assert_eq!(br.retry_after(T + 6 * SEC), 2 * SEC);
}

fn s10_trip_for_from_every_mode(host: &Host) {
    let mut cursor = 0;
    for from in MODES.into_iter().filter(|&m| m != HSCB_OPEN) {
        let br = host.breaker("api", &defaults());
        bring(&br, from);
        host.events(&mut cursor);
        let before = br.snapshot(T);
        open_for(&br, 1_234, T + 1);
        let s = br.snapshot(T + 1);
        assert_eq!((s.mode, s.open_remaining_ns), (HSCB_OPEN, 1_235 * MS - 1));
        assert_eq!((s.opened, s.generation), (before.opened + 1, before.generation + 1));
        let told: Vec<_> = host.events(&mut cursor).iter().map(|e| (e.from, e.to, e.reason)).collect();
        assert_eq!(told, [(from, HSCB_OPEN, HSCB_REASON_OPERATOR)]);
    }
}

//  O  half-open  a ...     by hand: no probe is out, and the first may go at once
fn s10_half_open_by_hand(host: &Host) {
    let mut c = touchy();
    c.half_open_interval_ms = 60_000;
    let br = host.breaker("api", &c);
    fail(&br, 1, T);
    set(&br, HSCB_HALF_OPEN, T + 1);
    let s = br.snapshot(T + 1);
    assert_eq!((s.mode, s.half_opened, s.probes_in_flight), (HSCB_HALF_OPEN, 1, 0));
    assert_eq!(story(host)[1], (HSCB_OPEN, HSCB_HALF_OPEN, HSCB_REASON_OPERATOR));
    assert!(br.would_admit(T + 1));
    assert_eq!(br.retry_after(T + 1), 0);
    let p = admit(&br, T + 1);
    // On half-open it changes nothing and returns 0.
    let before = br.snapshot(T + 2);
    set(&br, HSCB_HALF_OPEN, T + 2);
    assert_eq!(br.snapshot(T + 2), before);
    br.record(p, HSCB_SUCCESS, T + 2);
    assert_eq!(window(&br, T + 2), (1, 0, 0));
}

//  probes out, then each command: their outcomes are late, none counts as lost
fn s10_commands_end_an_episode(host: &Host) {
    for (i, by_hand) in
        [HSCB_CLOSED, HSCB_OPEN, HSCB_FORCED_OPEN, HSCB_DISABLED, HSCB_OBSERVING].into_iter().enumerate()
    {
        let br = host.breaker(&format!("api-{i}"), &touchy());
        fail(&br, 1, T);
        let p = admit(&br, T + SEC);
        set(&br, by_hand, T + SEC);
        br.record(p, HSCB_FAILURE, T + SEC);
        let s = br.snapshot(T + SEC);
        assert_eq!((s.mode, s.late, s.probes_lost, s.probes_in_flight), (by_hand, 1, 0, 0));
    }
}

both! {
    s10_every_command_from_every_mode
    s10_an_unknown_mode_is_refused
    s10_reset_while_closed
    s10_reset_forgets_the_backoff
    s10_trip_is_an_opening_like_any_other
    s10_trip_for_sets_the_deadline_exactly
    s10_trip_for_is_no_step
    s10_trip_for_from_every_mode
    s10_half_open_by_hand
    s10_commands_end_an_episode
}
