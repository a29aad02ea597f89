//! The arguments of every verb; nothing here does anything.

mod fleet;
mod look;
mod operate;
mod serve;
mod tool;

use clap::{Args, Parser, Subcommand, ValueEnum};
pub(crate) use fleet::{
    FleetArgs, FleetCommandArgs, FleetLookArgs, FleetNamedArgs, FleetVerb, MemberArgs, ServerArgs, SyncArgs,
};
pub(crate) use look::{DumpArgs, EventsArgs, LsArgs, Order, SegmentsArgs, ShowArgs, TopArgs};
pub(crate) use operate::{ConfigureArgs, OperateArgs, RmArgs, TRIP_MS, TripArgs};
pub(crate) use serve::{Compat, ServeArgs};
use std::fmt;
use std::path::PathBuf;
use subtle::ConstantTimeEq as _;
pub(crate) use tool::{CompletionsArgs, DoctorArgs, ManArgs};

/// Circuit breakers shared by every process of this host: look at them, operate them, try them out.
#[derive(Debug, Parser)]
#[command(name = "hscb", version, after_help = HELP)]
pub(crate) struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub(crate) verb: Verb,
}

/// One verb, one file in `command/`.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Lists the breakers of every segment, or of one.
    Ls(LsArgs),
    /// Shows all of one breaker: state, window, totals, latencies, configuration.
    Show(ShowArgs),
    /// Shows the transitions that are kept, or follows new ones.
    Events(EventsArgs),
    /// Shows the breakers live on the terminal, and operates them.
    Top(TopArgs),
    /// Opens a breaker as if a rule had been met, or for a stated time.
    Trip(TripArgs),
    /// Closes a breaker and forgets everything but its totals.
    Reset(OperateArgs),
    /// Rejects every call until told otherwise.
    ForceOpen(OperateArgs),
    /// Admits every call and records none but in the totals, until told otherwise.
    Disable(OperateArgs),
    /// Admits and records every call but never trips, until told otherwise.
    Observe(OperateArgs),
    /// Lets an open breaker probe now.
    HalfOpen(OperateArgs),
    /// Changes fields of a breaker's configuration, for every process.
    Configure(ConfigureArgs),
    /// Lists the segments of the directory, and what else lies there.
    Segments(SegmentsArgs),
    /// Says what is wrong with a segment or with this host.
    Doctor(DoctorArgs),
    /// Writes everything about every segment as one JSON document, for a bug report.
    Dump(DumpArgs),
    /// Removes a segment; breakers in use go on in a new, empty one.
    Rm(RmArgs),
    /// Tells of the breakers over HTTP: a dashboard, metrics for Prometheus, events as they happen.
    Serve(ServeArgs),
    /// Joins this host to a fleet, as `serve --redis` does beside the rest.
    Sync(SyncArgs),
    /// Looks at the fleet, and operates a breaker on all its hosts.
    Fleet(FleetArgs),
    /// Prints the completions of a shell.
    Completions(CompletionsArgs),
    /// Prints the manual page, or writes one for each verb.
    Man(ManArgs),
    /// An OpenAI-compatible server on loopback that fails as a script says.
    Mock(MockArgs),
    /// Why the processes of a host should share one breaker: an outage without it, and with it.
    Demo(DemoArgs),
    /// A worker of `hscb demo`, set up by its environment.
    #[command(hide = true)]
    DemoWorker,
    /// The mock of `hscb demo`: it also ends when its standard input does.
    #[command(hide = true)]
    DemoRelay(MockArgs),
    /// The agent of `hscb demo`: it also ends when its standard input does.
    #[command(hide = true)]
    DemoAgent(ServeArgs),
}

/// The arguments of `hscb mock`.
#[derive(Debug, Args)]
#[command(after_help = MOCK_HELP)]
pub(crate) struct MockArgs {
    /// Loopback address to listen on.
    #[arg(long, default_value = "127.0.0.1")]
    pub(crate) host: String,
    /// Port of the API; 0 picks a free one.
    #[arg(long, default_value_t = 0)]
    pub(crate) port: u16,
    /// Also serve the control endpoint on this port (0 picks one), which works while the API refuses.
    #[arg(long, value_name = "PORT")]
    pub(crate) control_port: Option<u16>,
    /// Script in JSON (docs/MOCK.md); `-` reads it from standard input.
    #[arg(long, value_name = "FILE", conflicts_with = "phases")]
    pub(crate) script: Option<PathBuf>,
    /// A phase in short form, such as `429:2s,retry-after=1.2`; repeat it for a sequence.
    #[arg(long = "phase", value_name = "SHORT")]
    pub(crate) phases: Vec<String>,
    /// Begin again with the first phase after the last.
    #[arg(long = "loop")]
    pub(crate) repeat: bool,
    /// Seed of every random draw; takes the place of the script's own.
    #[arg(long, value_name = "N")]
    pub(crate) seed: Option<u64>,
    /// When the script's time begins; until then every request is answered healthily.
    #[arg(long, value_enum, default_value = "now")]
    pub(crate) start: Start,
    /// Answer any other bearer key with 401.
    #[arg(long, value_name = "KEY")]
    pub(crate) api_key: Option<Secret>,
}

/// When the time of a script begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Start {
    /// At launch.
    Now,
    /// With the first request to the API, which already meets the first phase.
    FirstRequest,
    /// With `POST /control/start`.
    Control,
}

/// A word that is compared and never shown.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Secret(String);

impl From<String> for Secret {
    fn from(word: String) -> Self {
        Self(word)
    }
}

impl Secret {
    /// Whether `word` is the secret. How long that takes tells its length at most.
    pub(crate) fn is(&self, word: &str) -> bool {
        self.0.as_bytes().ct_eq(word.as_bytes()).into()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// The arguments of `hscb demo`.
#[derive(Debug, Args)]
pub(crate) struct DemoArgs {
    /// Length of each of the two runs, in seconds [default: 7 more than the outage].
    #[arg(long)]
    pub(crate) seconds: Option<u64>,
    /// Length of the outage in each run, in seconds.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u64).range(5..=600))]
    pub(crate) outage: u64,
    /// Print the measured table as JSON, and nothing else.
    #[arg(long)]
    pub(crate) json: bool,
    /// Keep the dashboard up when all is done, until Ctrl-C.
    #[arg(long)]
    pub(crate) keep: bool,
    /// The shared library that the workers load [default: beside this executable].
    #[arg(long, value_name = "PATH")]
    pub(crate) lib: Option<PathBuf>,
    /// The built `examples/demo/worker.c` [default: `demo_worker_c` beside this executable].
    #[arg(long, value_name = "PATH")]
    pub(crate) c_worker: Option<PathBuf>,
    /// The Python to run; it has the package `holysheep_cb`.
    #[arg(long, value_name = "CMD", default_value = "target/demo-python/bin/python")]
    pub(crate) python: PathBuf,
    /// The worker in Python.
    #[arg(long, value_name = "PATH", default_value = "examples/demo/worker.py")]
    pub(crate) worker_py: PathBuf,
    /// The Node to run.
    #[arg(long, value_name = "CMD", default_value = "node")]
    pub(crate) node: PathBuf,
    /// The entry of the built Node package.
    #[arg(long, value_name = "PATH", default_value = "bindings/node/index.mjs")]
    pub(crate) node_package: PathBuf,
    /// The worker for Node.
    #[arg(long, value_name = "PATH", default_value = "examples/demo/worker.mjs")]
    pub(crate) worker_mjs: PathBuf,
}

/// Which segments a verb looks at.
#[derive(Debug, Args)]
pub(crate) struct Where {
    /// The segment [default: all in the directory; for a NAME the one that has it].
    #[arg(long, value_name = "SEGMENT")]
    pub(crate) segment: Option<String>,
}

/// How a verb answers.
#[derive(Debug, Args)]
pub(crate) struct Answer {
    /// Answer in JSON (docs/CLI.md has the fields).
    #[arg(long)]
    pub(crate) json: bool,
}

/// Shown below the verbs.
const HELP: &str = "\
Segments lie in $HOLYSHEEP_CB_DIR, or in /dev/shm/holysheep-cb-UID.
Exit codes: 0 done; 1 refused or failed; 2 wrong arguments; 3 no such breaker or segment.";

/// Shown below the arguments of `hscb mock`.
const MOCK_HELP: &str = "\
Phases: KIND[:DURATION][,KEY=VALUE]..., without a duration for ever:
  healthy:4s   slow:3s,latency=200ms   hang:6s          refused:2s
  503:5s       429:2s,retry-after=1.2  cut:1s,rate=0.3  stream-error:2s,after-chunks=3
Latencies: 200ms, 100ms..300ms, normal:200ms:50ms, lognormal:200ms:0.5, exponential:300ms
The first line on standard output is `listening on http://HOST:PORT`, with --control-port the second
is `control on http://HOST:PORT`. Everything else is in docs/MOCK.md.";
