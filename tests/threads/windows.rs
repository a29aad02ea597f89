//! S6, S15: what the windows hold when many threads count, and while they do.

use crate::arena::{Arena, BOTH, Kind, MS, Own, Random, at, times};
use crate::crowd::{self, Crowd};
use holysheep_cb::{Breaker, Config, Window};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

fn no_rules() -> Config {
    Config::new().failure_threshold(0).failure_rate(0.0).slow_call(Duration::from_secs(1))
}

/// One call; of eight, one fails, one is slow and one both.
fn call(breaker: &Breaker<Own>, random: u64) {
    let permit = breaker.admit().expect("closed admits");
    match random % 8 {
        0 => permit.failure(),
        1 => permit.success_after(Duration::from_secs(2)),
        2 => permit.failure_after(Duration::from_secs(2)),
        _ => permit.success(),
    }
}

const LAST: u64 = 200;

/// A window of calls shows its length once it is full, but for the calls that are just being written, or whose writers
/// were stopped for more than a round of the ring; and the next calls fill it again.
#[test]
fn a_window_of_calls_under_threads() {
    for kind in BOTH {
        let arena = Arena::new(kind);
        let breaker = arena.breaker("calls", no_rules().window(Window::Calls).window_calls(LAST as u32));
        for _ in 0..LAST {
            call(&breaker, 7);
        }
        let (threads, share) = (crowd::size() as u64, 150_000 * times());
        let torn = 2 * threads;
        let (crowd, looks) = Crowd::run(threads as usize, |me, crowd| {
            let mut random = Random::new(me as u64 + 1);
            let mut looks = 0;
            for i in 0..share {
                call(&breaker, random.next());
                if i % 64 == 0 {
                    crowd.turn(me);
                    let s = breaker.snapshot();
                    assert!((LAST - torn..=LAST).contains(&s.window_calls), "{kind:?}: {s:?}");
                    assert!(s.window_failures <= s.window_calls && s.window_slow <= s.window_calls, "{s:?}");
                    looks += 1;
                }
            }
            looks
        });
        assert!(crowd.turns() > 100 && looks.iter().sum::<u64>() > 1000, "turns: {}", crowd.turns());
        let missing = LAST - breaker.snapshot().window_calls;
        assert!(missing <= torn, "{missing} calls are missing at rest");
        for i in 0..1024 {
            call(&breaker, if i % 4 == 0 { 2 } else { 7 });
        }
        let s = breaker.snapshot();
        assert_eq!(
            (s.window_calls, s.window_failures, s.window_slow),
            (LAST, LAST / 4, LAST / 4),
            "{kind:?}"
        );
    }
}

/// One thread's calls are 50 failures and 150 successes in turn, the others' are successes: so in any order no window
/// of 200 calls holds more than a quarter of failures, and a rule that asks for half of them never trips, whoever looks
/// and however long it is stopped while it does.
#[test]
fn a_window_of_calls_is_judged_whole() {
    for kind in BOTH {
        let arena = Arena::new(kind);
        let rule = Config::new().failure_threshold(0).failure_rate(0.5).min_calls(40);
        let breaker = arena.breaker("judged", rule.window(Window::Calls).window_calls(LAST as u32));
        let (share, over) = (300_000 * times(), AtomicBool::new(false));
        let (crowd, _) = Crowd::run(crowd::size() / 2, |me, crowd| {
            let one = |failed: bool| {
                let Ok(permit) = breaker.admit() else { return };
                if failed { permit.failure() } else { permit.success() }
            };
            if me == 0 {
                // Longer than its share where a busy machine runs one thread after the other, but not for ever.
                for i in (0..100 * share).take_while(|&i| i < share || crowd.turns() <= 100) {
                    if i % 64 == 0 {
                        crowd.turn(me);
                    }
                    one(i % LAST >= 150);
                }
                over.store(true, Ordering::Relaxed);
            }
            for i in 0.. {
                if over.load(Ordering::Relaxed) {
                    break;
                }
                if i % 64 == 0 {
                    crowd.turn(me);
                }
                one(false);
            }
        });
        let shown = breaker.snapshot();
        assert_eq!((shown.totals.opened, shown.totals.rejected), (0, 0), "{kind:?}: {shown:?}");
        assert!(crowd.turns() > 100, "threads took turns {} times only", crowd.turns());
    }
}

const TICK: u64 = 10 * MS;
const BUCKETS: u64 = 10;

fn ticking() -> Config {
    no_rules().window_length(Duration::from_nanos(TICK * BUCKETS)).window_buckets(BUCKETS as u32)
}

/// ```text
/// tick:     | 0       | 1       | 2       | ...            all threads pass from tick to tick together
/// calls:    | n * k   | n * k   | n * k   |                so that a window is exactly its last ten ticks
/// ```
#[test]
fn a_time_window_that_all_threads_enter_together_is_exact() {
    for kind in BOTH {
        let arena = Arena::new(kind);
        let breaker = arena.breaker("ticks", ticking());
        let (threads, per_tick, ticks) = (crowd::size() as u64, 64, 1500 * times());
        let (crowd, _) = Crowd::run(threads as usize, |me, crowd| {
            for tick in 0..ticks {
                at((1000 + tick) * TICK);
                crowd.gate();
                for i in 0..per_tick {
                    crowd.turn(me);
                    call(&breaker, i);
                }
                crowd.gate();
                if me == 0 {
                    let (s, held) = (breaker.snapshot(), threads * per_tick * (tick + 1).min(BUCKETS));
                    let shown = (s.window_calls, s.window_failures, s.window_slow);
                    assert_eq!(shown, (held, held / 4, held / 4), "{kind:?}, tick {tick}");
                }
                crowd.gate();
            }
        });
        assert!(crowd.turns() > ticks, "threads took turns {} times in {ticks} ticks", crowd.turns());
        at((1000 + ticks + BUCKETS) * TICK);
        assert_eq!(breaker.snapshot().window_calls, 0);
    }
}

/// What each thread counted, by the tick that it saw when it asked for the time; and the last tick that each saw.
struct Counted {
    ticks: Vec<AtomicU64>,
    seen: Vec<AtomicU64>,
}

/// Time runs on its own, and a call counts in the tick in which it is counted: at the tick that its thread saw, or
/// later if the thread was stopped meanwhile, and then it is one call per thread and tick.
#[test]
fn a_time_window_while_time_runs() {
    for kind in BOTH {
        let arena = Arena::new(kind);
        let breaker = arena.breaker("free", ticking());
        let (ticks, threads) = (300 * times(), crowd::size());
        let zeros = |n| (0..n).map(|_| AtomicU64::new(0)).collect();
        let counted = Counted { ticks: zeros(ticks), seen: zeros(threads as u64) };
        let (tick, over) = (AtomicU64::new(0), AtomicBool::new(false));
        std::thread::scope(|scope| {
            scope.spawn(|| run_time(&tick, &counted, &over));
            let (crowd, _) = Crowd::run(threads, |me, crowd| {
                let mut random = Random::new(me as u64);
                while !over.load(Ordering::Relaxed) {
                    crowd.turn(me);
                    let now = tick.load(Ordering::SeqCst);
                    at((1000 + now) * TICK);
                    call(&breaker, random.next());
                    counted.ticks[now as usize].fetch_add(1, Ordering::Relaxed);
                    counted.seen[me].store(now, Ordering::Relaxed);
                }
            });
            assert!(crowd.turns() > 100, "threads took turns {} times only", crowd.turns());
        });
        assert_aged(kind, &breaker, &counted, threads as u64);
    }
}

/// Moves time on, a tick every quarter of a millisecond or so; but never so far that a thread which is stopped comes
/// back more than a window later, for such a call empties the window (S6).
fn run_time(tick: &AtomicU64, counted: &Counted, over: &AtomicBool) {
    for now in 0..counted.ticks.len() as u64 {
        while counted.seen.iter().any(|seen| seen.load(Ordering::Relaxed) + BUCKETS / 2 < now) {
            std::thread::yield_now();
        }
        tick.store(now, Ordering::SeqCst);
        std::thread::sleep(Duration::from_micros(250));
    }
    over.store(true, Ordering::Relaxed);
}

/// At rest, tick after tick leaves the window.
fn assert_aged(kind: Kind, breaker: &Breaker<Own>, counted: &Counted, threads: u64) {
    let ticks = counted.ticks.len() as u64;
    for later in 0..=BUCKETS {
        let now = ticks - 1 + later;
        at((1000 + now) * TICK);
        let own: u64 = ((now + 1).saturating_sub(BUCKETS)..ticks)
            .map(|t| counted.ticks[t as usize].load(Ordering::Relaxed))
            .sum();
        let shown = breaker.snapshot().window_calls;
        let stragglers = if later == BUCKETS { 0 } else { threads };
        assert!((own..=own + stragglers).contains(&shown), "{kind:?} +{later}: {shown} for {own}");
    }
}
