//! Latencies (S13): log-linear bins, four steps to the octave, 4 ms to more than 1 h and two open ends. The bins are the
//! success counters themselves.

use std::time::Duration;

/// How many bins there are; few under loom, where a model would otherwise drown in atomics.
pub(crate) const BINS: usize = if cfg!(loom) { 2 } else { 82 };

/// The first bin ends at 2^22 ns (4.2 ms), which makes a bin's number a matter of shifts.
const FIRST_OCTAVE: u32 = 22;
/// Steps to the octave, as a power of two.
const STEP_BITS: u32 = 2;

/// The bin that a duration in ns belongs to.
#[inline(always)]
pub(crate) fn bin(duration: u64) -> usize {
    if duration >> FIRST_OCTAVE == 0 {
        return 0;
    }
    let octave = 63 - duration.leading_zeros();
    let step = (duration >> (octave - STEP_BITS)) & ((1 << STEP_BITS) - 1);
    let bin = 1 + (((octave - FIRST_OCTAVE) as usize) << STEP_BITS) + step as usize;
    bin.min(BINS - 1)
}

/// Where a bin begins, in ns.
fn start(bin: usize) -> u64 {
    let Some(above_first) = bin.checked_sub(1) else { return 0 };
    let octave = FIRST_OCTAVE + (above_first >> STEP_BITS) as u32;
    let step = (above_first & ((1 << STEP_BITS) - 1)) as u64;
    (1 << octave) + (step << (octave - STEP_BITS))
}

/// The value that stands for a bin: its middle, at most 12.5 % off; the border of an open end.
fn middle(bin: usize) -> u64 {
    match bin {
        0 => start(1),
        _ if bin == BINS - 1 => start(bin),
        _ => start(bin) + (start(bin + 1) - start(bin)) / 2,
    }
}

/// The latencies of a breaker's successes, as they were at one moment: see [`View::histogram`](crate::View::histogram).
///
/// ```
/// use holysheep_cb::{Breaker, Segment};
///
/// let segment = Segment::private();
/// let breaker = Breaker::builder().segment(&segment).open("relay")?;
/// let histogram = segment.view("relay").expect("it is there").histogram();
/// assert_eq!((histogram.quantile(0.95), histogram.buckets().last()), (None, Some((None, 0))));
/// # drop(breaker);
/// # Ok::<(), holysheep_cb::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Histogram([u64; BINS]);

impl Histogram {
    pub(crate) const fn new(counts: [u64; BINS]) -> Self {
        Self(counts)
    }

    /// How many successes there were.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.0.iter().fold(0, |sum, &n| sum.saturating_add(n))
    }

    /// The latency that a share `quantile` (0..=1) of them did not exceed, at most 12.5 % off between 4 ms and 1 h; `None`
    /// if there were none, or `quantile` is no share.
    #[must_use]
    pub fn quantile(&self, quantile: f64) -> Option<Duration> {
        let total = self.count();
        if total == 0 || !(0.0..=1.0).contains(&quantile) {
            return None;
        }
        let rank = ((total as f64 * quantile).ceil() as u64).clamp(1, total);
        let mut below = 0_u64;
        let bin = self.0.iter().position(|&n| {
            below = below.saturating_add(n);
            below >= rank
        });
        bin.map(|bin| Duration::from_nanos(middle(bin)))
    }

    /// What was added since `earlier`, a histogram of the same breaker; all of it if the breaker began anew meanwhile.
    #[must_use]
    pub fn since(&self, earlier: &Self) -> Self {
        let mut added = self.0;
        for (n, before) in added.iter_mut().zip(earlier.0) {
            match n.checked_sub(before) {
                Some(more) => *n = more,
                None => return self.clone(),
            }
        }
        Self(added)
    }

    /// The buckets, shortest latencies first: where each ends, which is where the next begins (`None` = nowhere), and how
    /// many successes are in it alone.
    pub fn buckets(&self) -> impl Iterator<Item = (Option<Duration>, u64)> + '_ {
        let end = |bin| (bin + 1 < BINS).then(|| Duration::from_nanos(start(bin + 1)));
        self.0.iter().enumerate().map(move |(bin, &count)| (end(bin), count))
    }

    /// About how long all of them took together: each counts as the middle of its bucket.
    #[must_use]
    pub fn sum(&self) -> Duration {
        let sum = self
            .0
            .iter()
            .enumerate()
            .fold(0_u128, |sum, (bin, &n)| sum.saturating_add(u128::from(n) * u128::from(middle(bin))));
        Duration::from_nanos(u64::try_from(sum).unwrap_or(u64::MAX))
    }
}

impl std::fmt::Debug for Histogram {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let used = self.buckets().filter(|&(_, count)| count > 0);
        f.debug_map().entries(used).finish()
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn every_latency_from_4_ms_to_1_h_is_at_most_an_eighth_off() {
        let mut duration = 4_000_000_u64;
        while duration <= 3_600_000_000_000 {
            let shown = middle(bin(duration));
            assert!(shown.abs_diff(duration) * 8 <= duration, "{duration} is shown as {shown}");
            duration += 1 + duration / 97;
        }
        assert_eq!((bin(0), bin(u64::MAX)), (0, BINS - 1));
    }

    #[test]
    fn bins_begin_where_the_one_before_ends() {
        for i in 1..BINS {
            assert_eq!((bin(start(i)), bin(start(i) - 1)), (i, i - 1));
        }
    }

    #[test]
    fn quantiles() {
        let mut counts = [0; BINS];
        assert_eq!(Histogram::new(counts).quantile(0.5), None);
        counts[bin(10_000_000)] = 90;
        counts[bin(1_000_000_000)] = 10;
        let histogram = Histogram::new(counts);
        let at = |duration| Some(Duration::from_nanos(middle(bin(duration))));
        assert_eq!(histogram.quantile(0.9), at(10_000_000));
        assert_eq!(histogram.quantile(0.91), at(1_000_000_000));
        assert_eq!([histogram.quantile(f64::NAN), histogram.quantile(1.5)], [None, None]);
    }

    #[test]
    fn buckets_say_where_they_end_and_what_is_in_them() {
        let mut counts = [0; BINS];
        counts[0] = 1;
        counts[bin(10_000_000)] = 2;
        counts[BINS - 1] = u64::MAX;
        let histogram = Histogram::new(counts);
        let buckets: Vec<_> = histogram.buckets().filter(|&(_, n)| n > 0).collect();
        let ends =
            [Some(Duration::from_nanos(1 << FIRST_OCTAVE)), Some(Duration::from_nanos(10_485_760)), None];
        assert_eq!(buckets, [(ends[0], 1), (ends[1], 2), (ends[2], u64::MAX)]);
        assert_eq!((histogram.count(), histogram.sum()), (u64::MAX, Duration::from_nanos(u64::MAX)));
        let mut later = counts;
        later[0] += 4;
        let added = Histogram::new(later).since(&histogram);
        assert_eq!((added.count(), added.sum()), (4, Duration::from_nanos(4 << FIRST_OCTAVE)));
        assert_eq!(Histogram::new([0; BINS]).since(&histogram).count(), 0);
    }
}
