//! A place in the queue.

use super::permit::{self, BulkheadFull, BulkheadPermit};
use super::seat;
use crate::config::BulkheadConfig;
use crate::fork;
use crate::layout::{Beside as _, BulkheadCell};
use crate::segment::{Berth, Member, wait_listening};
use std::fmt;
use std::time::Duration;

/// How long a waiter sleeps at most before it looks again by itself: whoever should have woken it may have been killed.
const LOOK_AGAIN: Duration = Duration::from_millis(100);

/// A call that waits for a seat in a way of its own, such as an event loop's timer; or has one, if it was free at once.
/// Dropped it holds nothing. A forked child's copy is none.
///
/// For threads that can sleep, [`Bulkhead::enter`](crate::Bulkhead::enter) is the whole of it.
#[must_use = "a place that is dropped leaves the queue"]
pub struct BulkheadPlace {
    berth: Berth<BulkheadCell>,
    member: Member,
    /// The process that lined up.
    process: u32,
    /// A seat that it has.
    permit: Option<BulkheadPermit>,
    /// Which place of the queue; `None` where there is a seat.
    place: Option<usize>,
}

impl BulkheadPlace {
    /// A seat, or else a place in the queue; `None` if as many wait as may.
    pub(super) fn take(berth: &Berth<BulkheadCell>) -> Option<Self> {
        let (cell, member) = (berth.cell(), berth.member());
        let BulkheadConfig { values: [_, max_waiting] } = cell.config();
        let permit = seat::sit(berth);
        let place = match permit {
            Some(_) => None,
            None => Some(cell.queue.take(member.word(), max_waiting as usize)?),
        };
        Some(Self { berth: berth.clone(), member, process: fork::generation(), permit, place })
    }

    /// Enters, and waits for a free seat at most so long; zero = looks for one. Otherwise the place is still had.
    ///
    /// # Errors
    /// The place itself, if no seat was free in time.
    pub fn enter(mut self, patience: Duration) -> Result<BulkheadPermit, Self> {
        self.wait(patience);
        match self.permit.take() {
            Some(permit) => Ok(permit),
            None => Err(self),
        }
    }

    /// Waits for a free seat at most so long, and keeps it for [`BulkheadPlace::enter`]; whether it has one.
    pub fn wait(&mut self, patience: Duration) -> bool {
        if self.permit.is_none() {
            self.permit = self.look(patience);
        }
        if self.permit.is_some() {
            self.step_out();
        }
        self.permit.is_some()
    }

    /// The call waits no longer, and is not let in.
    #[must_use]
    pub fn give_up(self) -> BulkheadFull {
        let berth = self.berth.clone();
        drop(self);
        seat::refuse(berth.cell())
    }

    fn look(&self, patience: Duration) -> Option<BulkheadPermit> {
        let (bell, mut permit) = (&self.berth.cell().bell, None);
        wait_listening(
            bell.word(),
            || bell.listen(),
            patience,
            LOOK_AGAIN,
            || {
                permit = seat::sit(&self.berth);
                permit.is_some()
            },
        );
        permit
    }

    /// Leaves the queue; whether it was there.
    fn step_out(&mut self) -> bool {
        let place = self.place.take().filter(|_| self.process == fork::generation());
        place.is_some_and(|place| self.berth.cell().queue.leave(place, self.member.word()))
    }
}

impl Drop for BulkheadPlace {
    fn drop(&mut self) {
        if self.step_out() {
            // This one may be the one that was woken.
            permit::call_next(self.berth.cell());
        }
    }
}

impl fmt::Debug for BulkheadPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BulkheadPlace").field("place", &self.place).finish_non_exhaustive()
    }
}
