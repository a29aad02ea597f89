//! Units that are taken and come due later.

use crate::clock::{Clock, FineClock};
use crate::fork;
use crate::gcra::Turn;
use crate::layout::{LimiterCell, add, count};
use crate::segment::Berth;
use std::fmt;
use std::time::Duration;

/// A call that a limiter did not let go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limited {
    /// How long until a call of its cost would go, as things stand.
    pub retry_after: Duration,
}

impl fmt::Display for Limited {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the rate limit is reached, the next call may go in {:?}", self.retry_after)
    }
}

impl std::error::Error for Limited {}

/// Units that a call has taken, and when it may go. Dropped without [`LimiterTurn::go`] it gives them back. A forked
/// child's copy is none: the units are its parent's.
///
/// For calls that wait in a way of their own; [`Limiter::acquire`](crate::Limiter::acquire) waits for them.
#[must_use = "a turn that is dropped gives its units back"]
pub struct LimiterTurn<C: Clock = FineClock> {
    /// Where they were taken, wherever the limiter is by now.
    berth: Berth<LimiterCell>,
    clock: C,
    turn: Turn,
    /// 0 once the call went.
    units: u32,
    /// The process that took them.
    process: u32,
}

impl<C: Clock> LimiterTurn<C> {
    pub(super) fn new(berth: Berth<LimiterCell>, clock: C, turn: Turn, units: u32) -> Self {
        Self { berth, clock, turn, units, process: fork::generation() }
    }

    /// How long until the call may go; zero = now. It may become longer meanwhile, by a pause that the server asks for,
    /// and where hosts share the limit also shorter: ask again after waiting, and after a second at the latest.
    #[must_use]
    pub fn due_in(&self) -> Duration {
        let at = self.cell().at(self.clock.now_ns());
        at.real(self.cell().gcra.due_in(&self.turn, at.time))
    }

    /// The call goes, and uses the units.
    pub fn go(mut self) {
        count(&self.cell().admitted);
        add(&self.cell().units, self.units.into());
        self.units = 0;
    }

    /// The call waits no longer, and does not go.
    ///
    /// ```
    /// # use holysheep_cb::{Limiter, LimiterConfig};
    /// # use std::time::Duration;
    /// let limiter = Limiter::builder().config(LimiterConfig::per_minute(60)).open("account-2")?;
    /// limiter.try_acquire(1)?;
    /// let limited = limiter.reserve(1, Duration::from_secs(5))?.give_up();
    /// assert!(limited.retry_after <= Duration::from_secs(1));
    /// assert_eq!(limiter.snapshot().refused, 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn give_up(self) -> Limited {
        let limited = Limited { retry_after: self.due_in() };
        count(&self.cell().refused);
        limited
    }

    pub(super) fn cell(&self) -> &LimiterCell {
        self.berth.cell()
    }
}

impl<C: Clock> Drop for LimiterTurn<C> {
    fn drop(&mut self) {
        if self.units > 0 && self.process == fork::generation() {
            let at = self.cell().at(self.clock.now_ns());
            self.cell().gcra.give_back(&at.rate, self.units, at.time);
        }
    }
}

impl<C: Clock> fmt::Debug for LimiterTurn<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LimiterTurn").field("units", &self.units).field("due_in", &self.due_in()).finish()
    }
}
