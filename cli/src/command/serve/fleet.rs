//! The fleet, as the agent tells of it.

use super::agent::{Agent, beside};
use super::problem::{Code, Problem};
use super::reply::{self, Reply};
use crate::command::fleet::FleetShape;
use crate::fleet::{Status, Told};
use axum::extract::State;
use holysheep_cb::Share;
use holysheep_cb_fleet::Balance;
use serde::Serialize;
use std::sync::Arc;

/// `GET /api/fleet`.
#[derive(Debug, Serialize)]
struct Shape<'a> {
    server: &'a str,
    namespace: &'a str,
    host: &'a str,
    connected: bool,
    /// Why it is not.
    trouble: Option<String>,
    hosts: u64,
    /// Those that are not at rest.
    breakers: Vec<Breaker>,
    /// Those that this host shares.
    limits: Vec<Limit>,
    events: Vec<Event>,
}

#[derive(Debug, Serialize)]
struct Breaker {
    #[serde(flatten)]
    shape: FleetShape,
    policy: String,
}

/// A limit that hosts share, and what this host has of it.
#[derive(Debug, Serialize)]
struct Limit {
    limiter: String,
    share: f64,
    floor: f64,
    wants: f64,
    hosts_at_most: u32,
}

impl Limit {
    fn new(name: &str, balance: Balance) -> Self {
        Self {
            limiter: name.to_owned(),
            share: Share::part(balance.share),
            floor: Share::part(balance.floor),
            wants: Share::part(balance.wants),
            hosts_at_most: balance.hosts,
        }
    }
}

/// The connection was lost, or is there again.
#[derive(Debug, Serialize)]
pub(super) struct Event {
    #[serde(flatten)]
    told: Told,
    ago_ms: u64,
}

impl Event {
    pub(super) fn new(told: Told) -> Self {
        let ago_ms = u64::try_from(told.ago().as_millis()).unwrap_or(u64::MAX);
        Self { told, ago_ms }
    }
}

impl<'a> Shape<'a> {
    fn new(status: &'a Status) -> Self {
        let now = status.now();
        let at = now.server_ms().unwrap_or(0);
        let known = now.breakers.iter().filter(|(_, _, record)| record.version > 0);
        let mut breakers: Vec<_> = known
            .map(|(name, policy, record)| Breaker {
                shape: FleetShape::new(name, record, at),
                policy: policy.to_string(),
            })
            .filter(|breaker| breaker.shape.is_under_way())
            .collect();
        breakers.sort_by(|a, b| a.shape.name().cmp(b.shape.name()));
        let mut limits: Vec<_> =
            now.limits.iter().map(|(name, balance)| Limit::new(name, *balance)).collect();
        limits.sort_by(|a, b| a.limiter.cmp(&b.limiter));
        Self {
            server: &status.server,
            namespace: &status.namespace,
            host: &status.host,
            connected: now.is_connected,
            trouble: now.trouble.clone(),
            hosts: now.hosts,
            breakers,
            limits,
            events: status.told().into_iter().map(Event::new).collect(),
        }
    }
}

/// Answers a request.
pub(super) async fn fleet(State(agent): State<Arc<Agent>>) -> Result<Reply, Problem> {
    beside(agent, |agent| {
        let status = agent.fleet.get().ok_or_else(|| {
            let message = "this agent has joined no fleet; see hscb serve --redis";
            Problem::new(Code::NotFound, message)
        })?;
        Ok(reply::json(&Shape::new(status)))
    })
    .await
}
