//! What a breaker did in the last minutes.

use super::rates::Rates;
use super::sample::Sample;
use holysheep_cb::{Histogram, Mode};
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// How many looks are kept.
pub(crate) const POINTS: usize = 180;
/// The latencies that are shown are those of at least this time, and of at most twice it, once there is so much.
const LATELY: Duration = Duration::from_secs(30);

/// A look.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Point {
    /// When.
    pub(crate) at: Instant,
    /// What happened since the point before.
    pub(crate) rates: Rates,
    /// The latency that 95 % of the successes since then did not exceed.
    pub(crate) p95: Option<Duration>,
    /// The mode at this moment.
    pub(crate) mode: Mode,
}

/// The looks of the last minutes.
#[derive(Debug)]
pub(crate) struct Trail {
    points: VecDeque<Point>,
    /// The latencies as they were at two moments, the older first.
    marks: [(Instant, Histogram); 2],
}

impl Trail {
    /// Begins with a first look.
    pub(crate) fn new(at: Instant, sample: &Sample) -> Self {
        let mark = (at, sample.latencies.clone());
        Self { points: VecDeque::new(), marks: [mark.clone(), mark] }
    }

    /// Adds a look that follows `before`.
    pub(crate) fn add(&mut self, at: Instant, before: &Sample, after: &Sample, rates: Rates) {
        if self.points.len() == POINTS {
            self.points.pop_front();
        }
        let p95 = after.latencies.since(&before.latencies).quantile(0.95);
        self.points.push_back(Point { at, rates, p95, mode: after.shown.mode });
        if at.duration_since(self.marks[1].0) >= LATELY {
            self.marks.swap(0, 1);
            self.marks[1] = (at, after.latencies.clone());
        }
    }

    /// The looks, oldest first.
    pub(crate) fn points(&self) -> impl DoubleEndedIterator<Item = &Point> + ExactSizeIterator {
        self.points.iter()
    }

    /// The latencies of the last half minute or minute, up to this look.
    pub(crate) fn lately(&self, now: &Sample) -> Histogram {
        now.latencies.since(&self.marks[0].1)
    }
}
