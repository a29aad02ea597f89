//! Watching the breakers of this host for as long as a verb runs: `top` and `serve` look at [`Host`] once in a while, and
//! hear of transitions from [`Feed`] as they happen.
//!
//! ```text
//! Host ── segment ── breaker ── Sample   what it shows now
//!                            ├─ Rates    what happened since the look before
//!                            └─ Trail    a point for each look of the last minutes, and the latencies of the last one
//! Feed ── a thread for each segment ──> Told, in the order of arrival
//! ```

mod feed;
mod host;
mod rates;
mod sample;
mod trail;

pub(crate) use feed::{Feed, Reader, Told};
pub(crate) use host::{Host, Seen, Watched};
pub(crate) use rates::Rates;
pub(crate) use sample::Sample;
pub(crate) use trail::{Point, Trail};
