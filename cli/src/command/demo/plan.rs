//! What is played: the phases of the relay, the workers, and the configuration that both runs use.

use serde_json::{Value, json};
use std::time::Duration;

/// How long a call may take; a real client waits half a minute.
pub(super) const TIMEOUT: Duration = Duration::from_millis(500);
/// How long a probe may stay out: longer than the client's own timeout.
pub(super) const LEASE: Duration = Duration::from_millis(800);
/// How long an opening lasts.
pub(super) const OPEN: Duration = Duration::from_millis(1000);
/// Failures in a row that open the breaker.
pub(super) const FAILURES: u32 = 5;
/// How long the relay is healthy before the outage.
const BEFORE: Duration = Duration::from_secs(3);
/// How long it must at least be healthy after it, for every worker to come back.
const AFTER: Duration = Duration::from_secs(3);

/// Who owns the breakers of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Breakers {
    /// Each process its own.
    Private,
    /// One for all, in a segment.
    Shared,
}

/// What a worker is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Language {
    /// `examples/demo/worker.py`, on the Python package.
    Python,
    /// `examples/demo/worker.mjs`, on the Node package.
    Node,
    /// `examples/demo/worker.c`.
    C,
    /// `rust_worker.rs`, in this executable.
    Rust,
}

impl Language {
    /// All of them, in the order in which they are shown.
    pub(super) const ALL: [Self; 4] = [Self::Python, Self::Node, Self::C, Self::Rust];

    /// Its name.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Python => "Python",
            Self::Node => "Node",
            Self::C => "C",
            Self::Rust => "Rust",
        }
    }
}

/// One worker of the crew.
#[derive(Clone, Copy, Debug)]
pub(super) struct Worker {
    /// How it is called on the screen.
    pub(super) name: &'static str,
    /// What it is written in.
    pub(super) language: Language,
    /// How long it does something else between two calls: no two are equally busy.
    pub(super) pace: Duration,
}

/// A worker, in one line of the table below.
const fn worker(name: &'static str, language: Language, pace_ms: u64) -> Worker {
    Worker { name, language, pace: Duration::from_millis(pace_ms) }
}

/// The crew of both runs.
pub(super) const CREW: [Worker; 8] = [
    worker("Python 1", Language::Python, 40),
    worker("Python 2", Language::Python, 145),
    worker("Python 3", Language::Python, 215),
    worker("Node 1", Language::Node, 75),
    worker("Node 2", Language::Node, 285),
    worker("C 1", Language::C, 110),
    worker("C 2", Language::C, 250),
    worker("Rust 1", Language::Rust, 180),
];

/// The phases of a run; both runs have the same.
#[derive(Clone, Copy, Debug)]
pub(super) struct Plan {
    /// Healthy at first.
    pub(super) before: Duration,
    /// Then no call is answered.
    pub(super) outage: Duration,
    /// Then healthy again.
    pub(super) after: Duration,
}

impl Plan {
    /// Runs of `seconds` with an outage of `outage` seconds; else what is wrong with them.
    pub(super) fn new(seconds: Option<u64>, outage: u64) -> Result<Self, String> {
        let outage = Duration::from_secs(outage);
        let least = BEFORE + outage + AFTER;
        let total = seconds.map_or(least + Duration::from_secs(1), Duration::from_secs);
        if total < least {
            let (seconds, outage) = (least.as_secs(), outage.as_secs());
            return Err(format!("--seconds must be at least {seconds} for an outage of {outage} s"));
        }
        let after = total - BEFORE - outage;
        Ok(Self { before: BEFORE, outage, after })
    }

    /// The length of a run.
    pub(super) fn total(&self) -> Duration {
        self.before + self.outage + self.after
    }

    /// The configuration of every breaker, in both runs, as `hscb_config_from_json` takes it.
    pub(super) fn config() -> Value {
        json!({
            "failure_threshold": FAILURES,
            "failure_rate": 0.5,
            "window_ms": 10_000,
            "consecutive_failures": FAILURES,
            "open_ms": OPEN.as_millis(),
            "success_threshold": 2,
            "half_open_max_calls": 2,
            "half_open_max_concurrent": 1,
            "probe_lease_ms": LEASE.as_millis(),
        })
    }
}
