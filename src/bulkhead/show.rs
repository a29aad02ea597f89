//! What a bulkhead shows of itself.

use super::handle::Bulkhead;
use crate::config::{SEATS, WAITING};
use crate::layout::{Beside as _, BulkheadCell, read};
use crate::segment::Segment;

/// A bulkhead at one moment. Its parts are read one after the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct BulkheadSnapshot {
    /// How many calls may be in flight.
    pub limit: u32,
    /// How many may wait.
    pub max_waiting: u32,
    /// Calls in flight. More than `limit` where that was lowered meanwhile.
    pub active: u32,
    /// How many more would be let in at once.
    pub available: u32,
    /// Calls that wait.
    pub waiting: u32,
    /// Calls that were let in.
    pub entered: u64,
    /// Calls that were not.
    pub refused: u64,
    /// Seats of processes that were gone, taken back.
    pub reclaimed: u64,
    /// This handle lost its shared segment and goes on with a bulkhead of its own.
    pub private: bool,
}

impl BulkheadSnapshot {
    fn of(cell: &BulkheadCell, private: bool) -> Self {
        let [limit, max_waiting] = cell.config().values;
        let active = cell.seats.taken(0..SEATS) as u32;
        Self {
            limit,
            max_waiting,
            active,
            available: limit.saturating_sub(active),
            waiting: cell.queue.taken(0..WAITING) as u32,
            entered: read(&cell.entered),
            refused: read(&cell.refused),
            reclaimed: read(&cell.reclaimed),
            private,
        }
    }
}

impl Bulkhead {
    /// Who is in, who waits, and totals. Seats of processes that are gone are taken back before.
    #[must_use]
    pub fn snapshot(&self) -> BulkheadSnapshot {
        self.reclaim();
        BulkheadSnapshot::of(self.core.place().cell(), self.core.is_private())
    }
}

impl Segment {
    /// The state of a bulkhead by name, as far as it is there; creates none. A read-only mapping suffices, so it takes
    /// nothing back: seats of processes that are gone count as taken until somebody asks for one.
    #[must_use]
    pub fn bulkhead_snapshot(&self, bulkhead: &str) -> Option<BulkheadSnapshot> {
        let berth = self.home().find_berth::<BulkheadCell>(bulkhead)?;
        Some(BulkheadSnapshot::of(berth.cell(), false))
    }
}
