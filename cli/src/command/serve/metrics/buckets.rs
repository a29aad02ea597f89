//! Latencies in the few buckets that are told: each joins some of the histogram's own, whole ones only, so nothing is
//! guessed.

use holysheep_cb::Histogram;
use std::time::Duration;

/// Where each ends but the last, which has no end: powers of two in ns, 4.2 ms to 275 s, without gaps from 67 ms on.
const ENDS_NS: [u64; 15] = [
    1 << 22,
    1 << 24,
    1 << 26,
    1 << 27,
    1 << 28,
    1 << 29,
    1 << 30,
    1 << 31,
    1 << 32,
    1 << 33,
    1 << 34,
    1 << 35,
    1 << 36,
    1 << 37,
    1 << 38,
];

/// How many calls took how long.
#[derive(Debug, Clone, Default)]
pub(super) struct Latencies {
    /// How many calls are in each bucket alone.
    counts: [u64; ENDS_NS.len() + 1],
    /// About how long all of them took together.
    sum: Duration,
}

impl Latencies {
    /// Those of a histogram.
    pub(super) fn of(histogram: &Histogram) -> Self {
        let mut counts = [0_u64; ENDS_NS.len() + 1];
        let mut at = 0;
        for (end, count) in histogram.buckets() {
            while at < ENDS_NS.len() && end.is_none_or(|end| end.as_nanos() > u128::from(ENDS_NS[at])) {
                at += 1;
            }
            counts[at] = counts[at].saturating_add(count);
        }
        Self { counts, sum: histogram.sum() }
    }

    /// How many there are.
    pub(super) fn count(&self) -> u64 {
        self.counts.iter().fold(0, |sum, &n| sum.saturating_add(n))
    }

    /// About how long all of them took together, in s.
    pub(super) const fn sum(&self) -> f64 {
        self.sum.as_secs_f64()
    }

    /// Where each ends, in s, and how many are in it alone.
    pub(super) fn buckets(&self) -> [(f64, u64); ENDS_NS.len() + 1] {
        std::array::from_fn(|i| {
            let end = ENDS_NS.get(i).map_or(f64::INFINITY, |&end| end as f64 / 1e9);
            (end, self.counts[i])
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use holysheep_cb::{Breaker, Outcome, Segment};

    /// What a breaker with calls of these lengths shows.
    fn histogram(lengths: &[Duration]) -> Histogram {
        let segment = Segment::private();
        let breaker = Breaker::builder().segment(&segment).open("relay").unwrap();
        for &length in lengths {
            breaker.admit().unwrap().give_back_after(Outcome::Success.into(), length);
        }
        segment.view("relay").unwrap().histogram()
    }

    #[test]
    fn every_bucket_ends_where_one_of_the_histograms_does() {
        let ends: Vec<_> = histogram(&[]).buckets().filter_map(|(end, _)| end).collect();
        for end in ENDS_NS {
            assert!(ends.contains(&Duration::from_nanos(end)), "{end}");
        }
    }

    #[test]
    fn a_call_is_in_the_bucket_of_its_length_alone() {
        for (i, &end) in ENDS_NS.iter().enumerate() {
            let [before, at] =
                [end - 1, end].map(|ns| Latencies::of(&histogram(&[Duration::from_nanos(ns)])));
            assert_eq!((before.count(), at.count()), (1, 1));
            assert_eq!((before.buckets()[i].1, at.buckets()[i + 1].1), (1, 1), "around {end}");
        }
        let hour = Latencies::of(&histogram(&[Duration::from_secs(3600); 2]));
        assert_eq!(hour.buckets().last(), Some(&(f64::INFINITY, 2)));
        assert!((hour.sum() / 7200.0 - 1.0).abs() < 0.125, "{}", hour.sum());
    }
}
