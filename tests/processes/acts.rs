//! What a traced process does: one of each kind of change to a breaker's memory. The ledger says what came of it, and
//! outlives whoever wrote it.

use crate::kit::{MS, Own, at, shared_words, small, timed};
use holysheep_cb::{Breaker, Config, Permit, Segment, Totals, Window};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

pub(crate) const START: u64 = 1 << 42;
pub(crate) const NAME: &str = "a name that fills more than one or two words";

/// An act, and what comes before it.
#[derive(Clone, Copy)]
pub(crate) struct Act {
    pub(crate) name: &'static str,
    pub(crate) config: fn(Config) -> Config,
    before: fn(&Breaker<Own>),
    pub(crate) run: fn(&Breaker<Own>),
}

/// What was recorded, rejected, and taken and kept.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Ledger {
    pub(crate) recorded: u64,
    pub(crate) rejected: u64,
    pub(crate) kept: u64,
}

fn words() -> &'static [AtomicU64] {
    static WORDS: OnceLock<&'static [AtomicU64]> = OnceLock::new();
    WORDS.get_or_init(|| shared_words(3))
}

pub(crate) fn ledger() -> Ledger {
    let [recorded, rejected, kept] = [0, 1, 2].map(|i| words()[i].load(Ordering::SeqCst));
    Ledger { recorded, rejected, kept }
}

/// A call, if it may go.
pub(crate) fn call(breaker: &Breaker<Own>, outcome: fn(Permit<'_, Own>)) {
    let of = match breaker.admit() {
        Ok(permit) => {
            outcome(permit);
            0
        }
        Err(_) => 1,
    };
    words()[of].fetch_add(1, Ordering::SeqCst);
}

/// A call that does not come back.
pub(crate) fn keep(breaker: &Breaker<Own>) {
    let of = match breaker.admit() {
        Ok(permit) => {
            std::mem::forget(permit);
            2
        }
        Err(_) => 1,
    };
    words()[of].fetch_add(1, Ordering::SeqCst);
}

pub(crate) fn calls(t: &Totals) -> u64 {
    t.successes + t.failures + t.ignored + t.late
}

pub(crate) fn moves(t: &Totals) -> u64 {
    t.opened + t.half_opened + t.closed
}

/// The configuration that acts start from: one failure trips, one probe decides.
pub(crate) fn plain() -> Config {
    Config::new()
        .failure_threshold(1)
        .failure_rate(0.0)
        .open(Duration::from_millis(10))
        .half_open_max_calls(1)
        .success_threshold(1)
        .probe_lease(Duration::from_millis(10))
}

/// A segment with the act's breaker in it, at the moment before.
pub(crate) fn prepare(file: &str, act: &Act) -> (Segment, Breaker<Own>) {
    at(START);
    let segment = small(3).open(file).expect("the segment");
    let breaker = timed(&segment, NAME, (act.config)(plain()));
    (act.before)(&breaker);
    (segment, breaker)
}

fn half_open(breaker: &Breaker<Own>) {
    breaker.trip();
    at(START + 20 * MS);
    keep(breaker);
}

fn nothing(_: &Breaker<Own>) {}

fn same(config: Config) -> Config {
    config
}

fn tolerant(config: Config) -> Config {
    config.failure_threshold(9)
}

fn two_probes(config: Config) -> Config {
    config.half_open_max_calls(2).success_threshold(2)
}

pub(crate) fn acts() -> Vec<Act> {
    let act = |name, config, before, run| Act { name, config, before, run };
    vec![
        act("first success", same, nothing, |b| call(b, |permit| permit.success())),
        act("failure that trips", same, nothing, |b| call(b, |permit| permit.failure())),
        act("failure that does not", tolerant, nothing, |b| call(b, |permit| permit.failure())),
        act(
            "window of calls",
            |c| tolerant(c).window(Window::Calls),
            nothing,
            |b| {
                call(b, |permit| permit.failure());
            },
        ),
        act("throttled", same, nothing, |b| call(b, |permit| permit.throttled(Duration::from_millis(20)))),
        act(
            "tick",
            same,
            |b| call(b, |permit| permit.success()),
            |b| {
                at(START + 30_000 * MS);
                call(b, |permit| permit.success());
            },
        ),
        act(
            "first probe",
            same,
            |b| b.trip(),
            |b| {
                at(START + 20 * MS);
                keep(b);
            },
        ),
        act("probe that closes", two_probes, half_open, |b| call(b, |permit| permit.success())),
        act("probe that reopens", two_probes, half_open, |b| call(b, |permit| permit.failure())),
        act("lease", same, half_open, |b| {
            at(START + 60 * MS);
            keep(b);
        }),
        act("reset", same, |b| b.trip(), |b| b.reset()),
        act("configure", same, nothing, |b| {
            b.configure(&plain().window_length(Duration::from_secs(5))).expect("valid");
        }),
    ]
}
