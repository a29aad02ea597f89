//! S6: windows. With the defaults a tick is 6 s and the window ten of them; T is on an edge.

use crate::timeline::*;

const TICK: u64 = 6 * SEC;

//  a           F     the outcome counts when it is recorded, not when the call began
//  |-- 90 s ---|
fn s06_an_outcomes_time_is_its_record(host: &Host) {
    let br = host.breaker("api", &defaults());
    let p = admit(&br, T);
    br.record(p, HSCB_FAILURE, T + 90 * SEC);
    assert_eq!(window(&br, T + 90 * SEC), (1, 1, 0));
    assert_eq!(window(&br, T + 149 * SEC), (1, 1, 0));
}

//  |S          |  ...  |         |
//  tick 0                tick 9    tick 10: out
fn s06_a_tick_counts_while_fewer_than_buckets_have_followed(host: &Host) {
    let br = host.breaker("api", &defaults());
    succeed(&br, 1, T - 1); // tick -1
    succeed(&br, 1, T); // tick 0
    succeed(&br, 1, T + TICK - 1); // tick 0
    succeed(&br, 1, T + TICK); // tick 1
    assert_eq!(window(&br, T + 9 * TICK - 1).0, 4);
    assert_eq!(window(&br, T + 9 * TICK).0, 3, "tick -1 is out");
    assert_eq!(window(&br, T + 10 * TICK - 1).0, 3);
    assert_eq!(window(&br, T + 10 * TICK).0, 1, "tick 0 is out");
    assert_eq!(window(&br, T + 11 * TICK).0, 0);
}

//  window_ms 100 in 7 buckets: a tick of 100_000_000 / 7 = 14_285_714 ns, from the origin of time
fn s06_the_width_is_in_integers(host: &Host) {
    let br = host.breaker("api", &config(|c| (c.window_ms, c.window_buckets) = (100, 7)));
    let width = 100 * MS / 7;
    let edge = (T / width + 1) * width;
    succeed(&br, 1, edge - 1);
    succeed(&br, 1, edge);
    assert_eq!(window(&br, edge + 6 * width - 1).0, 2);
    assert_eq!(window(&br, edge + 6 * width).0, 1);
    assert_eq!(window(&br, edge + 7 * width - 1).0, 1);
    assert_eq!(window(&br, edge + 7 * width).0, 0);
}

//  one bucket: the window empties at each edge
fn s06_one_bucket(host: &Host) {
    let br = host.breaker("api", &config(|c| c.window_buckets = 1));
    succeed(&br, 5, T + 60 * SEC - 1);
    assert_eq!(window(&br, T + 60 * SEC - 1).0, 5);
    assert_eq!(window(&br, T + 60 * SEC).0, 0);
}

//  F(f)       F F F F|
//  |--60 s - 1 ns----|     a failure counts for window_ms, to the ns
fn s06_the_failures_of_the_threshold_are_exact(host: &Host) {
    let c = config(|c| (c.failure_threshold, c.failure_rate) = (2, 0.0));
    let f = T + 5 * SEC + 1;
    let br = host.breaker("in time", &c);
    fail(&br, 1, f);
    fail(&br, 1, f + 60 * SEC - 1);
    assert_eq!(mode(&br, f + 60 * SEC), HSCB_OPEN);

    let br = host.breaker("too late", &c);
    fail(&br, 1, f);
    fail(&br, 1, f + 60 * SEC);
    assert_eq!(mode(&br, f + 60 * SEC), HSCB_CLOSED);
    assert_eq!(window(&br, f + 60 * SEC), (1, 1, 0), "the tick of the first is out");

    // The tick may be out sooner than the failure: the threshold still counts it.
    let br = host.breaker("tick out", &c);
    fail(&br, 1, T + TICK - 1);
    assert_eq!(window(&br, T + 10 * TICK), (0, 0, 0));
    fail(&br, 1, T + 10 * TICK);
    assert_eq!(mode(&br, T + 10 * TICK), HSCB_OPEN);
}

//  F*40   F*23 F|     64 is the largest threshold
//  C------------O
fn s06_sixty_four_failures_are_remembered(host: &Host) {
    let br = host.breaker("api", &config(|c| (c.failure_threshold, c.failure_rate) = (64, 0.0)));
    fail(&br, 40, T);
    fail(&br, 23, T + 60 * SEC - 1);
    assert_eq!(mode(&br, T + 60 * SEC - 1), HSCB_CLOSED);
    fail(&br, 1, T + 60 * SEC - 1);
    assert_eq!(mode(&br, T + 60 * SEC - 1), HSCB_OPEN);
}

//  F*63   (60 s)   F*63 F|     the first 63 are old, and in nobody's way
//  C---------------------O
fn s06_old_failures_leave_room_for_sixty_four_new_ones(host: &Host) {
    let br = host.breaker("api", &config(|c| (c.failure_threshold, c.failure_rate) = (64, 0.0)));
    fail(&br, 63, T);
    fail(&br, 63, T + 60 * SEC);
    assert_eq!(mode(&br, T + 60 * SEC), HSCB_CLOSED);
    fail(&br, 1, T + 60 * SEC);
    assert_eq!(mode(&br, T + 60 * SEC), HSCB_OPEN);
}

//  window of 4 calls:  F F S S | S -> the first F leaves, whatever the time between
fn s06_a_window_of_calls_is_the_last_calls(host: &Host) {
    let mut c = no_rule();
    (c.window, c.window_calls, c.slow_call_ms) = (HSCB_WINDOW_CALLS, 4, 100);
    let br = host.breaker("api", &c);
    fail(&br, 2, T);
    assert_eq!(window(&br, T), (2, 2, 0));
    slow_success(&br, 100 * MS, T + HOUR);
    slow_success(&br, 100 * MS, T + HOUR);
    assert_eq!(window(&br, T + 100 * HOUR), (4, 2, 2), "no age");
    succeed(&br, 1, T + 100 * HOUR);
    assert_eq!(window(&br, T + 100 * HOUR), (4, 1, 2));
    calls(&br, 5, HSCB_IGNORED, T + 100 * HOUR);
    assert_eq!(window(&br, T + 100 * HOUR), (4, 1, 2), "ignored is no call");
    succeed(&br, 2, T + 100 * HOUR);
    assert_eq!(window(&br, T + 100 * HOUR), (4, 0, 1));
    succeed(&br, 100, T + 100 * HOUR);
    assert_eq!(window(&br, T + 100 * HOUR), (4, 0, 0));
}

//  window of 4 calls, threshold 2:  F S S S  F  F|     the first has left; time does not age
fn s06_a_window_of_calls_counts_for_the_threshold_too(host: &Host) {
    let c = config(|c| {
        (c.window, c.window_calls) = (HSCB_WINDOW_CALLS, 4);
        (c.failure_threshold, c.failure_rate) = (2, 0.0);
    });
    let br = host.breaker("api", &c);
    fail(&br, 1, T);
    succeed(&br, 3, T);
    fail(&br, 1, T);
    assert_eq!(mode(&br, T), HSCB_CLOSED);
    fail(&br, 1, T + HOUR);
    assert_eq!(mode(&br, T + HOUR), HSCB_OPEN);
}

//  1 and 1024 are the shortest and the longest window of calls
fn s06_the_ends_of_window_calls(host: &Host) {
    let mut c = no_rule();
    c.window = HSCB_WINDOW_CALLS;
    for n in [1, 63, 64, 65, 1024] {
        c.window_calls = n;
        let br = host.breaker(&format!("api-{n}"), &c);
        fail(&br, 1, T);
        succeed(&br, n - 1, T);
        assert_eq!(window(&br, T), (n.into(), 1, 0), "{n}");
        succeed(&br, 1, T);
        assert_eq!(window(&br, T), (n.into(), 0, 0), "{n}");
        fail(&br, 2_000, T);
        assert_eq!(window(&br, T), (n.into(), n.into(), 0), "{n}");
    }
}

//  F F F  O  a S S  C     and nothing of the three is left
fn s06_entering_closed_empties_every_window(host: &Host) {
    for calls_window in [HSCB_WINDOW_TIME, HSCB_WINDOW_CALLS] {
        let c = config(|c| {
            (c.window, c.open_ms) = (calls_window, 1);
            (c.failure_threshold, c.failure_rate, c.consecutive_failures) = (3, 0.0, 3);
        });
        let br = host.breaker(&format!("api-{calls_window}"), &c);
        fail(&br, 3, T);
        succeed(&br, 2, T + MS);
        let s = br.snapshot(T + MS);
        assert_eq!((s.mode, s.window(), s.consecutive_failures), (HSCB_CLOSED, (0, 0, 0), 0));
        // In the same tick, and well within window_ms, three more are needed.
        fail(&br, 2, T + MS);
        assert_eq!(mode(&br, T + MS), HSCB_CLOSED);
        fail(&br, 1, T + MS);
        assert_eq!(mode(&br, T + MS), HSCB_OPEN);
    }
}

//  F F  observe  F F  reset  F F
//  C    .........     C           each starts empty
fn s06_entering_observing_empties_every_window(host: &Host) {
    for calls_window in [HSCB_WINDOW_TIME, HSCB_WINDOW_CALLS] {
        let c = config(|c| {
            c.window = calls_window;
            (c.failure_threshold, c.failure_rate, c.consecutive_failures) = (3, 0.0, 3);
        });
        let br = host.breaker(&format!("api-{calls_window}"), &c);
        for by_hand in [HSCB_OBSERVING, HSCB_CLOSED, HSCB_CLOSED] {
            fail(&br, 2, T);
            assert_eq!((window(&br, T), br.snapshot(T).consecutive_failures), ((2, 2, 0), 2));
            set(&br, by_hand, T);
            assert_eq!((window(&br, T), br.snapshot(T).consecutive_failures), ((0, 0, 0), 0));
        }
        assert_eq!((br.snapshot(T).would_trip, br.snapshot(T).opened), (0, 0));
    }
}

//  F F S  . . . (an hour)     a mere look shows the aged window; looking back shows it still there
fn s06_reading_after_an_idle_time_shows_the_aged_window(host: &Host) {
    let br = host.breaker("api", &defaults());
    fail(&br, 2, T);
    succeed(&br, 1, T);
    assert_eq!(window(&br, T + HOUR), (0, 0, 0));
    assert_eq!(br.snapshot(T + HOUR).consecutive_failures, 0, "the success ended the row");
    assert_eq!(window(&br, T), (3, 2, 0));
}

//  an hour idle: old failures are no part of the new window
fn s06_an_idle_time_is_forgotten_at_the_next_record(host: &Host) {
    let br = host.breaker("api", &defaults());
    fail(&br, 4, T);
    fail(&br, 1, T + HOUR);
    assert_eq!((mode(&br, T + HOUR), window(&br, T + HOUR)), (HSCB_CLOSED, (1, 1, 0)));
}

//  S (tick 5)  S (said to be tick 3)     both are of tick 5
fn s06_an_earlier_now_counts_as_the_newest_tick(host: &Host) {
    let br = host.breaker("api", &defaults());
    succeed(&br, 1, T + 5 * TICK);
    succeed(&br, 1, T + 3 * TICK);
    assert_eq!(window(&br, T + 3 * TICK).0, 2, "seen from the earlier time");
    assert_eq!(window(&br, T + 14 * TICK).0, 2, "tick 3 alone would be out");
    assert_eq!(window(&br, T + 15 * TICK).0, 0);
}

//  S (in an hour)  S (now)     a window that far ahead is emptied
fn s06_a_window_far_in_the_future_is_emptied(host: &Host) {
    let br = host.breaker("api", &defaults());
    fail(&br, 4, T + HOUR);
    fail(&br, 1, T);
    assert_eq!((mode(&br, T), window(&br, T)), (HSCB_CLOSED, (1, 1, 0)));
    // and it goes on from there
    fail(&br, 4, T + SEC);
    assert_eq!(mode(&br, T + SEC), HSCB_OPEN);
}

//  F F F (tick n)   S (tick n + d)     for every distance, whatever place the ticks share in a ring
fn s06_two_ticks_of_any_distance(host: &Host) {
    const WIDTH: u64 = 64 * MS;
    for buckets in [1, 2, 10, 63, 64] {
        let mut c = no_rule();
        (c.window_buckets, c.window_ms) = (buckets, buckets * 64);
        let br = host.breaker(&format!("api-{buckets}"), &c);
        for distance in 0..300 {
            set(&br, HSCB_CLOSED, T);
            fail(&br, 3, T);
            let later = T + distance * WIDTH;
            succeed(&br, 1, later);
            let expected = if distance < u64::from(buckets) { (4, 3, 0) } else { (1, 0, 0) };
            assert_eq!(window(&br, later), expected, "{distance} ticks later, of {buckets}");
        }
    }
}

//  S . (2^k ticks, and a few more or less) . S     an old tick is never taken for a new one
fn s06_no_idle_time_brings_an_old_tick_back(host: &Host) {
    const WIDTH: u64 = MS / 10;
    let br = host.breaker("api", &config(|c| (c.window_ms, c.failure_rate) = (1, 0.0)));
    for k in 4..44 {
        for more in [-1, 0, 1] {
            set(&br, HSCB_CLOSED, T);
            fail(&br, 3, T);
            let later = T + (1_u64 << k).saturating_add_signed(more) * WIDTH;
            succeed(&br, 1, later);
            assert_eq!(window(&br, later), (1, 0, 0), "2^{k} {more:+} ticks later");
            succeed(&br, 1, later + WIDTH);
            assert_eq!(window(&br, later + WIDTH), (2, 0, 0), "2^{k} {more:+} ticks later, and one more");
        }
    }
}

//  F(T+1s)*4  F(T)|     a failure that is later by up to window_ms counts for the threshold as well
//  C--------------O
fn s06_a_later_failure_counts_where_time_ran_backwards(host: &Host) {
    let c = config(|c| (c.failure_threshold, c.failure_rate) = (5, 0.0));
    for (name, ahead, expected) in [
        ("a little", SEC, HSCB_OPEN),
        ("the window", 60 * SEC, HSCB_OPEN),
        ("more", 60 * SEC + 1, HSCB_CLOSED),
    ] {
        let br = host.breaker(name, &c);
        fail(&br, 4, T + ahead);
        fail(&br, 1, T);
        assert_eq!(mode(&br, T), expected, "{name}");
    }
}

both! {
    s06_an_outcomes_time_is_its_record
    s06_a_tick_counts_while_fewer_than_buckets_have_followed
    s06_the_width_is_in_integers
    s06_one_bucket
    s06_the_failures_of_the_threshold_are_exact
    s06_sixty_four_failures_are_remembered
    s06_old_failures_leave_room_for_sixty_four_new_ones
    s06_a_window_of_calls_is_the_last_calls
    s06_a_window_of_calls_counts_for_the_threshold_too
    s06_the_ends_of_window_calls
    s06_entering_closed_empties_every_window
    s06_entering_observing_empties_every_window
    s06_reading_after_an_idle_time_shows_the_aged_window
    s06_an_idle_time_is_forgotten_at_the_next_record
    s06_an_earlier_now_counts_as_the_newest_tick
    s06_a_window_far_in_the_future_is_emptied
    s06_two_ticks_of_any_distance
    s06_no_idle_time_brings_an_old_tick_back
    s06_a_later_failure_counts_where_time_ran_backwards
}
