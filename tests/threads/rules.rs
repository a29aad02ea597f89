//! S5, S15: a rule that simultaneous calls complete is noticed, at the latest at the next recorded call, whichever rule
//! it is and whoever comes last; and by one of them only.

use crate::arena::{Arena, BOTH, Kind, Own, SECOND, at, times};
use crate::crowd::{self, Crowd};
use holysheep_cb::{Breaker, Config, Mode, Permit, Reason, Window};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// What a thread of the crowd does with its one call of a round.
#[derive(Clone, Copy, Debug)]
enum Call {
    Fails,
    Succeeds,
    IsSlow,
}

impl Call {
    fn give_back(self, permit: Permit<'_, Own>) {
        match self {
            Self::Fails => permit.failure(),
            Self::Succeeds => permit.success(),
            Self::IsSlow => permit.success_after(Duration::from_secs(2)),
        }
    }
}

struct Case {
    config: Config,
    calls: fn(usize) -> Call,
    reason: Reason,
}

/// Rules that hold exactly when all `n` calls are in.
fn cases(n: u32) -> [Case; 6] {
    let plain = Config::new().failure_threshold(0).failure_rate(0.0);
    let all_fail = |_| Call::Fails;
    let half_fail = |me| if me % 2 == 0 { Call::Fails } else { Call::Succeeds };
    let half_slow = |me| if me % 2 == 0 { Call::IsSlow } else { Call::Succeeds };
    let slow = plain.slow_call(Duration::from_secs(1)).slow_rate(0.25).min_calls(n);
    let rate = plain.failure_rate(0.25).min_calls(n);
    [
        Case { config: plain.failure_threshold(n), calls: all_fail, reason: Reason::Failure },
        Case { config: rate, calls: half_fail, reason: Reason::Failure },
        Case { config: plain.consecutive_failures(n), calls: all_fail, reason: Reason::Row },
        Case { config: slow, calls: half_slow, reason: Reason::Slow },
        Case { config: rate.window(Window::Calls), calls: half_fail, reason: Reason::Failure },
        Case { config: slow.window(Window::Calls), calls: half_slow, reason: Reason::Slow },
    ]
}

/// Rounds of one call per thread; how often the calls met, and how often it took the next call to notice.
fn rounds(kind: Kind, case: &Case, rounds: u64) -> (u64, u64) {
    let arena = Arena::new(kind);
    let breaker = arena.breaker("rules", case.config);
    let late = AtomicU64::new(0);
    let (crowd, _) = Crowd::run(crowd::size(), |me, crowd| {
        let mut events = arena.segment.events();
        for round in 0..rounds {
            at((round + 1) * SECOND);
            let permit = breaker.admit().expect("closed admits");
            crowd.gate();
            crowd.meet(|| (case.calls)(me).give_back(permit));
            crowd.gate();
            if me == 0 {
                late.fetch_add(notice(&breaker, case, round), Ordering::Relaxed);
                let told: Vec<_> = events.by_ref().map(|e| (e.from, e.to, e.reason)).collect();
                assert_eq!(told, [(Mode::Closed, Mode::Open, case.reason)], "round {round}");
                breaker.reset();
                assert_eq!(events.next().map(|e| e.reason), Some(Reason::Operator));
            }
            crowd.gate();
        }
    });
    assert_eq!(breaker.snapshot().totals.opened, rounds);
    (crowd.met(), late.into_inner())
}

/// It is open, or one more call opens it; how many it took.
fn notice(breaker: &Breaker<Own>, case: &Case, round: u64) -> u64 {
    if breaker.snapshot().mode == Mode::Open {
        return 0;
    }
    let permit = breaker.admit().expect("still closed");
    if case.reason == Reason::Row {
        permit.failure()
    } else {
        permit.success()
    }
    let after = breaker.snapshot();
    assert_eq!(after.mode, Mode::Open, "round {round} of {:?}: {after:?}", case.config);
    1
}

#[test]
fn a_rule_that_simultaneous_calls_complete_is_noticed() {
    let mut late = 0;
    for kind in BOTH {
        for case in cases(crowd::size() as u32) {
            crowd::until_met(50, || {
                let (met, next) = rounds(kind, &case, 400 * times());
                late += next;
                met
            });
        }
    }
    println!("{late} rounds were noticed at the next call only");
}
