//! A limit that hosts share, as JSON and in words.

use crate::output::plain;
use holysheep_cb::Share;
use holysheep_cb_fleet::{Ledger, Loan};
use serde::Serialize;

/// A limit that hosts share, in JSON.
#[derive(Debug, Serialize)]
pub(super) struct LimitShape {
    limiter: String,
    /// What hosts may hold of what is lent, together.
    lent: f64,
    hosts: Vec<Host>,
    /// For how long still only what hosts hold is lent again.
    quiet_ms: u64,
}

#[derive(Debug, Serialize)]
struct Host {
    host: String,
    lent: f64,
    wants: f64,
    remaining_ms: u64,
}

impl LimitShape {
    /// At this time of the server.
    pub(super) fn new(limiter: &str, ledger: &Ledger, now: u64) -> Self {
        let there = || ledger.hosts.iter().filter(|loan| loan.until > now);
        let host = |loan: &Loan| Host {
            host: loan.host.clone(),
            lent: Share::part(loan.lent),
            wants: Share::part(loan.wants),
            remaining_ms: loan.until - now,
        };
        Self {
            limiter: limiter.to_owned(),
            lent: Share::part(there().map(|loan| loan.lent).sum()),
            hosts: there().map(host).collect(),
            quiet_ms: ledger.quiet_until.saturating_sub(now),
        }
    }

    /// Its rows in a table: one for each host.
    pub(super) fn rows(&self) -> Vec<[String; 4]> {
        let percent = |part: f64| format!("{:.1} %", part * 100.0);
        let row =
            |host: &Host| [plain(&self.limiter), plain(&host.host), percent(host.lent), percent(host.wants)];
        match self.hosts.as_slice() {
            [] => vec![[plain(&self.limiter), "-".to_owned(), percent(0.0), percent(0.0)]],
            hosts => hosts.iter().map(row).collect(),
        }
    }
}
