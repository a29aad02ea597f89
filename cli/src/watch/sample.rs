//! A breaker at one moment.

use holysheep_cb::{Histogram, Snapshot, View};
use std::time::Duration;

/// What a breaker showed at one moment.
#[derive(Debug, Clone)]
pub(crate) struct Sample {
    /// State, window and totals.
    pub(crate) shown: Snapshot,
    /// How long until a call would be admitted; `None` = not to be known.
    pub(crate) retry_after: Option<Duration>,
    /// The latencies of its successes.
    pub(crate) latencies: Histogram,
}

impl Sample {
    /// What the breaker shows now.
    pub(crate) fn of(view: &View) -> Self {
        Self { shown: view.snapshot(), retry_after: view.retry_after(), latencies: view.histogram() }
    }
}
