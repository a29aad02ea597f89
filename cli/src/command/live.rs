//! A breaker that is watched, in JSON.

use super::breaker::Shape;
use crate::watch::{Rates, Seen};
use serde::Serialize;
use std::time::Duration;

/// A breaker as one look shows it, with what it did lately.
#[derive(Debug, Serialize)]
pub(super) struct Live<'a> {
    #[serde(flatten)]
    breaker: Shape<'a>,
    rates: Rates,
    recent_p50_ms: Option<f64>,
    recent_p95_ms: Option<f64>,
    recent_p99_ms: Option<f64>,
}

impl<'a> Live<'a> {
    /// What a breaker showed at the last look.
    pub(super) fn new(name: &'a str, segment: &'a str, processes: Option<usize>, seen: &Seen) -> Self {
        let lately = seen.trail.lately(&seen.now);
        let latency = |quantile| lately.quantile(quantile).map(ms);
        Self {
            breaker: Shape::new(name, segment, processes, &seen.now),
            rates: seen.rates,
            recent_p50_ms: latency(0.5),
            recent_p95_ms: latency(0.95),
            recent_p99_ms: latency(0.99),
        }
    }
}

fn ms(latency: Duration) -> f64 {
    latency.as_nanos() as f64 / 1e6
}
