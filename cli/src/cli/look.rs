//! The arguments of the verbs that look.

use super::{Answer, Where};
use clap::Args;

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
