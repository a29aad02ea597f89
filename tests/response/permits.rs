//! A verdict gives a permit back.

use crate::verdicts::begin;
use holysheep_cb::response::{End, Verdict};
use holysheep_cb::{Breaker, Config, ManualClock, Mode, Segment};
use std::time::Duration;

fn verdict(status: u16) -> Verdict {
    begin(status, &[("retry-after", "7")]).end(End::Complete)
}

fn breaker() -> (Breaker<ManualClock>, ManualClock) {
    let clock = ManualClock::new();
    let config = Config::new().slow_call(Duration::from_secs(2));
    let builder = Breaker::builder().segment(&Segment::private()).config(config).clock(clock.clone());
    (builder.open("relay").unwrap(), clock)
}

/// ```text
/// 0 s        5 s
/// admitted   the body ends; its first byte was there after 1 s: not slow
/// ```
#[test]
fn the_duration_may_be_the_time_to_the_first_byte() {
    let (breaker, clock) = breaker();
    let first_byte = Duration::from_secs(1);
    for status in [200, 404, 500] {
        let (permit, owned) = (breaker.admit().unwrap(), breaker.admit_owned().unwrap());
        clock.advance(Duration::from_secs(5));
        permit.give_back_after(verdict(status).classification(), first_byte);
        owned.give_back_after(verdict(status).classification(), first_byte);
    }
    let totals = breaker.snapshot().totals;
    assert_eq!((totals.successes, totals.ignored, totals.failures, totals.slow), (2, 2, 2, 0));
    let permit = breaker.admit().unwrap();
    clock.advance(Duration::from_secs(5));
    permit.give_back(verdict(200).classification());
    assert_eq!(breaker.snapshot().totals.slow, 1);
}

#[test]
fn a_waiting_time_opens_the_breaker_for_so_long_whatever_the_duration() {
    for duration in [None, Some(Duration::from_secs(3))] {
        let (breaker, _) = breaker();
        let (permit, classification) = (breaker.admit().unwrap(), verdict(429).classification());
        match duration {
            None => permit.give_back(classification),
            Some(duration) => permit.give_back_after(classification, duration),
        }
        let snapshot = breaker.snapshot();
        assert_eq!((snapshot.mode, snapshot.totals.throttled), (Mode::Open, 1));
        assert_eq!(snapshot.totals.slow, u64::from(duration.is_some()));
        assert_eq!(breaker.retry_after(), Some(Duration::from_secs(7)));
    }
}
