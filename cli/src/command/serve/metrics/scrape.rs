//! Everything that is told, as it was at one moment.

use super::buckets::Latencies;
use super::fleet::OfFleet;
use super::transitions::{Count, Transitions};
use crate::watch::{Host, Seen};
use holysheep_cb::{Clock as _, SegmentInfo, Snapshot, SystemClock};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A copy of what there is.
#[derive(Debug, Default)]
pub(in super::super) struct Scrape {
    pub(super) segments: Vec<OfSegment>,
    /// By segment and name.
    pub(super) breakers: Vec<OfBreaker>,
    /// What cannot be opened, and why.
    pub(super) problems: Vec<(String, String)>,
    /// The fleet, if this host has joined one.
    pub(in super::super) fleet: Option<OfFleet>,
    /// How many breakers were one too many.
    pub(super) left_out: usize,
}

/// What is told of a segment.
#[derive(Debug)]
pub(super) struct OfSegment {
    pub(super) info: SegmentInfo,
    pub(super) processes: Option<usize>,
    pub(super) breakers: usize,
    pub(super) missed: u64,
}

/// What is told of a breaker.
#[derive(Debug)]
pub(super) struct OfBreaker {
    pub(super) segment: Arc<str>,
    pub(super) name: String,
    pub(super) shown: Snapshot,
    /// In s since 1970; `None` if it never did.
    pub(super) changed_at: Option<f64>,
    /// In s since 1970; `None` unless it is open.
    pub(super) open_until: Option<f64>,
    pub(super) latencies: Latencies,
    /// About the longest latency of the last half minute or minute.
    pub(super) longest_lately: Option<Duration>,
    pub(super) transitions: Vec<Count>,
}

/// The same moment on two clocks.
struct Now {
    /// On that of all processes, in ns.
    shared_ns: u64,
    /// Since 1970.
    wall: Duration,
}

impl Scrape {
    /// What there is now; at most so many breakers, the first by segment and name.
    pub(in super::super) fn of(host: &Host, transitions: &Transitions, max_breakers: usize) -> Self {
        let now = Now::read();
        let mut scrape = Self::default();
        for (segment, watched) in host.segments() {
            let name: Arc<str> = segment.into();
            let room = max_breakers - scrape.breakers.len();
            let mut breakers = 0;
            for (breaker, seen) in watched.breakers() {
                breakers += 1;
                if breakers <= room {
                    let transitions = transitions.of(segment, breaker);
                    scrape.breakers.push(OfBreaker::new(&name, breaker, seen, transitions, &now));
                }
            }
            scrape.left_out += breakers.saturating_sub(room);
            scrape.segments.push(OfSegment {
                info: watched.info.clone(),
                processes: watched.processes,
                breakers,
                missed: transitions.missed(segment),
            });
        }
        scrape.problems = host.problems().map(|(name, why)| (name.to_owned(), why.to_owned())).collect();
        scrape
    }
}

impl OfBreaker {
    fn new(segment: &Arc<str>, name: &str, seen: &Seen, transitions: &[Count], now: &Now) -> Self {
        let shown = seen.now.shown;
        let remaining = Duration::from_nanos(shown.open_remaining_ns);
        Self {
            segment: segment.clone(),
            name: name.to_owned(),
            shown,
            changed_at: (shown.changed_at_ns > 0).then(|| now.wall_of(shown.changed_at_ns)),
            open_until: (!remaining.is_zero())
                .then(|| whole_ms((now.wall + remaining).saturating_sub(seen.at.elapsed()))),
            latencies: Latencies::of(&seen.now.latencies),
            longest_lately: seen.trail.lately(&seen.now).quantile(1.0),
            transitions: transitions.to_vec(),
        }
    }
}

impl Now {
    fn read() -> Self {
        let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self { shared_ns: SystemClock::new().now_ns(), wall }
    }

    /// What the wall clock of now says of a moment of the other one.
    fn wall_of(&self, shared_ns: u64) -> f64 {
        whole_ms(self.wall.saturating_sub(Duration::from_nanos(self.shared_ns.saturating_sub(shared_ns))))
    }
}

/// In s, with no more places than are known.
fn whole_ms(time: Duration) -> f64 {
    time.as_millis() as f64 / 1e3
}
