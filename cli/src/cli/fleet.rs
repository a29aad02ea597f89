//! The arguments of the fleet.

use super::{Answer, Where};
use clap::{Args, Subcommand};
use std::path::PathBuf;

/// Which server, and which namespace there.
#[derive(Debug, Args)]
pub(crate) struct ServerArgs {
    /// The server: redis://HOST:PORT, rediss://, unix:///PATH, redis+cluster://, redis+sentinel:// [default: $HSCB_REDIS_URL].
    #[arg(long, value_name = "URL")]
    pub(crate) redis: Option<String>,
    /// The password is in this file [default: $HSCB_REDIS_PASSWORD, or as the URL says].
    #[arg(long, value_name = "FILE")]
    pub(crate) redis_password_file: Option<PathBuf>,
    /// The certificates (PEM) that the server's is signed by [default: the system's].
    #[arg(long, value_name = "FILE")]
    pub(crate) redis_ca: Option<PathBuf>,
    /// The fleet's name there: hosts of one namespace share.
    #[arg(long, value_name = "NAME", default_value = "default")]
    pub(crate) namespace: String,
}

/// This host in the fleet.
#[derive(Debug, Args)]
pub(crate) struct MemberArgs {
    /// The server.
    #[command(flatten)]
    pub(crate) server: ServerArgs,
    /// This host's name in the fleet [default: its hostname].
    #[arg(long, value_name = "NAME")]
    pub(crate) host: Option<String>,
    /// Which policy holds for which breaker, and which limits are shared, as JSON (docs/FLEET.md) [default: advise for all breakers, and no limit is shared].
    #[arg(long, value_name = "FILE")]
    pub(crate) fleet_rules: Option<PathBuf>,
}

/// The arguments of `hscb sync`.
#[derive(Debug, Args)]
#[command(after_help = SYNC_HELP)]
pub(crate) struct SyncArgs {
    /// This host.
    #[command(flatten)]
    pub(crate) member: MemberArgs,
    /// Where to look.
    #[command(flatten)]
    pub(crate) place: Where,
}

/// The arguments of `hscb fleet`.
#[derive(Debug, Args)]
pub(crate) struct FleetArgs {
    /// What to do.
    #[command(subcommand)]
    pub(crate) verb: FleetVerb,
}

/// What there is to see and to do in a fleet.
#[derive(Debug, Subcommand)]
pub(crate) enum FleetVerb {
    /// Lists the breakers that the fleet has spoken of in the last day.
    Ls(FleetLookArgs),
    /// Shows what the fleet knows of one breaker.
    Show(FleetNamedArgs),
    /// Lists the hosts that are there.
    Hosts(FleetLookArgs),
    /// Lists the limits that hosts share, and what each of them may hold of what is lent.
    Limits(FleetLookArgs),
    /// Follows what is published, until interrupted.
    Events(FleetLookArgs),
    /// Forces a breaker open on every host, until it is released.
    ForceOpen(FleetCommandArgs),
    /// Takes that back.
    Release(FleetNamedArgs),
}

/// The arguments of the verbs that look at the fleet.
#[derive(Debug, Args)]
pub(crate) struct FleetLookArgs {
    /// The server.
    #[command(flatten)]
    pub(crate) server: ServerArgs,
    /// How to answer.
    #[command(flatten)]
    pub(crate) answer: Answer,
}

/// The arguments of the verbs that are about one breaker.
#[derive(Debug, Args)]
pub(crate) struct FleetNamedArgs {
    /// The breaker, as SEGMENT/NAME.
    pub(crate) breaker: String,
    /// The server.
    #[command(flatten)]
    pub(crate) server: ServerArgs,
    /// How to answer.
    #[command(flatten)]
    pub(crate) answer: Answer,
}

/// The arguments of `hscb fleet force-open`.
#[derive(Debug, Args)]
pub(crate) struct FleetCommandArgs {
    /// The breaker.
    #[command(flatten)]
    pub(crate) named: FleetNamedArgs,
    /// Why; it stands in the events of all hosts, after who.
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: Option<String>,
}

/// Shown below the arguments.
const SYNC_HELP: &str = "\
Joins this host to a fleet: docs/FLEET.md. It says on standard error when the server is away and when it is back, and goes
on. SIGTERM and SIGINT end it.";
