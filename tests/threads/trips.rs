//! S5, S7, S8, S14: of many threads that see the same thing, one makes the transition and tells of it.
//!
//! ```text
//! round r:   t               t + open                  (virtual time, the same for all)
//! closed     all fail  ->  open      all ask  ->  half-open      probes back  ->  closed, or open again and reset
//! ```

use crate::arena::{Arena, BOTH, Kind, MS, Own, SECOND, at, times};
use crate::crowd::{self, Crowd};
use holysheep_cb::{Breaker, Config, Event, EventReader, Mode, Outcome, Permit, Reason, Snapshot};
use std::sync::Mutex;
use std::time::Duration;

const OPEN: u64 = 10;
const PROBES: u32 = 3;

fn config(threshold: u32) -> Config {
    Config::new()
        .failure_threshold(threshold)
        .failure_rate(0.0)
        .open(Duration::from_millis(OPEN))
        .half_open_max_calls(PROBES)
        .success_threshold(PROBES)
}

/// What the first thread knows between two gates.
struct Judge {
    before: Snapshot,
    events: EventReader,
    late_notices: u64,
}

/// A cycle of every round.
struct Cycle<'a> {
    breaker: &'a Breaker<Own>,
    crowd: &'a Crowd,
    me: usize,
    judge: &'a Mutex<Judge>,
    threads: u64,
}

impl Cycle<'_> {
    /// All pass, the first one looks, all go on.
    fn judged(&self, look: impl FnOnce(&mut Judge, Snapshot)) {
        self.crowd.gate();
        if self.me == 0 {
            let mut judge = self.judge.lock().unwrap();
            let snapshot = self.breaker.snapshot();
            look(&mut judge, snapshot);
            judge.before = self.breaker.snapshot();
        }
        self.crowd.gate();
    }

    fn run(&self, round: u64, reopens: bool) {
        let start = (round + 1) * SECOND;
        at(start);
        let permit = self.breaker.admit().expect("closed admits");
        self.crowd.gate();
        self.crowd.meet(|| permit.failure());
        self.judged(|judge, after| self.tripped(judge, after));

        at(start + OPEN * MS);
        let permit = self.crowd.meet(|| self.breaker.admit().ok());
        self.judged(|judge, after| {
            assert_eq!((after.mode, after.probes_in_flight), (Mode::HalfOpen, PROBES), "round {round}");
            let rejected = after.totals.rejected - judge.before.totals.rejected;
            assert_eq!(rejected, self.threads - u64::from(PROBES), "never a probe more");
            one_event(judge, after, Mode::Open, Mode::HalfOpen, Reason::Deadline);
        });

        let outcome = if reopens { Outcome::Failure } else { Outcome::Success };
        if let Some(permit) = permit {
            self.crowd.meet(|| give_back(permit, outcome));
        }
        self.judged(|judge, after| self.decided(judge, after, reopens));
    }

    /// Exactly one trip, at once or at the latest at the next recorded call (S15); every failure is in a total.
    fn tripped(&self, judge: &mut Judge, mut after: Snapshot) {
        let mut calls = self.threads;
        if after.mode == Mode::Closed {
            judge.late_notices += 1;
            self.breaker.admit().expect("still closed").success();
            calls += 1;
            after = self.breaker.snapshot();
        }
        let (was, is) = (judge.before.totals, after.totals);
        assert_eq!((after.mode, is.opened - was.opened), (Mode::Open, 1));
        let counted = is.failures + is.late + is.successes - was.failures - was.late - was.successes;
        assert_eq!(counted, calls);
        one_event(judge, after, Mode::Closed, Mode::Open, Reason::Failure);
    }

    fn decided(&self, judge: &mut Judge, after: Snapshot, reopens: bool) {
        let (was, is) = (judge.before.totals, after.totals);
        if reopens {
            assert_eq!((after.mode, is.opened - was.opened, is.closed - was.closed), (Mode::Open, 1, 0));
            assert_eq!((is.failures - was.failures, is.late - was.late), (1, u64::from(PROBES) - 1));
            one_event(judge, after, Mode::HalfOpen, Mode::Open, Reason::ProbeFailed);
            self.breaker.reset();
            let after = self.breaker.snapshot();
            one_event(judge, after, Mode::Open, Mode::Closed, Reason::Operator);
        } else {
            assert_eq!((after.mode, is.opened - was.opened, is.closed - was.closed), (Mode::Closed, 0, 1));
            assert_eq!((is.successes - was.successes, is.late - was.late), (u64::from(PROBES), 0));
            one_event(judge, after, Mode::HalfOpen, Mode::Closed, Reason::ProbesSucceeded);
        }
    }
}

fn give_back(permit: Permit<'_, Own>, outcome: Outcome) {
    match outcome {
        Outcome::Success => permit.success(),
        Outcome::Failure => permit.failure(),
        Outcome::Ignored => permit.ignore(),
    }
}

/// The reader has this one event to tell, and no other.
fn one_event(judge: &mut Judge, after: Snapshot, from: Mode, to: Mode, reason: Reason) {
    let events: Vec<Event> = judge.events.by_ref().collect();
    let told: Vec<_> = events.iter().map(|e| (e.from, e.to, e.reason, e.generation)).collect();
    assert_eq!(told, [(from, to, reason, after.generation)]);
    assert_eq!((judge.events.missed(), events[0].pid), (0, std::process::id()));
}

/// `threshold` of the crowd's simultaneous failures suffice; how often calls met.
fn cycles(kind: Kind, threshold: u32, rounds: u64) -> u64 {
    let arena = Arena::new(kind);
    let breaker = arena.breaker("cycles", config(threshold));
    let judge =
        Mutex::new(Judge { before: breaker.snapshot(), events: arena.segment.events(), late_notices: 0 });
    let threads = crowd::size();
    let (crowd, _) = Crowd::run(threads, |me, crowd| {
        let cycle = Cycle { breaker: &breaker, crowd, me, judge: &judge, threads: threads as u64 };
        (0..rounds).for_each(|round| cycle.run(round, round % 3 == 0));
    });
    let totals = breaker.snapshot().totals;
    let reopened = rounds.div_ceil(3);
    assert_eq!([totals.opened, totals.half_opened, totals.closed], [rounds + reopened, rounds, rounds]);
    crowd.met()
}

#[test]
fn one_transition_one_event_one_total() {
    let all = crowd::size() as u32;
    for kind in BOTH {
        // The last of all failures completes the rule; then any of the later half does.
        for threshold in [all, all / 2] {
            crowd::until_met(100, || cycles(kind, threshold, 1000 * times()));
        }
    }
}
