//! The arguments of the verbs that change something. They ask nothing.

use super::{Answer, Where};
use clap::Args;
use std::time::Duration;

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
    /// For exactly this long, such as 90s or 5m, instead of what the configuration says; also sets what is left of an
    /// opening.
    #[arg(long = "for", value_name = "TIME", value_parser = humantime::parse_duration)]
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
