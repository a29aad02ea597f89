//! A breaker of the fleet, as JSON and in words.

use crate::output::{elapsed, plain};
use holysheep_cb_fleet::Record;
use serde::Serialize;
use std::time::Duration;

/// A breaker of the fleet, in JSON.
#[derive(Debug, Serialize)]
pub(crate) struct Shape {
    breaker: String,
    /// On how many hosts it is open by their own rules.
    votes: u64,
    /// Those of them that are known by name, and for how long still.
    open_on: Vec<Vote>,
    /// How long the last of them still has it open.
    #[serde(skip)]
    longest_ms: Option<u64>,
    /// Who probes for all.
    probes: Option<Probe>,
    /// Who forced it open everywhere, and why.
    forced: Option<String>,
    /// How long ago the last probe for all succeeded.
    recovered_ms_ago: Option<u64>,
    version: u64,
}

#[derive(Debug, Serialize)]
struct Vote {
    host: String,
    remaining_ms: u64,
}

#[derive(Debug, Serialize)]
struct Probe {
    host: String,
    /// How long until it begins; 0 if it has.
    wait_ms: u64,
    remaining_ms: u64,
}

impl Shape {
    /// At this time of the server.
    pub(crate) fn new(breaker: &str, record: &Record, now: u64) -> Self {
        let vote = |(host, until): (&str, u64)| Vote { host: host.to_owned(), remaining_ms: until - now };
        let probe = |lease: &holysheep_cb_fleet::Lease| Probe {
            host: lease.host.clone(),
            wait_ms: lease.start.saturating_sub(now),
            remaining_ms: lease.end - now,
        };
        Self {
            breaker: breaker.to_owned(),
            votes: record.held(now),
            open_on: record.named(now).map(vote).collect(),
            longest_ms: record.open_until(1, now).map(|until| until - now),
            probes: record.leased(now).map(probe),
            forced: record.forced.clone(),
            recovered_ms_ago: record.recovered.map(|at| now.saturating_sub(at)),
            version: record.version,
        }
    }

    /// Its name.
    pub(crate) fn name(&self) -> &str {
        &self.breaker
    }

    /// It is not at rest.
    pub(crate) fn is_under_way(&self) -> bool {
        self.votes > 0 || self.probes.is_some() || self.forced.is_some()
    }

    /// Its cells in a table.
    pub(super) fn row(&self) -> [String; 4] {
        let open =
            self.longest_ms.map_or_else(|| "-".to_owned(), |ms| format!("{} ({})", self.votes, span(ms)));
        let probes = self.probes.as_ref().map_or_else(|| "-".to_owned(), |probe| plain(&probe.host));
        let forced = self.forced.as_deref().map_or_else(|| "-".to_owned(), plain);
        [plain(&self.breaker), open, probes, forced]
    }

    /// All of it, line by line.
    pub(super) fn lines(&self) -> Vec<String> {
        let mut lines = vec![plain(&self.breaker)];
        match &self.forced {
            Some(note) => lines.push(format!("  forced open on every host: {}", plain(note))),
            None if self.votes == 0 => lines.push("  open on no host".to_owned()),
            None => {}
        }
        for Vote { host, remaining_ms } in &self.open_on {
            lines.push(format!("  open on {} for {}", plain(host), span(*remaining_ms)));
        }
        if let Some(ms) = self.longest_ms.filter(|_| self.votes > self.open_on.len() as u64) {
            lines.push(format!("  open on {} hosts, for at most {}", self.votes, span(ms)));
        }
        if let Some(Probe { host, wait_ms, remaining_ms }) = &self.probes {
            let when = if *wait_ms > 0 { format!("in {}", span(*wait_ms)) } else { "now".to_owned() };
            lines.push(format!(
                "  {} probes for all, {when}, for at most {}",
                plain(host),
                span(*remaining_ms)
            ));
        }
        if let Some(ms) = self.recovered_ms_ago {
            lines.push(format!("  a probe for all succeeded {} ago", span(ms)));
        }
        lines
    }

    /// In one line, as it changes.
    pub(super) fn line(&self) -> String {
        let [breaker, open, probes, forced] = self.row();
        format!("{breaker}  open on {open}  probing {probes}  forced {forced}")
    }
}

fn span(ms: u64) -> String {
    elapsed(Duration::from_millis(ms))
}
