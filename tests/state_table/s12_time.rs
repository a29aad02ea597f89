//! S12: time, as the caller gives it.

use crate::timeline::*;

//  the time given is the only one: a breaker lives at any time at all (deadlines have 41 bits of ms: 69 years)
fn s12_no_clock_is_read(host: &Host) {
    for (i, origin) in [0, 1, MS, T, 500_000 * HOUR].into_iter().enumerate() {
        let br = host.breaker(&format!("api-{i}"), &touchy());
        let up = origin.next_multiple_of(MS);
        fail(&br, 1, origin);
        assert_eq!(br.retry_after(origin), up + SEC - origin);
        rejected(&br, up + SEC - 1);
        admit(&br, up + SEC);
        assert_eq!(br.snapshot(up + SEC).changed_at_ns, up + SEC);
    }
}

//  F(T)   x(T - 1 h)   x(T + 1 s - 1)  a     running backwards never shortens a deadline
fn s12_backwards_never_shortens_a_deadline(host: &Host) {
    let br = host.breaker("api", &touchy());
    fail(&br, 1, T);
    for back in [1, MS, SEC, HOUR, T] {
        rejected(&br, T - back);
        assert_eq!(br.retry_after(T - back), SEC + back);
    }
    rejected(&br, T + SEC - 1);
    admit(&br, T + SEC);
}

//  a(T)   S(T - 5 s)     a negative duration is 0
fn s12_a_negative_duration_is_0(host: &Host) {
    let br = host.breaker("api", &config(|c| c.slow_call_ms = 1));
    br.record(admit(&br, T), HSCB_SUCCESS, T - 5 * SEC);
    let s = br.snapshot(T);
    assert_eq!((s.successes, s.slow), (1, 0));
    assert!(br.latency(0.5) <= 4_500_000, "{}", br.latency(0.5));
}

//  every operation at the ends of time: no panic, no underflow
fn s12_the_ends_of_time(host: &Host) {
    let br = host.breaker("api", &touchy());
    let times = [0, u64::MAX, 1, u64::MAX - 1, 0, 1 << 63, T];
    for at in times {
        let p = br.admit(at);
        for then in times {
            br.record(p, HSCB_FAILURE, then);
            br.record_duration(p, HSCB_SUCCESS, u64::MAX, then);
            br.throttled(p, u64::MAX, then);
            br.would_admit(then);
            br.retry_after(then);
            br.snapshot(then);
            assert_eq!(br.trip_for(u64::MAX, then), HSCB_OK);
            for mode in [HSCB_HALF_OPEN, HSCB_FORCED_OPEN, HSCB_DISABLED, HSCB_OBSERVING, HSCB_CLOSED] {
                br.set_mode(mode, then);
                let p = br.admit(then);
                br.record(p, HSCB_IGNORED, at);
            }
        }
    }
    // and it still works
    set(&br, HSCB_CLOSED, T);
    succeed(&br, 1, T);
    fail(&br, 1, T);
    assert_eq!((mode(&br, T), br.retry_after(T)), (HSCB_OPEN, SEC));
}

//  trip_for(u64::MAX)     durations saturate: open for longer than anybody waits
fn s12_durations_saturate(host: &Host) {
    let br = host.breaker("api", &touchy());
    open_for(&br, u64::MAX, T);
    for at in [T, T + HOUR, T + 20 * 365 * 24 * HOUR] {
        rejected(&br, at);
        assert!(br.retry_after(at) > HOUR);
    }
    // The operator can still bring it back.
    open_for(&br, 1, T);
    admit(&br, T + MS);
}

//  H(T)  then the clock is an hour back: no limit counts as an underflow
fn s12_half_open_with_time_running_backwards(host: &Host) {
    let mut c = touchy();
    (c.half_open_interval_ms, c.half_open_max_ms, c.probe_lease_ms) = (1_000, 60_000, 30_000);
    let br = host.breaker("api", &c);
    fail(&br, 1, T);
    let at = T + SEC;
    let p = admit(&br, at);
    rejected(&br, at - 500 * MS);
    assert_eq!(br.retry_after(at - 500 * MS), 1_500 * MS, "the interval is not shortened");
    br.record(p, HSCB_SUCCESS, at - 500 * MS);
    assert_eq!((mode(&br, at), window(&br, at)), (HSCB_HALF_OPEN, (1, 0, 0)));
    succeed(&br, 1, at + SEC);
    assert_eq!(mode(&br, at + SEC), HSCB_CLOSED);
}

both! {
    s12_no_clock_is_read
    s12_backwards_never_shortens_a_deadline
    s12_a_negative_duration_is_0
    s12_the_ends_of_time
    s12_durations_saturate
    s12_half_open_with_time_running_backwards
}
