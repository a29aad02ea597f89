//! The arguments of the verbs that change something. They ask nothing.

use super::{Answer, Where};
use clap::Args;
use std::ops::RangeInclusive;
use std::time::Duration;

/// How long a breaker may be tripped for, in ms: at most 24 hours, as by its configuration. For longer there is `force-open`.
pub(crate) const TRIP_MS: RangeInclusive<u64> = 1..=86_400_000;

/// The arguments of `hscb reset` and its like, and part of those of the others.
#[derive(Debug, Args)]
pub(crate) struct OperateArgs {
    /// The breaker.
    pub(crate) name: String,
    /// Why, for the event; who does it is written there anyway. Together at most 127 bytes.
    #[arg(long, short, value_name = "TEXT")]
    pub(crate) reason: Option<String>,
    /// Where to look.
    #[command(flatten)]
    pub(crate) place: Where,
    /// How to answer.
    #[command(flatten)]
    pub(crate) answer: Answer,
}

/// The arguments of `hscb trip`.
#[derive(Debug, Args)]
pub(crate) struct TripArgs {
    /// Those of every command.
    #[command(flatten)]
    pub(crate) operate: OperateArgs,
    /// For exactly this long, such as 90s or 5m, at most 24h, instead of what the configuration says; also sets what is
    /// left of an opening.
    #[arg(long = "for", value_name = "TIME", value_parser = stated)]
    pub(crate) length: Option<Duration>,
}

/// The arguments of `hscb configure`.
#[derive(Debug, Args)]
#[command(
    after_help = "Fields, defaults and ranges are in docs/STATE.md: hscb configure relay open_ms=5000 window=calls"
)]
pub(crate) struct ConfigureArgs {
    /// Those of every command.
    #[command(flatten)]
    pub(crate) operate: OperateArgs,
    /// What to change; the other fields stay.
    #[arg(value_name = "FIELD=VALUE", required_unless_present = "defaults")]
    pub(crate) fields: Vec<String>,
    /// Begin with the defaults of all fields instead of what is in force.
    #[arg(long)]
    pub(crate) defaults: bool,
}

/// The arguments of `hscb rm`.
#[derive(Debug, Args)]
pub(crate) struct RmArgs {
    /// The segment.
    pub(crate) segment: String,
    /// Also while processes have it open, and also what is no segment.
    #[arg(long)]
    pub(crate) force: bool,
    /// How to answer.
    #[command(flatten)]
    pub(crate) answer: Answer,
}

/// How long to trip for.
fn stated(text: &str) -> Result<Duration, String> {
    let length = humantime::parse_duration(text).map_err(|error| error.to_string())?;
    let range = Duration::from_millis(*TRIP_MS.start())..=Duration::from_millis(*TRIP_MS.end());
    if range.contains(&length) { Ok(length) } else { Err("must be from 1ms to 24h".to_owned()) }
}
