//! The arguments of the verbs that look.

use super::{Answer, Where};
use clap::{Args, ValueEnum};
use std::time::Duration;

/// The arguments of `hscb ls`.
#[derive(Debug, Args)]
pub(crate) struct LsArgs {
    /// Where to look.
    #[command(flatten)]
    pub(crate) place: Where,
    /// How to answer.
    #[command(flatten)]
    pub(crate) answer: Answer,
}

/// The arguments of `hscb show`.
#[derive(Debug, Args)]
pub(crate) struct ShowArgs {
    /// The breaker.
    pub(crate) name: String,
    /// Where to look.
    #[command(flatten)]
    pub(crate) place: Where,
    /// How to answer.
    #[command(flatten)]
    pub(crate) answer: Answer,
}

/// The arguments of `hscb events`.
#[derive(Debug, Args)]
pub(crate) struct EventsArgs {
    /// Of this breaker alone.
    pub(crate) name: Option<String>,
    /// Go on with new events as they happen, in any process, until interrupted.
    #[arg(long, short)]
    pub(crate) follow: bool,
    /// At most so many of those that are kept [default: all; with --follow none].
    #[arg(long, short = 'n', value_name = "N")]
    pub(crate) last: Option<usize>,
    /// Where to look.
    #[command(flatten)]
    pub(crate) place: Where,
    /// How to answer.
    #[command(flatten)]
    pub(crate) answer: Answer,
}

/// The arguments of `hscb segments`.
#[derive(Debug, Args)]
pub(crate) struct SegmentsArgs {
    /// How to answer.
    #[command(flatten)]
    pub(crate) answer: Answer,
}

/// The arguments of `hscb dump`.
#[derive(Debug, Args)]
pub(crate) struct DumpArgs {
    /// Where to look.
    #[command(flatten)]
    pub(crate) place: Where,
    /// On one line.
    #[arg(long)]
    pub(crate) json: bool,
}

/// The arguments of `hscb top`.
#[derive(Debug, Args)]
#[command(after_help = TOP_HELP)]
pub(crate) struct TopArgs {
    /// How often to look, from 100ms to 1m.
    #[arg(long, value_name = "TIME", default_value = "1s", value_parser = often)]
    pub(crate) every: Duration,
    /// Only breakers that have each of these words in their segment, name or state.
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub(crate) filter: String,
    /// What comes first.
    #[arg(long, value_enum, value_name = "COLUMN", default_value = "worst")]
    pub(crate) sort: Order,
    /// End after so many looks [default: go on until interrupted].
    #[arg(long, short = 'n', value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) looks: Option<u64>,
    /// Where to look.
    #[command(flatten)]
    pub(crate) place: Where,
    /// How to answer.
    #[command(flatten)]
    pub(crate) answer: Answer,
}

/// What breakers are sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Order {
    /// Open, then half-open, then by the share of calls that fail, then by volume.
    Worst,
    /// By segment and name.
    Name,
    /// By state, those that reject first.
    State,
    /// Most calls in a second first.
    Calls,
    /// Most failures in a second first.
    Failures,
    /// Most rejections in a second first.
    Rejected,
    /// Slowest first, by the latency that 95 % do not exceed.
    P95,
    /// The next probe first.
    Probe,
    /// Most processes first.
    Processes,
    /// The latest transition first.
    Event,
}

/// How often to look.
fn often(text: &str) -> Result<Duration, String> {
    let every = humantime::parse_duration(text).map_err(|error| error.to_string())?;
    let range = Duration::from_millis(100)..=Duration::from_secs(60);
    if range.contains(&every) { Ok(every) } else { Err("must be from 100ms to 1m".to_owned()) }
}

/// Shown below the arguments of `hscb top`.
const TOP_HELP: &str = "\
Keys: arrows, j k, PgUp PgDn, Home End; Enter one breaker, Esc back; / filter; s sort, S the other way round;
t trip, r reset, f force-open, d disable, o observe (each asks first, and for a reason); p pause; ? help; q quit.
With --json, each look is an object on a line, and no terminal is needed.";
