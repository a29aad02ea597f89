//! A breaker at a look, as plain values: what the table shows of it.

use crate::output::plain;
use crate::watch::{Rates, Seen, Told, Trail, Watched};
use holysheep_cb::Mode;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How many looks the curve in the table goes back.
pub(super) const TREND: usize = 24;

/// Which breaker it is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Key {
    /// The name of its segment.
    pub(super) segment: Arc<str>,
    /// Its own.
    pub(super) name: Arc<str>,
}

/// A breaker at a look.
#[derive(Debug, Clone)]
pub(super) struct Row {
    /// Which it is.
    pub(super) key: Key,
    /// Its name, without what a terminal would obey.
    pub(super) name: String,
    /// In which mode it is.
    pub(super) mode: Mode,
    /// What happened since the look before.
    pub(super) rates: Rates,
    /// Calls in its window.
    pub(super) window_calls: u64,
    /// The share of them that failed, in per cent; `None` while there are none.
    pub(super) failing: Option<u8>,
    /// p50, p95 and p99 of the last half minute or minute.
    pub(super) latencies: [Option<Duration>; 3],
    /// How long until a call would be admitted, as of the look; `None` = not to be known.
    pub(super) retry_after: Option<Duration>,
    /// When the look was.
    pub(super) at: Instant,
    /// How many processes have its segment open.
    pub(super) processes: Option<usize>,
    /// Its latest transition that was heard of.
    pub(super) last: Option<Arc<Told>>,
    /// Calls and rejections in a second at the last looks, oldest first.
    pub(super) trend: [f32; TREND],
}

/// When a breaker that rejects lets the next call through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Probe {
    /// The next call is a probe.
    Now,
    /// After this time.
    In(Duration),
    /// When one of the probes that are out returns.
    Out,
    /// Not before an operator says so.
    Never,
    /// It rejects nothing.
    Unasked,
}

impl Row {
    /// What was seen of a breaker.
    pub(super) fn new(key: Key, watched: &Watched, seen: &Seen, last: Option<Arc<Told>>) -> Self {
        let shown = &seen.now.shown;
        let lately = seen.trail.lately(&seen.now);
        let share = (shown.window_failures * 100).checked_div(shown.window_calls);
        Self {
            name: plain(&key.name),
            key,
            mode: shown.mode,
            rates: seen.rates,
            window_calls: shown.window_calls,
            // Reading goes on while calls do, so a share may be seen that never was.
            failing: share.map(|share| share.min(100) as u8),
            latencies: [0.5, 0.95, 0.99].map(|quantile| lately.quantile(quantile)),
            retry_after: seen.now.retry_after,
            at: seen.at,
            processes: watched.processes,
            last,
            trend: trend(&seen.trail),
        }
    }

    /// When the next call goes through, as of `now`.
    pub(super) fn probe(&self, now: Instant) -> Probe {
        match (self.mode, self.retry_after) {
            (Mode::Closed | Mode::Disabled | Mode::Observing, _) => Probe::Unasked,
            (Mode::ForcedOpen, _) => Probe::Never,
            (_, None) => Probe::Out,
            (_, Some(wait)) => match wait.saturating_sub(now.saturating_duration_since(self.at)) {
                Duration::ZERO => Probe::Now,
                left => Probe::In(left),
            },
        }
    }
}

fn trend(trail: &Trail) -> [f32; TREND] {
    let mut bars = [0.0; TREND];
    for (bar, point) in bars.iter_mut().rev().zip(trail.points().rev()) {
        *bar = point.rates.calls + point.rates.rejected;
    }
    bars
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A breaker that nothing happens to.
    pub(in super::super) fn idle(segment: &str, name: &str, mode: Mode) -> Row {
        Row {
            key: Key { segment: segment.into(), name: name.into() },
            name: plain(name),
            mode,
            rates: Rates::default(),
            window_calls: 0,
            failing: None,
            latencies: [None; 3],
            retry_after: Some(Duration::ZERO),
            at: Instant::now(),
            processes: Some(1),
            last: None,
            trend: [0.0; TREND],
        }
    }

    #[test]
    fn the_time_to_the_next_probe_counts_down() {
        let wait = Some(Duration::from_secs(30));
        let open = Row { retry_after: wait, ..idle("s", "a", Mode::Open) };
        let later = |s| open.probe(open.at + Duration::from_secs(s));
        assert_eq!(later(10), Probe::In(Duration::from_secs(20)));
        assert_eq!(later(31), Probe::Now);
        assert_eq!(idle("s", "a", Mode::ForcedOpen).probe(open.at), Probe::Never);
        assert_eq!(idle("s", "a", Mode::HalfOpen).probe(open.at), Probe::Now);
        let out = Row { retry_after: None, ..idle("s", "a", Mode::HalfOpen) };
        assert_eq!(out.probe(open.at), Probe::Out);
        assert_eq!(idle("s", "a", Mode::Closed).probe(open.at), Probe::Unasked);
    }
}
