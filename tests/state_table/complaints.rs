//! What users of other breakers complain of: each is a test here.

use crate::timeline::*;

//  a a a (cancelled, killed, lost)      x|a S S|
//  H--------------------------------------H'---C
fn complaint_half_open_is_stuck_because_a_probe_was_lost(host: &Host) {
    let br = host.breaker("api", &touchy());
    fail(&br, 1, T);
    for _ in 0..3 {
        admit(&br, T + SEC);
    }
    rejected(&br, T + 61 * SEC - 1);
    succeed(&br, 2, T + 61 * SEC);
    assert_eq!(mode(&br, T + 61 * SEC), HSCB_CLOSED);
    // and one that was cancelled is free at once
    fail(&br, 1, T + 70 * SEC);
    let at = T + 71 * SEC;
    for _ in 0..100 {
        calls(&br, 1, HSCB_IGNORED, at);
    }
    succeed(&br, 2, at);
    assert_eq!(mode(&br, at), HSCB_CLOSED);
}

//  1000 callers at the deadline: three go
fn complaint_half_open_admits_every_caller(host: &Host) {
    let br = host.breaker("api", &touchy());
    fail(&br, 1, T);
    assert_eq!((0..1_000).filter(|_| br.admit(T + SEC) != 0).count(), 3);
}

//  a*10  F   L L L L L    a  L L L L L
//  C     O                H-----------
fn complaint_late_results_close_or_reopen_it(host: &Host) {
    let br = host.breaker("api", &touchy());
    let old: Vec<u64> = (0..10).map(|_| admit(&br, T)).collect();
    fail(&br, 1, T);
    for &p in &old[..5] {
        br.record(p, HSCB_SUCCESS, T + 1);
    }
    assert_eq!(mode(&br, T + 1), HSCB_OPEN);
    admit(&br, T + SEC);
    br.record(old[5], HSCB_SUCCESS, T + SEC);
    br.record(old[6], HSCB_SUCCESS, T + SEC);
    br.record(old[7], HSCB_FAILURE, T + SEC);
    let s = br.snapshot(T + SEC);
    assert_eq!((s.mode, s.window(), s.late), (HSCB_HALF_OPEN, (0, 0, 0), 8));
    set(&br, HSCB_CLOSED, T + SEC);
    br.record(old[8], HSCB_FAILURE, T + SEC);
    br.record(old[9], HSCB_FAILURE, T + SEC);
    assert_eq!((mode(&br, T + SEC), window(&br, T + SEC)), (HSCB_CLOSED, (0, 0, 0)));
}

//  I*100     neither closes half-open nor ends a row nor dilutes a rate
fn complaint_ignored_counts_as_success(host: &Host) {
    let mut c = touchy();
    c.failure_threshold = 5;
    (c.consecutive_failures, c.failure_rate) = (5, 0.5);
    let br = host.breaker("api", &c);
    fail(&br, 4, T);
    calls(&br, 100, HSCB_IGNORED, T);
    assert_eq!(br.snapshot(T).successes, 0);
    fail(&br, 1, T);
    assert_eq!(mode(&br, T), HSCB_OPEN);
    calls(&br, 100, HSCB_IGNORED, T + SEC);
    assert_eq!((mode(&br, T + SEC), window(&br, T + SEC)), (HSCB_HALF_OPEN, (0, 0, 0)));
}

//  F F  x*1000  a F|     the rejections are in no window
fn complaint_rejections_dilute_the_rate(host: &Host) {
    let c = config(|c| {
        (c.window, c.window_calls, c.failure_threshold) = (HSCB_WINDOW_CALLS, 4, 2);
        (c.half_open_verdict, c.half_open_max_calls, c.open_ms) = (HSCB_VERDICT_RATE, 2, 1_000);
    });
    let br = host.breaker("api", &c);
    fail(&br, 2, T);
    for _ in 0..1_000 {
        rejected(&br, T);
    }
    let (p, q) = (admit(&br, T + SEC), admit(&br, T + SEC));
    for _ in 0..1_000 {
        rejected(&br, T + SEC);
    }
    br.record(p, HSCB_FAILURE, T + SEC);
    br.record(q, HSCB_SUCCESS, T + SEC);
    assert_eq!(mode(&br, T + SEC), HSCB_OPEN, "1 of 2");
}

//  F . F . F . F . F . F     one every 20 s: never five in a minute, however many there have been
fn complaint_the_window_does_not_slide(host: &Host) {
    let br = host.breaker("api", &defaults());
    for n in 0..100 {
        fail(&br, 1, T + n * 20 * SEC);
        assert_eq!(mode(&br, T + n * 20 * SEC), HSCB_CLOSED, "failure {n}");
        assert!(window(&br, T + n * 20 * SEC).1 <= 3);
    }
    // nor does it jump: five failures on both sides of a minute's edge are five in a minute
    let edge = T + 100 * 60 * SEC;
    fail(&br, 2, edge - 1);
    fail(&br, 3, edge);
    assert_eq!(mode(&br, edge), HSCB_OPEN);
}

//  F*5 O  a S S C  F     the failures from before the opening are gone
fn complaint_the_window_survives_a_close(host: &Host) {
    let br = host.breaker("api", &config(|c| c.open_ms = 1));
    fail(&br, 5, T);
    succeed(&br, 2, T + MS);
    assert_eq!((mode(&br, T + MS), window(&br, T + MS)), (HSCB_CLOSED, (0, 0, 0)));
    fail(&br, 4, T + MS);
    assert_eq!(mode(&br, T + MS), HSCB_CLOSED);
}

//  a( a S, from another thread, and from within )S     a call that is out holds nothing
fn complaint_a_lock_is_held_during_the_call(host: &Host) {
    let br = host.breaker("api", &defaults());
    let outer = admit(&br, T);
    succeed(&br, 1, T);
    std::thread::scope(|threads| {
        let other = threads.spawn(|| {
            succeed(&br, 1, T);
            set(&br, HSCB_OBSERVING, T);
            set(&br, HSCB_CLOSED, T);
            host.events(&mut 0).len()
        });
        assert_eq!(other.join().expect("no panic"), 2);
    });
    br.record(outer, HSCB_SUCCESS, T);
    assert_eq!(br.snapshot(T).late, 1);
}

//  the deadline is in the caller's monotonic time: a breaker of the year 1970 opens and closes like any other
fn complaint_deadlines_are_wall_clock_times(host: &Host) {
    let br = host.breaker("api", &touchy());
    fail(&br, 1, 5 * MS);
    rejected(&br, 1_005 * MS - 1);
    admit(&br, 1_005 * MS);
    assert_eq!(br.snapshot(2 * SEC).changed_at_ns, 1_005 * MS);
}

//  a*9  F  .  L I L L I ...   then   a a a x     late and ignored calls give back no permit they never took
fn complaint_permits_are_returned_that_were_never_taken(host: &Host) {
    let br = host.breaker("api", &touchy());
    let old: Vec<u64> = (0..9).map(|_| admit(&br, T)).collect();
    fail(&br, 1, T);
    let mut passed = 0;
    for (i, &p) in old.iter().enumerate() {
        passed += usize::from(br.admit(T + SEC) != 0);
        br.record(p, if i % 2 == 0 { HSCB_IGNORED } else { HSCB_SUCCESS }, T + SEC);
    }
    assert_eq!(passed, 3);
    assert_eq!(br.snapshot(T + SEC).probes_in_flight, 3);
}

//  whoever reads an event may call the breaker: nothing is held while it does
fn complaint_callbacks_run_under_a_lock(host: &Host) {
    let br = host.breaker("api", &touchy());
    let mut cursor = 0;
    let mut seen = 0;
    for n in 0..10 {
        fail(&br, 1, T + n);
        for event in host.events(&mut cursor) {
            seen += 1;
            if event.to == HSCB_OPEN {
                set(&br, HSCB_CLOSED, T + n);
                assert_eq!(br.configure(&touchy()), HSCB_OK);
                succeed(&br, 1, T + n);
            }
        }
    }
    assert_eq!(seen, 19, "ten openings, and the resets but the last, which nobody has read yet");
}

//  F  opened again, with another configuration     the state stays, the configuration stays
//  O------------------------------------------>
fn complaint_a_new_worker_resets_the_shared_state(host: &Host) {
    let br = host.breaker("api", &touchy());
    succeed(&br, 3, T);
    fail(&br, 1, T);
    let before = br.snapshot(T);
    let newcomers = if host.kind() == Kind::Shared { Some(host.again()) } else { None };
    let newcomers = newcomers.as_ref().unwrap_or(host);
    let (same, status) = newcomers.try_breaker("api", None).expect("no configuration");
    assert_eq!((status, same.snapshot(T)), (HSCB_OK, before));
    let (same, status) = newcomers.try_breaker("api", Some(&touchy())).expect("the same configuration");
    assert_eq!((status, same.snapshot(T)), (HSCB_OK, before));
    let (same, status) = newcomers.try_breaker("api", Some(&defaults())).expect("another configuration");
    assert_eq!((status, same.snapshot(T)), (HSCB_EXISTING, before));
    assert_eq!(same.retry_after(T), SEC);
    fail(&same, 1, T + SEC);
    assert_eq!(br.retry_after(T + SEC), SEC, "open_ms is still 1000");
}

//  200 breakers, all open: no thread is started, and nothing happens by itself
fn complaint_there_is_a_timer_per_breaker(host: &Host) {
    let threads = || std::fs::read_dir("/proc/self/task").map_or(0, Iterator::count);
    let host = Host::sized(host.kind(), 256, 1);
    let before = threads();
    let all: Vec<Br> = (0..200).map(|n| host.breaker(&format!("api-{n}"), &touchy())).collect();
    for br in &all {
        fail(br, 1, T);
    }
    assert!(threads() < before + 100, "{before} threads, then {}", threads());
    for br in &all {
        assert_eq!(mode(br, T + HOUR), HSCB_OPEN, "half-open begins with a call, not by itself");
        admit(br, T + HOUR);
    }
}

//  a    200 OK, first token     the stream breaks   F     one failure, with the time to the first token
fn complaint_a_stream_that_fails_counts_as_success(host: &Host) {
    let br = host.breaker("api", &config(|c| c.slow_call_ms = 1_000));
    let p = admit(&br, T);
    let (first_token, broken) = (T + 200 * MS, T + 20 * SEC);
    assert_eq!(br.snapshot(first_token).window(), (0, 0, 0), "headers are no outcome");
    br.record_duration(p, HSCB_FAILURE, first_token - T, broken);
    let s = br.snapshot(broken);
    assert_eq!((s.successes, s.failures, s.slow, s.window()), (0, 1, 0, (1, 1, 0)));
    assert_eq!(br.latency(0.5), 0);
}

//  a I (cancelled) *100     no failure
fn complaint_a_cancelled_call_counts_as_failure(host: &Host) {
    let br = host.breaker("api", &touchy());
    calls(&br, 100, HSCB_IGNORED, T);
    let s = br.snapshot(T);
    assert_eq!((s.mode, s.ignored, s.failures, s.consecutive_failures), (HSCB_CLOSED, 100, 0, 0));
}

//  three layers of retries, 3 x 3 x 5 attempts: one call goes out for one 429
fn complaint_retry_layers_multiply(host: &Host) {
    let br = host.breaker("api", &defaults());
    let mut sent = 0;
    for attempt in 0..45 {
        let at = T + attempt * 10 * MS;
        let p = br.admit(at);
        if p != 0 {
            sent += 1;
            br.throttled(p, 2_400, at);
        }
    }
    assert_eq!(sent, 1);
    assert_eq!(br.snapshot(T).rejected, 44);
    assert_eq!(br.retry_after(T + 400 * MS), SEC * 2, "and each rejection can tell how long to wait");
}

both! {
    complaint_half_open_is_stuck_because_a_probe_was_lost
    complaint_half_open_admits_every_caller
    complaint_late_results_close_or_reopen_it
    complaint_ignored_counts_as_success
    complaint_rejections_dilute_the_rate
    complaint_the_window_does_not_slide
    complaint_the_window_survives_a_close
    complaint_a_lock_is_held_during_the_call
    complaint_deadlines_are_wall_clock_times
    complaint_permits_are_returned_that_were_never_taken
    complaint_callbacks_run_under_a_lock
    complaint_a_new_worker_resets_the_shared_state
    complaint_there_is_a_timer_per_breaker
    complaint_a_stream_that_fails_counts_as_success
    complaint_a_cancelled_call_counts_as_failure
    complaint_retry_layers_multiply
}
