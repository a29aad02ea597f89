//! Models of each protocol, run by loom over every interleaving and every value that a relaxed load may return, within
//! the bounds of `scripts/loom`. They run the very code that ships; only the sizes are small.
//!
//! Each model says which accesses race, and asserts what S15 promises of every outcome.

mod beside;
mod directory;
mod half_open;
mod journal;
mod pace;
mod remote;
mod trip;
mod window;

use crate::breaker::{Gate, Report};
use crate::config::Config;
use crate::journal::{NO_NOTE, NameWords, name_to_words};
use crate::layout::{Cell, Events, Site, Stripe};
use crate::outcome::{Command, Mode, Outcome};
use crate::stats::Snapshot;
use crate::word::{Event, Permit};
use loom::sync::Arc;

const MS: u64 = 1_000_000;
const S: u64 = 1000 * MS;

/// A breaker with two stripes, as a segment would hold it.
struct Bench {
    cell: Cell,
    stripes: [Stripe; 2],
    events: Events,
    name: NameWords,
}

/// A thread's view of it, counting on a stripe of its own.
#[derive(Clone)]
struct Lane(Arc<Bench>, usize);

impl Site for Lane {
    fn cell(&self) -> &Cell {
        &self.0.cell
    }

    fn stripes(&self) -> &[Stripe] {
        &self.0.stripes
    }

    fn stripe(&self) -> &Stripe {
        &self.0.stripes[self.1]
    }

    fn events(&self) -> &Events {
        &self.0.events
    }

    fn name(&self) -> &NameWords {
        &self.0.name
    }

    fn wake(&self) {}
}

impl Lane {
    fn new(config: Config) -> Self {
        config.validate().expect("a model's configuration is valid");
        let bench = Bench {
            cell: Cell::new(),
            stripes: std::array::from_fn(|_| Stripe::new()),
            events: Events::new(),
            name: name_to_words("model"),
        };
        bench.cell.settings.initialise(&config);
        bench.cell.word.initialise();
        Self(Arc::new(bench), 0)
    }

    /// The same breaker for another thread.
    fn other(&self) -> Self {
        Self(Arc::clone(&self.0), 1)
    }

    fn admit(&self, now: u64) -> u64 {
        let gate = Gate::new(self);
        gate.glance(now).and_then(Result::ok).unwrap_or_else(|| gate.admit(now).unwrap_or(0))
    }

    fn record(&self, permit: u64, outcome: Outcome, now: u64) {
        let permit = Permit::from_word(permit);
        let gate = Gate::new(self);
        if outcome != Outcome::Success || !gate.record_success_at_once(permit, now) {
            let duration = permit.duration(now);
            gate.record(Report { permit, outcome, duration, hint_ms: 0 }, now);
        }
    }

    fn throttle(&self, permit: u64, hint_ms: u64, now: u64) {
        let permit = Permit::from_word(permit);
        let report = Report { permit, outcome: Outcome::Failure, duration: permit.duration(now), hint_ms };
        Gate::new(self).record(report, now);
    }

    fn call(&self, outcome: Outcome, now: u64) {
        match self.admit(now) {
            0 => {}
            permit => self.record(permit, outcome, now),
        }
    }

    fn trip_for(&self, ms: u64, now: u64) {
        Gate::new(self).operate(Command::TripFor(ms), &NO_NOTE, now).expect("a trip is always possible");
    }

    /// Leaves `armed` set, as a call does that found a rule to hold but for `min_calls`.
    fn arm(&self, now: u64) {
        let generation = self.cell().word.load().generation();
        let rules = self.cell().settings.rules();
        let _ = self.cell().word.apply(
            Event::Flags { generation, armed: true, would_trip: false },
            &rules,
            now,
            0,
        );
    }

    fn show(&self, now: u64) -> Snapshot {
        Gate::new(self).snapshot(now)
    }

    fn mode(&self) -> Mode {
        self.cell().word.load().mode()
    }

    /// Transitions and events agree, whatever the interleaving (S5, S14).
    fn check_events(&self, now: u64) {
        let totals = self.show(now).totals;
        assert_eq!(*self.events().kept().end(), totals.opened + totals.half_opened + totals.closed);
    }
}

/// Runs `a` and `b` at once on two lanes of one breaker.
fn race(lane: &Lane, a: impl FnOnce(&Lane) + 'static, b: impl FnOnce(&Lane) + 'static) {
    let (mine, other) = (lane.clone(), lane.other());
    let threads = [loom::thread::spawn(move || a(&mine)), loom::thread::spawn(move || b(&other))];
    for thread in threads {
        thread.join().expect("a model's thread does not panic");
    }
}
