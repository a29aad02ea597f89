//! Section 2: defaults, ranges, relations and clamps.

use crate::timeline::*;

/// A field of the table: its name, how it is set, its least and its largest value.
type Field = (&'static str, fn(&mut Config, f64), f64, f64);

macro_rules! whole {
    ($name:ident, $least:expr, $most:expr) => {
        (stringify!($name), |c, v| c.$name = v as u32, $least as f64, $most as f64)
    };
}

macro_rules! real {
    ($name:ident, $least:expr, $most:expr) => {
        (stringify!($name), |c, v| c.$name = v, $least, $most)
    };
}

const DAY_MS: u32 = 86_400_000;

const FIELDS: [Field; 22] = [
    whole!(failure_threshold, 0, 64),
    real!(failure_rate, 0.0, 1.0),
    whole!(min_calls, 0, 1 << 20),
    whole!(consecutive_failures, 0, 1024),
    real!(slow_rate, 0.0, 1.0),
    whole!(slow_call_ms, 0, DAY_MS),
    whole!(window_ms, 1, DAY_MS),
    whole!(window_buckets, 1, 64),
    whole!(window_calls, 1, 1024),
    whole!(open_ms, 1, DAY_MS),
    real!(open_backoff, 1.0, 10.0),
    whole!(open_max_ms, 1, DAY_MS),
    real!(open_jitter, 0.0, 1.0),
    whole!(half_open_max_calls, 1, 255),
    whole!(half_open_max_concurrent, 0, 255),
    whole!(success_threshold, 1, 255),
    whole!(half_open_interval_ms, 0, DAY_MS),
    whole!(half_open_max_ms, 0, DAY_MS),
    whole!(probe_lease_ms, 1, u32::MAX),
    whole!(retry_after_max_ms, 0, DAY_MS),
    // enums: their constants are 0 and 1
    whole!(window, 0, 1),
    whole!(half_open_verdict, 0, 1),
];

/// Every relation holds here, whichever field then moves to an end of its range.
fn roomy() -> Config {
    config(|c| {
        c.min_calls = 10;
        c.slow_call_ms = 1;
    })
}

/// The numbers in a message: "0..=64" has 0 and 64.
fn numbers(message: &str) -> Vec<f64> {
    let bytes = message.as_bytes();
    let digit = |i: usize| bytes.get(i).is_some_and(u8::is_ascii_digit);
    let mut numbers = Vec::new();
    let mut i = 0;
    while i < bytes.len() {
        let start = i;
        while digit(i) || (i > start && bytes[i] == b'.' && digit(i + 1)) {
            i += 1;
            if i == bytes.len() {
                break;
            }
        }
        if i > start {
            let value: f64 = message[start..i].parse().expect("digits");
            let negative = start > 0 && bytes[start - 1] == b'-';
            numbers.push(if negative { -value } else { value });
        } else {
            i += 1;
        }
    }
    numbers
}

fn s02_config_defaults_are_those_of_the_table(host: &Host) {
    let c = defaults();
    assert_eq!((c.failure_threshold, c.failure_rate, c.min_calls, c.consecutive_failures), (5, 0.5, 0, 0));
    assert_eq!((c.slow_rate, c.slow_call_ms), (0.0, 0));
    assert_eq!(
        (c.window, c.window_ms, c.window_buckets, c.window_calls),
        (HSCB_WINDOW_TIME, 60_000, 10, 100)
    );
    assert_eq!((c.open_ms, c.open_backoff, c.open_max_ms, c.open_jitter), (30_000, 1.0, 300_000, 0.0));
    assert_eq!((c.half_open_max_calls, c.half_open_max_concurrent, c.success_threshold), (3, 0, 2));
    assert_eq!((c.half_open_verdict, c.half_open_interval_ms), (HSCB_VERDICT_STRICT, 0));
    assert_eq!((c.half_open_max_ms, c.probe_lease_ms, c.retry_after_max_ms), (0, 60_000, 300_000));
    // A breaker opened without a configuration has them: opened again with them, nothing differs.
    assert_eq!(host.try_breaker("api", None).map(|(_, status)| status), Ok(HSCB_OK));
    assert_eq!(host.try_breaker("api", Some(&c)).map(|(_, status)| status), Ok(HSCB_OK));
}

fn s02_config_both_ends_of_every_range_are_allowed(host: &Host) {
    let br = host.breaker("api", &roomy());
    for (name, put, least, most) in FIELDS {
        for value in [least, most] {
            let mut c = roomy();
            put(&mut c, value);
            assert_eq!(br.configure(&c), HSCB_OK, "{name} = {value}: {}", last_error());
        }
    }
}

fn s02_config_an_error_names_field_value_and_range(host: &Host) {
    let existing = host.breaker("existing", &roomy());
    for (name, put, least, most) in FIELDS {
        let real = matches!(name, "failure_rate" | "slow_rate" | "open_backoff" | "open_jitter");
        let mut outside = if real { vec![least - 0.25, most + 0.25] } else { vec![least - 1.0, most + 1.0] };
        outside.retain(|&v| real || (v >= 0.0 && v <= f64::from(u32::MAX)));
        let by_name = matches!(name, "window" | "half_open_verdict");
        for value in outside {
            let mut c = roomy();
            put(&mut c, value);
            let check = |status: i32| {
                let said = last_error();
                assert_eq!(status, HSCB_ERR_CONFIG, "{name} = {value}: {said}");
                assert!(said.contains(name), "{said:?} does not name {name}");
                assert!(numbers(&said).contains(&value), "{said:?} does not say {value}");
                let range = by_name || (numbers(&said).contains(&least) && numbers(&said).contains(&most));
                assert!(range, "{said:?} does not say {least}..={most}");
            };
            check(host.try_breaker("new", Some(&c)).map(|_| ()).expect_err(name));
            check(existing.configure(&c));
        }
        for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY].into_iter().filter(|_| real) {
            let mut c = roomy();
            put(&mut c, value);
            assert_eq!(existing.configure(&c), HSCB_ERR_CONFIG, "{name} = {value}");
            assert!(last_error().contains(name), "{:?} does not name {name}", last_error());
        }
    }
    // Nothing of what was refused came to hold.
    assert_eq!(host.try_breaker("existing", Some(&roomy())).map(|(_, status)| status), Ok(HSCB_OK));
}

fn contradictory(host: &Host, names: &[&str], change: fn(&mut Config)) {
    let c = config(change);
    let status = host.try_breaker("api", Some(&c)).map(|_| ()).expect_err(names[0]);
    assert_eq!(status, HSCB_ERR_CONFIG, "{}", last_error());
    for name in names {
        assert!(last_error().contains(name), "{:?} does not name {name}", last_error());
    }
}

fn s02_config_relations_that_are_errors(host: &Host) {
    contradictory(host, &["failure_rate", "failure_threshold", "min_calls"], |c| c.failure_threshold = 0);
    contradictory(host, &["slow_rate", "min_calls"], |c| (c.slow_rate, c.slow_call_ms) = (0.5, 100));
    contradictory(host, &["slow_rate", "slow_call_ms"], |c| (c.slow_rate, c.min_calls) = (0.5, 10));
    contradictory(host, &["half_open_verdict"], |c| {
        (c.half_open_verdict, c.failure_rate) = (HSCB_VERDICT_RATE, 0.0);
    });
    contradictory(host, &["failure_threshold", "10", "9"], |c| {
        (c.window, c.window_calls, c.failure_threshold) = (HSCB_WINDOW_CALLS, 9, 10);
    });
}

fn s02_config_relations_that_are_not(host: &Host) {
    let br = host.breaker("api", &defaults());
    let allowed: [fn(&mut Config); 6] = [
        |c| (c.failure_threshold, c.min_calls) = (0, 1),
        |c| (c.slow_rate, c.slow_call_ms, c.min_calls) = (0.5, 100, 1),
        |c| {
            (c.half_open_verdict, c.failure_rate) = (HSCB_VERDICT_RATE, 0.0);
            (c.slow_rate, c.slow_call_ms, c.min_calls) = (0.5, 100, 1);
        },
        |c| (c.window, c.window_calls, c.failure_threshold) = (HSCB_WINDOW_CALLS, 10, 10),
        |c| (c.window_calls, c.failure_threshold) = (9, 10), // with a window of time
        |c| (c.open_ms, c.open_max_ms) = (1_000, 1),
    ];
    for (i, change) in allowed.into_iter().enumerate() {
        assert_eq!(br.configure(&config(change)), HSCB_OK, "{i}: {}", last_error());
    }
}

//  F F F ... (100)          all rules off
//  C-------------------->
fn s02_config_all_off_is_valid_and_never_trips(host: &Host) {
    let br = host.breaker("api", &no_rule());
    fail(&br, 100, T);
    assert_eq!(mode(&br, T), HSCB_CLOSED);
    assert_eq!(br.snapshot(T).opened, 0);
    // threshold and rate both 0: min_calls alone makes no failure rule
    let min_calls_only = config(|c| (c.failure_threshold, c.failure_rate, c.min_calls) = (0, 0.0, 5));
    let br = host.breaker("min calls only", &min_calls_only);
    fail(&br, 100, T);
    assert_eq!(mode(&br, T), HSCB_CLOSED);
}

//  F F F F F|
//  C--------O
fn s02_config_the_default_opens_at_the_fifth_failure_of_a_dead_service(host: &Host) {
    let br = host.breaker("api", &defaults());
    fail(&br, 4, T);
    assert_eq!(mode(&br, T), HSCB_CLOSED);
    fail(&br, 1, T);
    assert_eq!(mode(&br, T), HSCB_OPEN);
}

//  999 S, F, 999 S, F ... in one window: six failures, one in a thousand
//  C---------------------------------->
fn s02_config_the_default_does_not_open_a_busy_service(host: &Host) {
    let br = host.breaker("api", &defaults());
    for i in 0..6 {
        succeed(&br, 999, T + i * SEC);
        fail(&br, 1, T + i * SEC);
    }
    assert_eq!(window(&br, T + 6 * SEC - 1), (6_000, 6, 0));
    assert_eq!(mode(&br, T + 6 * SEC), HSCB_CLOSED);
}

//  93 S, 6 F: 6 of 99;  F: 7 of 100 reach 0.07
//  C---------------------O
fn s02_config_rates_are_compared_in_integers(host: &Host) {
    let c = config(|c| (c.failure_threshold, c.failure_rate, c.min_calls) = (1, 0.07, 100));
    let br = host.breaker("api", &c);
    succeed(&br, 93, T);
    fail(&br, 6, T);
    assert_eq!(mode(&br, T), HSCB_CLOSED);
    fail(&br, 1, T);
    assert_eq!(mode(&br, T), HSCB_OPEN);

    // One success more, and 7 of 101 do not.
    let br = host.breaker("not quite", &c);
    succeed(&br, 94, T);
    fail(&br, 7, T);
    assert_eq!(mode(&br, T), HSCB_CLOSED);
}

//  a third is 333333 ppm, rounded: 1 of 3 reaches it
fn s02_config_a_third_of_three_is_reached(host: &Host) {
    let c = config(|c| (c.failure_threshold, c.failure_rate, c.min_calls) = (0, 1.0 / 3.0, 3));
    let br = host.breaker("api", &c);
    succeed(&br, 2, T);
    fail(&br, 1, T);
    assert_eq!(mode(&br, T), HSCB_OPEN);
    // two thirds are 666667 ppm, rounded up: 2 of 3 do not reach it
    let c = config(|c| (c.failure_threshold, c.failure_rate, c.min_calls) = (0, 2.0 / 3.0, 3));
    let br = host.breaker("two thirds", &c);
    succeed(&br, 1, T);
    fail(&br, 2, T);
    assert_eq!(mode(&br, T), HSCB_CLOSED);
}

//  threshold 3, rate 0.5, min_calls 8: each of the three is asked for
fn s02_config_the_failure_rule_asks_for_all_three(host: &Host) {
    let c = config(|c| (c.failure_threshold, c.failure_rate, c.min_calls) = (3, 0.5, 8));
    let br = host.breaker("calls", &c);
    fail(&br, 7, T);
    assert_eq!(mode(&br, T), HSCB_CLOSED, "7 calls of 8");
    fail(&br, 1, T);
    assert_eq!(mode(&br, T), HSCB_OPEN);

    let br = host.breaker("rate", &c);
    succeed(&br, 10, T);
    fail(&br, 9, T);
    assert_eq!(mode(&br, T), HSCB_CLOSED, "9 of 19");
    fail(&br, 1, T);
    assert_eq!(mode(&br, T), HSCB_OPEN, "10 of 20");

    let c = config(|c| (c.failure_threshold, c.failure_rate, c.min_calls) = (3, 0.0, 0));
    let br = host.breaker("threshold", &c);
    succeed(&br, 1_000, T);
    fail(&br, 2, T);
    assert_eq!(mode(&br, T), HSCB_CLOSED, "2 of 3");
    fail(&br, 1, T);
    assert_eq!(mode(&br, T), HSCB_OPEN, "any share");
}

//  F F S F F I F|     consecutive_failures 3
//  C------------O
fn s02_config_the_row_rule(host: &Host) {
    let mut c = no_rule();
    c.consecutive_failures = 3;
    let br = host.breaker("api", &c);
    fail(&br, 2, T);
    assert_eq!(br.snapshot(T).consecutive_failures, 2);
    succeed(&br, 1, T);
    assert_eq!(br.snapshot(T).consecutive_failures, 0, "a success ends the row");
    fail(&br, 2, T);
    calls(&br, 1, HSCB_IGNORED, T);
    assert_eq!(br.snapshot(T).consecutive_failures, 2, "ignored does not");
    // The row is no window: an hour between two failures is nothing to it.
    fail(&br, 1, T + HOUR);
    assert_eq!(mode(&br, T + HOUR), HSCB_OPEN);
    assert_eq!(story(host), [(HSCB_CLOSED, HSCB_OPEN, HSCB_REASON_ROW)]);
}

//  s S s S|     slow_rate 0.5, min_calls 4 (s: a slow success)
//  C------O
fn s02_config_the_slow_rule(host: &Host) {
    let mut c = no_rule();
    (c.slow_rate, c.slow_call_ms, c.min_calls) = (0.5, 100, 4);
    let br = host.breaker("api", &c);
    slow_success(&br, 100 * MS, T);
    slow_success(&br, 100 * MS - 1, T);
    slow_success(&br, 100 * MS, T);
    assert_eq!(window(&br, T), (3, 0, 2));
    assert_eq!(mode(&br, T), HSCB_CLOSED, "min_calls");
    slow_success(&br, 0, T);
    assert_eq!(mode(&br, T), HSCB_OPEN, "2 of 4, completed by a call that was not slow");
    assert_eq!(story(host), [(HSCB_CLOSED, HSCB_OPEN, HSCB_REASON_SLOW)]);
}

fn s02_config_no_call_is_slow_where_slow_call_ms_is_0(host: &Host) {
    let br = host.breaker("api", &defaults());
    slow_success(&br, u64::MAX, T);
    assert_eq!(br.snapshot(T).slow, 0);
    assert_eq!(window(&br, T), (1, 0, 0));
}

//  failure, row and slow are all met by one call: the reason is the first of them
fn s02_config_the_first_rule_met_gives_the_reason(host: &Host) {
    let all = |c: &mut Config| {
        (c.failure_threshold, c.consecutive_failures) = (2, 2);
        (c.slow_rate, c.slow_call_ms, c.min_calls) = (1.0, 1, 2);
    };
    type Without = fn(&mut Config);
    let rules: [(u32, Without); 3] = [
        (HSCB_REASON_FAILURE, |_| ()),
        (HSCB_REASON_ROW, |c| (c.failure_threshold, c.failure_rate) = (0, 0.0)),
        (HSCB_REASON_SLOW, |c| {
            (c.failure_threshold, c.failure_rate, c.consecutive_failures) = (0, 0.0, 0);
        }),
    ];
    let mut cursor = 0;
    for (i, (reason, without)) in rules.into_iter().enumerate() {
        let mut c = config(all);
        without(&mut c);
        let br = host.breaker(&format!("api-{i}"), &c);
        for _ in 0..2 {
            br.record_duration(admit(&br, T), HSCB_FAILURE, SEC, T);
        }
        let events = host.events(&mut cursor);
        assert_eq!(events.iter().map(|e| e.reason).collect::<Vec<_>>(), [reason]);
    }
}

//  window of 3 calls, min_calls 50 is read as 3:  S F F|
//                                                 C----O
fn s02_config_min_calls_is_clamped_to_window_calls(host: &Host) {
    let c = config(|c| {
        (c.window, c.window_calls) = (HSCB_WINDOW_CALLS, 3);
        (c.failure_threshold, c.failure_rate, c.min_calls) = (1, 0.5, 50);
    });
    let br = host.breaker("api", &c);
    succeed(&br, 1, T);
    fail(&br, 1, T);
    assert_eq!(mode(&br, T), HSCB_CLOSED, "2 calls of 3");
    fail(&br, 1, T);
    assert_eq!(mode(&br, T), HSCB_OPEN);
}

//  success_threshold 200 is read as half_open_max_calls, 2:   a S a S|
//                                                            O H-----C
fn s02_config_success_threshold_is_clamped_to_the_probes(host: &Host) {
    let c = config(|c| (c.success_threshold, c.half_open_max_calls) = (200, 2));
    let br = host.breaker("api", &c);
    open_for(&br, 1, T);
    succeed(&br, 1, T + MS);
    assert_eq!(mode(&br, T + MS), HSCB_HALF_OPEN);
    succeed(&br, 1, T + MS);
    assert_eq!(mode(&br, T + MS), HSCB_CLOSED);
}

//  open_ms 1000, open_max_ms 10: the cap is never less than open_ms
fn s02_config_open_max_ms_is_never_less_than_open_ms(host: &Host) {
    let mut c = touchy();
    (c.open_max_ms, c.open_backoff) = (10, 3.0);
    let br = host.breaker("api", &c);
    fail(&br, 1, T);
    assert_eq!(br.retry_after(T), SEC);
    fail(&br, 1, T + SEC);
    assert_eq!(br.retry_after(T + SEC), SEC);
}

both! {
    s02_config_defaults_are_those_of_the_table
    s02_config_both_ends_of_every_range_are_allowed
    s02_config_an_error_names_field_value_and_range
    s02_config_relations_that_are_errors
    s02_config_relations_that_are_not
    s02_config_all_off_is_valid_and_never_trips
    s02_config_the_default_opens_at_the_fifth_failure_of_a_dead_service
    s02_config_the_default_does_not_open_a_busy_service
    s02_config_rates_are_compared_in_integers
    s02_config_a_third_of_three_is_reached
    s02_config_the_failure_rule_asks_for_all_three
    s02_config_the_row_rule
    s02_config_the_slow_rule
    s02_config_no_call_is_slow_where_slow_call_ms_is_0
    s02_config_the_first_rule_met_gives_the_reason
    s02_config_min_calls_is_clamped_to_window_calls
    s02_config_success_threshold_is_clamped_to_the_probes
    s02_config_open_max_ms_is_never_less_than_open_ms
}
