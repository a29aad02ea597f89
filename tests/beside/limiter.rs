use holysheep_cb::{ErrorKind, Limiter, LimiterConfig, ManualClock, Segment, ServerLimits, Share};
use proptest::prelude::*;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

const SECOND: Duration = Duration::from_secs(1);

fn limiter(config: LimiterConfig) -> (Limiter<ManualClock>, ManualClock) {
    let clock = ManualClock::new();
    clock.advance(Duration::from_secs(1000));
    let builder = Limiter::builder().segment(&Segment::private()).config(config).clock(clock.clone());
    (builder.open("relay").expect("a limiter"), clock)
}

#[test]
fn the_tiers_of_the_relay() {
    for (limit, spacing) in [(60, SECOND), (600, Duration::from_millis(100))] {
        let (limiter, clock) = limiter(LimiterConfig::per_minute(limit));
        assert!(limiter.try_acquire(1).is_ok());
        let limited = limiter.try_acquire(1).expect_err("the second comes too early");
        assert_eq!((limited.retry_after, limiter.retry_after(1)), (spacing, spacing));
        clock.advance(spacing);
        assert!(limiter.try_acquire(1).is_ok());
        let shown = limiter.snapshot();
        assert_eq!((shown.admitted, shown.units, shown.refused, shown.available), (2, 2, 1, 0));
        assert_eq!((shown.limit, shown.period, shown.burst), (limit, 60 * SECOND, 1));
    }
}

#[test]
fn requests_and_tokens_are_two_limiters_and_each_call_pays_both() {
    let (requests, _) = limiter(LimiterConfig::per_minute(60).burst(60));
    let (tokens, clock) = limiter(LimiterConfig::per_minute(1000).burst(1000));
    for cost in [400, 500] {
        assert!(requests.try_acquire(1).is_ok() && tokens.try_acquire(cost).is_ok());
    }
    assert!(requests.try_acquire(1).is_ok());
    let limited = tokens.try_acquire(200).expect_err("100 are left");
    requests.give_back(1);
    assert_eq!(requests.snapshot().available, 58);
    assert_eq!(limited.retry_after, 6 * SECOND);
    // The first call had asked for 400 and used 300, the second had asked for 500 and used 650.
    tokens.give_back(100);
    tokens.charge(150);
    assert_eq!(tokens.snapshot().available, 50);
    clock.advance(9 * SECOND);
    assert!(tokens.try_acquire(200).is_ok());
}

#[test]
fn a_turn_that_is_dropped_gives_its_units_back() {
    let (limiter, clock) = limiter(LimiterConfig::per_minute(60));
    limiter.try_acquire(1).expect("the first goes");
    let turn = limiter.reserve(1, SECOND).expect("there is patience");
    assert_eq!((turn.due_in(), limiter.retry_after(1)), (SECOND, 2 * SECOND));
    drop(turn);
    assert_eq!(limiter.retry_after(1), SECOND);
    let turn = limiter.reserve(1, SECOND).expect("there is patience");
    clock.advance(SECOND);
    assert_eq!(turn.due_in(), Duration::ZERO);
    turn.go();
    assert_eq!((limiter.snapshot().admitted, limiter.retry_after(1)), (2, SECOND));
    let turn = limiter.reserve(1, SECOND).expect("there is patience");
    limiter.pause(5 * SECOND);
    assert_eq!(turn.give_up().retry_after, 6 * SECOND);
    assert_eq!((limiter.snapshot().refused, limiter.retry_after(1)), (1, 6 * SECOND));
}

#[test]
fn the_server_knows_better_where_it_has_less() {
    let (limiter, clock) = limiter(LimiterConfig::per_minute(600).burst(100));
    let says = |limit, remaining, reset| limiter.correct(ServerLimits { limit, remaining, reset });
    says(Some(60), Some(1000), None);
    assert_eq!((limiter.snapshot().server_limit, limiter.snapshot().available), (Some(60), 100));
    says(None, Some(10), None);
    assert_eq!(limiter.snapshot().available, 10);
    says(None, Some(50), Some(SECOND));
    assert_eq!(limiter.snapshot().available, 10, "more is not believed");
    clock.advance(5 * SECOND);
    assert_eq!(limiter.snapshot().available, 15, "the server's limit is in force: one a second");
    says(Some(6000), None, None);
    assert_eq!(limiter.retry_after(200), Duration::from_millis(8500), "never above the configured limit");
    says(None, Some(0), Some(30 * SECOND));
    let shown = limiter.snapshot();
    assert_eq!((shown.available, shown.paused, shown.retry_after), (0, 30 * SECOND, 30 * SECOND));
    says(Some(0), None, None);
    assert_eq!(limiter.snapshot().server_limit, Some(6000), "a limit of 0 is no limit");
}

#[test]
fn a_pause_holds_everybody_and_ends_one_by_one() {
    let (limiter, clock) = limiter(LimiterConfig::per_minute(60).burst(10));
    limiter.try_acquire(10).expect("a burst");
    let waiting = limiter.reserve(1, SECOND).expect("there is patience");
    for _ in 0..20 {
        limiter.pause(5 * SECOND); // twenty calls in flight hear one 429 each
    }
    assert_eq!((limiter.snapshot().pauses, waiting.due_in()), (1, 6 * SECOND));
    clock.advance(6 * SECOND);
    waiting.go();
    assert!(limiter.try_acquire(1).is_err());
    clock.advance(SECOND);
    assert_eq!([(); 2].map(|()| limiter.try_acquire(1).is_ok()), [true, false]);
}

#[test]
fn waiting_ends_when_it_is_our_turn_and_is_refused_at_once_where_it_would_take_too_long() {
    let config = LimiterConfig::new(10, SECOND);
    let limiter =
        Limiter::builder().segment(&Segment::private()).config(config).open("relay").expect("a limiter");
    let begun = Instant::now();
    limiter.acquire(1, Duration::ZERO).expect("the first goes");
    limiter.acquire(1, 5 * SECOND).expect("there is patience");
    assert!(begun.elapsed() >= Duration::from_millis(99), "{:?}", begun.elapsed());
    limiter.charge(1000);
    let begun = Instant::now();
    let limited = limiter.acquire(1, 20 * SECOND).expect_err("it would take 100 s");
    assert!(limited.retry_after > 20 * SECOND);
    assert!(begun.elapsed() < 10 * SECOND);
}

/// A pause that comes while a call waits, and is longer than its patience: told then, not when its time is up.
#[test]
fn a_waiter_hears_of_a_pause() {
    let config = LimiterConfig::new(1, 600 * SECOND);
    let limiter =
        Limiter::builder().segment(&Segment::private()).config(config).open("relay").expect("a limiter");
    limiter.acquire(1, Duration::ZERO).expect("the first goes");
    let (asking, begun) = (AtomicU32::new(0), Instant::now());
    std::thread::scope(|scope| {
        let waiter = scope.spawn(|| {
            asking.store(1, Ordering::SeqCst);
            limiter.acquire(1, 1200 * SECOND)
        });
        while asking.load(Ordering::SeqCst) == 0 || limiter.retry_after(1) <= 600 * SECOND {
            std::thread::yield_now();
        }
        limiter.pause(1000 * SECOND);
        let limited = waiter.join().expect("no panic").expect_err("the pause is longer");
        assert!(limited.retry_after > 900 * SECOND && begun.elapsed() < 30 * SECOND);
    });
}

#[test]
fn configuring_is_for_everybody_and_checked() {
    let segment = Segment::private();
    let open = || Limiter::builder().segment(&segment).config(LimiterConfig::per_minute(60)).open("relay");
    let (one, other) = (open().expect("a limiter"), open().expect("the same"));
    one.configure(LimiterConfig::per_minute(600).burst(7)).expect("in range");
    assert_eq!(other.config(), LimiterConfig::per_minute(600).burst(7));
    let error = one.configure(LimiterConfig::new(1, Duration::ZERO)).expect_err("no period");
    assert_eq!(
        (error.kind(), error.to_string().as_str()),
        (ErrorKind::Config, "period_ms is 0, but must be within 1..=86400000")
    );
    assert_eq!(other.config(), LimiterConfig::per_minute(600).burst(7));
}

/// What a limiter should do, slowly: keeps when each unit went, and lets a call go if every window that ends at it is
/// within the limit.
struct Oracle {
    gone: Vec<(u64, u64)>,
    config: (u64, u64, u64),
}

impl Oracle {
    /// In every window of length t that ends now: units <= burst + t * limit / period.
    fn may_go(&self, now: u64, units: u64) -> bool {
        let (limit, period, burst) = self.config;
        let mut sum = units;
        self.gone.iter().rev().all(|&(at, n)| {
            sum += n;
            u128::from(sum.saturating_sub(burst)) * u128::from(period)
                <= u128::from(now - at) * u128::from(limit)
        })
    }
}

proptest! {
    /// Whole milliseconds and rates that divide them, so that rounding is not in question.
    #[test]
    fn no_window_of_any_length_is_ever_exceeded_and_nothing_is_refused_without_need(
        limit in prop::sample::select(vec![1u32, 2, 5, 10, 20, 50, 100]),
        burst in 1u32..20,
        steps in prop::collection::vec((0u64..40, 1u32..5), 1..200),
    ) {
        let (limiter, clock) = limiter(LimiterConfig::new(limit, SECOND).burst(burst));
        let mut oracle = Oracle { gone: Vec::new(), config: (limit.into(), 1_000_000_000, burst.into()) };
        let mut now = 0;
        for (wait, units) in steps {
            let units = units.min(burst);
            now += wait * 1_000_000;
            clock.advance(Duration::from_millis(wait));
            let goes = limiter.try_acquire(units).is_ok();
            prop_assert_eq!(goes, oracle.may_go(now, units.into()), "at {} ns, {} units", now, units);
            if goes {
                oracle.gone.push((now, units.into()));
            }
        }
    }
}

const TENTH: Share = Share { floor: 100_000, lent: 0, lent_for: Duration::ZERO, hosts: 10 };

#[test]
fn a_share_is_checked() {
    let (limiter, _) = limiter(LimiterConfig::per_minute(600));
    for (share, message) in [
        (Share { floor: 0, ..TENTH }, "floor is 0, but must be within 1..=1000000"),
        (Share { floor: 1_000_001, ..TENTH }, "floor is 1000001, but must be within 1..=1000000"),
        (Share { lent: 900_001, ..TENTH }, "lent is 900001, but must be within 0..=900000"),
        (Share { hosts: 0, ..TENTH }, "hosts is 0, but must be within 1..=10000"),
    ] {
        let error = limiter.set_share(share).expect_err("out of range");
        assert_eq!((error.kind(), error.to_string()), (ErrorKind::Config, message.to_owned()));
    }
    assert_eq!(limiter.snapshot().share, None);
}

#[test]
fn a_share_holds_for_every_handle_until_what_is_lent_goes_back() {
    let (clock, segment) = (ManualClock::new(), Segment::private());
    clock.advance(1000 * SECOND);
    let open = || {
        let builder = Limiter::builder().segment(&segment).clock(clock.clone());
        builder.config(LimiterConfig::per_minute(600).burst(100)).open("relay").expect("a limiter")
    };
    let (agent, worker) = (open(), open());
    agent.set_share(Share { lent: 400_000, lent_for: 5 * SECOND, ..TENTH }).expect("in range");
    assert_eq!(worker.snapshot().available, 10, "a tenth of the burst");
    (0..10).for_each(|_| worker.try_acquire(1).expect("the burst"));
    assert_eq!(worker.retry_after(1), Duration::from_millis(200), "half of ten a second");
    let turn = worker.reserve(1, SECOND).expect("there is patience");
    clock.advance(5 * SECOND);
    assert_eq!(turn.due_in(), Duration::ZERO);
    turn.go();
    assert_eq!(worker.snapshot().share, Some(TENTH));
    while worker.try_acquire(1).is_ok() {}
    assert!((900..=1000).contains(&worker.retry_after(1).as_millis()), "a tenth of ten a second");
    agent.set_share(Share::WHOLE).expect("in range");
    assert!(worker.retry_after(1) <= Duration::from_millis(100));
}

#[test]
fn a_pause_is_as_long_whatever_the_share() {
    let (limiter, clock) = limiter(LimiterConfig::per_minute(600));
    limiter.set_share(TENTH).expect("in range");
    limiter.pause(10 * SECOND);
    assert_eq!(limiter.snapshot().paused, 10 * SECOND);
    clock.advance(4 * SECOND);
    limiter.set_share(Share { lent: 900_000, lent_for: 5 * SECOND, ..TENTH }).expect("in range");
    assert_eq!((limiter.snapshot().paused, limiter.retry_after(1)), (6 * SECOND, 6 * SECOND));
    clock.advance(6 * SECOND);
    limiter.set_share(Share { lent: 900_000, lent_for: 5 * SECOND, ..TENTH }).expect("in range");
    assert_eq!([(); 2].map(|()| limiter.try_acquire(1).is_ok()), [true, false]);
    assert_eq!(limiter.retry_after(1), Duration::from_millis(100));
}

proptest! {
    /// However the share changes, no more units go in any time than it allows, and one.
    #[test]
    fn shares_are_never_exceeded(steps in prop::collection::vec((0..4_u32, 1..3000_u64, 1..=10_u32), 1..60)) {
        let (limiter, clock) = limiter(LimiterConfig::new(100, SECOND));
        let (mut share, mut allowed, mut gone, mut least) = (1_000_000_u64, 0_u64, 0_u64, 0_i128);
        for (what, ms, tenths) in steps {
            if what == 0 {
                limiter.set_share(Share { floor: tenths * 100_000, lent: 0, lent_for: Duration::ZERO, hosts: 2 }).expect("in range");
                share = u64::from(tenths) * 100_000;
            }
            for _ in 0..ms / 10 {
                while what < 3 && limiter.try_acquire(1).is_ok() {
                    gone += 1;
                }
                // In millionths of a unit: 100 a second, for 10 ms, times the share.
                let over = i128::from(gone) * 1_000_000 - i128::from(allowed);
                prop_assert!(over <= least + 1_000_000, "{over} {least}");
                least = least.min(over);
                clock.advance(Duration::from_millis(10));
                allowed += share;
            }
        }
    }
}
