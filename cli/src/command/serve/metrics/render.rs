//! The text.

use super::format::Format;
use super::own::Own;
use super::resilience4j::Resilience4j;
use super::scrape::Scrape;
use crate::cli::Compat;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{prometheus_text, text};
use prometheus_client::registry::Registry;
use std::fmt;

/// About how long the text of a breaker is.
const BYTES_PER_BREAKER: usize = 5 << 10;

/// A scrape as text, by our names or by those of another project.
pub(in super::super) fn render(
    scrape: Scrape,
    compat: Option<Compat>,
    format: Format,
) -> Result<String, fmt::Error> {
    let mut written = String::with_capacity((scrape.breakers.len() + 1) * BYTES_PER_BREAKER);
    let names: Box<dyn Collector> = match compat {
        None => Box::new(Own(scrape)),
        Some(Compat::Resilience4j) => Box::new(Resilience4j(scrape)),
    };
    let mut registry = Registry::default();
    registry.register_collector(names);
    match format {
        Format::OpenMetrics => text::encode(&mut written, &registry)?,
        Format::Prometheus => prometheus_text::encode(&mut written, &registry)?,
    }
    Ok(written)
}
