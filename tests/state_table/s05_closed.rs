//! S5: the rules are asked after every recorded call.

use std::sync::Barrier;

use crate::timeline::*;

//  F F S|     rate 0.5, min_calls 3: the success is the third call
//  C----O
fn s05_a_success_that_completes_min_calls_trips(host: &Host) {
    let c = config(|c| (c.failure_threshold, c.failure_rate, c.min_calls) = (2, 0.5, 3));
    let br = host.breaker("api", &c);
    fail(&br, 2, T);
    assert_eq!(mode(&br, T), HSCB_CLOSED);
    succeed(&br, 1, T);
    assert_eq!(mode(&br, T), HSCB_OPEN);
    assert_eq!(story(host), [(HSCB_CLOSED, HSCB_OPEN, HSCB_REASON_FAILURE)]);
}

//  S*10 in the first tick, F F F later; when the first tick has left the window, the next call, a success,
//  finds 3 failures of 4
//  |S S ...   | F F F |  ...   |S|
//  C-----------------------------O
fn s05_a_success_that_finds_old_successes_gone_trips(host: &Host) {
    let c = config(|c| (c.failure_threshold, c.failure_rate) = (3, 0.5));
    let br = host.breaker("api", &c);
    succeed(&br, 10, T);
    fail(&br, 3, T + 30 * SEC);
    assert_eq!(mode(&br, T + 30 * SEC), HSCB_CLOSED, "3 of 13");
    succeed(&br, 1, T + 60 * SEC - 1);
    assert_eq!(mode(&br, T + 60 * SEC - 1), HSCB_CLOSED, "3 of 14");
    succeed(&br, 1, T + 60 * SEC);
    assert_eq!(mode(&br, T + 60 * SEC), HSCB_OPEN, "3 of 5");
}

//  S S S F F F|     3 of 6 are half: >= trips
//  C----------O
fn s05_reaching_is_enough(host: &Host) {
    let c = config(|c| (c.failure_threshold, c.failure_rate, c.min_calls) = (0, 0.5, 6));
    let br = host.breaker("api", &c);
    succeed(&br, 3, T);
    fail(&br, 2, T);
    assert_eq!(mode(&br, T), HSCB_CLOSED);
    fail(&br, 1, T);
    assert_eq!(mode(&br, T), HSCB_OPEN);
}

//  the call that completes the rule is itself counted, in the totals too
fn s05_the_window_includes_the_call(host: &Host) {
    let br = host.breaker("api", &touchy());
    fail(&br, 1, T);
    let s = br.snapshot(T);
    assert_eq!((s.mode, s.failures, s.opened), (HSCB_OPEN, 1, 1));
}

//  8 threads give back a failure each at the same time; any two would do
fn s05_of_many_threads_one_makes_the_trip_and_the_event(host: &Host) {
    let br = host.breaker("api", &config(|c| (c.failure_threshold, c.open_ms) = (2, 1_000)));
    for round in 0..50 {
        let at = T + round * HOUR;
        set(&br, HSCB_CLOSED, at);
        let before = br.snapshot(at);
        let permits: Vec<u64> = (0..8).map(|_| admit(&br, at)).collect();
        let barrier = Barrier::new(permits.len());
        std::thread::scope(|threads| {
            for p in permits {
                let (br, barrier) = (&br, &barrier);
                threads.spawn(move || {
                    barrier.wait();
                    br.record(p, HSCB_FAILURE, at);
                });
            }
        });
        let s = br.snapshot(at);
        assert_eq!((s.mode, s.opened), (HSCB_OPEN, before.opened + 1));
        assert_eq!(s.generation, before.generation + 1);
        assert_eq!(s.failures + s.late, before.failures + before.late + 8);
    }
    let opened = story(host).into_iter().filter(|e| *e == (HSCB_CLOSED, HSCB_OPEN, HSCB_REASON_FAILURE));
    assert_eq!(opened.count(), 50);
}

both! {
    s05_a_success_that_completes_min_calls_trips
    s05_a_success_that_finds_old_successes_gone_trips
    s05_reaching_is_enough
    s05_the_window_includes_the_call
    s05_of_many_threads_one_makes_the_trip_and_the_event
}
