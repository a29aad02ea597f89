//! What is shown of the fleet.

use holysheep_cb_fleet::{Balance, Done, Policy, Record};
use parking_lot::Mutex;
use serde::Serialize;
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// How many changes of the connection are kept.
const KEPT: usize = 64;

/// What is shown of the fleet: written by the thread that syncs, read by all.
#[derive(Debug)]
pub(crate) struct Status {
    /// The server, without credentials.
    pub(crate) server: String,
    /// The namespace.
    pub(crate) namespace: String,
    /// This host.
    pub(crate) host: String,
    now: Mutex<Now>,
}

/// What is so for now.
#[derive(Debug, Clone, Default)]
pub(crate) struct Now {
    /// The server is there.
    pub(crate) is_connected: bool,
    /// Why not.
    pub(crate) trouble: Option<String>,
    /// How many hosts are there.
    pub(crate) hosts: u64,
    /// How much was done.
    pub(crate) done: Done,
    /// Failures of the server since the beginning.
    pub(crate) errors: u64,
    /// The breakers of this host, and what the fleet knows of each.
    pub(crate) breakers: Vec<(String, Policy, Record)>,
    /// The limits that this host shares, and what it has of each.
    pub(crate) limits: Vec<(String, Balance)>,
    /// The server's time minus what [`Instant`] says, at that moment.
    pub(crate) time: Option<(Instant, u64)>,
    told: VecDeque<Told>,
}

/// The connection was lost, or is there again.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Told {
    /// Counts up from 1.
    pub(crate) sequence: u64,
    /// `degraded` or `recovered`.
    pub(crate) event: &'static str,
    /// Why.
    pub(crate) why: String,
    #[serde(skip)]
    pub(crate) at: Instant,
}

impl Status {
    pub(crate) fn new(server: String, namespace: String, host: String) -> Self {
        Self { server, namespace, host, now: Mutex::default() }
    }

    /// The server is there.
    pub(super) fn is_connected(&self) -> bool {
        self.now.lock().is_connected
    }

    /// As it is.
    pub(crate) fn now(&self) -> Now {
        self.now.lock().clone()
    }

    /// Changes of the connection, the oldest first.
    pub(crate) fn told(&self) -> Vec<Told> {
        self.now.lock().told.iter().cloned().collect()
    }

    pub(super) fn change(&self, what: impl FnOnce(&mut Now)) {
        what(&mut self.now.lock());
    }

    /// Says that the connection is there or is not, if that is news.
    pub(super) fn tell(&self, trouble: Option<String>) -> Option<Told> {
        let mut now = self.now.lock();
        let was = (now.is_connected, now.trouble.is_some());
        now.is_connected = trouble.is_none();
        now.errors += u64::from(trouble.is_some());
        now.trouble = trouble;
        let event = match (was, now.is_connected) {
            // The first connection is no news, nor is the second failure.
            ((true, _), false) | ((false, false), false) => "degraded",
            ((false, true), true) => "recovered",
            _ => return None,
        };
        let sequence = now.told.back().map_or(1, |last| last.sequence + 1);
        let told = Told { sequence, event, why: now.trouble.clone().unwrap_or_default(), at: Instant::now() };
        if now.told.len() == KEPT {
            now.told.pop_front();
        }
        now.told.push_back(told.clone());
        Some(told)
    }
}

impl Now {
    /// The server's time now, as far as it is known.
    pub(crate) fn server_ms(&self) -> Option<u64> {
        let (at, ms) = self.time?;
        Some(ms + u64::try_from(at.elapsed().as_millis()).unwrap_or(0))
    }
}

impl Told {
    /// In words.
    pub(crate) fn line(&self, server: &str) -> String {
        match self.event {
            "degraded" => format!("fleet: {server} is away ({}); breakers go on by themselves", self.why),
            _ => format!("fleet: {server} is back"),
        }
    }

    /// How long ago.
    pub(crate) fn ago(&self) -> Duration {
        self.at.elapsed()
    }
}
