//! Our own names.

use super::family::Families;
use super::scrape::{OfBreaker, Scrape};
use holysheep_cb::{Mode, Totals};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::DescriptorEncoder;
use std::fmt;

/// Every mode there is.
pub(super) const MODES: [Mode; 6] =
    [Mode::Closed, Mode::Open, Mode::HalfOpen, Mode::ForcedOpen, Mode::Disabled, Mode::Observing];

/// A scrape by our own names.
#[derive(Debug)]
pub(super) struct Own(pub(super) Scrape);

/// A count of every breaker that has no labels of its own: its name, what it says, and where it is.
type Total = (&'static str, &'static str, fn(&Totals) -> u64);

/// Those.
const TOTALS: [Total; 4] = [
    ("holysheep_cb_slow_calls", "Calls that were slow, whether they succeeded or failed.", |totals| {
        totals.slow
    }),
    ("holysheep_cb_throttled_calls", "Failed calls for which the server said how long to wait.", |totals| {
        totals.throttled
    }),
    ("holysheep_cb_would_trip", "Times that the breaker would have tripped while observing.", |totals| {
        totals.would_trip
    }),
    ("holysheep_cb_probes_lost", "Probes that did not return within their lease.", |totals| {
        totals.probes_lost
    }),
];

impl Collector for Own {
    fn encode(&self, encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let mut families = Families(encoder);
        self.agent(&mut families)?;
        self.segments(&mut families)?;
        self.states(&mut families)?;
        self.counts(&mut families)?;
        self.transitions(&mut families)?;
        self.durations(&mut families)?;
        self.levels(&mut families)?;
        self.0.fleet.as_ref().map_or(Ok(()), |fleet| fleet.tell(&mut families))
    }
}

impl Own {
    fn agent(&self, families: &mut Families<'_>) -> fmt::Result {
        families
            .info("holysheep_cb_agent", "The agent that tells this.")?
            .facts(&[("version", env!("CARGO_PKG_VERSION"))])?;
        let no_labels: [(&str, &str); 0] = [];
        families
            .gauge(
                "holysheep_cb_breakers_left_out",
                "Breakers beyond --max-breakers, of which nothing is told.",
            )?
            .level(&no_labels, self.0.left_out as u64)?;
        let mut family = families
            .gauge("holysheep_cb_segment_problem", "1 for each segment that cannot be opened, and why.")?;
        for (segment, problem) in &self.0.problems {
            family.level(&[("segment", segment), ("problem", problem)], 1_u64)?;
        }
        Ok(())
    }

    fn segments(&self, families: &mut Families<'_>) -> fmt::Result {
        let word = |number: Option<u32>| number.map_or_else(|| "unknown".to_owned(), |n| n.to_string());
        let mut family = families.info("holysheep_cb_segment", "What a segment is like.")?;
        for segment in &self.0.segments {
            let info = &segment.info;
            family.facts(&[
                ("segment", info.name.as_str()),
                ("layout", &word(info.layout)),
                ("stripes", &word(info.stripes)),
                ("capacity", &word(info.capacity)),
            ])?;
        }
        let mut family = families
            .gauge("holysheep_cb_attached_processes", "Processes that have the segment open for use.")?;
        for segment in &self.0.segments {
            if let Some(processes) = segment.processes {
                family.level(&[("segment", &*segment.info.name)], processes as u64)?;
            }
        }
        let mut family = families
            .gauge("holysheep_cb_breakers", "Breakers in the segment, with those that are left out.")?;
        for segment in &self.0.segments {
            family.level(&[("segment", &*segment.info.name)], segment.breakers as u64)?;
        }
        let mut family =
            families.gauge("holysheep_cb_segment_capacity", "How many breakers the segment has room for.")?;
        for segment in &self.0.segments {
            if let Some(capacity) = segment.info.capacity {
                family.level(&[("segment", &*segment.info.name)], capacity)?;
            }
        }
        let mut family = families.counter(
            "holysheep_cb_events_missed",
            "Events that were overwritten or torn before the agent read them, since it began.",
        )?;
        for segment in &self.0.segments {
            family.count(&[("segment", &*segment.info.name)], segment.missed)?;
        }
        Ok(())
    }

    fn states(&self, families: &mut Families<'_>) -> fmt::Result {
        let mut family = families
            .gauge("holysheep_cb_state", "1 for the state that the breaker is in, 0 for the others.")?;
        for breaker in &self.0.breakers {
            for mode in MODES {
                let is_in = u64::from(breaker.shown.mode == mode);
                family.level(&breaker.labels_and("state", mode.name()), is_in)?;
            }
        }
        let mut family = families.seconds(
            "holysheep_cb_state_changed_timestamp",
            "When the state changed last, also from closed to closed by a reset; absent if it never did.",
        )?;
        self.each(|breaker| match breaker.changed_at {
            Some(at) => family.level(&breaker.labels(), at),
            None => Ok(()),
        })?;
        let mut family = families.seconds(
            "holysheep_cb_open_until_timestamp",
            "When the opening ends; absent unless the breaker is open and its opening is not over.",
        )?;
        self.each(|breaker| match breaker.open_until {
            Some(until) => family.level(&breaker.labels(), until),
            None => Ok(()),
        })
    }

    fn counts(&self, families: &mut Families<'_>) -> fmt::Result {
        let mut family = families.counter(
            "holysheep_cb_calls",
            "Calls by how they ended; each is counted once. late: its breaker's state had changed meanwhile.",
        )?;
        self.each(|breaker| {
            let totals = &breaker.shown.totals;
            for (outcome, count) in [
                ("successful", totals.successes),
                ("failed", totals.failures),
                ("ignored", totals.ignored),
                ("late", totals.late),
                ("rejected", totals.rejected),
            ] {
                family.count(&breaker.labels_and("outcome", outcome), count)?;
            }
            Ok(())
        })?;
        for (name, help, total) in TOTALS {
            let mut family = families.counter(name, help)?;
            self.each(|breaker| family.count(&breaker.labels(), total(&breaker.shown.totals)))?;
        }
        let mut family = families.counter(
            "holysheep_cb_state_entries",
            "Times that the breaker became so since it was made; each half-open episode counts.",
        )?;
        self.each(|breaker| {
            let totals = &breaker.shown.totals;
            for (mode, count) in [
                (Mode::Open, totals.opened),
                (Mode::HalfOpen, totals.half_opened),
                (Mode::Closed, totals.closed),
            ] {
                family.count(&breaker.labels_and("state", mode.name()), count)?;
            }
            Ok(())
        })
    }

    fn transitions(&self, families: &mut Families<'_>) -> fmt::Result {
        let mut family = families.counter(
            "holysheep_cb_transitions",
            "Transitions since the agent began, with those that the segment's ring kept by then.",
        )?;
        self.each(|breaker| {
            for &(from, to, reason, count) in &breaker.transitions {
                let way = [("from", from.name()), ("to", to.name()), ("reason", reason.name())];
                family.count(&(breaker.labels(), way), count)?;
            }
            Ok(())
        })
    }

    fn durations(&self, families: &mut Families<'_>) -> fmt::Result {
        let mut family = families.histogram(
            "holysheep_cb_call_duration",
            "How long successful calls took; the buckets are exact, the sum at most an eighth off from 4 ms on.",
        )?;
        self.each(|breaker| {
            let latencies = &breaker.latencies;
            let all = (latencies.sum(), latencies.count());
            family.spread(&breaker.labels(), all, &latencies.buckets())
        })
    }

    fn levels(&self, families: &mut Families<'_>) -> fmt::Result {
        let mut family = families.gauge("holysheep_cb_probes_in_flight", "Probes that are out.")?;
        self.each(|breaker| family.level(&breaker.labels(), breaker.shown.probes_in_flight))?;
        let mut family = families.gauge(
            "holysheep_cb_consecutive_failures",
            "Failures since the last success, while closed or observing.",
        )?;
        self.each(|breaker| family.level(&breaker.labels(), breaker.shown.consecutive_failures))?;
        let mut family = families.gauge(
            "holysheep_cb_window_calls",
            "Calls in the window; while half-open, results of this episode; 0 while nothing is recorded.",
        )?;
        self.each(|breaker| family.level(&breaker.labels(), breaker.shown.window_calls))?;
        let mut family = families.gauge(
            "holysheep_cb_window_failure_ratio",
            "Share of the calls in the window that failed; absent if there are none.",
        )?;
        self.each(|breaker| match breaker.ratio(breaker.shown.window_failures) {
            Some(ratio) => family.level(&breaker.labels(), ratio),
            None => Ok(()),
        })?;
        let mut family = families.gauge(
            "holysheep_cb_window_slow_ratio",
            "Share of the calls in the window that were slow; absent if there are none.",
        )?;
        self.each(|breaker| match breaker.ratio(breaker.shown.window_slow) {
            Some(ratio) => family.level(&breaker.labels(), ratio),
            None => Ok(()),
        })
    }

    fn each(&self, tell: impl FnMut(&OfBreaker) -> fmt::Result) -> fmt::Result {
        self.0.breakers.iter().try_for_each(tell)
    }
}

impl OfBreaker {
    /// The share of the window's calls that so many are; `None` if there are no calls.
    pub(super) fn ratio(&self, of_them: u64) -> Option<f64> {
        let calls = self.shown.window_calls;
        // The two are read one after the other, and calls go on meanwhile.
        (calls > 0).then(|| (of_them as f64 / calls as f64).min(1.0))
    }
}
