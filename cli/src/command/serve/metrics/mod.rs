//! `GET /metrics`: what Prometheus is told.
//!
//! ```text
//! Host ───────┐
//!             ├─> Scrape ──> render(names, format) ──> text
//! Transitions ┘   a copy, so that nobody waits for the text
//! ```
//!
//! There is no registry that lives on: each scrape names the breakers that there are, so a series ends with its breaker.
//!
//! | file | what it has |
//! |---|---|
//! | `buckets` | latencies in the few buckets that are told |
//! | `transitions` | what happened since the agent began |
//! | `scrape` | everything that is told, as it was at one moment |
//! | `family` | one metric of many breakers |
//! | `own`, `resilience4j` | the names |
//! | `fleet` | what is told of the fleet |
//! | `format` | the two formats, and which is asked for |
//! | `render` | the text |

mod buckets;
mod family;
mod fleet;
mod format;
mod own;
mod render;
mod resilience4j;
mod scrape;
#[cfg(test)]
mod tests;
mod transitions;

pub(super) use fleet::OfFleet;
pub(super) use format::Format;
pub(super) use render::render;
pub(super) use scrape::Scrape;
pub(super) use transitions::Transitions;
