//! S11: reconfiguration.

use crate::timeline::*;

#[track_caller]
fn configure(br: &Br, c: &Config) {
    assert_eq!(br.configure(c), HSCB_OK, "{}", last_error());
}

//  F F F F  configure(threshold 3)  S|     mode and window stay; the next record sees the new rule
//  C---------------------------------O
fn s11_it_takes_effect_at_the_next_call(host: &Host) {
    let br = host.breaker("api", &defaults());
    fail(&br, 4, T);
    let before = br.snapshot(T);
    configure(&br, &config(|c| c.failure_threshold = 3));
    assert_eq!(br.snapshot(T), before, "it keeps mode, window and generation");
    assert_eq!(story(host), []);
    succeed(&br, 1, T);
    assert_eq!(mode(&br, T), HSCB_OPEN);
}

//  F F F F  configure(threshold 50)  F F F     and the other way round
fn s11_a_rule_can_be_loosened(host: &Host) {
    let br = host.breaker("api", &defaults());
    fail(&br, 4, T);
    configure(&br, &config(|c| c.failure_threshold = 50));
    fail(&br, 3, T);
    assert_eq!((mode(&br, T), window(&br, T)), (HSCB_CLOSED, (7, 7, 0)));
}

//  each of the four empties the window and its failures; the row stays
fn s11_a_changed_window_is_emptied(host: &Host) {
    let changes: [fn(&mut Config); 4] = [
        |c| c.window = HSCB_WINDOW_CALLS,
        |c| c.window_ms = 59_999,
        |c| c.window_buckets = 11,
        |c| c.window_calls = 99,
    ];
    for (i, change) in changes.into_iter().enumerate() {
        let br = host.breaker(&format!("api-{i}"), &defaults());
        fail(&br, 4, T);
        configure(&br, &config(change));
        let s = br.snapshot(T);
        assert_eq!((s.mode, s.window(), s.generation), (HSCB_CLOSED, (0, 0, 0), 1));
        assert_eq!(s.consecutive_failures, 4);
        fail(&br, 4, T);
        assert_eq!((mode(&br, T), window(&br, T)), (HSCB_CLOSED, (4, 4, 0)), "the old failures are gone");
        fail(&br, 1, T);
        assert_eq!(mode(&br, T), HSCB_OPEN);
    }
}

//  every field but those four: nothing is emptied
fn s11_no_other_field_empties_it(host: &Host) {
    let br = host.breaker("api", &defaults());
    fail(&br, 3, T);
    let changes: [fn(&mut Config); 9] = [
        |c| c.failure_threshold = 10,
        |c| c.failure_rate = 0.9,
        |c| c.min_calls = 20,
        |c| c.consecutive_failures = 100,
        |c| c.slow_call_ms = 10,
        |c| (c.slow_rate, c.slow_call_ms, c.min_calls) = (0.5, 10, 20),
        |c| (c.open_ms, c.open_backoff, c.open_max_ms) = (1, 2.0, 3),
        |c| (c.half_open_max_calls, c.probe_lease_ms) = (1, 1),
        |c| c.retry_after_max_ms = 0,
    ];
    for change in changes {
        configure(&br, &config(change));
        assert_eq!(window(&br, T), (3, 3, 0));
    }
}

//  O |30 s|   configure(open_ms 1)   x     the running opening keeps its deadline; the next has the new one
fn s11_a_running_opening_keeps_its_deadline(host: &Host) {
    let br = host.breaker("api", &defaults());
    fail(&br, 5, T);
    configure(&br, &touchy());
    assert_eq!(br.retry_after(T), 30 * SEC);
    fail(&br, 1, T + 30 * SEC);
    assert_eq!(br.retry_after(T + 30 * SEC), SEC);
}

//  a a   configure(1 probe)   S|     in half-open: the relations are clamped at every read
//  H---------------------------C
fn s11_half_open_reads_the_new_limits(host: &Host) {
    let br = host.breaker("api", &touchy());
    fail(&br, 1, T);
    let p = admit(&br, T + SEC);
    let mut c = touchy();
    c.half_open_max_calls = 1;
    configure(&br, &c);
    rejected(&br, T + SEC);
    br.record(p, HSCB_SUCCESS, T + SEC);
    assert_eq!(mode(&br, T + SEC), HSCB_CLOSED, "success_threshold 2 is read as 1");
}

//  a (lease 60 s)  configure(lease 1 s)  a     limits in time as well
fn s11_a_running_lease_is_the_new_one(host: &Host) {
    let mut c = touchy();
    c.half_open_max_calls = 1;
    let br = host.breaker("api", &c);
    fail(&br, 1, T);
    admit(&br, T + SEC);
    rejected(&br, T + 2 * SEC);
    c.probe_lease_ms = 1_000;
    configure(&br, &c);
    admit(&br, T + 2 * SEC);
    assert_eq!(br.snapshot(T + 2 * SEC).probes_lost, 1);
}

//  a refused configuration leaves all as it was
fn s11_a_refused_configuration_changes_nothing(host: &Host) {
    let br = host.breaker("api", &defaults());
    fail(&br, 4, T);
    let before = br.snapshot(T);
    assert_eq!(br.configure(&config(|c| (c.window_ms, c.failure_threshold) = (5, 65))), HSCB_ERR_CONFIG);
    assert_eq!(br.snapshot(T), before);
    fail(&br, 1, T);
    assert_eq!(mode(&br, T), HSCB_OPEN);
    assert_eq!(br.retry_after(T), 30 * SEC);
}

//  every handle of the breaker reads the same configuration
fn s11_every_handle_sees_it(host: &Host) {
    let br = host.breaker("api", &defaults());
    let other = host.breaker("api", &defaults());
    configure(&br, &touchy());
    fail(&other, 1, T);
    assert_eq!(mode(&br, T), HSCB_OPEN);
    assert_eq!(host.try_breaker("api", Some(&defaults())).map(|(_, s)| s), Ok(HSCB_EXISTING));
    assert_eq!(host.try_breaker("api", Some(&touchy())).map(|(_, s)| s), Ok(HSCB_OK));
}

both! {
    s11_it_takes_effect_at_the_next_call
    s11_a_rule_can_be_loosened
    s11_a_changed_window_is_emptied
    s11_no_other_field_empties_it
    s11_a_running_opening_keeps_its_deadline
    s11_half_open_reads_the_new_limits
    s11_a_running_lease_is_the_new_one
    s11_a_refused_configuration_changes_nothing
    s11_every_handle_sees_it
}
