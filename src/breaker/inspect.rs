//! Looking at a segment's breakers without using them; a read-only mapping suffices.

use super::gate::Gate;
use crate::clock::{Clock as _, SystemClock};
use crate::segment::Segment;
use crate::stats::Snapshot;

impl Segment {
    /// The state of a breaker by name, as far as it is there; creates none.
    #[must_use]
    pub fn snapshot(&self, breaker: &str) -> Option<Snapshot> {
        let place = self.home().find(breaker)?;
        Some(Gate::new(&place).snapshot(SystemClock::new().now_ns()))
    }
}
