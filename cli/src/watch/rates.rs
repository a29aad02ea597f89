//! What happens in a second.

use holysheep_cb::{Snapshot, Totals};
use serde::Serialize;
use std::time::Duration;

/// What happened in a second, over the time between two looks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub(crate) struct Rates {
    /// Calls that ended well or badly.
    pub(crate) calls: f32,
    /// Those that failed.
    pub(crate) failures: f32,
    /// Calls that were not admitted.
    pub(crate) rejected: f32,
}

impl Rates {
    /// From one look to another, so much later. A breaker that began anew meanwhile has none yet.
    pub(crate) fn between(before: &Snapshot, after: &Snapshot, span: Duration) -> Self {
        Self::of(&before.totals, &after.totals, span).unwrap_or_default()
    }

    fn of(before: &Totals, after: &Totals, span: Duration) -> Option<Self> {
        let failures = after.failures.checked_sub(before.failures)?;
        let successes = after.successes.checked_sub(before.successes)?;
        let rejected = after.rejected.checked_sub(before.rejected)?;
        let per_second = |count: u64| (count as f64 / span.as_secs_f64().max(1e-3)) as f32;
        Some(Self {
            calls: per_second(successes.saturating_add(failures)),
            failures: per_second(failures),
            rejected: per_second(rejected),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use holysheep_cb::{Breaker, Segment};

    #[test]
    fn counts_over_the_time_between_two_looks() {
        let segment = Segment::private();
        let breaker = Breaker::builder().segment(&segment).open("relay").unwrap();
        let before = breaker.snapshot();
        for _ in 0..6 {
            breaker.admit().unwrap().success();
        }
        breaker.admit().unwrap().failure();
        breaker.force_open();
        assert!(breaker.admit().is_err());
        let after = breaker.snapshot();
        let rates = Rates::between(&before, &after, Duration::from_secs(2));
        assert_eq!(rates, Rates { calls: 3.5, failures: 0.5, rejected: 0.5 });
        // Totals that went back are of another breaker.
        assert_eq!(Rates::between(&after, &before, Duration::from_secs(2)), Rates::default());
    }
}
