//! S8: half-open's limits in time: interval, lease, half_open_max_ms.

use crate::timeline::*;

/// Open since T for 1 s; the admit at T + 1 s is the first probe.
fn opened(host: &Host, change: impl FnOnce(&mut Config)) -> Br {
    let mut c = touchy();
    change(&mut c);
    let br = host.breaker("api", &c);
    fail(&br, 1, T);
    br
}

const T1: u64 = T + SEC;

//  a    x|a    x|a     100 ms between two admissions
//  H------------->
fn s08_interval_between_admissions(host: &Host) {
    let br = opened(host, |c| c.half_open_interval_ms = 100);
    admit(&br, T1);
    for n in 0..2 {
        let last = T1 + n * 100 * MS;
        rejected(&br, last + 1);
        assert_eq!(br.retry_after(last + 30 * MS), 70 * MS);
        assert!(!br.would_admit(last + 100 * MS - 1));
        rejected(&br, last + 100 * MS - 1);
        assert_eq!(br.retry_after(last + 100 * MS), 0);
        admit(&br, last + 100 * MS);
    }
}

//  a I x  |a     the ignored probe's admission counts too
//  H------->
fn s08_interval_after_an_ignored_probe(host: &Host) {
    let br = opened(host, |c| c.half_open_interval_ms = 100);
    br.record(admit(&br, T1), HSCB_IGNORED, T1 + 50 * MS);
    rejected(&br, T1 + 99 * MS);
    admit(&br, T1 + 100 * MS);
}

//  a F  |1 s| a     the first probe of an episode is not subject to it
//  H O        H
fn s08_interval_does_not_hold_the_first_probe(host: &Host) {
    let br = opened(host, |c| c.half_open_interval_ms = 10_000);
    fail(&br, 1, T1);
    admit(&br, T1 + SEC);
    rejected(&br, T1 + SEC);
    // nor the first after half-open by hand; at the very same time the second is held
    set(&br, HSCB_CLOSED, T1 + 2 * SEC);
    set(&br, HSCB_OPEN, T1 + 2 * SEC);
    set(&br, HSCB_HALF_OPEN, T1 + 2 * SEC);
    br.record(admit(&br, T1 + 2 * SEC), HSCB_IGNORED, T1 + 2 * SEC);
    rejected(&br, T1 + 2 * SEC);
    assert_eq!(br.retry_after(T1 + 2 * SEC), 10 * SEC);
}

//  a a a        x|a      the lease of 60 s runs from the last admission
//  H--------------H'
fn s08_lease_makes_a_new_episode(host: &Host) {
    let br = opened(host, |_| ());
    admit(&br, T1);
    admit(&br, T1 + SEC);
    admit(&br, T1 + 5 * SEC);
    let end = T1 + 65 * SEC;
    rejected(&br, end - 1);
    assert_eq!(br.retry_after(end - 1), u64::MAX);
    assert_eq!(br.retry_after(end), 0, "a probe may go, by lease too");
    assert!(br.would_admit(end));
    let before = br.snapshot(end);
    let p = admit(&br, end);
    only_differs(before, br.snapshot(end), |s| {
        (s.generation, s.changed_at_ns) = (4, end);
        (s.probes_in_flight, s.probes_lost, s.half_opened) = (1, 3, 2);
    });
    let story = story(host);
    assert_eq!(story[2..], [(HSCB_HALF_OPEN, HSCB_HALF_OPEN, HSCB_REASON_LEASE)], "one event says so");
    br.record(p, HSCB_SUCCESS, end);
    succeed(&br, 1, end);
    assert_eq!(mode(&br, end), HSCB_CLOSED);
}

//  a a a   S    ...  |a     only those still in flight are lost; the success is forgotten with the episode
//  H------------------H'
fn s08_lease_counts_those_in_flight(host: &Host) {
    let br = opened(host, |_| ());
    let p = admit(&br, T1);
    admit(&br, T1);
    admit(&br, T1);
    br.record(p, HSCB_SUCCESS, T1);
    admit(&br, T1 + 60 * SEC);
    let s = br.snapshot(T1 + 60 * SEC);
    assert_eq!((s.probes_lost, s.probes_in_flight, s.window()), (2, 1, (0, 0, 0)));
}

//  a   (an hour)  a a x     permits are left: no probe is lost yet
//  H----------------->
fn s08_lease_matters_only_once_no_probe_may_go(host: &Host) {
    let br = opened(host, |_| ());
    let slow = admit(&br, T1);
    admit(&br, T1 + HOUR);
    admit(&br, T1 + HOUR);
    rejected(&br, T1 + HOUR);
    let s = br.snapshot(T1 + HOUR);
    assert_eq!((s.probes_lost, s.half_opened, s.probes_in_flight), (0, 1, 3));
    br.record(slow, HSCB_SUCCESS, T1 + HOUR);
    assert_eq!(br.snapshot(T1 + HOUR).late, 0, "a probe that long out is still one");
}

//  a x    |a     the concurrency cap reached: the same
//  H-------H'
fn s08_lease_with_the_concurrency_cap_reached(host: &Host) {
    let br = opened(host, |c| (c.half_open_max_concurrent, c.probe_lease_ms) = (1, 500));
    admit(&br, T1);
    rejected(&br, T1 + 500 * MS - 1);
    admit(&br, T1 + 500 * MS);
    let s = br.snapshot(T1 + 500 * MS);
    assert_eq!((s.probes_lost, s.half_opened, s.probes_in_flight), (1, 2, 1));
}

//  a a a   |a   L L L     the lost ones come back after all, as late
//  H--------H'------->
fn s08_lost_probes_that_return_are_late(host: &Host) {
    let br = opened(host, |_| ());
    let lost = [admit(&br, T1), admit(&br, T1), admit(&br, T1)];
    let end = T1 + 60 * SEC;
    admit(&br, end);
    let before = br.snapshot(end);
    br.record(lost[0], HSCB_FAILURE, end);
    br.record(lost[1], HSCB_SUCCESS, end);
    br.record(lost[2], HSCB_IGNORED, end);
    only_differs(before, br.snapshot(end), |s| s.late = 3);
}

//  the lease again and again: probes that never come back never hold it for good
fn s08_lease_after_lease(host: &Host) {
    let br = opened(host, |c| (c.half_open_max_calls, c.probe_lease_ms) = (1, 1_000));
    for n in 0..100 {
        admit(&br, T1 + n * SEC);
        rejected(&br, T1 + n * SEC + SEC - 1);
    }
    assert_eq!(br.snapshot(T1 + 100 * SEC).probes_lost, 99);
}

//  a        |x     half_open_max_ms 5000: the admit reopens, from that moment, and is rejected
//  H---------O
fn s08_half_open_max_reopens_at_an_admit(host: &Host) {
    let br = opened(host, |c| (c.half_open_max_ms, c.open_backoff) = (5_000, 2.0));
    admit(&br, T1);
    let end = T1 + 5 * SEC;
    assert!(br.would_admit(end - 1));
    assert!(!br.would_admit(end));
    assert_eq!(br.retry_after(end), 2 * SEC, "the opening that the next admit will make");
    assert_eq!(mode(&br, end), HSCB_HALF_OPEN, "a query changes nothing");
    rejected(&br, end);
    let s = br.snapshot(end);
    assert_eq!((s.mode, s.open_remaining_ns, s.opened, s.rejected), (HSCB_OPEN, 2 * SEC, 2, 1));
    assert_eq!(story(host)[2], (HSCB_HALF_OPEN, HSCB_OPEN, HSCB_REASON_HALF_OPEN_TIMEOUT));
}

//  a        |S     the outcome reopens, and is then late
//  H---------O
fn s08_half_open_max_reopens_at_an_outcome(host: &Host) {
    let br = opened(host, |c| (c.half_open_max_ms, c.success_threshold) = (5_000, 1));
    let p = admit(&br, T1);
    let end = T1 + 5 * SEC + 1;
    br.record(p, HSCB_SUCCESS, end);
    let s = br.snapshot(end);
    assert_eq!((s.mode, s.late, s.successes), (HSCB_OPEN, 1, 0));
    assert_eq!(s.open_remaining_ns, SEC + MS - 1, "from that moment, rounded up");
    assert_eq!(story(host)[2], (HSCB_HALF_OPEN, HSCB_OPEN, HSCB_REASON_HALF_OPEN_TIMEOUT));
}

//  a    S|     one ns before it still closes
//  H-----C
fn s08_half_open_max_is_not_reached_before(host: &Host) {
    let br = opened(host, |c| (c.half_open_max_ms, c.success_threshold) = (5_000, 1));
    let p = admit(&br, T1);
    br.record(p, HSCB_SUCCESS, T1 + 5 * SEC - 1);
    assert_eq!(mode(&br, T1 + 5 * SEC), HSCB_CLOSED);
}

//  a a a   |x     half_open_max_ms is asked before the lease
//  H--------O
fn s08_half_open_max_goes_before_the_lease(host: &Host) {
    let br = opened(host, |c| (c.half_open_max_ms, c.probe_lease_ms) = (5_000, 1_000));
    for _ in 0..3 {
        admit(&br, T1);
    }
    rejected(&br, T1 + 5 * SEC);
    let s = br.snapshot(T1 + 5 * SEC);
    assert_eq!((s.mode, s.probes_lost), (HSCB_OPEN, 0));
}

//  a  |a  |a  |a  |x     half_open_max_ms runs from entry into half-open, through the episodes
//  H   H'  H'  H'  O
fn s08_half_open_max_runs_through_the_episodes(host: &Host) {
    let br = opened(host, |c| {
        (c.half_open_max_ms, c.probe_lease_ms, c.half_open_max_calls) = (5_000, 1_250, 1);
    });
    for n in 0..4 {
        admit(&br, T1 + n * 1_250 * MS);
    }
    rejected(&br, T1 + 5 * SEC);
    let s = br.snapshot(T1 + 5 * SEC);
    assert_eq!((s.mode, s.probes_lost, s.half_opened), (HSCB_OPEN, 3, 4));
}

//  a (a year) S S|     0 = never
//  H-------------C
fn s08_half_open_max_of_zero_is_never(host: &Host) {
    let br = opened(host, |_| ());
    let p = admit(&br, T1);
    let year = T1 + 8_760 * HOUR;
    assert_eq!(mode(&br, year), HSCB_HALF_OPEN);
    succeed(&br, 2, year);
    assert_eq!(mode(&br, year), HSCB_CLOSED);
    br.record(p, HSCB_FAILURE, year);
    assert_eq!(br.snapshot(year).late, 1);
}

//  an hour passed in which nobody called: entry is what counts, not the opening
fn s08_half_open_max_starts_at_entry(host: &Host) {
    let br = opened(host, |c| c.half_open_max_ms = 5_000);
    succeed(&br, 1, T + HOUR);
    succeed(&br, 1, T + HOUR + 5 * SEC - 1);
    assert_eq!(mode(&br, T + HOUR + 5 * SEC), HSCB_CLOSED);
}

both! {
    s08_interval_between_admissions
    s08_interval_after_an_ignored_probe
    s08_interval_does_not_hold_the_first_probe
    s08_lease_makes_a_new_episode
    s08_lease_counts_those_in_flight
    s08_lease_matters_only_once_no_probe_may_go
    s08_lease_with_the_concurrency_cap_reached
    s08_lost_probes_that_return_are_late
    s08_lease_after_lease
    s08_half_open_max_reopens_at_an_admit
    s08_half_open_max_reopens_at_an_outcome
    s08_half_open_max_is_not_reached_before
    s08_half_open_max_goes_before_the_lease
    s08_half_open_max_runs_through_the_episodes
    s08_half_open_max_of_zero_is_never
    s08_half_open_max_starts_at_entry
}
