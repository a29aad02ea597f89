//! What a limiter shows of itself.

use super::handle::Limiter;
use super::share::Share;
use crate::clock::{Clock, FineClock};
use crate::layout::{Beside as _, LimiterCell, read};
use crate::segment::Segment;
use std::time::Duration;

/// A limiter at one moment. Its parts are read one after the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct LimiterSnapshot {
    /// Units per period, as configured.
    pub limit: u32,
    /// Units per period, as the server says; `None` if it has not said.
    pub server_limit: Option<u32>,
    /// The period.
    pub period: Duration,
    /// Units that may go at once after a quiet time, as configured.
    pub burst: u32,
    /// Units that may go at once now.
    pub available: u32,
    /// How long until one unit may go.
    pub retry_after: Duration,
    /// What is left of a pause that the server asked for.
    pub paused: Duration,
    /// Calls that went.
    pub admitted: u64,
    /// Units that they took.
    pub units: u64,
    /// Calls that did not go.
    pub refused: u64,
    /// Pauses that the server asked for.
    pub pauses: u64,
    /// This handle lost its shared segment and goes on with a limiter of its own.
    pub private: bool,
    /// What this host has of the limit; `None`: all of it.
    pub share: Option<Share>,
}

impl LimiterSnapshot {
    pub(super) fn of(cell: &LimiterCell, now: u64, private: bool) -> Self {
        let [limit, period_ms, burst] = cell.config().values;
        let at = cell.at(now);
        Self {
            limit,
            server_limit: cell.server_limit(),
            period: Duration::from_millis(period_ms.into()),
            burst,
            available: u32::try_from(cell.gcra.available(&at.rate, at.time)).unwrap_or(u32::MAX),
            retry_after: at.real(cell.gcra.wait(&at.rate, 1, at.time)),
            paused: at.real(cell.gcra.pause_end(at.time) - at.time),
            admitted: read(&cell.admitted),
            units: read(&cell.units),
            refused: read(&cell.refused),
            pauses: read(&cell.pauses),
            private,
            share: at.clock.course.map(|course| Share::of(course, now)),
        }
    }
}

impl<C: Clock> Limiter<C> {
    /// Its limits, what is left of them, and totals.
    #[must_use]
    pub fn snapshot(&self) -> LimiterSnapshot {
        let now = self.now();
        self.core.look_after(now);
        LimiterSnapshot::of(self.core.place().cell(), now, self.core.is_private())
    }
}

impl Segment {
    /// The state of a limiter by name, as far as it is there; creates none. A read-only mapping suffices.
    #[must_use]
    pub fn limiter_snapshot(&self, limiter: &str) -> Option<LimiterSnapshot> {
        let berth = self.home().find_berth::<LimiterCell>(limiter)?;
        Some(LimiterSnapshot::of(berth.cell(), FineClock::new().now_ns(), false))
    }
}
