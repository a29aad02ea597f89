//! Latencies (S13): log-linear bins, four steps to the octave, 4 ms to more than 1 h and two open ends. The bins are the
//! success counters themselves.

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

/// The latency in ns that a share `quantile` (0..=1) of the counted calls did not exceed; 0 where nothing was counted or
/// `quantile` is no share.
pub(crate) fn quantile(counts: &[u64; BINS], quantile: f64) -> u64 {
    let total: u64 = counts.iter().fold(0, |sum, &n| sum.saturating_add(n));
    if total == 0 || !(0.0..=1.0).contains(&quantile) {
        return 0;
    }
    let rank = ((total as f64 * quantile).ceil() as u64).clamp(1, total);
    let mut below = 0_u64;
    let bin = counts.iter().position(|&n| {
        below = below.saturating_add(n);
        below >= rank
    });
    bin.map_or(0, middle)
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
        assert_eq!(quantile(&counts, 0.5), 0);
        counts[bin(10_000_000)] = 90;
        counts[bin(1_000_000_000)] = 10;
        assert_eq!(quantile(&counts, 0.9), middle(bin(10_000_000)));
        assert_eq!(quantile(&counts, 0.91), middle(bin(1_000_000_000)));
        assert_eq!([quantile(&counts, f64::NAN), quantile(&counts, 1.5)], [0, 0]);
    }
}
