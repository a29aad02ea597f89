//! The names of resilience4j-micrometer 2 as Prometheus shows them, so that its Grafana dashboards work. What we do not
//! know is left out, or told as docs/AGENT.md says.

use super::family::Families;
use super::own::MODES;
use super::scrape::{OfBreaker, Scrape};
use holysheep_cb::Mode;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::DescriptorEncoder;
use std::fmt;

/// A scrape by their names.
#[derive(Debug)]
pub(super) struct Resilience4j(pub(super) Scrape);

impl Collector for Resilience4j {
    fn encode(&self, encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let mut families = Families(encoder);
        self.states(&mut families)?;
        self.calls(&mut families)?;
        self.window(&mut families)
    }
}

impl Resilience4j {
    fn states(&self, families: &mut Families<'_>) -> fmt::Result {
        let mut family =
            families.gauge("resilience4j_circuitbreaker_state", "The states of the circuit breaker")?;
        self.each(|breaker| {
            for mode in MODES {
                let is_in = u64::from(breaker.shown.mode == mode);
                family.level(&breaker.labels_and("state", state(mode)), is_in)?;
            }
            Ok(())
        })
    }

    fn calls(&self, families: &mut Families<'_>) -> fmt::Result {
        let mut family = families
            .histogram("resilience4j_circuitbreaker_calls", "How long calls took, by how they ended")?;
        self.each(|breaker| {
            let (latencies, totals) = (&breaker.latencies, &breaker.shown.totals);
            let all = (latencies.sum(), latencies.count());
            family.spread(&breaker.labels_and("kind", "successful"), all, &latencies.buckets())?;
            // How many of them there were, but not how long they took.
            for (kind, count) in [("failed", totals.failures), ("ignored", totals.ignored)] {
                let one = [(f64::INFINITY, count)];
                family.spread(&breaker.labels_and("kind", kind), (0.0, count), &one)?;
            }
            Ok(())
        })?;
        let mut family = families
            .gauge("resilience4j_circuitbreaker_calls_seconds_max", "The longest call of the last minute")?;
        self.each(|breaker| {
            let longest = breaker.longest_lately.unwrap_or_default();
            family.level(&breaker.labels_and("kind", "successful"), longest.as_secs_f64())
        })?;
        let mut family = families.counter(
            "resilience4j_circuitbreaker_not_permitted_calls",
            "Total number of not permitted calls",
        )?;
        self.each(|breaker| {
            family.count(&breaker.labels_and("kind", "not_permitted"), breaker.shown.totals.rejected)
        })
    }

    fn window(&self, families: &mut Families<'_>) -> fmt::Result {
        let mut family =
            families.gauge("resilience4j_circuitbreaker_buffered_calls", "The calls in the window")?;
        self.each(|breaker| {
            let (calls, failed) = (breaker.shown.window_calls, breaker.shown.window_failures);
            family.level(&breaker.labels_and("kind", "failed"), failed)?;
            family.level(&breaker.labels_and("kind", "successful"), calls.saturating_sub(failed))
        })?;
        // The window does not tell apart which of the slow calls failed.
        let mut family =
            families.gauge("resilience4j_circuitbreaker_slow_calls", "The slow calls in the window")?;
        self.each(|breaker| {
            family.level(&breaker.labels_and("kind", "successful"), breaker.shown.window_slow)
        })?;
        let mut family = families
            .gauge("resilience4j_circuitbreaker_failure_rate", "The failure rate of the circuit breaker")?;
        self.each(|breaker| {
            family.level(&breaker.labels(), percent(breaker.ratio(breaker.shown.window_failures)))
        })?;
        let mut family = families.gauge(
            "resilience4j_circuitbreaker_slow_call_rate",
            "The slow call rate of the circuit breaker",
        )?;
        self.each(|breaker| {
            family.level(&breaker.labels(), percent(breaker.ratio(breaker.shown.window_slow)))
        })
    }

    fn each(&self, tell: impl FnMut(&OfBreaker) -> fmt::Result) -> fmt::Result {
        self.0.breakers.iter().try_for_each(tell)
    }
}

/// Their word for a mode.
const fn state(mode: Mode) -> &'static str {
    match mode {
        Mode::Closed => "closed",
        Mode::Open => "open",
        Mode::HalfOpen => "half_open",
        Mode::ForcedOpen => "forced_open",
        Mode::Disabled => "disabled",
        Mode::Observing => "metrics_only",
    }
}

/// Their way to say that there is no rate is -1.
fn percent(ratio: Option<f64>) -> f64 {
    ratio.map_or(-1.0, |ratio| ratio * 100.0)
}
