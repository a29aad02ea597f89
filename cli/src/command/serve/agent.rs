//! What all handlers share.

use super::board::Problems;
use super::frame;
use super::hosts::Hosts;
use super::metrics::Transitions;
use super::problem::{Code, Problem};
use super::sampler::{Looking, Sampler};
use crate::cli::{Compat, Secret, ServeArgs};
use crate::fleet::Status;
use axum::body::Bytes;
use holysheep_cb::Segment;
use parking_lot::Mutex;
use serde::Serialize;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, broadcast, watch};

/// How many answers without an end there may be at once.
const STREAMS: usize = 1000;
/// How many answers that may be large are made and sent at once: each takes memory until its reader has it.
const LARGES: usize = 4;
/// How long a request waits for such a place.
const PATIENCE: Duration = Duration::from_secs(5);
/// How many transitions a slow reader may be behind before it is cut off.
const BEHIND: usize = 1024;

/// What all handlers share.
#[derive(Debug)]
pub(super) struct Agent {
    /// Who looks at the breakers.
    pub(super) sampler: Sampler,
    /// The transitions, as pieces of a stream.
    pub(super) transitions: broadcast::Sender<Bytes>,
    /// The same, counted.
    pub(super) counted: Arc<Mutex<Transitions>>,
    /// Whose names `/metrics` uses, if not ours.
    pub(super) compat: Option<Compat>,
    /// Of at most so many breakers `/metrics` tells.
    pub(super) max_breakers: usize,
    /// Whoever has it may operate breakers.
    pub(super) token: Option<Secret>,
    /// Which hosts requests may come to.
    pub(super) hosts: Hosts,
    /// The fleet, once it is joined.
    pub(super) fleet: OnceLock<Arc<Status>>,
    /// Only this segment.
    pub(super) only: Option<String>,
    /// Changes, or loses its sender, when the agent ends.
    pub(super) closing: watch::Receiver<()>,
    /// Held while a breaker is operated.
    pub(super) operating: Mutex<()>,
    streams: Arc<Semaphore>,
    larges: Arc<Semaphore>,
}

/// An agent.
#[derive(Debug, Serialize)]
struct About<'a> {
    version: &'a str,
    directory: &'a str,
    operable: bool,
    /// The namespace, if a fleet is joined.
    fleet: Option<&'a str>,
    #[serde(flatten)]
    problems: Problems<'a>,
}

impl Agent {
    /// What the arguments say.
    pub(super) fn new(args: &ServeArgs, token: Option<Secret>, closing: watch::Receiver<()>) -> Self {
        let only = args.place.segment.clone();
        let counted = Arc::new(Mutex::new(Transitions::default()));
        Self {
            sampler: Sampler::new(only.clone(), counted.clone()),
            transitions: broadcast::channel(BEHIND).0,
            counted,
            compat: args.compat,
            max_breakers: args.max_breakers,
            token,
            hosts: Hosts::new(&args.allowed),
            fleet: OnceLock::new(),
            only,
            closing,
            operating: Mutex::new(()),
            streams: Arc::new(Semaphore::new(STREAMS)),
            larges: Arc::new(Semaphore::new(LARGES)),
        }
    }

    /// A place for an answer without an end.
    pub(super) fn place(&self) -> Result<OwnedSemaphorePermit, Problem> {
        self.streams.clone().try_acquire_owned().map_err(|_| {
            Problem::new(
                Code::Unavailable,
                format!("{STREAMS} streams are being read, and no more are served"),
            )
        })
    }

    /// A place for an answer that may be large; it is held until that is sent.
    pub(super) async fn large(&self) -> Result<OwnedSemaphorePermit, Problem> {
        let place = tokio::time::timeout(PATIENCE, self.larges.clone().acquire_owned()).await;
        place.ok().and_then(Result::ok).ok_or_else(|| {
            Problem::new(Code::Unavailable, format!("{LARGES} large answers are being sent, and no more are"))
        })
    }

    /// What is to be known of the agent itself, in JSON.
    pub(super) fn about(&self, looking: &Looking) -> Vec<u8> {
        frame::text(&About {
            version: env!("CARGO_PKG_VERSION"),
            directory: &Segment::directory().to_string_lossy(),
            operable: self.token.is_some(),
            fleet: self.fleet.get().map(|status| &*status.namespace),
            problems: looking.problems(),
        })
    }
}

/// Does what may take a while, such as looking at ten thousand breakers, beside the requests.
pub(super) async fn beside<T: Send + 'static>(
    agent: Arc<Agent>,
    what: impl FnOnce(&Agent) -> Result<T, Problem> + Send + 'static,
) -> Result<T, Problem> {
    let done = tokio::task::spawn_blocking(move || what(&agent)).await;
    done.unwrap_or_else(|_| Err(Problem::new(Code::Unavailable, "the agent could not do it")))
}
