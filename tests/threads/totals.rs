//! S13, S15: totals are exact to the last call.

use crate::arena::{Arena, BOTH, Kind, Random, times};
use crate::crowd::{self, Crowd};
use holysheep_cb::{Breaker, Config, Segment, Totals};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// No rule is on, ticks are short, and no call is slow by itself.
fn no_rules() -> Config {
    Config::new()
        .failure_threshold(0)
        .failure_rate(0.0)
        .window_length(Duration::from_millis(50))
        .slow_call(Duration::from_secs(3600))
        .open(Duration::from_millis(1))
        .probe_lease(Duration::from_millis(2))
}

/// What one thread did.
#[derive(Default, Clone, Copy, PartialEq, Eq, Debug)]
struct Done {
    admitted: u64,
    rejected: u64,
    successes: u64,
    failures: u64,
    slow: u64,
    ignored: u64,
}

impl Done {
    fn sum(all: &[Self]) -> Self {
        all.iter().fold(Self::default(), |a, b| Self {
            admitted: a.admitted + b.admitted,
            rejected: a.rejected + b.rejected,
            successes: a.successes + b.successes,
            failures: a.failures + b.failures,
            slow: a.slow + b.slow,
            ignored: a.ignored + b.ignored,
        })
    }

    /// One call with an outcome that `random` chooses; now and then a slow one.
    fn call(&mut self, breaker: &Breaker, random: u64) {
        let Ok(permit) = breaker.admit() else {
            self.rejected += 1;
            return;
        };
        self.admitted += 1;
        if random.is_multiple_of(512) {
            std::thread::yield_now(); // the call takes a while, and others go on meanwhile
        }
        match random / 512 % 64 {
            0..3 => {
                permit.failure();
                self.failures += 1;
            }
            3 => {
                permit.failure_after(Duration::from_secs(7200));
                self.failures += 1;
                self.slow += 1;
            }
            4 => {
                permit.success_after(Duration::from_secs(7200));
                self.successes += 1;
                self.slow += 1;
            }
            5..8 => {
                drop(permit);
                self.ignored += 1;
            }
            _ => {
                permit.success();
                self.successes += 1;
            }
        }
    }
}

/// Every thread makes its share of `calls`.
fn calls(breaker: &Breaker, calls: u64) -> (Crowd, Done) {
    let threads = crowd::size();
    let share = calls.div_ceil(threads as u64);
    let (crowd, done) = Crowd::run(threads, |me, crowd| {
        let (mut done, mut random) = (Done::default(), Random::new(me as u64 + 1));
        for i in 0..share {
            if i % 64 == 0 {
                crowd.turn(me);
            }
            done.call(breaker, random.next());
        }
        done
    });
    (crowd, Done::sum(&done))
}

fn open(segment: &Segment) -> Breaker {
    Breaker::builder().segment(segment).config(no_rules()).open("totals").expect("a breaker")
}

/// 10^7 calls on each kind, with a stripe per CPU and with a single one that all write.
#[test]
fn totals_are_exact_over_ten_million_calls() {
    for (kind, stripes) in [(Kind::Private, 0), (Kind::Shared, 0), (Kind::Shared, 1)] {
        let arena = Arena::striped(kind, stripes);
        let breaker = open(&arena.segment);
        let (crowd, done) = calls(&breaker, 10_000_000 * times());
        let totals = breaker.snapshot().totals;
        let shown = Done {
            admitted: totals.successes + totals.failures + totals.ignored,
            rejected: totals.rejected,
            successes: totals.successes,
            failures: totals.failures,
            slow: totals.slow,
            ignored: totals.ignored,
        };
        assert_eq!(shown, done, "{kind:?}, {stripes} stripes");
        assert_eq!((totals.late, totals.opened), (0, 0));
        assert!(done.admitted >= 10_000_000);
        assert!(crowd.turns() > 100, "threads took turns {} times only: no contention", crowd.turns());
    }
}

/// Operators change the mode all the time: each call is still in exactly one total, and each transition in its own and
/// in one event.
#[test]
fn totals_are_exact_while_operators_interfere() {
    for kind in BOTH {
        let arena = Arena::new(kind);
        let breaker = open(&arena.segment);
        let over = AtomicBool::new(false);
        let (crowd, done) = std::thread::scope(|scope| {
            let operators: Vec<_> = (0..2)
                .map(|i| {
                    scope.spawn({
                        let (b, o) = (&breaker, &over);
                        move || interfere(b, i, o)
                    })
                })
                .collect();
            let result = calls(&breaker, 2_000_000 * times());
            over.store(true, Ordering::Relaxed);
            operators.into_iter().for_each(|operator| operator.join().expect("an operator"));
            result
        });
        let totals = breaker.snapshot().totals;
        let counted = totals.successes + totals.failures + totals.ignored + totals.late;
        assert_eq!((counted, totals.rejected), (done.admitted, done.rejected), "{kind:?}: {totals:?}");
        assert!(totals.successes <= done.successes && totals.failures <= done.failures, "{totals:?}");
        assert!(totals.slow <= done.slow && totals.ignored <= done.ignored, "{totals:?}");
        assert!(totals.late > 0 && totals.rejected > 0, "{kind:?}: nobody was interrupted: {totals:?}");
        assert!(crowd.turns() > 100);
        assert_transitions(&arena.segment, &totals);
    }
}

fn interfere(breaker: &Breaker, seed: u64, over: &AtomicBool) {
    let mut random = Random::new(1000 + seed);
    while !over.load(Ordering::Relaxed) {
        match random.below(8) {
            0..4 => breaker.reset(),
            4 => breaker.trip(),
            5 | 6 => breaker.trip_for(Duration::from_millis(random.below(3))),
            _ => {
                let _ = breaker.half_open();
            }
        }
        let until = std::time::Instant::now() + Duration::from_micros(random.below(300));
        while std::time::Instant::now() < until {
            std::thread::yield_now();
        }
    }
    breaker.reset();
}

/// As many events as transitions, and the last 1024 of them still there, but for those that a stopped writer tore.
fn assert_transitions(segment: &Segment, totals: &Totals) {
    let kept: Vec<_> = segment.events_from(0).collect();
    let last = kept.last().map_or(0, |event| event.sequence);
    assert_eq!(last, totals.opened + totals.half_opened + totals.closed, "{totals:?}");
    assert!(kept.len() as u64 + 8 >= last.min(1024), "{} of {last} events kept", kept.len());
}
