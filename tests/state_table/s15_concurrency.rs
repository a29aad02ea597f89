//! S15: what stays exact when threads do it at once. Time stands still, so that no outcome may age.

use std::sync::Barrier;

use crate::timeline::*;

const THREADS: u64 = 4;
const ROUNDS: u64 = 20_000;

fn at_once(work: impl Fn(u64) + Sync) {
    let barrier = Barrier::new(THREADS as usize);
    std::thread::scope(|threads| {
        for thread in 0..THREADS {
            let (work, barrier) = (&work, &barrier);
            threads.spawn(move || {
                barrier.wait();
                work(thread);
            });
        }
    });
}

//  4 threads, 20,000 calls each, of every kind
fn s15_totals_stay_exact(host: &Host) {
    for calls_window in [HSCB_WINDOW_TIME, HSCB_WINDOW_CALLS] {
        let mut c = no_rule();
        (c.window, c.window_calls, c.slow_call_ms) = (calls_window, 1024, 100);
        let br = host.breaker(&format!("api-{calls_window}"), &c);
        at_once(|_| {
            for i in 0..ROUNDS {
                let outcome = [HSCB_SUCCESS, HSCB_SUCCESS, HSCB_FAILURE, HSCB_IGNORED][i as usize % 4];
                let took = if i % 2 == 0 { 100 * MS } else { 0 };
                br.record_duration(br.admit(T), outcome, took, T);
            }
        });
        let s = br.snapshot(T);
        let quarter = THREADS * ROUNDS / 4;
        assert_eq!((s.successes, s.failures, s.ignored), (2 * quarter, quarter, quarter));
        assert_eq!((s.slow, s.late, s.rejected), (2 * quarter, 0, 0));
        if calls_window == HSCB_WINDOW_TIME {
            assert_eq!(s.window(), (3 * quarter, quarter, 2 * quarter));
        } else {
            assert_eq!(s.window_calls, 1024);
        }
    }
}

//  rejections while open
fn s15_rejections_stay_exact(host: &Host) {
    let br = host.breaker("api", &touchy());
    fail(&br, 1, T);
    at_once(|_| (0..ROUNDS).for_each(|_| rejected(&br, T)));
    assert_eq!(br.snapshot(T).rejected, THREADS * ROUNDS);
}

//  all ask at the deadline: three go, and one event says so
fn s15_no_more_probes_than_allowed(host: &Host) {
    let br = host.breaker("api", &touchy());
    for round in 0..200 {
        let at = T + round * HOUR;
        set(&br, HSCB_CLOSED, at);
        fail(&br, 1, at);
        let before = br.snapshot(at);
        at_once(|_| {
            for _ in 0..5 {
                br.admit(at + SEC);
            }
        });
        let s = br.snapshot(at + SEC);
        assert_eq!((s.mode, s.probes_in_flight, s.half_opened), (HSCB_HALF_OPEN, 3, before.half_opened + 1));
        assert_eq!(s.rejected, before.rejected + THREADS * 5 - 3);
    }
}

//  everything at once: at the end every admitted call is accounted for
fn s15_every_call_is_accounted_for(host: &Host) {
    let mut c = touchy();
    (c.failure_threshold, c.open_ms, c.half_open_max_calls) = (3, 1, 2);
    let br = host.breaker("api", &c);
    let admitted = std::sync::atomic::AtomicU64::new(0);
    at_once(|thread| {
        for i in 0..ROUNDS {
            let at = T + i * 100_000;
            let p = br.admit(at);
            if p != 0 {
                admitted.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                match (i + thread) % 11 {
                    0..=2 => br.record(p, HSCB_FAILURE, at),
                    3 => br.record(p, HSCB_IGNORED, at),
                    4 => br.throttled(p, 1, at),
                    _ => br.record(p, HSCB_SUCCESS, at),
                }
            }
        }
    });
    let s = br.snapshot(T);
    let admitted = admitted.into_inner();
    assert_eq!(s.successes + s.failures + s.ignored + s.late, admitted);
    assert_eq!(s.rejected + admitted, THREADS * ROUNDS);
    assert!(s.opened > 10, "no contention: {s:?}");
    // and it is not stuck
    let mut at = T + 3 * HOUR;
    for _ in 0..20 {
        let p = br.admit(at);
        if p != 0 {
            br.record(p, HSCB_SUCCESS, at);
        }
        at += 61 * SEC;
    }
    assert_eq!(mode(&br, at), HSCB_CLOSED);
}

//  a rule that simultaneous calls complete is noticed at the latest at the next recorded call
fn s15_a_rule_is_noticed_at_the_next_call_at_the_latest(host: &Host) {
    for round in 0..200 {
        let at = T + round * HOUR;
        let br = host.breaker("api", &config(|c| (c.failure_threshold, c.failure_rate) = (4, 0.0)));
        set(&br, HSCB_CLOSED, at);
        at_once(|_| br.record(br.admit(at), HSCB_FAILURE, at));
        if mode(&br, at) == HSCB_CLOSED {
            succeed(&br, 1, at);
        }
        assert_eq!(mode(&br, at), HSCB_OPEN, "round {round}");
    }
}

both! {
    s15_totals_stay_exact
    s15_rejections_stay_exact
    s15_no_more_probes_than_allowed
    s15_every_call_is_accounted_for
    s15_a_rule_is_noticed_at_the_next_call_at_the_latest
}
