//! A host of the fleet, as JSON and in words.

use crate::output::{elapsed, plain};
use serde::Serialize;
use serde_json::Value;
use std::time::Duration;

/// A host, in JSON.
#[derive(Debug, Serialize)]
pub(super) struct HostShape {
    host: String,
    version: String,
    breakers: u64,
    seen_ms_ago: u64,
}

impl HostShape {
    /// From the fields and values of its hash, at this time of the server.
    pub(super) fn new(host: &str, flat: &[String], now: u64) -> Self {
        let field =
            |name: &str| flat.chunks_exact(2).find(|pair| pair[0] == name).map(|pair| pair[1].as_str());
        let about: Value =
            field("about").and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
        let seen = field("seen").and_then(|text| text.parse().ok()).unwrap_or(now);
        Self {
            host: host.to_owned(),
            version: about["version"].as_str().unwrap_or("?").to_owned(),
            breakers: about["breakers"].as_u64().unwrap_or(0),
            seen_ms_ago: now.saturating_sub(seen),
        }
    }

    /// Its cells in a table.
    pub(super) fn row(&self) -> [String; 4] {
        let seen = format!("{} ago", elapsed(Duration::from_millis(self.seen_ms_ago)));
        [plain(&self.host), plain(&self.version), self.breakers.to_string(), seen]
    }
}
