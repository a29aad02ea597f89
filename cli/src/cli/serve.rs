//! The arguments of the agent.

use super::{Answer, MemberArgs, Where};
use clap::{Args, ValueEnum};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

/// The arguments of `hscb serve`.
#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub(crate) struct ServeArgs {
    /// Where to listen; port 0 picks a free one.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:9797", value_parser = address)]
    pub(crate) listen: SocketAddr,
    /// Whoever has the token in this file may operate breakers [default: $HSCB_TOKEN; without one, nobody may].
    #[arg(long, value_name = "FILE")]
    pub(crate) token_file: Option<PathBuf>,
    /// A name that requests may come to, beside loopback and the address listened on; may be repeated.
    #[arg(long = "allow-host", value_name = "NAME", value_parser = host_name)]
    pub(crate) allowed: Vec<String>,
    /// `/metrics` by the names of another project, so that its dashboards work.
    #[arg(long, value_enum, value_name = "PROJECT")]
    pub(crate) compat: Option<Compat>,
    /// At most so many breakers in `/metrics`.
    #[arg(long, value_name = "N", default_value_t = 10_000)]
    pub(crate) max_breakers: usize,
    /// The fleet, if there is one.
    #[command(flatten)]
    pub(crate) member: MemberArgs,
    /// Where to look.
    #[command(flatten)]
    pub(crate) place: Where,
    /// How to answer.
    #[command(flatten)]
    pub(crate) answer: Answer,
}

/// Whose names `/metrics` uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Compat {
    /// <https://resilience4j.readme.io>
    Resilience4j,
}

/// An address and a port.
fn address(text: &str) -> Result<SocketAddr, String> {
    let local = text.strip_prefix("localhost:").and_then(|port| port.parse().ok());
    match local {
        Some(port) => Ok((Ipv4Addr::LOCALHOST, port).into()),
        None => text.parse().map_err(|_| "allowed: IP:PORT, such as 127.0.0.1:9797 or [::1]:9797".to_owned()),
    }
}

/// A host's name without a port, or an IP address, as it stands in `Host`.
fn host_name(text: &str) -> Result<String, String> {
    if let Ok(address) = text.trim_matches(['[', ']']).parse::<std::net::Ipv6Addr>() {
        return Ok(format!("[{address}]"));
    }
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    if text.is_empty() || text.len() > 253 || !text.chars().all(fits) {
        return Err("allowed: a host's name or an IP address, without a port".to_owned());
    }
    Ok(text.to_ascii_lowercase())
}

/// Shown below the arguments.
const HELP: &str = "\
The first line on standard output is `listening on http://HOST:PORT`, with --json {\"listening\": \"http://HOST:PORT\"}.
What it answers is in docs/AGENT.md. SIGTERM and SIGINT end it.";
