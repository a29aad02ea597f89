//! What is told of the fleet.

use super::family::Families;
use crate::fleet::Status;
use holysheep_cb::Share;
use std::fmt;

/// A copy of what there is.
#[derive(Debug)]
pub(in super::super) struct OfFleet {
    facts: [(&'static str, String); 3],
    is_connected: bool,
    hosts: u64,
    counts: [(&'static str, &'static str, u64); 5],
    round_trip: f64,
    lag: f64,
    /// Segment and name, and how many hosts have it open by their own rules.
    votes: Vec<(String, String, u64)>,
    /// Segment and name of a limit that is shared, and what this host may use of it.
    shares: Vec<(String, String, f64)>,
}

impl OfFleet {
    pub(in super::super) fn of(status: &Status) -> Self {
        let now = status.now();
        let at = now.server_ms().unwrap_or(0);
        let votes = now.breakers.iter().filter_map(|(full, _, record)| {
            let (segment, name) = full.split_once('/')?;
            let held = record.held(at);
            (record.version > 0).then(|| (segment.to_owned(), name.to_owned(), held))
        });
        let shares = now.limits.iter().filter_map(|(full, balance)| {
            let (segment, name) = full.split_once('/')?;
            let share = Share::part(balance.share);
            Some((segment.to_owned(), name.to_owned(), share))
        });
        let done = now.done;
        Self {
            facts: [
                ("server", status.server.clone()),
                ("namespace", status.namespace.clone()),
                ("host", status.host.clone()),
            ],
            is_connected: now.is_connected,
            hosts: now.hosts,
            counts: [
                (
                    "holysheep_cb_sync_errors",
                    "Failures of the fleet's server, and of the way there.",
                    now.errors,
                ),
                ("holysheep_cb_sync_operations", "Scripts run and hashes read there.", done.operations),
                ("holysheep_cb_sync_said", "Things that this host said of its breakers.", done.said),
                ("holysheep_cb_sync_acted", "Things that the fleet did to the breakers here.", done.acted),
                ("holysheep_cb_sync_heard", "Changes that were heard of as they were published.", done.heard),
            ],
            round_trip: done.round_trip_ms as f64 / 1e3,
            lag: done.lag_ms as f64 / 1e3,
            votes: votes.collect(),
            shares: shares.collect(),
        }
    }

    pub(super) fn tell(&self, families: &mut Families<'_>) -> fmt::Result {
        let none: [(&str, &str); 0] = [];
        let facts = self.facts.each_ref().map(|(key, value)| (*key, value.as_str()));
        families.info("holysheep_cb_sync", "The fleet that this host has joined.")?.facts(&facts)?;
        families
            .gauge("holysheep_cb_sync_connected", "1 while the fleet's server answers, 0 while it does not.")?
            .level(&none, u64::from(self.is_connected))?;
        families
            .gauge("holysheep_cb_sync_hosts", "Hosts that are there, as of the last answer.")?
            .level(&none, self.hosts)?;
        families
            .seconds("holysheep_cb_sync_round_trip", "How long the last greeting took.")?
            .level(&none, self.round_trip)?;
        families
            .seconds("holysheep_cb_sync_lag", "How late the last change was heard of.")?
            .level(&none, self.lag)?;
        for (name, help, count) in self.counts {
            families.counter(name, help)?.count(&none, count)?;
        }
        let mut family = families.gauge(
            "holysheep_cb_sync_votes",
            "Hosts that have the breaker open by their own rules; absent if the fleet knows nothing of it.",
        )?;
        for (segment, name, held) in &self.votes {
            family.level(&[("segment", segment), ("name", name)], *held)?;
        }
        let mut family = families.gauge(
            "holysheep_cb_sync_limit_share",
            "What this host may use of a limit that hosts share, as of the last answer.",
        )?;
        for (segment, name, share) in &self.shares {
            family.level(&[("segment", segment), ("name", name)], *share)?;
        }
        Ok(())
    }
}
